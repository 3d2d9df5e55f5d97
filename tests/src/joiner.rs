//! A node that joins a running network: no validator, made with `nexusd init` as its operator would.

use crate::abci::Recorder;
use crate::network::{self, Network};
use crate::node::Node;
use crate::process::ProcessId;
use crate::programs;
use crate::wait::wait_for;
use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports of one node of a local network, and between two of them.
const PORTS_EACH: u16 = 10;

/// Places for ports given out in this process: a home is made before its node listens.
static PLACES: AtomicU16 = AtomicU16::new(1);

/// A joined node. Its processes end with it, also when the test is killed.
#[derive(Debug)]
pub struct Joiner {
    /// Asked like any other node.
    pub node: Node,
    /// Its CometBFT's id, as peers name it.
    pub id: String,
    /// Where it listens for peers.
    pub p2p: String,
    /// Its nexusd.
    pub program: PathBuf,
    child: Option<Child>,
}

impl Joiner {
    /// Makes a home beside the network, with these nodes as its peers; `arguments` go to `nexusd init`.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn init(network: &Network, name: &str, peers: &[&Node], arguments: &[&str]) -> Self {
        let home = network.folder().join(name);
        let port = free_ports(network);
        let at = |offset: u16| format!("127.0.0.1:{}", port + offset);
        let genesis = network.node().home.join("cometbft/config/genesis.json");
        let mut command = Command::new(programs::program("nexusd"));
        command.args(["init", "--name", name]);
        command
            .arg("--home")
            .arg(&home)
            .arg("--genesis")
            .arg(genesis);
        for (argument, offset) in [
            ("--rpc", 0),
            ("--metrics", 1),
            ("--p2p", 6),
            ("--comet-rpc", 7),
        ] {
            command.args([argument, &at(offset)]);
        }
        for peer in peers {
            command.args(["--peer", &peer_of(network, peer)]);
        }
        let made = programs::run(command.args(arguments).env("PATH", programs::path())).exited(0);
        let id = made
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("node id "));
        let id = id.expect("its id").trim().to_owned();
        let node = Node {
            name: name.to_owned(),
            rpc: format!("http://{}", at(0)),
            ws: format!("ws://{}", at(0)),
            comet_rpc: format!("http://{}", at(7)),
            home,
            machine: None,
        };
        // All its peers are on this machine.
        node.configure("allow_duplicate_ip = false", "allow_duplicate_ip = true");
        Self {
            node,
            id,
            p2p: at(6),
            program: programs::program("nexusd"),
            child: None,
        }
    }

    /// Puts a recorder between its CometBFT and its application, before its first start; the recording lies beside those
    /// of the network's nodes.
    ///
    /// # Panics
    /// If it cannot listen.
    #[must_use]
    pub fn record(&self, network: &Network) -> Recorder {
        let recording = network.folder().join(format!("{}.abci", self.node.name));
        network::record(&self.node.home, &recording)
            .unwrap_or_else(|error| panic!("the recorder of {}: {error}", self.node.name))
    }

    /// Starts it.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(&mut self) {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.node.log_file());
        let log: File = log.expect("its log");
        let nexusd = programs::program("nexusd");
        let child = Command::new(&nexusd)
            // Bound to this process, in the way nexusd binds its CometBFT.
            .args(["exec-bound", &std::process::id().to_string(), "--"])
            .arg(&self.program)
            .args(["start", "--home"])
            .arg(&self.node.home)
            .env("PATH", programs::path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second descriptor"))
            .stderr(log)
            .spawn()
            .expect("nexusd starts");
        let pid = child.id();
        self.child = Some(child);
        let what = format!(
            "the start of {} (see {})",
            self.node.name,
            self.node.log_file().display()
        );
        wait_for(&what, || {
            self.node
                .processes()
                .filter(|noted| noted.nexusd.pid == pid)
        });
        let _ = self.node.alive();
    }

    /// Waits until it ends by itself; its exit code.
    ///
    /// # Panics
    /// If it does not end, or was not started.
    pub fn ends(&mut self) -> Option<i32> {
        let mut child = self.child.take().expect("it was started");
        let what = format!("the end of {}", self.node.name);
        wait_for(&what, || child.try_wait().expect("its state")).code()
    }

    /// Stops it in order.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            if let Some(process) = ProcessId::of(child.id()) {
                process.signal(rustix::process::Signal::TERM);
            }
            let _ = child.wait();
        }
    }
}

impl Drop for Joiner {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.node.log();
            let lines: Vec<_> = log.lines().rev().take(40).collect();
            let lines: Vec<_> = lines.into_iter().rev().collect();
            eprintln!(
                "--- {}\n{}",
                self.node.log_file().display(),
                lines.join("\n")
            );
        }
        self.stop();
    }
}

impl Node {
    /// Replaces a text in the configuration of a stopped node.
    ///
    /// # Panics
    /// If it does not stand there.
    pub fn configure(&self, from: &str, to: &str) {
        let path = self.home.join("config.toml");
        let text = fs::read_to_string(&path).expect("a configuration");
        assert!(text.contains(from), "{}: no {from}", path.display());
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
    }

    /// Where its CometBFT listens for peers.
    ///
    /// # Panics
    /// If its configuration does not say.
    #[must_use]
    pub fn p2p(&self) -> String {
        let text = fs::read_to_string(self.home.join("config.toml")).expect("a configuration");
        let line = text.lines().find_map(|line| line.strip_prefix("p2p = \""));
        line.expect("p2p").trim_end_matches('"').to_owned()
    }
}

/// `id@host:port` of a node, as the others' configurations name it.
fn peer_of(network: &Network, node: &Node) -> String {
    let address = format!("@{}\"", node.p2p());
    let named = network.nodes.iter().find_map(|other| {
        let text = fs::read_to_string(other.home.join("config.toml")).ok()?;
        let line = text.lines().find(|line| line.contains(&address))?;
        Some(line.trim().trim_matches([',', '"']).to_owned())
    });
    named.unwrap_or_else(|| panic!("nobody names {}", node.name))
}

/// The first of ten ports that the network and its other joiners do not use, and nobody else listens on.
fn free_ports(network: &Network) -> u16 {
    let port = |node: &Node| -> u16 {
        let (_, port) = node.rpc.rsplit_once(':').expect("a port");
        port.parse().expect("a number")
    };
    let last = network.nodes.iter().map(port).max().expect("nodes");
    let free = |port: &u16| {
        [0, 1, 6, 7]
            .iter()
            .all(|offset| TcpListener::bind(("127.0.0.1", port + offset)).is_ok())
    };
    let mut ports =
        std::iter::repeat_with(|| last + PORTS_EACH * PLACES.fetch_add(1, Ordering::Relaxed));
    ports.find(free).expect("there is always another")
}
