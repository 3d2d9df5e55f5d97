//! The attacks, each a task that goes on until it is told to end.

use crate::wire::{Aim, frame};
use nexus_sdk::api::Method;
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// An attack by its name.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Aim) -> Running,
}

/// An attack that is under way.
pub(crate) type Running = Pin<Box<dyn Future<Output = ()>>>;

/// All of them.
pub(crate) const ALL: [Attack; 8] = [
    Attack {
        name: "10,000 connections",
        run: |aim| Box::pin(connections(aim)),
    },
    Attack {
        name: "slow senders",
        run: |aim| Box::pin(slow_senders(aim)),
    },
    Attack {
        name: "subscribers that never read",
        run: |aim| Box::pin(silent_readers(aim)),
    },
    Attack {
        name: "a storm of subscriptions",
        run: |aim| Box::pin(storm(aim)),
    },
    Attack {
        name: "huge batches and bodies",
        run: |aim| Box::pin(batches(aim)),
    },
    Attack {
        name: "deep JSON",
        run: |aim| Box::pin(deep(aim)),
    },
    Attack {
        name: "malformed messages",
        run: |aim| Box::pin(malformed(aim)),
    },
    Attack {
        name: "endless SQL",
        run: |aim| Box::pin(endless_sql(aim)),
    },
];

/// Connections that are tried for, all together.
const CONNECTIONS: usize = 10_000;
/// Addresses they come from.
const SOURCES: u8 = 20;
/// Between two bytes of who sends slowly.
const ONE_BYTE: Duration = Duration::from_secs(1);
/// After something that failed, before the next try.
const AGAIN_AFTER: Duration = Duration::from_millis(20);

fn call(method: Method, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method.name(), "params": params }).to_string()
}

async fn connections(aim: Aim) {
    let mut tasks = JoinSet::new();
    for source in 1..=SOURCES {
        let aim = aim.clone();
        tasks.spawn(async move {
            let mut held = Vec::new();
            while !aim.is_over() {
                if held.len() < CONNECTIONS / usize::from(SOURCES)
                    && let Ok(stream) = aim.connect(source).await
                {
                    held.push(stream);
                    aim.did();
                } else {
                    sleep(AGAIN_AFTER).await;
                }
            }
        });
    }
    tasks.join_all().await;
}

async fn slow_senders(aim: Aim) {
    let mut tasks = JoinSet::new();
    for number in 0..300u16 {
        let aim = aim.clone();
        let source = 1 + (number % 5) as u8;
        let beginning = if number % 2 == 0 {
            "POST / HTTP/1.1\r\nHost: slow\r\nX-"
        } else {
            "POST / HTTP/1.1\r\nHost: slow\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n"
        };
        tasks.spawn(async move {
            while !aim.is_over() {
                let Ok(mut stream) = aim.connect(source).await else {
                    sleep(AGAIN_AFTER).await;
                    continue;
                };
                aim.did();
                let mut sent = stream.write_all(beginning.as_bytes()).await;
                while sent.is_ok() && !aim.is_over() {
                    sleep(ONE_BYTE).await;
                    sent = stream.write_all(b"x").await;
                }
                sleep(AGAIN_AFTER).await;
            }
        });
    }
    tasks.join_all().await;
}

async fn silent_readers(aim: Aim) {
    let params = json!({ "fromCursor": "1" });
    let subscribe = frame(&call(Method::SubscribeEvents, &params));
    let question = frame(&call(Method::Discover, &json!({})));
    let mut tasks = JoinSet::new();
    for number in 0..64u8 {
        let (aim, subscribe, question) = (aim.clone(), subscribe.clone(), question.clone());
        tasks.spawn(async move {
            while !aim.is_over() {
                let Ok(mut stream) = aim.socket(1 + number % 8).await else {
                    sleep(AGAIN_AFTER).await;
                    continue;
                };
                for _ in 0..16 {
                    let _ = stream.write_all(&subscribe).await;
                }
                // Questions with long answers, until nothing more is taken; nothing is ever read.
                while let Ok(Ok(())) = timeout(ONE_BYTE, stream.write_all(&question)).await {
                    aim.did();
                    if aim.is_over() {
                        return;
                    }
                }
                while !aim.is_over() {
                    sleep(ONE_BYTE).await;
                }
            }
        });
    }
    tasks.join_all().await;
}

