//! Evidence in one file: everything a stranger needs to check one fact of the ledger offline.
//!
//! The file is one line of JSON in one canonical spelling: object members in the order of the fields below, no white
//! space, absent optional members left out, a newline at the end. Reading it and writing it again must give the same
//! bytes, so nothing can ride along unseen. `digest` comes last: SHA-256 of the JSON of all that precedes it, that is of
//! the object without its `digest` member and without the newline. It finds accidents; what makes the contents
//! believable is [`crate::verify`].

mod canonical;
mod guarded;
mod parts;
mod paths;

pub use canonical::{BundleError, MAX_BUNDLE_BYTES};
pub use parts::{Evidence, LightBlock, RecordSet, TxItem, TxResult};
pub use paths::{PathError, inclusion_path, result_leaf_hash, tx_leaf_hash};

pub use crate::api::BundleSubject;
use crate::api::{PreimageView, RecordItem, StateItem, WireHash, WireU64};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The format and its version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Format {
    /// The first one.
    #[serde(rename = "nexus-bundle/2")]
    V2,
}

impl fmt::Display for BundleSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tx(hash) => write!(f, "transaction {hash}"),
            Self::Imvu(id) => write!(f, "{id}"),
            Self::Zone(apex) => write!(f, "zone {apex}"),
            Self::Identity(id) => write!(f, "identity {id}"),
            Self::Exit(id) => write!(f, "exit of {id}"),
        }
    }
}

/// Evidence about one subject at one height. Made by [`Bundle::seal`] or read by [`Bundle::parse`]; a value that came
/// by another way (the answer of a node, say) is worth no less and no more: [`crate::verify`] decides.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// `nexus-bundle/2`.
    pub format: Format,
    /// What it is about.
    pub subject: BundleSubject,
    /// H: the block that holds the transaction, or the block after which the state is shown.
    pub height: WireU64,
    /// Signed headers, ascending by height; the last two are H and H + 1. With an anchor of the form (height, hash) the
    /// first is the anchor's block. Where the validator set changed by a third or more in between, the blocks needed to
    /// bridge the change stand between.
    pub light_blocks: Vec<LightBlock>,
    /// What the app hash after H commits to; header H + 1 carries its hash. Needed by `state` and `logs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preimage: Option<PreimageView>,
    /// State keys after H with their values, each with its proof.
    pub state: Vec<StateItem>,
    /// Records of the chain's logs as they were after H, each with its proof.
    pub logs: Vec<RecordItem>,
    /// The transaction, for such a subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx: Option<TxItem>,
    /// Every record set of the zone, ascending by (owner, type), for such a subject.
    pub records: Vec<RecordSet>,
    /// SHA-256 of the canonical JSON without this member.
    pub digest: WireHash,
}

impl Bundle {
    /// Puts evidence together and computes the digest.
    ///
    /// # Errors
    /// [`BundleError`] if it cannot be written as JSON or is too large.
    pub fn seal(
        subject: BundleSubject,
        height: u64,
        light_blocks: Vec<LightBlock>,
        evidence: Evidence,
    ) -> Result<Self, BundleError> {
        let mut bundle = Self {
            format: Format::V2,
            subject,
            height: height.into(),
            light_blocks,
            preimage: evidence.preimage,
            state: evidence.state,
            logs: evidence.logs,
            tx: evidence.tx,
            records: evidence.records,
            digest: WireHash::default(),
        };
        bundle.digest = bundle.compute_digest()?;
        Ok(bundle)
    }

    /// The light block of a height, if the bundle holds it.
    #[must_use]
    pub fn light_block(&self, height: u64) -> Option<&LightBlock> {
        self.light_blocks
            .iter()
            .find(|block| block.height() == height)
    }
}

#[cfg(test)]
mod tests;
