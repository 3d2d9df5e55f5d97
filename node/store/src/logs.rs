//! The RFC 6962 logs on disk: heads, frontiers and the reader that proofs are made from.

use std::cell::RefCell;
use std::ops::ControlFlow;

use nexus_tree::Hash;
use nexus_tree::log::{
    ConsistencyProof, Frontier, InclusionProof, LogError, LogHead, NodeReader, leaf_hash,
    prove_consistency, prove_inclusion, root_at,
};

use crate::backend::{Backend, Family};
use crate::error::StoreError;
use crate::layout::{self, corrupt};
use crate::seal;
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

    pub(crate) fn read(&self, level: u8, index: u64) -> Result<Option<Hash>, StoreError> {
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

/// How many records a log had when its store was restored from a snapshot: those are not kept. 0 where all are.
pub(crate) fn base(backend: &dyn Backend, log: &[u8]) -> Result<u64, StoreError> {
    let base = seal::get(backend, Family::Meta, &layout::meta_log_base(log))?;
    base.map_or(Ok(0), |bytes| {
        layout::decode_u64(&bytes, "a log's base in `meta`")
    })
}

/// The newest head of a log as stored; `None` when nothing was ever appended.
pub(crate) fn stored_head(
    backend: &dyn Backend,
    log: &[u8],
) -> Result<Option<LogHead>, StoreError> {
    let head = seal::get(backend, Family::Meta, &layout::meta_log(log))?;
    if head.is_none() {
        check_empty(backend, log)?;
    }
    head.map(|head| layout::decode_head(&head)).transpose()
}

/// A log without a head must be one without a record: else the head vanished, and the next record would be written over
/// the first. Any node shows it: where a store began at a snapshot, the first ones are not kept.
pub(crate) fn check_empty(backend: &dyn Backend, log: &[u8]) -> Result<(), StoreError> {
    let mut found = false;
    let mut visit = |_: &[u8], _: &[u8]| {
        found = true;
        ControlFlow::Break(())
    };
    let (first, last) = (
        layout::log_node(log, 0, 0),
        layout::log_node(log, u8::MAX, u64::MAX),
    );
    let scanned = backend.scan(Family::Log, &first, Some(&last), &mut visit);
    scanned.map_err(|source| StoreError::Io {
        operation: "scanning",
        place: Family::Log.name(),
        source,
    })?;
    if !found {
        return Ok(());
    }
    Err(corrupt(format!(
        "log {} has records but no head",
        String::from_utf8_lossy(log)
    )))
}

/// On a restored store, a log without a base must be one that began later: else its base vanished.
pub(crate) fn check_begun_here(backend: &dyn Backend, log: &[u8]) -> Result<(), StoreError> {
    // In this order: the first record may come meanwhile, in one batch with its node.
    if check_empty(backend, log).is_ok() {
        return Ok(());
    }
    match read(backend, Family::Rec, &layout::record(log, 0))? {
        Some(_) => Ok(()),
        None => Err(corrupt(format!(
            "log {} has neither its first record nor a number of records that are not kept",
            String::from_utf8_lossy(log)
        ))),
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

/// The frontier of a log at a head, from its stored peaks, which must give that head.
pub(crate) fn at_head(
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

/// The proof that record `index` is in the log at `size` records. It leads to `head`, a later head of the log that is
/// trusted.
pub(crate) fn inclusion(
    backend: &dyn Backend,
    log: &[u8],
    index: u64,
    size: u64,
    head: &LogHead,
) -> Result<InclusionProof, StoreError> {
    let nodes = Nodes::new(backend, log);
    let proof = match prove_inclusion(&nodes, index, size) {
        Ok(proof) => proof,
        Err(error) => return Err(nodes.explain(error)),
    };
    let earlier = head_at(backend, log, size, head)?;
    let Some(leaf) = nodes.read(0, index)? else {
        return Err(nodes.explain(LogError::MissingNode { level: 0, index }));
    };
    proof
        .verify(&leaf, index, &earlier)
        .map_err(|error| altered(log, &format!("the proof of record {index}"), error))?;
    Ok(proof)
}

/// The proof that the log at `new` records begins with the log at `old` records. Both lead to `head`, a later head of the
/// log that is trusted.
pub(crate) fn consistency(
    backend: &dyn Backend,
    log: &[u8],
    old: u64,
    new: u64,
    head: &LogHead,
) -> Result<ConsistencyProof, StoreError> {
    let nodes = Nodes::new(backend, log);
    let made = prove_consistency(&nodes, old, new)
        .and_then(|proof| root_at(&nodes, old).map(|root| (proof, root)));
    let (proof, root) = match made {
        Ok(made) => made,
        Err(error) => return Err(nodes.explain(error)),
    };
    let later = head_at(backend, log, new, head)?;
    proof
        .verify(&LogHead { size: old, root }, &later)
        .map_err(|error| {
            altered(
                log,
                &format!("the proof from {old} to {new} records"),
                error,
            )
        })?;
    Ok(proof)
}

/// The head of the log when it had `size` records, proved to be an earlier one of `head`.
fn head_at(
    backend: &dyn Backend,
    log: &[u8],
    size: u64,
    head: &LogHead,
) -> Result<LogHead, StoreError> {
    if size == head.size {
        return Ok(*head);
    }
    let nodes = Nodes::new(backend, log);
    let made = prove_consistency(&nodes, size, head.size)
        .and_then(|proof| root_at(&nodes, size).map(|root| (proof, root)));
    let (proof, root) = match made {
        Ok(made) => made,
        Err(error) => return Err(nodes.explain(error)),
    };
    let earlier = LogHead { size, root };
    proof
        .verify(&earlier, head)
        .map_err(|error| altered(log, &format!("its root at {size} records"), error))?;
    Ok(earlier)
}

fn altered(log: &[u8], what: &str, error: LogError) -> StoreError {
    corrupt(format!(
        "log {}: {what} does not lead to its head: {error}. A node of the log was altered",
        String::from_utf8_lossy(log)
    ))
}

/// A record must have the hash that stands in the log for it.
pub(crate) fn check_record(
    log: &[u8],
    index: u64,
    record: &[u8],
    node: Option<Hash>,
) -> Result<(), StoreError> {
    let found = leaf_hash(record);
    match node {
        Some(node) if node == found => Ok(()),
        Some(node) => Err(corrupt(format!(
            "record {index} of log {} hashes to {}, but the log has {} there",
            String::from_utf8_lossy(log),
            crate::Hex(found),
            crate::Hex(node)
        ))),
        None => Err(corrupt(format!(
            "node 0/{index} of log {} is missing",
            String::from_utf8_lossy(log)
        ))),
    }
}
