//! The instances of a seed: they differ in everything that must not matter.

use nexus_abci::app::{Options, Policy};
use nexus_store::{MemoryBackend, StoreOptions};
use rand::Rng;
use rand::rngs::StdRng;
use tempfile::TempDir;

use crate::disk::Disk;
use crate::instance::{Join, Mutant, Setup, Storage};

/// One seed in so many has an instance on RocksDB: opening a database takes longer than all else together.
const ROCKS_EVERY: u64 = 10;

/// The instances of a seed.
pub(crate) fn of(seed: u64, rng: &mut StdRng, mutant: Option<Mutant>) -> Vec<Setup> {
    let mut all = vec![
        serving(rng, plain()),
        bare(rng),
        serving_perhaps(rng, "crashing", 0.03),
        serving_perhaps(rng, "dying", 0.10),
        late(rng),
        joined(rng),
    ];
    if seed.is_multiple_of(ROCKS_EVERY) {
        all.push(rocks(rng));
    }
    if mutant.is_some() {
        let join = match mutant {
            Some(Mutant::Credulous | Mutant::Idle) => Join::Snapshot(2),
            _ => Join::Genesis,
        };
        all.push(Setup {
            name: "mutant",
            join,
            mutant,
            ..plain()
        });
    }
    all
}

/// Makes snapshots, at any interval.
fn serving(rng: &mut StdRng, mut setup: Setup) -> Setup {
    let folder = scratch();
    setup.options.snapshots = Some(Policy {
        interval: rng.gen_range(2..10),
        keep: rng.gen_range(1..4),
        folder: folder.path().to_owned(),
    });
    setup.folder = Some(folder);
    setup
}

fn serving_perhaps(rng: &mut StdRng, name: &'static str, crash: f64) -> Setup {
    let setup = faulty(name, rng, crash);
    match rng.gen_bool(0.5) {
        true => serving(rng, setup),
        false => setup,
    }
}

/// In RAM where the system has such a folder: snapshots are synced to their disk, and no seed depends on that.
fn scratch() -> TempDir {
    TempDir::new_in("/dev/shm")
        .or_else(|_| TempDir::new())
        .expect("a folder")
}

/// As a node runs it, and it never crashes.
fn plain() -> Setup {
    Setup {
        name: "plain",
        options: Options::default(),
        store: StoreOptions::default(),
        storage: Storage::Memory(MemoryBackend::new()),
        folder: None,
        join: Join::Genesis,
        crash: 0.0,
        check: 0.95,
        process: 1.0,
        mutant: None,
    }
}

/// It remembers nothing: no signature, no fold, hardly any history; and it is never asked before a block is decided.
fn bare(rng: &mut StdRng) -> Setup {
    Setup {
        name: "bare",
        options: Options {
            signatures: 0,
            folds: 0,
            threads: 1,
            ..Options::default()
        },
        store: some_store(rng),
        check: 0.0,
        process: 0.0,
        ..plain()
    }
}

fn faulty(name: &'static str, rng: &mut StdRng, crash: f64) -> Setup {
    Setup {
        name,
        options: some_options(rng),
        store: some_store(rng),
        storage: Storage::Faulty(Disk::default()),
        crash,
        check: rng.gen_range(0.2..1.0),
        process: rng.gen_range(0.2..1.0),
        ..plain()
    }
}

/// It joins later, by replay.
fn late(rng: &mut StdRng) -> Setup {
    Setup {
        join: Join::Replay(rng.gen_range(2..20)),
        ..faulty("late", rng, 0.01)
    }
}

/// It joins later, by a snapshot, and makes its own from then on.
fn joined(rng: &mut StdRng) -> Setup {
    let setup = Setup {
        join: Join::Snapshot(rng.gen_range(2..20)),
        ..faulty("joined", rng, 0.02)
    };
    serving(rng, setup)
}

fn rocks(rng: &mut StdRng) -> Setup {
    let setup = Setup {
        storage: Storage::Rocks(TempDir::new().expect("a folder")),
        ..faulty("rocks", rng, 0.01)
    };
    serving(rng, setup)
}

fn some_options(rng: &mut StdRng) -> Options {
    Options {
        // Few enough to be forgotten between CheckTx and the block.
        signatures: [2, 16, 64, 10_000][rng.gen_range(0..4)],
        folds: rng.gen_range(0..4),
        threads: rng.gen_range(0..5),
        ..Options::default()
    }
}

fn some_store(rng: &mut StdRng) -> StoreOptions {
    StoreOptions {
        undo_window: rng.gen_range(1..30),
        live_versions: rng.gen_range(0..12),
        prune_every: rng.gen_range(0..9),
    }
}
