//! Guardians: a key lost, a key stolen, and what neither guardians nor the platform may do with it.

use super::market::payout;
use super::world::*;
use crate::TxOutcome;
use crate::view::View;
use nexus_types::action::Action;
use nexus_types::approval::RotationBody;
use nexus_types::block::Event;
use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::guardian::{
    FreezeIdentity, Guardianship, ProposeRecovery, RecoveryAttestation, RecoveryAttestationBody,
    RecoveryEnd, SetGuardians, ThawIdentity, VetoPending,
};
use nexus_types::state::Identity;
use nexus_types::{Code, Hash, IdentityId, Reason, Set, Time, state_key};

const WEEK: u64 = 7 * DAY;

fn refused(outcome: &TxOutcome) -> (u32, Option<Reason>) {
    let verdict = outcome.verdict.as_ref();
    (
        outcome.code.number(),
        verdict.and_then(|verdict| verdict.reason()),
    )
}

pub(super) fn choose(people: &[Person], threshold: u8) -> Action {
    Action::SetGuardians(SetGuardians {
        guardians: Set::new(people.iter().map(|one| one.id).collect()).unwrap(),
        threshold,
    })
}

/// Alice's guardians: three friends, two of whom act together.
pub(super) fn friends() -> [Person; 3] {
    [160, 161, 162].map(Person::new)
}

/// Alice has her guardians.
pub(super) fn guard(world: &mut World) {
    for friend in &friends() {
        world.register(friend);
    }
    let alice = world.alice.clone();
    world.must(&alice, choose(&friends(), 2));
}

fn guarded() -> World {
    let mut world = World::new();
    guard(&mut world);
    world
}

pub(super) fn freeze(world: &World) -> Action {
    Action::FreezeIdentity(FreezeIdentity {
        identity: world.alice.id,
    })
}

pub(super) fn thaw(world: &World) -> Action {
    Action::ThawIdentity(ThawIdentity {
        identity: world.alice.id,
    })
}

pub(super) fn veto(world: &World) -> Action {
    Action::VetoPending(VetoPending {
        identity: world.alice.id,
    })
}

/// The key that Alice gets: 99's.
pub(super) fn recovery(world: &World, attestation: Option<RecoveryAttestation>) -> Action {
    let new = Person::new(99);
    let body = RotationBody {
        network: world.network.clone(),
        identity: world.alice.id,
        generation: 1,
        new_key: new.public(),
    };
    Action::ProposeRecovery(ProposeRecovery {
        identity: world.alice.id,
        new_key: new.public(),
        proof: new.sign(signing_digest(SigningKind::Rotation, &body)),
        attestation,
    })
}

fn attested_by(world: &World, attester: &Person) -> RecoveryAttestation {
    let body = RecoveryAttestationBody {
        network: world.network.clone(),
        identity: world.alice.id,
        new_key: Person::new(99).public(),
        attester: attester.id,
        generation: 0,
        evidence: Hash([9; 32]),
        expires: world.now.time.plus_ms(HOUR),
    };
    let signature = attester.sign(signing_digest(SigningKind::RecoveryAttestation, &body));
    RecoveryAttestation { body, signature }
}

/// Two of Alice's guardians act.
fn by_friends(world: &mut World, action: Action) -> TxOutcome {
    world.submit(&friends()[..2], action)
}

fn guardianship(world: &World) -> Guardianship {
    let key = state_key::guardianship(&world.alice.id);
    world.memory.read(&key).unwrap()
}

fn identity(world: &World, id: &IdentityId) -> Identity {
    world.memory.read(&state_key::identity(id)).unwrap()
}

/// Days pass; what happened in the last block.
fn after(world: &mut World, span_ms: u64) -> Vec<Event> {
    let time = world.now.time.0 + span_ms;
    world.set_clocks(time);
    let executed = world.execute(&[]);
    world.block(&[]);
    executed.events
}

/// Alice with her new key.
fn alice_again(world: &World) -> Person {
    Person {
        id: world.alice.id,
        ..Person::new(99)
    }
}

