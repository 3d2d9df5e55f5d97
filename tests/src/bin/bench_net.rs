//! Measures whole networks and prints figures: `make bench-net`, or some parts of it with `make bench-net ARGS=…`:
//! `solo` (one validator beside CometBFT with a no-op application, in turn), `four` (validators on this machine, the rate
//! raised until blocks come late), `idle` (CPU and memory of one). `--seconds N` for another length of each load,
//! `--from RATE` for another first rate, `--cometbft PATH` for another build of CometBFT, on both sides.
//!
//! The last line is everything as JSON.

use nexus_tests::bench_net::{
    CometAlone, Machine, Offered, Outcome, idle, offer, offer_random, with_state,
};
use nexus_tests::ratio::{HEADING, Ratio, times};
use nexus_tests::{Network, Options};
use serde_json::{Value, json};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Seconds of each load, unless the arguments say otherwise; the four validators' are the requirement's own.
const SECONDS: u32 = 30;
const SECONDS_OF_FOUR: u32 = 60;
/// The first rates, by how much they rise, and where the search ends in any case.
const SOLO_FROM: u32 = 2_000;
const SOLO_STEP: (u32, u32) = (5, 4);
const SOLO_TO: u32 = 60_000;
const FOUR_FROM: u32 = 500;
const FOUR_STEP: u32 = 500;
const FOUR_TO: u32 = 20_000;
/// Milliseconds between blocks that four validators may need on average.
const INTERVAL_MS: f64 = 1_500.0;
/// How long an idle validator is watched.
const IDLE: Duration = Duration::from_secs(60);
/// Keys in the state of the one whose memory is measured.
const KEYS: u64 = 1_000_000;

