//! What CometBFT is told of the validator set: at the end of each block, the difference between the seats as they are now and
//! the set that it holds, which is the seats as they were at the end of the block before (law §9). One entry a key, and never
//! one for a key that it does not know and that has no power.

use crate::view::{View, Writes, read};
use alloc::vec::Vec;
use nexus_types::decode;
use nexus_types::governance::ValidatorPower;
use nexus_types::state::Seat;
use nexus_types::state_key::{self, KeyKind};

/// The consensus keys that have another power than before the block's writes, ascending.
pub(crate) fn changed(before: &dyn View, writes: &Writes) -> Vec<ValidatorPower> {
    let (from, to) = state_key::range_of(KeyKind::Seat);
    let mut changed = Vec::new();
    for (key, written) in writes.range(from..to) {
        let known = read::<Seat>(before, key);
        let now = written
            .as_deref()
            .and_then(|bytes| decode::<Seat>(bytes).ok());
        let Some(seat) = now.as_ref().or(known.as_ref()) else {
            continue;
        };
        let (had, has) = (
            known.as_ref().map_or(0, |seat| seat.power),
            now.as_ref().map_or(0, |seat| seat.power),
        );
        if had != has {
            changed.push(ValidatorPower {
                key: seat.key,
                power: has,
            });
        }
    }
    changed
}
