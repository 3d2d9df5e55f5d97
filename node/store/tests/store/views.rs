//! Views stay at their height, the window moves, and every answer equals a naive model's.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::ledger::{
    BLOCK_MS, Disk, append, audit, commit, dump, hash_of, on_each_backend, prepare, put,
};
use nexus_store::{
    Change, Family, LIVE_VERSIONS, PRUNE_EVERY, ReadView, Store, StoreError, TxLocation,
    UNDO_WINDOW, rollback,
};
use nexus_tree::log::leaf_hash;
use proptest::collection::vec;
use proptest::prelude::*;

fn latest(store: &Store) -> ReadView {
    store.view().expect("view").expect("a height")
}

#[test]
fn a_view_stays_at_its_height_while_later_blocks_are_committed() {
    on_each_backend(|disk| {
        let store = disk.open().expect("open");
        commit(
            &store,
            1,
            vec![put("p/a", "1"), put("p/b", "1"), put("q", "1")],
            vec![audit("one")],
        );
        let view = latest(&store);
        commit(
            &store,
            2,
            vec![put("p/a", "2"), (b"p/b".to_vec(), None)],
            vec![audit("two")],
        );
        commit(
            &store,
            3,
            vec![put("p/0", "3"), put("p/b", "3")],
            vec![audit("three")],
        );

        assert_eq!(view.height(), 1);
        assert_eq!(view.get(b"p/b").expect("get"), Some(b"1".to_vec()));
        assert_eq!(view.get(b"p/0").expect("get"), None);
        let page = view.iter_prefix(b"p/", None, 10).expect("page");
        assert_eq!(
            page,
            [
                (b"p/a".to_vec(), b"1".to_vec()),
                (b"p/b".to_vec(), b"1".to_vec())
            ]
        );
        assert_eq!(view.log_size(&[0]).expect("size"), 1);
        assert_eq!(view.record(&[0], 1).expect("record"), None);
        assert_eq!(
            view.frontier(&[0]).expect("frontier").head(),
            view.preimage().logs[0]
        );
        let later = hash_of(3 ^ u64::MAX);
        assert_eq!(view.tx_location(&later).expect("tx"), None);
        assert_eq!(
            latest(&store).tx_location(&later).expect("tx"),
            Some(TxLocation {
                height: 3,
                index: 0
            })
        );
        assert!(matches!(
            view.get_at(2, b"q"),
            Err(StoreError::Future {
                height: 2,
                latest: 1
            })
        ));
        assert!(matches!(
            view.prove(2, b"q"),
            Err(StoreError::Future { .. })
        ));
        assert!(matches!(
            view.block_record(2),
            Err(StoreError::Future { .. })
        ));
        assert!(matches!(
            view.inclusion(&[0], 1, 2),
            Err(StoreError::Log { .. })
        ));
    });
}

#[test]
fn a_repeated_transaction_is_found_where_it_first_stood() {
    let store = Disk::memory().open().expect("open");
    for height in 4..=6 {
        let mut block = prepare(&store, height, vec![], vec![]);
        block.txs = vec![hash_of(1), hash_of(height), hash_of(1)];
        store.commit(block).expect("commit");
    }
    let view = latest(&store);
    assert_eq!(
        view.tx_location(&hash_of(1)).expect("tx"),
        Some(TxLocation {
            height: 4,
            index: 0
        })
    );
    let places = view.tx_locations(&hash_of(1)).expect("tx");
    assert_eq!(places.len(), 6);
    assert_eq!(
        places[5],
        TxLocation {
            height: 6,
            index: 2
        }
    );
    assert_eq!(
        view.tx_location(&hash_of(6)).expect("tx"),
        Some(TxLocation {
            height: 6,
            index: 1
        })
    );
}

