//! A snapshot is the same bytes on every node, restores to the same ledger, and is believed for nothing but its app hash.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use nexus_store::snapshot::{CHUNK_BYTES, Folder, Metadata, Restored, SnapshotError, Stored, make};
use nexus_store::{
    Batch, Change, Family, LogAppend, MemoryBackend, Store, StoreError, app_log, rollback,
};
use nexus_tree::app_hash::LogId;
use nexus_tree::log::{leaf_hash, root_of};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::ledger::{BLOCK_MS, Disk, append, audit, commit, dump, on_each_backend, prepare, put};

/// The state key that says the block time, as the ledger's clock does.
pub(crate) const CLOCK: &str = "clock";

/// A log that is not under the app hash; its size and root stand in the state under the same name.
pub(crate) const OWN_LOG: &[u8] = b"collection";

/// What the state says of the other log after a height: it gets one record a block from the first on.
fn own_head(height: u64) -> String {
    let leaves: Vec<_> = (1..=height)
        .map(|height| leaf_hash(format!("own {height}").as_bytes()))
        .collect();
    format!("{height} {:?}", root_of(&leaves))
}

/// Commits blocks from `from` on with a clock, some keys, and records in two logs.
pub(crate) fn grow(store: &Store, heights: impl IntoIterator<Item = u64>) {
    for height in heights {
        let mut state = vec![
            put(CLOCK, &(height * BLOCK_MS).to_string()),
            put(&format!("key {height}"), &"v".repeat(height as usize % 7)),
            put("collection", &own_head(height)),
        ];
        if height % 3 == 0 {
            state.push((format!("key {}", height - 1).into_bytes(), None));
        }
        let logs = vec![
            audit(&format!("audit {height}")),
            append(OWN_LOG, &format!("own {height}")),
        ];
        commit(store, height, state, logs);
    }
}

/// A snapshot of what the store holds now, in a folder that ends with it.
pub(crate) struct Made {
    folder: Folder,
    dir: TempDir,
    pub(crate) metadata: Metadata,
}

pub(crate) fn snapshot(store: &Store) -> Made {
    let dir = TempDir::new().expect("a folder");
    let folder = Folder::open(dir.path().join("snapshots")).expect("opens");
    let height = store
        .committed()
        .expect("committed")
        .expect("a block")
        .height;
    let place = folder.checkpoint(height).expect("a place");
    let checkpoint = store.checkpoint(&place).expect("a checkpoint");
    let metadata = make(checkpoint.as_ref(), &folder, &AtomicBool::new(false)).expect("made");
    Made {
        folder,
        dir,
        metadata,
    }
}

impl Made {
    pub(crate) fn chunks(&self) -> Vec<Vec<u8>> {
        let all = 0..self.metadata.count();
        all.map(|index| self.folder.chunk(&self.metadata, index).expect("a chunk"))
            .collect()
    }
}

/// What the application checks: the time, and the log that is not under the app hash, against the state.
pub(crate) fn as_the_state_says(restored: &Restored<'_>) -> Result<Option<String>, StoreError> {
    let text = |key: &str| {
        let value = restored.get(key.as_bytes())?.unwrap_or_default();
        Ok::<_, StoreError>(String::from_utf8_lossy(&value).into_owned())
    };
    if text(CLOCK)? != restored.metadata().time_ms.to_string() {
        return Ok(Some("its time is not the state's".to_owned()));
    }
    let mut own = String::new();
    restored.logs(|id, head| {
        if id == [LogId::Audit as u8] {
            return ControlFlow::Continue(());
        }
        own = format!("{} {:?}", head.size, head.root);
        if id == OWN_LOG {
            ControlFlow::Continue(())
        } else {
            own.push_str(" under another name");
            ControlFlow::Break(())
        }
    })?;
    let differs = text("collection")? != own;
    Ok(differs.then(|| "a log is not as the state says".to_owned()))
}

pub(crate) fn restore(
    store: &Store,
    metadata: &Metadata,
    chunks: &[Vec<u8>],
) -> Result<(), SnapshotError> {
    let mut restorer = store.restore(metadata.clone())?;
    for (index, chunk) in (0..).zip(chunks) {
        restorer.apply(index, chunk)?;
    }
    restorer.finish(&as_the_state_says)
}

