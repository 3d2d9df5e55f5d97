//! What a block of 1,000 transactions costs the whole application, call by call, in a small state and in a large one:
//! CheckTx, PrepareProposal, ProcessProposal, FinalizeBlock and Commit of `nexus_abci::app::App` on RocksDB, as CometBFT
//! asks for them. The two run interleaved: a round is one block of each.
//!
//! CPU time is that of the process, RocksDB's threads included. `NEXUS_BENCH_IMVUS` changes the larger number of IMVUs;
//! a million takes about 6 GB of disk, 4 GB of memory and some minutes to fill.

mod cpu_time;

use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use cpu_time::CpuTime;
use criterion::measurement::Measurement;
use nexus_abci::app::{App, NoObserver};
use nexus_abci::transport::{BatchCheckTx, MAX_CHECK_TX_BATCH};
use nexus_store::{RocksBackend, Store};
use nexus_tests::bulk::{Bulk, dev_genesis};
use nexus_tests::handshake::stamp;
use nexus_tests::ratio::{HEADING, Ratio, median, times};
use nexus_types::Time;
use nexus_types::tx::Network;
use rustix::time::ClockId;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{
    RequestCheckTx, RequestFinalizeBlock, RequestPrepareProposal, RequestProcessProposal,
};

/// CPU time of the process.
const PROCESS: CpuTime = CpuTime(ClockId::ProcessCPUTime);
/// IMVUs of the small state, and of the large one unless the environment says otherwise.
const SMALL: u64 = 10_000;
const LARGE: u64 = 1_000_000;
/// Creators who act; a block has a tenth of them.
const ACTORS: u64 = 10_000;
/// Transactions in a block.
const TXS: u64 = 1_000;
/// Blocks that are measured of each state, after some that are not.
const ROUNDS: u64 = 20;
const WARMUP: u64 = 5;
/// Milliseconds that transactions are good for.
const HOUR_MS: u64 = 3_600_000;
/// Bytes of a block: the genesis' own bound.
const BLOCK_BYTES: i64 = 1 << 20;
/// The calls that are measured.
const CALLS: [&str; 5] = [
    "CheckTx",
    "PrepareProposal",
    "ProcessProposal",
    "FinalizeBlock",
    "Commit",
];

/// An application in a state, and what it was asked so far.
struct World {
    app: App,
    bulk: Bulk,
    network: Network,
    height: u64,
    time: Time,
    rounds: u64,
}

/// Milliseconds of each call: CPU, and wall.
type Took = [(f64, f64); CALLS.len()];

impl World {
    fn new(folder: &Path, imvus: u64) -> Self {
        let bulk = Bulk {
            imvus,
            actors: ACTORS.min(imvus),
        };
        let genesis = dev_genesis("nexus-bench", 4);
        let store = Store::open(RocksBackend::open(folder).expect("RocksDB opens"));
        let store = store.expect("an empty store");
        let (height, time) = bulk.fill(&store, genesis.document()).expect("filled");
        drop(store);
        // A restart: what the filling left in memory is gone.
        let began = Instant::now();
        let store = Store::open(RocksBackend::open(folder).expect("RocksDB opens"));
        let store = store.expect("the same state");
        println!(
            "{imvus} IMVUs: {} keys, opened in {:.2} s, {} MB resident",
            store.startup().keys,
            began.elapsed().as_secs_f64(),
            resident_mb()
        );
        Self {
            app: App::open(store, nexus_abci::app::Options::default(), NoObserver)
                .expect("an application"),
            bulk,
            network: Network {
                chain_id: genesis.document().chain_id.clone(),
                genesis_hash: genesis.hash(),
                recovery_epoch: 0,
            },
            height,
            time,
            rounds: 0,
        }
    }

    /// One transaction each of so many actors, other ones in the next blocks.
    fn txs(&self) -> Vec<Bytes> {
        let first = self.rounds * TXS;
        let expires = self.time.plus_ms(HOUR_MS);
        let turn = first / self.bulk.actors;
        let actors = first..first + TXS;
        actors
            .map(|actor| {
                self.bulk
                    .describe(&self.network, actor, turn, expires)
                    .into()
            })
            .collect()
    }

