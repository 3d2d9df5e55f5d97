//! Money at its limits: the last micro-credit, the last instant, and the order in which things are kept.

use super::hosting::*;
use super::market::*;
use super::world::*;
use crate::law::money::books::{Books, conserves};
use crate::law::money::{debts, mandates};
use crate::view::Writes;
use nexus_types::action::Action;
use nexus_types::billing::{Billing, Part, Rated};
use nexus_types::encoding::encode;
use nexus_types::host::AgentKind;
use nexus_types::limits::{HOUR_MS, LATE_WINDOW_MS, MANDATE_PERIODS};
use nexus_types::meter::Resource;
use nexus_types::money::{Account, AccountId};
use nexus_types::payment::{Containment, Debt, DebtStage, Enforcement, Mandate};
use nexus_types::period::{Calendar, Period};
use nexus_types::state::{ChainRecord, Imvu, TimedItem};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Grains, Hash, IdentityId, List, Micros, Time, decode};

const ID: &str = "IMVU-042";

fn market() -> World {
    let mut world = World::new();
    world.add_processor();
    world
}

/// What a piece of the law writes is committed, without a block.
fn written<T>(world: &mut World, act: impl FnOnce(&mut Books<'_>) -> T) -> T {
    let mut writes = Writes::new();
    let done = act(&mut Books::open(&world.memory, world.now, &mut writes));
    for (key, value) in writes {
        match value {
            Some(value) => world.memory.state.insert(key, value),
            None => world.memory.state.remove(&key),
        };
    }
    done
}

fn mandates_of(world: &World) -> Vec<Mandate> {
    mandates::of(&world.memory, &imvu(ID))
}

#[test]
fn turnovers_that_fell_are_no_balance_though_they_fell_alike() {
    let mut world = market();
    let bob = world.bob.clone();
    world.pay(deposit("d-1", &bob, 5));
    let mut writes = Writes::new();
    let both = [
        AccountId::Clearing(processor("pay")),
        AccountId::Prepaid(bob.id),
    ];
    for id in both {
        let key = state_key::account(&id);
        let mut account: Account = world.memory.read(&key).unwrap();
        account.debits = account.debits.less(Grains(1));
        account.credits = account.credits.less(Grains(1));
        writes.insert(key, Some(encode(&account)));
    }
    assert!(!conserves(&world.memory, &writes));
}

/// A mandate of Bob's that holds from now on.
fn signed(world: &mut World, cap: u128) {
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let sign = mandate(world, &bob, cap);
    let outcome = world.submit(&[bob, alice], sign);
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
}

fn borne(world: &mut World, period: Period, total: u128) -> Option<u128> {
    let start = world.now.time;
    let borne = written(world, |books| {
        mandates::bear(books, &imvu(ID), start, period, Micros(total))
    });
    borne.map(|(_, amount)| amount.0)
}

#[test]
fn a_mandate_counts_each_period_by_itself_and_remembers_the_last_ones() {
    let mut world = market();
    signed(&mut world, 10);
    let first = month(START).0;
    let remembered = |world: &World| -> Vec<(u64, u128)> {
        let list = mandates_of(world);
        let spent = list[0].spent.as_slice().iter();
        spent.map(|(period, sum)| (period.0, sum.0)).collect()
    };
    for period in first..first + MANDATE_PERIODS as u64 {
        assert_eq!(borne(&mut world, Period(period), 7), Some(7));
        assert_eq!(borne(&mut world, Period(period), 7), Some(3));
        assert_eq!(borne(&mut world, Period(period), 7), None);
    }
    assert_eq!(
        borne(&mut world, Period(first), 7),
        None,
        "still remembered"
    );
    let whole: Vec<(u64, u128)> = (first..first + 4).map(|period| (period, 10)).collect();
    assert_eq!(remembered(&world), whole);
    assert_eq!(borne(&mut world, Period(first + 4), 1), Some(1));
    let mut later = whole[1..].to_vec();
    later.push((first + 4, 1));
    assert_eq!(remembered(&world), later);
    assert_eq!(borne(&mut world, Period(first), 7), None, "forgotten");
}

#[test]
fn a_mandate_that_ended_is_kept_while_late_use_may_concern_it() {
    for (after, kept) in [(LATE_WINDOW_MS - 1, 3), (LATE_WINDOW_MS, 2)] {
        let mut world = market();
        signed(&mut world, 10);
        signed(&mut world, 10);
        let list = mandates_of(&world);
        assert_eq!(list.len(), 2, "the first has just ended");
        assert_eq!(list[0].until, list[1].from);
        world.set_clocks(list[0].until.0 + after);
        signed(&mut world, 10);
        assert_eq!(mandates_of(&world).len(), kept, "{after} ms later");
    }
}

#[test]
fn a_mandate_is_in_force_up_to_its_end_and_not_at_it() {
    let mut world = market();
    signed(&mut world, 10);
    let Time(until) = mandates_of(&world)[0].until;
    let bob = world.bob.clone();
    let revoke = Action::RevokeMandate { imvu: imvu(ID) };
    for (at, applies) in [(until, false), (until - 1, true)] {
        let mut world = world.clone();
        world.set_clocks(at);
        let outcome = world.try_as(&bob, revoke.clone());
        assert_eq!(outcome.code.number() == 0, applies, "{}", outcome.log);
    }
}

#[test]
fn nothing_is_tried_later_when_the_money_is_gone() {
    let mut world = market();
    let bob = world.bob.clone();
    let template: Imvu = world
        .memory
        .read(&state_key::imvu(&imvu("IMVU-B")))
        .unwrap();
    let ids: Vec<_> = (0..40).map(|n| imvu(&format!("IMVU-B{n:03}"))).collect();
    written(&mut world, |books| {
        for id in &ids {
            let own = Imvu {
                id: id.clone(),
                domains: 0,
                state_keys: 1,
                ..template.clone()
            };
            books.put(state_key::imvu(id), &own);
            debts::owe(books, id, bob.id, Micros(10)).unwrap();
        }
    });
    let tried = |world: &World| {
        let (from, to) = state_key::range_of(KeyKind::Timed);
        let mut timers = world.memory.state.range(from..to);
        timers.any(|(_, item)| matches!(decode(item), Ok(TimedItem::Collect(_))))
    };
    // 9 grains a micro-credit: enough for as many debts as one step pays, and for no more.
    world.pay(deposit("32", &bob, 32 * 10 * 9 / 20));
    assert_eq!(world.grains(&AccountId::Receivable(bob.id)), 8 * 200);
    assert!(!tried(&world), "there is nothing to pay with");
    let mut enough = world.clone();
    enough.pay(deposit("all", &bob, 1_000));
    assert_eq!(enough.grains(&AccountId::Receivable(bob.id)), 0);
    assert!(!tried(&enough), "there is nothing to pay");
}

#[test]
fn a_payer_without_money_owes_all_and_what_waits_stays_backed() {
    let mut world = market();
    signed(&mut world, 1_000);
    let (alice, bob) = (world.alice.id, world.bob.id);
    let start = world.now.time;
    let parts = written(&mut world, |books| {
        let of = month(START);
        crate::law::money::payers::charge(books, &imvu(ID), alice, start, of, Micros(1_000))
    });
    let part = Part {
        payer: bob,
        charged: Micros(1_000),
        collected: Micros(0),
    };
    assert_eq!(parts, [part], "the creator bears nothing");
    world.block(&[]);
    assert_eq!(world.grains(&AccountId::Receivable(bob)), 20_000);
    assert_eq!(world.grains(&AccountId::Maturing(alice)), 0);
}

#[test]
fn what_is_booked_stands_in_the_period_of_the_networks_own_calendar() {
    let mut world = market();
    let key = state_key::chain();
    let mut chain: ChainRecord = world.memory.read(&key).unwrap();
    chain.calendar = Calendar::Hours(48);
    world.memory.state.insert(key, encode(&chain));
    let now = world.now.time;
    world.pay(sale("s-1", 100));
    let entry = world.entries(ID).remove(0);
    assert_eq!(entry.period, Calendar::Hours(48).period_of(now));
    assert!(entry.period > month(START));
}

#[test]
fn a_statements_sums_tell_a_lost_dispute_from_a_won_one() {
    let mut world = market();
    world.pay(sale("s-1", 100));
    for (won, amount, released) in [(false, 10, 0), (true, 7, 7)] {
        let opened = world.try_as(&cashier(), dispute("s-1", amount));
        let dispute = opened.verdict.unwrap().tx;
        world.pay(Action::ResolveDispute { dispute, won });
        let totals = world.billing(ID, month(START)).unwrap().totals;
        assert_eq!(totals.released, Micros(released), "won: {won}");
    }
}

/// All meters of host-1 count so many more of each in an hour of January.
fn use_more(world: &mut World, hour: u64, counter: u64) {
    let (begin, end) = (START + hour * HOUR_MS, START + (hour + 1) * HOUR_MS);
    if world.now.time.0 < end {
        world.set_clocks(end);
    }
    for kind in AgentKind::ALL {
        let (meter, _) = meter_of("host-1", kind);
        let known = world.meter(&meter);
        let from = known.since.max(known.window_end);
        if from.0 < begin {
            let mut gap = world.record(&meter, Time(begin), Vec::new());
            gap.kind = nexus_types::meter::RecordKind::Gap;
            assert_eq!(world.usage("host-1", kind, gap).code.number(), 0);
        }
        let counters = vec![counter; kind.resources().len()];
        let body = world.record(&meter, Time(end), vec![line(0, &counters)]);
        let outcome = world.usage("host-1", kind, body);
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    }
}

fn running() -> World {
    let mut world = market();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let alice = world.alice.clone();
    world.pay(deposit("first", &alice, 1_000_000));
    world
}

#[test]
fn bills_and_use_are_kept_in_order_whoever_comes_first() {
    let mut world = running();
    use_more(&mut world, 0, 100);
    signed(&mut world, 1_000_000);
    use_more(&mut world, 2, 200);
    let billing = world.billing(ID, month(START)).unwrap();
    let mut payers = [world.alice.id, world.bob.id];
    payers.sort();
    let bills: Vec<_> = billing.bills.iter().map(|bill| bill.payer).collect();
    assert_eq!(bills, payers);
    let resources: Vec<Resource> = billing.usage.iter().map(|rated| rated.resource).collect();
    assert_eq!(resources, Resource::ALL);
}

#[test]
fn late_hours_of_a_period_are_one_adjustment_a_resource_in_order() {
    let mut world = running();
    use_more(&mut world, 0, 100);
    world.pass(START + 34 * DAY);
    assert_eq!(world.statements(ID).len(), 1);
    use_more(&mut world, 1, 200);
    use_more(&mut world, 2, 300);
    let next: Billing = world.billing(ID, month(START).next()).unwrap();
    let adjusted: Vec<Rated> = next.adjustments.iter().map(|each| each.rated).collect();
    // 10 answers a micro-credit, 20 micro-credits a message; of the rest 300 are nothing yet.
    let charged = [0, 0, 0, 20, 4_000, 0, 0];
    let expected: Vec<Rated> = Resource::ALL
        .into_iter()
        .zip(charged)
        .map(|(resource, charged)| Rated {
            resource,
            quantity: 200,
            charged: Micros(charged),
        })
        .collect();
    assert_eq!(adjusted, expected);
    assert!(next.adjustments.iter().all(|each| each.of == month(START)));
}

#[test]
fn the_whole_of_what_was_collected_can_be_given_back() {
    let mut world = running();
    use_more(&mut world, 0, 100);
    let (alice, officers) = (world.alice.id, world.officers[..3].to_vec());
    for (amount, code) in [(2_011, 2107), (2_010, 0), (1, 2107)] {
        let correct = Action::CorrectCharge {
            imvu: imvu(ID),
            period: month(START),
            payer: alice,
            amount: Micros(amount),
        };
        let outcome = world.submit(&officers, correct);
        assert_eq!(outcome.code.number(), code, "{amount}: {}", outcome.log);
    }
}

#[test]
fn one_debt_freezes_and_one_containment_contains_whatever_else_there_is() {
    let debt = |seed, stage| Debt {
        payer: IdentityId(Hash([seed; 32])),
        owed: Micros(1),
        since: Time(0),
        stage,
    };
    let containment = |from, until| Containment {
        from: Time(from),
        until: Time(until),
        evidence: Hash([6; 32]),
        audit: 0,
    };
    let debts = vec![debt(1, DebtStage::Frozen), debt(2, DebtStage::Due)];
    let held = Enforcement {
        debts: List::new(debts).unwrap(),
        containments: List::new(vec![containment(1, 2), containment(5, 7)]).unwrap(),
        restrictions: List::default(),
    };
    assert_eq!(held.stage(), Some(DebtStage::Frozen));
    assert!(held.is_contained(Time(6)));
    assert!(!held.is_contained(Time(3)));
}
