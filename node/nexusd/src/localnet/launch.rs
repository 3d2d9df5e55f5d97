//! Starting the nodes and waiting until they make blocks.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::plan::{Member, Plan};
use crate::error::Error;
use crate::files;
use crate::http;
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

/// The height a validator reports, or why it reports none.
pub(crate) fn height(member: &Member) -> Result<u64, http::Reason> {
    let status = http::get(member.comet_rpc(), "/status")?;
    let height = &status["result"]["sync_info"]["latest_block_height"];
    let height = height.as_str().and_then(|text| text.parse().ok());
    height.ok_or_else(|| "answers a status without a height".to_owned())
}

/// Waits until every validator has agreed on its first blocks.
pub(crate) fn wait_for_blocks(
    dir: &Path,
    plan: &Plan,
    mut started: Vec<Started<'_>>,
) -> Result<(), Error> {
    let began = Instant::now();
    let mut shown = String::new();
    loop {
        let heights: Vec<u64> = plan
            .validators
            .iter()
            .map(|member| height(member).unwrap_or(0))
            .collect();
        if heights.iter().all(|height| *height >= FIRST_AGREED) {
            return Ok(());
        }
        let text: Vec<_> = heights.iter().map(u64::to_string).collect();
        let line = format!(
            "localnet: waiting for height {FIRST_AGREED} everywhere; heights are {}",
            text.join(" ")
        );
        if line != shown {
            eprintln!("{line}");
            shown = line;
        }
        for Started { member, process } in &mut started {
            if let Ok(Some(status)) = process.try_wait() {
                return Err(Error::Unreachable(format!(
                    "{} ended ({status}). The last lines of {}:\n{}",
                    member.name,
                    member.log(dir).display(),
                    log_tail(&member.log(dir))
                )));
            }
        }
        if began.elapsed() > PATIENCE {
            return Err(Error::Unreachable(format!(
                "no block {FIRST_AGREED} within {} s (heights: {}). The nodes' logs are {}/*/nexusd.log",
                PATIENCE.as_secs(),
                text.join(" "),
                dir.display()
            )));
        }
        thread::sleep(ASK_EVERY);
    }
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
