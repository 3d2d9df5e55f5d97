//! The entries of an IMVU's account book.

use super::words::{DisputeStatus, WireExternal, WireProcessor};
use crate::api::hosting::LeafProof;
use crate::api::object::CollectionView;
use crate::api::scalar::{WireHash, WireIdentity, WireImvu, WireJurisdiction, WireU64, WireU128};
use nexus_types::billing::{Charge, ChargeLine, Granter, MoneyEntry, MoneyEvent, Part};
use nexus_types::meter::UsageFlags;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What use of one resource added to the bill.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChargeLineView {
    /// Of what, such as `cpu`.
    pub resource: String,
    /// The unit of the quantity.
    pub unit: String,
    /// How much of it.
    pub quantity: WireU128,
    /// The micro-credits by which the cumulative charge grew.
    pub charged: WireU128,
}

impl From<&ChargeLine> for ChargeLineView {
    fn from(line: &ChargeLine) -> Self {
        Self {
            resource: line.resource.name().to_owned(),
            unit: line.resource.unit().to_owned(),
            quantity: line.quantity.into(),
            charged: line.charged.0.into(),
        }
    }
}

/// What of a charge one payer bears.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartView {
    /// Who.
    pub payer: WireIdentity,
    /// Micro-credits.
    pub charged: WireU128,
    /// What of it was paid in advance, and is split now. The rest is owed.
    pub collected: WireU128,
}

impl From<&Part> for PartView {
    fn from(part: &Part) -> Self {
        Self {
            payer: part.payer.into(),
            charged: part.charged.0.into(),
            collected: part.collected.0.into(),
        }
    }
}

/// One sealed hour of use, rated.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChargeView {
    /// Position of the hour's entry in the IMVU's usage collection.
    pub usage: WireU64,
    /// Hours since 1970-01-01T00:00Z.
    pub hour: WireU64,
    /// The period the use belongs to, whose prices hold.
    pub of: u64,
    /// The version of the price list.
    pub price_version: u32,
    /// By resource, ascending.
    pub lines: Vec<ChargeLineView>,
    /// By payer: a mandate's first, then the creator's.
    pub parts: Vec<PartView>,
    /// What is special: `gap`, `regressed`, `capped`, `test`, `booted`.
    pub flags: Vec<String>,
}

impl From<&Charge> for ChargeView {
    fn from(charge: &Charge) -> Self {
        Self {
            usage: charge.usage.into(),
            hour: charge.hour.into(),
            of: charge.of.0,
            price_version: charge.version,
            lines: charge.lines.iter().map(Into::into).collect(),
            parts: charge.parts.iter().map(Into::into).collect(),
            flags: flag_names(charge.flags),
        }
    }
}

/// The names of the flags that hold.
pub(super) fn flag_names(flags: UsageFlags) -> Vec<String> {
    let names = UsageFlags::NAMES.into_iter();
    names
        .filter(|(flag, _)| flags.has(*flag))
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// Who pays for a late refund.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GranterView {
    /// The creator, out of its own matured money.
    Creator,
    /// The platform, out of its own income.
    Platform,
}

impl From<Granter> for GranterView {
    fn from(granter: Granter) -> Self {
        match granter {
            Granter::Creator => Self::Creator,
            Granter::Platform => Self::Platform,
        }
    }
}

/// What happened to an IMVU's money. Amounts are micro-credits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
#[expect(
    missing_docs,
    reason = "fields are those of nexus_types::billing::MoneyEvent, where they are explained"
)]
pub enum MoneyEventView {
    /// Use was charged.
    Charged(ChargeView),
    /// A debt was paid.
    Collected {
        payer: WireIdentity,
        amount: WireU128,
    },
    /// It sold something.
    Sold {
        processor: WireProcessor,
        external: WireExternal,
        gross: WireU128,
        tax: WireU128,
        region: WireJurisdiction,
        fee: WireU128,
    },
    /// A sale was paid back.
    Refunded {
        processor: WireProcessor,
        sale: WireExternal,
        amount: WireU128,
        tax: WireU128,
    },
    /// A sale was paid back after its money had matured.
    Granted {
        by: GranterView,
        processor: WireProcessor,
        sale: WireExternal,
        amount: WireU128,
        tax: WireU128,
    },
    /// A part of a sale went into escrow.
    Disputed { dispute: WireHash, amount: WireU128 },
    /// A dispute ended.
    DisputeEnded {
        dispute: WireHash,
        amount: WireU128,
        status: DisputeStatus,
        tax: WireU128,
    },
    /// A charge was given back to who paid it.
    Corrected {
        of: u64,
        payer: WireIdentity,
        amount: WireU128,
    },
}

