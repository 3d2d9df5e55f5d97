//! The program against a node that says what a test wants.

mod hosting;
mod money;
mod node;

use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::{TxBuilder, to_text, tx_hash};
use nexus_types::approval::Change;
use nexus_types::encoding::{Text, encode};
use nexus_types::quota::QuotaChange;
use nexus_types::{Action, Hash, ImvuId, Network, Time, Tx};
use node::{Answers, Node, chain_info, nexus, read, said, with_key};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Output;

fn network() -> Network {
    Network {
        chain_id: Text::new("nexus-test").unwrap(),
        genesis_hash: Hash::default(),
        recovery_epoch: 0,
    }
}

/// A proposal's transaction, or any other.
pub(crate) fn signed(action: Action) -> Tx {
    let signer = Signer::new("officer", SecretKey::generate());
    let builder = TxBuilder::new(network(), 1, Time(1_000));
    builder.sign(action, &signer, &[]).unwrap()
}

fn cpu(millis: u64) -> QuotaChange {
    QuotaChange {
        cpu_millis: Some(millis),
        ..QuotaChange::EMPTY
    }
}

fn imvu() -> ImvuId {
    ImvuId::new("IMVU-042").unwrap()
}

#[test]
fn a_rotation_that_is_only_tried_keeps_the_key_of_an_earlier_one() {
    let answers: Answers = |method, _| match method {
        "nexus_chainInfo" => Ok(chain_info()),
        "nexus_getIdentity" => {
            let zero = Hash::default().to_string();
            Ok(read(
                json!({"id": zero, "key": zero, "generation": 1, "revoked": false,
                "evidence": zero, "registered": "1", "publicName": ""}),
            ))
        }
        "nexus_getNonce" => {
            let zero = Hash::default().to_string();
            Ok(read(json!({"identity": zero, "lane": 0, "next": "2"})))
        }
        // The earlier rotation was committed, so the old key's signature holds no more.
        "nexus_simulateTransaction" => Err(1060),
        _ => Err(-32601),
    };
    let node = Node::start(answers, signed(Action::RevokeIdentity));
    let dir = with_key();
    let made = nexus(dir.path(), &node, &["key", "new", "alice"]);
    assert!(made.status.success(), "{}", said(&made));
    let waiting = dir.path().join("keys/alice.next.age");
    fs::write(&waiting, "the only copy of the key the ledger knows").unwrap();
    let tried = nexus(dir.path(), &node, &["key", "rotate", "alice", "--dry-run"]);
    assert_eq!(tried.status.code(), Some(3), "{}", said(&tried));
    assert!(waiting.exists());
}

#[test]
fn a_dry_run_submits_no_signed_transaction_either() {
    let answers: Answers = |method, _| match method {
        "nexus_chainInfo" => Ok(chain_info()),
        "nexus_simulateTransaction" => Err(1041),
        "nexus_submitTransaction" => Err(1040),
        _ => Err(-32601),
    };
    let tx = signed(Action::RevokeIdentity);
    let node = Node::start(answers, tx.clone());
    let dir = with_key();
    let tried = nexus(
        dir.path(),
        &node,
        &["tx", "submit", &to_text(&tx), "--dry-run"],
    );
    assert_eq!(tried.status.code(), Some(3), "{}", said(&tried));
    assert!(node.was_asked("nexus_simulateTransaction"));
    assert!(!node.was_asked("nexus_submitTransaction"));
}

/// The node shows a proposal of 2 CPUs under the id of the given transaction.
fn proposal(tx: &Tx) -> Value {
    let zero = Hash::default().to_string();
    let change = encode(&Change::Quota(cpu(2_000)));
    let bytes: String = change.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({"items": [{"id": tx.body.id().to_string(), "imvu": "IMVU-042",
        "change": {"kind": "quota", "cpuMillis": "2000"}, "changeBytes": bytes,
        "proposer": zero, "opened": "1", "expires": "9000", "status": "open"}],
        "total": "1", "at": "1"})
}

