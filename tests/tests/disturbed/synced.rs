//! `kill -9` exactly before and exactly after the two calls of state sync, and between its end and the first block. What
//! the new node had by then is never taken for a ledger: it fetches a snapshot again, and comes to the others' app hash.

use nexus_tests::abci::grammar::Summary;
use nexus_tests::abci::{Kind, Moment, Recorder, Side};
use nexus_tests::wait::wait_for;
use nexus_tests::{Joiner, Network, Node, Options};
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::thread;

use crate::boundaries::{Victim, another_comet};

/// Heights between two snapshots: few, so that the first comes soon.
const INTERVAL: u64 = 5;

/// Enough that a snapshot outlives the seconds for which CometBFT looks for others, on a machine that is busy with builds.
const KEEP: usize = 24;

/// Headers above its snapshot that CometBFT's light client wants.
const HEADERS_ABOVE: u64 = 2;

/// What CometBFT v0.38.25 says when it has the state of a snapshot and no block (`blocksync/reactor.go`).
const REFUSAL: &str = "stores were left in an inconsistent state";

#[test]
fn a_kill_at_any_call_of_state_sync_leads_to_the_same_app_hash() {
    let network = &Network::start(&Options {
        snapshot_interval: Some(INTERVAL),
        snapshots_kept: Some(KEEP),
        ..Options::default()
    });
    network.wait_for_height(INTERVAL + HEADERS_ABOVE);
    // Most of the time of each is CometBFT's wait for snapshots: they wait together.
    thread::scope(|scope| {
        for kind in [Kind::OfferSnapshot, Kind::ApplySnapshotChunk] {
            for side in [Side::Before, Side::After] {
                let moment = Moment { side, kind };
                scope.spawn(move || {
                    for victim in Victim::ALL {
                        at_a_call(network, moment, victim);
                    }
                });
            }
        }
        scope.spawn(|| between_the_snapshot_and_the_first_block(network));
    });
}

fn at_a_call(network: &Network, moment: Moment, victim: Victim) {
    println!("{moment}, kill of {victim:?}");
    let name = format!("{moment}-{victim:?}").replace(' ', "-");
    let mut joiner = joiner(network, &name, &network.nodes[..3]);
    let recorder = joiner.record(network);
    let hold = recorder.hold(moment);
    joiner.start();
    let _ = hold.caught();
    let [nexusd, comet] = joiner.node.alive();
    victim.kill([nexusd, comet]);
    // What was held goes nowhere.
    drop(hold);
    comet.wait_for_end();
    if victim == Victim::Comet {
        another_comet(&joiner.node, comet);
    } else {
        nexusd.wait_for_end();
        joiner.stop();
        joiner.start();
    }
    // The snapshot has one chunk, so after it the application had the whole, and CometBFT did not know.
    let whole = moment.kind == Kind::ApplySnapshotChunk && moment.side == Side::After;
    let base = restored(&joiner.node, if whole { 2 } else { 1 });
    agrees(network, &joiner.node, base);
    let summary = judged(&recorder, &joiner.node);
    let asked = |kind| summary.asked.get(&kind).copied().unwrap_or(0);
    let first_offered = moment.kind != Kind::OfferSnapshot || moment.side == Side::After;
    assert_eq!(
        [
            asked(Kind::InitChain),
            asked(Kind::OfferSnapshot),
            asked(Kind::ApplySnapshotChunk)
        ],
        [0, 1 + u64::from(first_offered), 1 + u64::from(whole)],
        "{name}: one snapshot for each life that came so far, and no replay from genesis: {summary:?}"
    );
    assert!(summary.lives >= 2, "{name}: {summary:?}");
}

