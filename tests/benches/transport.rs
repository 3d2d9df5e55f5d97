//! CheckTx over our transport, and signatures singly, batched and cached: CPU time, not wall time,
//! so that figures repeat on a machine that does other work too.
//!
//! The transport is measured on the process clock: client and server together, since what one
//! saves by batching the other may pay.

mod cpu_time;

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use cpu_time::CpuTime;
use criterion::measurement::Measurement;
use criterion::{BenchmarkId, Criterion, Throughput};
use ed25519_consensus::{SigningKey, VerificationKeyBytes};
use nexus_abci::sigs::{CachedSigs, SigCheck, SigItem, verify_many, verify_single};
use nexus_abci::transport::{BatchCheckTx, ServerConfig, serve};
use nexus_tests::ratio::{HEADING, Ratio, median, times};
use prost::Message;
use rustix::time::ClockId;
use tendermint_abci::{Application, ServerBuilder};
use tendermint_proto::v0_38::abci::{
    Request, RequestCheckTx, RequestFlush, ResponseCheckTx, request::Value,
};

#[derive(Clone)]
struct NoOp;

impl Application for NoOp {}

impl BatchCheckTx for NoOp {
    fn check_tx_batch(&self, requests: Vec<RequestCheckTx>) -> Vec<ResponseCheckTx> {
        vec![ResponseCheckTx::default(); requests.len()]
    }
}

/// CheckTx in one burst of the race: what CometBFT's client has under way at most.
const BURST: usize = 256;

/// Bursts of the race to each server.
const BURSTS: usize = 60;

/// `count` CheckTx of 250 bytes and a Flush, as CometBFT would have written them; and the number
/// of bytes that answer them.
fn pipeline(count: usize) -> (Vec<u8>, usize) {
    let frame = |value| Request { value: Some(value) }.encode_length_delimited_to_vec();
    let check = frame(Value::CheckTx(RequestCheckTx {
        tx: vec![7; 250].into(),
        r#type: 0,
    }));
    let mut bytes = check.repeat(count);
    bytes.extend(frame(Value::Flush(RequestFlush {})));
    // An empty ResponseCheckTx or ResponseFlush: length, tag, length.
    (bytes, (count + 1) * 3)
}

fn transport<M: Measurement + 'static>(criterion: &mut Criterion<M>, clock: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = ServerConfig::new(folder.path().join("abci.sock"));
    let server = serve(config, NoOp).expect("a server");
    let mut stream = UnixStream::connect(server.socket()).expect("a connection");
    let mut group = criterion.benchmark_group(format!("check_tx_transport/{clock}"));
    for count in [1_usize, 256, 5_000] {
        let (bytes, answer_bytes) = pipeline(count);
        let mut answers = vec![0; answer_bytes];
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                // 5,000 requests exceed the kernel's buffer, but their 15 KB of answers do not:
                // writing all before reading cannot dead-lock.
                stream.write_all(&bytes).expect("requests taken");
                stream.read_exact(&mut answers).expect("answers given");
            });
        });
    }
    group.finish();
    server.shutdown().expect("a clean end");
}

/// Bursts to our server and to the one that comes with `tendermint-abci`, in turn, from the same client: wall time, since
/// what the stock server loses it loses waiting.
fn race() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = ServerConfig::new(folder.path().join("abci.sock"));
    let server = serve(config, NoOp).expect("a server");
    let mut ours = UnixStream::connect(server.socket()).expect("a connection");
    let stock = ServerBuilder::default()
        .bind("127.0.0.1:0", NoOp)
        .expect("the stock server");
    let address = stock.local_addr();
    // It has no way to be stopped: it ends with this process.
    std::thread::spawn(move || {
        stock.listen().expect("it serves");
    });
    let mut theirs = TcpStream::connect(address).expect("a connection");
    // As Go's connections are, CometBFT's among them.
    theirs.set_nodelay(true).expect("an option");
    let (bytes, answer_bytes) = pipeline(BURST);
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..BURSTS {
        our_times.push(burst(&mut ours, &bytes, answer_bytes));
        their_times.push(burst(&mut theirs, &bytes, answer_bytes));
    }
    let (ours, theirs) = (median(our_times), median(their_times));
    println!("{HEADING}");
    println!(
        "{}",
        Ratio {
            name: format!("CheckTx transport, pipelined by {BURST}, stock tendermint-abci, wall"),
            ours: format!("{ours:.2} µs"),
            peer: format!("{theirs:.2} µs"),
            ratio: times(theirs, ours),
            must: "≥ 50 ×",
            goal: "≥ 200 ×",
        }
    );
    server.shutdown().expect("a clean end");
}

/// Microseconds of one request of a burst.
fn burst(stream: &mut (impl Read + Write), bytes: &[u8], answer_bytes: usize) -> f64 {
    let mut answers = vec![0; answer_bytes];
    let began = Instant::now();
    stream.write_all(bytes).expect("requests taken");
    stream.read_exact(&mut answers).expect("answers given");
    began.elapsed().as_secs_f64() * 1e6 / BURST as f64
}

fn signatures(criterion: &mut Criterion<CpuTime>) {
    let items: Vec<SigItem> = (0..1_024_u32)
        .map(|number| {
            let mut seed = [3; 32];
            seed[..4].copy_from_slice(&number.to_le_bytes());
            let key = SigningKey::from(seed);
            SigItem {
                key: VerificationKeyBytes::from(&key).to_bytes(),
                message: seed,
                signature: key.sign(&seed).to_bytes(),
            }
        })
        .collect();
    let mut group = criterion.benchmark_group("signatures");
    group.throughput(Throughput::Elements(1));
    let one = &items[0];
    group.bench_function("single", |bencher| {
        bencher.iter(|| verify_single(black_box(&one.key), &one.message, &one.signature));
    });
    let cached = CachedSigs::default();
    assert!(cached.check(&one.key, &one.message, &one.signature));
    group.bench_function("cache_hit", |bencher| {
        bencher.iter(|| cached.check(black_box(&one.key), &one.message, &one.signature));
    });
    for count in [2_usize, 16, 32, 64, 128, 1_024] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("many", count), |bencher| {
            bencher.iter(|| verify_many(black_box(&items[..count])));
        });
    }
    let mut spoilt = items[..128].to_vec();
    spoilt[77].signature[0] ^= 1;
    group.throughput(Throughput::Elements(128));
    group.bench_function("many_one_bad/128", |bencher| {
        bencher.iter(|| verify_many(black_box(&spoilt)));
    });
    group.finish();
}

fn main() {
    let thread = Criterion::default().with_measurement(CpuTime(ClockId::ThreadCPUTime));
    signatures(&mut thread.configure_from_args());
    let process = Criterion::default().with_measurement(CpuTime(ClockId::ProcessCPUTime));
    transport(&mut process.configure_from_args(), "cpu");
    transport(&mut Criterion::default().configure_from_args(), "wall");
    Criterion::default().configure_from_args().final_summary();
    race();
}