fn show_proposal(proposed: u64) -> Output {
    let answers: Answers = |method, tx| match method {
        "nexus_listApprovals" => Ok(proposal(tx)),
        "nexus_getTransaction" => Ok(json!({"hash": tx_hash(tx).to_string(), "height": "1",
            "index": 0, "blockTime": "1", "code": 0, "name": "NX0000", "title": "applied",
            "raw": to_text(tx), "events": []})),
        _ => Err(-32601),
    };
    let action = Action::ProposeQuota {
        imvu: imvu(),
        change: cpu(proposed),
        expires: Time(9_000),
    };
    let tx = signed(action);
    let id = tx.body.id().to_string();
    let node = Node::start(answers, tx);
    let dir = with_key();
    nexus(dir.path(), &node, &["approve", "show", &id])
}

#[test]
fn a_proposal_is_what_the_transaction_of_its_id_proposes() {
    let honest = show_proposal(2_000);
    assert!(honest.status.success(), "{}", said(&honest));
    // The node shows 2 CPUs; the officers proposed 3 under that id.
    let lied = show_proposal(3_000);
    assert_eq!(lied.status.code(), Some(4), "{}", said(&lied));
}

#[test]
fn a_doctor_who_cannot_look_does_not_say_that_all_is_well() {
    let answers: Answers = |method, _| match method {
        "nexus_health" => {
            let now = std::time::SystemTime::now();
            let now = now.duration_since(std::time::UNIX_EPOCH).unwrap();
            let now = now.as_millis().to_string();
            Ok(json!({"status": "ok", "height": "1", "blockTime": now, "version": "1"}))
        }
        _ => Err(-32603),
    };
    let node = Node::start(answers, signed(Action::RevokeIdentity));
    let dir = with_key();
    let report = nexus(dir.path(), &node, &["doctor"]);
    assert_eq!(report.status.code(), Some(1), "{}", said(&report));
    assert!(
        said(&report).contains("1 of 5 checks failed"),
        "{}",
        said(&report)
    );
}

#[test]
fn no_word_of_a_node_moves_the_cursor_or_makes_a_line() {
    let answers: Answers = |method, _| match method {
        "nexus_sql" => Ok(json!({"columns": ["a\u{1b}[31mb"], "truncated": false,
            "rows": [["x\u{1b}]0;title\u{7}\nverified\u{9b}2J"]]})),
        _ => Err(3001),
    };
    let node = Node::start(answers, signed(Action::RevokeIdentity));
    let dir = with_key();
    let table = nexus(dir.path(), &node, &["sql", "SELECT 1"]);
    assert!(table.status.success(), "{}", said(&table));
    let error = nexus(dir.path(), &node, &["imvu", "show", "IMVU-042"]);
    assert_eq!(error.status.code(), Some(5), "{}", said(&error));
    for shown in [said(&table), said(&error)] {
        assert!(shown.contains("\\u001b"), "{shown:?}");
        for acts in [
            "\u{1b}[2J",
            "\u{1b}]",
            "\u{1b}[31mb",
            "\u{7}",
            "\u{9b}",
            "\nverified",
        ] {
            assert!(!shown.contains(acts), "{acts:?} in {shown:?}");
        }
    }
}

#[test]
fn a_node_that_answers_with_no_evidence_has_failed_the_verification() {
    let answers: Answers = |method, _| match method {
        "nexus_getBundle" => Ok(json!({"verified": true})),
        _ => Err(-32601),
    };
    let node = Node::start(answers, signed(Action::RevokeIdentity));
    let dir = with_key();
    let anchor = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/vectors/anchor.json");
    let anchor = anchor.to_str().unwrap();
    let args = ["verify", "imvu", "IMVU-042", "--anchor", anchor];
    let output = nexus(dir.path(), &node, &args);
    assert!(node.was_asked("nexus_getBundle"));
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("format (answer) failed"));
}
