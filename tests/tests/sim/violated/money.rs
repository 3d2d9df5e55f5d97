//! What the oracles of money object to.

mod agreed;
mod books;
mod statements;

use nexus_sdk::keys::Signer;
use nexus_types::action::Action;
use nexus_types::billing::{MoneyEntry, MoneyEvent};
use nexus_types::encoding::{Text, encode};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::money::{Account, AccountId, ExternalId};
use nexus_types::payment::{
    Dispute, DisputeStatus, Payment, PaymentKind, Payout, PayoutStatus, Processor, Sale,
};
use nexus_types::period::Period;
use nexus_types::state::Clock;
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Grains, Hash, Micros, ProcessorId, Time};

use super::{Pair, alice, described, shop};
use crate::oracle::all;
use crate::world::{START, world};
use agreed::{agreeing, containing, linking, pricing};

const HOUR: u64 = 3_600_000;

fn cashier() -> &'static Signer {
    &world().cashiers[0]
}

fn bob() -> &'static Signer {
    &world().creators[1]
}

fn pay() -> ProcessorId {
    ProcessorId::new("pay").expect("a processor's name")
}

fn external(name: &str) -> ExternalId {
    Text::new(name).expect("short")
}

fn region() -> Jurisdiction {
    Jurisdiction::new("EU-GDPR").expect("a tag")
}

/// The period in which everything happens here.
fn period() -> Period {
    world()
        .genesis
        .document()
        .state
        .calendar
        .period_of(Time(START))
}

fn processor() -> Processor {
    Processor {
        id: pay(),
        identity: cashier().identity,
        registered: 1,
        usable_from: Time(0),
        reconciled: None,
    }
}

/// A sale of 100 micro-credits.
fn sale() -> Action {
    Action::RecordSale {
        processor: pay(),
        external: external("sale"),
        imvu: shop().id,
        gross: Micros(100),
        tax: Micros::ZERO,
        region: region(),
        fee: Micros::ZERO,
    }
}

fn sale_record() -> Sale {
    Sale {
        imvu: shop().id,
        creator: alice().identity,
        region: region(),
        tax: Micros::ZERO,
        fee: Micros::ZERO,
        day: 0,
        refunded: Micros::ZERO,
        tax_refunded: Micros::ZERO,
        disputed: Micros::ZERO,
    }
}

fn payment(sale: Sale) -> Payment {
    Payment {
        processor: pay(),
        external: external("sale"),
        height: 2,
        time: Time(START),
        amount: Micros(100),
        kind: PaymentKind::Sale(sale),
    }
}

fn payment_key() -> StateKey {
    state_key::payment(&pay(), &external("sale"))
}

fn entry(sequence: u64, event: MoneyEvent) -> MoneyEntry {
    MoneyEntry {
        imvu: shop().id,
        sequence,
        height: 2,
        time: Time(START),
        period: period(),
        owner: alice().identity,
        event,
    }
}

fn sold() -> MoneyEvent {
    MoneyEvent::Sold {
        processor: pay(),
        external: external("sale"),
        gross: Micros(100),
        tax: Micros::ZERO,
        region: region(),
        fee: Micros::ZERO,
    }
}

/// A pair on a network where a processor may book for the IMVU.
fn trading(signer: &Signer, cosigners: &[Signer], action: Action) -> Pair {
    let mut pair = Pair::new(signer, cosigners, action);
    pair.always(state_key::processor(&pay()), &processor());
    pair.always(state_key::link(&shop().id, &pay()), &());
    let clock = Clock {
        height: 2,
        time: Time(START),
        law_time: Time(START),
    };
    pair.always(state_key::clock(), &clock);
    pair
}

/// The processor books the sale.
fn selling() -> Pair {
    let mut pair = trading(cashier(), &[], sale());
    pair.then(payment_key(), &payment(sale_record()));
    pair.holds(AccountId::Clearing(pay()), 2_000, 0);
    pair.holds(AccountId::Maturing(alice().identity), 0, 1_100);
    pair.holds(AccountId::PlatformIncome, 0, 900);
    pair.enters(&entry(0, sold()));
    pair
}

