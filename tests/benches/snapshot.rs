//! What a snapshot takes: the checkpoint at a commit, cutting it, its size, and restoring it, on RocksDB.
//!
//! `cargo bench -p nexus-tests --bench snapshot [-- KEYS]`; without a number, 100,000 keys. Wall-clock times of one run.

use nexus_store::snapshot::{Folder, make};
use nexus_store::{BlockWrite, Change, RocksBackend, Store};
use nexus_tree::app_hash::{AppHashPreimage, LogId};
use nexus_tree::log::LogHead;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Bytes of a value: an object of the ledger with its ids and quotas.
const VALUE_BYTES: usize = 120;

/// Changes of one block while the store is filled.
const BLOCK_KEYS: u64 = 10_000;

fn main() {
    // Cargo passes `--bench`.
    let keys = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok());
    let keys: u64 = keys.unwrap_or(100_000);
    let dir = tempfile::tempdir().expect("a folder");
    let store = filled(dir.path().join("store").as_path(), keys);

    let folder = Folder::open(dir.path().join("snapshots")).expect("opens");
    let place = folder.checkpoint(1).expect("a place");
    let (checkpoint, paused) = timed(|| store.checkpoint(&place).expect("a checkpoint"));
    let not = AtomicBool::new(false);
    let (metadata, made) = timed(|| make(checkpoint.as_ref(), &folder, &not).expect("made"));
    let bytes = folder
        .list()
        .expect("listed")
        .first()
        .map_or(0, |stored| stored.bytes);

    let new =
        Store::open(RocksBackend::open(&dir.path().join("new")).expect("opens")).expect("opens");
    let mut restorer = new.restore(metadata.clone()).expect("begun");
    let (_, applied) = timed(|| {
        for index in 0..metadata.count() {
            let chunk = folder.chunk(&metadata, index).expect("a chunk");
            restorer.apply(index, &chunk).expect("applied");
        }
    });
    let (_, finished) = timed(|| restorer.finish(&|_| Ok(None)).expect("restored"));
    println!("keys                     {keys}");
    println!("chunks, bytes            {}, {bytes}", metadata.count());
    println!("checkpoint, at a commit  {paused:?}");
    println!("cutting, in background   {made:?}");
    println!("applying all chunks      {applied:?}");
    println!("tree and comparison      {finished:?}");
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

fn filled(path: &std::path::Path, keys: u64) -> Store {
    let store = Store::open(RocksBackend::open(path).expect("opens")).expect("opens");
    for (height, from) in (1..).zip((0..keys).step_by(usize::try_from(BLOCK_KEYS).expect("few"))) {
        let numbers = from..(from + BLOCK_KEYS).min(keys);
        let state: Vec<Change> = numbers
            .map(|number| (key(number), Some(value(number))))
            .collect();
        let state_root = store.stage(state).expect("staged").state_root;
        let preimage = AppHashPreimage {
            constants: [1; 32],
            delay_profile: [2; 32],
            state_root,
            logs: [LogHead::empty(); LogId::ALL.len()],
        };
        let block = BlockWrite {
            height,
            time_ms: height * 1_000,
            block_hash: [3; 32],
            app_hash: preimage.hash(),
            preimage,
            logs: Vec::new(),
            txs: Vec::new(),
            block: Vec::new(),
        };
        store.commit(block).expect("committed");
    }
    store
}

/// Spread over the whole range, as ids that are hashes.
fn key(number: u64) -> Vec<u8> {
    nexus_tree::smt::key_hash(&number.to_be_bytes()).to_vec()
}

fn value(number: u64) -> Vec<u8> {
    let hash = nexus_tree::smt::value_hash(&number.to_be_bytes());
    hash.iter().copied().cycle().take(VALUE_BYTES).collect()
}
