//! What the oracles of hosts, placements and meters object to.

mod metered;
mod placed;

use nexus_sdk::keys::Signer;
use nexus_tests::actions::{QUOTA, imvu};
use nexus_types::action::Action;
use nexus_types::encoding::{List, encode};
use nexus_types::host::{
    AckOutcome, Agent, AgentKind, Assignment, Capabilities, ComputeSpec, EnforcementGrade, Host,
    HostChange, HostStatus, Isolation, Item, Phase, Placement, Slot, Spec,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Meter, MeterScope};
use nexus_types::quota::Quota;
use nexus_types::report::{Ack, Report};
use nexus_types::state::{Clock, Imvu, ImvuStatus};
use nexus_types::state_key;
use nexus_types::{Hash, HostId, MeterId, Set, Time};
use std::collections::BTreeMap;

use super::{Pair, alice, shop};
use crate::oracle::{all, whole};
use crate::world::{START, world};
use metered::{CPU, drifted, good, read, sealing};
use placed::{leave, placed};

const MINUTE: u64 = 60_000;

fn operator() -> &'static Signer {
    &world().operators[0]
}

fn stranger() -> &'static Signer {
    &world().operators[1]
}

fn agent(kind: AgentKind) -> &'static Signer {
    &world().agents[kind as usize]
}

fn host_id() -> HostId {
    HostId::new("host-0").expect("a host's name")
}

fn meter_id(kind: AgentKind) -> MeterId {
    MeterId::new(&format!("meter-{kind}")).expect("a meter's name")
}

fn capabilities() -> Capabilities {
    Capabilities {
        enforcement: EnforcementGrade::Prevention,
        isolation: Set::new(Isolation::ALL.to_vec()).expect("few"),
        counters_cannot_be_reset: true,
    }
}

/// A host with everything, and nothing on it.
fn host() -> Host {
    let meters = AgentKind::ALL.map(meter_id).to_vec();
    Host {
        id: host_id(),
        operator: operator().identity,
        jurisdiction: Jurisdiction::new("EU-GDPR").expect("a tag"),
        capacity: QUOTA,
        guaranteed: Quota::default(),
        capabilities: capabilities(),
        attested: Some(1),
        status: HostStatus::Open,
        usable_from: Time(0),
        registered: 1,
        placements: 0,
        next_slot: 0,
        agents: AgentKind::ALL.map(|kind| Some(agent(kind).identity)),
        meters: Set::new(meters).expect("few"),
    }
}

fn agent_record(kind: AgentKind) -> Agent {
    Agent {
        id: agent(kind).identity,
        host: host_id(),
        kind,
        registered: 1,
        usable_from: Time(0),
        sequence: 0,
        last_height: 1,
        last_time: Time(0),
        through: 0,
        silent: false,
    }
}

fn meter(kind: AgentKind) -> Meter {
    Meter {
        id: meter_id(kind),
        host: host_id(),
        kind,
        scope: MeterScope::Host,
        keys: Set::new(vec![world().meter_keys[kind as usize].public()]).expect("one"),
        threshold: 1,
        test: false,
        registered: 1,
        since: Time(START),
        usable_from: Time(0),
        retired: false,
        replaces: None,
        sequence: 1,
        last: Hash::of(b"the record before"),
        window_end: Time(START + MINUTE),
        boot: [1; 16],
        boots: 1,
        gap_ms: 0,
        gap_end: Time(0),
        last_time: Time(0),
        silent: false,
    }
}

fn near() -> Imvu {
    Imvu {
        jurisdiction: Some(host().jurisdiction),
        ..shop()
    }
}

fn running() -> Imvu {
    Imvu {
        status: ImvuStatus::Active,
        placements: 1,
        ..near()
    }
}

