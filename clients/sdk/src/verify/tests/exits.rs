//! The absence of retaliation: what a bundle about an exit must show, and what refutes it.

use super::chain::*;
use super::{checked, facts};
use crate::bundle::{Bundle, BundleSubject, Evidence};
use crate::verify::{Facts, Step, StepName};
use nexus_types::domain::{Delegation, DelegationRecord};
use nexus_types::encoding::encode;
use nexus_types::exit::{
    Baseline, BaselineName, BaselineRoute, BaselineZone, Deviation, Exit, Moment,
};
use nexus_types::limits::EXIT_PROTECTION_MS;
use nexus_types::mail::{MailRoute, MailRouteRecord};
use nexus_types::route::{Address, PathPolicy};
use nexus_types::state::{Clock, Imvu, ImvuNames, RouteRecord, Zone};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Name, Set, Time, decode};

const ANNOUNCED: u64 = 1_000_000;

fn prefix() -> nexus_types::route::Prefix {
    "203.0.113.0/24".parse().unwrap()
}

fn hop() -> Address {
    Address::V4([192, 0, 2, 1])
}

fn object<T: borsh::BorshDeserialize + borsh::BorshSerialize>(world: &World, key: &StateKey) -> T {
    decode(&world.values[key.as_bytes()]).unwrap()
}

fn alter<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
    world: &mut World,
    key: &StateKey,
    change: impl FnOnce(&mut T),
) {
    let mut value: T = object(world, key);
    change(&mut value);
    world.put(key, encode(&value));
}

/// The world of these tests with an exit: a route, a name, and mail that goes to its host.
fn leaving() -> World {
    let mut world = World::new();
    let id = imvu_id();
    alter::<Imvu>(&mut world, &state_key::imvu(&id), |imvu| {
        imvu.routes = 1;
        imvu.domains = 1;
    });
    let record = RouteRecord {
        next_hop: Some(hop()),
        version: 1,
    };
    world.put(&state_key::route(&id, &prefix()), encode(&record));
    let names = ImvuNames {
        names: vec![apex()],
    };
    world.put(&state_key::imvu_names(&id), encode(&names));
    let mail = MailRouteRecord {
        imvu: id.clone(),
        domain: apex(),
        route: Some(MailRoute::Kept),
        version: 1,
    };
    world.put(&state_key::mail_route(&apex()), encode(&mail));
    let clock = Clock {
        height: 1,
        time: Time(ANNOUNCED + 5),
        law_time: Time(ANNOUNCED + 5),
    };
    world.put(&state_key::clock(), encode(&clock));
    let zone: Zone = object(&world, &state_key::zone(&apex()));
    let baseline = Baseline {
        imvu: id.clone(),
        quota: object::<Imvu>(&world, &state_key::imvu(&id)).quota,
        policy: PathPolicy::default(),
        routes: vec![BaselineRoute {
            prefix: prefix(),
            next_hop: hop(),
        }],
        names: vec![BaselineName {
            apex: apex(),
            zone: Some(BaselineZone {
                serial: zone.serial,
                root: zone.root,
            }),
            delegation: None,
            mail: Some(MailRoute::Kept),
        }],
    };
    let announced = Moment {
        height: 1,
        at: Time(ANNOUNCED),
    };
    let exit = Exit::new(id.clone(), 1, announced, 0, baseline.hash());
    world.put(&state_key::exit(&id), encode(&exit));
    world
}

fn keys() -> Vec<StateKey> {
    let id = imvu_id();
    vec![
        state_key::chain(),
        state_key::clock(),
        state_key::exit(&id),
        state_key::imvu(&id),
        state_key::path_policy(&id),
        state_key::imvu_names(&id),
        state_key::zone(&apex()),
        state_key::delegation(&apex()),
        state_key::mail_route(&apex()),
        state_key::route(&id, &prefix()),
    ]
}

fn bundle(world: &World, keys: &[StateKey]) -> Bundle {
    let evidence = Evidence {
        state: keys.iter().map(|key| world.item(key)).collect(),
        ..world.evidence()
    };
    let subject = BundleSubject::Exit(imvu_id().into());
    Bundle::seal(subject, 1, world.light_blocks(1), evidence).unwrap()
}

fn failure(bundle: &Bundle) -> Step {
    checked(bundle)
        .failure()
        .expect("it proves nothing")
        .clone()
}

#[test]
fn an_exit_that_nobody_retaliated_against_is_proved() {
    let world = leaving();
    let Facts::Exit(facts) = facts(&bundle(&world, &keys())) else {
        panic!("it is about an exit");
    };
    let until = facts.protected_until.unwrap();
    assert_eq!(until, Time(ANNOUNCED + EXIT_PROTECTION_MS));
    let (exit, baseline) = (
        facts.exit.as_ref().unwrap(),
        facts.baseline.as_ref().unwrap(),
    );
    assert_eq!(exit.baseline, baseline.hash());
    assert_eq!((baseline.routes.len(), baseline.names.len()), (1, 1));
}

