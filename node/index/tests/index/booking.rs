//! What the blocks of the hand-made chain do to money: each makes a statement and entries of every kind, and moves accounts.

use crate::chain::{creator, imvu_id, officer, put, tx_id};
use nexus_types::billing::{
    Bill, Billing, Charge, ChargeLine, Closed, Granter, MoneyEntry, MoneyEvent, Part, Rated,
    StatementEntry, Totals,
};
use nexus_types::block::{BlockRecord, Event, StateChange};
use nexus_types::encoding::{List, Set, Text};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Resource, UsageFlags};
use nexus_types::money::{
    Account, AccountId, ExternalId, Price, PriceBook, PriceList, TaxRates, split,
};
use nexus_types::payment::{
    Containment, Debt, DebtStage, Dispute, DisputeStatus, Enforcement, Mandate, Mandates, Payment,
    PaymentKind, Payout, PayoutStatus, Processor, Reconciliation, Sale, StandingConsent,
    StandingConsents,
};
use nexus_types::{Grains, Hash, IdentityId, Micros, Period, ProcessorId, Time, state_key};

/// The period of the first block.
pub(crate) const PERIOD: u64 = 660;
/// What each block's IMVU sells for: its shares are beyond SQLite's integers.
pub(crate) const GROSS: Micros = Micros::MAX;

/// The processor of every payment.
pub(crate) fn processor_id() -> ProcessorId {
    ProcessorId::new("stripe-eu").unwrap()
}

/// Who pays for an IMVU of somebody else.
pub(crate) fn payer() -> IdentityId {
    IdentityId(Hash::of(b"payer"))
}

/// The name of the sale of that height.
pub(crate) fn sale_name(height: u64) -> ExternalId {
    Text::new(&format!("sale-{height}")).unwrap()
}

fn region() -> Jurisdiction {
    Jurisdiction::new("EU-GDPR").unwrap()
}

fn dispute_id(height: u64) -> Hash {
    tx_id(height, 70)
}

/// The payout that the block of that height asks for; the next block settles it.
pub(crate) fn payout(height: u64, status: PayoutStatus) -> Payout {
    Payout {
        id: tx_id(height, 60),
        identity: if height.is_multiple_of(2) {
            officer()
        } else {
            creator()
        },
        processor: processor_id(),
        amount: Micros(height.into()),
        destination: Hash::of(b"destination"),
        requested: height,
        status,
    }
}

/// What was ever posted to the platform's account up to that height.
pub(crate) fn income(height: u64) -> Account {
    Account {
        debits: Grains(u128::from(height)),
        credits: Grains(split(GROSS).platform.0 * u128::from(height)),
    }
}

/// An account that is below zero.
pub(crate) fn clearing() -> (AccountId, Account) {
    let account = Account {
        debits: Grains(1),
        credits: Grains(1 << 70),
    };
    (AccountId::Clearing(processor_id()), account)
}

/// The events of the account book of that height's IMVU, one of each kind.
pub(crate) fn happened(height: u64) -> Vec<MoneyEvent> {
    let (processor, sale, dispute) = (processor_id(), sale_name(height), dispute_id(height));
    let ended = |status| MoneyEvent::DisputeEnded {
        dispute,
        amount: Micros(2),
        status,
        tax: Micros(1),
    };
    vec![
        MoneyEvent::Charged(charge(height)),
        MoneyEvent::Collected {
            payer: payer(),
            amount: Micros(3),
        },
        MoneyEvent::Sold {
            processor: processor.clone(),
            external: sale.clone(),
            gross: GROSS,
            tax: Micros(5),
            region: region(),
            fee: Micros(6),
        },
        MoneyEvent::Refunded {
            processor: processor.clone(),
            sale: sale.clone(),
            amount: Micros(7),
            tax: Micros(0),
        },
        MoneyEvent::Granted {
            by: Granter::Creator,
            processor: processor.clone(),
            sale: sale.clone(),
            amount: Micros(8),
            tax: Micros(0),
        },
        MoneyEvent::Granted {
            by: Granter::Platform,
            processor,
            sale,
            amount: Micros(8),
            tax: Micros(0),
        },
        MoneyEvent::Disputed {
            dispute,
            amount: Micros(4),
        },
        ended(DisputeStatus::Won),
        ended(DisputeStatus::Lost),
        MoneyEvent::Corrected {
            of: Period(PERIOD),
            payer: payer(),
            amount: Micros(1),
        },
    ]
}

