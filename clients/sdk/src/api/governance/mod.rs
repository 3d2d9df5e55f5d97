//! Governance: what is proposed and how it stands, the registers, restrictions.

mod change;
mod entry;
mod proposal;
mod registers;
mod restriction;

pub use change::GovernanceChangeView;
pub use entry::{GovernanceEntryView, GovernanceStepView, ValidatorPowerView};
pub use proposal::{
    GetGovernanceProposalParams, GovernanceProposalView, GovernanceStatusView, SeatVoteView,
};
pub use registers::{DeniedNameView, GovernanceView, ObserverView, UpgradePlanView, WaitingView};
pub use restriction::{AppealView, RestrictionScope, RestrictionView};
