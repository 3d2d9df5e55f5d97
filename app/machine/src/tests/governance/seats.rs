//! Seats: who has one, how many there must be, how much power changes at once, and what CometBFT is told.

use crate::tests::council::*;
use crate::tests::world::*;
use crate::{Block, Executed, Misbehaviour, SingleVerify};
use nexus_types::crypto::Signature;
use nexus_types::governance::{
    FormerKeys, GovernanceChange as Change, GovernanceProposal, GovernanceStatus as Status, Lapse,
};
use nexus_types::{Hash, KeyBytes, Reason, state_key};

/// Executes the next block, after its clocks were set to a time, with evidence and transactions.
pub(super) fn block_at(
    world: &mut World,
    time: u64,
    faults: &[Misbehaviour],
    txs: &[Vec<u8>],
) -> Executed {
    world.set_clocks(time);
    let mut block = Block::begin(&world.memory, world.now, faults);
    for bytes in txs {
        block.execute(&world.memory, bytes, &SingleVerify);
    }
    let executed = block.finish(&world.memory, Hash([1; 32]));
    world.memory.commit(&executed);
    crate::invariants::check(&world.memory).unwrap();
    world.now.height += 1;
    world.now.time = world.now.time.plus_ms(1_000);
    executed
}

fn due_of(world: &World, proposal: &GovernanceProposal) -> u64 {
    match world.status(proposal) {
        Status::Passed { due } => due.0,
        other => panic!("{other:?}"),
    }
}

pub(super) fn fault(key: &KeyBytes) -> Misbehaviour {
    let mut validator = [0; 20];
    validator.copy_from_slice(&Hash::of(&key.0).0[..20]);
    Misbehaviour {
        validator,
        height: 1,
    }
}

pub(super) fn newcomer(world: &mut World, seed: u16) -> Person {
    let person = Person::new(seed);
    world.add_identity(&person);
    person
}

#[test]
fn an_organisation_gets_a_seat_of_the_power_that_all_have() {
    let mut world = World::new();
    let carol = newcomer(&mut world, 70);
    let key = Person::new(700);
    let add = world.add_validator(&carol, &key);
    let operator = world.operators[1].clone();
    let outcome = world.try_propose(&operator, add.clone());
    // The proof is to Carol, and the operator signs: it does not verify.
    assert_eq!(outcome.code.number(), 1064, "{}", outcome.log);
    let proposal = world.propose(&carol, add);
    world.carry(&proposal);
    let due = due_of(&world, &proposal);
    let executed = block_at(&mut world, due, &[], &[]);
    assert_eq!(executed.validator_updates, [(key.public(), 10)]);
    let seat = world.seat_of(&carol).unwrap();
    assert_eq!(
        (seat.power, seat.platform, world.all_seats().len()),
        (10, false, 5)
    );
}

#[test]
fn a_consensus_key_is_proved_admitted_and_its_own() {
    let mut world = World::new();
    let (carol, key) = (newcomer(&mut world, 70), Person::new(700));
    let mut unproved = world.add_validator(&carol, &key);
    if let Change::AddValidator { proof, .. } = &mut unproved {
        *proof = Signature([0; 64]);
    }
    assert_eq!(world.try_propose(&carol, unproved).code.number(), 1064);
    let mut small = world.add_validator(&carol, &key);
    if let Change::AddValidator { key, .. } = &mut small {
        *key = KeyBytes([0; 32]);
    }
    assert_eq!(world.try_propose(&carol, small).code.number(), 1051);
    let alice = world.alice.clone();
    let persons = world.add_validator(&carol, &alice);
    let outcome = world.try_propose(&carol, persons);
    assert_eq!(refusal(&outcome), (2103, Some(Reason::RolesApart)));
    let taken = world.add_validator(&carol, &Person::new(31));
    let outcome = world.try_propose(&carol, taken);
    assert_eq!(refusal(&outcome), (2102, Some(Reason::SeatTaken)));
    let operator = world.operators[1].clone();
    let second = world.add_validator(&operator, &key);
    let outcome = world.try_propose(&operator, second);
    assert_eq!(refusal(&outcome), (2102, Some(Reason::SeatTaken)));
    let officer = world.officers[0].clone();
    let speaks = world.add_validator(&officer, &key);
    let outcome = world.try_propose(&officer, speaks);
    assert_eq!(refusal(&outcome), (2103, Some(Reason::RolesApart)));
}

