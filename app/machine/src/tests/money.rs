//! Money: what each action moves, and what it refuses. Alice owns IMVU-042; processor `pay` may book for it.

use super::market::*;
use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::billing::MoneyEvent;
use nexus_types::money::{Account, AccountId};
use nexus_types::payment::{Dispute, DisputeStatus, Payout, PayoutStatus, Processor};
use nexus_types::{Grains, Hash, Micros, Reason, state_key};

fn market() -> World {
    let mut world = World::new();
    world.add_processor();
    world
}

fn alice(world: &World) -> nexus_types::IdentityId {
    world.alice.id
}

/// Maturing, matured, income, tax, clearing (what the processor holds), in grains.
fn books(world: &World) -> [u128; 5] {
    let pay = processor("pay");
    [
        AccountId::Maturing(alice(world)),
        AccountId::Matured(alice(world)),
        AccountId::PlatformIncome,
        AccountId::Tax(tag("EU-GDPR")),
        AccountId::Clearing(pay),
    ]
    .map(|id| world.grains(&id))
}

fn refused(outcome: &TxOutcome) -> (u32, Option<Reason>) {
    let verdict = outcome.verdict.as_ref();
    (
        outcome.code.number(),
        verdict.and_then(|verdict| verdict.reason()),
    )
}

/// The tax of 19 % that holds from March 2026 on, and the time it does.
fn taxed(world: &mut World) {
    let set = Action::SetTaxRate {
        region: tag("EU-GDPR"),
        millionths: 190_000,
        from: month(START + 70 * DAY),
    };
    let seats = world.seats();
    assert_eq!(world.submit(&seats, set).code.number(), 0);
    world.pass(START + 70 * DAY);
}

fn with_tax(id: &str, gross: u128, tax: u128, fee: u128) -> Action {
    Action::RecordSale {
        processor: processor("pay"),
        external: external(id),
        imvu: imvu("IMVU-042"),
        gross: Micros(gross),
        tax: Micros(tax),
        region: tag("EU-GDPR"),
        fee: Micros(fee),
    }
}

#[test]
fn a_sale_is_split_11_to_9_and_the_fee_is_the_platforms_alone() {
    let mut world = market();
    taxed(&mut world);
    world.pay(with_tax("s-1", 1_003, 191, 37));
    assert_eq!(
        books(&world),
        [
            1_003 * 11,
            0,
            1_003 * 9 - 37 * 20,
            191 * 20,
            (1_003 + 191 - 37) * 20
        ]
    );
    let entry = world.entries("IMVU-042").remove(0);
    assert_eq!(entry.owner, alice(&world));
    assert!(matches!(entry.event, MoneyEvent::Sold { gross, .. } if gross == Micros(1_003)));
}

#[test]
fn what_a_processor_may_not_book_is_refused_by_gate_6() {
    let mut world = market();
    taxed(&mut world);
    let bobs = Action::RecordSale {
        processor: processor("pay"),
        external: external("s-2"),
        imvu: imvu("IMVU-B"),
        gross: Micros(1),
        tax: Micros(0),
        region: tag("EU-GDPR"),
        fee: Micros(0),
    };
    for (action, code, reason) in [
        (bobs, 2006, Reason::ProcessorNotLinked),
        (with_tax("s-1", 100, 20, 0), 2006, Reason::TaxOverRate),
        (with_tax("s-1", 100, 0, 101), 2006, Reason::FeeOverAmount),
        (with_tax("s-1", 0, 0, 0), 2103, Reason::AmountZero),
        (sale("s-1", 1 << 63), 2104, Reason::AmountTooLarge),
        (sale("s-1", u128::MAX), 2104, Reason::AmountTooLarge),
        (deposit("d-1", &Person::new(99), 5), 2101, Reason::NotFound),
        (
            deposit("d-1", &world.bob.clone(), u128::MAX),
            2104,
            Reason::AmountTooLarge,
        ),
        (refund("r-1", "no-sale", 1), 2101, Reason::NotFound),
    ] {
        let outcome = world.try_as(&cashier(), action.clone());
        assert_eq!(refused(&outcome), (code, Some(reason)), "{action:?}");
        assert_eq!(books(&world), [0; 5]);
    }
    let unlink = link(false);
    let alice = world.alice.clone();
    world.must(&alice, unlink);
    let outcome = world.try_as(&cashier(), sale("s-1", 1));
    assert_eq!(refused(&outcome), (2006, Some(Reason::ProcessorNotLinked)));
}

