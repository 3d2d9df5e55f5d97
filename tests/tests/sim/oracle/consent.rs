//! What moves only with its creator's consent.

use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::quota::QuotaField;
use nexus_types::state::{ApprovalFate, ApprovalRecord, Imvu, Proposal};
use nexus_types::state_key::{self, KeyKind};

use super::people::binds;
use super::{Step, hold};

pub(super) fn quota_falls_only_with_consent(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Imvu) {
        let (Some(old), Some(new)) = (step.was::<Imvu>(key), step.becomes::<Imvu>(key)) else {
            continue;
        };
        let falls = QuotaField::ALL
            .into_iter()
            .find(|field| new.quota.get(*field) < old.quota.get(*field));
        if let Some(field) = falls {
            let consented = step
                .asked()
                .is_some_and(|change| step.consented(&old, &change));
            hold(consented, || {
                format!("{} of {} fell", field.name(), old.id.as_str())
            })?;
        }
        if new.quota != old.quota {
            let asked = matches!(step.asked(), Some(Change::Quota(_)));
            hold(asked, || {
                format!("the quota of {} moved by another action", old.id.as_str())
            })?;
        }
    }
    Ok(())
}

pub(super) fn routes_move_only_with_consent(step: &Step<'_>) -> Result<(), String> {
    let moved: Vec<_> = step
        .changed(KeyKind::Route)
        .chain(step.changed(KeyKind::PathPolicy))
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    let tx = step
        .admitted()
        .ok_or("a route moved without a transaction")?;
    let change = step.asked().ok_or("a route moved by another action")?;
    let id = match &tx.body.action {
        Action::ChangeRoute { imvu, .. } | Action::ChangePathPolicy { imvu, .. } => imvu.clone(),
        Action::SignApproval { proposal, .. } => {
            step.was::<Proposal>(&state_key::proposal(proposal))
                .ok_or("no proposal")?
                .imvu
        }
        _ => return Err("a route moved by another action".to_owned()),
    };
    let key = match &change {
        Change::Route(change) => state_key::route(&id, &change.prefix()),
        _ => state_key::path_policy(&id),
    };
    hold(moved == [&key], || {
        format!("{} routes or policies moved", moved.len())
    })?;
    let imvu = step.was::<Imvu>(&state_key::imvu(&id)).ok_or("no IMVU")?;
    hold(step.consented(&imvu, &change), || {
        format!("that of {} moved", id.as_str())
    })
}

pub(super) fn approvals_are_used_once(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Approval) {
        let (old, new) = (
            step.was::<ApprovalRecord>(key),
            step.becomes::<ApprovalRecord>(key),
        );
        hold(old.is_none() && new.is_some(), || {
            "the fate of an approval changed".to_owned()
        })?;
        let imvu = new.map(|record| record.imvu).ok_or("no record")?;
        let fate = step
            .becomes::<ApprovalRecord>(key)
            .map(|record| record.fate);
        let by_owner = step.admitted().map(|tx| tx.body.signer) == step.owner_of(&imvu);
        hold(fate == Some(ApprovalFate::Used) || by_owner, || {
            "revoked by another".to_owned()
        })?;
    }
    Ok(())
}

pub(super) fn imvus_keep_their_owner(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Imvu) {
        let new = step.becomes::<Imvu>(key).ok_or("an IMVU vanished")?;
        let signer = step.admitted().map(|tx| tx.body.signer);
        match step.was::<Imvu>(key) {
            None => hold(signer == Some(new.owner), || {
                "created for another".to_owned()
            })?,
            Some(old) => {
                let same = old.owner == new.owner && old.id == new.id && old.created == new.created;
                hold(same, || format!("{} has another owner", old.id.as_str()))?;
                let bound = match step.admitted().map(|tx| &tx.body.action) {
                    Some(Action::ObserveName(asked)) => binds(step, &asked.name, &old.id),
                    _ => false,
                };
                let authored = old.description == new.description
                    && old.jurisdiction == new.jurisdiction
                    && new.domains == old.domains + u32::from(bound && new.domains > old.domains);
                hold(authored || signer == Some(old.owner), || {
                    format!("{} was edited", old.id.as_str())
                })?;
            }
        }
    }
    Ok(())
}