fn charge(height: u64) -> Charge {
    let part = |payer, charged, collected| Part {
        payer,
        charged: Micros(charged),
        collected: Micros(collected),
    };
    Charge {
        usage: 0,
        hour: crate::hosting::HOUR + height,
        of: Period(PERIOD),
        version: 1,
        lines: vec![
            ChargeLine {
                resource: Resource::Cpu,
                quantity: u128::MAX,
                charged: Micros(9),
            },
            ChargeLine {
                resource: Resource::Memory,
                quantity: 7,
                charged: Micros(1),
            },
        ],
        parts: vec![part(payer(), 4, 4), part(creator(), 6, 1)],
        flags: UsageFlags(UsageFlags::TEST),
    }
}

/// The entry of that ordinal of the account book of that height's IMVU.
pub(crate) fn entry(height: u64, sequence: u64) -> MoneyEntry {
    let nth = usize::try_from(sequence).unwrap();
    MoneyEntry {
        imvu: imvu_id(height),
        sequence,
        height,
        time: Time(height * 1_000),
        period: Period(PERIOD + height),
        owner: if height.is_multiple_of(2) {
            officer()
        } else {
            creator()
        },
        event: happened(height).swap_remove(nth),
    }
}

/// The statement that the block of that height makes.
pub(crate) fn statement(height: u64) -> StatementEntry {
    let text = format!("{{\"imvu\":\"{}\",\"period\":{height}}}", imvu_id(height));
    StatementEntry {
        imvu: imvu_id(height),
        sequence: 0,
        period: Period(PERIOD + height),
        height,
        hash: Hash::of(text.as_bytes()),
        text: text.into_bytes(),
    }
}

/// Everything of money that the block does.
pub(crate) fn add(record: &mut BlockRecord, changes: &mut Vec<StateChange>) {
    let height = record.height;
    let imvu = imvu_id(height);
    ledger(height, changes);
    payments(height, changes);
    held(height, changes);
    let entries = (0..happened(height).len()).map(|nth| entry(height, nth as u64));
    record.events.extend(entries.map(Event::Money));
    record.events.extend([
        Event::Statement(statement(height)),
        Event::Debt {
            imvu: imvu.clone(),
            payer: payer(),
            stage: Some(DebtStage::Noticed),
        },
        Event::PeriodClosed(Period(PERIOD + height)),
        Event::BooksDiffer(processor_id()),
        Event::Contained { imvu, until: None },
    ]);
}

fn ledger(height: u64, changes: &mut Vec<StateChange>) {
    let prepaid = AccountId::Prepaid(payer());
    let matured = AccountId::Matured(payout(height, PayoutStatus::Requested).identity);
    let posted = Account {
        debits: Grains(0),
        credits: Grains(u128::from(height)),
    };
    let (id, account) = clearing();
    let list = PriceList {
        version: u32::try_from(height).unwrap(),
        from: Period(PERIOD + height),
        prices: [Price {
            micros: height,
            per: 1_000,
        }; 7],
    };
    let rates = TaxRates {
        rates: List::new(vec![(Period(1), 190_000), (Period(9), 200_000)]).unwrap(),
    };
    changes.extend([
        put(
            state_key::account(&AccountId::PlatformIncome),
            &income(height),
        ),
        put(state_key::account(&prepaid), &posted),
        put(state_key::account(&matured), &posted),
        put(state_key::prices(list.version), &list),
        put(state_key::tax_rates(&region()), &rates),
        // Kinds that have no table.
        put(state_key::price_book(), &PriceBook::default()),
        put(state_key::debtor(&payer(), &imvu_id(height)), &()),
    ]);
    if height == 1 {
        changes.push(put(state_key::account(&id), &account));
    }
}

/// The processor as registered, and from the second block on as it reconciled.
fn processor(height: u64) -> Processor {
    let reconciled = Reconciliation {
        height,
        statement: Hash::of(b"statement"),
        stated_in: Micros(10),
        stated_out: Micros(2),
        booked_in: Micros(10),
        booked_out: Micros(3),
    };
    Processor {
        id: processor_id(),
        identity: officer(),
        registered: 1,
        usable_from: Time(0),
        reconciled: (height > 1).then_some(reconciled),
    }
}