#[test]
fn a_lost_key_is_replaced_by_guardians_after_a_week_and_not_before() {
    let mut world = guarded();
    let asked = recovery(&world, None);
    assert_eq!(by_friends(&mut world, asked).code, Code::Applied);
    let due = guardianship(&world).recovery.unwrap().due;
    assert!(after(&mut world, WEEK - 5_000).is_empty());
    assert_eq!(identity(&world, &world.alice.id).generation, 0);
    let events = after(&mut world, 5_000);
    assert!(world.now.time > due);
    assert_eq!(
        events,
        vec![Event::RecoveryEnded {
            identity: world.alice.id,
            end: RecoveryEnd::Recovered
        }]
    );
    let recovered = identity(&world, &world.alice.id);
    assert_eq!(
        (recovered.key, recovered.generation),
        (Person::new(99).public(), 1)
    );
    assert_eq!(guardianship(&world).recovery, None);
    // The old key is nobody's now, the new one is Alice's.
    let alice = world.alice.clone();
    let old = world.submit(&[alice], choose(&friends()[..2], 2));
    assert_eq!(old.code, Code::BadSignature);
    let again = alice_again(&world);
    world.must(&again, choose(&friends()[..2], 2));
}

#[test]
fn the_old_key_vetoes_a_recovery_that_its_holder_does_not_want() {
    let mut world = guarded();
    let asked = recovery(&world, None);
    by_friends(&mut world, asked);
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let no = veto(&world);
    let outcome = world.submit(&[bob], no.clone());
    assert_eq!(refused(&outcome), (2001, Some(Reason::NotGuardians)));
    world.must(&alice, no);
    assert!(after(&mut world, 2 * WEEK).is_empty());
    assert_eq!(identity(&world, &alice.id).generation, 0);
    let nothing = veto(&world);
    assert_eq!(world.submit(&[alice], nothing).code, Code::NotFound);
}

#[test]
fn under_a_freeze_a_thief_can_neither_take_money_nor_names_nor_veto_nor_end_the_identity() {
    let mut world = guarded();
    let frozen = freeze(&world);
    assert_eq!(by_friends(&mut world, frozen).code, Code::Applied);
    let thief = world.alice.clone();
    let rotation = world.rotation(&thief, 1, &Person::new(77));
    for action in [
        payout(1),
        Action::ReleaseDomain {
            name: text("alice.demo.example"),
        },
        rotation,
        Action::RevokeIdentity,
        choose(&friends()[1..], 2),
    ] {
        let kind = action.kind();
        let outcome = world.submit(std::slice::from_ref(&thief), action);
        assert_eq!(
            refused(&outcome),
            (2001, Some(Reason::IdentityFrozen)),
            "{kind}"
        );
    }
    // What is not on the list goes on: the shop stays open.
    world.must(
        &thief,
        Action::SetRecords {
            zone: text("alice.demo.example"),
            owner: text("www.alice.demo.example"),
            rrset: address(9),
        },
    );
    // Without an independent attester's word even the guardians can't give it another key now.
    let unattested = recovery(&world, None);
    let outcome = by_friends(&mut world, unattested);
    assert_eq!(refused(&outcome), (2001, Some(Reason::AttestationMissing)));
    let attester = world.attester.clone();
    let word = attested_by(&world, &attester);
    let attested = recovery(&world, Some(word));
    assert_eq!(by_friends(&mut world, attested).code, Code::Applied);
    let no = veto(&world);
    let outcome = world.submit(&[thief], no);
    assert_eq!(refused(&outcome), (2001, Some(Reason::IdentityFrozen)));
    after(&mut world, WEEK);
    assert_eq!(identity(&world, &world.alice.id).generation, 1);
    // She is back, and free to act.
    assert!(!guardianship(&world).is_frozen(world.now.time));
    let alice = alice_again(&world);
    world.must(
        &alice,
        Action::ReleaseDomain {
            name: text("alice.demo.example"),
        },
    );
}

#[test]
fn a_recovery_without_attestation_lapses_if_a_freeze_comes_after_it() {
    let mut world = guarded();
    let asked = recovery(&world, None);
    by_friends(&mut world, asked);
    let frozen = freeze(&world);
    by_friends(&mut world, frozen);
    let events = after(&mut world, WEEK);
    let lapsed = Event::RecoveryEnded {
        identity: world.alice.id,
        end: RecoveryEnd::Lapsed,
    };
    assert_eq!(events, vec![lapsed]);
    assert_eq!(identity(&world, &world.alice.id).generation, 0);
}

