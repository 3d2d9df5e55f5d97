//! The registers that governance keeps.

use super::GovernanceProposalView;
use crate::api::scalar::{WireHash, WireIdentity, WireName, WireU64};
use nexus_types::governance::{DeniedName, Observer, SeatChanges, UpgradePlan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An organisation that observes external names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObserverView {
    /// The organisation's own identity.
    pub identity: WireIdentity,
    /// The organisation.
    pub name: String,
    /// Whether it is the platform's.
    pub platform: bool,
}

impl From<&Observer> for ObserverView {
    fn from(observer: &Observer) -> Self {
        Self {
            identity: observer.identity.into(),
            name: observer.name.to_string(),
            platform: observer.platform,
        }
    }
}

/// The binary that decides from a height on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpgradePlanView {
    /// The first height it decides.
    pub height: WireU64,
    /// Its version of the state machine.
    pub app_version: WireU64,
    /// SHA-256 of the binary.
    pub sha256: WireHash,
    /// The proposal that planned it.
    pub proposal: WireHash,
}

impl From<&UpgradePlan> for UpgradePlanView {
    fn from(plan: &UpgradePlan) -> Self {
        Self {
            height: plan.height.into(),
            app_version: plan.app_version.into(),
            sha256: plan.sha256.into(),
            proposal: plan.proposal.into(),
        }
    }
}

/// Changes of seats, and those that wait.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingView {
    /// The power that changed within the trusting period before the read's law time.
    pub changed_power: WireU64,
    /// Proposals that wait until more may change, in the order in which they take effect.
    pub queue: Vec<WireHash>,
}

impl WaitingView {
    /// What counts at a law time.
    pub fn new(changes: &SeatChanges, law_time_ms: u64, trusting_ms: u64) -> Self {
        let recent = changes.recent.as_slice().iter();
        let counted = recent.filter(|one| one.at.plus_ms(trusting_ms).0 > law_time_ms);
        let power = counted.map(|one| one.power).fold(0, u64::saturating_add);
        Self {
            changed_power: power.into(),
            queue: changes
                .queue
                .as_slice()
                .iter()
                .map(|id| (*id).into())
                .collect(),
        }
    }
}

/// A name that nobody may claim.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeniedNameView {
    /// The name.
    pub name: WireName,
    /// Whether nothing below it may be claimed either.
    pub below: bool,
    /// The height it was denied at.
    pub since: WireU64,
}

impl From<&DeniedName> for DeniedNameView {
    fn from(denied: &DeniedName) -> Self {
        Self {
            name: denied.name.clone().into(),
            below: denied.below,
            since: denied.since.into(),
        }
    }
}

/// The value of `nexus_getGovernance`: what `nexus_chainInfo` and `nexus_getValidators` have not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GovernanceView {
    /// Law time of the read, milliseconds: the clock of votes and time-locks.
    pub law_time: WireU64,
    /// The proposals that something can still come of, oldest first.
    pub pending: Vec<GovernanceProposalView>,
    /// Changes of seats that wait.
    pub waiting: WaitingView,
    /// The planned upgrade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<UpgradePlanView>,
    /// The observers of external names, in the order of their admission.
    pub observers: Vec<ObserverView>,
    /// The names that nobody may claim, ascending.
    pub denied: Vec<DeniedNameView>,
}
