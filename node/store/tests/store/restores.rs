//! What is restored is the state of the app hash, or nothing: whatever was altered, whenever the process ended.

use std::sync::atomic::{AtomicUsize, Ordering};

use nexus_store::snapshot::{Metadata, Restorer, SnapshotError};
use nexus_store::{Backend, BackendError, Batch, Family, MemoryBackend, Store, StoreError, Visit};

use crate::ledger::{Disk, append, audit, commit, dump, prepare, put};
use crate::snapshots::{CLOCK, Made, OWN_LOG, as_the_state_says, grow, restore, snapshot};

/// A ledger whose snapshot is small enough to try each of its bytes.
fn small() -> (Made, Vec<u8>) {
    let store = Disk::memory().open().expect("open");
    grow(&store, 1..=3);
    let made = snapshot(&store);
    let chunks = made.chunks();
    let [chunk] = chunks.as_slice() else {
        panic!("one chunk")
    };
    (made, chunk.clone())
}

/// Restores what a liar offers, who lists whatever chunk he sends; nothing but the app hash is known to be true.
fn believed(metadata: &[u8], chunk: &[u8], app_hash: &nexus_tree::Hash) -> Result<(), String> {
    let metadata = Metadata::decode(metadata).map_err(|error| error.to_string())?;
    if metadata.app_hash() != *app_hash {
        return Err("another app hash".to_owned());
    }
    let disk = Disk::memory();
    let store = disk.open().expect("open");
    let restored = restore(&store, &metadata, &[chunk.to_vec()]);
    if let Err(error) = &restored {
        assert!(
            store.view().expect("view").is_none(),
            "nothing became visible"
        );
        assert!(matches!(store.stage(vec![]), Err(StoreError::Restoring)));
        drop(store);
        let reopened = disk.open().expect("opens");
        assert_eq!(reopened.startup().keys, 0);
        assert!(reopened.view().expect("view").is_none(), "{error}");
    }
    restored.map_err(|error| error.to_string())
}

#[test]
fn every_altered_or_missing_byte_of_metadata_is_refused() {
    let (made, chunk) = small();
    let (bytes, app_hash) = (made.metadata.encode(), made.metadata.app_hash());
    believed(&bytes, &chunk, &app_hash).expect("as it is, it is believed");
    for length in 0..bytes.len() {
        believed(&bytes[..length], &chunk, &app_hash).expect_err("cut off");
    }
    believed(&[bytes.as_slice(), &[0]].concat(), &chunk, &app_hash).expect_err("longer");
    for place in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut altered = bytes.clone();
            altered[place] ^= bit;
            // The height is nothing a store can compare: the application does, with the state's clock.
            if (4..12).contains(&place) {
                continue;
            }
            believed(&altered, &chunk, &app_hash).expect_err(&format!("byte {place}"));
        }
    }
}

#[test]
fn every_altered_or_missing_byte_of_a_chunk_is_refused_even_if_its_hash_is_listed() {
    let (made, chunk) = small();
    let app_hash = made.metadata.app_hash();
    let as_listed = |chunk: &[u8]| {
        let mut metadata = made.metadata.clone();
        metadata.chunks = vec![sha256(chunk)];
        believed(&metadata.encode(), chunk, &app_hash)
    };
    as_listed(&chunk).expect("as it is, it is believed");
    for length in 0..chunk.len() {
        as_listed(&chunk[..length]).expect_err("cut off");
    }
    as_listed(&[chunk.as_slice(), &[0]].concat()).expect_err("longer");
    for place in 0..chunk.len() {
        for bit in [1, 0x80] {
            let mut altered = chunk.clone();
            altered[place] ^= bit;
            as_listed(&altered).expect_err(&format!("byte {place}"));
        }
    }
}

fn sha256(bytes: &[u8]) -> nexus_tree::Hash {
    // A state value's hash is the plain one.
    nexus_tree::smt::value_hash(bytes)
}

