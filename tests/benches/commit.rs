//! What a block of 1,000 updates costs: the state root in RAM, the batch on disk, and a proof. In CPU time of the calling
//! thread, which leaves out the wait for the disk and RocksDB's own threads; the last case gives the wall time of a commit
//! with its sync, which depends on the machine and on what else runs there.

mod cpu_time;

use std::hint::black_box;

use cpu_time::CpuTime;
use criterion::measurement::Measurement;
use criterion::{BatchSize, Criterion};
use nexus_store::{
    Backend, BlockWrite, Change, LogAppend, MemoryBackend, RocksBackend, Store, app_log,
};
use nexus_tree::app_hash::{AppHashPreimage, LogId};
use nexus_tree::log::leaf_hash;
use rustix::time::ClockId;

/// Keys in the state before the first measured block.
const KEYS: u64 = 100_000;
/// Updates in a measured block.
const UPDATES: u64 = 1_000;
/// Bytes of a value: about those of an object on the ledger.
const VALUE_BYTES: usize = 100;

fn key(number: u64) -> Vec<u8> {
    leaf_hash(&number.to_be_bytes()).to_vec()
}

fn value(seed: u64) -> Vec<u8> {
    leaf_hash(&seed.to_le_bytes())
        .iter()
        .copied()
        .cycle()
        .take(VALUE_BYTES)
        .collect()
}

/// Updates spread over the whole state, other ones in each block.
fn updates(block: u64) -> Vec<Change> {
    let spread = |n: u64| (block * UPDATES + n) * 7_919 % KEYS;
    let mut updates: Vec<Change> = (0..UPDATES)
        .map(|n| (key(spread(n)), Some(value(block ^ n << 32))))
        .collect();
    updates.sort_unstable();
    updates
}

fn block(store: &Store, height: u64, state: Vec<Change>) -> BlockWrite {
    let state_root = store.stage(state).expect("stage").state_root;
    let record = LogAppend {
        log: app_log(LogId::Audit),
        record: height.to_be_bytes().to_vec(),
    };
    let view = store.view().expect("view");
    let logs = LogId::ALL.map(|id| {
        let log = app_log(id);
        let mut frontier = view
            .as_ref()
            .map(|view| view.frontier(&log).expect("frontier"))
            .unwrap_or_default();
        if log == record.log {
            frontier.append(leaf_hash(&record.record)).expect("append");
        }
        frontier.head()
    });
    let preimage = AppHashPreimage {
        constants: [0; 32],
        delay_profile: [0; 32],
        state_root,
        logs,
    };
    BlockWrite {
        height,
        time_ms: height * 1_000,
        block_hash: [0; 32],
        app_hash: preimage.hash(),
        preimage,
        logs: vec![record],
        txs: vec![],
        block: vec![0; 64 << 10],
    }
}

fn filled(backend: impl Backend + 'static) -> Store {
    let store = Store::open(backend).expect("open");
    let mut state: Vec<Change> = (0..KEYS).map(|n| (key(n), Some(value(n)))).collect();
    state.sort_unstable();
    let first = block(&store, 0, state);
    store.commit(first).expect("commit");
    store
}

fn next_height(store: &Store) -> u64 {
    let committed = store.committed().expect("committed");
    committed.map_or(0, |tip| tip.height + 1)
}

fn bench_commit<M: Measurement + 'static>(c: &mut Criterion<M>, name: &str, store: &Store) {
    c.bench_function(name, |b| {
        b.iter_batched(
            || {
                let height = next_height(store);
                block(store, height, updates(height))
            },
            |block| store.commit(block).expect("commit"),
            BatchSize::PerIteration,
        );
    });
}

fn bench_cpu(c: &mut Criterion<CpuTime>, name: &str, store: &Store) {
    c.bench_function(&format!("store/{name}/stage 1000 updates"), |b| {
        b.iter_batched(
            || updates(next_height(store)),
            |changes| black_box(store.stage(changes).expect("stage")),
            BatchSize::PerIteration,
        );
    });
    bench_commit(c, &format!("store/{name}/commit 1000 updates"), store);
    let view = store.view().expect("view").expect("a height");
    let mut n = 0;
    c.bench_function(&format!("store/{name}/get"), |b| {
        b.iter(|| {
            n += 7_919;
            black_box(view.get(&key(n % KEYS)).expect("get"))
        });
    });
    c.bench_function(&format!("store/{name}/prove"), |b| {
        b.iter(|| {
            n += 1;
            black_box(view.prove(view.height(), &key(n % KEYS)).expect("prove"))
        });
    });
}

fn main() {
    let mut cpu = Criterion::default()
        .with_measurement(CpuTime(ClockId::ThreadCPUTime))
        .sample_size(20)
        .configure_from_args();
    let memory = filled(MemoryBackend::new());
    bench_cpu(&mut cpu, "memory", &memory);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let rocks = filled(RocksBackend::open(dir.path()).expect("RocksDB opens"));
    bench_cpu(&mut cpu, "rocksdb", &rocks);
    let mut wall = Criterion::default().sample_size(20).configure_from_args();
    bench_commit(
        &mut wall,
        "store/rocksdb/commit 1000 updates (wall)",
        &rocks,
    );
    cpu.final_summary();
}
