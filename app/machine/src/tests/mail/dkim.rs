//! DKIM keys: published in their zones, and whose to change (gates 4, 5 and 14).

use super::{ask, refused, said};
use crate::tests::hosting::*;
use crate::tests::mailing::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::host::AgentKind;
use nexus_types::mail::{DkimPublicKey, RegisterDkimKey};
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::{Code, Hash, KeyBytes, Reason, state_key};

fn published(world: &World, under: &str) -> Option<RRset> {
    let zone = domain(DOMAIN);
    let owner = selector(under).owner(&zone).unwrap();
    let key = state_key::rrset(&zone, &owner, RecordType::Txt);
    world.memory.read(&key)
}

fn text_of(rrset: &RRset) -> String {
    let [RData::Txt(strings)] = rrset.records.as_slice() else {
        panic!("{rrset:?}");
    };
    let strings = strings.as_slice().iter();
    let bytes: Vec<u8> = strings.flat_map(|one| one.as_slice().to_vec()).collect();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_dkim_key_is_published_in_its_zone_and_revoked_with_an_empty_p() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let zone_key = state_key::zone(&domain(DOMAIN));
    let root = |world: &World| -> Hash {
        let zone: nexus_types::state::Zone = world.memory.read(&zone_key).unwrap();
        zone.root
    };
    let empty = root(&world);
    world.must(&alice, register_dkim("nx1", dkim(80)));
    let text = text_of(&published(&world, "nx1").unwrap());
    assert!(text.starts_with("v=DKIM1; k=ed25519; p="), "{text}");
    assert_ne!(text, "v=DKIM1; k=ed25519; p=");
    let with_key = root(&world);
    assert_ne!(with_key, empty);
    world.must(&alice, revoke_dkim("nx1"));
    assert_eq!(
        text_of(&published(&world, "nx1").unwrap()),
        "v=DKIM1; k=ed25519; p="
    );
    assert!(root(&world) != with_key && root(&world) != empty);
    assert!(world.dkim_key("nx1").unwrap().revoked.is_some());
    assert_eq!(
        ask(&mut world, &alice, revoke_dkim("nx1")),
        refused(2105, Reason::NoChange)
    );
}

#[test]
fn a_selector_is_never_another_keys() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.must(&alice, register_dkim("nx1", dkim(80)));
    assert_eq!(
        ask(&mut world, &alice, register_dkim("nx1", dkim(81))),
        refused(2102, Reason::SelectorTaken)
    );
    assert_eq!(
        ask(&mut world, &alice, register_dkim("nx1", dkim(80))),
        refused(2105, Reason::NoChange)
    );
    world.must(&alice, revoke_dkim("nx1"));
    for key in [dkim(80), dkim(81)] {
        assert_eq!(
            ask(&mut world, &alice, register_dkim("nx1", key)),
            refused(2103, Reason::SelectorRevoked)
        );
    }
}

#[test]
fn a_record_that_publishes_a_dkim_key_changes_only_with_the_key() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.must(&alice, register_dkim("nx1", dkim(80)));
    let zone = text(DOMAIN);
    let owner = text("nx1._domainkey.alice.demo.example");
    let rrset = dkim(81).rrset(false).unwrap();
    let set = Action::SetRecords {
        zone: zone.clone(),
        owner: owner.clone(),
        rrset: rrset.clone(),
    };
    assert_eq!(
        ask(&mut world, &alice, set),
        refused(2004, Reason::RecordOfDkim)
    );
    let remove = Action::RemoveRecords {
        zone: zone.clone(),
        owner,
        rtype: RecordType::Txt,
    };
    assert_eq!(
        ask(&mut world, &alice, remove),
        refused(2004, Reason::RecordOfDkim)
    );
    // The creator's own record under another selector is hers, and no key takes its place.
    let own = Action::SetRecords {
        zone,
        owner: text("own._domainkey.alice.demo.example"),
        rrset,
    };
    world.must(&alice, own);
    assert_eq!(
        ask(&mut world, &alice, register_dkim("own", dkim(82))),
        refused(2102, Reason::AlreadyExists)
    );
}

#[test]
fn a_dkim_key_is_for_a_domain_of_ones_own() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let bobs = Action::RegisterDkimKey(RegisterDkimKey {
        imvu: imvu(ID),
        domain: world.name("bob.demo.example"),
        selector: selector("nx1"),
        key: dkim(80),
    });
    assert_eq!(
        ask(&mut world, &alice, bobs),
        refused(2005, Reason::DomainNotBound)
    );
}

#[test]
fn a_dkim_key_of_small_order_is_never_proposed() {
    let mut world = World::new();
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = DkimPublicKey::Ed25519(KeyBytes(identity));
    let outcome = world.submit(&[world.alice.clone()], register_dkim("nx1", weak));
    assert_eq!(outcome.code, Code::KeySmallOrder);
}

#[test]
fn nobody_but_the_creator_changes_a_dkim_key() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let officers = world.officers[..3].to_vec();
    world.must(&alice, register_dkim("nx1", dkim(80)));
    for action in [register_dkim("nx2", dkim(81)), revoke_dkim("nx1")] {
        assert_eq!(
            ask(&mut world, &bob, action.clone()),
            refused(2014, Reason::NotOwner)
        );
        let platform = world.submit(&officers, action);
        assert_eq!(said(&platform), refused(2014, Reason::ApprovalMissing));
    }
    assert_eq!(world.dkim_key("nx2"), None);
}

#[test]
fn a_mail_agent_rolls_keys_over_only_where_it_serves_and_while_that_is_consented_to() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.add_host("host-2", "EU-GDPR");
    let (alice, agent) = (world.alice.clone(), postman("host-1"));
    let roll = |under: &str| register_dkim(under, dkim(80));
    assert_eq!(
        ask(&mut world, &agent, roll("nx1")),
        refused(2014, Reason::NotOwner),
        "the IMVU is nowhere"
    );
    world.run("host-1");
    assert_eq!(
        ask(&mut world, &agent, roll("nx1")),
        refused(2014, Reason::RolloverNotConsented)
    );
    world.must(&alice, consent_to_rollover(true));
    for stranger in [
        postman("host-2"),
        agent_of("host-1", AgentKind::Compute),
        world.operator_of("host-1"),
    ] {
        assert_eq!(
            ask(&mut world, &stranger, roll("nx1")),
            refused(2014, Reason::NotOwner)
        );
    }
    assert_eq!(ask(&mut world, &agent, roll("nx1")), (0, None));
    assert_eq!(world.dkim_key("nx1").unwrap().by, agent.id);
    assert_eq!(
        ask(&mut world, &agent, revoke_dkim("nx1")),
        refused(2014, Reason::NotOwner),
        "the agent adds keys and takes none"
    );
    world.must(&alice, revoke_dkim("nx1"));
    // Revoked with notice: in force until the notice is over.
    world.must(&alice, consent_to_rollover(false));
    assert_eq!(ask(&mut world, &agent, roll("nx2")), (0, None));
    world.pass(START + 40 * DAY);
    assert_eq!(
        ask(&mut world, &agent, roll("nx3")),
        refused(2014, Reason::RolloverNotConsented)
    );
}
