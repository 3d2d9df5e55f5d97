//! From one block to the one batch that makes it durable.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use nexus_tree::app_hash::LogId;
use nexus_tree::log::{Frontier, LogHead, leaf_hash};
use nexus_tree::smt::value_hash;

use crate::backend::{Batch, Family};
use crate::block::{BlockInfo, BlockWrite, TxLocation, app_log};
use crate::error::{Hex, StoreError};
use crate::history::fits;
use crate::layout::{self, Undo};
use crate::seal;
use crate::store::{Shared, StagedChanges, check_size};
use crate::{MAX_BLOCK_BYTES, MAX_HEIGHT, MAX_LOG_ID_BYTES, MAX_VALUE_BYTES, logs, undo};

/// Refuses a block that is out of turn, does not fit itself, or is not what was staged.
pub(crate) fn check<'a>(
    block: &BlockWrite,
    tip: Option<&BlockInfo>,
    staged: Option<&'a StagedChanges>,
) -> Result<&'a StagedChanges, StoreError> {
    let expected = tip.map_or(block.height, |tip| tip.height.saturating_add(1));
    if block.height != expected || block.height > MAX_HEIGHT {
        return Err(StoreError::WrongHeight {
            expected: expected.min(MAX_HEIGHT),
            got: block.height,
        });
    }
    check_size("an encoded block", block.block.len(), MAX_BLOCK_BYTES)?;
    for append in &block.logs {
        check_size("a log's id", append.log.len(), MAX_LOG_ID_BYTES)?;
        check_size("a log record", append.record.len(), MAX_VALUE_BYTES)?;
    }
    let inconsistent = |what: String| {
        Err(StoreError::Inconsistent {
            height: block.height,
            what,
        })
    };
    if block.logs.iter().any(|append| append.log.is_empty()) {
        return inconsistent("a record names a log with an empty id".to_owned());
    }
    if u32::try_from(block.txs.len()).is_err() {
        return inconsistent(format!("it has {} transactions", block.txs.len()));
    }
    let hash = block.preimage.hash();
    if hash != block.app_hash {
        let (given, hash) = (Hex(block.app_hash), Hex(hash));
        return inconsistent(format!(
            "its app hash is {given}, its preimage hashes to {hash}"
        ));
    }
    let Some(staged) = staged else {
        return inconsistent("nothing is staged: call `stage` with its changes first".to_owned());
    };
    if staged.state_root != block.preimage.state_root {
        let (given, staged) = (Hex(block.preimage.state_root), Hex(staged.state_root));
        return inconsistent(format!(
            "its preimage has state root {given}, staged is {staged}"
        ));
    }
    Ok(staged)
}

/// The keys whose values a block changes, as [`undo::Window`] notes them.
pub(crate) fn replaced(staged: &StagedChanges) -> impl Iterator<Item = (u8, &[u8])> {
    let changed = staged.changed();
    changed.map(|(key, _, _)| undo::state_entry(key))
}

/// Everything the block writes, taken out of it, and kind ‖ rest of each undo key among it. Refuses the block when the logs under the app
/// hash would not have the preimage's heads, and when what it replaces is not what was committed.
pub(crate) fn batch<'a>(
    shared: &Shared,
    block: &mut BlockWrite,
    staged: &'a StagedChanges,
    first: bool,
) -> Result<(Batch<'a>, Vec<Vec<u8>>), StoreError> {
    let mut batch = Batch::new();
    put_undo(shared, block.height, staged, &mut batch)?;
    put_state(staged, &mut batch);
    put_logs(shared, block, &mut batch)?;
    put_txs(block, &mut batch);
    let info = encode(&info(block))?;
    seal::put(
        &mut batch,
        Family::Undo,
        layout::undo_key(block.height, Undo::Info, &[]),
        info.clone(),
    );
    seal::put(&mut batch, Family::Meta, layout::META_TIP.to_vec(), info);
    seal::put(
        &mut batch,
        Family::Rec,
        layout::block_record(block.height),
        std::mem::take(&mut block.block),
    );
    let undo_keys = undo::describe(block.height, &mut batch);
    prune(shared, block, first, &mut batch);
    Ok((batch, undo_keys))
}