#[test]
fn that_there_is_no_exit_is_proved_as_well() {
    let mut world = leaving();
    world.values.remove(state_key::exit(&imvu_id()).as_bytes());
    let facts = facts(&bundle(&world, &keys()));
    assert!(matches!(facts, Facts::Exit(facts) if facts.exit.is_none()));
}

#[test]
fn a_name_that_is_served_elsewhere_is_covered_too() {
    let mut world = leaving();
    world.values.remove(state_key::zone(&apex()).as_bytes());
    let record = DelegationRecord {
        name: apex(),
        imvu: Some(imvu_id()),
        delegation: Delegation {
            servers: Set::new(vec![Name::parse("ns1.elsewhere.test").unwrap()]).unwrap(),
            ds: Set::new(Vec::new()).unwrap(),
            ttl: 3_600,
        },
        since: 1,
    };
    world.put(&state_key::delegation(&apex()), encode(&record));
    let Facts::Exit(stands) = facts_of_baseline(&world) else {
        panic!("it is about an exit");
    };
    let baseline = stands.baseline.unwrap();
    assert_eq!(baseline.names[0].delegation, Some(record.delegation));
    // Elsewhere again, and not by the creator.
    let mut other: DelegationRecord = object(&world, &state_key::delegation(&apex()));
    other.delegation.ttl += 1;
    alter::<Exit>(&mut world, &state_key::exit(&imvu_id()), |exit| {
        exit.baseline = baseline.hash();
    });
    world.put(&state_key::delegation(&apex()), encode(&other));
    assert_eq!(failure(&bundle(&world, &keys())).name, StepName::Baseline);
}

/// The facts of a world whose baseline is taken from what stands.
fn facts_of_baseline(world: &World) -> Facts {
    let mut world = World {
        values: world.values.clone(),
        ..World::new()
    };
    // Protection has ended: the verifier recomputes without comparing, which gives the hash to compare with.
    let key = state_key::clock();
    let within: Clock = object(&world, &key);
    alter::<Clock>(&mut world, &key, |clock| {
        clock.law_time = Time(ANNOUNCED + EXIT_PROTECTION_MS);
    });
    let Facts::Exit(ended) = facts(&bundle(&world, &keys())) else {
        panic!("it is about an exit");
    };
    let hash = ended.baseline.unwrap().hash();
    alter::<Exit>(&mut world, &state_key::exit(&imvu_id()), |exit| {
        exit.baseline = hash;
    });
    world.put(&key, encode(&within));
    facts(&bundle(&world, &keys()))
}

/// One thing that is another than the creator left it.
type Change = fn(&mut World);

#[test]
fn whatever_is_another_than_the_creator_left_it_is_found() {
    let changes: [Change; 6] = [
        |world| {
            alter::<Imvu>(world, &state_key::imvu(&imvu_id()), |imvu| {
                imvu.quota.cpu_millis -= 1;
            });
        },
        |world| {
            let open = PathPolicy {
                egress_open: true,
                ..PathPolicy::default()
            };
            world.put(&state_key::path_policy(&imvu_id()), encode(&open));
        },
        |world| {
            let key = state_key::route(&imvu_id(), &prefix());
            alter::<RouteRecord>(world, &key, |route| {
                route.next_hop = Some(Address::V4([192, 0, 2, 9]));
            });
        },
        |world| {
            alter::<Zone>(world, &state_key::zone(&apex()), |zone| zone.serial += 1);
        },
        |world| {
            let key = state_key::mail_route(&apex());
            alter::<MailRouteRecord>(world, &key, |mail| mail.route = None);
        },
        |world| {
            alter::<Exit>(world, &state_key::exit(&imvu_id()), |exit| {
                exit.last_deviation = Some(Deviation {
                    height: 1,
                    audit: None,
                });
            });
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut world = leaving();
        change(&mut world);
        let step = failure(&bundle(&world, &keys()));
        assert_eq!(step.name, StepName::Baseline, "{number}: {step}");
    }
}

#[test]
fn what_is_left_out_is_missed() {
    let world = leaving();
    for left_out in keys().iter().skip(1) {
        let shown: Vec<StateKey> = keys().into_iter().filter(|key| key != left_out).collect();
        let step = failure(&bundle(&world, &shown));
        assert!(
            matches!(step.name, StepName::Object | StepName::Baseline),
            "{left_out:?}: {step}"
        );
    }
    // A name that the IMVU's own count knows of.
    let mut world = leaving();
    alter::<Imvu>(&mut world, &state_key::imvu(&imvu_id()), |imvu| {
        imvu.domains = 2;
    });
    assert_eq!(failure(&bundle(&world, &keys())).name, StepName::Baseline);
}

#[test]
fn when_protection_has_ended_what_stands_may_be_another() {
    let mut world = leaving();
    alter::<Clock>(&mut world, &state_key::clock(), |clock| {
        clock.law_time = Time(ANNOUNCED + EXIT_PROTECTION_MS);
    });
    alter::<Imvu>(&mut world, &state_key::imvu(&imvu_id()), |imvu| {
        imvu.quota.cpu_millis += 1;
    });
    let facts = facts(&bundle(&world, &keys()));
    assert!(matches!(facts, Facts::Exit(facts) if facts.exit.is_some()));
}
