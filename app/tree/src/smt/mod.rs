//! The state tree: a binary sparse Merkle tree over SHA-256(key), kept in memory in several versions at once.
//!
//! # Shape
//!
//! A key's place is the path spelled by the bits of its key hash, most significant first: 0 left, 1 right. A subtree
//! without a leaf hashes to [`EMPTY_ROOT`]; a subtree with exactly one leaf *is* that leaf, so that a leaf stands as
//! high as its key's prefix is unique; any other subtree is an inner node over its two halves. Deleting a key therefore
//! gives the same tree as never having written it. [`StateProof`] states the hash rules and the verifier's algorithm.
//!
//! # Versions
//!
//! In memory, a subtree with up to 4 leaves is one node, a bucket, that knows the hashes inside it; only a larger one is an
//! inner node. Nodes are never altered: [`SparseMerkleTree::apply`] makes the next version beside the last and shares what
//! did not change. Each version lists what it added and what it left behind, so that [`SparseMerkleTree::undo`] and
//! [`SparseMerkleTree::prune`] cost only the size of the change and memory stays bounded by the live versions.
//!
//! # Start
//!
//! After a restart the node holds the pairs of the newest height H and the undo records of the last few: build H with
//! [`SparseMerkleTree::from_leaves`], compare the root with the stored one, go back with
//! [`SparseMerkleTree::rewind`], then [`SparseMerkleTree::apply`] forward again to have each of them live.
//!
//! # Cost
//!
//! About 162 bytes a key (a bucket of 384 bytes and an inner node of 72 for each 2.8 keys, the mean for random ones). For
//! each change by which an older live version differs, a bucket, and the inner nodes above it that it does not share with
//! another change: about a thousand bytes with a thousand changes in a million keys.

mod arena;
mod bucket;
mod error;
mod proof;
mod rules;
mod update;
mod warm;

#[cfg(test)]
mod tests;

use alloc::borrow::Cow;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

pub use arena::Advise;
use arena::{Kind, NodeRef, Nodes, Subtree};
pub use error::TreeError;
pub use proof::{MAX_STATE_PROOF_BYTES, ProofError, StateProof, Terminal};
pub use rules::{
    EMPTY_ROOT, INTERNAL_TAG, LEAF_TAG, MAX_DEPTH, internal_hash, key_hash, leaf_hash, value_hash,
};
use update::Stage;

use crate::Hash;
use crate::sha::Hex;

/// A write to one key hash: `Some` sets the hash of its value, `None` deletes it (a no-op if it is absent).
pub type Change = (Hash, Option<Hash>);

/// What the tree holds in memory, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Leaves reachable from any live version; one counts again in each form of its bucket.
    pub leaves: usize,
    /// Buckets of up to 4 leaves reachable from any live version.
    pub buckets: usize,
    /// Inner nodes reachable from any live version.
    pub internals: usize,
    /// Live versions.
    pub versions: usize,
    /// Bytes allocated, free slots and version lists included.
    pub bytes: usize,
}

/// One live version.
struct Snapshot {
    version: u64,
    root: Subtree,
    /// Nodes this version made: freed when it is rolled back.
    created: Vec<NodeRef>,
    /// Nodes of the version before that this one no longer reaches: freed when that one is pruned.
    retired: Vec<NodeRef>,
}

/// The state tree with its last versions.
pub struct SparseMerkleTree {
    nodes: Nodes,
    /// Ascending, all below `latest`.
    older: VecDeque<Snapshot>,
    latest: Snapshot,
}

impl Default for SparseMerkleTree {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SparseMerkleTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SparseMerkleTree")
            .field("version", &self.version())
            .field("root", &format_args!("{}", Hex(&self.root())))
            .field("usage", &self.usage())
            .finish()
    }
}

impl SparseMerkleTree {
    /// The empty tree as version 0.
    #[must_use]
    pub const fn new() -> Self {
        Self::on(None)
    }

    /// The empty tree as version 0, which tells of the memory that it takes for its nodes, in pieces of 18 MiB and more.
    /// A path through a large tree reads and writes its nodes all over that memory, so that huge pages are worth asking
    /// for.
    #[must_use]
    pub const fn advising(advise: Advise) -> Self {
        Self::on(Some(advise))
    }

    const fn on(advise: Option<Advise>) -> Self {
        let latest = Snapshot {
            version: 0,
            root: Subtree::EMPTY,
            created: Vec::new(),
            retired: Vec::new(),
        };
        Self {
            nodes: Nodes::new(advise),
            older: VecDeque::new(),
            latest,
        }
    }

    /// A tree with one version that holds exactly `leaves`: (key hash, value hash) in any order. Needs 65 bytes a leaf
    /// besides the tree while it sorts them.
    ///
    /// # Errors
    /// [`TreeError::DuplicateKey`] if a key hash comes twice, [`TreeError::Full`] beyond 2^29 − 1 buckets of up to 4 leaves.
    pub fn from_leaves<I>(version: u64, leaves: I) -> Result<Self, TreeError>
    where
        I: IntoIterator<Item = (Hash, Hash)>,
    {
        Self::new().filled(version, leaves)
    }

