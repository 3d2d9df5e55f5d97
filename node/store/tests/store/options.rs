//! How much history a store keeps changes nothing else.

use crate::ledger::{Disk, audit, commit, dump, put};
use nexus_store::{Family, ReadView, Store, StoreError, StoreOptions};

const TIP: u64 = 40;

fn filled(disk: &Disk, options: StoreOptions) -> Store {
    let store = Store::open_with(disk.backend(), options).expect("open");
    for height in 1..=TIP {
        let text = format!("{height}");
        let own = format!("key {}", height % 7);
        commit(
            &store,
            height,
            vec![put("a", &text), put(&own, &text)],
            vec![audit(&text)],
        );
    }
    store
}

fn latest(store: &Store) -> ReadView {
    store.view().expect("a view").expect("a height")
}

#[test]
fn a_short_memory_holds_the_same_ledger() {
    let long = filled(&Disk::memory(), StoreOptions::default());
    let long = latest(&long);
    for (undo_window, live_versions, prune_every) in
        [(5, 3, 2), (0, 0, 0), (1, 1, 1), (3, 100, 7), (100, 2, 100)]
    {
        let options = StoreOptions {
            undo_window,
            live_versions,
            prune_every,
        };
        let disk = Disk::memory();
        let store = filled(&disk, options);
        let short = latest(&store);
        assert_eq!(short.app_hash(), long.app_hash(), "{options:?}");
        let all = |view: &ReadView| view.iter_prefix(b"", None, 100).expect("the state");
        assert_eq!(all(&short), all(&long), "{options:?}");
        assert_eq!(
            short.oldest_height(),
            TIP.saturating_sub(undo_window).max(1)
        );
        if live_versions < TIP {
            let provable = short.oldest_provable_height().expect("provable");
            assert_eq!(provable, TIP + 1 - live_versions.max(1), "{options:?}");
        }
        let too_old = short.oldest_height() - 1;
        assert!(matches!(
            short.get_at(too_old, b"a"),
            Err(StoreError::Pruned { .. })
        ));
        let described = dump(disk.backend().as_ref())
            .keys()
            .filter(|(family, key)| *family == Family::Undo.name() && key[8] == 0)
            .count() as u64;
        assert!(
            described <= undo_window + prune_every.max(1) + 1,
            "{options:?}: {described} heights are described"
        );
        drop((short, store));
        let store = Store::open_with(disk.backend(), options).expect("reopen");
        assert_eq!(latest(&store).app_hash(), long.app_hash(), "{options:?}");
    }
}
