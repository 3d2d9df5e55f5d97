//! Governance as the vectors spell it.

use super::{number, one, variant};
use nexus_types::action::Action;
use nexus_types::governance::{
    GovernanceChange as Change, GovernanceProposal, GovernanceStatus, Registers, Restriction,
    ValidatorKeyBody,
};
use nexus_types::recovery::RecoveryBody;
use serde_json::{Value, json};

/// The contents of an action of governance.
pub(super) fn action(action: &Action) -> Value {
    match action {
        Action::SubmitGovernance(submit) => json!({"change": change(&submit.change)}),
        Action::CastBallot(ballot) => json!({
            "proposal": ballot.proposal.to_string(),
            "digest": ballot.digest.to_string(),
            "approve": ballot.approve,
        }),
        Action::WithdrawGovernance(withdraw) => {
            json!({"proposal": withdraw.proposal.to_string()})
        }
        Action::RestrictLegally(order) => json!({
            "imvu": order.imvu.as_str(),
            "order": order.order.to_string(),
            "scope": variant(order.scope),
            "until": number(order.until.0),
        }),
        Action::AppealRestriction(appeal) => {
            json!({"imvu": appeal.imvu.as_str(), "grounds": appeal.grounds.to_string()})
        }
        other => panic!("no action of governance: {other:?}"),
    }
}

fn change(change: &Change) -> Value {
    let contents = match change {
        Change::AdmitOfficer { officer } | Change::RemoveOfficer { officer } => {
            json!({"officer": officer.to_string()})
        }
        Change::SetOfficersThreshold { threshold } => json!({"threshold": threshold}),
        Change::AdmitAttester { attester } | Change::RemoveAttester { attester } => {
            json!({"attester": attester.to_string()})
        }
        Change::AdmitObserver {
            observer,
            name,
            platform,
        } => json!({
            "observer": observer.to_string(),
            "name": name.as_str(),
            "platform": platform,
        }),
        Change::RemoveObserver { observer } => json!({"observer": observer.to_string()}),
        Change::AddValidator {
            name,
            key,
            platform,
            operator,
            proof,
        } => json!({
            "name": name.as_str(),
            "key": hex::encode(key.0),
            "platform": platform,
            "operator": operator.to_string(),
            "proof": hex::encode(proof.0),
        }),
        Change::RemoveValidator { seat } => json!({"seat": hex::encode(seat.0)}),
        Change::RotateValidator {
            seat,
            new_key,
            proof,
        } => json!({
            "seat": hex::encode(seat.0),
            "new_key": hex::encode(new_key.0),
            "proof": hex::encode(proof.0),
        }),
        Change::AddJurisdiction { tag } | Change::RemoveJurisdiction { tag } => {
            json!({"tag": tag.as_str()})
        }
        Change::DenyName { name, below } => json!({"name": name.as_str(), "below": below}),
        Change::AllowName { name } => json!({"name": name.as_str()}),
        Change::ExtendContainment { imvu, span_ms } => {
            json!({"imvu": imvu.as_str(), "span_ms": number(*span_ms)})
        }
        Change::LiftRestriction { imvu } => json!({"imvu": imvu.as_str()}),
        Change::Upgrade {
            height,
            app_version,
            sha256,
        } => json!({
            "height": number(*height),
            "app_version": number(*app_version),
            "sha256": sha256.to_string(),
        }),
        Change::CancelUpgrade => return json!("cancelUpgrade"),
    };
    one(change.kind().name(), contents)
}

pub(super) fn restriction(restriction: &Restriction) -> Value {
    let appeal = restriction.appeal.map(|appeal| {
        json!({
            "grounds": appeal.grounds.to_string(),
            "at": number(appeal.at.0),
            "audit": number(appeal.audit),
        })
    });
    json!({
        "scope": variant(restriction.scope),
        "order": restriction.order.to_string(),
        "from": number(restriction.from.0),
        "until": number(restriction.until.0),
        "audit": number(restriction.audit),
        "appeal": appeal,
    })
}

/// What a new consensus key signs.
pub(crate) fn validator_key_body(body: &ValidatorKeyBody) -> Value {
    json!({
        "network": super::network(&body.network),
        "operator": body.operator.to_string(),
        "key": hex::encode(body.key.0),
    })
}

/// What two thirds of the seats sign after a disaster.
pub(crate) fn recovery_body(body: &RecoveryBody) -> Value {
    let seats = body.seats.as_slice().iter().map(|seat| {
        json!({
            "operator": seat.operator.to_string(),
            "key": hex::encode(seat.key.0),
        })
    });
    json!({
        "network": super::network(&body.network),
        "height": number(body.height),
        "app_hash": body.app_hash.to_string(),
        "time": number(body.time.0),
        "seats": seats.collect::<Vec<_>>(),
    })
}

/// A proposal.
pub(crate) fn proposal(proposal: &GovernanceProposal) -> Value {
    let votes = proposal.votes.as_slice().iter().map(|vote| {
        json!({
            "operator": vote.operator.to_string(),
            "seat": vote.seat.as_str(),
            "approve": vote.approve,
        })
    });
    json!({
        "id": proposal.id.to_string(),
        "change": change(&proposal.change),
        "proposer": proposal.proposer.to_string(),
        "basis": number(proposal.basis),
        "epoch": proposal.epoch,
        "opened": number(proposal.opened),
        "closes": number(proposal.closes.0),
        "audit": number(proposal.audit),
        "votes": votes.collect::<Vec<_>>(),
        "status": status(&proposal.status),
    })
}

fn status(status: &GovernanceStatus) -> Value {
    match status {
        GovernanceStatus::Open
        | GovernanceStatus::Queued
        | GovernanceStatus::Rejected
        | GovernanceStatus::Withdrawn => json!(variant(status)),
        GovernanceStatus::Passed { due } => json!({"passed": {"due": number(due.0)}}),
        GovernanceStatus::AtPeriod { begins } => json!({"atPeriod": {"begins": number(begins.0)}}),
        GovernanceStatus::Executed(height) => json!({"executed": number(*height)}),
        GovernanceStatus::Lapsed(lapse) => json!({"lapsed": variant(lapse)}),
    }
}

/// The registers' versions, and what is pending.
pub(crate) fn registers(registers: &Registers) -> Value {
    let open = registers.open.as_slice().iter().map(|one| {
        json!({
            "id": one.id.to_string(),
            "proposer": one.proposer.to_string(),
            "by_operator": one.by_operator,
        })
    });
    json!({
        "officers": number(registers.officers),
        "attesters": number(registers.attesters),
        "observers": number(registers.observers),
        "seats": number(registers.seats),
        "jurisdictions": number(registers.jurisdictions),
        "denied": number(registers.denied),
        "upgrade": number(registers.upgrade),
        "open": open.collect::<Vec<_>>(),
    })
}
