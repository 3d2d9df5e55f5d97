//! Opening: believe nothing on disk before it has the committed roots.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, RwLock};
use std::time::Instant;

use nexus_tree::Hash;
use nexus_tree::app_hash::LogId;
use nexus_tree::log::LogHead;
use nexus_tree::smt::{Change as TreeChange, SparseMerkleTree, key_hash, value_hash};

use crate::MAX_PAGE;
use crate::backend::{Backend, Batch, Family};
use crate::block::{BlockInfo, app_log};
use crate::error::{Hex, StoreError};
use crate::history::{check_info, collect, decode_info};
use crate::huge_pages;
use crate::layout::{self, Undo, corrupt};
use crate::logs;
use crate::options::StoreOptions;
use crate::recent::Recent;
use crate::seal;
use crate::snapshot;
use crate::store::{Shared, Startup, read, version, write};
use crate::undo::{self, Window};

mod leaves;

/// Reads and checks everything that readers and the writer share.
pub(crate) fn load(
    backend: Box<dyn Backend>,
    options: StoreOptions,
) -> Result<(Shared, Startup), StoreError> {
    let started = Instant::now();
    if snapshot::is_restoring(backend.as_ref())? {
        // A restore was cut off; what is there was never compared with an app hash.
        snapshot::wipe(backend.as_ref())?;
    }
    check_schema(backend.as_ref())?;
    let tip = read_tip(backend.as_ref())?;
    let (tree, keys) = rebuild(backend.as_ref(), tip.as_ref())?;
    let undo_from = read_undo_from(backend.as_ref(), tip.as_ref())?;
    let window = match &tip {
        Some(tip) => Window::load(backend.as_ref(), undo_from, tip.height)?,
        None => Window::new(),
    };
    let shared = Shared {
        undo_from: AtomicU64::new(undo_from),
        window: RwLock::new(window),
        begun: AtomicU64::new(tip.as_ref().map_or(0, |tip| tip.height)),
        base: AtomicU64::new(read_base(backend.as_ref())?),
        restoring: AtomicBool::new(false),
        tree: RwLock::new(tree),
        tip: RwLock::new(None),
        recent: Recent::default(),
        options,
        backend,
    };
    check_logs(&shared, tip.as_ref())?;
    if let Some(tip) = tip {
        revive(&shared, &tip)?;
        *shared.tip.write()? = Some(Arc::new(tip));
    }
    let live_versions = {
        let tree = shared.tree.read()?;
        tree.version()
            .saturating_sub(tree.oldest_version())
            .saturating_add(1)
    };
    Ok((
        shared,
        Startup {
            keys,
            live_versions,
            took: started.elapsed(),
        },
    ))
}

/// The committed tip as stored.
pub(crate) fn read_tip(backend: &dyn Backend) -> Result<Option<BlockInfo>, StoreError> {
    let Some(bytes) = seal::get(backend, Family::Meta, layout::META_TIP)? else {
        return Ok(None);
    };
    let tip: BlockInfo = layout::decode_borsh(&bytes, "the tip in `meta`")?;
    check_info(&tip)?;
    Ok(Some(tip))
}

/// The oldest height that `undo` describes, as stored.
pub(crate) fn read_undo_from(
    backend: &dyn Backend,
    tip: Option<&BlockInfo>,
) -> Result<u64, StoreError> {
    match (
        seal::get(backend, Family::Meta, layout::META_UNDO_FROM)?,
        tip,
    ) {
        (Some(bytes), Some(tip)) => {
            let from = layout::decode_u64(&bytes, "`undo_from` in `meta`")?;
            if from > tip.height {
                return Err(corrupt(format!(
                    "`undo_from` is {from}, above the tip {}",
                    tip.height
                )));
            }
            Ok(from)
        }
        (None, None) => Ok(0),
        (stored, _) => {
            let (undo_from, tip) = (stored.is_some(), tip.is_some());
            Err(corrupt(format!(
                "`meta` must hold tip and `undo_from`, or neither: {tip}, {undo_from}"
            )))
        }
    }
}

/// The height a restored store began at; 0 for one that holds every block.
pub(crate) fn read_base(backend: &dyn Backend) -> Result<u64, StoreError> {
    if let Some(bytes) = seal::get(backend, Family::Meta, layout::META_BASE)? {
        return layout::decode_u64(&bytes, "`base` in `meta`");
    }
    let end = layout::prefix_end(layout::META_LOG_BASE);
    let of_logs = collect(
        backend,
        Family::Meta,
        layout::META_LOG_BASE,
        end.as_deref(),
        1,
    )?;
    if of_logs.is_empty() {
        return Ok(0);
    }
    Err(corrupt(
        "`meta` says how many records its logs had at a snapshot, but not of which height"
            .to_owned(),
    ))
}

