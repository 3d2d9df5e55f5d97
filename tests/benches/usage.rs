//! What a usage line costs, from a meter's reading to a sealed, rated and charged hour: the law alone, in CPU time of its
//! thread, and the application on RocksDB with signatures, tree and store, in CPU time of its process (FinalizeBlock and
//! Commit).
//!
//! A whole hour is measured: twelve windows of every meter of one host, and the sealing of the hour, divided by the lines.
//! Both execute the same transactions in the same blocks, one block after the other.

mod cpu_time;

use bytes::Bytes;
use cpu_time::CpuTime;
use criterion::measurement::Measurement;
use nexus_abci::app::{App, NoObserver};
use nexus_genesis::{Genesis, dev};
use nexus_machine::{Block, BlockContext, View, genesis};
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::{TxBuilder, attest, meter_record};
use nexus_store::{RocksBackend, Store};
use nexus_tests::handshake::{init_chain, stamp};
use nexus_tests::memory::{Memory, Trusting};
use nexus_tests::ratio::{HEADING, Ratio, median, times};
use nexus_types::approval::AttestationBody;
use nexus_types::encoding::encode;
use nexus_types::host::{
    AckOutcome, AgentKind, Assignment, Capabilities, EnforcementGrade, Isolation, Item,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{MeterLine, MeterRecordBody, MeterScope, RecordKind, Target};
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::report::{Ack, Report};
use nexus_types::tx::Network;
use nexus_types::{
    Action, Few, Hash, HostId, IdentityId, ImvuId, List, MeterId, Set, Time, decode, state_key,
};
use rustix::time::ClockId;
use std::collections::BTreeMap;
use tempfile::TempDir;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::RequestFinalizeBlock;

/// CPU time of the thread, for the law; and of the process, for the application and RocksDB's threads.
const THREAD: CpuTime = CpuTime(ClockId::ThreadCPUTime);
const PROCESS: CpuTime = CpuTime(ClockId::ProcessCPUTime);

const START: u64 = 1_767_225_600_000;
const HOUR: u64 = 3_600_000;
/// IMVUs of one creator: what it may create and activate in a day.
const IMVUS_EACH: usize = 500;
/// Transactions of one identity in a block.
const PER_BLOCK: usize = 32;
/// Lines of one meter in a block, and of one record unless it is said otherwise: many more would not fit a transaction. A host
/// with more IMVUs has shorter windows, in which the IMVUs take turns.
const LINES: usize = 1_000;
/// Hours that are measured.
const HOURS: u64 = 5;

const QUOTA: Quota = Quota {
    cpu_millis: 1_000,
    memory_bytes: 1 << 30,
    storage_bytes: 1 << 30,
    bandwidth_bits: 1_000_000,
    pids: 64,
    io_bytes: 1 << 20,
    dns_answers: 100,
    mail_messages: 10_000,
    mail_bytes: 1 << 30,
};

fn person(name: &str) -> Signer {
    let seed = Hash::tagged("nexus/bench/usage", &[name.as_bytes()]);
    Signer::new(name, SecretKey::from_seed(seed.0.into()))
}

fn imvu(number: usize) -> ImvuId {
    ImvuId::new(&format!("IMVU-{number:05}")).expect("an id")
}

fn host() -> HostId {
    HostId::new("host-1").expect("a name")
}

/// A meter, and where it stands.
struct Gauge {
    kind: AgentKind,
    meter: MeterId,
    key: SecretKey,
    agent: Signer,
    reports: u64,
    sequence: u64,
    previous: Hash,
    end: Time,
}

/// The application on RocksDB.
struct Node {
    app: App,
    _folder: TempDir,
}

impl Node {
    fn new(genesis: &Genesis) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(RocksBackend::open(folder.path()).expect("RocksDB opens"));
        let store = store.expect("an empty store");
        let options = nexus_abci::app::Options::default();
        let app = App::open(store, options, NoObserver).expect("an application");
        app.init_chain(init_chain(genesis));
        Self {
            app,
            _folder: folder,
        }
    }

    /// FinalizeBlock and Commit.
    fn block(&self, height: u64, time: u64, txs: &[Vec<u8>]) {
        let request = RequestFinalizeBlock {
            txs: txs.iter().cloned().map(Bytes::from).collect(),
            height: i64::try_from(height).expect("a height"),
            time: Some(stamp(time)),
            hash: Bytes::from(vec![7; 32]),
            ..RequestFinalizeBlock::default()
        };
        let answer = self.app.finalize_block(request);
        assert!(answer.tx_results.iter().all(|result| result.code == 0));
        self.app.commit();
    }
}