impl Pair {
    fn holds(&mut self, id: AccountId, debits: u128, credits: u128) {
        let account = Account {
            debits: Grains(debits),
            credits: Grains(credits),
        };
        self.then(state_key::account(&id), &account);
    }

    fn held(&mut self, id: AccountId, debits: u128, credits: u128) {
        let account = Account {
            debits: Grains(debits),
            credits: Grains(credits),
        };
        self.always(state_key::account(&id), &account);
    }

    fn enters(&mut self, entry: &MoneyEntry) {
        let log = LogId::Collection(CollectionKind::Money, Some(shop().id));
        self.appended.push((log, encode(entry)));
    }
}

/// Every one of them has a lawful form that all the oracles are content with.
#[test]
fn what_processors_creators_and_payers_may_do_satisfies_all_of_them() {
    selling().put_to(all).expect("a processor books a sale");
    linking(alice()).put_to(all).expect("a creator links");
    agreeing(bob(), &[alice().clone()])
        .put_to(all)
        .expect("both agree");
    pricing(&world().operators[..3], 9)
        .put_to(all)
        .expect("in time");
    containing(&world().operators[..2], HOUR)
        .put_to(all)
        .expect("two operators");
    asking(alice())
        .put_to(all)
        .expect("a creator asks for its money");
}

const DEBITS: &str = "debits are credits";

#[test]
fn money_from_nowhere() {
    let mut pair = selling();
    pair.holds(AccountId::PlatformIncome, 0, 901);
    pair.violates(DEBITS, "2000 grains were debited, 2001 credited");
    let mut pair = described();
    pair.holds(AccountId::Clearing(pay()), 20, 0);
    pair.holds(AccountId::Prepaid(bob().identity), 0, 20);
    pair.violates(DEBITS, "moved money");
}

#[test]
fn money_that_is_not_there() {
    let mut pair = asking(alice());
    pair.holds(AccountId::Matured(alice().identity), 4_020, 4_000);
    pair.holds(AccountId::PayoutClearing(pay()), 0, 4_020);
    pair.violates(DEBITS, "below zero");
    let mut pair = selling();
    pair.held(AccountId::Prepaid(bob().identity), 40, 80);
    pair.holds(AccountId::Prepaid(bob().identity), 20, 60);
    pair.violates(DEBITS, "a turnover shrank");
}

const SPEAK: &str = "processors speak for themselves";

fn registering(cosigners: &[Signer]) -> Pair {
    let id = ProcessorId::new("purse").expect("a processor's name");
    let register = Action::RegisterProcessor {
        processor: id.clone(),
    };
    let mut pair = trading(bob(), cosigners, register);
    let new = Processor {
        identity: bob().identity,
        id: id.clone(),
        ..processor()
    };
    pair.then(state_key::processor(&id), &new);
    pair
}

#[test]
fn a_processor_that_nobody_admitted_or_another_changed() {
    registering(&world().operators[..3])
        .put_to(all)
        .expect("two thirds of the seats");
    registering(&world().operators[..2]).violates(SPEAK, "registered itself alone");
    let mut pair = trading(bob(), &[], sale());
    let taken = Processor {
        identity: bob().identity,
        ..processor()
    };
    pair.then(state_key::processor(&pay()), &taken);
    pair.violates(SPEAK, "changed by another");
}

#[test]
fn a_sale_that_another_books_or_without_leave() {
    let mut pair = trading(bob(), &[], sale());
    pair.then(payment_key(), &payment(sale_record()));
    pair.violates(SPEAK, "another booked sale at pay");
    let mut pair = selling();
    pair.before.remove(&state_key::link(&shop().id, &pay()));
    pair.violates(SPEAK, "pay may not book for IMVU-0");
    let mut pair = selling();
    let foreign = Sale {
        creator: bob().identity,
        ..sale_record()
    };
    pair.then(payment_key(), &payment(foreign));
    pair.violates(SPEAK, "pay may not book for IMVU-0");
}

