//! One recursion over a sorted batch: from a version's root to the next one's.

use alloc::vec::Vec;
use core::ops::Range;

use super::arena::{Kind, NodeRef, Nodes, Subtree};
use super::bucket::{self, Entry, Merge};
use super::rules::{MAX_DEPTH, bit, internal_hash};
use super::{Change, TreeError, warm};
use crate::Hash;

/// Entries and changes that are merged in one list, to be cut into buckets.
const LIST: usize = 4 * bucket::MOST;

/// What one new version adds to the arena and what it no longer reaches. Both lists name each node once.
pub(super) struct Stage<'a> {
    pub(super) nodes: &'a mut Nodes,
    pub(super) created: Vec<NodeRef>,
    pub(super) retired: Vec<NodeRef>,
    pub(super) merge: Merge,
}

impl<'a> Stage<'a> {
    /// `found` is filled with the value hash that each change finds, in the order of the changes.
    pub(super) fn new(nodes: &'a mut Nodes, found: Option<Vec<Option<Hash>>>) -> Self {
        Self {
            nodes,
            created: Vec::new(),
            retired: Vec::new(),
            merge: Merge {
                entries: Vec::with_capacity(LIST),
                found,
            },
        }
    }

    /// The subtree `at`, `depth` levels below the root, after `changes`: strictly ascending, all within the
    /// subtree. Returns `at` itself when nothing changed. Every level halves what it hands down by one bit of
    /// distinct 256-bit keys, so that it ends by depth 256.
    pub(super) fn update(
        &mut self,
        at: Subtree,
        depth: usize,
        changes: &[Change],
    ) -> Result<Subtree, TreeError> {
        if changes.is_empty() {
            return Ok(at);
        }
        match at.node.kind() {
            Kind::Empty => self.grow(&[], depth, changes),
            Kind::Bucket(bucket) => {
                let old = self.nodes.entries(bucket)?;
                if old.len().saturating_add(changes.len()) > LIST {
                    let old = old.to_vec();
                    self.retired.push(at.node);
                    return self.grow(&old, depth, changes);
                }
                let hash = self.merge.begin(old, depth, changes)?;
                if hash == at.hash {
                    return Ok(at);
                }
                self.retired.push(at.node);
                self.cut(0..self.merge.entries.len(), hash, depth)
            }
            Kind::Internal(index) => {
                let (left, right) = self.nodes.children(index)?;
                let (zeros, ones) = split(changes, depth)?;
                let below = depth.saturating_add(1);
                // Else their paths were fetched further up.
                let cold = changes.len() > warm::MOST;
                if cold {
                    warm::paths(self.nodes, left.node, below, zeros);
                }
                let mark = self.created.len();
                let new_left = self.update(left, below, zeros)?;
                if cold {
                    warm::paths(self.nodes, right.node, below, ones);
                }
                let new_right = self.update(right, below, ones)?;
                if (new_left.node, new_right.node) == (left.node, right.node) {
                    return Ok(at);
                }
                self.retired.push(at.node);
                self.join(new_left, new_right, mark)
            }
        }
    }

    /// The subtree that held exactly `old`, at most one bucket, after `changes`.
    fn grow(
        &mut self,
        old: &[Entry],
        depth: usize,
        changes: &[Change],
    ) -> Result<Subtree, TreeError> {
        if old.len().saturating_add(changes.len()) <= LIST {
            let hash = self.merge.begin(old, depth, changes)?;
            return self.cut(0..self.merge.entries.len(), hash, depth);
        }
        let (old_zeros, old_ones) = bucket::split(old, depth)?;
        let (zeros, ones) = split(changes, depth)?;
        let below = depth.saturating_add(1);
        let mark = self.created.len();
        let left = self.grow(old_zeros, below, zeros)?;
        let right = self.grow(old_ones, below, ones)?;
        self.join(left, right, mark)
    }

