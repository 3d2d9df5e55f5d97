//! The undo entries of the window: which there are, kept in RAM so that one that vanished from the disk is missed.
//!
//! Old values of the state stand in chunks of some kilobytes, ascending: one row for each would cost a commit as much again
//! as the state's own rows. A chunk stands behind the last of its keys, so that the first chunk from a key on is the one
//! that has it.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;

use nexus_tree::Hash;
use nexus_tree::smt::key_hash;

use crate::backend::{Backend, Batch, Family, Op};
use crate::block::Change;
use crate::error::{Hex, StoreError};
use crate::layout::{self, Undo, corrupt};
use crate::seal;
use crate::store::read;

mod chunk;

pub(crate) use chunk::{Chunks, old_states};

/// Bytes of the height in front of an undo key.
const HEIGHT_BYTES: usize = 8;

/// Which undo entries each height of the window has: eight bytes an entry. Old values of heights that no tree proves any
/// more rest on it, because the absence of an entry says that nothing changed.
///
/// The hash is keyed anew in each process, so that nobody can choose state keys that meet in it.
pub(crate) struct Window {
    hasher: RandomState,
    /// Without gaps, the oldest first.
    heights: VecDeque<Entries>,
}

struct Entries {
    height: u64,
    /// Ascending hashes of (kind, rest).
    hashes: Box<[u64]>,
}

impl Window {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            heights: VecDeque::new(),
        }
    }

    /// Reads which entries the heights from `from` to `tip` have, and compares each height with the digest it was written
    /// with.
    pub(crate) fn load(backend: &dyn Backend, from: u64, tip: u64) -> Result<Self, StoreError> {
        let mut window = Self::new();
        let mut current = Keys::of(from);
        let mut failure = None;
        let mut visit = |key: &[u8], value: &[u8]| {
            let step = (|| {
                let (height, tail) = split(key)?;
                while height > current.height {
                    let next = Keys::of(current.height.saturating_add(1));
                    window.close(std::mem::replace(&mut current, next))?;
                }
                current.add(tail, value)
            })();
            match step {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        };
        let scanned = backend.scan(
            Family::Undo,
            &layout::undo_height(from),
            Some(&layout::undo_height(tip.saturating_add(1))),
            &mut visit,
        );
        scanned.map_err(|source| StoreError::Io {
            operation: "scanning",
            place: Family::Undo.name(),
            source,
        })?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        loop {
            let height = current.height;
            let next = Keys::of(height.saturating_add(1));
            window.close(std::mem::replace(&mut current, next))?;
            if height >= tip {
                return Ok(window);
            }
        }
    }

    fn close(&mut self, keys: Keys) -> Result<(), StoreError> {
        keys.check()?;
        let state = keys.state.iter().map(|key| state_entry(key));
        self.push(keys.height, state.chain(entries(&keys.tails)));
        Ok(())
    }

    /// Notes a height's entries: kind and rest of each.
    pub(crate) fn push<'a>(&mut self, height: u64, entries: impl Iterator<Item = (u8, &'a [u8])>) {
        // A batch that failed may have been noted before.
        while self
            .heights
            .back()
            .is_some_and(|last| last.height >= height)
        {
            self.heights.pop_back();
        }
        let mut hashes: Box<[u64]> = entries.map(|entry| self.hasher.hash_one(entry)).collect();
        hashes.sort_unstable();
        self.heights.push_back(Entries { height, hashes });
    }

    /// Forgets the heights below.
    pub(crate) fn forget_below(&mut self, height: u64) {
        while self
            .heights
            .front()
            .is_some_and(|first| first.height < height)
        {
            self.heights.pop_front();
        }
    }

    /// The first height above `height`, and at most `last`, that changed what `kind` and `rest` name.
    pub(crate) fn first_change(
        &self,
        height: u64,
        last: u64,
        kind: Undo,
        rest: &[u8],
    ) -> Option<u64> {
        let first = self.heights.front()?.height;
        let hash = self.hasher.hash_one((kind as u8, rest));
        let skip = height.saturating_add(1).saturating_sub(first);
        let heights = self.heights.iter().skip(usize::try_from(skip).ok()?);
        heights
            .take_while(|entries| entries.height <= last)
            .find(|entries| entries.hashes.binary_search(&hash).is_ok())
            .map(|entries| entries.height)
    }
}

/// What [`Window`] notes of a state key that has an old value.
pub(crate) const fn state_entry(key: &[u8]) -> (u8, &[u8]) {
    (Undo::State as u8, key)
}

/// What [`Window`] notes of undo keys (kind ‖ rest) that are no chunks.
pub(crate) fn entries(tails: &[Vec<u8>]) -> impl Iterator<Item = (u8, &[u8])> {
    let split = tails.iter().filter_map(|tail| tail.split_first());
    split
        .filter(|(kind, _)| **kind != Undo::State as u8)
        .map(|(kind, rest)| (*kind, rest))
}

fn split(key: &[u8]) -> Result<(u64, &[u8]), StoreError> {
    let (height, tail) = key.split_at_checked(HEIGHT_BYTES).unwrap_or_default();
    Ok((
        layout::decode_u64(height, "the height of an undo key")?,
        tail,
    ))
}

/// The undo keys of one height while they are read.
struct Keys {
    height: u64,
    tails: Vec<Vec<u8>>,
    /// The keys in its chunks.
    state: Vec<Vec<u8>>,
    digest: Option<Hash>,
}

impl Keys {
    const fn of(height: u64) -> Self {
        Self {
            height,
            tails: Vec::new(),
            state: Vec::new(),
            digest: None,
        }
    }

