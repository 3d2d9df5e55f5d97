//! From sealed hours to charges, debts and statements.

use super::hosting::*;
use super::market::*;
use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::billing::{Bill, Charge, MoneyEntry, MoneyEvent};
use nexus_types::host::AgentKind;
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::Resource;
use nexus_types::money::AccountId;
use nexus_types::payment::{DebtStage, StandingConsent};
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::state::{Imvu, ImvuStatus};
use nexus_types::{Hash, Micros, Reason, Time, state_key};

const ID: &str = "IMVU-042";

/// IMVU-042 runs on host-1, with a processor and, for Alice, so much prepaid.
fn running(prepaid: u128) -> World {
    let mut world = World::new();
    world.add_processor();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let alice = world.alice.clone();
    if prepaid > 0 {
        world.pay(deposit("first", &alice, prepaid));
    }
    world
}

/// All meters of host-1 say that what they count stands at `counter` at the end of hour `hour` since the start.
fn use_until(world: &mut World, hour: u64, counter: u64) {
    let end = START + (hour + 1) * HOUR_MS;
    if world.now.time.0 < end {
        world.pass(end);
    }
    for kind in AgentKind::ALL {
        let (meter, _) = meter_of("host-1", kind);
        // What they missed before this hour.
        let known = world.meter(&meter);
        let from = if known.sequence == 0 {
            known.since
        } else {
            known.window_end
        };
        let begin = Time(START + hour * HOUR_MS).max(from);
        if begin > from {
            let mut gap = world.record(&meter, begin, Vec::new());
            gap.kind = nexus_types::meter::RecordKind::Gap;
            assert_eq!(world.usage("host-1", kind, gap).code.number(), 0);
        }
        let counters = vec![counter; kind.resources().len()];
        let body = world.record(&meter, Time(end), vec![line(0, &counters)]);
        let outcome = world.usage("host-1", kind, body);
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    }
}

fn charges(world: &World) -> Vec<(MoneyEntry, Charge)> {
    let entries = world.entries(ID).into_iter();
    let charge = |entry: MoneyEntry| match entry.event.clone() {
        MoneyEvent::Charged(charge) => Some((entry, charge)),
        _ => None,
    };
    entries.filter_map(charge).collect()
}

fn reason(outcome: &TxOutcome) -> Option<Reason> {
    outcome
        .verdict
        .as_ref()
        .and_then(|verdict| verdict.reason())
}

#[test]
fn an_hour_is_charged_when_it_is_sealed_and_split_as_far_as_it_is_paid() {
    let mut world = running(1_000);
    use_until(&mut world, 0, 2_500);
    let (entry, charge) = charges(&world).remove(0);
    let charged: Vec<(Resource, u128)> = charge
        .lines
        .iter()
        .map(|line| (line.resource, line.charged.0))
        .collect();
    // 2,500 of each: CPU ÷ 1,000, memory ÷ 1,024, IO nothing yet, DNS ÷ 10, mail × 20 (capped by the quota of 1,000 an hour,
    // from the IMVU's start and its burst on), network nothing yet, mail storage nothing yet.
    let mail = charge.lines[4].quantity;
    assert!((990..=1_001).contains(&mail), "{mail}");
    assert_eq!(
        charged,
        [
            (Resource::Cpu, 2),
            (Resource::Memory, 2),
            (Resource::Io, 0),
            (Resource::Dns, 250),
            (Resource::Mail, mail * 20),
            (Resource::Network, 0),
            (Resource::MailStorage, 0)
        ]
    );
    let total = 254 + mail * 20;
    assert_eq!((entry.sequence, charge.usage), (0, 0));
    assert_eq!(charge.parts.len(), 1);
    let part = charge.parts[0];
    assert_eq!(part.charged, Micros(total));
    // Alice pays herself: of 20 grains 11 come back at once, so that 20,000 grains pay for 2,222 micro-credits.
    assert_eq!(part.collected, Micros(2_222));
    let alice = world.alice.id;
    let [prepaid, returned, owed, uncollected, income] = [
        AccountId::Prepaid(alice),
        AccountId::Returned(alice),
        AccountId::Receivable(alice),
        AccountId::Uncollected(alice),
        AccountId::PlatformIncome,
    ]
    .map(|id| world.grains(&id));
    assert_eq!((prepaid, returned, income), (2, 0, 2_222 * 9));
    assert_eq!(
        (owed, uncollected),
        ((total - 2_222) * 20, (total - 2_222) * 20)
    );
}

