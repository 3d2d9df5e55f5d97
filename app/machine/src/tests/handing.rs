//! Names below another's, names served elsewhere, names that change hands (law §7, §8).

use super::guardians;
use super::mailing::{dkim, register_dkim};
use super::naming::*;
use super::world::*;
use nexus_types::action::Action;
use nexus_types::domain::{
    ChildGrant, Delegation, DelegationRecord, SetTransferKey, TransferCode, TransferKey,
};
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::state::{Domain, Imvu, Zone};
use nexus_types::{Bytes, Gate, KeyBytes, List, Reason, Set, state_key};

const PARENT: &str = "alice.demo.example";
const CHILD: &str = "shop.alice.demo.example";

fn record(zone: &str, owner: &str, last: u8) -> Action {
    Action::SetRecords {
        zone: text(zone),
        owner: text(owner),
        rrset: address(last),
    }
}

fn code_on(world: &World, of: &str) -> Option<TransferKey> {
    world.memory.read(&state_key::transfer_key(&name(of)))
}

fn delegation(world: &World, of: &str) -> Option<DelegationRecord> {
    world.memory.read(&state_key::delegation(&name(of)))
}

fn zone(world: &World, of: &str) -> Option<Zone> {
    world.memory.read(&state_key::zone(&name(of)))
}

fn keys(world: &World, id: &str) -> u32 {
    let imvu: Imvu = world.memory.read(&state_key::imvu(&imvu(id))).unwrap();
    imvu.state_keys
}

#[test]
fn a_name_below_is_another_imvus_with_the_owners_word_and_leaves_its_scope() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let taken = (2003, Some(Reason::AncestorTaken));
    assert_eq!(world.tried(&bob, claim_domain("IMVU-B", CHILD)), taken);
    world.must(&alice, grant_child(PARENT, CHILD, Some("IMVU-B")));
    let other = claim_domain("IMVU-B", "else.alice.demo.example");
    assert_eq!(world.tried(&bob, other), taken, "this name, and no other");
    world.must(&bob, claim_domain("IMVU-B", CHILD));
    // Below it the scope is Bob's.
    world.must(&bob, claim_domain("IMVU-B", "a.shop.alice.demo.example"));
    assert_eq!(
        world.tried(
            &alice,
            claim_domain("IMVU-042", "b.shop.alice.demo.example")
        ),
        taken
    );
    let inside = record(PARENT, "www.shop.alice.demo.example", 1);
    assert_eq!(
        world.tried(&alice, inside),
        (2004, Some(Reason::OutsideApex))
    );
    let hers = record(CHILD, "www.shop.alice.demo.example", 1);
    assert_eq!(world.tried(&alice, hers), (2004, Some(Reason::NotOwner)));
    assert_eq!(
        world.tried(&alice, grant_child(PARENT, CHILD, None)),
        (2102, Some(Reason::AlreadyExists))
    );
    // The one above is free: what lies below stays, and nobody else gets the one above.
    world.must(&alice, release(PARENT));
    assert_eq!(world.holder(CHILD), Some(imvu("IMVU-B")));
    world.later(366 * DAY);
    assert_eq!(
        world.tried(&alice, claim_domain("IMVU-042", PARENT)),
        (2003, Some(Reason::DescendantTaken))
    );
}

#[test]
fn a_grant_is_the_present_owners_lapses_and_can_be_taken_back() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let before = keys(&world, "IMVU-042");
    world.must(&alice, grant_child(PARENT, CHILD, Some("IMVU-B")));
    assert_eq!(keys(&world, "IMVU-042"), before + 1);
    world.must(&alice, grant_child(PARENT, CHILD, None));
    let taken = (2003, Some(Reason::AncestorTaken));
    assert_eq!(world.tried(&bob, claim_domain("IMVU-B", CHILD)), taken);
    assert_eq!(
        world.tried(&alice, grant_child(PARENT, CHILD, None)),
        (2101, Some(Reason::NotFound))
    );
    world.must(&alice, grant_child(PARENT, CHILD, Some("IMVU-B")));
    world.later(31 * DAY);
    assert_eq!(keys(&world, "IMVU-042"), before);
    assert_eq!(world.tried(&bob, claim_domain("IMVU-B", CHILD)), taken);
    // Given by an owner that no longer is one.
    world.must(&alice, grant_child(PARENT, CHILD, Some("IMVU-B")));
    world.hand(PARENT, &alice, &bob, "IMVU-B");
    let draft = Action::CreateImvu {
        imvu: imvu("IMVU-C"),
        jurisdiction: Some(tag("EU-GDPR")),
        quota: QUOTA,
    };
    world.must(&bob, draft);
    assert_eq!(world.tried(&bob, claim_domain("IMVU-C", CHILD)), taken);
    world.must(&bob, grant_child(PARENT, CHILD, Some("IMVU-C")));
    assert_eq!(keys(&world, "IMVU-042"), before - 3);
    world.must(&bob, claim_domain("IMVU-C", CHILD));
}

