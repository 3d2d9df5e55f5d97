//! What it costs to write committed blocks of 1,000 transactions into the SQL index, one block a commit, as a node does that
//! keeps up.
//!
//! CPU time is that of the process: SQLite works in a thread of its own. The application that makes the blocks runs
//! between the measurements. `NEXUS_BENCH_BLOCKS` changes how many blocks are written; the figure of the last quarter
//! beside that of the first tells whether a long history makes the next block dearer.

mod cpu_time;

use std::path::Path;

use bytes::Bytes;
use cpu_time::CpuTime;
use criterion::measurement::Measurement;
use nexus_abci::app::{App, NoObserver};
use nexus_index::Index;
use nexus_store::{MemoryBackend, Store};
use nexus_tests::bulk::{Bulk, dev_genesis};
use nexus_tests::handshake::stamp;
use nexus_tests::ratio::{HEADING, Ratio, median};
use nexus_types::Time;
use nexus_types::block::BlockRecord;
use nexus_types::encoding::decode;
use nexus_types::tx::Network;
use rustix::time::ClockId;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::RequestFinalizeBlock;

/// CPU time of the process.
const PROCESS: CpuTime = CpuTime(ClockId::ProcessCPUTime);
/// IMVUs, each of another creator.
const IMVUS: u64 = 10_000;
/// Transactions in a block.
const TXS: u64 = 1_000;
/// Blocks that are measured unless the environment says otherwise, after some that are not.
const BLOCKS: usize = 20;
const WARMUP: usize = 2;
/// Milliseconds that transactions are good for.
const HOUR_MS: u64 = 3_600_000;

/// An application that makes blocks.
struct World {
    app: App,
    bulk: Bulk,
    network: Network,
    height: u64,
    time: Time,
    rounds: u64,
}

impl World {
    fn new() -> Self {
        let bulk = Bulk {
            imvus: IMVUS,
            actors: IMVUS,
        };
        let genesis = dev_genesis("nexus-bench", 4);
        let store = Store::open(MemoryBackend::new()).expect("an empty store");
        let document = genesis.document();
        bulk.fill_genesis(&store, document).expect("filled");
        Self {
            app: App::open(store, nexus_abci::app::Options::default(), NoObserver)
                .expect("an application"),
            bulk,
            network: Network {
                chain_id: document.chain_id.clone(),
                genesis_hash: genesis.hash(),
                recovery_epoch: 0,
            },
            height: document.initial_height.saturating_sub(1),
            time: document.time,
            rounds: 0,
        }
    }

    /// One transaction each of so many creators, other ones in the next blocks.
    fn txs(&self) -> Vec<Bytes> {
        let first = self.rounds * TXS;
        let expires = self.time.plus_ms(HOUR_MS);
        let turn = first / IMVUS;
        (first..first + TXS)
            .map(|actor| {
                self.bulk
                    .describe(&self.network, actor, turn, expires)
                    .into()
            })
            .collect()
    }

    /// Commits the next block and gives its record.
    fn block(&mut self) -> BlockRecord {
        self.time = self.time.plus_ms(1_000);
        self.height += 1;
        let request = RequestFinalizeBlock {
            txs: self.txs(),
            height: i64::try_from(self.height).expect("a height"),
            time: Some(stamp(self.time.0)),
            hash: Bytes::copy_from_slice(&nexus_types::Hash::of(&self.height.to_be_bytes()).0),
            ..RequestFinalizeBlock::default()
        };
        let answer = self.app.finalize_block(request);
        assert!(answer.tx_results.iter().all(|result| result.code == 0));
        self.app.commit();
        self.rounds += 1;
        self.record(self.height)
    }

    fn record(&self, height: u64) -> BlockRecord {
        let view = self.app.views().latest().expect("a store").expect("a view");
        let bytes = view.block_record(height).expect("read").expect("a record");
        decode(&bytes).expect("a record")
    }
}

/// CPU microseconds per transaction of each block.
async fn write(path: &Path, blocks: usize) -> Vec<f64> {
    let mut world = World::new();
    let index = Index::open(path, false).await.expect("an index");
    let genesis = world.record(world.height);
    index.begin_at(genesis.height).await.expect("begun");
    index.apply(&genesis).await.expect("genesis");
    let mut took = Vec::new();
    for round in 0..WARMUP + blocks {
        let block = world.block();
        let start = PROCESS.start();
        let new = index.apply(&block).await.expect("applied");
        let nanos = PROCESS.end(start);
        assert_eq!(new, 1, "the block was new");
        if round >= WARMUP {
            took.push(nanos as f64 / 1e3 / TXS as f64);
        }
    }
    index.close().await.expect("closed");
    took
}

fn main() {
    let asked = std::env::var("NEXUS_BENCH_BLOCKS").ok();
    let blocks = asked
        .and_then(|blocks| blocks.parse().ok())
        .unwrap_or(BLOCKS);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("index.sqlite");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let took = runtime.block_on(write(&path, blocks));
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    let txs = (WARMUP + blocks) as u64 * TXS;
    let quarter = took.len().div_ceil(4);
    println!(
        "{} blocks, median {:.1} µs a transaction; first quarter {:.1}, last quarter {:.1}; {} bytes a transaction",
        took.len(),
        median(took.clone()),
        median(took.iter().take(quarter).copied().collect()),
        median(took.iter().rev().take(quarter).copied().collect()),
        bytes / txs
    );
    println!("{HEADING}");
    println!(
        "{}",
        Ratio {
            name: String::from("index: CPU of one transaction, 1,000 a block"),
            ours: format!("{:.1} µs", median(took.clone())),
            peer: String::new(),
            ratio: format!("{:.1} µs", median(took)),
            must: "none",
            goal: "none",
        }
    );
}
