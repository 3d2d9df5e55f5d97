//! Entries of account books and statements: rows of their own beside their events.

use super::events::Place;
use crate::cell::{Cell, Row};
use crate::rows::MoneyKind;
use nexus_types::billing::{Granter, MoneyEntry, MoneyEvent, StatementEntry};
use nexus_types::money::split;
use nexus_types::payment::DisputeStatus;
use nexus_types::{Micros, Time};

/// The row of an entry of an account book.
pub(super) fn money_row(place: Place, entry: &MoneyEntry) -> Row {
    let event = &entry.event;
    let (amount, shares) = worth(event);
    place
        .row("money_entries")
        .set("time", Cell::int(entry.time.0))
        .set("imvu", Cell::text(&entry.imvu))
        .set("sequence", Cell::int(entry.sequence))
        .set("period", Cell::int(entry.period.0))
        .set("owner", Cell::identity(entry.owner))
        .set("kind", Cell::word(MoneyKind::of(event).name()))
        .set("amount", Cell::micros(amount))
        .set("creator_grains", Cell::Text(shares.creator.into()))
        .set("platform_grains", Cell::Text(shares.platform.into()))
        .set_all(other_side(event))
}

/// What an entry added to both sides, grains with a sign.
struct Added {
    creator: String,
    platform: String,
}

impl Added {
    fn nothing() -> Self {
        Self {
            creator: "0".into(),
            platform: "0".into(),
        }
    }

    /// The shares of an amount.
    fn shared(gross: Micros) -> Self {
        let shares = split(gross);
        Self {
            creator: shares.creator.to_string(),
            platform: shares.platform.to_string(),
        }
    }

    /// The shares of an amount that went back.
    fn taken(gross: Micros) -> Self {
        let Self { creator, platform } = Self::shared(gross);
        Self {
            creator: negative(&creator),
            platform: negative(&platform),
        }
    }

    /// The whole of an amount at one side's expense.
    fn granted(by: Granter, amount: Micros) -> Self {
        let whole = negative(&amount.grains().to_string());
        let none = Self::nothing();
        match by {
            Granter::Creator => Self {
                creator: whole,
                ..none
            },
            Granter::Platform => Self {
                platform: whole,
                ..none
            },
        }
    }
}

fn negative(grains: &str) -> String {
    match grains {
        "0" => "0".into(),
        grains => format!("-{grains}"),
    }
}

/// What an entry is about in all, and what of it each side has more or less.
fn worth(event: &MoneyEvent) -> (Micros, Added) {
    match event {
        MoneyEvent::Charged(charge) => {
            let charged = charge.lines.iter().map(|line| line.charged);
            let collected = charge.parts.iter().map(|part| part.collected);
            (sum(charged), Added::shared(sum(collected)))
        }
        MoneyEvent::Collected { amount, .. } | MoneyEvent::Sold { gross: amount, .. } => {
            (*amount, Added::shared(*amount))
        }
        MoneyEvent::Refunded { amount, .. }
        | MoneyEvent::Disputed { amount, .. }
        | MoneyEvent::Corrected { amount, .. } => (*amount, Added::taken(*amount)),
        MoneyEvent::Granted { by, amount, .. } => (*amount, Added::granted(*by, *amount)),
        MoneyEvent::DisputeEnded { amount, status, .. } => {
            let added = match status {
                DisputeStatus::Won | DisputeStatus::Lapsed => Added::shared(*amount),
                DisputeStatus::Open | DisputeStatus::Lost => Added::nothing(),
            };
            (*amount, added)
        }
    }
}

fn sum(amounts: impl Iterator<Item = Micros>) -> Micros {
    Micros(amounts.map(|amount| amount.0).fold(0, u128::saturating_add))
}

/// Tax and fee, who paid, and by what names it is known elsewhere.
fn other_side(event: &MoneyEvent) -> Vec<(&'static str, Cell)> {
    match event {
        MoneyEvent::Charged(charge) => vec![
            (
                "payers",
                Cell::words(charge.parts.iter().map(|part| part.payer)),
            ),
            ("hour", Cell::int(charge.hour)),
            ("of_period", Cell::int(charge.of.0)),
        ],
        MoneyEvent::Collected { payer, .. } => vec![("payers", Cell::identity(*payer))],
        MoneyEvent::Sold {
            processor,
            external,
            tax,
            fee,
            ..
        } => vec![
            ("tax", Cell::micros(*tax)),
            ("fee", Cell::micros(*fee)),
            ("processor", Cell::text(processor)),
            ("external", Cell::text(external)),
        ],
        MoneyEvent::Refunded {
            processor,
            sale,
            tax,
            ..
        }
        | MoneyEvent::Granted {
            processor,
            sale,
            tax,
            ..
        } => vec![
            ("tax", Cell::micros(*tax)),
            ("processor", Cell::text(processor)),
            ("external", Cell::text(sale)),
        ],
        MoneyEvent::Disputed { dispute, .. } => vec![("dispute", Cell::hash(*dispute))],
        MoneyEvent::DisputeEnded { dispute, tax, .. } => vec![
            ("tax", Cell::micros(*tax)),
            ("dispute", Cell::hash(*dispute)),
        ],
        MoneyEvent::Corrected { of, payer, .. } => vec![
            ("payers", Cell::identity(*payer)),
            ("of_period", Cell::int(of.0)),
        ],
    }
}

/// The row of a statement.
pub(super) fn statement_row(place: Place, time: Time, entry: &StatementEntry) -> Row {
    place
        .row("statements")
        .set("time", Cell::int(time.0))
        .set("imvu", Cell::text(&entry.imvu))
        .set("sequence", Cell::int(entry.sequence))
        .set("period", Cell::int(entry.period.0))
        .set("hash", Cell::hash(entry.hash))
        .set("text", Cell::text(String::from_utf8_lossy(&entry.text)))
}
