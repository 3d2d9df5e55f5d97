//! A client of the CometBFT beside the node: its JSON-RPC over HTTP on loopback, and nothing else of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use nexus_sdk::api::WireU64;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

/// Bytes of one answer of CometBFT: the largest block that can be decided (8 MiB) in base64, with its commit. An honest
/// one is an eighth of that.
const MAX_ANSWER_BYTES: usize = 12 << 20;
/// How long one call may take: CheckTx of a full mempool on a loaded machine.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Validators in one page of CometBFT's answer, its own maximum.
const VALIDATORS_PAGE: usize = 100;

/// Why CometBFT did not answer.
#[derive(Debug, Error)]
pub enum CometError {
    /// It is not there, or does not finish.
    #[error("CometBFT at {address} does not answer {method}: {cause}")]
    Unreachable {
        /// Where it should be.
        address: SocketAddr,
        /// What was asked.
        method: String,
        /// What happened.
        cause: String,
    },
    /// It was asked and then ended, or took too long: what was asked may have been done.
    #[error("CometBFT at {address} was asked {method} and did not answer: {cause}")]
    Silent {
        /// Where it is.
        address: SocketAddr,
        /// What was asked.
        method: String,
        /// What happened.
        cause: String,
    },
    /// It answered with an error.
    #[error("CometBFT refused {method}: {message}")]
    Refused {
        /// What was asked.
        method: String,
        /// What it said.
        message: String,
    },
    /// It answered something else than its documentation says.
    #[error("CometBFT's answer to {method} cannot be read: {source}")]
    Unreadable {
        /// What was asked.
        method: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// The consensus process beside the node.
#[derive(Clone, Debug)]
pub struct Comet {
    address: SocketAddr,
}

/// The part of `/status` that is shown.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) catching_up: bool,
    pub(crate) latest_height: u64,
    pub(crate) version: String,
}

/// What CheckTx said.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Checked {
    pub(crate) code: u32,
    #[serde(default)]
    pub(crate) log: String,
}

/// What became of handed-in bytes.
#[derive(Clone, Debug)]
pub(crate) enum Broadcast<T> {
    /// They were taken; the answer says what is known.
    Taken(T),
    /// They wait in the mempool already, or were in it lately.
    Known,
    /// The mempool has no room.
    Full(String),
}

impl Comet {
    /// The CometBFT whose RPC listens there.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Hands in bytes and waits for CheckTx.
    pub(crate) async fn broadcast(&self, bytes: &[u8]) -> Result<Broadcast<Checked>, CometError> {
        self.hand_in("broadcast_tx_sync", bytes).await
    }

    /// Hands in bytes and waits for nothing.
    pub(crate) async fn broadcast_async(
        &self,
        bytes: &[u8],
    ) -> Result<Broadcast<Value>, CometError> {
        self.hand_in("broadcast_tx_async", bytes).await
    }