async fn storm(aim: Aim) {
    let subscribe = frame(&call(
        Method::SubscribeEvents,
        &json!({ "fromCursor": "1" }),
    ));
    let mut tasks = JoinSet::new();
    for source in 1..=4 {
        let (aim, subscribe) = (aim.clone(), subscribe.clone());
        tasks.spawn(async move {
            while !aim.is_over() {
                let Ok(mut stream) = aim.socket(source).await else {
                    sleep(AGAIN_AFTER).await;
                    continue;
                };
                let _ = stream.write_all(&subscribe).await;
                let mut seen = [0; 256];
                if timeout(ONE_BYTE, stream.read(&mut seen)).await.is_ok() {
                    aim.did();
                }
            }
        });
    }
    tasks.join_all().await;
}

/// Posts these bodies again and again, and asserts of each answer that it is one of a refusal.
async fn post_all(aim: Aim, bodies: Vec<String>, is_refused: fn(&[u8]) -> bool) {
    let mut tasks = JoinSet::new();
    let bodies = std::sync::Arc::new(bodies);
    for source in 1..=3 {
        let (aim, bodies) = (aim.clone(), std::sync::Arc::clone(&bodies));
        tasks.spawn(async move {
            for body in bodies.iter().cycle() {
                if aim.is_over() {
                    return;
                }
                match aim.post(source, body.as_bytes()).await {
                    // One that was closed before it was answered, because its body was not wanted.
                    Ok(answer) if answer.is_empty() => sleep(AGAIN_AFTER).await,
                    Ok(answer) => {
                        assert!(is_refused(&answer), "{}", String::from_utf8_lossy(&answer));
                        aim.did();
                    }
                    Err(_) => sleep(AGAIN_AFTER).await,
                }
            }
        });
    }
    tasks.join_all().await;
}

fn holds(answer: &[u8], part: &str) -> bool {
    answer
        .windows(part.len())
        .any(|window| window == part.as_bytes())
}

/// An error of JSON-RPC, or a plain refusal that says whether to come back.
fn is_refusal(answer: &[u8]) -> bool {
    holds(answer, "\"error\"") && !holds(answer, "\"result\"")
}

async fn batches(aim: Aim) {
    let one = call(Method::Health, &json!({}));
    let many = format!("[{}]", vec![one.as_str(); 10_000].join(","));
    let room = 1 << 20;
    let full = format!("{{{}", " ".repeat(room - 1));
    let beyond = format!("{one}{}", " ".repeat(room));
    post_all(aim, vec![many, full, beyond], is_refusal).await;
}

async fn deep(aim: Aim) {
    let arrays = "[".repeat(100_000);
    let objects = "{\"a\":".repeat(100_000);
    let health = Method::Health.name();
    let params = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{health}\",\"params\":{arrays}{}}}",
        "]".repeat(100_000)
    );
    post_all(aim, vec![arrays, objects, params], is_refusal).await;
}

async fn malformed(aim: Aim) {
    let mut tasks = JoinSet::new();
    for source in 1..=3 {
        let aim = aim.clone();
        tasks.spawn(async move {
            let short = frame("x").repeat(64);
            while !aim.is_over() {
                let Ok(stream) = aim.socket(source).await else {
                    sleep(AGAIN_AFTER).await;
                    continue;
                };
                let (mut answers, mut questions) = stream.into_split();
                let reading = tokio::spawn(async move {
                    let mut seen = [0; 16 << 10];
                    while let Ok(1..) = answers.read(&mut seen).await {}
                });
                while let Ok(sent) = timeout(ONE_BYTE, questions.write_all(&short)).await {
                    aim.did();
                    if sent.is_err() || aim.is_over() {
                        break;
                    }
                }
                reading.abort();
            }
        });
    }
    let posting = post_all(aim, vec!["{".into(), "x".into(), "[1,".into()], is_refusal);
    tokio::join!(posting, tasks.join_all());
}

async fn endless_sql(aim: Aim) {
    // One step of SQLite's machine that would take hours.
    let statement = "SELECT instr(hex(zeroblob(20000000)), hex(zeroblob(10000000)) || 'x')";
    let body = call(Method::Sql, &json!({ "statement": statement }));
    post_all(aim, vec![body], is_refusal).await;
}