#[test]
fn the_same_sale_counts_once_whatever_it_is_called_again_for() {
    let mut world = market();
    world.pay(sale("x", 100));
    let bob = world.bob.clone();
    for action in [
        sale("x", 100),
        sale("x", 7),
        deposit("x", &bob, 5),
        refund("x", "x", 1),
    ] {
        let outcome = world.try_as(&cashier(), action);
        assert_eq!(refused(&outcome), (2102, Some(Reason::AlreadyExists)));
    }
    assert_eq!(world.grains(&AccountId::Maturing(alice(&world))), 1_100);
}

#[test]
fn a_refund_takes_the_shares_back_and_never_more_than_the_sale() {
    let mut world = market();
    taxed(&mut world);
    world.pay(with_tax("s-1", 100, 19, 0));
    world.pay(refund("r-1", "s-1", 33));
    // ⌊19 × 33 ÷ 100⌋ of the tax; the rest of it with the rest of the sale.
    assert_eq!(books(&world), [67 * 11, 0, 67 * 9, 13 * 20, (67 + 13) * 20]);
    let outcome = world.try_as(&cashier(), refund("r-2", "s-1", 68));
    assert_eq!(refused(&outcome), (2107, Some(Reason::OverOriginal)));
    world.pay(refund("r-2", "s-1", 67));
    assert_eq!(books(&world), [0; 5]);
    let outcome = world.try_as(&cashier(), refund("r-3", "s-1", 1));
    assert_eq!(refused(&outcome), (2107, Some(Reason::OverOriginal)));
}

#[test]
fn matured_money_is_paid_out_and_a_later_refund_falls_on_who_grants_it() {
    let mut world = market();
    let (alice, officers) = (world.alice.clone(), world.officers[..3].to_vec());
    world.pay(sale("s-1", 100));
    let early = world.try_as(&alice, payout(1));
    assert_eq!(refused(&early), (2107, Some(Reason::Insufficient)));
    let early = world.try_as(&alice, grant("s-1", 1));
    assert_eq!(refused(&early), (2103, Some(Reason::NotMatured)));
    // The day's end and thirty days.
    world.pass(START + 31 * DAY - 1_000);
    assert_eq!(books(&world)[..2], [1_100, 0]);
    world.pass(START + 31 * DAY);
    assert_eq!(books(&world)[..2], [0, 1_100]);
    let late = world.try_as(&cashier(), refund("r-1", "s-1", 1));
    assert_eq!(refused(&late), (2103, Some(Reason::Matured)));
    let late = world.try_as(&cashier(), dispute("s-1", 1));
    assert_eq!(refused(&late), (2103, Some(Reason::Matured)));
    world.must(&alice, grant("s-1", 5));
    assert_eq!(books(&world), [0, 1_000, 900, 0, 95 * 20]);
    let granted = world.submit(&officers, grant("s-1", 10));
    assert_eq!(granted.code.number(), 0, "{}", granted.log);
    assert_eq!(books(&world), [0, 1_000, 700, 0, 85 * 20]);
    let over = world.try_as(&alice, grant("s-1", 86));
    assert_eq!(refused(&over), (2107, Some(Reason::OverOriginal)));
    let over = world.try_as(&alice, payout(51));
    assert_eq!(refused(&over), (2107, Some(Reason::Insufficient)));
}

#[test]
fn a_payout_is_settled_or_fails_once() {
    let mut world = market();
    let alice = world.alice.clone();
    world.pay(sale("s-1", 100));
    world.pass(START + 40 * DAY);
    for (settled, matured, clearing) in [(true, 700, 1_600), (false, 700, 1_600)] {
        let asked = world.try_as(&alice, payout(20));
        let id = asked.verdict.unwrap().tx;
        let settle = Action::SettlePayout {
            payout: id,
            settled,
        };
        let on_its_way = AccountId::PayoutClearing(processor("pay"));
        assert_eq!(world.grains(&on_its_way), 400);
        world.pay(settle.clone());
        assert_eq!(world.grains(&on_its_way), 0);
        let [_, left, _, _, held] = books(&world);
        assert_eq!((left, held), (matured, clearing), "settled: {settled}");
        let known: Payout = world.memory.read(&state_key::payout(&id)).unwrap();
        let expected = if settled {
            PayoutStatus::Settled
        } else {
            PayoutStatus::Failed
        };
        assert_eq!(known.status, expected);
        let again = world.try_as(&cashier(), settle);
        assert_eq!(refused(&again), (2103, Some(Reason::WrongState)));
    }
    let elsewhere = Action::RequestPayout {
        processor: processor("nobody"),
        amount: Micros(1),
        destination: Hash([8; 32]),
    };
    let outcome = world.try_as(&alice, elsewhere);
    assert_eq!(outcome.code.number(), 2101);
}

