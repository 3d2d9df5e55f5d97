//! Bodies, batches, rates, connections, subscriptions, and what one connection may leave unread.

use super::chain::Chain;
use super::flow::{connect, receive, send};
use super::harness::{Harness, config};
use crate::config::CONCURRENT_READS;
use crate::node::Node;
use crate::{
    CallClass, CallOutcome, Comet, Context, MAX_BATCH, MAX_BODY_BYTES, MAX_QUEUED_BYTES,
    MAX_SUBSCRIPTIONS, Rate, RefusalReason,
};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::Full;
use hyper::{Request, StatusCode};
use nexus_machine::SingleVerify;
use nexus_sdk::api::Method;
use serde_json::{Value, json};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;

fn call(id: u32, method: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": {} })
}

#[tokio::test]
async fn bodies_are_limited() {
    let harness = Harness::start().await;
    let padding = " ".repeat(MAX_BODY_BYTES as usize);
    let (status, _) = harness
        .post(format!("{}{padding}", call(1, "nexus_health")))
        .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let request = Request::post("/api/dns/zones/imvu-b.world/records").header("host", "localhost");
    let (status, _, _) = harness
        .http(request.body(Full::from(padding + "{}")).unwrap())
        .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn batches_are_limited() {
    let harness = Harness::start().await;
    let batch: Vec<Value> = (0..MAX_BATCH).map(|id| call(id, "nexus_health")).collect();
    let (_, answers) = harness.post(json!(batch).to_string()).await;
    assert_eq!(answers.as_array().unwrap().len(), MAX_BATCH as usize);
    let batch: Vec<Value> = (0..=MAX_BATCH).map(|id| call(id, "nexus_health")).collect();
    let (_, answer) = harness.post(json!(batch).to_string()).await;
    assert_eq!(answer["error"]["code"], -32010);
}

#[tokio::test]
async fn each_call_of_a_batch_is_charged() {
    let mut config = config();
    config.caller_rate = Rate {
        per_second: 1,
        burst: 5,
    };
    let harness = Harness::with(config).await;
    let batch: Vec<Value> = (0..8).map(|id| call(id, "rpc.discover")).collect();
    let (_, answers) = harness.post(json!(batch).to_string()).await;
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 8, "each call is answered");
    let limited: Vec<&Value> = answers
        .iter()
        .filter(|each| each["error"]["code"] == 4002)
        .collect();
    // The bucket may have gained a call while the batch ran.
    assert!(
        (2..=3).contains(&limited.len()),
        "{} of 8 were refused",
        limited.len()
    );
    assert_eq!(limited[0]["error"]["data"]["retryable"], true);
    let (status, _) = harness.get("/comet/status").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn subscriptions_of_a_connection_are_limited() {
    let harness = Harness::start().await;
    let mut socket = connect(&harness).await;
    let (mut accepted, mut refused) = (0, 0);
    for id in 0..=u64::from(MAX_SUBSCRIPTIONS) {
        send(&mut socket, id, Method::SubscribeEvents, json!({})).await;
    }
    while accepted + refused <= MAX_SUBSCRIPTIONS {
        let message = receive(&mut socket).await;
        match (message.get("id"), message.get("result")) {
            (None, _) => {}
            (Some(_), Some(_)) => accepted += 1,
            (Some(_), None) => refused += 1,
        }
    }
    assert_eq!((accepted, refused), (MAX_SUBSCRIPTIONS, 1));
}

#[tokio::test]
async fn connections_of_a_caller_are_limited_and_freed() {
    let mut config = config();
    config.max_connections_per_caller = 2;
    let harness = Harness::with(config).await;
    let first = connect(&harness).await;
    let second = connect(&harness).await;
    assert!(!is_served(&harness).await);
    drop((first, second));
    // The server notices the end of a connection when it next looks at it.
    for _ in 0..1_000 {
        if is_served(&harness).await {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("a freed connection was not given to another");
}

async fn is_served(harness: &Harness) -> bool {
    is_served_from(harness, 1).await
}

/// Asks from an address of the loopback network.
async fn is_served_from(harness: &Harness, host: u8) -> bool {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, host], 0).into()).unwrap();
    let mut stream = socket.connect(harness.handle.address()).await.unwrap();
    let request = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut answer = Vec::new();
    // A refused connection is closed, with or without having taken the request.
    stream.write_all(request).await.is_ok()
        && stream.read_to_end(&mut answer).await.is_ok()
        && answer.starts_with(b"HTTP/1.1 200")
}