#[test]
fn an_altered_chunk_changes_nothing_and_the_right_one_may_follow() {
    let (made, chunk) = small();
    let store = Disk::memory().open().expect("open");
    let mut restorer = store.restore(made.metadata.clone()).expect("begun");
    let mut altered = chunk.clone();
    altered[20] ^= 1;
    assert!(matches!(
        restorer.apply(0, &altered),
        Err(SnapshotError::Altered { index: 0 })
    ));
    assert!(matches!(
        restorer.apply(0, b""),
        Err(SnapshotError::Altered { index: 0 })
    ));
    assert!(matches!(
        restorer.apply(1, &chunk),
        Err(SnapshotError::OutOfTurn {
            expected: 0,
            got: 1
        })
    ));
    restorer.apply(0, &chunk).expect("the right one");
    assert!(matches!(
        restorer.apply(0, &chunk),
        Err(SnapshotError::OutOfTurn {
            expected: 1,
            got: 0
        })
    ));
    restorer.finish(&as_the_state_says).expect("restored");
}

#[test]
fn a_restore_cut_off_anywhere_leaves_a_store_that_starts_anew() {
    let original = Disk::memory().open().expect("open");
    let large = |number: u8| (vec![number], Some(vec![number; 3 << 20]));
    commit(
        &original,
        1,
        (1..=5).map(large).chain([put(CLOCK, "1000")]).collect(),
        vec![audit("one")],
    );
    let made = snapshot(&original);
    let chunks = made.chunks();
    // One write for the beginning, one a chunk, one for the end.
    let writes = chunks.len() + 2;
    for allowed in 0..=writes {
        let disk = Dying::new(allowed);
        let store = Store::open(disk.clone());
        let restored = store
            .map_err(SnapshotError::from)
            .and_then(|store| restore(&store, &made.metadata, &chunks));
        assert_eq!(
            restored.is_ok(),
            allowed == writes + 1,
            "{allowed} of {writes} writes: {restored:?}"
        );
        // After the crash the disk works again.
        let store = Store::open(disk.backend.clone()).expect("opens");
        assert!(store.view().expect("view").is_none(), "{allowed}");
        assert_eq!(store.startup().keys, 0, "{allowed}");
        assert_eq!(store.began_at(), None);
        restore(&store, &made.metadata, &chunks).expect("the next try succeeds");
        assert_eq!(
            store.committed().expect("tip").map(|tip| tip.app_hash),
            Some(made.metadata.app_hash())
        );
    }
}

/// A disk that fails from some write on.
#[derive(Clone)]
struct Dying {
    backend: MemoryBackend,
    left: std::sync::Arc<AtomicUsize>,
}

impl Dying {
    fn new(writes: usize) -> Self {
        Self {
            backend: MemoryBackend::new(),
            left: std::sync::Arc::new(AtomicUsize::new(writes)),
        }
    }
}

impl Backend for Dying {
    reads_of!(backend);

    fn write(&self, batch: &Batch) -> Result<(), BackendError> {
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        left.map_err(|_| "the disk is gone")?;
        self.backend.write(batch)
    }
}

