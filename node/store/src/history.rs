//! Reading the past: the value of a key at an earlier height is what the first later block that changed it found there.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use crate::backend::{Backend, Family};
use crate::block::BlockInfo;
use crate::error::StoreError;
use crate::layout::{self, Undo};
use crate::store::Shared;

/// Keys with their values, ascending.
pub type Entries = Vec<(Vec<u8>, Vec<u8>)>;

impl Shared {
    /// The value of a state key at a height in the window.
    pub(crate) fn state_at(&self, height: u64, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.value_at(height, Undo::State, Family::State, key, key)
    }

    /// The encoded head of a log at a height in the window.
    pub(crate) fn head_at(&self, height: u64, log: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.value_at(
            height,
            Undo::LogHead,
            Family::Meta,
            &layout::meta_log(log),
            log,
        )
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
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_window(height)?;
        let current = self.get(family, key)?;
        let begun = self.begun.load(Ordering::Acquire);
        for later in height.saturating_add(1)..=begun {
            if let Some(old) = self.get(Family::Undo, &layout::undo_key(later, kind, undo_rest))? {
                // What this height needs may have been deleted while we walked.
                self.check_window(height)?;
                return layout::decode_old(&old);
            }
        }
        self.check_window(height)?;
        Ok(current)
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
        let bytes = self.get(Family::Undo, &layout::undo_key(height, Undo::Info, &[]))?;
        self.check_window(height)?;
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
            old = self.old_states(height, begun, from, to)?;
            self.check_window(height)?;
            if old.is_empty() {
                return Ok(current);
            }
            if old.len() == known {
                return Ok(merge(current, old, wanted, limit));
            }
        }
    }

    /// The keys changed after `height` up to `begun` within a range, with what they were at `height`.
    fn old_states(
        &self,
        height: u64,
        begun: u64,
        from: &[u8],
        to: Option<&[u8]>,
    ) -> Result<BTreeMap<Vec<u8>, Option<Vec<u8>>>, StoreError> {
        let mut old = BTreeMap::new();
        for later in height.saturating_add(1)..=begun {
            let first = layout::undo_key(later, Undo::State, from);
            let end = match to {
                Some(to) => layout::undo_key(later, Undo::State, to),
                None => layout::undo_key(later, Undo::LogHead, &[]),
            };
            for (key, value) in collect(
                self.backend.as_ref(),
                Family::Undo,
                &first,
                Some(&end),
                usize::MAX,
            )? {
                let key = layout::undo_rest(&key)?.to_vec();
                if let std::collections::btree_map::Entry::Vacant(vacant) = old.entry(key) {
                    vacant.insert(layout::decode_old(&value)?);
                }
            }
        }
        Ok(old)
    }
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
fn merge(
    current: Entries,
    old: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    wanted: usize,
    limit: usize,
) -> Entries {
    let cut = if current.len() < wanted {
        None
    } else {
        current.last().map(|(key, _)| key.clone())
    };
    let mut merged: BTreeMap<Vec<u8>, Vec<u8>> = current.into_iter().collect();
    for (key, value) in old {
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