/// CometBFT writes the snapshot's state and then, when the first block comes, the block; killed between the two it
/// refuses to start. docs/joining.md says what to do then.
fn between_the_snapshot_and_the_first_block(network: &Network) {
    let [first, second, third, only] = network.nodes.as_slice() else {
        panic!("four nodes")
    };
    let mut joiner = joiner(network, "between", std::slice::from_ref(only));
    joiner
        .node
        .configure("log_level = \"error\"", "log_level = \"info\"");
    let recorder = joiner.record(network);
    let hold = recorder.hold(Moment {
        side: Side::Before,
        kind: Kind::Info,
    });
    joiner.start();
    // After the last chunk CometBFT asks what the application has now. Nobody will send it the next block.
    let _ = hold.caught();
    only.stop();
    hold.release();
    wait_for("a CometBFT that looks for the first block", || {
        let log = joiner.node.log();
        log.contains("Starting BlockPool service").then_some(())
    });
    let base = restored(&joiner.node, 1);
    let [nexusd, comet] = joiner.node.alive();
    Victim::Both.kill([nexusd, comet]);
    comet.wait_for_end();
    nexusd.wait_for_end();
    joiner.stop();
    only.start();

    // It has a ledger, and it does not go on: CometBFT ends as often as it is started.
    joiner.start();
    wait_for("CometBFT's refusal", || {
        let log = joiner.node.log();
        (log.matches(REFUSAL).count() >= 2).then_some(())
    });
    assert_eq!(joiner.node.height(), Some(base), "and it is the snapshot's");
    joiner.stop();
    let asked = judged(&recorder, &joiner.node).asked;
    assert!(!asked.contains_key(&Kind::FinalizeBlock), "{asked:?}");

    // The documented remedy.
    for entry in fs::read_dir(joiner.node.home.join("cometbft/data")).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_name() != "priv_validator_state.json" {
            remove(&entry.path());
        }
    }
    remove(&joiner.node.home.join("data/store"));
    joiner.start();
    let base = restored(&joiner.node, 2);
    agrees(network, &joiner.node, base);
    let asked = judged(&recorder, &joiner.node).asked;
    assert!(!asked.contains_key(&Kind::InitChain), "{asked:?}");
    for node in [first, second, third, only] {
        assert!(node.is_running(), "{}", node.name);
    }
}

fn joiner(network: &Network, name: &str, peers: &[Node]) -> Joiner {
    let servers = format!("{},{}", network.nodes[0].rpc, network.nodes[1].rpc);
    let peers: Vec<&Node> = peers.iter().collect();
    let arguments = ["--state-sync-from", &servers];
    Joiner::init(network, name, &peers, &arguments)
}

/// Waits until the node has restored that many snapshots; the last one's height.
fn restored(node: &Node, times: usize) -> u64 {
    let what = format!("restored snapshot number {times} of {}", node.name);
    let base = wait_for(&what, || {
        let log = node.log();
        let mut lines = log
            .lines()
            .filter(|line| line.contains("snapshot restored"));
        let (_, height) = lines.nth(times - 1)?.split_once("height=")?;
        height.split_whitespace().next()?.parse::<u64>().ok()
    });
    let log = node.log();
    assert_eq!(log.matches("snapshot restored").count(), times, "{log}");
    assert!(base.is_multiple_of(INTERVAL), "{base}");
    base
}

/// It goes on from the snapshot block by block, and each has the others' app hash.
fn agrees(network: &Network, node: &Node, base: u64) {
    let [other, ..] = network.nodes.as_slice() else {
        panic!("a network has nodes")
    };
    let ahead = other.height().expect("it answers").max(base) + 1;
    let heights: RangeInclusive<u64> = base + 1..=ahead;
    node.wait_for_height(ahead);
    other.wait_for_height(ahead);
    for height in heights {
        assert_eq!(
            node.app_hash(height),
            other.app_hash(height),
            "height {height} at {} and at {}",
            node.name,
            other.name
        );
    }
}

fn judged(recorder: &Recorder, node: &Node) -> Summary {
    recorder
        .judged()
        .unwrap_or_else(|violation| panic!("{}: {violation}", node.name))
}

fn remove(path: &Path) {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    removed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