#[test]
fn a_restored_store_has_the_same_app_hash_goes_on_to_the_same_and_proves_what_comes_after() {
    on_each_backend(|disk| {
        let original = disk.open().expect("open");
        grow(&original, 1..=41);
        let made = snapshot(&original);
        grow(&original, 42..=60);

        let new = Disk::rocks();
        let store = new.open().expect("an empty store");
        restore(&store, &made.metadata, &made.chunks()).expect("restored");
        let committed = store.committed().expect("committed").expect("a height");
        assert_eq!(committed.height, 41);
        assert_eq!(committed.app_hash, made.metadata.app_hash());
        assert_eq!(store.began_at(), Some(41));
        grow(&store, 42..=50);
        drop(store);
        let store = new.open().expect("reopens, every root compared");
        assert_eq!(store.began_at(), Some(41));
        grow(&store, 51..=60);

        let [one, other] =
            [&original, &store].map(|store| store.view().expect("view").expect("a height"));
        assert_eq!(one.app_hash(), other.app_hash());
        assert_eq!(
            one.iter_prefix(b"", None, 1_000).expect("all"),
            other.iter_prefix(b"", None, 1_000).expect("all")
        );
        for height in 41..=60 {
            assert_eq!(
                one.preimage_at(height).expect("one"),
                other.preimage_at(height).expect("other")
            );
            let (value, proof) = other.prove(height, CLOCK.as_bytes()).expect("proved");
            let root = other.preimage_at(height).expect("preimage").state_root;
            proof
                .verify(&root, CLOCK.as_bytes(), value.as_deref())
                .expect("holds");
        }
        for log in [app_log(LogId::Audit), OWN_LOG.to_vec()] {
            assert_eq!(
                one.log_head(&log).expect("head"),
                other.log_head(&log).expect("head")
            );
            for index in 41..60 {
                let record = other.record(&log, index).expect("read").expect("kept");
                for size in index + 1..=60 {
                    let [proof, same] = [&other, &one]
                        .map(|view| view.inclusion(&log, index, size).expect("proof"));
                    assert_eq!(proof, same, "record {index} at {size}");
                }
                let proof = other.inclusion(&log, index, 60).expect("proof");
                let head = other.log_head(&log).expect("head");
                proof
                    .verify(&leaf_hash(&record), index, &head)
                    .expect("the proof holds");
            }
            for old in 41..=60 {
                assert_eq!(
                    one.consistency(&log, old, 60).expect("one"),
                    other.consistency(&log, old, 60).expect("other")
                );
            }
        }
    });
}

#[test]
fn a_restored_store_says_of_what_is_older_that_it_does_not_keep_it() {
    let original = Disk::memory().open().expect("open");
    grow(&original, 1..=37);
    let made = snapshot(&original);
    let disk = Disk::memory();
    let store = disk.open().expect("open");
    restore(&store, &made.metadata, &made.chunks()).expect("restored");
    grow(&store, 38..=40);
    let view = store.view().expect("view").expect("a height");
    let audit = app_log(LogId::Audit);
    assert_eq!(view.first_record(&audit).expect("first"), 37);
    let mut frontier = view.first_frontier(&audit).expect("what they add up to");
    for record in view.records(&audit, 37, 10).expect("kept") {
        frontier.append(leaf_hash(&record)).expect("an append");
    }
    assert_eq!(frontier.head(), view.log_head(&audit).expect("head"));
    let not_kept = |result: Result<(), StoreError>, index: u64| match result {
        Err(StoreError::NotKept {
            index: named,
            first,
            ..
        }) => assert_eq!((named, first), (index, 37)),
        other => panic!("{other:?}"),
    };
    not_kept(view.record(&audit, 36).map(drop), 36);
    not_kept(view.records(&audit, 5, 10).map(drop), 5);
    not_kept(view.inclusion(&audit, 3, 40).map(drop), 3);
    not_kept(view.consistency(&audit, 20, 40).map(drop), 19);
    assert_eq!(view.records(&audit, 37, 10).expect("kept").len(), 3);
    assert_eq!(
        view.records(&audit, 40, 10).expect("beyond the end").len(),
        0
    );
    assert_eq!(view.block_record(37).expect("read"), None);
    assert!(view.block_record(38).expect("read").is_some());
    assert!(matches!(
        view.info_at(36),
        Err(StoreError::Pruned { oldest: 37, .. })
    ));
    assert!(matches!(
        view.block_hash_at(37),
        Err(StoreError::Pruned { oldest: 38, .. })
    ));
    assert_eq!(view.time_at(37).expect("time"), 37 * BLOCK_MS);
    drop((view, store));
    let Disk::Memory(backend) = &disk else {
        unreachable!("made above")
    };
    assert!(matches!(
        rollback(backend, 36),
        Err(StoreError::Pruned { oldest: 37, .. })
    ));
    rollback(backend, 38).expect("back to a block of its own");
    assert_eq!(
        disk.open()
            .expect("opens")
            .committed()
            .expect("tip")
            .map(|tip| tip.height),
        Some(38)
    );
}