/// A grant of a former holder is void: the name that is claimed in spite of it has left nobody's scope.
#[test]
fn a_void_grant_is_not_used() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, grant_child(PARENT, CHILD, Some("IMVU-B")));
    let open = |world: &World| {
        let key = state_key::child_grant(&name(CHILD));
        let grant: Option<ChildGrant> = world.memory.read(&key);
        grant.map(|grant| grant.expires.is_some())
    };
    world.hand(PARENT, &alice, &bob, "IMVU-B");
    let before = keys(&world, "IMVU-B");
    world.must(&bob, claim_domain("IMVU-B", CHILD));
    assert_eq!(open(&world), Some(true));
    assert_eq!(keys(&world, "IMVU-B"), before + 3);
    // So Bob grants it himself before he hands it over.
    let put = put_code(&world, CHILD, 14);
    world.must(&bob, put);
    let take = redeem(&world, CHILD, "IMVU-042", &code());
    let refused = (2003, Some(Reason::AncestorTaken));
    assert_eq!(world.tried(&alice, take.clone()), refused);
    world.must(&bob, grant_child(PARENT, CHILD, Some("IMVU-042")));
    assert_eq!(world.tried(&alice, take), (0, None));
    assert_eq!(open(&world), Some(false));
}

#[test]
fn nothing_but_an_own_name_below_an_own_name_is_granted() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    for (parent, child, to, refused) in [
        (
            PARENT,
            "x.bob.demo.example",
            Some("IMVU-B"),
            (2103, Reason::NotBelow),
        ),
        (PARENT, PARENT, Some("IMVU-B"), (2103, Reason::NotBelow)),
        (PARENT, CHILD, Some("IMVU-X"), (2101, Reason::NotFound)),
        (PARENT, CHILD, Some("IMVU-042"), (2105, Reason::NoChange)),
        (
            "bob.demo.example",
            "x.bob.demo.example",
            Some("IMVU-042"),
            (2003, Reason::NotOwner),
        ),
        (
            "free.demo.example",
            "x.free.demo.example",
            Some("IMVU-B"),
            (2101, Reason::NotFound),
        ),
    ] {
        let refused = (refused.0, Some(refused.1));
        assert_eq!(
            world.tried(&alice, grant_child(parent, child, to)),
            refused,
            "{child}"
        );
    }
    world.must(&alice, claim_domain("IMVU-042", CHILD));
    assert_eq!(
        world.tried(
            &alice,
            grant_child(PARENT, "a.shop.alice.demo.example", Some("IMVU-B"))
        ),
        (2103, Some(Reason::NotBelow)),
        "the nearest one grants"
    );
    assert_eq!(
        world.tried(&bob, claim_domain("IMVU-B", CHILD)),
        (2003, Some(Reason::NameTaken))
    );
}

