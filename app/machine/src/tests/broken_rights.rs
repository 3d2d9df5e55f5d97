//! Ways to break what the invariants say of consents and snapshots, each by hand.

use super::consents::{SUBJECT, consent, deletion, erasure, revocation};
use super::hosting::*;
use super::invariants::{Break, alter, first, remove};
use super::snapshots::{drop_it, request, restore};
use super::world::*;
use nexus_types::consent::{ConsentFate, Consents, Erasure};
use nexus_types::encoding::encode;
use nexus_types::host::{AgentKind, Assignment, Item, Spec};
use nexus_types::snapshot::{Snapshot, SnapshotStatus, Snapshots};
use nexus_types::state::TimedItem;
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{List, Time};

const CONSENTS: &str = "a subject's consents are in sequence";
const SNAPSHOTS: &str = "snapshots are numbered, and their hosts are told";
const STAYS: &str = "where an IMVU is placed, it was";
const ASSIGNED: &str = "what is placed is assigned";
const TIMERS: &str = "each timer has its object, each object its timer";

/// IMVU-042, which runs on host-1, with a subject's consents, of which some are erased, and with snapshots: one dropped, one
/// kept and being put back, one asked for.
pub(super) fn add_rights(world: &mut World) {
    for action in [consent(0), consent(1), revocation(2, 0), erasure(3, 0)] {
        world.must_as_alice(action);
    }
    world.must(&agent_of("host-1", AgentKind::Mail), deletion(3));
    let now = world.now.time.0;
    for day in 1..=2 {
        world.snapshot("host-1");
        world.pass(now + day * DAY);
    }
    world.must_as_alice(drop_it(1));
    world.must_as_alice(restore(ID, 2));
    world.must_as_alice(request());
}

fn subject() -> StateKey {
    state_key::consents(&imvu(ID), &SUBJECT)
}

fn numbered(number: u64) -> StateKey {
    state_key::snapshot(&imvu(ID), number)
}

fn told(item: &Item) -> StateKey {
    state_key::assignment(&host("host-1"), AgentKind::Compute, item)
}

pub(super) const BREAKS: &[(&str, Break)] = &[
    (CONSENTS, |_, memory| {
        alter::<Consents>(memory, &subject(), |it| it.next += 1);
    }),
    (CONSENTS, |_, memory| {
        // A revocation that never was: the consent stands again.
        alter::<Consents>(memory, &subject(), |it| {
            let mut fates = it.fates.as_slice().to_vec();
            fates[0] = ConsentFate::Revoked;
            fates[1] = ConsentFate::Standing;
            it.fates = List::new(fates).unwrap();
        });
    }),
    (CONSENTS, |_, memory| {
        // An erasure that is forgotten.
        alter::<Consents>(memory, &subject(), |it| {
            let mut fates = it.fates.as_slice().to_vec();
            *fates.last_mut().unwrap() = ConsentFate::Standing;
            it.fates = List::new(fates).unwrap();
        });
    }),
    (CONSENTS, |_, memory| {
        let key = first(memory, KeyKind::Erasure, |_| true);
        alter::<Erasure>(memory, &key, |it| it.through = it.sequence);
    }),
    (CONSENTS, |_, memory| {
        // The proof of a deletion that the collection knows of.
        let key = first(memory, KeyKind::Erasure, |_| true);
        alter::<Erasure>(memory, &key, |it| it.holders = nexus_types::Set::default());
    }),
    (SNAPSHOTS, |_, memory| {
        alter::<Snapshots>(memory, &state_key::snapshots(&imvu(ID)), |it| {
            it.newest = Some(1);
        });
    }),
    (SNAPSHOTS, |_, memory| {
        alter::<Snapshot>(memory, &numbered(2), |it| {
            if let SnapshotStatus::Taken(taken) = &mut it.status {
                taken.digest.0[0] ^= 1;
            }
        });
    }),
    (SNAPSHOTS, |_, memory| {
        alter::<Snapshot>(memory, &numbered(1), |it| it.kept_until = None);
    }),
    (SNAPSHOTS, |_, memory| {
        let item = Item::Snapshot(imvu(ID), 3);
        alter::<Assignment>(memory, &told(&item), |it| it.spec = Spec::Absent);
    }),
    (STAYS, |_, memory| {
        remove(memory, &state_key::stay(&imvu(ID), &host("host-1")));
    }),
    (STAYS, |_, memory| {
        let key = state_key::stay(&imvu(ID), &host("host-9"));
        memory.state.insert(key, Vec::new());
    }),
    (ASSIGNED, |_, memory| {
        let assignment: Assignment = memory.read(&told(&Item::Restore(imvu(ID)))).unwrap();
        let elsewhere = told(&Item::Restore(imvu("IMVU-B")));
        memory.state.insert(elsewhere, encode(&assignment));
    }),
    (ASSIGNED, |_, memory| {
        let restore: Assignment = memory.read(&told(&Item::Restore(imvu(ID)))).unwrap();
        let item = Item::Snapshot(imvu(ID), 3);
        alter::<Assignment>(memory, &told(&item), |it| it.spec = restore.spec);
    }),
    (ASSIGNED, |_, memory| {
        let item = Item::Snapshot(imvu(ID), 3);
        let assignment: Assignment = memory.read(&told(&item)).unwrap();
        let unknown = told(&Item::Snapshot(imvu(ID), 5));
        memory.state.insert(unknown, encode(&assignment));
    }),
    (TIMERS, |_, memory| {
        let item = TimedItem::ExpireSnapshot {
            imvu: imvu(ID),
            number: 1,
        };
        let key = state_key::timed(Time(9).0, &item);
        memory.state.insert(key, encode(&item));
    }),
    (TIMERS, |_, memory| {
        let it: Snapshot = memory.read(&numbered(2)).unwrap();
        let item = crate::law::snapshots::expiry(&it);
        remove(memory, &state_key::timed(it.kept_until.unwrap().0, &item));
    }),
    (TIMERS, |_, memory| {
        let it: Snapshot = memory.read(&numbered(3)).unwrap();
        let (due, item) = crate::law::snapshots::overdue(&it);
        remove(memory, &state_key::timed(due.0, &item));
    }),
];
