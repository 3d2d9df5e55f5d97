//! Submitting, simulating, subscribing.

use super::chain::{imvu, set_records};
use super::harness::{Harness, PLENTY, config};
use crate::Rate;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use nexus_sdk::api::{
    EventItem, EventNotice, Method, SimulateResult, StateChangeKind, SubmitResult, SubmitStatus,
};
use nexus_types::action::Action;
use nexus_types::encoding::Text;
use nexus_types::quota::QuotaChange;
use nexus_types::rrset::RecordType;
use nexus_types::{Hash, Tx, decode};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

fn submit(bytes: &[u8], wait: &str) -> Value {
    json!({ "tx": STANDARD.encode(bytes), "wait": wait })
}

fn describe(text: &str) -> Action {
    Action::DescribeImvu {
        imvu: imvu("IMVU-042"),
        description: Text::new(text).unwrap(),
    }
}

#[tokio::test]
async fn a_submission_waits_for_its_block_and_answers_again_when_asked_again() {
    let harness = Harness::start().await;
    let alice = [harness.chain.alice.clone()];
    let bytes = harness.chain.tx(&alice, describe("a shop"));
    let result: SubmitResult = harness
        .call(Method::SubmitTransaction, submit(&bytes, "committed"))
        .await;
    assert_eq!(result.status, SubmitStatus::Committed);
    assert_eq!(result.hash.0, Hash::of(&bytes));
    assert_eq!(
        result.id.unwrap().0,
        decode::<Tx>(&bytes).unwrap().body.id()
    );
    assert_eq!(result.height.unwrap().0, harness.chain.height());
    assert_eq!(result.result.as_ref().unwrap().code, 0);
    assert_eq!(result.events.len(), 1);
    for wait in ["none", "checked", "committed"] {
        let again: SubmitResult = harness
            .call(Method::SubmitTransaction, submit(&bytes, wait))
            .await;
        assert_eq!(again, result);
    }
    assert_eq!(
        harness.comet.handed_in.lock().unwrap().as_slice(),
        [bytes],
        "handed in once"
    );
}

#[tokio::test]
async fn a_denial_is_a_result_with_its_verdict() {
    let harness = Harness::start().await;
    let change = Action::ChangeQuota {
        imvu: imvu("IMVU-042"),
        change: QuotaChange {
            cpu_millis: Some(2_000),
            ..QuotaChange::EMPTY
        },
    };
    let bytes = harness.chain.tx(&harness.chain.officers[..3], change);
    let result: SubmitResult = harness
        .call(Method::SubmitTransaction, submit(&bytes, "committed"))
        .await;
    assert_eq!(result.result.unwrap().name, "NX2015");
    let verdict = result.verdict.unwrap();
    assert_eq!(verdict.reason.unwrap().name, "approvalMissing");
    assert_eq!(verdict.imvu.unwrap().to_string(), "IMVU-042");
}

#[tokio::test]
async fn inadmissible_bytes_are_an_error_with_the_law_s_code_and_the_hash() {
    let harness = Harness::start().await;
    let alice = [harness.chain.alice.clone()];
    let good = harness.chain.tx(&alice, describe("x"));
    let trailing = [good.as_slice(), &[0]].concat();
    let gap = harness.chain.tx_with(&alice, describe("x"), 9);
    let mut forged = good.clone();
    // The signature stands before the empty list of co-signatures.
    let place = forged.len() - 5;
    forged[place] ^= 1;
    for (bytes, code) in [
        (trailing, 1003),
        (gap, 1041),
        (forged, 1060),
        (vec![], 1002),
    ] {
        let error = harness
            .refuse(Method::SubmitTransaction, submit(&bytes, "committed"))
            .await;
        assert_eq!(error["code"], code, "{error}");
        assert_eq!(error["data"]["code"], format!("NX{code}"));
        assert_eq!(error["data"]["kind"], "inadmissible");
        assert_eq!(error["data"]["txHash"], Hash::of(&bytes).to_string());
    }
    let height = harness.chain.height();
    let large = harness
        .refuse(
            Method::SubmitTransaction,
            submit(&vec![0; 64 * 1024 + 1], "none"),
        )
        .await;
    assert_eq!(large["code"], 1001);
    assert_eq!(harness.chain.height(), height, "no block was made");
    assert_eq!(
        harness.comet.handed_in.lock().unwrap().len(),
        4,
        "the large one reached nobody"
    );
}

