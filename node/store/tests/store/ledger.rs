//! A small ledger over the store for tests: makes blocks that fit, and dumps what a backend holds.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use nexus_store::{
    Backend, Batch, BlockWrite, Change, Family, LogAppend, MemoryBackend, RocksBackend, Store,
    StoreError, app_log,
};
use nexus_tree::Hash;
use nexus_tree::app_hash::{AppHashPreimage, LogId};
use nexus_tree::log::{Frontier, LogHead, leaf_hash};
use tempfile::TempDir;

/// Milliseconds between two blocks of the test ledger.
pub(crate) const BLOCK_MS: u64 = 1_000;

/// Bytes that outlive a store, as a disk does.
pub(crate) enum Disk {
    Memory(MemoryBackend),
    Rocks(TempDir),
}

impl Disk {
    pub(crate) fn memory() -> Self {
        Self::Memory(MemoryBackend::new())
    }

    pub(crate) fn rocks() -> Self {
        Self::Rocks(TempDir::new().expect("a temporary folder"))
    }

    pub(crate) fn backend(&self) -> Box<dyn Backend> {
        match self {
            Self::Memory(backend) => Box::new(backend.clone()),
            Self::Rocks(dir) => Box::new(RocksBackend::open(dir.path()).expect("RocksDB opens")),
        }
    }

    pub(crate) fn open(&self) -> Result<Store, StoreError> {
        Store::open(self.backend())
    }
}

/// Runs one test over both backends.
pub(crate) fn on_each_backend(test: impl Fn(&Disk)) {
    test(&Disk::memory());
    test(&Disk::rocks());
}

/// Everything a backend holds.
pub(crate) fn dump(backend: &dyn Backend) -> BTreeMap<(&'static str, Vec<u8>), Vec<u8>> {
    let mut all = BTreeMap::new();
    for family in Family::ALL {
        let mut visit = |key: &[u8], value: &[u8]| {
            all.insert((family.name(), key.to_vec()), value.to_vec());
            ControlFlow::Continue(())
        };
        backend.scan(family, &[], None, &mut visit).expect("a scan");
    }
    all
}

/// Flips the lowest bit of the last byte of one entry's value.
pub(crate) fn flip(backend: &dyn Backend, family: Family, key: &[u8]) {
    let mut value = backend
        .get(family, key)
        .expect("a read")
        .expect("the entry exists");
    *value.last_mut().expect("the value is not empty") ^= 1;
    let mut batch = Batch::new();
    batch.put(family, key.to_vec(), value);
    backend.write(&batch).expect("a write");
}

pub(crate) fn put(key: &str, value: &str) -> Change {
    (key.as_bytes().to_vec(), Some(value.as_bytes().to_vec()))
}

pub(crate) fn append(log: &[u8], record: &str) -> LogAppend {
    LogAppend {
        log: log.to_vec(),
        record: record.as_bytes().to_vec(),
    }
}

pub(crate) fn audit(record: &str) -> LogAppend {
    append(&app_log(LogId::Audit), record)
}

/// 32 bytes that depend on a number alone.
pub(crate) fn hash_of(number: u64) -> Hash {
    leaf_hash(&number.to_be_bytes())
}

/// A block of the given height that the store accepts, its changes staged.
pub(crate) fn prepare(
    store: &Store,
    height: u64,
    state: Vec<Change>,
    logs: Vec<LogAppend>,
) -> BlockWrite {
    let state_root = store.stage(state).expect("the changes stage").state_root;
    let view = store.view().expect("a view");
    let head = |id: LogId| {
        let log = app_log(id);
        let mut frontier = view.as_ref().map_or_else(Frontier::new, |view| {
            view.frontier(&log).expect("a frontier")
        });
        for append in logs.iter().filter(|append| append.log == log) {
            frontier
                .append(leaf_hash(&append.record))
                .expect("an append");
        }
        frontier.head()
    };
    let heads: [LogHead; LogId::ALL.len()] = LogId::ALL.map(head);
    let preimage = AppHashPreimage {
        constants: [1; 32],
        delay_profile: [2; 32],
        state_root,
        logs: heads,
    };
    BlockWrite {
        height,
        time_ms: height * BLOCK_MS,
        block_hash: hash_of(height),
        app_hash: preimage.hash(),
        preimage,
        logs,
        txs: vec![hash_of(height ^ u64::MAX), hash_of(height ^ u64::MAX >> 1)],
        block: format!("block {height}").into_bytes(),
    }
}

/// Prepares and commits.
pub(crate) fn commit(store: &Store, height: u64, state: Vec<Change>, logs: Vec<LogAppend>) {
    let block = prepare(store, height, state, logs);
    store.commit(block).expect("the block commits");
}
