//! Seats, proposals, registers, restrictions.

use super::{Fault, Ledger, fault, stands_under};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use nexus_types::governance::{
    DeniedName, FormerKeys, GovernanceProposal, GovernanceStatus as Status, Observers, Registers,
    SeatChanges, UpgradePlan,
};
use nexus_types::payment::Enforcement;
use nexus_types::state::{Seat, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, ImvuId, Time};

/// One organisation, one seat, one name, one identity; all that have power have the same.
pub(super) fn seats(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut equal = None;
    let (mut names, mut operators) = (BTreeSet::new(), BTreeSet::new());
    ledger.each::<Seat>(KeyKind::Seat, |key, seat| {
        if !names.insert(seat.name) || !operators.insert(seat.operator) {
            return fault(key, "another seat has its name or its operator");
        }
        if !ledger.exists(&state_key::identity(&seat.operator)) {
            return fault(key, "its operator is no identity");
        }
        if seat.power > 0 && *equal.get_or_insert(seat.power) != seat.power {
            return fault(key, "another seat has another power");
        }
        Ok(())
    })?;
    let key = state_key::former_keys();
    let former = ledger.get::<FormerKeys>(&key)?.unwrap_or_default();
    let mut known = BTreeSet::new();
    for one in former.keys.as_slice() {
        if !known.insert(one.key) {
            return fault(&key, "a former key stands there twice");
        }
        if ledger.exists(&state_key::seat(&one.key)) {
            return fault(&key, "a seat has a former key");
        }
        if !ledger.exists(&state_key::identity(&one.operator)) {
            return fault(&key, "whose key it was is no identity");
        }
    }
    Ok(())
}

/// The pending ones are on the list, each with the timer of its stage; those that wait for room are in the queue.
pub(super) fn proposals(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let listed = ledger
        .get::<Registers>(&state_key::registers())?
        .unwrap_or_default();
    let changes = ledger
        .get::<SeatChanges>(&state_key::seat_changes())?
        .unwrap_or_default();
    let open: BTreeSet<Hash> = listed.open.as_slice().iter().map(|one| one.id).collect();
    let queue: BTreeSet<Hash> = changes.queue.as_slice().iter().copied().collect();
    let (mut pending, mut queued) = (0_usize, 0_usize);
    ledger.each::<GovernanceProposal>(KeyKind::Governance, |key, proposal| {
        stands_under(key, &state_key::governance(&proposal.id))?;
        let voted: BTreeSet<_> = proposal
            .votes
            .as_slice()
            .iter()
            .map(|one| one.operator)
            .collect();
        if voted.len() != proposal.votes.as_slice().len() {
            return fault(key, "a seat has voted twice");
        }
        if proposal.status.is_pending() != open.contains(&proposal.id) {
            return fault(
                key,
                "it is pending and not listed, or listed and not pending",
            );
        }
        if (proposal.status == Status::Queued) != queue.contains(&proposal.id) {
            return fault(
                key,
                "it waits for room and is not in the queue, or the reverse",
            );
        }
        pending = pending.saturating_add(usize::from(proposal.status.is_pending()));
        queued = queued.saturating_add(usize::from(proposal.status == Status::Queued));
        match timer_of(&proposal) {
            Some(timer) if !ledger.exists(&timer) => fault(key, "nothing will end its stage"),
            _ => Ok(()),
        }
    })?;
    if pending != listed.open.as_slice().len() {
        return fault(&state_key::registers(), "a listed proposal is not there");
    }
    if queued != changes.queue.as_slice().len() {
        return fault(&state_key::seat_changes(), "a queued proposal is not there");
    }
    if queued == 0 {
        return Ok(());
    }
    let mut looked_at = false;
    ledger.each::<TimedItem>(KeyKind::Timed, |_, item| {
        looked_at |= item == TimedItem::ChangeSeats;
        Ok(())
    })?;
    if looked_at {
        return Ok(());
    }
    fault(
        &state_key::seat_changes(),
        "seats wait to change, and nothing will change them",
    )
}

fn timer_of(proposal: &GovernanceProposal) -> Option<StateKey> {
    let enact = TimedItem::Enact(proposal.id);
    match proposal.status {
        Status::Open => Some(state_key::timed(
            proposal.closes.0,
            &TimedItem::EndVote(proposal.id),
        )),
        Status::Passed { due } => Some(state_key::timed(due.0, &enact)),
        Status::AtPeriod { begins } => Some(state_key::due(begins.0, &enact)),
        _ => None,
    }
}

