//! A proposal that seats vote on.

use super::GovernanceChangeView;
use crate::api::list::At;
use crate::api::scalar::{Hex, WireHash, WireIdentity, WireU64};
use crate::api::verdict::ReasonView;
use nexus_types::governance::{GovernanceProposal, GovernanceStatus as Status, Lapse, SeatVote};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters of `nexus_getGovernanceProposal`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetGovernanceProposalParams {
    /// The proposal's id: the id of the transaction that submitted it.
    pub proposal: WireHash,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// How a proposal stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "status"
)]
pub enum GovernanceStatusView {
    /// Seats vote.
    Open,
    /// Enough seats are for it; time-locked.
    Passed {
        /// Law time up to which, milliseconds.
        due: WireU64,
    },
    /// The time-lock has run out; it takes effect with the next period.
    AtPeriod {
        /// Block time at which that begins, milliseconds.
        begins: WireU64,
    },
    /// The time-lock has run out; it waits until as much power may change.
    Queued,
    /// It took effect.
    Executed {
        /// At that height.
        executed_at: WireU64,
    },
    /// So many seats are against it that it can't pass.
    Rejected,
    /// It can take no effect any longer.
    Lapsed {
        /// `unvoted`, `moved` (its register has changed), `epoch`, or `refused` (the law refuses it by now).
        why: String,
        /// The law's reason, where it refuses.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<ReasonView>,
    },
    /// Its proposer took it back.
    Withdrawn,
}

impl From<Status> for GovernanceStatusView {
    fn from(status: Status) -> Self {
        let lapsed = |why: &str, reason: Option<ReasonView>| Self::Lapsed {
            why: why.to_owned(),
            reason,
        };
        match status {
            Status::Open => Self::Open,
            Status::Passed { due } => Self::Passed { due: due.0.into() },
            Status::AtPeriod { begins } => Self::AtPeriod {
                begins: begins.0.into(),
            },
            Status::Queued => Self::Queued,
            Status::Executed(height) => Self::Executed {
                executed_at: height.into(),
            },
            Status::Rejected => Self::Rejected,
            Status::Lapsed(Lapse::Unvoted) => lapsed("unvoted", None),
            Status::Lapsed(Lapse::Moved) => lapsed("moved", None),
            Status::Lapsed(Lapse::Epoch) => lapsed("epoch", None),
            Status::Lapsed(Lapse::Refused(reason)) => lapsed("refused", Some(reason.into())),
            Status::Withdrawn => Self::Withdrawn,
        }
    }
}

/// The vote of one seat.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeatVoteView {
    /// The organisation's own identity.
    pub operator: WireIdentity,
    /// The seat's name.
    pub seat: String,
    /// For it, or against.
    pub approve: bool,
}

impl From<&SeatVote> for SeatVoteView {
    fn from(vote: &SeatVote) -> Self {
        Self {
            operator: vote.operator.into(),
            seat: vote.seat.to_string(),
            approve: vote.approve,
        }
    }
}

/// A change that seats vote on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GovernanceProposalView {
    /// Its id: the id of the transaction that submitted it.
    pub id: WireHash,
    /// What shall change.
    pub change: GovernanceChangeView,
    /// borsh of the change: what the digest covers. Show what these bytes say, not the field above.
    pub change_bytes: Hex,
    /// What a ballot names.
    pub digest: WireHash,
    /// Who submitted it.
    pub proposer: WireIdentity,
    /// The version that the register it touches had then.
    pub basis: WireU64,
    /// The recovery epoch it was submitted in.
    pub epoch: u32,
    /// The height it was submitted at.
    pub opened: WireU64,
    /// Law time at which the vote ends, milliseconds.
    pub closes: WireU64,
    /// The audit entry of its submission.
    pub audit: WireU64,
    /// The votes, in the order in which they were cast.
    pub votes: Vec<SeatVoteView>,
    /// How it stands.
    #[serde(flatten)]
    pub status: GovernanceStatusView,
}

impl From<&GovernanceProposal> for GovernanceProposalView {
    fn from(proposal: &GovernanceProposal) -> Self {
        Self {
            id: proposal.id.into(),
            change: (&proposal.change).into(),
            change_bytes: Hex::new(nexus_types::encoding::encode(&proposal.change)),
            digest: proposal.digest().into(),
            proposer: proposal.proposer.into(),
            basis: proposal.basis.into(),
            epoch: proposal.epoch,
            opened: proposal.opened.into(),
            closes: proposal.closes.0.into(),
            audit: proposal.audit.into(),
            votes: proposal.votes.as_slice().iter().map(Into::into).collect(),
            status: proposal.status.into(),
        }
    }
}
