//! Where the nodes live: an arena of buckets and one of inner nodes, addressed by numbers.

use alloc::vec::Vec;

use super::TreeError;
use super::bucket::{self, Entry};
use super::rules::EMPTY_ROOT;
use crate::Hash;

/// Inner nodes in one chunk, as a power of two: 18 MiB, many huge pages. An arena grows by chunks, so that growth never
/// copies what it holds (a pause inside a block) and never reserves twice what it needs.
const INTERNALS: u32 = 18;

/// The same of buckets: 24 MiB.
const BUCKETS: u32 = 16;

/// The first chunk is this many small ones, as a power of two: small trees stay small.
const SMALL: u32 = 6;

/// Is told of memory before anything is written there: its first byte, and how many.
pub type Advise = fn(*const u8, usize);

/// A node by kind and number. The top bit marks a bucket, whose next two bits are its leaves less one; all ones is the
/// empty subtree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct NodeRef(u32);

/// What a [`NodeRef`] points at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Empty,
    Bucket(BucketRef),
    Internal(u32),
}

/// A bucket's number, and how many leaves it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct BucketRef(u32);

const BUCKET_BIT: u32 = 1 << 31;
const LEAVES_SHIFT: u32 = 29;
const LEAVES_LESS_ONE: u32 = 3;

/// Inner nodes that the arena may have.
const MAX_INTERNALS: u32 = BUCKET_BIT;

/// Buckets that it may have: one less than 2^29, because the last number of a full one is the empty subtree.
const MAX_BUCKETS: u32 = (1 << LEAVES_SHIFT) - 1;

const _: () = assert!(bucket::MOST == LEAVES_LESS_ONE as usize + 1);

impl NodeRef {
    pub(super) const EMPTY: Self = Self(u32::MAX);

    pub(super) const fn kind(self) -> Kind {
        match self.0 {
            u32::MAX => Kind::Empty,
            raw if raw & BUCKET_BIT != 0 => Kind::Bucket(BucketRef(raw & !BUCKET_BIT)),
            raw => Kind::Internal(raw),
        }
    }
}

impl BucketRef {
    pub(super) const fn leaves(self) -> usize {
        (self.0 >> LEAVES_SHIFT).saturating_add(1) as usize
    }

    /// Among the buckets.
    pub(super) const fn index(self) -> u32 {
        self.0 & MAX_BUCKETS
    }
}

/// A node with its hash at hand.
#[derive(Clone, Copy)]
pub(super) struct Subtree {
    pub(super) node: NodeRef,
    pub(super) hash: Hash,
}

impl Subtree {
    pub(super) const EMPTY: Self = Self {
        node: NodeRef::EMPTY,
        hash: EMPTY_ROOT,
    };
}

/// An inner node: 72 bytes, with the hashes of both children, so that a path is updated and proved without a look at its
/// neighbours, each of which would be a miss of the processor's cache. It has more leaves below it than a bucket takes.
#[derive(Clone, Copy)]
struct Internal {
    left: Subtree,
    right: Subtree,
}

/// Room for a bucket: what lies behind its last leaf means nothing.
type Bucket = [Entry; bucket::MOST];

/// Chunked slots with a free list: 2^BITS slots in each chunk, MOST in all.
struct Arena<T, const BITS: u32, const MOST: u32> {
    chunks: Vec<Vec<T>>,
    used: u32,
    free: Vec<u32>,
    advise: Option<Advise>,
}

impl<T: Copy, const BITS: u32, const MOST: u32> Arena<T, BITS, MOST> {
    const fn new(advise: Option<Advise>) -> Self {
        Self {
            chunks: Vec::new(),
            used: 0,
            free: Vec::new(),
            advise,
        }
    }

    /// Memory for one chunk more.
    fn grow(&mut self) {
        let mut chunk: Vec<T> = Vec::new();
        if self.chunks.len() >= 1 << SMALL {
            chunk.reserve_exact(1 << BITS);
            if let Some(advise) = self.advise {
                let bytes = chunk.capacity().saturating_mul(size_of::<T>());
                advise(chunk.as_ptr().cast(), bytes);
            }
        }
        self.chunks.push(chunk);
    }

    /// Chunk, and slot in it.
    const fn place(index: u32) -> (usize, usize) {
        let (before, bits) = match index >> BITS {
            0 => (0, BITS.saturating_sub(SMALL)),
            _ => ((1_u32 << SMALL).saturating_sub(1), BITS),
        };
        let chunk = (index >> bits).saturating_add(before);
        let slot = index & (1_u32 << bits).wrapping_sub(1);
        (chunk as usize, slot as usize)
    }

    fn get(&self, index: u32) -> Result<&T, TreeError> {
        let (chunk, slot) = Self::place(index);
        self.chunks
            .get(chunk)
            .and_then(|chunk| chunk.get(slot))
            .ok_or(TreeError::Corrupt)
    }

