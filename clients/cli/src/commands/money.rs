//! What the commands about money have in common: names, amounts, periods, hashes of documents; and what an action asks.

use super::usage::{When, when};
use crate::amount::{show, show_percent};
use crate::context::{Context, read_file};
use crate::error::CliError;
use crate::text::short;
use clap::Args;
use nexus_sdk::anchor::time_from_ms;
use nexus_types::ids::ProcessorId;
use nexus_types::limits::HOUR_MS;
use nexus_types::money::ExternalId;
use nexus_types::period::{Calendar, Period};
use nexus_types::{Action, Hash, Time};
use std::path::PathBuf;

/// Milliseconds of a minute.
const MINUTE_MS: u64 = 60 * 1_000;

/// Reads a payment processor's name.
pub(crate) fn processor_id(text: &str) -> Result<ProcessorId, String> {
    ProcessorId::new(text).map_err(|_| {
        String::from("a processor's name has 3–32 of a–z, 0–9 and hyphen and starts with a letter, such as acquirer-1")
    })
}

/// Reads a payment's name at its processor.
pub(crate) fn external_id(text: &str) -> Result<ExternalId, String> {
    if text.is_empty() {
        return Err(String::from("a payment has a name at its processor"));
    }
    ExternalId::new(text)
        .map_err(|_| String::from("a payment's name at its processor has at most 64 bytes"))
}

/// A document of which only the hash goes to the ledger.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Document {
    /// The document; only its SHA-256 goes to the ledger
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// The document's SHA-256, where it is not at hand
    #[arg(long, value_name = "HASH")]
    document_hash: Option<Hash>,
}

impl Document {
    /// The hash.
    pub(crate) fn hash(&self) -> Result<Hash, CliError> {
        match (&self.document, self.document_hash) {
            (_, Some(hash)) => Ok(hash),
            (Some(path), None) => Ok(Hash::of(&read_file(path)?)),
            (None, None) => Err(CliError::usage(
                "no document is named",
                "Give --document FILE, or --document-hash with its SHA-256.",
            )),
        }
    }
}

/// A period of account, as people name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Named {
    /// By its number.
    Number(u64),
    /// By a time that lies in it.
    At(When),
}

/// Reads `491013`, `2026-11`, `2026-11-26`, `2026-11-26T13:00Z`, `1h` or `30d` ago.
pub(crate) fn period(text: &str) -> Result<Named, String> {
    if let Ok(number) = text.parse() {
        return Ok(Named::Number(number));
    }
    let month = text.len() == 7 && text.as_bytes().get(4) == Some(&b'-');
    let spelled = if month {
        format!("{text}-01")
    } else {
        text.to_owned()
    };
    when(&spelled).map(Named::At).map_err(|_| {
        String::from(
            "give a period's number, a month such as 2026-11, a day, a time such as 2026-11-26T13:00Z, or 1h or 30d ago",
        )
    })
}

impl Named {
    /// The period, on a chain that counts so.
    pub(crate) fn in_calendar(self, calendar: Calendar, now_ms: u64) -> Period {
        match self {
            Self::Number(number) => Period(number),
            Self::At(When::At(ms)) => calendar.period_of(Time(ms)),
            Self::At(When::Ago(hours)) => {
                let ago = hours.saturating_mul(HOUR_MS);
                calendar.period_of(Time(now_ms.saturating_sub(ago)))
            }
        }
    }

    /// The period, by the node's calendar and clock; a number needs neither.
    pub(crate) async fn resolve(self, ctx: &Context) -> Result<Period, CliError> {
        if let Self::Number(number) = self {
            return Ok(Period(number));
        }
        let info = ctx.client()?.chain_info().await?;
        Ok(self.in_calendar(info.value.calendar.into(), info.block_time.0))
    }
}

