//! The lowest subtrees: those with few leaves, each in one piece of memory.
//!
//! A bucket lists its leaves in ascending order of key hash. Where two neighbours in the list part, the tree has an inner
//! node; its hash stands beside the second of them, as it hangs under the next node of the bucket above it: inner nodes
//! with one empty half that lie between are in that hash already. So a path through a bucket needs no hash computed that
//! it does not change, but that of a sibling that is a single leaf.

use alloc::vec::Vec;

use super::rules::{EMPTY_ROOT, bit, internal_hash, leaf_hash};
use super::update::halves;
use super::{Change, Terminal, TreeError};
use crate::Hash;

/// Leaves in one bucket. A subtree with so many or fewer is a bucket, one with more is an inner node: how the tree lies
/// in memory depends on what it holds alone.
pub(super) const MOST: usize = 4;

/// One leaf of a bucket: 96 bytes.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) key_hash: Hash,
    pub(super) value_hash: Hash,
    /// The hash of the smallest subtree that holds this entry and the one before, as it hangs under the next larger one
    /// of the bucket. Nothing in the first entry, nor where the bucket itself parts.
    joined: Hash,
}

impl Entry {
    pub(super) const BLANK: Self = Self::new([0; 32], [0; 32]);

    const fn new(key_hash: Hash, value_hash: Hash) -> Self {
        Self {
            key_hash,
            value_hash,
            joined: [0; 32],
        }
    }

    fn hash(&self) -> Hash {
        leaf_hash(&self.key_hash, &self.value_hash)
    }
}

/// What `entries` say of a key: the hash of its value.
pub(super) fn value_of(entries: &[Entry], key_hash: &Hash) -> Option<Hash> {
    let at = entries.binary_search_by(|entry| entry.key_hash.cmp(key_hash));
    Some(entries.get(at.ok()?)?.value_hash)
}

/// Where the path of a key ends in the subtree that `entries` are, `siblings.len()` levels below the root; the hashes beside
/// that path are added to `siblings`.
pub(super) fn prove(
    entries: &[Entry],
    key_hash: &Hash,
    siblings: &mut Vec<Hash>,
) -> Result<Terminal, TreeError> {
    let mut on_path = entries;
    loop {
        match on_path {
            [] => return Ok(Terminal::Empty),
            [leaf] if leaf.key_hash == *key_hash => return Ok(Terminal::Present),
            [leaf] => {
                return Ok(Terminal::OtherLeaf {
                    key_hash: leaf.key_hash,
                    value_hash: leaf.value_hash,
                });
            }
            _ => {}
        }
        let depth = siblings.len();
        let (zeros, ones) = split(on_path, depth)?;
        let (next, beside) = if bit(key_hash, depth) {
            (ones, zeros)
        } else {
            (zeros, ones)
        };
        siblings.push(half(beside, next, depth.saturating_add(1))?);
        on_path = next;
    }
}

/// The entries whose bit `depth` is 0, and those whose bit is 1.
pub(super) fn split(entries: &[Entry], depth: usize) -> Result<(&[Entry], &[Entry]), TreeError> {
    halves(entries, depth, |entry| &entry.key_hash)
}

/// Hash of one half of a subtree of a bucket, `depth` levels below the root.
pub(super) fn half(entries: &[Entry], other: &[Entry], depth: usize) -> Result<Hash, TreeError> {
    if other.is_empty() {
        hash_at(entries, depth)
    } else {
        hanging(entries)
    }
}

/// Hash of the subtree that `entries` are, `depth` levels below the root, computed from its two halves.
fn hash_at(entries: &[Entry], depth: usize) -> Result<Hash, TreeError> {
    let (first, at) = match entries {
        [] => return Ok(EMPTY_ROOT),
        [leaf] => return Ok(leaf.hash()),
        [first, ..] => (first, parting(entries)?),
    };
    let halves = entries.split_at_checked(at.index);
    let (zeros, ones) = halves.ok_or(TreeError::Corrupt)?;
    let mut hash = internal_hash(&hanging(zeros)?, &hanging(ones)?);
    for depth in (depth..at.depth).rev() {
        hash = if bit(&first.key_hash, depth) {
            internal_hash(&EMPTY_ROOT, &hash)
        } else {
            internal_hash(&hash, &EMPTY_ROOT)
        };
    }
    Ok(hash)
}

/// Hash of `entries` that are one half of a subtree of their bucket whose other half is not empty.
fn hanging(entries: &[Entry]) -> Result<Hash, TreeError> {
    match entries {
        [] => Ok(EMPTY_ROOT),
        [leaf] => Ok(leaf.hash()),
        _ => {
            let at = parting(entries)?;
            let second = entries.get(at.index).ok_or(TreeError::Corrupt)?;
            Ok(second.joined)
        }
    }
}

/// Where a list of two entries or more parts.
struct Parting {
    /// The first bit in which they differ.
    depth: usize,
    /// The first entry whose bit is 1.
    index: usize,
}

fn parting(entries: &[Entry]) -> Result<Parting, TreeError> {
    let [first, .., last] = entries else {
        return Err(TreeError::Corrupt);
    };
    let differing = first.key_hash.iter().zip(&last.key_hash);
    let (byte, bits) = differing
        .map(|(a, b)| a ^ b)
        .enumerate()
        .find(|(_, bits)| *bits != 0)
        .ok_or(TreeError::Corrupt)?;
    let depth = byte
        .saturating_mul(8)
        .saturating_add(bits.leading_zeros() as usize);
    let index = entries.partition_point(|entry| !bit(&entry.key_hash, depth));
    Ok(Parting { depth, index })
}

