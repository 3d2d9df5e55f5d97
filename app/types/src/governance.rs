//! Governance (law §9): what the seats decide together, and the registers that they decide about.

mod change;
mod proposal;
mod registers;
mod restriction;

pub use change::{GovernanceChange, GovernanceKind, Register, ValidatorKeyBody};
pub use proposal::{
    GovernanceEntry, GovernanceProposal, GovernanceStatus, GovernanceStep, Lapse, SeatVote,
};
pub use registers::{
    DeniedName, FormerKey, FormerKeys, Observer, Observers, OpenProposal, PowerChange, Registers,
    SeatChanges, UpgradePlan, ValidatorPower,
};
pub use restriction::{Appeal, AppealRestriction, RestrictLegally, Restriction, RestrictionScope};

use crate::hash::Hash;
use borsh::{BorshDeserialize, BorshSerialize};

/// Opens a proposal.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct SubmitGovernance {
    /// What shall change.
    pub change: GovernanceChange,
}

/// The vote of the seat whose operator signs.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct CastBallot {
    /// On which proposal.
    pub proposal: Hash,
    /// The proposal's digest: exactly what is voted on.
    pub digest: Hash,
    /// For it, or against.
    pub approve: bool,
}

/// Its proposer takes a proposal back that is still voted on.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct WithdrawGovernance {
    /// Which.
    pub proposal: Hash,
}
