//! Each invariant holds in a world with everything in it, and is reported by name when it alone is broken.

use super::council::*;
use super::hosting::*;
use super::market::*;
use super::world::*;
use super::{
    broken_books, broken_council, broken_exits, broken_mail, broken_names, broken_people,
    broken_rights,
};
use crate::invariants::{INVARIANTS, check};
use crate::law::money::{books::Books, debts};
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::encoding::encode;
use nexus_types::governance::{GovernanceChange, RestrictionScope};
use nexus_types::host::{AgentKind, Assignment, Host, Item, Placement, Slot, Spec};
use nexus_types::log::CollectionKind;
use nexus_types::meter::{Meter, Metering};
use nexus_types::payment::StandingConsent;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::{Address, PathPolicy, Prefix, Route, RouteChange};
use nexus_types::rrset::RecordType;
use nexus_types::state::{
    ApprovalRecord, Attesters, ChainRecord, Clock, Collection, Domain, Identity, Imvu, NameCount,
    Officers, Proposal, Seat, Spent, TimedItem, Zone, ZoneIndex,
};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, Micros, Set, Text};
use std::collections::BTreeSet;

const ID: &str = "IMVU-042";
const NAME: &str = "alice.demo.example";

fn cut() -> QuotaChange {
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::CpuMillis, 2_000);
    change
}

fn prefix() -> Prefix {
    Prefix::new(Address::V4([10, 0, 0, 0]), 8).unwrap()
}

/// Alice's IMVU with a name, a name below it, records, a route, a policy, an open proposal, a used approval, a revoked one
/// and a refusal; and a name that was given back.
pub(super) fn full() -> World {
    let mut world = World::new();
    council(&mut world);
    trade(&mut world);
    broken_people::guarded_and_helped(&mut world);
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let (meter, _) = meter_of("host-1", AgentKind::Compute);
    let body = world.record(&meter, world.now.time, vec![line(0, &[1, 2, 3])]);
    let read = world.usage("host-1", AgentKind::Compute, body);
    assert_eq!(read.code.number(), 0, "{}", read.log);
    broken_rights::add_rights(&mut world);
    let (alice, officers) = (world.alice.clone(), world.officers[..3].to_vec());
    let claim = |name: &str| Action::ClaimDomain {
        name: text(name),
        imvu: imvu(ID),
    };
    world.must(&alice, claim("shop.alice.demo.example"));
    world.must(&alice, claim("gone.demo.example"));
    let release = Action::ReleaseDomain {
        name: text("gone.demo.example"),
    };
    world.must(&alice, release);
    for owner in ["www.alice.demo.example", "alice.demo.example"] {
        let set = Action::SetRecords {
            zone: text(NAME),
            owner: text(owner),
            rrset: address(1),
        };
        world.must(&alice, set);
    }
    let route = RouteChange::Set(Route {
        prefix: prefix(),
        next_hop: Address::V4([192, 0, 2, 1]),
    });
    world.must(
        &alice,
        Action::ChangeRoute {
            imvu: imvu(ID),
            change: route,
        },
    );
    let policy = PathPolicy {
        next_hops: Set::new(vec![prefix()]).unwrap(),
        ..PathPolicy::default()
    };
    world.must(
        &alice,
        Action::ChangePathPolicy {
            imvu: imvu(ID),
            policy,
        },
    );
    let approval = world.approve(&alice, ID, Change::Quota(cut()));
    let change = Action::ChangeQuota {
        imvu: imvu(ID),
        change: cut(),
    };
    let used = world.submit_with(&officers, change, vec![approval]);
    assert_eq!(used.code.number(), 0, "{}", used.log);
    let mut more = QuotaChange::EMPTY;
    more.set(QuotaField::CpuMillis, 1_000);
    let expires = world.now.time.plus_ms(HOUR);
    let propose = Action::ProposeQuota {
        imvu: imvu(ID),
        change: more,
        expires,
    };
    let opened = world.submit(&officers, propose);
    assert_eq!(opened.code.number(), 0, "{}", opened.log);
    let revoke = Action::RevokeApproval {
        imvu: imvu(ID),
        approval: Hash([9; 32]),
    };
    world.must(&alice, revoke);
    let bob = world.bob.clone();
    let refused = world.submit(&[bob], claim("bob.alice.demo.example"));
    assert_ne!(refused.code.number(), 0);
    broken_mail::post(&mut world);
    broken_names::names(&mut world);
    sitting(&mut world);
    broken_exits::leave(&mut world);
    world
}

