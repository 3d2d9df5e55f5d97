//! Inclusion and consistency proofs (RFC 6962 §2.1.1 and §2.1.2; the verifiers are RFC 9162 §2.1.3.2 and §2.1.4.2).

use alloc::vec::Vec;

use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};

use super::{LogError, LogHead, NodeReader, empty_root, node_hash};
use crate::Hash;
use crate::bounded::read_hashes;

/// Most hashes in an inclusion proof: the height of a log of 2^64 − 1 leaves.
pub const MAX_INCLUSION_PATH: usize = 64;

/// Most hashes in a consistency proof: that height and the subtree where the two logs part.
pub const MAX_CONSISTENCY_PATH: usize = 65;

/// Proof that a record stands at an index of a log: the roots of the neighbouring subtrees, **bottom-up** (the sibling
/// of the leaf first), RFC 6962's PATH and `CometBFT`'s `aunts`. borsh: a vector of at most 64 hashes. It holds neither
/// index nor size: the verifier takes the size from the trusted head and the index from what it asked.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct InclusionProof {
    path: Vec<Hash>,
}

/// Proof that one log is a prefix of a later one: RFC 6962's PROOF, in its order (bottom-up). borsh: a vector of at most
/// 65 hashes. Both sizes and roots come from trusted heads.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct ConsistencyProof {
    path: Vec<Hash>,
}

impl InclusionProof {
    /// The hashes, bottom-up.
    #[must_use]
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// Accepts if the leaf of this hash is number `index` (from 0) of the log with this head.
    ///
    /// # Errors
    /// As [`verify_inclusion`].
    pub fn verify(&self, leaf_hash: &Hash, index: u64, head: &LogHead) -> Result<(), LogError> {
        verify_inclusion(leaf_hash, index, head.size, &self.path, &head.root)
    }
}

impl ConsistencyProof {
    /// The hashes in the order of RFC 6962.
    #[must_use]
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// Accepts if the log of head `new` begins with the log of head `old`.
    ///
    /// # Errors
    /// As [`verify_consistency`].
    pub fn verify(&self, old: &LogHead, new: &LogHead) -> Result<(), LogError> {
        verify_consistency(old, new, &self.path)
    }
}

impl BorshDeserialize for InclusionProof {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Ok(Self {
            path: read_hashes(reader, MAX_INCLUSION_PATH)?,
        })
    }
}

impl BorshDeserialize for ConsistencyProof {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Ok(Self {
            path: read_hashes(reader, MAX_CONSISTENCY_PATH)?,
        })
    }
}

/// Proof that leaf `index` stands in the first `size` leaves, at any size the log ever had.
///
/// # Errors
/// [`LogError::IndexBeyondSize`], or [`LogError::MissingNode`] from the reader.
pub fn prove_inclusion<R: NodeReader + ?Sized>(
    reader: &R,
    index: u64,
    size: u64,
) -> Result<InclusionProof, LogError> {
    if index >= size {
        return Err(LogError::IndexBeyondSize { index, size });
    }
    let mut path = Vec::new();
    let (mut start, mut len) = (0_u64, size);
    while len > 1 {
        let (left, right) = halves(start, len);
        let (inside, outside) = if index < right.0 {
            (left, right)
        } else {
            (right, left)
        };
        path.push(range_root(reader, outside.0, outside.1)?);
        (start, len) = inside;
    }
    path.reverse();
    Ok(InclusionProof { path })
}

/// Proof that the first `new` leaves begin with the first `old`; empty if the sizes are equal or `old` is 0.
///
/// # Errors
/// [`LogError::SizesReversed`], or [`LogError::MissingNode`] from the reader.
pub fn prove_consistency<R: NodeReader + ?Sized>(
    reader: &R,
    old: u64,
    new: u64,
) -> Result<ConsistencyProof, LogError> {
    if old > new {
        return Err(LogError::SizesReversed { old, new });
    }
    let mut path = Vec::new();
    let (mut start, mut len) = (0_u64, new);
    // Descend to the subtree that ends where the old log ended.
    while old != 0 && len > 1 && start.saturating_add(len) != old {
        let (left, right) = halves(start, len);
        let (inside, outside) = if old <= right.0 {
            (left, right)
        } else {
            (right, left)
        };
        path.push(range_root(reader, outside.0, outside.1)?);
        (start, len) = inside;
    }
    // If that subtree is the old log itself, the verifier has its root already.
    if start != 0 {
        path.push(range_root(reader, start, len)?);
    }
    path.reverse();
    Ok(ConsistencyProof { path })
}

/// The root of the log when it had `size` leaves.
///
/// # Errors
/// [`LogError::MissingNode`] from the reader.
pub fn root_at<R: NodeReader + ?Sized>(reader: &R, size: u64) -> Result<Hash, LogError> {
    range_root(reader, 0, size)
}

/// RFC 6962's split of `len` ≥ 2 leaves from `start`: the largest power of two below `len`, and the rest, each as
/// (start, length).
fn halves(start: u64, len: u64) -> ((u64, u64), (u64, u64)) {
    let half = 1_u64.wrapping_shl(len.saturating_sub(1).checked_ilog2().unwrap_or(0));
    (
        (start, half),
        (start.saturating_add(half), len.saturating_sub(half)),
    )
}

