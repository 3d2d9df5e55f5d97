//! What a bundle is made of.

use crate::api::{Base64, PreimageView, RecordItem, StateItem, WireHash, WireU64};
use nexus_types::rrset::RRset;
use nexus_types::{Name, encoding};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tendermint::block::signed_header::SignedHeader;
use tendermint::validator;

/// A signed header with the validators that signed it and those of the next block, in CometBFT's JSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LightBlock {
    /// Header and commit, as CometBFT's `/commit` shows them.
    #[serde(deserialize_with = "super::guarded::deserialize")]
    #[schemars(with = "serde_json::Value")]
    pub signed_header: SignedHeader,
    /// The validators of this height.
    #[serde(deserialize_with = "super::guarded::deserialize")]
    #[schemars(with = "serde_json::Value")]
    pub validator_set: validator::Set,
    /// The validators of the next height.
    #[serde(deserialize_with = "super::guarded::deserialize")]
    #[schemars(with = "serde_json::Value")]
    pub next_validator_set: validator::Set,
}

impl LightBlock {
    /// Takes what CometBFT's `/commit` and `/validators` answer. Proposers and names, which no hash covers, are dropped.
    #[must_use]
    pub fn new(
        signed_header: SignedHeader,
        validators: Vec<validator::Info>,
        next_validators: Vec<validator::Info>,
    ) -> Self {
        Self {
            signed_header,
            validator_set: bare(validators),
            next_validator_set: bare(next_validators),
        }
    }

    /// Takes the JSON that CometBFT's `/commit` (its `signed_header`) and `/validators` (all pages, at this height and the
    /// next) answer, or a node's `nexus_getLightBlock`.
    ///
    /// # Errors
    /// A member is not of CometBFT's form, or the validators' power is more than CometBFT can count with.
    pub fn from_json(
        signed_header: Value,
        validators: Vec<Value>,
        next_validators: Vec<Value>,
    ) -> Result<Self, serde_json::Error> {
        let set = |members: Vec<Value>| -> Result<Vec<validator::Info>, serde_json::Error> {
            let infos = members.into_iter().map(super::guarded::from_value);
            let infos = infos.collect::<Result<Vec<validator::Info>, _>>()?;
            let power = infos
                .iter()
                .fold(0_u64, |sum, one| sum.saturating_add(one.power()));
            if power > validator::Set::MAX_TOTAL_VOTING_POWER {
                return Err(serde_json::Error::custom(
                    "the validators have too much power",
                ));
            }
            Ok(infos)
        };
        let signed_header = super::guarded::from_value(signed_header)?;
        Ok(Self::new(
            signed_header,
            set(validators)?,
            set(next_validators)?,
        ))
    }

    /// Whether the validator sets hold nothing but keys and powers, all that their hashes cover: no proposer, no priority,
    /// and each address is that of its key.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        [&self.validator_set, &self.next_validator_set]
            .into_iter()
            .all(|set| *set == bare(set.validators.clone()))
    }

    /// The height.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.signed_header.header.height.value()
    }
}

fn bare(validators: Vec<validator::Info>) -> validator::Set {
    let plain = validators
        .into_iter()
        .map(|one| validator::Info::new(one.pub_key, one.power));
    validator::Set::without_proposer(plain.collect())
}

/// The evidence of a bundle, to be filled in as the subject needs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Evidence {
    /// What the app hash after H commits to.
    pub preimage: Option<PreimageView>,
    /// State keys with values and proofs.
    pub state: Vec<StateItem>,
    /// Log records with proofs.
    pub logs: Vec<RecordItem>,
    /// The transaction.
    pub tx: Option<TxItem>,
    /// The zone's record sets.
    pub records: Vec<RecordSet>,
}

/// A transaction with its result, and where both stand in the block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TxItem {
    /// The bytes, as they stand in block H.
    pub bytes: Base64,
    /// Its place in the block, from 0.
    pub index: WireU64,
    /// How many transactions the block has.
    pub total: WireU64,
    /// From the leaf SHA-256(bytes) to `data_hash` of header H, bottom-up.
    pub data_path: Vec<WireHash>,
    /// The result.
    pub result: TxResult,
    /// From the result's leaf to `last_results_hash` of header H + 1, bottom-up.
    pub result_path: Vec<WireHash>,
}

/// The part of an `ExecTxResult` that consensus commits to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TxResult {
    /// The code.
    pub code: u32,
    /// borsh of the verdict; empty for bytes that were inadmissible.
    pub data: Base64,
    /// As the application stated it.
    pub gas_wanted: i64,
    /// As the application stated it.
    pub gas_used: i64,
}

/// One record set of a zone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordSet {
    /// The owner's full name, canonical.
    pub owner: String,
    /// borsh of the set.
    pub rrset: Base64,
}

impl RecordSet {
    /// A set of a zone.
    #[must_use]
    pub fn new(owner: &Name, rrset: &RRset) -> Self {
        Self {
            owner: owner.as_str().to_owned(),
            rrset: Base64::new(encoding::encode(rrset)),
        }
    }
}