/// The processor pays so much of the sale back.
fn refunding(signer: &Signer, amount: u128) -> Pair {
    let refund = Action::RecordRefund {
        processor: pay(),
        external: external("refund"),
        sale: external("sale"),
        amount: Micros(amount),
    };
    let mut pair = trading(signer, &[], refund);
    pair.always(payment_key(), &payment(sale_record()));
    let refunded = Sale {
        refunded: Micros(amount),
        ..sale_record()
    };
    pair.then(payment_key(), &payment(refunded));
    pair
}

#[test]
fn a_refund_by_another_or_of_more_or_another_sale() {
    refunding(cashier(), 100).put_to(all).expect("all of it");
    refunding(cashier(), 101).violates(SPEAK, "101 of 100 were paid back");
    refunding(bob(), 1).violates(SPEAK, "another paid sale back");
    let mut pair = refunding(cashier(), 1);
    let other = Sale {
        creator: bob().identity,
        ..sale_record()
    };
    pair.then(payment_key(), &payment(other));
    pair.violates(SPEAK, "became another sale");
}

fn deciding(signer: &Signer, won: bool) -> Pair {
    let id = Hash::of(b"a dispute");
    let open = Dispute {
        id,
        imvu: shop().id,
        processor: pay(),
        sale: external("sale"),
        amount: Micros(10),
        evidence: Hash::default(),
        opened: 1,
        expires: Time(START + HOUR),
        status: DisputeStatus::Open,
    };
    let mut pair = trading(signer, &[], Action::ResolveDispute { dispute: id, won });
    pair.always(state_key::dispute(&id), &open);
    let status = if won {
        DisputeStatus::Won
    } else {
        DisputeStatus::Lost
    };
    pair.then(state_key::dispute(&id), &Dispute { status, ..open });
    pair
}

#[test]
fn a_dispute_that_its_winner_decides() {
    deciding(cashier(), true)
        .put_to(all)
        .expect("the processor");
    deciding(alice(), false).put_to(all).expect("who gives in");
    deciding(alice(), true).violates(SPEAK, "became Won by another's word");
    deciding(bob(), false).violates(SPEAK, "became Lost by another's word");
}

/// Somebody asks for money that is the signer's.
fn asking(signer: &Signer) -> Pair {
    let request = Action::RequestPayout {
        processor: pay(),
        amount: Micros(200),
        destination: Hash::default(),
    };
    let mut pair = trading(signer, &[], request);
    pair.held(AccountId::Matured(alice().identity), 0, 4_000);
    pair.held(AccountId::Clearing(pay()), 4_000, 0);
    pair.holds(AccountId::Matured(alice().identity), 4_000, 4_000);
    pair.holds(AccountId::PayoutClearing(pay()), 0, 4_000);
    let payout = Payout {
        id: pair.tx.body.id(),
        identity: alice().identity,
        processor: pay(),
        amount: Micros(200),
        destination: Hash::default(),
        requested: 2,
        status: PayoutStatus::Requested,
    };
    pair.then(state_key::payout(&payout.id), &payout);
    pair
}

#[test]
fn a_payout_that_another_asks_for_or_settles() {
    asking(bob()).violates(SPEAK, "became Requested by another's word");
    let id = Hash::of(b"a payout");
    let settle = Action::SettlePayout {
        payout: id,
        settled: true,
    };
    let mut pair = trading(alice(), &[], settle);
    let open = Payout {
        id,
        identity: alice().identity,
        processor: pay(),
        amount: Micros(200),
        destination: Hash::default(),
        requested: 1,
        status: PayoutStatus::Requested,
    };
    pair.always(state_key::payout(&id), &open);
    let status = PayoutStatus::Settled;
    pair.then(state_key::payout(&id), &Payout { status, ..open });
    pair.violates(SPEAK, "became Settled by another's word");
}
