//! A local network for tests: started by the real launcher, gone when the test is.

use crate::abci::{Kind, Recorder};
use crate::clock::Clock;
use crate::node::Node;
use crate::programs::{self, Ran};
use nexus_genesis::Genesis;
use nexus_sdk::anchor::Anchor;
use nexus_types::encoding::Text;
use serde::Deserialize;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Set it to anything to find a network's folder after the tests.
const KEEP: &str = "NEXUS_TESTS_KEEP";

/// Whether the launcher also starts its development host: yes or no.
const HOST: &str = "NEXUS_LOCALNET_HOST";

/// Lines of a node's log shown when a test fails.
const LOG_TAIL: usize = 12;

/// Runs behind a test process and waits for its end, whatever ends it: then the pipe on its standard input closes. Its
/// standard output is the lock on "one network at a time", which so outlives the network.
const GUARD: &str = r#"cat >&2
if [ -n "$3" ]; then "$0" localnet stop --dir "$1" >&2; exit; fi
for again in 1 2 3 4 5; do "$0" localnet clean --dir "$1" >&2 && break; sleep 2; done
rm -rf -- "$2""#;

/// What kind of network.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many validators.
    pub validators: u8,
    /// Heights between two snapshots, if not the usual ones.
    pub snapshot_interval: Option<u64>,
    /// Whether a recorder sits between each CometBFT and its application; without it what a network does is not judged,
    /// and costs what it costs its users.
    pub recorded: bool,
    /// The CometBFT to run, if not the pinned one.
    pub cometbft: Option<PathBuf>,
    /// How many snapshots each node keeps, if not the usual number.
    pub snapshots_kept: Option<usize>,
    /// Whether the launcher's development host runs beside the validators. Few tests want it: it changes what gates say of
    /// activations, and it has processes of its own.
    pub host: bool,
    /// Delays of the development genesis that are others, by their names there: milliseconds.
    pub delays: &'static [(&'static str, u64)],
    /// By how many seconds blocks are dated ahead of this machine's clock. The CometBFT is then one that was built for it.
    pub ahead_s: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            validators: 4,
            snapshot_interval: None,
            recorded: true,
            cometbft: None,
            snapshots_kept: None,
            host: false,
            delays: &[],
            ahead_s: None,
        }
    }
}

#[derive(Deserialize)]
struct Described {
    chain_id: String,
    genesis_hash: String,
    validators: Vec<DescribedNode>,
}

#[derive(Deserialize)]
struct DescribedNode {
    name: String,
    rpc: String,
    ws: String,
    comet_rpc: String,
    home: PathBuf,
}

/// What the launcher plans before anything runs.
#[derive(Deserialize)]
struct Plan {
    validators: Vec<Planned>,
}

#[derive(Deserialize)]
struct Planned {
    name: String,
}

/// A network. Between each CometBFT and its application sits a recorder, and a call that the grammar of ABCI does not
/// allow fails the test at the latest when the network ends.
#[derive(Debug)]
pub struct Network {
    dir: PathBuf,
    /// Its validators; the platform's is the last.
    pub nodes: Vec<Node>,
    /// What signatures name.
    pub id: nexus_types::Network,
    /// Bytes of the anchor file as it was before the first node started.
    pub anchor: Vec<u8>,
    officers: Mutex<()>,
    guard: Option<Child>,
    /// One for each node, in their order; none if somebody else started the network.
    recorders: Vec<Recorder>,
    /// What the launcher finds in its environment each time.
    environment: Environment,
}