/// What is remembered of the block.
pub(crate) fn info(block: &BlockWrite) -> BlockInfo {
    BlockInfo {
        height: block.height,
        time_ms: block.time_ms,
        block_hash: block.block_hash,
        app_hash: block.app_hash,
        preimage: block.preimage.clone(),
    }
}

/// The oldest height that `undo` describes once the block is committed.
pub(crate) fn undo_from(shared: &Shared, block: &BlockWrite, first: bool) -> u64 {
    let before = shared.undo_from.load(Ordering::Acquire);
    match block.height.checked_sub(shared.options.undo_window) {
        _ if first => block.height,
        Some(oldest) if shared.options.prunes_at(block.height) => before.max(oldest),
        _ => before,
    }
}

/// The values that the block replaces, by chunks. The changes are ascending.
fn put_undo(
    shared: &Shared,
    height: u64,
    staged: &StagedChanges,
    batch: &mut Batch<'_>,
) -> Result<(), StoreError> {
    let olds = old_values(shared, staged)?;
    let mut chunks = undo::Chunks::new(height);
    for ((key, _, _), old) in staged.changed().zip(olds.iter()) {
        chunks.push(key, old, batch)?;
    }
    chunks.close(batch);
    Ok(())
}

/// Values in one piece of memory: a piece for each would cost more than the values do.
#[derive(Default)]
struct Values {
    bytes: Vec<u8>,
    /// Where each ends, and whether it is one.
    ends: Vec<(usize, bool)>,
}

impl Values {
    fn push(&mut self, value: Option<&[u8]>) {
        self.bytes.extend_from_slice(value.unwrap_or_default());
        self.ends.push((self.bytes.len(), value.is_some()));
    }

    fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let begins = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        let places = begins.zip(&self.ends);
        places.map(|(begin, (end, some))| self.bytes.get(begin..*end).filter(|_| *some))
    }
}

/// The value that each change replaces: the one in RAM, or the one on the disk, which must hash to what the replaced leaf
/// said.
fn old_values(shared: &Shared, staged: &StagedChanges) -> Result<Values, StoreError> {
    let mut recent = Values::default();
    let mut unknown: Vec<bool> = Vec::with_capacity(staged.leaves.len());
    let leaves = staged.changed().map(|(_, _, leaf)| (&leaf.key, &leaf.old));
    shared.recent.peek_all(leaves, |value| {
        unknown.push(value.is_none());
        recent.push(value.and_then(Option::as_deref));
    })?;
    let keys: Vec<&[u8]> = staged
        .changed()
        .zip(&unknown)
        .filter(|(_, unknown)| **unknown)
        .map(|((key, _, _), _)| key)
        .collect();
    if keys.is_empty() {
        return Ok(recent);
    }
    let read = shared.backend.get_ascending(Family::State, &keys);
    let read = read.map_err(|source| StoreError::Io {
        operation: "reading old values",
        place: Family::State.name(),
        source,
    })?;
    let mut read = read.iter().map(Option::as_deref);
    let mut olds = Values::default();
    for (((key, _, leaf), recent), unknown) in staged.changed().zip(recent.iter()).zip(&unknown) {
        if !unknown {
            olds.push(recent);
            continue;
        }
        // A storage that gives too few values is seen here too.
        let value = read.next().flatten();
        fits(key, value.map(value_hash), leaf.old)?;
        olds.push(value);
    }
    Ok(olds)
}

fn put_state<'a>(staged: &'a StagedChanges, batch: &mut Batch<'a>) {
    for (key, new, _) in staged.changed() {
        match new {
            Some(value) => batch.put(Family::State, key, value),
            None => batch.delete(Family::State, key),
        }
    }
}

