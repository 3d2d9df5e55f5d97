//! The state's root and its write at a million keys, beside `jmt` 0.12 on RocksDB and beside RocksDB alone; proofs, and
//! the rebuild at start. All run interleaved: each round gives all three the same 1,000 updates.
//!
//! Before a block is measured, each database gives the values that it will replace, as the execution of a block reads the
//! objects that it changes; one line tells what a block costs whose values were not read. Ours is the whole store:
//! root, undo, logs and records in one batch. `jmt` keeps old versions too; what it leaves behind is deleted between the
//! rounds, on nobody's time. CPU time is that of the calling thread: RocksDB's own threads compact whatever was written,
//! and more was written by `jmt`.
//!
//! `NEXUS_BENCH_KEYS=10000000` for ten million keys: about 10 GB of disk, 6 GB of memory and half an hour. With
//! `NEXUS_BENCH_FOLDER` the databases are kept there, and the next run with it begins with them.

mod cpu_time;
mod peers;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use cpu_time::CpuTime;
use criterion::measurement::Measurement;
use jmt::{KeyHash, Sha256Jmt};
use nexus_store::{BlockWrite, Change, RocksBackend, Store};
use nexus_tests::ratio::{HEADING, Ratio, median, times};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::{Frontier, leaf_hash};
use nexus_tree::smt::key_hash;
use peers::{Jmt, Plain, Switched};
use prost_of_ics23::Message;
use rustix::time::ClockId;

/// CPU time of this thread.
const THREAD: CpuTime = CpuTime(ClockId::ThreadCPUTime);
/// Updates in a block.
const UPDATES: u64 = 1_000;
/// Bytes of a value: about those of an object on the ledger.
const VALUE_BYTES: usize = 100;
/// Keys in the state, unless the environment says otherwise.
const KEYS: u64 = 1_000_000;
/// Keys written in one batch while filling: about as many as a full block changes, since the trees of the last 128 heights
/// stay in memory.
const PORTION: u64 = 5_000;
/// Blocks that are measured of each kind: without and with waiting for the disk, and of values not read before.
const ROUNDS: u64 = 30;
/// Proofs that are measured.
const PROOFS: u64 = 1_000;
/// Microseconds of a nanosecond, milliseconds of one.
const MICROS: f64 = 1e-3;
const MILLIS: f64 = 1e-6;

fn key(number: u64) -> Vec<u8> {
    leaf_hash(&number.to_be_bytes()).to_vec()
}

fn value(seed: u64) -> Vec<u8> {
    let hash = leaf_hash(&seed.to_le_bytes());
    hash.iter().copied().cycle().take(VALUE_BYTES).collect()
}

/// Three databases with the same keys.
struct Race {
    keys: u64,
    height: u64,
    switched: Switched,
    store: Store,
    jmt: Jmt,
    plain: Plain,
}

/// Nanoseconds of one round: CPU of the thread, and wall.
#[derive(Clone, Copy, Default)]
struct Took {
    cpu: f64,
    wall: f64,
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let (wall, cpu) = (Instant::now(), THREAD.start());
    let done = work();
    let took = Took {
        cpu: THREAD.end(cpu) as f64,
        wall: wall.elapsed().as_nanos() as f64,
    };
    (done, took)
}

impl Race {
    fn new(folder: &Path, keys: u64) -> Self {
        let switched = Switched::open(&folder.join("store"));
        let store = Store::open(switched.clone()).expect("an empty store");
        let mut race = Self {
            keys,
            height: 0,
            switched,
            store,
            jmt: Jmt::open(&folder.join("jmt")),
            plain: Plain::open(&folder.join("plain")),
        };
        let kept = race.store.view().expect("a view");
        if let Some(view) = kept {
            assert_eq!(race.store.startup().keys, keys, "the kept databases' keys");
            race.height = view.height() + 1;
            return race;
        }
        println!("filling three databases with {keys} keys each");
        for from in (0..keys).step_by(usize::try_from(PORTION).expect("it fits")) {
            let portion = from..keys.min(from + PORTION);
            let _ = race.round(portion.map(|n| (key(n), value(n))).collect(), false);
        }
        // Until the filling has left the live versions.
        for _ in 0..=nexus_store::LIVE_VERSIONS {
            let _ = race.round(vec![(key(0), value(race.height))], false);
        }
        race
    }

