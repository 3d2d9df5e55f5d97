//! What one block costs the state tree and the logs, in CPU time of this thread, with `jmt` 0.12 beside it.
//!
//! The pair at 100,000 keys runs interleaved: each round gives both trees the same 1,000 updates, and each of the two
//! cases counts its own half alone, so that a busy machine slows both.

mod cpu_time;

use std::collections::BTreeMap;
use std::hint::black_box;

use cpu_time::CpuTime;
use criterion::measurement::Measurement;
use criterion::{BatchSize, Criterion, Throughput};
use jmt::mock::MockTreeStore;
use jmt::{KeyHash, Sha256Jmt};
use nexus_tree::Hash;
use nexus_tree::log::{Frontier, NodeReader, leaf_hash, prove_consistency, prove_inclusion};
use nexus_tree::smt::{Change, SparseMerkleTree, key_hash, value_hash};
use rustix::time::ClockId;

/// CPU time of this thread.
const THREAD: CpuTime = CpuTime(ClockId::ThreadCPUTime);

/// Updates in one block.
const UPDATES: u64 = 1_000;

/// The same numbers on every run, spread over the keys.
struct Spread(u64);

impl Spread {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn key(i: u64) -> Hash {
    key_hash(&i.to_le_bytes())
}

fn built(keys: u64) -> SparseMerkleTree {
    SparseMerkleTree::from_leaves(0, (0..keys).map(|i| (key(i), [0; 32]))).expect("distinct keys")
}

/// Key number → new value, each key once.
fn block(spread: &mut Spread, keys: u64) -> BTreeMap<u64, u64> {
    let mut block = BTreeMap::new();
    while (block.len() as u64) < UPDATES {
        block.insert(spread.next(keys), spread.next(u64::MAX));
    }
    block
}

fn changes(block: &BTreeMap<u64, u64>) -> Vec<Change> {
    block
        .iter()
        .map(|(i, value)| (key(*i), Some(value_hash(&value.to_le_bytes()))))
        .collect()
}

/// Applies one block as the node does: the new version, then the one that fell out of the window.
fn advance(tree: &mut SparseMerkleTree, changes: &[Change]) {
    let version = tree.version() + 1;
    black_box(tree.apply(version, changes).expect("a newer version"));
    tree.prune(version.saturating_sub(4));
}

/// Both trees at the same keys, and the time each took for the blocks so far.
struct Race {
    ours: SparseMerkleTree,
    theirs: MockTreeStore,
    version: u64,
    spread: Spread,
    keys: u64,
}

impl Race {
    fn new(keys: u64) -> Self {
        let theirs = MockTreeStore::default();
        let sets = (0..keys).map(|i| (KeyHash(key(i)), Some(vec![0; 32])));
        let (_, update) = Sha256Jmt::new(&theirs)
            .put_value_set(sets, 0)
            .expect("jmt builds");
        theirs.write_tree_update_batch(update).expect("jmt stores");
        let ours = (0..keys).map(|i| (key(i), value_hash(&[0; 32])));
        let ours = SparseMerkleTree::from_leaves(0, ours).expect("distinct keys");
        Self {
            ours,
            theirs,
            version: 0,
            spread: Spread(1),
            keys,
        }
    }

