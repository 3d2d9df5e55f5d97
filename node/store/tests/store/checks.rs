//! `check` finds whatever changed, also in a store that does not open, and names the first thing that is wrong.

use std::collections::BTreeMap;

use crate::damage::{Dice, TIP, build_on, changes, flip, tx_hashes};
use crate::ledger::{BLOCK_MS, Disk, dump, hash_of};
use nexus_store::check::{DecodedBlock, Part, Report, check};
use nexus_store::{Backend, Batch, Family, Store, StoreError};
use nexus_tree::Hash;
use nexus_tree::smt::value_hash;

/// Flips of which each must be found.
const FLIPS: u64 = 600;

struct Bench {
    disk: Disk,
    app_hashes: BTreeMap<u64, Hash>,
}

impl Bench {
    fn new() -> Self {
        let disk = Disk::memory();
        let store = disk.open().expect("open");
        build_on(&store);
        let view = store.view().expect("a view").expect("a height");
        let info = |height| view.info_at(height).expect("a height in the window");
        Self {
            app_hashes: (0..=TIP).map(|h| (h, info(h).app_hash)).collect(),
            disk,
        }
    }

    fn fork(&self) -> nexus_store::MemoryBackend {
        match &self.disk {
            Disk::Memory(backend) => backend.fork(),
            Disk::Rocks(_) => unreachable!("made in memory"),
        }
    }

