//! Processors, payments, disputes, payouts. Amounts are micro-credits.

use super::words::{DisputeStatus, PayoutStatus, WireExternal, WireProcessor};
use crate::api::scalar::{WireHash, WireIdentity, WireImvu, WireJurisdiction, WireU64, WireU128};
use nexus_types::payment::{
    Dispute, Payment, PaymentKind, Payout, Processor, Reconciliation, Sale,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A processor's word on its books, beside what the ledger has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReconciliationView {
    /// When it was on the ledger.
    pub height: WireU64,
    /// SHA-256 of the statement it signed.
    pub statement: WireHash,
    /// Taken in, by its statement.
    pub stated_in: WireU128,
    /// Paid out and kept as fees, by its statement.
    pub stated_out: WireU128,
    /// Taken in, by the ledger.
    pub booked_in: WireU128,
    /// Paid out and kept as fees, by the ledger.
    pub booked_out: WireU128,
    /// Whether both say the same. If not, show it in red.
    pub agrees: bool,
}

impl From<&Reconciliation> for ReconciliationView {
    fn from(reconciled: &Reconciliation) -> Self {
        Self {
            height: reconciled.height.into(),
            statement: reconciled.statement.into(),
            stated_in: reconciled.stated_in.0.into(),
            stated_out: reconciled.stated_out.0.into(),
            booked_in: reconciled.booked_in.0.into(),
            booked_out: reconciled.booked_out.0.into(),
            agrees: reconciled.agrees(),
        }
    }
}

/// A registered payment processor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessorView {
    /// Its name.
    pub id: WireProcessor,
    /// The identity that signs for it.
    pub identity: WireIdentity,
    /// The height it was registered at.
    pub registered: WireU64,
    /// First law time at which it counts, milliseconds.
    pub usable_from: WireU64,
    /// What it last said of its own books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciled: Option<ReconciliationView>,
}

impl From<&Processor> for ProcessorView {
    fn from(processor: &Processor) -> Self {
        Self {
            id: processor.id.clone().into(),
            identity: processor.identity.into(),
            registered: processor.registered.into(),
            usable_from: processor.usable_from.0.into(),
            reconciled: processor.reconciled.as_ref().map(Into::into),
        }
    }
}

/// What became of a sale.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SaleView {
    /// Whose.
    pub imvu: WireImvu,
    /// Its creator then, who has the 55 %.
    pub creator: WireIdentity,
    /// Where it was taxed.
    pub region: WireJurisdiction,
    /// Tax, above the gross amount.
    pub tax: WireU128,
    /// What the processor kept, which the platform bears alone.
    pub fee: WireU128,
    /// The day by law time on which its money began to mature, counted from 1970.
    pub day: WireU64,
    /// Paid back so far.
    pub refunded: WireU128,
    /// Tax paid back so far.
    pub tax_refunded: WireU128,
    /// In dispute.
    pub disputed: WireU128,
}

impl From<&Sale> for SaleView {
    fn from(sale: &Sale) -> Self {
        Self {
            imvu: sale.imvu.clone().into(),
            creator: sale.creator.into(),
            region: sale.region.clone().into(),
            tax: sale.tax.0.into(),
            fee: sale.fee.0.into(),
            day: sale.day.into(),
            refunded: sale.refunded.0.into(),
            tax_refunded: sale.tax_refunded.0.into(),
            disputed: sale.disputed.0.into(),
        }
    }
}

/// What a payment was.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum PaymentKindView {
    /// Somebody paid in advance.
    Deposit {
        /// Who.
        payer: WireIdentity,
    },
    /// An IMVU sold something.
    Sale(SaleView),
    /// A sale was paid back in part or whole.
    Refund {
        /// The sale's name at the same processor.
        sale: WireExternal,
    },
}

/// What a processor told the ledger once, under a name of its own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentView {
    /// Which processor.
    pub processor: WireProcessor,
    /// Its name there.
    pub external: WireExternal,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// How much: paid in, sold before tax, or refunded before tax.
    pub amount: WireU128,
    /// What it was.
    pub what: PaymentKindView,
}

impl From<&Payment> for PaymentView {
    fn from(payment: &Payment) -> Self {
        Self {
            processor: payment.processor.clone().into(),
            external: payment.external.clone().into(),
            height: payment.height.into(),
            time: payment.time.0.into(),
            amount: payment.amount.0.into(),
            what: match &payment.kind {
                PaymentKind::Deposit(payer) => PaymentKindView::Deposit {
                    payer: (*payer).into(),
                },
                PaymentKind::Sale(sale) => PaymentKindView::Sale(sale.into()),
                PaymentKind::Refund(sale) => PaymentKindView::Refund {
                    sale: sale.clone().into(),
                },
            },
        }
    }
}

/// A dispute over a sale.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisputeView {
    /// Its id: the id of the transaction that opened it.
    pub id: WireHash,
    /// Whose sale.
    pub imvu: WireImvu,
    /// At which processor.
    pub processor: WireProcessor,
    /// The sale's name there.
    pub sale: WireExternal,
    /// How much of it.
    pub amount: WireU128,
    /// SHA-256 of what was brought forward.
    pub evidence: WireHash,
    /// The height it was opened at.
    pub opened: WireU64,
    /// Last law time at which it can be decided, milliseconds.
    pub expires: WireU64,
    /// How it stands.
    pub status: DisputeStatus,
}

impl From<&Dispute> for DisputeView {
    fn from(dispute: &Dispute) -> Self {
        Self {
            id: dispute.id.into(),
            imvu: dispute.imvu.clone().into(),
            processor: dispute.processor.clone().into(),
            sale: dispute.sale.clone().into(),
            amount: dispute.amount.0.into(),
            evidence: dispute.evidence.into(),
            opened: dispute.opened.into(),
            expires: dispute.expires.0.into(),
            status: dispute.status.into(),
        }
    }
}

/// A payout of matured money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutView {
    /// Its id: the id of the transaction that asked for it.
    pub id: WireHash,
    /// Whose money.
    pub identity: WireIdentity,
    /// Through which processor.
    pub processor: WireProcessor,
    /// How much.
    pub amount: WireU128,
    /// SHA-256 of where to.
    pub destination: WireHash,
    /// The height it was asked for at.
    pub requested: WireU64,
    /// How it stands.
    pub status: PayoutStatus,
}

impl From<&Payout> for PayoutView {
    fn from(payout: &Payout) -> Self {
        Self {
            id: payout.id.into(),
            identity: payout.identity.into(),
            processor: payout.processor.clone().into(),
            amount: payout.amount.0.into(),
            destination: payout.destination.into(),
            requested: payout.requested.into(),
            status: payout.status.into(),
        }
    }
}