    fn updates(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        // A prime, so that a block's keys differ and lie everywhere.
        let spread = |n: u64| (self.height * UPDATES + n) * 7_919 % self.keys;
        (0..UPDATES)
            .map(|n| (key(spread(n)), value(self.height ^ n << 32)))
            .collect()
    }

    /// What the execution of a block does before its changes are known, in no measured time: each database gives the
    /// values that will be replaced.
    fn execute(&self, puts: &[(Vec<u8>, Vec<u8>)]) {
        let view = self.store.view().expect("a view").expect("a height");
        let jmt = Sha256Jmt::new(&self.jmt);
        for (key, _) in puts {
            let ours = view.get(key).expect("a read");
            let theirs = jmt.get(KeyHash(key_hash(key)), self.height - 1);
            assert_eq!(ours, theirs.expect("a read"), "both hold the same state");
            assert_eq!(ours, self.plain.get(key), "the floor holds it too");
        }
    }

    /// One block for all: how long the store, `jmt` and the plain puts took.
    fn round(&mut self, puts: Vec<(Vec<u8>, Vec<u8>)>, sync: bool) -> [Took; 3] {
        self.switched.sync(sync);
        let (root, ours) = self.ours(&puts);
        let sets: Vec<_> = puts
            .iter()
            .map(|(key, value)| (KeyHash(key_hash(key)), Some(value.clone())))
            .collect();
        let version = self.height;
        let ((jmt_root, update), jmt) = timed(|| {
            let (root, update) = Sha256Jmt::new(&self.jmt)
                .put_value_set(sets, version)
                .expect("jmt updates");
            self.jmt.write(&update, sync);
            (root, update)
        });
        assert_eq!(root, jmt_root.0, "both hold the same state");
        self.jmt.prune(&update);
        let ((), plain) = timed(|| self.plain.put(&puts, sync));
        self.height += 1;
        [ours, jmt, plain]
    }

    fn ours(&self, puts: &[(Vec<u8>, Vec<u8>)]) -> (nexus_tree::Hash, Took) {
        let changes: Vec<Change> = puts
            .iter()
            .map(|(key, value)| (key.clone(), Some(value.clone())))
            .collect();
        timed(|| {
            let root = self.store.stage(changes).expect("staged").state_root;
            let empty = Frontier::new().head();
            let preimage = AppHashPreimage {
                constants: [0; 32],
                delay_profile: [0; 32],
                state_root: root,
                logs: [empty; 5],
            };
            let block = BlockWrite {
                height: self.height,
                time_ms: self.height,
                block_hash: [0; 32],
                app_hash: preimage.hash(),
                preimage,
                logs: vec![],
                txs: vec![],
                block: vec![],
            };
            self.store.commit(block).expect("committed");
            root
        })
    }
}

fn blocks(race: &mut Race) {
    let mut unsynced: [Vec<Took>; 3] = Default::default();
    let mut synced: [Vec<Took>; 3] = Default::default();
    let mut blind: [Vec<Took>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (sync, executed, sample) in [
            (false, true, &mut unsynced),
            (true, true, &mut synced),
            (false, false, &mut blind),
        ] {
            let updates = race.updates();
            if executed {
                race.execute(&updates);
            }
            let took = race.round(updates, sync);
            sample
                .iter_mut()
                .zip(took)
                .for_each(|(all, one)| all.push(one));
        }
    }
    let per_block = |sample: &[Vec<Took>; 3], pick: fn(&Took) -> f64| {
        sample
            .each_ref()
            .map(|all| median(all.iter().map(pick).collect()) * MILLIS)
    };
    let large = race.keys > KEYS;
    let (must, goal) = if large {
        ("≥ 8 ×", "≥ 11 ×")
    } else {
        ("≥ 5 ×", "≥ 6.3 ×")
    };
    let keys = race.keys;
    let cpu = per_block(&unsynced, |took| took.cpu);
    let wall = per_block(&unsynced, |took| took.wall);
    let with_disk = per_block(&synced, |took| took.wall);
    let blind = per_block(&blind, |took| took.cpu);
    for (what, [ours, jmt, plain], counts) in [
        ("CPU", cpu, true),
        ("wall", wall, false),
        ("wall, with fsync", with_disk, false),
        ("CPU, of values that were not read before", blind, false),
    ] {
        println!(
            "{}",
            Ratio {
                name: format!("root + write, 1,000 updates on {keys} keys, jmt 0.12, {what}"),
                ours: format!("{ours:.2} ms"),
                peer: format!("{jmt:.2} ms"),
                ratio: times(jmt, ours),
                must: if counts { must } else { "" },
                goal: if counts { goal } else { "" },
            }
        );
        println!(
            "{}",
            Ratio {
                name: format!("root + write, 1,000 updates on {keys} keys, plain RocksDB, {what}"),
                ours: format!("{ours:.2} ms"),
                peer: format!("{plain:.2} ms"),
                ratio: times(ours, plain),
                must: if counts && !large { "≤ 3.5 ×" } else { "" },
                goal: if counts && !large { "≤ 2.5 ×" } else { "" },
            }
        );
    }
}

