//! A small HTTP client for processes on this machine: the launcher and `status` ask nodes how they are.
//!
//! HTTP/1.0, one request a connection: the answer ends when the connection does, and no server may chunk it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Connecting, and each read or write, on this machine.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Bytes of an answer: a block with everything in it is a few MiB.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Why there is no answer, in words that follow the address.
pub(crate) type Reason = String;

/// Fetches a path and reads its JSON.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<serde_json::Value, Reason> {
    exchange(
        address,
        &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n"),
    )
}

/// Calls a JSON-RPC method without parameters.
pub(crate) fn call(address: SocketAddr, method: &str) -> Result<serde_json::Value, Reason> {
    let body = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": {} })
        .to_string();
    let mut answer = exchange(
        address,
        &format!(
            "POST / HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    )?;
    match answer.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(format!("answers {method} with {}", answer["error"])),
    }
}

fn exchange(address: SocketAddr, request: &str) -> Result<serde_json::Value, Reason> {
    let answer = send(address, request).map_err(|error| format!("does not answer: {error}"))?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or_else(|| "answers something that is not HTTP".to_owned())?;
    let status = head.lines().next().unwrap_or_default();
    if !status.split(' ').nth(1).is_some_and(|code| code == "200") {
        return Err(format!("answers {status:?}"));
    }
    serde_json::from_str(body)
        .map_err(|error| format!("answers something that is not JSON: {error}"))
}

fn send(address: SocketAddr, request: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_BYTES).read_to_end(&mut answer)?;
    Ok(answer)
}
