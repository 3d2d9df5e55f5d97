//! What people say of their own identities: guardians, freeze, recovery, and who acts for an IMVU's owner.

use super::scalar::{WireHash, WireIdentity, WireKey, WireSignature, WireU64};
use nexus_types::Time;
use nexus_types::guardian::{self, Guardianship, ProposeRecovery, RecoveryAttestation, Team};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a member of an IMVU's team may do for its owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ImvuRole {
    /// Runs it: placement, description, records, mail, snapshots.
    Operator,
    /// Its payments: processors, refunds, disputes, mandates.
    Billing,
    /// Nothing on the ledger; hosts show it what they show the owner.
    Viewer,
}

impl From<guardian::ImvuRole> for ImvuRole {
    fn from(role: guardian::ImvuRole) -> Self {
        match role {
            guardian::ImvuRole::Operator => Self::Operator,
            guardian::ImvuRole::Billing => Self::Billing,
            guardian::ImvuRole::Viewer => Self::Viewer,
        }
    }
}

/// How a recovery ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RecoveryEnd {
    /// The new key holds.
    Recovered,
    /// The old key, or the guardians, called it off.
    Vetoed,
    /// The key was rotated or revoked meanwhile, or a freeze asked for an attestation that it lacks.
    Lapsed,
}

impl From<guardian::RecoveryEnd> for RecoveryEnd {
    fn from(end: guardian::RecoveryEnd) -> Self {
        match end {
            guardian::RecoveryEnd::Recovered => Self::Recovered,
            guardian::RecoveryEnd::Vetoed => Self::Vetoed,
            guardian::RecoveryEnd::Lapsed => Self::Lapsed,
        }
    }
}

/// A key that guardians ask for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryView {
    /// Whose.
    pub identity: WireIdentity,
    /// The new key.
    pub new_key: WireKey,
    /// The new key's signature over the rotation.
    pub proof: WireSignature,
    /// An independent attester's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<RecoveryAttestationView>,
}

impl From<&ProposeRecovery> for RecoveryView {
    fn from(recovery: &ProposeRecovery) -> Self {
        Self {
            identity: recovery.identity.into(),
            new_key: recovery.new_key.into(),
            proof: recovery.proof.into(),
            attestation: recovery.attestation.as_ref().map(Into::into),
        }
    }
}

/// An attester's word that a recovery's new key is that person's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryAttestationView {
    /// The identity to be recovered.
    pub identity: WireIdentity,
    /// The key it is to have.
    pub new_key: WireKey,
    /// The attester.
    pub attester: WireIdentity,
    /// The attester's key generation.
    pub generation: u32,
    /// SHA-256 of the evidence.
    pub evidence: WireHash,
    /// Last law time at which it counts, milliseconds.
    pub expires: WireU64,
    /// By the attester's key of that generation.
    pub signature: WireSignature,
}

impl From<&RecoveryAttestation> for RecoveryAttestationView {
    fn from(attestation: &RecoveryAttestation) -> Self {
        let body = &attestation.body;
        Self {
            identity: body.identity.into(),
            new_key: body.new_key.into(),
            attester: body.attester.into(),
            generation: body.generation,
            evidence: body.evidence.into(),
            expires: body.expires.0.into(),
            signature: attestation.signature.into(),
        }
    }
}

/// How an identity is guarded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GuardianshipView {
    /// Its guardians; empty if it has none.
    pub guardians: Vec<WireIdentity>,
    /// How many of them act together; 0 with none.
    pub threshold: u8,
    /// Law time up to which they hold it frozen, milliseconds; absent when it is not frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_until: Option<WireU64>,
    /// Law time before which they can't freeze it again, milliseconds; absent when they can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_freeze: Option<WireU64>,
    /// Other guardians, waiting for their delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<PendingGuardiansView>,
    /// Another key, waiting for its delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<PendingRecoveryView>,
}

impl GuardianshipView {
    /// As it is at a law time.
    #[must_use]
    pub fn new(guardianship: &Guardianship, law_time: Time) -> Self {
        let ahead = |time: Time| (time > law_time).then(|| time.0.into());
        Self {
            guardians: ids(guardianship.guardians.as_slice()),
            threshold: guardianship.threshold,
            frozen_until: ahead(guardianship.frozen_until),
            next_freeze: ahead(guardianship.next_freeze),
            change: guardianship
                .change
                .as_ref()
                .map(|change| PendingGuardiansView {
                    guardians: ids(change.guardians.as_slice()),
                    threshold: change.threshold,
                    due: change.due.0.into(),
                }),
            recovery: guardianship
                .recovery
                .as_ref()
                .map(|recovery| PendingRecoveryView {
                    new_key: recovery.new_key.into(),
                    generation: recovery.generation,
                    opened: recovery.opened.into(),
                    due: recovery.due.0.into(),
                    attester: recovery.attested.map(|(attester, _)| attester.into()),
                    evidence: recovery.attested.map(|(_, evidence)| evidence.into()),
                }),
        }
    }
}

fn ids(members: &[nexus_types::IdentityId]) -> Vec<WireIdentity> {
    members.iter().copied().map(Into::into).collect()
}

/// Other guardians, waiting for their delay.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingGuardiansView {
    /// Who.
    pub guardians: Vec<WireIdentity>,
    /// How many of them act together.
    pub threshold: u8,
    /// Law time from which they are, milliseconds.
    pub due: WireU64,
}

/// Another key, waiting for its delay.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingRecoveryView {
    /// The key.
    pub new_key: WireKey,
    /// The generation it will have.
    pub generation: u32,
    /// The block in which guardians asked for it.
    pub opened: WireU64,
    /// Law time from which it holds, milliseconds.
    pub due: WireU64,
    /// Who attested it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attester: Option<WireIdentity>,
    /// SHA-256 of the attester's evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<WireHash>,
}

/// One member.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// Who.
    pub identity: WireIdentity,
    /// As what.
    pub role: ImvuRole,
}

impl MemberView {
    /// Everybody in a team.
    #[must_use]
    pub fn all(team: &Team) -> Vec<Self> {
        let member = |(identity, role): &(nexus_types::IdentityId, guardian::ImvuRole)| Self {
            identity: (*identity).into(),
            role: (*role).into(),
        };
        team.members.iter().map(member).collect()
    }
}