#[tokio::test]
async fn a_submission_without_a_block_has_an_unknown_outcome_and_keeps_its_hash() {
    let harness = Harness::start().await;
    harness.comet.commits.store(false, Ordering::Relaxed);
    let alice = [harness.chain.alice.clone()];
    let bytes = harness.chain.tx(&alice, describe("x"));
    let mut params = submit(&bytes, "committed");
    params["timeoutMs"] = json!(50);
    let error = harness
        .refuse(Method::SubmitTransaction, params.clone())
        .await;
    assert_eq!(error["code"], 4003);
    assert_eq!(error["data"]["kind"], "outcomeUnknown");
    assert_eq!(error["data"]["txHash"], Hash::of(&bytes).to_string());
    // It waits in the mempool: the same bytes again are no error.
    let again: SubmitResult = harness
        .call(Method::SubmitTransaction, submit(&bytes, "checked"))
        .await;
    assert_eq!(again.status, SubmitStatus::Checked);
    // Once a block has it, a waiting call answers.
    params["timeoutMs"] = json!(20_000);
    let (waited, ()) = tokio::join!(
        harness.call::<SubmitResult>(Method::SubmitTransaction, params.clone()),
        async {
            harness.chain.block(&[bytes]);
        }
    );
    assert_eq!(waited.status, SubmitStatus::Committed);
    params["timeoutMs"] = json!(30_001);
    assert_eq!(
        harness.refuse(Method::SubmitTransaction, params).await["code"],
        -32602
    );
}

#[tokio::test]
async fn a_full_mempool_and_a_missing_cometbft_have_codes_of_their_own() {
    let harness = Harness::start().await;
    harness.comet.full.store(true, Ordering::Relaxed);
    let alice = [harness.chain.alice.clone()];
    let bytes = harness.chain.tx(&alice, describe("x"));
    let error = harness
        .refuse(Method::SubmitTransaction, submit(&bytes, "checked"))
        .await;
    assert_eq!(
        (&error["code"], &error["data"]["retryable"]),
        (&json!(4004), &json!(true))
    );

    let alone = Harness::without_comet().await;
    let alice = [alone.chain.alice.clone()];
    let bytes = alone.chain.tx(&alice, describe("x"));
    let error = alone
        .refuse(Method::SubmitTransaction, submit(&bytes, "checked"))
        .await;
    assert_eq!(
        (&error["code"], &error["data"]["retryable"]),
        (&json!(4005), &json!(true))
    );
}

#[tokio::test]
async fn bytes_handed_in_without_waiting_are_told_the_same_as_others() {
    let harness = Harness::start().await;
    harness.comet.commits.store(false, Ordering::Relaxed);
    let alice = [harness.chain.alice.clone()];
    let bytes = harness.chain.tx(&alice, describe("x"));
    for _ in 0..2 {
        let sent: SubmitResult = harness
            .call(Method::SubmitTransaction, submit(&bytes, "none"))
            .await;
        assert_eq!(sent.status, SubmitStatus::Sent);
    }
    harness.comet.full.store(true, Ordering::Relaxed);
    let bytes = harness.chain.tx(&alice, describe("y"));
    let error = harness
        .refuse(Method::SubmitTransaction, submit(&bytes, "none"))
        .await;
    assert_eq!(error["code"], 4004, "{error}");
}

#[tokio::test]
async fn bytes_that_cometbft_took_without_a_word_have_an_unknown_outcome() {
    let harness = Harness::with_mute_comet().await;
    let alice = [harness.chain.alice.clone()];
    let bytes = harness.chain.tx(&alice, describe("x"));
    for wait in ["none", "checked", "committed"] {
        let error = harness
            .refuse(Method::SubmitTransaction, submit(&bytes, wait))
            .await;
        assert_eq!(error["code"], 4003, "{wait}: {error}");
        assert_eq!(error["data"]["txHash"], Hash::of(&bytes).to_string());
    }
}

