//! A payment processor, what it books, who pays, what is given back.

use super::Scenario;
use super::reports::ack;
use crate::parts::cpu;
use crate::people::{
    HOUR_MS, Person, alice, attester, bob, cashier, imvu, officers, operators, tag,
};
use nexus_types::encoding::Text;
use nexus_types::host::{AckOutcome, AgentKind};
use nexus_types::ids::ProcessorId;
use nexus_types::money::{Account, AccountId, ExternalId, Price};
use nexus_types::payment::StandingConsent;
use nexus_types::period::{Calendar, Period};
use nexus_types::{Action, Hash, Micros, state_key};
use std::time::Duration;

/// The processor's name.
pub(crate) const PROCESSOR: &str = "acquirer-1";

fn processor() -> ProcessorId {
    ProcessorId::new(PROCESSOR).unwrap()
}

fn external(name: &str) -> ExternalId {
    Text::new(name).unwrap()
}

fn deposit(name: &str, payer: &Person, amount: u128) -> Action {
    Action::RecordDeposit {
        processor: processor(),
        external: external(name),
        payer: payer.id,
        amount: Micros(amount),
    }
}

fn sale(name: &str, gross: u128, tax: u128, fee: u128) -> Action {
    Action::RecordSale {
        processor: processor(),
        external: external(name),
        imvu: imvu("IMVU-042"),
        gross: Micros(gross),
        tax: Micros(tax),
        region: tag("EU-GDPR"),
        fee: Micros(fee),
    }
}

fn refund(name: &str, of: &str, amount: u128) -> Action {
    Action::RecordRefund {
        processor: processor(),
        external: external(name),
        sale: external(of),
        amount: Micros(amount),
    }
}

fn grant(of: &str, amount: u128) -> Action {
    Action::GrantRefund {
        processor: processor(),
        sale: external(of),
        amount: Micros(amount),
    }
}

fn dispute(of: &str, amount: u128) -> Action {
    Action::OpenDispute {
        processor: processor(),
        sale: external(of),
        amount: Micros(amount),
        evidence: Hash::of(b"the buyer's letter"),
    }
}

fn payout(amount: u128) -> Action {
    Action::RequestPayout {
        processor: processor(),
        amount: Micros(amount),
        destination: Hash::of(b"an account"),
    }
}

impl Scenario {
    fn period(&self) -> Period {
        Calendar::Hours(1).period_of(self.chain.next().time)
    }

    fn pay(&mut self, name: &'static str, action: Action) -> Hash {
        self.act(name, &[cashier()], action)
    }

    /// Prices, tax rates, and a processor that alice lets book.
    pub(super) fn processor(&mut self) {
        let seats = operators()[..3].to_vec();
        let from = self.period().next();
        let prices = |micros| Action::PublishPrices {
            from,
            prices: [Price { micros, per: 5 }; 7],
        };
        self.act("publish prices", &seats, prices(2));
        self.act("publish prices with too few seats", &seats[..2], prices(3));
        let rate = |millionths, from| Action::SetTaxRate {
            region: tag("EU-GDPR"),
            millionths,
            from,
        };
        self.act("set a tax rate", &seats, rate(190_000, from));
        self.act("set a tax rate at once", &seats, rate(0, self.period()));
        let word = self.chain.attest(&cashier(), &attester());
        let register = Action::RegisterIdentity {
            key: cashier().public(),
            attestation: Some(word),
        };
        self.act("register a cashier", &[cashier()], register);
        let register = || Action::RegisterProcessor {
            processor: processor(),
        };
        self.pay("register a processor alone", register());
        let mut signers = vec![cashier()];
        signers.extend(seats);
        self.act("register a processor", &signers, register());
        self.pay(
            "deposit before the processor counts",
            deposit("deposit-0", &bob(), 1),
        );
        for _ in 0..3 {
            self.chain.block(&[]);
        }
        self.pay("deposit", deposit("deposit-1", &bob(), 40_000));
        self.pay(
            "deposit again under one name",
            deposit("deposit-1", &bob(), 40_000),
        );
        self.pay("deposit nothing", deposit("deposit-2", &bob(), 0));
        self.pay(
            "deposit for a creator",
            deposit("deposit-3", &alice(), 30_000),
        );
        self.act(
            "deposit by nobody's processor",
            &[bob()],
            deposit("deposit-4", &bob(), 1),
        );
        self.pay("sell without the creator's leave", sale("sale-0", 1, 0, 0));
        let link = |linked| Action::LinkProcessor {
            imvu: imvu("IMVU-042"),
            processor: processor(),
            linked,
        };
        self.act("let a processor book", &[alice()], link(true));
    }