/// A time that lies ahead: `30d` or `12h` from now, or a date.
pub(crate) fn ahead(when: When, now_ms: u64) -> Time {
    match when {
        When::At(ms) => Time(ms),
        When::Ago(hours) => Time(now_ms).plus_ms(hours.saturating_mul(HOUR_MS)),
    }
}

/// A period with its beginning and end, for people.
pub(crate) fn span(period: u64, from_ms: u64, to_ms: u64) -> String {
    let day = |ms: u64| {
        let text = time_from_ms(ms).map_or_else(|_| format!("{ms} ms"), |time| time.to_rfc3339());
        text.replacen(":00Z", "Z", 1)
    };
    format!("{period} ({} to before {})", day(from_ms), day(to_ms))
}

/// What an action of money asks for, in one line; empty for others.
pub(crate) fn asked(action: &Action) -> String {
    match action {
        Action::PublishPrices { from, .. } => format!("from period {from} on"),
        Action::SetTaxRate {
            region,
            millionths,
            from,
        } => format!(
            "{} in {region} from period {from} on",
            show_percent(*millionths)
        ),
        Action::LinkProcessor {
            processor, linked, ..
        } => {
            let word = if *linked { "may" } else { "may no longer" };
            format!("{processor} {word} book sales")
        }
        Action::RecordDeposit { payer, amount, .. } => {
            format!("{} of identity {}", show(amount.0), short(payer))
        }
        Action::RecordSale {
            imvu,
            gross,
            tax,
            region,
            fee,
            ..
        } => format!(
            "{} sold by {imvu}, tax {} in {region}, fee {}",
            show(gross.0),
            show(tax.0),
            show(fee.0)
        ),
        Action::RecordRefund { sale, amount, .. }
        | Action::GrantRefund { sale, amount, .. }
        | Action::OpenDispute { sale, amount, .. } => {
            format!("{} of sale {sale}", show(amount.0))
        }
        Action::ResolveDispute { won, .. } => String::from(if *won {
            "the creator keeps the money"
        } else {
            "the buyer has it back"
        }),
        Action::RequestPayout {
            processor, amount, ..
        } => format!("{} through {processor}", show(amount.0)),
        Action::SettlePayout { settled, .. } => {
            String::from(if *settled { "paid" } else { "not paid" })
        }
        Action::Reconcile {
            taken_in, paid_out, ..
        } => format!("{} in, {} out", show(taken_in.0), show(paid_out.0)),
        Action::SignMandate { cap, until, .. } => format!(
            "at most {} a period until {}",
            show(cap.0),
            crate::text::time(until.0)
        ),
        Action::CorrectCharge {
            period,
            payer,
            amount,
            ..
        } => format!(
            "{} of period {period} to identity {}",
            show(amount.0),
            short(payer)
        ),
        Action::Contain { span_ms, .. } => {
            format!("for {} minutes", span_ms / MINUTE_MS)
        }
        Action::SetStandingConsent { given, .. } => {
            String::from(if *given { "given" } else { "revoked" })
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_named_by_number_or_by_a_time_in_them() {
        let months = |text: &str| {
            period(text).map(|named| named.in_calendar(Calendar::Months, 1_767_225_600_000).0)
        };
        assert_eq!(months("671"), Ok(671));
        assert_eq!(months("2026-01"), Ok(672));
        assert_eq!(months("2026-01-31"), Ok(672));
        assert_eq!(months("2026-02-01T00:00Z"), Ok(673));
        // An hour before the year began.
        assert_eq!(months("1h"), Ok(671));
        let hours =
            period("1970-01-02T03:59Z").map(|named| named.in_calendar(Calendar::Hours(2), 0).0);
        assert_eq!(hours, Ok(13));
        for wrong in ["", "-1", "2026-13", "2026/01", "next"] {
            assert!(period(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_lies_ahead_counts_from_now() {
        assert_eq!(ahead(When::Ago(2), 1_000), Time(7_201_000));
        assert_eq!(ahead(When::At(5), 1_000), Time(5));
    }
}
