//! What a zone may hold, and until when claims, grants and codes of names count.

use super::bounds::{alter, once};
use super::council::*;
use super::hosting::*;
use super::naming::*;
use super::world::*;
use crate::check_record_set;
use nexus_types::action::Action;
use nexus_types::domain::{ChildGrant, SetTransferKey, TransferCode};
use nexus_types::encoding::encode;
use nexus_types::limits::{DOMAINS_PER_IMVU, RRSETS_PER_ZONE, TRANSFER_CODE_MS, TXT_RRSET_BYTES};
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::state::{Imvu, Zone, ZoneEntry, ZoneIndex};
use nexus_types::verdict::ZoneFault;
use nexus_types::{Bytes, Hash, List, Reason, Set, Text, Time, state_key};

const APEX: &str = "alice.demo.example";

fn check(index: &ZoneIndex, owner: &str, set: &RRset) -> Result<(), ZoneFault> {
    check_record_set(index, &name(APEX), &name(owner), set)
}

fn txt(strings: Vec<Vec<u8>>) -> RData {
    let strings = strings.into_iter().map(|one| Bytes::new(one).unwrap());
    RData::Txt(List::new(strings.collect()).unwrap())
}

#[test]
fn a_full_zone_lets_a_set_be_replaced_and_takes_no_other() {
    let entry = |number: usize| ZoneEntry {
        owner: name(&format!("n{number}.{APEX}")),
        rtype: RecordType::A,
        hash: Hash([1; 32]),
        targets: Vec::new(),
    };
    let mut index = ZoneIndex {
        entries: (0..RRSETS_PER_ZONE).map(entry).collect(),
    };
    let ipv6 = rrset(RecordType::Aaaa, vec![RData::Aaaa([1; 16])]);
    let full = Err(ZoneFault::TooManySets);
    assert_eq!(check(&index, &format!("n7.{APEX}"), &address(2)), Ok(()));
    assert_eq!(check(&index, &format!("n7.{APEX}"), &ipv6), full);
    assert_eq!(check(&index, &format!("new.{APEX}"), &address(2)), full);
    index.entries.pop();
    assert_eq!(check(&index, &format!("new.{APEX}"), &address(2)), Ok(()));
}

#[test]
fn texts_targets_and_tags_are_what_their_records_may_hold() {
    let none = ZoneIndex {
        entries: Vec::new(),
    };
    let at = format!("x.{APEX}");
    let told = |rtype, data| check(&none, &at, &rrset(rtype, data));
    let long = |bytes: usize| {
        // Each string is one octet longer on the wire.
        let mut left = bytes;
        let mut strings = Vec::new();
        while left > 0 {
            let take = left.min(256);
            strings.push(vec![b'a'; take - 1]);
            left -= take;
        }
        vec![txt(strings)]
    };
    assert_eq!(told(RecordType::Txt, long(TXT_RRSET_BYTES)), Ok(()));
    // What a text may not have, other types may.
    let mut longer = long(TXT_RRSET_BYTES);
    longer.push(txt(vec![vec![b'b'; 9]]));
    assert_eq!(told(RecordType::Txt, longer), Err(ZoneFault::TooLarge));
    let empty = Err(ZoneFault::EmptyString);
    assert_eq!(told(RecordType::Txt, vec![txt(vec![])]), empty);
    assert_eq!(
        told(RecordType::Txt, vec![txt(vec![vec![b'a'], vec![]])]),
        empty
    );
    let service = name(&format!("_sip.{APEX}"));
    let no_host = Err(ZoneFault::TargetNotHost);
    let mx = RData::Mx {
        preference: 1,
        exchange: service.clone(),
    };
    assert_eq!(told(RecordType::Mx, vec![mx]), no_host);
    let srv = RData::Srv {
        priority: 1,
        weight: 1,
        port: 1,
        target: service,
    };
    assert_eq!(told(RecordType::Srv, vec![srv]), no_host);
    for (tag, answer) in [
        ("issue", Ok(())),
        ("v2", Ok(())),
        ("", Err(ZoneFault::BadCaaTag)),
        ("Issue", Err(ZoneFault::BadCaaTag)),
        ("is-sue", Err(ZoneFault::BadCaaTag)),
    ] {
        let caa = RData::Caa {
            critical: false,
            tag: Text::new(tag).unwrap(),
            value: Bytes::new(vec![b'a']).unwrap(),
        };
        assert_eq!(told(RecordType::Caa, vec![caa]), answer, "{tag}");
    }
}

