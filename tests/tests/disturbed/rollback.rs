//! A stopped node: checked, damaged, refused, repaired, rolled back, and back among the others.

use nexus_sdk::api::{ListTransactionsParams, Method, Page, TransactionSummary};
use nexus_store::{Backend, Batch, Family, RocksBackend};
use nexus_tests::actions::create;
use nexus_tests::programs::{Ran, path, program, run};
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options};
use nexus_types::state_key;
use serde_json::Value;
use std::process::Command;

/// Heights that the node goes back.
const BACK: u64 = 20;

fn nexusd(node: &Node, words: &[&str]) -> Ran {
    let mut command = Command::new(program("nexusd"));
    command
        .args(words)
        .arg("--home")
        .arg(&node.home)
        .env("PATH", path());
    run(&mut command)
}

fn check(node: &Node, code: i32) -> Value {
    let ran = nexusd(node, &["check", "--json"]).exited(code);
    serde_json::from_str(&ran.stdout).expect("a JSON object")
}

fn transactions(node: &Node) -> u64 {
    let page: Page<TransactionSummary> =
        node.read(Method::ListTransactions, &ListTransactionsParams::default());
    page.total.0
}

#[test]
fn a_node_rolled_back_replays_to_the_same_app_hash_and_a_damaged_one_does_not_start() {
    let network = &Network::start(&Options::default());
    let person = network.person("somebody");
    network.apply(&person, vec![create("ROLLED")]);
    network.wait_for_height(BACK + 5);
    let node = &network.nodes[0];
    let running = nexusd(node, &["rollback", "--to", "1"]);
    assert_eq!(
        running.code,
        Some(11),
        "a running node is left alone: {running:?}"
    );
    node.stop();

    let whole = check(node, 0);
    assert_eq!(
        (&whole["ok"], &whole["replayed"]),
        (&true.into(), &true.into())
    );
    let tip: u64 = whole["height"]
        .as_str()
        .expect("a height")
        .parse()
        .expect("a number");
    damaged(node);

    let beyond = nexusd(node, &["rollback", "--to", &(tip + 1).to_string()]).exited(2);
    assert!(
        beyond.stderr.contains("is above the committed height"),
        "{beyond:?}"
    );
    let to = tip - BACK;
    let back = nexusd(node, &["rollback", "--to", &to.to_string()]).exited(0);
    let app_hash = network.nodes[1].app_hash(to).to_string();
    assert!(
        back.stdout
            .contains(&format!("height {to}, app hash {app_hash}")),
        "{back:?}"
    );
    assert_eq!(check(node, 0)["height"], Value::from(to.to_string()));

    node.start();
    let ahead = network.nodes[1].height().expect("another node answers");
    node.wait_for_height(ahead + 2);
    network.assert_one_app_hash(1..=ahead + 1);
    // The index waited, compared, and goes on.
    network.apply(&person, vec![create("AFTERWARDS")]);
    let others = wait_for("the others to list it", || {
        let total = transactions(&network.nodes[1]);
        (total >= 3).then_some(total)
    });
    wait_for("the node to list it", || {
        (transactions(node) == others).then_some(())
    });
    assert!(!node.log().contains("another history"));
}

/// One byte of one object, changed through RocksDB: the node does not start, and the check names the key.
fn damaged(node: &Node) {
    let key = state_key::officers();
    let write = |flip: u8| {
        let backend = RocksBackend::open(&node.home.join("data/store")).expect("RocksDB opens");
        let read = backend.get(Family::State, key.as_bytes()).expect("a read");
        let mut value = read.expect("officers");
        value[7] ^= flip;
        let mut batch = Batch::new();
        batch.put(Family::State, key.as_bytes().to_vec(), value);
        backend.write(&batch).expect("a write");
    };
    write(0x10);
    let refused = nexusd(node, &["start"]);
    assert_eq!(refused.code, Some(4), "{refused:?}");
    let found = check(node, 4);
    let findings = found["findings"].as_array().expect("findings");
    let first = findings.first().expect("a finding");
    assert_eq!(first["part"], "state", "{first}");
    let what = first["what"].as_str().expect("text");
    let hex: String = key
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(what.contains(&format!("state key {hex} ")), "{what}");
    write(0x10);
    assert_eq!(check(node, 0)["ok"], Value::from(true));
}