#[test]
fn a_key_rotated_meanwhile_makes_the_recovery_lapse() {
    let mut world = guarded();
    let asked = recovery(&world, None);
    by_friends(&mut world, asked);
    let alice = world.alice.clone();
    let rotation = world.rotation(&alice, 1, &Person::new(77));
    world.must(&alice, rotation);
    let events = after(&mut world, WEEK);
    let lapsed = Event::RecoveryEnded {
        identity: world.alice.id,
        end: RecoveryEnd::Lapsed,
    };
    assert_eq!(events, vec![lapsed]);
    assert_eq!(identity(&world, &alice.id).key, Person::new(77).public());
}

#[test]
fn one_guardian_alone_or_strangers_or_revoked_ones_do_nothing() {
    let mut world = guarded();
    let [first, second, third] = friends();
    let bob = world.bob.clone();
    for signers in [
        vec![first.clone()],
        vec![first.clone(), bob.clone()],
        vec![bob],
    ] {
        for action in [freeze(&world), recovery(&world, None), thaw(&world)] {
            let outcome = world.submit(&signers, action);
            assert_eq!(refused(&outcome), (2001, Some(Reason::NotGuardians)));
        }
    }
    world.must(&second, Action::RevokeIdentity);
    let frozen = freeze(&world);
    let outcome = world.submit(&[first.clone(), second], frozen.clone());
    assert_eq!(refused(&outcome), (2001, Some(Reason::NotGuardians)));
    assert_eq!(world.submit(&[first, third], frozen).code, Code::Applied);
}

#[test]
fn nobody_guards_somebody_who_chose_no_guardians() {
    let mut world = World::new();
    let bob = world.bob.clone();
    for action in [
        freeze(&world),
        recovery(&world, None),
        thaw(&world),
        veto(&world),
    ] {
        let outcome = world.submit(std::slice::from_ref(&bob), action);
        assert_eq!(refused(&outcome), (2001, Some(Reason::NotGuardians)));
    }
}

#[test]
fn other_guardians_take_a_week_and_a_freeze_calls_them_off() {
    let mut world = guarded();
    let alice = world.alice.clone();
    let [first, _, third] = friends();
    let others = [first, third];
    world.must(&alice, choose(&others, 2));
    assert_eq!(guardianship(&world).guardians.as_slice().len(), 3);
    let events = after(&mut world, WEEK);
    assert_eq!(events, vec![Event::GuardiansChanged(alice.id)]);
    assert_eq!(guardianship(&world).guardians.as_slice().len(), 2);
    // None at all is a choice as well, and as slow.
    world.must(&alice, choose(&[], 0));
    let frozen = freeze(&world);
    assert_eq!(world.submit(&others, frozen).code, Code::Applied);
    assert!(after(&mut world, WEEK).is_empty());
    assert_eq!(guardianship(&world).guardians.as_slice().len(), 2);
    assert_eq!(guardianship(&world).change, None);
}

#[test]
fn a_freeze_ends_by_itself_or_by_the_guardians_and_leaves_time_to_choose_others() {
    let mut world = guarded();
    let frozen = freeze(&world);
    by_friends(&mut world, frozen.clone());
    assert_eq!(by_friends(&mut world, frozen.clone()).code, Code::NoChange);
    let lifted = thaw(&world);
    assert_eq!(by_friends(&mut world, lifted.clone()).code, Code::Applied);
    assert_eq!(by_friends(&mut world, lifted).code, Code::NoChange);
    let outcome = by_friends(&mut world, frozen.clone());
    assert_eq!(refused(&outcome), (2103, Some(Reason::FrozenLately)));
    // Twice the delay of a choice of others later they can again, and then it lasts 30 days.
    after(&mut world, 2 * WEEK);
    assert_eq!(by_friends(&mut world, frozen).code, Code::Applied);
    let until = guardianship(&world).frozen_until;
    assert_eq!(until, Time(world.now.time.0 - 1_000 + 30 * DAY));
    after(&mut world, 30 * DAY);
    let alice = world.alice.clone();
    world.must(&alice, choose(&friends()[1..], 2));
}

#[test]
fn guardians_are_other_verified_people_at_least_two_of_whom_act_together() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let [first, second, third] = friends();
    world.register(&first);
    world.register(&second);
    let unfit = [
        choose(std::slice::from_ref(&first), 1),
        choose(&[first.clone(), second.clone()], 1),
        choose(&[first.clone(), second.clone()], 3),
        choose(&[first.clone(), alice.clone()], 2),
        choose(&[first.clone(), second.clone(), third], 2),
        choose(&[], 2),
    ];
    for choice in unfit {
        let outcome = world.submit(std::slice::from_ref(&alice), choice);
        assert_eq!(refused(&outcome), (2103, Some(Reason::GuardiansUnfit)));
    }
    let same = choose(&[], 0);
    let outcome = world.submit(std::slice::from_ref(&alice), same);
    assert_eq!(outcome.code, Code::NoChange);
    world.must(&alice, choose(&[first, second], 2));
}