/// An observer, an upgrade planned, a seat with another key, a name denied: all that governance has decided.
fn council(world: &mut World) {
    let delays = |voting_ms: u64, lock_ms: u64| {
        move |chain: &mut ChainRecord| {
            chain.delays.voting_ms = voting_ms;
            chain.delays.register_ms = lock_ms;
            chain.delays.governance_ms = lock_ms;
            chain.delays.upgrade_fast_ms = lock_ms;
        }
    };
    world.alter_chain(delays(DAY, 1_000));
    let (observer, operator) = (Person::new(80), world.operators[3].clone());
    world.add_identity(&observer);
    let admit = GovernanceChange::AdmitObserver {
        observer: observer.id,
        name: Text::new("observer").unwrap(),
        platform: false,
    };
    let upgrade = GovernanceChange::Upgrade {
        height: 10_000,
        app_version: 99,
        sha256: Hash([9; 32]),
    };
    let rotate = world.rotate_validator(&operator, &Person::new(800));
    let deny = GovernanceChange::DenyName {
        name: world.name("bank.demo.example"),
        below: true,
    };
    for (person, change) in [
        (&observer, admit),
        (&operator, upgrade),
        (&operator, rotate),
        (&operator, deny),
    ] {
        let proposal = world.propose(person, change);
        world.carry(&proposal);
        world.block(&[]);
    }
    world.alter_chain(delays(300 * DAY, 7 * DAY));
}

/// A proposal that is voted on, one that has passed, and a restriction.
fn sitting(world: &mut World) {
    let operator = world.operators[1].clone();
    world.propose(&operator, add_jurisdiction("CA-LAW"));
    let officer = world.officers[4].clone();
    let remove = GovernanceChange::RemoveOfficer {
        officer: officer.id,
    };
    let passed = world.propose(&officer, remove);
    world.carry(&passed);
    let (court, order) = (world.court(), restrict(world, RestrictionScope::Mail, 30));
    let ordered = world.submit(&court, order);
    assert_eq!(ordered.code.number(), 0, "{}", ordered.log);
}

/// Sales, a dispute, a payout, a mandate, a debt and a consent.
fn trade(world: &mut World) {
    world.add_processor();
    let (alice, bob, seats) = (world.alice.clone(), world.bob.clone(), world.seats());
    let consent = Action::SetStandingConsent {
        imvu: imvu(ID),
        consent: StandingConsent::DebtLadder,
        given: true,
    };
    world.must(&alice, consent);
    let set = Action::SetTaxRate {
        region: tag("EU-GDPR"),
        millionths: 190_000,
        from: month(START + 70 * DAY),
    };
    assert_eq!(world.submit(&seats, set).code.number(), 0);
    world.pay(sale("s-1", 1_000));
    world.pass(START + 40 * DAY);
    world.must(&alice, payout(100));
    world.pay(sale("s-2", 1_000));
    world.pay(dispute("s-2", 100));
    let sign = mandate(world, &bob, 1_000);
    let signed = world.submit(&[bob.clone(), alice], sign);
    assert_eq!(signed.code.number(), 0, "{}", signed.log);
    let mut writes = crate::view::Writes::new();
    let mut books = Books::open(&world.memory, world.now, &mut writes);
    debts::owe(&mut books, &imvu(ID), bob.id, Micros(50)).unwrap();
    debts::owe(&mut books, &imvu(ID), world.alice.id, Micros(50)).unwrap();
    for (key, value) in writes {
        world.memory.state.insert(key, value.unwrap());
    }
}

