//! Names and zones: one holder a name, one spelling a name, zones that stay valid.

use super::world::*;
use nexus_types::action::Action;
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::state::{Domain, Zone};
use nexus_types::verdict::ZoneFault;
use nexus_types::{Gate, NameFault, Reason, state_key};

fn claim(world: &mut World, person: &Person, id: &str, name: &str) -> (u32, Option<Reason>) {
    let outcome = world.submit(
        std::slice::from_ref(person),
        Action::ClaimDomain {
            name: text(name),
            imvu: imvu(id),
        },
    );
    (outcome.code.number(), outcome.verdict.unwrap().reason())
}

fn set(
    world: &mut World,
    person: &Person,
    zone: &str,
    owner: &str,
    rrset: RRset,
) -> (u32, Option<Reason>) {
    let action = Action::SetRecords {
        zone: text(zone),
        owner: text(owner),
        rrset,
    };
    let outcome = world.submit(std::slice::from_ref(person), action);
    (outcome.code.number(), outcome.verdict.unwrap().reason())
}

#[test]
fn a_name_has_one_holder_and_so_have_its_ancestors_and_descendants() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    assert_eq!(
        claim(&mut world, &bob, "IMVU-B", "alice.demo.example"),
        (2003, Some(Reason::NameTaken))
    );
    assert_eq!(
        claim(&mut world, &bob, "IMVU-B", "x.alice.demo.example"),
        (2003, Some(Reason::AncestorTaken))
    );
    assert_eq!(
        claim(&mut world, &alice, "IMVU-042", "a.b.deep.demo.example"),
        (0, None)
    );
    assert_eq!(
        claim(&mut world, &bob, "IMVU-B", "deep.demo.example"),
        (2003, Some(Reason::DescendantTaken))
    );
    assert_eq!(
        claim(&mut world, &bob, "IMVU-B", "b.deep.demo.example"),
        (2003, Some(Reason::DescendantTaken))
    );
    assert_eq!(
        claim(&mut world, &alice, "IMVU-042", "deep.demo.example"),
        (0, None)
    );
    assert_eq!(
        claim(&mut world, &alice, "IMVU-042", "deep.demo.example"),
        (2102, Some(Reason::AlreadyExists))
    );
    assert_eq!(
        claim(&mut world, &bob, "IMVU-B", "c.deep.demo.example"),
        (2003, Some(Reason::AncestorTaken))
    );
}

#[test]
fn only_names_under_an_apex_or_approved_in_genesis_are_granted() {
    let mut world = World::new();
    let bob = world.bob.clone();
    for (name, reason) in [
        ("demo.example", Reason::NameReserved),
        ("else.example", Reason::NotUnderApex),
        (
            "xn--bcher-kva.demo.example",
            Reason::Name(NameFault::International),
        ),
        ("a_b.demo.example", Reason::Name(NameFault::Underscore)),
        ("*.demo.example", Reason::Name(NameFault::Wildcard)),
    ] {
        assert_eq!(
            claim(&mut world, &bob, "IMVU-B", name),
            (2003, Some(reason)),
            "{name}"
        );
    }
    assert_eq!(claim(&mut world, &bob, "IMVU-B", "imvu-b.world"), (0, None));
}

#[test]
fn no_spelling_of_anothers_zone_is_a_second_key() {
    let mut world = World::new();
    let bob = world.bob.clone();
    let www = "www.alice.demo.example";
    for zone in [
        "alice.demo.example",
        "ALICE.demo.Example",
        "alice.demo.example.",
    ] {
        assert_eq!(
            set(&mut world, &bob, zone, www, address(1)),
            (2004, Some(Reason::NotOwner)),
            "{zone}"
        );
    }
    for zone in [
        "alice\\.demo.example",
        "alice\u{3002}demo.example",
        "alice.demo\u{ff0e}example",
        "alice .demo.example",
    ] {
        let reason = Reason::Name(NameFault::Character);
        assert_eq!(
            set(&mut world, &bob, zone, www, address(1)),
            (2004, Some(reason)),
            "{zone}"
        );
    }
    assert!(
        world
            .memory
            .read::<RRset>(&state_key::rrset(
                &world.name("alice.demo.example"),
                &world.name(www),
                RecordType::A
            ))
            .is_none()
    );
}

