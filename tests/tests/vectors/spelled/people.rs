//! Guardians, recoveries and teams as the vectors spell them.

use super::{number, variant};
use nexus_types::guardian::{
    GuardianSet, Guardianship, ImvuRole, ProposeRecovery, RecoveryAttestation,
    RecoveryAttestationBody, Team,
};
use nexus_types::{Action, IdentityId};
use serde_json::{Value, json};

/// The contents of an action of people.
pub(super) fn action(action: &Action) -> Value {
    match action {
        Action::SetGuardians(choice) => {
            json!({"guardians": ids(&choice.guardians), "threshold": choice.threshold})
        }
        Action::FreezeIdentity(freeze) => json!({"identity": freeze.identity.to_string()}),
        Action::ThawIdentity(thaw) => json!({"identity": thaw.identity.to_string()}),
        Action::ProposeRecovery(asked) => recovery(asked),
        Action::VetoPending(veto) => json!({"identity": veto.identity.to_string()}),
        Action::SetMember(change) => json!({
            "imvu": change.imvu.as_str(),
            "member": change.member.to_string(),
            "role": change.role.as_ref().map(variant),
        }),
        _ => unreachable!("spelled elsewhere"),
    }
}

fn ids(guardians: &GuardianSet) -> Vec<String> {
    guardians
        .as_slice()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn recovery(asked: &ProposeRecovery) -> Value {
    json!({
        "identity": asked.identity.to_string(),
        "new_key": hex::encode(asked.new_key.0),
        "proof": hex::encode(asked.proof.0),
        "attestation": asked.attestation.as_ref().map(attestation),
    })
}

pub(crate) fn recovery_attestation_body(body: &RecoveryAttestationBody) -> Value {
    json!({
        "network": super::network(&body.network),
        "identity": body.identity.to_string(),
        "new_key": hex::encode(body.new_key.0),
        "attester": body.attester.to_string(),
        "generation": body.generation,
        "evidence": body.evidence.to_string(),
        "expires": number(body.expires.0),
    })
}

fn attestation(word: &RecoveryAttestation) -> Value {
    let body = &word.body;
    json!({
        "body": recovery_attestation_body(body),
        "signature": hex::encode(word.signature.0),
    })
}

/// How an identity is guarded.
pub(crate) fn guardianship(one: &Guardianship) -> Value {
    json!({
        "guardians": ids(&one.guardians),
        "threshold": one.threshold,
        "frozen_until": number(one.frozen_until.0),
        "next_freeze": number(one.next_freeze.0),
        "change": one.change.as_ref().map(|change| json!({
            "guardians": ids(&change.guardians),
            "threshold": change.threshold,
            "due": number(change.due.0),
        })),
        "recovery": one.recovery.as_ref().map(|asked| json!({
            "new_key": hex::encode(asked.new_key.0),
            "generation": asked.generation,
            "opened": number(asked.opened),
            "due": number(asked.due.0),
            "attested": asked.attested.map(|(attester, evidence)| json!({
                "attester": attester.to_string(),
                "evidence": evidence.to_string(),
            })),
        })),
    })
}

/// Who may act for an IMVU's owner.
pub(crate) fn team(team: &Team) -> Value {
    let member = |(identity, role): &(IdentityId, ImvuRole)| json!({"identity": identity.to_string(), "role": variant(role)});
    let members: Vec<Value> = team.members.iter().map(member).collect();
    json!({ "members": members })
}
