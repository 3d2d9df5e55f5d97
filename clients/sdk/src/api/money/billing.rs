//! What a period comes to, and statements. Amounts are micro-credits.

use super::entry::flag_names;
use crate::api::hosting::LeafProof;
use crate::api::object::CollectionView;
use crate::api::scalar::{WireHash, WireIdentity, WireImvu, WireU64, WireU128};
use nexus_types::billing::{Adjustment, Bill, Billing, Closed, Rated, StatementEntry, Totals};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cumulative use of one resource in one period, and what was charged for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RatedView {
    /// Of what, such as `cpu`.
    pub resource: String,
    /// The unit of the quantity.
    pub unit: String,
    /// How much of it.
    pub quantity: WireU128,
    /// ⌊quantity × price⌋.
    pub charged: WireU128,
}

impl From<&Rated> for RatedView {
    fn from(rated: &Rated) -> Self {
        Self {
            resource: rated.resource.name().to_owned(),
            unit: rated.resource.unit().to_owned(),
            quantity: rated.quantity.into(),
            charged: rated.charged.0.into(),
        }
    }
}

/// Use of a period whose statement was closed before it was known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdjustmentView {
    /// Of which period.
    pub of: u64,
    /// At the prices of which list.
    pub price_version: u32,
    /// How much more.
    #[serde(flatten)]
    pub rated: RatedView,
}

impl From<&Adjustment> for AdjustmentView {
    fn from(adjustment: &Adjustment) -> Self {
        Self {
            of: adjustment.of.0,
            price_version: adjustment.version,
            rated: (&adjustment.rated).into(),
        }
    }
}

/// What one payer bore in a period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillView {
    /// Who.
    pub payer: WireIdentity,
    /// Charged.
    pub charged: WireU128,
    /// Collected: in advance, or as a debt paid in this period.
    pub collected: WireU128,
    /// Given back in this period, of charges of any.
    pub corrected: WireU128,
    /// Given back in any period, of charges of this one.
    pub given_back: WireU128,
}

impl From<&Bill> for BillView {
    fn from(bill: &Bill) -> Self {
        Self {
            payer: bill.payer.into(),
            charged: bill.charged.0.into(),
            collected: bill.collected.0.into(),
            corrected: bill.corrected.0.into(),
            given_back: bill.given_back.0.into(),
        }
    }
}

/// Sums of a period's entries.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TotalsView {
    /// Entries.
    pub entries: WireU64,
    /// Sales.
    pub sales: WireU64,
    /// Of sales, before tax.
    pub gross: WireU128,
    /// Of sales.
    pub tax: WireU128,
    /// What processors kept.
    pub fees: WireU128,
    /// Refunds that took the shares back.
    pub refunded: WireU128,
    /// Tax paid back.
    pub tax_refunded: WireU128,
    /// Late refunds at the creator's expense.
    pub granted_by_creator: WireU128,
    /// Late refunds at the platform's expense.
    pub granted_by_platform: WireU128,
    /// Put into escrow.
    pub disputed: WireU128,
    /// Returned from escrow.
    pub released: WireU128,
    /// Given back of charges.
    pub corrected: WireU128,
}

impl From<&Totals> for TotalsView {
    fn from(totals: &Totals) -> Self {
        Self {
            entries: totals.entries.into(),
            sales: totals.sales.into(),
            gross: totals.gross.0.into(),
            tax: totals.tax.0.into(),
            fees: totals.fees.0.into(),
            refunded: totals.refunded.0.into(),
            tax_refunded: totals.tax_refunded.0.into(),
            granted_by_creator: totals.granted_by_creator.0.into(),
            granted_by_platform: totals.granted_by_platform.0.into(),
            disputed: totals.disputed.0.into(),
            released: totals.released.0.into(),
            corrected: totals.corrected.0.into(),
        }
    }
}

/// A statement that was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClosedView {
    /// SHA-256 of its text.
    pub hash: WireHash,
    /// When.
    pub height: WireU64,
    /// Its position in the IMVU's statements collection.
    pub sequence: WireU64,
}

impl From<&Closed> for ClosedView {
    fn from(closed: &Closed) -> Self {
        Self {
            hash: closed.hash.into(),
            height: closed.height.into(),
            sequence: closed.sequence.into(),
        }
    }
}

/// The value of `nexus_getBilling`: a period of an IMVU, whose statement is not made yet or was.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingView {
    /// Whose.
    pub imvu: WireImvu,
    /// Which.
    pub period: u64,
    /// The price list of the period; 0 where the network has none.
    pub price_version: u32,
    /// Use in the period, ascending by resource. It goes on growing after the statement is made.
    pub usage: Vec<RatedView>,
    /// Late use of earlier periods, ascending by period and resource.
    pub adjustments: Vec<AdjustmentView>,
    /// By payer, ascending.
    pub bills: Vec<BillView>,
    /// The rest.
    pub totals: TotalsView,
    /// What is special about the use: `gap`, `regressed`, `capped`, `test`, `booted`.
    pub flags: Vec<String>,
    /// The statement, once it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<ClosedView>,
}

impl From<&Billing> for BillingView {
    fn from(billing: &Billing) -> Self {
        Self {
            imvu: billing.imvu.clone().into(),
            period: billing.period.0,
            price_version: billing.version,
            usage: billing.usage.iter().map(Into::into).collect(),
            adjustments: billing.adjustments.iter().map(Into::into).collect(),
            bills: billing.bills.iter().map(Into::into).collect(),
            totals: (&billing.totals).into(),
            flags: flag_names(billing.flags),
            closed: billing.closed.as_ref().map(Into::into),
        }
    }
}

/// A statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatementEntryView {
    /// Whose.
    pub imvu: WireImvu,
    /// Position in the IMVU's statements collection, from 0.
    pub sequence: WireU64,
    /// Of which period.
    pub period: u64,
    /// When it was made.
    pub height: WireU64,
    /// SHA-256 of the text.
    pub hash: WireHash,
    /// The statement: canonical JSON (RFC 8785); docs/money.md gives its fields.
    pub text: String,
}

impl From<&StatementEntry> for StatementEntryView {
    fn from(entry: &StatementEntry) -> Self {
        Self {
            imvu: entry.imvu.clone().into(),
            sequence: entry.sequence.into(),
            period: entry.period.0,
            height: entry.height.into(),
            hash: entry.hash.into(),
            // The law writes nothing but UTF-8.
            text: String::from_utf8_lossy(&entry.text).into_owned(),
        }
    }
}

/// The value of `nexus_getStatement`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatementView {
    /// The statement.
    #[serde(flatten)]
    pub entry: StatementEntryView,
    /// Size and root of the IMVU's statements collection.
    pub collection: CollectionView,
    /// Where it stands in the collection, if the proof was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<LeafProof>,
}

/// A statement in a list, without its text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatementItemView {
    /// Whose.
    pub imvu: WireImvu,
    /// Position in the IMVU's statements collection, from 0.
    pub sequence: WireU64,
    /// Of which period.
    pub period: u64,
    /// The block that made it.
    pub height: WireU64,
    /// That block's time, milliseconds.
    pub time: WireU64,
    /// SHA-256 of the text.
    pub hash: WireHash,
}
