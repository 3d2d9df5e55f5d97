//! No use is billed beyond quota × time and one burst, however a meter cuts its windows; and how many readings are remembered.

use super::hosting::*;
use super::world::*;
use nexus_types::action::Action;
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::host::AgentKind;
use nexus_types::limits::{BURST_MS, CURSORS_PER_IMVU};
use nexus_types::meter::{MeterLine, MeterRecord, MeterRecordBody, Resource, Target, UsageFlags};
use nexus_types::report::Report;
use nexus_types::{List, MeterId};
use proptest::prelude::*;

/// What all records of a meter billed in all, and whether any was capped.
fn billed(world: &World, resource: Resource) -> (u128, bool) {
    let metering = metering(world);
    let place = Resource::ALL.iter().position(|each| *each == resource);
    let sealed = metering.billed[place.unwrap()];
    let open = metering.hours.iter().flat_map(|hour| &hour.lines);
    let open = open.filter(|line| line.resource == resource);
    open.fold((sealed, false), |(sum, capped), line| {
        let capped = capped || line.flags.has(UsageFlags::CAPPED);
        (sum + line.billed, capped)
    })
}

/// Has a record follow another of the same report.
fn follow(body: &mut MeterRecordBody, last: &MeterRecord) {
    body.sequence = last.body.sequence + 1;
    body.previous = last.body.id();
    body.start = last.body.end;
}

/// Readings of slot 0 that end `windows` milliseconds after each other, from where the stay began, each of so much more.
fn readings(world: &mut World, kind: AgentKind, windows: &[(u64, u64)]) -> Result<(), String> {
    let (_, key) = meter_of("host-1", kind);
    let mut end = stay(world).since;
    let mut counter = 0;
    for some in windows.chunks(16) {
        let mut records: Vec<MeterRecord> = Vec::new();
        for (window, used) in some {
            end = end.plus_ms(*window);
            counter += used;
            let counters = vec![counter; kind.resources().len()];
            let mut body = world.record(&meter_of("host-1", kind).0, end, vec![line(0, &counters)]);
            if let Some(last) = records.last() {
                follow(&mut body, last);
            }
            records.push(sign_record(&key, body));
        }
        let mut report = world.next_report("host-1", kind);
        report.usage = List::new(records).unwrap();
        let agent = agent_of("host-1", kind);
        let outcome = world.submit(&[agent], Action::Report(report));
        if outcome.code.number() != 0 {
            return Err(outcome.log);
        }
    }
    Ok(())
}

#[test]
fn a_burst_is_had_once_however_short_the_windows_are() {
    for window in [1, 100, 1_000, 7_001] {
        let mut world = running();
        readings(&mut world, AgentKind::Compute, &[(window, 1 << 50); 30]).unwrap();
        let ms = u128::from(30 * window + BURST_MS);
        let most = ms * u128::from(QUOTA.cpu_millis) / 1_000;
        assert_eq!(
            billed(&world, Resource::Cpu),
            (most, true),
            "{window} ms each"
        );
    }
}

#[test]
fn a_burst_comes_back_at_the_quotas_rate() {
    let second = QUOTA.cpu_millis;
    for (idle, more, capped) in [
        (1_000, second, false),
        (1_000, second + 1, true),
        (500, second / 2 + 1, true),
        (60_000, second, false),
    ] {
        let mut world = running();
        // The burst and the second's own; then nothing; then another burst.
        let windows = [(1_000, 2 * second), (idle, 0), (1, more + second / 1_000)];
        readings(&mut world, AgentKind::Compute, &windows).unwrap();
        let (billed, was_capped) = billed(&world, Resource::Cpu);
        assert_eq!(
            was_capped, capped,
            "{more} after {idle} ms: {billed} in all"
        );
    }
}

#[test]
fn parts_of_a_message_are_not_rounded_up_window_by_window() {
    let mut world = running();
    // A message in each of 60 seconds, where the quota has a fraction of one.
    readings(&mut world, AgentKind::Mail, &[(1_000, 1); 60]).unwrap();
    let lets = u128::from(QUOTA.mail_messages) * 60_000 / 3_600_000;
    // The burst is a whole message.
    assert_eq!(billed(&world, Resource::Mail), (lets + 1, true));
}

#[test]
fn time_before_the_stay_lets_nothing_be_used() {
    let mut world = running();
    let since = stay(&world).since;
    let (_, key) = meter_of("host-1", AgentKind::Compute);
    let mut records: Vec<MeterRecord> = Vec::new();
    let registered = world.meter(&compute()).since;
    assert!(registered < since);
    // One before the stay; one that begins before it.
    for (end, count) in [(registered.plus_ms(1), 0), (since.plus_ms(1), 1 << 50)] {
        let mut body = world.record(&compute(), end, vec![line(0, &[count; 3])]);
        body.start = registered;
        if let Some(last) = records.last() {
            follow(&mut body, last);
        }
        records.push(sign_record(&key, body));
    }
    let mut report = world.next_report("host-1", AgentKind::Compute);
    report.usage = List::new(records).unwrap();
    assert_eq!(
        tell(&mut world, &agent_of("host-1", AgentKind::Compute), report),
        0
    );
    let most = u128::from((1 + BURST_MS) * QUOTA.cpu_millis / 1_000);
    assert_eq!(billed(&world, Resource::Cpu), (most, true));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Of every part of a stay, from any reading to any later one.
    #[test]
    fn no_part_of_a_stay_is_billed_above_quota_times_time_and_a_burst(
        windows in prop::collection::vec((1..3_000_u64, 0..20_000_u64), 1..24),
    ) {
        let mut world = running();
        let mut sums = vec![(0_u64, 0_u128)];
        let mut until = 0;
        let mut capped = false;
        for at in 0..windows.len() {
            // One report each, so that what each window came to can be seen.
            let mut fresh = world.clone();
            readings(&mut fresh, AgentKind::Compute, &windows[..=at]).unwrap();
            until += windows[at].0;
            let (sum, some) = billed(&fresh, Resource::Cpu);
            capped |= some;
            sums.push((until, sum));
        }
        world = running();
        readings(&mut world, AgentKind::Compute, &windows).unwrap();
        prop_assert_eq!(billed(&world, Resource::Cpu), (sums[windows.len()].1, capped));
        for (at, (from, before)) in sums.iter().enumerate() {
            for (to, after) in &sums[at..] {
                let ms = u128::from(to - from + BURST_MS);
                let most = ms * u128::from(QUOTA.cpu_millis) / 1_000;
                prop_assert!(after - before <= most, "{} in {} ms", after - before, to - from);
            }
        }
        // What stays within it is billed whole.
        let read: u64 = windows.iter().map(|(_, used)| used).sum();
        prop_assert!(capped || sums[windows.len()].1 == u128::from(read));
    }
}