#[tokio::test]
async fn a_simulation_decides_like_a_block_and_writes_nothing() {
    let harness = Harness::start().await;
    let alice = [harness.chain.alice.clone()];
    let action = set_records(
        "alice.demo.example",
        "www.alice.demo.example",
        RecordType::A,
        "192.0.2.7",
    );
    let bytes = harness.chain.tx(&alice, action);
    let height = harness.chain.height();
    let params = json!({ "tx": STANDARD.encode(&bytes) });
    let simulated: SimulateResult = harness
        .call(Method::SimulateTransaction, params.clone())
        .await;
    assert_eq!(
        (
            simulated.result.code,
            simulated.height.0,
            simulated.signatures_checked
        ),
        (0, height, true)
    );
    assert_eq!(harness.chain.height(), height);
    assert!(harness.comet.handed_in.lock().unwrap().is_empty());
    let again: SimulateResult = harness.call(Method::SimulateTransaction, params).await;
    assert_eq!(again.changes, simulated.changes);

    // What the block then writes is what was foretold, but for the chain's own clock.
    let view = harness.chain.views().latest().unwrap().unwrap();
    harness.chain.block(&[bytes]);
    let record = crate::methods::blocks::block_record(
        &harness.chain.views().latest().unwrap().unwrap(),
        height + 1,
    )
    .unwrap();
    let clock = nexus_types::state_key::clock();
    let written: Vec<_> = record
        .changes
        .iter()
        .map(|(key, _)| key.clone())
        .filter(|key| key != clock.as_bytes())
        .collect();
    let foretold: Vec<_> = simulated
        .changes
        .iter()
        .map(|change| change.key.bytes().to_vec())
        .collect();
    assert_eq!(foretold, written);
    for change in &simulated.changes {
        let before = view.get(change.key.bytes()).unwrap();
        let expected = if before.is_some() {
            StateChangeKind::Changed
        } else {
            StateChangeKind::Created
        };
        assert_eq!(change.change, expected, "{} {:?}", change.kind, change.id);
    }
    assert!(simulated.changes.iter().any(|change| change.kind == "zone"));
}

#[tokio::test]
async fn an_unsigned_transaction_can_be_tried_and_says_so() {
    let harness = Harness::start().await;
    let alice = [harness.chain.alice.clone()];
    let mut tx: Tx = decode(&harness.chain.tx(&alice, describe("x"))).unwrap();
    tx.signature = nexus_types::Signature([0; 64]);
    let tx = STANDARD.encode(nexus_types::encoding::encode(&tx));
    let strict: SimulateResult = harness
        .call(Method::SimulateTransaction, json!({ "tx": tx }))
        .await;
    assert_eq!(
        (strict.result.code, strict.verdict, strict.changes.len()),
        (1060, None, 0)
    );
    let params = json!({ "tx": tx, "checkSignature": false });
    let loose: SimulateResult = harness.call(Method::SimulateTransaction, params).await;
    assert_eq!((loose.result.code, loose.signatures_checked), (0, false));
}

#[tokio::test]
async fn one_signer_s_transactions_are_limited_before_anything_is_checked() {
    let mut config = config();
    config.signer_rate = Rate {
        per_second: 1,
        burst: 2,
    };
    assert_eq!(config.caller_rate, PLENTY);
    let harness = Harness::with(config).await;
    let alice = [harness.chain.alice.clone()];
    for nonce in [7, 8] {
        let bytes = harness.chain.tx_with(&alice, describe("x"), nonce);
        assert_eq!(
            harness
                .refuse(Method::SubmitTransaction, submit(&bytes, "checked"))
                .await["code"],
            1041
        );
    }
    let bytes = harness.chain.tx_with(&alice, describe("x"), 9);
    assert_eq!(
        harness
            .refuse(Method::SubmitTransaction, submit(&bytes, "checked"))
            .await["code"],
        4002
    );
    assert_eq!(harness.comet.handed_in.lock().unwrap().len(), 2);
    let bob = [harness.chain.bob.clone()];
    let bytes = harness.chain.tx_with(&bob, describe("x"), 9);
    assert_eq!(
        harness
            .refuse(Method::SubmitTransaction, submit(&bytes, "checked"))
            .await["code"],
        1041
    );
}