/// Variables and their values.
type Environment = Vec<(&'static str, String)>;

/// No host of the launcher's.
fn without_host() -> Environment {
    vec![(HOST, String::from("no"))]
}

impl Network {
    /// Starts a network of its own for one test, as soon as no other runs.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(options: &Options) -> Self {
        Self::try_start(options).unwrap_or_else(|why| panic!("no network: {why}"))
    }

    /// The network that the tests of one program share: none of them may disturb it.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<Network, String>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| {
            let network = Self::try_start(&Options::default())?;
            // It is never dropped, so nobody would look.
            for recorder in &network.recorders {
                recorder.end_process_on_violation();
            }
            Ok(network)
        });
        shared
            .as_ref()
            .unwrap_or_else(|why| panic!("no network: {why}"))
    }

    fn try_start(options: &Options) -> Result<Self, String> {
        let lock = lock().map_err(|error| format!("the lock on networks: {error}"))?;
        let folder = tempfile::Builder::new()
            .prefix("nexus-tests-")
            .tempdir()
            .map_err(|error| format!("a folder: {error}"))?
            .keep();
        let dir = folder.join(".localnet");
        let guard = guard(&dir, &folder, lock).map_err(|error| format!("its guard: {error}"))?;
        let clock = options.ahead_s.map(|ahead| {
            let clock = Clock::of_comet(&folder.join("clock"));
            clock.set(ahead.into());
            clock
        });
        let environment = environment(options, clock.as_ref());
        let comet = options.cometbft.clone();
        let comet = comet.or_else(|| clock.map(|clock| clock.comet().into()));
        let launched =
            launch(options, comet.as_deref(), &dir, &folder, &environment).and_then(|recorders| {
                let mut network = Self::attach(&dir.join("network.json"))?;
                network.recorders = recorders;
                network.environment = environment;
                Ok(network)
            });
        match launched {
            Ok(mut network) => {
                network.guard = Some(guard);
                Ok(network)
            }
            Err(why) => {
                end(guard);
                Err(why)
            }
        }
    }

    /// A network that somebody else started, by its `network.json`. It goes on when this value ends.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn attach(file: &Path) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = fs::read_to_string(file).map_err(|error| failed(&error))?;
        let described: Described = serde_json::from_str(&text).map_err(|error| failed(&error))?;
        let dir = file
            .parent()
            .ok_or_else(|| failed(&"no folder"))?
            .to_owned();
        let id = nexus_types::Network {
            chain_id: Text::new(described.chain_id).map_err(|error| failed(&error))?,
            genesis_hash: described
                .genesis_hash
                .parse()
                .map_err(|error| failed(&error))?,
            recovery_epoch: 0,
        };
        let anchor = fs::read(dir.join("anchor.json")).map_err(|error| failed(&error))?;
        let nodes = described.validators.into_iter().map(|node| Node {
            home: dir.join(&node.home),
            name: node.name,
            rpc: node.rpc,
            ws: node.ws,
            comet_rpc: node.comet_rpc,
            machine: None,
        });
        Ok(Self {
            nodes: nodes.collect(),
            dir,
            id,
            anchor,
            officers: Mutex::new(()),
            guard: None,
            recorders: Vec::new(),
            environment: without_host(),
        })
    }

    /// What sits between a node's CometBFT and its application.
    ///
    /// # Panics
    /// If the node is of another network, or the network was started by somebody else.
    #[must_use]
    pub fn recorder(&self, node: &Node) -> &Recorder {
        let mut all = self.nodes.iter().zip(&self.recorders);
        let found = all.find(|(other, _)| other.name == node.name);
        found.expect("a node of this network").1
    }

    /// Asserts that whatever was called so far, anywhere, was called in the order that the grammar of ABCI allows.
    ///
    /// # Panics
    /// If it was not, or if nothing was recorded.
    pub fn assert_grammar(&self) {
        assert!(!self.recorders.is_empty(), "nothing was recorded");
        for (node, recorder) in self.nodes.iter().zip(&self.recorders) {
            let judged = recorder.judged();
            let summary = judged.unwrap_or_else(|violation| panic!("{}: {violation}", node.name));
            let commits = summary.asked.get(&Kind::Commit).copied().unwrap_or(0);
            assert!(commits > 0, "{}: no Commit was recorded", node.name);
            println!(
                "ABCI grammar   {}: {} lives of CometBFT, {commits} commits",
                node.name, summary.lives
            );
        }
    }

    /// Puts recorders between the stopped nodes' CometBFT and applications where their homes are now, in place of those
    /// where their homes were.
    ///
    /// # Panics
    /// If what was recorded so far is not allowed, or a socket cannot be had.
    pub(crate) fn record_anew(&mut self) {
        self.assert_grammar();
        let folder = self.folder().to_owned();
        let anew = self.nodes.iter().map(|node| {
            let recording = folder.join(format!("{}-moved.abci", node.name));
            let sockets = ["run/recorder.sock", "run/abci.sock"].map(|name| node.home.join(name));
            // What was moved is a socket's name without the socket.
            sockets.iter().for_each(|old| _ = fs::remove_file(old));
            let [listen, application] = sockets;
            Recorder::start(&listen, &application, &recording)
                .unwrap_or_else(|error| panic!("the recorder of {}: {error}", node.name))
        });
        self.recorders = anew.collect();
    }

    /// Its folder, `.localnet` in [`Self::folder`].
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A folder for files of the test, which ends with the network.
    ///
    /// # Panics
    /// Never: the network's folder lies in it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.dir.parent().expect("a folder above")
    }

    /// The first validator, for whoever needs just one.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.nodes[0]
    }

    /// Starts every node that does not run, and waits for blocks.
    ///
    /// # Panics
    /// If the launcher fails.
    pub fn start_missing(&self) {
        let _ = self.localnet("start").exited(0);
    }

    /// Stops every node.
    ///
    /// # Panics
    /// If the launcher fails.
    pub fn stop(&self) {
        let _ = self.localnet("stop").exited(0);
    }

    /// Runs a subcommand of `nexusd localnet` on it.
    #[must_use]
    pub fn localnet(&self, action: &str) -> Ran {
        let mut command = Command::new(programs::program("nexusd"));
        command
            .args(["localnet", action, "--dir"])
            .arg(&self.dir)
            .env("PATH", programs::path())
            .envs(self.environment.iter().cloned());
        programs::run(&mut command)
    }

    /// The lowest height that every node has committed.
    ///
    /// # Panics
    /// If a node never answers.
    #[must_use]
    pub fn common_height(&self) -> u64 {
        let heights = self.nodes.iter().map(|node| {
            let what = format!("an answer of {}", node.name);
            crate::wait::wait_for(&what, || node.height())
        });
        heights.min().expect("nodes")
    }

    /// Waits until every node has committed that height.
    pub fn wait_for_height(&self, height: u64) {
        for node in &self.nodes {
            node.wait_for_height(height);
        }
    }

    /// Asserts that all nodes have one app hash after each of these heights.
    ///
    /// # Panics
    /// At the first height where two differ.
    pub fn assert_one_app_hash(&self, heights: impl IntoIterator<Item = u64>) {
        for height in heights {
            let hashes: Vec<_> = self
                .nodes
                .iter()
                .map(|node| (node.name.as_str(), node.app_hash(height)))
                .collect();
            assert!(
                hashes.windows(2).all(|pair| pair[0].1 == pair[1].1),
                "height {height}: {hashes:?}"
            );
        }
    }

    /// Keeps others from acting as the platform meanwhile: its officers have one nonce sequence each.
    pub(crate) fn officers_lock(&self) -> MutexGuard<'_, ()> {
        self.officers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn show_logs(&self) {
        for node in &self.nodes {
            let log = node.log();
            let lines: Vec<_> = log.lines().rev().take(LOG_TAIL).collect();
            let lines: Vec<_> = lines.into_iter().rev().collect();
            eprintln!("--- {}\n{}", node.log_file().display(), lines.join("\n"));
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show_logs();
        }
        if let Some(guard) = self.guard.take() {
            end(guard);
            // A test that fails already says so itself.
            if !std::thread::panicking() && !self.recorders.is_empty() {
                self.assert_grammar();
            }
        }
    }
}