    fn block(&mut self) -> Took {
        let txs = self.txs();
        let height = i64::try_from(self.height + 1).expect("a height");
        let time = self.time.plus_ms(1_000);
        let at = Some(stamp(time.0));
        let checks = check_requests(&txs);
        let (refused, check) = timed(|| {
            let answers = checks.into_iter().map(|run| self.app.check_tx_batch(run));
            answers.flatten().filter(|answer| answer.code != 0).count()
        });
        assert_eq!(refused, 0, "all are admissible");
        let request = RequestPrepareProposal {
            max_tx_bytes: BLOCK_BYTES,
            txs: txs.clone(),
            height,
            time: at,
            ..RequestPrepareProposal::default()
        };
        let (chosen, prepare) = timed(|| self.app.prepare_proposal(request).txs);
        assert_eq!(chosen.len(), txs.len(), "all fit and are chosen");
        let request = RequestProcessProposal {
            txs: chosen.clone(),
            height,
            time: at,
            ..RequestProcessProposal::default()
        };
        let (_, process) = timed(|| self.app.process_proposal(request));
        let request = RequestFinalizeBlock {
            txs: chosen,
            height,
            time: at,
            hash: Bytes::from(vec![7; 32]),
            ..RequestFinalizeBlock::default()
        };
        let (answer, finalize) = timed(|| self.app.finalize_block(request));
        assert!(answer.tx_results.iter().all(|result| result.code == 0));
        let (_, commit) = timed(|| self.app.commit());
        self.height += 1;
        self.time = time;
        self.rounds += 1;
        [check, prepare, process, finalize, commit]
    }
}

/// Runs as long as the transport hands over at most.
fn check_requests(txs: &[Bytes]) -> Vec<Vec<RequestCheckTx>> {
    let request = |tx: &Bytes| RequestCheckTx {
        tx: tx.clone(),
        r#type: 0,
    };
    txs.chunks(MAX_CHECK_TX_BATCH)
        .map(|run| run.iter().map(request).collect())
        .collect()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, (f64, f64)) {
    let (wall, cpu) = (Instant::now(), PROCESS.start());
    let done = work();
    let cpu = PROCESS.end(cpu) as f64 / 1e6;
    (done, (cpu, wall.elapsed().as_secs_f64() * 1e3))
}

/// Megabytes this process has resident.
fn resident_mb() -> u64 {
    nexus_tests::process::ProcessId::of(std::process::id())
        .map_or(0, |process| process.resident_bytes() >> 20)
}

fn medians(all: &[Took], call: usize) -> (f64, f64) {
    let cpu = all.iter().map(|took| took[call].0).collect();
    let wall = all.iter().map(|took| took[call].1).collect();
    (median(cpu), median(wall))
}

fn table(small: &[Took], large: &[Took], imvus: u64) {
    let mut sums = (0.0, 0.0);
    for (call, name) in CALLS.iter().enumerate() {
        let ((few, few_wall), (many, many_wall)) = (medians(small, call), medians(large, call));
        println!(
            "{name:<16} {SMALL} IMVUs: {few:7.2} ms CPU {few_wall:7.2} ms wall    {imvus} IMVUs: {many:7.2} ms CPU {many_wall:7.2} ms wall"
        );
        if ["FinalizeBlock", "Commit"].contains(name) {
            sums = (sums.0 + few, sums.1 + many);
        }
    }
    let (few, many) = sums;
    println!("{HEADING}");
    println!(
        "{}",
        Ratio {
            name: format!("FinalizeBlock + Commit of 1,000 txs, {imvus} IMVUs against {SMALL}"),
            ours: format!("{many:.1} ms"),
            peer: format!("{few:.1} ms"),
            ratio: times(many, few),
            must: "≤ 1.5 ×",
            goal: "≤ 1.2 ×",
        }
    );
    let all = |sample: &[Took]| {
        (0..CALLS.len())
            .map(|call| medians(sample, call).0)
            .sum::<f64>()
    };
    let (few, many) = (all(small), all(large));
    println!(
        "{}",
        Ratio {
            name: format!("all calls of a block of 1,000 txs, {imvus} IMVUs against {SMALL}"),
            ours: format!("{many:.1} ms"),
            peer: format!("{few:.1} ms"),
            ratio: times(many, few),
            must: "≤ 1.5 ×",
            goal: "≤ 1.2 ×",
        }
    );
}

fn main() {
    let asked = std::env::var("NEXUS_BENCH_IMVUS").ok();
    let large = asked.and_then(|imvus| imvus.parse().ok()).unwrap_or(LARGE);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let small = World::new(&folder.path().join("small"), SMALL);
    let mut worlds = [small, World::new(&folder.path().join("large"), large)];
    let mut took: [Vec<Took>; 2] = Default::default();
    for round in 0..WARMUP + ROUNDS {
        for (world, sample) in worlds.iter_mut().zip(&mut took) {
            let one = world.block();
            if round >= WARMUP {
                sample.push(one);
            }
        }
    }
    table(&took[0], &took[1], large);
    println!("{} MB resident with both", resident_mb());
}