    /// [`Self::from_leaves`] in the place of everything that this tree held.
    ///
    /// # Errors
    /// As [`Self::from_leaves`].
    pub fn filled<I>(self, version: u64, leaves: I) -> Result<Self, TreeError>
    where
        I: IntoIterator<Item = (Hash, Hash)>,
    {
        let puts = leaves
            .into_iter()
            .map(|(key_hash, value_hash)| (key_hash, Some(value_hash)));
        let mut puts: Vec<Change> = puts.collect();
        // Here and not where a borrowed list would have to be copied for it.
        puts.sort_unstable_by_key(|(key_hash, _)| *key_hash);
        let mut tree = Self::on(self.nodes.advise());
        drop(self);
        (tree.latest, _) = tree.stage(version, &puts, None)?;
        tree.forget_origin();
        Ok(tree)
    }

    /// The newest version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.latest.version
    }

    /// The oldest version that is still live.
    #[must_use]
    pub fn oldest_version(&self) -> u64 {
        self.older.front().unwrap_or(&self.latest).version
    }

    /// The root of the newest version; [`EMPTY_ROOT`] if it holds no key.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.latest.root.hash
    }

    /// The root of a live version.
    #[must_use]
    pub fn root_at(&self, version: u64) -> Option<Hash> {
        Some(self.snapshot(version)?.root.hash)
    }

    /// Memory in use.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let live = || self.older.iter().chain([&self.latest]);
        let listed: usize = live()
            .map(|s| s.created.capacity().saturating_add(s.retired.capacity()))
            .sum();
        Usage {
            leaves: self.nodes.leaves(),
            buckets: self.nodes.buckets(),
            internals: self.nodes.internals(),
            versions: live().count(),
            bytes: self
                .nodes
                .bytes()
                .saturating_add(listed.saturating_mul(size_of::<NodeRef>())),
        }
    }

    /// Makes `version` by applying `changes` (any order; sorting is free if they come sorted) to the newest one, and
    /// returns its root. Older versions stay live until pruned.
    ///
    /// # Errors
    /// [`TreeError::VersionNotNewer`], [`TreeError::DuplicateKey`], [`TreeError::Full`]; the tree is then unchanged.
    pub fn apply(&mut self, version: u64, changes: &[Change]) -> Result<Hash, TreeError> {
        self.advance(version, changes, None)?;
        Ok(self.latest.root.hash)
    }

    /// [`Self::apply`], and what it replaced: for each change in ascending order of key hash, the hash of the value that
    /// the version before has for the key, or that it has none. It saves one [`Self::value_at`] for each change.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn apply_telling(
        &mut self,
        version: u64,
        changes: &[Change],
    ) -> Result<(Hash, Vec<Option<Hash>>), TreeError> {
        let found = self.advance(version, changes, Some(Vec::with_capacity(changes.len())))?;
        Ok((self.latest.root.hash, found))
    }

    fn advance(
        &mut self,
        version: u64,
        changes: &[Change],
        found: Option<Vec<Option<Hash>>>,
    ) -> Result<Vec<Option<Hash>>, TreeError> {
        if version <= self.latest.version {
            return Err(TreeError::VersionNotNewer {
                given: version,
                latest: self.latest.version,
            });
        }
        let (next, found) = self.stage(version, changes, found)?;
        let previous = core::mem::replace(&mut self.latest, next);
        self.older.push_back(previous);
        Ok(found)
    }

    /// Replaces the only live version by an older one: `changes` undo what happened since. Used at start, when the
    /// node has the newest pairs and the undo records.
    ///
    /// # Errors
    /// [`TreeError::CannotRewind`] unless exactly one version is live and `version` is below it,
    /// [`TreeError::DuplicateKey`], [`TreeError::Full`]; the tree is then unchanged.
    pub fn rewind(&mut self, version: u64, changes: &[Change]) -> Result<Hash, TreeError> {
        let latest = self.latest.version;
        if version >= latest || !self.older.is_empty() {
            let live = self.older.len().saturating_add(1);
            return Err(TreeError::CannotRewind {
                given: version,
                latest,
                live,
            });
        }
        (self.latest, _) = self.stage(version, changes, None)?;
        self.forget_origin();
        Ok(self.latest.root.hash)
    }

    /// Drops the newest version: `FinalizeBlock` staged it and is called again. Returns the version that is now newest.
    ///
    /// # Errors
    /// [`TreeError::UnknownVersion`] if no older version is live.
    pub fn undo(&mut self) -> Result<u64, TreeError> {
        let Some(previous) = self.older.pop_back() else {
            return Err(self.unknown(self.latest.version.saturating_sub(1)));
        };
        let dropped = core::mem::replace(&mut self.latest, previous);
        self.nodes.free(&dropped.created);
        Ok(self.latest.version)
    }

    /// Drops every version above `version`, which must be live.
    ///
    /// # Errors
    /// [`TreeError::UnknownVersion`]; the tree is then unchanged.
    pub fn rollback_to(&mut self, version: u64) -> Result<(), TreeError> {
        if self.snapshot(version).is_none() {
            return Err(self.unknown(version));
        }
        while self.latest.version > version {
            self.undo()?;
        }
        Ok(())
    }

    /// Drops every version below `keep_from` and frees what only they reached. The newest version always stays.
    pub fn prune(&mut self, keep_from: u64) {
        while self
            .older
            .front()
            .is_some_and(|oldest| oldest.version < keep_from)
        {
            self.older.pop_front();
            self.forget_origin();
        }
    }

    /// What `version` says of a key hash: the hash of its value, or that it has none. `None` if the version is not live.
    #[must_use]
    pub fn value_at(&self, version: u64, key_hash: &Hash) -> Option<Option<Hash>> {
        let mut node = self.snapshot(version)?.root.node;
        let mut depth = 0_usize;
        while let Kind::Internal(index) = node.kind() {
            let (left, right) = self.nodes.children(index).ok()?;
            node = if rules::bit(key_hash, depth) {
                right.node
            } else {
                left.node
            };
            depth = depth.saturating_add(1);
        }
        let Kind::Bucket(bucket) = node.kind() else {
            return Some(None);
        };
        let entries = self.nodes.entries(bucket).ok()?;
        Some(bucket::value_of(entries, key_hash))
    }

    /// The proof of what `version` says about a key hash: its value's hash, or that it is absent. `None` if the
    /// version is not live.
    #[must_use]
    pub fn prove(&self, version: u64, key_hash: &Hash) -> Option<StateProof> {
        let mut node = self.snapshot(version)?.root.node;
        let mut siblings = Vec::new();
        while let Kind::Internal(index) = node.kind() {
            let (left, right) = self.nodes.children(index).ok()?;
            let (next, sibling) = if rules::bit(key_hash, siblings.len()) {
                (right, left)
            } else {
                (left, right)
            };
            siblings.push(sibling.hash);
            node = next.node;
        }
        let terminal = match node.kind() {
            Kind::Bucket(bucket) => {
                let entries = self.nodes.entries(bucket).ok()?;
                bucket::prove(entries, key_hash, &mut siblings).ok()?
            }
            Kind::Empty | Kind::Internal(_) => Terminal::Empty,
        };
        siblings.reverse();
        StateProof::new(terminal, siblings)
    }

    fn stage(
        &mut self,
        version: u64,
        changes: &[Change],
        found: Option<Vec<Option<Hash>>>,
    ) -> Result<(Snapshot, Vec<Option<Hash>>), TreeError> {
        let changes = sorted(changes)?;
        warm::paths(&self.nodes, self.latest.root.node, 0, &changes);
        let mut stage = Stage::new(&mut self.nodes, found);
        let outcome = stage.update(self.latest.root, 0, &changes);
        let (created, retired, found) = (stage.created, stage.retired, stage.merge.found);
        match outcome {
            Ok(root) => {
                let snapshot = Snapshot {
                    version,
                    root,
                    created,
                    retired,
                };
                Ok((snapshot, found.unwrap_or_default()))
            }
            Err(error) => {
                self.nodes.free(&created);
                Err(error)
            }
        }
    }

    /// Frees what only the version before the oldest live one reached: it is gone.
    fn forget_origin(&mut self) {
        let oldest = self.older.front_mut().unwrap_or(&mut self.latest);
        oldest.created = Vec::new();
        let retired = core::mem::take(&mut oldest.retired);
        self.nodes.free(&retired);
    }

    fn snapshot(&self, version: u64) -> Option<&Snapshot> {
        if version == self.latest.version {
            return Some(&self.latest);
        }
        let at = self
            .older
            .binary_search_by_key(&version, |snapshot| snapshot.version)
            .ok()?;
        self.older.get(at)
    }

    fn unknown(&self, given: u64) -> TreeError {
        TreeError::UnknownVersion {
            given,
            oldest: self.oldest_version(),
            latest: self.latest.version,
        }
    }
}

/// The changes in ascending order of key hash, each key once.
fn sorted(changes: &[Change]) -> Result<Cow<'_, [Change]>, TreeError> {
    let mut changes = Cow::Borrowed(changes);
    if !changes.is_sorted_by_key(|(key_hash, _)| key_hash) {
        changes
            .to_mut()
            .sort_unstable_by_key(|(key_hash, _)| *key_hash);
    }
    for pair in changes.windows(2) {
        if let [(before, _), (after, _)] = pair
            && before == after
        {
            return Err(TreeError::DuplicateKey { key_hash: *after });
        }
    }
    Ok(changes)
}