#[test]
fn disputed_money_waits_in_escrow_and_comes_back_or_goes() {
    let mut world = market();
    let alice = world.alice.clone();
    world.pay(sale("s-1", 100));
    let open = |world: &mut World, amount| {
        let opened = world.try_as(&cashier(), dispute("s-1", amount));
        assert_eq!(opened.code.number(), 0, "{}", opened.log);
        opened.verdict.unwrap().tx
    };
    let resolve = |dispute, won| Action::ResolveDispute { dispute, won };
    let first = open(&mut world, 40);
    assert_eq!(books(&world)[..3], [660, 0, 540]);
    assert_eq!(world.grains(&AccountId::Escrow(first)), 800);
    // Neither refunded nor disputed twice.
    let over = world.try_as(&cashier(), refund("r-1", "s-1", 61));
    assert_eq!(refused(&over), (2107, Some(Reason::OverOriginal)));
    let over = world.try_as(&cashier(), dispute("s-1", 61));
    assert_eq!(refused(&over), (2107, Some(Reason::OverOriginal)));
    world.pay(resolve(first, true));
    assert_eq!(books(&world), [1_100, 0, 900, 0, 2_000]);
    let again = world.try_as(&cashier(), resolve(first, false));
    assert_eq!(refused(&again), (2103, Some(Reason::WrongState)));
    // A creator gives in, but does not decide for itself.
    let second = open(&mut world, 10);
    let won = world.try_as(&alice, resolve(second, true));
    assert_eq!(refused(&won), (2001, Some(Reason::NotProcessor)));
    world.must(&alice, resolve(second, false));
    assert_eq!(books(&world), [990, 0, 810, 0, 1_800]);
    assert_eq!(world.sale("s-1").refunded, Micros(10));
    // Nobody decides: after thirty days the creator keeps it, matured meanwhile or not.
    world.pass(START + 25 * DAY);
    let third = open(&mut world, 5);
    world.pass(START + 40 * DAY);
    assert_eq!(books(&world)[..2], [0, 935]);
    world.pass(START + 56 * DAY);
    assert_eq!(books(&world)[..3], [0, 990, 810]);
    let known: Dispute = world.memory.read(&state_key::dispute(&third)).unwrap();
    assert_eq!(known.status, DisputeStatus::Lapsed);
    assert_eq!(world.sale("s-1").disputed, Micros(0));
}

#[test]
fn a_processors_books_stand_beside_the_ledgers() {
    let mut world = market();
    world.pay(sale("s-1", 100));
    world.pay(refund("r-1", "s-1", 40));
    for (taken_in, agrees) in [(100, true), (101, false)] {
        let reconcile = Action::Reconcile {
            processor: processor("pay"),
            taken_in: Micros(taken_in),
            paid_out: Micros(40),
            statement: Hash([7; 32]),
        };
        world.pay(reconcile);
        let known: Processor = world
            .memory
            .read(&state_key::processor(&processor("pay")))
            .unwrap();
        assert_eq!(known.reconciled.unwrap().agrees(), agrees);
    }
}

#[test]
fn prices_and_taxes_begin_with_a_period_after_their_notice() {
    let mut world = market();
    let seats = world.seats();
    let publish = |from| Action::PublishPrices {
        from,
        prices: PRICES,
    };
    // February begins 31 days after January.
    let feb = month(START + 40 * DAY);
    let early = world.submit(&seats, publish(month(START)));
    assert_eq!(refused(&early), (2103, Some(Reason::NoticeTooShort)));
    world.pass(START + DAY - 2_000);
    let two_seats = seats[..2].to_vec();
    let few = world.submit(&two_seats, publish(feb));
    assert_eq!(refused(&few), (2001, Some(Reason::BelowTwoThirds)));
    assert_eq!(world.submit(&seats, publish(feb)).code.number(), 0);
    let twice = world.submit(&seats, publish(feb));
    assert_eq!(twice.code.number(), 2103);
    world.pass(START + 2 * DAY);
    let late = world.submit(&seats, publish(feb.next()));
    assert_eq!(late.code.number(), 0, "{}", late.log);
    for (region, millionths, reason) in [
        ("EU-GDPR", 1_000_001, Reason::TaxOverRate),
        ("XX-NONE", 1, Reason::JurisdictionUnknown),
    ] {
        let set = Action::SetTaxRate {
            region: tag(region),
            millionths,
            from: month(START + 70 * DAY),
        };
        let outcome = world.submit(&seats, set);
        assert_eq!(refused(&outcome), (2103, Some(reason)));
    }
}

