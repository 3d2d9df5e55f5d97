use super::*;
use nexus_types::encoding::Text;

/// Quarter past an hour.
const NOW: Time = Time(500_000 * HOUR_MS + HOUR_MS / 4);
const MINUTE: u64 = 60_000;

fn named(kind: AgentKind) -> Named {
    Named {
        network: Network {
            chain_id: Text::new("test").unwrap(),
            genesis_hash: Hash::default(),
            recovery_epoch: 0,
        },
        meter: MeterId::new(&format!("dev-1-{kind}")).unwrap(),
        kind,
    }
}

fn tail(end: Time) -> Tail {
    Tail {
        sequence: 7,
        last: Hash([7; 32]),
        end,
    }
}

fn stay(slot: u32, since: Time) -> Stay {
    Stay {
        slot,
        imvu: ImvuId::new(&format!("IMVU-{slot}")).unwrap(),
        generation: 1,
        since,
        ended: None,
        quota: Quota {
            cpu_millis: 4_000,
            memory_bytes: 8 << 30,
            io_bytes: 20 << 20,
            ..Quota::default()
        },
    }
}

fn load() -> Load {
    Load::new(300, 1)
}

fn record(body: MeterRecordBody) -> MeterRecord {
    MeterRecord {
        body,
        signatures: List::default(),
    }
}

#[test]
fn a_window_is_an_interval_long_and_ends_with_the_hour() {
    assert_eq!(tail(NOW).next_window(NOW.plus_ms(59_999), MINUTE), None);
    let end = NOW.plus_ms(61_000);
    assert_eq!(tail(NOW).next_window(end, MINUTE), Some((NOW, end)));
    let hour = Time(500_001 * HOUR_MS);
    let near = Time(hour.0 - 10_000);
    assert_eq!(
        tail(near).next_window(hour.plus_ms(500), MINUTE),
        Some((near, hour)),
        "cut at the hour although the interval is not over"
    );
    assert_eq!(tail(near).next_window(Time(hour.0 - 1), MINUTE), None);
    assert_eq!(tail(hour).next_window(hour, MINUTE), None, "never empty");
    let next = Time(hour.0 + HOUR_MS);
    assert_eq!(
        tail(hour).next_window(next.plus_ms(5), MINUTE),
        Some((hour, next)),
        "a whole hour at most"
    );
}

#[test]
fn a_missed_window_is_a_gap_and_a_short_pause_is_none() {
    let from = tail(NOW);
    assert_eq!(from.missed(NOW.plus_ms(2 * MINUTE), MINUTE), None);
    let now = NOW.plus_ms(2 * MINUTE + 1);
    assert_eq!(from.missed(now, MINUTE), Some((NOW, now)));
    let gap = named(AgentKind::Compute).gap(&from, (NOW, now));
    assert_eq!((gap.kind, gap.sequence), (RecordKind::Gap, 8));
    assert!(gap.lines.as_slice().is_empty());
}

#[test]
fn records_follow_each_other_without_a_hole() {
    let compute = named(AgentKind::Compute);
    let first = compute.gap(&tail(NOW), (NOW, NOW.plus_ms(1)));
    let behind = Tail::behind(&first);
    let second = compute.gap(&behind, (behind.end, behind.end.plus_ms(5)));
    let both = [record(first.clone()), record(second.clone())];
    assert_eq!(tail(NOW).through(&both), Tail::behind(&second));
    assert_eq!(tail(NOW).through(&both[1..]), tail(NOW), "one is missing");
    let forked = Tail {
        last: Hash::default(),
        ..tail(NOW)
    };
    assert_eq!(forked.through(&both), forked, "another chain");
    let late = Tail {
        end: NOW.plus_ms(9),
        ..tail(NOW)
    };
    assert!(!late.is_followed_by(&first), "billed already");
}

#[test]
fn counters_go_on_from_the_last_reading() {
    let compute = named(AgentKind::Compute);
    let (start, end) = (NOW, NOW.plus_ms(MINUTE));
    let mut known = BTreeMap::new();
    let old = Reading {
        counters: vec![1_000, 2_000, 3_000],
        at: start,
    };
    known.insert(3, old.clone());
    let stays = [stay(3, Time(0)), stay(5, start.plus_ms(30_000))];
    let body = compute.reading(&tail(NOW), (start, end), &stays, &mut known, &load());
    let lines = body.lines.as_slice();
    assert_eq!(lines.len(), 2);
    let used: Vec<u64> = lines[0]
        .counters
        .as_slice()
        .iter()
        .zip(&old.counters)
        .map(|(now, before)| now - before)
        .collect();
    assert!(used.iter().all(|used| *used > 0), "{used:?}");
    assert_eq!(known[&3].counters, lines[0].counters.as_slice());
    assert_eq!(known[&3].at, end);
    // Half a window since its placement: about half of what the other used in all of it.
    let new = lines[1].counters.as_slice()[0];
    assert!(
        new * 3 > used[0] && new * 3 < used[0] * 2,
        "{new} of {}",
        used[0]
    );
}

#[test]
fn what_was_used_in_a_gap_is_in_the_next_reading() {
    let compute = named(AgentKind::Compute);
    let stays = [stay(0, Time(0))];
    let began = Reading {
        counters: vec![0; 3],
        at: NOW,
    };
    let ends = [NOW.plus_ms(5 * MINUTE), NOW.plus_ms(6 * MINUTE)];
    let mut with_gap = BTreeMap::from([(0, began.clone())]);
    compute.reading(
        &tail(ends[0]),
        (ends[0], ends[1]),
        &stays,
        &mut with_gap,
        &load(),
    );
    let mut without = BTreeMap::from([(0, began)]);
    compute.reading(&tail(NOW), (NOW, ends[0]), &stays, &mut without, &load());
    compute.reading(
        &tail(ends[0]),
        (ends[0], ends[1]),
        &stays,
        &mut without,
        &load(),
    );
    assert_eq!(with_gap, without);
}

#[test]
fn a_stay_that_ended_is_read_to_its_end_and_then_forgotten() {
    let compute = named(AgentKind::Compute);
    let mut known = BTreeMap::new();
    let over = Stay {
        ended: Some(NOW.plus_ms(10_000)),
        ..stay(1, Time(NOW.0 - MINUTE))
    };
    let window = (NOW, NOW.plus_ms(MINUTE));
    let body = compute.reading(
        &tail(NOW),
        window,
        std::slice::from_ref(&over),
        &mut known,
        &load(),
    );
    assert_eq!(body.lines.as_slice().len(), 1);
    assert_eq!(known[&1].at, NOW.plus_ms(10_000));
    let next = (window.1, window.1.plus_ms(MINUTE));
    let body = compute.reading(&tail(window.1), next, &[over], &mut known, &load());
    assert!(body.lines.as_slice().is_empty() && known.is_empty());
}

#[test]
fn more_imvus_than_lines_take_turns() {
    let compute = named(AgentKind::Compute);
    let count = u32::try_from(MAX_LINES).unwrap() + 10;
    let stays: Vec<Stay> = (0..count)
        .map(|slot| stay(slot, Time(NOW.0 - MINUTE)))
        .collect();
    let mut known = BTreeMap::new();
    let mut at = NOW;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let window = (at, at.plus_ms(1_000));
        let body = compute.reading(&tail(at), window, &stays, &mut known, &load());
        assert!(
            encode(&body).len() < 48 * 1_024,
            "an agent's report holds it"
        );
        seen.extend(body.lines.as_slice().iter().map(|line| line.target.clone()));
        at = window.1;
    }
    assert_eq!(seen.len(), stays.len());
}
