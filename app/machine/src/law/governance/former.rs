//! Consensus keys that seats had: evidence of what such a key signed may come when it is no seat's any longer (law §9).

use crate::block::address;
use crate::law::money::books::Books;
use crate::law::seats;
use crate::view::{View, read};
use alloc::vec::Vec;
use nexus_types::encoding::List;
use nexus_types::governance::{FormerKey, FormerKeys};
use nexus_types::limits::FORMER_KEYS;
use nexus_types::state::Seat;
use nexus_types::{KeyBytes, state_key};

/// Remembers whose key a seat's was, where the seat has power: one that evidence has taken its power of has answered for it,
/// and whoever stole its key could otherwise take it again and again.
pub(super) fn remember(books: &mut Books<'_>, seat: &Seat) {
    if seat.power == 0 {
        return;
    }
    let former = FormerKey {
        key: seat.key,
        operator: seat.operator,
        until: books.now.height,
    };
    change(books, |keys| {
        keys.retain(|one| one.key != former.key);
        // The oldest is one that CometBFT takes no evidence against any longer.
        if keys.len() >= FORMER_KEYS {
            keys.remove(0);
        }
        keys.push(former);
    });
}

/// A key that is a seat's again answers as that seat.
pub(super) fn forget(books: &mut Books<'_>, key: &KeyBytes) {
    let known = books.get::<FormerKeys>(&state_key::former_keys());
    if known.is_some_and(|known| known.keys.as_slice().iter().any(|one| one.key == *key)) {
        change(books, |keys| keys.retain(|one| one.key != *key));
    }
}

fn change(books: &mut Books<'_>, change: impl FnOnce(&mut Vec<FormerKey>)) {
    let known: FormerKeys = books.get(&state_key::former_keys()).unwrap_or_default();
    let mut keys = known.keys.into_vec();
    change(&mut keys);
    let keys = List::new(keys).unwrap_or_default();
    books.put(state_key::former_keys(), &FormerKeys { keys });
}

/// The seat with power that answers for what the validator of that address signed: the one that has the key, or else the one
/// of the organisation that had it.
pub(crate) fn answering(view: &dyn View, validator: [u8; 20]) -> Option<Seat> {
    let with_power = |seat: &Seat| seat.power > 0;
    let mut all = seats::all(view);
    all.retain(with_power);
    if let Some(seat) = all.iter().find(|seat| address(&seat.key) == validator) {
        return Some(seat.clone());
    }
    let former: FormerKeys = read(view, &state_key::former_keys())?;
    let mut keys = former.keys.as_slice().iter();
    let operator = keys.find(|one| address(&one.key) == validator)?.operator;
    all.into_iter().find(|seat| seat.operator == operator)
}