#[test]
fn nothing_is_restored_over_blocks_but_over_a_snapshot_without_blocks() {
    let original = Disk::memory().open().expect("open");
    grow(&original, 1..=20);
    let older = snapshot(&original);
    grow(&original, 21..=30);
    let newer = snapshot(&original);
    assert!(matches!(
        original.restore(older.metadata.clone()),
        Err(SnapshotError::NotEmpty { height: 30 })
    ));
    assert!(
        original.view().expect("view").is_some(),
        "it goes on as before"
    );

    let disk = Disk::rocks();
    let store = disk.open().expect("open");
    restore(&store, &older.metadata, &older.chunks()).expect("restored");
    let view = store.view().expect("view").expect("a height");
    let begun: Restorer = store
        .restore(newer.metadata.clone())
        .expect("no block was committed since");
    assert!(
        matches!(view.get(b"clock"), Err(StoreError::Pruned { .. })),
        "what is being emptied answers nothing"
    );
    drop((begun, view));
    store.give_up_restore().expect("given up");
    assert!(store.view().expect("view").is_none());
    restore(&store, &newer.metadata, &newer.chunks()).expect("restored");
    let Disk::Rocks(_) = &disk else {
        unreachable!("made above")
    };
    grow(&store, 31..=31);
    assert!(matches!(
        store.restore(newer.metadata.clone()),
        Err(SnapshotError::NotEmpty { height: 31 })
    ));
    drop(store);
    // Exactly what one restored directly holds.
    let direct = Disk::memory();
    let store = direct.open().expect("open");
    restore(&store, &newer.metadata, &newer.chunks()).expect("restored");
    grow(&store, 31..=31);
    drop(store);
    assert_eq!(
        dump(disk.backend().as_ref()),
        dump(direct.backend().as_ref())
    );
}

#[test]
fn after_a_refused_snapshot_the_chain_can_begin_from_genesis() {
    let (made, chunk) = small();
    let store = Disk::memory().open().expect("open");
    let mut metadata = made.metadata.clone();
    metadata.keys += 1;
    let refused = restore(&store, &metadata, &[chunk]).expect_err("one key too few");
    assert!(refused.is_the_snapshots(), "{refused}");
    store.give_up_restore().expect("given up");
    grow(&store, 1..=3);
    assert_eq!(
        store.committed().expect("tip").map(|tip| tip.app_hash),
        Some(made.metadata.app_hash())
    );
}

/// It keeps no first record whose place could tell that the log is not empty.
#[test]
fn a_log_of_a_restored_store_whose_head_vanished_is_neither_empty_nor_begun_anew() {
    let original = Disk::memory().open().expect("open");
    grow(&original, 1..=6);
    let made = snapshot(&original);
    let disk = Disk::memory();
    let store = disk.open().expect("open");
    restore(&store, &made.metadata, &made.chunks()).expect("restored");
    let next = prepare(
        &store,
        7,
        vec![put(CLOCK, "later")],
        vec![append(OWN_LOG, "more")],
    );
    let mut batch = Batch::new();
    batch.delete(Family::Meta, [b"log/", OWN_LOG].concat());
    disk.backend().write(&batch).expect("a write");
    let view = store.view().expect("a view").expect("a height");
    let refused = view.log_head(OWN_LOG).expect_err("the head is gone");
    assert!(refused.to_string().contains("records but no head"));
    let refused = store.commit(next).expect_err("the head is gone");
    assert!(refused.to_string().contains("records but no head"));
    assert_eq!(view.log_size(b"never").expect("an empty log"), 0);
}

#[test]
fn a_restored_store_whose_base_vanished_does_not_say_that_it_keeps_everything() {
    let original = Disk::memory().open().expect("open");
    grow(&original, 1..=6);
    let made = snapshot(&original);
    let disk = Disk::memory();
    let store = disk.open().expect("open");
    restore(&store, &made.metadata, &made.chunks()).expect("restored");
    let view = store.view().expect("a view").expect("a height");
    assert_eq!(view.first_record(OWN_LOG).expect("its base"), 6);
    assert_eq!(view.first_record(b"never").expect("an empty log"), 0);
    let mut batch = Batch::new();
    batch.delete(Family::Meta, [b"base/", OWN_LOG].concat());
    batch.delete(Family::Meta, b"base".to_vec());
    disk.backend().write(&batch).expect("a write");
    let refused = view.first_record(OWN_LOG).expect_err("its base is gone");
    assert!(refused.to_string().contains("neither its first record"));
    drop((view, store));
    let refused = disk.open().map(drop).expect_err("its height is gone");
    assert!(refused.to_string().contains("not of which height"));
}
