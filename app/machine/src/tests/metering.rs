//! From meters' records to sealed hours: what is billed, what is capped, what is refused.

use super::hosting::*;
use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::encoding::Set;
use nexus_types::host::AgentKind;
use nexus_types::limits::{BURST_MS, HOUR_MS};
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::meter::{
    MeterLine, MeterRecordBody, MeterScope, Metering, RecordKind, Resource, Target, UsageFlags,
    UsageHour,
};
use nexus_types::record::Violation;
use nexus_types::{Few, Hash, List, MeterId, Reason, Time, decode, state_key};

fn hours(world: &World) -> Vec<UsageHour> {
    let log = LogId::Collection(CollectionKind::Usage, Some(imvu(ID)));
    let leaves = world.memory.logs.get(&log).cloned().unwrap_or_default();
    leaves.iter().map(|leaf| decode(leaf).unwrap()).collect()
}

/// The compute meter reads these counters up to the last full minute.
fn read(world: &mut World, counters: &[u64; 3]) -> TxOutcome {
    let end = Time(world.now.time.0 - world.now.time.0 % MINUTES);
    let body = world.record(&compute(), end, vec![line(0, counters)]);
    world.usage("host-1", AgentKind::Compute, body)
}

fn refused(world: &mut World, kind: AgentKind, body: MeterRecordBody) -> (u32, Option<Reason>) {
    let outcome = world.usage("host-1", kind, body);
    let reason = outcome
        .verdict
        .as_ref()
        .and_then(|verdict| verdict.reason());
    (outcome.code.number(), reason)
}

#[test]
fn counters_become_the_difference_to_the_last_reading() {
    let mut world = running();
    assert_eq!(read(&mut world, &[1_000, 2_000, 3_000]).code.number(), 0);
    world.wait_until(START + 10 * MINUTES);
    assert_eq!(read(&mut world, &[1_500, 2_000, 3_001]).code.number(), 0);
    let open = metering(&world).hours.remove(0);
    let billed: Vec<(Resource, u128, u16)> = open
        .lines
        .iter()
        .map(|line| (line.resource, line.billed, line.windows))
        .collect();
    assert_eq!(
        billed,
        [
            (Resource::Cpu, 1_500, 2),
            (Resource::Memory, 2_000, 2),
            (Resource::Io, 3_001, 2)
        ]
    );
    assert!(
        open.lines
            .iter()
            .all(|line| line.flags == UsageFlags::default())
    );
}

#[test]
fn an_hour_is_sealed_when_every_meter_of_the_host_has_passed_it() {
    let mut world = running();
    read(&mut world, &[1, 1, 1]);
    world.wait_until(START + HOUR_MS);
    read(&mut world, &[10, 10, 10]);
    assert!(hours(&world).is_empty());
    let kinds = [AgentKind::Network, AgentKind::Dns, AgentKind::Mail];
    for kind in kinds {
        let (id, _) = meter_of("host-1", kind);
        let counters = vec![7; kind.resources().len()];
        let body = world.record(&id, Time(START + HOUR_MS), vec![line(0, &counters)]);
        assert_eq!(world.usage("host-1", kind, body).code.number(), 0);
    }
    let sealed = hours(&world);
    assert_eq!(sealed.len(), 1);
    assert_eq!(sealed[0].hour, START / HOUR_MS);
    assert_eq!(sealed[0].lines.len(), 7);
    assert!(metering(&world).hours.is_empty());
    let totals = metering(&world).billed;
    assert_eq!(totals, [10, 10, 10, 7, 7, 7, 7]);
    // The chain's own log of usage has the same leaf.
    let chain = &world.memory.logs[&LogId::Chain(ChainLog::Usage)];
    assert_eq!(decode::<UsageHour>(&chain[0]).unwrap(), sealed[0]);
}

