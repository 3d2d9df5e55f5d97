//! Processes by number and start time: the kernel reuses numbers, so a number alone is nobody's name.

use crate::wait::wait_for;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::Deserialize;
use std::fs;
use std::path::PathBuf;

/// One process of this boot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize)]
pub struct ProcessId {
    /// Its number.
    pub pid: u32,
    /// Clock ticks between the boot and its start (`/proc/<pid>/stat`, field 22).
    pub started: u64,
}

/// A node's processes, as the node noted them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub struct Processes {
    /// The node itself.
    pub nexusd: ProcessId,
    /// The CometBFT it keeps running; none between two of them.
    pub cometbft: Option<ProcessId>,
}

impl ProcessId {
    /// The process with this number now; none if it has ended.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The command's name may hold anything, so fields count from the last parenthesis: state is field 3, the
        // number of threads field 20, the start time field 22.
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_ascii_whitespace();
        let zombie = fields.next()? == "Z";
        let threads: u64 = fields.nth(16)?.parse().ok()?;
        let started = fields.nth(1)?.parse().ok()?;
        // While a killed process still takes its threads down, its first one is a zombie already, but the others hold
        // its ports and files.
        let ended = zombie && threads <= 1;
        (!ended).then_some(Self { pid, started })
    }

    /// Whether this very process runs.
    #[must_use]
    pub fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Signals this very process; false if it has ended.
    pub fn signal(self, signal: Signal) -> bool {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        // First the descriptor, then the comparison: from there on it can name no other process.
        let Some(handle) = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else {
            return false;
        };
        self.is_alive() && pidfd_send_signal(&handle, signal).is_ok()
    }

    /// `kill -9`, and waits for the end.
    ///
    /// # Panics
    /// If it does not end.
    pub fn kill(self) {
        self.signal(Signal::KILL);
        self.wait_for_end();
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// If it does not.
    pub fn wait_for_end(self) {
        let what = format!("the end of process {}", self.pid);
        wait_for(&what, || (!self.is_alive()).then_some(()));
    }

    /// Bytes of memory it has resident; 0 once it has ended.
    #[must_use]
    pub fn resident_bytes(self) -> u64 {
        let status = fs::read_to_string(self.proc("status")).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib: Option<u64> = line
            .and_then(|line| line.split_ascii_whitespace().nth(1))
            .and_then(|number| number.parse().ok());
        kib.unwrap_or(0) * 1024
    }

    /// One of its files below `/proc`.
    #[must_use]
    pub fn proc(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.pid))
    }
}
