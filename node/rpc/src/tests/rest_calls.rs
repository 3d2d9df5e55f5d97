//! The specification's own curl calls, byte for byte as curl sends them.

use super::chain::{imvu, set_records};
use super::harness::Harness;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::Full;
use hyper::{Request, StatusCode};
use nexus_sdk::api::{Method, Page, TransactionView, ViolationView};
use nexus_types::action::Action;
use nexus_types::quota::QuotaChange;
use nexus_types::rrset::RecordType;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use tracing::{Event, Level, Metadata, Subscriber, field, span};

/// `curl -X METHOD PATH -H "Authorization: Bearer TOKEN" -d BODY`
async fn curl(
    harness: &Harness,
    method: &str,
    path: &str,
    token: &str,
    body: &str,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("accept", "*/*")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::from(body.to_owned()));
    let (status, _, body) = harness.http(request.unwrap()).await;
    (status, serde_json::from_slice(&body).unwrap())
}

fn cut_to_two_cores() -> Action {
    Action::ChangeQuota {
        imvu: imvu("IMVU-042"),
        change: QuotaChange {
            cpu_millis: Some(2_000),
            ..QuotaChange::EMPTY
        },
    }
}

const DNS: &str = "/api/dns/zones/imvu-b.world/records";
const DNS_BODY: &str = r#"{"type":"A","name":"@","value":"1.2.3.4"}"#;
const QUOTA: &str = "/api/admin/imvus/IMVU-042/quota";
const QUOTA_BODY: &str = r#"{"cpu_cores": 2}"#;

#[tokio::test]
async fn another_s_zone_is_403_and_the_refusal_stands_on_the_ledger() {
    let harness = Harness::start().await;
    let alice = [harness.chain.alice.clone()];
    let action = set_records("imvu-b.world", "imvu-b.world", RecordType::A, "1.2.3.4");
    let token = URL_SAFE_NO_PAD.encode(harness.chain.tx(&alice, action));
    let (status, body) = curl(&harness, "POST", DNS, &token, DNS_BODY).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert_eq!(
        (&body["gate"], &body["code"]),
        (&json!(4), &json!("NX2004"))
    );
    assert_eq!(body["reason"], "the signer does not own it");
    let on_ledger: TransactionView = harness
        .call(Method::GetTransaction, json!({ "hash": body["txHash"] }))
        .await;
    assert_eq!(
        on_ledger.summary.height.0.to_string(),
        body["height"].as_str().unwrap()
    );
    let found: Page<ViolationView> = harness
        .call(Method::ListViolations, json!({ "imvu": "IMVU-B" }))
        .await;
    assert_eq!(found.items[0].actor.0, harness.chain.alice.id);
}

#[tokio::test]
async fn the_owner_s_record_is_201_and_served() {
    let harness = Harness::start().await;
    let bob = [harness.chain.bob.clone()];
    let action = set_records("imvu-b.world", "imvu-b.world", RecordType::A, "1.2.3.4");
    let token = URL_SAFE_NO_PAD.encode(harness.chain.tx(&bob, action));
    let (status, body) = curl(&harness, "POST", DNS, &token, DNS_BODY).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(
        (&body["applied"], &body["code"]),
        (&json!(true), &json!("NX0000"))
    );
    // The same call again changes nothing and says the same.
    let (again, same) = curl(&harness, "POST", DNS, &token, DNS_BODY).await;
    assert_eq!((again, same), (status, body));
}

#[tokio::test]
async fn a_quota_cut_is_403_and_the_creator_is_told() {
    let harness = Harness::start().await;
    let token = URL_SAFE_NO_PAD.encode(
        harness
            .chain
            .tx(&harness.chain.officers[..3], cut_to_two_cores()),
    );
    let (status, body) = curl(&harness, "PATCH", QUOTA, &token, QUOTA_BODY).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert_eq!(
        (&body["gate"], &body["code"]),
        (&json!(15), &json!("NX2015"))
    );
    let params =
        json!({ "fromCursor": "0", "filter": { "imvu": "IMVU-042", "kinds": ["notice"] } });
    let notices: Value = harness.call(Method::ListEvents, params).await;
    assert_eq!(notices["items"][0]["event"]["name"], "NX2015");
}