/// Changes one object.
pub(super) fn alter<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
    memory: &mut Memory,
    key: &StateKey,
    change: impl FnOnce(&mut T),
) {
    let mut object: T = memory.read(key).expect("the object is there");
    change(&mut object);
    memory.state.insert(key.clone(), encode(&object));
}

/// The first key of a kind that satisfies the predicate.
pub(super) fn first(memory: &Memory, kind: KeyKind, wanted: impl Fn(&[u8]) -> bool) -> StateKey {
    let (from, to) = state_key::range_of(kind);
    let mut range = memory.state.range(from..to);
    let found = range.find(|(_, value)| wanted(value));
    found.expect("there is one").0.clone()
}

/// Breaks one relation.
pub(super) type Break = fn(&World, &mut Memory);

pub(super) fn remove(memory: &mut Memory, key: &StateKey) {
    assert!(memory.state.remove(key).is_some(), "{key:?} is there");
}

const BREAKS: &[(&str, Break)] = &[
    ("every key decodes", |_, memory| {
        memory.state.insert(state_key::clock(), vec![1, 2, 3]);
    }),
    ("every key decodes", |_, memory| {
        let unknown = StateKey::from_bytes(vec![0x25, 1]);
        memory.state.insert(unknown, Vec::new());
    }),
    ("the chain has its records", |_, memory| {
        alter::<ChainRecord>(memory, &state_key::chain(), |chain| chain.app_version = 7);
    }),
    ("the chain has its records", |_, memory| {
        alter::<Clock>(memory, &state_key::clock(), |clock| {
            clock.law_time = clock.time.plus_ms(1);
        });
    }),
    ("the chain has its records", |_, memory| {
        remove(memory, &state_key::apexes());
    }),
    ("nothing is later than the clock", |_, memory| {
        alter::<Imvu>(memory, &state_key::imvu(&imvu(ID)), |imvu| {
            imvu.created = 1_000
        });
    }),
    ("identities stand under their ids", |world, memory| {
        let key = state_key::identity(&world.alice.id);
        let other = world.bob.public();
        alter::<Identity>(memory, &key, |identity| identity.key = other);
    }),
    ("identities stand under their ids", |world, memory| {
        let key = state_key::identity(&world.alice.id);
        alter::<Identity>(memory, &key, |identity| {
            identity.attester = Some(nexus_types::IdentityId(Hash([3; 32])));
        });
    }),
    ("officers and attesters are identities", |_, memory| {
        alter::<Officers>(memory, &state_key::officers(), |officers| {
            officers.threshold = 6;
        });
    }),
    ("officers and attesters are identities", |_, memory| {
        alter::<Attesters>(memory, &state_key::attesters(), |attesters| {
            let nobody = nexus_types::IdentityId(Hash([3; 32]));
            attesters.members = Set::new(vec![nobody]).unwrap();
        });
    }),
    ("somebody has power", |_, memory| {
        let (from, to) = state_key::range_of(KeyKind::Seat);
        let seats: Vec<StateKey> = memory
            .state
            .range(from..to)
            .map(|(key, _)| key.clone())
            .collect();
        for seat in seats {
            alter::<Seat>(memory, &seat, |seat| seat.power = 0);
        }
    }),
    ("nonces and allowances are somebody's", |world, memory| {
        let key = state_key::nonce(&world.alice.id, 1);
        memory.state.insert(key, encode(&1_u64));
    }),
    ("nonces and allowances are somebody's", |world, memory| {
        let key = state_key::spent(&world.alice.id);
        alter::<Spent>(memory, &key, |spent| spent.in_block = spent.in_day + 1);
    }),
    (
        "an IMVU has an owner and a permitted envelope",
        |_, memory| {
            alter::<Imvu>(memory, &state_key::imvu(&imvu(ID)), |imvu| {
                imvu.owner = nexus_types::IdentityId(Hash([3; 32]));
            });
        },
    ),
    (
        "an IMVU has an owner and a permitted envelope",
        |_, memory| {
            alter::<Imvu>(memory, &state_key::imvu(&imvu(ID)), |imvu| {
                imvu.quota.pids = 0
            });
        },
    ),
    (
        "an IMVU has an owner and a permitted envelope",
        |_, memory| {
            remove(memory, &state_key::path_policy(&imvu(ID)));
        },
    ),
    ("an IMVU's counts are those of its objects", |_, memory| {
        alter::<Imvu>(memory, &state_key::imvu(&imvu(ID)), |imvu| {
            imvu.state_keys += 1
        });
    }),
    ("an IMVU's counts are those of its objects", |_, memory| {
        remove(memory, &state_key::route(&imvu(ID), &prefix()));
    }),
    ("an IMVU's counts are those of its objects", |_, memory| {
        let open = first(memory, KeyKind::Proposal, |_| true);
        remove(memory, &open);
    }),
    ("an IMVU's objects have their IMVU", |_, memory| {
        let policy = encode(&PathPolicy::default());
        memory
            .state
            .insert(state_key::path_policy(&imvu("IMVU-X")), policy);
    }),
    ("an IMVU's objects have their IMVU", |_, memory| {
        let open = first(memory, KeyKind::Proposal, |_| true);
        alter::<Proposal>(memory, &open, |proposal| {
            proposal.proposer = nexus_types::IdentityId(Hash([3; 32]));
        });
    }),
    ("collections have the root of their peaks", |_, memory| {
        let key = state_key::collection(CollectionKind::Audit, Some(&imvu(ID)));
        alter::<Collection>(memory, &key, |collection| collection.root = Hash([3; 32]));
    }),
    (
        "a bound name has its zone, a zone its bound name",
        |world, memory| {
            alter::<Zone>(
                memory,
                &state_key::zone(&world.name("shop.alice.demo.example")),
                |zone| {
                    zone.imvu = imvu("IMVU-B");
                },
            );
        },
    ),
    (
        "a bound name has its zone, a zone its bound name",
        |world, memory| {
            let gone = state_key::domain(&world.name("gone.demo.example"));
            let elsewhere = world.name("gone.elsewhere.test");
            alter::<Domain>(memory, &gone, |domain| domain.name = elsewhere.clone());
            let moved = memory.state.remove(&gone).unwrap();
            memory.state.insert(state_key::domain(&elsewhere), moved);
        },
    ),
    ("an IMVU's objects have their IMVU", |world, memory| {
        alter::<Domain>(memory, &state_key::domain(&world.name(NAME)), |domain| {
            domain.jurisdiction = Some(tag("US-CCPA"));
        });
    }),
    ("an IMVU's objects have their IMVU", |world, memory| {
        let gone = state_key::domain(&world.name("gone.demo.example"));
        alter::<Domain>(memory, &gone, |domain| {
            domain.jurisdiction = Some(tag("EU-GDPR"));
        });
    }),
    (
        "a placement has its slot, a slot its placement",
        |_, memory| {
            alter::<Placement>(memory, &state_key::placement(&imvu(ID)), |placement| {
                placement.jurisdiction = tag("US-CCPA");
            });
        },
    ),
    ("no name lies within another IMVU's", |world, memory| {
        // Bob's name moves below Alice's, with its zone and all counts of names.
        let (old, new) = (
            world.name("bob.demo.example"),
            world.name("b.alice.demo.example"),
        );
        for key in [
            state_key::zone_index(&old),
            state_key::zone(&old),
            state_key::domain(&old),
        ] {
            let value = memory.state.remove(&key).unwrap();
            let new_key = match key.kind() {
                Some(KeyKind::ZoneIndex) => state_key::zone_index(&new),
                Some(KeyKind::Zone) => state_key::zone(&new),
                _ => state_key::domain(&new),
            };
            memory.state.insert(new_key, value);
        }
        alter::<Domain>(memory, &state_key::domain(&new), |domain| {
            domain.name = new.clone()
        });
        alter::<Zone>(memory, &state_key::zone(&new), |zone| {
            zone.apex = new.clone()
        });
    }),
    ("counts of names below are right", |world, memory| {
        let key = state_key::name_count(&world.name(NAME));
        alter::<NameCount>(memory, &key, |count| count.below += 1);
    }),
    ("counts of names below are right", |world, memory| {
        remove(
            memory,
            &state_key::name_count_of(&world.name(NAME), &imvu(ID)),
        );
    }),
    (
        "a zone is what its table of contents says",
        |world, memory| {
            let key = state_key::zone(&world.name(NAME));
            alter::<Zone>(memory, &key, |zone| zone.root = Hash([3; 32]));
        },
    ),
    (
        "a zone is what its table of contents says",
        |world, memory| {
            let (zone, owner) = (world.name(NAME), world.name("www.alice.demo.example"));
            let key = state_key::rrset(&zone, &owner, RecordType::A);
            memory.state.insert(key, encode(&address(2)));
        },
    ),
    (
        "a zone is what its table of contents says",
        |world, memory| {
            let key = state_key::zone_index(&world.name(NAME));
            alter::<ZoneIndex>(memory, &key, |index| index.entries.swap(0, 1));
            // The root follows, so that the order alone is wrong.
            let index: ZoneIndex = memory.read(&key).unwrap();
            let leaves: Vec<_> = index.entries.iter().map(|entry| entry.hash.0).collect();
            let root = Hash(nexus_tree::log::root_of(&leaves));
            alter::<Zone>(memory, &state_key::zone(&world.name(NAME)), |zone| {
                zone.root = root
            });
        },
    ),
    (
        "a record set is in its zone's table of contents",
        |world, memory| {
            let (zone, owner) = (world.name(NAME), world.name("lost.alice.demo.example"));
            let key = state_key::rrset(&zone, &owner, RecordType::A);
            memory.state.insert(key, encode(&address(2)));
        },
    ),
    (
        "a host guarantees what its placements claim",
        |_, memory| {
            alter::<Host>(memory, &state_key::host(&host("host-1")), |host| {
                host.guaranteed.cpu_millis -= 1;
            });
        },
    ),
    (
        "a host guarantees what its placements claim",
        |_, memory| {
            alter::<Host>(memory, &state_key::host(&host("host-1")), |host| {
                host.capacity.pids = 1;
            });
        },
    ),
    (
        "a host guarantees what its placements claim",
        |_, memory| {
            remove(memory, &state_key::placement(&imvu(ID)));
        },
    ),
    ("a host's agents and meters are its own", |_, memory| {
        alter::<Host>(memory, &state_key::host(&host("host-1")), |host| {
            host.agents.swap(0, 1);
        });
    }),
    ("a host's agents and meters are its own", |_, memory| {
        let (id, _) = meter_of("host-1", AgentKind::Mail);
        alter::<Meter>(memory, &state_key::meter(&id), |meter| meter.retired = true);
    }),
    (
        "a placement has its slot, a slot its placement",
        |_, memory| {
            alter::<Slot>(memory, &state_key::slot(&host("host-1"), 0), |slot| {
                slot.generation += 1;
            });
        },
    ),
    (
        "a placement has its slot, a slot its placement",
        |_, memory| {
            alter::<Imvu>(memory, &state_key::imvu(&imvu(ID)), |imvu| {
                imvu.status = nexus_types::state::ImvuStatus::Starting;
            });
        },
    ),
    (
        "a placement has its slot, a slot its placement",
        |_, memory| {
            let slot: Slot = memory.read(&state_key::slot(&host("host-1"), 0)).unwrap();
            let key = state_key::slot(&host("host-1"), 1);
            memory.state.insert(key, encode(&slot));
        },
    ),
    ("what is placed is assigned", |_, memory| {
        let item = Item::Imvu(imvu(ID));
        let key = state_key::assignment(&host("host-1"), AgentKind::Compute, &item);
        alter::<Assignment>(memory, &key, |assignment| assignment.spec = Spec::Absent);
    }),
    ("what is placed is assigned", |_, memory| {
        let item = Item::Imvu(imvu(ID));
        let key = state_key::assignment(&host("host-1"), AgentKind::Network, &item);
        let assignment: Assignment = memory.read(&key).unwrap();
        let item = Item::Imvu(imvu("IMVU-B"));
        let key = state_key::assignment(&host("host-1"), AgentKind::Network, &item);
        memory.state.insert(key, encode(&assignment));
    }),
    ("a meter's keys are its own", |world, memory| {
        let (id, _) = meter_of("host-1", AgentKind::Mail);
        let key = state_key::meter_key(&world.alice.public());
        memory.state.insert(key, encode(&id));
    }),
    ("a meter's keys are its own", |_, memory| {
        let (_, key) = meter_of("host-1", AgentKind::Mail);
        remove(memory, &state_key::meter_key(&key.public()));
    }),
    ("metering is in order and not ahead", |_, memory| {
        let key = state_key::metering(&imvu(ID));
        alter::<Metering>(memory, &key, |metering| {
            metering.cursors[0].at = metering.cursors[0].at.plus_ms(1);
        });
    }),
    ("metering is in order and not ahead", |_, memory| {
        let key = state_key::metering(&imvu(ID));
        alter::<Metering>(memory, &key, |metering| metering.hours[0].lines.reverse());
    }),
    ("metering is in order and not ahead", |_, memory| {
        let key = state_key::metering(&imvu(ID));
        alter::<Metering>(memory, &key, |metering| {
            metering.hours[0].lines[0].billed += 1;
        });
    }),
    (
        "each timer has its object, each object its timer",
        |_, memory| {
            let timer = first(memory, KeyKind::Timed, |value| value[0] == 2);
            remove(memory, &timer);
        },
    ),
    (
        "each timer has its object, each object its timer",
        |_, memory| {
            let item = TimedItem::SealUsage(imvu("IMVU-X"));
            memory
                .state
                .insert(state_key::timed(7, &item), encode(&item));
        },
    ),
    (
        "each timer has its object, each object its timer",
        |_, memory| {
            let timer = first(memory, KeyKind::Timed, |value| value[0] == 0);
            remove(memory, &timer);
        },
    ),
    (
        "each timer has its object, each object its timer",
        |_, memory| {
            let timer = first(memory, KeyKind::Timed, |value| value[0] == 1);
            remove(memory, &timer);
        },
    ),
    (
        "each timer has its object, each object its timer",
        |_, memory| {
            let item = TimedItem::ForgetApproval(Hash([4; 32]));
            memory
                .state
                .insert(state_key::timed(7, &item), encode(&item));
        },
    ),
];

