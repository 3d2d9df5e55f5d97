//! Hostile cases of money and meters that no other file has; and the table in docs/testing.md, which names a test for each.

use super::hosting::*;
use super::market::*;
use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::host::AgentKind;
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::{MeterRecord, Metering, RecordKind};
use nexus_types::money::AccountId;
use nexus_types::payment::Processor;
use nexus_types::{Code, Hash, List, Micros, Reason, Time, state_key};

fn refused(outcome: &TxOutcome) -> (u32, Option<Reason>) {
    let verdict = outcome.verdict.as_ref();
    (
        outcome.code.number(),
        verdict.and_then(|verdict| verdict.reason()),
    )
}

/// IMVU-042 runs on host-1, at ten minutes past the hour.
fn metered() -> World {
    let mut world = World::new();
    world.add_processor();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    world.wait_until(START + 10 * MINUTES);
    world
}

/// The compute agent reports these records as they are.
fn report_all(world: &mut World, records: Vec<MeterRecord>) -> TxOutcome {
    let mut report = world.next_report("host-1", AgentKind::Compute);
    report.usage = List::new(records).unwrap();
    world.submit(
        &[agent_of("host-1", AgentKind::Compute)],
        Action::Report(report),
    )
}

#[test]
fn a_record_replayed_under_a_new_sequence_is_refused_however_it_is_dressed() {
    let mut world = metered();
    let (_, key) = meter_of("host-1", AgentKind::Compute);
    let end = Time(START + 5 * MINUTES);
    let body = world.record(&compute(), end, vec![line(0, &[1_000, 1, 1])]);
    let first = sign_record(&key, body);
    assert_eq!(report_all(&mut world, vec![first.clone()]).code.number(), 0);
    let known = world.meter(&compute());
    let billed = metering(&world);
    // As it was.
    let outcome = report_all(&mut world, vec![first.clone()]);
    assert_eq!(refused(&outcome), (2006, Some(Reason::RecordSequence)));
    // By somebody who has not the meter's key.
    let mut again = first.clone();
    again.body.sequence = known.sequence + 1;
    let outcome = report_all(&mut world, vec![again.clone()]);
    assert_eq!(outcome.code, Code::BadMeterSignature);
    // By the meter itself: in no chain, then in the right one, over time that it has told already.
    let outcome = report_all(&mut world, vec![sign_record(&key, again.body.clone())]);
    assert_eq!(refused(&outcome), (2006, Some(Reason::RecordChain)));
    again.body.previous = known.last;
    let outcome = report_all(&mut world, vec![sign_record(&key, again.body)]);
    assert_eq!(refused(&outcome), (2006, Some(Reason::RecordWindow)));
    assert_eq!(metering(&world), billed);
}

#[test]
fn records_in_another_order_than_they_were_measured_are_refused_together() {
    let mut world = metered();
    let (_, key) = meter_of("host-1", AgentKind::Compute);
    let half = Time(START + 5 * MINUTES);
    let early = world.record(&compute(), half, vec![line(0, &[1, 1, 1])]);
    let mut late = world.record(&compute(), world.now.time, vec![line(0, &[2, 2, 2])]);
    late.sequence = early.sequence + 1;
    late.previous = early.id();
    late.start = half;
    let [early, late] = [early, late].map(|body| sign_record(&key, body));
    let outcome = report_all(&mut world, vec![late.clone(), early.clone()]);
    assert_eq!(refused(&outcome), (2006, Some(Reason::RecordSequence)));
    // The same again, with numbers that follow each other: time would run backwards.
    let (mut first, mut second) = (late.body.clone(), early.body.clone());
    (first.sequence, first.previous) = (early.body.sequence, early.body.previous);
    (second.sequence, second.previous) = (first.sequence + 1, first.id());
    let swapped = [first, second].map(|body| sign_record(&key, body));
    let outcome = report_all(&mut world, swapped.to_vec());
    assert_eq!(refused(&outcome), (2006, Some(Reason::RecordWindow)));
    assert_eq!(metering(&world), Metering::default());
    let outcome = report_all(&mut world, vec![early, late]);
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
}

