//! Whole networks under an open load, in the build that is released: what one validator does beside CometBFT alone, what
//! four do on one machine, and what one does when nobody asks for anything. Figures, never assertions.

mod alone;
mod idle;
mod machine;

pub use alone::CometAlone;
pub use idle::{Idle, idle, with_state};
pub use machine::Machine;

use crate::network::Network;
use crate::programs::{path, program, run};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Seconds of load before the measured ones.
const WARMUP: u32 = 5;

/// Seconds that the rest of a load may take to get into blocks.
const DRAIN: u32 = 60;

/// Transactions of one identity that may wait in a mempool.
const PENDING_PER_SIGNER: u32 = 32;

/// Blocks' worth of transactions that identities are made for: a saturated network lets some wait.
const BLOCKS_WAITED: u32 = 4;

/// Fewest identities: as many as fill a mempool of 20,000 before one of them has all that it may have waiting, and some.
const MIN_SIGNERS: u32 = 1_000;

/// Bytes of a transaction without meaning: about those of a description.
const RANDOM_BYTES: u32 = 250;

/// A load.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// Transactions a second.
    pub rate: u32,
    /// Seconds measured.
    pub seconds: u32,
}

/// What came of it; milliseconds unless named otherwise.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Transactions a second that got into blocks.
    pub committed_per_second: f64,
    /// Mean time between blocks.
    pub interval_mean: f64,
    /// Median time from when a transaction was due until its block was seen.
    pub latency_p50: f64,
    /// The same for 99 of 100.
    pub latency_p99: f64,
    /// The whole result of `nexus bench load`.
    pub json: Value,
}

impl Outcome {
    /// The result of a load.
    ///
    /// # Errors
    /// What is missing in it.
    pub fn new(json: Value) -> Result<Self, String> {
        let figure = |pointer: &str| {
            json.pointer(pointer)
                .and_then(Value::as_f64)
                .ok_or_else(|| format!("the result of the load has no {pointer}: {json}"))
        };
        Ok(Self {
            committed_per_second: figure("/window/committedPerSecond")?,
            interval_mean: figure("/blocks/intervalMean")?,
            latency_p50: figure("/latency/p50")?,
            latency_p99: figure("/latency/p99")?,
            json,
        })
    }

    /// Whether nearly all that was offered was committed as it was offered.
    #[must_use]
    pub fn keeps_up(&self, rate: u32) -> bool {
        self.committed_per_second >= f64::from(rate) * 0.95
    }
}

/// Offers real actions to a network, through the CometBFT of each of its nodes.
///
/// # Errors
/// What `nexus bench load` said.
pub fn offer(network: &Network, offered: Offered) -> Result<Outcome, String> {
    let urls: Vec<&str> = network
        .nodes
        .iter()
        .map(|node| node.comet_rpc.as_str())
        .collect();
    let signers = offered.rate.saturating_mul(BLOCKS_WAITED) / PENDING_PER_SIGNER;
    let signers = signers.max(MIN_SIGNERS).to_string();
    load(
        network.folder(),
        &urls.join(","),
        offered,
        &["--signers", &signers],
    )
}

/// Offers bytes without meaning to a CometBFT.
///
/// # Errors
/// What `nexus bench load` said.
pub fn offer_random(folder: &Path, url: &str, offered: Offered) -> Result<Outcome, String> {
    let payload = format!("random:{RANDOM_BYTES}");
    load(folder, url, offered, &["--payload", &payload])
}

fn load(folder: &Path, urls: &str, offered: Offered, more: &[&str]) -> Result<Outcome, String> {
    let mut command = Command::new(program("nexus"));
    command
        .args(["bench", "load", "--output", "json", "--wait", "none"])
        .args(["--via-comet", urls])
        .args(["--rate", &offered.rate.to_string()])
        .args(["--duration", &offered.seconds.to_string()])
        .args(["--warmup", &WARMUP.to_string()])
        .args(["--drain", &DRAIN.to_string()])
        .args(more)
        .current_dir(folder)
        .env("PATH", path())
        .env_remove("NEXUS_NODE")
        .env_remove("NEXUS_KEY")
        .env_remove("NEXUS_KEYS");
    let ran = run(&mut command);
    if ran.code != Some(0) {
        return Err(format!("nexus bench load: {}{}", ran.stdout, ran.stderr));
    }
    let json = serde_json::from_str(&ran.stdout).map_err(|error| error.to_string())?;
    Outcome::new(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_is_read_whole_or_said_to_lack_something() {
        let result = json!({
            "window": {"committedPerSecond": 950.0},
            "blocks": {"intervalMean": 1010.0},
            "latency": {"p50": 600.0, "p99": 1200.0},
        });
        let outcome = Outcome::new(result).expect("complete");
        assert!(outcome.keeps_up(1_000) && !outcome.keeps_up(1_001));
        let missing = Outcome::new(json!({"window": {}})).expect_err("incomplete");
        assert!(missing.contains("/window/committedPerSecond"), "{missing}");
    }
}