    fn add(&mut self, tail: &[u8], value: &[u8]) -> Result<(), StoreError> {
        if tail == [Undo::Keys as u8] {
            let key = layout::undo_key(self.height, Undo::Keys, &[]);
            let digest = seal::check(Family::Undo, &key, value)?;
            self.digest = Some(layout::decode_hash(digest, "the digest of undo keys")?);
            return Ok(());
        }
        if let Some((kind, last)) = tail.split_first()
            && *kind == Undo::State as u8
        {
            let key = layout::undo_key(self.height, Undo::State, last);
            for entry in chunk::entries(&key, value)? {
                self.state.push(entry?.0.to_vec());
            }
        }
        self.tails.push(tail.to_vec());
        Ok(())
    }

    fn check(&self) -> Result<(), StoreError> {
        let Some(stored) = self.digest else {
            return Err(corrupt(format!(
                "height {} is within the window but not described in `undo`",
                self.height
            )));
        };
        let found = digest(self.tails.iter().map(Vec::as_slice));
        if found == stored {
            return Ok(());
        }
        Err(corrupt(format!(
            "`undo` does not have the entries of height {} that were written: {} entries with digest {}, written was {}",
            self.height,
            self.tails.len(),
            Hex(found),
            Hex(stored)
        )))
    }
}

/// SHA-256 over the undo keys of a height, ascending, each behind its length.
fn digest<'a>(tails: impl Iterator<Item = &'a [u8]>) -> Hash {
    let mut bytes = Vec::new();
    for tail in tails {
        bytes.extend_from_slice(&(tail.len() as u64).to_be_bytes());
        bytes.extend_from_slice(tail);
    }
    key_hash(&bytes)
}

/// Describes which undo keys a batch writes for its height, adds that to the batch, and returns kind ‖ rest of each.
pub(crate) fn describe(height: u64, batch: &mut Batch) -> Vec<Vec<u8>> {
    let mut tails: Vec<Vec<u8>> = batch
        .ops()
        .iter()
        .filter_map(|op| match op {
            Op::Put(Family::Undo, key, _) => key.get(HEIGHT_BYTES..).map(<[u8]>::to_vec),
            _ => None,
        })
        .collect();
    tails.sort_unstable();
    let digest = digest(tails.iter().map(Vec::as_slice));
    let key = layout::undo_key(height, Undo::Keys, &[]);
    seal::put(batch, Family::Undo, key, digest.to_vec());
    tails
}

/// All undo entries of one height.
pub(crate) struct HeightUndo {
    /// State keys with their values before it.
    pub(crate) state: Vec<Change>,
    /// Logs with their encoded heads before it.
    pub(crate) heads: Vec<Change>,
    /// SHA-256 of its transactions, joined.
    pub(crate) txs: Vec<u8>,
}

/// Reads the undo entries of a height; all that were written must be there, whole.
pub(crate) fn of_height(backend: &dyn Backend, height: u64) -> Result<HeightUndo, StoreError> {
    let (from, to) = (
        layout::undo_height(height),
        layout::undo_height(height.saturating_add(1)),
    );
    let entries = crate::history::collect(backend, Family::Undo, &from, Some(&to), usize::MAX)?;
    let mut keys = Keys::of(height);
    let mut undo = HeightUndo {
        state: Vec::new(),
        heads: Vec::new(),
        txs: Vec::new(),
    };
    for (key, value) in entries {
        let (_, tail) = split(&key)?;
        keys.add(tail, &value)?;
        let (kind, rest) = tail.split_first().unwrap_or((&u8::MAX, &[]));
        if *kind == Undo::State as u8 {
            for entry in chunk::entries(&key, &value)? {
                let (key, old) = entry?;
                undo.state.push((key.to_vec(), old.map(<[u8]>::to_vec)));
            }
            continue;
        }
        let value = seal::open(Family::Undo, &key, value)?;
        if *kind == Undo::LogHead as u8 {
            undo.heads
                .push((rest.to_vec(), layout::decode_old(&value)?));
        } else if *kind == Undo::Txs as u8 {
            undo.txs = value;
        }
    }
    keys.check()?;
    Ok(undo)
}

/// For everything that the heights above `to` changed, what it was at `to`: what the first change above found.
pub(crate) struct Before {
    pub(crate) state: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    pub(crate) heads: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// The transactions of each height, joined.
    pub(crate) txs: Vec<(u64, Vec<u8>)>,
}

pub(crate) fn before(backend: &dyn Backend, to: u64, tip: u64) -> Result<Before, StoreError> {
    let mut before = Before {
        state: BTreeMap::new(),
        heads: BTreeMap::new(),
        txs: Vec::new(),
    };
    for height in (to.saturating_add(1)..=tip).rev() {
        let undo = of_height(backend, height)?;
        before.state.extend(undo.state);
        before.heads.extend(undo.heads);
        before.txs.push((height, undo.txs));
    }
    Ok(before)
}

/// One undo value, whole.
pub(crate) fn old_value(
    backend: &dyn Backend,
    height: u64,
    kind: Undo,
    rest: &[u8],
) -> Result<Option<Option<Vec<u8>>>, StoreError> {
    if kind == Undo::State {
        return chunk::old_state(backend, height, rest);
    }
    let key = layout::undo_key(height, kind, rest);
    let Some(sealed) = read(backend, Family::Undo, &key)? else {
        return Ok(None);
    };
    layout::decode_old(&seal::open(Family::Undo, &key, sealed)?).map(Some)
}