    /// A slot to write to, with its number; `blank` is in it or what was there before.
    fn take(&mut self, blank: &T) -> Result<(u32, &mut T), TreeError> {
        let index = self.free.pop().unwrap_or(self.used);
        let (chunk, slot) = Self::place(index);
        if index == self.used {
            if index >= MOST {
                return Err(TreeError::Full);
            }
            if chunk == self.chunks.len() {
                self.grow();
            }
            let chunk = self.chunks.get_mut(chunk).ok_or(TreeError::Corrupt)?;
            chunk.push(*blank);
            self.used = index.saturating_add(1);
        }
        let chunk = self.chunks.get_mut(chunk).ok_or(TreeError::Corrupt)?;
        Ok((index, chunk.get_mut(slot).ok_or(TreeError::Corrupt)?))
    }

    fn free(&mut self, index: u32) {
        self.free.push(index);
    }

    fn live(&self) -> usize {
        (self.used as usize).saturating_sub(self.free.len())
    }

    fn bytes(&self) -> usize {
        let slots: usize = self.chunks.iter().map(Vec::capacity).sum();
        let spines = self.chunks.capacity().saturating_mul(size_of::<Vec<T>>());
        slots
            .saturating_mul(size_of::<T>())
            .saturating_add(spines)
            .saturating_add(self.free.capacity().saturating_mul(size_of::<u32>()))
    }
}

/// All nodes of all live versions.
pub(super) struct Nodes {
    buckets: Arena<Bucket, BUCKETS, MAX_BUCKETS>,
    /// In all of them.
    leaves: usize,
    internals: Arena<Internal, INTERNALS, MAX_INTERNALS>,
}

impl Nodes {
    pub(super) const fn new(advise: Option<Advise>) -> Self {
        Self {
            buckets: Arena::new(advise),
            leaves: 0,
            internals: Arena::new(advise),
        }
    }

    pub(super) const fn advise(&self) -> Option<Advise> {
        self.buckets.advise
    }

    /// The leaves of a bucket.
    pub(super) fn entries(&self, bucket: BucketRef) -> Result<&[Entry], TreeError> {
        let entries = self.buckets.get(bucket.index())?;
        entries.get(..bucket.leaves()).ok_or(TreeError::Corrupt)
    }

    /// Left and right.
    pub(super) fn children(&self, index: u32) -> Result<(Subtree, Subtree), TreeError> {
        self.internals
            .get(index)
            .map(|internal| (internal.left, internal.right))
    }

    /// A bucket of 1 to [`bucket::MOST`] leaves.
    pub(super) fn new_bucket(&mut self, entries: &[Entry]) -> Result<NodeRef, TreeError> {
        let less_one = u32::try_from(entries.len().wrapping_sub(1)).ok();
        let less_one = less_one.filter(|n| *n <= LEAVES_LESS_ONE);
        let less_one = less_one.ok_or(TreeError::Corrupt)?;
        let (index, room) = self.buckets.take(&[Entry::BLANK; bucket::MOST])?;
        room.iter_mut()
            .zip(entries)
            .for_each(|(room, entry)| *room = *entry);
        self.leaves = self.leaves.saturating_add(entries.len());
        Ok(NodeRef(BUCKET_BIT | less_one << LEAVES_SHIFT | index))
    }

    pub(super) fn new_internal(
        &mut self,
        left: Subtree,
        right: Subtree,
    ) -> Result<NodeRef, TreeError> {
        let internal = Internal { left, right };
        let (index, room) = self.internals.take(&internal)?;
        *room = internal;
        Ok(NodeRef(index))
    }

    /// Returns nodes to the free list. The caller knows that no live version reaches them.
    pub(super) fn free(&mut self, nodes: &[NodeRef]) {
        for node in nodes {
            match node.kind() {
                Kind::Empty => {}
                Kind::Bucket(bucket) => {
                    self.leaves = self.leaves.saturating_sub(bucket.leaves());
                    self.buckets.free(bucket.index());
                }
                Kind::Internal(index) => self.internals.free(index),
            }
        }
    }

    pub(super) const fn leaves(&self) -> usize {
        self.leaves
    }

    pub(super) fn buckets(&self) -> usize {
        self.buckets.live()
    }

    pub(super) fn internals(&self) -> usize {
        self.internals.live()
    }

    pub(super) fn bytes(&self) -> usize {
        self.buckets.bytes().saturating_add(self.internals.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_each_other_without_gap() {
        let mut next = (0, 0);
        for index in 0..3_u32 << INTERNALS {
            let (chunk, slot) = Arena::<u8, INTERNALS, MAX_INTERNALS>::place(index);
            if slot == 0 {
                assert_eq!(chunk, next.0, "{index}");
            } else {
                assert_eq!((chunk, slot), (next.0 - 1, next.1), "{index}");
            }
            next = (chunk + 1, slot + 1);
        }
        assert_eq!(next, ((1 << SMALL) + 2, 1 << INTERNALS));
    }
}