/// Nanoseconds that something took the law, and the application.
#[derive(Default)]
struct Spent {
    law: u64,
    node: u64,
}

/// Some IMVUs on one host, all running.
struct World {
    memory: Memory,
    node: Node,
    network: Network,
    nonces: BTreeMap<IdentityId, u64>,
    height: u64,
    time: u64,
    gauges: Vec<Gauge>,
    imvus: usize,
}

impl World {
    fn new(imvus: usize) -> Self {
        let options = dev::Options {
            chain_id: "nexus-bench".to_owned(),
            time: Time(START),
            validators: 4,
            seed: [1; 32].into(),
        };
        let (file, keys) = dev::network(&options).expect("the template is valid");
        let mut memory = Memory::default();
        memory.commit(genesis(file.document()));
        let mut world = Self {
            memory,
            node: Node::new(&file),
            network: Network {
                chain_id: file.document().chain_id.clone(),
                genesis_hash: file.hash(),
                recovery_epoch: 0,
            },
            nonces: BTreeMap::new(),
            height: 0,
            time: START,
            gauges: Vec::new(),
            imvus,
        };
        let signer = |named: &dev::NamedKey| {
            Signer::new(&named.name, SecretKey::from_seed(named.seed.clone()))
        };
        world.host(&signer(&keys.operators[0]));
        world.creators(&signer(&keys.attester));
        world.acknowledge();
        world
    }

    fn block(&mut self, txs: &[Vec<u8>]) -> Spent {
        self.height += 1;
        self.time += 1_000;
        let context = BlockContext {
            height: self.height,
            time: Time(self.time),
        };
        let start = THREAD.start();
        let mut block = Block::begin(&self.memory, context, &[]);
        for tx in txs {
            let outcome = block.execute(&self.memory, tx, &Trusting);
            assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        }
        let executed = block.finish(&self.memory, Hash::default());
        let law = THREAD.end(start);
        self.memory.commit(executed);
        let start = PROCESS.start();
        self.node.block(self.height, self.time, txs);
        let node = PROCESS.end(start);
        Spent { law, node }
    }

    fn sign(&mut self, signer: &Signer, action: Action) -> Vec<u8> {
        let nonce = self.nonces.entry(signer.identity).or_default();
        *nonce += 1;
        let builder = TxBuilder::new(self.network.clone(), *nonce, Time(self.time + HOUR));
        encode(&builder.sign(action, signer, &[]).expect("it is small"))
    }

    fn host(&mut self, operator: &Signer) {
        let mut capacity = Quota::default();
        for field in QuotaField::ALL {
            let room = u64::try_from(self.imvus).expect("a count");
            capacity.set(field, QUOTA.get(field) * room);
        }
        let capabilities = Capabilities {
            enforcement: EnforcementGrade::Prevention,
            isolation: Set::new(Isolation::ALL.to_vec()).expect("nine"),
            counters_cannot_be_reset: true,
        };
        let register = Action::RegisterHost {
            host: host(),
            jurisdiction: Jurisdiction::new("EU-GDPR").expect("a tag"),
            capacity,
            capabilities: capabilities.clone(),
        };
        let mut txs = vec![self.sign(operator, register)];
        for kind in AgentKind::ALL {
            let agent = person(&format!("agent-{kind}"));
            let key = person(&format!("meter-{kind}")).key;
            let meter = MeterId::new(&format!("host-1-{kind}")).expect("a name");
            let register = Action::RegisterAgent {
                host: host(),
                kind,
                key: agent.key.public(),
            };
            txs.push(self.sign(operator, register));
            let register = Action::RegisterMeter {
                meter: meter.clone(),
                host: host(),
                kind,
                scope: MeterScope::Host,
                keys: Set::new(vec![key.public()]).expect("one key"),
                threshold: 1,
                test: false,
                replaces: None,
            };
            txs.push(self.sign(operator, register));
            self.gauges.push(Gauge {
                kind,
                meter,
                key,
                agent,
                reports: 0,
                sequence: 0,
                previous: Hash::default(),
                end: Time(START + HOUR),
            });
        }
        self.block(&txs);
        let attested = Report {
            capabilities: Some(capabilities.hash()),
            ..nothing()
        };
        let tx = self.report(0, attested);
        self.block(&[tx]);
    }