impl From<&MoneyEvent> for MoneyEventView {
    fn from(event: &MoneyEvent) -> Self {
        match event {
            MoneyEvent::Charged(charge) => Self::Charged(charge.into()),
            MoneyEvent::Collected { payer, amount } => Self::Collected {
                payer: (*payer).into(),
                amount: amount.0.into(),
            },
            MoneyEvent::Sold {
                processor,
                external,
                gross,
                tax,
                region,
                fee,
            } => Self::Sold {
                processor: processor.clone().into(),
                external: external.clone().into(),
                gross: gross.0.into(),
                tax: tax.0.into(),
                region: region.clone().into(),
                fee: fee.0.into(),
            },
            MoneyEvent::Refunded {
                processor,
                sale,
                amount,
                tax,
            } => Self::Refunded {
                processor: processor.clone().into(),
                sale: sale.clone().into(),
                amount: amount.0.into(),
                tax: tax.0.into(),
            },
            MoneyEvent::Granted {
                by,
                processor,
                sale,
                amount,
                tax,
            } => Self::Granted {
                by: (*by).into(),
                processor: processor.clone().into(),
                sale: sale.clone().into(),
                amount: amount.0.into(),
                tax: tax.0.into(),
            },
            MoneyEvent::Disputed { dispute, amount } => Self::Disputed {
                dispute: (*dispute).into(),
                amount: amount.0.into(),
            },
            MoneyEvent::DisputeEnded {
                dispute,
                amount,
                status,
                tax,
            } => Self::DisputeEnded {
                dispute: (*dispute).into(),
                amount: amount.0.into(),
                status: (*status).into(),
                tax: tax.0.into(),
            },
            MoneyEvent::Corrected { of, payer, amount } => Self::Corrected {
                of: of.0,
                payer: (*payer).into(),
                amount: amount.0.into(),
            },
        }
    }
}

/// One entry of an IMVU's account book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoneyEntryView {
    /// Whose.
    pub imvu: WireImvu,
    /// Position in the IMVU's money collection, from 0.
    pub sequence: WireU64,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// The period whose statement it stands in.
    pub period: u64,
    /// The identity responsible: the creator who has the 55 %.
    pub owner: WireIdentity,
    /// What happened.
    pub what: MoneyEventView,
}

impl From<&MoneyEntry> for MoneyEntryView {
    fn from(entry: &MoneyEntry) -> Self {
        Self {
            imvu: entry.imvu.clone().into(),
            sequence: entry.sequence.into(),
            height: entry.height.into(),
            time: entry.time.0.into(),
            period: entry.period.0,
            owner: entry.owner.into(),
            what: (&entry.event).into(),
        }
    }
}

/// An entry, with the proof that it is in the IMVU's money collection if it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoneyLeafView {
    /// The entry.
    #[serde(flatten)]
    pub entry: MoneyEntryView,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<LeafProof>,
}

/// The value of `nexus_listMoney`: a page of an IMVU's money collection, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoneyView {
    /// Whose.
    pub imvu: WireImvu,
    /// Size and root of the collection; absent while nothing happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionView>,
    /// The entries of this page.
    pub items: Vec<MoneyLeafView>,
    /// Give it back to get the next page; absent on the last one. It pins the height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Present on a node that began at a snapshot: it has no entry of the collection from before this sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_from: Option<WireU64>,
}
