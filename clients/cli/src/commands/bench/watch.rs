//! Seeing blocks: the height that the application has committed, then the block's transactions.

use super::shown::Warnings;
use super::tally::{SeenBlock, Tally};
use super::target::{Target, Way, Wire};
use crate::error::CliError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nexus_sdk::api::Method;
use nexus_sdk::client::{ClientError, Endpoint};
use nexus_types::Hash;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tendermint::Time;

/// Between two looks at the height, for CometBFT, which counts no calls. A latency is too long by half of it, on
/// average.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The same for a node, which grants an address 200 calls a second.
const LOOK_EVERY_NODE: Duration = Duration::from_millis(50);

/// Nanoseconds of a microsecond.
const MICRO_NS: i128 = 1_000;

/// The watcher of one address.
pub(super) struct Watch {
    heights: Wire,
    blocks: Wire,
    way: Way,
    next: u64,
    tally: Tally,
    url: String,
}

#[derive(Deserialize)]
struct Answer {
    result: Option<BlockAnswer>,
}

#[derive(Deserialize)]
struct BlockAnswer {
    block: Block,
}

#[derive(Deserialize)]
struct Block {
    header: Header,
    data: Data,
}

#[derive(Deserialize)]
struct Header {
    time: String,
}

#[derive(Deserialize)]
struct Data {
    txs: Option<Vec<String>>,
}

impl Watch {
    /// Watches from the block after the one that is committed now.
    pub(super) async fn begin(target: &Target, tally: Tally) -> Result<Self, CliError> {
        let blocks = match target.way {
            Way::Comet { .. } => target.clone(),
            // A node passes CometBFT's blocks on as they are.
            Way::Node { .. } => Target {
                endpoint: Endpoint::parse(&format!(
                    "{}/comet",
                    target.endpoint.url().trim_end_matches('/')
                ))?,
                way: target.way,
            },
        };
        let mut watch = Self {
            heights: Wire::new(target.clone()),
            blocks: Wire::new(blocks),
            way: target.way,
            next: 0,
            tally,
            url: target.endpoint.url().to_owned(),
        };
        watch.next = watch.height().await?.saturating_add(1);
        Ok(watch)
    }

    /// Looks until it is aborted. What goes wrong is noted and tried again.
    pub(super) async fn run(mut self, warnings: Warnings) {
        let every = match self.way {
            Way::Comet { .. } => LOOK_EVERY,
            Way::Node { .. } => LOOK_EVERY_NODE,
        };
        loop {
            if let Err(error) = self.look().await {
                warnings.note(format!("watching {}: {error}", self.url));
            }
            tokio::time::sleep(every).await;
        }
    }

    /// Takes in every block that was committed since the last look.
    pub(super) async fn look(&mut self) -> Result<(), ClientError> {
        let height = self.height().await?;
        while self.next <= height {
            self.block(self.next).await?;
            self.next = self.next.saturating_add(1);
        }
        Ok(())
    }

    /// The height whose state is committed: CometBFT's own `status` is ahead of it by the execution of a block.
    async fn height(&mut self) -> Result<u64, ClientError> {
        let (method, pointer) = match self.way {
            Way::Comet { .. } => ("abci_info", "/result/response/last_block_height"),
            Way::Node { .. } => (Method::Health.name(), "/result/height"),
        };
        let request = json!({"jsonrpc": "2.0", "id": 0, "method": method, "params": {}});
        let answer = self.heights.post(request.to_string()).await?;
        let answer: Value =
            serde_json::from_slice(&answer).map_err(|source| self.unreadable(source))?;
        match answer.pointer(pointer).and_then(Value::as_str) {
            Some(text) => text
                .parse()
                .map_err(|_| self.unreadable(serde::de::Error::custom("a height is no number"))),
            // Before the first block there is none to tell.
            None if answer.get("error").is_none() => Ok(0),
            None => Err(self.unreadable(serde::de::Error::custom(answer.to_string()))),
        }
    }

    async fn block(&mut self, height: u64) -> Result<(), ClientError> {
        let params = json!({ "height": height.to_string() });
        let request = json!({"jsonrpc": "2.0", "id": 0, "method": "block", "params": params});
        let answer = self.blocks.post(request.to_string()).await?;
        let answer: Answer =
            serde_json::from_slice(&answer).map_err(|source| self.unreadable(source))?;
        let missing = || {
            self.unreadable(serde::de::Error::custom(format!(
                "block {height} is committed, but not told"
            )))
        };
        let block = answer.result.ok_or_else(missing)?.block;
        let time = Time::parse_from_rfc3339(&block.header.time)
            .map_err(|error| self.unreadable(serde::de::Error::custom(error)))?;
        let micros = time.unix_timestamp_nanos() / MICRO_NS;
        let txs = block.data.txs.unwrap_or_default();
        let seen = SeenBlock {
            height,
            time_us: u64::try_from(micros).unwrap_or(0),
            transactions: txs.len() as u64,
            seen: None,
        };
        let bytes = txs.iter().filter_map(|tx| STANDARD.decode(tx).ok());
        self.tally.block(seen, bytes.map(|tx| Hash::of(&tx).0));
        Ok(())
    }

    fn unreadable(&self, source: serde_json::Error) -> ClientError {
        ClientError::Unreadable {
            url: self.url.clone(),
            source,
        }
    }
}
