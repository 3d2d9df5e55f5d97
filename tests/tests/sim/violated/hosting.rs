//! What the oracles of hosts, placements and meters object to.

use nexus_sdk::keys::Signer;
use nexus_tests::actions::{QUOTA, imvu};
use nexus_types::action::Action;
use nexus_types::encoding::{List, encode};
use nexus_types::host::{
    AckOutcome, Acknowledged, Agent, AgentKind, Assignment, Capabilities, ComputeSpec, Enforcement,
    Host, HostChange, HostStatus, Isolation, Item, Phase, Placement, Slot, Spec,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::meter::{
    Cursor, Meter, MeterLine, MeterRecord, MeterRecordBody, MeterScope, MeterSignature, Metering,
    OpenHour, RecordKind, Resource, Target, UsageFlags, UsageHour, UsageLine,
};
use nexus_types::quota::Quota;
use nexus_types::report::{Ack, Drift, DriftEntry, DriftKind, Report};
use nexus_types::state::{Clock, Imvu, ImvuStatus};
use nexus_types::state_key;
use nexus_types::{Hash, HostId, List as Listed, MeterId, Set, Text, Time};
use std::collections::BTreeMap;

use super::{Pair, alice, shop};
use crate::oracle::{all, whole};
use crate::world::{START, world};

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
        enforcement: Enforcement::Prevention,
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
        enforcement: Enforcement::Detection,
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

const PLACES: &str = "its owner says where an IMVU runs";

/// The IMVU is placed by its owner.
fn placed() -> Pair {
    let mut pair = hosted(alice(), &[], activate());
    place(&mut pair);
    pair
}

fn place(pair: &mut Pair) {
    let host = Host {
        guaranteed: QUOTA,
        placements: 1,
        next_slot: 1,
        ..host()
    };
    pair.then(state_key::host(&host.id), &host);
    pair.then(
        state_key::placement(&shop().id),
        &placement(Phase::Starting),
    );
    pair.then(state_key::slot(&host.id, 0), &slot());
    let starting = Imvu {
        status: ImvuStatus::Starting,
        ..running()
    };
    pair.then(state_key::imvu(&shop().id), &starting);
    pair.then(assignment_key(AgentKind::Compute), &assignment(compute()));
}

/// What ends a placement leaves.
fn leave(pair: &mut Pair) {
    let host = Host {
        next_slot: 1,
        ..host()
    };
    pair.then(state_key::host(&host.id), &host);
    pair.gone(&state_key::placement(&shop().id));
    let ended = Slot {
        ended: Some((Time(START + 30 * MINUTE), QUOTA)),
        ..slot()
    };
    pair.then(state_key::slot(&host.id, 0), &ended);
    let draft = Imvu {
        status: ImvuStatus::Draft,
        ..running()
    };
    pair.then(state_key::imvu(&shop().id), &draft);
    let absent = Assignment {
        generation: 2,
        ..assignment(Spec::Absent)
    };
    pair.then(assignment_key(AgentKind::Compute), &absent);
}

#[test]
fn an_imvu_that_another_places() {
    let mut pair = hosted(operator(), &[], activate());
    place(&mut pair);
    pair.violates(PLACES, "another placed IMVU-0");
}

#[test]
fn an_imvu_on_a_host_that_lacks_something() {
    type Spoil = fn(&mut Host);
    let spoil: [(&str, Spoil); 6] = [
        ("is open", |host| host.status = HostStatus::Draining),
        ("is attested", |host| host.attested = None),
        ("isolates", |host| {
            host.capabilities.isolation = Set::default();
        }),
        ("has a network agent", |host| host.agents[1] = None),
        ("has every meter", |host| host.meters = Set::default()),
        ("is in its jurisdiction", |host| {
            host.jurisdiction = Jurisdiction::new("US-CCPA").expect("a tag");
        }),
    ];
    for (lacks, change) in spoil {
        let mut pair = placed();
        let mut bad = host();
        change(&mut bad);
        pair.always(state_key::host(&bad.id), &bad);
        pair.violates(PLACES, lacks);
    }
}

#[test]
fn an_imvu_that_is_stopped_without_its_owner() {
    let mut pair = busy(operator(), stop(true));
    leave(&mut pair);
    pair.violates(PLACES, "without its owner's or its host's word");
    // By the host, although nobody wanted it to stop.
    let stopped = Action::Report(acks(AckOutcome::Stopped));
    let mut pair = busy(agent(AgentKind::Compute), stopped);
    leave(&mut pair);
    pair.violates(PLACES, "without its owner's or its host's word");
}

#[test]
fn an_imvu_that_is_promised_less() {
    let mut pair = busy(alice(), stop(false));
    let mut less = placement(Phase::Running);
    less.ceiling.pids -= 1;
    pair.then(state_key::placement(&shop().id), &less);
    pair.violates(PLACES, "promised less");
}

#[test]
fn an_imvu_that_an_agent_edits() {
    let mut pair = busy(
        agent(AgentKind::Compute),
        Action::Report(acks(AckOutcome::Applied)),
    );
    let edited = Imvu {
        description: Text::new("ours").expect("short"),
        ..running()
    };
    pair.then(state_key::imvu(&shop().id), &edited);
    pair.violates(PLACES, "an agent changed IMVU-0");
}

#[test]
fn a_slot_that_another_gets() {
    let mut pair = busy(alice(), stop(false));
    let taken = Slot {
        imvu: imvu("IMVU-1"),
        ..slot()
    };
    pair.then(state_key::slot(&host_id(), 0), &taken);
    pair.violates("a slot is never another's", "changed oddly");
    let mut pair = busy(alice(), stop(false));
    pair.gone(&state_key::slot(&host_id(), 0));
    pair.violates("a slot is never another's", "given back");
}

const TOLD: &str = "agents are told what was decided";

#[test]
fn an_agent_that_is_told_something_else() {
    let key = || assignment_key(AgentKind::Compute);
    let other = |generation, limits| {
        let Spec::Compute(spec) = compute() else {
            unreachable!("it is");
        };
        Assignment {
            generation,
            ..assignment(Spec::Compute(ComputeSpec { limits, ..spec }))
        }
    };
    let mut pair = busy(alice(), stop(false));
    pair.then(key(), &other(2, Quota::default()));
    pair.violates(TOLD, "is told of IMVU-0");
    let mut pair = busy(alice(), stop(false));
    pair.then(
        key(),
        &Assignment {
            generation: 3,
            ..assignment(Spec::Absent)
        },
    );
    pair.violates(TOLD, "generation 3 follows 1");
}

#[test]
fn an_acknowledgement_that_nobody_gave() {
    let taken = |outcome| Assignment {
        acknowledged: Some(Acknowledged {
            outcome,
            observed: compute().hash(),
            at: 2,
        }),
        ..assignment(compute())
    };
    let report = || Action::Report(acks(AckOutcome::Refused));
    let mut pair = busy(agent(AgentKind::Compute), report());
    pair.then(
        assignment_key(AgentKind::Compute),
        &taken(AckOutcome::Applied),
    );
    pair.violates(TOLD, "did not say that");
    let mut pair = busy(agent(AgentKind::Compute), report());
    pair.then(
        assignment_key(AgentKind::Compute),
        &taken(AckOutcome::Refused),
    );
    pair.put_to(all).expect("it said so");
}

/// Milliseconds of CPU that a minute and a bit of the quota permits.
const CPU: u128 = 4_000 * 61;

/// The compute meter's next record, over a minute.
fn good() -> MeterRecordBody {
    let known = meter(AgentKind::Compute);
    let line = MeterLine {
        target: Target::Slot(0),
        counters: List::new(vec![1 << 40; 3]).expect("three"),
        dropped: 0,
    };
    MeterRecordBody {
        network: world().network.clone(),
        meter: known.id,
        sequence: 2,
        previous: known.last,
        boot: [1; 16],
        kind: RecordKind::Reading,
        start: known.window_end,
        end: Time(known.window_end.0 + MINUTE),
        max_unmetered_ms: 1_000,
        lines: List::new(vec![line]).expect("one"),
    }
}

fn signed(body: MeterRecordBody) -> MeterRecord {
    let signature = MeterSignature {
        key: 0,
        signature: world().meter_keys[0].sign(&body.id()),
    };
    MeterRecord {
        body,
        signatures: List::new(vec![signature]).expect("one"),
    }
}

fn cursor() -> Cursor {
    Cursor {
        meter: meter_id(AgentKind::Compute),
        placement: 1,
        counters: Listed::new(vec![0; 3]).expect("three"),
        dropped: 0,
        at: Time(START + MINUTE),
        boot: 1,
    }
}

fn usage(resource: Resource, billed: u128) -> UsageLine {
    UsageLine {
        resource,
        meter: meter_id(AgentKind::Compute),
        read: billed,
        billed,
        dropped: 0,
        windows: 1,
        flags: UsageFlags::default(),
    }
}

fn open(billed: u128) -> Metering {
    let hour = OpenHour {
        hour: START / (60 * MINUTE),
        placement: 1,
        host: host_id(),
        lines: vec![usage(Resource::Cpu, billed)],
    };
    Metering {
        cursors: vec![cursor()],
        hours: vec![hour],
        billed: [0; 7],
    }
}

/// The compute agent reports a record, by which so much CPU is billed.
fn read(body: &MeterRecordBody, billed: u128) -> Pair {
    let record = signed(body.clone());
    reported(record, billed)
}

fn reported(record: MeterRecord, billed: u128) -> Pair {
    let known = Meter {
        sequence: record.body.sequence,
        last: record.body.id(),
        window_end: record.body.end,
        ..meter(AgentKind::Compute)
    };
    let report = Report {
        usage: List::new(vec![record]).expect("one"),
        ..empty()
    };
    let mut pair = busy(agent(AgentKind::Compute), Action::Report(report));
    pair.then(state_key::meter(&known.id), &known);
    let key = state_key::metering(&shop().id);
    pair.always(key.clone(), &open(0));
    pair.then(key, &open(billed));
    pair
}

const WINDOWS: &str = "windows of a meter are contiguous";

#[test]
fn a_record_that_does_not_follow() {
    type Spoil = fn(&mut MeterRecordBody);
    let spoil: [(&str, Spoil); 7] = [
        ("is the next", |body| body.sequence = 3),
        ("names the one before", |body| {
            body.previous = Hash::default()
        }),
        ("starts where the last one ended", |body| body.start.0 += 1),
        ("ends after it starts", |body| body.end = body.start),
        ("is over", |body| body.end.0 += 30 * MINUTE),
        ("stays within an hour", |body| body.end.0 += 60 * MINUTE),
        ("reads nothing in a gap", |body| body.kind = RecordKind::Gap),
    ];
    for (broken, change) in spoil {
        let mut body = good();
        change(&mut body);
        let mut pair = read(&body, 0);
        if broken == "stays within an hour" {
            pair.always(
                state_key::clock(),
                &Clock {
                    height: 2,
                    time: Time(START + 120 * MINUTE),
                    law_time: Time(START),
                },
            );
        }
        pair.violates(WINDOWS, broken);
    }
}

#[test]
fn a_record_that_its_keys_did_not_sign() {
    let mut record = signed(good());
    record.body.max_unmetered_ms += 1;
    reported(record, 0).violates(WINDOWS, "0 of 1 keys signed");
}

#[test]
fn a_record_that_a_meter_forgets() {
    let mut pair = read(&good(), 0);
    let old = meter(AgentKind::Compute);
    pair.then(state_key::meter(&old.id), &old);
    pair.violates(WINDOWS, "read in vain");
    let mut pair = hosted(operator(), &[], closing());
    let ahead = Meter {
        window_end: Time(START + 10 * MINUTE),
        ..old
    };
    pair.then(state_key::meter(&ahead.id), &ahead);
    pair.violates(WINDOWS, "stands at record 1");
}

const BILLS: &str = "nothing is billed beyond quota and time";

#[test]
fn a_bill_beyond_the_quota() {
    read(&good(), CPU + 1).violates(BILLS, "244000 was permitted");
    let mut pair = busy(alice(), stop(false));
    pair.then(state_key::metering(&shop().id), &open(1));
    pair.violates(BILLS, "from 0 to 1; 0 was permitted");
    let mut more = open(1);
    more.hours[0].lines[0].read = 0;
    let mut pair = read(&good(), 0);
    pair.then(state_key::metering(&shop().id), &more);
    pair.violates(BILLS, "more than was read");
}

fn hour(billed: u128) -> UsageHour {
    UsageHour {
        imvu: shop().id,
        sequence: 0,
        hour: START / (60 * MINUTE),
        owner: alice().identity,
        host: host_id(),
        placement: 1,
        height: 2,
        lines: vec![usage(Resource::Cpu, billed)],
    }
}

/// An hour with one millisecond of CPU is sealed.
fn sealing() -> Pair {
    let mut pair = busy(alice(), stop(false));
    let key = state_key::metering(&shop().id);
    pair.always(key.clone(), &open(1));
    let mut sealed = open(0);
    sealed.hours.clear();
    sealed.billed[0] = 1;
    pair.then(key, &sealed);
    pair.seals(&hour(1));
    pair
}

impl Pair {
    fn reads<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        key: &state_key::StateKey,
    ) -> T {
        nexus_types::decode(&self.before[key]).expect("state decodes")
    }

    fn gone(&mut self, key: &state_key::StateKey) {
        self.after.remove(key);
    }

    fn seals(&mut self, hour: &UsageHour) {
        let own = LogId::Collection(CollectionKind::Usage, Some(hour.imvu.clone()));
        self.appended.push((own, encode(hour)));
        let all = LogId::Chain(ChainLog::Usage);
        self.appended.push((all, encode(hour)));
    }
}

