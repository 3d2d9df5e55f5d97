//! Gate 1, Identity Binding (handshake-55-45-17.md, gate 1): the signer is a verified, unrevoked
//! identity with the role the action needs. The signature itself was checked at admission.

use super::Judgement;
use crate::case::{Case, Standing};
use crate::law::money::{facts, mandates};
use crate::law::{consent, exit, external, governance, guardians, seats, snapshots};
use crate::signatures::registered_attester;
use nexus_types::action::Action;
use nexus_types::approval::Attestation;
use nexus_types::guardian::SetMember;
use nexus_types::{Reason, Role};

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    let role = case.action().kind().role();
    if let Action::RegisterIdentity { attestation, .. } = case.action() {
        return attested(case, attestation.as_ref());
    }
    verified(case)?;
    not_frozen(case)?;
    let is_signing_officer = case
        .officers
        .iter()
        .any(|one| one.officer == case.tx.body.signer);
    match role {
        // A registration was judged above: it alone asks for an attestation.
        Role::Attested | Role::Verified => Ok(()),
        Role::Claimant => claimant(case),
        // Nothing to own: the action's own rule answers that it does not exist.
        Role::Owner if case.acts_for_owner() || case.imvu.is_none() => Ok(()),
        Role::Owner => Err(Reason::NotOwner),
        Role::Officer if is_signing_officer => Ok(()),
        Role::Officer => Err(Reason::NotOfficer),
        Role::OwnerOrOfficer if case.acts_for_owner() || is_signing_officer => Ok(()),
        Role::OwnerOrOfficer => Err(Reason::NotOwner),
        Role::Operator | Role::HostOperator => operator(case),
        Role::Seats => facts::two_thirds(case),
        Role::Processor => facts::is_processors(case),
        Role::ProcessorOrLoser => match case.action() {
            Action::ResolveDispute { won: false, .. } if case.acts_for_owner() => Ok(()),
            _ => facts::is_processors(case),
        },
        Role::Payer => payer(case),
        Role::PayerOrOwner => payer_or_owner(case),
        Role::CopyHolder => consent::holds_copies(case),
        Role::SnapshotAgent => snapshots::is_asked(case),
        Role::Packer => exit::is_packer(case),
        Role::OfficerAndOwner if !is_signing_officer => Err(Reason::NotOfficer),
        Role::OfficerAndOwner => creator_agrees(case),
        Role::Guardians => guardians_signed(case),
        Role::HolderOrGuardians => match guardians::guarded(case.action()) {
            Some(id) => {
                guardians::have_signed(case, id).or_else(|_| guardians::holder_may_veto(case, id))
            }
            None => Ok(()),
        },
        Role::OwnerOrMember => match case.action() {
            Action::SetMember(change) if case.by_owner() || leaves(case, change) => Ok(()),
            _ if case.imvu.is_none() => Ok(()),
            _ => Err(Reason::NotOwner),
        },
        Role::Submitter => match case.action() {
            Action::SubmitGovernance(submit) => governance::may_submit(case, &submit.change),
            _ => Err(Reason::NotOperator),
        },
        Role::Proposer => match case.action() {
            Action::WithdrawGovernance(withdraw) => {
                governance::is_proposers(case, &withdraw.proposal)
            }
            _ => Err(Reason::NotProposer),
        },
        Role::Observer if external::is_observer(case.view, &case.tx.body.signer) => Ok(()),
        Role::Observer => Err(Reason::NotObserver),
        Role::OperatorOrOfficer if is_signing_officer => Ok(()),
        Role::OperatorOrOfficer => operator(case),
        Role::Agent => match &case.agent {
            None => Err(Reason::NotAgent),
            Some(agent) if agent.usable_from > case.law_time => Err(Reason::NotYetUsable),
            Some(_) => Ok(()),
        },
    }
}

/// A member goes when it wants to.
fn leaves(case: &Case<'_>, change: &SetMember) -> bool {
    change.member == case.tx.body.signer && change.role.is_none()
}

fn guardians_signed(case: &Case<'_>) -> Judgement {
    let Some(id) = guardians::guarded(case.action()) else {
        return Ok(());
    };
    guardians::have_signed(case, id)?;
    match case.action() {
        Action::ProposeRecovery(recovery) => guardians::check_recovery(case, recovery),
        _ => Ok(()),
    }
}

/// What a thief would want waits while guardians hold the identity frozen.
fn not_frozen(case: &Case<'_>) -> Judgement {
    let freezes = case.action().kind().is_frozen();
    if freezes && guardians::of(case.view, &case.tx.body.signer).is_frozen(case.law_time) {
        Err(Reason::IdentityFrozen)
    } else {
        Ok(())
    }
}

/// Nobody is made to pay by others, and nobody pays for an IMVU that its owner would not have paid for.
fn payer(case: &Case<'_>) -> Judgement {
    match (case.action(), &case.imvu) {
        (Action::SignMandate { payer, .. }, _) if *payer != case.tx.body.signer => {
            Err(Reason::NotPayer)
        }
        (_, Some(imvu)) if !facts::has_signed(case, &imvu.owner) => Err(Reason::OwnerNotSigned),
        _ => Ok(()),
    }
}

fn payer_or_owner(case: &Case<'_>) -> Judgement {
    let Some(imvu) = &case.imvu else {
        return Ok(());
    };
    let pays = mandates::in_force(case.view, &imvu.id, case.now.time)
        .is_some_and(|mandate| mandate.payer == case.tx.body.signer);
    if pays || case.acts_for_owner() {
        Ok(())
    } else {
        Err(Reason::NotPayer)
    }
}

/// A creator gives its 55 % back to somebody else only with its own signature.
fn creator_agrees(case: &Case<'_>) -> Judgement {
    match (case.action(), &case.imvu) {
        (Action::CorrectCharge { payer, .. }, Some(imvu))
            if *payer != imvu.owner && !facts::has_signed(case, &imvu.owner) =>
        {
            Err(Reason::OwnerNotSigned)
        }
        _ => Ok(()),
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
        Standing::Owner | Standing::Delegate | Standing::Officer | Standing::Stranger => Ok(()),
    }
}

/// The IMVU that would hold the name is the signer's; the name's present holder is gate 3's matter.
fn claimant(case: &Case<'_>) -> Judgement {
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
