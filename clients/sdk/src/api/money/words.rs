//! Words and numbers of money, each with one spelling.

use crate::api::scalar::{LABEL_PATTERN, Spelled, Wire, is_decimal};
use nexus_types::ids::ProcessorId;
use nexus_types::money::ExternalId;
use nexus_types::{payment, period};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A payment processor's name, such as `acquirer-1`.
pub type WireProcessor = Wire<ProcessorId>;
/// A payment's name at its processor.
pub type WireExternal = Wire<ExternalId>;
/// An `i128` as a decimal string, with `-` before what is below zero.
pub type WireI128 = Wire<i128>;

impl Spelled for ProcessorId {
    const NAME: &'static str = "ProcessorId";
    const PATTERN: &'static str = LABEL_PATTERN;
    const EXPECTED: &'static str =
        "a payment processor's name, 3–32 of a–z, 0–9 and hyphen, starting with a letter";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for ExternalId {
    const NAME: &'static str = "ExternalId";
    const PATTERN: &'static str = "^[\\s\\S]{0,64}$";
    const EXPECTED: &'static str = "a payment's name at its processor, at most 64 bytes";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for i128 {
    const NAME: &'static str = "I128";
    const PATTERN: &'static str = "^(0|-?[1-9][0-9]{0,38})$";
    const EXPECTED: &'static str = "a signed 128-bit number as a decimal string";

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = is_decimal(digits) && text != "-0";
        plain.then(|| text.parse().ok()).flatten()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

/// How a network counts its periods of account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum CalendarView {
    /// UTC months: a period is the number of months since January 1970.
    Months,
    /// Spans of so many hours since 1970-01-01T00:00Z, for development.
    Hours {
        /// How many.
        hours: u32,
    },
}

impl From<period::Calendar> for CalendarView {
    fn from(calendar: period::Calendar) -> Self {
        match calendar {
            period::Calendar::Months => Self::Months,
            period::Calendar::Hours(hours) => Self::Hours { hours },
        }
    }
}

impl From<CalendarView> for period::Calendar {
    fn from(calendar: CalendarView) -> Self {
        match calendar {
            CalendarView::Months => Self::Months,
            CalendarView::Hours { hours } => Self::Hours(hours),
        }
    }
}

/// What a creator may consent to once and for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StandingConsent {
    /// Compute rests when a debt is 30 days old.
    DebtLadder,
    /// The mail agent of the host registers new DKIM keys.
    KeyRollover,
}

impl From<payment::StandingConsent> for StandingConsent {
    fn from(consent: payment::StandingConsent) -> Self {
        match consent {
            payment::StandingConsent::DebtLadder => Self::DebtLadder,
            payment::StandingConsent::KeyRollover => Self::KeyRollover,
        }
    }
}

impl From<StandingConsent> for payment::StandingConsent {
    fn from(consent: StandingConsent) -> Self {
        match consent {
            StandingConsent::DebtLadder => Self::DebtLadder,
            StandingConsent::KeyRollover => Self::KeyRollover,
        }
    }
}

/// How far the debt ladder has gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DebtStage {
    /// Owed, within the term.
    Due,
    /// The creator was told.
    Noticed,
    /// No new resources.
    Frozen,
    /// Compute rests, where the creator has consented to that.
    Dormant,
}

impl From<payment::DebtStage> for DebtStage {
    fn from(stage: payment::DebtStage) -> Self {
        match stage {
            payment::DebtStage::Due => Self::Due,
            payment::DebtStage::Noticed => Self::Noticed,
            payment::DebtStage::Frozen => Self::Frozen,
            payment::DebtStage::Dormant => Self::Dormant,
        }
    }
}

impl DebtStage {
    /// The word in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Noticed => "noticed",
            Self::Frozen => "frozen",
            Self::Dormant => "dormant",
        }
    }
}

/// How a dispute stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DisputeStatus {
    /// The money is in escrow.
    Open,
    /// The creator keeps the money.
    Won,
    /// The buyer has the money back.
    Lost,
    /// Nobody decided in time: the creator keeps the money.
    Lapsed,
}

impl From<payment::DisputeStatus> for DisputeStatus {
    fn from(status: payment::DisputeStatus) -> Self {
        match status {
            payment::DisputeStatus::Open => Self::Open,
            payment::DisputeStatus::Won => Self::Won,
            payment::DisputeStatus::Lost => Self::Lost,
            payment::DisputeStatus::Lapsed => Self::Lapsed,
        }
    }
}

/// How a payout stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PayoutStatus {
    /// The processor was asked.
    Requested,
    /// It was paid.
    Settled,
    /// It was not; the money is the creator's to ask for again.
    Failed,
}

impl From<payment::PayoutStatus> for PayoutStatus {
    fn from(status: payment::PayoutStatus) -> Self {
        match status {
            payment::PayoutStatus::Requested => Self::Requested,
            payment::PayoutStatus::Settled => Self::Settled,
            payment::PayoutStatus::Failed => Self::Failed,
        }
    }
}