#[test]
fn the_platform_gets_no_third_of_the_seats() {
    for (seats, refused) in [(4, true), (5, true), (6, false)] {
        let mut world = World::with_seats(seats);
        let (carol, key) = (newcomer(&mut world, 70), Person::new(700));
        let mut add = world.add_validator(&carol, &key);
        if let Change::AddValidator { platform, .. } = &mut add {
            *platform = true;
        }
        let outcome = world.try_propose(&carol, add);
        let wanted = if refused {
            (2103, Some(Reason::PlatformThird))
        } else {
            (0, None)
        };
        assert_eq!(refusal(&outcome), wanted, "of {seats} seats");
    }
}

#[test]
fn nor_by_others_leaving() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    let seat = world.seat_of(&operator).unwrap().key;
    let outcome = world.try_propose(&operator, Change::RemoveValidator { seat });
    assert_eq!(refusal(&outcome), (2103, Some(Reason::PlatformThird)));
    let platform = world.operators[0].clone();
    let seat = world.seat_of(&platform).unwrap().key;
    let outcome = world.try_propose(&platform, Change::RemoveValidator { seat });
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
}

#[test]
fn a_production_network_keeps_four_seats() {
    let mut world = World::with_seats(5).in_production();
    let operators = world.operators.clone();
    let seat = world.seat_of(&operators[4]).unwrap().key;
    world.enact(&operators[4], Change::RemoveValidator { seat });
    assert_eq!(world.all_seats().len(), 4);
    let seat = world.seat_of(&operators[0]).unwrap().key;
    let outcome = world.try_propose(&operators[0], Change::RemoveValidator { seat });
    assert_eq!(refusal(&outcome), (2103, Some(Reason::TooFewSeats)));
}

#[test]
fn a_development_network_keeps_one() {
    let mut world = World::new();
    for number in [0, 2, 3] {
        let key = world.seat_of(&world.operators[number]).unwrap().key;
        world.memory.state.remove(&state_key::seat(&key));
    }
    let operator = world.operators[1].clone();
    let seat = world.seat_of(&operator).unwrap().key;
    let outcome = world.try_propose(&operator, Change::RemoveValidator { seat });
    assert_eq!(refusal(&outcome), (2103, Some(Reason::TooFewSeats)));
    // Alone, it votes on its own new key, since there is no other.
    world.operators = vec![operator.clone()];
    let rotate = world.rotate_validator(&operator, &Person::new(701));
    let proposal = world.propose(&operator, rotate);
    assert_eq!(world.carry(&proposal), 1);
    let due = due_of(&world, &proposal);
    let executed = block_at(&mut world, due, &[], &[]);
    let mut updates = vec![(seat, 0), (Person::new(701).public(), 10)];
    updates.sort();
    assert_eq!(executed.validator_updates, updates);
}

#[test]
fn a_rotation_swaps_two_keys_in_one_block_by_votes_of_the_others() {
    let mut world = World::new();
    let operator = world.operators[3].clone();
    let old = world.seat_of(&operator).unwrap();
    let new = Person::new(701);
    let rotate = world.rotate_validator(&operator, &new);
    let other = world.operators[2].clone();
    let outcome = world.try_propose(&other, rotate.clone());
    assert_eq!(outcome.code.number(), 1064, "{}", outcome.log);
    let proposal = world.propose(&operator, rotate);
    let outcome = world.vote(&operator, &proposal, true);
    assert_eq!(refusal(&outcome), (2103, Some(Reason::NoVote)));
    assert_eq!(world.carry(&proposal), 2, "of the three others");
    let due = due_of(&world, &proposal);
    let executed = block_at(&mut world, due, &[], &[]);
    let mut updates = vec![(old.key, 0), (new.public(), 10)];
    updates.sort();
    assert_eq!(executed.validator_updates, updates);
    let now = world.seat_of(&operator).unwrap();
    assert_eq!((now.name, now.key), (old.name, new.public()));
}