#[test]
fn the_platform_alone_never_reaches_a_guardians_threshold() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let [first, second, _] = friends();
    world.register(&first);
    world.register(&second);
    let platform = [world.officers[0].clone(), world.operators[0].clone()];
    let choice = choose(&[&platform[..], std::slice::from_ref(&first)].concat(), 2);
    let outcome = world.submit(std::slice::from_ref(&alice), choice);
    assert_eq!(refused(&outcome), (2103, Some(Reason::GuardiansOfPlatform)));
    // One of its people may help; two who become officers later still can't act without somebody else.
    world.must(&alice, choose(&[first.clone(), second.clone()], 2));
    let key = state_key::officers();
    let mut officers: nexus_types::state::Officers = world.memory.read(&key).unwrap();
    let members = [officers.members.as_slice(), &[first.id, second.id]].concat();
    officers.members = Set::new(members).unwrap();
    let bytes = nexus_types::encoding::encode(&officers);
    world.memory.state.insert(key, bytes);
    let frozen = freeze(&world);
    let outcome = world.submit(&[first, second], frozen);
    assert_eq!(refused(&outcome), (2001, Some(Reason::NotGuardians)));
}

#[test]
fn an_attester_who_is_a_guardian_or_unknown_or_speaks_of_another_key_is_not_heard() {
    let mut world = guarded();
    let (attester, bob) = (world.attester.clone(), world.bob.clone());
    let mut other_key = attested_by(&world, &attester);
    other_key.body.new_key = Person::new(98).public();
    other_key.signature = attester.sign(signing_digest(
        SigningKind::RecoveryAttestation,
        &other_key.body,
    ));
    let mut late = attested_by(&world, &attester);
    late.body.expires = Time(world.now.time.0 - 10_000);
    late.signature = attester.sign(signing_digest(SigningKind::RecoveryAttestation, &late.body));
    let mut forged = attested_by(&world, &attester);
    forged.signature = bob.sign(Hash([1; 32]));
    for (word, expected) in [
        (
            attested_by(&world, &bob),
            (2001, Some(Reason::AttesterUnknown)),
        ),
        (other_key, (2001, Some(Reason::AttestationVoid))),
        (late, (2001, Some(Reason::AttestationExpired))),
        (forged, (1063, None)),
    ] {
        let asked = recovery(&world, Some(word));
        assert_eq!(refused(&by_friends(&mut world, asked)), expected);
    }
    // It counts up to the last instant it names.
    let mut last = attested_by(&world, &attester);
    last.body.expires = world.now.time;
    last.signature = attester.sign(signing_digest(SigningKind::RecoveryAttestation, &last.body));
    let asked = recovery(&world, Some(last));
    assert_eq!(refused(&by_friends(&mut world.clone(), asked)), (0, None));
    // Alice takes her attester as a guardian: not independent any longer.
    let alice = world.alice.clone();
    world.must(
        &alice,
        choose(
            &[friends()[0].clone(), friends()[1].clone(), attester.clone()],
            2,
        ),
    );
    after(&mut world, WEEK);
    let word = attested_by(&world, &attester);
    let asked = recovery(&world, Some(word));
    let outcome = by_friends(&mut world, asked);
    assert_eq!(
        refused(&outcome),
        (2001, Some(Reason::AttesterNotIndependent))
    );
}

#[test]
fn a_recovery_needs_the_new_keys_own_signature_and_another_key_than_the_old() {
    let mut world = guarded();
    let Action::ProposeRecovery(mut asked) = recovery(&world, None) else {
        unreachable!()
    };
    let good = asked.proof;
    asked.proof = world.bob.sign(Hash([2; 32]));
    let outcome = by_friends(&mut world, Action::ProposeRecovery(asked.clone()));
    assert_eq!(outcome.code, Code::BadRotationProof);
    asked.proof = good;
    asked.new_key = nexus_types::KeyBytes([0; 32]);
    let outcome = by_friends(&mut world, Action::ProposeRecovery(asked));
    assert_eq!(outcome.code, Code::KeySmallOrder);
    assert!(
        world
            .memory
            .get(&state_key::guardianship(&world.alice.id))
            .is_some()
    );
}