#[test]
fn rating_rounds_the_period_once_however_small_the_windows() {
    let mut world = running(1_000_000);
    // 700 of each an hour: CPU 0.7, memory 0.68, DNS 70, mail 14,000 a time.
    for hour in 0..4 {
        use_until(&mut world, hour, 700 * (hour + 1));
    }
    let billing = world.billing(ID, month(START)).unwrap();
    let of = |resource| {
        let mut rated = billing.usage.iter();
        rated
            .find(|rated| rated.resource == resource)
            .unwrap()
            .charged
    };
    assert_eq!(of(Resource::Cpu), Micros(2));
    assert_eq!(of(Resource::Memory), Micros(2));
    assert_eq!(of(Resource::Dns), Micros(280));
    let lines: u128 = charges(&world)
        .iter()
        .flat_map(|(_, charge)| charge.lines.clone())
        .filter(|line| line.resource == Resource::Cpu)
        .map(|line| line.charged.0)
        .sum();
    assert_eq!(lines, 2);
}

#[test]
fn a_mandate_pays_up_to_its_cap_and_only_what_comes_after_it() {
    let mut world = running(1_000_000);
    use_until(&mut world, 0, 100);
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.pay(deposit("bobs", &bob, 1_000_000));
    let alone = mandate(&world, &bob, 3_000);
    let outcome = world.try_as(&bob, alone.clone());
    assert_eq!(reason(&outcome), Some(Reason::OwnerNotSigned));
    let outcome = world.submit(&[alice.clone(), bob.clone()], alone.clone());
    assert_eq!(reason(&outcome), Some(Reason::NotPayer));
    let outcome = world.submit(&[bob.clone(), alice.clone()], alone);
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    // Hour 1 had begun when it was signed.
    for hour in 1..5 {
        use_until(&mut world, hour, 100 * (hour + 1));
    }
    let payers: Vec<Vec<(bool, u128)>> = charges(&world)
        .iter()
        .map(|(_, charge)| {
            let part = |part: &nexus_types::billing::Part| (part.payer == bob.id, part.charged.0);
            charge.parts.iter().map(part).collect()
        })
        .collect();
    // 100 of each in an hour: DNS 10, mail 2,000; the rest below one micro-credit.
    assert_eq!(payers[0], [(false, 2_010)]);
    assert_eq!(payers[1], [(false, 2_010)]);
    assert_eq!(payers[2], [(true, 2_010)]);
    assert_eq!(payers[3], [(true, 990), (false, 1_020)]);
    assert_eq!(payers[4], [(false, 2_010)]);
    // Who pays for somebody else's IMVU pays its creator, whose money matures.
    assert_eq!(world.grains(&AccountId::Maturing(alice.id)), 3_000 * 11);
    // A key that signed and is no longer in use pays nothing more: the next period's cap is untouched.
    let rotate = world.rotation(&bob, 1, &Person::new(98));
    world.must(&bob, rotate);
    use_until(&mut world, 31 * 24, 1_000);
    let (_, last) = charges(&world).pop().unwrap();
    assert!(last.parts.iter().all(|part| part.payer == alice.id));
}

#[test]
fn a_revoked_mandate_pays_no_more() {
    let mut world = running(1_000_000);
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.pay(deposit("bobs", &bob, 1_000_000));
    let sign = mandate(&world, &bob, 1_000_000);
    assert_eq!(world.submit(&[bob.clone(), alice], sign).code.number(), 0);
    use_until(&mut world, 1, 100);
    let revoke = Action::RevokeMandate { imvu: imvu(ID) };
    world.must(&bob, revoke.clone());
    assert_eq!(world.try_as(&bob, revoke).code.number(), 2001);
    use_until(&mut world, 2, 200);
    use_until(&mut world, 3, 300);
    let payers: Vec<bool> = charges(&world)
        .iter()
        .map(|(_, charge)| charge.parts[0].payer == bob.id)
        .collect();
    // Hour 2 had begun under it.
    assert_eq!(payers, [true, true, false]);
}

