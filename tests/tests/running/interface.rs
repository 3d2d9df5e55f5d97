//! The JSON-RPC interface and its limits.

use nexus_sdk::api::{GetNonceParams, METHODS, Method};
use nexus_tests::people::stranger;
use nexus_tests::rpc;
use nexus_tests::{Network, http};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Calls that a batch may hold.
const MAX_BATCH: usize = 20;

/// Bytes that a body may have.
const MAX_BODY: usize = 1 << 20;

/// The methods that the interface promises, whatever else it has.
const PROMISED: [&str; 40] = [
    "nexus_health",
    "nexus_time",
    "nexus_chainInfo",
    "nexus_submitTransaction",
    "nexus_simulateTransaction",
    "nexus_getTransaction",
    "nexus_listTransactions",
    "nexus_getNonce",
    "nexus_getBlock",
    "nexus_listBlocks",
    "nexus_getLightBlock",
    "nexus_getValidators",
    "nexus_getIdentity",
    "nexus_getImvu",
    "nexus_listImvus",
    "nexus_getQuota",
    "nexus_resolveDomain",
    "nexus_listDomains",
    "nexus_getZone",
    "nexus_getHost",
    "nexus_listHosts",
    "nexus_getAgent",
    "nexus_listAgents",
    "nexus_getMeter",
    "nexus_listMeters",
    "nexus_getPlacement",
    "nexus_listAssignments",
    "nexus_getUsage",
    "nexus_listUsage",
    "nexus_listDrifts",
    "nexus_getGates",
    "nexus_listGateDecisions",
    "nexus_listViolations",
    "nexus_listAudit",
    "nexus_listApprovals",
    "nexus_getProof",
    "nexus_getBundle",
    "nexus_explainCode",
    "nexus_subscribeEvents",
    "rpc.discover",
];

fn code(method: &str, params: &Value) -> i64 {
    let node = Network::shared().node();
    node.call(method, params)
        .map_or_else(|error| error.code, |_| 0)
}

#[test]
fn a_misspelt_parameter_is_refused_and_named() {
    let node = Network::shared().node();
    let error = node
        .call("nexus_getBlock", &json!({ "heigth": "1" }))
        .expect_err("refused");
    assert_eq!(error.code, -32602);
    assert!(error.message.contains("heigth"), "{}", error.message);
    assert_eq!(code("nexus_getBlock", &json!({ "height": "1" })), 0);
    assert_eq!(code("nexus_getBlock", &json!(["1"])), -32602);
    assert_eq!(code("nexus_getBlock", &json!({ "height": -1 })), -32602);
    assert_eq!(code("nexus_getBlok", &json!({})), -32601);
    assert_eq!(
        code(
            "nexus_getBlock",
            &json!({ "height": "18446744073709551615" })
        ),
        3003
    );
}

#[test]
fn a_batch_holds_at_most_twenty_calls() {
    let node = Network::shared().node();
    let batch = |size: usize| -> Value {
        let calls = (0..size).map(|id| {
            json!({ "jsonrpc": "2.0", "id": id.to_string(), "method": "nexus_health", "params": {} })
        });
        calls.collect()
    };
    let answers = rpc::post(&node.rpc, &batch(MAX_BATCH));
    let answers = answers.as_array().expect("an answer for each");
    assert_eq!(answers.len(), MAX_BATCH);
    assert!(
        answers.iter().all(|answer| answer.get("result").is_some()),
        "{answers:?}"
    );
    let refused = rpc::post(&node.rpc, &batch(MAX_BATCH + 1));
    assert_eq!(refused["error"]["code"], -32010, "{refused}");
}

