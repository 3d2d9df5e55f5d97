//! External names: proven, observed, called in question, lost (law §8).

use super::naming::*;
use super::world::*;
use nexus_types::governance::DeniedName;
use nexus_types::state::{Domain, Zone};
use nexus_types::{Gate, NameFault, Reason, state_key};

#[test]
fn a_claim_reserves_nothing_and_two_thirds_of_the_observers_bind_the_name() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let all = world.add_observers(4);
    world.must(&alice, claim_external("IMVU-042", EXTERNAL));
    world.must(&bob, claim_external("IMVU-B", EXTERNAL));
    assert_eq!(world.holder(EXTERNAL), None);
    // Of four organisations three are two thirds.
    world.all_observe(&all[..2], "IMVU-042", EXTERNAL, true);
    assert_eq!(world.holder(EXTERNAL), None);
    world.all_observe(&all[2..3], "IMVU-042", EXTERNAL, true);
    assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-042")));
    let zone: Zone = world
        .memory
        .read(&state_key::zone(&name(EXTERNAL)))
        .unwrap();
    assert_eq!((zone.imvu, zone.sets), (imvu("IMVU-042"), 0));
    assert!(world.external_claim("IMVU-042", EXTERNAL).is_none());
    assert!(world.external_claim("IMVU-B", EXTERNAL).is_some());
    // What was seen is what has to stay: nothing to do for the creator.
    let it = world.external(EXTERNAL).unwrap();
    assert!(!it.reproof && it.due > it.expires);
}

#[test]
fn only_registered_observers_speak_and_of_exactly_the_challenge_that_is_open() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let all = world.add_observers(3);
    world.must(&alice, claim_external("IMVU-042", EXTERNAL));
    let old = world.sighting("IMVU-042", EXTERNAL, true);
    for who in [&alice, &bob] {
        let refused = (2001, Some(Reason::NotObserver));
        assert_eq!(world.tried(who, old.clone()), refused);
    }
    let officers = world.officers[..3].to_vec();
    let outcome = world.submit(&officers, old.clone());
    assert_eq!(outcome.code.number(), 2001, "the platform neither");
    // Claimed afresh: another challenge, and the one before is of no use.
    world.must(&alice, claim_external("IMVU-042", EXTERNAL));
    let stale = (2003, Some(Reason::ChallengeOther));
    assert_eq!(world.tried(&all[0], old), stale);
    assert_eq!(
        world
            .observe(&all[0], "IMVU-042", EXTERNAL, true)
            .code
            .number(),
        0
    );
}

#[test]
fn an_organisation_has_one_vote_and_may_see_later_what_it_did_not_see() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let all = world.add_observers(3);
    world.must(&alice, claim_external("IMVU-042", EXTERNAL));
    let voted = (2102, Some(Reason::AlreadyVoted));
    let unseen = world.sighting("IMVU-042", EXTERNAL, false);
    let seen = world.sighting("IMVU-042", EXTERNAL, true);
    assert_eq!(world.tried(&all[0], unseen.clone()), (0, None));
    assert_eq!(world.tried(&all[0], unseen.clone()), voted);
    assert_eq!(world.tried(&all[0], seen.clone()), (0, None));
    assert_eq!(world.tried(&all[0], unseen), voted);
    assert_eq!(world.tried(&all[0], seen), voted);
    let votes = world.external_claim("IMVU-042", EXTERNAL).unwrap().votes;
    assert_eq!(votes.as_slice().len(), 1);
    assert_eq!(world.holder(EXTERNAL), None);
}

#[test]
fn who_has_left_the_register_counts_no_longer() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let all = world.add_observers(4);
    world.must(&alice, claim_external("IMVU-042", EXTERNAL));
    world.all_observe(&all[..2], "IMVU-042", EXTERNAL, true);
    world.set_observers(&all[1..]);
    // One of three is left; with another there are two.
    let gone = world.sighting("IMVU-042", EXTERNAL, true);
    assert_eq!(
        world.tried(&all[0], gone),
        (2001, Some(Reason::NotObserver))
    );
    world.all_observe(&all[2..3], "IMVU-042", EXTERNAL, true);
    assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-042")));
}

