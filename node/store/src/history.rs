//! Reading the past: the value of a key at an earlier height is what the first later block that changed it found there.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use nexus_tree::Hash;
use nexus_tree::log::LogHead;
use nexus_tree::smt::{SparseMerkleTree, key_hash, value_hash};

use crate::backend::{Backend, Family};
use crate::block::BlockInfo;
use crate::error::{Bytes, Hex, StoreError};
use crate::layout::{self, Undo};
use crate::store::{Shared, version};
use crate::{logs, seal, undo};

/// Keys with their values, ascending.
pub type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// What was found behind a key, and up to which height nothing changed it.
struct Found {
    value: Option<Vec<u8>>,
    /// The last height that certainly has this value.
    until: u64,
    /// Whether it stands in its family, and not in `undo`.
    current: bool,
}

impl Shared {
    /// The value of a state key at a height in the window, which must be the one under the state root of that height or,
    /// when that height's tree is no longer live, of a later one that has the same value.
    pub(crate) fn state_at(&self, height: u64, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let key_hash = key_hash(key);
        let leaf = self.tree.read()?.value_at(version(height), &key_hash);
        if let Some(leaf) = leaf {
            self.check_window(height)?;
            if let Some(value) = self.recent.get(&key_hash, &leaf)? {
                return Ok(value);
            }
            let found = self.value_at(height, Undo::State, Family::State, key, key)?;
            fits(key, found.value.as_deref().map(value_hash), leaf)?;
            if found.current {
                self.recent.keep(key_hash, leaf, found.value.clone())?;
            }
            return Ok(found.value);
        }
        loop {
            let found = self.value_at(height, Undo::State, Family::State, key, key)?;
            let tree = self.tree.read()?;
            let provable = version(height).max(tree.oldest_version());
            if provable <= version(found.until) {
                compare(&tree, provable, &key_hash, key, found.value.as_deref())?;
                return Ok(found.value);
            }
            // An old value has its seal, and its place in the window says that it is the right one.
            if !found.current {
                return Ok(found.value);
            }
            // Since the current value was read, so many blocks came that its tree is gone: read it again.
        }
    }

    /// The head of a log at a height in the window.
    pub(crate) fn head_at(&self, height: u64, log: &[u8]) -> Result<LogHead, StoreError> {
        let meta = layout::meta_log(log);
        let mut empty_at = None;
        loop {
            let found = self.value_at(height, Undo::LogHead, Family::Meta, &meta, log)?;
            match found.value {
                Some(head) => return layout::decode_head(&head),
                None if !found.current => return Ok(LogHead::empty()),
                None => {}
            }
            // Whether the log is empty, or its head vanished. A first record that came meanwhile is neither.
            match logs::check_empty(self.backend.as_ref(), log) {
                Err(error) if empty_at == Some(found.until) => return Err(error),
                Err(_) => empty_at = Some(found.until),
                Ok(()) => return Ok(LogHead::empty()),
            }
        }
    }

    /// The current value first, and only then how far the writer has come: a batch that the first read may have seen has
    /// then been announced in `begun`, and its undo entries are there as well.
    fn value_at(
        &self,
        height: u64,
        kind: Undo,
        family: Family,
        key: &[u8],
        undo_rest: &[u8],
    ) -> Result<Found, StoreError> {
        self.check_window(height)?;
        let current = self.get(family, key)?;
        let begun = self.begun.load(Ordering::Acquire);
        let later = if begun > height {
            let window = self.window.read()?;
            window.first_change(height, begun, kind, undo_rest)
        } else {
            None
        };
        let mut until = begun.max(height);
        if let Some(later) = later {
            let written = self.written()?;
            let old = undo::old_value(self.backend.as_ref(), later, kind, undo_rest)?;
            // What this height needs may have been deleted while we looked.
            self.check_window(height)?;
            until = later.saturating_sub(1);
            match old {
                Some(value) => {
                    return Ok(Found {
                        value,
                        until,
                        current: false,
                    });
                }
                None if later <= written => return Err(missing_undo(later, undo_rest)),
                // The batch that is announced is not there yet, so that it was not when the current value was read.
                None => {}
            }
        }
        self.check_window(height)?;
        let value = match (family, current) {
            (Family::State, current) => current,
            (_, sealed) => sealed
                .map(|sealed| seal::open(family, key, sealed))
                .transpose()?,
        };
        Ok(Found {
            value,
            until,
            current: true,
        })
    }

