//! The client against a listener that answers whatever a test wants.

use super::{Class, Client, ClientError, Endpoint};
use crate::api::{AtParams, Method, Wait};
use nexus_types::Hash;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves the answers in order, one connection each; an empty one closes the connection without a word.
async fn serve(answers: Vec<String>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            let mut request = vec![0; 65_536];
            let read = stream.read(&mut request).await.unwrap();
            assert!(request[..read].starts_with(b"POST / HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, calls)
}

fn http(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn ok(body: &Value) -> String {
    http("200 OK", &body.to_string())
}

fn refusal(code: i32, kind: &str) -> String {
    let data = json!({"code": "NX", "kind": kind, "retryable": false, "hint": "h"});
    ok(
        &json!({"jsonrpc": "2.0", "id": "1", "error": {"code": code, "message": "no", "data": data}}),
    )
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

async fn read(url: &str) -> Result<Value, ClientError> {
    let client = Client::new(url).unwrap();
    client.read(Method::ChainInfo, &AtParams::default()).await
}

#[test]
fn a_read_is_tried_again_and_then_answered() {
    runtime().block_on(async {
        let answer = ok(&json!({"jsonrpc": "2.0", "id": "1", "result": {"yes": true}}));
        let answers = vec![String::new(), http("503 Service Unavailable", ""), answer];
        let (url, calls) = serve(answers).await;
        assert_eq!(read(&url).await.unwrap(), json!({"yes": true}));
        assert_eq!(calls.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn a_read_that_is_refused_is_not_tried_again() {
    runtime().block_on(async {
        let (url, calls) = serve(vec![refusal(3001, "notFound"), refusal(3001, "notFound")]).await;
        assert_eq!(read(&url).await.unwrap_err().class(), Class::NotFound);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_submission_is_sent_once_and_silence_means_outcome_unknown() {
    runtime().block_on(async {
        for lost in [String::new(), http("502 Bad Gateway", ""), http("200 OK", "{\"jsonrpc\"")] {
            let (url, calls) = serve(vec![lost.clone(), lost]).await;
            let client = Client::new(&url).unwrap();
            let error = client.submit(b"bytes", Wait::Committed, 100).await.unwrap_err();
            assert!(
                matches!(&error, ClientError::OutcomeUnknown { hash, .. } if *hash == Hash::of(b"bytes")),
                "{error}"
            );
            assert_eq!(calls.load(Ordering::SeqCst), 1);
        }
    });
}

#[test]
fn a_submission_nobody_received_is_unreachable_and_a_refused_one_refused() {
    runtime().block_on(async {
        let unused = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let client = Client::new(&format!("http://{unused}")).unwrap();
        let error = client.submit(b"bytes", Wait::None, 1).await.unwrap_err();
        assert_eq!(error.class(), Class::Unreachable);
        let cases = [
            (refusal(1041, "inadmissible"), Class::Refused),
            (refusal(4004, "unavailable"), Class::Unreachable),
            (refusal(4003, "outcomeUnknown"), Class::OutcomeUnknown),
            (refusal(-32602, "invalidParams"), Class::Usage),
            (refusal(-32603, "internal"), Class::OutcomeUnknown),
            (refusal(-32601, "internal"), Class::Internal),
        ];
        for (answer, class) in cases {
            let (url, _) = serve(vec![answer]).await;
            let client = Client::new(&url).unwrap();
            let error = client.submit(b"bytes", Wait::Checked, 1).await.unwrap_err();
            assert_eq!(error.class(), class, "{error}");
        }
    });
}

#[test]
fn an_answer_of_something_else_is_named_as_such() {
    runtime().block_on(async {
        let (url, _) = serve(vec![http("200 OK", "<html>hello</html>")]).await;
        let error = read(&url).await.unwrap_err();
        assert!(matches!(error, ClientError::Unreadable { .. }), "{error}");
        let (url, _) = serve(vec![http("404 Not Found", "")]).await;
        let error = read(&url).await.unwrap_err();
        assert!(
            matches!(error, ClientError::Http { status: 404, .. }),
            "{error}"
        );
    });
}

#[test]
fn urls_are_plain_http_to_a_host() {
    for good in [
        "http://127.0.0.1:26680",
        "http://node.example",
        "http://[::1]:1/rpc",
    ] {
        assert!(Endpoint::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "127.0.0.1:1",
        "https://node.example",
        "ftp://x",
        "http://u:p@x",
        "http://",
    ] {
        assert!(Endpoint::parse(bad).is_err(), "{bad}");
    }
}