    /// The merged entries in `range` as a subtree with this hash.
    fn cut(&mut self, range: Range<usize>, hash: Hash, depth: usize) -> Result<Subtree, TreeError> {
        let merged = &self.merge.entries;
        let entries = merged.get(range.clone()).ok_or(TreeError::Corrupt)?;
        if entries.is_empty() {
            return Ok(Subtree::EMPTY);
        }
        if entries.len() <= bucket::MOST {
            let node = self.nodes.new_bucket(entries)?;
            self.created.push(node);
            return Ok(Subtree { node, hash });
        }
        let below = depth.saturating_add(1);
        let (zeros, ones) = bucket::split(entries, depth)?;
        let (left, right) = (
            bucket::half(zeros, ones, below)?,
            bucket::half(ones, zeros, below)?,
        );
        let middle = range.start.saturating_add(zeros.len());
        let left = self.cut(range.start..middle, left, below)?;
        let right = self.cut(middle..range.end, right, below)?;
        self.internal(left, right, hash)
    }

    /// The node over two subtrees; what this version made of them was created from `mark` on.
    fn join(&mut self, left: Subtree, right: Subtree, mark: usize) -> Result<Subtree, TreeError> {
        let hash = match (left.node.kind(), right.node.kind()) {
            (Kind::Empty, Kind::Empty) => return Ok(right),
            (Kind::Empty, Kind::Bucket(one)) if one.leaves() == 1 => return Ok(right),
            (Kind::Bucket(one), Kind::Empty) if one.leaves() == 1 => return Ok(left),
            _ => internal_hash(&left.hash, &right.hash),
        };
        match (left.node.kind(), right.node.kind()) {
            // A bucket does not know how far up it hangs.
            (Kind::Empty, Kind::Bucket(_)) => Ok(Subtree { hash, ..right }),
            (Kind::Bucket(_), Kind::Empty) => Ok(Subtree { hash, ..left }),
            (Kind::Bucket(zeros), Kind::Bucket(ones))
                if zeros.leaves().saturating_add(ones.leaves()) <= bucket::MOST =>
            {
                let zeros = (self.nodes.entries(zeros)?, left.hash);
                let ones = (self.nodes.entries(ones)?, right.hash);
                self.merge.join(zeros, ones)?;
                self.replaced(left.node, mark);
                self.replaced(right.node, mark);
                let node = self.nodes.new_bucket(&self.merge.entries)?;
                self.created.push(node);
                Ok(Subtree { node, hash })
            }
            _ => self.internal(left, right, hash),
        }
    }

    /// The new version does without a node of one of two subtrees that were joined, so small that few nodes were created
    /// since `mark`.
    fn replaced(&mut self, node: NodeRef, mark: usize) {
        let mut made = self.created.iter().skip(mark);
        match made.position(|made| *made == node) {
            Some(after) => {
                self.created.remove(mark.saturating_add(after));
                self.nodes.free(&[node]);
            }
            None => self.retired.push(node),
        }
    }

    fn internal(
        &mut self,
        left: Subtree,
        right: Subtree,
        hash: Hash,
    ) -> Result<Subtree, TreeError> {
        let node = self.nodes.new_internal(left, right)?;
        self.created.push(node);
        Ok(Subtree { node, hash })
    }
}

/// The changes whose bit `depth` is 0, and those whose bit is 1.
pub(super) fn split(changes: &[Change], depth: usize) -> Result<(&[Change], &[Change]), TreeError> {
    halves(changes, depth, |(key_hash, _)| key_hash)
}

/// Where a list in ascending order of key hash, whose first `depth` bits agree, has its first one with a next bit of 1.
pub(super) fn halves<T>(
    list: &[T],
    depth: usize,
    key_hash: impl Fn(&T) -> &Hash,
) -> Result<(&[T], &[T]), TreeError> {
    if depth >= MAX_DEPTH {
        return Err(TreeError::Corrupt);
    }
    let ones = list.partition_point(|item| !bit(key_hash(item), depth));
    list.split_at_checked(ones).ok_or(TreeError::Corrupt)
}