#[test]
fn an_implausible_reading_is_capped_and_the_excess_refused_on_record() {
    let mut world = running();
    let at = metering(&world);
    assert_eq!(at, Metering::default());
    let outcome = read(&mut world, &[u64::MAX, 5, 5]);
    assert_eq!(outcome.code.number(), 0);
    let open = metering(&world).hours.remove(0);
    let placed: nexus_types::host::Placement =
        world.memory.read(&state_key::placement(&imvu(ID))).unwrap();
    let end = world.meter(&compute()).window_end;
    let span = end.since(placed.since) + BURST_MS;
    let most = u128::from(span) * u128::from(QUOTA.cpu_millis) / 1_000;
    assert_eq!(open.lines[0].read, u128::from(u64::MAX));
    assert_eq!(open.lines[0].billed, most);
    assert!(open.lines[0].flags.has(UsageFlags::CAPPED));
    // Nothing of the memory was cut.
    assert_eq!(open.lines[1].flags, UsageFlags::default());
    let log = LogId::Collection(CollectionKind::Violations, Some(imvu(ID)));
    let violation: Violation = decode(world.memory.logs[&log].last().unwrap()).unwrap();
    assert_eq!(violation.code.number(), 2007);
    assert_eq!(violation.refused[0].1, Reason::OverQuota);
}

#[test]
fn a_counter_that_runs_backwards_bills_nothing_unless_the_host_has_booted() {
    let mut world = running();
    read(&mut world, &[1_000, 1_000, 1_000]);
    world.wait_until(START + 10 * MINUTES);
    read(&mut world, &[400, 1_001, 1_000]);
    let open = metering(&world).hours.remove(0);
    assert_eq!(open.lines[0].billed, 1_000);
    assert!(open.lines[0].flags.has(UsageFlags::REGRESSED));
    assert_eq!(open.lines[1].billed, 1_001);
    world.wait_until(START + 15 * MINUTES);
    let mut body = world.record(&compute(), world.now.time, vec![line(0, &[300, 300, 300])]);
    body.boot = [2; 16];
    assert_eq!(
        world
            .usage("host-1", AgentKind::Compute, body)
            .code
            .number(),
        0
    );
    let open = metering(&world).hours.remove(0);
    assert_eq!(open.lines[0].billed, 1_300);
    assert!(open.lines[0].flags.has(UsageFlags::BOOTED));
}

#[test]
fn a_gap_is_said_and_the_next_reading_bears_its_mark() {
    let mut world = running();
    read(&mut world, &[1, 1, 1]);
    world.wait_until(START + 20 * MINUTES);
    let mut gap = world.record(&compute(), Time(START + 15 * MINUTES), Vec::new());
    gap.kind = RecordKind::Gap;
    assert_eq!(
        world.usage("host-1", AgentKind::Compute, gap).code.number(),
        0
    );
    assert_eq!(read(&mut world, &[9, 9, 9]).code.number(), 0);
    let open = metering(&world).hours.remove(0);
    assert!(open.lines[0].flags.has(UsageFlags::GAP));
    assert_eq!(open.lines[0].billed, 9);
    assert!(world.meter(&compute()).gap_ms > 0);
}

#[test]
fn each_hostile_record_is_refused_with_its_reason() {
    let world = {
        let mut world = running();
        read(&mut world, &[1, 1, 1]);
        world.add_host("host-2", "EU-GDPR");
        world.wait_until(START + 10 * MINUTES);
        world
    };
    type Spoil = fn(&mut MeterRecordBody);
    let cases: [(&str, Spoil, Reason); 12] = [
        (
            "a sequence again",
            |body| body.sequence -= 1,
            Reason::RecordSequence,
        ),
        (
            "a sequence ahead",
            |body| body.sequence += 1,
            Reason::RecordSequence,
        ),
        (
            "another predecessor",
            |body| body.previous = Hash([1; 32]),
            Reason::RecordChain,
        ),
        ("an overlap", |body| body.start.0 -= 1, Reason::RecordWindow),
        ("a hole", |body| body.start.0 += 1, Reason::RecordWindow),
        (
            "no time",
            |body| body.end = body.start,
            Reason::RecordWindow,
        ),
        (
            "the future",
            |body| body.end.0 += 60_000,
            Reason::RecordFuture,
        ),
        (
            "counters that it has not",
            |body| body.lines = List::new(vec![line(0, &[1, 2])]).unwrap(),
            Reason::RecordLines,
        ),
        (
            "a line twice",
            |body| body.lines = List::new(vec![line(0, &[2, 2, 2]), line(0, &[2, 2, 2])]).unwrap(),
            Reason::RecordLines,
        ),
        (
            "an IMVU by name",
            |body| {
                let named = MeterLine {
                    target: Target::Imvu(imvu(ID)),
                    ..line(0, &[2, 2, 2])
                };
                body.lines = List::new(vec![named]).unwrap();
            },
            Reason::RecordLines,
        ),
        (
            "a gap with use",
            |body| body.kind = RecordKind::Gap,
            Reason::RecordLines,
        ),
        (
            "an unknown meter",
            |body| body.meter = meter("nobodys"),
            Reason::MeterUnknown,
        ),
    ];
    for (name, spoil, reason) in cases {
        let mut world = world.clone();
        let mut body = world.record(&compute(), world.now.time, vec![line(0, &[2, 2, 2])]);
        spoil(&mut body);
        let before = metering(&world);
        assert_eq!(
            refused(&mut world, AgentKind::Compute, body),
            (2006, Some(reason)),
            "{name}"
        );
        assert_eq!(metering(&world), before, "{name}");
    }
}