    /// The last height whose batch is there for certain.
    fn written(&self) -> Result<u64, StoreError> {
        Ok(self.tip()?.map_or(0, |tip| tip.height))
    }

    pub(crate) fn check_window(&self, height: u64) -> Result<(), StoreError> {
        let oldest = self.oldest();
        if height < oldest {
            Err(StoreError::Pruned { height, oldest })
        } else {
            Ok(())
        }
    }

    /// What is remembered of a height in the window.
    pub(crate) fn info(&self, height: u64) -> Result<BlockInfo, StoreError> {
        self.check_window(height)?;
        let key = layout::undo_key(height, Undo::Info, &[]);
        let bytes = self.get(Family::Undo, &key)?;
        self.check_window(height)?;
        let bytes = bytes
            .map(|sealed| seal::open(Family::Undo, &key, sealed))
            .transpose()?;
        decode_info(height, bytes.as_deref())
    }

    /// The first `limit` state keys of a height from `from` (included) to `to` (excluded), with their values.
    pub(crate) fn state_range_at(
        &self,
        height: u64,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Entries, StoreError> {
        self.check_window(height)?;
        let mut old = BTreeMap::new();
        loop {
            // Each later change can remove one current key from the answer, so that many more are read.
            let wanted = limit.saturating_add(old.len());
            let current = collect(self.backend.as_ref(), Family::State, from, to, wanted)?;
            let known = old.len();
            let begun = self.begun.load(Ordering::Acquire);
            let written = self.written()?;
            old = self.old_states(height, begun, from, to)?;
            self.check_window(height)?;
            if old.len() == known {
                self.compare_range(height, written, &current, &old)?;
                return Ok(merge(current, old, wanted, limit));
            }
        }
    }

    /// Compares what a range was read from with the trees and the window, as [`Self::state_at`] does for one key.
    fn compare_range(
        &self,
        height: u64,
        written: u64,
        current: &Entries,
        old: &BTreeMap<Vec<u8>, Old>,
    ) -> Result<(), StoreError> {
        let window = self.window.read()?;
        let tree = self.tree.read()?;
        let provable = version(height).max(tree.oldest_version());
        for (key, value) in current.iter().filter(|(key, _)| !old.contains_key(key)) {
            if let Some(later) = window.first_change(height, written, Undo::State, key) {
                return Err(missing_undo(later, key));
            }
            compare(&tree, provable, &key_hash(key), key, Some(value))?;
        }
        for (key, old) in old {
            let before = old.height.saturating_sub(1);
            if let Some(first) = window.first_change(height, before, Undo::State, key) {
                return Err(missing_undo(first, key));
            }
            if provable < version(old.height) {
                compare(&tree, provable, &key_hash(key), key, old.value.as_deref())?;
            }
        }
        Ok(())
    }

    /// The keys changed after `height` up to `begun` within a range, with what they were at `height`.
    fn old_states(
        &self,
        height: u64,
        begun: u64,
        from: &[u8],
        to: Option<&[u8]>,
    ) -> Result<BTreeMap<Vec<u8>, Old>, StoreError> {
        let mut old = BTreeMap::new();
        for later in height.saturating_add(1)..=begun {
            let mut first = |key: &[u8], value: Option<&[u8]>| {
                if !old.contains_key(key) {
                    let value = value.map(<[u8]>::to_vec);
                    let height = later;
                    old.insert(key.to_vec(), Old { height, value });
                }
            };
            undo::old_states(self.backend.as_ref(), later, from, to, &mut first)?;
        }
        Ok(old)
    }
}

/// A value before a height that changed it.
struct Old {
    height: u64,
    value: Option<Vec<u8>>,
}

/// Whether a value is the one that a version of the tree has for the key. Nothing is known of a version that is not live.
fn compare(
    tree: &SparseMerkleTree,
    version: u64,
    key_hash: &Hash,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<(), StoreError> {
    match tree.value_at(version, key_hash) {
        Some(committed) => fits(key, value.map(value_hash), committed),
        None => Ok(()),
    }
}

/// Whether what was found behind a state key hashes to what its leaf says.
pub(crate) fn fits(
    key: &[u8],
    found: Option<Hash>,
    committed: Option<Hash>,
) -> Result<(), StoreError> {
    if found == committed {
        return Ok(());
    }
    let told = |hash: Option<Hash>| {
        hash.map_or_else(
            || "no value".to_owned(),
            |hash| format!("a value that hashes to {}", Hex(hash)),
        )
    };
    Err(layout::corrupt(format!(
        "state key {} has {} on the disk, but {} was committed",
        Bytes(key),
        told(found),
        told(committed)
    )))
}

fn missing_undo(height: u64, rest: &[u8]) -> StoreError {
    layout::corrupt(format!(
        "the old value of {} before height {height} is missing from `undo`",
        Bytes(rest)
    ))
}

pub(crate) fn decode_info(height: u64, bytes: Option<&[u8]>) -> Result<BlockInfo, StoreError> {
    let bytes = bytes.ok_or_else(|| {
        layout::corrupt(format!(
            "height {height} is within the window but not described in `undo`"
        ))
    })?;
    let info: BlockInfo = layout::decode_borsh(bytes, "the description of a height")?;
    check_info(&info)?;
    if info.height != height {
        return Err(layout::corrupt(format!(
            "`undo` describes height {} where it should describe {height}",
            info.height
        )));
    }
    Ok(info)
}

/// The app hash must be that of the preimage beside it.
pub(crate) fn check_info(info: &BlockInfo) -> Result<(), StoreError> {
    if info.preimage.hash() == info.app_hash {
        return Ok(());
    }
    Err(layout::corrupt(format!(
        "the app hash of height {} is not that of its preimage",
        info.height
    )))
}

/// Up to `limit` entries of a range.
pub(crate) fn collect(
    backend: &dyn Backend,
    family: Family,
    from: &[u8],
    to: Option<&[u8]>,
    limit: usize,
) -> Result<Entries, StoreError> {
    let mut entries = Vec::new();
    if limit == 0 {
        return Ok(entries);
    }
    let mut visit = |key: &[u8], value: &[u8]| {
        entries.push((key.to_vec(), value.to_vec()));
        if entries.len() < limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let scanned = backend.scan(family, from, to, &mut visit);
    scanned.map_err(|source| StoreError::Io {
        operation: "scanning",
        place: family.name(),
        source,
    })?;
    Ok(entries)
}

/// The current entries with old values in their place. When `current` was cut at `wanted`, nothing is known beyond its
/// last key, and `wanted` is large enough for `limit` entries before it.
fn merge(current: Entries, old: BTreeMap<Vec<u8>, Old>, wanted: usize, limit: usize) -> Entries {
    let cut = if current.len() < wanted {
        None
    } else {
        current.last().map(|(key, _)| key.clone())
    };
    let mut merged: BTreeMap<Vec<u8>, Vec<u8>> = current.into_iter().collect();
    for (key, Old { value, .. }) in old {
        if cut.as_ref().is_some_and(|cut| key > *cut) {
            break;
        }
        match value {
            Some(value) => merged.insert(key, value),
            None => merged.remove(&key),
        };
    }
    merged.into_iter().take(limit).collect()
}
