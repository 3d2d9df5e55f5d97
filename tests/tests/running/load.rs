//! The load generator against the running network: what it offers, what is taken and what stands in blocks add up. How
//! fast it was is nobody's business here.

use nexus_tests::Network;
use nexus_tests::programs::{path, program, run};
use serde_json::Value;
use std::process::Command;

fn load(network: &Network, args: &[&str]) -> Value {
    let mut command = Command::new(program("nexus"));
    command
        .args(["bench", "load", "--output", "json"])
        .args(args)
        .current_dir(network.folder())
        .env("HOME", network.folder())
        .env("PATH", path())
        .env_remove("NEXUS_NODE")
        .env_remove("NEXUS_KEYS")
        .env_remove("NEXUS_KEY");
    run(&mut command).exited(0).json()
}

/// All of a load was taken, is in blocks, and nothing was lost on the way.
fn adds_up(result: &Value, offered: u64) {
    for field in ["offered", "sent", "accepted", "committed"] {
        assert_eq!(result[field], offered, "{field}: {result}");
    }
    assert_eq!(result["uncommitted"], 0, "{result}");
    for nothing in ["refused", "lost"] {
        let reasons = result[nothing].as_object();
        assert_eq!(reasons.map(|reasons| reasons.len()), Some(0), "{result}");
    }
    assert_eq!(result["interrupted"], false);
    let window = &result["window"];
    assert_eq!(window["offered"], window["committed"], "{result}");
    assert_eq!(result["latency"]["count"], window["committed"], "{result}");
    let latency = |rank: &str| result["latency"][rank].as_f64().expect("milliseconds");
    let ranks = ["p50", "p90", "p95", "p99", "p999", "max"].map(latency);
    assert!(ranks[0] > 0.0 && ranks.is_sorted(), "{ranks:?}");
    for (part, field) in [
        ("blocks", "intervalMean"),
        ("blocks", "transactionsMean"),
        ("window", "committedPerSecond"),
        ("generator", "lagMax"),
        ("generator", "cpuSeconds"),
    ] {
        assert!(
            result[part][field].as_f64().is_some(),
            "{part}.{field}: {result}"
        );
    }
}

#[test]
fn a_small_load_through_the_nodes_own_interface_is_all_committed() {
    let network = Network::shared();
    let file = network.folder().join("load.json");
    let record = file.to_str().expect("a path");
    let result = load(
        network,
        &[
            "--rate",
            "12",
            "--duration",
            "4",
            "--warmup",
            "1",
            "--signers",
            "6",
            "--action",
            "mixed",
            "--drain",
            "120",
            "--record",
            record,
        ],
    );
    adds_up(&result, 60);
    assert_eq!(
        result["urls"].as_array().map(Vec::len),
        Some(network.nodes.len())
    );
    let recorded: Value =
        serde_json::from_slice(&std::fs::read(&file).expect("the record")).expect("JSON");
    assert_eq!(recorded, result);
}

#[test]
fn a_small_load_through_cometbft_is_all_committed() {
    let network = Network::shared();
    let comet = network.node().comet_rpc.clone();
    let result = load(
        network,
        &[
            "--rate",
            "40",
            "--duration",
            "3",
            "--warmup",
            "0",
            "--signers",
            "10",
            "--drain",
            "120",
            "--via-comet",
            &comet,
        ],
    );
    adds_up(&result, 120);
    assert_eq!(result["direct"], true);
}
