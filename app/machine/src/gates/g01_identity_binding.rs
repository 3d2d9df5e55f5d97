//! Gate 1, Identity Binding (handshake-55-45-17.md, gate 1): the signer is a verified, unrevoked
//! identity with the role the action needs. The signature itself was checked at admission.

use super::Judgement;
use crate::case::{Case, Standing};
use crate::law::seats;
use crate::signatures::registered_attester;
use nexus_types::Reason;
use nexus_types::action::Action;
use nexus_types::approval::Attestation;

/// The role an action needs.
enum Role {
    Verified,
    Owner,
    Officer,
    OwnerOrOfficer,
    /// Of any seat.
    Operator,
    /// Of the host the action names.
    HostOperator,
    Agent,
}

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    let role = match case.action() {
        Action::RegisterIdentity { attestation, .. } => {
            return attested(case, attestation.as_ref());
        }
        Action::ActivateImvu { .. }
        | Action::StopImvu { .. }
        | Action::MoveImvu { .. }
        | Action::DescribeImvu { .. }
        | Action::SetJurisdiction { .. }
        | Action::SignApproval { .. }
        | Action::RevokeApproval { .. } => Role::Owner,
        Action::ClaimDomain { .. } => return claimant(case),
        Action::ProposeQuota { .. }
        | Action::ProposeRoute { .. }
        | Action::ProposePathPolicy { .. }
        | Action::SetSplit { .. }
        | Action::ProposeParameter { .. }
        | Action::PlatformSuspend { .. } => Role::Officer,
        Action::ChangeQuota { .. }
        | Action::ChangeRoute { .. }
        | Action::ChangePathPolicy { .. } => Role::OwnerOrOfficer,
        Action::RegisterHost { .. } => Role::Operator,
        Action::ChangeHost { .. } | Action::RegisterAgent { .. } | Action::RegisterMeter { .. } => {
            Role::HostOperator
        }
        Action::Report(_) => Role::Agent,
        // Whose the thing is, is for gates 3, 4, 6 and 11 to say.
        Action::RotateKey { .. }
        | Action::RevokeIdentity
        | Action::CreateImvu { .. }
        | Action::ReleaseDomain { .. }
        | Action::SetRecords { .. }
        | Action::RemoveRecords { .. }
        | Action::SelfReportUsage { .. }
        | Action::DeleteAuditEntry { .. } => Role::Verified,
    };
    verified(case)?;
    let is_signing_officer = case
        .officers
        .iter()
        .any(|one| one.officer == case.tx.body.signer);
    match role {
        Role::Verified => Ok(()),
        // Nothing to own: the action's own rule answers that it does not exist.
        Role::Owner if case.by_owner() || case.imvu.is_none() => Ok(()),
        Role::Owner => Err(Reason::NotOwner),
        Role::Officer if is_signing_officer => Ok(()),
        Role::Officer => Err(Reason::NotOfficer),
        Role::OwnerOrOfficer if case.by_owner() || is_signing_officer => Ok(()),
        Role::OwnerOrOfficer => Err(Reason::NotOwner),
        Role::Operator | Role::HostOperator => operator(case),
        Role::Agent => match &case.agent {
            None => Err(Reason::NotAgent),
            Some(agent) if agent.usable_from > case.law_time => Err(Reason::NotYetUsable),
            Some(_) => Ok(()),
        },
    }
}

/// An organisation acts on its own hosts alone.
fn operator(case: &Case<'_>) -> Judgement {
    let signer = &case.tx.body.signer;
    let owns = case
        .host
        .as_ref()
        .is_none_or(|host| host.operator == *signer);
    // Whose name it would take is for the action's own rule: it exists already.
    let founds = matches!(case.action(), Action::RegisterHost { .. });
    if seats::is_operator(case.view, signer) && (owns || founds) {
        Ok(())
    } else {
        Err(Reason::NotOperator)
    }
}

fn verified(case: &Case<'_>) -> Judgement {
    match case.standing {
        Standing::Unregistered => Err(Reason::NotVerified),
        Standing::Revoked => Err(Reason::IdentityRevoked),
        Standing::Owner | Standing::Officer | Standing::Stranger => Ok(()),
    }
}

/// The IMVU that would hold the name is the signer's; the name's present holder is gate 3's matter.
fn claimant(case: &Case<'_>) -> Judgement {
    verified(case)?;
    match case.claimant() {
        Some(imvu) if imvu.owner != case.tx.body.signer => Err(Reason::NotOwner),
        _ => Ok(()),
    }
}

fn attested(case: &Case<'_>, attestation: Option<&Attestation>) -> Judgement {
    if case.standing == Standing::Revoked {
        return Err(Reason::IdentityRevoked);
    }
    let attestation = attestation.ok_or(Reason::AttestationMissing)?;
    if attestation.body.identity != case.tx.body.signer {
        return Err(Reason::AttestationVoid);
    }
    let attester = registered_attester(case.view, attestation).ok_or(Reason::AttesterUnknown)?;
    if attester.status != nexus_types::state::IdentityStatus::Active {
        return Err(Reason::AttesterUnknown);
    }
    if attestation.body.expires < case.law_time {
        return Err(Reason::AttestationExpired);
    }
    Ok(())
}
