//! What the oracles of money object to.

mod books;

use nexus_sdk::keys::Signer;
use nexus_tests::actions::{describe, imvu};
use nexus_types::action::Action;
use nexus_types::billing::{MoneyEntry, MoneyEvent};
use nexus_types::encoding::{List, Set, Text, encode};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::money::{Account, AccountId, ExternalId, Price, PriceBook, PriceList};
use nexus_types::payment::{
    Containment, Debt, DebtStage, Dispute, DisputeStatus, Enforcement, Mandate, Mandates, Payment,
    PaymentKind, Payout, PayoutStatus, Processor, Sale, StandingConsent, StandingConsents,
};
use nexus_types::period::Period;
use nexus_types::state::{Clock, Imvu};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Grains, Hash, Micros, ProcessorId, Time};

use super::{Pair, alice, described, shop};
use crate::oracle::all;
use crate::world::{START, world};

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

const PRICES: &str = "prices and taxes are the seats'";

/// Prices are published that hold so many periods later.
fn pricing(signers: &[Signer], later: u64) -> Pair {
    let from = Period(period().0 + later);
    let prices = [Price { micros: 1, per: 1 }; 7];
    let publish = Action::PublishPrices { from, prices };
    let mut pair = trading(&signers[0], &signers[1..], publish);
    let lists = List::new(vec![(from, 2)]).expect("one");
    pair.then(state_key::price_book(), &PriceBook { lists });
    let list = PriceList {
        version: 2,
        from,
        prices,
    };
    pair.then(state_key::prices(2), &list);
    pair
}

#[test]
fn prices_that_come_from_few_or_at_once_or_change_what_was_published() {
    let seats = &world().operators;
    pricing(&seats[..2], 9).violates(PRICES, "without two thirds of the seats");
    pricing(&seats[..3], 0).violates(PRICES, "they begin at");
    let mut pair = pricing(&seats[..3], 9);
    let old = PriceList {
        version: 2,
        from: period(),
        prices: [Price { micros: 7, per: 1 }; 7],
    };
    pair.before.insert(state_key::prices(2), encode(&old));
    pair.violates(PRICES, "was written anew");
    let mut pair = Pair::new(&seats[0], &seats[1..3], describe("IMVU-0", "new"));
    pair.then(state_key::prices(2), &old);
    pair.violates(PRICES, "by another action");
}

const AGREED: &str = "agreements are their parties'";

fn linking(signer: &Signer) -> Pair {
    let link = Action::LinkProcessor {
        imvu: shop().id,
        processor: pay(),
        linked: false,
    };
    let mut pair = trading(signer, &[], link);
    pair.after.remove(&state_key::link(&shop().id, &pay()));
    pair
}

fn mandate() -> Mandate {
    Mandate {
        payer: bob().identity,
        generation: 0,
        cap: Micros(1_000),
        from: Time(START),
        until: Time(START + HOUR),
        spent: List::default(),
    }
}

fn agreeing(signer: &Signer, cosigners: &[Signer]) -> Pair {
    let sign = Action::SignMandate {
        imvu: shop().id,
        payer: bob().identity,
        cap: Micros(1_000),
        until: Time(START + HOUR),
    };
    let mut pair = trading(signer, cosigners, sign);
    pair.mandated(mandate());
    pair
}

impl Pair {
    fn mandated(&mut self, mandate: Mandate) {
        let list = List::new(vec![mandate]).expect("one");
        self.then(state_key::mandates(&shop().id), &Mandates { list });
    }
}

#[test]
fn an_agreement_of_others() {
    linking(bob()).violates(AGREED, "another agreed for IMVU-0");
    agreeing(bob(), &[]).violates(AGREED, "was made to pay");
    agreeing(alice(), &[]).violates(AGREED, "was made to pay");
    let mut pair = trading(bob(), &[], Action::RevokeMandate { imvu: shop().id });
    let given = Set::new(vec![StandingConsent::DebtLadder]).expect("one");
    let consents = StandingConsents {
        given,
        ending: Vec::new(),
    };
    pair.then(state_key::standing_consents(&shop().id), &consents);
    pair.violates(AGREED, "another agreed for IMVU-0");
}

#[test]
fn a_mandate_that_pays_more_or_longer_than_was_agreed() {
    let old = || {
        let list = List::new(vec![mandate()]).expect("one");
        Mandates { list }
    };
    let revoking = |signer| {
        let mut pair = trading(signer, &[], Action::RevokeMandate { imvu: shop().id });
        pair.always(state_key::mandates(&shop().id), &old());
        pair
    };
    let until = |until| Mandate {
        until: Time(until),
        ..mandate()
    };
    let mut pair = revoking(bob());
    pair.mandated(until(START));
    pair.put_to(all).expect("the payer ends it");
    let mut pair = revoking(bob());
    pair.mandated(until(START + 2 * HOUR));
    pair.violates(AGREED, "was made to pay");
    let mut pair = revoking(cashier());
    pair.mandated(until(START));
    pair.violates(AGREED, "was made to pay");
    let mut pair = revoking(bob());
    let spent = List::new(vec![(period(), Micros(1_001))]).expect("one");
    pair.mandated(Mandate { spent, ..mandate() });
    pair.violates(AGREED, "1001 of 1000 was charged");
}

const CONTAINED: &str = "containment is the one exception";

fn containing(signers: &[Signer], span_ms: u64) -> Pair {
    let contain = Action::Contain {
        imvu: shop().id,
        evidence: Hash::default(),
        span_ms,
    };
    let mut pair = trading(&signers[0], &signers[1..], contain);
    pair.contains(span_ms);
    pair
}

impl Pair {
    fn contains(&mut self, span_ms: u64) {
        let one = Containment {
            from: Time(START),
            until: Time(START + span_ms),
            evidence: Hash::default(),
            audit: 0,
        };
        let enforcement = Enforcement {
            debts: List::default(),
            containments: List::new(vec![one]).expect("one"),
        };
        self.then(state_key::enforcement(&shop().id), &enforcement);
    }
}

#[test]
fn a_containment_by_few_or_the_platform_or_for_long() {
    let seats = &world().operators;
    containing(&seats[..1], HOUR).violates(CONTAINED, "1 operators outside");
    // The last seat is the platform's.
    containing(&seats[2..], HOUR).violates(CONTAINED, "1 operators outside");
    containing(&seats[..2], 72 * HOUR + 1).violates(CONTAINED, "in a month");
    let mut pair = Pair::new(&seats[0], &seats[1..2], describe("IMVU-0", "new"));
    pair.contains(HOUR);
    pair.violates(CONTAINED, "2 operators outside");
}

#[test]
fn a_debt_that_takes_a_quota_away() {
    let mut pair = trading(cashier(), &[], sale());
    let debt = Debt {
        payer: alice().identity,
        owed: Micros(1),
        since: Time(START),
        stage: DebtStage::Dormant,
    };
    let enforcement = Enforcement {
        debts: List::new(vec![debt]).expect("one"),
        containments: List::default(),
    };
    pair.then(state_key::enforcement(&shop().id), &enforcement);
    pair.put_to(all).expect("the debt alone");
    let mut less = shop();
    less.quota.cpu_millis = 1;
    let less = Imvu { domains: 0, ..less };
    pair.then(state_key::imvu(&imvu("IMVU-0")), &less);
    pair.violates("debts take nothing away", "took from IMVU-0");
}
