//! A node that lies: it shows a header of a height nobody has, with the signatures of another one, and a clock three hours
//! ahead.

use nexus_sdk::api::{HeightParams, LightBlockView, Method};
use nexus_tests::Node;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Milliseconds that its clock is ahead.
const AHEAD_MS: u128 = 3 * 60 * 60 * 1_000;

/// A liar that runs until the test's process ends.
pub(crate) struct Liar {
    /// Where it listens, `http://…`.
    pub(crate) url: String,
    /// How often it lied about a block.
    pub(crate) headers: Arc<AtomicUsize>,
    /// How often it lied about the time.
    pub(crate) times: Arc<AtomicUsize>,
}

impl Liar {
    /// Starts one that takes true headers from an honest node.
    pub(crate) fn start(honest: &Node) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let liar = Self {
            url: format!("http://{address}"),
            headers: Arc::default(),
            times: Arc::default(),
        };
        let (honest, headers, times) = (
            honest.clone(),
            Arc::clone(&liar.headers),
            Arc::clone(&liar.times),
        );
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (honest, headers, times) = (honest.clone(), headers.clone(), times.clone());
                thread::spawn(move || answer(stream, &honest, &headers, &times));
            }
        });
        liar
    }
}

fn answer(mut stream: TcpStream, honest: &Node, headers: &AtomicUsize, times: &AtomicUsize) {
    let Some(request) = request(&mut stream) else {
        return;
    };
    let result = match request["method"].as_str() {
        Some("nexus_time") => {
            times.fetch_add(1, Ordering::Relaxed);
            let now = std::time::UNIX_EPOCH
                .elapsed()
                .expect("a clock")
                .as_millis();
            json!({ "time": (now + AHEAD_MS).to_string() })
        }
        Some("nexus_health") => json!({ "status": "ok", "height": "1000000", "version": "0" }),
        Some("nexus_getLightBlock") => {
            let Some(forged) = forged(honest, &request["params"]["height"]) else {
                return;
            };
            headers.fetch_add(1, Ordering::Relaxed);
            forged
        }
        _ => return,
    };
    let body = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    // Whoever asked may have left.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
}

/// A true header with another app hash, under a commit that names the forged header: only the signatures are not of it.
fn forged(honest: &Node, asked: &Value) -> Option<Value> {
    let asked: u64 = asked.as_str()?.parse().ok()?;
    let height = honest.height()?.min(asked);
    let params = HeightParams {
        height: Some(height.into()),
    };
    let mut shown: LightBlockView = honest.try_read(Method::GetLightBlock, &params).ok()?;
    shown.height = asked.into();
    let signed = &mut shown.signed_header;
    signed["header"]["app_hash"] = json!("AB".repeat(32));
    signed["header"]["height"] = json!(asked.to_string());
    signed["commit"]["height"] = json!(asked.to_string());
    let header: tendermint::block::Header =
        serde_json::from_value(signed["header"].clone()).ok()?;
    signed["commit"]["block_id"]["hash"] = json!(header.hash());
    serde_json::to_value(shown).ok()
}

fn request(stream: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end
            && let Ok(request) = serde_json::from_slice(&bytes[end + 4..])
        {
            return Some(request);
        }
    }
}