#[test]
fn the_window_moves_and_says_what_it_no_longer_holds() {
    let disk = Disk::memory();
    let store = disk.open().expect("open");
    let tip = UNDO_WINDOW + 2 * PRUNE_EVERY + 37;
    let mut old_view = None;
    for height in 1..=tip {
        commit(
            &store,
            height,
            vec![put("a", &format!("{height}"))],
            vec![audit("x")],
        );
        if height == 5 {
            old_view = Some(latest(&store));
        }
    }
    let check = |view: &ReadView| {
        let oldest = tip - UNDO_WINDOW;
        assert_eq!(view.oldest_height(), oldest);
        let value = view.get_at(oldest, b"a").expect("the oldest height");
        assert_eq!(value, Some(format!("{oldest}").into_bytes()));
        assert_eq!(view.time_at(oldest).expect("time"), oldest * BLOCK_MS);
        for gone in [0, 1, oldest - 1] {
            let refused = view.get_at(gone, b"a");
            assert!(
                matches!(refused, Err(StoreError::Pruned { height, oldest: o }) if height == gone && o == oldest)
            );
            assert!(matches!(view.info_at(gone), Err(StoreError::Pruned { .. })));
        }
        let provable = tip + 1 - LIVE_VERSIONS;
        assert_eq!(view.oldest_provable_height().expect("provable"), provable);
        view.prove(provable, b"a")
            .expect("the oldest provable height");
        let refused = view.prove(provable - 1, b"a");
        assert!(matches!(refused, Err(StoreError::Pruned { oldest, .. }) if oldest == provable));
        assert!(view.block_record(1).expect("blocks stay").is_some());
        assert_eq!(
            view.records(&[0], 0, usize::MAX)
                .expect("records stay")
                .len() as u64,
            tip
        );
    };
    check(&latest(&store));
    let old_view = old_view.expect("taken at height 5");
    assert!(matches!(
        old_view.get(b"a"),
        Err(StoreError::Pruned { height: 5, .. })
    ));
    assert!(matches!(
        old_view.iter_prefix(b"", None, 9),
        Err(StoreError::Pruned { .. })
    ));
    assert!(matches!(
        old_view.log_size(&[0]),
        Err(StoreError::Pruned { .. })
    ));

    let described = dump(disk.backend().as_ref())
        .keys()
        .filter(|(family, key)| *family == Family::Undo.name() && key[8] == 0)
        .count() as u64;
    assert!(
        described <= UNDO_WINDOW + PRUNE_EVERY,
        "{described} heights are described"
    );
    drop(store);
    check(&latest(&disk.open().expect("reopen")));
    let refused = rollback(disk.backend().as_ref(), tip - UNDO_WINDOW - 1);
    assert!(matches!(refused, Err(StoreError::Pruned { .. })));
    rollback(disk.backend().as_ref(), tip - UNDO_WINDOW).expect("rollback to the oldest height");
    let view = latest(&disk.open().expect("reopen"));
    assert_eq!(
        view.get(b"a").expect("get"),
        Some(format!("{}", tip - UNDO_WINDOW).into_bytes())
    );
}

#[test]
fn readers_beside_the_writer_never_see_half_a_block() {
    on_each_backend(|disk| {
        // Fewer than the live versions, so that a reader the scheduler leaves behind can still prove its height.
        const BLOCKS: u64 = LIVE_VERSIONS - 8;
        let store = disk.open().expect("open");
        let block = |height: u64| {
            let value = format!("{height}");
            // "b" comes and goes, so that ranges change their length too.
            let b = (
                b"k/b".to_vec(),
                height.is_multiple_of(2).then(|| value.clone().into_bytes()),
            );
            commit(
                &store,
                height,
                vec![put("k/a", &value), b, put("k/c", &value)],
                vec![audit(&value)],
            );
        };
        block(1);
        let done = AtomicBool::new(false);
        let views = store.views();
        let reader = || {
            let mut reads = 0_u64;
            while !done.load(Ordering::Relaxed) || reads == 0 {
                let view = views.latest().expect("view").expect("a height");
                let height = view.height();
                let value = format!("{height}").into_bytes();
                assert_eq!(view.get(b"k/a").expect("get").as_ref(), Some(&value));
                assert_eq!(view.get(b"k/c").expect("get").as_ref(), Some(&value));
                let range = view.iter_prefix(b"k/", None, 3).expect("range");
                assert_eq!(range.len(), if height.is_multiple_of(2) { 3 } else { 2 });
                assert!(range.iter().all(|(_, v)| *v == value));
                assert_eq!(view.log_size(&[0]).expect("size"), height);
                assert_eq!(
                    view.frontier(&[0]).expect("frontier").head(),
                    view.preimage().logs[0]
                );
                let (value, proof) = view.prove(height, b"k/b").expect("prove");
                let root = view.preimage().state_root;
                proof
                    .verify(&root, b"k/b", value.as_deref())
                    .expect("the proof holds");
                reads += 1;
            }
        };
        thread::scope(|scope| {
            let readers = [scope.spawn(reader), scope.spawn(reader)];
            for height in 2..=BLOCKS {
                block(height);
            }
            done.store(true, Ordering::Relaxed);
            for reader in readers {
                reader.join().expect("no reader saw half a block");
            }
        });
    });
}