type Done = Result<Value, Box<dyn Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let pair = args.windows(2).find(|pair| pair[0] == name);
        pair.map(|pair| pair[1].clone())
    };
    let number = |name: &str| after(name).and_then(|number| number.parse::<u32>().ok());
    let (seconds, from) = (number("--seconds"), number("--from"));
    let with = |validators| Options {
        validators,
        recorded: false,
        cometbft: after("--cometbft").map(PathBuf::from),
        ..Options::default()
    };
    let parts: [(&str, &dyn Fn() -> Done); 3] = [
        ("solo", &|| {
            let seconds = seconds.unwrap_or(SECONDS);
            solo(&with(1), from.unwrap_or(SOLO_FROM), seconds)
        }),
        ("four", &|| {
            let seconds = seconds.unwrap_or(SECONDS_OF_FOUR);
            four(&with(4), from.unwrap_or(FOUR_FROM), seconds)
        }),
        ("idle", &|| idle_one(&with(1))),
    ];
    let named = |part: &str| args.iter().any(|arg| arg == part);
    let all = !parts.iter().any(|(name, _)| named(name));
    let machine = Machine::here();
    println!(
        "{} × {}, {} MB, Linux {}, load {}",
        machine.cores, machine.cpu, machine.memory_mb, machine.kernel, machine.load
    );
    println!("{HEADING}");
    let mut results = json!({ "machine": machine });
    for (name, part) in parts {
        if !all && !named(name) {
            continue;
        }
        match part() {
            Ok(result) => results[name] = result,
            Err(error) => {
                eprintln!("bench_net: {name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{results}");
    ExitCode::SUCCESS
}

/// The highest rate at which it was seen to keep up, or what it committed beyond.
#[derive(Default)]
struct Search {
    best: f64,
    saturated: bool,
    steps: Vec<Value>,
}

impl Search {
    fn step(&mut self, what: &str, rate: u32, outcome: Outcome) {
        println!(
            "  {what} at {rate} tx/s: {:.0} committed a second, blocks every {:.0} ms, latency p50 {:.0} ms, p99 {:.0} ms",
            outcome.committed_per_second,
            outcome.interval_mean,
            outcome.latency_p50,
            outcome.latency_p99
        );
        self.best = self.best.max(outcome.committed_per_second);
        self.saturated |= !outcome.keeps_up(rate);
        self.steps.push(outcome.json);
    }

    fn json(self) -> Value {
        json!({ "best": self.best, "steps": self.steps })
    }
}

/// One validator and CometBFT with nothing behind it, in turn at each rate, until neither keeps up.
fn solo(options: &Options, from: u32, seconds: u32) -> Done {
    let network = Network::start(options);
    let alone = CometAlone::start(
        network.folder(),
        network.node(),
        options.cometbft.as_deref(),
    )?;
    let (mut ours, mut theirs) = (Search::default(), Search::default());
    let mut rate = from;
    while rate <= SOLO_TO && !(ours.saturated && theirs.saturated) {
        let offered = Offered { rate, seconds };
        if !ours.saturated {
            ours.step("nexusd", rate, offer(&network, offered)?);
        }
        if !theirs.saturated {
            let outcome = offer_random(network.folder(), &alone.url, offered)?;
            theirs.step("no-op", rate, outcome);
        }
        rate = rate * SOLO_STEP.0 / SOLO_STEP.1;
    }
    println!(
        "{}",
        Ratio {
            name: String::from("one validator, real actions, CometBFT with a no-op application"),
            ours: format!("{:.0} tx/s", ours.best),
            peer: format!("{:.0} tx/s", theirs.best),
            ratio: times(ours.best, theirs.best),
            must: "≥ 0.5 ×",
            goal: "≥ 0.65 ×",
        }
    );
    Ok(json!({ "nexusd": ours.json(), "noop": theirs.json() }))
}

/// Four validators, the rate raised until blocks come late or not all is committed.
fn four(options: &Options, from: u32, seconds: u32) -> Done {
    let network = Network::start(options);
    let (mut sustained, mut steps) = (0.0_f64, Search::default());
    let mut rate = from;
    while rate <= FOUR_TO {
        let outcome = offer(&network, Offered { rate, seconds })?;
        let holds = outcome.keeps_up(rate) && outcome.interval_mean <= INTERVAL_MS;
        if holds {
            sustained = sustained.max(outcome.committed_per_second);
        }
        steps.step("four validators", rate, outcome);
        if !holds {
            break;
        }
        rate += FOUR_STEP;
    }
    println!(
        "{}",
        Ratio {
            name: format!("four validators here, blocks ≤ 1.5 s on average, {seconds} s"),
            ours: String::new(),
            peer: String::new(),
            ratio: format!("{sustained:.0} tx/s"),
            must: "≥ 2,500",
            goal: "≥ 3,500",
        }
    );
    Ok(json!({ "sustained": sustained, "steps": steps.steps }))
}

/// One validator: CPU with nothing to do, then memory with a large state.
fn idle_one(options: &Options) -> Done {
    let network = Network::start(options);
    let small = idle(&network, IDLE);
    println!(
        "{}",
        Ratio {
            name: String::from("idle CPU of one validator, both processes, 60 s"),
            ours: format!("{:.1} % nexusd", small.nexusd_percent),
            peer: format!("{:.1} % Comet", small.comet_percent),
            ratio: format!("{:.1} %", small.percent()),
            must: "≤ 6 %",
            goal: "≤ 4 %",
        }
    );
    network.stop();
    with_state(&network, KEYS)?;
    network.start_missing();
    let large = idle(&network, IDLE);
    let mb = |bytes: u64| bytes >> 20;
    println!(
        "{}",
        Ratio {
            name: format!("RSS of nexusd with {KEYS} keys in state"),
            ours: format!("{} MB", mb(large.nexusd_bytes)),
            peer: format!("{} MB Comet", mb(large.comet_bytes)),
            ratio: format!("{} MB", mb(large.nexusd_bytes)),
            must: "≤ 500 MB",
            goal: "≤ 350 MB",
        }
    );
    Ok(json!({
        "cpuPercent": { "nexusd": small.nexusd_percent, "cometbft": small.comet_percent },
        "withState": {
            "keys": KEYS,
            "cpuPercent": large.percent(),
            "nexusdBytes": large.nexusd_bytes,
            "cometbftBytes": large.comet_bytes,
        },
    }))
}
