//! What the tree refuses, and what to do about it.

use core::fmt;

use crate::Hash;
use crate::sha::Hex;

/// Why the tree refused an operation. It is then as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeError {
    /// The version to write is not above the newest one.
    VersionNotNewer {
        /// Version that was asked for.
        given: u64,
        /// Newest live version.
        latest: u64,
    },
    /// The version is not live: never made, rolled back or pruned.
    UnknownVersion {
        /// Version that was asked for.
        given: u64,
        /// Oldest live version.
        oldest: u64,
        /// Newest live version.
        latest: u64,
    },
    /// A rewind needs a tree with one live version, and a lower version than that one.
    CannotRewind {
        /// Version that was asked for.
        given: u64,
        /// Newest live version.
        latest: u64,
        /// Number of live versions.
        live: usize,
    },
    /// One batch names the same key twice, so that its outcome would depend on the order.
    DuplicateKey {
        /// The key hash named twice.
        key_hash: Hash,
    },
    /// The arena has no number left for another node (2^29 − 1 buckets of leaves or 2^31 inner nodes).
    Full,
    /// The tree contradicts itself: a defect of this crate or broken memory.
    Corrupt,
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VersionNotNewer { given, latest } => write!(
                f,
                "cannot write state version {given}: the newest is {latest}; roll back first or write a higher one"
            ),
            Self::UnknownVersion { given, oldest, latest } => write!(
                f,
                "state version {given} is not in memory (versions {oldest} to {latest} are); ask for one of those or an archive node"
            ),
            Self::CannotRewind { given, latest, live } => write!(
                f,
                "cannot rewind the state tree to version {given}: it needs exactly one live version above it, and has {live} up to {latest}; rewind right after building it"
            ),
            Self::DuplicateKey { key_hash } => write!(
                f,
                "the batch writes key hash {} twice; merge the writes of one key before applying",
                Hex(key_hash)
            ),
            Self::Full => f.write_str(
                "the state tree has no room for another node (limit 2^29 - 1 buckets of up to 4 leaves); prune versions or move to an on-disk tree",
            ),
            Self::Corrupt => f.write_str(
                "the state tree contradicts itself; stop, rebuild it from the stored pairs and report the defect",
            ),
        }
    }
}

impl core::error::Error for TreeError {}