/// What the launcher, and so each node, finds in its environment.
fn environment(options: &Options, clock: Option<&Clock>) -> Environment {
    let mut environment = if options.host {
        vec![(HOST, String::from("yes"))]
    } else {
        without_host()
    };
    let clock = clock.into_iter().flat_map(Clock::of_comet_alone);
    environment.extend(clock.map(|(name, value)| (name, value.to_owned())));
    environment
}

/// Makes a network's folder, puts a recorder into each home if that is wanted, and starts the nodes.
fn launch(
    options: &Options,
    comet: Option<&Path>,
    dir: &Path,
    folder: &Path,
    environment: &Environment,
) -> Result<Vec<Recorder>, String> {
    let localnet = |action: &str, more: &[&str]| {
        let mut command = Command::new(programs::program("nexusd"));
        command
            .args(["localnet", action])
            .args(more)
            .arg("--dir")
            .arg(dir)
            .current_dir(folder)
            .env("PATH", programs::path())
            .envs(environment.iter().cloned());
        let ran = programs::run(&mut command);
        match ran.code {
            Some(0) => Ok(()),
            _ => Err(format!(
                "nexusd localnet {action}: {}{}",
                ran.stdout, ran.stderr
            )),
        }
    };
    let validators = options.validators.to_string();
    let mut more = vec!["--validators", &validators];
    let interval = options.snapshot_interval.map(|heights| heights.to_string());
    if let Some(interval) = &interval {
        more.extend(["--snapshot-interval", interval]);
    }
    localnet("create", &more)?;
    let plan = dir.join("localnet.json");
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", plan.display());
    let text = fs::read_to_string(&plan).map_err(|error| failed(&error))?;
    let planned: Plan = serde_json::from_str(&text).map_err(|error| failed(&error))?;
    if !options.delays.is_empty() {
        shorten(dir, &planned, options.delays)?;
    }
    let mut recorders = Vec::new();
    for node in &planned.validators {
        let home = dir.join(&node.name);
        let failed = |error| format!("the configuration of {}: {error}", node.name);
        if let Some(kept) = options.snapshots_kept {
            set(&home, "keep = ", &format!("keep = {kept}")).map_err(failed)?;
        }
        if let Some(program) = comet {
            set(&home, "# binary = ", &format!("binary = {program:?}")).map_err(failed)?;
        }
        if options.recorded {
            let recorder = record(&home, &folder.join(format!("{}.abci", node.name)));
            let failed = |error| format!("the recorder of {}: {error}", node.name);
            recorders.push(recorder.map_err(failed)?);
        }
    }
    localnet("start", &[])?;
    Ok(recorders)
}

