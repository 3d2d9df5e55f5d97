//! What is on disk is the outcome of whole blocks, and a store that is not is refused.

use crate::ledger::{
    BLOCK_MS, Disk, append, audit, commit, dump, flip, hash_of, on_each_backend, prepare, put,
};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use nexus_store::{
    Backend, Batch, BlockWrite, Committed, Family, MAX_KEY_BYTES, RocksBackend, Store, StoreError,
    rollback,
};
use nexus_tree::smt::EMPTY_ROOT;

#[test]
fn a_new_store_has_no_height_and_no_view() {
    on_each_backend(|disk| {
        let store = disk.open().expect("an empty store opens");
        assert_eq!(store.committed().expect("committed"), None);
        assert!(store.view().expect("view").is_none());
        assert_eq!(store.stage(vec![]).expect("staged").state_root, EMPTY_ROOT);
    });
}

#[test]
fn the_first_block_may_have_any_height_and_the_next_only_the_next() {
    for first in [0, 1, 7, 1_000_000] {
        let disk = Disk::memory();
        let store = disk.open().expect("open");
        commit(&store, first, vec![put("a", "1")], vec![]);
        let wrong = prepare(&store, first + 2, vec![], vec![]);
        let error = store.commit(wrong).expect_err("a gap");
        assert!(
            matches!(error, StoreError::WrongHeight { expected, got } if expected == first + 1 && got == first + 2)
        );
        commit(&store, first + 1, vec![put("a", "2")], vec![]);
        let view = disk
            .open()
            .expect("reopen")
            .view()
            .expect("view")
            .expect("a height");
        assert_eq!(view.height(), first + 1);
        assert_eq!(view.get_at(first, b"a").expect("get"), Some(b"1".to_vec()));
        let (value, proof) = view.prove(first, b"a").expect("prove");
        let root = view.preimage_at(first).expect("preimage").state_root;
        proof
            .verify(&root, b"a", value.as_deref())
            .expect("the proof holds");
    }
}

#[test]
fn a_store_reopened_after_every_commit_answers_as_before() {
    on_each_backend(|disk| {
        for height in 1..=12 {
            let store = disk.open().expect("open");
            let shared = format!("{height}");
            let own = format!("key {height}");
            commit(
                &store,
                height,
                vec![put("shared", &shared), put(&own, "x")],
                vec![audit(&shared)],
            );
            let before = store.view().expect("view").expect("a height");
            let (height_before, hash_before) = (before.height(), before.app_hash());
            drop((before, store));

            let store = disk.open().expect("reopen");
            assert_eq!(
                store.committed().expect("committed"),
                Some(Committed {
                    height,
                    app_hash: hash_before,
                    time_ms: height * BLOCK_MS
                })
            );
            assert_eq!(store.startup().keys, height + 1);
            assert_eq!(store.startup().live_versions, height);
            let view = store.view().expect("view").expect("a height");
            assert_eq!(view.height(), height_before);
            for earlier in 1..=height {
                let (value, proof) = view.prove(earlier, b"shared").expect("prove");
                assert_eq!(value, Some(format!("{earlier}").into_bytes()));
                let root = view.preimage_at(earlier).expect("preimage").state_root;
                proof
                    .verify(&root, b"shared", value.as_deref())
                    .expect("the proof holds");
                assert_eq!(view.block_hash_at(earlier).expect("hash"), hash_of(earlier));
                assert_eq!(view.time_at(earlier).expect("time"), earlier * BLOCK_MS);
                let record = view.block_record(earlier).expect("block");
                assert_eq!(record, Some(format!("block {earlier}").into_bytes()));
            }
        }
    });
}

#[test]
fn a_crash_before_the_batch_leaves_the_height_before() {
    on_each_backend(|disk| {
        let store = disk.open().expect("open");
        commit(&store, 1, vec![put("a", "1")], vec![audit("one")]);
        let state = vec![put("a", "2"), put("b", "2")];
        let block = prepare(&store, 2, state.clone(), vec![audit("two")]);
        drop(store);

        let store = disk.open().expect("reopen");
        let view = store.view().expect("view").expect("a height");
        assert_eq!(view.height(), 1);
        assert_eq!(view.get(b"a").expect("get"), Some(b"1".to_vec()));
        assert_eq!(view.get(b"b").expect("get"), None);
        let error = store
            .commit(block.clone())
            .expect_err("nothing is staged after a restart");
        assert!(error.to_string().contains("nothing is staged"), "{error}");
        let replayed = prepare(&store, 2, state, block.logs.clone());
        assert_eq!(
            replayed.app_hash, block.app_hash,
            "replay gives the same app hash"
        );
        store.commit(replayed).expect("the replayed block commits");
    });
}