#[test]
fn what_this_network_grants_or_denies_is_not_proven() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let denied = DeniedName {
        name: name("co.test"),
        below: false,
        since: 1,
    };
    let key = state_key::denied_name(&denied.name);
    let bytes = nexus_types::encoding::encode(&denied);
    world.memory.state.insert(key, bytes);
    world.alter_apexes(&["demo.example", "names.operator.test"]);
    for (wanted, reason) in [
        ("shop.demo.example", Reason::NotExternal),
        ("imvu-b.world", Reason::NotExternal),
        ("demo.example", Reason::NameReserved),
        // Above an apex: it would take all that is granted below.
        ("operator.test", Reason::NameReserved),
        ("co.test", Reason::NameDenied),
        ("a_b.test", Reason::Name(NameFault::Underscore)),
        ("ab--c.test", Reason::Name(NameFault::Punycode)),
    ] {
        let refused = (2003, Some(reason));
        assert_eq!(
            world.tried(&alice, claim_external("IMVU-042", wanted)),
            refused,
            "{wanted}"
        );
    }
    for wanted in ["alice.co.test", "xn--bcher-kva.test"] {
        let allowed = (0, None);
        assert_eq!(
            world.tried(&alice, claim_external("IMVU-042", wanted)),
            allowed,
            "{wanted}"
        );
    }
}

#[test]
fn nobody_claims_for_anothers_imvu_or_for_one_without_jurisdiction() {
    let mut world = World::new();
    let bob = world.bob.clone();
    assert_eq!(
        world.tried(&bob, claim_external("IMVU-042", EXTERNAL)),
        (2001, Some(Reason::NotOwner))
    );
    let officers = world.officers[..3].to_vec();
    let outcome = world.submit(&officers, claim_external("IMVU-042", EXTERNAL));
    assert_eq!(outcome.code.number(), 2001);
    let draft = nexus_types::Action::CreateImvu {
        imvu: imvu("IMVU-DRAFT"),
        jurisdiction: None,
        quota: QUOTA,
    };
    world.must(&bob, draft);
    assert_eq!(
        world.tried(&bob, claim_external("IMVU-DRAFT", EXTERNAL)),
        (2009, Some(Reason::JurisdictionMissing))
    );
}

#[test]
fn a_claim_ends_with_its_challenge() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let all = world.add_observers(3);
    world.must(&alice, claim_external("IMVU-042", EXTERNAL));
    let expires = world.external_claim("IMVU-042", EXTERNAL).unwrap().expires;
    let late = world.sighting("IMVU-042", EXTERNAL, true);
    world.pass(expires.0);
    assert!(world.external_claim("IMVU-042", EXTERNAL).is_some());
    world.block(&[]);
    assert!(world.external_claim("IMVU-042", EXTERNAL).is_none());
    assert_eq!(
        world.tried(&all[0], late),
        (2003, Some(Reason::ChallengeOther))
    );
}

#[test]
fn a_fresh_proof_has_the_holder_prove_the_name_again_and_it_keeps_what_it_proves() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let all = world.prove(&alice, "IMVU-042", EXTERNAL);
    let first = world.challenge("IMVU-042", EXTERNAL);
    assert_eq!(
        world.tried(&bob, claim_domain("IMVU-B", EXTERNAL)),
        (2003, Some(Reason::NotUnderApex))
    );
    world.must(&bob, claim_external("IMVU-B", EXTERNAL));
    assert!(
        !world.external(EXTERNAL).unwrap().reproof,
        "a claim alone does nothing"
    );
    let seen = world.observe(&all[0], "IMVU-B", EXTERNAL, true);
    // What an observer sees concerns whose challenge it is, not who holds the name.
    assert_eq!(seen.verdict.unwrap().imvu, Some(imvu("IMVU-B")));
    world.all_observe(&all[1..2], "IMVU-B", EXTERNAL, true);
    let it = world.external(EXTERNAL).unwrap();
    assert!(it.reproof && it.imvu == imvu("IMVU-042"));
    // A record that was left behind proves nothing.
    assert_ne!(world.challenge("IMVU-042", EXTERNAL), first);
    assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-042")));
    world.all_observe(&all[1..], "IMVU-042", EXTERNAL, true);
    assert!(!world.external(EXTERNAL).unwrap().reproof);
    world.later(8 * DAY);
    assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-042")));
    assert!(world.external_claim("IMVU-B", EXTERNAL).is_none());
}