fn placement(phase: Phase) -> Placement {
    Placement {
        imvu: shop().id,
        host: host_id(),
        slot: 0,
        jurisdiction: Jurisdiction::new("EU-GDPR").expect("a tag"),
        generation: 1,
        since: Time(START),
        phase,
        ceiling: QUOTA,
        ceiling_since: Time(START),
        ceiling_before: QUOTA,
    }
}

fn slot() -> Slot {
    Slot {
        imvu: shop().id,
        generation: 1,
        since: Time(START),
        ended: None,
    }
}

fn item() -> Item {
    Item::Imvu(shop().id)
}

fn assignment(spec: Spec) -> Assignment {
    Assignment {
        recovery_epoch: 0,
        generation: 1,
        spec,
        acknowledged: None,
    }
}

fn compute() -> Spec {
    Spec::Compute(ComputeSpec {
        imvu: shop().id,
        placement: 1,
        slot: 0,
        uid_first: 0,
        limits: QUOTA,
    })
}

fn assignment_key(kind: AgentKind) -> state_key::StateKey {
    state_key::assignment(&host_id(), kind, &item())
}

/// A pair with the host, its agents and meters, half past the first hour.
fn hosted(signer: &Signer, cosigners: &[Signer], action: Action) -> Pair {
    let mut pair = Pair::new(signer, cosigners, action);
    pair.always(state_key::host(&host_id()), &host());
    for kind in AgentKind::ALL {
        pair.always(state_key::agent(&agent(kind).identity), &agent_record(kind));
        pair.always(state_key::meter(&meter_id(kind)), &meter(kind));
    }
    let clock = Clock {
        height: 2,
        time: Time(START + 30 * MINUTE),
        law_time: Time(START + 30 * MINUTE),
    };
    pair.always(state_key::clock(), &clock);
    pair.always(state_key::imvu(&shop().id), &near());
    pair
}

/// The same, and the IMVU runs there.
fn busy(signer: &Signer, action: Action) -> Pair {
    let mut pair = hosted(signer, &[], action);
    let host = Host {
        guaranteed: QUOTA,
        placements: 1,
        next_slot: 1,
        ..host()
    };
    pair.always(state_key::host(&host.id), &host);
    pair.always(state_key::imvu(&shop().id), &running());
    pair.always(state_key::placement(&shop().id), &placement(Phase::Running));
    pair.always(state_key::slot(&host.id, 0), &slot());
    pair.always(assignment_key(AgentKind::Compute), &assignment(compute()));
    pair
}

fn change(change: HostChange) -> Action {
    Action::ChangeHost {
        host: host_id(),
        change,
    }
}

fn closing() -> Action {
    change(HostChange::Status(HostStatus::Closed))
}

fn activate() -> Action {
    Action::ActivateImvu {
        imvu: shop().id,
        host: None,
    }
}

fn stop(accept_loss: bool) -> Action {
    Action::StopImvu {
        imvu: shop().id,
        accept_loss,
    }
}

fn empty() -> Report {
    Report {
        sequence: 1,
        through: 1,
        capabilities: None,
        acks: List::default(),
        usage: List::default(),
        drifts: List::default(),
    }
}

fn acks(outcome: AckOutcome) -> Report {
    let ack = Ack {
        item: item(),
        generation: 1,
        outcome,
        observed: compute().hash(),
    };
    Report {
        acks: List::new(vec![ack]).expect("one"),
        ..empty()
    }
}

/// Every one of them has a lawful form that all the oracles are content with.
#[test]
fn what_operators_creators_and_agents_may_do_satisfies_all_of_them() {
    let mut pair = hosted(operator(), &[], closing());
    let closed = Host {
        status: HostStatus::Closed,
        ..host()
    };
    pair.then(state_key::host(&closed.id), &closed);
    pair.put_to(all).expect("an operator closes its host");
    placed().put_to(all).expect("a creator places its IMVU");
    let mut pair = busy(alice(), stop(true));
    leave(&mut pair);
    pair.put_to(all).expect("a creator accepts the loss");
    read(&good(), CPU)
        .put_to(all)
        .expect("a meter reads what the quota permits");
    sealing().put_to(all).expect("an hour is sealed");
    drifted(1).put_to(all).expect("a drift is told");
}

