//! Keeps another program running for as long as this one runs: CometBFT, and the agents of a development host.
//!
//! CometBFT exits with 0 when its application dies, so an exit code says nothing: whatever ends the program, it is
//! started again, after a pause that doubles while it keeps ending soon. When it never stays up, the node gives up and
//! exits: a service manager and an operator see that, an endless loop they don't.

pub(crate) mod child;

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::error::Error;

/// How patiently a program is started again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// The pause before the first restart; it doubles with each further one.
    pub(crate) first_pause: Duration,
    /// The longest pause.
    pub(crate) longest_pause: Duration,
    /// A run of this length was a good one: the pauses start from the first again.
    pub(crate) good_run: Duration,
    /// Short runs in a row after which the node gives up.
    pub(crate) most_short_runs: u32,
}

impl Policy {
    /// The first pause is long enough for the kernel to free ports and short against a block; an operator who mends
    /// something waits no longer than the longest; all short runs together take about five minutes.
    pub(crate) const NODE: Self = Self {
        first_pause: Duration::from_millis(200),
        longest_pause: Duration::from_secs(10),
        good_run: Duration::from_secs(30),
        most_short_runs: 35,
    };

    fn pause_after(&self, short_runs: u32) -> Duration {
        let doublings = short_runs.saturating_sub(1).min(16);
        self.first_pause
            .saturating_mul(1 << doublings)
            .min(self.longest_pause)
    }
}

/// Between SIGTERM and SIGKILL at shutdown: CometBFT writes out its databases in well under a second.
const GRACE: Duration = Duration::from_secs(10);

/// What to run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// What messages call it, and its thread.
    pub(crate) name: &'static str,
    /// This program, as the child starts it: it becomes the other one (see [`child`]).
    pub(crate) shim: PathBuf,
    /// The other program and its arguments.
    pub(crate) command: Vec<OsString>,
    /// Working directory, such as the node's home.
    pub(crate) directory: PathBuf,
}

/// What the supervisor asks and tells as it happens, on its own thread.
pub(crate) trait Observer: Send + 'static {
    /// A process is about to be started: the moment to write its configuration. The words of an error say
    /// how its life ended before it began.
    fn starting(&mut self) -> Result<(), String>;
    /// A process lives.
    fn started(&mut self, pid: u32);
    /// It ended without being asked to; another will be started.
    fn restarting(&mut self);
    /// It never stayed up, and no other will be started. Not called after [`Supervisor::stop`].
    fn gave_up(&mut self, reason: String);
}

/// A running supervisor.
#[derive(Debug)]
pub(crate) struct Supervisor {
    name: &'static str,
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopping: bool,
    ended: bool,
    /// The living child. A pidfd names the process itself, so no signal can reach a later owner of its number.
    child: Option<OwnedFd>,
}

impl Shared {
    /// A panic elsewhere can't leave the state half changed: each change is one assignment.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `done` holds or the time is over; true if it holds.
    fn wait(&self, most: Duration, done: impl Fn(&State) -> bool) -> bool {
        let waited = self
            .changed
            .wait_timeout_while(self.state(), most, |state| !done(state));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        done(&state)
    }

    fn signal(&self, name: &str, signal: Signal) {
        if let Some(child) = &self.state().child
            && let Err(error) = pidfd_send_signal(child, signal)
        {
            tracing::warn!(%error, ?signal, "could not signal {name}");
        }
    }
}

impl Supervisor {
    /// Starts a program and keeps it running.
    pub(crate) fn start(
        program: Program,
        policy: Policy,
        observer: impl Observer,
    ) -> Result<Self, Error> {
        let shared = Arc::new(Shared::default());
        let name = program.name;
        let keeper = Keeper {
            program,
            policy,
            shared: Arc::clone(&shared),
            observer,
        };
        // A thread of its own, alive as long as the child: the kernel ends the child with the *thread* that made it.
        let thread = thread::Builder::new()
            .name(name.to_lowercase())
            .spawn(move || keeper.run())
            .map_err(Error::io(format!(
                "start the thread that keeps {name} running"
            )))?;
        Ok(Self {
            name,
            shared,
            thread,
        })
    }

    /// Asks the program to end, waits, and insists if it does not. Blocks for at most 10 s and a moment.
    pub(crate) fn stop(self) {
        {
            self.shared.state().stopping = true;
            self.shared.changed.notify_all();
        }
        let name = self.name;
        self.shared.signal(name, Signal::TERM);
        if !self.shared.wait(GRACE, |state| state.ended) {
            tracing::warn!("{name} did not end within {GRACE:?} of SIGTERM; killing it");
            self.shared.signal(name, Signal::KILL);
        }
        if self.thread.join().is_err() {
            tracing::error!("the thread that keeps {name} running panicked");
        }
    }
}

struct Keeper<O> {
    program: Program,
    policy: Policy,
    shared: Arc<Shared>,
    observer: O,
}

impl<O: Observer> Keeper<O> {
    fn run(mut self) {
        let mut short_runs = 0;
        let name = self.program.name;
        loop {
            let began = Instant::now();
            let end = self.run_once();
            if self.shared.state().stopping {
                break;
            }
            short_runs = if began.elapsed() >= self.policy.good_run {
                0
            } else {
                short_runs + 1
            };
            if short_runs >= self.policy.most_short_runs {
                self.observer.gave_up(format!(
                    "{name} ended {short_runs} times in a row within {:?} of its start (last: {end}). Its own messages \
                     are above; put right what they name, then start again",
                    self.policy.good_run
                ));
                break;
            }
            let pause = self.policy.pause_after(short_runs);
            tracing::warn!(%end, ?pause, "{name} ended; starting it again");
            self.observer.restarting();
            if self.shared.wait(pause, |state| state.stopping) {
                break;
            }
        }
        self.shared.state().ended = true;
        self.shared.changed.notify_all();
    }

    /// One life of the program; the words say how it ended.
    fn run_once(&mut self) -> String {
        if let Err(reason) = self.observer.starting() {
            return format!("it could not be started: {reason}");
        }
        let mut child = match self.spawn() {
            Ok(child) => child,
            Err(error) => return format!("it could not be started: {error}"),
        };
        self.observer.started(child.id());
        let end = child.wait();
        self.shared.state().child = None;
        match end {
            Ok(status) => status.to_string(),
            Err(error) => format!("its end could not be awaited: {error}"),
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        let mut state = self.shared.state();
        if state.stopping {
            return Err(io::Error::from(io::ErrorKind::Interrupted));
        }
        let child = Command::new(&self.program.shim)
            .arg(child::SUBCOMMAND)
            .arg(std::process::id().to_string())
            .arg("--")
            .args(&self.program.command)
            .current_dir(&self.program.directory)
            .stdin(Stdio::null())
            // CometBFT logs to its standard output; ours is for answers, so both go where our log goes.
            .stdout(io::stderr())
            .stderr(io::stderr())
            // A group of its own: Ctrl-C reaches nexusd alone, which then stops its child in order.
            .process_group(0)
            .spawn()?;
        state.child = i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
        Ok(child)
    }
}

#[cfg(test)]
mod tests;
