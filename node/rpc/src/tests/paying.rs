//! Money on the chain: a payment processor that the law itself registers, and what it tells.

use super::chain::{Chain, Person, imvu};
use nexus_sdk::api::Method;
use nexus_tree::log::{Frontier, leaf_hash};
use nexus_types::action::Action;
use nexus_types::billing::{Billing, Closed, StatementEntry, Totals};
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::meter::UsageFlags;
use nexus_types::money::{Account, AccountId, ExternalId};
use nexus_types::state::Collection;
use nexus_types::{Grains, Hash, Micros, Period, ProcessorId, Text, state_key};

pub(super) fn processor() -> ProcessorId {
    ProcessorId::new("pay").unwrap()
}

pub(super) fn external(id: &str) -> ExternalId {
    Text::new(id).unwrap()
}

pub(super) fn region() -> Jurisdiction {
    Jurisdiction::new("EU-GDPR").unwrap()
}

/// Whose key signs for the processor.
pub(super) fn cashier() -> Person {
    Person::new(60)
}

/// The methods about money, in the order of the interface.
pub(super) const METHODS: [Method; 12] = [
    Method::GetPrices,
    Method::ListAccounts,
    Method::GetBilling,
    Method::ListMoney,
    Method::GetStatement,
    Method::ListStatements,
    Method::GetEnforcement,
    Method::GetProcessor,
    Method::GetPayment,
    Method::GetDispute,
    Method::GetPayout,
    Method::ListPayouts,
];

/// Alice sells for 100 and 40, Bob pays in 9.
pub(super) fn market(chain: &Chain) {
    chain.add_processor();
    chain.sell("sale-1", 100);
    chain.sell("sale-2", 40);
    chain.deposit("deposit-1", &chain.bob, 9);
}

impl Chain {
    /// What must take effect with several signers, in a block of its own. Returns the transaction's id.
    pub(super) fn must_all(&self, signers: &[Person], action: Action) -> Hash {
        let outcomes = self.block(&[self.tx(signers, action)]);
        assert_eq!(outcomes[0].code.number(), 0, "{}", outcomes[0].log);
        outcomes[0].verdict.as_ref().unwrap().tx
    }

    /// A processor that may book for IMVU-042.
    pub(super) fn add_processor(&self) {
        let cashier = cashier();
        let register = Action::RegisterIdentity {
            key: cashier.public(),
            attestation: Some(self.attest(&cashier)),
        };
        self.must(&cashier, register);
        let mut signers = vec![cashier];
        signers.extend(self.two_thirds());
        let register = Action::RegisterProcessor {
            processor: processor(),
        };
        self.must_all(&signers, register);
        let link = Action::LinkProcessor {
            imvu: imvu("IMVU-042"),
            processor: processor(),
            linked: true,
        };
        self.must(&self.alice, link);
    }

    /// IMVU-042 sells something.
    pub(super) fn sell(&self, name: &str, gross: u128) {
        let sale = Action::RecordSale {
            processor: processor(),
            external: external(name),
            imvu: imvu("IMVU-042"),
            gross: Micros(gross),
            tax: Micros(0),
            region: region(),
            fee: Micros(1),
        };
        self.must(&cashier(), sale);
    }

    /// Somebody pays in advance.
    pub(super) fn deposit(&self, name: &str, payer: &Person, amount: u128) {
        let deposit = Action::RecordDeposit {
            processor: processor(),
            external: external(name),
            payer: payer.id,
            amount: Micros(amount),
        };
        self.must(&cashier(), deposit);
    }

    /// So many micro-credits of a creator mature, as if their days had come.
    pub(super) fn mature(&self, creator: &Person, micros: u128) {
        let grains = Grains(micros * 20);
        let maturing = AccountId::Maturing(creator.id);
        let mut from: Account = self.object(&state_key::account(&maturing)).unwrap();
        from.debits.0 += grains.0;
        let to = Account {
            debits: Grains(0),
            credits: grains,
        };
        let matured = AccountId::Matured(creator.id);
        self.block_writing(
            &[],
            vec![
                (state_key::account(&maturing), encode(&from)),
                (state_key::account(&matured), encode(&to)),
            ],
        );
    }

    /// Makes IMVU-042's statements of these periods in one block, as if these had ended.
    pub(super) fn close(&self, periods: &[u64]) -> Vec<StatementEntry> {
        let id = imvu("IMVU-042");
        let key = state_key::collection(CollectionKind::Statements, Some(&id));
        let before: Option<Collection> = self.object(&key);
        let mut frontier = before.map_or_else(Frontier::new, |before| {
            let peaks = before.peaks.iter().map(|peak| peak.0).collect();
            Frontier::from_parts(before.size, peaks).unwrap()
        });
        let height = self.height() + 1;
        let made: Vec<StatementEntry> = periods
            .iter()
            .map(|period| {
                let text = format!("{{\"imvu\":\"IMVU-042\",\"period\":{period}}}").into_bytes();
                let entry = StatementEntry {
                    imvu: id.clone(),
                    sequence: frontier.head().size,
                    period: Period(*period),
                    height,
                    hash: Hash::of(&text),
                    text,
                };
                frontier.append(leaf_hash(&encode(&entry))).unwrap();
                entry
            })
            .collect();
        let collection = Collection {
            size: frontier.head().size,
            root: Hash(frontier.root()),
            peaks: frontier.peaks().iter().copied().map(Hash).collect(),
        };
        self.block_and(&[], |executed| {
            let log = LogId::Collection(CollectionKind::Statements, Some(id.clone()));
            let leaves = made.iter().map(|entry| (log.clone(), encode(entry)));
            executed.appends.extend(leaves);
            let billings = made.iter().map(|entry| {
                let key = state_key::billing(&id, entry.period);
                (key, Some(encode(&billing(entry))))
            });
            executed.changes.extend(billings);
            executed.changes.push((key, Some(encode(&collection))));
            let events = made.iter().cloned().map(Event::Statement);
            executed.events.extend(events);
        });
        made
    }
}

/// The period of a statement.
fn billing(entry: &StatementEntry) -> Billing {
    Billing {
        imvu: entry.imvu.clone(),
        period: entry.period,
        version: 1,
        usage: Vec::new(),
        adjustments: Vec::new(),
        bills: Vec::new(),
        totals: Totals {
            entries: 3,
            gross: Micros(u128::from(u64::MAX)),
            ..Totals::default()
        },
        flags: UsageFlags(UsageFlags::TEST),
        closed: Some(Closed {
            hash: entry.hash,
            height: entry.height,
            sequence: entry.sequence,
        }),
    }
}