#[test]
fn a_name_goes_with_its_zone_to_who_has_the_code_and_once() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, record(PARENT, "www.alice.demo.example", 7));
    let (mine, bobs) = (keys(&world, "IMVU-042"), keys(&world, "IMVU-B"));
    let put = put_code(&world, PARENT, 14);
    world.must(&alice, put);
    let taken = redeem(&world, PARENT, "IMVU-B", &code());
    let outcome = world.submit(std::slice::from_ref(&bob), taken.clone());
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    assert_eq!(
        outcome.verdict.unwrap().imvu,
        Some(imvu("IMVU-042")),
        "who loses it is concerned"
    );
    assert_eq!(world.holder(PARENT), Some(imvu("IMVU-B")));
    let moved = zone(&world, PARENT).unwrap();
    assert_eq!((moved.imvu, moved.sets), (imvu("IMVU-B"), 1));
    assert_eq!(
        (keys(&world, "IMVU-042"), keys(&world, "IMVU-B")),
        (mine - 4, bobs + 4)
    );
    assert_eq!((world.notices("IMVU-042"), world.notices("IMVU-B")), (1, 1));
    assert!(code_on(&world, PARENT).is_none());
    world.must(&bob, record(PARENT, "www.alice.demo.example", 8));
    assert_eq!(
        world.tried(&alice, record(PARENT, "www.alice.demo.example", 9)),
        (2004, Some(Reason::NotOwner))
    );
    assert_eq!(
        world.tried(&bob, taken),
        (2003, Some(Reason::NoTransferCode))
    );
}

#[test]
fn who_sees_a_redemption_cannot_run_ahead_of_it() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let thief = Person::new(77);
    world.register(&thief);
    let own = Action::CreateImvu {
        imvu: imvu("IMVU-T"),
        jurisdiction: Some(tag("EU-GDPR")),
        quota: QUOTA,
    };
    world.must(&thief, own);
    let put = put_code(&world, PARENT, 14);
    world.must(&alice, put);
    let Action::RedeemTransfer(seen) = redeem(&world, PARENT, "IMVU-B", &code()) else {
        unreachable!();
    };
    let mut other = seen.clone();
    other.imvu = imvu("IMVU-T");
    assert_eq!(
        world.tried(&thief, Action::RedeemTransfer(other)),
        (2003, Some(Reason::TransferNotSigned))
    );
    let mut other = seen.clone();
    other.name = name("bob.demo.example");
    assert_eq!(
        world.tried(&bob, Action::RedeemTransfer(other)),
        (2003, Some(Reason::NoTransferCode))
    );
    // As it was seen, it is of use for nobody but Bob.
    assert_eq!(
        world.tried(&thief, Action::RedeemTransfer(seen.clone())),
        (2001, Some(Reason::NotOwner))
    );
    assert_eq!(
        world.tried(&thief, redeem(&world.clone(), PARENT, "IMVU-T", &thief)),
        (2003, Some(Reason::TransferNotSigned))
    );
    assert_eq!(world.tried(&bob, Action::RedeemTransfer(seen)), (0, None));
}

#[test]
fn a_code_ends_and_can_be_taken_off_and_is_a_key_that_the_law_admits() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    for days in [0, 15] {
        let refused = (2103, Some(Reason::TransferCodeTerm));
        let put = put_code(&world, PARENT, days);
        assert_eq!(world.tried(&alice, put), refused);
    }
    let identity_point = Action::SetTransferKey(SetTransferKey {
        name: name(PARENT),
        code: Some(TransferCode {
            key: KeyBytes({
                let mut bytes = [0; 32];
                bytes[0] = 1;
                bytes
            }),
            expires: world.law_time().plus_ms(DAY),
        }),
    });
    assert_eq!(
        world.tried(&alice, identity_point),
        (2103, Some(Reason::TransferCodeKey))
    );
    let none = (2003, Some(Reason::NoTransferCode));
    let put = put_code(&world, PARENT, 1);
    assert_eq!(
        world.tried(&bob, put.clone()),
        (2003, Some(Reason::NotOwner))
    );
    world.must(&alice, put);
    world.must(&alice, take_off_code(PARENT));
    let take = redeem(&world, PARENT, "IMVU-B", &code());
    assert_eq!(world.tried(&bob, take.clone()), none);
    assert_eq!(
        world.tried(&alice, take_off_code(PARENT)),
        (2105, Some(Reason::NoChange))
    );
    let put = put_code(&world, PARENT, 1);
    world.must(&alice, put);
    world.later(DAY + HOUR);
    assert_eq!(world.tried(&bob, take.clone()), none);
    let put = put_code(&world, PARENT, 1);
    world.must(&alice, put);
    world.must(&alice, release(PARENT));
    assert_eq!(world.tried(&bob, take), none);
}

