//! Plays CometBFT: checks with the real law, orders what it accepts into blocks, shows signed headers, and keeps every
//! byte it was handed so that tests can see what reached consensus and what did not.

use super::chain::{Chain, validators};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

pub(super) struct FakeComet {
    pub(super) chain: Arc<Chain>,
    /// Everything handed in, in order.
    pub(super) handed_in: Mutex<Vec<Vec<u8>>>,
    /// Whether an accepted transaction gets a block at once; otherwise never.
    pub(super) commits: AtomicBool,
    pub(super) full: AtomicBool,
    /// Whether it catches up, and so has no commit of its last heights yet.
    pub(super) catching_up: AtomicBool,
    /// Whether CheckTx answers a code that no version of the law knows.
    pub(super) garbled: AtomicBool,
}

impl FakeComet {
    pub(super) fn new(chain: Arc<Chain>) -> Arc<Self> {
        Arc::new(Self {
            chain,
            handed_in: Mutex::default(),
            commits: AtomicBool::new(true),
            full: AtomicBool::new(false),
            catching_up: AtomicBool::new(false),
            garbled: AtomicBool::new(false),
        })
    }

    pub(super) async fn listen(self: &Arc<Self>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/", post(answer))
            .with_state(Arc::clone(self));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    fn call(&self, method: &str, params: &Value) -> Result<Value, String> {
        let number = |name: &str| {
            params[name]
                .as_str()
                .and_then(|text| text.parse::<u64>().ok())
        };
        let height = number("height").unwrap_or_else(|| self.chain.height());
        match method {
            "status" => Ok(json!({
                "node_info": { "version": "0.38.25" },
                "sync_info": { "latest_block_height": self.chain.height().to_string(), "catching_up": self.catching_up.load(Ordering::Relaxed) },
            })),
            // The blocks of before a recovery are put aside.
            "commit" | "validators" if height < self.chain.first_height() => {
                Err(format!("height {height} is not available"))
            }
            "commit" if self.catching_up.load(Ordering::Relaxed) => {
                Err(format!("height {height} is not available"))
            }
            "commit" => match self.chain.light_block(height) {
                Some(light) => {
                    Ok(json!({ "signed_header": light.signed_header, "canonical": true }))
                }
                None => Err(format!("height {height} is not available")),
            },
            // A page of three, so that whoever asks must turn the page.
            "validators" if height <= self.chain.height() + 1 => {
                let all = validators(height).validators().clone();
                let page = usize::try_from(number("page").unwrap_or(1)).unwrap();
                let shown: Vec<_> = all.iter().skip((page - 1) * 3).take(3).collect();
                Ok(json!({
                    "block_height": height.to_string(),
                    "validators": shown,
                    "count": shown.len().to_string(),
                    "total": all.len().to_string(),
                }))
            }
            "consensus_params" => {
                Ok(json!({ "block_height": height.to_string(), "consensus_params": {} }))
            }
            "genesis" => Ok(json!({
                "genesis": {
                    "chain_id": "nexus-test",
                    "initial_height": self.chain.first_height().to_string(),
                },
            })),
            "broadcast_tx_sync" | "broadcast_tx_async" => {
                let bytes = STANDARD.decode(params["tx"].as_str().unwrap()).unwrap();
                self.broadcast(bytes)
            }
            _ => Err(format!("no method {method} at height {height}")),
        }
    }

    fn broadcast(&self, bytes: Vec<u8>) -> Result<Value, String> {
        let mut handed_in = self.handed_in.lock().unwrap();
        if handed_in.contains(&bytes) {
            return Err("tx already exists in cache".to_owned());
        }
        handed_in.push(bytes.clone());
        if self.full.load(Ordering::Relaxed) {
            return Err("mempool is full: number of txs 5000 (max: 5000)".to_owned());
        }
        if self.garbled.load(Ordering::Relaxed) {
            return Ok(json!({ "code": 9_999, "data": "", "log": "?", "hash": "" }));
        }
        let checked = self.chain.check(&bytes);
        if checked.code.number() == 0 && self.commits.load(Ordering::Relaxed) {
            self.chain.block(&[bytes]);
        }
        Ok(json!({ "code": checked.code.number(), "data": "", "log": checked.log, "hash": "" }))
    }
}

async fn answer(State(comet): State<Arc<FakeComet>>, Json(request): Json<Value>) -> Json<Value> {
    let method = request["method"].as_str().unwrap();
    let id = &request["id"];
    Json(match comet.call(method, &request["params"]) {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(data) => json!({
            "jsonrpc": "2.0",
            "id": id,
            "error": { "code": -32603, "message": "Internal error", "data": data },
        }),
    })
}