/// Compares the schema with ours, and writes ours into a store that is new.
pub(crate) fn check_schema(backend: &dyn Backend) -> Result<(), StoreError> {
    let Some(bytes) = read(backend, Family::Meta, layout::META_SCHEMA)? else {
        if read_tip(backend)?.is_some() {
            return Err(corrupt("`meta` has a tip but no schema".to_owned()));
        }
        let mut batch = Batch::new();
        batch.put(
            Family::Meta,
            layout::META_SCHEMA.to_vec(),
            layout::SCHEMA.to_be_bytes().to_vec(),
        );
        return write(backend, &batch);
    };
    let found = bytes.try_into().map(u32::from_be_bytes);
    let found =
        found.map_err(|_| corrupt("the schema in `meta` is not 4 bytes long".to_owned()))?;
    if found != layout::SCHEMA {
        return Err(StoreError::Schema {
            found,
            expected: layout::SCHEMA,
        });
    }
    Ok(())
}

/// The tree of the state on disk, whose root must be the committed one.
pub(crate) fn rebuild(
    backend: &dyn Backend,
    tip: Option<&BlockInfo>,
) -> Result<(SparseMerkleTree, u64), StoreError> {
    let leaves = leaves::of_state(backend)?;
    let keys = leaves.len() as u64;
    let Some(tip) = tip else {
        if keys > 0 {
            return Err(corrupt(format!(
                "there is no committed height, but {keys} state keys"
            )));
        }
        return Ok((huge_pages::tree(), 0));
    };
    let tree = huge_pages::tree().filled(version(tip.height), leaves)?;
    if tree.root() != tip.preimage.state_root {
        return Err(StoreError::RootMismatch {
            height: tip.height,
            stored: Hex(tip.preimage.state_root),
            rebuilt: Hex(tree.root()),
        });
    }
    Ok((tree, keys))
}

/// Every log's nodes must give its head, and the logs under the app hash the heads in the committed preimage.
fn check_logs(shared: &Shared, tip: Option<&BlockInfo>) -> Result<(), StoreError> {
    let backend = shared.backend.as_ref();
    let end = layout::prefix_end(layout::META_LOG);
    let mut from = layout::META_LOG.to_vec();
    loop {
        let page = collect(backend, Family::Meta, &from, end.as_deref(), MAX_PAGE)?;
        let Some((last, _)) = page.last() else { break };
        from = layout::successor(last);
        let mut heads = Vec::with_capacity(page.len());
        for (key, head) in &page {
            let log = key.get(layout::META_LOG.len()..).unwrap_or_default();
            let head = layout::decode_head(seal::check(Family::Meta, key, head)?)?;
            heads.push((log, head));
        }
        logs::check_heads(backend, &heads)?;
    }
    let Some(tip) = tip else { return Ok(()) };
    for id in LogId::ALL {
        let (stored, committed) = (
            logs::stored_head(shared.backend.as_ref(), &app_log(id))?.unwrap_or(LogHead::empty()),
            tip.preimage.log(id),
        );
        if stored != committed {
            return Err(corrupt(format!(
                "the {id:?} log has {} records and root {}, but height {} committed {} records and root {}",
                stored.size,
                Hex(stored.root),
                tip.height,
                committed.size,
                Hex(committed.root)
            )));
        }
    }
    Ok(())
}

/// One height to go forward again: its changes and the root they must give.
struct Step {
    height: u64,
    changes: Vec<TreeChange>,
    root: Hash,
}

/// Brings the last versions back to life: back to the oldest in one step, then forward height by height, comparing each
/// root with the one committed then.
fn revive(shared: &Shared, tip: &BlockInfo) -> Result<(), StoreError> {
    let base = tip
        .height
        .saturating_sub(shared.options.older_versions())
        .max(shared.oldest());
    if base == tip.height {
        return Ok(());
    }
    // What each key changed since `base` was at the height where the walk back stands.
    let mut at: BTreeMap<Vec<u8>, Option<Hash>> = BTreeMap::new();
    let mut forward = Vec::new();
    for height in (base + 1..=tip.height).rev() {
        let mut changes = Vec::new();
        for (key, old) in undo::of_height(shared.backend.as_ref(), height)?.state {
            let new = match at.get(&key) {
                Some(new) => *new,
                None => shared.get(Family::State, &key)?.as_deref().map(value_hash),
            };
            changes.push((key_hash(&key), new));
            at.insert(key, old.as_deref().map(value_hash));
        }
        forward.push(Step {
            height,
            changes,
            root: shared.info(height)?.preimage.state_root,
        });
    }
    let back: Vec<TreeChange> = at
        .iter()
        .map(|(key, value)| (key_hash(key), *value))
        .collect();
    let mut tree = shared.tree.write()?;
    let root = tree.rewind(version(base), &back)?;
    same_root(base, root, shared.info(base)?.preimage.state_root)?;
    for step in forward.into_iter().rev() {
        let root = tree.apply(version(step.height), &step.changes)?;
        same_root(step.height, root, step.root)?;
    }
    Ok(())
}

fn same_root(height: u64, rebuilt: Hash, stored: Hash) -> Result<(), StoreError> {
    if rebuilt == stored {
        return Ok(());
    }
    let (stored, rebuilt) = (Hex(stored), Hex(rebuilt));
    Err(corrupt(format!(
        "`undo` leads to root {rebuilt} at height {height}, but {stored} was committed"
    )))
}

/// The stored description of a height.
pub(crate) fn stored_info(backend: &dyn Backend, height: u64) -> Result<BlockInfo, StoreError> {
    let key = layout::undo_key(height, Undo::Info, &[]);
    decode_info(height, seal::get(backend, Family::Undo, &key)?.as_deref())
}
