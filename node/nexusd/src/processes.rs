//! Process numbers that mean what they say.
//!
//! The kernel reuses process ids; a pid from a file may be anybody's. Together with the process's start time it names
//! one process of this boot, and no signal is sent without the comparison.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::files::{self, Access};
use crate::home::Home;

/// Bytes of the file.
const MAX_BYTES: u64 = 4 * 1024;

/// One process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessId {
    pub(crate) pid: u32,
    /// Clock ticks between the boot and its start (`/proc/<pid>/stat`, field 22).
    pub(crate) started: u64,
}

/// A node's two processes, as the node itself noted them in its home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Processes {
    pub(crate) nexusd: ProcessId,
    pub(crate) cometbft: Option<ProcessId>,
}

impl ProcessId {
    /// The process with this number now, if there is one.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let stat = parse_stat(&stat)?;
        (!stat.has_ended()).then_some(Self {
            pid,
            started: stat.started,
        })
    }

    pub(crate) fn current() -> Option<Self> {
        Self::of(std::process::id())
    }

    /// Whether this very process still runs.
    pub(crate) fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Signals this very process; false if it has ended.
    pub(crate) fn signal(self, signal: Signal) -> bool {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        // The descriptor first, then the comparison: from there on it cannot come to name another process.
        let Some(handle) = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else {
            return false;
        };
        self.is_alive() && pidfd_send_signal(&handle, signal).is_ok()
    }
}

/// What `/proc/<pid>/stat` says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    state: char,
    threads: u64,
    started: u64,
}

impl Stat {
    /// A zombie without threads has ended; only its parent has not looked yet. While a killed process still takes its
    /// threads down, its first one is a zombie already, but the others hold its ports and files.
    fn has_ended(self) -> bool {
        matches!(self.state, 'Z' | 'X') && self.threads <= 1
    }
}

/// The command's name may hold spaces and parentheses, so fields count from the last one.
fn parse_stat(stat: &str) -> Option<Stat> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    // The state is field 3, the number of threads field 20, the start time field 22.
    let state = fields.next()?.chars().next()?;
    let threads = fields.nth(16)?.parse().ok()?;
    let started = fields.nth(1)?.parse().ok()?;
    Some(Stat {
        state,
        threads,
        started,
    })
}

impl Processes {
    pub(crate) fn write(&self, home: &Home) -> Result<(), Error> {
        let path = home.processes_file();
        let text = serde_json::to_string(self)
            .map_err(|error| Error::io(format!("write {}", path.display()))(error.into()))?;
        files::write(&path, text.as_bytes(), Access::Public)
    }

    /// What a home's file says; nothing if there is none or it is not readable as such.
    pub(crate) fn read(home: &Home) -> Option<Self> {
        let text = files::read_text(&home.processes_file(), MAX_BYTES).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Removes the file at the end of a run.
    pub(crate) fn forget(home: &Path) {
        // Leaving it is harmless: it names processes by start time.
        let _ = fs::remove_file(Home::new(home).processes_file());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_command_name_does_not_shift_the_fields() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 9 0 0 0 7 3 0 0 20 0 6 0 123456 1 1";
        let parsed = Stat {
            state: 'S',
            threads: 6,
            started: 123_456,
        };
        assert_eq!(parse_stat(stat), Some(parsed));
    }

    #[test]
    fn a_killed_process_has_ended_when_its_last_thread_has() {
        let zombie = |threads| Stat {
            state: 'Z',
            threads,
            started: 1,
        };
        assert!(!zombie(2).has_ended(), "a thread still holds its ports");
        assert!(zombie(1).has_ended(), "the parent has not looked yet");
        assert!(zombie(0).has_ended(), "the parent looks just now");
    }

    #[test]
    fn this_process_lives_and_another_start_time_is_another_process() {
        let this = ProcessId::current().expect("this process");
        assert!(this.is_alive());
        let other = ProcessId {
            started: this.started + 1,
            ..this
        };
        assert!(!other.is_alive());
        assert!(
            !other.signal(Signal::KILL),
            "no signal for a process that is not the one meant"
        );
    }
}
