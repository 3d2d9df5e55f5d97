//! Readings at their limits: the last instant, the last unit, and what is said of each.

use super::hosting::*;
use super::world::*;
use nexus_types::action::Action;
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::host::{AgentKind, Slot};
use nexus_types::limits::{BURST_MS, HOUR_MS, WINDOW_SLACK_MS};
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::meter::{
    Meter, MeterLine, MeterRecordBody, RecordKind, Resource, Target, UsageFlags, UsageLine,
};
use nexus_types::state::Clock;
use nexus_types::{List, MeterId, Reason, Time, state_key};

/// The lines of the only open hour.
fn open_lines(world: &World) -> Vec<UsageLine> {
    let mut hours = metering(world).hours;
    assert_eq!(hours.len(), 1);
    hours.remove(0).lines
}

fn record_of(world: &World, lines: Vec<MeterLine>) -> MeterRecordBody {
    world.record(&compute(), world.now.time, lines)
}

/// What the compute meter's record comes to: the reason why it is refused, and what the block tells.
fn say(world: &mut World, body: MeterRecordBody) -> (Option<Reason>, Vec<Event>) {
    let (_, key) = meter_of("host-1", AgentKind::Compute);
    let mut report = world.next_report("host-1", AgentKind::Compute);
    report.usage = List::new(vec![sign_record(&key, body)]).unwrap();
    let agent = agent_of("host-1", AgentKind::Compute);
    let tx = world.seal(&agent, &[], world.body(&agent, Action::Report(report)));
    let bytes = [encode(&tx)];
    let events = world.execute(&bytes).events;
    let outcome = world.block(&bytes).remove(0);
    (outcome.verdict.unwrap().reason(), events)
}

fn implausible(events: &[Event]) -> usize {
    let told = events.iter();
    told.filter(|event| matches!(event, Event::Implausible { .. }))
        .count()
}

fn violations(world: &World) -> usize {
    let log = LogId::Collection(CollectionKind::Violations, Some(imvu(ID)));
    world.memory.logs.get(&log).map_or(0, Vec::len)
}

#[test]
fn a_meter_counts_from_its_first_instant_on() {
    for (later, refused) in [(0, None), (1, Some(Reason::NotYetUsable))] {
        let mut world = running();
        let clock: Clock = world.memory.read(&state_key::clock()).unwrap();
        // The law's clock at the next block, which is a second later.
        let usable = clock.law_time.plus_ms(1_000 + later);
        let mut meter: Meter = world.meter(&compute());
        meter.usable_from = usable;
        world
            .memory
            .state
            .insert(state_key::meter(&compute()), encode(&meter));
        let body = record_of(&world, Vec::new());
        assert_eq!(say(&mut world, body).0, refused, "{later} ms later");
    }
}

#[test]
fn a_window_ends_at_most_the_slack_ahead() {
    for (ahead, refused) in [(0, None), (1, Some(Reason::RecordFuture))] {
        let mut world = running();
        let mut body = record_of(&world, Vec::new());
        body.end = world.now.time.plus_ms(WINDOW_SLACK_MS + ahead);
        assert_eq!(say(&mut world, body).0, refused, "{ahead} ms beyond");
    }
}

#[test]
fn lines_ascend_and_those_of_nobody_are_told() {
    let mut world = running();
    let both = [line(0, &[1, 1, 1]), line(9, &[1, 1, 1])];
    let reversed = both.iter().rev().cloned().collect();
    let body = record_of(&world, reversed);
    assert_eq!(say(&mut world, body).0, Some(Reason::RecordLines));
    let strangers = |events: Vec<Event>| -> Vec<u32> {
        let lines = events.into_iter().filter_map(|event| match event {
            Event::NotPlaced { lines, .. } => Some(lines),
            _ => None,
        });
        lines.collect()
    };
    let body = record_of(&world, both.to_vec());
    let (refused, events) = say(&mut world, body);
    assert_eq!((refused, strangers(events)), (None, vec![1]));
    let body = record_of(&world, both[..1].to_vec());
    let (refused, events) = say(&mut world, body);
    assert_eq!((refused, strangers(events)), (None, Vec::new()));
}

#[test]
fn what_is_implausible_is_told_and_only_what_is_over_the_quota_is_a_violation() {
    let mut world = running();
    let told = |world: &mut World, counters: &[u64; 3]| {
        let before = violations(world);
        let body = record_of(world, vec![line(0, counters)]);
        let (refused, events) = say(world, body);
        assert_eq!(refused, None);
        (implausible(&events), violations(world) - before)
    };
    assert_eq!(told(&mut world, &[5, 5, 5]), (0, 0), "plausible");
    assert_eq!(told(&mut world, &[4, 5, 5]), (1, 0), "backwards");
    assert_eq!(told(&mut world, &[u64::MAX, 5, 5]), (1, 1), "too much");
}