/// A resolver of host-1's organisation that answers for IMVU-042 wherever it stands: its name and its key.
fn add_resolver(world: &mut World, number: u16) -> (MeterId, Person) {
    let host_id = format!("host-{}", 5 + 4 * (number / 12));
    if number.is_multiple_of(12) {
        world.add_host(&host_id, "EU-GDPR");
    }
    let (id, key) = (
        meter(&format!("resolver-{number:02}")),
        Person::new(500 + number),
    );
    let register = register_resolver(id.clone(), &host_id, &key, false);
    let operator = world.operator_of(&host_id);
    world.must(&operator, register);
    (id, key)
}

/// The resolver says how much it has answered; how many of its lines are not heard.
fn answers(world: &mut World, (id, key): &(MeterId, Person), count: u64) -> u32 {
    let named = MeterLine {
        target: Target::Imvu(imvu(ID)),
        ..line(0, &[count])
    };
    let body = world.record(id, world.now.time, vec![named]);
    let host_id = world.meter(id).host;
    let report = |world: &World| {
        let mut report = world.next_report(&host_id.to_string(), AgentKind::Dns);
        report.usage = List::new(vec![sign_record(key, body.clone())]).unwrap();
        report
    };
    tell(
        world,
        &agent_of(&host_id.to_string(), AgentKind::Dns),
        report(world),
    )
}

/// How many of the report's lines are not heard.
fn tell(world: &mut World, agent: &Person, report: Report) -> u32 {
    let tx = world.seal(agent, &[], world.body(agent, Action::Report(report)));
    let bytes = [encode(&tx)];
    let events = world.execute(&bytes).events;
    let outcome = world.block(&bytes).remove(0);
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    let unheard = events.into_iter().map(|event| match event {
        Event::NotPlaced { lines, .. } => lines,
        _ => 0,
    });
    unheard.sum()
}

#[test]
fn readings_are_remembered_up_to_the_limit_and_nothing_is_billed_twice_beyond_it() {
    let mut world = running();
    let limit = u16::try_from(CURSORS_PER_IMVU).unwrap();
    let compute_key = meter_of("host-1", AgentKind::Compute).1;
    let read = |world: &mut World, slot: u32, count: u64| {
        let body = world.record(&compute(), world.now.time, vec![line(slot, &[count; 3])]);
        let mut report = world.next_report("host-1", AgentKind::Compute);
        report.usage = List::new(vec![sign_record(&compute_key, body)]).unwrap();
        tell(world, &agent_of("host-1", AgentKind::Compute), report)
    };
    assert_eq!(read(&mut world, 0, 100), 0);
    let mut resolvers: Vec<_> = (0..limit)
        .map(|number| add_resolver(&mut world, number))
        .collect();
    let late = resolvers.pop().unwrap();
    for resolver in &resolvers {
        assert_eq!(answers(&mut world, resolver, 5), 0, "{}", resolver.0);
    }
    assert_eq!(metering(&world).cursors.len(), CURSORS_PER_IMVU);
    // One more of the same stay is not heard, those that were go on.
    assert_eq!(answers(&mut world, &late, 5), 1);
    assert_eq!(answers(&mut world, &resolvers[0], 6), 0);
    assert_eq!(read(&mut world, 0, 150), 0);
    let of = |world: &World, resource| billed(world, resource).0;
    assert_eq!(of(&world, Resource::Cpu), 150);
    assert_eq!(of(&world, Resource::Dns), 63 * 5 + 1);
    assert_eq!(metering(&world).forgotten, 0);

    // The new stay has room: the oldest stay's first reading, the kernel's, is forgotten.
    again(&mut world);
    let (network, network_key) = meter_of("host-1", AgentKind::Network);
    let body = world.record(&network, world.now.time, vec![line(1, &[9])]);
    let mut report = world.next_report("host-1", AgentKind::Network);
    report.usage = List::new(vec![sign_record(&network_key, body)]).unwrap();
    let agent = agent_of("host-1", AgentKind::Network);
    assert_eq!(tell(&mut world, &agent, report), 0);
    let after = metering(&world);
    assert_eq!(
        (after.cursors.len(), after.forgotten),
        (CURSORS_PER_IMVU, 1)
    );
    assert!(after.cursors.iter().all(|cursor| cursor.meter != compute()));
    // What it says of that stay is not heard, and so not billed again; of the new one it is.
    assert_eq!(read(&mut world, 0, 150), 1);
    assert_eq!(of(&world, Resource::Cpu), 150);
    assert_eq!(read(&mut world, 1, 10), 0);
    assert_eq!(of(&world, Resource::Cpu), 160);
    assert_eq!(metering(&world).cursors.len(), CURSORS_PER_IMVU);
}
