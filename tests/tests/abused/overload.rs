//! What an abused node owes to everybody else: blocks in time, bounded memory, an answer, and itself again afterwards.

use crate::attacks::{self, Attack};
use crate::wire::Aim;
use nexus_sdk::api::Method;
use nexus_tests::actions::{create, describe};
use nexus_tests::cadence::{Sample, idle_intervals};
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options, http};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::thread;
use std::time::Duration;

/// How long the idle network is watched.
const IDLE: Duration = Duration::from_secs(20);
/// Blocks of each attack: enough for a median that one late block does not move.
const BLOCKS: u64 = 12;
/// How many times the idle network's median interval the median under attack may be.
const MOST_SLOWDOWN: f64 = 1.5;
/// Bytes by which the node may grow under one attack. Its own bounds are 256 MiB of unsent answers and a body of 1 MiB for
/// each connection of those who attack; the rest is what each of 512 connections takes beside.
const MOST_GROWTH: u64 = 512 << 20;
/// Between two questions of somebody honest.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// What somebody honest saw, and what the node took meanwhile.
#[derive(Debug, Default)]
struct Seen {
    answered: u32,
    refused: u32,
    unclear: Vec<String>,
    most_bytes: u64,
}

impl Seen {
    /// Asks once, from an address that attacks nobody.
    fn ask(&mut self, node: &Node) {
        let request =
            json!({ "jsonrpc": "2.0", "id": 1, "method": Method::ChainInfo.name(), "params": {} });
        match http::post_json(&node.rpc, request.to_string().as_bytes()) {
            Ok(answer) => {
                let body = answer.json();
                let retryable = [&body["error"]["data"]["retryable"], &body["retryable"]];
                if body.get("result").is_some() {
                    self.answered += 1;
                } else if retryable.iter().any(|each| each.as_bool() == Some(true)) {
                    self.refused += 1;
                } else {
                    self.unclear.push(format!("{answer:?}"));
                }
            }
            Err(error) => self.unclear.push(error.to_string()),
        }
    }
}

/// Intervals of the blocks from the first height to the last.
fn intervals(node: &Node, first: u64, last: u64) -> Sample {
    let times: Vec<u64> = (first..=last)
        .map(|height| node.block(height).summary.time.0)
        .collect();
    let between = times.windows(2);
    Sample::new(
        between
            .map(|pair| Duration::from_millis(pair[1].saturating_sub(pair[0])))
            .collect(),
    )
}

/// Runs one attack on the first node for some blocks; the blocks' intervals, and what was seen.
fn under(network: &Network, attack: &Attack) -> (Sample, Seen) {
    let [victim, other] = [&network.nodes[0], &network.nodes[1]];
    let at = http::authority(&victim.rpc).parse().expect("an address");
    let aim = Aim::new(at);
    let [nexusd, _] = victim.alive();
    let mut seen = Seen::default();
    let (first, last) = thread::scope(|scope| {
        let attacker = aim.clone();
        let attacking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on((attack.run)(attacker));
        });
        let first = other.height().expect("it answers");
        let mut last = first;
        let began = std::time::Instant::now();
        while last < first + BLOCKS && began.elapsed() < nexus_tests::wait::PATIENCE {
            seen.ask(victim);
            seen.most_bytes = seen.most_bytes.max(nexusd.resident_bytes());
            thread::sleep(ASK_EVERY);
            last = other.height().unwrap_or(last);
        }
        aim.end();
        attacking.join().expect("an attack that only attacks");
        (first, last)
    });
    assert!(
        last >= first + BLOCKS,
        "{}: {last} after {first}",
        attack.name
    );
    assert!(aim.done() > 0, "{}: nothing was done", attack.name);
    println!("{}: done {} times, {seen:?}", attack.name, aim.done());
    (intervals(other, first, last), seen)
}

/// A node's figures.
fn figures(node: &Node) -> String {
    let config = std::fs::read_to_string(node.home.join("config.toml")).expect("a configuration");
    let (_, section) = config.split_once("[metrics]").expect("a section");
    let listen = section
        .lines()
        .find_map(|line| line.strip_prefix("listen = "));
    let url = format!("http://{}", listen.expect("an address").trim_matches('"'));
    let answer = http::request(&url, "GET", "/metrics", &[], b"").expect("figures");
    String::from_utf8(answer.body).expect("text")
}

/// One of them.
fn figure(figures: &str, series: &str) -> u64 {
    let line = figures.lines().find_map(|line| line.strip_prefix(series));
    let number = line.and_then(|line| line.trim().parse().ok());
    number.unwrap_or_else(|| panic!("no {series} in {figures}"))
}

/// Lets this process hold the connections of the largest attack.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).expect("the limit that is allowed");
}

#[test]
fn blocks_keep_their_interval_memory_is_bounded_and_others_are_served() {
    raise_descriptors();
    let network = Network::start(&Options::default());
    let person = network.person("honest");
    network.apply(&person, vec![create("HONEST")]);
    let idle = idle_intervals(&network, IDLE);
    println!("idle: {idle}");
    let [nexusd, _] = network.node().alive();
    for attack in &attacks::ALL {
        let before = nexusd.resident_bytes();
        let (intervals, seen) = under(&network, attack);
        let slowdown = intervals.percentile(50).as_secs_f64() / idle.percentile(50).as_secs_f64();
        let grown = seen.most_bytes.saturating_sub(before);
        println!(
            "{}: {intervals}, {slowdown:.2} times idle; grew {} MiB",
            attack.name,
            grown >> 20
        );
        assert!(slowdown <= MOST_SLOWDOWN, "{}: {slowdown}", attack.name);
        assert!(grown <= MOST_GROWTH, "{}: {grown} bytes", attack.name);
        assert!(
            seen.unclear.is_empty(),
            "{}: {:?}",
            attack.name,
            seen.unclear
        );
        assert!(seen.answered + seen.refused > 0, "{}", attack.name);
        // Afterwards everything works, through the very node.
        let text = format!("after {}", attack.name);
        network.apply(&person, vec![describe("HONEST", &text)]);
    }
    assert_eq!(network.node().alive()[0], nexusd, "it never ended");
    let figures = figures(network.node());
    for reason in ["caller_rate", "connections_of_caller", "malformed"] {
        let series = format!("nexus_rpc_refused_total{{reason=\"{reason}\"}}");
        assert!(figure(&figures, &series) > 0, "{series}: {figures}");
    }
    let series = "nexus_rpc_calls_total{class=\"read\",outcome=\"answered\"}";
    assert!(figure(&figures, series) > 0, "{figures}");
    // What the attackers held is free again.
    wait_for("the end of all subscriptions", || {
        let now = self::figures(network.node());
        (figure(&now, "nexus_rpc_subscriptions") == 0).then_some(())
    });
    let height = network.common_height();
    network.assert_one_app_hash(1..=height);
}