#[tokio::test]
async fn a_connection_without_room_is_told_so() {
    let mut config = config();
    config.max_connections = 1;
    let harness = Harness::with(config).await;
    let _taken = connect(&harness).await;
    let (status, answer) = harness.get("/health").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer["code"], "NX4002", "{answer}");
    assert_eq!(answer["retryable"], true, "{answer}");
    let figures = harness.handle.figures();
    assert_eq!(figures.refused(RefusalReason::Connections), 1);
    assert_eq!(figures.connections(), 1);
}

#[tokio::test]
async fn nobody_holds_more_connections_than_are_left_for_others() {
    let mut config = config();
    config.max_connections = 8;
    config.max_connections_per_caller = 8;
    let harness = Harness::with(config).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(connect(&harness).await);
    }
    assert!(!is_served_from(&harness, 1).await);
    assert!(is_served_from(&harness, 2).await);
}

#[tokio::test]
async fn what_is_no_call_is_charged_like_one() {
    let mut config = config();
    config.caller_rate = Rate {
        per_second: 1,
        burst: 5,
    };
    let harness = Harness::with(config).await;
    let deep = "[".repeat(100_000);
    let mut limited = 0;
    for body in ["{", "", "x", deep.as_str(), "[1", "{", "x", "[", "null"] {
        let (status, answer) = harness.post(body.to_owned()).await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer["code"], "NX4002", "{answer}");
            assert_eq!(answer["retryable"], true, "{answer}");
            limited += 1;
        }
    }
    // The bucket may have gained a call meanwhile.
    assert!((3..=4).contains(&limited), "{limited} of 9 were limited");
    let (_, answer) = harness.post(call(1, "nexus_health").to_string()).await;
    assert_eq!(answer["error"]["code"], 4002, "{answer}");
    let figures = harness.handle.figures();
    assert_eq!(figures.refused(RefusalReason::Malformed), 9);
    assert_eq!(figures.calls(CallClass::About, CallOutcome::Refused), 1);
}

/// Sends what is no call until nothing more is taken for a while; whether that came before the end.
async fn is_read_no_further(
    sender: &mut (impl SinkExt<Message, Error: std::fmt::Debug> + Unpin),
) -> bool {
    let messages = 8_000;
    let padded = Message::text("x".repeat(16 << 10));
    for _ in 0..messages {
        match tokio::time::timeout(Duration::from_secs(2), sender.send(padded.clone())).await {
            Ok(taken) => taken.unwrap(),
            Err(_) => return true,
        }
    }
    false
}

#[tokio::test]
async fn messages_that_are_no_calls_are_read_no_faster_than_the_caller_may_call() {
    let mut config = config();
    config.caller_rate = Rate {
        per_second: 1,
        burst: 20,
    };
    let harness = Harness::with(config).await;
    let (mut sender, mut answers) = connect(&harness).await.split();
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = answers.next().await {} });
    assert!(
        is_read_no_further(&mut sender).await,
        "all of them were read"
    );
    let figures = harness.handle.figures();
    assert!(figures.refused(RefusalReason::Malformed) >= 20);
    reading.abort();
}

#[tokio::test]
async fn messages_that_are_no_calls_wait_for_a_reader_of_their_answers() {
    let harness = Harness::start().await;
    let mut socket = connect(&harness).await;
    // Short ones first, until their answers fill what the socket takes and nothing is read any more.
    let short = Message::text("x");
    for _ in 0..3_000_000u32 {
        match tokio::time::timeout(Duration::from_secs(2), socket.feed(short.clone())).await {
            Ok(taken) => taken.unwrap(),
            Err(_) => break,
        }
    }
    assert!(is_read_no_further(&mut socket).await, "all were read");
    assert_eq!(harness.get("/health").await.0, StatusCode::OK);
}

