//! From one block to the one batch that makes it durable.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use nexus_tree::app_hash::LogId;
use nexus_tree::log::{Frontier, LogHead, leaf_hash};

use crate::backend::{Batch, Family};
use crate::block::{BlockInfo, BlockWrite, TxLocation, app_log};
use crate::error::{Hex, StoreError};
use crate::layout::{self, Undo};
use crate::store::{Shared, StagedChanges, check_size};
use crate::{
    MAX_BLOCK_BYTES, MAX_HEIGHT, MAX_LOG_ID_BYTES, MAX_VALUE_BYTES, PRUNE_EVERY, UNDO_WINDOW, logs,
};

/// Refuses a block that is out of turn, does not fit itself, or is not what was staged.
pub(crate) fn check(
    block: &BlockWrite,
    tip: Option<&BlockInfo>,
    staged: Option<&StagedChanges>,
) -> Result<(), StoreError> {
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
    if staged.changes != block.state {
        return inconsistent("its state changes are not those that were staged".to_owned());
    }
    Ok(())
}

/// Everything the block writes. Refuses it when the logs under the app hash would not have the preimage's heads.
pub(crate) fn batch(
    shared: &Shared,
    block: &BlockWrite,
    tip: Option<&BlockInfo>,
) -> Result<Batch, StoreError> {
    let mut batch = Batch::new();
    put_state(shared, block, &mut batch)?;
    put_logs(shared, block, &mut batch)?;
    put_txs(block, &mut batch);
    let info = encode(&info(block))?;
    batch.put(
        Family::Undo,
        layout::undo_key(block.height, Undo::Info, &[]),
        info.clone(),
    );
    batch.put(Family::Meta, layout::META_TIP.to_vec(), info);
    batch.put(
        Family::Rec,
        layout::block_record(block.height),
        block.block.clone(),
    );
    prune(shared, block, tip.is_none(), &mut batch);
    Ok(batch)
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
    match block.height.checked_sub(UNDO_WINDOW) {
        _ if first => block.height,
        Some(oldest) if block.height.is_multiple_of(PRUNE_EVERY) => before.max(oldest),
        _ => before,
    }
}

/// The block's changes are ascending, as [`check`] has compared them with the staged ones.
fn put_state(shared: &Shared, block: &BlockWrite, batch: &mut Batch) -> Result<(), StoreError> {
    let keys: Vec<&[u8]> = block.state.iter().map(|(key, _)| key.as_slice()).collect();
    let olds = shared.backend.get_ascending(Family::State, &keys);
    let olds = olds.map_err(|source| StoreError::Io {
        operation: "reading old values",
        place: Family::State.name(),
        source,
    })?;
    for ((key, new), old) in block.state.iter().zip(olds) {
        if old == *new {
            continue;
        }
        let undo = layout::undo_key(block.height, Undo::State, key);
        batch.put(Family::Undo, undo, layout::encode_old(old.as_deref()));
        match new {
            Some(value) => batch.put(Family::State, key.clone(), value.clone()),
            None => batch.delete(Family::State, key.clone()),
        }
    }
    Ok(())
}

fn put_logs(shared: &Shared, block: &BlockWrite, batch: &mut Batch) -> Result<(), StoreError> {
    let mut appends: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
    for append in &block.logs {
        appends.entry(&append.log).or_default().push(&append.record);
    }
    let mut heads = BTreeMap::new();
    for (log, records) in appends {
        let meta = layout::meta_log(log);
        let old = shared.get(Family::Meta, &meta)?;
        let mut frontier = match &old {
            Some(head) => logs::newest(shared.backend.as_ref(), log, &layout::decode_head(head)?)?,
            None => Frontier::new(),
        };
        append(log, &records, &mut frontier, batch)?;
        let undo = layout::undo_key(block.height, Undo::LogHead, log);
        batch.put(Family::Undo, undo, layout::encode_old(old.as_deref()));
        batch.put(Family::Meta, meta, layout::encode_head(&frontier.head()));
        heads.insert(log, frontier.head());
    }
    check_app_logs(shared, block, &heads)
}

fn append(
    log: &[u8],
    records: &[&[u8]],
    frontier: &mut Frontier,
    batch: &mut Batch,
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
            None => stored_head(shared, &log)?,
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

/// The newest head of a log; the empty head when nothing was ever appended.
pub(crate) fn stored_head(shared: &Shared, log: &[u8]) -> Result<LogHead, StoreError> {
    let head = shared.get(Family::Meta, &layout::meta_log(log))?;
    head.map_or(Ok(LogHead::empty()), |head| layout::decode_head(&head))
}

fn put_txs(block: &BlockWrite, batch: &mut Batch) {
    for (index, hash) in (0..).zip(&block.txs) {
        let location = TxLocation {
            height: block.height,
            index,
        };
        batch.put(Family::Tx, layout::tx(hash, location), Vec::new());
    }
    if !block.txs.is_empty() {
        let undo = layout::undo_key(block.height, Undo::Txs, &[]);
        batch.put(Family::Undo, undo, block.txs.concat());
    }
}

fn prune(shared: &Shared, block: &BlockWrite, first: bool, batch: &mut Batch) {
    let from = undo_from(shared, block, first);
    if first || from > shared.undo_from.load(Ordering::Acquire) {
        batch.delete_range(
            Family::Undo,
            layout::undo_height(0),
            layout::undo_height(from),
        );
        batch.put(
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