#[test]
fn evidence_precedes_governance_and_the_same_validator_has_one_entry() {
    let mut world = World::with_seats(7);
    let operator = world.operators[3].clone();
    let seat = world.seat_of(&operator).unwrap().key;
    let proposal = world.propose(&operator, Change::RemoveValidator { seat });
    world.carry(&proposal);
    let due = due_of(&world, &proposal);
    let executed = block_at(&mut world, due, &[fault(&seat)], &[]);
    assert_eq!(executed.validator_updates, [(seat, 0)]);
    assert!(matches!(world.status(&proposal), Status::Executed(_)));
    assert!(world.seat_of(&operator).is_none());
}

#[test]
fn a_seat_that_evidence_took_the_power_of_is_removed_without_an_update_or_gets_it_back_with_another_key()
 {
    for rotates in [false, true] {
        let mut world = World::with_seats(7);
        let operator = world.operators[3].clone();
        let seat = world.seat_of(&operator).unwrap().key;
        let now = world.now.time.0;
        let executed = block_at(&mut world, now, &[fault(&seat)], &[]);
        assert_eq!(executed.validator_updates, [(seat, 0)]);
        let change = if rotates {
            world.rotate_validator(&operator, &Person::new(701))
        } else {
            Change::RemoveValidator { seat }
        };
        let proposal = world.propose(&operator, change);
        world.carry(&proposal);
        let due = due_of(&world, &proposal);
        let executed = block_at(&mut world, due, &[], &[]);
        let updates = if rotates {
            vec![(Person::new(701).public(), 10)]
        } else {
            Vec::new()
        };
        assert_eq!(executed.validator_updates, updates);
        assert!(matches!(world.status(&proposal), Status::Executed(_)));
    }
}

#[test]
fn the_last_validator_with_power_keeps_it_whatever_it_signed() {
    let mut world = World::new();
    let keys: Vec<KeyBytes> = world.all_seats().iter().map(|seat| seat.key).collect();
    let faults: Vec<Misbehaviour> = keys.iter().map(fault).collect();
    let now = world.now.time.0;
    let executed = block_at(&mut world, now, &faults, &[]);
    assert_eq!(executed.validator_updates.len(), 3);
    assert_eq!(
        world
            .all_seats()
            .iter()
            .filter(|seat| seat.power > 0)
            .count(),
        1
    );
}

#[test]
fn a_third_of_the_power_in_a_trusting_period_waits_and_takes_effect_in_its_order() {
    let mut world = World::new();
    let people: Vec<Person> = (70..74).map(|seed| newcomer(&mut world, seed)).collect();
    let key = |number: u16| Person::new(700 + number);
    let first = world.add_validator(&people[0], &key(0));
    world.enact(&people[0], first);
    assert_eq!(world.all_seats().len(), 5);
    let changed_at = world.law_time();
    // 10 of 50 have changed; 10 more would be 20 of 60, which is a third.
    let mut waiting = Vec::new();
    for number in 1..4 {
        let person = &people[usize::from(number)];
        let add = world.add_validator(person, &key(number));
        waiting.push(world.propose(person, add));
    }
    for proposal in &waiting {
        world.carry(proposal);
    }
    world.run_out(&waiting[2]);
    for proposal in &waiting {
        assert_eq!(world.status(proposal), Status::Queued);
    }
    // What waits cannot be taken back.
    let outcome = world.submit(&people[1..2], withdraw(&waiting[0]));
    assert_eq!(refusal(&outcome), (2103, Some(Reason::WrongState)));
    let room = changed_at.plus_ms(14 * DAY).0;
    world.pass(room - 1);
    assert_eq!(world.status(&waiting[0]), Status::Queued);
    // 10 of 60, and 20 of 70; but 30 of 80 would be more than a third.
    let executed = block_at(&mut world, room, &[], &[]);
    let mut updates = vec![(key(1).public(), 10), (key(2).public(), 10)];
    updates.sort();
    assert_eq!(executed.validator_updates, updates);
    assert!(matches!(world.status(&waiting[1]), Status::Executed(_)));
    assert_eq!(world.status(&waiting[2]), Status::Queued);
    let executed = block_at(&mut world, room + 14 * DAY, &[], &[]);
    assert_eq!(executed.validator_updates, [(key(3).public(), 10)]);
}