#[tokio::test]
async fn figures_tell_what_was_done() {
    let harness = Harness::start().await;
    let figures = harness.handle.figures();
    harness.post(call(1, "nexus_chainInfo").to_string()).await;
    let batch = json!([
        call(1, "nexus_getGates"),
        call(2, "nexus_getNothing"),
        call(3, "nexus_chainInfo")
    ]);
    harness.post(batch.to_string()).await;
    harness.get("/health").await;
    let count = |class, outcome| figures.calls(class, outcome);
    assert_eq!(count(CallClass::Read, CallOutcome::Answered), 2);
    assert_eq!(count(CallClass::List, CallOutcome::Answered), 1);
    assert_eq!(count(CallClass::Unknown, CallOutcome::Refused), 1);
    assert_eq!(count(CallClass::About, CallOutcome::Answered), 1);
    assert_eq!(figures.accepted(), 3);
    assert!(figures.received_bytes() > 0 && figures.sent_bytes() > 0);
    let mut socket = connect(&harness).await;
    send(&mut socket, 1, Method::SubscribeEvents, json!({})).await;
    while receive(&mut socket).await.get("id").is_none() {}
    assert_eq!(figures.subscriptions(), 1);
    // What was made is soon taken, and a call ends just after its answer was sent.
    for _ in 0..100_000 {
        if (figures.in_flight(), figures.unsent_bytes()) == (0, 0) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("something waits for ever: {figures:?}");
}

/// Sends calls whose answers are long, and reads nothing. The server must stop reading long before it holds them all.
#[tokio::test]
async fn a_client_that_reads_nothing_is_read_no_further() {
    let harness = Harness::start().await;
    let mut socket = connect(&harness).await;
    // Each call is padded, so that all of them together fit into no socket's own buffer.
    let request = call(1, "rpc.discover").to_string() + &" ".repeat(16 << 10);
    let answer = harness.post(request.clone()).await.1.to_string().len() as u64;
    let calls = 40_000_u64;
    assert!(
        answer * calls > 64 * MAX_QUEUED_BYTES,
        "all answers together are far above the cap"
    );
    let request = Message::text(request);
    let mut sent = 0;
    // Once nothing more is taken for a while, the server has stopped reading.
    while sent < calls {
        match tokio::time::timeout(Duration::from_secs(2), socket.send(request.clone())).await {
            Ok(taken) => taken.unwrap(),
            Err(_) => break,
        }
        sent += 1;
    }
    assert!(
        sent < calls,
        "every call was taken although no answer was read"
    );
    // Others are served meanwhile, and the connection itself goes on as soon as it reads.
    assert_eq!(harness.get("/health").await.0, StatusCode::OK);
    for _ in 0..100 {
        assert!(receive(&mut socket).await["result"]["methods"].is_array());
    }
}

#[tokio::test]
async fn a_read_counts_until_it_ends_though_its_caller_left() {
    let chain = Chain::start().await;
    let context = Context {
        views: chain.views(),
        index: Arc::clone(&chain.index),
        indexed: chain.feeder.status(),
        comet: Comet::new("127.0.0.1:1".parse().unwrap()),
        sigs: Arc::new(SingleVerify),
        committed: chain.heights(),
    };
    let node = Arc::new(Node::new(context, &config()));
    let (begin, begun) = tokio::sync::oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let reader = Arc::clone(&node);
    let call = tokio::spawn(async move {
        let work = move || {
            begin.send(()).unwrap();
            // Ends in an error when the test lets go.
            let _ = released.recv();
            Ok(())
        };
        reader.blocking(work).await
    });
    begun.await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(node.reads.available_permits(), CONCURRENT_READS - 1);
    drop(release);
    let all = u32::try_from(CONCURRENT_READS).unwrap();
    let freed = node.reads.acquire_many(all).await;
    assert!(freed.is_ok());
}

#[tokio::test]
async fn every_page_may_read_and_none_may_act() {
    let harness = Harness::start().await;
    let request = Request::post("/")
        .header("host", "localhost")
        .header("content-type", "application/json");
    let request = request
        .header("origin", "https://example.com")
        .body(Full::from(call(1, "nexus_health").to_string()));
    let (_, headers, _) = harness.http(request.unwrap()).await;
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert!(!headers.contains_key("access-control-allow-credentials"));
    let preflight =
        Request::options("/api/dns/zones/imvu-b.world/records").header("host", "localhost");
    let preflight = preflight
        .header("access-control-request-headers", "authorization")
        .body(Full::<Bytes>::default());
    let (_, headers, _) = harness.http(preflight.unwrap()).await;
    assert_eq!(headers["access-control-allow-headers"], "content-type");
}

#[tokio::test]
async fn a_stopped_server_lets_go_of_its_port_and_its_connections() {
    let harness = Harness::start().await;
    let address = harness.handle.address();
    let mut socket = connect(&harness).await;
    send(&mut socket, 1, Method::Health, json!({})).await;
    let _ = receive(&mut socket).await;
    harness.handle.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
    let _ = socket.close(None).await;
}
