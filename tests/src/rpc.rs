//! JSON-RPC as bytes on the wire, for what a well-behaved client would never send.

use crate::http;
use serde::Deserialize;
use serde_json::{Value, json};

/// The `error` of an answer.
#[derive(Clone, Debug, Deserialize)]
pub struct RpcError {
    /// Of the law, of the interface, or of the protocol (below −32000).
    pub code: i64,
    /// In words.
    pub message: String,
    /// What a program needs.
    #[serde(default)]
    pub data: Value,
}

/// Calls a method with any parameters.
///
/// # Errors
/// The node's error.
///
/// # Panics
/// If no JSON-RPC answer comes.
pub fn call(url: &str, method: &str, params: &Value) -> Result<Value, RpcError> {
    let request = json!({ "jsonrpc": "2.0", "id": "1", "method": method, "params": params });
    let answer = post(url, &request);
    read(&answer).unwrap_or_else(|| panic!("{method} at {url}: no JSON-RPC answer: {answer}"))
}

/// Posts any JSON and returns the JSON that comes back.
///
/// # Panics
/// If the node cannot be reached or answers no JSON.
pub fn post(url: &str, body: &Value) -> Value {
    let answer = http::post_json(url, body.to_string().as_bytes())
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    let value = answer.json();
    assert!(!value.is_null(), "{url}: no JSON in {answer:?}");
    value
}

/// Result or error of one answer.
#[must_use]
pub fn read(answer: &Value) -> Option<Result<Value, RpcError>> {
    if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
        return serde_json::from_value(error.clone()).ok().map(Err);
    }
    answer.get("result").cloned().map(Ok)
}