const SEALED: &str = "usage is sealed once";

#[test]
fn usage_that_is_sealed_from_nothing_or_twice() {
    let mut pair = busy(alice(), stop(false));
    pair.seals(&hour(1));
    pair.violates(SEALED, "sealed from nothing");
    let mut pair = sealing();
    pair.seals(&hour(1));
    pair.violates(SEALED, "2 of cpu of IMVU-0 sealed");
    let mut pair = sealing();
    pair.appended.pop();
    pair.violates(SEALED, "0 hours in the log, 1 with their IMVUs");
    let foreign = UsageHour {
        owner: operator().identity,
        ..hour(0)
    };
    let mut pair = sealing();
    pair.seals(&foreign);
    pair.violates(SEALED, "another's");
}

/// A drift of the IMVU is reported; so many notices are given of it.
fn drifted(notices: usize) -> Pair {
    let drift = Drift {
        imvu: Some(shop().id),
        kind: DriftKind::Limit,
        expected: Hash::default(),
        found: Hash::default(),
        process: Text::default(),
        pid: 0,
        detected: Time(START),
        reverted: None,
    };
    let report = Report {
        drifts: List::new(vec![drift.clone()]).expect("one"),
        ..empty()
    };
    let reporter = agent(AgentKind::Compute);
    let mut pair = busy(reporter, Action::Report(report));
    let entry = DriftEntry {
        audit: 0,
        height: 2,
        time: Time(START),
        agent: reporter.identity,
        drift,
    };
    let own = LogId::Collection(CollectionKind::Drifts, Some(shop().id));
    pair.appended.push((own, encode(&entry)));
    for _ in 0..notices {
        let own = LogId::Collection(CollectionKind::Notices, Some(shop().id));
        pair.appended.push((own, vec![1]));
    }
    pair
}

#[test]
fn a_drift_that_is_kept_quiet() {
    let told = "drifts are told";
    drifted(0).violates(told, "0 notices of 1 drifts");
    let mut pair = drifted(1);
    pair.appended
        .retain(|(log, _)| !matches!(log, LogId::Collection(CollectionKind::Drifts, _)));
    pair.violates(told, "0 drifts recorded, 1 reported");
    let mut pair = drifted(1);
    let elsewhere = Placement {
        host: HostId::new("host-1").expect("a host's name"),
        ..placement(Phase::Running)
    };
    pair.always(state_key::placement(&shop().id), &elsewhere);
    pair.violates(told, "IMVU-0 is not on host-0");
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

#[test]
fn a_sum_of_usage_that_no_hours_make_up() {
    let mut metering = open(0);
    metering.billed[0] = 7;
    let state = BTreeMap::from([(state_key::metering(&shop().id), encode(&metering))]);
    let ever = BTreeMap::from([((shop().id, Resource::Cpu), 7)]);
    whole::usage(&state, &ever).expect("it is the sum");
    let objection = whole::usage(&state, &BTreeMap::new()).expect_err("of nothing");
    assert!(objection.contains("7 of cpu of IMVU-0"), "{objection}");
}