const HOSTS: &str = "hosts, agents and meters are their operators'";

#[test]
fn a_host_that_another_changes() {
    let mut pair = hosted(stranger(), &[], closing());
    let closed = Host {
        status: HostStatus::Closed,
        ..host()
    };
    pair.then(state_key::host(&closed.id), &closed);
    pair.violates(HOSTS, "another than its operator");
    let mut pair = hosted(operator(), &[], closing());
    let taken = Host {
        operator: stranger().identity,
        ..host()
    };
    pair.then(state_key::host(&taken.id), &taken);
    pair.violates(HOSTS, "another's");
}

#[test]
fn a_host_of_nobodys_seat() {
    let mut pair = Pair::new(alice(), &[], closing());
    let own = Host {
        operator: alice().identity,
        ..host()
    };
    pair.then(state_key::host(&own.id), &own);
    pair.violates(HOSTS, "nobody's seat");
}

#[test]
fn a_host_that_takes_from_who_runs_there() {
    let weaker = Capabilities {
        enforcement: EnforcementGrade::Detection,
        ..capabilities()
    };
    let mut pair = busy(operator(), change(HostChange::Capabilities(weaker.clone())));
    let old: Host = pair.reads(&state_key::host(&host_id()));
    pair.then(
        state_key::host(&host_id()),
        &Host {
            capabilities: weaker,
            ..old.clone()
        },
    );
    pair.violates(HOSTS, "takes from what runs there");
    let mut pair = busy(operator(), change(HostChange::Capacity(Quota::default())));
    pair.then(
        state_key::host(&host_id()),
        &Host {
            capacity: Quota::default(),
            ..old
        },
    );
    pair.violates(HOSTS, "guarantees more than it has");
}

#[test]
fn a_meter_whose_keys_change() {
    let mut pair = hosted(operator(), &[], closing());
    let kind = AgentKind::Compute;
    let other = Meter {
        keys: meter(AgentKind::Mail).keys,
        ..meter(kind)
    };
    pair.then(state_key::meter(&meter_id(kind)), &other);
    pair.violates(HOSTS, "another meter");
    let key = state_key::meter_key(&world().meter_keys[0].public());
    let mut pair = hosted(operator(), &[], closing());
    pair.always(key.clone(), &meter_id(kind));
    pair.then(key, &meter_id(AgentKind::Mail));
    pair.violates(HOSTS, "went to another meter");
}

#[test]
fn an_agent_that_another_speaks_for() {
    let mut pair = hosted(agent(AgentKind::Mail), &[], Action::Report(empty()));
    let moved = Agent {
        sequence: 1,
        ..agent_record(AgentKind::Compute)
    };
    pair.then(state_key::agent(&moved.id), &moved);
    pair.violates(HOSTS, "was moved");
}

#[test]
fn a_host_that_promises_more_than_it_has_or_a_slot_twice() {
    let mut state = BTreeMap::new();
    state.insert(state_key::host(&host_id()), encode(&host()));
    let first = placement(Phase::Running);
    state.insert(state_key::placement(&first.imvu), encode(&first));
    whole::hosts(&state).expect("one fits");
    let mut second = Placement {
        imvu: imvu("IMVU-1"),
        slot: 1,
        ..placement(Phase::Starting)
    };
    state.insert(state_key::placement(&second.imvu), encode(&second));
    let objection = whole::hosts(&state).expect_err("two are too many");
    assert!(
        objection.contains("host-0 has 4000 cpu_millis"),
        "{objection}"
    );
    second.ceiling = Quota::default();
    second.slot = 0;
    state.insert(state_key::placement(&second.imvu), encode(&second));
    let objection = whole::hosts(&state).expect_err("one slot for two");
    assert!(objection.contains("slot 0 of host-0"), "{objection}");
}