fn put_logs(shared: &Shared, block: &BlockWrite, batch: &mut Batch<'_>) -> Result<(), StoreError> {
    let mut appends: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
    for append in &block.logs {
        appends.entry(&append.log).or_default().push(&append.record);
    }
    let mut heads = BTreeMap::new();
    for (log, records) in appends {
        let old = logs::stored_head(shared.backend.as_ref(), log)?;
        let mut frontier = match &old {
            Some(head) => logs::at_head(shared.backend.as_ref(), log, head)?,
            None => Frontier::new(),
        };
        append(log, &records, &mut frontier, batch)?;
        let undo = layout::undo_key(block.height, Undo::LogHead, log);
        let old = old.as_ref().map(layout::encode_head);
        seal::put(
            batch,
            Family::Undo,
            undo,
            layout::encode_old(old.as_deref()),
        );
        let head = layout::encode_head(&frontier.head());
        seal::put(batch, Family::Meta, layout::meta_log(log), head);
        heads.insert(log, frontier.head());
    }
    check_app_logs(shared, block, &heads)
}

fn append(
    log: &[u8],
    records: &[&[u8]],
    frontier: &mut Frontier,
    batch: &mut Batch<'_>,
) -> Result<(), StoreError> {
    for record in records {
        let key = layout::record(log, frontier.size());
        batch.put(Family::Rec, key, record.to_vec());
        let completed = frontier.append(leaf_hash(record));
        let completed = completed.map_err(|source| StoreError::Log {
            log: log.to_vec(),
            source,
        })?;
        for node in completed {
            let key = layout::log_node(log, node.level, node.index);
            batch.put(Family::Log, key, node.hash.to_vec());
        }
    }
    Ok(())
}

/// The logs under the app hash must have the heads that the app hash commits to.
fn check_app_logs(
    shared: &Shared,
    block: &BlockWrite,
    heads: &BTreeMap<&[u8], LogHead>,
) -> Result<(), StoreError> {
    for id in LogId::ALL {
        let log = app_log(id);
        let head = match heads.get(log.as_slice()) {
            Some(head) => *head,
            None => logs::stored_head(shared.backend.as_ref(), &log)?.unwrap_or(LogHead::empty()),
        };
        let committed = block.preimage.log(id);
        if head != committed {
            return Err(StoreError::Inconsistent {
                height: block.height,
                what: format!(
                    "its preimage gives the {id:?} log {} records and root {}, but the store's log `app_log(LogId::{id:?})` \
                     would have {} and root {}",
                    committed.size,
                    Hex(committed.root),
                    head.size,
                    Hex(head.root)
                ),
            });
        }
    }
    Ok(())
}

fn put_txs(block: &BlockWrite, batch: &mut Batch<'_>) {
    for (index, hash) in (0..).zip(&block.txs) {
        let location = TxLocation {
            height: block.height,
            index,
        };
        seal::put(batch, Family::Tx, layout::tx(hash, location), Vec::new());
    }
    if !block.txs.is_empty() {
        let undo = layout::undo_key(block.height, Undo::Txs, &[]);
        seal::put(batch, Family::Undo, undo, block.txs.concat());
    }
}

fn prune(shared: &Shared, block: &BlockWrite, first: bool, batch: &mut Batch<'_>) {
    let from = undo_from(shared, block, first);
    if first || from > shared.undo_from.load(Ordering::Acquire) {
        batch.delete_range(
            Family::Undo,
            layout::undo_height(0),
            layout::undo_height(from),
        );
        seal::put(
            batch,
            Family::Meta,
            layout::META_UNDO_FROM.to_vec(),
            from.to_be_bytes().to_vec(),
        );
    }
}

pub(crate) fn encode(info: &BlockInfo) -> Result<Vec<u8>, StoreError> {
    borsh::to_vec(info).map_err(|source| StoreError::Io {
        operation: "encoding the description of a height",
        place: Family::Meta.name(),
        source: source.into(),
    })
}