#[test]
fn every_node_cuts_the_same_bytes_whatever_happened_to_its_disk() {
    let mut made = Vec::new();
    for disk in [Disk::memory(), Disk::rocks()] {
        let store = disk.open().expect("open");
        grow(&store, 1..=30);
        made_push(&mut made, &store);
    }
    // One that was reopened at every height, and went wrong and back in between.
    let disk = Disk::memory();
    for height in 1..=30 {
        grow(&disk.open().expect("open"), [height]);
    }
    let Disk::Memory(backend) = &disk else {
        unreachable!("made above")
    };
    rollback(backend, 12).expect("back");
    let store = disk.open().expect("open");
    grow(&store, 13..=30);
    made_push(&mut made, &store);
    // One that was itself restored.
    let original = Disk::memory().open().expect("open");
    grow(&original, 1..=17);
    let older = snapshot(&original);
    let disk = Disk::rocks();
    let store = disk.open().expect("open");
    restore(&store, &older.metadata, &older.chunks()).expect("restored");
    grow(&store, 18..=30);
    made_push(&mut made, &store);

    let (first, rest) = made.split_first().expect("four");
    assert_eq!(rest.len(), 3);
    for other in rest {
        assert_eq!(other, first);
    }
}

type Bytes = (Vec<u8>, Vec<Vec<u8>>);

fn made_push(made: &mut Vec<Bytes>, store: &Store) {
    let snapshot = snapshot(store);
    made.push((snapshot.metadata.encode(), snapshot.chunks()));
}

#[test]
fn a_snapshot_in_many_chunks_is_cut_where_the_next_entry_would_not_fit() {
    let disk = Disk::rocks();
    let store = disk.open().expect("open");
    // No two of them fit into one chunk with a third.
    let large = |number: u8| (vec![number], Some(vec![number; 3 << 20]));
    let mut state: Vec<Change> = (1..=5).map(large).collect();
    state.push(put(CLOCK, "1000"));
    commit(&store, 1, state, vec![audit("one")]);
    let made = snapshot(&store);
    let chunks = made.chunks();
    assert_eq!(chunks.len(), 3);
    assert!(chunks.iter().all(|chunk| chunk.len() <= CHUNK_BYTES));
    let new = Disk::memory().open().expect("open");
    restore(&new, &made.metadata, &chunks).expect("restored");
    assert_eq!(
        new.committed().expect("one").map(|tip| tip.app_hash),
        store.committed().expect("other").map(|tip| tip.app_hash)
    );
}

#[test]
fn a_checkpoint_does_not_see_what_is_committed_while_it_is_cut() {
    on_each_backend(|disk| {
        let store = disk.open().expect("open");
        grow(&store, 1..=10);
        let before = snapshot(&store);
        let dir = TempDir::new().expect("a folder");
        let folder = Folder::open(dir.path()).expect("opens");
        let place = folder.checkpoint(10).expect("a place");
        let checkpoint = store.checkpoint(&place).expect("a checkpoint");
        grow(&store, 11..=20);
        let late = make(checkpoint.as_ref(), &folder, &AtomicBool::new(false)).expect("made");
        assert_eq!(late, before.metadata);
        let refused = checkpoint.write(&one_write());
        // The fork of a memory backend can be written; a checkpoint on disk is closed.
        assert_eq!(refused.is_err(), matches!(disk, Disk::Rocks(_)));
    });
}

fn one_write() -> Batch<'static> {
    let mut batch = Batch::new();
    batch.put(Family::State, vec![1], vec![1]);
    batch
}

