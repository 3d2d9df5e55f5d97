//! Stopping the nodes and the development host, by the process ids they noted themselves.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::host::HostProcesses;
use super::plan::Plan;
use crate::error::Error;
use crate::processes::{ProcessId, Processes};

/// Between SIGTERM and SIGKILL: a node drains its requests, stops CometBFT and closes its databases.
const GRACE: Duration = Duration::from_secs(20);

/// After SIGKILL the kernel needs no more than this.
const AFTER_KILL: Duration = Duration::from_secs(5);

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Stops whatever runs.
pub(crate) fn stop(dir: &Path, plan: &Plan) -> Result<(), Error> {
    let noted: Vec<Processes> = plan
        .validators
        .iter()
        .filter_map(|member| Processes::read(&member.home(dir)))
        .collect();
    let host = HostProcesses::read(dir);
    let nodes = noted.iter().map(|each| each.nexusd);
    // Each ends its own children in order.
    let parents: Vec<ProcessId> = nodes.chain(host.map(|host| host.supervisor)).collect();
    let all: Vec<ProcessId> = parents
        .iter()
        .copied()
        .chain(noted.iter().filter_map(|each| each.cometbft))
        .chain(host.iter().flat_map(HostProcesses::all))
        .collect();
    if !all.iter().any(|process| process.is_alive()) {
        eprintln!("localnet: nothing is running in {}", dir.display());
        return Ok(());
    }
    for parent in &parents {
        parent.signal(Signal::TERM);
    }
    if !wait_for_end(&all, GRACE) {
        let left: Vec<_> = all.iter().filter(|process| process.is_alive()).collect();
        eprintln!(
            "localnet: {} processes did not end on SIGTERM; killing them",
            left.len()
        );
        for process in left {
            process.signal(Signal::KILL);
        }
        if !wait_for_end(&all, AFTER_KILL) {
            return Err(Error::Io {
                doing: format!("stop the local network in {}", dir.display()),
                source: std::io::Error::other("processes are alive after SIGKILL"),
            });
        }
    }
    eprintln!("localnet: stopped; its state stays in {}", dir.display());
    Ok(())
}

fn wait_for_end(processes: &[ProcessId], most: Duration) -> bool {
    let began = Instant::now();
    while processes.iter().any(|process| process.is_alive()) {
        if began.elapsed() > most {
            return false;
        }
        thread::sleep(LOOK_EVERY);
    }
    true
}