#[test]
fn the_platform_cannot_edit_a_zone() {
    let mut world = World::new();
    let officers = world.officers[..3].to_vec();
    let action = Action::SetRecords {
        zone: text("alice.demo.example"),
        owner: text("www.alice.demo.example"),
        rrset: address(99),
    };
    let verdict = world.submit(&officers, action).verdict.unwrap();
    let refused: Vec<Gate> = verdict.refusals().map(|(gate, _)| gate).collect();
    assert_eq!(refused, [Gate::DnsAuthority, Gate::NoSilentRedirection]);
}

#[test]
fn records_stay_inside_their_apex() {
    let mut world = World::new();
    let alice = world.alice.clone();
    for owner in [
        "www.bob.demo.example",
        "demo.example",
        "xalice.demo.example",
    ] {
        let outcome = set(&mut world, &alice, "alice.demo.example", owner, address(1));
        assert_eq!(outcome, (2004, Some(Reason::OutsideApex)), "{owner}");
    }
    assert_eq!(
        claim(&mut world, &alice, "IMVU-042", "sub.alice.demo.example"),
        (0, None)
    );
    let outcome = set(
        &mut world,
        &alice,
        "alice.demo.example",
        "www.sub.alice.demo.example",
        address(1),
    );
    assert_eq!(outcome, (2004, Some(Reason::OutsideApex)));
}

#[test]
fn a_zone_changes_its_root_and_serial_and_comes_back() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let zone = |world: &World| {
        world
            .memory
            .read::<Zone>(&state_key::zone(&world.name("alice.demo.example")))
            .unwrap()
    };
    let before = zone(&world);
    assert_eq!(
        set(
            &mut world,
            &alice,
            "alice.demo.example",
            "www.alice.demo.example",
            address(7)
        ),
        (0, None)
    );
    let after = zone(&world);
    assert_ne!(before.root, after.root);
    assert_eq!((after.sets, after.serial > before.serial), (1, true));
    let rtype = RecordType::A;
    let remove = Action::RemoveRecords {
        zone: text("alice.demo.example"),
        owner: text("WWW.alice.demo.example"),
        rtype,
    };
    world.must(&alice, remove.clone());
    assert_eq!((zone(&world).root, zone(&world).sets), (before.root, 0));
    assert_eq!(world.submit(&[alice], remove).code.number(), 2101);
}

#[test]
fn a_released_name_is_locked_and_its_zone_is_gone() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    assert_eq!(
        set(
            &mut world,
            &alice,
            "alice.demo.example",
            "alice.demo.example",
            address(7)
        ),
        (0, None)
    );
    let release = Action::ReleaseDomain {
        name: text("alice.demo.example"),
    };
    assert_eq!(
        world
            .submit(std::slice::from_ref(&bob), release.clone())
            .code
            .number(),
        2003
    );
    world.must(&alice, release);
    let name = world.name("alice.demo.example");
    assert_eq!(
        world
            .memory
            .read::<Domain>(&state_key::domain(&name))
            .unwrap()
            .imvu,
        None
    );
    assert!(world.memory.read::<Zone>(&state_key::zone(&name)).is_none());
    assert!(
        world
            .memory
            .read::<RRset>(&state_key::rrset(&name, &name, RecordType::A))
            .is_none()
    );
    assert_eq!(
        claim(&mut world, &bob, "IMVU-B", "alice.demo.example"),
        (2003, Some(Reason::NameLocked))
    );
}

