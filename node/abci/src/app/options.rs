//! What of the application may be chosen.

use std::thread;

use nexus_types::Hash;

use super::snapshots::Policy;
use crate::sigs::CACHE_CAPACITY;

/// Folds kept, unless chosen otherwise: one per round that may still be decided. A fold is about as large as
/// its block's writes.
const FOLDS: usize = 4;
/// Threads that verify signatures, at most, unless chosen otherwise: a node shares its machine with CometBFT and
/// its readers.
const MAX_THREADS: usize = 4;

/// How much the application remembers and how many threads it uses. No choice changes an answer to CometBFT.
#[derive(Clone, Debug)]
pub struct Options {
    /// Good signatures remembered; below 2 none is.
    pub signatures: usize,
    /// Executed proposals kept until one is decided; with 0 each decided block is executed again.
    pub folds: usize,
    /// Threads that verify a block's signatures, the caller's included; 0 counts as 1.
    pub threads: usize,
    /// Which snapshots are made and served to nodes that join; none without it.
    pub snapshots: Option<Policy>,
    /// Hash of this node's genesis: a snapshot of another chain is refused.
    pub genesis: Option<Hash>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            signatures: CACHE_CAPACITY,
            folds: FOLDS,
            threads: thread::available_parallelism()
                .map_or(1, |cores| cores.get().min(MAX_THREADS)),
            snapshots: None,
            genesis: None,
        }
    }
}