/// The root over `len` leaves from `start`, a multiple of the least power of two ≥ `len`: its complete subtrees lie one
/// behind the other, largest first.
fn range_root<R: NodeReader + ?Sized>(reader: &R, start: u64, len: u64) -> Result<Hash, LogError> {
    let (mut rest, mut end) = (len, start.saturating_add(len));
    let mut root = None;
    while rest != 0 {
        let level = rest.trailing_zeros();
        let width = 1_u64.wrapping_shl(level);
        end = end.saturating_sub(width);
        rest = rest.saturating_sub(width);
        let (level, index) = (
            u8::try_from(level).unwrap_or(u8::MAX),
            end.wrapping_shr(level),
        );
        let node = reader
            .node(level, index)
            .ok_or(LogError::MissingNode { level, index })?;
        root = Some(root.map_or(node, |right| node_hash(&node, &right)));
    }
    Ok(root.unwrap_or_else(empty_root))
}

/// Accepts if `leaf_hash` is leaf number `index` (from 0) of the `size` leaves under `root`. `path` runs **bottom-up**:
/// the sibling of the leaf first, the root's child last. That is also the order of `aunts` in `CometBFT`'s `merkle.Proof`,
/// whose `leaf_hash`, `index` and `total` are the same things.
///
/// # Algorithm
///
/// 1. Refuse if index ≥ size. Let f = index, l = size − 1, h = leaf hash.
/// 2. For each p of the path: refuse if l = 0. If f is odd or f = l: h = H(0x01 ‖ p ‖ h), then while f is even and not
///    0, halve f and l. Else h = H(0x01 ‖ h ‖ p). Then halve f and l (rounding down).
/// 3. Accept if and only if l = 0 and h = root.
///
/// # Errors
/// [`LogError::IndexBeyondSize`], [`LogError::PathLength`] or [`LogError::RootMismatch`].
pub fn verify_inclusion(
    leaf_hash: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), LogError> {
    if index >= size {
        return Err(LogError::IndexBeyondSize { index, size });
    }
    let wrong_length = LogError::PathLength { given: path.len() };
    let mut walk = Walk {
        node: index,
        last: size.saturating_sub(1),
    };
    let mut hash = *leaf_hash;
    for sibling in path {
        hash = match walk.up().ok_or(wrong_length)? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    if walk.last != 0 {
        return Err(wrong_length);
    }
    same_root(hash, root)
}

/// Accepts if the log of head `new` begins with the log of head `old`.
///
/// # Algorithm
///
/// 1. Refuse if old size > new size. If the sizes are equal, or the old size is 0: accept if and only if the path is
///    empty and the old root is the new root, or the SHA-256 of nothing.
/// 2. If the old size is a power of two, put the old root before the path. Refuse if the path is empty.
/// 3. Let f = old size − 1, l = new size − 1; while f is odd, halve f and l. Let a = b = the first hash.
/// 4. For each further p: refuse if l = 0. If f is odd or f = l: a = H(0x01 ‖ p ‖ a), b = H(0x01 ‖ p ‖ b), then while f is
///    even and not 0, halve f and l. Else b = H(0x01 ‖ b ‖ p). Then halve f and l.
/// 5. Accept if and only if l = 0, a = old root and b = new root.
///
/// # Errors
/// [`LogError::SizesReversed`], [`LogError::PathLength`] or [`LogError::RootMismatch`].
pub fn verify_consistency(old: &LogHead, new: &LogHead, path: &[Hash]) -> Result<(), LogError> {
    if old.size > new.size {
        return Err(LogError::SizesReversed {
            old: old.size,
            new: new.size,
        });
    }
    let wrong_length = LogError::PathLength { given: path.len() };
    if old.size == new.size || old.size == 0 {
        let expected = if old.size == new.size {
            new.root
        } else {
            empty_root()
        };
        return if path.is_empty() {
            same_root(old.root, &expected)
        } else {
            Err(wrong_length)
        };
    }
    let (first, rest) = if old.size.is_power_of_two() {
        (&old.root, path)
    } else {
        path.split_first().ok_or(wrong_length)?
    };
    let mut walk = Walk {
        node: old.size.saturating_sub(1),
        last: new.size.saturating_sub(1),
    };
    while walk.node & 1 == 1 {
        walk.halve();
    }
    let (mut old_root, mut new_root) = (*first, *first);
    for sibling in rest {
        match walk.up().ok_or(wrong_length)? {
            Side::Left => {
                old_root = node_hash(sibling, &old_root);
                new_root = node_hash(sibling, &new_root);
            }
            Side::Right => new_root = node_hash(&new_root, sibling),
        }
    }
    if walk.last != 0 {
        return Err(wrong_length);
    }
    same_root(old_root, &old.root)?;
    same_root(new_root, &new.root)
}

/// On which side of the path a sibling stands.
enum Side {
    Left,
    Right,
}

/// A node on its way up, and the last node of its level.
struct Walk {
    node: u64,
    last: u64,
}

impl Walk {
    /// Climbs past the next sibling; `None` at the root, which has none.
    fn up(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // The last node of a level without a sibling moves up unchanged.
            while self.node & 1 == 0 && self.node != 0 {
                self.halve();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.halve();
        Some(side)
    }

    fn halve(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}

fn same_root(computed: Hash, expected: &Hash) -> Result<(), LogError> {
    if computed == *expected {
        Ok(())
    } else {
        Err(LogError::RootMismatch {
            expected: *expected,
            computed,
        })
    }
}
