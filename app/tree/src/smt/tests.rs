//! What the versions promise: live ones never change, dropped ones leave nothing behind, memory stays bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::vec::Vec;

use proptest::prelude::*;

use super::arena::{Kind, NodeRef};
use super::*;

/// Leaves, buckets and inner nodes that any live version reaches, found by walking all of them.
fn reachable(tree: &SparseMerkleTree) -> (usize, usize, usize) {
    let (mut buckets, mut internals) = (BTreeMap::new(), BTreeSet::new());
    let mut todo: Vec<NodeRef> = tree.older.iter().map(|s| s.root.node).collect();
    todo.push(tree.latest.root.node);
    while let Some(node) = todo.pop() {
        match node.kind() {
            Kind::Empty => {}
            Kind::Bucket(bucket) => {
                buckets.insert(bucket.index(), bucket.leaves());
            }
            Kind::Internal(index) => {
                if internals.insert(index) {
                    let (left, right) = tree.nodes.children(index).unwrap();
                    todo.extend([left.node, right.node]);
                }
            }
        }
    }
    (buckets.values().sum(), buckets.len(), internals.len())
}

/// What the tree counts of the same.
fn counted(tree: &SparseMerkleTree) -> (usize, usize, usize) {
    let usage = tree.usage();
    (usage.leaves, usage.buckets, usage.internals)
}

type Model = BTreeMap<Hash, Hash>;

/// Few keys, half of them with long common prefixes.
fn key(index: u8) -> Hash {
    if index < 24 {
        return key_hash(&[index]);
    }
    let mut hash = [0x3c; 32];
    let bit = usize::from(index - 24) * 5;
    hash[bit / 8] ^= 0x80 >> (bit % 8);
    hash
}

#[derive(Clone, Debug)]
enum Step {
    Apply {
        gap: u64,
        writes: Vec<(u8, Option<u8>)>,
    },
    Duplicate(u8),
    Undo,
    RollBack(usize),
    Prune(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let writes =
        proptest::collection::btree_map(0..48_u8, proptest::option::weighted(0.6, 0..4_u8), 0..=48);
    prop_oneof![
        6 => (1..3_u64, writes.prop_map(|w| w.into_iter().collect()).prop_shuffle())
            .prop_map(|(gap, writes)| Step::Apply { gap, writes }),
        1 => (0..48_u8).prop_map(Step::Duplicate),
        2 => Just(Step::Undo),
        1 => (0..4_usize).prop_map(Step::RollBack),
        2 => (0..6_u64).prop_map(Step::Prune),
    ]
}

fn root_of(model: &Model) -> Hash {
    SparseMerkleTree::from_leaves(0, model.iter().map(|(k, v)| (*k, *v)))
        .unwrap()
        .root()
}

/// The tree and, for each version it should have, the pairs and the root.
struct Pair {
    tree: SparseMerkleTree,
    versions: Vec<(u64, Model, Hash)>,
}

impl Pair {
    fn take(&mut self, step: &Step) {
        let (latest, model, _) = self.versions.last().unwrap().clone();
        match step {
            Step::Apply { gap, writes } => self.apply(latest + gap, model, writes),
            Step::Duplicate(index) => {
                let twice = [(key(*index), None), (key(*index), Some([1; 32]))];
                let refused = TreeError::DuplicateKey {
                    key_hash: key(*index),
                };
                assert_eq!(self.tree.apply(latest + 1, &twice), Err(refused));
                let refused = TreeError::VersionNotNewer {
                    given: latest,
                    latest,
                };
                assert_eq!(self.tree.apply(latest, &[]), Err(refused));
            }
            Step::Undo if self.versions.len() == 1 => {
                assert!(matches!(
                    self.tree.undo(),
                    Err(TreeError::UnknownVersion { .. })
                ));
            }
            Step::Undo => {
                self.versions.pop();
                assert_eq!(self.tree.undo(), Ok(self.versions.last().unwrap().0));
            }
            Step::RollBack(back) => {
                let keep = self.versions.len().saturating_sub(*back).max(1);
                self.versions.truncate(keep);
                self.tree
                    .rollback_to(self.versions.last().unwrap().0)
                    .unwrap();
            }
            Step::Prune(window) => {
                let keep_from = latest.saturating_sub(*window);
                self.tree.prune(keep_from);
                let newest = self.versions.len() - 1;
                let first = self
                    .versions
                    .iter()
                    .position(|v| v.0 >= keep_from)
                    .unwrap_or(newest);
                self.versions.drain(..first);
            }
        }
    }