    /// Creators, and their IMVUs, activated.
    fn creators(&mut self, attester: &Signer) {
        let numbers: Vec<usize> = (0..self.imvus).collect();
        let creators: Vec<(Signer, Vec<usize>)> = numbers
            .chunks(IMVUS_EACH)
            .enumerate()
            .map(|(at, own)| (person(&format!("creator-{at}")), own.to_vec()))
            .collect();
        for (creator, own) in creators {
            let body = AttestationBody {
                network: self.network.clone(),
                identity: creator.identity,
                attester: attester.identity,
                generation: 0,
                evidence: Hash::default(),
                expires: Time(self.time + HOUR),
            };
            let register = Action::RegisterIdentity {
                key: creator.key.public(),
                attestation: Some(attest(body, &attester.key)),
            };
            let tx = self.sign(&creator, register);
            self.block(&[tx]);
            for some in own.chunks(PER_BLOCK / 2) {
                let mut txs = Vec::new();
                for number in some {
                    let create = Action::CreateImvu {
                        imvu: imvu(*number),
                        jurisdiction: Jurisdiction::new("EU-GDPR").ok(),
                        quota: QUOTA,
                    };
                    txs.push(self.sign(&creator, create));
                    let activate = Action::ActivateImvu {
                        imvu: imvu(*number),
                        host: None,
                    };
                    txs.push(self.sign(&creator, activate));
                }
                self.block(&txs);
            }
        }
        assert!(self.time < START + HOUR, "the first hour is for setting up");
    }

    /// Both agents say that everything runs.
    fn acknowledge(&mut self) {
        let numbers: Vec<usize> = (0..self.imvus).collect();
        for some in numbers.chunks(400) {
            for gauge in 0..2 {
                let kind = self.gauges[gauge].kind;
                let acks = some.iter().map(|number| {
                    let item = Item::Imvu(imvu(*number));
                    let key = state_key::assignment(&host(), kind, &item);
                    let bytes = self.memory.get(&key).expect("an assignment");
                    let assignment: Assignment = decode(&bytes).expect("an assignment");
                    Ack {
                        item,
                        generation: assignment.generation,
                        outcome: AckOutcome::Applied,
                        observed: assignment.spec.hash(),
                    }
                });
                let report = Report {
                    acks: List::new(acks.collect()).expect("they fit"),
                    ..nothing()
                };
                let tx = self.report(gauge, report);
                self.block(&[tx]);
            }
        }
    }

    fn report(&mut self, gauge: usize, report: Report) -> Vec<u8> {
        self.gauges[gauge].reports += 1;
        let report = Report {
            sequence: self.gauges[gauge].reports,
            ..report
        };
        let agent = self.gauges[gauge].agent.clone();
        self.sign(&agent, Action::Report(report))
    }

    /// What the meters tell of one hour in records of at most so many lines, in blocks of [`LINES`] of each meter; and how
    /// many lines that are.
    fn hour(&mut self, hour: u64, most: usize) -> (Vec<Vec<Vec<u8>>>, usize) {
        let turns = self.imvus.div_ceil(most);
        let parts = u64::try_from(12 * turns).expect("a count");
        let mut lines = 0;
        let mut rounds = Vec::new();
        for part in 0..parts {
            let end = Time(START + hour * HOUR + HOUR * (part + 1) / parts);
            let first = usize::try_from(part).expect("a count") % turns * most;
            let own = first..self.imvus.min(first + most);
            let mut txs = Vec::new();
            for gauge in 0..self.gauges.len() {
                let tx = self.reading(gauge, end, own.clone(), hour * parts + part);
                txs.push(tx);
                lines += own.len();
            }
            rounds.push(txs);
        }
        let block = turns.min(LINES / most);
        let blocks = rounds.chunks(block).map(<[_]>::concat).collect();
        (blocks, lines)
    }