#[test]
fn a_window_over_a_full_hour_is_refused() {
    let mut world = running();
    read(&mut world, &[1, 1, 1]);
    world.wait_until(START + HOUR_MS + MINUTES);
    let body = world.record(&compute(), world.now.time, vec![line(0, &[2, 2, 2])]);
    assert_eq!(
        refused(&mut world, AgentKind::Compute, body),
        (2006, Some(Reason::RecordStraddles))
    );
    let body = world.record(&compute(), Time(START + HOUR_MS), vec![line(0, &[2, 2, 2])]);
    assert_eq!(refused(&mut world, AgentKind::Compute, body).0, 0);
}

#[test]
fn a_meter_of_another_host_or_for_another_agent_counts_for_nothing() {
    let mut world = running();
    world.add_host("host-2", "EU-GDPR");
    let (foreign, key) = meter_of("host-2", AgentKind::Compute);
    let body = world.record(&foreign, world.now.time, vec![line(0, &[2, 2, 2])]);
    let mut report = world.next_report("host-1", AgentKind::Compute);
    report.usage = List::new(vec![sign_record(&key, body)]).unwrap();
    let outcome = world.submit(
        &[agent_of("host-1", AgentKind::Compute)],
        Action::Report(report),
    );
    assert_eq!(outcome.code.number(), 2006);
    assert_eq!(
        outcome.verdict.unwrap().reason(),
        Some(Reason::MeterForeign)
    );
    let (dns, _) = meter_of("host-1", AgentKind::Dns);
    let body = world.record(&dns, world.now.time, Vec::new());
    let (_, key) = meter_of("host-1", AgentKind::Dns);
    let mut report = world.next_report("host-1", AgentKind::Compute);
    report.usage = List::new(vec![sign_record(&key, body)]).unwrap();
    let outcome = world.submit(
        &[agent_of("host-1", AgentKind::Compute)],
        Action::Report(report),
    );
    assert_eq!(
        outcome.verdict.unwrap().reason(),
        Some(Reason::MeterForeign)
    );
}

#[test]
fn a_record_signed_by_another_key_is_not_even_admitted() {
    let mut world = running();
    let body = world.record(&compute(), world.now.time, vec![line(0, &[2, 2, 2])]);
    let mut report = world.next_report("host-1", AgentKind::Compute);
    report.usage = List::new(vec![sign_record(&Person::new(77), body)]).unwrap();
    let outcome = world.submit(
        &[agent_of("host-1", AgentKind::Compute)],
        Action::Report(report),
    );
    assert_eq!(outcome.code.number(), 1065);
}

#[test]
fn what_the_last_window_of_a_stay_used_is_still_billed_and_no_later_one() {
    let mut world = running();
    read(&mut world, &[1, 1, 1]);
    leave(&mut world);
    let (network, _) = meter_of("host-1", AgentKind::Network);
    let body = world.record(&network, world.now.time, vec![line(0, &[500])]);
    assert_eq!(
        world
            .usage("host-1", AgentKind::Network, body)
            .code
            .number(),
        0
    );
    let body = world.record(&network, world.now.time, vec![line(0, &[900])]);
    assert_eq!(
        world
            .usage("host-1", AgentKind::Network, body)
            .code
            .number(),
        0
    );
    // Nobody else may close the hour: the law does, an hour after it ended.
    while world.now.time.0 < START + 2 * HOUR_MS + MINUTES {
        world.now.time = world.now.time.plus_ms(MINUTES - 1_000);
        world.block(&[]);
    }
    let sealed = hours(&world);
    let network: Vec<u128> = sealed
        .iter()
        .flat_map(|hour| &hour.lines)
        .filter(|line| line.resource == Resource::Network)
        .map(|line| line.billed)
        .collect();
    assert_eq!(network, [500]);
}

