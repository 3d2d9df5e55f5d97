//! One validator of a network: where it listens, what it answers, whether it runs.

use crate::http::{self, Answer};
use crate::process::{ProcessId, Processes};
use crate::programs::{self, Ran};
use crate::rpc::{self, RpcError};
use crate::wait::{block_on, wait_for};
use nexus_sdk::api::{BlockView, HeightParams, Method};
use nexus_sdk::client::{Client, ClientError};
use nexus_types::Hash;
use rustix::process::Signal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// One validator.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its organisation, and the name of its home's folder.
    pub name: String,
    /// Its home.
    pub home: PathBuf,
    /// Its JSON-RPC, `http://…`.
    pub rpc: String,
    /// The same for WebSockets, `ws://…`.
    pub ws: String,
    /// Its CometBFT's own RPC, `http://…`.
    pub comet_rpc: String,
    /// The machine it lives on; none if it is this one.
    pub machine: Option<Machine>,
}

/// Another machine, as far as a node is concerned.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The command that starts a program there, before the program and its arguments.
    pub enter: Vec<OsString>,
    /// The node's home by its name there.
    pub home: PathBuf,
}

impl Node {
    /// A typed client of it.
    ///
    /// # Panics
    /// If its URL is none.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.rpc).expect("a URL")
    }

    /// A typed read.
    ///
    /// # Errors
    /// The client's.
    pub fn try_read<R: DeserializeOwned>(
        &self,
        method: Method,
        params: &impl Serialize,
    ) -> Result<R, ClientError> {
        block_on(self.client().read(method, params))
    }

    /// A typed read that must succeed.
    ///
    /// # Panics
    /// If it does not.
    pub fn read<R: DeserializeOwned>(&self, method: Method, params: &impl Serialize) -> R {
        self.try_read(method, params)
            .unwrap_or_else(|error| panic!("{method} at {}: {error}", self.name))
    }

    /// Calls a method with any parameters.
    ///
    /// # Errors
    /// The node's error.
    pub fn call(&self, method: &str, params: &Value) -> Result<Value, RpcError> {
        rpc::call(&self.rpc, method, params)
    }

    /// Any HTTP request.
    ///
    /// # Panics
    /// If the node cannot be reached.
    #[must_use]
    pub fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        http::request(&self.rpc, method, path, headers, body)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The last committed height, if the node answers.
    #[must_use]
    pub fn height(&self) -> Option<u64> {
        let health = block_on(self.client().health()).ok()?;
        health.height.map(|height| height.0)
    }

    /// Waits until it has committed that height.
    ///
    /// # Panics
    /// If it never does.
    pub fn wait_for_height(&self, height: u64) {
        let what = format!("height {height} at {}", self.name);
        wait_for(&what, || self.height().filter(|at| *at >= height));
    }

    /// A committed block.
    ///
    /// # Panics
    /// If it has none of that height.
    #[must_use]
    pub fn block(&self, height: u64) -> BlockView {
        let params = HeightParams {
            height: Some(height.into()),
        };
        self.read(Method::GetBlock, &params)
    }

    /// The app hash after a block, as the node itself has it.
    #[must_use]
    pub fn app_hash(&self, height: u64) -> Hash {
        self.block(height).summary.app_hash.0
    }

    /// The answer of its CometBFT, `/status` and the like.
    #[must_use]
    pub fn comet(&self, path: &str) -> Option<Value> {
        let answer = http::request(&self.comet_rpc, "GET", path, &[], b"").ok()?;
        Some(answer.json()["result"].clone()).filter(|result| !result.is_null())
    }

    /// Its processes, if it noted any.
    #[must_use]
    pub fn processes(&self) -> Option<Processes> {
        let text = fs::read_to_string(self.home.join("run/processes.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Its two processes, both alive.
    ///
    /// # Panics
    /// If they never are.
    #[must_use]
    pub fn alive(&self) -> [ProcessId; 2] {
        let what = format!("both processes of {}", self.name);
        wait_for(&what, || {
            let noted = self.processes()?;
            let comet = noted.cometbft?;
            (noted.nexusd.is_alive() && comet.is_alive()).then_some([noted.nexusd, comet])
        })
    }

    /// Whether its nexusd runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.processes()
            .is_some_and(|noted| noted.nexusd.is_alive())
    }

    /// Ends both processes with `kill -9`.
    pub fn kill(&self) {
        let noted = self.processes();
        let all = noted.map(|noted| [Some(noted.nexusd), noted.cometbft]);
        for process in all.into_iter().flatten().flatten() {
            process.kill();
        }
    }

    /// Asks it to end (SIGTERM) and waits until both processes have.
    pub fn stop(&self) {
        let Some(noted) = self.processes() else {
            return;
        };
        noted.nexusd.signal(Signal::TERM);
        noted.nexusd.wait_for_end();
        if let Some(comet) = noted.cometbft {
            comet.wait_for_end();
        }
    }

    /// Starts it as the launcher does, and waits until both processes run.
    ///
    /// # Panics
    /// If they do not.
    pub fn start(&self) {
        let mut child = self.spawn(&[]);
        let pid = child.id();
        // Somebody must take note of its end, whenever that is.
        std::thread::spawn(move || child.wait());
        let log = self.log_file();
        let what = format!("the start of {} (see {})", self.name, log.display());
        wait_for(&what, || {
            self.processes().filter(|noted| noted.nexusd.pid == pid)
        });
        let _ = self.alive();
    }

    /// Starts its nexusd where it lives, with these variables in its environment, and waits for nothing.
    ///
    /// # Panics
    /// If there is no such program, or no log.
    #[must_use]
    pub fn spawn(&self, environment: &[(&str, &str)]) -> Child {
        self.spawn_program(&programs::program("nexusd"), environment)
    }

    /// The same with another program for its nexusd.
    ///
    /// # Panics
    /// If there is no such program, or no log.
    #[must_use]
    pub fn spawn_program(&self, program: &Path, environment: &[(&str, &str)]) -> Child {
        let path = self.log_file();
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let log = log.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let output = log.try_clone().expect("a second descriptor");
        let there = self.machine.as_ref();
        // The variables are the node's alone, not those of whatever enters the machine.
        let enter = there.into_iter().flat_map(|there| there.enter.clone());
        let mut words = enter.chain(["env".into()]);
        let mut command = Command::new(words.next().expect("at least env"));
        command
            .args(words)
            .args(
                environment
                    .iter()
                    .map(|(name, value)| format!("{name}={value}")),
            )
            .arg(program)
            .args(["start", "--detach", "--home"])
            .arg(there.map_or(&self.home, |there| &there.home))
            .env("PATH", programs::path())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(log)
            .spawn()
            .expect("nexusd starts")
    }

    /// Starts another program for its nexusd, and waits until both processes run.
    ///
    /// # Panics
    /// If they do not.
    #[must_use]
    pub fn start_program(&self, program: &Path) -> Child {
        let mut child = self.spawn_program(program, &[]);
        let log = self.log_file();
        let what = format!("the start of {} (see {})", self.name, log.display());
        wait_for(&what, || {
            if let Ok(Some(ended)) = child.try_wait() {
                panic!("{what}: {ended}");
            }
            self.processes()
                .filter(|noted| noted.nexusd.pid == child.id())
        });
        let _ = self.alive();
        child
    }

    /// What becomes of a program that is started for its nexusd and ends by itself.
    ///
    /// # Panics
    /// If it does not end.
    #[must_use]
    pub fn try_start(&self, program: &Path) -> Ran {
        programs::run(
            Command::new(program)
                .args(["start", "--home"])
                .arg(&self.home)
                .env("PATH", programs::path()),
        )
    }

    /// Its log.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.home.join("nexusd.log")
    }

    /// What its log says so far.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
