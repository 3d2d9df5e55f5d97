//! The interface as a whole: its document, its parameters, what answers without consensus, and what it does not pass on.

use super::harness::Harness;
use hyper::StatusCode;
use nexus_sdk::api::{
    Health, HealthStatus, METHODS, Method, NodeTime, SqlResult, codes::Explanation,
};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn the_openrpc_document_describes_exactly_the_methods_that_answer() {
    let harness = Harness::start().await;
    let document: Value = harness.call(Method::Discover, json!({})).await;
    let described: Vec<&str> = document["methods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["name"].as_str().unwrap())
        .collect();
    let named: Vec<&str> = METHODS.iter().map(|method| method.name()).collect();
    assert_eq!(described, named);
    let methods = document["methods"].as_array().unwrap();
    let unsubscribe = methods
        .iter()
        .find(|each| each["name"] == "nexus_unsubscribeEvents")
        .unwrap();
    // jsonrpsee takes the subscription's id, a text, in an array.
    assert_eq!(unsubscribe["paramStructure"], "by-position");
    assert_eq!(unsubscribe["params"][0]["schema"]["type"], "string");
    for name in described {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": name, "params": { "no such parameter": 1 } });
        let (_, answer) = harness.post(request.to_string()).await;
        assert_ne!(
            answer["error"]["code"], -32601,
            "{name} is described but not registered"
        );
        assert!(
            answer["error"].is_object(),
            "{name} takes an unknown parameter: {answer}"
        );
    }
    let unknown = json!({ "jsonrpc": "2.0", "id": 1, "method": "nexus_getParams", "params": {} });
    assert_eq!(
        harness.post(unknown.to_string()).await.1["error"]["code"],
        -32601
    );
}

#[tokio::test]
async fn every_schema_that_the_document_refers_to_is_in_it() {
    let harness = Harness::start().await;
    let document: Value = harness.call(Method::Discover, json!({})).await;
    let text = document.to_string();
    let references = text
        .split("\"$ref\":\"#")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let mut count = 0;
    for reference in references {
        assert!(
            document.pointer(reference).is_some(),
            "{reference} leads nowhere"
        );
        count += 1;
    }
    assert!(count > 100, "only {count} references");
}

#[tokio::test]
async fn wrong_parameters_are_refused_by_name() {
    let harness = Harness::start().await;
    let misspelt = harness
        .refuse(Method::GetBlock, json!({ "heigth": "1" }))
        .await;
    assert_eq!(misspelt["code"], -32602);
    assert!(
        misspelt["message"]
            .as_str()
            .unwrap()
            .contains("unknown field `heigth`"),
        "{misspelt}"
    );
    assert_eq!(misspelt["data"]["kind"], "invalidParams");
    assert_eq!(misspelt["data"]["retryable"], false);
    let by_position = harness.refuse(Method::GetBlock, json!(["1"])).await;
    assert_eq!(by_position["code"], -32602);
    let no_id = harness
        .refuse(Method::GetImvu, json!({ "imvu": "imvu-042" }))
        .await;
    assert_eq!(no_id["code"], -32602);
    let too_many = harness
        .refuse(Method::ListAudit, json!({ "limit": 201 }))
        .await;
    assert!(
        too_many["message"].as_str().unwrap().contains("1 to 200"),
        "{too_many}"
    );
    let none = harness
        .refuse(Method::ListAudit, json!({ "limit": 0 }))
        .await;
    assert_eq!(none["code"], -32602);
    let keys: Vec<&str> = vec!["01"; 65];
    assert_eq!(
        harness
            .refuse(Method::GetProof, json!({ "keys": keys }))
            .await["code"],
        -32602
    );
    let no_gate = harness
        .refuse(Method::ListViolations, json!({ "gate": 18 }))
        .await;
    assert_eq!(no_gate["code"], -32602);
}

#[tokio::test]
async fn health_explanation_and_discovery_need_no_consensus() {
    let harness = Harness::without_comet().await;
    let health: Health = harness.call(Method::Health, json!({})).await;
    assert_eq!(health.status, HealthStatus::ConsensusUnreachable);
    assert_eq!(health.height.unwrap().0, harness.chain.height());
    let now = || {
        std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_millis()
    };
    let before = now();
    let shown: NodeTime = harness.call(Method::Time, json!({})).await;
    assert!((before..=now()).contains(&shown.time.0.into()), "{shown:?}");
    let (status, body) = harness.get("/health").await;
    assert_eq!(
        (status, &body["status"]),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            &json!("consensusUnreachable")
        )
    );
    for code in [json!("NX2015"), json!(2015), json!("2015")] {
        let explained: Explanation = harness
            .call(Method::ExplainCode, json!({ "code": code }))
            .await;
        assert_eq!(explained.gate, Some(15));
    }
    let own: Explanation = harness
        .call(Method::ExplainCode, json!({ "code": "NX4003" }))
        .await;
    assert!(own.remedy.contains("nexus_getTransaction"));
    assert_eq!(
        harness
            .refuse(Method::ExplainCode, json!({ "code": "NX9999" }))
            .await["code"],
        3001
    );
    let unreachable = harness
        .refuse(Method::GetLightBlock, json!({ "height": "1" }))
        .await;
    assert_eq!(unreachable["code"], 4005);
    let _: Value = harness.call(Method::Discover, json!({})).await;
}