#[test]
fn what_waits_for_room_is_judged_once_more() {
    let mut world = World::new();
    let people: Vec<Person> = (70..72).map(|seed| newcomer(&mut world, seed)).collect();
    let first = world.add_validator(&people[0], &Person::new(700));
    world.enact(&people[0], first);
    let second = world.add_validator(&people[1], &Person::new(701));
    let waits = world.enact(&people[1], second);
    assert_eq!(world.status(&waits), Status::Queued);
    world.must(&people[1], nexus_types::action::Action::RevokeIdentity);
    let room = world.now.time.0 + 14 * DAY;
    world.pass(room);
    let lapse = Lapse::Refused(Reason::IdentityRevoked);
    assert_eq!(world.status(&waits), Status::Lapsed(lapse));
}

#[test]
fn a_block_without_changes_of_seats_tells_nothing() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    world.propose(&operator, add_jurisdiction("CA-LAW"));
    let now = world.now.time.0;
    let executed = block_at(&mut world, now, &[], &[]);
    assert!(executed.validator_updates.is_empty() && executed.events.is_empty());
}

#[test]
fn a_seat_answers_for_the_key_it_had_and_one_that_left_for_nothing() {
    let mut world = World::with_seats(7);
    let operator = world.operators[3].clone();
    let old = world.seat_of(&operator).unwrap().key;
    let rotate = world.rotate_validator(&operator, &Person::new(701));
    world.enact(&operator, rotate);
    let now = world.now.time.0;
    let executed = block_at(&mut world, now, &[fault(&old)], &[]);
    assert_eq!(
        executed.validator_updates,
        [(Person::new(701).public(), 0)],
        "evidence against the former key"
    );
    assert_eq!(world.seat_of(&operator).unwrap().power, 0);
    // Twice is nothing more.
    let executed = block_at(&mut world, now, &[fault(&old)], &[]);
    assert!(executed.validator_updates.is_empty());
    let leaving = world.operators[4].clone();
    let seat = world.seat_of(&leaving).unwrap().key;
    world.enact(&leaving, Change::RemoveValidator { seat });
    world.operators.remove(4);
    world.pass(world.now.time.0 + 14 * DAY);
    let now = world.now.time.0;
    let executed = block_at(&mut world, now, &[fault(&seat)], &[]);
    assert!(executed.validator_updates.is_empty(), "{executed:?}");
    // But for all it has, should it come back.
    let add = world.add_validator(&leaving, &Person::new(702));
    world.enact(&leaving, add);
    world.pass(world.now.time.0 + 14 * DAY);
    let back = world.seat_of(&leaving).expect("a seat again");
    let now = world.now.time.0;
    let executed = block_at(&mut world, now, &[fault(&seat)], &[]);
    assert_eq!(executed.validator_updates, [(back.key, 0)]);
}

#[test]
fn a_key_that_is_a_seats_again_answers_as_that_seat_and_one_that_has_answered_is_forgotten() {
    let mut world = World::with_seats(7);
    let operator = world.operators[3].clone();
    let first = Person::new(33);
    assert_eq!(world.seat_of(&operator).unwrap().key, first.public());
    for key in [Person::new(701), first.clone()] {
        let rotate = world.rotate_validator(&operator, &key);
        world.enact(&operator, rotate);
        world.pass(world.now.time.0 + 14 * DAY);
        assert_eq!(world.seat_of(&operator).unwrap().key, key.public());
    }
    let former: FormerKeys = world.memory.read(&state_key::former_keys()).unwrap();
    let keys: Vec<KeyBytes> = former.keys.as_slice().iter().map(|one| one.key).collect();
    assert_eq!(keys, [Person::new(701).public()]);
    let now = world.now.time.0;
    let executed = block_at(&mut world, now, &[fault(&first.public())], &[]);
    assert_eq!(executed.validator_updates, [(first.public(), 0)]);
    // The vote gives the power back with another key. Whoever stole the old one changes nothing any more.
    let rotate = world.rotate_validator(&operator, &Person::new(702));
    world.enact(&operator, rotate);
    world.pass(world.now.time.0 + 14 * DAY);
    assert_eq!(world.seat_of(&operator).unwrap().power, 10);
    let now = world.now.time.0;
    let executed = block_at(&mut world, now, &[fault(&first.public())], &[]);
    assert!(executed.validator_updates.is_empty(), "{executed:?}");
}
