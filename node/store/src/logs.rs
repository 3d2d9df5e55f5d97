//! The RFC 6962 logs on disk: heads, frontiers and the reader that proofs are made from.

use std::cell::RefCell;

use nexus_tree::Hash;
use nexus_tree::log::{Frontier, LogError, LogHead, NodeReader};

use crate::backend::{Backend, Family};
use crate::error::StoreError;
use crate::layout::{self, corrupt};
use crate::store::read;

/// Reads the nodes of one log. [`NodeReader`] cannot tell a failing disk from a missing node, so that the reader keeps
/// the failure for [`Self::explain`].
pub(crate) struct Nodes<'a> {
    backend: &'a dyn Backend,
    log: &'a [u8],
    failure: RefCell<Option<StoreError>>,
}

impl<'a> Nodes<'a> {
    pub(crate) fn new(backend: &'a dyn Backend, log: &'a [u8]) -> Self {
        Self {
            backend,
            log,
            failure: RefCell::new(None),
        }
    }

    pub(crate) const fn log(&self) -> &'a [u8] {
        self.log
    }

    fn read(&self, level: u8, index: u64) -> Result<Option<Hash>, StoreError> {
        let bytes = read(
            self.backend,
            Family::Log,
            &layout::log_node(self.log, level, index),
        )?;
        bytes
            .map(|bytes| layout::decode_hash(&bytes, "a node of a log"))
            .transpose()
    }

    /// The error to report: the disk's, if there was one. A node that is missing below the log's size is corruption.
    pub(crate) fn explain(self, error: LogError) -> StoreError {
        if let Some(failure) = self.failure.into_inner() {
            return failure;
        }
        match error {
            LogError::MissingNode { .. } => corrupt(format!(
                "log {}: {error}",
                String::from_utf8_lossy(self.log)
            )),
            _ => StoreError::Log {
                log: self.log.to_vec(),
                source: error,
            },
        }
    }
}

impl NodeReader for Nodes<'_> {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        self.read(level, index).unwrap_or_else(|error| {
            *self.failure.borrow_mut() = Some(error);
            None
        })
    }
}

/// The frontier of a log at a size it has reached, from its stored peaks.
pub(crate) fn frontier(
    backend: &dyn Backend,
    log: &[u8],
    size: u64,
) -> Result<Frontier, StoreError> {
    let nodes = Nodes::new(backend, log);
    let mut peaks = Vec::new();
    for level in (0..64_u8).rev().filter(|level| size >> level & 1 == 1) {
        let index = (size >> level) - 1;
        let Some(peak) = nodes.node(level, index) else {
            return Err(nodes.explain(LogError::MissingNode { level, index }));
        };
        peaks.push(peak);
    }
    Frontier::from_parts(size, peaks).map_err(|error| nodes.explain(error))
}

/// The frontier of a log at its newest size, checked against its stored head.
pub(crate) fn newest(
    backend: &dyn Backend,
    log: &[u8],
    head: &LogHead,
) -> Result<Frontier, StoreError> {
    let frontier = frontier(backend, log, head.size)?;
    if frontier.root() != head.root {
        return Err(corrupt(format!(
            "log {} of {} records has root {} but its head says {}",
            String::from_utf8_lossy(log),
            head.size,
            crate::Hex(frontier.root()),
            crate::Hex(head.root)
        )));
    }
    Ok(frontier)
}
