//! The members of a statement; docs/money.md explains them. Amounts are micro-credits; members whose name ends in `Grains`
//! are grains.

use crate::api::{WireHash, WireI128, WireIdentity, WireImvu, WireU64, WireU128};
use serde::{Deserialize, Serialize};

/// A statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(
    missing_docs,
    reason = "each member is explained under its name in docs/money.md, for readers in every language"
)]
pub struct Document {
    pub adjustments: Vec<Adjusted>,
    pub chain_id: String,
    pub collected: TwoShares,
    pub corrected: TwoShares,
    pub disputed: TwoShares,
    pub entries: u64,
    pub fees: WireU128,
    pub from: u64,
    pub genesis_hash: WireHash,
    pub granted: Granted,
    pub imvu: WireImvu,
    pub net_grains: Net,
    pub owner: WireIdentity,
    pub payers: Vec<Payer>,
    pub period: u64,
    pub price_version: u32,
    pub refunded: Refunded,
    pub released: TwoShares,
    pub sales: Sales,
    pub split: Split,
    pub terms: Terms,
    pub test: bool,
    pub to: u64,
    pub usage: Vec<Used>,
    pub version: u32,
}

/// Use of an earlier period that became known after its statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Adjusted {
    /// What it cost.
    pub charged: WireU128,
    /// Of which period.
    pub of: u64,
    /// The list it was priced by.
    pub price_version: u32,
    /// How much more.
    pub quantity: WireU128,
    /// Of what.
    pub resource: String,
}

/// An amount and its two shares.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TwoShares {
    /// The amount.
    pub amount: WireU128,
    /// The creator's 11 twentieths.
    pub creator_grains: WireU128,
    /// The platform's 9 twentieths.
    pub platform_grains: WireU128,
}

/// Refunds after maturity, by who bears them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Granted {
    /// The creator.
    pub by_creator: WireU128,
    /// The platform.
    pub by_platform: WireU128,
}

/// What the period brought each side, in grains.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Net {
    /// The creator.
    pub creator: WireI128,
    /// The platform.
    pub platform: WireI128,
}

/// What one payer bore.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Payer {
    /// For use.
    pub charged: WireU128,
    /// Paid: in advance, or as a debt.
    pub collected: WireU128,
    /// Given back.
    pub corrected: WireU128,
    /// Who.
    pub payer: WireIdentity,
}

/// Refunds before maturity, with all tax paid back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Refunded {
    /// Before tax.
    pub amount: WireU128,
    /// Taken back from the creator.
    pub creator_grains: WireU128,
    /// Taken back from the platform.
    pub platform_grains: WireU128,
    /// All tax paid back: of refunds, granted refunds and lost disputes.
    pub tax: WireU128,
}

/// Sales.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Sales {
    /// How many.
    pub count: u64,
    /// The creator's share.
    pub creator_grains: WireU128,
    /// Before tax.
    pub gross: WireU128,
    /// The platform's share.
    pub platform_grains: WireU128,
    /// Above the gross amount.
    pub tax: WireU128,
}

/// The split by the constitution.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Split {
    /// The creator's parts.
    pub creator: u8,
    /// The platform's parts.
    pub platform: u8,
    /// The whole.
    pub whole: u8,
}

/// What was charged, by the terms of the revenue formula.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Terms {
    /// CPU, memory, IO.
    pub compute: WireU128,
    /// DNS answers.
    pub dns: WireU128,
    /// Mail messages and stored mail.
    pub mail: WireU128,
    /// Traffic.
    pub network: WireU128,
    /// Their sum.
    pub total: WireU128,
}

/// Use of one resource in the period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Used {
    /// What it cost.
    pub charged: WireU128,
    /// The price: so many micro-credits …
    pub micros: WireU64,
    /// … for so many of the unit.
    pub per: WireU64,
    /// How much.
    pub quantity: WireU128,
    /// Of what.
    pub resource: String,
    /// The unit.
    pub unit: String,
}