#[test]
fn a_folder_keeps_the_newest_and_lists_only_what_is_whole() {
    let store = Disk::memory().open().expect("open");
    let dir = TempDir::new().expect("a folder");
    let folder = Folder::open(dir.path()).expect("opens");
    let heights = |folder: &Folder| -> Vec<u64> {
        let stored: Vec<Stored> = folder.list().expect("listed");
        stored.iter().map(|stored| stored.metadata.height).collect()
    };
    for height in 1..=4 {
        grow(&store, [height]);
        let checkpoint = store.checkpoint(Path::new("unused")).expect("a checkpoint");
        make(checkpoint.as_ref(), &folder, &AtomicBool::new(false)).expect("made");
    }
    assert_eq!(heights(&folder), [1, 2, 3, 4]);
    folder.keep_newest(2).expect("pruned");
    assert_eq!(heights(&folder), [3, 4]);
    // Given up midway: nothing of it is listed, nothing stays.
    grow(&store, [5]);
    let checkpoint = store.checkpoint(Path::new("unused")).expect("a checkpoint");
    let given_up = make(checkpoint.as_ref(), &folder, &AtomicBool::new(true));
    assert!(matches!(given_up, Err(SnapshotError::Cancelled)));
    assert_eq!(heights(&folder), [3, 4]);
    // Killed midway: the next start deletes it.
    std::fs::create_dir(dir.path().join("6.part")).expect("left over");
    std::fs::create_dir(dir.path().join("6.checkpoint")).expect("left over");
    let folder = Folder::open(dir.path()).expect("opens");
    assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 2);
    // Damaged since: not sent on.
    let stored = folder.list().expect("listed").remove(0).metadata;
    let path = dir.path().join("3/chunk-00000");
    let mut bytes = std::fs::read(&path).expect("read");
    bytes[13] ^= 1;
    std::fs::write(&path, bytes).expect("written");
    assert!(matches!(
        folder.chunk(&stored, 0),
        Err(SnapshotError::Altered { index: 0 })
    ));
    assert!(matches!(
        folder.chunk(&stored, 1),
        Err(SnapshotError::File { .. })
    ));
    std::fs::write(dir.path().join("4/metadata"), b"rubbish").expect("written");
    assert_eq!(heights(&folder), [3]);
}

#[test]
fn a_snapshot_of_a_store_without_a_block_is_an_error() {
    let dir = TempDir::new().expect("a folder");
    let folder = Folder::open(dir.path()).expect("opens");
    let made = make(&MemoryBackend::new(), &folder, &AtomicBool::new(false));
    assert!(matches!(made, Err(SnapshotError::Store(_))), "{made:?}");
    assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 0);
}

/// Changes of one block: keys from a small set, so that they are set, changed and removed.
fn changes() -> impl Strategy<Value = BTreeMap<Vec<u8>, Option<Vec<u8>>>> {
    let key = prop::collection::vec(0_u8..4, 1..4);
    let value = prop::option::of(prop::collection::vec(any::<u8>(), 0..40));
    prop::collection::btree_map(key, value, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_history_the_restored_state_is_the_original(
        blocks in prop::collection::vec((changes(), 0_usize..4), 1..10),
    ) {
        let original = Disk::memory();
        let store = original.open().expect("open");
        for (height, (state, records)) in (1..).zip(&blocks) {
            let logs: Vec<LogAppend> = (0..*records).map(|number| audit(&format!("{height} {number}"))).collect();
            commit(&store, height, state.clone().into_iter().collect(), logs);
        }
        let made = snapshot(&store);
        let new = Disk::memory();
        let restored = new.open().expect("open");
        let mut restorer = restored.restore(made.metadata.clone()).expect("begun");
        for (index, chunk) in (0..).zip(made.chunks()) {
            restorer.apply(index, &chunk).expect("applied");
        }
        restorer.finish(&|_| Ok(None)).expect("restored");
        let state = |disk: &Disk| -> BTreeMap<_, _> {
            let all = dump(disk.backend().as_ref());
            all.into_iter().filter(|((family, key), _)| *family == "state" || key.starts_with(b"log/")).collect()
        };
        prop_assert_eq!(state(&new), state(&original));
        let next = u64::try_from(blocks.len()).expect("few") + 1;
        let [one, other] = [&store, &restored].map(|store| {
            prepare(store, next, vec![put("after", "1")], vec![audit("after")]).app_hash
        });
        prop_assert_eq!(one, other);
        prop_assert!(made.dir.path().exists());
    }
}