    /// Nanoseconds of one block: (ours, jmt's). The roots must agree.
    fn round(&mut self) -> (u64, u64) {
        let block = block(&mut self.spread, self.keys);
        self.version += 1;
        let sorted = {
            let mut changes = changes(&block);
            changes.sort_unstable();
            changes
        };
        let sets: Vec<_> = block
            .iter()
            .map(|(i, value)| (KeyHash(key(*i)), Some(value.to_le_bytes().to_vec())))
            .collect();

        let start = THREAD.start();
        advance(&mut self.ours, &sorted);
        let ours = THREAD.end(start);

        let start = THREAD.start();
        let (root, update) = Sha256Jmt::new(&self.theirs)
            .put_value_set(sets, self.version)
            .expect("jmt updates");
        self.theirs
            .write_tree_update_batch(update)
            .expect("jmt stores");
        let theirs = THREAD.end(start);

        assert_eq!(self.ours.root(), root.0, "both trees hold the same state");
        self.theirs
            .purge_stale_nodes(self.version)
            .expect("jmt prunes");
        (ours, theirs)
    }
}

fn race(criterion: &mut Criterion<CpuTime>) {
    let mut race = Race::new(100_000);
    let mut group = criterion.benchmark_group("1,000 updates at 100,000 keys");
    group
        .throughput(Throughput::Elements(UPDATES))
        .sample_size(10);
    group.bench_function("nexus-tree", |b| {
        b.iter_custom(|rounds| (0..rounds).map(|_| race.round().0).sum());
    });
    group.bench_function("jmt in memory", |b| {
        b.iter_custom(|rounds| (0..rounds).map(|_| race.round().1).sum());
    });
    group.finish();
}

fn million(criterion: &mut Criterion<CpuTime>) {
    const KEYS: u64 = 1_000_000;
    let mut group = criterion.benchmark_group("1,000,000 keys");
    group.sample_size(10);
    group.bench_function("build", |b| b.iter_with_large_drop(|| built(KEYS)));
    let mut tree = built(KEYS);
    let mut spread = Spread(2);
    group.throughput(Throughput::Elements(UPDATES));
    group.bench_function("1,000 updates, unsorted", |b| {
        b.iter_batched(
            || changes(&block(&mut spread, KEYS)),
            |changes| advance(&mut tree, &changes),
            BatchSize::PerIteration,
        );
    });
    let (version, root) = (tree.version(), tree.root());
    let mut spread = Spread(3);
    group.throughput(Throughput::Elements(1));
    group.bench_function("prove", |b| {
        b.iter_batched(
            || key(spread.next(KEYS)),
            |key| tree.prove(version, &key),
            BatchSize::SmallInput,
        );
    });
    let proof = tree
        .prove(version, &key_hash(b"absent"))
        .expect("a live version");
    group.bench_function("verify", |b| {
        b.iter(|| proof.verify(&root, b"absent", None))
    });
    group.finish();
    let bytes: usize = (0..1_000)
        .map(|i| {
            borsh::to_vec(&tree.prove(version, &key(i)).expect("a live version"))
                .expect("to memory")
                .len()
        })
        .sum();
    println!(
        "1,000,000 keys: mean proof {} bytes; {:?}",
        bytes / 1_000,
        tree.usage()
    );
}

/// A log's complete nodes by level, as close to no store at all as can be.
struct Levels(Vec<Vec<Hash>>);

impl NodeReader for Levels {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        self.0
            .get(usize::from(level))?
            .get(usize::try_from(index).ok()?)
            .copied()
    }
}

fn log(criterion: &mut Criterion<CpuTime>) {
    const RECORDS: u64 = 1_000_000;
    let (mut frontier, mut nodes) = (Frontier::new(), Levels(vec![vec![]; 64]));
    for i in 0..RECORDS {
        for node in frontier.append(leaf_hash(&i.to_le_bytes())).expect("room") {
            nodes.0[usize::from(node.level)].push(node.hash);
        }
    }
    let mut group = criterion.benchmark_group("log of 1,000,000 records");
    group.sample_size(20);
    let mut growing = frontier.clone();
    group.bench_function("append", |b| b.iter(|| growing.append([7; 32])));
    let mut spread = Spread(4);
    group.bench_function("prove inclusion", |b| {
        b.iter(|| prove_inclusion(&nodes, spread.next(RECORDS), RECORDS));
    });
    group.bench_function("prove consistency", |b| {
        b.iter(|| prove_consistency(&nodes, spread.next(RECORDS), RECORDS));
    });
    let (proof, head) = (
        prove_inclusion(&nodes, 5, RECORDS).expect("stored"),
        frontier.head(),
    );
    let leaf = leaf_hash(&5_u64.to_le_bytes());
    proof.verify(&leaf, 5, &head).expect("a true proof");
    group.bench_function("verify inclusion", |b| {
        b.iter(|| proof.verify(&leaf, 5, &head))
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(THREAD)
        .without_plots()
        .configure_from_args();
    race(&mut criterion);
    million(&mut criterion);
    log(&mut criterion);
    criterion.final_summary();
}
