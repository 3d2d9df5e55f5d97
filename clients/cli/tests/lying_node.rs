//! The program against a node that says what a test wants.

use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::{TxBuilder, to_text, tx_hash};
use nexus_types::approval::Change;
use nexus_types::encoding::{Text, encode};
use nexus_types::quota::QuotaChange;
use nexus_types::{Action, Hash, ImvuId, Network, Time, Tx, constants};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// Answers by method: a result, or a JSON-RPC error's code.
type Answers = fn(&str, &Tx) -> Result<Value, i32>;

/// A node, and the methods it was asked for.
struct Node {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Node {
    fn start(answers: Answers, tx: Tx) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&mut stream.unwrap(), answers, &tx, &log);
            }
        });
        Self { url, asked }
    }

    fn was_asked(&self, method: &str) -> bool {
        self.asked.lock().unwrap().iter().any(|one| one == method)
    }
}

/// Answers one request; notes it first, so that who has the answer finds it noted.
fn serve(stream: &mut TcpStream, answers: Answers, tx: &Tx, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request: Value = serde_json::from_slice(&body).unwrap();
    let method = request["method"].as_str().unwrap().to_owned();
    log.lock().unwrap().push(method.clone());
    let answer = match answers(&method, tx) {
        Ok(result) => json!({"jsonrpc": "2.0", "id": "1", "result": result}),
        Err(code) => {
            let error = json!({"code": code, "message": "no\u{1b}[2J\nverified"});
            json!({"jsonrpc": "2.0", "id": "1", "error": error})
        }
    };
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
        answer.len()
    );
    let stream = reader.into_inner();
    stream
        .write_all(format!("{head}{answer}").as_bytes())
        .unwrap();
}

fn network() -> Network {
    Network {
        chain_id: Text::new("nexus-test").unwrap(),
        genesis_hash: Hash::default(),
        recovery_epoch: 0,
    }
}

/// A proposal's transaction, or any other.
fn signed(action: Action) -> Tx {
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

fn read(value: Value) -> Value {
    json!({"height": "1", "blockTime": "1000", "value": value})
}

fn chain_info() -> Value {
    let zero = Hash::default().to_string();
    read(json!({
        "chainId": "nexus-test", "genesisHash": zero, "recoveryEpoch": 0, "appVersion": "1",
        "constantsHash": constants::constants_hash().to_string(),
        "split": {"creator": 55, "platform": 45, "whole": 100},
        "delays": {"approvalMs": "1", "nameLockMs": "1", "registrationMs": "1", "silenceMs": "1",
            "shortened": true},
        "allowances": {"perBlock": 1, "perDay": 1, "rightsPerBlock": 1, "rightsPerDay": 1,
            "unattestedPerBlock": 1, "unattestedPerDay": 1},
        "maxQuota": {"cpuMillis": "1", "memoryBytes": "1", "storageBytes": "1",
            "bandwidthBits": "1", "pids": "1", "ioBytes": "1", "dnsAnswers": "1",
            "mailMessages": "1", "mailBytes": "1"},
        "officers": [], "officersThreshold": 1, "attesters": [], "jurisdictions": [], "apexes": [],
        "tip": {"height": "1", "hash": zero, "appHash": zero, "time": "1000"},
    }))
}

fn nexus(dir: &Path, node: &Node, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nexus"));
    for name in ["NEXUS_NODE", "NEXUS_KEY", "NEXUS_KEYS", "XDG_CONFIG_HOME"] {
        command.env_remove(name);
    }
    let tail = [
        "--keys",
        "keys",
        "--passphrase-file",
        "pass",
        "--node",
        &node.url,
    ];
    // With colours, so that what would reach a terminal is seen.
    command
        .current_dir(dir)
        .env("HOME", dir)
        .env("CLICOLOR_FORCE", "1")
        .args(args)
        .args(tail)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(both).unwrap()
}

fn with_key() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pass"), "secret\n").unwrap();
    dir
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
