//! What happened to proposals and to the validator set.

use super::{GovernanceStatusView, SeatVoteView};
use crate::api::scalar::{WireHash, WireIdentity, WireKey, WireU64};
use nexus_types::governance::{GovernanceEntry, GovernanceStep, ValidatorPower};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One step of a proposal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "step"
)]
pub enum GovernanceStepView {
    /// It was submitted.
    Submitted {
        /// By whom.
        proposer: WireIdentity,
    },
    /// A seat voted.
    Voted(SeatVoteView),
    /// Its status is another.
    Became(GovernanceStatusView),
}

/// Something happened to a proposal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GovernanceEntryView {
    /// To which.
    pub proposal: WireHash,
    /// The kind of its change, such as `addValidator`.
    pub change: String,
    /// What.
    #[serde(flatten)]
    pub step: GovernanceStepView,
}

impl From<&GovernanceEntry> for GovernanceEntryView {
    fn from(entry: &GovernanceEntry) -> Self {
        Self {
            proposal: entry.proposal.into(),
            change: entry.kind.name().to_owned(),
            step: match &entry.step {
                GovernanceStep::Submitted { proposer } => GovernanceStepView::Submitted {
                    proposer: (*proposer).into(),
                },
                GovernanceStep::Voted(vote) => GovernanceStepView::Voted(vote.into()),
                GovernanceStep::Became(status) => GovernanceStepView::Became((*status).into()),
            },
        }
    }
}

/// The power that a consensus key has from now on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidatorPowerView {
    /// The consensus key.
    pub key: WireKey,
    /// Its power; 0 for one that has left.
    pub power: WireU64,
}

impl From<&ValidatorPower> for ValidatorPowerView {
    fn from(validator: &ValidatorPower) -> Self {
        Self {
            key: validator.key.into(),
            power: validator.power.into(),
        }
    }
}
