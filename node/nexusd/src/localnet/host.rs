//! The development host beside the validators: agents and test meters that enforce and measure nothing.
//!
//! They are clients like any other, and clients are not linked into this program: they run as the `nexus` that was built
//! or installed beside it. The launcher sets the host up with `nexus dev host` and leaves behind a supervisor, which is
//! this program again and keeps `nexus dev agent` and `nexus dev meter` running. It opens no key; they do.
//!
//! ```text
//! DIR/dev-1/
//!   agent-*.age, meter-*.age      their keys
//!   spool/                        records on their way from a meter to its agent
//!   host.log                      what all three processes say
//!   processes.json                their process ids
//! ```

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nexus_types::HostId;
use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::spawn_blocking;

use super::plan::{self, Plan};
use crate::ask::Ask;
use crate::config::{Log, LogFormat};
use crate::error::Error;
use crate::files::{self, Access};
use crate::processes::ProcessId;
use crate::signals::Ends;
use crate::supervisor::{Observer, Policy, Program, Supervisor};
use crate::telemetry;

/// Its name on the ledger, and its folder's.
pub(crate) const NAME: &str = "dev-1";

/// Whose it is.
const OPERATOR: &str = "operator-1";

/// The hidden subcommand that supervises it.
pub(crate) const SUBCOMMAND: &str = "run-host";

/// Seconds between two reports, and of one window: shorter than a real host's, since somebody waits for them.
const INTERVAL_S: u32 = 10;

/// How long its first report may take, on a machine that is busy with a build.
const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks for it.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Bytes of the file with the process ids.
const MAX_BYTES: u64 = 4 * 1024;

/// Lines of the log shown when something failed, and the bytes read for them.
const LOG_TAIL: (usize, u64) = (12, 64 * 1024);

/// The host's processes, as its supervisor noted them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostProcesses {
    pub(crate) supervisor: ProcessId,
    pub(crate) agent: Option<ProcessId>,
    pub(crate) meter: Option<ProcessId>,
}

impl HostProcesses {
    /// Those of a network; nothing if none were noted.
    pub(crate) fn read(dir: &Path) -> Option<Self> {
        let text = files::read_text(&processes_file(dir), MAX_BYTES).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = ProcessId> {
        [Some(self.supervisor), self.agent, self.meter]
            .into_iter()
            .flatten()
    }
}

/// Where everything of the host is.
pub(crate) fn folder(dir: &Path) -> PathBuf {
    dir.join(NAME)
}

pub(crate) fn log_file(dir: &Path) -> PathBuf {
    folder(dir).join("host.log")
}

fn processes_file(dir: &Path) -> PathBuf {
    folder(dir).join("processes.json")
}

/// Whether its supervisor runs.
pub(crate) fn is_running(dir: &Path) -> bool {
    HostProcesses::read(dir).is_some_and(|noted| noted.supervisor.is_alive())
}

/// Registers the host unless the ledger knows it, starts its supervisor unless it runs, and waits until IMVUs can be placed
/// on it. The network's file for scripts must be written, since `nexus` finds its way by that.
pub(crate) fn start(dir: &Path, plan: &Plan, ask: &Ask) -> Result<(), Error> {
    let dir = &absolute(dir)?;
    if is_running(dir) {
        return Ok(());
    }
    let nexus = nexus()?;
    set_up(&nexus, dir)?;
    let mut supervisor = spawn(dir)?;
    let began = Instant::now();
    while !is_attested(plan, ask) {
        if let Ok(Some(status)) = supervisor.try_wait() {
            return Err(failed(dir, &format!("its supervisor ended ({status})")));
        }
        if began.elapsed() > PATIENCE {
            let patience = PATIENCE.as_secs();
            return Err(failed(
                dir,
                &format!("no report of its compute agent within {patience} s"),
            ));
        }
        thread::sleep(LOOK_EVERY);
    }
    eprintln!(
        "localnet: host {NAME} takes IMVUs; it ENFORCES NOTHING and MEASURES NOTHING (log: {})",
        log_file(dir).display()
    );
    Ok(())
}

fn absolute(dir: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(dir).map_err(Error::io(format!("resolve {}", dir.display())))
}

/// The command line's program, beside this one.
fn nexus() -> Result<PathBuf, Error> {
    let own = std::env::current_exe().map_err(Error::io("find this program's folder"))?;
    let path = own.with_file_name("nexus");
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::NotFound(format!(
        "{} is not there, and it is what runs the development host. Build it (cargo build -p nexus-cli), or start \
         without a host: --host no",
        path.display()
    )))
}

fn set_up(nexus: &Path, dir: &Path) -> Result<(), Error> {
    let output = Command::new(nexus)
        .arg("--localnet")
        .arg(dir)
        .args(["dev", "host", "--name", NAME, "--key", OPERATOR])
        .arg("--folder")
        .arg(folder(dir))
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io(format!("run {}", nexus.display())))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Unreachable(format!(
        "the development host could not be set up ({}):\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim_end()
    )))
}

/// Starts the supervisor, which outlives this launcher.
fn spawn(dir: &Path) -> Result<std::process::Child, Error> {
    let path = log_file(dir);
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(Error::io(format!("open {}", path.display())))?;
    let output = log
        .try_clone()
        .map_err(Error::io(format!("open {} twice", path.display())))?;
    // As the launcher starts nodes: by its file, or by the kernel's link when a build has replaced the file meanwhile.
    let file = std::env::current_exe().ok().filter(|file| file.is_file());
    Command::new(file.unwrap_or_else(|| "/proc/self/exe".into()))
        .args(["localnet", SUBCOMMAND, "--dir"])
        .arg(dir)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(log)
        .spawn()
        .map_err(Error::io("start the development host's supervisor"))
}