pub(super) type Socket = WebSocketStream<TcpStream>;

pub(super) async fn connect(harness: &Harness) -> Socket {
    let address = harness.handle.address();
    let stream = TcpStream::connect(address).await.unwrap();
    tokio_tungstenite::client_async(format!("ws://{address}/"), stream)
        .await
        .unwrap()
        .0
}

pub(super) async fn send(socket: &mut Socket, id: u64, method: Method, params: Value) {
    let request = json!({ "jsonrpc": "2.0", "id": id, "method": method.name(), "params": params });
    socket
        .send(Message::text(request.to_string()))
        .await
        .unwrap();
}

pub(super) async fn receive(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn notice(socket: &mut Socket) -> EventNotice {
    let message = receive(socket).await;
    assert_eq!(message["method"], "nexus_event");
    serde_json::from_value(message["params"]["result"].clone()).unwrap()
}

#[tokio::test]
async fn a_subscriber_gets_the_past_and_then_the_present_without_a_gap() {
    let harness = Harness::start().await;
    let mut socket = connect(&harness).await;
    let params = json!({ "fromCursor": "0", "filter": { "imvu": "IMVU-042" } });
    send(&mut socket, 1, Method::SubscribeEvents, params).await;
    let subscription = receive(&mut socket).await["result"].clone();
    assert!(subscription.is_string(), "{subscription}");
    let past = until(&mut socket, harness.chain.height()).await;
    assert_eq!(past.len(), 2, "creation and claim");

    let alice = [harness.chain.alice.clone()];
    let bytes = harness.chain.tx(&alice, describe("x"));
    harness.chain.block(&[bytes]);
    let present = until(&mut socket, harness.chain.height()).await;
    assert_eq!(present.len(), 1);
    assert_eq!(present[0].height.0, harness.chain.height());

    // Cut after the first event and resumed there: the rest once, nothing twice.
    let mut resumed = connect(&harness).await;
    let params = json!({ "fromCursor": past[0].cursor, "filter": { "imvu": "IMVU-042" } });
    send(&mut resumed, 1, Method::SubscribeEvents, params).await;
    let _ = receive(&mut resumed).await;
    let rest = until(&mut resumed, harness.chain.height()).await;
    assert_eq!(rest, [past[1].clone(), present[0].clone()]);

    send(
        &mut socket,
        2,
        Method::UnsubscribeEvents,
        json!([subscription]),
    )
    .await;
    assert_eq!(receive(&mut socket).await["result"], true);
}

/// Events up to the notice that everything up to that height was sent.
async fn until(socket: &mut Socket, wanted: u64) -> Vec<EventItem> {
    let mut items = Vec::new();
    loop {
        match notice(socket).await {
            EventNotice::Event(item) => items.push(item),
            EventNotice::Progress { height, .. } if height.0 >= wanted => return items,
            EventNotice::Progress { .. } => {}
            resync @ EventNotice::Resync { .. } => panic!("{resync:?}"),
        }
    }
}

#[tokio::test]
async fn a_wrong_subscription_is_refused_with_the_reason() {
    let harness = Harness::start().await;
    let mut socket = connect(&harness).await;
    send(
        &mut socket,
        1,
        Method::SubscribeEvents,
        json!({ "fromCursor": "x" }),
    )
    .await;
    assert_eq!(receive(&mut socket).await["error"]["code"], 3004);
    send(
        &mut socket,
        2,
        Method::SubscribeEvents,
        json!({ "cursor": "0" }),
    )
    .await;
    assert_eq!(receive(&mut socket).await["error"]["code"], -32602);
}
