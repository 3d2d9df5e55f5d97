//! Four validators: what they are made of, how many of them it takes, how fast they go.

use nexus_tests::actions::{create, describe};
use nexus_tests::cadence::{committed_latencies, idle_intervals};
use nexus_tests::process::ProcessId;
use nexus_tests::{Network, Node, Options};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

/// Long enough for many blocks, if any came.
const QUIET: Duration = Duration::from_secs(8);

/// How long the idle network is watched here; the figure of record is taken over 60 s by the program `cadence`.
const IDLE: Duration = Duration::from_secs(20);

fn link(process: ProcessId, name: &str) -> PathBuf {
    fs::read_link(process.proc(name)).expect("a process of ours")
}

/// What a node may share with nobody, as text.
fn own_things(node: &Node) -> Vec<String> {
    let read = |name: &str| {
        let path = node.home.join("cometbft/config").join(name);
        fs::read_to_string(path).expect("a key file")
    };
    let socket = fs::metadata(node.home.join("run/abci.sock")).expect("a socket");
    assert!(socket.file_type().is_socket());
    assert_eq!(
        socket.permissions().mode() & 0o777,
        0o600,
        "{}: nobody else may speak to it",
        node.name
    );
    vec![
        read("node_key.json"),
        read("priv_validator_key.json"),
        format!("socket {}", socket.ino()),
        format!("home {}", node.home.display()),
        node.rpc.clone(),
        node.comet_rpc.clone(),
    ]
}

#[test]
fn four_validators_share_nothing_and_three_of_them_make_blocks() {
    let network = Network::start(&Options::default());
    assert_eq!(network.nodes.len(), 4);
    let mut processes = BTreeSet::new();
    let mut things = BTreeSet::new();
    for node in &network.nodes {
        let [nexusd, comet] = node.alive();
        assert!(
            link(nexusd, "exe").ends_with("nexusd"),
            "{:?}",
            link(nexusd, "exe")
        );
        assert!(
            link(comet, "exe").ends_with("cometbft"),
            "{:?}",
            link(comet, "exe")
        );
        for process in [nexusd, comet] {
            assert_eq!(
                link(process, "cwd"),
                node.home.canonicalize().expect("a home")
            );
            processes.insert(process.pid);
        }
        let own = own_things(node);
        assert!(
            own.iter().all(|thing| things.insert(thing.clone())),
            "{}: {own:?}",
            node.name
        );
    }
    assert_eq!(processes.len(), 8, "four nexusd and four CometBFT");
    how_fast(&network);

    // With two of four stopped, what is left is no two thirds.
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|place| &network.nodes[place]);
    third.stop();
    fourth.stop();
    // What was under way may still come.
    sleep(QUIET);
    let halted = first
        .height()
        .expect("it answers, though it makes no blocks");
    sleep(QUIET);
    assert_eq!(first.height(), Some(halted), "no block without two thirds");
    // Nor is anything taken for committed.
    third.start();
    first.wait_for_height(halted + 3);
    second.wait_for_height(halted + 3);
    // The one that was away longest finds the way back as well.
    fourth.start();
    let height = network.common_height().max(halted + 3);
    network.wait_for_height(height);
    network.assert_one_app_hash(1..=height);
}

/// Prints how fast the network is, and fails only for what no load of a test machine explains.
fn how_fast(network: &Network) {
    let intervals = idle_intervals(network, IDLE);
    println!("block interval, {} s idle   {intervals}", IDLE.as_secs());
    let person = network.person("measured");
    network.apply(
        &person,
        vec![create("MEASURED"), describe("MEASURED", "before")],
    );
    let latencies = committed_latencies(network, &person, "MEASURED", 20);
    println!("submitted until committed   {latencies}");
    let mean = intervals.mean().as_secs_f64();
    assert!(
        (0.8..2.0).contains(&mean),
        "blocks every {mean} s: the cadence is not configured"
    );
}