#[test]
fn resolvers_are_summed_and_what_they_dropped_stands_apart() {
    let mut world = running();
    let operator = world.operator_of("host-1");
    let second = Person::new(95);
    let register = register_resolver(meter("resolver-2"), "host-1", &second, true);
    world.must(&operator, register);
    world.wait_until(START + 6 * MINUTES);
    let (first, _) = meter_of("host-1", AgentKind::Dns);
    let body = world.record(&first, world.now.time, vec![line(0, &[40])]);
    world.usage("host-1", AgentKind::Dns, body);
    let named = MeterLine {
        target: Target::Imvu(imvu(ID)),
        counters: Few::new([2]).unwrap(),
        dropped: 1_000_000,
    };
    let body = world.record(&meter("resolver-2"), world.now.time, vec![named]);
    let mut report = world.next_report("host-1", AgentKind::Dns);
    report.usage = List::new(vec![sign_record(&second, body)]).unwrap();
    world.must(&agent_of("host-1", AgentKind::Dns), Action::Report(report));
    let open = metering(&world).hours.remove(0);
    let lines: Vec<(u128, u128, bool)> = open
        .lines
        .iter()
        .map(|line| (line.billed, line.dropped, line.flags.has(UsageFlags::TEST)))
        .collect();
    assert_eq!(lines, [(40, 0, false), (2, 1_000_000, true)]);
}

#[test]
fn a_meter_that_takes_anothers_place_goes_on_where_that_one_stopped() {
    let mut world = running();
    read(&mut world, &[1_000, 1_000, 1_000]);
    let operator = world.operator_of("host-1");
    let key = Person::new(89);
    world.must(&operator, register_successor(AgentKind::Compute, &key));
    world.wait_until(START + 10 * MINUTES);
    let lines = vec![line(0, &[1_200, 1_000, 1_001])];
    succeeds(&mut world, AgentKind::Compute, &key, lines);
    let open = metering(&world).hours.remove(0);
    let of = |id: &MeterId| -> Vec<u128> {
        let lines = open.lines.iter().filter(|line| line.meter == *id);
        lines.map(|line| line.billed).collect()
    };
    assert_eq!(of(&compute()), [1_000, 1_000, 1_000]);
    assert_eq!(of(&meter("successor")), [200, 0, 1]);
    let marked = open
        .lines
        .iter()
        .find(|line| line.meter == meter("successor"));
    assert_eq!(marked.unwrap().flags, UsageFlags(UsageFlags::GAP));
    assert_eq!(metering(&world).cursors.len(), 1);
}

#[test]
fn a_meter_elsewhere_counts_only_for_imvus_of_its_own_organisation() {
    let mut world = running();
    for (number, code) in [(1, 1), (2, 0)] {
        let id = format!("host-{}", 4 + number);
        world.add_host(&id, "EU-GDPR");
        let key = Person::new(85 + number);
        let register = register_resolver(meter(&format!("resolver-{number}")), &id, &key, false);
        let operator = world.operator_of(&id);
        world.must(&operator, register);
        let named = MeterLine {
            target: Target::Imvu(imvu(ID)),
            counters: Few::new([7]).unwrap(),
            dropped: 0,
        };
        let meter = meter(&format!("resolver-{number}"));
        let body = world.record(&meter, world.now.time, vec![named]);
        let mut report = world.next_report(&id, AgentKind::Dns);
        report.usage = List::new(vec![sign_record(&key, body)]).unwrap();
        world.must(&agent_of(&id, AgentKind::Dns), Action::Report(report));
        let lines = metering(&world)
            .hours
            .into_iter()
            .flat_map(|open| open.lines);
        // host-5 is run by the organisation that runs host-1, host-6 by another.
        let billed = lines.filter(|line| line.meter == meter).count();
        assert_eq!(billed, code, "{id}");
    }
}