#[test]
fn exactly_what_the_quota_lets_be_used_is_not_capped() {
    for (more, flags) in [(0, 0), (1, UsageFlags::CAPPED)] {
        let mut world = running();
        let mut body = record_of(&world, Vec::new());
        let span = body.end.since(stay(&world).since) + BURST_MS;
        let most = span * QUOTA.cpu_millis / 1_000;
        body.lines = List::new(vec![line(0, &[most + more, 1, 1])]).unwrap();
        assert_eq!(say(&mut world, body).0, None);
        let cpu = &open_lines(&world)[0];
        assert_eq!((cpu.billed, cpu.flags), (most.into(), UsageFlags(flags)));
    }
}

#[test]
fn a_gap_that_was_over_when_the_stay_began_marks_nothing() {
    for (longer, flags) in [(0, 0), (1, UsageFlags::GAP)] {
        let mut world = running();
        let mut gap = record_of(&world, Vec::new());
        gap.kind = RecordKind::Gap;
        gap.end = stay(&world).since.plus_ms(longer);
        assert_eq!(say(&mut world, gap).0, None);
        let body = record_of(&world, vec![line(0, &[1, 1, 1])]);
        assert_eq!(say(&mut world, body).0, None);
        assert_eq!(open_lines(&world)[0].flags, UsageFlags(flags));
    }
}

#[test]
fn each_meter_of_a_resource_has_its_own_line_whichever_reads_first() {
    let mut world = running();
    let operator = world.operator_of("host-1");
    let key = Person::new(95);
    let register = register_resolver(meter("a-resolver"), "host-1", &key, false);
    world.must(&operator, register);
    world.wait_until(START + 6 * MINUTES);
    // `a-resolver` stands before `host-1-dns`, which has read already.
    let (own, _) = meter_of("host-1", AgentKind::Dns);
    let body = world.record(&own, world.now.time, vec![line(0, &[40])]);
    assert_eq!(world.usage("host-1", AgentKind::Dns, body).code.number(), 0);
    let named = MeterLine {
        target: Target::Imvu(imvu(ID)),
        ..line(0, &[2])
    };
    let body = world.record(&meter("a-resolver"), world.now.time, vec![named]);
    let mut report = world.next_report("host-1", AgentKind::Dns);
    report.usage = List::new(vec![sign_record(&key, body)]).unwrap();
    world.must(&agent_of("host-1", AgentKind::Dns), Action::Report(report));
    let lines = open_lines(&world);
    let lines: Vec<(Resource, &MeterId, u128)> = lines
        .iter()
        .map(|line| (line.resource, &line.meter, line.billed))
        .collect();
    assert_eq!(
        lines,
        [
            (Resource::Dns, &meter("a-resolver"), 2),
            (Resource::Dns, &own, 40)
        ]
    );
}

#[test]
fn an_hour_that_the_law_seals_is_open_no_more() {
    let mut world = running();
    let body = record_of(&world, vec![line(0, &[1, 1, 1])]);
    assert_eq!(say(&mut world, body).0, None);
    leave(&mut world);
    assert_eq!(metering(&world).hours.len(), 1);
    world.pass(START + 2 * HOUR_MS + MINUTES);
    assert!(metering(&world).hours.is_empty());
    assert_eq!(metering(&world).billed[..3], [1, 1, 1]);
}

#[test]
fn a_record_that_was_altered_after_it_was_signed_is_not_even_admitted() {
    let mut world = running();
    let body = record_of(&world, vec![line(0, &[2, 2, 2])]);
    let (_, key) = meter_of("host-1", AgentKind::Compute);
    let mut record = sign_record(&key, body);
    record.body.lines = List::new(vec![line(0, &[3, 2, 2])]).unwrap();
    let mut report = world.next_report("host-1", AgentKind::Compute);
    report.usage = List::new(vec![record]).unwrap();
    let agent = agent_of("host-1", AgentKind::Compute);
    let outcome = world.submit(&[agent], Action::Report(report));
    assert_eq!(outcome.code.number(), 1065);
}

#[test]
fn a_meter_has_a_reading_of_each_stay_that_it_may_still_speak_of() {
    let mut world = running();
    let since = again(&mut world);
    let mut early = record_of(&world, vec![line(1, &[1, 1, 1])]);
    // Where the stay in slot 0 still stood.
    early.end = Time(since.0 - 3_000);
    assert_eq!(say(&mut world, early).0, None);
    let body = record_of(&world, vec![line(0, &[1, 1, 1])]);
    assert_eq!(say(&mut world, body).0, None);
    let cursors = metering(&world).cursors;
    let of: Vec<u64> = cursors.iter().map(|cursor| cursor.placement).collect();
    assert_eq!(of, [1, 2]);
}

#[test]
fn use_is_billed_once_whichever_meter_speaks_first_after_a_new_stay_began() {
    for network_first in [false, true] {
        let mut world = running();
        let body = record_of(&world, vec![line(0, &[1_000, 1_000, 1_000])]);
        assert_eq!(say(&mut world, body).0, None);
        again(&mut world);
        if network_first {
            let (network, _) = meter_of("host-1", AgentKind::Network);
            let lines = vec![line(0, &[5]), line(1, &[1])];
            let body = world.record(&network, world.now.time, lines);
            let outcome = world.usage("host-1", AgentKind::Network, body);
            assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        }
        // Its last window of the stay in slot 0, in which nothing more was used.
        let body = record_of(&world, vec![line(0, &[1_000, 1_000, 1_000])]);
        assert_eq!(say(&mut world, body).0, None);
        let hours = metering(&world).hours;
        let lines = hours.iter().flat_map(|hour| &hour.lines);
        let cpu = lines.filter(|line| line.resource == Resource::Cpu);
        let billed: u128 = cpu.map(|line| line.billed).sum();
        assert_eq!(billed, 1_000, "network first: {network_first}");
    }
}