fn payments(height: u64, changes: &mut Vec<StateChange>) {
    let imvu = imvu_id(height);
    let payment = |external: &ExternalId, kind| Payment {
        processor: processor_id(),
        external: external.clone(),
        height,
        time: Time(height * 1_000),
        amount: GROSS,
        kind,
    };
    let sale = Sale {
        imvu: imvu.clone(),
        creator: creator(),
        region: region(),
        tax: Micros(5),
        fee: Micros(6),
        day: 20_000,
        refunded: Micros(7),
        tax_refunded: Micros(0),
        disputed: Micros(4),
    };
    let names = ["deposit", "refund"].map(|kind| Text::new(&format!("{kind}-{height}")).unwrap());
    let [deposit, refund] = names;
    let of_sale = sale_name(height);
    let each = [
        payment(&deposit, PaymentKind::Deposit(payer())),
        payment(&of_sale, PaymentKind::Sale(sale)),
        payment(&refund, PaymentKind::Refund(of_sale.clone())),
    ];
    let each = each.iter();
    changes.extend(each.map(|one| put(state_key::payment(&processor_id(), &one.external), one)));
    let dispute = Dispute {
        id: dispute_id(height),
        imvu: imvu.clone(),
        processor: processor_id(),
        sale: of_sale,
        amount: Micros(4),
        evidence: Hash::of(b"evidence"),
        opened: height,
        expires: Time(1_800_000_000_000),
        status: DisputeStatus::Open,
    };
    let asked = payout(height, PayoutStatus::Requested);
    changes.extend([
        put(state_key::processor(&processor_id()), &processor(height)),
        put(state_key::link(&imvu, &processor_id()), &()),
        put(state_key::dispute(&dispute.id), &dispute),
        put(state_key::payout(&asked.id), &asked),
    ]);
    if height > 1 {
        let settled = payout(height - 1, PayoutStatus::Settled);
        changes.push(put(state_key::payout(&settled.id), &settled));
        let unlinked = state_key::link(&imvu_id(height - 1), &processor_id());
        changes.push((unlinked.as_bytes().to_vec(), None));
    }
}

/// What is held against the IMVU, who pays for it, and what its period came to.
fn held(height: u64, changes: &mut Vec<StateChange>) {
    let imvu = imvu_id(height);
    let debt = |payer, owed| Debt {
        payer,
        owed: Micros(owed),
        since: Time(100 + u64::try_from(owed).unwrap()),
        stage: DebtStage::Frozen,
    };
    let containment = Containment {
        from: Time(1),
        until: Time(2),
        evidence: Hash::of(b"evidence"),
        audit: 0,
    };
    let enforcement = Enforcement {
        debts: List::new(vec![debt(payer(), 2), debt(creator(), 5)]).unwrap(),
        containments: List::new(vec![containment]).unwrap(),
    };
    let mandate = Mandate {
        payer: payer(),
        generation: 0,
        cap: Micros(1_000),
        from: Time(3),
        until: Time(4),
        spent: List::default(),
    };
    let consents = StandingConsents {
        given: Set::new(vec![StandingConsent::DebtLadder]).unwrap(),
        ending: vec![(StandingConsent::DebtLadder, Time(5))],
    };
    changes.extend([
        put(state_key::enforcement(&imvu), &enforcement),
        put(
            state_key::mandates(&imvu),
            &Mandates {
                list: List::new(vec![mandate]).unwrap(),
            },
        ),
        put(state_key::standing_consents(&imvu), &consents),
        put(
            state_key::billing(&imvu, Period(PERIOD + height)),
            &billing(height),
        ),
    ]);
}

fn billing(height: u64) -> Billing {
    let bill = |payer, charged, collected| Bill {
        payer,
        charged: Micros(charged),
        collected: Micros(collected),
        corrected: Micros(1),
        given_back: Micros(1),
    };
    Billing {
        imvu: imvu_id(height),
        period: Period(PERIOD + height),
        version: 1,
        usage: vec![Rated {
            resource: Resource::Cpu,
            quantity: u128::MAX,
            charged: Micros(9),
        }],
        adjustments: Vec::new(),
        bills: vec![bill(payer(), 4, 4), bill(creator(), 6, 1)],
        totals: Totals {
            entries: 10,
            sales: 1,
            gross: GROSS,
            corrected: Micros(1),
            ..Totals::default()
        },
        flags: UsageFlags(UsageFlags::TEST),
        closed: height.is_multiple_of(2).then_some(Closed {
            hash: statement(height).hash,
            height,
            sequence: 0,
        }),
    }
}