    fn reading(
        &mut self,
        gauge: usize,
        end: Time,
        own: std::ops::Range<usize>,
        turn: u64,
    ) -> Vec<u8> {
        let at = &mut self.gauges[gauge];
        let resources = at.kind.resources().len();
        let lines = own.map(|slot| MeterLine {
            target: Target::Slot(u32::try_from(slot).expect("a slot")),
            counters: Few::new(vec![turn * 1_000; resources]).expect("at most three"),
            dropped: 0,
        });
        at.sequence += 1;
        let body = MeterRecordBody {
            network: self.network.clone(),
            meter: at.meter.clone(),
            sequence: at.sequence,
            previous: at.previous,
            boot: [1; 16],
            kind: RecordKind::Reading,
            start: at.end,
            end,
            max_unmetered_ms: 1_000,
            lines: List::new(lines.collect()).expect("they fit"),
        };
        at.previous = body.id();
        at.end = end;
        let record = meter_record(body, &at.key);
        let report = Report {
            usage: List::new(vec![record]).expect("one record"),
            ..nothing()
        };
        self.report(gauge, report)
    }
}

fn nothing() -> Report {
    Report {
        sequence: 0,
        through: 0,
        capabilities: None,
        acks: List::default(),
        usage: List::default(),
        drifts: List::default(),
    }
}

/// Microseconds a line takes the law, and the application, over a few hours.
fn measure(imvus: usize, most: usize) -> [f64; 2] {
    let mut world = World::new(imvus);
    let mut samples = [Vec::new(), Vec::new()];
    for hour in 1..=HOURS {
        world.time = world.time.max(START + (hour + 1) * HOUR);
        let (blocks, lines) = world.hour(hour, most);
        let mut all = Spent::default();
        for txs in blocks {
            let spent = world.block(&txs);
            all.law += spent.law;
            all.node += spent.node;
        }
        for (sample, spent) in samples.iter_mut().zip([all.law, all.node]) {
            sample.push(spent as f64 / lines as f64 / 1e3);
        }
    }
    samples.map(median)
}

/// IMVUs on the host, and lines of a record.
const CASES: [(usize, usize); 4] = [(100, 100), (1_000, 1_000), (10_000, 100), (10_000, 1_000)];

fn named((imvus, most): (usize, usize)) -> String {
    format!("{imvus} IMVUs in records of {most}")
}

/// What each case costs, and two of them against each other.
fn table(whose: &str, lines: [f64; CASES.len()]) {
    for (case, line) in CASES.into_iter().zip(lines) {
        let ratio = Ratio {
            name: format!("usage line, {}, CPU of {whose}", named(case)),
            ours: format!("{line:.1} µs"),
            peer: String::new(),
            ratio: format!("{line:.1} µs"),
            must: "≤ 60 µs",
            goal: "≤ 30 µs",
        };
        println!("{ratio}");
    }
    // What a report costs does not depend on its length; beside it, what a host costs depends on how many it has.
    for (ours, peer, must) in [(3, 2, "≤ 1.3 ×"), (1, 0, ""), (3, 0, "")] {
        let ratio = Ratio {
            name: format!(
                "usage line, {} against {}, CPU of {whose}",
                named(CASES[ours]),
                named(CASES[peer])
            ),
            ours: format!("{:.1} µs", lines[ours]),
            peer: format!("{:.1} µs", lines[peer]),
            ratio: times(lines[ours], lines[peer]),
            must,
            goal: "≤ 1.1 ×",
        };
        println!("{ratio}");
    }
}

fn main() {
    let asked: Vec<usize> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    if let Some(imvus) = asked.first() {
        let most = asked.get(1).copied().unwrap_or(LINES).min(LINES);
        let [law, node] = measure(*imvus, most);
        println!(
            "{}: {law:.2} µs in the law, {node:.2} µs in the application",
            named((*imvus, most))
        );
        return;
    }
    let costs = CASES.map(|(imvus, most)| measure(imvus, most));
    println!("{HEADING}");
    table("the law", costs.map(|[law, _]| law));
    table("the application", costs.map(|[_, node]| node));
}
