//! How much power changes (law §9): less than a third of all in a trusting period, so that a light client that trusts a header
//! of its beginning still meets more than a third of the power it knows at its end.

use crate::law::money::books::Books;
use crate::law::seats;
use crate::view::View;
use alloc::vec::Vec;
use nexus_types::encoding::List;
use nexus_types::governance::{GovernanceChange, GovernanceProposal, PowerChange, SeatChanges};
use nexus_types::limits::POWER_CHANGES;
use nexus_types::state::{Seat, TimedItem};
use nexus_types::{Hash, KeyBytes, Time, state_key};

/// The power of every seat that has some: all have the same.
pub(super) fn of_one_seat(all: &[Seat]) -> u64 {
    all.iter().map(|seat| seat.power).max().unwrap_or(0)
}

/// The power that a change moves, and the greater of all power before and after it.
fn moves(view: &dyn View, change: &GovernanceChange) -> (u64, u64) {
    let all = seats::all(view);
    let total = all
        .iter()
        .map(|seat| seat.power)
        .fold(0, u64::saturating_add);
    let equal = of_one_seat(&all);
    let of = |key: &KeyBytes| {
        let seat = all.iter().find(|seat| seat.key == *key);
        seat.map_or(0, |seat| seat.power)
    };
    match change {
        GovernanceChange::AddValidator { .. } => (equal, total.saturating_add(equal)),
        GovernanceChange::RemoveValidator { seat } => (of(seat), total),
        GovernanceChange::RotateValidator { seat, .. } if of(seat) == 0 => {
            (equal, total.saturating_add(equal))
        }
        GovernanceChange::RotateValidator { seat, .. } => (of(seat), total),
        _ => (0, total),
    }
}

fn changes(books: &Books<'_>) -> SeatChanges {
    books.get(&state_key::seat_changes()).unwrap_or_default()
}

/// What still counts at a law time.
fn recent(changes: &SeatChanges, law_time: Time, trusting_ms: u64) -> Vec<PowerChange> {
    let mut recent = changes.recent.as_slice().to_vec();
    recent.retain(|one| one.at.plus_ms(trusting_ms) > law_time);
    recent
}

/// Whether as much power may change now. The first change of a trusting period always may: of fewer than four seats, each has
/// a third.
pub(super) fn has_room(books: &Books<'_>, proposal: &GovernanceProposal) -> bool {
    let (power, total) = books.look(|view| moves(view, &proposal.change));
    let known = recent(&changes(books), books.law_time, books.delays().trusting_ms);
    let spent = known
        .iter()
        .map(|one| one.power)
        .fold(0, u64::saturating_add);
    power == 0
        || spent == 0
        || u128::from(spent.saturating_add(power)).saturating_mul(3) < u128::from(total)
}

/// Whether a change of seats need not wait: there is room, and nothing waits before it.
pub(super) fn may_change(books: &Books<'_>, proposal: &GovernanceProposal) -> bool {
    queue(books).is_empty() && has_room(books, proposal)
}

/// Remembers that power changed now.
pub(crate) fn count_change(books: &mut Books<'_>, power: u64) {
    if power == 0 {
        return;
    }
    let known = changes(books);
    let mut recent = recent(&known, books.law_time, books.delays().trusting_ms);
    if recent.len() >= POWER_CHANGES {
        recent.remove(0);
    }
    recent.push(PowerChange {
        at: books.law_time,
        power,
    });
    let changes = SeatChanges {
        recent: List::new(recent).unwrap_or_default(),
        ..known
    };
    books.put(state_key::seat_changes(), &changes);
}

/// No light client's trust goes over the beginning of a recovery epoch: what changed before counts no longer.
pub(crate) fn forget(books: &mut Books<'_>) {
    let known = changes(books);
    let changes = SeatChanges {
        recent: List::default(),
        ..known
    };
    books.put(state_key::seat_changes(), &changes);
}

/// Remembers the power that a change moves, before it does.
pub(super) fn count(books: &mut Books<'_>, change: &GovernanceChange) {
    let (power, _) = books.look(|view| moves(view, change));
    count_change(books, power);
}

/// Those that wait, in their order.
pub(super) fn queue(books: &Books<'_>) -> Vec<Hash> {
    changes(books).queue.into_vec()
}

/// Has a proposal wait behind those that do.
pub(super) fn wait(books: &mut Books<'_>, id: &Hash) {
    let first = queue(books).is_empty();
    with_queue(books, |queue| queue.push(*id));
    if first {
        look_again(books);
    }
}

/// Takes a proposal out of the queue.
pub(super) fn leave(books: &mut Books<'_>, id: &Hash) {
    with_queue(books, |queue| queue.retain(|one| one != id));
}

fn with_queue(books: &mut Books<'_>, change: impl FnOnce(&mut Vec<Hash>)) {
    let known = changes(books);
    let mut queue = known.queue.as_slice().to_vec();
    change(&mut queue);
    // As many as proposals may be pending.
    let changes = SeatChanges {
        queue: List::new(queue).unwrap_or_default(),
        ..known
    };
    books.put(state_key::seat_changes(), &changes);
}

/// Looks again when the oldest change counts no longer, where something waits.
pub(super) fn look_again(books: &mut Books<'_>) {
    let known = changes(books);
    if known.queue.as_slice().is_empty() {
        return;
    }
    let trusting_ms = books.delays().trusting_ms;
    let oldest = recent(&known, books.law_time, trusting_ms)
        .first()
        .map(|one| one.at.plus_ms(trusting_ms));
    let due = oldest
        .unwrap_or(books.law_time)
        .max(books.law_time.plus_ms(1));
    books.later(due, &TimedItem::ChangeSeats);
}
