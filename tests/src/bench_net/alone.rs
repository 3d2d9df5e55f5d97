//! A CometBFT whose application does nothing, with the configuration that nexusd wrote for a validator of its own.

use crate::node::Node;
use crate::programs::{folder, path};
use crate::wait::wait_for;
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The signing state of a validator that never signed.
const NEVER_SIGNED: &str = r#"{"height":"0","round":0,"step":0}"#;

/// The two processes and their folder, which end with this value.
#[derive(Debug)]
pub struct CometAlone {
    processes: Vec<Child>,
    folder: PathBuf,
    /// Its RPC.
    pub url: String,
}

impl CometAlone {
    /// Starts one below a folder, configured as that node's; the node goes on beside it. The program is the pinned one
    /// unless another is named.
    ///
    /// # Errors
    /// A file or a process.
    ///
    /// # Panics
    /// If it never answers.
    pub fn start(below: &Path, like: &Node, program: Option<&Path>) -> io::Result<Self> {
        let home = below.join("comet-alone");
        let config = home.join("cometbft/config");
        let data = home.join("cometbft/data");
        for folder in [&config, &data, &home.join("run")] {
            fs::create_dir_all(folder)?;
        }
        let theirs = like.home.join("cometbft/config");
        for name in ["genesis.json", "node_key.json", "priv_validator_key.json"] {
            fs::copy(theirs.join(name), config.join(name))?;
        }
        let text = fs::read_to_string(theirs.join("config.toml"))?;
        let (rpc, p2p) = (free_port()?, free_port()?);
        fs::write(config.join("config.toml"), elsewhere(&text, rpc, p2p))?;
        fs::write(data.join("priv_validator_state.json"), NEVER_SIGNED)?;
        let mut alone = Self {
            processes: Vec::new(),
            folder: home.clone(),
            url: format!("http://{rpc}"),
        };
        let socket = home.join("run/abci.sock");
        let mut noop = Command::new(folder().join("examples/noop"));
        alone.spawn(noop.arg("run/abci.sock"))?;
        wait_for("the socket of the no-op application", || {
            socket.exists().then_some(())
        });
        let mut comet = Command::new(program.unwrap_or(Path::new("cometbft")));
        alone.spawn(
            comet
                .args(["start", "--home", "cometbft"])
                .env("PATH", path()),
        )?;
        wait_for("the RPC of CometBFT alone", || TcpStream::connect(rpc).ok());
        Ok(alone)
    }

    fn spawn(&mut self, command: &mut Command) -> io::Result<()> {
        let log = fs::File::create(self.folder.join(format!("{}.log", self.processes.len())))?;
        let child = command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        self.processes.push(child);
        Ok(())
    }
}

impl Drop for CometAlone {
    fn drop(&mut self) {
        // CometBFT first: without its application it would complain.
        for process in self.processes.iter_mut().rev() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn free_port() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// The same configuration at other addresses.
fn elsewhere(text: &str, rpc: SocketAddr, p2p: SocketAddr) -> String {
    let mut section = "";
    let lines = text.lines().map(|line| {
        if line.starts_with('[') {
            section = line;
        }
        match section {
            "[rpc]" if line.starts_with("laddr") => format!("laddr = \"tcp://{rpc}\""),
            "[p2p]" if line.starts_with("laddr") => format!("laddr = \"tcp://{p2p}\""),
            _ => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_addresses_change() {
        let text = "proxy_app = \"unix://run/abci.sock\"\n[rpc]\nladdr = \"tcp://127.0.0.1:1\"\nunsafe = false\n[p2p]\nladdr = \"tcp://0.0.0.0:2\"\n";
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let changed = elsewhere(text, address(7), address(8));
        assert!(changed.contains("[rpc]\nladdr = \"tcp://127.0.0.1:7\"\nunsafe = false"));
        assert!(changed.ends_with("[p2p]\nladdr = \"tcp://127.0.0.1:8\"\n"));
        assert!(changed.starts_with("proxy_app = \"unix://run/abci.sock\"\n"));
    }
}
