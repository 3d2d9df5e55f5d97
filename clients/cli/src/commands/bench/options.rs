//! The arguments of `nexus bench load`, and what they mean together.

use crate::context::Context;
use crate::error::CliError;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::PathBuf;
use std::str::FromStr;

/// Calls that a node takes in one batch.
const NODE_BATCH: u16 = 20;
/// Calls that the CometBFT beside a node takes in one batch, as nexusd configures it.
const COMET_BATCH: u16 = 100;
/// Transactions that are signed before a run; each takes about 600 bytes of memory until the end.
const MAX_TRANSACTIONS: u64 = 4_000_000;
/// Bytes of a random payload: those of the largest transaction.
const MAX_RANDOM_BYTES: usize = nexus_types::limits::TX_BYTES;
/// Fewest random bytes: a number that makes each transaction another one.
const MIN_RANDOM_BYTES: usize = 16;

/// What stops a load generator that is not told of it.
pub(super) const LIMITS: &str = "\
A node grants each address 200 calls a second and 50 of one signer; calls_per_second and transactions_per_second in [rpc] of nexusd's config.toml raise them. \
An identity may have 32 transactions waiting, 500 in a block and 1,000,000 a day on a development network: \
take more --signers for a higher --rate. --via-comet goes around the node's RPC, for operators on the same machine.";

/// Arguments.
#[derive(Args)]
pub(crate) struct Load {
    /// Transactions a second, all nodes together
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub(super) rate: u32,
    /// Seconds that are measured
    #[arg(long, default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(super) duration: u32,
    /// Seconds of load before that
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=3_600))]
    pub(super) warmup: u32,
    /// Identities to make and act as
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) signers: u32,
    /// Key of the attester who vouches for them [default: the local network's]
    #[arg(long, value_name = "NAME")]
    pub(super) attester: Option<String>,
    /// What they do
    #[arg(long, value_enum, default_value = "describe")]
    pub(super) action: Deed,
    /// Calls in one request at most [default: 20 for a node, 100 for CometBFT]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    batch: Option<u16>,
    /// Connections to each address
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) connections: u16,
    /// Hand the transactions to CometBFT's own RPC instead; several, separated by commas
    #[arg(long, value_name = "URL[,URL…]", value_delimiter = ',')]
    pub(super) via_comet: Vec<String>,
    /// Seconds to wait after the load for what is not yet in a block
    #[arg(long, default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=600))]
    pub(super) drain: u32,
    /// Write the result as JSON into this file too
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Bytes without meaning, for a CometBFT whose application takes anything: random:BYTES
    #[arg(long, hide = true, requires = "via_comet", value_name = "random:BYTES")]
    pub(super) payload: Option<Payload>,
}

/// What the identities do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Deed {
    /// Describe their IMVU
    Describe,
    /// Publish an address in their zone
    Zone,
    /// One after the other
    Mixed,
}

/// Random bytes instead of transactions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Payload {
    pub(super) bytes: usize,
}

impl FromStr for Payload {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = text
            .strip_prefix("random:")
            .and_then(|bytes| bytes.parse().ok());
        match bytes {
            Some(bytes) if (MIN_RANDOM_BYTES..=MAX_RANDOM_BYTES).contains(&bytes) => {
                Ok(Self { bytes })
            }
            _ => Err(format!(
                "write random:BYTES with {MIN_RANDOM_BYTES} to {MAX_RANDOM_BYTES} bytes"
            )),
        }
    }
}

impl Load {
    /// Whether transactions go to CometBFT directly.
    pub(super) fn is_direct(&self) -> bool {
        !self.via_comet.is_empty()
    }

    /// Calls in one request.
    pub(super) fn batch(&self) -> usize {
        let usual = if self.is_direct() {
            COMET_BATCH
        } else {
            NODE_BATCH
        };
        self.batch.unwrap_or(usual).into()
    }

    /// Seconds of load in all.
    pub(super) fn seconds(&self) -> u32 {
        self.warmup.saturating_add(self.duration)
    }

    /// Transactions in all.
    pub(super) fn transactions(&self) -> Result<usize, CliError> {
        let count = u64::from(self.rate).saturating_mul(self.seconds().into());
        if count > MAX_TRANSACTIONS {
            return Err(CliError::usage(
                format!("{count} transactions would have to be signed before the run"),
                format!("Take a lower --rate or --duration: at most {MAX_TRANSACTIONS} in all."),
            ));
        }
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The nodes to use: those named with --node, else all of the local network.
    pub(super) fn nodes(ctx: &Context) -> Vec<String> {
        match &ctx.global.node {
            Some(named) => named.split(',').map(|url| url.trim().to_owned()).collect(),
            None => ctx
                .localnet()
                .map(|network| network.nodes())
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_payload_has_a_size() {
        assert_eq!("random:250".parse(), Ok(Payload { bytes: 250 }));
        for wrong in ["random", "random:", "random:1", "random:70000", "250"] {
            assert!(wrong.parse::<Payload>().is_err(), "{wrong}");
        }
    }
}
