//! The process that answers one ad-hoc query and ends: see [`nexus_index::Apart`].

use std::io::{stdin, stdout};

use rustix::process::{Resource, Rlimit, nice, setrlimit};

use crate::cli::AnswerQuery;
use crate::error::Error;

/// The hidden subcommand's name.
pub(crate) const SUBCOMMAND: &str = "answer-query";

/// Bytes of address space: SQLite's own limit of 256 MiB, as much again for copies of what it found, and what this
/// program maps before it does anything.
const ADDRESS_SPACE: u64 = 1 << 30;

/// Seconds of processor time: those a query may take, and one more. Whoever asked kills it before; this is for when
/// nobody is left to do so.
const CPU_SECONDS: u64 = nexus_index::limits::READ_SECONDS + 1;

/// What is added to this process's niceness: the most there is.
const LEAST_URGENT: i32 = 19;

pub(crate) fn run(args: &AnswerQuery) -> Result<(), Error> {
    for (resource, most) in [
        (Resource::As, ADDRESS_SPACE),
        (Resource::Cpu, CPU_SECONDS),
        // It writes no file, and leaves no image of itself when it is ended.
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)
            .map_err(|error| Error::io("limit the process that answers a query")(error.into()))?;
    }
    // Blocks come first: it takes what processor time nobody else wants.
    nice(LEAST_URGENT).map_err(|error| Error::io("yield to the node")(error.into()))?;
    nexus_index::answer_one(&args.index, stdin().lock(), stdout().lock())
        .map_err(Error::io("answer a query"))
}
