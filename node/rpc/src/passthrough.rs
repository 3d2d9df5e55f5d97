//! CometBFT's own answers, read-only, for stock light clients: six methods, their documented parameters, nothing else.

use crate::methods::blocks::consensus;
use crate::node::Node;
use crate::rest::failure;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What is let through: the method with the names of its parameters, all of them numbers.
const ALLOWED: [(&str, &[&str]); 6] = [
    ("status", &[]),
    ("commit", &["height"]),
    ("validators", &["height", "page", "per_page"]),
    ("block", &["height"]),
    ("consensus_params", &["height"]),
    ("genesis", &[]),
];
/// Digits of a parameter: those of the highest height.
const MAX_DIGITS: usize = 20;

/// `GET /comet/{method}?…`
pub(crate) async fn get(
    State(node): State<Arc<Node>>,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let mut params = Map::new();
    for pair in query
        .as_deref()
        .unwrap_or("")
        .split('&')
        .filter(|pair| !pair.is_empty())
    {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        params.insert(name.to_owned(), Value::String(value.to_owned()));
    }
    forward(&node, &json!(-1), &method, params).await
}

/// `POST /comet`: the same methods in JSON-RPC, as stock clients ask.
pub(crate) async fn post(State(node): State<Arc<Node>>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let method = request
        .get("method")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let params = match request.get("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(params)) => params.clone(),
        Some(_) => return refused("the parameters of a passed-on call are one object with names"),
    };
    let id = request.get("id").cloned().unwrap_or_default();
    forward(&node, &id, method, params).await
}

async fn forward(node: &Node, id: &Value, method: &str, params: Map<String, Value>) -> Response {
    let Some((_, names)) = ALLOWED.iter().find(|(allowed, _)| *allowed == method) else {
        return refused(
            "of CometBFT only status, commit, validators, block, consensus_params and genesis are passed on",
        );
    };
    let mut clean = Map::new();
    for (name, value) in params {
        // Stock clients send what they leave out as null.
        if value.is_null() {
            continue;
        }
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let text = text.trim_matches('"');
        let number = (1..=MAX_DIGITS).contains(&text.len())
            && text.bytes().all(|digit| digit.is_ascii_digit());
        if !names.contains(&name.as_str()) || !number {
            return refused(
                "of a passed-on call only height, page and per_page are taken, as numbers",
            );
        }
        clean.insert(name, Value::String(text.to_owned()));
    }
    let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": clean });
    match node.context.comet.post(method, body.to_string()).await {
        Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(error) => failure(StatusCode::BAD_GATEWAY, &consensus(error)),
    }
}

fn refused(what: &str) -> Response {
    failure(
        StatusCode::BAD_REQUEST,
        &crate::refusal::Refusal::params(what),
    )
}
