//! What the law costs a transaction, in CPU time of this thread: admission with single and with batched
//! signature checks, and a block of a thousand transactions from admission to its records.

mod cpu_time;

use std::hint::black_box;

use cpu_time::CpuTime;
use criterion::measurement::Measurement;
use criterion::{BatchSize, Criterion, Throughput};
use nexus_abci::sigs::{CachedSigs, SigCache, SigItem};
use nexus_genesis::dev;
use nexus_machine::{
    Block, BlockContext, SingleVerify, admit, admit_tx, decode_tx, genesis, signatures,
};
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::{self, TxBuilder};
use nexus_tests::memory::{Memory, Trusting};
use nexus_tests::ratio::{HEADING, Ratio, median, times};
use nexus_types::approval::AttestationBody;
use nexus_types::encoding::encode;
use nexus_types::quota::Quota;
use nexus_types::tx::Network;
use nexus_types::{Action, Hash, ImvuId, Text, Time};
use rustix::time::ClockId;

/// 2026-01-01T00:00:00Z in milliseconds.
const START: u64 = 1_767_225_600_000;
const HOUR: u64 = 3_600_000;
/// Creators, each with one IMVU, and transactions in the measured block.
const CREATORS: usize = 1_000;
/// Rounds of the race between single and batched signatures.
const ROUNDS: usize = 30;

struct World {
    memory: Memory,
    network: Network,
    creators: Vec<Signer>,
    height: u64,
}

impl World {
    fn new() -> Self {
        let options = dev::Options {
            chain_id: "nexus-bench".to_owned(),
            time: Time(START),
            validators: 4,
            seed: [1; 32].into(),
        };
        let (file, keys) = dev::network(&options).expect("the template is valid");
        let mut memory = Memory::default();
        memory.commit(genesis(file.document()));
        let network = Network {
            chain_id: file.document().chain_id.clone(),
            genesis_hash: file.hash(),
            recovery_epoch: 0,
        };
        let creators = (0..CREATORS)
            .map(|n| SecretKey::from_seed(Hash::of(&n.to_be_bytes()).0.into()))
            .map(|key| Signer::new("", key))
            .collect();
        let mut world = Self {
            memory,
            network,
            creators,
            height: 0,
        };
        let attester = Signer::new("", SecretKey::from_seed(keys.attester.seed.clone()));
        // One block each for what an attester's allowance of a block lets through.
        let registrations: Vec<_> = world
            .creators
            .iter()
            .map(|key| world.register(key, &attester))
            .collect();
        registrations
            .chunks(32)
            .for_each(|chunk| world.block(chunk));
        let creations: Vec<_> = (0..CREATORS).map(|n| world.create(n)).collect();
        world.block(&creations);
        world
    }

    fn context(&self) -> BlockContext {
        BlockContext {
            height: self.height + 1,
            time: Time(START + 1_000 * (self.height + 1)),
        }
    }

    fn block(&mut self, txs: &[Vec<u8>]) {
        let mut block = Block::begin(&self.memory, self.context(), &[]);
        for tx in txs {
            let outcome = block.execute(&self.memory, tx, &Trusting);
            assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        }
        let executed = block.finish(&self.memory, Hash::default());
        self.memory.commit(executed);
        self.height += 1;
    }

    fn seal(&self, signer: &Signer, nonce: u64, action: Action) -> Vec<u8> {
        let builder = TxBuilder::new(self.network.clone(), nonce, Time(START + HOUR));
        encode(&builder.sign(action, signer, &[]).expect("it is small"))
    }

    fn register(&self, creator: &Signer, attester: &Signer) -> Vec<u8> {
        let body = AttestationBody {
            network: self.network.clone(),
            identity: creator.identity,
            attester: attester.identity,
            generation: 0,
            evidence: Hash::default(),
            expires: Time(START + HOUR),
        };
        let action = Action::RegisterIdentity {
            key: creator.key.public(),
            attestation: Some(sign::attest(body, &attester.key)),
        };
        self.seal(creator, 1, action)
    }

    fn create(&self, creator: usize) -> Vec<u8> {
        let quota = Quota {
            cpu_millis: 1,
            memory_bytes: 1,
            storage_bytes: 1,
            bandwidth_bits: 1,
            pids: 1,
            io_bytes: 1,
            dns_answers: 1,
            mail_messages: 1,
            mail_bytes: 1,
        };
        self.seal(
            &self.creators[creator],
            2,
            Action::CreateImvu {
                imvu: imvu(creator),
                jurisdiction: None,
                quota,
            },
        )
    }

