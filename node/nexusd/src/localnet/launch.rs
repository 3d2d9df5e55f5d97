//! Starting the nodes and waiting until they make blocks.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::plan::{Member, Plan};
use crate::ask::Ask;
use crate::error::Error;
use crate::files;
use crate::processes::Processes;

/// The height at which a network counts as running: block 2 shows that the state after block 1 was agreed on.
const FIRST_AGREED: u64 = 2;

/// How long the network may take to its first blocks, on a machine that is busy with a build.
const PATIENCE: Duration = Duration::from_secs(180);

/// Between two questions to the nodes.
const ASK_EVERY: Duration = Duration::from_millis(300);

/// Lines of a node's log shown when it died.
const LOG_TAIL: usize = 12;

/// Bytes of a node's log read for that.
const LOG_TAIL_BYTES: u64 = 64 * 1024;

/// A node that this launcher started.
pub(crate) struct Started<'a> {
    member: &'a Member,
    process: Child,
}

/// Starts every node that does not run.
pub(crate) fn start_missing<'a>(dir: &Path, plan: &'a Plan) -> Result<Vec<Started<'a>>, Error> {
    let members = plan.validators.iter();
    let missing: Vec<&Member> = members.filter(|member| !is_running(dir, member)).collect();
    plan.check_ports_free(missing.iter().copied())?;
    let mut started = Vec::with_capacity(missing.len());
    for member in missing {
        let process = spawn(dir, member)?;
        started.push(Started { member, process });
        eprintln!(
            "localnet: started {} (log: {})",
            member.name,
            member.log(dir).display()
        );
    }
    Ok(started)
}

/// Whether a validator's nexusd runs.
pub(crate) fn is_running(dir: &Path, member: &Member) -> bool {
    Processes::read(&member.home(dir)).is_some_and(|processes| processes.nexusd.is_alive())
}

fn spawn(dir: &Path, member: &Member) -> Result<Child, Error> {
    let path = member.log(dir);
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(Error::io(format!("open {}", path.display())))?;
    let output = log
        .try_clone()
        .map_err(Error::io(format!("open {} twice", path.display())))?;
    // By its file, so that it is called nexusd in lists of processes; by the kernel's link when a build has replaced
    // the file meanwhile.
    let file = std::env::current_exe().ok().filter(|file| file.is_file());
    Command::new(file.unwrap_or_else(|| "/proc/self/exe".into()))
        .args(["start", "--detach", "--home"])
        .arg(member.home(dir).path())
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(log)
        .spawn()
        .map_err(Error::io(format!("start nexusd for {}", member.name)))
}

/// Waits until every validator has made a block since it was first seen, and the first blocks of the chain.
pub(crate) fn wait_for_blocks(
    dir: &Path,
    plan: &Plan,
    mut started: Vec<Started<'_>>,
    ask: &Ask,
) -> Result<(), Error> {
    let began = Instant::now();
    let mut progress = vec![Progress::default(); plan.validators.len()];
    let mut shown = String::new();
    loop {
        for (member, progress) in plan.validators.iter().zip(&mut progress) {
            let health = ask.health(member.rpc()).ok();
            progress.see(
                health
                    .and_then(|health| health.height)
                    .map(|height| height.0),
            );
        }
        if progress.iter().all(Progress::is_running) {
            return Ok(());
        }
        let heights: Vec<_> = progress
            .iter()
            .map(|each| each.latest.to_string())
            .collect();
        let line = format!(
            "localnet: waiting for blocks; heights are {}",
            heights.join(" ")
        );
        if line != shown {
            eprintln!("{line}");
            shown = line;
        }
        check_alive(dir, &mut started)?;
        if began.elapsed() > PATIENCE {
            return Err(Error::Unreachable(format!(
                "no new block everywhere within {} s (heights: {}). The nodes' logs are {}/*/nexusd.log",
                PATIENCE.as_secs(),
                heights.join(" "),
                dir.display()
            )));
        }
        thread::sleep(ASK_EVERY);
    }
}

/// What one validator's heights were while the launcher watched.
#[derive(Clone, Default)]
struct Progress {
    first: Option<u64>,
    latest: u64,
}

impl Progress {
    fn see(&mut self, height: Option<u64>) {
        if let Some(height) = height {
            self.first.get_or_insert(height);
            self.latest = height;
        }
    }

    fn is_running(&self) -> bool {
        self.first.is_some_and(|first| self.latest > first) && self.latest >= FIRST_AGREED
    }
}

fn check_alive(dir: &Path, started: &mut [Started<'_>]) -> Result<(), Error> {
    for Started { member, process } in started {
        if let Ok(Some(status)) = process.try_wait() {
            let log = member.log(dir);
            return Err(Error::Unreachable(format!(
                "{} ended ({status}). The last lines of {}:\n{}",
                member.name,
                log.display(),
                log_tail(&log)
            )));
        }
    }
    Ok(())
}

fn log_tail(path: &Path) -> String {
    let text = files::read_end(path, LOG_TAIL_BYTES);
    let lines: Vec<_> = text
        .lines()
        .rev()
        .take(LOG_TAIL)
        .map(|line| format!("  {line}"))
        .collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
