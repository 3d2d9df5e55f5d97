//! People with money: a payment processor, sales, payers, and short ways to act on them.

use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::billing::{Billing, MoneyEntry, StatementEntry};
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::money::{Account, AccountId, ExternalId};
use nexus_types::payment::{Enforcement, Payment, PaymentKind, Sale};
use nexus_types::period::{Calendar, Period};
use nexus_types::{Hash, Micros, ProcessorId, Text, decode, state_key};

pub(super) fn processor(id: &str) -> ProcessorId {
    ProcessorId::new(id).unwrap()
}

pub(super) fn external(id: &str) -> ExternalId {
    Text::new(id).unwrap()
}

/// Whose key signs for processor `pay`.
pub(super) fn cashier() -> Person {
    Person::new(60)
}

/// The period of a block time.
pub(super) fn month(time: u64) -> Period {
    Calendar::Months.period_of(nexus_types::Time(time))
}

pub(super) fn sale(id: &str, gross: u128) -> Action {
    Action::RecordSale {
        processor: processor("pay"),
        external: external(id),
        imvu: imvu("IMVU-042"),
        gross: Micros(gross),
        tax: Micros(0),
        region: tag("EU-GDPR"),
        fee: Micros(0),
    }
}

pub(super) fn refund(id: &str, of: &str, amount: u128) -> Action {
    Action::RecordRefund {
        processor: processor("pay"),
        external: external(id),
        sale: external(of),
        amount: Micros(amount),
    }
}

pub(super) fn grant(of: &str, amount: u128) -> Action {
    Action::GrantRefund {
        processor: processor("pay"),
        sale: external(of),
        amount: Micros(amount),
    }
}

pub(super) fn dispute(of: &str, amount: u128) -> Action {
    Action::OpenDispute {
        processor: processor("pay"),
        sale: external(of),
        amount: Micros(amount),
        evidence: Hash([9; 32]),
    }
}

pub(super) fn deposit(id: &str, payer: &Person, amount: u128) -> Action {
    Action::RecordDeposit {
        processor: processor("pay"),
        external: external(id),
        payer: payer.id,
        amount: Micros(amount),
    }
}

pub(super) fn payout(amount: u128) -> Action {
    Action::RequestPayout {
        processor: processor("pay"),
        amount: Micros(amount),
        destination: Hash([8; 32]),
    }
}

pub(super) fn mandate(world: &World, payer: &Person, cap: u128) -> Action {
    Action::SignMandate {
        imvu: imvu("IMVU-042"),
        payer: payer.id,
        cap: Micros(cap),
        until: world.now.time.plus_ms(365 * DAY),
    }
}

impl World {
    /// Two thirds of the seats' operators.
    pub(super) fn seats(&self) -> Vec<Person> {
        self.operators[..3].to_vec()
    }

    /// Processor `pay`, which may book for IMVU-042.
    pub(super) fn add_processor(&mut self) {
        let cashier = cashier();
        self.register(&cashier);
        let mut signers = vec![cashier];
        signers.extend(self.seats());
        let register = Action::RegisterProcessor {
            processor: processor("pay"),
        };
        let outcome = self.submit(&signers, register);
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        let alice = self.alice.clone();
        self.must(&alice, link(true));
    }

    /// What the processor says, which must apply.
    pub(super) fn pay(&mut self, action: Action) {
        self.must(&cashier(), action);
    }

    /// What one signer's action comes to.
    pub(super) fn try_as(&mut self, signer: &Person, action: Action) -> TxOutcome {
        self.submit(std::slice::from_ref(signer), action)
    }

    /// A balance in grains.
    pub(super) fn grains(&self, id: &AccountId) -> u128 {
        self.memory
            .read::<Account>(&state_key::account(id))
            .unwrap_or_default()
            .balance(id)
            .0
    }

    pub(super) fn payment(&self, id: &str) -> Option<Payment> {
        self.memory
            .read(&state_key::payment(&processor("pay"), &external(id)))
    }

    pub(super) fn sale(&self, id: &str) -> Sale {
        match self.payment(id).map(|payment| payment.kind) {
            Some(PaymentKind::Sale(sale)) => sale,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn billing(&self, id: &str, period: Period) -> Option<Billing> {
        self.memory.read(&state_key::billing(&imvu(id), period))
    }

    pub(super) fn enforcement(&self, id: &str) -> Enforcement {
        self.memory
            .read(&state_key::enforcement(&imvu(id)))
            .unwrap_or_default()
    }

    /// An IMVU's account book.
    pub(super) fn entries(&self, id: &str) -> Vec<MoneyEntry> {
        self.collection(id, CollectionKind::Money)
    }

    pub(super) fn statements(&self, id: &str) -> Vec<StatementEntry> {
        self.collection(id, CollectionKind::Statements)
    }

    fn collection<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        id: &str,
        kind: CollectionKind,
    ) -> Vec<T> {
        let log = LogId::Collection(kind, Some(imvu(id)));
        let leaves = self.memory.logs.get(&log).into_iter().flatten();
        leaves.map(|leaf| decode(leaf).unwrap()).collect()
    }

    /// Lets both clocks run to a time, without the blocks in between.
    pub(super) fn pass(&mut self, time: u64) {
        self.set_clocks(time);
        self.block(&[]);
    }

    /// The next block is at that time, and the last one was a second earlier.
    pub(super) fn set_clocks(&mut self, time: u64) {
        let key = state_key::clock();
        let mut clock: nexus_types::state::Clock = self.memory.read(&key).unwrap();
        clock.time = nexus_types::Time(time - 1_000);
        clock.law_time = clock.time;
        self.memory
            .state
            .insert(key, nexus_types::encoding::encode(&clock));
        self.now.time = nexus_types::Time(time);
    }
}

pub(super) fn link(linked: bool) -> Action {
    Action::LinkProcessor {
        imvu: imvu("IMVU-042"),
        processor: processor("pay"),
        linked,
    }
}