#[test]
fn k_of_n_keys_sign_one_identical_record() {
    let mut world = running();
    let operator = world.operator_of("host-1");
    let mut keys = [Person::new(91), Person::new(92), Person::new(93)];
    keys.sort_by_key(Person::public);
    let register = Action::RegisterMeter {
        meter: meter("witnessed"),
        host: host("host-1"),
        kind: AgentKind::Compute,
        scope: MeterScope::Host,
        keys: Set::new(keys.iter().map(Person::public).collect()).unwrap(),
        threshold: 2,
        test: false,
        replaces: Some(compute()),
    };
    world.must(&operator, register);
    world.wait_until(START + 6 * MINUTES);
    let body = world.record(
        &meter("witnessed"),
        world.now.time,
        vec![line(0, &[3, 3, 3])],
    );
    let sign = |who: &[u8]| {
        let signatures = who
            .iter()
            .map(|key| nexus_types::meter::MeterSignature {
                key: *key,
                signature: keys[usize::from(*key)].sign(body.id()),
            })
            .collect();
        nexus_types::meter::MeterRecord {
            body: body.clone(),
            signatures: List::new(signatures).unwrap(),
        }
    };
    for (signers, code, reason) in [
        (&[2][..], 2006, Some(Reason::MeterNotSigned)),
        (&[1, 1], 1065, None),
        (&[0, 2], 0, None),
    ] {
        let mut report = world.next_report("host-1", AgentKind::Compute);
        report.usage = List::new(vec![sign(signers)]).unwrap();
        let outcome = world.submit(
            &[agent_of("host-1", AgentKind::Compute)],
            Action::Report(report),
        );
        assert_eq!(outcome.code.number(), code, "{signers:?}: {}", outcome.log);
        assert_eq!(outcome.verdict.and_then(|verdict| verdict.reason()), reason);
    }
    // The meter it replaced counts no more.
    let body = world.record(&compute(), world.now.time, Vec::new());
    assert_eq!(
        refused(&mut world, AgentKind::Compute, body),
        (2006, Some(Reason::MeterRetired))
    );
}

#[test]
fn two_meters_never_share_a_key_and_one_resource_has_one_meter() {
    let mut world = running();
    let operator = world.operator_of("host-1");
    let (_, key) = meter_of("host-1", AgentKind::Compute);
    let second = |kind, key: &Person| register_own("host-1", meter("second"), kind, key, None);
    for (action, reason) in [
        (second(AgentKind::Dns, &key), Reason::MeterKeys),
        (
            second(AgentKind::Network, &Person::new(94)),
            Reason::MeterExists,
        ),
    ] {
        let outcome = world.submit(std::slice::from_ref(&operator), action);
        assert_eq!(outcome.code.number(), 2006);
        assert_eq!(outcome.verdict.unwrap().reason(), Some(reason));
    }
}

#[test]
fn a_late_window_makes_another_leaf_of_the_same_hour() {
    let mut world = running();
    read(&mut world, &[1, 1, 1]);
    world.wait_until(START + HOUR_MS);
    read(&mut world, &[10, 10, 10]);
    for kind in [AgentKind::Dns, AgentKind::Mail] {
        let (id, _) = meter_of("host-1", kind);
        let body = world.record(&id, Time(START + HOUR_MS), Vec::new());
        world.usage("host-1", kind, body);
    }
    // The network's meter is late by days; its host's others go on, and the law does not wait for ever.
    let (network, _) = meter_of("host-1", AgentKind::Network);
    for hour in 1..80_u64 {
        world.wait_until(START + (hour + 1) * HOUR_MS);
        read(&mut world, &[10 + hour, 10, 10]);
    }
    let before = hours(&world).len();
    assert!(before > 0, "hours older than three days are sealed");
    assert!(metering(&world).hours.len() <= 74);
    let body = world.record(&network, Time(START + HOUR_MS), vec![line(0, &[5])]);
    assert_eq!(
        world
            .usage("host-1", AgentKind::Network, body)
            .code
            .number(),
        0
    );
    let first: Vec<UsageHour> = hours(&world)
        .into_iter()
        .filter(|hour| hour.hour == START / HOUR_MS)
        .collect();
    assert_eq!(first.len(), 2);
    assert_eq!(first[1].lines.len(), 1);
    assert_eq!(first[1].lines[0].billed, 5);
}
