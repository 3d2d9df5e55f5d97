//! Going back: the offline tool for an operator whose node ran a wrong program for some blocks.

use nexus_tree::Hash;

use crate::UNDO_WINDOW;
use crate::backend::{Backend, Batch, Family};
use crate::block::{BlockInfo, Committed, TxLocation};
use crate::error::StoreError;
use crate::layout::{self, Undo};
use crate::start::{check_schema, read_tip, read_undo_from, stored_info};
use crate::store::write;
use crate::{logs, seal, undo};

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
    let oldest = oldest(backend, &tip)?;
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

/// The committed tip of a backend that no store has open, and the oldest height that [`rollback`] can return to; `None`
/// before the first block.
///
/// # Errors
/// [`StoreError::Corrupt`], [`StoreError::Schema`], [`StoreError::Io`].
pub fn rollback_range(backend: &dyn Backend) -> Result<Option<(Committed, u64)>, StoreError> {
    check_schema(backend)?;
    let Some(tip) = read_tip(backend)? else {
        return Ok(None);
    };
    let oldest = oldest(backend, &tip)?;
    let committed = Committed {
        height: tip.height,
        app_hash: tip.app_hash,
        time_ms: tip.time_ms,
    };
    Ok(Some((committed, oldest)))
}

fn oldest(backend: &dyn Backend, tip: &BlockInfo) -> Result<u64, StoreError> {
    let kept = read_undo_from(backend, Some(tip))?;
    Ok(kept.max(tip.height.saturating_sub(UNDO_WINDOW)))
}

fn batch(backend: &dyn Backend, info: &BlockInfo, tip: u64) -> Result<Batch<'static>, StoreError> {
    let to = info.height;
    let mut batch = Batch::new();
    let before = undo::before(backend, to, tip)?;
    for (key, old) in before.state {
        match old {
            Some(value) => batch.put(Family::State, key, value),
            None => batch.delete(Family::State, key),
        }
    }
    for (log, old) in before.heads {
        truncate_log(backend, &log, old, &mut batch)?;
    }
    for (height, hashes) in before.txs {
        delete_txs(height, &hashes, &mut batch)?;
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
    let bytes = seal::get(
        backend,
        Family::Undo,
        &layout::undo_key(to, Undo::Info, &[]),
    )?;
    seal::put(
        &mut batch,
        Family::Meta,
        layout::META_TIP.to_vec(),
        bytes.unwrap_or_default(),
    );
    Ok(batch)
}

fn truncate_log(
    backend: &dyn Backend,
    log: &[u8],
    old: Option<Vec<u8>>,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let meta = layout::meta_log(log);
    let now = logs::stored_head(backend, log)?.map_or(0, |head| head.size);
    let then = match &old {
        Some(head) => layout::decode_head(head)?.size,
        None => 0,
    };
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
        Some(head) => seal::put(batch, Family::Meta, meta, head),
        None => batch.delete(Family::Meta, meta),
    }
    Ok(())
}

fn delete_txs(height: u64, hashes: &[u8], batch: &mut Batch) -> Result<(), StoreError> {
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