#[tokio::test]
async fn only_six_methods_of_cometbft_are_passed_on() {
    let harness = Harness::start().await;
    let (status, answer) = harness.get("/comet/commit?height=1").await;
    assert_eq!(status, StatusCode::OK);
    assert!(answer["result"]["signed_header"]["header"].is_object());
    assert_eq!(harness.get("/comet/status").await.0, StatusCode::OK);
    let wrong = [
        "/comet/broadcast_tx_sync?tx=0x00",
        "/comet/broadcast_tx_commit",
        "/comet/tx_search?query=1",
        "/comet/dump_consensus_state",
        "/comet/commit?hash=1",
        "/comet/commit?height=latest",
        "/comet/status?height=1",
    ];
    for path in wrong {
        assert_eq!(harness.get(path).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    // The JSON-RPC of CometBFT's light client, as its state sync asks: numbers are texts, the id is its own.
    let asked = [
        ("commit", json!({ "height": "1" })),
        (
            "validators",
            json!({ "height": "1", "page": "1", "per_page": "100" }),
        ),
        ("consensus_params", json!({ "height": "1" })),
    ];
    for (method, params) in asked {
        let body = json!({ "jsonrpc": "2.0", "id": 42, "method": method, "params": params });
        let request = hyper::Request::post("/comet").header("host", "localhost");
        let request = request.header("content-type", "application/json");
        let body = http_body_util::Full::from(body.to_string());
        let (status, _, answer) = harness.http(request.body(body).unwrap()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(status, StatusCode::OK, "{method}");
        assert_eq!(answer["id"], 42, "{method}");
        assert!(answer["result"].is_object(), "{method}: {answer}");
    }
    assert!(harness.comet.handed_in.lock().unwrap().is_empty());
}

#[tokio::test]
async fn people_ask_the_index_in_sql_and_change_nothing() {
    let harness = Harness::start().await;
    let ask = |statement: &str| json!({ "statement": statement });
    let counted: SqlResult = harness
        .call(
            Method::Sql,
            ask("SELECT count(*) AS entries FROM audit_log"),
        )
        .await;
    assert_eq!(
        (counted.columns, counted.rows),
        (vec!["entries".to_owned()], vec![vec![Some("6".to_owned())]])
    );
    let delete = ask("DELETE FROM audit_log WHERE action = 'admin_throttled_imvu'");
    let refused = harness.refuse(Method::Sql, delete).await;
    assert_eq!(
        (&refused["code"], &refused["data"]["code"]),
        (&json!(2011), &json!("NX2011"))
    );
    assert!(
        refused["message"].as_str().unwrap().contains("append-only"),
        "{refused}"
    );
    let wrong = harness
        .refuse(Method::Sql, ask("SELECT nothing FROM nowhere"))
        .await;
    assert_eq!(wrong["code"], -32602);
    let again: SqlResult = harness
        .call(Method::Sql, ask("SELECT count(*) FROM audit_log"))
        .await;
    assert_eq!(again.rows, [[Some("6".to_owned())]]);
}

#[tokio::test]
async fn a_light_block_that_is_still_to_come_is_no_pruned_one() {
    let harness = Harness::start().await;
    let params = json!({ "height": "1" });
    harness.comet.catching_up.store(true, Ordering::Relaxed);
    let error = harness.refuse(Method::GetLightBlock, params.clone()).await;
    assert_eq!(error["code"], 4001, "{error}");
    assert_eq!(error["data"]["retryable"], true, "{error}");
}

#[tokio::test]
async fn following_events_needs_a_websocket_and_says_so() {
    let harness = Harness::start().await;
    let error = harness.refuse(Method::SubscribeEvents, json!({})).await;
    assert_eq!(error["code"], -32602, "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("WebSocket") && message.contains("nexus_listEvents"),
        "{message}"
    );
    let document: Value = harness.call(Method::Discover, json!({})).await;
    let methods = document["methods"].as_array().unwrap();
    let subscribe = methods
        .iter()
        .find(|each| each["name"] == "nexus_subscribeEvents");
    let subscribe = subscribe.unwrap();
    assert_eq!(
        subscribe["result"]["schema"]["type"], "string",
        "{subscribe}"
    );
    assert_eq!(subscribe["x-notification"]["method"], "nexus_event");
    let notice = subscribe["x-notification"]["params"]["result"]["$ref"]
        .as_str()
        .unwrap();
    let schema = document.pointer(notice.trim_start_matches('#'));
    assert!(schema.is_some(), "{notice} is described");
}
