//! Actions, changes and approvals as people read them. Programs that sign decode the borsh bytes instead.

use super::object::{PathPolicyView, QuotaChangeView, QuotaView};
use super::scalar::{
    WireHash, WireIdentity, WireImvu, WireJurisdiction, WireKey, WireSignature, WireU64,
};
use nexus_types::action::{Parameter, Resource, SuspendReason};
use nexus_types::approval::{Approval, Attestation, PermittedActor};
use nexus_types::route::{Route, RouteChange};
use nexus_types::rrset::RRset;
use nexus_types::{Action, Change};
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
}

impl From<&Change> for ChangeView {
    fn from(change: &Change) -> Self {
        match change {
            Change::Quota(change) => Self::Quota(change.into()),
            Change::Route(change) => change.into(),
            Change::PathPolicy(policy) => Self::PathPolicy(policy.into()),
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

/// What a transaction asks for. Each variant is the action of that name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
#[expect(
    missing_docs,
    reason = "variants and fields are those of nexus_types::Action, where they are explained"
)]
pub enum ActionView {
    RegisterIdentity {
        key: WireKey,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attestation: Option<AttestationView>,
    },
    RotateKey {
        new_key: WireKey,
        proof: WireSignature,
    },
    RevokeIdentity,
    CreateImvu {
        imvu: WireImvu,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jurisdiction: Option<WireJurisdiction>,
        quota: QuotaView,
    },
    ActivateImvu {
        imvu: WireImvu,
    },
    DescribeImvu {
        imvu: WireImvu,
        description: String,
    },
    SetJurisdiction {
        imvu: WireImvu,
        jurisdiction: WireJurisdiction,
    },
    ProposeQuota {
        imvu: WireImvu,
        change: QuotaChangeView,
        expires: WireU64,
    },
    ProposeRoute {
        imvu: WireImvu,
        change: ChangeView,
        expires: WireU64,
    },
    ProposePathPolicy {
        imvu: WireImvu,
        policy: PathPolicyView,
        expires: WireU64,
    },
    ChangeQuota {
        imvu: WireImvu,
        change: QuotaChangeView,
    },
    ChangeRoute {
        imvu: WireImvu,
        change: ChangeView,
    },
    ChangePathPolicy {
        imvu: WireImvu,
        policy: PathPolicyView,
    },
    SignApproval {
        proposal: WireHash,
        approval: ApprovalView,
    },
    RevokeApproval {
        imvu: WireImvu,
        approval: WireHash,
    },
    ClaimDomain {
        /// As its author typed it.
        name: String,
        imvu: WireImvu,
    },
    ReleaseDomain {
        /// As its author typed it.
        name: String,
    },
    SetRecords {
        /// As its author typed it.
        zone: String,
        /// As its author typed it.
        owner: String,
        /// The type's mnemonic.
        #[serde(rename = "type")]
        rtype: String,
        /// Seconds.
        ttl: u32,
        /// The data of each record in presentation form.
        records: Vec<String>,
    },
    RemoveRecords {
        /// As its author typed it.
        zone: String,
        /// As its author typed it.
        owner: String,
        /// The type's mnemonic.
        #[serde(rename = "type")]
        rtype: String,
    },
    SetSplit {
        imvu: WireImvu,
        creator_percent: u8,
        platform_percent: u8,
    },
    ProposeParameter {
        parameter: ParameterView,
    },
    SelfReportUsage {
        imvu: WireImvu,
        resource: String,
        quantity: WireU64,
    },
    DeleteAuditEntry {
        sequence: WireU64,
    },
    PlatformSuspend {
        imvu: WireImvu,
        reason: String,
    },
}

// One exhaustive match, longer than a screen: split up, a new action could be forgotten without an error.
impl From<&Action> for ActionView {
    fn from(action: &Action) -> Self {
        match action {
            Action::RegisterIdentity { key, attestation } => Self::RegisterIdentity {
                key: (*key).into(),
                attestation: attestation.as_ref().map(Into::into),
            },
            Action::RotateKey { new_key, proof } => Self::RotateKey {
                new_key: (*new_key).into(),
                proof: (*proof).into(),
            },
            Action::RevokeIdentity => Self::RevokeIdentity,
            Action::SignApproval { proposal, approval } => Self::SignApproval {
                proposal: (*proposal).into(),
                approval: approval.into(),
            },
            Action::RevokeApproval { imvu, approval } => Self::RevokeApproval {
                imvu: imvu.clone().into(),
                approval: (*approval).into(),
            },
            Action::CreateImvu {
                imvu,
                jurisdiction,
                quota,
            } => Self::CreateImvu {
                imvu: imvu.clone().into(),
                jurisdiction: jurisdiction.clone().map(Into::into),
                quota: quota.into(),
            },
            Action::ActivateImvu { imvu } => Self::ActivateImvu {
                imvu: imvu.clone().into(),
            },
            Action::DescribeImvu { imvu, description } => Self::DescribeImvu {
                imvu: imvu.clone().into(),
                description: description.to_string(),
            },
            Action::SetJurisdiction { imvu, jurisdiction } => Self::SetJurisdiction {
                imvu: imvu.clone().into(),
                jurisdiction: jurisdiction.clone().into(),
            },
            Action::ProposeQuota {
                imvu,
                change,
                expires,
            } => Self::ProposeQuota {
                imvu: imvu.clone().into(),
                change: change.into(),
                expires: expires.0.into(),
            },
            Action::ProposeRoute {
                imvu,
                change,
                expires,
            } => Self::ProposeRoute {
                imvu: imvu.clone().into(),
                change: change.into(),
                expires: expires.0.into(),
            },
            Action::ProposePathPolicy {
                imvu,
                policy,
                expires,
            } => Self::ProposePathPolicy {
                imvu: imvu.clone().into(),
                policy: policy.into(),
                expires: expires.0.into(),
            },
            Action::ChangeQuota { imvu, change } => Self::ChangeQuota {
                imvu: imvu.clone().into(),
                change: change.into(),
            },
            Action::ChangeRoute { imvu, change } => Self::ChangeRoute {
                imvu: imvu.clone().into(),
                change: change.into(),
            },
            Action::ChangePathPolicy { imvu, policy } => Self::ChangePathPolicy {
                imvu: imvu.clone().into(),
                policy: policy.into(),
            },
            Action::ClaimDomain { name, imvu } => Self::ClaimDomain {
                name: name.to_string(),
                imvu: imvu.clone().into(),
            },
            Action::ReleaseDomain { name } => Self::ReleaseDomain {
                name: name.to_string(),
            },
            Action::SetRecords { zone, owner, rrset } => Self::SetRecords {
                zone: zone.to_string(),
                owner: owner.to_string(),
                rtype: rrset.rtype.to_string(),
                ttl: rrset.ttl,
                records: presented(rrset),
            },
            Action::RemoveRecords { zone, owner, rtype } => Self::RemoveRecords {
                zone: zone.to_string(),
                owner: owner.to_string(),
                rtype: rtype.to_string(),
            },
            Action::SetSplit {
                imvu,
                creator_percent,
                platform_percent,
            } => Self::SetSplit {
                imvu: imvu.clone().into(),
                creator_percent: *creator_percent,
                platform_percent: *platform_percent,
            },
            Action::ProposeParameter { parameter } => Self::ProposeParameter {
                parameter: parameter.into(),
            },
            Action::SelfReportUsage {
                imvu,
                resource,
                quantity,
            } => Self::SelfReportUsage {
                imvu: imvu.clone().into(),
                resource: resource_name(*resource).to_owned(),
                quantity: (*quantity).into(),
            },
            Action::DeleteAuditEntry { sequence } => Self::DeleteAuditEntry {
                sequence: (*sequence).into(),
            },
            Action::PlatformSuspend { imvu, reason } => Self::PlatformSuspend {
                imvu: imvu.clone().into(),
                reason: suspend_name(*reason).to_owned(),
            },
        }
    }
}

fn presented(rrset: &RRset) -> Vec<String> {
    rrset
        .records
        .as_slice()
        .iter()
        .map(super::present_rdata)
        .collect()
}

/// A parameter of the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum ParameterView {
    /// Another split, in percent.
    Split {
        /// The creator's part.
        creator_percent: u8,
        /// The platform's part.
        platform_percent: u8,
    },
}

impl From<&Parameter> for ParameterView {
    fn from(parameter: &Parameter) -> Self {
        match parameter {
            Parameter::Split {
                creator_percent,
                platform_percent,
            } => Self::Split {
                creator_percent: *creator_percent,
                platform_percent: *platform_percent,
            },
        }
    }
}

fn resource_name(resource: Resource) -> &'static str {
    match resource {
        Resource::Cpu => "cpu",
        Resource::Memory => "memory",
        Resource::Io => "io",
        Resource::Dns => "dns",
        Resource::Mail => "mail",
        Resource::Network => "network",
    }
}

fn suspend_name(reason: SuspendReason) -> &'static str {
    match reason {
        SuspendReason::Debt => "debt",
        SuspendReason::Abuse => "abuse",
        SuspendReason::Legal => "legal",
        SuspendReason::Unstated => "unstated",
    }
}