    /// The measured block: every creator describes its IMVU.
    fn descriptions(&self) -> Vec<Vec<u8>> {
        let text = Text::new("a shop for hand-made lamps, open since 2019").expect("it is short");
        let describe = |n: usize| Action::DescribeImvu {
            imvu: imvu(n),
            description: text.clone(),
        };
        (0..CREATORS)
            .map(|n| self.seal(&self.creators[n], 3, describe(n)))
            .collect()
    }
}

fn imvu(n: usize) -> ImvuId {
    ImvuId::new(&format!("IMVU-{n:05}")).expect("it is spelled right")
}

fn admission(criterion: &mut Criterion<CpuTime>, world: &World, txs: &[Vec<u8>]) {
    let now = world.context();
    let mut group = criterion.benchmark_group("admit");
    group.throughput(Throughput::Elements(1));
    let mut next = txs.iter().cycle();
    let mut tx = || next.next().expect("the cycle never ends");
    group.bench_function("without the signature", |bench| {
        bench.iter(|| black_box(admit(tx(), &world.memory, now, &Trusting)).is_ok());
    });
    group.bench_function("single signature", |bench| {
        bench.iter(|| black_box(admit(tx(), &world.memory, now, &SingleVerify)).is_ok());
    });
    for size in [64, 128, 256] {
        group.throughput(Throughput::Elements(size));
        group.bench_function(format!("drained batch of {size}"), |bench| {
            bench.iter_batched(
                || {
                    (
                        CachedSigs::new(SigCache::new(1_000)),
                        (0..size).map(|_| tx()).collect::<Vec<_>>(),
                    )
                },
                |(sigs, batch)| drained(world, now, &sigs, &batch),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// What a node does with a run of CheckTx: one batch, then admission with the answers remembered.
fn drained(world: &World, now: BlockContext, sigs: &CachedSigs, batch: &[&Vec<u8>]) -> usize {
    let decoded: Vec<_> = batch.iter().filter_map(|tx| decode_tx(tx).ok()).collect();
    let items: Vec<SigItem> = decoded
        .iter()
        .flat_map(|tx| signatures(tx, &world.memory))
        .map(|item| SigItem {
            key: item.key,
            message: item.message,
            signature: item.signature,
        })
        .collect();
    sigs.prewarm(&items);
    batch
        .iter()
        .zip(decoded)
        .filter_map(|(tx, decoded)| admit_tx(decoded, tx.len(), &world.memory, now, sigs).ok())
        .count()
}

/// The same transactions admitted with drained batches and one by one, in turn.
fn race(world: &World, txs: &[Vec<u8>]) {
    const THREAD: CpuTime = CpuTime(ClockId::ThreadCPUTime);
    let now = world.context();
    println!("{HEADING}");
    for size in [64_usize, 128, 256] {
        let (mut batched, mut singly) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let batch: Vec<_> = txs.iter().cycle().skip(round * size).take(size).collect();
            let sigs = CachedSigs::new(SigCache::new(1_000));
            let start = THREAD.start();
            assert_eq!(drained(world, now, &sigs, &batch), size, "all admitted");
            batched.push(THREAD.end(start) as f64 / size as f64 / 1e3);
            let start = THREAD.start();
            let admitted = batch
                .iter()
                .filter(|tx| admit(tx, &world.memory, now, &SingleVerify).is_ok());
            assert_eq!(admitted.count(), size, "all admitted");
            singly.push(THREAD.end(start) as f64 / size as f64 / 1e3);
        }
        let (batched, singly) = (median(batched), median(singly));
        // A node drains what has arrived, 64 at a time or more under load.
        println!(
            "{}",
            Ratio {
                name: format!("admit, drained {size}, against one-by-one ed25519-consensus, CPU"),
                ours: format!("{batched:.1} µs"),
                peer: format!("{singly:.1} µs"),
                ratio: times(singly, batched),
                must: "≥ 2.2 ×",
                goal: "≥ 2.8 ×",
            }
        );
    }
}

fn application(criterion: &mut Criterion<CpuTime>, world: &World, txs: &[Vec<u8>]) {
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(txs.len() as u64));
    group.sample_size(20);
    group.bench_function("block of 1,000, signatures known", |bench| {
        bench.iter(|| {
            let mut block = Block::begin(&world.memory, world.context(), &[]);
            for tx in txs {
                black_box(block.execute(&world.memory, tx, &Trusting));
            }
            block.finish(&world.memory, Hash::default())
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime(ClockId::ThreadCPUTime))
        .configure_from_args();
    let world = World::new();
    let txs = world.descriptions();
    admission(&mut criterion, &world, &txs);
    application(&mut criterion, &world, &txs);
    criterion.final_summary();
    race(&world, &txs);
}