#[test]
fn a_holder_that_fails_within_seven_days_loses_the_name_with_its_zone_to_who_proved_it() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let all = world.prove(&alice, "IMVU-042", EXTERNAL);
    let records = nexus_types::Action::SetRecords {
        zone: text(EXTERNAL),
        owner: text("www.imvu042.world"),
        rrset: address(7),
    };
    world.must(&alice, records);
    world.must(&bob, claim_external("IMVU-B", EXTERNAL));
    world.all_observe(&all[..2], "IMVU-B", EXTERNAL, true);
    // One of three saw it: too few.
    world.all_observe(&all[..1], "IMVU-042", EXTERNAL, true);
    let until = world.external(EXTERNAL).unwrap().due;
    world.pass(until.0 - 1);
    assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-042")));
    world.later(DAY);
    assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-B")));
    let zone: Zone = world
        .memory
        .read(&state_key::zone(&name(EXTERNAL)))
        .unwrap();
    assert_eq!((zone.imvu, zone.sets), (imvu("IMVU-B"), 0));
    assert!(!world.external(EXTERNAL).unwrap().reproof);
}

#[test]
fn who_holds_a_name_that_is_called_in_question_cannot_hide_behind_it() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let all = world.prove(&alice, "IMVU-042", EXTERNAL);
    world.must(&bob, claim_external("IMVU-B", EXTERNAL));
    world.all_observe(&all[..2], "IMVU-B", EXTERNAL, true);
    let below = claim_domain("IMVU-042", "a.imvu042.world");
    assert_eq!(
        world.tried(&alice, below),
        (2003, Some(Reason::ReproofOpen))
    );
    let put = put_code(&world, EXTERNAL, 1);
    world.must(&alice, put);
    let flight = redeem(&world, EXTERNAL, "IMVU-B", &code());
    assert_eq!(world.tried(&bob, flight), (2103, Some(Reason::ReproofOpen)));
}

#[test]
fn a_proof_of_a_name_above_calls_those_below_in_question() {
    for keeps in [false, true] {
        let mut world = World::new();
        let (alice, bob) = (world.alice.clone(), world.bob.clone());
        let below = "shop.imvu042.world";
        let all = world.prove(&alice, "IMVU-042", below);
        // Below another's there is no claim at all.
        assert_eq!(
            world.tried(&bob, claim_external("IMVU-B", "x.shop.imvu042.world")),
            (2003, Some(Reason::AncestorTaken))
        );
        world.must(&bob, claim_external("IMVU-B", EXTERNAL));
        world.all_observe(&all[..2], "IMVU-B", EXTERNAL, true);
        assert_eq!(world.holder(EXTERNAL), None);
        assert!(world.external(below).unwrap().reproof);
        if keeps {
            world.all_observe(&all[..2], "IMVU-042", below, true);
        }
        world.later(8 * DAY);
        let (mine, others) = if keeps {
            (Some(imvu("IMVU-042")), None)
        } else {
            (None, Some(imvu("IMVU-B")))
        };
        assert_eq!(world.holder(below), mine);
        assert_eq!(world.holder(EXTERNAL), others);
    }
}

#[test]
fn a_name_is_looked_at_every_thirty_days_and_kept_while_less_than_two_thirds_miss_it() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let all = world.prove(&alice, "IMVU-042", EXTERNAL);
    let challenge = world.challenge("IMVU-042", EXTERNAL);
    world.all_observe(&all[..1], "IMVU-042", EXTERNAL, false);
    let first = world.external(EXTERNAL).unwrap();
    world.pass(first.due.0);
    let second = world.external(EXTERNAL).unwrap();
    assert_eq!(second.due, first.due.plus_ms(30 * DAY));
    assert!(second.votes.as_slice().is_empty() && !second.reproof);
    assert_eq!(
        world.challenge("IMVU-042", EXTERNAL),
        challenge,
        "nothing to publish anew"
    );
    // A year without a word of anybody.
    for _ in 0..12 {
        let due = world.external(EXTERNAL).unwrap().due;
        world.pass(due.0);
    }
    assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-042")));
}