    fn apply(&mut self, version: u64, mut model: Model, writes: &[(u8, Option<u8>)]) {
        let changes: Vec<Change> = writes
            .iter()
            .map(|(k, v)| (key(*k), v.map(|v| [v; 32])))
            .collect();
        let before = model.clone();
        for (key, value) in &changes {
            match value {
                Some(value) => model.insert(*key, *value),
                None => model.remove(key),
            };
        }
        let root = root_of(&model);
        let keys: BTreeSet<Hash> = changes.iter().map(|(key, _)| *key).collect();
        let found = keys.iter().map(|key| before.get(key).copied()).collect();
        assert_eq!(
            self.tree.apply_telling(version, &changes),
            Ok((root, found)),
            "the root, and what was replaced"
        );
        self.versions.push((version, model, root));
    }

    fn check(&self) {
        let usage = self.tree.usage();
        assert_eq!(
            counted(&self.tree),
            reachable(&self.tree),
            "no leak, no early free"
        );
        assert_eq!(usage.versions, self.versions.len());
        assert_eq!(self.tree.oldest_version(), self.versions[0].0);
        for (version, model, root) in &self.versions {
            assert_eq!(self.tree.root_at(*version), Some(*root));
            for index in 0..48 {
                let value = self.tree.value_at(*version, &key(index));
                assert_eq!(value, Some(model.get(&key(index)).copied()));
            }
            let proof = self.tree.prove(*version, &key(30)).unwrap();
            proof
                .verify_hashes(root, &key(30), model.get(&key(30)))
                .unwrap();
        }
        let beyond = self.tree.version() + 1;
        assert!(self.tree.root_at(beyond).is_none() && self.tree.prove(beyond, &key(0)).is_none());
        assert!(self.tree.value_at(beyond, &key(0)).is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn live_versions_never_change_and_dropped_ones_leave_nothing(steps in proptest::collection::vec(step(), 1..40)) {
        let mut pair = Pair {
            tree: SparseMerkleTree::new(),
            versions: std::vec![(0, Model::new(), EMPTY_ROOT)],
        };
        for step in &steps {
            pair.take(step);
            pair.check();
        }
        // Whatever came before, how the newest version lies in memory depends on what it holds.
        let (latest, model, _) = pair.versions.last().unwrap();
        pair.tree.prune(*latest);
        let anew = SparseMerkleTree::from_leaves(0, model.iter().map(|(k, v)| (*k, *v))).unwrap();
        prop_assert_eq!(counted(&pair.tree), counted(&anew));
        // One without keys holds no node.
        let version = pair.tree.version() + 1;
        let all: Vec<Change> = (0..48).map(|index| (key(index), None)).collect();
        pair.tree.apply(version, &all).unwrap();
        pair.tree.prune(version);
        prop_assert_eq!(counted(&pair.tree), (0, 0, 0));
        prop_assert_eq!(pair.tree.usage().versions, 1);
    }
}

/// 32 bytes that look random, from a number.
fn noise(of: u64) -> Hash {
    value_hash(&of.to_le_bytes())
}

#[test]
fn memory_stays_bounded_over_many_versions() {
    let changes = |version: u64| -> Vec<Change> {
        let write = |i: u64| {
            let noise = noise(version * 8 + i);
            let key = key_hash(&[noise[0], noise[1] & 3]);
            (key, (noise[2] & 3 != 0).then_some(noise))
        };
        (0..8)
            .map(write)
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect()
    };
    let mut tree = SparseMerkleTree::new();
    let mut settled = 0;
    for version in 1..=12_000 {
        tree.apply(version, &changes(version)).unwrap();
        if version % 7 == 0 {
            // FinalizeBlock called again.
            tree.undo().unwrap();
            tree.apply(version, &changes(version)).unwrap();
        }
        tree.prune(version.saturating_sub(3));
        if version == 4_000 {
            settled = tree.usage().bytes;
        }
    }
    let usage = tree.usage();
    assert_eq!(counted(&tree), reachable(&tree));
    assert!(
        usage.bytes <= settled + settled / 8,
        "{settled} bytes grew to {}",
        usage.bytes
    );
}

#[test]
fn a_key_costs_at_most_165_bytes_besides_the_last_chunks() {
    const KEYS: u64 = 1_000_000;
    /// One of buckets and one of inner nodes.
    const CHUNKS: u64 = (384 << 16) + (72 << 18);
    let leaves = (0..KEYS).map(|i| (noise(i), [0; 32]));
    let tree = SparseMerkleTree::from_leaves(1, leaves).unwrap();
    let bytes = tree.usage().bytes as u64;
    assert!(bytes <= 165 * KEYS + CHUNKS, "{bytes} bytes");
    const FEW: u64 = 1_000;
    let leaves = (0..FEW).map(|i| (noise(i), [0; 32]));
    let tree = SparseMerkleTree::from_leaves(1, leaves).unwrap();
    let bytes = tree.usage().bytes as u64;
    assert!(bytes <= 2 * 165 * FEW, "{} bytes a key", bytes / FEW);
}

#[test]
fn chunks_are_told_of_before_they_are_filled() {
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    fn advise(_: *const u8, bytes: usize) {
        assert!([384 << 16, 72 << 18].contains(&bytes), "{bytes}");
        TOLD.fetch_add(1, Ordering::Relaxed);
    }
    let leaves = || (0..1_000_000).map(|i| (noise(i), [0; 32]));
    let tree = SparseMerkleTree::advising(advise)
        .filled(1, leaves())
        .unwrap();
    // All but the first of each kind, which is small ones.
    let usage = tree.usage();
    let chunks = usage.buckets.div_ceil(1 << 16) + usage.internals.div_ceil(1 << 18);
    let told = TOLD.load(Ordering::Relaxed);
    assert_eq!(told, chunks - 2);
    assert!(usage.internals > 1 << 18, "{usage:?}");
    let silent = SparseMerkleTree::from_leaves(1, leaves()).unwrap();
    assert_eq!(tree.root(), silent.root());
    assert_eq!(TOLD.load(Ordering::Relaxed), told);
}

#[test]
fn a_restart_rewinds_and_replays_to_the_same_versions() {
    let put = |i: u64, v: u8| (noise(i), Some([v; 32]));
    let mut before = SparseMerkleTree::new();
    before.apply(9, &[put(1, 1), put(2, 1), put(3, 1)]).unwrap();
    before
        .apply(10, &[put(1, 2), (noise(2), None), put(4, 1)])
        .unwrap();

    let newest = [
        (noise(1), [2; 32]),
        (noise(3), [1; 32]),
        (noise(4), [1; 32]),
    ];
    let mut after = SparseMerkleTree::from_leaves(10, newest).unwrap();
    assert_eq!(after.root(), before.root());
    let root = after
        .rewind(9, &[put(1, 1), put(2, 1), (noise(4), None)])
        .unwrap();
    assert_eq!((Some(root), after.version()), (before.root_at(9), 9));
    after
        .apply(10, &[put(1, 2), (noise(2), None), put(4, 1)])
        .unwrap();
    assert_eq!(
        (after.root_at(9), after.root_at(10)),
        (before.root_at(9), before.root_at(10))
    );
    assert_eq!(counted(&after), reachable(&after));
    assert_eq!(
        after.rewind(8, &[]),
        Err(TreeError::CannotRewind {
            given: 8,
            latest: 10,
            live: 2
        })
    );
}

#[test]
fn a_change_to_what_is_there_makes_nothing() {
    let leaves: Vec<(Hash, Hash)> = (0..200).map(|i| (noise(i), [1; 32])).collect();
    let mut tree = SparseMerkleTree::from_leaves(1, leaves.iter().copied()).unwrap();
    let before = (tree.root(), counted(&tree));
    let same: Vec<Change> = (leaves.iter().step_by(3))
        .map(|(key, value)| (*key, Some(*value)))
        .chain((900..950).map(|i| (noise(i), None)))
        .collect();
    tree.apply(2, &same).unwrap();
    assert_eq!((tree.root(), counted(&tree)), before);
}

#[test]
fn leaves_given_twice_are_refused() {
    let twice = [
        (noise(1), [0; 32]),
        (noise(2), [0; 32]),
        (noise(1), [1; 32]),
    ];
    let refused = SparseMerkleTree::from_leaves(1, twice).map(|tree| tree.root());
    assert_eq!(refused, Err(TreeError::DuplicateKey { key_hash: noise(1) }));
}
