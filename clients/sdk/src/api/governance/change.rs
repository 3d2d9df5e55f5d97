//! What can be proposed.

use crate::api::scalar::{
    WireHash, WireIdentity, WireImvu, WireJurisdiction, WireKey, WireName, WireSignature, WireU64,
};
use nexus_types::governance::GovernanceChange as Change;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One change that seats vote on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
#[expect(
    missing_docs,
    reason = "variants and fields are those of nexus_types::governance::GovernanceChange, where they are explained"
)]
pub enum GovernanceChangeView {
    AdmitOfficer {
        officer: WireIdentity,
    },
    RemoveOfficer {
        officer: WireIdentity,
    },
    SetOfficersThreshold {
        threshold: u8,
    },
    AdmitAttester {
        attester: WireIdentity,
    },
    RemoveAttester {
        attester: WireIdentity,
    },
    AdmitObserver {
        observer: WireIdentity,
        name: String,
        platform: bool,
    },
    RemoveObserver {
        observer: WireIdentity,
    },
    AddValidator {
        name: String,
        key: WireKey,
        platform: bool,
        operator: WireIdentity,
        proof: WireSignature,
    },
    RemoveValidator {
        seat: WireKey,
    },
    RotateValidator {
        seat: WireKey,
        new_key: WireKey,
        proof: WireSignature,
    },
    AddJurisdiction {
        tag: WireJurisdiction,
    },
    RemoveJurisdiction {
        tag: WireJurisdiction,
    },
    DenyName {
        name: WireName,
        below: bool,
    },
    AllowName {
        name: WireName,
    },
    ExtendContainment {
        imvu: WireImvu,
        span_ms: WireU64,
    },
    LiftRestriction {
        imvu: WireImvu,
    },
    Upgrade {
        height: WireU64,
        app_version: WireU64,
        sha256: WireHash,
    },
    CancelUpgrade,
}

impl From<&Change> for GovernanceChangeView {
    fn from(change: &Change) -> Self {
        match change {
            Change::AdmitOfficer { officer } => Self::AdmitOfficer {
                officer: (*officer).into(),
            },
            Change::RemoveOfficer { officer } => Self::RemoveOfficer {
                officer: (*officer).into(),
            },
            Change::SetOfficersThreshold { threshold } => Self::SetOfficersThreshold {
                threshold: *threshold,
            },
            Change::AdmitAttester { attester } => Self::AdmitAttester {
                attester: (*attester).into(),
            },
            Change::RemoveAttester { attester } => Self::RemoveAttester {
                attester: (*attester).into(),
            },
            Change::AdmitObserver {
                observer,
                name,
                platform,
            } => Self::AdmitObserver {
                observer: (*observer).into(),
                name: name.to_string(),
                platform: *platform,
            },
            Change::RemoveObserver { observer } => Self::RemoveObserver {
                observer: (*observer).into(),
            },
            Change::AddValidator {
                name,
                key,
                platform,
                operator,
                proof,
            } => Self::AddValidator {
                name: name.to_string(),
                key: (*key).into(),
                platform: *platform,
                operator: (*operator).into(),
                proof: (*proof).into(),
            },
            Change::RemoveValidator { seat } => Self::RemoveValidator {
                seat: (*seat).into(),
            },
            Change::RotateValidator {
                seat,
                new_key,
                proof,
            } => Self::RotateValidator {
                seat: (*seat).into(),
                new_key: (*new_key).into(),
                proof: (*proof).into(),
            },
            Change::AddJurisdiction { tag } => Self::AddJurisdiction {
                tag: tag.clone().into(),
            },
            Change::RemoveJurisdiction { tag } => Self::RemoveJurisdiction {
                tag: tag.clone().into(),
            },
            Change::DenyName { name, below } => Self::DenyName {
                name: name.clone().into(),
                below: *below,
            },
            Change::AllowName { name } => Self::AllowName {
                name: name.clone().into(),
            },
            Change::ExtendContainment { imvu, span_ms } => Self::ExtendContainment {
                imvu: imvu.clone().into(),
                span_ms: (*span_ms).into(),
            },
            Change::LiftRestriction { imvu } => Self::LiftRestriction {
                imvu: imvu.clone().into(),
            },
            Change::Upgrade {
                height,
                app_version,
                sha256,
            } => Self::Upgrade {
                height: (*height).into(),
                app_version: (*app_version).into(),
                sha256: (*sha256).into(),
            },
            Change::CancelUpgrade => Self::CancelUpgrade,
        }
    }
}