/// Set for the process that [`a_process_killed_while_it_commits_loses_no_block_it_reported`] starts and kills: the folder
/// of its database.
const VICTIM: &str = "NEXUS_STORE_TEST_VICTIM";

/// Blocks the victim reports before it is killed.
const REPORTED: usize = 25;

#[test]
fn a_process_killed_while_it_commits_loses_no_block_it_reported() {
    if let Some(folder) = std::env::var_os(VICTIM) {
        return commit_for_ever(Path::new(&folder));
    }
    let disk = Disk::rocks();
    let Disk::Rocks(dir) = &disk else {
        unreachable!("made above")
    };
    let name = "durability::a_process_killed_while_it_commits_loses_no_block_it_reported";
    for _ in 0..3 {
        let mut victim = Command::new(std::env::current_exe().expect("this test's path"))
            .args(["--exact", name, "--nocapture"])
            .env(VICTIM, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the victim starts");
        let lines = BufReader::new(victim.stdout.take().expect("piped")).lines();
        let reported = lines
            .map(|line| line.expect("a line"))
            .filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok())
            .nth(REPORTED - 1)
            .expect("the victim reports until it is killed");
        victim.kill().expect("SIGKILL");
        victim.wait().expect("the victim is gone");

        let store = disk
            .open()
            .expect("the store opens, so that every root is right");
        let view = store.view().expect("view").expect("a height");
        assert!(view.height() >= reported, "{} < {reported}", view.height());
        let expected = Some(format!("{}", view.height()).into_bytes());
        assert_eq!(view.get(b"a").expect("get"), expected);
        assert_eq!(view.log_size(&[0]).expect("size"), view.height());
    }
}

fn commit_for_ever(folder: &Path) {
    let store = Store::open(RocksBackend::open(folder).expect("RocksDB")).expect("open");
    let next = store
        .committed()
        .expect("committed")
        .map_or(1, |tip| tip.height + 1);
    for height in next.. {
        let value = format!("{height}");
        commit(
            &store,
            height,
            vec![put("a", &value), put(&value, "x")],
            vec![audit(&value)],
        );
        println!("\ncommitted {height}");
    }
}

#[test]
fn staging_again_replaces_what_was_staged() {
    let store = Disk::memory().open().expect("open");
    commit(&store, 1, vec![put("a", "1")], vec![]);
    let first = store.stage(vec![put("a", "2")]).expect("stage").state_root;
    let other = store.stage(vec![put("b", "2")]).expect("stage").state_root;
    assert_ne!(first, other);
    assert_eq!(
        store.stage(vec![put("a", "2")]).expect("stage").state_root,
        first
    );
    let block = prepare(&store, 2, vec![put("b", "2")], vec![]);
    store.stage(vec![put("a", "2")]).expect("stage");
    let error = store.commit(block).expect_err("others were staged since");
    assert!(error.to_string().contains("staged is"), "{error}");
    commit(&store, 2, vec![put("b", "2")], vec![]);
    let view = store.view().expect("view").expect("a height");
    assert_eq!(view.preimage().state_root, other);
}