pub(super) fn registers(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let key = state_key::observers();
    let observers = ledger.get::<Observers>(&key)?.unwrap_or_default();
    let all = observers.members.as_slice();
    let identities: BTreeSet<_> = all.iter().map(|one| one.identity).collect();
    let names: BTreeSet<_> = all.iter().map(|one| &one.name).collect();
    if identities.len() != all.len() || names.len() != all.len() {
        return fault(&key, "an organisation observes twice");
    }
    if let Some(stranger) = identities
        .iter()
        .find(|id| !ledger.exists(&state_key::identity(id)))
    {
        return fault(&key, format_args!("its member {stranger} is no identity"));
    }
    let platform = all.iter().filter(|one| one.platform).count();
    if platform > 0 && platform.saturating_mul(3) >= all.len() {
        return fault(&key, "a third of the observers is the platform's");
    }
    ledger.each::<DeniedName>(KeyKind::DeniedName, |key, denied| {
        stands_under(key, &state_key::denied_name(&denied.name))
    })?;
    let key = state_key::upgrade_plan();
    let Some(plan) = ledger.get::<UpgradePlan>(&key)? else {
        return Ok(());
    };
    let planned = ledger.get::<GovernanceProposal>(&state_key::governance(&plan.proposal))?;
    match planned.map(|proposal| proposal.status) {
        Some(Status::Executed(height)) if height < plan.height => {}
        _ => return fault(&key, "no vote has planned it"),
    }
    if ledger.clock()?.height >= plan.height {
        return fault(&key, "its height has come, and it is not done");
    }
    Ok(())
}

pub(super) fn restrictions(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Enforcement>(KeyKind::Enforcement, |key, held| {
        let all = held.restrictions.as_slice();
        let scopes: Vec<_> = all.iter().map(|one| one.scope).collect();
        if !scopes.is_sorted_by(|a, b| a < b) {
            return fault(key, "its restrictions are not ascending by scope");
        }
        let Some(imvu) = imvu_of(key) else {
            return fault(key, "the key is no IMVU");
        };
        for one in all {
            let item = TimedItem::Unrestrict(imvu.clone(), one.scope);
            if !ledger.exists(&state_key::timed(one.until.0, &item)) {
                return fault(
                    key,
                    format_args!("nothing ends its restriction of {}", one.scope),
                );
            }
        }
        Ok(())
    })
}

fn imvu_of(key: &StateKey) -> Option<ImvuId> {
    ImvuId::new(core::str::from_utf8(key.id()).ok()?).ok()
}

/// A timer of governance has what it is about, in the stage that it ends.
pub(super) fn timer(
    ledger: &Ledger<'_>,
    key: &StateKey,
    item: &TimedItem,
    due: u64,
) -> Result<(), Fault> {
    let right = match item {
        TimedItem::EndVote(id) => ledger
            .get::<GovernanceProposal>(&state_key::governance(id))?
            .is_some_and(|one| one.status == Status::Open && one.closes == Time(due)),
        TimedItem::Enact(id) => ledger
            .get::<GovernanceProposal>(&state_key::governance(id))?
            .is_some_and(|one| one.status == Status::Passed { due: Time(due) }),
        TimedItem::ChangeSeats => ledger
            .get::<SeatChanges>(&state_key::seat_changes())?
            .is_some_and(|changes| !changes.queue.as_slice().is_empty()),
        TimedItem::Unrestrict(imvu, scope) => ledger
            .get::<Enforcement>(&state_key::enforcement(imvu))?
            .is_some_and(|held| {
                let mut all = held.restrictions.as_slice().iter();
                all.any(|one| one.scope == *scope && one.until == Time(due))
            }),
        _ => true,
    };
    if right {
        return Ok(());
    }
    fault(key, format_args!("nothing is there for {item:?} to end"))
}

/// What waits for a period waits until it begins.
pub(super) fn at_period(
    ledger: &Ledger<'_>,
    key: &StateKey,
    id: &Hash,
    due: u64,
) -> Result<(), Fault> {
    let begins = Time(due);
    match ledger.get::<GovernanceProposal>(&state_key::governance(id))? {
        Some(proposal) if proposal.status == (Status::AtPeriod { begins }) => Ok(()),
        _ => fault(
            key,
            format_args!("proposal {id} does not wait for that period"),
        ),
    }
}
