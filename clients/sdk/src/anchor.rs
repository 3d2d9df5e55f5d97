//! What a client trusts before it looks at anything: a chain's beginning, or one block by its hash.
//!
//! The file is JSON of one of two forms:
//! `{"chain_id", "genesis_hash", "genesis_time", "validators": [{"pubkey", "power"}]}`, which needs no network to make
//! and can be written before the first block, or `{"chain_id", "genesis_hash", "height", "hash"}`, taken from someone
//! trusted. Keys and hashes are hexadecimal.

use crate::api::{WireHash, WireKey, WireU64};
use nexus_types::Hash;
use nexus_types::genesis::GenesisDocument;
use serde::{Deserialize, Serialize};
use tendermint::{PublicKey, Time, validator, vote};
use thiserror::Error;

/// Bytes of an anchor file: 64 validators take 8 KB.
pub const MAX_ANCHOR_BYTES: usize = 64 * 1024;

/// What is trusted without proof.
#[derive(Clone, PartialEq, Debug)]
pub struct Anchor {
    /// CometBFT's chain id.
    pub chain_id: String,
    /// Hash of all that InitChain receives.
    pub genesis_hash: Hash,
    /// The point of the chain to start from.
    pub point: AnchorPoint,
}

/// A point of the chain that is trusted.
#[derive(Clone, PartialEq, Debug)]
pub enum AnchorPoint {
    /// The beginning: the validators that sign the first block.
    Genesis {
        /// Genesis time; CometBFT gives the first block the same.
        time: Time,
        /// The validators of genesis.
        validators: validator::Set,
    },
    /// One block.
    Block {
        /// Its height.
        height: u64,
        /// The hash of its header.
        hash: Hash,
    },
}

/// Why a text is no anchor.
#[derive(Debug, Error)]
pub enum AnchorError {
    /// Not of this shape.
    #[error("not an anchor file: {0}")]
    Json(#[from] serde_json::Error),
    /// Larger than [`MAX_ANCHOR_BYTES`].
    #[error("an anchor file has at most {MAX_ANCHOR_BYTES} bytes")]
    TooLarge,
    /// Neither form, or both.
    #[error(
        "an anchor names either genesis_time and validators, or height and hash; this one names {0}"
    )]
    Form(&'static str),
    /// A value outside its range.
    #[error("the anchor's {field} is not usable: {detail}")]
    Value {
        /// Which member.
        field: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    chain_id: String,
    genesis_hash: WireHash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    genesis_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validators: Option<Vec<FileValidator>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height: Option<WireU64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<WireHash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileValidator {
    pubkey: WireKey,
    power: WireU64,
}

impl Anchor {
    /// Reads an anchor file.
    ///
    /// # Errors
    /// [`AnchorError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AnchorError> {
        if bytes.len() > MAX_ANCHOR_BYTES {
            return Err(AnchorError::TooLarge);
        }
        let file: File = serde_json::from_slice(bytes)?;
        let point = match (file.genesis_time, file.validators, file.height, file.hash) {
            (Some(time), Some(validators), None, None) => AnchorPoint::Genesis {
                time: Time::parse_from_rfc3339(&time).map_err(|error| AnchorError::Value {
                    field: "genesis_time",
                    detail: error.to_string(),
                })?,
                validators: validator_set(
                    validators.iter().map(|one| (one.pubkey.0.0, one.power.0)),
                )?,
            },
            (None, None, Some(height), Some(hash)) => AnchorPoint::Block {
                height: height.0,
                hash: hash.0,
            },
            (None, None, None, None) => return Err(AnchorError::Form("neither")),
            (None, None, _, _) => return Err(AnchorError::Form("only one of height and hash")),
            (_, _, None, None) => {
                return Err(AnchorError::Form("only one of genesis_time and validators"));
            }
            _ => return Err(AnchorError::Form("members of both")),
        };
        Ok(Self {
            chain_id: file.chain_id,
            genesis_hash: file.genesis_hash.0,
            point,
        })
    }

    /// The anchor of a chain's beginning, from its genesis.
    ///
    /// # Errors
    /// [`AnchorError::Value`] for a time, key or power CometBFT would not take either.
    pub fn from_genesis(genesis: &GenesisDocument) -> Result<Self, AnchorError> {
        let seats = genesis.state.seats.as_slice();
        Ok(Self {
            chain_id: genesis.chain_id.as_str().to_owned(),
            genesis_hash: genesis.hash(),
            point: AnchorPoint::Genesis {
                time: time_from_ms(genesis.time.0)?,
                validators: validator_set(seats.iter().map(|seat| (seat.key.0, seat.power)))?,
            },
        })
    }

    /// The file.
    ///
    /// # Errors
    /// [`AnchorError::Json`] if it cannot be written.
    pub fn to_json(&self) -> Result<String, AnchorError> {
        let mut file = File {
            chain_id: self.chain_id.clone(),
            genesis_hash: self.genesis_hash.into(),
            genesis_time: None,
            validators: None,
            height: None,
            hash: None,
        };
        match &self.point {
            AnchorPoint::Genesis { time, validators } => {
                file.genesis_time = Some(time.to_rfc3339());
                file.validators =
                    Some(validators.validators().iter().map(file_validator).collect());
            }
            AnchorPoint::Block { height, hash } => {
                file.height = Some((*height).into());
                file.hash = Some((*hash).into());
            }
        }
        let mut text = serde_json::to_string_pretty(&file)?;
        text.push('\n');
        Ok(text)
    }
}

fn file_validator(one: &validator::Info) -> FileValidator {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(one.pub_key.to_bytes()) {
        *to = from;
    }
    FileValidator {
        pubkey: nexus_types::KeyBytes(key).into(),
        power: one.power().into(),
    }
}

/// A validator set of (Ed25519 key, power), as CometBFT orders it.
///
/// # Errors
/// [`AnchorError::Value`] for bytes that are no key, a power of zero or too large, or no validator at all.
pub fn validator_set(
    members: impl Iterator<Item = ([u8; 32], u64)>,
) -> Result<validator::Set, AnchorError> {
    let wrong = |detail: String| AnchorError::Value {
        field: "validators",
        detail,
    };
    let mut infos = Vec::new();
    let mut total = 0_u64;
    for (key, power) in members {
        let key = PublicKey::from_raw_ed25519(&key)
            .ok_or_else(|| wrong(format!("{} is no Ed25519 key", Hash(key))))?;
        total = total.saturating_add(power);
        if power == 0 || total > validator::Set::MAX_TOTAL_VOTING_POWER {
            return Err(wrong(format!("a power of {power} is zero or too much")));
        }
        let power = vote::Power::try_from(power).map_err(|error| wrong(error.to_string()))?;
        infos.push(validator::Info::new(key, power));
    }
    if infos.is_empty() {
        return Err(wrong(String::from("there is none")));
    }
    Ok(validator::Set::without_proposer(infos))
}

/// CometBFT's time of milliseconds since 1970-01-01 UTC.
///
/// # Errors
/// [`AnchorError::Value`] beyond the year 9999.
pub fn time_from_ms(ms: u64) -> Result<Time, AnchorError> {
    let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
    let nanos = u32::try_from(ms % 1000)
        .unwrap_or(0)
        .saturating_mul(1_000_000);
    Time::from_unix_timestamp(seconds, nanos).map_err(|error| AnchorError::Value {
        field: "time",
        detail: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