#[test]
fn a_debt_is_told_then_freezes_then_rests_only_with_consent_and_a_deposit_pays_it() {
    for consent in [false, true] {
        let mut world = running(0);
        let alice = world.alice.clone();
        let set = |given| Action::SetStandingConsent {
            imvu: imvu(ID),
            consent: StandingConsent::DebtLadder,
            given,
        };
        if consent {
            world.must(&alice, set(true));
            assert_eq!(world.try_as(&alice, set(true)).code.number(), 2105);
        }
        use_until(&mut world, 0, 100);
        let due = world.enforcement(ID).debts.as_slice()[0].clone();
        assert_eq!((due.owed, due.stage), (Micros(2_010), DebtStage::Due));
        let since = due.since.0;
        let stage = |world: &World| world.enforcement(ID).stage();
        world.pass(since + 7 * DAY - 2_000);
        assert_eq!(stage(&world), Some(DebtStage::Due));
        world.pass(since + 7 * DAY);
        assert_eq!(stage(&world), Some(DebtStage::Noticed));
        world.pass(since + 14 * DAY);
        assert_eq!(stage(&world), Some(DebtStage::Frozen));
        let mut more = QuotaChange::EMPTY;
        more.set(QuotaField::CpuMillis, 5_000);
        let raise = Action::ChangeQuota {
            imvu: imvu(ID),
            change: more,
        };
        let outcome = world.try_as(&alice, raise.clone());
        assert_eq!(
            (outcome.code.number(), reason(&outcome)),
            (2103, Some(Reason::InDebt))
        );
        world.pass(since + 30 * DAY);
        let status = |world: &World| -> ImvuStatus {
            let known: Imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
            known.status
        };
        let (expected, runs) = if consent {
            (DebtStage::Dormant, ImvuStatus::Stopping)
        } else {
            (DebtStage::Frozen, ImvuStatus::Active)
        };
        assert_eq!((stage(&world), status(&world)), (Some(expected), runs));
        // Of 20 grains 11 come back: 900 pay for 2,000.
        world.pay(deposit("late", &alice, 900));
        assert_eq!(
            world.enforcement(ID).debts.as_slice()[0].owed,
            Micros(10),
            "what was not paid is still owed"
        );
        world.pay(deposit("later", &alice, 5_000));
        assert_eq!(stage(&world), None);
        world.must(&alice, raise);
        // 55 % of each collected micro-credit was hers, whenever it was collected.
        let income = world.grains(&AccountId::PlatformIncome);
        assert_eq!(income, 2_010 * 9);
    }
}

#[test]
fn debts_for_many_imvus_are_paid_from_one_deposit_in_steps() {
    let mut world = running(0);
    let bob = world.bob.clone();
    use nexus_types::payment::{Debt, Enforcement};
    // As many debts as a month of trouble leaves, written as `owe` would.
    let mut writes = crate::view::Writes::new();
    let mut books = crate::law::money::books::Books::open(&world.memory, world.now, &mut writes);
    let template: Imvu = world
        .memory
        .read(&state_key::imvu(&imvu("IMVU-B")))
        .unwrap();
    for number in 0..80 {
        let id = imvu(&format!("IMVU-B{number:03}"));
        let own = Imvu {
            id: id.clone(),
            domains: 0,
            state_keys: 1,
            ..template.clone()
        };
        books.put(state_key::imvu(&id), &own);
        crate::law::money::debts::owe(&mut books, &id, bob.id, Micros(10)).unwrap();
    }
    for (key, value) in writes {
        world.memory.state.insert(key, value.unwrap());
    }
    // Paying oneself returns 55 %, which pays on: 10 for each of them is there in the end.
    world.pay(deposit("all", &bob, 800));
    let owed = |world: &World| {
        (0..80)
            .map(|number| {
                let known: Enforcement = world
                    .memory
                    .read(&state_key::enforcement(&imvu(&format!(
                        "IMVU-B{number:03}"
                    ))))
                    .unwrap_or_default();
                known
                    .debts
                    .as_slice()
                    .iter()
                    .map(|debt: &Debt| debt.owed.0)
                    .sum::<u128>()
            })
            .filter(|owed| *owed > 0)
            .count()
    };
    assert_eq!(owed(&world), 48);
    world.block(&[]);
    assert_eq!(owed(&world), 16);
    world.block(&[]);
    assert_eq!(owed(&world), 0);
}