type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// One block of the random history: writes and deletes among few keys, so that they collide, and records.
fn any_block() -> impl Strategy<Value = (BTreeMap<u8, Option<u8>>, Vec<u8>)> {
    let writes = proptest::collection::btree_map(0..24_u8, proptest::option::of(any::<u8>()), 0..8);
    (writes, vec(any::<u8>(), 0..4))
}

fn key(number: u8) -> Vec<u8> {
    vec![number % 3, number]
}

struct History {
    /// State after each height; index 0 is height 1.
    states: Vec<State>,
    records: Vec<Vec<u8>>,
    /// Records after each height.
    sizes: Vec<u64>,
}

fn check_against(history: &History, view: &ReadView) {
    for (height, (state, size)) in (1..).zip(history.states.iter().zip(&history.sizes)) {
        if height > view.height() {
            break;
        }
        let preimage = view.preimage_at(height).expect("preimage");
        assert_eq!(preimage.logs[0].size, *size);
        for number in 0..24 {
            let expected = state.get(&key(number));
            assert_eq!(
                view.get_at(height, &key(number)).expect("get_at").as_ref(),
                expected
            );
            let (value, proof) = view.prove(height, &key(number)).expect("prove");
            assert_eq!(value.as_ref(), expected);
            proof
                .verify(&preimage.state_root, &key(number), value.as_deref())
                .expect("proof");
        }
    }
}

fn check_ranges_and_logs(history: &History, view: &ReadView) {
    let at = usize::try_from(view.height() - 1).expect("small");
    for (prefix, after, limit) in [
        (vec![], None, 100),
        (vec![1], None, 3),
        (vec![2], Some(key(11)), 2),
        (vec![0], None, 0),
    ] {
        let expected: Vec<_> = history.states[at]
            .iter()
            .filter(|(key, _)| {
                key.starts_with(&prefix) && after.as_ref().is_none_or(|after| *key > after)
            })
            .map(|(key, value)| (key.clone(), value.clone()))
            .take(limit)
            .collect();
        let page = view
            .iter_prefix(&prefix, after.as_deref(), limit)
            .expect("page");
        assert_eq!(page, expected);
    }
    let size = history.sizes[at];
    let records = view.records(&[0], 0, usize::MAX).expect("records");
    assert_eq!(records[..], history.records[..records.len()]);
    assert_eq!(records.len() as u64, size);
    let head = view.log_head(&[0]).expect("head");
    for (index, record) in (0..).zip(&records) {
        let proof = view.inclusion(&[0], index, size).expect("inclusion");
        proof
            .verify(&leaf_hash(record), index, &head)
            .expect("the record is in the log");
    }
    for height in 1..=view.height() {
        let earlier = view.preimage_at(height).expect("preimage").logs[0];
        let proof = view
            .consistency(&[0], earlier.size, size)
            .expect("consistency");
        proof.verify(&earlier, &head).expect("the log only grew");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_answer_at_every_height_equals_the_naive_model(
        blocks in vec(any_block(), 1..14),
        reopen_at in 1..14_u64,
        to in 1..14_u64,
    ) {
        let disk = Disk::memory();
        let mut store = disk.open().expect("open");
        let mut history = History { states: vec![], records: vec![], sizes: vec![] };
        let (mut views, mut dumps) = (vec![], vec![]);
        let mut state = State::new();
        for (height, (writes, records)) in (1..).zip(blocks) {
            let changes: Vec<Change> =
                writes.iter().map(|(k, v)| (key(*k), v.map(|v| vec![v]))).collect();
            for (key, value) in &changes {
                match value {
                    Some(value) => state.insert(key.clone(), value.clone()),
                    None => state.remove(key),
                };
            }
            let logs = records.iter().map(|r| append(&[0], &r.to_string())).collect();
            commit(&store, height, changes, logs);
            history.records.extend(records.iter().map(|r| r.to_string().into_bytes()));
            history.sizes.push(history.records.len() as u64);
            history.states.push(state.clone());
            dumps.push(dump(disk.backend().as_ref()));
            if height == reopen_at {
                store = disk.open().expect("reopen");
                views.clear();
            }
            views.push(latest(&store));
        }
        for view in &views {
            check_ranges_and_logs(&history, view);
        }
        check_against(&history, &latest(&store));

        let tip = latest(&store).height();
        drop((views, store));
        let to = to.min(tip);
        rollback(disk.backend().as_ref(), to).expect("rollback");
        prop_assert_eq!(&dump(disk.backend().as_ref()), &dumps[usize::try_from(to).expect("small") - 1]);
        let view = latest(&disk.open().expect("reopen"));
        check_against(&history, &view);
        check_ranges_and_logs(&history, &view);
    }
}
