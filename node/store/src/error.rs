//! What can go wrong, told so that an operator knows what to do.

use std::fmt;
use std::sync::PoisonError;

use nexus_tree::Hash;
use nexus_tree::log::LogError;
use nexus_tree::smt::TreeError;
use thiserror::Error;

use crate::backend::BackendError;

/// Why the store refused or failed. Nothing was written by a call that returns one, unless it says otherwise.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The storage failed. After a failed write it is unknown whether the batch is on disk: stop, and start again; the
    /// start finds out.
    #[error(
        "{operation} {place} failed: {source}. Check the disk's space and health, then start again"
    )]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The column family, or all of them.
        place: &'static str,
        /// What the storage said.
        source: BackendError,
    },
    /// The bytes on disk contradict themselves.
    #[error(
        "the store contradicts itself: {what}. Restore the data folder from a snapshot, or let the node synchronise anew"
    )]
    Corrupt {
        /// What does not fit, with the heights, sizes or hashes involved.
        what: String,
    },
    /// The state on disk does not have the root that was committed: refuse to run, because every answer and every vote
    /// would rest on it.
    #[error(
        "the state at height {height} has root {rebuilt}, but root {stored} was committed. Do not run on it: restore the \
         data folder from a snapshot, or let the node synchronise anew"
    )]
    RootMismatch {
        /// The committed height.
        height: u64,
        /// The root stored with that height.
        stored: Hex,
        /// The root of what is on disk.
        rebuilt: Hex,
    },
    /// The data folder was written by another version of this program.
    #[error(
        "the data folder has schema {found}, this program reads schema {expected}: use the program that wrote it, or let \
         the node synchronise anew"
    )]
    Schema {
        /// The schema found on disk.
        found: u32,
        /// The schema this program reads and writes.
        expected: u32,
    },
    /// The height is older than what is kept.
    #[error(
        "height {height} is no longer kept; the oldest is {oldest}. Ask for a later height, or an archive node"
    )]
    Pruned {
        /// The height asked for.
        height: u64,
        /// The oldest height that could be answered.
        oldest: u64,
    },
    /// Records, or proofs about them, from before the snapshot that this store was restored from.
    #[error(
        "log {}: record {index} is not kept here, because this node began at a snapshot when the log had {first} records. \
         Ask an archive node",
        String::from_utf8_lossy(log)
    )]
    NotKept {
        /// The log's id.
        log: Vec<u8>,
        /// The record asked for or about.
        index: u64,
        /// The first record that is kept.
        first: u64,
    },
    /// A snapshot is being restored, or was refused: the store holds nothing until one is.
    #[error(
        "a snapshot is being restored, or the last one was refused: wait until one is, or start the node again without \
         state sync"
    )]
    Restoring,
    /// The height is not committed yet, or the view is older.
    #[error(
        "height {height} is not known here; the latest is {latest}. Wait for it, or ask for an earlier height"
    )]
    Future {
        /// The height asked for.
        height: u64,
        /// The height of the view.
        latest: u64,
    },
    /// A block was committed out of turn.
    #[error("block {got} cannot be committed: the next height is {expected}")]
    WrongHeight {
        /// The height that would have been right.
        expected: u64,
        /// The height offered.
        got: u64,
    },
    /// What is offered for commit is not what was staged, or does not fit itself.
    #[error("block {height} cannot be committed: {what}")]
    Inconsistent {
        /// The height offered.
        height: u64,
        /// What does not fit, with both values.
        what: String,
    },
    /// A key, log id or block exceeds a limit of this crate.
    #[error(
        "{what} has {size} bytes; at most {limit} are stored: the caller should have refused it"
    )]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The in-RAM tree could not take the change.
    #[error("the state tree refused the change: {0}")]
    Tree(#[from] TreeError),
    /// A log could not be extended, or a question about it has no answer.
    #[error("log {}: {source}", String::from_utf8_lossy(log))]
    Log {
        /// The log's id.
        log: Vec<u8>,
        /// What the log said.
        source: LogError,
    },
    /// A thread died while it held one of the store's locks, so that what the lock guards may be half-changed.
    #[error(
        "a thread died while it changed the store: stop, and start again; what is on disk is whole"
    )]
    Poisoned,
}

impl<T> From<PoisonError<T>> for StoreError {
    fn from(_: PoisonError<T>) -> Self {
        Self::Poisoned
    }
}

/// Bytes of a key, written as lower-case hexadecimal digits; long ones end in an ellipsis.
#[derive(Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

/// Bytes of a key that a message shows at most.
const SHOWN_BYTES: usize = 64;

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().take(SHOWN_BYTES);
        shown
            .into_iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(if self.0.len() > SHOWN_BYTES {
            "…"
        } else {
            ""
        })
    }
}

/// A hash, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hex(pub Hash);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
