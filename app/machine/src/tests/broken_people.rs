//! Guardians and teams broken in each way that the invariants notice.

use super::invariants::{Break, alter, remove};
use super::world::*;
use super::{guardians, team};
use nexus_types::encoding::encode;
use nexus_types::guardian::{Guardianship, ImvuRole, Team};
use nexus_types::state::TimedItem;
use nexus_types::{Set, state_key};

const ID: &str = "IMVU-042";

/// Alice has guardians, others pending, a recovery pending, and an operator.
pub(super) fn guarded_and_helped(world: &mut World) {
    guardians::guard(world);
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, guardians::choose(&guardians::friends()[1..], 2));
    let asked = guardians::recovery(world, None);
    let asked = world.submit(&guardians::friends()[..2], asked);
    assert_eq!(asked.code.number(), 0, "{}", asked.log);
    world.must(&alice, team::member(&bob, Some(ImvuRole::Operator)));
}

const GUARDED: &str = "guardians are others, and what is pending is due";
const TEAM: &str = "a team is of others than the owner";

/// What breaks guardianship and teams.
pub(super) const BREAKS: &[(&str, Break)] = &[
    (GUARDED, |world, memory| {
        alter::<Guardianship>(memory, &state_key::guardianship(&world.alice.id), |one| {
            one.threshold = 4;
        });
    }),
    (GUARDED, |world, memory| {
        let own = Set::new(vec![world.alice.id, world.bob.id]).unwrap();
        alter::<Guardianship>(memory, &state_key::guardianship(&world.alice.id), |one| {
            one.guardians = own;
        });
    }),
    (GUARDED, |world, memory| {
        alter::<Guardianship>(memory, &state_key::guardianship(&world.alice.id), |one| {
            one.change.as_mut().unwrap().threshold = 0;
        });
    }),
    (GUARDED, |world, memory| {
        let nobody = Set::new(vec![world.bob.id, Person::new(999).id]).unwrap();
        alter::<Guardianship>(memory, &state_key::guardianship(&world.alice.id), |one| {
            one.guardians = nobody;
        });
    }),
    (GUARDED, |world, memory| {
        let key = state_key::guardianship(&world.alice.id);
        let known: Guardianship = memory.read(&key).unwrap();
        let item = TimedItem::SettleGuardianship(world.alice.id);
        let due = known.recovery.unwrap().due;
        remove(memory, &state_key::timed(due.0, &item));
    }),
    (
        "each timer has its object, each object its timer",
        |world, memory| {
            let item = TimedItem::SettleGuardianship(world.bob.id);
            let key = state_key::timed(7, &item);
            memory.state.insert(key, encode(&item));
        },
    ),
    (TEAM, |_, memory| {
        alter::<Team>(memory, &state_key::team(&imvu(ID)), |team| {
            team.members.clear();
        });
    }),
    (TEAM, |_, memory| {
        alter::<Team>(memory, &state_key::team(&imvu(ID)), |team| {
            team.members.push(team.members[0]);
        });
    }),
    (TEAM, |world, memory| {
        alter::<Team>(memory, &state_key::team(&imvu(ID)), |team| {
            team.members[0].0 = world.alice.id;
        });
    }),
    (TEAM, |_, memory| {
        alter::<Team>(memory, &state_key::team(&imvu(ID)), |team| {
            team.members[0].0 = Person::new(999).id;
        });
    }),
];