/// Gives a network that never ran a genesis with other delays, and the anchor of that genesis.
fn shorten(dir: &Path, planned: &Plan, delays: &[(&str, u64)]) -> Result<(), String> {
    let files = planned
        .validators
        .iter()
        .map(|node| dir.join(&node.name).join("cometbft/config/genesis.json"));
    for file in files {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = fs::read_to_string(&file).map_err(|error| failed(&error))?;
        let mut genesis: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| failed(&error))?;
        for (name, ms) in delays {
            let delay = genesis.pointer_mut(&format!("/app_state/delays/{name}"));
            *delay.ok_or_else(|| failed(&name))? = ms.to_string().into();
        }
        let genesis = Genesis::from_json(&genesis.to_string()).map_err(|error| failed(&error))?;
        fs::write(&file, genesis.to_json()).map_err(|error| failed(&error))?;
        let anchor = Anchor::from_genesis(genesis.document())
            .and_then(|anchor| anchor.to_json())
            .map_err(|error| failed(&error))?;
        fs::write(dir.join("anchor.json"), anchor).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// Replaces the line of a node's configuration that begins like this.
fn set(home: &Path, begins: &str, line: &str) -> io::Result<()> {
    let path = home.join("config.toml");
    let config = fs::read_to_string(&path)?;
    let mut found = false;
    let lines = config.lines().map(|old| {
        let here = !found && old.starts_with(begins);
        found |= here;
        format!("{}\n", if here { line } else { old })
    });
    let changed: String = lines.collect();
    if !found {
        let reason = format!("{} has no line {begins}", path.display());
        return Err(io::Error::other(reason));
    }
    fs::write(&path, changed)
}

/// Puts a recorder between CometBFT and the application of a node that never ran.
pub(crate) fn record(home: &Path, recording: &Path) -> io::Result<Recorder> {
    let line = "proxy_app = \"unix://run/recorder.sock\"";
    set(home, "# proxy_app = ", line)?;
    let run = home.join("run");
    Recorder::start(
        &run.join("recorder.sock"),
        &run.join("abci.sock"),
        recording,
    )
}

/// Waits until no other network of tests runs on this machine.
fn lock() -> io::Result<File> {
    let path = std::env::temp_dir().join("nexus-tests.lock");
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    file.lock()?;
    Ok(file)
}

fn guard(dir: &Path, folder: &Path, lock: File) -> io::Result<Child> {
    Command::new("sh")
        .args(["-c", GUARD])
        .arg(programs::program("nexusd"))
        .arg(dir)
        .arg(folder)
        .arg(std::env::var_os(KEEP).unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(lock)
        .stderr(Stdio::null())
        // Not in the terminal's group: Ctrl-C ends the tests, and then this cleans up.
        .process_group(0)
        .spawn()
}

fn end(mut guard: Child) {
    drop(guard.stdin.take());
    // It cannot be told from outside whether it cleaned; what it leaves behind, it leaves for people to see.
    let _ = guard.wait();
}