#[test]
fn names_in_a_scope_go_before_the_name_that_they_lie_below() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, claim_domain("IMVU-042", CHILD));
    for of in [PARENT, CHILD] {
        let put = put_code(&world, of, 14);
        world.must(&alice, put);
    }
    let take = |world: &World, of: &str| redeem(world, of, "IMVU-B", &code());
    let action = take(&world, PARENT);
    assert_eq!(
        world.tried(&bob, action),
        (2003, Some(Reason::DescendantTaken))
    );
    let action = take(&world, CHILD);
    assert_eq!(
        world.tried(&bob, action),
        (2003, Some(Reason::AncestorTaken))
    );
    world.must(&alice, grant_child(PARENT, CHILD, Some("IMVU-B")));
    let action = take(&world, CHILD);
    assert_eq!(world.tried(&bob, action), (0, None));
    let action = take(&world, PARENT);
    assert_eq!(world.tried(&bob, action), (0, None));
    assert_eq!(world.holder(CHILD), Some(imvu("IMVU-B")));
    // And what has left a scope goes on by itself.
    world.hand(CHILD, &bob, &alice, "IMVU-042");
    assert_eq!(world.holder(CHILD), Some(imvu("IMVU-042")));
    assert_eq!(world.holder(PARENT), Some(imvu("IMVU-B")));
}

#[test]
fn guardians_who_freeze_the_owner_hold_its_names() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    guardians::guard(&mut world);
    let put = put_code(&world, PARENT, 14);
    world.must(&alice, put.clone());
    let freeze = guardians::freeze(&world);
    assert_eq!(
        world
            .submit(&guardians::friends()[..2], freeze)
            .code
            .number(),
        0
    );
    let frozen = Some(Reason::IdentityFrozen);
    let take = redeem(&world, PARENT, "IMVU-B", &code());
    assert_eq!(world.tried(&bob, take), (2003, frozen));
    for action in [
        put,
        grant_child(PARENT, CHILD, Some("IMVU-B")),
        delegate(PARENT, Some(own_servers())),
        release(PARENT),
    ] {
        assert_eq!(world.tried(&alice, action), (2001, frozen));
    }
}

#[test]
fn mail_under_a_name_ends_when_it_changes_hands_and_its_keys_are_not_left_behind() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.add_mail();
    world.must(&alice, register_dkim("nx1", dkim(80)));
    // One that was published by hand is as good for who had its secret.
    let by_hand = Action::SetRecords {
        zone: text(PARENT),
        owner: text("old._domainkey.alice.demo.example"),
        rrset: RRset {
            rtype: RecordType::Txt,
            ttl: 300,
            records: Set::new(vec![RData::Txt(
                List::new(vec![Bytes::new(b"v=DKIM1".to_vec()).unwrap()]).unwrap(),
            )])
            .unwrap(),
        },
    };
    world.must(&alice, by_hand);
    world.must(&alice, record(PARENT, PARENT, 7));
    world.hand(PARENT, &alice, &bob, "IMVU-B");
    assert_eq!(zone(&world, PARENT).unwrap().sets, 1);
    assert!(world.mailbox("ann").is_none() && world.dkim_key("nx1").is_none());
}

#[test]
fn an_external_name_goes_with_a_challenge_of_its_new_holders() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.prove(&alice, "IMVU-042", EXTERNAL);
    let before = world.challenge("IMVU-042", EXTERNAL);
    world.must(&bob, claim_external("IMVU-B", EXTERNAL));
    world.hand(EXTERNAL, &alice, &bob, "IMVU-B");
    let it = world.external(EXTERNAL).unwrap();
    assert_eq!((it.imvu.clone(), it.reproof), (imvu("IMVU-B"), false));
    assert_ne!(world.challenge("IMVU-B", EXTERNAL), before);
    assert!(world.external_claim("IMVU-B", EXTERNAL).is_none());
}

