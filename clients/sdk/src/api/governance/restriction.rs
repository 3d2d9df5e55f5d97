//! Legal restrictions.

use crate::api::scalar::{WireHash, WireU64};
use nexus_types::governance as law;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a restriction stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RestrictionScope {
    /// New outbound flows; replies pass.
    OutboundFlows,
    /// Mail submission.
    Mail,
    /// Flows from outside that are no replies.
    Serving,
}

impl From<law::RestrictionScope> for RestrictionScope {
    fn from(scope: law::RestrictionScope) -> Self {
        match scope {
            law::RestrictionScope::OutboundFlows => Self::OutboundFlows,
            law::RestrictionScope::Mail => Self::Mail,
            law::RestrictionScope::Serving => Self::Serving,
        }
    }
}

impl From<RestrictionScope> for law::RestrictionScope {
    fn from(scope: RestrictionScope) -> Self {
        match scope {
            RestrictionScope::OutboundFlows => Self::OutboundFlows,
            RestrictionScope::Mail => Self::Mail,
            RestrictionScope::Serving => Self::Serving,
        }
    }
}

/// An owner's appeal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppealView {
    /// SHA-256 of the grounds.
    pub grounds: WireHash,
    /// Law time at which, milliseconds.
    pub at: WireU64,
    /// The audit entry of it.
    pub audit: WireU64,
}

/// A restriction in force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestrictionView {
    /// What it stops.
    pub scope: RestrictionScope,
    /// SHA-256 of the order.
    pub order: WireHash,
    /// Law time since when, milliseconds.
    pub from: WireU64,
    /// Law time up to which, milliseconds.
    pub until: WireU64,
    /// The audit entry that has who signed.
    pub audit: WireU64,
    /// The owner's appeal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<AppealView>,
}

impl From<&law::Restriction> for RestrictionView {
    fn from(restriction: &law::Restriction) -> Self {
        Self {
            scope: restriction.scope.into(),
            order: restriction.order.into(),
            from: restriction.from.0.into(),
            until: restriction.until.0.into(),
            audit: restriction.audit.into(),
            appeal: restriction.appeal.map(|appeal| AppealView {
                grounds: appeal.grounds.into(),
                at: appeal.at.0.into(),
                audit: appeal.audit.into(),
            }),
        }
    }
}