    /// Sales and what becomes of them; who pays for use.
    pub(super) fn sales(&mut self) {
        self.pay("sell", sale("sale-1", 1_000_003, 0, 29_001));
        self.pay("sell with tax where none is due", sale("sale-2", 100, 1, 0));
        self.pay("sell for less than the fee", sale("sale-2", 100, 0, 101));
        self.pay("refund", refund("refund-1", "sale-1", 200_001));
        self.pay(
            "refund more than is left",
            refund("refund-2", "sale-1", 800_003),
        );
        self.pay("grant a refund before maturity", grant("sale-1", 1));
        self.act(
            "grant a refund that its processor can make",
            &[alice()],
            grant("sale-1", 1),
        );
        for (opened, ended, won) in [
            ("open a dispute", "win a dispute", true),
            ("open a second dispute", "lose a dispute", false),
        ] {
            let id = self.pay(opened, dispute("sale-1", 50_000));
            let resolve = Action::ResolveDispute { dispute: id, won };
            self.pay(ended, resolve);
        }
        let id = self.pay("open a third dispute", dispute("sale-1", 7));
        let wins = Action::ResolveDispute {
            dispute: id,
            won: true,
        };
        self.act("win one's own dispute", &[alice()], wins);
        let mandate = |cap, hours| Action::SignMandate {
            imvu: imvu("IMVU-042"),
            payer: bob().id,
            cap: Micros(cap),
            until: self.chain.next().time.plus_ms(hours * HOUR_MS),
        };
        let (alone, together) = (mandate(50_000, 24), mandate(50_000, 24));
        self.act("sign a mandate without the owner", &[bob()], alone);
        self.act("sign a mandate", &[bob(), alice()], together);
        let consent = |given| Action::SetStandingConsent {
            imvu: imvu("IMVU-042"),
            consent: StandingConsent::DebtLadder,
            given,
        };
        self.act("consent to the debt ladder", &[alice()], consent(true));
        self.act("consent for another", &[bob()], consent(true));
        self.act("revoke a standing consent", &[alice()], consent(false));
    }

    /// The first period is closed, and late use was charged; money has matured.
    pub(super) fn after_the_hour(&mut self) {
        let first = Period(self.period().0 - 1);
        self.debts();
        self.pay("sell with tax", sale("sale-3", 10_001, 1_901, 300));
        self.pay("refund with tax", refund("refund-3", "sale-3", 3_333));
        self.reconciliations();
        self.payouts();
        self.act(
            "grant a refund as the creator",
            &[alice()],
            grant("sale-1", 1_000),
        );
        let both = &officers()[..2];
        self.act("grant a refund as the platform", both, grant("sale-1", 500));
        self.pay("refund what has matured", refund("refund-4", "sale-1", 1));
        let correct = |amount| Action::CorrectCharge {
            imvu: imvu("IMVU-042"),
            period: first,
            payer: alice().id,
            amount: Micros(amount),
        };
        self.act("correct a creator's own charge", both, correct(99));
        self.act("correct a charge by too much", both, correct(1 << 40));
        self.containment();
        let revoke = || Action::RevokeMandate {
            imvu: imvu("IMVU-042"),
        };
        self.act("revoke a mandate", &[bob()], revoke());
        self.act("revoke a mandate that has ended", &[alice()], revoke());
        self.next_statement();
        let correct = || Action::CorrectCharge {
            imvu: imvu("IMVU-042"),
            period: first.next(),
            payer: bob().id,
            amount: Micros(99),
        };
        self.act("correct a charge without the creator", both, correct());
        let mut signers = both.to_vec();
        signers.push(alice());
        self.act("correct a charge", &signers, correct());
    }

    fn debts(&mut self) {
        // Until the creator's debt has climbed two steps.
        for _ in 0..10 {
            self.chain.block(&[]);
        }
        let more = Action::ChangeQuota {
            imvu: imvu("IMVU-042"),
            change: cpu(5_500),
        };
        self.act("raise a quota in debt", &[alice()], more);
        self.pay(
            "pay a part of a debt",
            deposit("deposit-5", &alice(), 10_000),
        );
    }

    fn reconciliations(&mut self) {
        let clearing = AccountId::Clearing(processor());
        let booked: Account = self.chain.read(&state_key::account(&clearing)).unwrap();
        let word = |taken_in, paid_out| Action::Reconcile {
            processor: processor(),
            taken_in,
            paid_out,
            statement: Hash::of(b"a statement of the processor"),
        };
        let (taken_in, paid_out) = (booked.debits.micros(), booked.credits.micros());
        self.pay(
            "reconcile other books",
            word(Micros(taken_in.0 + 1), paid_out),
        );
        self.pay("reconcile the books", word(taken_in, paid_out));
    }

    fn payouts(&mut self) {
        // Until what the first sale brought has matured.
        self.chain.pause(Duration::from_secs(50));
        self.chain.block(&[]);
        self.act("ask for too much", &[alice()], payout(1 << 40));
        for (asked, ended, settled) in [
            ("ask for a payout", "settle a payout", true),
            ("ask for a second payout", "fail a payout", false),
        ] {
            let id = self.act(asked, &[alice()], payout(100_000));
            let settle = Action::SettlePayout {
                payout: id,
                settled,
            };
            self.pay(ended, settle);
        }
    }

    fn containment(&mut self) {
        let contain = |span_ms| Action::Contain {
            imvu: imvu("IMVU-042"),
            evidence: Hash::of(b"a packet capture"),
            span_ms,
        };
        let independent = &operators()[1..3];
        self.act("contain", independent, contain(3_000));
        self.act("contain with one signer", &independent[..1], contain(3_000));
        self.act("contain for four days", independent, contain(96 * HOUR_MS));
        for _ in 0..4 {
            self.chain.block(&[]);
        }
        self.report(
            "apply the end of containment",
            AgentKind::Network,
            |chain, report| {
                report.acks = ack(chain, AgentKind::Network, "IMVU-042", AckOutcome::Applied);
            },
        );
    }

    /// The second period's statement is made.
    fn next_statement(&mut self) {
        let now = self.chain.next().time.0;
        let end = (now / HOUR_MS + 1) * HOUR_MS;
        self.chain.pause(Duration::from_millis(end - now + 3_000));
        self.chain.block(&[]);
        self.chain.block(&[]);
    }
}
