//! Ways to break what the invariants say of governance, each by hand.

use super::invariants::{Break, alter, first, remove};
use super::world::*;
use nexus_types::encoding::{List, encode};
use nexus_types::governance::{
    DeniedName, FormerKeys, GovernanceProposal, GovernanceStatus, Observers, Registers,
    SeatChanges, UpgradePlan,
};
use nexus_types::payment::Enforcement;
use nexus_types::state::{Seat, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, IdentityId, decode};

const SEATS: &str = "seats are organisations of equal power";
const PROPOSALS: &str = "a proposal is pending, or something came of it";
const REGISTERS: &str = "registers hold what the law allows";
const RESTRICTIONS: &str = "restrictions end, one for each scope";
const TIMERS: &str = "each timer has its object, each object its timer";

fn proposal(memory: &Memory, wanted: impl Fn(GovernanceStatus) -> bool) -> StateKey {
    first(memory, KeyKind::Governance, |bytes| {
        wanted(decode::<GovernanceProposal>(bytes).unwrap().status)
    })
}

fn timer(memory: &Memory, wanted: impl Fn(&TimedItem) -> bool) -> StateKey {
    first(memory, KeyKind::Timed, |bytes| {
        wanted(&decode(bytes).unwrap())
    })
}

fn held(memory: &mut Memory, change: impl FnOnce(&mut Enforcement)) {
    alter(memory, &state_key::enforcement(&imvu("IMVU-042")), change);
}

pub(super) const BREAKS: &[(&str, Break)] = &[
    (SEATS, |world, memory| {
        let seat = world.seat_of(&world.operators[1]).unwrap();
        let key = state_key::seat(&seat.key);
        alter::<Seat>(memory, &key, |seat| seat.power += 1);
    }),
    (SEATS, |world, memory| {
        let seat = world.seat_of(&world.operators[1]).unwrap();
        let other = world.operators[2].id;
        let key = state_key::seat(&seat.key);
        alter::<Seat>(memory, &key, |seat| seat.operator = other);
    }),
    (SEATS, |world, memory| {
        let seat = world.seat_of(&world.operators[1]).unwrap();
        alter::<FormerKeys>(memory, &state_key::former_keys(), |former| {
            let mut keys = former.keys.as_slice().to_vec();
            keys[0].key = seat.key;
            former.keys = List::new(keys).unwrap();
        });
    }),
    (SEATS, |_, memory| {
        alter::<FormerKeys>(memory, &state_key::former_keys(), |former| {
            let mut keys = former.keys.as_slice().to_vec();
            keys.push(keys[0]);
            former.keys = List::new(keys).unwrap();
        });
    }),
    (SEATS, |_, memory| {
        alter::<FormerKeys>(memory, &state_key::former_keys(), |former| {
            let mut keys = former.keys.as_slice().to_vec();
            keys[0].operator = IdentityId(Hash([1; 32]));
            former.keys = List::new(keys).unwrap();
        });
    }),
    (PROPOSALS, |_, memory| {
        alter::<Registers>(memory, &state_key::registers(), |registers| {
            registers.open = List::default();
        });
    }),
    (PROPOSALS, |_, memory| {
        let passed = proposal(memory, |one| matches!(one, GovernanceStatus::Passed { .. }));
        alter::<GovernanceProposal>(memory, &passed, |proposal| {
            let mut votes = proposal.votes.as_slice().to_vec();
            votes.push(votes[0].clone());
            proposal.votes = List::new(votes).unwrap();
        });
    }),
    (PROPOSALS, |_, memory| {
        alter::<SeatChanges>(memory, &state_key::seat_changes(), |changes| {
            changes.queue = List::new(vec![Hash([1; 32])]).unwrap();
        });
    }),
    (PROPOSALS, |_, memory| {
        let vote = timer(memory, |item| matches!(item, TimedItem::EndVote(_)));
        remove(memory, &vote);
    }),
    (PROPOSALS, |_, memory| {
        let lock = timer(memory, |item| matches!(item, TimedItem::Enact(_)));
        remove(memory, &lock);
    }),
    (TIMERS, |_, memory| {
        let item = TimedItem::ChangeSeats;
        let key = state_key::timed(7, &item);
        memory.state.insert(key, encode(&item));
    }),
    (TIMERS, |_, memory| {
        let item = TimedItem::Enact(Hash([1; 32]));
        let key = state_key::due(7, &item);
        memory.state.insert(key, encode(&item));
    }),
    (TIMERS, |_, memory| {
        held(memory, |held| held.restrictions = List::default());
    }),
    (REGISTERS, |_, memory| {
        alter::<Observers>(memory, &state_key::observers(), |observers| {
            let mut all = observers.members.as_slice().to_vec();
            all[0].platform = true;
            observers.members = List::new(all).unwrap();
        });
    }),
    (REGISTERS, |_, memory| {
        alter::<Observers>(memory, &state_key::observers(), |observers| {
            let mut all = observers.members.as_slice().to_vec();
            all.push(all[0].clone());
            observers.members = List::new(all).unwrap();
        });
    }),
    (REGISTERS, |world, memory| {
        let key = first(memory, KeyKind::DeniedName, |_| true);
        let name = world.name("other.demo.example");
        alter::<DeniedName>(memory, &key, |denied| denied.name = name);
    }),
    (REGISTERS, |_, memory| {
        alter::<UpgradePlan>(memory, &state_key::upgrade_plan(), |plan| {
            plan.proposal = Hash([1; 32]);
        });
    }),
    (REGISTERS, |world, memory| {
        let height = world.now.height;
        alter::<UpgradePlan>(memory, &state_key::upgrade_plan(), |plan| {
            plan.height = height - 1;
        });
    }),
    (RESTRICTIONS, |_, memory| {
        let end = timer(memory, |item| matches!(item, TimedItem::Unrestrict(..)));
        remove(memory, &end);
    }),
    (RESTRICTIONS, |_, memory| {
        held(memory, |held| {
            let mut all = held.restrictions.as_slice().to_vec();
            all.push(all[0].clone());
            held.restrictions = List::new(all).unwrap();
        });
    }),
];