fn proofs(race: &Race) {
    let view = race.store.view().expect("a view").expect("a height");
    let (mut ours, mut theirs) = (0, 0);
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for n in 0..PROOFS {
        let key = key(n * 104_729 % race.keys);
        let (proof, took) = timed(|| view.prove(view.height(), &key).expect("a proof"));
        our_times.push(took.cpu * MICROS);
        ours += borsh::to_vec(&proof.1).expect("it encodes").len();
        let ((value, proof), took) = timed(|| {
            Sha256Jmt::new(&race.jmt)
                .get_with_ics23_proof(key.clone(), race.height - 1)
                .expect("a proof")
        });
        their_times.push(took.cpu * MICROS);
        // Ours names neither key nor value, which a verifier knows.
        theirs += proof.encoded_len() - key.len() - value.map_or(0, |value| value.len());
    }
    let mean = |bytes: usize| bytes as f64 / PROOFS as f64;
    let (our_time, their_time) = (median(our_times), median(their_times));
    println!(
        "{}",
        Ratio {
            name: format!(
                "proof bytes on {} keys, ICS23 of jmt without key and value",
                race.keys
            ),
            ours: format!("{:.0}", mean(ours)),
            peer: format!("{:.0}", mean(theirs)),
            ratio: times(mean(ours), mean(theirs)),
            must: "≤ 0.55 ×",
            goal: "≤ 0.5 ×",
        }
    );
    println!(
        "{}",
        Ratio {
            name: format!("making a proof, value read, on {} keys", race.keys),
            ours: format!("{our_time:.1} µs"),
            peer: format!("{their_time:.1} µs"),
            ratio: format!("{our_time:.1} µs"),
            must: "≤ 20 µs",
            goal: "≤ 12 µs",
        }
    );
}

/// Opens the store as a node does, on its own backend.
fn rebuild(folder: &Path, keys: u64) {
    let backend = RocksBackend::open(&folder.join("store")).expect("RocksDB opens");
    let (store, took) = timed(|| Store::open(backend).expect("the same state"));
    let counts = keys == KEYS;
    println!(
        "{}",
        Ratio {
            name: format!("rebuild at start, {} keys, wall", store.startup().keys),
            ours: format!("{:.2} s CPU", took.cpu / 1e9),
            peer: String::new(),
            ratio: format!("{:.2} s", took.wall / 1e9),
            must: if counts { "≤ 3 s" } else { "" },
            goal: if counts { "≤ 1.5 s" } else { "" },
        }
    );
}

fn disk(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

fn main() {
    let asked = std::env::var("NEXUS_BENCH_KEYS").ok();
    let keys = asked.and_then(|keys| keys.parse().ok()).unwrap_or(KEYS);
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let kept = std::env::var_os("NEXUS_BENCH_FOLDER").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let mut race = Race::new(folder, keys);
    println!("{HEADING}");
    blocks(&mut race);
    proofs(&race);
    for name in ["store", "jmt", "plain"] {
        let bytes = disk(&folder.join(name));
        println!("disk of {name}: {} MB", bytes >> 20);
    }
    // A database opens once in a process.
    drop(race);
    rebuild(folder, keys);
}