#[test]
fn a_statement_is_made_once_72_hours_after_its_month() {
    let mut world = running(1_000_000);
    use_until(&mut world, 0, 100);
    world.pay(sale("s-1", 1_000));
    world.pay(refund("r-1", "s-1", 100));
    world.pass(START + 34 * DAY - 2_000);
    assert!(world.statements(ID).is_empty());
    world.pass(START + 34 * DAY);
    let statement = world.statements(ID).remove(0);
    assert_eq!(statement.period, month(START));
    assert_eq!(statement.hash, Hash::of(&statement.text));
    let billing = world.billing(ID, month(START)).unwrap();
    assert_eq!(billing.closed.unwrap().hash, statement.hash);
    let text = String::from_utf8(statement.text).unwrap();
    for part in [
        r#""collected":{"amount":"2010","creatorGrains":"22110","platformGrains":"18090"}"#,
        r#""sales":{"count":1,"creatorGrains":"11000","gross":"1000","platformGrains":"9000","tax":"0"}"#,
        r#""refunded":{"amount":"100","creatorGrains":"1100","platformGrains":"900","tax":"0"}"#,
        r#""netGrains":{"creator":"32010","platform":"26190"}"#,
        r#""terms":{"compute":"0","dns":"10","mail":"2000","network":"0","total":"2010"}"#,
        r#""entries":3"#,
        r#""test":false"#,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // No IMVU without anything has one, and time closes nothing twice.
    assert!(world.statements("IMVU-B").is_empty());
    world.pass(START + 62 * DAY + 72 * HOUR_MS);
    world.block(&[]);
    assert_eq!(world.statements(ID).len(), 1);
}

#[test]
fn a_block_that_is_late_by_months_closes_them_one_after_the_other() {
    let mut world = running(1_000_000);
    use_until(&mut world, 0, 100);
    world.pay(sale("s-1", 1_000));
    world.pass(START + 100 * DAY);
    assert_eq!(world.statements(ID).len(), 1);
    for _ in 0..3 {
        world.block(&[]);
    }
    let periods: nexus_types::billing::Periods = world.memory.read(&state_key::periods()).unwrap();
    // January to March; April's statements wait for May.
    assert_eq!(periods.open, month(START + 100 * DAY));
    assert_eq!(world.statements(ID).len(), 1);
}

#[test]
fn use_that_comes_after_its_statement_is_an_adjustment_of_the_next_at_its_own_prices() {
    let mut world = running(1_000_000);
    let dearer = PRICES.map(|each| price(each.micros * 3, each.per));
    let publish = Action::PublishPrices {
        from: month(START).next(),
        prices: dearer,
    };
    let seats = world.seats();
    assert_eq!(world.submit(&seats, publish).code.number(), 0);
    use_until(&mut world, 0, 95);
    world.pass(START + 34 * DAY);
    let january = world.statements(ID).remove(0);
    // Hour 1 of January, told in February: 95 + 100 = 195 answers cost 19, of which 9 were charged.
    use_until(&mut world, 1, 195);
    use_until(&mut world, 33 * 24, 205);
    // Older than the law waits for: each meter's word is sealed as it comes.
    let dns = |of| -> Vec<(MoneyEntry, Charge)> {
        let of_it = |(_, charge): &(MoneyEntry, Charge)| {
            charge.of == of && charge.lines[0].resource == Resource::Dns
        };
        charges(&world).into_iter().filter(of_it).collect()
    };
    let (entry, late) = dns(month(START)).remove(0);
    assert_eq!((late.version, late.lines[0].charged), (1, Micros(10)));
    assert_eq!(entry.period, month(START).next());
    let own = charges(&world).pop().unwrap();
    assert_eq!((own.1.of, own.1.version), (month(START).next(), 2));
    assert_eq!(own.1.lines[3].charged, Micros(3));
    assert_eq!(own.0.period, month(START).next());
    world.pass(START + 62 * DAY + DAY);
    let all = world.statements(ID);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0], january, "a statement that was made stays as it is");
    let text = String::from_utf8(all[1].text.clone()).unwrap();
    let late = r#"{"charged":"10","of":672,"priceVersion":1,"quantity":"100","resource":"dns"}"#;
    assert!(text.contains(late), "{text}");
}