#[test]
fn a_set_that_would_make_the_zone_invalid_is_refused_with_its_fault() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let name =
        |text: &str| nexus_types::Name::parse(&format!("{text}.alice.demo.example")).unwrap();
    let cname = |to: &str| rrset(RecordType::Cname, vec![RData::Cname(name(to))]);
    let mx = |to: &str| {
        rrset(
            RecordType::Mx,
            vec![RData::Mx {
                preference: 10,
                exchange: name(to),
            }],
        )
    };
    let mut put = |owner: &str, set_of: RRset| {
        let owner = if owner.is_empty() {
            "alice.demo.example".into()
        } else {
            format!("{owner}.alice.demo.example")
        };
        set(&mut world, &alice, "alice.demo.example", &owner, set_of)
    };
    let refused = |fault| (2004, Some(Reason::Zone(fault)));
    assert_eq!(put("", cname("www")), refused(ZoneFault::CnameAtApex));
    assert_eq!(put("www", address(1)), (0, None));
    assert_eq!(put("www", cname("x")), refused(ZoneFault::CnameNotAlone));
    assert_eq!(put("alias", cname("www")), (0, None));
    assert_eq!(put("alias", address(1)), refused(ZoneFault::CnameNotAlone));
    assert_eq!(put("", mx("alias")), refused(ZoneFault::TargetIsAlias));
    assert_eq!(put("", mx("mail")), (0, None));
    assert_eq!(put("mail", cname("www")), refused(ZoneFault::TargetIsAlias));
    assert_eq!(put("a", cname("b")), (0, None));
    assert_eq!(put("b", cname("a")), refused(ZoneFault::CnameLoop));
    assert_eq!(put("self", cname("self")), refused(ZoneFault::CnameLoop));
    for step in 0..8 {
        let (from, to) = (format!("c{step}"), format!("c{}", step + 1));
        assert_eq!(put(&from, cname(&to)), (0, None));
    }
    assert_eq!(put("c8", cname("c9")), refused(ZoneFault::CnameChain));
    assert_eq!(put("_x", address(1)), refused(ZoneFault::OwnerUnderscore));
    assert_eq!(
        put(
            "low",
            RRset {
                ttl: 59,
                ..address(1)
            }
        ),
        refused(ZoneFault::Ttl)
    );
    assert_eq!(
        put("empty", rrset(RecordType::A, vec![])),
        refused(ZoneFault::Empty)
    );
    assert_eq!(
        put(
            "mixed",
            RRset {
                rtype: RecordType::Aaaa,
                ..address(1)
            }
        ),
        refused(ZoneFault::MixedTypes)
    );
    assert_eq!(put("*", address(1)), (0, None));
}

#[test]
fn an_imvu_without_jurisdiction_can_hold_nothing() {
    let mut world = World::new();
    let bob = world.bob.clone();
    let draft = Action::CreateImvu {
        imvu: imvu("IMVU-DRAFT"),
        jurisdiction: None,
        quota: QUOTA,
    };
    world.must(&bob, draft);
    assert_eq!(
        claim(&mut world, &bob, "IMVU-DRAFT", "d.demo.example"),
        (2009, Some(Reason::JurisdictionMissing))
    );
    let unknown = Action::SetJurisdiction {
        imvu: imvu("IMVU-DRAFT"),
        jurisdiction: tag("MARS"),
    };
    assert_eq!(
        world
            .submit(std::slice::from_ref(&bob), unknown)
            .code
            .number(),
        2009
    );
    world.must(
        &bob,
        Action::SetJurisdiction {
            imvu: imvu("IMVU-DRAFT"),
            jurisdiction: tag("US-CCPA"),
        },
    );
    assert_eq!(
        claim(&mut world, &bob, "IMVU-DRAFT", "d.demo.example"),
        (0, None)
    );
}

#[test]
fn a_name_is_where_its_holder_is() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let stands = |world: &World, name: &str| {
        let domain: Domain = world
            .memory
            .read(&state_key::domain(&world.name(name)))
            .unwrap();
        (domain.imvu, domain.jurisdiction)
    };
    let eu = (Some(imvu("IMVU-042")), Some(tag("EU-GDPR")));
    assert_eq!(stands(&world, "alice.demo.example"), eu);
    assert_eq!(
        claim(&mut world, &alice, "IMVU-042", "more.demo.example"),
        (0, None)
    );
    assert_eq!(stands(&world, "more.demo.example"), eu);
    // A draft may say that it is elsewhere: its names go with it, and nobody else's.
    world.must(
        &alice,
        Action::SetJurisdiction {
            imvu: imvu("IMVU-042"),
            jurisdiction: tag("US-CCPA"),
        },
    );
    let us = (Some(imvu("IMVU-042")), Some(tag("US-CCPA")));
    assert_eq!(stands(&world, "alice.demo.example"), us);
    assert_eq!(stands(&world, "more.demo.example"), us);
    assert_eq!(stands(&world, "bob.demo.example").1, Some(tag("EU-GDPR")));
    world.must(
        &alice,
        Action::ReleaseDomain {
            name: text("more.demo.example"),
        },
    );
    assert_eq!(stands(&world, "more.demo.example"), (None, None));
}