#[tokio::test]
async fn tokens_that_are_none_or_another_s_are_401_and_reach_nobody() {
    let harness = Harness::start().await;
    let alice = [harness.chain.alice.clone()];
    let height = harness.chain.height();
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let other_value = set_records("imvu-b.world", "imvu-b.world", RecordType::A, "1.2.3.5");
    let other_zone = set_records(
        "alice.demo.example",
        "alice.demo.example",
        RecordType::A,
        "1.2.3.4",
    );
    let foreign = [
        "IMVU-A-token".to_owned(),
        "admin-token".to_owned(),
        String::new(),
        encode(b"no transaction"),
        encode(&harness.chain.tx(&alice, other_value)),
        encode(&harness.chain.tx(&alice, other_zone)),
        encode(&harness.chain.tx(&alice, cut_to_two_cores())),
    ];
    for token in foreign {
        let (status, body) = curl(&harness, "POST", DNS, &token, DNS_BODY).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{token}: {body}");
        assert!(body["hint"].as_str().unwrap().contains("nexus tx bearer"));
    }
    assert!(harness.comet.handed_in.lock().unwrap().is_empty());
    assert_eq!(harness.chain.height(), height);
}

#[tokio::test]
async fn a_token_with_a_bad_signature_is_401_and_in_no_block() {
    let harness = Harness::start().await;
    let alice = [harness.chain.alice.clone()];
    let action = set_records("imvu-b.world", "imvu-b.world", RecordType::A, "1.2.3.4");
    let mut bytes = harness.chain.tx(&alice, action);
    let place = bytes.len() - 5;
    bytes[place] ^= 1;
    let height = harness.chain.height();
    let (status, body) = curl(
        &harness,
        "POST",
        DNS,
        &URL_SAFE_NO_PAD.encode(bytes),
        DNS_BODY,
    )
    .await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::UNAUTHORIZED, &json!("NX1060"))
    );
    assert_eq!(harness.chain.height(), height);
}

#[tokio::test]
async fn a_node_that_fails_does_not_blame_the_token() {
    let harness = Harness::start().await;
    harness.comet.garbled.store(true, Ordering::Relaxed);
    let bob = [harness.chain.bob.clone()];
    let action = set_records("imvu-b.world", "imvu-b.world", RecordType::A, "1.2.3.4");
    let token = URL_SAFE_NO_PAD.encode(harness.chain.tx(&bob, action));
    let (status, body) = curl(&harness, "POST", DNS, &token, DNS_BODY).await;
    assert_eq!(
        (status, &body["kind"]),
        (StatusCode::INTERNAL_SERVER_ERROR, &json!("internal"))
    );
}

#[tokio::test]
async fn a_body_that_asks_for_nothing_sensible_is_400() {
    let harness = Harness::start().await;
    for body in [
        "",
        "type=A",
        r#"{"type":"A","name":"@"}"#,
        r#"{"type":"A","name":"@","value":"1.2.3.4","tll":60}"#,
    ] {
        let (status, _) = curl(&harness, "POST", DNS, "x", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    }
    let (status, _) = curl(&harness, "PATCH", QUOTA, "x", r#"{"cpus": 2}"#).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

/// Counts the warnings of this crate and keeps their text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN && metadata.target().starts_with("nexus_rpc")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Text(String);

impl field::Visit for Text {
    fn record_debug(&mut self, field: &field::Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}

#[tokio::test]
async fn a_malformed_token_leaves_one_line_in_the_node_s_log_and_not_itself() {
    let harness = Harness::start().await;
    let log = Log::default();
    // This test's runtime has one thread, so that the server's tasks log here too.
    let _guard = tracing::subscriber::set_default(log.clone());
    let token = URL_SAFE_NO_PAD.encode(b"no transaction");
    let (status, _) = curl(&harness, "POST", DNS, &token, DNS_BODY).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let lines = log.0.lock().unwrap().clone();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("records of a zone"), "{lines:?}");
    assert!(
        !lines[0].contains(&token) && !lines[0].contains("1.2.3.4"),
        "{lines:?}"
    );
}
