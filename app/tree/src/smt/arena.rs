//! Where the nodes live: two arenas addressed by 31-bit numbers.

use alloc::vec::Vec;

use super::TreeError;
use super::rules::{EMPTY_ROOT, internal_hash, leaf_hash};
use crate::Hash;

/// Slots in one chunk, as a power of two: 16 MiB of leaves, 18 of inner nodes, many huge pages. An arena grows by chunks,
/// so that growth never copies what it holds (a pause inside a block) and never reserves twice what it needs.
const CHUNK_BITS: u32 = 18;

/// Slots in each of the chunks that stand in the place of the first one: small trees stay small.
const SMALL_BITS: u32 = 12;

/// How many those are.
const SMALL_CHUNKS: u32 = 1 << (CHUNK_BITS - SMALL_BITS);

/// Is told of memory before anything is written there: its first byte, and how many.
pub type Advise = fn(*const u8, usize);

/// A node by kind and number: the top bit marks a leaf, all ones is the empty subtree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct NodeRef(u32);

/// What a [`NodeRef`] points at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Empty,
    Leaf(u32),
    Internal(u32),
}

const LEAF_BIT: u32 = 1 << 31;

/// Slots an arena may have: one less than 2^31, because the last number with the leaf bit is the empty subtree.
const MAX_SLOTS: u32 = LEAF_BIT - 1;

impl NodeRef {
    pub(super) const EMPTY: Self = Self(u32::MAX);

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::EMPTY => Kind::Empty,
            Self(raw) if raw & LEAF_BIT != 0 => Kind::Leaf(raw & MAX_SLOTS),
            Self(raw) => Kind::Internal(raw),
        }
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

/// A leaf: 64 bytes. Its own hash stands in the node above it.
#[derive(Clone, Copy)]
pub(super) struct Leaf {
    pub(super) key_hash: Hash,
    pub(super) value_hash: Hash,
}

/// An inner node: 72 bytes, with the hashes of both children, so that a path is updated and proved without a look at its
/// neighbours, each of which would be a miss of the processor's cache. At least one child is an inner node, or both are
/// leaves: else the leaf stands in its place.
#[derive(Clone, Copy)]
struct Internal {
    left: Subtree,
    right: Subtree,
}

/// Chunked slots with a free list.
struct Arena<T> {
    chunks: Vec<Vec<T>>,
    used: u32,
    free: Vec<u32>,
    advise: Option<Advise>,
}

impl<T> Arena<T> {
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
        if self.chunks.len() >= SMALL_CHUNKS as usize {
            chunk.reserve_exact(1 << CHUNK_BITS);
            if let Some(advise) = self.advise {
                let bytes = chunk.capacity().saturating_mul(size_of::<T>());
                advise(chunk.as_ptr().cast(), bytes);
            }
        }
        self.chunks.push(chunk);
    }

    /// Chunk, and slot in it.
    const fn place(index: u32) -> (usize, usize) {
        let (before, bits) = match index >> CHUNK_BITS {
            0 => (0, SMALL_BITS),
            _ => (SMALL_CHUNKS - 1, CHUNK_BITS),
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

    fn insert(&mut self, value: T) -> Result<u32, TreeError> {
        if let Some(index) = self.free.pop() {
            let (chunk, slot) = Self::place(index);
            let slot = self
                .chunks
                .get_mut(chunk)
                .and_then(|chunk| chunk.get_mut(slot));
            *slot.ok_or(TreeError::Corrupt)? = value;
            return Ok(index);
        }
        let index = self.used;
        if index >= MAX_SLOTS {
            return Err(TreeError::Full);
        }
        let (chunk, _) = Self::place(index);
        if chunk == self.chunks.len() {
            self.grow();
        }
        self.chunks
            .get_mut(chunk)
            .ok_or(TreeError::Corrupt)?
            .push(value);
        self.used = index.saturating_add(1);
        Ok(index)
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
    leaves: Arena<Leaf>,
    internals: Arena<Internal>,
}

impl Nodes {
    pub(super) const fn new(advise: Option<Advise>) -> Self {
        Self {
            leaves: Arena::new(advise),
            internals: Arena::new(advise),
        }
    }

    pub(super) const fn advise(&self) -> Option<Advise> {
        self.leaves.advise
    }

    pub(super) fn leaf(&self, index: u32) -> Result<&Leaf, TreeError> {
        self.leaves.get(index)
    }

    /// Left and right.
    pub(super) fn children(&self, index: u32) -> Result<(Subtree, Subtree), TreeError> {
        self.internals
            .get(index)
            .map(|internal| (internal.left, internal.right))
    }

    pub(super) fn new_leaf(
        &mut self,
        key_hash: Hash,
        value_hash: Hash,
    ) -> Result<Subtree, TreeError> {
        let hash = leaf_hash(&key_hash, &value_hash);
        let index = self.leaves.insert(Leaf {
            key_hash,
            value_hash,
        })?;
        Ok(Subtree {
            node: NodeRef(index | LEAF_BIT),
            hash,
        })
    }

    pub(super) fn new_internal(
        &mut self,
        left: Subtree,
        right: Subtree,
    ) -> Result<Subtree, TreeError> {
        let hash = internal_hash(&left.hash, &right.hash);
        let internal = Internal { left, right };
        Ok(Subtree {
            node: NodeRef(self.internals.insert(internal)?),
            hash,
        })
    }

    /// Returns nodes to the free list. The caller knows that no live version reaches them.
    pub(super) fn free(&mut self, nodes: &[NodeRef]) {
        for node in nodes {
            match node.kind() {
                Kind::Empty => {}
                Kind::Leaf(index) => self.leaves.free(index),
                Kind::Internal(index) => self.internals.free(index),
            }
        }
    }

    pub(super) fn live_leaves(&self) -> usize {
        self.leaves.live()
    }

    pub(super) fn live_internals(&self) -> usize {
        self.internals.live()
    }

    pub(super) fn bytes(&self) -> usize {
        self.leaves.bytes().saturating_add(self.internals.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_each_other_without_gap() {
        let mut next = (0, 0);
        for index in 0..3_u32 << CHUNK_BITS {
            let (chunk, slot) = Arena::<u8>::place(index);
            if slot == 0 {
                assert_eq!(chunk, next.0, "{index}");
            } else {
                assert_eq!((chunk, slot), (next.0 - 1, next.1), "{index}");
            }
            next = (chunk + 1, slot + 1);
        }
        assert_eq!(next, (SMALL_CHUNKS as usize + 2, 1 << CHUNK_BITS));
    }
}
