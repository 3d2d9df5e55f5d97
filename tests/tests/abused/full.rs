//! A mempool that is filled until nothing more fits.

use nexus_sdk::api::{Method, SqlParams, SqlResult};
use nexus_sdk::keys::Signer;
use nexus_sdk::sign;
use nexus_tests::people::{in_an_hour, stranger};
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options, rpc};
use nexus_types::approval::AttestationBody;
use nexus_types::encoding::encode;
use nexus_types::{Action, Hash};
use serde_json::{Value, json};
use std::fs;

/// More than a mempool takes: it has room for 20,000 transactions.
const MOST: usize = 30_000;
/// Calls of one batch.
const BATCH: usize = 20;
/// The code of an ordinary transaction for which its part of the mempool has no room; the rest is kept for rights.
const NO_ROOM: i64 = 1072;

/// Lets a node take calls as fast as they come.
fn unlimited(node: &Node) {
    let path = node.home.join("config.toml");
    let mut config = lines::read(&path);
    for key in ["calls_per_second", "transactions_per_second"] {
        config.set(key, 100_000);
    }
    for key in ["calls_burst", "transactions_burst"] {
        config.set(key, 1_000_000);
    }
    fs::write(&path, config.text()).expect("a configuration");
    node.stop();
    node.start();
}

/// A configuration as lines: the tests need no parser to change a number.
mod lines {
    use std::path::Path;

    pub(super) struct Lines(Vec<String>);

    pub(super) fn read(path: &Path) -> Lines {
        let text = std::fs::read_to_string(path).expect("a configuration");
        Lines(text.lines().map(str::to_owned).collect())
    }

    impl Lines {
        pub(super) fn set(&mut self, key: &str, value: u32) {
            let beginning = format!("{key} = ");
            let line = self.0.iter_mut().find(|line| line.starts_with(&beginning));
            *line.unwrap_or_else(|| panic!("no {key}")) = format!("{beginning}{value}");
        }

        pub(super) fn text(&self) -> String {
            self.0.join("\n") + "\n"
        }
    }
}

/// Registrations of people nobody knows, each attested: one transaction of each.
fn registrations(network: &Network, attester: &Signer, count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|number| {
            let person = stranger(&format!("stranger-{number}"));
            let body = AttestationBody {
                network: network.id.clone(),
                identity: person.identity,
                attester: attester.identity,
                generation: 0,
                evidence: Hash::of(b"a test"),
                expires: in_an_hour(),
            };
            let action = Action::RegisterIdentity {
                key: person.key.public(),
                attestation: Some(sign::attest(body, &attester.key)),
            };
            encode(&network.signed(&person, &[], 1, action))
        })
        .collect()
}

fn submission(bytes: &[u8], id: usize) -> Value {
    use base64::Engine;
    let tx = base64::engine::general_purpose::STANDARD.encode(bytes);
    json!({ "jsonrpc": "2.0", "id": id, "method": Method::SubmitTransaction.name(), "params": { "tx": tx, "wait": "checked" } })
}

/// Hands in until the node says that there is no room; how many it took, and what it said.
fn fill(node: &Node, network: &Network, attester: &Signer) -> (u64, Value) {
    let mut taken = 0;
    for _ in (0..MOST).step_by(BATCH) {
        let batch = registrations(network, attester, BATCH);
        let calls: Vec<Value> = (0..)
            .zip(&batch)
            .map(|(id, bytes)| submission(bytes, id))
            .collect();
        let answers = rpc::post(&node.rpc, &json!(calls));
        for answer in answers.as_array().expect("a batch's answers") {
            if answer.get("result").is_some() {
                taken += 1;
            } else {
                return (
                    taken + answers_taken_after(&answers, answer),
                    answer["error"].clone(),
                );
            }
        }
    }
    panic!("{taken} transactions, and still room");
}

/// Answers behind that one that took their transaction all the same.
fn answers_taken_after(answers: &Value, refused: &Value) -> u64 {
    let all = answers.as_array().into_iter().flatten();
    let after = all.skip_while(|answer| *answer != refused);
    after
        .filter(|answer| answer.get("result").is_some())
        .count() as u64
}

/// Registrations that stand on the ledger.
fn registered(node: &Node) -> Option<u64> {
    let params = SqlParams {
        statement:
            "SELECT count(*) FROM transactions WHERE action = 'registerIdentity' AND code = 0"
                .to_owned(),
        limit: None,
    };
    let answer: SqlResult = node.try_read(Method::Sql, &params).ok()?;
    answer.rows.first()?.first()?.as_ref()?.parse().ok()
}

#[test]
fn a_full_mempool_says_so_and_what_it_took_is_committed() {
    let network = Network::start(&Options::default());
    let node = network.node();
    unlimited(node);
    let attester = network.key("attester");
    let before = wait_for("a count", || registered(node));
    // With two of four stopped there is no block, and nothing leaves the mempool.
    for other in &network.nodes[2..] {
        other.stop();
    }
    let (taken, error) = fill(node, &network, &attester);
    println!("{taken} transactions were taken; then: {error}");
    assert_eq!(error["code"], NO_ROOM, "{error}");
    assert_eq!(error["data"]["retryable"], true, "{error}");
    assert!(
        error["data"]["hint"]
            .as_str()
            .is_some_and(|hint| !hint.is_empty())
    );
    assert!(taken > 1_000, "it had room for some: {taken}");
    for other in &network.nodes[2..] {
        other.start();
    }
    // It drains, however long the whole takes: each look must find more than the one before.
    let mut done = before;
    while done < before + taken {
        let so_far = done;
        done = wait_for("more of what was taken", || {
            registered(node).filter(|now| *now > so_far)
        });
    }
    assert_eq!(done, before + taken);
    // And takes again.
    let _ = network.person("afterwards");
    let height = network.common_height();
    network.assert_one_app_hash(height.saturating_sub(5)..=height);
}
