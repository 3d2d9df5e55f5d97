//! Append-only logs: RFC 6962 Merkle trees, their heads, and proofs between them.
//!
//! # Hash rules (RFC 6962 §2.1, SHA-256)
//!
//! - the empty log: SHA-256 of nothing;
//! - a leaf: SHA-256(0x00 ‖ record);
//! - n > 1 leaves: SHA-256(0x01 ‖ root of the first k ‖ root of the rest), k the largest power of two below n.
//!
//! `CometBFT`'s `crypto/merkle` is the same tree: `data_hash`, `last_results_hash` and the header hash are roots by these
//! rules over their items, and its `merkle.Proof` lists `aunts` in the order of [`verify_inclusion`]: bottom-up.
//!
//! # What is stored
//!
//! Node (level, index) is the root over the 2^level leaves from index · 2^level on. It is complete, hence final, once
//! the log reaches (index + 1) · 2^level leaves. [`Frontier::append`] hands each one out as it completes; the store keeps
//! them for ever, and any proof at any earlier size is made from them through [`NodeReader`].

mod proof;

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use borsh::io::{Error as IoError, ErrorKind, Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};

pub use proof::{
    ConsistencyProof, InclusionProof, MAX_CONSISTENCY_PATH, MAX_INCLUSION_PATH, prove_consistency,
    prove_inclusion, root_at, verify_consistency, verify_inclusion,
};

use crate::Hash;
use crate::bounded::read_hashes;
use crate::sha::{Hex, sha256};

/// Most peaks a frontier can have: one for each bit of its size.
const MAX_PEAKS: usize = 64;

/// SHA-256(0x00 ‖ record).
#[must_use]
pub fn leaf_hash(record: &[u8]) -> Hash {
    sha256(&[&[0], record])
}

/// SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    sha256(&[&bytes])
}

/// Root of the log without a leaf: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// Why a log operation or proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogError {
    /// The log has u64::MAX leaves.
    Full,
    /// There is no leaf of that index in a log of that size.
    IndexBeyondSize {
        /// Index of the leaf, from 0.
        index: u64,
        /// Number of leaves.
        size: u64,
    },
    /// Consistency was asked from a larger log to a smaller one.
    SizesReversed {
        /// Size said to be earlier.
        old: u64,
        /// Size said to be later.
        new: u64,
    },
    /// The reader has no such complete node: the log is shorter, or its store is damaged or pruned.
    MissingNode {
        /// Height above the leaves.
        level: u8,
        /// Position within the level.
        index: u64,
    },
    /// The number of peaks is not the number of ones in the size.
    PeaksMismatch {
        /// Number of leaves.
        size: u64,
        /// Number of peaks given.
        peaks: usize,
    },
    /// The path has not the length that index and sizes demand.
    PathLength {
        /// Number of hashes given.
        given: usize,
    },
    /// The proof leads to another root: another log, record or position, or altered bytes.
    RootMismatch {
        /// The root it should lead to.
        expected: Hash,
        /// The root it leads to.
        computed: Hash,
    },
    /// The items of a set are not in strictly ascending byte order.
    NotSorted {
        /// Position of the first item that is not above the one before.
        position: usize,
    },
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the log is full (2^64 - 1 records); start another"),
            Self::IndexBeyondSize { index, size } => {
                write!(
                    f,
                    "the log has no record {index}: at this size it has {size}; ask below that or at a later size"
                )
            }
            Self::SizesReversed { old, new } => {
                write!(
                    f,
                    "cannot relate log size {old} to the smaller {new}; swap them"
                )
            }
            Self::MissingNode { level, index } => write!(
                f,
                "log node (level {level}, index {index}) is not stored; the log is shorter or its store is incomplete, ask an archive node"
            ),
            Self::PeaksMismatch { size, peaks } => write!(
                f,
                "a log of {size} records has {} peaks, not {peaks}; the frontier is damaged, restore it from a snapshot",
                size.count_ones()
            ),
            Self::PathLength { given } => {
                write!(
                    f,
                    "log proof refused: {given} hashes is not the length for this index and size"
                )
            }
            Self::RootMismatch { expected, computed } => write!(
                f,
                "log proof refused: it leads to root {} instead of {}; fetch it again for the sizes of the trusted heads",
                Hex(computed),
                Hex(expected)
            ),
            Self::NotSorted { position } => {
                write!(
                    f,
                    "item {position} of the set is not above the one before; sort by bytes and drop duplicates"
                )
            }
        }
    }
}

