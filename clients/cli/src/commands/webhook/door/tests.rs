//! What the door answers, without a network: requests go to it directly.

use super::*;
use crate::commands::money::processor_id;
use serde_json::Value;
use std::path::Path;

const SECRET: &str = "whsec_0123456789abcdef";
const EVENT: &str = r#"{"id":"evt_1","type":"dispute.resolved","dispute":"dp_1","outcome":"won"}"#;

fn door(folder: &Path) -> Door {
    let secrets = Secrets::parse(SECRET).unwrap_or_else(|error| panic!("{error}"));
    let log = Log::new(&processor_id("acquirer-1").unwrap());
    Door::new(secrets, Inbox::open(folder).unwrap(), log)
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

/// The status and the body of the answer.
async fn answered(door: &Door, request: Request<Full<Bytes>>) -> (u16, Value) {
    let answer = door.answer(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.iter().filter(|byte| **byte == b'\n').count(), 1);
    let value: Value = serde_json::from_slice(&body).unwrap();
    if status != 200 {
        let text = |name: &str| value[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(text("error") && text("help"), "{value}");
        assert!(!value.to_string().contains(SECRET), "{value}");
    }
    (status, value)
}

async fn delivered(door: &Door, body: &str) -> (u16, Value) {
    let header = door.secrets.sign(body.as_bytes(), now_ms() / 1_000);
    let request = request("POST", PATH, &[(HEADER, &header)], body);
    answered(door, request).await
}

#[tokio::test(flavor = "current_thread")]
async fn an_event_is_answered_200_when_it_is_on_disk_and_again_when_it_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let door = door(folder.path());
    for _ in 0..2 {
        let (status, answer) = delivered(&door, EVENT).await;
        assert_eq!((status, &answer["status"]), (200, &Value::from("taken")));
        assert_eq!(answer["event"], "evt_1");
    }
    let pending = std::fs::read_dir(folder.path().join("pending")).unwrap();
    assert_eq!(pending.count(), 1);
    let other = EVENT.replace("won", "lost");
    assert_eq!(delivered(&door, &other).await.0, 409);
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_not_signed_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let door = door(folder.path());
    let now = now_ms() / 1_000;
    let good = door.secrets.sign(EVENT.as_bytes(), now);
    let old = door.secrets.sign(EVENT.as_bytes(), now - 1_000);
    let early = door.secrets.sign(EVENT.as_bytes(), now + 1_000);
    let other = door.secrets.sign(b"{}", now);
    let mut unsigned: Vec<Vec<(&str, &str)>> = vec![vec![], vec![(HEADER, &good), (HEADER, &good)]];
    for wrong in ["", "v1=00", &old, &early, &other] {
        unsigned.push(vec![(HEADER, wrong)]);
    }
    for headers in unsigned {
        let request = request("POST", PATH, &headers, EVENT);
        assert_eq!(answered(&door, request).await.0, 401, "{headers:?}");
    }
    assert_eq!(door.inbox(|inbox| inbox.pending()), []);
    // The header's name is spelled in any case.
    let request = request("POST", PATH, &[("nexus-signature", &good)], EVENT);
    assert_eq!(answered(&door, request).await.0, 200);
}

#[tokio::test(flavor = "current_thread")]
async fn each_wrong_request_is_told_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let door = door(folder.path());
    let (status, answer) = delivered(&door, r#"{"id":"evt_1"}"#).await;
    assert_eq!(status, 400);
    assert!(answer["error"].to_string().contains("type"), "{answer}");
    let long = format!("{EVENT}{}", " ".repeat(MAX_BODY_BYTES));
    assert_eq!(delivered(&door, &long).await.0, 413);
    for (method, path, wanted) in [
        ("GET", PATH, 405),
        ("PUT", PATH, 405),
        ("POST", "/", 404),
        ("POST", "/events/", 404),
    ] {
        let request = request(method, path, &[], EVENT);
        assert_eq!(answered(&door, request).await.0, wanted, "{method} {path}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn what_cannot_be_written_down_is_answered_503_and_taken_later() {
    let folder = tempfile::tempdir().unwrap();
    let door = door(folder.path());
    let (pending, away) = (folder.path().join("pending"), folder.path().join("away"));
    std::fs::rename(&pending, &away).unwrap();
    assert_eq!(delivered(&door, EVENT).await.0, 503);
    std::fs::rename(&away, &pending).unwrap();
    assert_eq!(delivered(&door, EVENT).await.0, 200);
}
