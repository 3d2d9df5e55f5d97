//! Seats: the organisations that run validators (law §9).

use crate::view::View;
use alloc::vec::Vec;
use nexus_types::state::Seat;
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{IdentityId, decode};

/// All seats, ascending by key.
pub(crate) fn all(view: &dyn View) -> Vec<Seat> {
    let (mut from, to) = state_key::range_of(KeyKind::Seat);
    let mut seats = Vec::new();
    while let Some((key, bytes)) = view.first_in(&from, &to) {
        seats.extend(decode::<Seat>(&bytes));
        let mut next = key.into_bytes();
        next.push(0);
        from = StateKey::from_bytes(next);
    }
    seats
}

/// Whether the identity is an organisation's own.
pub(crate) fn is_operator(view: &dyn View, id: &IdentityId) -> bool {
    all(view).iter().any(|seat| seat.operator == *id)
}
