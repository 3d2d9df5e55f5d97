//! Account books, statements, accounts and payouts.

use super::{Position, Versioned};
use nexus_types::billing::{MoneyEntry, MoneyEvent, StatementEntry};
use nexus_types::money::{Account, AccountId};
use nexus_types::payment::{Payout, PayoutStatus};
use nexus_types::{IdentityId, ImvuId, Period, ProcessorId, Time};

/// An entry of an IMVU's account book; its cursor is that of its event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MoneyRow {
    /// The cursor.
    pub at: Position,
    /// What happened.
    pub entry: MoneyEntry,
}

/// A statement; its cursor is that of its event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatementRow {
    /// The cursor.
    pub at: Position,
    /// Block time.
    pub time: Time,
    /// The statement.
    pub entry: StatementEntry,
}

/// An account with what was posted to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountState {
    /// Which.
    pub id: AccountId,
    /// Its turnovers.
    pub account: Account,
}

/// An account.
pub type AccountRow = Versioned<AccountState>;
/// A payout.
pub type PayoutRow = Versioned<Payout>;

/// Which kinds of entries account books have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(
    missing_docs,
    reason = "each variant is the event of the same name in nexus_types::billing"
)]
pub enum MoneyKind {
    Charged,
    Collected,
    Sold,
    Refunded,
    Granted,
    Disputed,
    DisputeEnded,
    Corrected,
}

impl MoneyKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Charged,
        Self::Collected,
        Self::Sold,
        Self::Refunded,
        Self::Granted,
        Self::Disputed,
        Self::DisputeEnded,
        Self::Corrected,
    ];

    /// The kind of what happened.
    pub fn of(event: &MoneyEvent) -> Self {
        match event {
            MoneyEvent::Charged(_) => Self::Charged,
            MoneyEvent::Collected { .. } => Self::Collected,
            MoneyEvent::Sold { .. } => Self::Sold,
            MoneyEvent::Refunded { .. } => Self::Refunded,
            MoneyEvent::Granted { .. } => Self::Granted,
            MoneyEvent::Disputed { .. } => Self::Disputed,
            MoneyEvent::DisputeEnded { .. } => Self::DisputeEnded,
            MoneyEvent::Corrected { .. } => Self::Corrected,
        }
    }

    /// The word in the `kind` column, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Charged => "charged",
            Self::Collected => "collected",
            Self::Sold => "sold",
            Self::Refunded => "refunded",
            Self::Granted => "granted",
            Self::Disputed => "disputed",
            Self::DisputeEnded => "disputeEnded",
            Self::Corrected => "corrected",
        }
    }
}

/// Which entries of account books are wanted; every field left out matches all.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MoneyFilter {
    /// Whose.
    pub imvu: Option<ImvuId>,
    /// The identity responsible.
    pub owner: Option<IdentityId>,
    /// Of which period's statement.
    pub period: Option<Period>,
    /// What happened.
    pub kind: Option<MoneyKind>,
}

/// Which statements are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct StatementFilter {
    /// Whose.
    pub imvu: Option<ImvuId>,
    /// Of which period.
    pub period: Option<Period>,
}

/// Which accounts are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AccountFilter {
    /// Those of one identity.
    pub identity: Option<IdentityId>,
    /// Of one kind, as [`AccountId::kind`] names it.
    pub kind: Option<String>,
}

/// Which payouts are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PayoutFilter {
    /// Whose money.
    pub identity: Option<IdentityId>,
    /// Through which processor.
    pub processor: Option<ProcessorId>,
    /// How it stands.
    pub status: Option<PayoutStatus>,
}