#[test]
fn other_sets_than_texts_may_be_twice_as_large() {
    let none = ZoneIndex {
        entries: Vec::new(),
    };
    let blob = |number: u8| RData::Tlsa {
        usage: 3,
        selector: 1,
        matching: number,
        data: Bytes::new(vec![number; 512 - 3]).unwrap(),
    };
    let of = |count: u8| {
        let all: Vec<RData> = (0..count).map(blob).collect();
        RRset {
            rtype: RecordType::Tlsa,
            ttl: 300,
            records: Set::new(all).unwrap(),
        }
    };
    let (fits, over) = (of(16), of(17));
    assert_eq!(fits.wire_len(), 2 * TXT_RRSET_BYTES);
    assert_eq!(check(&none, &format!("_443.{APEX}"), &fits), Ok(()));
    assert_eq!(
        check(&none, &format!("_443.{APEX}"), &over),
        Err(ZoneFault::TooLarge)
    );
}

#[test]
fn only_the_challenge_that_is_open_for_a_holder_keeps_its_name() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let all = world.prove(&alice, ID, EXTERNAL);
    let Action::ObserveName(seen) = world.sighting(ID, EXTERNAL, true) else {
        unreachable!()
    };
    let (mut other, mut stale) = (seen.clone(), seen);
    other.imvu = imvu("IMVU-B");
    stale.challenge = Hash([1; 32]);
    for wrong in [other, stale] {
        assert_eq!(
            world.tried(&all[2], Action::ObserveName(wrong)),
            (2003, Some(Reason::ChallengeOther))
        );
    }
}

#[test]
fn one_registered_observer_is_two_thirds_of_one() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let all = world.add_observers(1);
    world.must(&alice, claim_external(ID, EXTERNAL));
    let unseen = world.sighting(ID, EXTERNAL, false);
    assert_eq!(world.tried(&all[0], unseen.clone()), (0, None));
    assert_eq!(
        world.tried(&all[0], unseen),
        (2102, Some(Reason::AlreadyVoted))
    );
    world.all_observe(&all, ID, EXTERNAL, true);
    assert_eq!(world.holder(EXTERNAL), Some(imvu(ID)));
}

#[test]
fn a_round_of_observation_is_dated_by_when_the_last_was_due() {
    let span = 30 * DAY;
    let mut world = World::new();
    let alice = world.alice.clone();
    world.prove(&alice, ID, EXTERNAL);
    let due = world.external(EXTERNAL).unwrap().due;
    for (late, next) in [
        (2_000, due.plus_ms(span)),
        (span - 1, due.plus_ms(span)),
        // A whole round behind: the next begins now.
        (span, due.plus_ms(2 * span)),
        (span + 2_000, due.plus_ms(2 * span + 2_000)),
    ] {
        let mut world = world.clone();
        world.pass(due.0 + late);
        assert_eq!(world.external(EXTERNAL).unwrap().due, next, "{late}");
    }
}

#[test]
fn a_transfer_code_lasts_as_long_as_it_may() {
    for (more, answer) in [(0, None), (1, Some(Reason::TransferCodeTerm))] {
        let mut world = World::new();
        let alice = world.alice.clone();
        let put = Action::SetTransferKey(SetTransferKey {
            name: name(APEX),
            code: Some(TransferCode {
                key: code().public(),
                expires: world.now.time.plus_ms(TRANSFER_CODE_MS + more),
            }),
        });
        assert_eq!(world.tried(&alice, put).1, answer);
    }
}

const CHILD: &str = "shop.alice.demo.example";

fn grant_of(world: &World) -> Option<ChildGrant> {
    world.memory.read(&state_key::child_grant(&name(CHILD)))
}

fn keys(world: &World, id: &str) -> u32 {
    let imvu: Imvu = world.memory.read(&state_key::imvu(&imvu(id))).unwrap();
    imvu.state_keys
}