/// The subtree that some entries of a [`Merge`] are.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) hash: Hash,
    /// The entry where it parts; no matter what with fewer than two entries.
    index: usize,
}

impl Part {
    const EMPTY: Self = Self::of(EMPTY_ROOT);

    const fn of(hash: Hash) -> Self {
        Self { hash, index: 0 }
    }
}

/// Entries after changes: of one bucket, or of so many that they are cut into several.
#[derive(Default)]
pub(super) struct Merge {
    pub(super) entries: Vec<Entry>,
    /// When asked for: the value hash that each change found, in the order of the changes.
    pub(super) found: Option<Vec<Option<Hash>>>,
}

impl Merge {
    /// Takes `old` after `changes` in the place of the entries so far: a subtree, `depth` levels below the root. Both are
    /// ascending and within it.
    pub(super) fn begin(
        &mut self,
        old: &[Entry],
        depth: usize,
        changes: &[Change],
    ) -> Result<Hash, TreeError> {
        self.entries.clear();
        Ok(self.merge(old, false, depth, changes)?.hash)
    }

    /// Takes two neighbouring subtrees, both with entries, in the place of the entries so far.
    pub(super) fn join(
        &mut self,
        (left, left_hash): (&[Entry], Hash),
        (right, right_hash): (&[Entry], Hash),
    ) -> Result<(), TreeError> {
        self.entries.clear();
        for (entries, hash) in [(left, left_hash), (right, right_hash)] {
            let begin = self.entries.len();
            self.entries.extend_from_slice(entries);
            if entries.len() >= 2 {
                let index = begin.saturating_add(parting(entries)?.index);
                self.hang(Part { hash, index })?;
            }
        }
        Ok(())
    }

    /// Adds the subtree that `old` is, `depth` levels below the root, after `changes`. `hangs` says that what `old` keeps
    /// of itself as it hangs is its hash at this depth.
    fn merge(
        &mut self,
        old: &[Entry],
        hangs: bool,
        depth: usize,
        changes: &[Change],
    ) -> Result<Part, TreeError> {
        match (old, changes) {
            ([], []) => return Ok(Part::EMPTY),
            ([leaf], []) => return Ok(self.push(*leaf)),
            (_, []) => return self.keep(old, hangs, depth),
            ([], [(_, None)]) => {
                self.note(None);
                return Ok(Part::EMPTY);
            }
            ([], [(key_hash, Some(value_hash))]) => {
                self.note(None);
                return Ok(self.push(Entry::new(*key_hash, *value_hash)));
            }
            ([leaf], [(key_hash, value)]) if *key_hash == leaf.key_hash => {
                self.note(Some(leaf.value_hash));
                return Ok(match value {
                    Some(value_hash) => self.push(Entry::new(*key_hash, *value_hash)),
                    None => Part::EMPTY,
                });
            }
            _ => {}
        }
        let (old_zeros, old_ones) = split(old, depth)?;
        let (zeros, ones) = super::update::split(changes, depth)?;
        let hangs = !old_zeros.is_empty() && !old_ones.is_empty();
        let below = depth.saturating_add(1);
        let begin = self.entries.len();
        let left = self.merge(old_zeros, hangs, below, zeros)?;
        let index = self.entries.len();
        let right = self.merge(old_ones, hangs, below, ones)?;
        let lefts = index.saturating_sub(begin);
        let rights = self.entries.len().saturating_sub(index);
        match (lefts, rights) {
            (0, 0 | 1) => return Ok(right),
            (1, 0) => return Ok(left),
            _ => {}
        }
        let hash = internal_hash(&left.hash, &right.hash);
        match (lefts, rights) {
            (0, _) => return Ok(Part { hash, ..right }),
            (_, 0) => return Ok(Part { hash, ..left }),
            _ => {}
        }
        if lefts >= 2 {
            self.hang(left)?;
        }
        if rights >= 2 {
            self.hang(right)?;
        }
        Ok(Part { hash, index })
    }

    fn push(&mut self, leaf: Entry) -> Part {
        self.entries.push(leaf);
        Part::of(leaf.hash())
    }

    /// Adds two entries or more as they are.
    fn keep(&mut self, old: &[Entry], hangs: bool, depth: usize) -> Result<Part, TreeError> {
        let at = parting(old)?.index;
        let hash = if hangs {
            old.get(at).ok_or(TreeError::Corrupt)?.joined
        } else {
            hash_at(old, depth)?
        };
        let index = self.entries.len().saturating_add(at);
        self.entries.extend_from_slice(old);
        Ok(Part { hash, index })
    }

    /// Notes the hash of a part that has become one half of a larger one.
    fn hang(&mut self, part: Part) -> Result<(), TreeError> {
        let second = self.entries.get_mut(part.index);
        second.ok_or(TreeError::Corrupt)?.joined = part.hash;
        Ok(())
    }

    /// Every change ends in exactly one place, and they get there in their order: left before right.
    fn note(&mut self, found: Option<Hash>) {
        if let Some(all) = &mut self.found {
            all.push(found);
        }
    }
}
