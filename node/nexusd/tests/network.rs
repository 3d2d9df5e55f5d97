//! A network of one validator under the real CometBFT, through its whole life: the supervision that no stand-in shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Far above what a step takes on a busy machine; reached only when the step never comes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A local network that is deleted, processes first, however the test ends.
struct Network {
    _folder: tempfile::TempDir,
    dir: PathBuf,
}

impl Network {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("net");
        let network = Self {
            _folder: folder,
            dir,
        };
        network.run("start", &["--validators", "1"]);
        network
    }

    fn command(&self, action: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_nexusd"))
            .args(["localnet", action, "--dir"])
            .arg(&self.dir)
            .args(more)
            .output()
            .expect("nexusd runs")
    }

    fn run(&self, action: &str, more: &[&str]) -> String {
        let output = self.command(action, more);
        let messages = String::from_utf8_lossy(&output.stderr);
        let log = fs::read_to_string(self.home().join("nexusd.log")).unwrap_or_default();
        assert!(output.status.success(), "{action}: {messages}\n{log}");
        String::from_utf8_lossy(&output.stdout).into_owned() + &messages
    }

    fn home(&self) -> PathBuf {
        self.dir.join("auditor-1")
    }

    fn nexusd(&self, command: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_nexusd"))
            .args([command, "--home"])
            .arg(self.home())
            .output()
            .expect("nexusd runs");
        assert!(
            output.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn described(&self) -> Value {
        let text = fs::read_to_string(self.dir.join("network.json")).expect("network.json");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The process that the home names: `nexusd` or `cometbft`.
    fn process(&self, name: &str) -> Option<u64> {
        let text = fs::read_to_string(self.home().join("run/processes.json")).ok()?;
        let noted: Value = serde_json::from_str(&text).ok()?;
        noted[name]["pid"].as_u64()
    }

    fn wait_for_other(&self, name: &str, than: u64) -> u64 {
        wait_for(name, || {
            self.process(name)
                .filter(|pid| *pid != than && is_alive(*pid))
        })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.command("clean", &[]);
    }
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} never came");
        thread::sleep(Duration::from_millis(100));
    }
}

/// A zombie has ended once its first thread is its only one: until then the others hold its ports.
fn is_alive(pid: u64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| {
        let fields: Vec<_> = rest.split_ascii_whitespace().collect();
        let threads: u64 = fields[17].parse().expect("a number of threads");
        fields[0] != "Z" || threads > 1
    })
}

fn kill(pid: u64) {
    let status = Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success());
}

fn height(table: &str) -> u64 {
    let line = table
        .lines()
        .find(|line| line.starts_with("auditor-1"))
        .expect("a line");
    line.split_ascii_whitespace()
        .nth(1)
        .expect("a height")
        .parse()
        .expect("a number")
}

fn has_cometbft() -> bool {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tools = here.ancestors().map(|folder| folder.join(".tools/bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = tools
        .chain(std::env::split_paths(&path))
        .any(|folder| folder.join("cometbft").is_file());
    if !found {
        use std::io::Write;
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: a network lives: CometBFT is not installed (make setup)"
        );
    }
    found
}

#[test]
fn a_network_lives_through_kills_and_stops_in_order() {
    if !has_cometbft() {
        return;
    }
    let network = Network::start();
    let (nexusd, comet) = (
        network.process("nexusd").expect("noted"),
        network.process("cometbft").expect("noted"),
    );
    let described = network.described();
    assert_eq!(described["validators"][0]["pids"]["nexusd"], nexusd);
    assert_eq!(described["validators"][0]["pids"]["cometbft"], comet);
    assert_eq!(described["anchor"]["hash"].as_str().map(str::len), Some(64));
    let again = network.run("start", &[]);
    assert!(again.contains("running already"), "{again}");
    assert_eq!(
        network.process("nexusd"),
        Some(nexusd),
        "the second start started nothing"
    );

    // CometBFT alone is killed: its nexusd starts another.
    let before = height(&again);
    kill(comet);
    let second_comet = network.wait_for_other("cometbft", comet);
    assert_eq!(network.process("nexusd"), Some(nexusd));
    let grown = wait_for("a further block", || {
        let table = network.command("status", &[]);
        let table = String::from_utf8_lossy(&table.stdout).into_owned();
        table
            .contains("running")
            .then(|| height(&table))
            .filter(|height| *height > before)
    });

    // nexusd is killed: the kernel ends its CometBFT too.
    kill(nexusd);
    wait_for("the end of the orphaned CometBFT", || {
        (!is_alive(second_comet)).then_some(())
    });
    let status = network.command("status", &[]);
    assert_eq!(status.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&status.stdout).contains("stopped"));

    // Started again, it goes on from where it was.
    let restarted = network.run("start", &[]);
    assert!(height(&restarted) >= grown, "{restarted}");
    let (nexusd, comet) = (
        network.process("nexusd").expect("noted"),
        network.process("cometbft").expect("noted"),
    );
    let stopped = network.run("stop", &[]);
    assert!(stopped.contains("stopped"), "{stopped}");
    assert!(!is_alive(nexusd) && !is_alive(comet));
    let log = fs::read_to_string(network.home().join("nexusd.log")).expect("a log");
    assert!(
        log.contains("SIGTERM") && log.trim_end().ends_with("stopped"),
        "{log}"
    );

    // What it left behind is whole.
    let checked = network.nexusd("check");
    assert!(
        checked.contains("everything is what was committed"),
        "{checked}"
    );
    assert!(
        checked.contains("audit log   1 records"),
        "the demo creator's registration: {checked}"
    );
    let indexed = network.nexusd("reindex");
    assert!(indexed.contains("blocks into"), "{indexed}");
    network.run("clean", &[]);
    assert!(!network.dir.exists());
}
