//! Events of a payment provider, in strict JSON, and the actions they ask for.
//!
//! Nothing is guessed: a member that is unknown, missing, given twice or of another form makes the whole event malformed, and
//! the provider is told which.

use nexus_sdk::api::{
    PaymentKindView, PaymentView, WireExternal, WireHash, WireIdentity, WireImvu, WireJurisdiction,
    WireU128,
};
use nexus_types::money::ExternalId;
use nexus_types::{Action, Hash, Micros, ProcessorId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Characters of a name that becomes a file's.
const MAX_NAME_CHARS: usize = 100;

/// A provider's name of an event or of a dispute. It names a file, so it has nothing in it that a file system acts on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let allowed = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.');
        let begins = text.starts_with(|one: char| one.is_ascii_alphanumeric());
        if begins && text.len() <= MAX_NAME_CHARS && text.chars().all(allowed) {
            Ok(Self(text))
        } else {
            Err(format!(
                "an id has 1–{MAX_NAME_CHARS} of A–Z, a–z, 0–9, _, - and ., and starts with a letter or digit"
            ))
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an IMVU sold. Amounts are micro-credits, decimal strings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sale {
    pub(crate) imvu: WireImvu,
    /// Before tax.
    pub(crate) gross: WireU128,
    /// Above the gross amount.
    pub(crate) tax: WireU128,
    pub(crate) region: WireJurisdiction,
    /// What the provider keeps.
    pub(crate) fee: WireU128,
}

/// What somebody paid in advance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deposit {
    pub(crate) payer: WireIdentity,
    pub(crate) amount: WireU128,
}

/// Who has the money after a dispute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// The creator keeps it.
    Won,
    /// The buyer has it back.
    Lost,
}

/// How a payout went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Settlement {
    /// It was paid.
    Paid,
    /// It was not.
    Failed,
}

/// What happened at the provider.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub(crate) enum Event {
    #[serde(rename = "payment.succeeded")]
    Payment {
        id: Name,
        /// The payment's name at the provider; each counts once.
        payment: WireExternal,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sale: Option<Sale>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposit: Option<Deposit>,
    },
    #[serde(rename = "payment.refunded")]
    Refund {
        id: Name,
        /// The refund's name at the provider; each counts once.
        refund: WireExternal,
        /// The sale's.
        payment: WireExternal,
        /// Before tax.
        amount: WireU128,
    },
    #[serde(rename = "dispute.opened")]
    Dispute {
        id: Name,
        /// The dispute's name at the provider.
        dispute: Name,
        /// The sale's.
        payment: WireExternal,
        /// Before tax.
        amount: WireU128,
        /// SHA-256 of what is brought forward.
        evidence: WireHash,
    },
    #[serde(rename = "dispute.resolved")]
    Resolved {
        id: Name,
        /// As it was opened.
        dispute: Name,
        outcome: Verdict,
    },
    #[serde(rename = "payout.settled")]
    Payout {
        id: Name,
        /// The payout's id on the ledger.
        payout: WireHash,
        outcome: Settlement,
    },
}

impl Event {
    /// Reads an event.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, String> {
        // Read first as it is meant, for that finds members that are given twice.
        let event: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        // serde takes a list of members' values for an object.
        if value
            .as_object()
            .is_none_or(|all| all.values().any(Value::is_array))
        {
            return Err(String::from("an event holds objects and texts, no lists"));
        }
        if let Self::Payment { sale, deposit, .. } = &event
            && sale.is_some() == deposit.is_some()
        {
            return Err(String::from(
                "a payment is either a sale or a deposit: give one of the two members",
            ));
        }
        if event
            .externals()
            .any(|external| external.as_str().is_empty())
        {
            return Err(String::from("a payment's name is empty"));
        }
        Ok(event)
    }

    fn externals(&self) -> impl Iterator<Item = &ExternalId> {
        let (own, of) = match self {
            Self::Payment { payment, .. } => (Some(payment), None),
            Self::Refund {
                refund, payment, ..
            } => (Some(refund), Some(payment)),
            Self::Dispute { payment, .. } => (None, Some(payment)),
            Self::Resolved { .. } | Self::Payout { .. } => (None, None),
        };
        [own, of].into_iter().flatten().map(|wire| &wire.0)
    }

    /// Its id, under which it is taken once.
    pub(crate) fn id(&self) -> &Name {
        match self {
            Self::Payment { id, .. }
            | Self::Refund { id, .. }
            | Self::Dispute { id, .. }
            | Self::Resolved { id, .. }
            | Self::Payout { id, .. } => id,
        }
    }

    /// The sale that must be on the ledger before it.
    pub(crate) fn rests_on(&self) -> Option<&ExternalId> {
        match self {
            Self::Refund { payment, .. } | Self::Dispute { payment, .. } => Some(&payment.0),
            _ => None,
        }
    }

    /// What is asked of the ledger. A dispute that is resolved is named by the transaction that opened it; without that
    /// there is nothing to ask.
    pub(crate) fn action(&self, processor: &ProcessorId, opened: Option<Hash>) -> Option<Action> {
        let processor = processor.clone();
        Some(match self.clone() {
            Self::Payment {
                payment,
                sale: Some(sale),
                ..
            } => Action::RecordSale {
                processor,
                external: payment.0,
                imvu: sale.imvu.0,
                gross: Micros(sale.gross.0),
                tax: Micros(sale.tax.0),
                region: sale.region.0,
                fee: Micros(sale.fee.0),
            },
            Self::Payment {
                payment, deposit, ..
            } => {
                let deposit = deposit?;
                Action::RecordDeposit {
                    processor,
                    external: payment.0,
                    payer: deposit.payer.0,
                    amount: Micros(deposit.amount.0),
                }
            }
            Self::Refund {
                refund,
                payment,
                amount,
                ..
            } => Action::RecordRefund {
                processor,
                external: refund.0,
                sale: payment.0,
                amount: Micros(amount.0),
            },
            Self::Dispute {
                payment,
                amount,
                evidence,
                ..
            } => Action::OpenDispute {
                processor,
                sale: payment.0,
                amount: Micros(amount.0),
                evidence: evidence.0,
            },
            Self::Resolved { outcome, .. } => Action::ResolveDispute {
                dispute: opened?,
                won: outcome == Verdict::Won,
            },
            Self::Payout {
                payout, outcome, ..
            } => Action::SettlePayout {
                payout: payout.0,
                settled: outcome == Settlement::Paid,
            },
        })
    }

    /// Whether what the ledger has under its payment's name is what it says.
    pub(crate) fn is_booked_as(&self, booked: &PaymentView) -> bool {
        match (self, &booked.what) {
            (
                Self::Payment {
                    sale: Some(sale), ..
                },
                PaymentKindView::Sale(of),
            ) => {
                sale.imvu == of.imvu
                    && sale.gross == booked.amount
                    && sale.tax == of.tax
                    && sale.region == of.region
                    && sale.fee == of.fee
            }
            (
                Self::Payment {
                    deposit: Some(deposit),
                    ..
                },
                PaymentKindView::Deposit { payer },
            ) => deposit.payer == *payer && deposit.amount == booked.amount,
            (
                Self::Refund {
                    payment, amount, ..
                },
                PaymentKindView::Refund { sale },
            ) => payment == sale && *amount == booked.amount,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