#[test]
fn a_window_held_open_over_a_price_change_is_refused_and_so_is_one_over_a_month() {
    for dearer in [false, true] {
        let mut world = metered();
        if dearer {
            let publish = Action::PublishPrices {
                from: month(START).next(),
                prices: PRICES.map(|each| price(each.micros * 3, each.per)),
            };
            let seats = world.seats();
            assert_eq!(world.submit(&seats, publish).code.number(), 0);
        }
        // Contiguous, in its chain, and over the one instant at which both the month and the price end.
        let change = START + 31 * DAY;
        world.pass(change + 5 * MINUTES);
        let mut gap = world.record(&compute(), Time(change - MINUTES), Vec::new());
        gap.kind = RecordKind::Gap;
        let told = world.usage("host-1", AgentKind::Compute, gap);
        assert_eq!(told.code.number(), 0, "{}", told.log);
        let over = world.record(&compute(), Time(change + 1), vec![line(0, &[5, 5, 5])]);
        let outcome = world.usage("host-1", AgentKind::Compute, over);
        assert_eq!(refused(&outcome), (2006, Some(Reason::RecordStraddles)));
        assert_eq!(metering(&world), Metering::default());
        for end in [change, change + MINUTES] {
            let body = world.record(&compute(), Time(end), vec![line(0, &[5, 5, 5])]);
            let outcome = world.usage("host-1", AgentKind::Compute, body);
            assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        }
        let hours: Vec<u64> = metering(&world)
            .hours
            .iter()
            .map(|open| open.hour)
            .collect();
        assert_eq!(hours, [change / HOUR_MS - 1, change / HOUR_MS]);
    }
}

#[test]
fn nobody_pays_who_signed_no_mandate() {
    let mut world = metered();
    let (alice, bob, officers) = (
        world.alice.clone(),
        world.bob.clone(),
        world.officers[..3].to_vec(),
    );
    world.pay(deposit("bobs", &bob, 1_000_000));
    let mut with_alice = officers.clone();
    with_alice.push(alice.clone());
    for signers in [vec![alice.clone()], officers, with_alice] {
        let outcome = world.submit(&signers, mandate(&world.clone(), &bob, 1_000));
        assert_eq!(refused(&outcome), (2001, Some(Reason::NotPayer)));
    }
    // What she uses is hers to pay.
    for kind in AgentKind::ALL {
        let (meter, _) = meter_of("host-1", kind);
        world.now.time = world.now.time.max(Time(START + HOUR_MS));
        let counters = vec![1_000; kind.resources().len()];
        let body = world.record(&meter, Time(START + HOUR_MS), vec![line(0, &counters)]);
        let outcome = world.usage("host-1", kind, body);
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    }
    assert!(world.grains(&AccountId::Receivable(alice.id)) > 0);
    assert_eq!(world.grains(&AccountId::Receivable(bob.id)), 0);
    assert_eq!(world.grains(&AccountId::Prepaid(bob.id)), 20_000_000);
}

#[test]
fn what_is_disputed_on_its_way_not_matured_or_not_collected_is_not_paid_out() {
    let short = (Code::Insufficient.number(), Some(Reason::Insufficient));
    let mut world = metered();
    let alice = world.alice.clone();
    // Charged and not collected.
    let mut writes = crate::view::Writes::new();
    let mut books = crate::law::money::books::Books::open(&world.memory, world.now, &mut writes);
    crate::law::money::debts::owe(&mut books, &imvu(ID), alice.id, Micros(500)).unwrap();
    for (key, value) in writes {
        world.memory.state.insert(key, value.unwrap());
    }
    assert_eq!(refused(&world.try_as(&alice, payout(1))), short);
    // Not matured; then matured but for what is disputed: 660 of 1,100 grains are whole 33 micro-credits.
    world.pay(sale("s-1", 100));
    world.pass(START + 25 * DAY);
    assert_eq!(refused(&world.try_as(&alice, payout(1))), short);
    world.pay(dispute("s-1", 40));
    world.pass(START + 32 * DAY);
    assert_eq!(refused(&world.try_as(&alice, payout(34))), short);
    let asked = world.try_as(&alice, payout(33));
    assert_eq!(asked.code.number(), 0, "{}", asked.log);
    // Asked for and not settled: nobody asks for it again, whatever becomes of it.
    assert_eq!(refused(&world.try_as(&alice, payout(1))), short);
    let settle = Action::SettlePayout {
        payout: asked.verdict.unwrap().tx,
        settled: false,
    };
    world.pay(settle);
    assert_eq!(refused(&world.try_as(&alice, payout(34))), short);
    assert_eq!(world.grains(&AccountId::Matured(alice.id)), 660);
}

