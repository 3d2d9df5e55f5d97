//! The beginning of a chain.
//!
//! **Purpose.** CometBFT starts a chain from one file, `genesis.json`, which the operators agree on before anything
//! runs. This crate reads that file with our own typed `app_state` in it, checks every rule, and turns it into the
//! [`GenesisDocument`] whose hash every signed body names (law §2).
//!
//! **Flow.**
//!
//! ```text
//! genesis.json ─ Genesis::from_json ──────┐
//!                                         ├─► the same rules ─► Genesis { document, hash } ─► Genesis::to_json
//! InitChain ─── Genesis::from_init_chain ─┘
//! dev::network(options) ──────────────────┘   (a development network with keys for everybody)
//! ```
//!
//! **Invariants.**
//!
//! 1. A [`Genesis`] exists only if every rule holds; the first broken rule is the error, and it names the field.
//! 2. The file and what CometBFT hands over in `InitChain` give the same document, hence the same hash.
//! 3. `app_state` carries everything the state starts from; the hash is not in the file, it is computed.
//! 4. The rules read nothing but their input: no clock, no file, no randomness.
//!
//! **Never.** This crate writes no file, holds no key outside [`dev`], and does not know the state machine: it says
//! what the beginning is, not what follows from it.

#![forbid(unsafe_code)]

pub mod dev;
mod file;
mod rules;
mod timestamp;

use std::fmt;

use nexus_types::Hash;
use nexus_types::crypto::KeyBytes;
use nexus_types::genesis::GenesisDocument;

pub use file::{
    AbciParams, BlockParams, ConsensusParams, EvidenceParams, ValidatorParams, VersionParams,
    validator_address,
};

/// Bytes of a genesis file. The largest that the bounds of the types allow is under 256 KiB; this leaves room for
/// white space and keeps a wrong file from being read into memory.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;

/// Bytes of one block as CometBFT counts (`consensus_params.block.max_bytes`): 8 MiB, so that a proposer is handed the
/// whole mempool of 7 MiB and finds the rights actions in it. What the law lets into a block is
/// [`nexus_types::limits::BLOCK_TXS_BYTES`].
pub const BLOCK_MAX_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes of evidence in one block: room for hundreds of double votes, and never the whole block.
pub const EVIDENCE_MAX_BYTES: u64 = 256 * 1024;

/// Milliseconds that evidence must outlive: the trusting period of light clients, 14 days. A validator that could no
/// longer be punished could sign a second history for a client that still trusts it.
pub const TRUSTING_PERIOD_MS: u64 = 14 * 24 * 60 * 60 * 1000;

/// The trusting period in blocks of one second.
pub const TRUSTING_PERIOD_BLOCKS: u64 = TRUSTING_PERIOD_MS / 1000;

/// Seats a production network starts with at least (law §9).
pub const PRODUCTION_SEATS: usize = 5;

/// Milliseconds: the shortest delay a development network may choose; a block's length.
pub const SHORTEST_DELAY_MS: u64 = 1_000;

/// Milliseconds: the longest that a registered host, agent or meter may have to wait until it counts, 30 days. Beyond, no
/// host could be replaced in time.
pub const LONGEST_REGISTRATION_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// Milliseconds: the longest that an agent or a meter may say nothing before it is called silent, a day. Beyond, a creator
/// would learn of a dead host from its users.
pub const LONGEST_SILENCE_MS: u64 = 24 * 60 * 60 * 1000;

/// Total voting power CometBFT can count with (`MaxTotalVotingPower`): 2⁶³ ÷ 8, rounded down.
pub const MAX_TOTAL_POWER: u64 = (i64::MAX / 8) as u64;

/// Why a genesis is refused: the first broken rule, and the field that breaks it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// A rule is broken.
    #[error("{field}: {rule}")]
    Rule {
        /// Path of the field, as in `app_state.officers.threshold`.
        field: String,
        /// What must hold, and what is there instead.
        rule: String,
    },
    /// The text is no JSON, or not of this shape: an unknown, missing or repeated field, or a wrong type.
    #[error("{field}: {reason} (line {line}, column {column})")]
    Shape {
        /// Path of the field as far as it could be read; `genesis` for the whole file.
        field: String,
        /// What the reader met.
        reason: String,
        /// Line in the text, from 1.
        line: usize,
        /// Column in that line, from 1.
        column: usize,
    },
}

impl GenesisError {
    pub(crate) fn rule(field: impl fmt::Display, rule: impl fmt::Display) -> Self {
        Self::Rule {
            field: field.to_string(),
            rule: rule.to_string(),
        }
    }

    /// The path of the field at fault.
    pub fn field(&self) -> &str {
        match self {
            Self::Rule { field, .. } | Self::Shape { field, .. } => field,
        }
    }
}

/// One validator as CometBFT names it: its consensus key and its power.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Validator {
    /// CometBFT's name of the key's type; only `ed25519` is accepted.
    pub key_type: String,
    /// The key's bytes; 32 for ed25519.
    pub key: Vec<u8>,
    /// Voting power.
    pub power: i64,
}

/// What CometBFT hands to the application in `InitChain`, without protobuf.
#[derive(Clone, Debug)]
pub struct InitChain<'a> {
    /// The chain's id.
    pub chain_id: &'a str,
    /// Genesis time: whole seconds since 1970-01-01T00:00:00Z.
    pub time_seconds: i64,
    /// Genesis time: nanoseconds within that second.
    pub time_nanos: i32,
    /// Height of the first block.
    pub initial_height: i64,
    /// The consensus parameters, all of them.
    pub consensus_params: ConsensusParams,
    /// The validators, in any order.
    pub validators: Vec<Validator>,
    /// The file's `app_state`, JSON.
    pub app_state: &'a [u8],
}

/// A genesis that keeps every rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Genesis {
    document: GenesisDocument,
}

impl Genesis {
    /// Reads CometBFT's `genesis.json`, ours and no other shape.
    ///
    /// # Errors
    /// The first broken rule, with its field.
    pub fn from_json(text: &str) -> Result<Self, GenesisError> {
        if text.len() > MAX_FILE_BYTES {
            return Err(GenesisError::rule(
                "genesis",
                format!("must be at most {MAX_FILE_BYTES} bytes, is {}", text.len()),
            ));
        }
        let file: file::File = file::read(text, "")?;
        rules::check(rules::Draft::from_file(file)?)
    }

    /// Reads what CometBFT hands over in `InitChain`.
    ///
    /// # Errors
    /// The first broken rule, with the path its field has in `genesis.json`.
    pub fn from_init_chain(init: InitChain<'_>) -> Result<Self, GenesisError> {
        rules::check(rules::Draft::from_init_chain(init)?)
    }

    /// The document that the hash covers and the state starts from.
    pub fn document(&self) -> &GenesisDocument {
        &self.document
    }

    /// The genesis hash that every signed body names.
    pub fn hash(&self) -> Hash {
        self.document.hash()
    }

    /// The validators the chain starts with, in the order of the seats.
    pub fn validators(&self) -> impl Iterator<Item = (&str, KeyBytes, u64)> {
        let seats = self.document.state.seats.as_slice();
        seats
            .iter()
            .map(|seat| (seat.name.as_str(), seat.key, seat.power))
    }

    /// The file to give to CometBFT, indented, ending in a line break. Reading it gives this genesis again.
    pub fn to_json(&self) -> String {
        file::write(&self.document)
    }
}

#[cfg(test)]
mod tests;
