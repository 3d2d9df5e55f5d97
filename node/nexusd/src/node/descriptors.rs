//! How many files and sockets this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::Error;

/// Descriptors beside connections: the database's files (RocksDB keeps some hundreds open), the index, CometBFT's
/// connections, logs.
const OTHERS: u64 = 1_024;

/// Raises the process's own limit to what its connections and its database need together: where descriptors run out, it
/// is the database that fails.
///
/// # Errors
/// The system does not allow as many.
pub(super) fn raise(connections: u32) -> Result<(), Error> {
    let needed = u64::from(connections).saturating_add(OTHERS);
    let limit = getrlimit(Resource::Nofile);
    // None is "unlimited".
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if limit.maximum.is_some_and(|maximum| maximum < needed) {
        return Err(Error::Usage(format!(
            "rpc.limits.connections: {connections} connections and the database need {needed} open files, and the \
             system allows {} (`ulimit -Hn`). Lower it in config.toml, or raise the limit of open files",
            limit.maximum.unwrap_or_default()
        )));
    }
    let raised = Rlimit {
        current: Some(needed),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised)
        .map_err(|error| Error::io("raise the limit of open files")(error.into()))
}
