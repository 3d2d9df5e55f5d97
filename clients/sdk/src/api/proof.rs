//! Proofs in JSON, and back into the types that verify them.

use super::scalar::{Hex, WireHash, WireU64};
use nexus_tree::app_hash::{AppHashPreimage, LOG_COUNT};
use nexus_tree::log::{ConsistencyProof, InclusionProof, LogHead};
use nexus_tree::smt::StateProof;
use nexus_types::Hash;
use nexus_types::encoding::{DecodeError, decode, encode};
use nexus_types::log::ChainLog;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A proof in JSON that has not the form of a proof.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProofFault {
    /// The bytes are no such proof.
    #[error("the {what} is malformed: {source}. Fetch it again, or ask another node")]
    Malformed {
        /// Which proof.
        what: &'static str,
        /// What is wrong with the bytes.
        source: DecodeError,
    },
    /// The preimage does not list the five logs in their order.
    #[error(
        "the app-hash preimage must list the logs audit, platform, consent, usage, headers in this order. Fetch it again, or ask another node"
    )]
    Logs,
}

/// Size and root of one of the chain's logs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogHeadView {
    /// `audit`, `platform`, `consent`, `usage` or `headers`.
    pub log: String,
    /// Records.
    pub size: WireU64,
    /// RFC 6962 root over the records.
    pub root: WireHash,
}

/// The name of a chain log in JSON.
pub fn log_name(log: ChainLog) -> &'static str {
    match log {
        ChainLog::Audit => "audit",
        ChainLog::Platform => "platform",
        ChainLog::Consent => "consent",
        ChainLog::Usage => "usage",
        ChainLog::Headers => "headers",
    }
}

/// Everything an app hash commits to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreimageView {
    /// Hash of the law's constants.
    pub constants: WireHash,
    /// Hash of the delay profile in force.
    pub delay_profile: WireHash,
    /// Root of the sparse Merkle tree over the state.
    pub state_root: WireHash,
    /// The five logs in the order audit, platform, consent, usage, headers.
    pub logs: Vec<LogHeadView>,
}

impl From<&AppHashPreimage> for PreimageView {
    fn from(preimage: &AppHashPreimage) -> Self {
        let logs = ChainLog::ALL.into_iter().zip(preimage.logs);
        Self {
            constants: Hash(preimage.constants).into(),
            delay_profile: Hash(preimage.delay_profile).into(),
            state_root: Hash(preimage.state_root).into(),
            logs: logs
                .map(|(log, head)| LogHeadView {
                    log: log_name(log).to_owned(),
                    size: head.size.into(),
                    root: Hash(head.root).into(),
                })
                .collect(),
        }
    }
}

impl TryFrom<&PreimageView> for AppHashPreimage {
    type Error = ProofFault;

    fn try_from(view: &PreimageView) -> Result<Self, ProofFault> {
        let named = view.logs.iter().map(|log| log.log.as_str());
        if !named.eq(ChainLog::ALL.into_iter().map(log_name)) {
            return Err(ProofFault::Logs);
        }
        let heads = view.logs.iter().map(|log| LogHead {
            size: log.size.0,
            root: log.root.0.0,
        });
        let logs: [LogHead; LOG_COUNT] = heads
            .collect::<Vec<_>>()
            .try_into()
            .map_err(|_| ProofFault::Logs)?;
        Ok(Self {
            constants: view.constants.0.0,
            delay_profile: view.delay_profile.0.0,
            state_root: view.state_root.0.0,
            logs,
        })
    }
}

/// A state key with its value, or that it has none, and the proof.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateItem {
    /// The state key.
    pub key: Hex,
    /// The value; absent if the key has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Hex>,
    /// borsh of the state proof.
    pub proof: Hex,
}

impl StateItem {
    /// A proved key.
    pub fn new(key: &[u8], value: Option<Vec<u8>>, proof: &StateProof) -> Self {
        Self {
            key: Hex::new(key),
            value: value.map(Hex::new),
            proof: Hex::new(encode(proof)),
        }
    }

    /// The proof, to be verified.
    ///
    /// # Errors
    /// [`ProofFault::Malformed`].
    pub fn state_proof(&self) -> Result<StateProof, ProofFault> {
        decode(self.proof.bytes()).map_err(|source| ProofFault::Malformed {
            what: "state proof",
            source,
        })
    }
}

/// A record of a chain log with its inclusion proof.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordItem {
    /// `audit`, `platform`, `consent`, `usage` or `headers`.
    pub log: String,
    /// The record's position, from 0.
    pub index: WireU64,
    /// The record: borsh of its type.
    pub record: Hex,
    /// borsh of the inclusion proof at the size in the preimage.
    pub proof: Hex,
}

impl RecordItem {
    /// The proof, to be verified against the log's head.
    ///
    /// # Errors
    /// [`ProofFault::Malformed`].
    pub fn inclusion(&self) -> Result<InclusionProof, ProofFault> {
        decode(self.proof.bytes()).map_err(|source| ProofFault::Malformed {
            what: "inclusion proof",
            source,
        })
    }
}

/// Proof that a chain log begins with what it was at an earlier size.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsistencyItem {
    /// `audit`, `platform`, `consent`, `usage` or `headers`.
    pub log: String,
    /// The earlier size.
    pub from: WireU64,
    /// borsh of the consistency proof up to the size in the preimage.
    pub proof: Hex,
}

impl ConsistencyItem {
    /// The proof, to be verified against both heads.
    ///
    /// # Errors
    /// [`ProofFault::Malformed`].
    pub fn consistency(&self) -> Result<ConsistencyProof, ProofFault> {
        decode(self.proof.bytes()).map_err(|source| ProofFault::Malformed {
            what: "consistency proof",
            source,
        })
    }
}

/// What proves the value of a read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadProof {
    /// The header whose app hash is the hash of the preimage: one above the read's height.
    pub header_height: WireU64,
    /// What that app hash commits to.
    pub preimage: PreimageView,
    /// The state keys the value was read from.
    pub items: Vec<StateItem>,
}

/// The answer of `nexus_getProof`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProofResult {
    /// The height the values are of.
    pub height: WireU64,
    /// That block's time, milliseconds since 1970-01-01 UTC.
    pub block_time: WireU64,
    /// The header whose app hash is the hash of the preimage: one above `height`.
    pub header_height: WireU64,
    /// Hash of the preimage.
    pub app_hash: WireHash,
    /// What the app hash commits to.
    pub preimage: PreimageView,
    /// The state keys asked for, in the order asked.
    pub items: Vec<StateItem>,
    /// The log records asked for, in the order asked.
    pub records: Vec<RecordItem>,
    /// The consistency proofs asked for, in the order asked.
    pub consistency: Vec<ConsistencyItem>,
}
