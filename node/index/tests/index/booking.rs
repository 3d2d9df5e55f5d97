//! What the blocks of the hand-made chain do to money: each makes a statement and entries of every kind, and moves accounts.

use crate::chain::{creator, imvu_id, officer, tx_id};
use nexus_types::billing::{
    Charge, ChargeLine, Granter, MoneyEntry, MoneyEvent, Part, StatementEntry,
};
use nexus_types::block::{BlockRecord, Event, StateChange};
use nexus_types::encoding::Text;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Resource, UsageFlags};
use nexus_types::money::{Account, AccountId, ExternalId, split};
use nexus_types::payment::{DebtStage, DisputeStatus, Payout, PayoutStatus};
use nexus_types::{Grains, Hash, IdentityId, Micros, Period, ProcessorId, Time};

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

pub(crate) fn region() -> Jurisdiction {
    Jurisdiction::new("EU-GDPR").unwrap()
}

pub(crate) fn dispute_id(height: u64) -> Hash {
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
    crate::ledger::add(height, changes);
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
