//! Snapshots: the state of one height in pieces that a stranger may send, and that are believed only when they give the
//! app hash.
//!
//! # Content (format 1)
//!
//! A pure function of the committed history, so that every honest node cuts the same bytes at the same height:
//!
//! - [`Metadata`]: height, block time, the preimage of the app hash, how many state keys and logs there are, and the
//!   SHA-256 of each chunk. The snapshot's own hash is the SHA-256 of its metadata.
//! - chunks of at most [`CHUNK_BYTES`], each with format, index and entries: every state key with its value, ascending,
//!   then every log's frontier (size and peaks), ascending by the log's id. A chunk ends where the next entry would make
//!   it larger.
//!
//! Records of the logs, blocks and transactions are not in it: no block is executed from them. A restored node says of
//! older ones that it does not keep them ([`crate::StoreError::NotKept`]), and serves what comes after.
//!
//! # Making
//!
//! [`crate::Store::checkpoint`] takes the store as it is between two commits, in milliseconds; [`make`] cuts it later, in
//! any thread, one chunk in memory at a time, into a [`Folder`]. What is there under its final name is whole.
//!
//! # Restoring
//!
//! [`crate::Store::restore`] empties a store and marks it on disk as being restored; [`Restorer::apply`] compares each
//! chunk's hash before it decodes a byte of it; [`Restorer::finish`] rebuilds the tree and makes the height visible only
//! if root and logs are those of the app hash. A store found with the mark is emptied when it is opened.

mod folder;
mod format;
mod make;
mod restore;

use std::io;
use std::path::PathBuf;

use nexus_tree::Hash;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::error::StoreError;

pub use folder::{Folder, Stored};
pub use format::Metadata;
pub use make::make;
pub use restore::{Restored, Restorer};
pub(crate) use restore::{is_restoring, wipe};

/// The only format so far.
pub const FORMAT: u32 = 1;

/// Bytes of a chunk at most: 8 MiB. CometBFT carries 16 MB in a message; smaller chunks would make the metadata longer,
/// larger ones cost more when a peer sends rubbish. The largest entry is half as large.
pub const CHUNK_BYTES: usize = 8 << 20;

/// Chunks of a snapshot at most: 64 GiB of content, more keys than a tree in RAM holds, and a quarter of a MiB of hashes,
/// where CometBFT carries 4 MB.
pub const MAX_CHUNKS: usize = 8_192;

/// Bytes of encoded metadata at most: the hashes and less than a KiB beside them.
pub const MAX_METADATA_BYTES: usize = MAX_CHUNKS * size_of::<Hash>() + 1_024;

/// Why a snapshot could not be made, read or restored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The snapshot was written in a format that this program does not know.
    #[error("the snapshot has format {found}; this program reads format {FORMAT}")]
    Format {
        /// The format it names.
        found: u32,
    },
    /// The bytes are not those of metadata or a chunk.
    #[error("the snapshot's {part} cannot be believed: {what}. Take it from another sender")]
    Malformed {
        /// Which part.
        part: String,
        /// What is wrong with it.
        what: String,
    },
    /// The bytes are not those that the metadata lists.
    #[error(
        "chunk {index} does not have the hash that the snapshot's metadata lists. Fetch it from another sender"
    )]
    Altered {
        /// Which chunk, from 0.
        index: u32,
    },
    /// A chunk came out of turn.
    #[error("chunk {got} cannot be applied: the next one is {expected}")]
    OutOfTurn {
        /// The chunk that would have been right.
        expected: u32,
        /// The one that came.
        got: u32,
    },
    /// All chunks were as listed, but together they are not what the app hash commits to.
    #[error(
        "the snapshot of height {height} is not the state that its app hash commits to: {what}. Nothing of it was kept; \
         take another snapshot, from other senders"
    )]
    Untrue {
        /// Its height.
        height: u64,
        /// What does not fit.
        what: String,
    },
    /// The store holds blocks of its own.
    #[error(
        "this node holds block {height} already, so nothing is restored over it. To start anew, stop it and give it an \
         empty data folder"
    )]
    NotEmpty {
        /// The last committed height.
        height: u64,
    },
    /// There is more state than a snapshot holds.
    #[error("the state needs more than {MAX_CHUNKS} chunks; a snapshot of it cannot be listed")]
    TooLarge,
    /// Whoever wanted it does no longer.
    #[error("making the snapshot was given up, because the node stops")]
    Cancelled,
    /// A file could not be used.
    #[error("{doing} {}: {source}. Check the disk's space and the folder's owner", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store failed or contradicts itself.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SnapshotError {
    /// Whether the snapshot is at fault, rather than this node's disk or the order of calls.
    #[must_use]
    pub const fn is_the_snapshots(&self) -> bool {
        matches!(
            self,
            Self::Format { .. }
                | Self::Malformed { .. }
                | Self::Altered { .. }
                | Self::Untrue { .. }
        )
    }
}

fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}