    /// The test's blocks say `block N` and nothing else: the rest follows from N.
    fn decode(&self, bytes: &[u8]) -> Result<DecodedBlock, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let height = text.strip_prefix("block ").ok_or("not a block")?;
        let height = height.parse().map_err(|_| "no height")?;
        Ok(DecodedBlock {
            height,
            time_ms: height * BLOCK_MS,
            block_hash: hash_of(height),
            app_hash: *self.app_hashes.get(&height).ok_or("beyond the tip")?,
            txs: tx_hashes(height).map(|hash| (hash, hash)).to_vec(),
            changes: changes(height).0,
        })
    }

    fn check(&self, backend: &dyn Backend) -> Result<Report, StoreError> {
        check(backend, 0, &|bytes| self.decode(bytes), &mut |_, _, _| {})
    }

    /// The one finding after a change, which must be of that part and say all that.
    fn finds(&self, change: impl Fn(&mut Batch, &dyn Backend), part: Part, says: &[&str]) {
        let backend = self.fork();
        let mut batch = Batch::new();
        change(&mut batch, &backend);
        backend.write(&batch).expect("a write");
        let report = self.check(&backend).expect("a report");
        let [finding] = report.findings.as_slice() else {
            panic!("not one finding: {:?}", report.findings);
        };
        assert_eq!(finding.part, part, "{}", finding.what);
        for part in says {
            assert!(finding.what.contains(part), "no {part}: {}", finding.what);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn record(log: &[u8], index: u64) -> Vec<u8> {
    let length = u8::try_from(log.len()).expect("short");
    [&[length], log, &index.to_be_bytes()].concat()
}

fn node(log: &[u8], level: u8, index: u64) -> Vec<u8> {
    let length = u8::try_from(log.len()).expect("short");
    [&[length], log, &[level], &index.to_be_bytes()].concat()
}

#[test]
fn a_whole_store_has_no_finding_and_everything_is_counted() {
    let bench = Bench::new();
    let report = bench
        .check(bench.disk.backend().as_ref())
        .expect("a report");
    assert_eq!(report.findings, []);
    assert_eq!(report.blocks, TIP + 1);
    assert_eq!(report.transactions, 2 * (TIP + 1));
    assert_eq!(report.logs, 3);
    assert!(report.replayed && report.records > TIP && report.keys > 10);
    let tip = report.tip.expect("a tip");
    assert_eq!(
        (tip.height, tip.preimage.state_root),
        (TIP, report.state_root)
    );
}

#[test]
fn the_first_wrong_state_key_is_named_with_both_hashes() {
    let bench = Bench::new();
    let state = dump(bench.disk.backend().as_ref());
    let mut keys = state.keys().filter(|(family, _)| *family == "state");
    let (_, first) = keys.next().expect("a key").clone();
    let (_, second) = keys.next().expect("a key").clone();
    let value = &state[&("state", first.clone())];
    let (good, bad) = (hex(&value_hash(value)), hex(&value_hash(b"altered")));
    let alter = |batch: &mut Batch, _: &dyn Backend| {
        batch.put(Family::State, second.clone(), b"altered".to_vec());
        batch.put(Family::State, first.clone(), b"altered".to_vec());
    };
    bench.finds(
        alter,
        Part::State,
        &[&hex(&first), &good, &bad, "was committed"],
    );
    let vanish = |batch: &mut Batch, _: &dyn Backend| batch.delete(Family::State, first.clone());
    bench.finds(vanish, Part::State, &[&hex(&first), "is missing", &good]);
    let smuggle =
        |batch: &mut Batch, _: &dyn Backend| batch.put(Family::State, b"0".to_vec(), b"x".to_vec());
    bench.finds(smuggle, Part::State, &["key 30 ", "no block wrote it"]);
    // Such a store does not open, and is checked all the same.
    let backend = bench.fork();
    let mut batch = Batch::new();
    alter(&mut batch, &backend);
    backend.write(&batch).expect("a write");
    assert!(matches!(
        Store::open(backend),
        Err(StoreError::RootMismatch { .. })
    ));
}

#[test]
fn the_first_wrong_record_leaf_or_node_is_named() {
    let bench = Bench::new();
    let audit = [0_u8];
    let alter = |family, key: Vec<u8>, value: Vec<u8>| {
        move |batch: &mut Batch, _: &dyn Backend| batch.put(family, key.clone(), value.clone())
    };
    let remove = |family, key: Vec<u8>| {
        move |batch: &mut Batch, _: &dyn Backend| batch.delete(family, key.clone())
    };
    bench.finds(
        alter(Family::Rec, record(&audit, 17), b"another".to_vec()),
        Part::Logs,
        &["record 17 of log audit", "the record was altered"],
    );
    bench.finds(
        alter(Family::Log, node(&audit, 0, 17), vec![7; 32]),
        Part::Logs,
        &["record 17 of log audit", "the leaf was altered"],
    );
    bench.finds(
        alter(Family::Log, node(b"often", 3, 2), vec![7; 32]),
        Part::Logs,
        &["node 3/2 of log", "its records give"],
    );
    bench.finds(
        remove(Family::Rec, record(&audit, 9)),
        Part::Logs,
        &["record 9 of log audit is missing"],
    );
    bench.finds(
        remove(Family::Log, node(&audit, 2, 3)),
        Part::Logs,
        &["node 2/3 of log audit is missing"],
    );
    bench.finds(
        alter(Family::Rec, record(&audit, TIP + 1), b"one more".to_vec()),
        Part::Logs,
        &["but a record 151 is there"],
    );
    bench.finds(
        alter(Family::Log, node(&audit, 1, 500), vec![7; 32]),
        Part::Logs,
        &["node 1/500 of log audit is beyond its"],
    );
    bench.finds(
        remove(Family::Meta, b"log/seldom".to_vec()),
        Part::Logs,
        &["records but no head"],
    );
}

#[test]
fn the_first_wrong_entry_of_the_window_the_blocks_and_the_index_is_named() {
    let bench = Bench::new();
    let old_value = [91_u64.to_be_bytes().as_slice(), &[1]].concat();
    let all = dump(bench.disk.backend().as_ref());
    let mut keys = all.into_keys().map(|(_, key)| key);
    let key = keys
        .find(|key| key.starts_with(&old_value))
        .expect("block 91 changed a key");
    let alter = |batch: &mut Batch, backend: &dyn Backend| {
        let mut value = backend
            .get(Family::Undo, &key)
            .expect("a read")
            .expect("it");
        value[0] ^= 1;
        batch.put(Family::Undo, key.clone(), value);
    };
    bench.finds(alter, Part::Undo, &[&hex(&key), "seal"]);
    let vanish = |batch: &mut Batch, _: &dyn Backend| batch.delete(Family::Undo, key.clone());
    bench.finds(vanish, Part::Undo, &["height 91", "digest"]);

    let hash = tx_hashes(33)[1];
    let location = [33_u64.to_be_bytes().as_slice(), &1_u32.to_be_bytes()].concat();
    let tx = [hash.as_slice(), &location].concat();
    let vanish = |batch: &mut Batch, _: &dyn Backend| batch.delete(Family::Tx, tx.clone());
    let says = [hex(&hash), "block 33 at 1".to_owned()];
    bench.finds(vanish, Part::Transactions, &[&says[0], &says[1]]);

    let mut altered = tx.clone();
    altered[3] ^= 1;
    let smuggle = |batch: &mut Batch, _: &dyn Backend| {
        batch.put(Family::Tx, altered.clone(), vec![0; 8]);
    };
    bench.finds(smuggle, Part::Transactions, &[&hex(&altered), "seal"]);
}

#[test]
fn a_block_that_is_gone_is_missed_by_every_part_that_needs_it() {
    let bench = Bench::new();
    let backend = bench.fork();
    let mut batch = Batch::new();
    batch.delete(Family::Rec, record(&[], 77));
    backend.write(&batch).expect("a write");
    let report = bench.check(&backend).expect("a report");
    let parts: Vec<Part> = report.findings.iter().map(|finding| finding.part).collect();
    assert_eq!(parts, [Part::Blocks, Part::Transactions, Part::State]);
    assert!(report.findings[0].what.contains("block 77 is missing"));
    assert!(!report.replayed);
}

#[test]
fn without_its_tip_a_store_is_checked_by_the_newest_height_described() {
    let bench = Bench::new();
    let backend = bench.fork();
    crate::ledger::flip(&backend, Family::Meta, b"tip");
    let report = bench.check(&backend).expect("a report");
    let [finding] = report.findings.as_slice() else {
        panic!("not one finding: {:?}", report.findings);
    };
    assert_eq!(finding.part, Part::Meta);
    assert_eq!(report.tip.expect("stood in for").height, TIP);
    assert_eq!(report.blocks, TIP + 1);
}

#[test]
fn every_flipped_bit_is_found() {
    let bench = Bench::new();
    let good = dump(bench.disk.backend().as_ref());
    for seed in 0..FLIPS {
        let backend = bench.fork();
        let what = flip(&backend, &good, &mut Dice(seed));
        match bench.check(&backend) {
            Ok(report) => assert!(!report.findings.is_empty(), "{seed}: {what}"),
            Err(error) => assert!(
                matches!(error, StoreError::Schema { .. }),
                "{what}: {error}"
            ),
        }
    }
}