/// Which meters have a reading, after the network's own of the stay in slot 1.
fn remembered(world: &mut World) -> Vec<MeterId> {
    let (network, _) = meter_of("host-1", AgentKind::Network);
    let body = world.record(&network, world.now.time, vec![line(1, &[1])]);
    let outcome = world.usage("host-1", AgentKind::Network, body);
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    let cursors = metering(world).cursors;
    cursors.into_iter().map(|cursor| cursor.meter).collect()
}

#[test]
fn readings_of_a_stay_are_forgotten_once_their_meter_has_told_of_all_of_it() {
    let (network, _) = meter_of("host-1", AgentKind::Network);
    for (short, left) in [(0, vec![network.clone()]), (1, vec![compute(), network])] {
        let mut world = running();
        let body = record_of(&world, vec![line(0, &[1, 1, 1])]);
        assert_eq!(say(&mut world, body).0, None);
        let since = again(&mut world);
        // Its windows have come up to the beginning of the next stay.
        let mut body = record_of(&world, Vec::new());
        body.end = Time(since.0 - short);
        assert_eq!(say(&mut world, body).0, None);
        assert_eq!(remembered(&mut world), left, "{short} ms short of it");
    }
}

#[test]
fn readings_of_a_meter_that_was_replaced_are_forgotten_once_its_successor_has_told() {
    let (network, _) = meter_of("host-1", AgentKind::Network);
    for (told, left) in [
        (true, vec![network.clone()]),
        (false, vec![compute(), network]),
    ] {
        let mut world = running();
        let body = record_of(&world, vec![line(0, &[1, 1, 1])]);
        assert_eq!(say(&mut world, body).0, None);
        let (operator, key) = (world.operator_of("host-1"), Person::new(96));
        world.must(&operator, register_successor(AgentKind::Compute, &key));
        again(&mut world);
        if told {
            succeeds(&mut world, AgentKind::Compute, &key, Vec::new());
        }
        // The host's other meters have told of nothing.
        assert_eq!(remembered(&mut world), left, "told: {told}");
    }
}

#[test]
fn readings_of_a_meter_that_was_replaced_wait_for_every_meter_of_its_kind() {
    let mut world = running();
    let (own, _) = meter_of("host-1", AgentKind::Dns);
    let body = world.record(&own, world.now.time, vec![line(0, &[40])]);
    assert_eq!(world.usage("host-1", AgentKind::Dns, body).code.number(), 0);
    let (operator, key) = (world.operator_of("host-1"), Person::new(97));
    let resolver = register_resolver(meter("a-resolver"), "host-1", &Person::new(98), false);
    world.must(&operator, resolver);
    world.must(&operator, register_successor(AgentKind::Dns, &key));
    again(&mut world);
    succeeds(&mut world, AgentKind::Dns, &key, Vec::new());
    let (network, _) = meter_of("host-1", AgentKind::Network);
    assert_eq!(remembered(&mut world), [own, network]);
}

#[test]
fn a_stay_uses_at_most_what_its_quota_lets_it_until_its_end() {
    let mut world = running();
    let began = stay(&world).since;
    again(&mut world);
    world.wait_until(START + 20 * MINUTES);
    let body = record_of(&world, vec![line(0, &[u64::MAX, 1, 1])]);
    assert_eq!(say(&mut world, body).0, None);
    let slot: Slot = world
        .memory
        .read(&state_key::slot(&host("host-1"), 0))
        .unwrap();
    let (ended, _) = slot.ended.unwrap();
    let most = (ended.since(began) + BURST_MS) * QUOTA.cpu_millis / 1_000;
    assert_eq!(open_lines(&world)[0].billed, most.into());
}

#[test]
fn what_was_dropped_is_the_difference_to_the_last_reading_too() {
    let mut world = running();
    for (dropped, all) in [(5, 5), (7, 7)] {
        let read = MeterLine {
            dropped,
            ..line(0, &[1, 1, 1])
        };
        let body = record_of(&world, vec![read]);
        assert_eq!(say(&mut world, body).0, None);
        assert_eq!(open_lines(&world)[0].dropped, all);
    }
}

#[test]
fn a_quota_lets_be_used_in_a_second_what_it_says_rounded_up() {
    let most = Resource::ALL.map(|resource| resource.most(&QUOTA, 1_000));
    // 4 CPUs, 8 GiB, 20 MiB, 100 answers, a part of a message, 50 Mbit both ways, 1 GiB.
    assert_eq!(most, [4_000, 8_192, 20 << 20, 100, 1, 12_500_000, 1_024]);
}