#[test]
fn a_body_has_at_most_one_mebibyte() {
    let node = Network::shared().node();
    let padded = |size: usize| {
        let start = r#"{"jsonrpc":"2.0","id":"1","method":"nexus_health","params":{}"#;
        let mut body = start.to_owned();
        body.push_str(&" ".repeat(size - start.len() - 1));
        body.push('}');
        body
    };
    let answer = http::post_json(&node.rpc, padded(MAX_BODY).as_bytes()).expect("an answer");
    assert!(answer.json().get("result").is_some(), "{answer:?}");
    let refused = http::post_json(&node.rpc, padded(MAX_BODY + 1).as_bytes()).expect("an answer");
    assert!(
        refused.status == 413 || refused.json()["error"]["code"] == -32007,
        "{refused:?}"
    );
}

#[test]
fn what_is_no_json_rpc_over_http_is_refused_as_http() {
    let node = Network::shared().node();
    assert_eq!(node.http("GET", "/", &[], b"").status, 405);
    let text = node.http("POST", "/", &[("Content-Type", "text/plain")], b"{}");
    assert_eq!(text.status, 415);
    let broken = node.http("POST", "/", &[("Content-Type", "application/json")], b"{");
    assert_eq!(broken.json()["error"]["code"], -32700, "{broken:?}");
}

#[test]
fn the_description_of_the_interface_is_the_interface() {
    let node = Network::shared().node();
    let document = node.call("rpc.discover", &json!({})).expect("a document");
    let described: BTreeSet<&str> = document["methods"]
        .as_array()
        .expect("methods")
        .iter()
        .map(|method| method["name"].as_str().expect("a name"))
        .collect();
    let known: BTreeSet<&str> = METHODS.iter().map(|method| method.name()).collect();
    assert_eq!(described, known);
    for promised in PROMISED {
        assert!(described.contains(promised), "{promised}");
    }
    for name in described {
        let subscription = name.contains("ubscribe");
        // Without its parameters a method may refuse them; it must not be unknown.
        let answered = code(name, &json!({}));
        assert!(subscription || answered != -32601, "{name}: {answered}");
    }
    let version = document["openrpc"].as_str().expect("a version");
    assert!(version.starts_with("1."), "{version}");
}

#[test]
fn every_error_carries_what_a_program_needs() {
    let node = Network::shared().node();
    let error = node
        .call("nexus_getImvu", &json!({ "imvu": "NO-SUCH-IMVU" }))
        .expect_err("there is none");
    assert_eq!(error.code, 3001);
    assert_eq!(error.data["code"], "NX3001");
    assert_eq!(error.data["kind"], "notFound");
    assert_eq!(error.data["retryable"], false);
    assert!(
        error.data["hint"]
            .as_str()
            .is_some_and(|hint| !hint.is_empty()),
        "{error:?}"
    );
}

#[test]
fn an_unknown_identity_has_a_next_nonce_and_numbers_are_text() {
    let node = Network::shared().node();
    let params = GetNonceParams {
        identity: stranger("new").identity.into(),
        lane: 0,
        at: Default::default(),
        proof: false,
    };
    let params = serde_json::to_value(params).expect("JSON");
    let answer = node
        .call(Method::GetNonce.name(), &params)
        .expect("an answer");
    assert_eq!(answer["value"]["next"], "1");
    assert!(
        answer["height"].is_string() && answer["blockTime"].is_string(),
        "{answer}"
    );
}

#[test]
fn light_clients_find_what_they_read_at_cometbft_and_nothing_that_writes() {
    let node = Network::shared().node();
    for path in ["status", "commit", "validators", "block", "genesis"] {
        let answer = node.http("GET", &format!("/comet/{path}"), &[], b"");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert!(answer.json().get("result").is_some(), "{path}: {answer:?}");
    }
    for path in [
        "broadcast_tx_sync?tx=0x00",
        "broadcast_tx_commit?tx=0x00",
        "unsafe_flush_mempool",
        "dump_consensus_state",
    ] {
        let answer = node.http("GET", &format!("/comet/{path}"), &[], b"");
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
        assert!(answer.json().get("result").is_none(), "{path}: {answer:?}");
    }
}