fn is_attested(plan: &Plan, ask: &Ask) -> bool {
    let (Some(first), Ok(host)) = (plan.validators.first(), HostId::new(NAME)) else {
        return false;
    };
    let read = ask.node(first.rpc(), async |client| client.host(&host).await);
    read.is_ok_and(|read| read.value.attested.is_some())
}

fn failed(dir: &Path, why: &str) -> Error {
    let path = log_file(dir);
    let (lines, bytes) = LOG_TAIL;
    let text = files::read_end(&path, bytes);
    let tail: Vec<&str> = text.lines().rev().take(lines).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    Error::Unreachable(format!(
        "host {NAME} does not work: {why}. The last lines of {}:\n{}",
        path.display(),
        tail.join("\n")
    ))
}

/// Keeps the host's agents and meters running until SIGTERM or SIGINT.
pub(crate) fn run(dir: &Path) -> Result<(), Error> {
    rustix::process::setsid()
        .map_err(|error| Error::io("leave the terminal's session")(error.into()))?;
    let dir = absolute(dir)?;
    let _plan = Plan::read(&dir)?;
    let _lock = plan::lock_file(&folder(&dir).join("supervisor.lock"), || {
        format!("host {NAME} is supervised by another process")
    })?;
    let log = Log {
        filter: "info".to_owned(),
        format: LogFormat::Text,
    };
    telemetry::log::start(&log)
        .map_err(|reason| Error::io("start the log")(io::Error::other(reason)))?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::io("start the runtime"))?;
    runtime.block_on(supervise(&dir))
}

async fn supervise(dir: &Path) -> Result<(), Error> {
    let mut ends = Ends::listen()?;
    let (gave_up, mut reasons) = unbounded_channel();
    let supervisor = ProcessId::current()
        .ok_or_else(|| Error::io("read this process's start time")(io::Error::other("no /proc")))?;
    let noted = Arc::new(Mutex::new(HostProcesses {
        supervisor,
        agent: None,
        meter: None,
    }));
    let mut running = Vec::new();
    for role in [Role::Meter, Role::Agent] {
        let follow = Follow {
            role,
            dir: dir.to_owned(),
            noted: Arc::clone(&noted),
            gave_up: gave_up.clone(),
        };
        follow.note(None);
        running.push(Supervisor::start(role.program(dir)?, Policy::NODE, follow)?);
    }
    let result = tokio::select! {
        name = ends.first() => {
            tracing::info!(signal = name, "stopping");
            Ok(())
        }
        reason = reasons.recv() => Err(Error::Unreachable(
            reason.unwrap_or_else(|| "the threads that keep the host running ended".to_owned()),
        )),
    };
    let stopped = spawn_blocking(move || running.into_iter().for_each(Supervisor::stop)).await;
    if let Err(error) = stopped {
        tracing::error!(%error, "stopping the host's processes failed");
    }
    // Leaving it is harmless: it names processes by start time.
    let _ = std::fs::remove_file(processes_file(dir));
    result
}

/// What one of the host's processes does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Agent,
    Meter,
}

impl Role {
    fn program(self, dir: &Path) -> Result<Program, Error> {
        let (name, subcommand) = match self {
            Self::Agent => ("the agents", "agent"),
            Self::Meter => ("the meters", "meter"),
        };
        let interval = INTERVAL_S.to_string();
        let words: [OsString; 12] = [
            nexus()?.into(),
            "--localnet".into(),
            dir.into(),
            "dev".into(),
            subcommand.into(),
            "--host".into(),
            NAME.into(),
            "--all".into(),
            "--interval".into(),
            interval.into(),
            "--folder".into(),
            folder(dir).into(),
        ];
        Ok(Program {
            name,
            shim: PathBuf::from("/proc/self/exe"),
            command: words.into(),
            directory: folder(dir),
        })
    }
}

/// Notes the processes in the host's folder, for whoever has to stop them, and tells when one never stays up.
struct Follow {
    role: Role,
    dir: PathBuf,
    noted: Arc<Mutex<HostProcesses>>,
    gave_up: UnboundedSender<String>,
}

impl Follow {
    fn note(&self, process: Option<ProcessId>) {
        // Each change is one assignment, so a panic elsewhere leaves nothing half changed.
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        match self.role {
            Role::Agent => noted.agent = process,
            Role::Meter => noted.meter = process,
        }
        let text = serde_json::to_string(&*noted).unwrap_or_default();
        let written = files::write(&processes_file(&self.dir), text.as_bytes(), Access::Public);
        if let Err(error) = written {
            tracing::warn!(%error, "the process ids could not be noted");
        }
    }
}

impl Observer for Follow {
    fn starting(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn started(&mut self, pid: u32) {
        tracing::info!(pid, role = ?self.role, "started");
        self.note(ProcessId::of(pid));
    }

    fn restarting(&mut self) {
        self.note(None);
    }

    fn gave_up(&mut self, reason: String) {
        // The supervisor may be ending already; then nobody needs to hear it.
        let _ = self.gave_up.send(reason);
    }
}
