//! A node that says what a test wants, and the program asking it.

use nexus_types::{Hash, Tx, constants};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// Answers by method: a result, or a JSON-RPC error's code.
pub(crate) type Answers = fn(&str, &Tx) -> Result<Value, i32>;

/// A node, and what it was asked.
pub(crate) struct Node {
    url: String,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Node {
    pub(crate) fn start(answers: Answers, tx: Tx) -> Self {
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

    pub(crate) fn was_asked(&self, method: &str) -> bool {
        self.params_of(method).is_some()
    }

    /// The parameters of the last call of a method.
    pub(crate) fn params_of(&self, method: &str) -> Option<Value> {
        let asked = self.asked.lock().unwrap();
        let last = asked.iter().rev().find(|one| one["method"] == method);
        last.map(|request| request["params"].clone())
    }
}

/// Answers one request; notes it first, so that who has the answer finds it noted.
fn serve(stream: &mut TcpStream, answers: Answers, tx: &Tx, log: &Mutex<Vec<Value>>) {
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
    log.lock().unwrap().push(request);
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

pub(crate) fn read(value: Value) -> Value {
    json!({"height": "1", "blockTime": "1000", "value": value})
}

pub(crate) fn chain_info() -> Value {
    let zero = Hash::default().to_string();
    read(json!({
        "chainId": "nexus-test", "genesisHash": zero, "recoveryEpoch": 0, "appVersion": "1",
        "constantsHash": constants::constants_hash().to_string(),
        "split": {"creator": 55, "platform": 45, "whole": 100},
        "delays": {"approvalMs": "1", "nameLockMs": "1", "registrationMs": "1", "silenceMs": "1",
            "lateWindowMs": "1", "priceNoticeMs": "1", "maturityMs": "1", "disputeMs": "1",
            "consentNoticeMs": "1", "debtNoticeMs": "1", "debtFrozenMs": "2", "debtDormantMs": "3",
            "guardianMs": "1", "freezeMs": "1", "snapshotRetentionMs": "1", "votingMs": "1",
            "registerMs": "1", "governanceMs": "1", "upgradeFastMs": "1", "trustingMs": "1",
            "exitOverdueMs": "1", "exitProtectionMs": "1", "exitAfterMs": "1", "exitIntervalMs": "1",
            "observationMs": "1", "reproofMs": "1", "shortened": true},
        "calendar": {"kind": "hours", "hours": 1},
        "allowances": {"perBlock": 1, "perDay": 1, "rightsPerBlock": 1, "rightsPerDay": 1,
            "unattestedPerBlock": 1, "unattestedPerDay": 1},
        "maxQuota": {"cpuMillis": "1", "memoryBytes": "1", "storageBytes": "1",
            "bandwidthBits": "1", "pids": "1", "ioBytes": "1", "dnsAnswers": "1",
            "mailMessages": "1", "mailBytes": "1"},
        "officers": [], "officersThreshold": 1, "attesters": [], "jurisdictions": [], "apexes": [],
        "tip": {"height": "1", "hash": zero, "appHash": zero, "time": "1000"},
    }))
}

pub(crate) fn nexus(dir: &Path, node: &Node, args: &[&str]) -> Output {
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

pub(crate) fn said(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(both).unwrap()
}

pub(crate) fn with_key() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pass"), "secret\n").unwrap();
    dir
}