#[test]
fn containment_takes_two_independent_operators_and_72_hours_at_most() {
    let mut world = market();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let contain = |hours: u64| Action::Contain {
        imvu: imvu("IMVU-042"),
        evidence: Hash([6; 32]),
        span_ms: hours * HOUR,
    };
    let contained = |world: &World| {
        let network = world.assignment("host-1", nexus_types::host::AgentKind::Network, "IMVU-042");
        match network.spec {
            nexus_types::host::Spec::Network(spec) => spec.contained,
            other => panic!("{other:?}"),
        }
    };
    // The first operator is the platform's own.
    let with_platform = world.operators[..2].to_vec();
    let independent = world.operators[1..3].to_vec();
    let outcome = world.submit(&with_platform, contain(1));
    assert_eq!(refused(&outcome), (2015, Some(Reason::NotIndependent)));
    let outcome = world.submit(&independent, contain(73));
    assert_eq!(refused(&outcome), (2015, Some(Reason::ContainmentTooLong)));
    let outcome = world.submit(&independent, contain(40));
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    assert!(contained(&world));
    let twice = world.submit(&independent, contain(1));
    assert_eq!(refused(&twice), (2103, Some(Reason::WrongState)));
    let until = world.now.time.0 + 40 * HOUR;
    world.pass(until);
    assert!(!contained(&world));
    let outcome = world.submit(&independent, contain(33));
    assert_eq!(refused(&outcome), (2015, Some(Reason::ContainmentTooLong)));
    world.pass(until + 30 * DAY);
    let outcome = world.submit(&independent, contain(33));
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
}

#[test]
fn money_that_comes_from_nowhere_halts_the_node() {
    let world = market();
    let mut block = crate::Block::begin(&world.memory, world.now, &[]);
    let forged = Account {
        debits: Grains(0),
        credits: Grains(1),
    };
    block.put(state_key::account(&AccountId::PlatformIncome), &forged);
    let finished = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        block.finish(&world.memory, Hash([1; 32]))
    }));
    let message = *finished.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("than it debits"), "{message}");
}

#[test]
fn postings_that_do_not_balance_or_overdraw_are_refused_whole() {
    use crate::law::money::books::{Books, Entry, conserves};
    let world = market();
    let mut writes = crate::view::Writes::new();
    let mut books = Books::open(&world.memory, world.now, &mut writes);
    let bob = AccountId::Prepaid(world.bob.id);
    let clearing = AccountId::Clearing(processor("pay"));
    let posted = books.post([
        Entry::Debit(clearing.clone(), Grains(21)),
        Entry::Credit(bob.clone(), Grains(20)),
    ]);
    assert_eq!(posted, Err(Reason::Unbalanced));
    let posted = books.post([
        Entry::Debit(bob.clone(), Grains(20)),
        Entry::Credit(clearing.clone(), Grains(20)),
    ]);
    assert_eq!(posted, Err(Reason::Insufficient));
    let full = Account {
        debits: Grains(u128::MAX - 5),
        credits: Grains(0),
    };
    books.put(state_key::account(&clearing), &full);
    let posted = books.post([
        Entry::Debit(clearing, Grains(20)),
        Entry::Credit(bob, Grains(20)),
    ]);
    assert_eq!(posted, Err(Reason::LimitReached));
    // What was put there by hand is no balance, and a block that moved as much more than once adds up.
    assert!(!conserves(&world.memory, &writes));
    writes.clear();
    assert!(conserves(&world.memory, &writes));
}

#[test]
fn a_block_of_the_largest_amounts_balances() {
    let mut world = market();
    let bob = world.bob.clone();
    for round in 0..3 {
        let id = format!("d-{round}");
        world.pay(deposit(&id, &bob, Micros::MAX.0));
    }
    assert_eq!(
        world.grains(&AccountId::Prepaid(bob.id)),
        3 * Micros::MAX.grains().0
    );
}