#[test]
fn a_name_is_served_elsewhere_until_its_owner_takes_a_zone_again() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.must(&alice, record(PARENT, PARENT, 7));
    world.add_mail();
    world.must(&alice, delegate(PARENT, Some(own_servers())));
    assert!(zone(&world, PARENT).is_none() && world.mailbox("ann").is_none());
    assert_eq!(
        delegation(&world, PARENT).unwrap().delegation,
        own_servers()
    );
    let refused = (2004, Some(Reason::NameDelegated));
    assert_eq!(world.tried(&alice, record(PARENT, PARENT, 7)), refused);
    assert_eq!(world.tried(&alice, register_dkim("nx1", dkim(80))), refused);
    assert_eq!(
        world.tried(&alice, claim_domain("IMVU-042", CHILD)),
        (2003, Some(Reason::NameDelegated))
    );
    let again = delegate(PARENT, Some(own_servers()));
    assert_eq!(world.tried(&alice, again), (2105, Some(Reason::NoChange)));
    let mut fewer = own_servers();
    fewer.ds = Set::default();
    world.must(&alice, delegate(PARENT, Some(fewer)));
    world.must(&alice, delegate(PARENT, None));
    assert_eq!(zone(&world, PARENT).unwrap().sets, 0);
    assert!(delegation(&world, PARENT).is_none());
    world.must(&alice, record(PARENT, PARENT, 8));
    assert_eq!(
        world.tried(&alice, delegate(PARENT, None)),
        (2105, Some(Reason::NoChange))
    );
}

#[test]
fn a_delegation_outlasts_its_owner_until_somebody_else_holds_the_name() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, delegate(PARENT, Some(own_servers())));
    world.must(&alice, release(PARENT));
    let stands = delegation(&world, PARENT).unwrap();
    assert_eq!((stands.imvu, stands.delegation), (None, own_servers()));
    // Nobody's, but nobody touches it either, nor squeezes in below.
    let officers = world.officers[..3].to_vec();
    for signers in [officers.clone(), vec![alice.clone()], vec![bob.clone()]] {
        let outcome = world.submit(&signers, delegate(PARENT, None));
        assert_eq!(outcome.code.number(), 2004);
    }
    let below = claim_domain("IMVU-B", CHILD);
    assert_eq!(
        world.tried(&bob, below),
        (2003, Some(Reason::NameDelegated))
    );
    let locked = (2003, Some(Reason::NameLocked));
    assert_eq!(world.tried(&bob, claim_domain("IMVU-B", PARENT)), locked);
    world.later(366 * DAY);
    assert!(delegation(&world, PARENT).is_some());
    world.must(&bob, claim_domain("IMVU-B", PARENT));
    assert!(delegation(&world, PARENT).is_none() && zone(&world, PARENT).is_some());
}

#[test]
fn a_delegation_moves_with_its_name() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, delegate(PARENT, Some(own_servers())));
    world.hand(PARENT, &alice, &bob, "IMVU-B");
    assert_eq!(
        delegation(&world, PARENT).unwrap().imvu,
        Some(imvu("IMVU-B"))
    );
    world.must(&bob, delegate(PARENT, None));
}

#[test]
fn nobody_but_the_owner_delegates_and_only_what_is_whole() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let officers = world.officers[..3].to_vec();
    let verdict = world
        .submit(&officers, delegate(PARENT, Some(own_servers())))
        .verdict
        .unwrap();
    let refused: Vec<Gate> = verdict.refusals().map(|(gate, _)| gate).collect();
    assert_eq!(
        refused,
        [
            Gate::DomainOwnership,
            Gate::DnsAuthority,
            Gate::NoSilentRedirection
        ]
    );
    assert_eq!(
        world.tried(&bob, delegate(PARENT, Some(own_servers()))),
        (2003, Some(Reason::NotOwner))
    );
    let inside = Delegation {
        servers: Set::new(vec![name("ns1.alice.demo.example")]).unwrap(),
        ..own_servers()
    };
    assert_eq!(
        world.tried(&alice, delegate(PARENT, Some(inside))),
        (2004, Some(Reason::DelegationUnfit))
    );
    world.must(&alice, claim_domain("IMVU-042", CHILD));
    assert_eq!(
        world.tried(&alice, delegate(PARENT, Some(own_servers()))),
        (2004, Some(Reason::NamesBelow))
    );
    world.prove(&alice, "IMVU-042", EXTERNAL);
    assert_eq!(
        world.tried(&alice, delegate(EXTERNAL, Some(own_servers()))),
        (2004, Some(Reason::NameExternal))
    );
    let free: Option<Domain> = world
        .memory
        .read(&state_key::domain(&name("free.demo.example")));
    assert!(free.is_none());
    assert_eq!(
        world.tried(&alice, delegate("free.demo.example", Some(own_servers()))),
        (2004, Some(Reason::ZoneNotBound))
    );
}