#[test]
fn a_world_with_everything_in_it_keeps_all() {
    let world = full();
    let summary = check(&world.memory).unwrap();
    assert_eq!(summary.keys, world.memory.state.len() as u64);
    assert_eq!(summary.invariants, INVARIANTS.len() as u64);
    // What the world is said to have: else a break would break nothing.
    let memory = &world.memory;
    for kind in KeyKind::ALL {
        if kind != KeyKind::UnattestedSpent {
            first(memory, kind, |_| true);
        }
    }
    let used = first(memory, KeyKind::Approval, |_| true);
    assert!(memory.read::<ApprovalRecord>(&used).is_some());
}

fn every_break() -> impl Iterator<Item = &'static (&'static str, Break)> {
    BREAKS
        .iter()
        .chain(broken_books::BREAKS)
        .chain(broken_rights::BREAKS)
        .chain(broken_council::BREAKS)
        .chain(broken_mail::BREAKS)
        .chain(broken_names::BREAKS)
        .chain(broken_people::BREAKS)
        .chain(broken_exits::BREAKS)
}

#[test]
fn each_broken_relation_is_reported_by_its_name() {
    let world = full();
    let all = every_break();
    for (number, (invariant, break_it)) in all.enumerate() {
        let mut memory = world.memory.clone();
        break_it(&world, &mut memory);
        match check(&memory) {
            Ok(_) => panic!("break {number} of `{invariant}` was not noticed"),
            Err(broken) => assert_eq!(broken.invariant, *invariant, "break {number}: {broken}"),
        }
    }
}

#[test]
fn each_invariant_has_a_test_that_breaks_it() {
    let breaks = every_break();
    let broken: BTreeSet<&str> = breaks.map(|(name, _)| *name).collect();
    let all: BTreeSet<&str> = INVARIANTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(broken, all);
}