#[test]
fn a_window_held_open_over_a_month_is_refused_and_one_before_it_is_rated_there() {
    let mut world = running(1_000_000);
    use_until(&mut world, 31 * 24 - 1, 50);
    world.pass(START + 31 * DAY + 10 * 60_000);
    let (meter, _) = meter_of("host-1", AgentKind::Dns);
    let mut body = world.record(&meter, world.now.time, vec![line(0, &[60])]);
    body.start = Time(START + 31 * DAY - 60_000);
    let outcome = world.usage("host-1", AgentKind::Dns, body);
    assert_eq!(outcome.code.number(), 2006);
    let (_, charge) = charges(&world).remove(0);
    assert_eq!(charge.of, month(START));
}

#[test]
fn a_correction_gives_back_by_11_to_9_what_was_collected_and_no_more() {
    let mut world = running(1_000_000);
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let officers = world.officers[..3].to_vec();
    use_until(&mut world, 0, 100);
    let correct = |payer: &Person, amount| Action::CorrectCharge {
        imvu: imvu(ID),
        period: month(START),
        payer: payer.id,
        amount: Micros(amount),
    };
    let outcome = world.submit(&officers, correct(&bob, 1));
    assert_eq!(reason(&outcome), Some(Reason::OwnerNotSigned));
    let mut with_alice = officers.clone();
    with_alice.push(alice.clone());
    let outcome = world.submit(&with_alice, correct(&bob, 1));
    assert_eq!(
        reason(&outcome),
        Some(Reason::OverOriginal),
        "Bob paid nothing"
    );
    let outcome = world.submit(&officers, correct(&alice, 2_011));
    assert_eq!(reason(&outcome), Some(Reason::OverOriginal));
    let outcome = world.submit(&officers, correct(&alice, 2_000));
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    let outcome = world.submit(&officers, correct(&alice, 11));
    assert_eq!(reason(&outcome), Some(Reason::OverOriginal));
    let whole =
        world.grains(&AccountId::Prepaid(alice.id)) + world.grains(&AccountId::Returned(alice.id));
    assert_eq!(whole, 1_000_000 * 20 - 10 * 9);
    assert_eq!(world.grains(&AccountId::PlatformIncome), 90);
    let billing = world.billing(ID, month(START)).unwrap();
    assert_eq!(
        billing.bills,
        [Bill {
            payer: alice.id,
            charged: Micros(2_010),
            collected: Micros(2_010),
            corrected: Micros(2_000),
            given_back: Micros(2_000),
        }]
    );
    // A creator who has paid out its share of what another paid can't have it taken by the platform alone.
    world.pay(deposit("bobs", &bob, 10_000));
    let sign = mandate(&world, &bob, 10_000);
    assert_eq!(world.submit(&[bob.clone(), alice], sign).code.number(), 0);
    use_until(&mut world, 2, 200);
    let outcome = world.submit(&with_alice, correct(&bob, 1_000));
    assert_eq!(
        reason(&outcome),
        Some(Reason::Insufficient),
        "it has not matured"
    );
    world.pass(START + 40 * DAY);
    let outcome = world.submit(&with_alice, correct(&bob, 1_000));
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    assert_eq!(
        world.grains(&AccountId::Prepaid(bob.id)),
        (10_000 - 2_010 + 1_000) * 20
    );
}
