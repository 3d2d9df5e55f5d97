//! Where transactions go, and what the answers mean: a node's JSON-RPC, or that of the CometBFT beside it.

use super::tally::Fate;
use nexus_sdk::api::Method;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::client::{ClientError, Connection, Endpoint};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;
use std::time::Duration;

/// How long one request may take: a batch whose every call waits for CheckTx on a loaded machine.
const LIMIT: Duration = Duration::from_secs(60);

/// JSON-RPC's own error codes (§5.1) end here; the law's and the interfaces' begin above.
const LAST_PROTOCOL_CODE: i64 = 0;

/// How an address is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// A node, which waits for CheckTx or not.
    Node { checked: bool },
    /// CometBFT, which waits for CheckTx or not.
    Comet { checked: bool },
}

/// An address that takes transactions.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) endpoint: Endpoint,
    pub(super) way: Way,
}

/// A connection to it, made anew after an error.
pub(super) struct Wire {
    target: Target,
    open: Option<Connection>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    result: Value,
    error: Option<ItemError>,
}

#[derive(Deserialize)]
struct ItemError {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: Value,
}

impl Wire {
    pub(super) fn new(target: Target) -> Self {
        Self { target, open: None }
    }

    /// Hands in base64 transactions in one batch; says what became of each.
    pub(super) async fn hand_in(&mut self, txs: &[&str]) -> Vec<Fate> {
        let body = body(self.target.way, txs);
        match self.post(body).await {
            Ok(answer) => fates(&answer, txs.len(), self.target.way),
            Err(ClientError::Http { status, .. }) => {
                vec![Fate::Refused(format!("HTTP {status}")); txs.len()]
            }
            // Nothing is known of what was sent and not answered; the blocks will tell.
            Err(error) => vec![Fate::Lost(error.to_string()); txs.len()],
        }
    }

    /// One request; the connection is opened when there is none.
    pub(super) async fn post(&mut self, body: String) -> Result<Vec<u8>, ClientError> {
        let mut connection = match self.open.take() {
            Some(connection) => connection,
            None => Connection::open(&self.target.endpoint).await?,
        };
        let answer = connection.post(body, LIMIT).await?;
        self.open = Some(connection);
        Ok(answer.to_vec())
    }
}

fn body(way: Way, txs: &[&str]) -> String {
    let (method, params) = match way {
        Way::Node { checked: true } => (Method::SubmitTransaction.name(), ",\"wait\":\"checked\""),
        Way::Node { checked: false } => (Method::SubmitTransaction.name(), ",\"wait\":\"none\""),
        Way::Comet { checked: true } => ("broadcast_tx_sync", ""),
        Way::Comet { checked: false } => ("broadcast_tx_async", ""),
    };
    let mut body = String::from("[");
    for (id, tx) in txs.iter().enumerate() {
        let comma = if id == 0 { "" } else { "," };
        // Base64 needs no escape in JSON; writing to a string cannot fail.
        let _ = write!(
            body,
            "{comma}{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{method}\",\"params\":{{\"tx\":\"{tx}\"{params}}}}}"
        );
    }
    body.push(']');
    body
}

/// What each of `count` calls came to, whatever the order of the answers.
fn fates(answer: &[u8], count: usize, way: Way) -> Vec<Fate> {
    let unanswered = || Fate::Lost(String::from("no answer to this call"));
    let mut fates: Vec<Fate> = (0..count).map(|_| unanswered()).collect();
    if let Ok(items) = serde_json::from_slice::<Vec<Item>>(answer) {
        for item in items {
            let place = item.id.as_u64().and_then(|id| usize::try_from(id).ok());
            if let Some(fate) = place.and_then(|place| fates.get_mut(place)) {
                *fate = fate_of(&item, way);
            }
        }
        return fates;
    }
    // One answer for the whole batch: it was too large, say.
    match serde_json::from_slice::<Item>(answer) {
        Ok(item) => vec![fate_of(&item, way); count],
        Err(_) => vec![Fate::Lost(String::from("the answer is no JSON-RPC")); count],
    }
}

fn fate_of(item: &Item, way: Way) -> Fate {
    let Some(error) = &item.error else {
        let code = item.result.get("code").and_then(Value::as_u64);
        return match (way, code) {
            (Way::Comet { .. }, Some(code)) if code != 0 => Fate::Refused(format!("NX{code:04}")),
            _ => Fate::Accepted,
        };
    };
    let unknown = i64::from(InterfaceCode::OutcomeUnknown.number());
    if error.code == unknown {
        return Fate::Lost(error.message.clone());
    }
    if error.code > LAST_PROTOCOL_CODE {
        return Fate::Refused(format!("NX{:04}", error.code));
    }
    let detail = error.data.as_str().unwrap_or(&error.message);
    Fate::Refused(comet_reason(detail).unwrap_or_else(|| error.message.clone()))
}

/// CometBFT's words for what nodes have codes for.
fn comet_reason(detail: &str) -> Option<String> {
    let known = [
        ("mempool is full", InterfaceCode::MempoolFull.number()),
        ("batch", 0),
        ("already exists in cache", 0),
    ];
    let (words, code) = known.iter().find(|(words, _)| detail.contains(words))?;
    Some(match code {
        0 if *words == "batch" => String::from("batch too large"),
        0 => String::from("already known"),
        code => format!("NX{code:04}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COMET: Way = Way::Comet { checked: true };
    const NODE: Way = Way::Node { checked: true };

    #[test]
    fn a_batch_names_each_transaction_once() {
        let body: Value = serde_json::from_str(&body(NODE, &["AA==", "BB=="])).unwrap();
        assert_eq!(body.as_array().unwrap().len(), 2);
        assert_eq!(body[1]["id"], 1);
        assert_eq!(body[1]["method"], "nexus_submitTransaction");
        assert_eq!(body[1]["params"], json!({"tx": "BB==", "wait": "checked"}));
        let async_body = super::body(Way::Comet { checked: false }, &["AA=="]);
        assert!(async_body.contains("broadcast_tx_async"), "{async_body}");
    }

    #[test]
    fn answers_find_their_calls_in_any_order() {
        let answer = json!([
            {"id": 2, "result": {"code": 0}},
            {"id": 0, "result": {"code": 1041}},
            {"id": 1, "error": {"code": -32603, "message": "Internal error", "data": "mempool is full: number of txs 9"}},
        ]);
        let got = fates(answer.to_string().as_bytes(), 4, COMET);
        let refused = |code: &str| Fate::Refused(code.to_owned());
        assert_eq!(
            got[..3],
            [refused("NX1041"), refused("NX4004"), Fate::Accepted]
        );
        assert!(matches!(got[3], Fate::Lost(_)));
    }

    #[test]
    fn one_refusal_of_a_whole_batch_is_that_of_each_call() {
        let answer = json!({"id": null, "error": {"code": -32010, "message": "The batch request was too large"}});
        let got = fates(answer.to_string().as_bytes(), 2, NODE);
        assert_eq!(got, vec![Fate::Refused(String::from("batch too large")); 2]);
        let limited = json!([{"id": 0, "error": {"code": 4002, "message": "NX4002 …"}}]);
        let got = fates(limited.to_string().as_bytes(), 1, NODE);
        assert_eq!(got, [Fate::Refused(String::from("NX4002"))]);
        assert!(matches!(fates(b"<html>", 1, NODE)[..], [Fate::Lost(_)]));
    }
}
