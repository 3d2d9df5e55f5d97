//! The moment between this program and another one in a new process.
//!
//! nexusd starts itself with a hidden subcommand; that process asks the kernel to be killed when nexusd dies, makes
//! sure that nexusd has not died before, and then *becomes* the other program. So a `kill -9` of nexusd never leaves a
//! CometBFT that waits for ever for an application and holds the home's databases. (The alternative, `pre_exec`, is
//! unsafe code.)

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use crate::error::Error;

/// The hidden subcommand's name.
pub(crate) const SUBCOMMAND: &str = "exec-bound";

/// Becomes `command` (program, then arguments), bound to the life of the process `parent`. Returns only on failure.
pub(crate) fn become_bound(parent: u32, command: &[OsString]) -> Error {
    let Some((program, arguments)) = command.split_first() else {
        return Error::Usage(format!("{SUBCOMMAND} needs a program"));
    };
    // SIGKILL: CometBFT and the agents of a development host survive it by design, and there is nothing left to do in
    // order.
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return Error::io("ask to be ended together with nexusd")(error.into());
    }
    let ours = getppid().is_some_and(|pid| u32::try_from(pid.as_raw_nonzero().get()) == Ok(parent));
    if !ours {
        return Error::Unreachable(format!(
            "nexusd died while {} was being started",
            program.display()
        ));
    }
    let failed = Command::new(program).args(arguments).exec();
    Error::io(format!("run {}", program.display()))(failed)
}