#[test]
fn amounts_near_the_limits_are_refused_by_every_action_that_moves_one() {
    let mut world = metered();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.pay(sale("s-1", 100));
    world.pass(START + 40 * DAY);
    world.pay(sale("s-2", 100));
    let accounts = |world: &World| {
        let (from, to) = state_key::range_of(state_key::KeyKind::Account);
        let range = world.memory.state.range(from..to);
        let pairs = range.map(|(key, value)| (key.clone(), value.clone()));
        pairs.collect::<Vec<_>>()
    };
    let before = accounts(&world);
    assert!(!before.is_empty());
    let sold = |gross, tax, fee| Action::RecordSale {
        processor: processor("pay"),
        external: external("big"),
        imvu: imvu(ID),
        gross: Micros(gross),
        tax: Micros(tax),
        region: tag("EU-GDPR"),
        fee: Micros(fee),
    };
    let (pay, own) = (vec![cashier()], vec![alice.clone()]);
    let (both, officers) = (vec![bob.clone(), alice.clone()], &world.officers[..3]);
    let officers = officers.to_vec();
    let large = (Code::LimitReached.number(), Some(Reason::AmountTooLarge));
    let over_tax = (2006, Some(Reason::TaxOverRate));
    let over_fee = (2006, Some(Reason::FeeOverAmount));
    // One more than the largest; where grains, 20 times as many, would no longer fit; the end of the type.
    for amount in [
        Micros::MAX.0 + 1,
        u128::MAX / 20 + 1,
        u128::MAX - 1,
        u128::MAX,
    ] {
        let correct = Action::CorrectCharge {
            imvu: imvu(ID),
            period: month(START),
            payer: alice.id,
            amount: Micros(amount),
        };
        let agreed = mandate(&world, &bob, amount);
        for (signers, action, expected) in [
            (&pay, deposit("big", &bob, amount), large),
            (&pay, sold(amount, 0, 0), large),
            (&pay, sold(100, amount, 0), over_tax),
            (&pay, sold(100, 0, amount), over_fee),
            (&pay, refund("big", "s-2", amount), large),
            (&pay, dispute("s-2", amount), large),
            (&own, grant("s-1", amount), large),
            (&own, payout(amount), large),
            (&both, agreed, large),
            (&officers, correct, large),
        ] {
            let outcome = world.submit(signers, action.clone());
            assert_eq!(refused(&outcome), expected, "{action:?}");
            assert_eq!(accounts(&world), before, "{action:?}");
        }
        // A processor may say of itself whatever it likes: it stands beside the ledger's own sums, and moves nothing.
        world.pay(Action::Reconcile {
            processor: processor("pay"),
            taken_in: Micros(amount),
            paid_out: Micros(amount),
            statement: Hash([7; 32]),
        });
        let known: Processor = world
            .memory
            .read(&state_key::processor(&processor("pay")))
            .unwrap();
        assert!(!known.reconciled.unwrap().agrees());
        assert_eq!(accounts(&world), before);
    }
}

/// `| case | code | test |` in docs/testing.md.
#[test]
fn every_test_in_the_table_of_hostile_cases_is_there() {
    let sources = [
        include_str!("bursts.rs"),
        include_str!("hostile.rs"),
        include_str!("metering.rs"),
        include_str!("money.rs"),
        include_str!("statements.rs"),
        include_str!("placement.rs"),
    ];
    let page = include_str!("../../../../docs/testing.md");
    let (_, section) = page.split_once("\n## Hostile cases\n").unwrap();
    // The one table, up to the first line that is none of its.
    let rows: Vec<&str> = section
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with("| "))
        .collect();
    assert!(rows.len() >= 17, "{rows:?}");
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        let [_, _, codes, tests, _] = cells.as_slice() else {
            panic!("{row}");
        };
        let codes = codes.split(|digit: char| !digit.is_ascii_digit());
        for code in codes.filter(|code| code.len() == 4) {
            assert!(Code::from_number(code.parse().unwrap()).is_some(), "{row}");
        }
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{row}");
        for name in names {
            let test = format!("#[test]\nfn {name}() {{");
            assert!(
                sources.iter().any(|source| source.contains(&test)),
                "{name}"
            );
        }
    }
}
