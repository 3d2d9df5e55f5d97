//! Changes, approvals and attestations as people read them. Programs that sign decode the borsh bytes instead.

use super::mail_action::MailRouteChangeView;
use super::object::PathPolicyView;
use super::quota::QuotaChangeView;
use super::scalar::{WireHash, WireIdentity, WireImvu, WireSignature, WireU64};
use nexus_types::Change;
use nexus_types::approval::{Approval, Attestation, PermittedActor};
use nexus_types::route::{Route, RouteChange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A change that needs the creator's approval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum ChangeView {
    /// New values for some quota fields.
    Quota(QuotaChangeView),
    /// A route set, replacing that of the same prefix.
    SetRoute {
        /// What is routed.
        prefix: String,
        /// Where it goes next.
        next_hop: String,
    },
    /// A route removed.
    RemoveRoute {
        /// What was routed.
        prefix: String,
    },
    /// The path policy replaced.
    PathPolicy(PathPolicyView),
    /// A domain's mail routed elsewhere.
    MailRoute(MailRouteChangeView),
}

impl From<&Change> for ChangeView {
    fn from(change: &Change) -> Self {
        match change {
            Change::Quota(change) => Self::Quota(change.into()),
            Change::Route(change) => change.into(),
            Change::PathPolicy(policy) => Self::PathPolicy(policy.into()),
            Change::MailRoute(change) => Self::MailRoute(change.into()),
        }
    }
}

impl From<&RouteChange> for ChangeView {
    fn from(change: &RouteChange) -> Self {
        match change {
            RouteChange::Set(Route { prefix, next_hop }) => Self::SetRoute {
                prefix: prefix.to_string(),
                next_hop: next_hop.to_string(),
            },
            RouteChange::Remove(prefix) => Self::RemoveRoute {
                prefix: prefix.to_string(),
            },
        }
    }
}

/// A creator's approval.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalView {
    /// Its id: the digest that was signed.
    pub id: WireHash,
    /// The owner who approves.
    pub approver: WireIdentity,
    /// The approver's key generation.
    pub generation: u32,
    /// The IMVU it is about.
    pub imvu: WireImvu,
    /// The version of exactly the fields the change names.
    pub version: WireU64,
    /// Hash of those fields' values before the change.
    pub before: WireHash,
    /// The exact change.
    pub change: ChangeView,
    /// The identity that may apply it; absent for the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permitted: Option<WireIdentity>,
    /// First block time at which it counts, milliseconds.
    pub not_before: WireU64,
    /// Last block time at which it counts, milliseconds.
    pub expires: WireU64,
    /// By the approver's key of that generation.
    pub signature: WireSignature,
}

impl From<&Approval> for ApprovalView {
    fn from(approval: &Approval) -> Self {
        let body = &approval.body;
        Self {
            id: body.id().into(),
            approver: body.approver.into(),
            generation: body.generation,
            imvu: body.imvu.clone().into(),
            version: body.version.into(),
            before: body.before.into(),
            change: (&body.change).into(),
            permitted: match body.permitted {
                PermittedActor::Platform => None,
                PermittedActor::Identity(id) => Some(id.into()),
            },
            not_before: body.not_before.0.into(),
            expires: body.expires.0.into(),
            signature: approval.signature.into(),
        }
    }
}

/// An attester's word.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttestationView {
    /// The identity verified.
    pub identity: WireIdentity,
    /// The attester.
    pub attester: WireIdentity,
    /// The attester's key generation.
    pub generation: u32,
    /// SHA-256 of the evidence.
    pub evidence: WireHash,
    /// Last block time at which it counts, milliseconds.
    pub expires: WireU64,
    /// By the attester's key of that generation.
    pub signature: WireSignature,
}

impl From<&Attestation> for AttestationView {
    fn from(attestation: &Attestation) -> Self {
        let body = &attestation.body;
        Self {
            identity: body.identity.into(),
            attester: body.attester.into(),
            generation: body.generation,
            evidence: body.evidence.into(),
            expires: body.expires.0.into(),
            signature: attestation.signature.into(),
        }
    }
}
