//! Chunks of old state values.
//!
//! A chunk is a row of entries, ascending by key: length of the key u16 ‖ key ‖ (0 when there was no value, else 1 ‖ its
//! length u32 ‖ its bytes), then the seal. Integers are big-endian.

use std::ops::ControlFlow;

use crate::backend::{Backend, Batch, Family};
use crate::error::{Bytes, StoreError};
use crate::layout::{self, Undo, corrupt};
use crate::seal;

/// Bytes at which a chunk is closed: some thirty small values, so that a row's own cost is spread, and whoever reads one
/// old value reads and hashes little besides.
const CHUNK_BYTES: usize = 4_096;

/// A key and its old value.
type Entry<'a> = (&'a [u8], Option<&'a [u8]>);

/// What [`old_states`] calls with each key and its old value.
type VisitOld<'a> = dyn FnMut(&[u8], Option<&[u8]>) + 'a;

/// Makes the chunks of one height.
pub(crate) struct Chunks<'a> {
    height: u64,
    bytes: Vec<u8>,
    last: &'a [u8],
}

impl<'a> Chunks<'a> {
    pub(crate) const fn new(height: u64) -> Self {
        Self {
            height,
            bytes: Vec::new(),
            last: &[],
        }
    }

    /// Adds an old value; keys ascend and have at most [`crate::MAX_KEY_BYTES`], values [`crate::MAX_VALUE_BYTES`].
    pub(crate) fn push(
        &mut self,
        key: &'a [u8],
        old: Option<&[u8]>,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let value = old.map_or(0, <[u8]>::len);
        // A large value has a chunk of its own: who reads its small neighbours need not read it.
        if self.bytes.len().saturating_add(value) > CHUNK_BYTES {
            self.close(batch);
        }
        let too_large = |what, size, limit| StoreError::TooLarge { what, size, limit };
        let length = u16::try_from(key.len())
            .map_err(|_| too_large("a state key", key.len(), usize::from(u16::MAX)))?;
        if self.bytes.is_empty() {
            self.bytes.reserve(CHUNK_BYTES.saturating_add(value));
        }
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(key);
        match old {
            None => self.bytes.push(0),
            Some(old) => {
                let length = u32::try_from(value)
                    .map_err(|_| too_large("a state value", value, crate::MAX_VALUE_BYTES))?;
                self.bytes.push(1);
                self.bytes.extend_from_slice(&length.to_be_bytes());
                self.bytes.extend_from_slice(old);
            }
        }
        self.last = key;
        Ok(())
    }

    /// Writes what was added since the last chunk.
    pub(crate) fn close(&mut self, batch: &mut Batch) {
        if self.bytes.is_empty() {
            return;
        }
        let key = layout::undo_key(self.height, Undo::State, self.last);
        seal::put(batch, Family::Undo, key, std::mem::take(&mut self.bytes));
    }
}

/// The entries of a sealed chunk.
pub(super) fn entries<'a>(key: &[u8], sealed: &'a [u8]) -> Result<Entries<'a>, StoreError> {
    Ok(Entries {
        rest: seal::check(Family::Undo, key, sealed)?,
    })
}

/// Reads a chunk from its beginning.
pub(super) struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    fn entry(&mut self) -> Option<Entry<'a>> {
        let length = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
        let key = self.take(usize::from(length))?;
        match self.take(1)? {
            [0] => Some((key, None)),
            [1] => {
                let length = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
                let value = self.take(usize::try_from(length).ok()?)?;
                Some((key, Some(value)))
            }
            _ => None,
        }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.entry();
        if entry.is_none() {
            self.rest = &[];
        }
        Some(entry.ok_or_else(|| {
            corrupt("a chunk of old values has its seal but cannot be decoded".to_owned())
        }))
    }
}

/// What a height found behind a state key; `None` when it did not change it.
pub(super) fn old_state(
    backend: &dyn Backend,
    height: u64,
    key: &[u8],
) -> Result<Option<Option<Vec<u8>>>, StoreError> {
    let mut old = None;
    old_states(
        backend,
        height,
        key,
        Some(&layout::successor(key)),
        &mut |_, value| {
            old = Some(value.map(<[u8]>::to_vec));
        },
    )?;
    Ok(old)
}

