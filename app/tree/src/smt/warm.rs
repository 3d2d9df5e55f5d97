//! Fetching the paths of a batch before it is applied.
//!
//! An update walks down one key's path after the other, and each step waits for a line that is in no cache of the
//! processor. Walking all paths down together, level by level, makes these waits independent of each other, so that the
//! processor has many in flight at once: as many paths as stay in its nearer caches until they are needed. Nothing is
//! computed here that anything depends on.

use alloc::vec::Vec;
use core::hint::black_box;

use super::Change;
use super::arena::{Kind, NodeRef, Nodes};
use super::rules::{MAX_DEPTH, bit};

/// Changes from which on the second walk pays.
const FEWEST: usize = 16;

/// Changes whose paths are fetched together: each has some thirty lines of 64 bytes that it does not share.
pub(super) const MOST: usize = 64;

/// Reads every node that an update of `changes` in the subtree `at`, `depth` levels below the root, will read; nothing when
/// they are too few or too many.
pub(super) fn paths(nodes: &Nodes, at: NodeRef, depth: usize, changes: &[Change]) {
    if !(FEWEST..=MOST).contains(&changes.len()) {
        return;
    }
    let mut paths: Vec<(NodeRef, &Change)> = changes.iter().map(|change| (at, change)).collect();
    for depth in depth..MAX_DEPTH {
        paths.retain_mut(|(node, (key_hash, _))| {
            let Some(next) = step(nodes, *node, bit(key_hash, depth)) else {
                return false;
            };
            *node = next;
            true
        });
        if paths.is_empty() {
            return;
        }
    }
}

/// The child on the path; `None` where it ends.
fn step(nodes: &Nodes, node: NodeRef, right: bool) -> Option<NodeRef> {
    match node.kind() {
        Kind::Empty => None,
        Kind::Bucket(bucket) => {
            for entry in nodes.entries(bucket).ok()? {
                black_box((entry.key_hash.first(), entry.value_hash.last()));
            }
            None
        }
        Kind::Internal(index) => {
            let (left_child, right_child) = nodes.children(index).ok()?;
            // Both ends of the node, which may lie in two lines.
            black_box((left_child.hash.first(), right_child.hash.last()));
            Some(if right {
                right_child.node
            } else {
                left_child.node
            })
        }
    }
}
