//! By state sync and by replay from genesis: one ledger.

use nexus_sdk::api::{HeightParams, Method};
use nexus_tests::actions::{create, describe};
use nexus_tests::wait::wait_for;
use nexus_tests::{Joiner, Network, Node, Options};
use nexus_types::Hash;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// Heights between two snapshots: enough that the newest two are there for longer than it takes to find them.
const INTERVAL: u64 = 10;

#[test]
fn a_fifth_node_joins_by_state_sync_and_by_replay_and_both_have_the_app_hash_of_the_validators() {
    let options = Options {
        snapshot_interval: Some(INTERVAL),
        ..Options::default()
    };
    let network = &Network::start(&options);
    let person = network.person("joining");
    network.apply(
        &person,
        vec![create("JOINING"), describe("JOINING", "before")],
    );
    network.wait_for_height(2 * INTERVAL + 1);

    let peers: Vec<&Node> = network.nodes.iter().collect();
    let servers = format!("{},{}", network.nodes[0].rpc, network.nodes[1].rpc);
    let interval = INTERVAL.to_string();
    let mut synced = Joiner::init(
        network,
        "synced",
        &peers,
        &[
            "--state-sync-from",
            &servers,
            "--snapshot-interval",
            &interval,
        ],
    );
    let mut replayed = Joiner::init(
        network,
        "replayed",
        &peers,
        &["--snapshot-interval", &interval],
    );
    synced.start();
    replayed.start();

    let base = wait_for("a restored snapshot", || {
        synced.node.height()?;
        let log = synced.node.log();
        assert!(!log.contains("snapshot refused"), "{log}");
        let line = log
            .lines()
            .find(|line| line.contains("snapshot restored"))?;
        let (_, height) = line.split_once("height=")?;
        height.split_whitespace().next()?.parse::<u64>().ok()
    });
    assert!(
        base >= 2 * INTERVAL && base.is_multiple_of(INTERVAL),
        "{base}"
    );
    // People go on working meanwhile.
    network.apply(&person, vec![describe("JOINING", "after")]);
    let common = network.common_height().max(base + INTERVAL + 2);
    let all: Vec<&Node> = network
        .nodes
        .iter()
        .chain([&synced.node, &replayed.node])
        .collect();
    all.iter().for_each(|node| node.wait_for_height(common));
    assert_one_app_hash(&all, base + 1..=common);
    assert_one_app_hash(&[&network.nodes[0], &replayed.node], 1..=base);
    assert_says_what_it_lacks(&synced.node, base);
    assert_says_what_it_cannot_know(&synced.node, &network.nodes[0], base);
    assert_same_snapshots(&all);

    // And after a restart of both.
    for joiner in [&mut synced, &mut replayed] {
        joiner.stop();
        joiner.start();
    }
    network.apply(&person, vec![describe("JOINING", "restarted")]);
    let later = network.common_height() + 2;
    let all: Vec<&Node> = network
        .nodes
        .iter()
        .chain([&synced.node, &replayed.node])
        .collect();
    all.iter().for_each(|node| node.wait_for_height(later));
    assert_one_app_hash(&all, common..=later);
}

fn assert_one_app_hash(nodes: &[&Node], heights: impl IntoIterator<Item = u64>) {
    for height in heights {
        let hashes: BTreeMap<&str, Hash> = nodes
            .iter()
            .map(|node| (node.name.as_str(), node.app_hash(height)))
            .collect();
        let first = hashes.values().next();
        assert!(
            hashes.values().all(|hash| Some(hash) == first),
            "height {height}: {hashes:?}"
        );
    }
}

/// Blocks and records up to the snapshot are an archive node's; what came after is answered and proved.
fn assert_says_what_it_lacks(node: &Node, base: u64) {
    let old = HeightParams {
        height: Some(base.into()),
    };
    let refused = node.call(
        &Method::GetBlock.to_string(),
        &serde_json::to_value(old).expect("JSON"),
    );
    assert_eq!(refused.expect_err("it never had that block").code, 3002);
    let record = |index: u64| {
        let wanted = json!({ "records": [{ "log": "headers", "index": index.to_string() }] });
        node.call(&Method::GetProof.to_string(), &wanted)
    };
    // The header of block h is record h - 1.
    assert_eq!(record(base - 1).expect_err("not kept").code, 3002);
    let proved: Value = record(base).expect("the first of its own");
    assert_eq!(
        proved["records"].as_array().map(Vec::len),
        Some(1),
        "{proved}"
    );
}

/// A transaction from before the snapshot may exist for all the node knows; of one that exists nowhere it knows as little. A
/// node with all blocks knows both.
fn assert_says_what_it_cannot_know(synced: &Node, archive: &Node, base: u64) {
    let mut txs = (1..=base).flat_map(|height| archive.block(height).txs);
    let early = txs.next().expect("a transaction up to the snapshot");
    let look = |node: &Node, hash: Hash| {
        let wanted = json!({ "hash": hash.to_string() });
        node.call(&Method::GetTransaction.to_string(), &wanted)
    };
    let nowhere = Hash([0xee; 32]);
    for hash in [early.hash.0, nowhere] {
        let refused = look(synced, hash).expect_err("not kept");
        assert_eq!(refused.code, 3002, "{hash}");
        let told = refused.message;
        assert!(told.contains(&format!("up to height {base}")), "{told}");
    }
    assert_eq!(look(archive, nowhere).expect_err("nowhere").code, 3001);
    look(archive, early.hash.0).expect("it has all blocks");
}

/// Whoever made the snapshot of a height made the same bytes, the joined nodes included.
fn assert_same_snapshots(nodes: &[&Node]) {
    let newest = |node: &Node| -> BTreeMap<String, Vec<u8>> {
        let folder = node.home.join("data/snapshots");
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| {
                let metadata = fs::read(entry.path().join("metadata")).ok()?;
                Some((entry.file_name().to_string_lossy().into_owned(), metadata))
            })
            .collect()
    };
    wait_for("a height of which all nodes have a snapshot", || {
        let all: Vec<_> = nodes.iter().map(|node| newest(node)).collect();
        let (first, rest) = all.split_first()?;
        let (height, bytes) = first
            .iter()
            .find(|(height, _)| rest.iter().all(|other| other.contains_key(*height)))?;
        assert!(
            rest.iter().all(|other| other[height] == *bytes),
            "snapshots of height {height} differ"
        );
        Some(())
    });
}