#[test]
fn a_grant_counts_up_to_its_last_instant_and_only_while_its_giver_holds_what_is_above() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, grant_child(APEX, CHILD, Some("IMVU-B")));
    let expires = grant_of(&world).unwrap().expires.unwrap();
    let claimed = |world: &World, time: Time| {
        let mut world = world.clone();
        world.set_clocks(time.0);
        let tx = world.seal(&bob, &[], world.body(&bob, claim_domain("IMVU-B", CHILD)));
        refusal(&world.execute(&[encode(&tx)]).txs[0]).1
    };
    let taken = Some(Reason::AncestorTaken);
    assert_eq!(claimed(&world, expires), None);
    let key = || state_key::child_grant(&name(CHILD));
    let at = world.now.time;
    for change in [
        (|it| it.by = imvu("IMVU-C")) as fn(&mut ChildGrant),
        |it| it.parent = name("demo.example"),
        |it| it.expires = Some(Time(START)),
    ] {
        let mut world = world.clone();
        alter::<ChildGrant>(&mut world, key(), change);
        assert_eq!(claimed(&world, at), taken);
    }
}

#[test]
fn who_takes_what_it_granted_itself_pays_for_no_grant() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let before = keys(&world, ID);
    world.must(&alice, claim_domain(ID, CHILD));
    let claimed = keys(&world, ID) - before;
    let mut world = World::new();
    world.must(&alice, grant_child(APEX, CHILD, Some("IMVU-B")));
    let before = keys(&world, ID);
    world.must(&alice, claim_domain(ID, CHILD));
    assert_eq!(keys(&world, ID) - before, claimed);
}

#[test]
fn who_gives_a_granted_name_back_gives_the_grant_back_with_it() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let before = (keys(&world, ID), keys(&world, "IMVU-B"));
    world.must(&alice, grant_child(APEX, CHILD, Some("IMVU-B")));
    world.must(&bob, claim_domain("IMVU-B", CHILD));
    assert!(grant_of(&world).is_some_and(|grant| grant.expires.is_none()));
    let again = grant_child(APEX, CHILD, Some("IMVU-B"));
    assert_eq!(
        world.tried(&alice, again).1,
        Some(Reason::NameTaken),
        "what somebody has is not granted"
    );
    world.must(&bob, release(CHILD));
    assert_eq!(grant_of(&world), None);
    assert_eq!(keys(&world, ID), before.0);
    world.later(366 * DAY);
    assert_eq!(keys(&world, "IMVU-B"), before.1);
    // The scope is Alice's again.
    assert_eq!(
        world.tried(&bob, claim_domain("IMVU-B", CHILD)).1,
        Some(Reason::AncestorTaken)
    );
}

#[test]
fn a_name_of_its_own_hides_no_records_of_the_zone_above() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let set = |owner: &str| Action::SetRecords {
        zone: text(APEX),
        owner: text(owner),
        rrset: address(7),
    };
    world.must(&alice, set("www.shop.alice.demo.example"));
    assert_eq!(
        world.tried(&alice, claim_domain(ID, CHILD)).1,
        Some(Reason::WrongState)
    );
    assert_eq!(
        world.tried(&alice, claim_domain(ID, "other.alice.demo.example")),
        (0, None)
    );
}

#[test]
fn an_imvu_takes_over_names_up_to_as_many_as_it_may_have() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let put = put_code(&world, APEX, 14);
    world.must(&alice, put);
    let take = redeem(&world, APEX, "IMVU-B", &code());
    for (has, answer) in [
        (DOMAINS_PER_IMVU - 1, None),
        (DOMAINS_PER_IMVU, Some(Reason::LimitReached)),
        (DOMAINS_PER_IMVU + 1, Some(Reason::LimitReached)),
    ] {
        alter::<Imvu>(&mut world, state_key::imvu(&imvu("IMVU-B")), |it| {
            it.domains = has;
        });
        assert_eq!(once(&world, &bob, take.clone()).1, answer, "{has}");
    }
}

#[test]
fn the_same_records_again_leave_the_zone_as_it_is() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let set = Action::SetRecords {
        zone: text(APEX),
        owner: text("www.alice.demo.example"),
        rrset: address(7),
    };
    let zone = |world: &World| world.memory.read::<Zone>(&state_key::zone(&name(APEX)));
    world.must(&alice, set.clone());
    let before = zone(&world);
    world.try_as(&alice, set);
    assert!(before.is_some() && before == zone(&world));
}
