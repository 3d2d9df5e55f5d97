//! What the second books object to.

use nexus_types::action::Action;
use nexus_types::billing::{Charge, ChargeLine, Granter, MoneyEvent, Part};
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::meter::{Resource, UsageFlags, UsageHour, UsageLine};
use nexus_types::money::AccountId;
use nexus_types::payment::DisputeStatus;
use nexus_types::period::Period;
use nexus_types::state_key;
use nexus_types::{Hash, HostId, IdentityId, MeterId, Micros};

use super::super::{Pair, alice, described, shop};
use super::{
    asking, bob, cashier, entry, external, pay, period, region, sale, selling, sold, trading,
};
use crate::oracle::ledger::{Books, Seen};
use crate::world::START;

/// The books after a pair, whose transaction is the one of its block.
pub(super) fn after(books: &mut Books, pair: &Pair, events: &[Event]) -> Result<(), String> {
    books.block(&Seen {
        applied: vec![&pair.tx],
        appends: &pair.appended,
        events,
        state: &pair.after,
    })
}

pub(super) fn objects(pair: &Pair, words: &str) {
    let objection = after(&mut Books::default(), pair, &[]).expect_err(words);
    assert!(objection.contains(words), "{words}: {objection}");
}

/// The sale, and one more entry: their postings are not looked at, where the entry itself is wrong.
fn and(event: MoneyEvent) -> Pair {
    let mut pair = selling();
    pair.enters(&entry(1, event));
    pair
}

#[test]
fn a_sale_is_entered_as_it_was_booked() {
    after(&mut Books::default(), &selling(), &[]).expect("11 and 9 of 20");
}

#[test]
fn another_split_or_another_account() {
    let mut pair = selling();
    pair.holds(AccountId::Maturing(alice().identity), 0, 1_000);
    pair.holds(AccountId::PlatformIncome, 0, 1_000);
    objects(&pair, "holds 1000 grains instead of 1100");
    let mut pair = selling();
    pair.holds(AccountId::PlatformIncome, 0, 901);
    objects(&pair, "2000 grains were debited in all, 2001 credited");
    let mut pair = selling();
    pair.holds(AccountId::Clearing(pay()), 2_040, 40);
    after(&mut Books::default(), &pair, &[]).expect("both sides of one account");
    let mut books = Books::default();
    after(&mut books, &pair, &[]).expect("the first block");
    let mut pair = described();
    pair.after = selling().after;
    let objection = after(&mut books, &pair, &[]).expect_err("smaller turnovers");
    assert!(objection.contains("back to"), "{objection}");
}

#[test]
fn an_entry_out_of_order_or_twice() {
    let mut pair = selling();
    pair.enters(&entry(0, sold()));
    objects(&pair, "is number 1");
    objects(&and(sold()), "it was sold before");
}

#[test]
fn more_paid_back_than_was_paid() {
    let refunded = |amount| MoneyEvent::Refunded {
        processor: pay(),
        sale: external("sale"),
        amount: Micros(amount),
        tax: Micros::ZERO,
    };
    objects(&and(refunded(101)), "101 of a sale of 100 are gone");
    let mut pair = and(refunded(60));
    pair.enters(&entry(
        2,
        MoneyEvent::Granted {
            by: Granter::Platform,
            processor: pay(),
            sale: external("sale"),
            amount: Micros(41),
            tax: Micros::ZERO,
        },
    ));
    objects(&pair, "101 of a sale of 100 are gone");
    let untaxed = MoneyEvent::Refunded {
        processor: pay(),
        sale: external("sale"),
        amount: Micros(1),
        tax: Micros(1),
    };
    objects(&and(untaxed), "1 of a tax of 0 are gone");
}

#[test]
fn a_sale_with_too_much_tax_or_too_large_a_fee() {
    let selling = |tax, fee| {
        let mut pair = trading(cashier(), &[], sale());
        pair.enters(&entry(
            0,
            MoneyEvent::Sold {
                processor: pay(),
                external: external("sale"),
                gross: Micros(100),
                tax: Micros(tax),
                region: region(),
                fee: Micros(fee),
            },
        ));
        pair
    };
    objects(&selling(1, 0), "1 of tax on 100, at 0 millionths");
    objects(&selling(0, 101), "a fee of 101 on 100");
}

#[test]
fn a_dispute_that_nobody_opened_or_that_ends_over_another_amount() {
    let dispute = Hash::of(b"no dispute");
    let amount = Micros(10);
    objects(
        &and(MoneyEvent::Disputed { dispute, amount }),
        "nobody disputed",
    );
    let open = Action::OpenDispute {
        processor: pay(),
        sale: external("sale"),
        amount,
        evidence: Hash::default(),
    };
    let mut pair = trading(cashier(), &[], open);
    let dispute = pair.tx.body.id();
    pair.enters(&entry(0, sold()));
    pair.enters(&entry(1, MoneyEvent::Disputed { dispute, amount }));
    pair.enters(&entry(
        2,
        MoneyEvent::DisputeEnded {
            dispute,
            amount: Micros(11),
            status: DisputeStatus::Won,
            tax: Micros::ZERO,
        },
    ));
    objects(&pair, "not open over that amount");
}

