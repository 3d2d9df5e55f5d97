//! Values that the store keeps in RAM: they answer for the heights that have them, whatever the disk says meanwhile, and
//! never longer than the process lives.

use nexus_store::{Backend, BackendError, Batch, Family, MemoryBackend, Store, StoreError, Visit};

use crate::ledger::{commit, prepare, put};

const KEY: &[u8] = b"a";

fn alter(backend: &MemoryBackend, value: Option<&[u8]>) {
    let mut batch = Batch::new();
    match value {
        Some(value) => batch.put(Family::State, KEY.to_vec(), value.to_vec()),
        None => batch.delete(Family::State, KEY.to_vec()),
    }
    backend.write(&batch).expect("a write");
}

fn get(store: &Store, height: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let view = store.view().expect("a view").expect("a height");
    view.get_at(height, KEY)
}

fn text(value: &str) -> Option<Vec<u8>> {
    Some(value.as_bytes().to_vec())
}

/// Heights 1 to 3 with another value each, opened anew so that nothing is in RAM.
fn opened() -> (MemoryBackend, Store) {
    let backend = MemoryBackend::new();
    let store = Store::open(backend.clone()).expect("open");
    for height in 1..=3 {
        commit(&store, height, vec![put("a", &height.to_string())], vec![]);
    }
    drop(store);
    let store = Store::open(backend.clone()).expect("reopen");
    (backend, store)
}

#[test]
fn a_value_that_was_read_outlives_its_alteration_on_the_disk_but_no_restart() {
    let (backend, store) = opened();
    assert_eq!(get(&store, 3).expect("a read"), text("3"));
    for bad in [Some(b"bad".as_slice()), None] {
        alter(&backend, bad);
        assert_eq!(get(&store, 3).expect("from RAM"), text("3"));
    }
    // The block that replaces it knows what it was.
    commit(&store, 4, vec![put("a", "4")], vec![]);
    assert_eq!(get(&store, 3).expect("the old value"), text("3"));
    assert_eq!(get(&store, 4).expect("the new value"), text("4"));
    drop(store);
    let store = Store::open(backend.clone()).expect("what was altered was replaced");
    assert_eq!(get(&store, 3).expect("the old value"), text("3"));
    drop(store);
    alter(&backend, Some(b"bad"));
    let refused = Store::open(backend).map(|_| ());
    assert!(matches!(refused, Err(StoreError::RootMismatch { .. })));
}

#[test]
fn a_value_that_was_not_read_is_met_by_the_block_that_replaces_it() {
    for bad in [Some(b"bad".as_slice()), None] {
        let (backend, store) = opened();
        let next = prepare(&store, 4, vec![put("a", "4")], vec![]);
        alter(&backend, bad);
        let refused = store.commit(next);
        assert!(
            matches!(refused, Err(StoreError::Corrupt { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn each_height_has_its_own_value_whichever_is_in_memory() {
    let (_, store) = opened();
    for order in [[3, 2, 1], [1, 2, 3], [2, 3, 1]] {
        for height in order {
            assert_eq!(
                get(&store, height).expect("a read"),
                text(&height.to_string())
            );
        }
    }
    commit(&store, 4, vec![(KEY.to_vec(), None)], vec![]);
    for height in [1, 2, 3, 4, 3, 2, 4, 1] {
        let value = (height < 4).then(|| height.to_string().into_bytes());
        assert_eq!(get(&store, height).expect("a read"), value);
    }
    // Staged is not committed.
    store.stage(vec![put("a", "5")]).expect("staged");
    assert_eq!(get(&store, 4).expect("a read"), None);
    // The same value again is another height's value too.
    commit(&store, 5, vec![put("a", "3")], vec![]);
    for (height, value) in [(5, text("3")), (4, None), (3, text("3")), (2, text("2"))] {
        assert_eq!(get(&store, height).expect("a read"), value);
    }
}

/// A storage that finds none of many keys, and gives fewer values than it was asked for.
struct Short(MemoryBackend);

impl Backend for Short {
    reads_of!(0);

    fn get_ascending(
        &self,
        _: Family,
        keys: &[&[u8]],
    ) -> Result<Vec<Option<Vec<u8>>>, BackendError> {
        assert!(!keys.is_empty(), "values are not in RAM");
        Ok(Vec::new())
    }

    fn write(&self, batch: &Batch) -> Result<(), BackendError> {
        self.0.write(batch)
    }
}

#[test]
fn an_old_value_that_the_storage_leaves_out_is_missed() {
    let (backend, store) = opened();
    drop(store);
    let store = Store::open(Short(backend.clone())).expect("reopen");
    let block = prepare(&store, 4, vec![put("a", "4"), put("b", "new")], vec![]);
    let refused = store.commit(block);
    assert!(
        matches!(refused, Err(StoreError::Corrupt { .. })),
        "{refused:?}"
    );
    drop(store);
    let store = Store::open(backend).expect("nothing was written");
    commit(&store, 4, vec![put("a", "4")], vec![]);
}
