//! External names, grants, delegations and transfer codes.

use super::{Fault, Ledger, fault, stands_under};
use crate::law::{children, external};
use alloc::collections::BTreeSet;
use nexus_types::crypto::admit_key;
use nexus_types::domain::{
    ChildGrant, DelegationRecord, ExternalClaim, ExternalName, NameVotes, TransferKey,
};
use nexus_types::state::{Domain, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{ImvuId, Name, Time};

fn holder(ledger: &Ledger<'_>, name: &Name) -> Result<Option<ImvuId>, Fault> {
    let domain = ledger.get::<Domain>(&state_key::domain(name))?;
    Ok(domain.and_then(|domain| domain.imvu))
}

fn due_then(
    ledger: &Ledger<'_>,
    key: &StateKey,
    (due, item): (Time, TimedItem),
) -> Result<(), Fault> {
    if ledger.exists(&state_key::timed(due.0, &item)) {
        return Ok(());
    }
    fault(key, format_args!("nothing will do {item:?} at {due}"))
}

fn one_vote_each(key: &StateKey, votes: &NameVotes) -> Result<(), Fault> {
    let mut voters = BTreeSet::new();
    for vote in votes.as_slice() {
        if !voters.insert(vote.observer) {
            return fault(key, format_args!("{} has voted twice", vote.observer));
        }
    }
    Ok(())
}

/// Claims wait for their end; a bound name that this network does not grant is observed, and no other is.
pub(super) fn observed(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<ExternalClaim>(KeyKind::ExternalClaim, |key, it| {
        stands_under(key, &state_key::external_claim(&it.name, &it.imvu))?;
        if holder(ledger, &it.name)?.as_ref() == Some(&it.imvu) {
            return fault(key, "it claims what it has");
        }
        one_vote_each(key, &it.votes)?;
        due_then(ledger, key, external::end_of(&it))
    })?;
    ledger.each::<ExternalName>(KeyKind::ExternalName, |key, it| {
        stands_under(key, &state_key::external_name(&it.name))?;
        let held = holder(ledger, &it.name)?;
        if held.as_ref() != Some(&it.imvu) {
            return fault(key, format_args!("{held:?} holds it, not {}", it.imvu));
        }
        if crate::law::names::is_granted(ledger.view, &it.name) {
            return fault(key, "this network grants it");
        }
        one_vote_each(key, &it.votes)?;
        due_then(ledger, key, external::round_of(&it))
    })
}

/// A grant that was used is of the name's holder; one that was not will end.
pub(super) fn granted(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<ChildGrant>(KeyKind::ChildGrant, |key, it| {
        stands_under(key, &state_key::child_grant(&it.child))?;
        if !it.child.is_below(&it.parent) {
            return fault(key, format_args!("it is not below {}", it.parent));
        }
        match children::timer(&it) {
            Some(timer) => due_then(ledger, key, timer),
            None if holder(ledger, &it.child)?.as_ref() == Some(&it.imvu) => Ok(()),
            None => fault(key, format_args!("{} does not hold it", it.imvu)),
        }
    })
}

/// A delegation takes the place of a zone, and outlasts its holder.
pub(super) fn delegated(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<DelegationRecord>(KeyKind::Delegation, |key, it| {
        stands_under(key, &state_key::delegation(&it.name))?;
        if !it.delegation.is_sound(&it.name) {
            return fault(key, "nothing can be delegated so");
        }
        let domain = ledger.get::<Domain>(&state_key::domain(&it.name))?;
        let held = domain.map(|domain| domain.imvu);
        if held != Some(it.imvu.clone()) {
            return fault(key, format_args!("{held:?} holds it, not {:?}", it.imvu));
        }
        if ledger.exists(&state_key::zone(&it.name)) {
            return fault(key, "it has a zone as well");
        }
        if external::is_one(ledger.view, &it.name) {
            return fault(key, "an external name is delegated at its registrar");
        }
        Ok(())
    })
}

/// A transfer code is its holder's, by a key that the law admits.
pub(super) fn codes(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<TransferKey>(KeyKind::TransferKey, |key, it| {
        stands_under(key, &state_key::transfer_key(&it.name))?;
        if holder(ledger, &it.name)?.as_ref() != Some(&it.imvu) {
            return fault(key, format_args!("{} does not hold it", it.imvu));
        }
        admit_key(&it.code.key).or_else(|error| fault(key, error))
    })
}

/// What a timer of names is about.
pub(super) fn timer(
    ledger: &Ledger<'_>,
    key: &StateKey,
    item: &TimedItem,
    due: u64,
) -> Result<(), Fault> {
    let expected = match item {
        TimedItem::EndClaim(name, imvu) => ledger
            .get::<ExternalClaim>(&state_key::external_claim(name, imvu))?
            .map(|it| external::end_of(&it)),
        TimedItem::EndRound(name) => ledger
            .get::<ExternalName>(&state_key::external_name(name))?
            .map(|it| external::round_of(&it)),
        TimedItem::EndGrant(child) => ledger
            .get::<ChildGrant>(&state_key::child_grant(child))?
            .and_then(|it| children::timer(&it)),
        _ => None,
    };
    if expected.is_some_and(|(at, _)| at == Time(due)) {
        return Ok(());
    }
    fault(key, "nothing of names ends then")
}