/// How a block is spoilt, and what the refusal must say.
type Spoil = (&'static str, fn(&mut BlockWrite));

#[test]
fn a_block_that_does_not_fit_is_refused_and_nothing_is_written() {
    let spoils: [Spoil; 5] = [
        ("app hash", |block| block.app_hash[0] ^= 1),
        ("state root", |block| {
            block.preimage.state_root[0] ^= 1;
            block.app_hash = block.preimage.hash();
        }),
        ("Audit log", |block| {
            block.logs.push(audit("not in the preimage"))
        }),
        ("Audit log", |block| block.logs.clear()),
        ("empty id", |block| block.logs.push(append(b"", "x"))),
    ];
    let disk = Disk::memory();
    let store = disk.open().expect("open");
    commit(&store, 1, vec![put("a", "1")], vec![audit("one")]);
    let before = dump(disk.backend().as_ref());
    for (what, spoil) in spoils {
        let mut block = prepare(&store, 2, vec![put("a", "2")], vec![audit("two")]);
        spoil(&mut block);
        let error = store.commit(block).expect_err(what);
        assert!(
            matches!(error, StoreError::Inconsistent { height: 2, .. }),
            "{error}"
        );
        assert!(error.to_string().contains(what), "{what}: {error}");
        assert_eq!(dump(disk.backend().as_ref()), before, "{what}");
    }
    commit(&store, 2, vec![put("a", "2")], vec![audit("two")]);
}

#[test]
fn changes_that_name_a_key_twice_or_exceed_a_limit_are_not_staged() {
    let store = Disk::memory().open().expect("open");
    let twice = store
        .stage(vec![put("a", "1"), put("a", "2")])
        .expect_err("twice");
    assert!(matches!(twice, StoreError::Tree(_)), "{twice}");
    let long = "k".repeat(MAX_KEY_BYTES + 1);
    let error = store.stage(vec![put(&long, "1")]).expect_err("too long");
    assert!(
        matches!(
            error,
            StoreError::TooLarge {
                limit: MAX_KEY_BYTES,
                ..
            }
        ),
        "{error}"
    );
    commit(
        &store,
        1,
        vec![put(&"k".repeat(MAX_KEY_BYTES), "1")],
        vec![],
    );
}

#[test]
fn one_flipped_byte_anywhere_in_the_state_is_refused_with_both_roots() {
    on_each_backend(|disk| {
        let store = disk.open().expect("open");
        commit(
            &store,
            1,
            vec![put("a", "1"), put("b", "1"), put("c", "1")],
            vec![],
        );
        commit(&store, 2, vec![put("b", "2")], vec![]);
        let stored = store
            .view()
            .expect("view")
            .expect("a height")
            .preimage()
            .state_root;
        drop(store);
        for key in [b"a", b"b", b"c"] {
            flip(disk.backend().as_ref(), Family::State, key);
            let error = disk.open().map(|_| ()).expect_err("a flipped byte");
            let StoreError::RootMismatch {
                height: 2,
                stored: named,
                rebuilt,
            } = &error
            else {
                panic!("not a root mismatch: {error}");
            };
            assert_eq!(named.0, stored);
            assert_ne!(rebuilt.0, stored);
            let text = error.to_string();
            assert!(
                text.contains(&named.to_string()) && text.contains(&rebuilt.to_string()),
                "{text}"
            );
            flip(disk.backend().as_ref(), Family::State, key);
        }
        disk.open().expect("the repaired store opens");
    });
}

/// Every entry that must be believed at the start: flip each in turn, and the store must not open.
#[test]
fn one_flipped_byte_in_heads_log_peaks_tip_or_undo_is_refused() {
    let disk = Disk::memory();
    let store = disk.open().expect("open");
    for height in 1..=4 {
        let value = format!("{height}");
        commit(
            &store,
            height,
            vec![put("a", &value)],
            vec![audit(&value), append(b"other", &value)],
        );
    }
    drop(store);
    let backend = disk.backend();
    let peak = |log: &[u8]| {
        [
            &[u8::try_from(log.len()).expect("short")],
            log,
            &[2],
            &[0; 8],
        ]
        .concat()
    };
    let undo = |height: u64, rest: &[u8]| [height.to_be_bytes().as_slice(), rest].concat();
    let entries = [
        (Family::Meta, b"tip".to_vec()),
        (Family::Meta, b"schema".to_vec()),
        (Family::Meta, [b"log/".as_slice(), &[0]].concat()),
        (Family::Meta, b"log/other".to_vec()),
        (Family::Log, peak(&[0])),
        (Family::Log, peak(b"other")),
        (Family::Undo, undo(3, &[0])),
        (Family::Undo, undo(3, b"\x01a")),
    ];
    for (family, key) in entries {
        flip(backend.as_ref(), family, &key);
        let error = disk.open().map(|_| ()).expect_err("a flipped byte");
        assert!(
            matches!(
                error,
                StoreError::Corrupt { .. } | StoreError::Schema { .. }
            ),
            "{} {key:?}: {error}",
            family.name()
        );
        flip(backend.as_ref(), family, &key);
    }
    disk.open().expect("the repaired store opens");
}

#[test]
fn a_state_without_a_height_and_a_missing_record_are_refused() {
    let disk = Disk::memory();
    let mut batch = Batch::new();
    batch.put(Family::State, b"a".to_vec(), b"1".to_vec());
    disk.backend().write(&batch).expect("write");
    assert!(matches!(
        disk.open().map(|_| ()),
        Err(StoreError::Corrupt { .. })
    ));

    let disk = Disk::memory();
    let store = disk.open().expect("open");
    commit(
        &store,
        1,
        vec![],
        vec![append(b"l", "0"), append(b"l", "1"), append(b"l", "2")],
    );
    let mut batch = Batch::new();
    batch.delete(
        Family::Rec,
        [b"\x01l".as_slice(), &1_u64.to_be_bytes()].concat(),
    );
    disk.backend().write(&batch).expect("write");
    let view = store.view().expect("view").expect("a height");
    assert!(matches!(
        view.record(b"l", 1),
        Err(StoreError::Corrupt { .. })
    ));
    assert!(matches!(
        view.records(b"l", 0, 10),
        Err(StoreError::Corrupt { .. })
    ));
    assert_eq!(view.record(b"l", 2).expect("record"), Some(b"2".to_vec()));
}

#[test]
fn rollback_gives_back_every_byte_of_the_earlier_height() {
    on_each_backend(|disk| {
        let mut dumps = Vec::new();
        for height in 0..10_u64 {
            let store = disk.open().expect("open");
            let value = format!("{height}");
            let mut state = vec![put("a", &value), put(&format!("own {height}"), "x")];
            if height > 2 {
                state.push((format!("own {}", height - 2).into_bytes(), None));
            }
            let logs = (0..height)
                .map(|n| append(b"l", &format!("{height}/{n}")))
                .collect();
            commit(&store, height, state, logs);
            drop(store);
            dumps.push(dump(disk.backend().as_ref()));
        }
        for to in (0..10).rev() {
            let committed = rollback(disk.backend().as_ref(), to).expect("rollback");
            assert_eq!(committed.height, to);
            assert_eq!(
                dump(disk.backend().as_ref()),
                dumps[usize::try_from(to).expect("small")]
            );
            disk.open().expect("the rolled back store opens");
        }
        let store = disk.open().expect("open");
        commit(&store, 1, vec![put("a", "another history")], vec![]);
    });
}

#[test]
fn rollback_beyond_what_is_known_is_refused_and_changes_nothing() {
    let disk = Disk::memory();
    let refused = rollback(disk.backend().as_ref(), 3);
    assert!(matches!(refused, Err(StoreError::Future { height: 3, .. })));
    let store = disk.open().expect("open");
    commit(&store, 5, vec![put("a", "1")], vec![]);
    commit(&store, 6, vec![put("a", "2")], vec![]);
    drop(store);
    let before = dump(disk.backend().as_ref());
    let refused = rollback(disk.backend().as_ref(), 7);
    assert!(matches!(
        refused,
        Err(StoreError::Future {
            height: 7,
            latest: 6
        })
    ));
    let refused = rollback(disk.backend().as_ref(), 4);
    assert!(matches!(
        refused,
        Err(StoreError::Pruned {
            height: 4,
            oldest: 5
        })
    ));
    assert_eq!(
        rollback(disk.backend().as_ref(), 6).expect("no-op").height,
        6
    );
    assert_eq!(dump(disk.backend().as_ref()), before);
}

#[test]
fn one_process_at_a_time_holds_the_database() {
    let disk = Disk::rocks();
    let Disk::Rocks(dir) = &disk else {
        unreachable!("made above")
    };
    let store: Store = disk.open().expect("open");
    assert!(RocksBackend::open(dir.path()).is_err());
    drop(store);
    RocksBackend::open(dir.path()).expect("free again");
}