#[test]
fn a_payout_of_what_has_not_matured() {
    let mut books = Books::default();
    after(&mut books, &selling(), &[]).expect("a sale");
    let mut pair = asking(alice());
    for (key, value) in selling().after {
        pair.after.entry(key).or_insert(value);
    }
    pair.holds(AccountId::Clearing(pay()), 2_000, 0);
    pair.holds(AccountId::Matured(alice().identity), 4_000, 0);
    let objection = after(&mut books, &pair, &[]).expect_err("too soon");
    assert!(
        objection.contains("was paid out 4000 grains of 0"),
        "{objection}"
    );
}

#[test]
fn a_payout_that_is_settled_twice() {
    let settle = Action::SettlePayout {
        payout: Hash::of(b"no payout"),
        settled: true,
    };
    objects(&trading(cashier(), &[], settle), "settled twice");
}

/// One thousand milliseconds of CPU in the first hour: a micro-credit, by the first prices.
fn hour() -> UsageHour {
    let line = UsageLine {
        resource: Resource::Cpu,
        meter: MeterId::new("meter-0").expect("a meter's name"),
        read: 1_000,
        billed: 1_000,
        dropped: 0,
        windows: 1,
        flags: UsageFlags::default(),
    };
    UsageHour {
        imvu: shop().id,
        sequence: 0,
        hour: START / 3_600_000,
        owner: alice().identity,
        host: HostId::new("host-0").expect("a host's name"),
        placement: 1,
        height: 2,
        lines: vec![line],
    }
}

fn part(payer: IdentityId, charged: u128, collected: u128) -> Part {
    Part {
        payer,
        charged: Micros(charged),
        collected: Micros(collected),
    }
}

fn charge() -> Charge {
    let line = ChargeLine {
        resource: Resource::Cpu,
        quantity: 1_000,
        charged: Micros(1),
    };
    Charge {
        usage: 0,
        hour: hour().hour,
        of: period(),
        version: 1,
        lines: vec![line],
        parts: vec![part(alice().identity, 1, 0)],
        flags: UsageFlags::default(),
    }
}

/// The hour is sealed, and charged so; what is owed is booked.
fn charged(charge: Charge) -> Pair {
    let mut pair = described();
    let usage = LogId::Collection(CollectionKind::Usage, Some(shop().id));
    pair.appended.push((usage, encode(&hour())));
    pair.enters(&entry(0, MoneyEvent::Charged(charge)));
    let clock = nexus_types::state::Clock {
        height: 2,
        time: nexus_types::Time(START),
        law_time: nexus_types::Time(START),
    };
    pair.always(state_key::clock(), &clock);
    pair.holds(AccountId::Receivable(alice().identity), 20, 0);
    pair.holds(AccountId::Uncollected(alice().identity), 0, 20);
    pair
}

#[test]
fn a_charge_of_something_else_than_was_sealed_at_its_price_to_who_agreed() {
    after(&mut Books::default(), &charged(charge()), &[]).expect("what was sealed");
    type Spoil = fn(&mut Charge);
    let spoil: [(&str, Spoil); 9] = [
        ("was charged after 0", |charge| charge.usage = 1),
        ("charged as another hour", |charge| charge.hour += 1),
        ("charged as another hour", |charge| {
            charge.of = Period(charge.of.0 + 1);
        }),
        ("999 of cpu is charged, 1000 was sealed", |charge| {
            charge.lines[0].quantity = 999;
        }),
        ("2 is charged for 1000 of cpu", |charge| {
            charge.lines[0].charged = Micros(2);
        }),
        ("0 is charged for 1000 of cpu", |charge| {
            charge.lines[0].charged = Micros(0);
        }),
        ("never agreed to pay", |charge| {
            charge.parts[0].payer = bob().identity;
        }),
        ("2 of 1 was collected", |charge| {
            charge.parts[0].collected = Micros(2);
        }),
        ("0 of 1 is borne", |charge| charge.parts.clear()),
    ];
    for (words, spoil) in spoil {
        let mut bad = charge();
        spoil(&mut bad);
        objects(&charged(bad), words);
    }
    let mut pair = charged(charge());
    pair.appended.pop();
    objects(&pair, "0 of 1 hours of IMVU-0 are charged");
    let mut pair = charged(charge());
    pair.appended
        .retain(|(log, _)| !matches!(log, LogId::Collection(CollectionKind::Usage, _)));
    objects(&pair, "an hour that was not sealed");
}
