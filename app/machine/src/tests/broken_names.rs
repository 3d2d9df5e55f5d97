//! Ways to break what the invariants say of names that are proven, granted, delegated or handed over, each by hand.

use super::invariants::{Break, alter, first, remove};
use super::naming::*;
use super::world::*;
use nexus_types::domain::{ChildGrant, DelegationRecord, ExternalClaim, ExternalName, TransferKey};
use nexus_types::encoding::{List, encode};
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{KeyBytes, decode};

const OBSERVED: &str = "names that are not granted are observed";
const BOUND: &str = "a bound name has its zone, a zone its bound name";
const NESTING: &str = "no name lies within another IMVU's";
const GRANTED: &str = "a grant below a name is open or used";
const DELEGATED: &str = "a delegation stands in the place of a zone";
const CODES: &str = "a transfer code is its holder's";
const TIMERS: &str = "each timer has its object, each object its timer";
const COUNTS: &str = "an IMVU's counts are those of its objects";

const USED: &str = "used.alice.demo.example";
const OPEN: &str = "open.alice.demo.example";
const AWAY: &str = "away.demo.example";
const LEFT: &str = "left.demo.example";

/// A proven name with a vote on it and another's claim, a grant that was used and one that was not, a delegated name and one
/// that was freed since, and a code.
pub(super) fn names(world: &mut World) {
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let known = world.memory.state.get(&state_key::observers()).cloned();
    let all = world.prove(&alice, "IMVU-042", EXTERNAL);
    world.all_observe(&all[2..], "IMVU-042", EXTERNAL, false);
    world.must(&bob, claim_external("IMVU-B", EXTERNAL));
    world.all_observe(&all[2..], "IMVU-B", EXTERNAL, false);
    // The register is as governance left it.
    world
        .memory
        .state
        .insert(state_key::observers(), known.unwrap());
    world.must(
        &alice,
        grant_child("alice.demo.example", USED, Some("IMVU-B")),
    );
    world.must(
        &alice,
        grant_child("alice.demo.example", OPEN, Some("IMVU-B")),
    );
    world.must(&bob, claim_domain("IMVU-B", USED));
    for name in [AWAY, LEFT] {
        world.must(&alice, claim_domain("IMVU-042", name));
        world.must(&alice, delegate(name, Some(own_servers())));
    }
    world.must(&alice, release(LEFT));
    let put = put_code(world, EXTERNAL, 14);
    world.must(&alice, put);
}

fn timer(memory: &Memory, wanted: impl Fn(&TimedItem) -> bool) -> StateKey {
    first(memory, KeyKind::Timed, |bytes| {
        wanted(&decode(bytes).unwrap())
    })
}

fn claim() -> StateKey {
    state_key::external_claim(&name(EXTERNAL), &imvu("IMVU-B"))
}

fn bound() -> StateKey {
    state_key::external_name(&name(EXTERNAL))
}

fn counted(memory: &mut Memory, by: i32) {
    alter::<Imvu>(memory, &state_key::imvu(&imvu("IMVU-042")), |it| {
        it.state_keys = it.state_keys.checked_add_signed(by).unwrap();
    });
}

pub(super) const BREAKS: &[(&str, Break)] = &[
    (BOUND, |_, memory| {
        // Neither granted nor observed.
        remove(memory, &bound());
        counted(memory, -1);
    }),
    (COUNTS, |_, memory| remove(memory, &bound())),
    (COUNTS, |_, memory| remove(memory, &claim())),
    (COUNTS, |_, memory| {
        remove(memory, &state_key::transfer_key(&name(EXTERNAL)));
    }),
    (COUNTS, |_, memory| {
        remove(memory, &state_key::child_grant(&name(OPEN)));
    }),
    (OBSERVED, |_, memory| {
        alter::<ExternalName>(memory, &bound(), |it| {
            it.votes = List::new([it.votes.as_slice(), it.votes.as_slice()].concat()).unwrap();
        });
    }),
    (OBSERVED, |_, memory| {
        alter::<ExternalName>(memory, &bound(), |it| it.due = it.due.plus_ms(1));
    }),
    (OBSERVED, |_, memory| {
        alter::<ExternalClaim>(memory, &claim(), |it| it.settles = Some(it.expires));
    }),
    (OBSERVED, |_, memory| {
        let timer = timer(memory, |item| matches!(item, TimedItem::EndClaim(..)));
        remove(memory, &timer);
    }),
    (TIMERS, |_, memory| {
        let item = TimedItem::EndRound(name("free.world"));
        memory
            .state
            .insert(state_key::timed(7, &item), encode(&item));
    }),
    (TIMERS, |_, memory| {
        let item = TimedItem::EndGrant(name(USED));
        memory
            .state
            .insert(state_key::timed(7, &item), encode(&item));
    }),
    (NESTING, |_, memory| {
        remove(memory, &state_key::child_grant(&name(USED)));
        alter::<Imvu>(memory, &state_key::imvu(&imvu("IMVU-B")), |it| {
            it.state_keys -= 1
        });
    }),
    (GRANTED, |_, memory| {
        let timer = timer(memory, |item| matches!(item, TimedItem::EndGrant(_)));
        remove(memory, &timer);
    }),
    (GRANTED, |_, memory| {
        alter::<ChildGrant>(memory, &state_key::child_grant(&name(OPEN)), |it| {
            it.parent = name("bob.demo.example");
        });
    }),
    (BOUND, |_, memory| {
        remove(memory, &state_key::delegation(&name(AWAY)));
        counted(memory, 1);
    }),
    (DELEGATED, |_, memory| {
        alter::<DelegationRecord>(memory, &state_key::delegation(&name(LEFT)), |it| {
            it.delegation.ttl = 0;
        });
    }),
    (DELEGATED, |_, memory| {
        let key = state_key::domain(&name(LEFT));
        remove(memory, &key);
    }),
    (CODES, |_, memory| {
        alter::<TransferKey>(memory, &state_key::transfer_key(&name(EXTERNAL)), |it| {
            let mut small = [0; 32];
            small[0] = 1;
            it.code.key = KeyBytes(small);
        });
    }),
];
