//! A proposal from its submission to its end.

use super::change::{GovernanceChange, GovernanceKind};
use crate::encoding::{List, encode};
use crate::hash::Hash;
use crate::ids::{IdentityId, SeatName};
use crate::limits::SEATS;
use crate::time::{Height, Time};
use crate::verdict::Reason;
use borsh::{BorshDeserialize, BorshSerialize};

/// A change that seats vote on.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct GovernanceProposal {
    /// The id of the transaction that opened it.
    pub id: Hash,
    /// What shall change.
    pub change: GovernanceChange,
    /// Who submitted it.
    pub proposer: IdentityId,
    /// The version that the register it touches had then.
    pub basis: u64,
    /// The recovery epoch it was submitted in.
    pub epoch: u32,
    /// When.
    pub opened: Height,
    /// Law time at which the vote ends.
    pub closes: Time,
    /// The audit entry of its submission.
    pub audit: u64,
    /// One vote a seat, in the order in which they were cast.
    pub votes: List<SeatVote, SEATS>,
    /// How it stands.
    pub status: GovernanceStatus,
}

/// The vote of one seat.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct SeatVote {
    /// Whose: the organisation's own identity, which no other ever has.
    pub operator: IdentityId,
    /// Its name then.
    pub seat: SeatName,
    /// For it, or against.
    pub approve: bool,
}

/// How a proposal stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum GovernanceStatus {
    /// Seats vote.
    Open,
    /// Enough seats are for it; time-locked.
    Passed {
        /// Law time up to which.
        due: Time,
    },
    /// The time-lock has run out; it takes effect with the next period.
    AtPeriod {
        /// Block time at which that begins.
        begins: Time,
    },
    /// The time-lock has run out; it waits until as much power may change.
    Queued,
    /// It took effect at that height.
    Executed(Height),
    /// So many seats are against it that it can't pass.
    Rejected,
    /// It can take no effect any longer.
    Lapsed(Lapse),
    /// Its proposer took it back.
    Withdrawn,
}

impl GovernanceStatus {
    /// Whether something can still come of it.
    pub fn is_pending(&self) -> bool {
        matches!(
            self,
            Self::Open | Self::Passed { .. } | Self::AtPeriod { .. } | Self::Queued
        )
    }
}

/// Why a proposal can take no effect any longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Lapse {
    /// Too few seats voted in time.
    Unvoted,
    /// The register it touches has changed since it was submitted.
    Moved,
    /// It is of an earlier recovery epoch.
    Epoch,
    /// The law refuses the change by now.
    Refused(Reason),
}

/// Something happened to a proposal.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct GovernanceEntry {
    /// To which.
    pub proposal: Hash,
    /// Of which kind.
    pub kind: GovernanceKind,
    /// What.
    pub step: GovernanceStep,
}

/// One step of a proposal.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum GovernanceStep {
    /// It was submitted.
    Submitted {
        /// By whom.
        proposer: IdentityId,
    },
    /// A seat voted.
    Voted(SeatVote),
    /// Its status is another: see there.
    Became(GovernanceStatus),
}

impl GovernanceProposal {
    /// What a ballot on it names: exactly this change, on this state of its register, in this recovery epoch.
    pub fn digest(&self) -> Hash {
        Self::digest_of(&self.id, &self.change, self.basis, self.epoch)
    }

    /// The digest of a proposal of that id, change, basis and recovery epoch.
    pub fn digest_of(id: &Hash, change: &GovernanceChange, basis: u64, epoch: u32) -> Hash {
        Hash::tagged(
            "nexus/governance/v1",
            &[&encode(&(id, change, basis, epoch))],
        )
    }

    /// Whether an organisation has voted, and how.
    pub fn vote_of(&self, operator: &IdentityId) -> Option<bool> {
        let mut votes = self.votes.as_slice().iter();
        votes
            .find(|vote| vote.operator == *operator)
            .map(|vote| vote.approve)
    }
}
