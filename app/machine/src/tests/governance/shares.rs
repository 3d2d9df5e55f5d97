//! Which seats count, how much power a change moves, and what of both evidence may have brought about already.

use super::seats::{block_at, fault, newcomer};
use crate::tests::council::*;
use crate::tests::world::*;
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::governance::{
    FormerKeys, GovernanceChange as Change, GovernanceStatus as Status, RestrictionScope,
};
use nexus_types::state::Seat;
use nexus_types::{KeyBytes, Reason, state_key};

const THIRD: (u32, Option<Reason>) = (2103, Some(Reason::PlatformThird));

impl World {
    /// Changes the seat of the operator of a number.
    fn alter_seat(&mut self, number: usize, change: impl FnOnce(&mut Seat)) {
        let mut seat = self.seat_of(&self.operators[number]).unwrap();
        change(&mut seat);
        self.memory
            .state
            .insert(state_key::seat(&seat.key), encode(&seat));
    }

    /// As if evidence had taken its power, long ago.
    fn without_power(&mut self, number: usize) {
        self.alter_seat(number, |seat| seat.power = 0);
    }

    fn key_of(&self, number: usize) -> KeyBytes {
        self.seat_of(&self.operators[number]).unwrap().key
    }

    fn removal(&self, number: usize) -> Change {
        let seat = self.key_of(number);
        Change::RemoveValidator { seat }
    }

    /// What becomes of the change of the seat of an operator that asks for it itself.
    fn outcome(&mut self, number: usize, change: Change) -> Status {
        let operator = self.operators[number].clone();
        let proposal = self.enact(&operator, change);
        self.status(&proposal)
    }

    /// The seat of a number gets another key; what becomes of that.
    fn rotated(&mut self, number: usize) -> Status {
        let operator = self.operators[number].clone();
        let rotate = self.rotate_validator(&operator, &Person::new(700 + number as u16));
        self.outcome(number, rotate)
    }

    /// What the operator of a number is refused with.
    fn asked(&mut self, number: usize, change: Change) -> (u32, Option<Reason>) {
        let operator = self.operators[number].clone();
        refusal(&self.try_propose(&operator, change))
    }
}

fn faults_told(events: &[Event]) -> usize {
    let told = |event: &&Event| matches!(event, Event::Equivocation { .. });
    events.iter().filter(told).count()
}

#[test]
fn each_organisation_answers_for_the_key_that_it_had() {
    let mut world = World::with_seats(9);
    let old = [world.key_of(3), world.key_of(4)];
    for number in [3, 4] {
        assert!(matches!(world.rotated(number), Status::Executed(_)));
    }
    let now = world.now.time.0;
    let executed = block_at(&mut world, now, &[fault(&old[0]), fault(&old[1])], &[]);
    let mut updates = vec![
        (Person::new(703).public(), 0),
        (Person::new(704).public(), 0),
    ];
    updates.sort();
    assert_eq!(executed.validator_updates, updates);
}

#[test]
fn a_seat_that_comes_back_with_the_key_that_it_had_has_no_former_one() {
    let mut world = World::with_seats(7);
    let leaving = world.operators[4].clone();
    let key = world.key_of(4);
    let removal = world.removal(4);
    assert!(matches!(world.outcome(4, removal), Status::Executed(_)));
    let former = |world: &World| -> Vec<KeyBytes> {
        let known: FormerKeys = world.memory.read(&state_key::former_keys()).unwrap();
        known.keys.as_slice().iter().map(|one| one.key).collect()
    };
    assert_eq!(former(&world), [key]);
    world.later(14 * DAY);
    let back = (530..540).map(Person::new).find(|one| one.public() == key);
    let add = world.add_validator(&leaving, &back.unwrap());
    assert!(matches!(world.outcome(4, add), Status::Executed(_)));
    assert_eq!(world.key_of(4), key);
    assert!(former(&world).is_empty());
}

#[test]
fn a_seat_without_power_has_nothing_to_answer_with() {
    let mut world = World::new();
    let key = world.key_of(3);
    for told in [1, 0] {
        let now = world.now.time.0;
        let executed = block_at(&mut world, now, &[fault(&key)], &[]);
        assert_eq!(faults_told(&executed.events), told);
    }
}

#[test]
fn a_seat_that_leaves_or_takes_another_key_moves_its_power() {
    // 10 of 70 leave; 10 more would be 20 of 60, which is a third.
    let mut world = World::with_seats(7);
    for (number, waits) in [(6, false), (5, true)] {
        let removal = world.removal(number);
        assert_eq!(world.outcome(number, removal) == Status::Queued, waits);
    }
    // A new key moves 10 of 60, and another as much: no seat is added by it.
    let mut world = World::with_seats(6);
    assert!(matches!(world.rotated(3), Status::Executed(_)));
    assert_eq!(world.rotated(4), Status::Queued);
}

#[test]
fn a_seat_that_gets_its_power_back_moves_as_much_as_a_new_one() {
    // 20 of 50 are more than a third; 20 of 70 are less.
    for (seats, waits) in [(5, true), (7, false)] {
        let mut world = World::with_seats(seats);
        world.without_power(4);
        assert!(matches!(world.rotated(3), Status::Executed(_)));
        assert_eq!(world.rotated(4) == Status::Queued, waits, "{seats} seats");
    }
}

#[test]
fn what_evidence_has_brought_about_a_change_may_leave_as_it_is() {
    // The platform's is one of three that are left, and three are fewer than a production network has.
    for production in [false, true] {
        let mut world = World::new();
        if production {
            world = world.in_production();
        }
        world.without_power(1);
        let rotate = world.rotate_validator(&world.operators[2], &Person::new(702));
        assert_eq!(world.asked(2, rotate), (0, None));
    }
    // Nor is less for the platform refused where it is a third still.
    let mut world = World::new();
    world.alter_seat(1, |seat| seat.platform = true);
    let removal = world.removal(0);
    assert_eq!(world.asked(0, removal), (0, None));
}

#[test]
fn a_seat_without_power_is_none_of_those_that_the_platform_has_less_than_a_third_of() {
    let mut world = World::with_seats(5);
    world.without_power(4);
    let removal = world.removal(3);
    assert_eq!(world.asked(3, removal), THIRD);
}

#[test]
fn a_platform_alone_gets_no_further_seat() {
    let mut world = World::new();
    for number in 0..4 {
        world.alter_seat(number, |seat| seat.platform = true);
    }
    let carol = newcomer(&mut world, 70);
    let mut add = world.add_validator(&carol, &Person::new(700));
    let Change::AddValidator { platform, .. } = &mut add else {
        unreachable!()
    };
    *platform = true;
    assert_eq!(refusal(&world.try_propose(&carol, add)), THIRD);
}

#[test]
fn the_last_observer_may_go() {
    let mut world = World::new();
    let last = world.add_observers(1).remove(0);
    let leave = Change::RemoveObserver { observer: last.id };
    assert_eq!(refusal(&world.try_propose(&last, leave)), (0, None));
}

#[test]
fn a_seat_without_power_restricts_nobody() {
    let mut world = World::new();
    world.without_power(2);
    for (outside, answer) in [
        ([1, 2], (2015, Some(Reason::BelowTwoThirdsOutside))),
        ([1, 3], (0, None)),
    ] {
        let mut signers: Vec<Person> = outside.map(|one| world.operators[one].clone()).to_vec();
        signers.extend(world.officers[..3].to_vec());
        let order = restrict(&world, RestrictionScope::Mail, 1);
        assert_eq!(refusal(&world.submit(&signers, order)), answer);
    }
}