/// Visits what a height found behind the state keys from `from` (included) to `to` (excluded; `None`: to the end) that it
/// changed, ascending.
pub(crate) fn old_states(
    backend: &dyn Backend,
    height: u64,
    from: &[u8],
    to: Option<&[u8]>,
    visit: &mut VisitOld<'_>,
) -> Result<(), StoreError> {
    let first = layout::undo_key(height, Undo::State, from);
    let end = layout::undo_key(height, Undo::LogHead, &[]);
    let mut ended = Ok(());
    let mut chunk = |key: &[u8], sealed: &[u8]| {
        let last = match visit_chunk(key, sealed, from, to, visit) {
            Ok(last) => last,
            Err(error) => {
                ended = Err(error);
                true
            }
        };
        if last {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let scanned = backend.scan(Family::Undo, &first, Some(&end), &mut chunk);
    scanned.map_err(|source| StoreError::Io {
        operation: "scanning",
        place: Family::Undo.name(),
        source,
    })?;
    ended
}

/// Whether the range ends within the chunk.
fn visit_chunk(
    key: &[u8],
    sealed: &[u8],
    from: &[u8],
    to: Option<&[u8]>,
    visit: &mut VisitOld<'_>,
) -> Result<bool, StoreError> {
    let mut reached = &[][..];
    for entry in entries(key, sealed)? {
        let (key, old) = entry?;
        reached = key;
        if to.is_some_and(|to| key >= to) {
            return Ok(true);
        }
        if key >= from {
            visit(key, old);
        }
    }
    if layout::undo_rest(key)? != reached {
        return Err(corrupt(format!(
            "the chunk of old values behind the undo key {} ends with another key",
            Bytes(key)
        )));
    }
    Ok(to.is_some_and(|to| layout::successor(reached).as_slice() >= to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::MemoryBackend;

    /// Old values of many sizes, some absent; every third key below 900 is changed.
    fn old(number: u32) -> Option<Vec<u8>> {
        let sizes = [0, 1, 100, 5_000, 300];
        number
            .is_multiple_of(2)
            .then(|| vec![number as u8; sizes[number as usize / 3 % sizes.len()]])
    }

    fn key(number: u32) -> Vec<u8> {
        format!("{number:04}").into_bytes()
    }

    fn written() -> MemoryBackend {
        let backend = MemoryBackend::new();
        let mut batch = Batch::new();
        let changed: Vec<_> = (0..900).step_by(3).map(|n| (key(n), old(n))).collect();
        for height in [6, 7] {
            let mut chunks = Chunks::new(height);
            for (key, old) in &changed {
                chunks
                    .push(key, old.as_deref(), &mut batch)
                    .expect("it fits");
            }
            chunks.close(&mut batch);
        }
        let rows = batch.ops().len();
        assert!((20..600).contains(&rows), "{rows} rows");
        backend.write(&batch).expect("a write");
        backend
    }

    #[test]
    fn each_old_value_is_found_and_no_other() {
        let backend = written();
        for number in 0..910 {
            let found = old_state(&backend, 6, &key(number)).expect("a read");
            let changed = number.is_multiple_of(3) && number < 900;
            assert_eq!(found, changed.then(|| old(number)), "{number}");
        }
        assert_eq!(old_state(&backend, 8, &key(0)).expect("a read"), None);
    }

    #[test]
    fn a_range_has_what_lies_in_it() {
        let backend = written();
        for (from, to) in [(0, 900), (1, 2), (5, 500), (300, 301), (899, 2_000), (7, 7)] {
            let mut found = Vec::new();
            old_states(&backend, 7, &key(from), Some(&key(to)), &mut |key, old| {
                found.push((key.to_vec(), old.map(<[u8]>::to_vec)));
            })
            .expect("a scan");
            let wanted: Vec<_> = (from..to.min(900))
                .filter(|n| n.is_multiple_of(3))
                .map(|n| (key(n), old(n)))
                .collect();
            assert_eq!(found, wanted, "{from} to {to}");
        }
        let mut count = 0;
        old_states(&backend, 6, &[], None, &mut |_, _| count += 1).expect("a scan");
        assert_eq!(count, 300);
    }
}