#[test]
fn two_thirds_who_miss_the_proof_give_the_holder_seven_days() {
    for proves in [false, true] {
        let mut world = World::new();
        let (alice, bob) = (world.alice.clone(), world.bob.clone());
        let all = world.prove(&alice, "IMVU-042", EXTERNAL);
        world.all_observe(&all[..2], "IMVU-042", EXTERNAL, false);
        assert!(world.external(EXTERNAL).unwrap().reproof);
        assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-042")));
        if proves {
            world.all_observe(&all[..1], "IMVU-042", EXTERNAL, false);
            world.all_observe(&all[..2], "IMVU-042", EXTERNAL, true);
        }
        world.later(8 * DAY);
        assert_eq!(world.holder(EXTERNAL).is_some(), proves);
        if !proves {
            // It is nobody's, and this network does not lock it.
            let domain: Option<Domain> = world.memory.read(&state_key::domain(&name(EXTERNAL)));
            assert!(domain.is_none() && world.external(EXTERNAL).is_none());
            world.must(&bob, claim_external("IMVU-B", EXTERNAL));
            world.all_observe(&all[1..], "IMVU-B", EXTERNAL, true);
            assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-B")));
        }
    }
}

#[test]
fn a_proof_covers_what_its_holder_claims_below() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.prove(&alice, "IMVU-042", EXTERNAL);
    let below = "a.imvu042.world";
    world.must(&alice, claim_domain("IMVU-042", below));
    assert!(
        world.external(below).is_some(),
        "and it is observed by itself"
    );
    assert_eq!(
        world.tried(&bob, claim_domain("IMVU-B", "b.imvu042.world")),
        (2003, Some(Reason::AncestorTaken))
    );
    world.must(
        &alice,
        grant_child(EXTERNAL, "b.imvu042.world", Some("IMVU-B")),
    );
    world.must(&bob, claim_domain("IMVU-B", "b.imvu042.world"));
    world.must(&alice, release(below));
    assert_eq!(world.external(below), None);
}

#[test]
fn what_is_claimed_twice_over_ends_with_the_binding() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.prove(&alice, "IMVU-042", EXTERNAL);
    assert_eq!(
        world.tried(&alice, claim_external("IMVU-042", EXTERNAL)),
        (2102, Some(Reason::AlreadyExists))
    );
    world.must(&alice, claim_external("IMVU-042", "a.imvu042.world"));
    world.must(&alice, claim_domain("IMVU-042", "a.imvu042.world"));
    assert!(
        world
            .external_claim("IMVU-042", "a.imvu042.world")
            .is_none()
    );
}

#[test]
fn a_proof_that_finds_no_room_leaves_the_name_to_nobody() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let all = world.add_observers(3);
    world.must(&alice, claim_external("IMVU-042", EXTERNAL));
    for number in 0..31 {
        let full = format!("n{number}.demo.example");
        world.must(&alice, claim_domain("IMVU-042", &full));
        if number % 16 == 15 {
            world.later(DAY);
        }
    }
    world.all_observe(&all[..2], "IMVU-042", EXTERNAL, true);
    assert_eq!(world.holder(EXTERNAL), None);
    assert!(world.external_claim("IMVU-042", EXTERNAL).is_none());
}

#[test]
fn a_creator_is_told_when_a_vote_decides_and_not_of_each() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let all = world.prove(&alice, "IMVU-042", EXTERNAL);
    assert_eq!(world.notices("IMVU-042"), 1);
    world.must(&bob, claim_external("IMVU-B", EXTERNAL));
    assert_eq!(world.notices("IMVU-042"), 2, "somebody claims its name");
    world.all_observe(&all[..2], "IMVU-B", EXTERNAL, true);
    assert_eq!((world.notices("IMVU-042"), world.notices("IMVU-B")), (3, 1));
}

#[test]
fn the_platform_neither_claims_nor_frees_nor_grants_an_external_name() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.prove(&alice, "IMVU-042", EXTERNAL);
    let officers = world.officers[..3].to_vec();
    for action in [
        release(EXTERNAL),
        grant_child(EXTERNAL, "a.imvu042.world", Some("IMVU-B")),
        put_code(&world, EXTERNAL, 1),
        delegate(EXTERNAL, Some(own_servers())),
    ] {
        let verdict = world.submit(&officers, action).verdict.unwrap();
        assert_eq!(
            verdict.refusals().next(),
            Some((Gate::DomainOwnership, Reason::NotOwner))
        );
    }
}
