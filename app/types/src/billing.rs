//! What an IMVU's use and revenue come to: entries, running totals, statements (law §4).

use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId, ProcessorId};
use crate::jurisdiction::Jurisdiction;
use crate::meter::{Resource, UsageFlags};
use crate::money::{ExternalId, Micros};
use crate::payment::DisputeStatus;
use crate::period::Period;
use crate::time::{Height, Time};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// What use of one resource in one sealed hour added to the bill.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ChargeLine {
    /// Of what.
    pub resource: Resource,
    /// How much of it, in the resource's unit.
    pub quantity: u128,
    /// The whole micro-credits by which the cumulative charge grew.
    pub charged: Micros,
}

/// What of a charge one payer bears.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Part {
    /// Who.
    pub payer: IdentityId,
    /// How much.
    pub charged: Micros,
    /// What of it was paid in advance, and is split now. The rest is owed.
    pub collected: Micros,
}

/// One sealed hour of use, rated.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Charge {
    /// Position of the hour's entry in the IMVU's usage collection.
    pub usage: u64,
    /// Hours since 1970-01-01T00:00Z.
    pub hour: u64,
    /// The period the use belongs to, whose prices hold.
    pub of: Period,
    /// The version of the price list.
    pub version: u32,
    /// By resource, ascending.
    pub lines: Vec<ChargeLine>,
    /// By payer: a mandate's first, then the creator's.
    pub parts: Vec<Part>,
    /// What is special about the use.
    pub flags: UsageFlags,
}

/// Who pays for a refund that comes after its sale's money has matured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Granter {
    /// The creator, out of its own matured money.
    Creator,
    /// The platform, out of its own income.
    Platform,
}

/// What happened to an IMVU's money.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum MoneyEvent {
    /// Use was charged; what of it was collected is split.
    Charged(Charge),
    /// A debt was paid, and is split.
    Collected {
        /// By whom.
        payer: IdentityId,
        /// How much.
        amount: Micros,
    },
    /// It sold something; the gross amount is split.
    Sold {
        /// Through which processor.
        processor: ProcessorId,
        /// The sale's name there.
        external: ExternalId,
        /// Before tax.
        gross: Micros,
        /// Above the gross amount.
        tax: Micros,
        /// Where it is due.
        region: Jurisdiction,
        /// What the processor kept, which the platform bears alone.
        fee: Micros,
    },
    /// A sale was paid back; the shares are taken back.
    Refunded {
        /// Through which processor.
        processor: ProcessorId,
        /// The sale's name there.
        sale: ExternalId,
        /// Before tax.
        amount: Micros,
        /// Of the tax.
        tax: Micros,
    },
    /// A sale was paid back after its money had matured, at one side's expense.
    Granted {
        /// At whose.
        by: Granter,
        /// Through which processor.
        processor: ProcessorId,
        /// The sale's name there.
        sale: ExternalId,
        /// Before tax.
        amount: Micros,
        /// Of the tax.
        tax: Micros,
    },
    /// A part of a sale went into escrow; the shares are taken back.
    Disputed {
        /// The dispute.
        dispute: Hash,
        /// Before tax.
        amount: Micros,
    },
    /// A dispute ended; unless it is lost, the amount is split again.
    DisputeEnded {
        /// The dispute.
        dispute: Hash,
        /// Before tax.
        amount: Micros,
        /// How.
        status: DisputeStatus,
        /// Of the tax, where it was lost.
        tax: Micros,
    },
    /// A charge was given back to who paid it; the shares are taken back.
    Corrected {
        /// Of which period.
        of: Period,
        /// To whom.
        payer: IdentityId,
        /// How much.
        amount: Micros,
    },
}

/// One entry of an IMVU's account book. Leaf of its money collection.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MoneyEntry {
    /// Whose.
    pub imvu: ImvuId,
    /// Position in the IMVU's money collection, from 0.
    pub sequence: u64,
    /// Block.
    pub height: Height,
    /// Block time.
    pub time: Time,
    /// The period whose statement it stands in.
    pub period: Period,
    /// The identity responsible: the creator who has the 55 %.
    pub owner: IdentityId,
    /// What happened.
    pub event: MoneyEvent,
}

/// Cumulative use of one resource in one period, and what was charged for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Rated {
    /// Of what.
    pub resource: Resource,
    /// How much of it, in the resource's unit.
    pub quantity: u128,
    /// ⌊quantity × price⌋.
    pub charged: Micros,
}

/// Use of a period whose statement was closed before it was known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Adjustment {
    /// Of which period.
    pub of: Period,
    /// At the prices of which list.
    pub version: u32,
    /// How much more.
    pub rated: Rated,
}

/// What one payer bore in a period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Bill {
    /// Who.
    pub payer: IdentityId,
    /// Charged.
    pub charged: Micros,
    /// Collected: in advance, or as a debt paid in this period.
    pub collected: Micros,
    /// Given back in this period, of charges of any.
    pub corrected: Micros,
    /// Given back in any period, of charges of this one: never more than was collected.
    pub given_back: Micros,
}

/// Sums of a period's entries.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Totals {
    /// Entries.
    pub entries: u64,
    /// Sales.
    pub sales: u64,
    /// Of sales, before tax.
    pub gross: Micros,
    /// Of sales.
    pub tax: Micros,
    /// What processors kept.
    pub fees: Micros,
    /// Refunds that took the shares back.
    pub refunded: Micros,
    /// Tax paid back.
    pub tax_refunded: Micros,
    /// Late refunds at the creator's expense.
    pub granted_by_creator: Micros,
    /// Late refunds at the platform's expense.
    pub granted_by_platform: Micros,
    /// Put into escrow.
    pub disputed: Micros,
    /// Returned from escrow.
    pub released: Micros,
    /// Given back of charges.
    pub corrected: Micros,
}

/// A period of an IMVU, whose statement is not made yet or was.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Billing {
    /// Whose.
    pub imvu: ImvuId,
    /// Which.
    pub period: Period,
    /// The price list of the period; 0 where the network has none.
    pub version: u32,
    /// Use in the period, ascending by resource. It goes on growing after the statement is made.
    pub usage: Vec<Rated>,
    /// Late use of earlier periods, ascending by period and resource.
    pub adjustments: Vec<Adjustment>,
    /// By payer, ascending.
    pub bills: Vec<Bill>,
    /// The rest.
    pub totals: Totals,
    /// What is special about the use, all together.
    pub flags: UsageFlags,
    /// The statement, once it is made.
    pub closed: Option<Closed>,
}

/// A statement that was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Closed {
    /// SHA-256 of its text.
    pub hash: Hash,
    /// When.
    pub height: Height,
    /// Its position in the IMVU's statements collection.
    pub sequence: u64,
}

/// A statement. Leaf of the IMVU's statements collection.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct StatementEntry {
    /// Whose.
    pub imvu: ImvuId,
    /// Position in the IMVU's statements collection, from 0.
    pub sequence: u64,
    /// Of which period.
    pub period: Period,
    /// When it was made.
    pub height: Height,
    /// SHA-256 of the text.
    pub hash: Hash,
    /// The statement: canonical JSON (RFC 8785) in UTF-8; docs/money.md gives its fields.
    pub text: Vec<u8>,
}

/// Which periods are closed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Periods {
    /// The oldest period whose statements are not all made.
    pub open: Period,
}
