//! One recursion over a sorted batch: from a version's root to the next one's.

use alloc::vec::Vec;

use super::arena::{Kind, Leaf, NodeRef, Nodes, Subtree};
use super::rules::{MAX_DEPTH, bit};
use super::{Change, TreeError, warm};
use crate::Hash;

/// What one new version adds to the arena and what it no longer reaches. Both lists name each node once.
pub(super) struct Stage<'a> {
    pub(super) nodes: &'a mut Nodes,
    pub(super) created: Vec<NodeRef>,
    pub(super) retired: Vec<NodeRef>,
    /// When asked for: the value hash that each change found, in the order of the changes.
    pub(super) found: Option<Vec<Option<Hash>>>,
}

impl<'a> Stage<'a> {
    pub(super) const fn new(nodes: &'a mut Nodes) -> Self {
        Self {
            nodes,
            created: Vec::new(),
            retired: Vec::new(),
            found: None,
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
            Kind::Empty => self.grow(None, depth, changes),
            Kind::Leaf(index) => {
                let leaf = *self.nodes.leaf(index)?;
                self.grow(Some((at, leaf)), depth, changes)
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
                let new_left = self.update(left, below, zeros)?;
                if cold {
                    warm::paths(self.nodes, right.node, below, ones);
                }
                let new_right = self.update(right, below, ones)?;
                if (new_left.node, new_right.node) == (left.node, right.node) {
                    return Ok(at);
                }
                self.retired.push(at.node);
                self.join(new_left, new_right)
            }
        }
    }

    /// The subtree that held at most the leaf `resident`, after `changes`.
    fn grow(
        &mut self,
        resident: Option<(Subtree, Leaf)>,
        depth: usize,
        changes: &[Change],
    ) -> Result<Subtree, TreeError> {
        match (changes, resident) {
            ([], None) => return Ok(Subtree::EMPTY),
            ([(_, None)], None) => {
                self.note(None);
                return Ok(Subtree::EMPTY);
            }
            ([], Some((at, _))) => return Ok(at),
            ([(key_hash, Some(value_hash))], None) => {
                self.note(None);
                return self.leaf(*key_hash, *value_hash);
            }
            ([(key_hash, value)], Some((at, leaf))) if *key_hash == leaf.key_hash => {
                self.note(Some(leaf.value_hash));
                return self.replace(at, &leaf, *value);
            }
            _ => {}
        }
        let (zeros, ones) = split(changes, depth)?;
        let (left, right) = match resident {
            Some((_, leaf)) if bit(&leaf.key_hash, depth) => (None, resident),
            _ => (resident, None),
        };
        let left = self.grow(left, depth.saturating_add(1), zeros)?;
        let right = self.grow(right, depth.saturating_add(1), ones)?;
        self.join(left, right)
    }

    /// Every change ends in exactly one place, and they get there in their order: left before right.
    fn note(&mut self, found: Option<Hash>) {
        if let Some(all) = &mut self.found {
            all.push(found);
        }
    }

    fn replace(
        &mut self,
        at: Subtree,
        leaf: &Leaf,
        value: Option<Hash>,
    ) -> Result<Subtree, TreeError> {
        if value == Some(leaf.value_hash) {
            return Ok(at);
        }
        self.retired.push(at.node);
        match value {
            Some(value_hash) => self.leaf(leaf.key_hash, value_hash),
            None => Ok(Subtree::EMPTY),
        }
    }

    fn leaf(&mut self, key_hash: Hash, value_hash: Hash) -> Result<Subtree, TreeError> {
        let made = self.nodes.new_leaf(key_hash, value_hash)?;
        self.created.push(made.node);
        Ok(made)
    }

    /// The node over two subtrees: a subtree with at most one leaf is that leaf, or empty.
    fn join(&mut self, left: Subtree, right: Subtree) -> Result<Subtree, TreeError> {
        match (left.node.kind(), right.node.kind()) {
            (Kind::Empty, Kind::Empty | Kind::Leaf(_)) => Ok(right),
            (Kind::Leaf(_), Kind::Empty) => Ok(left),
            _ => {
                let made = self.nodes.new_internal(left, right)?;
                self.created.push(made.node);
                Ok(made)
            }
        }
    }
}

/// The changes whose bit `depth` is 0, and those whose bit is 1.
fn split(changes: &[Change], depth: usize) -> Result<(&[Change], &[Change]), TreeError> {
    if depth >= MAX_DEPTH {
        return Err(TreeError::Corrupt);
    }
    let ones = changes.partition_point(|(key_hash, _)| !bit(key_hash, depth));
    changes.split_at_checked(ones).ok_or(TreeError::Corrupt)
}
