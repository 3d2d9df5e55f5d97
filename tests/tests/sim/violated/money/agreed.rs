//! What the oracles of prices, agreements, containment and debts object to.

use nexus_sdk::keys::Signer;
use nexus_tests::actions::describe;
use nexus_types::action::Action;
use nexus_types::encoding::{List, Set, encode};
use nexus_types::money::{Price, PriceBook, PriceList};
use nexus_types::payment::{
    Containment, Debt, DebtStage, Enforcement, Mandate, Mandates, StandingConsent, StandingConsents,
};
use nexus_types::period::Period;
use nexus_types::state_key;
use nexus_types::{Hash, Micros, Time};

use super::super::{Pair, alice, shop};
use super::{HOUR, bob, cashier, pay, period, sale, trading};
use crate::oracle::all;
use crate::world::{START, world};

const PRICES: &str = "prices and taxes are the seats'";

/// Prices are published that hold so many periods later.
pub(super) fn pricing(signers: &[Signer], later: u64) -> Pair {
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

pub(super) fn linking(signer: &Signer) -> Pair {
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

pub(super) fn agreeing(signer: &Signer, cosigners: &[Signer]) -> Pair {
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

pub(super) fn containing(signers: &[Signer], span_ms: u64) -> Pair {
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
            restrictions: List::default(),
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
        restrictions: List::default(),
    };
    pair.then(state_key::enforcement(&shop().id), &enforcement);
    pair.put_to(all).expect("the debt alone");
    let mut less = shop();
    less.quota.cpu_millis = 1;
    pair.then(state_key::imvu(&less.id), &less);
    pair.violates("debts take nothing away", "took from IMVU-0");
}
