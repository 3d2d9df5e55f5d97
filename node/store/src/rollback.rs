//! Going back: the offline tool for an operator whose node ran a wrong program for some blocks.

use std::collections::BTreeMap;

use nexus_tree::Hash;

use crate::UNDO_WINDOW;
use crate::backend::{Backend, Batch, Family};
use crate::block::{BlockInfo, Committed, TxLocation};
use crate::error::StoreError;
use crate::layout::{self, Undo};
use crate::start::{check_schema, read_tip, read_undo_from, stored_info, undo_entries};
use crate::store::{read, write};

/// Makes a backend what it was after height `to` was committed: state, logs, records, transactions, blocks. One batch;
/// the next [`crate::Store::open`] compares the root. No [`crate::Store`] may be open on the backend meanwhile: its views
/// would answer from two histories.
///
/// `to` equal to the committed height changes nothing.
///
/// # Errors
/// [`StoreError::Future`] when `to` is not committed or nothing is, [`StoreError::Pruned`] when it left the window,
/// [`StoreError::Corrupt`], [`StoreError::Schema`], [`StoreError::Io`].
pub fn rollback(backend: &dyn Backend, to: u64) -> Result<Committed, StoreError> {
    check_schema(backend)?;
    let Some(tip) = read_tip(backend)? else {
        return Err(StoreError::Future {
            height: to,
            latest: 0,
        });
    };
    if to > tip.height {
        return Err(StoreError::Future {
            height: to,
            latest: tip.height,
        });
    }
    let kept = read_undo_from(backend, Some(&tip))?;
    let oldest = kept.max(tip.height.saturating_sub(UNDO_WINDOW));
    if to < oldest {
        return Err(StoreError::Pruned { height: to, oldest });
    }
    let info = stored_info(backend, to)?;
    if to < tip.height {
        write(backend, &batch(backend, &info, tip.height)?)?;
    }
    Ok(Committed {
        height: info.height,
        app_hash: info.app_hash,
        time_ms: info.time_ms,
    })
}

fn batch(backend: &dyn Backend, info: &BlockInfo, tip: u64) -> Result<Batch, StoreError> {
    let to = info.height;
    let mut batch = Batch::new();
    for (key, old) in oldest_values(backend, to, tip, Undo::State)? {
        match old {
            Some(value) => batch.put(Family::State, key, value),
            None => batch.delete(Family::State, key),
        }
    }
    for (log, old) in oldest_values(backend, to, tip, Undo::LogHead)? {
        truncate_log(backend, &log, old, &mut batch)?;
    }
    for height in to + 1..=tip {
        delete_txs(backend, height, &mut batch)?;
    }
    batch.delete_range(
        Family::Rec,
        layout::block_record(to + 1),
        layout::block_record(tip + 1),
    );
    batch.delete_range(
        Family::Undo,
        layout::undo_height(to + 1),
        layout::undo_height(tip + 1),
    );
    let bytes = read(
        backend,
        Family::Undo,
        &layout::undo_key(to, Undo::Info, &[]),
    )?;
    batch.put(
        Family::Meta,
        layout::META_TIP.to_vec(),
        bytes.unwrap_or_default(),
    );
    Ok(batch)
}

/// For everything changed above `to`, its value at `to`: what the first change above `to` found.
fn oldest_values(
    backend: &dyn Backend,
    to: u64,
    tip: u64,
    kind: Undo,
) -> Result<BTreeMap<Vec<u8>, Option<Vec<u8>>>, StoreError> {
    let mut values = BTreeMap::new();
    for height in (to + 1..=tip).rev() {
        values.extend(undo_entries(backend, height, kind)?);
    }
    Ok(values)
}

fn truncate_log(
    backend: &dyn Backend,
    log: &[u8],
    old: Option<Vec<u8>>,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let meta = layout::meta_log(log);
    let now = size(read(backend, Family::Meta, &meta)?.as_deref())?;
    let then = size(old.as_deref())?;
    batch.delete_range(
        Family::Rec,
        layout::record(log, then),
        layout::record(log, now),
    );
    for level in (0..64_u8).take_while(|level| now >> level > 0) {
        // The complete nodes of a level are those below size >> level.
        let from = layout::log_node(log, level, then >> level);
        batch.delete_range(
            Family::Log,
            from,
            layout::log_node(log, level, now >> level),
        );
    }
    match old {
        Some(head) => batch.put(Family::Meta, meta, head),
        None => batch.delete(Family::Meta, meta),
    }
    Ok(())
}

fn size(head: Option<&[u8]>) -> Result<u64, StoreError> {
    Ok(head
        .map(layout::decode_head)
        .transpose()?
        .map_or(0, |head| head.size))
}

fn delete_txs(backend: &dyn Backend, height: u64, batch: &mut Batch) -> Result<(), StoreError> {
    let Some(hashes) = read(
        backend,
        Family::Undo,
        &layout::undo_key(height, Undo::Txs, &[]),
    )?
    else {
        return Ok(());
    };
    let (hashes, rest) = hashes.as_chunks::<{ size_of::<Hash>() }>();
    if !rest.is_empty() {
        return Err(layout::corrupt(format!(
            "the transactions of height {height} are not whole hashes"
        )));
    }
    for (index, hash) in (0..).zip(hashes) {
        batch.delete(Family::Tx, layout::tx(hash, TxLocation { height, index }));
    }
    Ok(())
}