impl core::error::Error for LogError {}

/// Size and root of a log: what the app hash commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LogHead {
    /// Number of records.
    pub size: u64,
    /// RFC 6962 root over their leaf hashes.
    pub root: Hash,
}

impl LogHead {
    /// The head of the log without a record.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            size: 0,
            root: empty_root(),
        }
    }
}

/// A subtree that an append completed: final, to be stored for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewNode {
    /// Height above the leaves; 0 is the leaf itself.
    pub level: u8,
    /// Position within the level.
    pub index: u64,
    /// Its root.
    pub hash: Hash,
}

/// Reads the stored complete nodes of one log.
pub trait NodeReader {
    /// The root over the 2^level leaves from index · 2^level on; `None` if it is not complete or not stored.
    fn node(&self, level: u8, index: u64) -> Option<Hash>;
}

impl NodeReader for BTreeMap<(u8, u64), Hash> {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        self.get(&(level, index)).copied()
    }
}

/// All that is needed to append to a log and know its root: the roots of its complete subtrees, largest first. At most
/// 64 hashes.
///
/// borsh: size as u64 little-endian, then the peaks as a vector whose length must be the number of ones in the size.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The log without a record.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// A frontier from stored parts; `peaks` largest subtree first.
    ///
    /// # Errors
    /// [`LogError::PeaksMismatch`] unless there is one peak for each one in `size`.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Result<Self, LogError> {
        if usize::try_from(size.count_ones()) == Ok(peaks.len()) {
            Ok(Self { size, peaks })
        } else {
            Err(LogError::PeaksMismatch {
                size,
                peaks: peaks.len(),
            })
        }
    }

    /// Number of records.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf hash and returns the subtrees it completes, the leaf first.
    ///
    /// # Errors
    /// [`LogError::Full`] at u64::MAX records; the frontier is then unchanged.
    pub fn append(&mut self, leaf: Hash) -> Result<Vec<NewNode>, LogError> {
        let mut completed = vec![];
        self.push(leaf, |node| completed.push(node))?;
        Ok(completed)
    }

    /// The root: RFC 6962's Merkle tree hash.
    #[must_use]
    pub fn root(&self) -> Hash {
        let folded = self
            .peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right));
        folded.unwrap_or_else(empty_root)
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> LogHead {
        LogHead {
            size: self.size,
            root: self.root(),
        }
    }

    fn push(&mut self, leaf: Hash, mut completed: impl FnMut(NewNode)) -> Result<(), LogError> {
        let size = self.size.checked_add(1).ok_or(LogError::Full)?;
        let mut node = NewNode {
            level: 0,
            index: self.size,
            hash: leaf,
        };
        completed(node);
        // A one at the end of the old size is a finished left neighbour, the last of the peaks.
        while node.index & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            node = NewNode {
                level: node.level.saturating_add(1),
                index: node.index >> 1,
                hash: node_hash(&left, &node.hash),
            };
            completed(node);
        }
        self.peaks.push(node.hash);
        self.size = size;
        Ok(())
    }
}

impl BorshDeserialize for Frontier {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let size = u64::deserialize_reader(reader)?;
        let peaks = read_hashes(reader, MAX_PEAKS)?;
        Self::from_parts(size, peaks).map_err(|_mismatch| {
            IoError::new(
                ErrorKind::InvalidData,
                "a frontier needs one peak for each one in its size",
            )
        })
    }
}

/// The root over leaf hashes in their order.
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        // A slice is shorter than u64::MAX: the only error cannot happen.
        let _never_full = frontier.push(*leaf, |_node| {});
    }
    frontier.root()
}

/// The root over a whole set: [`leaf_hash`] of each item, items in strictly ascending byte order. Who knows the root and
/// gets the items can tell that none is missing.
///
/// # Errors
/// [`LogError::NotSorted`] at the first item that is out of order or repeated.
pub fn root_of_sorted_set<T: AsRef<[u8]>>(items: &[T]) -> Result<Hash, LogError> {
    let mut frontier = Frontier::new();
    let mut before: Option<&[u8]> = None;
    for (position, item) in items.iter().enumerate() {
        let item = item.as_ref();
        if before.is_some_and(|before| before >= item) {
            return Err(LogError::NotSorted { position });
        }
        frontier.push(leaf_hash(item), |_node| {})?;
        before = Some(item);
    }
    Ok(frontier.root())
}