    async fn hand_in<T: DeserializeOwned>(
        &self,
        method: &str,
        bytes: &[u8],
    ) -> Result<Broadcast<T>, CometError> {
        let params = json!({ "tx": STANDARD.encode(bytes) });
        match self.call(method, params).await {
            Ok(taken) => Ok(Broadcast::Taken(taken)),
            Err(CometError::Refused { message, .. })
                if message.contains("already exists in cache") =>
            {
                Ok(Broadcast::Known)
            }
            Err(CometError::Refused { message, .. }) if message.contains("mempool is full") => {
                Ok(Broadcast::Full(message))
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn status(&self) -> Result<Status, CometError> {
        let value: Value = self.call("status", json!({})).await?;
        let text = |pointer| {
            value
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        Ok(Status {
            catching_up: value.pointer("/sync_info/catching_up") != Some(&Value::Bool(false)),
            latest_height: text("/sync_info/latest_block_height").parse().unwrap_or(0),
            version: text("/node_info/version").to_owned(),
        })
    }

    /// `signed_header` of a height.
    pub(crate) async fn signed_header(&self, height: u64) -> Result<Value, CometError> {
        let params = json!({ "height": height.to_string() });
        let mut commit: Value = self.call("commit", params).await?;
        Ok(commit
            .get_mut("signed_header")
            .map(Value::take)
            .unwrap_or_default())
    }

    /// The height of the first block, which its genesis names.
    pub(crate) async fn initial_height(&self) -> Result<u64, CometError> {
        #[derive(Deserialize)]
        struct Answer {
            genesis: Genesis,
        }
        #[derive(Deserialize)]
        struct Genesis {
            initial_height: WireU64,
        }
        let answer: Answer = self.call("genesis", json!({})).await?;
        // CometBFT takes 0 for 1.
        Ok(answer.genesis.initial_height.0.max(1))
    }

    /// All validators of a height.
    pub(crate) async fn validators(&self, height: u64) -> Result<Vec<Value>, CometError> {
        #[derive(Deserialize)]
        struct Page {
            validators: Vec<Value>,
            total: String,
        }
        let mut all = Vec::new();
        let mut page = 1u32;
        loop {
            let params = json!({
                "height": height.to_string(),
                "page": page.to_string(),
                "per_page": VALIDATORS_PAGE.to_string(),
            });
            let answer: Page = self.call("validators", params).await?;
            let total = answer.total.parse().unwrap_or(0);
            let got = answer.validators.len();
            all.extend(answer.validators);
            if got == 0 || all.len() >= total {
                return Ok(all);
            }
            page = page.saturating_add(1);
        }
    }

    /// Asks one of its read-only methods; the `result` as CometBFT wrote it.
    ///
    /// # Errors
    /// [`CometError`].
    pub async fn ask(&self, method: &str, params: Value) -> Result<Value, CometError> {
        self.call(method, params).await
    }

    /// One JSON-RPC call.
    async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        params: Value,
    ) -> Result<T, CometError> {
        let request = json!({ "jsonrpc": "2.0", "id": 0, "method": method, "params": params });
        let bytes = self.post(method, request.to_string()).await?;
        let unreadable = |source| CometError::Unreadable {
            method: method.to_owned(),
            source,
        };
        let answer: Answer = serde_json::from_slice(&bytes).map_err(unreadable)?;
        if let Some(error) = answer.error {
            return Err(CometError::Refused {
                method: method.to_owned(),
                message: format!("{} {}", error.message, error.data)
                    .trim_end()
                    .to_owned(),
            });
        }
        serde_json::from_value(answer.result).map_err(unreadable)
    }

    /// Sends a JSON-RPC body as it is; returns the answer as it is.
    pub(crate) async fn post(&self, method: &str, body: String) -> Result<Bytes, CometError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/")
            .header(HOST, self.address.to_string())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)));
        let unreachable = |cause| CometError::Unreachable {
            address: self.address,
            method: method.to_owned(),
            cause,
        };
        let silent = |cause| CometError::Silent {
            address: self.address,
            method: method.to_owned(),
            cause,
        };
        let late = || format!("no answer within {} s", TIMEOUT.as_secs());
        let request = request.map_err(|error| unreachable(error.to_string()))?;
        let deadline = Instant::now() + TIMEOUT;
        let stream = match timeout_at(deadline, TcpStream::connect(self.address)).await {
            Ok(connected) => connected.map_err(|error| unreachable(error.to_string()))?,
            Err(_) => return Err(unreachable(late())),
        };
        match timeout_at(deadline, exchange(stream, request)).await {
            Ok(outcome) => outcome.map_err(silent),
            Err(_) => Err(silent(late())),
        }
    }
}

/// One request and its answer on a fresh connection.
async fn exchange(stream: TcpStream, request: Request<Full<Bytes>>) -> Result<Bytes, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    stream.set_nodelay(true).map_err(|error| told(&error))?;
    let io = TokioIo::new(stream);
    let (mut sender, connection) = http1::handshake(io).await.map_err(|error| told(&error))?;
    // The connection ends with the sender, after this one exchange.
    let driver = tokio::spawn(connection);
    let answer = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| told(&error))?;
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES);
        let body = body.collect().await.map_err(|error| told(&error))?;
        Ok(body.to_bytes())
    };
    let answer = answer.await;
    driver.abort();
    answer
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    error: Option<AnswerError>,
}

#[derive(Deserialize)]
struct AnswerError {
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: String,
}
