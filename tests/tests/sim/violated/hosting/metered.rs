//! What the oracles of meters and bills object to.

use nexus_types::action::Action;
use nexus_types::encoding::{Few, List, encode};
use nexus_types::host::{AgentKind, Phase, Placement};
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::meter::{
    Cursor, Meter, MeterLine, MeterRecord, MeterRecordBody, MeterSignature, Metering, OpenHour,
    RecordKind, Resource, Target, UsageFlags, UsageHour, UsageLine,
};
use nexus_types::report::{Drift, DriftEntry, DriftKind, Report};
use nexus_types::state::Clock;
use nexus_types::{Hash, HostId, Text, Time, state_key};
use std::collections::BTreeMap;

use super::super::{Pair, alice, shop};
use super::{
    MINUTE, agent, busy, closing, empty, host_id, hosted, meter, meter_id, operator, placement,
    stop,
};
use crate::oracle::whole;
use crate::world::{START, world};

/// Milliseconds of CPU that a minute and a bit of the quota permits.
pub(super) const CPU: u128 = 4_000 * 61;

/// The compute meter's next record, over a minute.
pub(super) fn good() -> MeterRecordBody {
    let known = meter(AgentKind::Compute);
    let line = MeterLine {
        target: Target::Slot(0),
        counters: Few::new([1 << 40; 3]).expect("three"),
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
        counters: Few::new([0; 3]).expect("three"),
        ahead: Few::default(),
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
        forgotten: 0,
        hours: vec![hour],
        billed: [0; 7],
    }
}

/// The compute agent reports a record, by which so much CPU is billed.
pub(super) fn read(body: &MeterRecordBody, billed: u128) -> Pair {
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
pub(super) fn sealing() -> Pair {
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
    pub(super) fn reads<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        key: &state_key::StateKey,
    ) -> T {
        nexus_types::decode(&self.before[key]).expect("state decodes")
    }

    pub(super) fn gone(&mut self, key: &state_key::StateKey) {
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
pub(super) fn drifted(notices: usize) -> Pair {
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
fn a_sum_of_usage_that_no_hours_make_up() {
    let mut metering = open(0);
    metering.billed[0] = 7;
    let state = BTreeMap::from([(state_key::metering(&shop().id), encode(&metering))]);
    let ever = BTreeMap::from([((shop().id, Resource::Cpu), 7)]);
    whole::usage(&state, &ever).expect("it is the sum");
    let objection = whole::usage(&state, &BTreeMap::new()).expect_err("of nothing");
    assert!(objection.contains("7 of cpu of IMVU-0"), "{objection}");
}
