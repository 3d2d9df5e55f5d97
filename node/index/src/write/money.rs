//! Accounts, prices, payments, mandates, debts and periods as columns of their versions.

use super::state::{Change, Columns, Version, hash_id, imvu_id, text, text_id};
use super::usage::flags;
use crate::account::holder;
use crate::cell::Cell;
use crate::error::Error;
use nexus_types::billing::{Billing, Totals};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::Resource;
use nexus_types::money::{Account, AccountId, ExternalId, PriceList, TaxRates};
use nexus_types::payment::{
    Dispute, DisputeStatus, Enforcement, Mandates, Payment, PaymentKind, Payout, PayoutStatus,
    Processor, StandingConsent, StandingConsents,
};
use nexus_types::state_key::KeyKind;
use nexus_types::{ImvuId, Micros, ProcessorId, decode};

/// The version that a change of money made; none for any other kind of state.
pub(super) fn version(kind: KeyKind, change: &Change<'_>) -> Result<Option<Version>, Error> {
    Ok(Some(match kind {
        KeyKind::Account => {
            let id = decode(change.id).ok();
            let columns = |account: &Account| account_columns(id.as_ref(), account);
            change.of("account", "account_versions", account_id, columns)?
        }
        KeyKind::Prices => change.of("price list", "price_list_versions", list_id, price_list)?,
        KeyKind::TaxRates => change.of("tax rate", "tax_rate_versions", region_id, tax_rates)?,
        KeyKind::Processor => change.of("processor", "processor_versions", text_id, processor)?,
        KeyKind::Link => change.of("link", "processor_link_versions", link_id, |(): &()| {
            Vec::new()
        })?,
        KeyKind::Payment => change.of("payment", "payment_versions", payment_id, payment)?,
        KeyKind::Dispute => change.of("dispute", "dispute_versions", hash_id, dispute)?,
        KeyKind::Payout => change.of("payout", "payout_versions", hash_id, payout)?,
        KeyKind::Mandates => change.of("mandates", "mandate_versions", imvu_id, mandates)?,
        KeyKind::Enforcement => {
            change.of("enforcement", "enforcement_versions", imvu_id, enforcement)?
        }
        KeyKind::StandingConsents => change.of(
            "standing consents",
            "standing_consent_versions",
            imvu_id,
            consents,
        )?,
        KeyKind::Billing => change.of("billing", "billing_versions", billing_id, billing)?,
        _ => return Ok(None),
    }))
}

fn account_id(id: &[u8]) -> Option<Columns> {
    let id: AccountId = decode(id).ok()?;
    Some(vec![
        ("kind", Cell::word(id.kind())),
        ("holder", Cell::text(holder(&id))),
    ])
}

fn account_columns(id: Option<&AccountId>, account: &Account) -> Columns {
    let Account { debits, credits } = *account;
    let (own, other) = match id {
        Some(id) if id.is_asset() => (debits, credits),
        _ => (credits, debits),
    };
    let balance = if own >= other {
        own.less(other).to_string()
    } else {
        format!("-{}", other.less(own))
    };
    vec![
        ("debits", Cell::text(debits)),
        ("credits", Cell::text(credits)),
        ("balance", Cell::text(balance)),
    ]
}

fn list_id(id: &[u8]) -> Option<Columns> {
    let version = u32::from_be_bytes(id.try_into().ok()?);
    Some(vec![("version", Cell::int(version))])
}

fn price_list(list: &PriceList) -> Columns {
    let mut columns = vec![("from_period", Cell::int(list.from.0))];
    for (resource, price) in Resource::ALL.into_iter().zip(list.prices) {
        let (micros, per) = match resource {
            Resource::Cpu => ("cpu_micros", "cpu_per"),
            Resource::Memory => ("memory_micros", "memory_per"),
            Resource::Io => ("io_micros", "io_per"),
            Resource::Dns => ("dns_micros", "dns_per"),
            Resource::Mail => ("mail_micros", "mail_per"),
            Resource::Network => ("network_micros", "network_per"),
            Resource::MailStorage => ("mail_storage_micros", "mail_storage_per"),
        };
        columns.extend([
            (micros, Cell::int(price.micros)),
            (per, Cell::int(price.per)),
        ]);
    }
    columns
}

fn region_id(id: &[u8]) -> Option<Columns> {
    let region: Jurisdiction = decode(id).ok()?;
    Some(vec![("region", Cell::text(region))])
}

fn tax_rates(rates: &TaxRates) -> Columns {
    let rates = rates.rates.as_slice().iter();
    let rates = rates.map(|(from, millionths)| format!("{from}={millionths}"));
    vec![("rates", Cell::words(rates))]
}

fn processor(processor: &Processor) -> Columns {
    let mut columns = vec![
        ("identity", Cell::identity(processor.identity)),
        ("registered", Cell::int(processor.registered)),
        ("usable_from", Cell::int(processor.usable_from.0)),
    ];
    if let Some(said) = &processor.reconciled {
        columns.extend([
            ("reconciled", Cell::int(said.height)),
            ("statement", Cell::hash(said.statement)),
            ("stated_in", Cell::micros(said.stated_in)),
            ("stated_out", Cell::micros(said.stated_out)),
            ("booked_in", Cell::micros(said.booked_in)),
            ("booked_out", Cell::micros(said.booked_out)),
            ("agrees", Cell::int(said.agrees())),
        ]);
    }
    columns
}

fn link_id(id: &[u8]) -> Option<Columns> {
    let (imvu, processor): (ImvuId, ProcessorId) = decode(id).ok()?;
    Some(vec![
        ("imvu", Cell::text(imvu)),
        ("processor", Cell::text(processor)),
    ])
}

fn payment_id(id: &[u8]) -> Option<Columns> {
    let (processor, external): (ProcessorId, ExternalId) = decode(id).ok()?;
    Some(vec![
        ("processor", Cell::text(processor)),
        ("external", Cell::text(external)),
    ])
}

fn payment(payment: &Payment) -> Columns {
    let (kind, more) = match &payment.kind {
        PaymentKind::Deposit(payer) => ("deposit", vec![("payer", Cell::identity(*payer))]),
        PaymentKind::Refund(sale) => ("refund", vec![("sale", Cell::text(sale))]),
        PaymentKind::Sale(sale) => (
            "sale",
            vec![
                ("imvu", Cell::text(&sale.imvu)),
                ("creator", Cell::identity(sale.creator)),
                ("region", Cell::text(&sale.region)),
                ("tax", Cell::micros(sale.tax)),
                ("fee", Cell::micros(sale.fee)),
                ("day", Cell::int(sale.day)),
                ("refunded", Cell::micros(sale.refunded)),
                ("tax_refunded", Cell::micros(sale.tax_refunded)),
                ("disputed", Cell::micros(sale.disputed)),
            ],
        ),
    };
    let mut columns = vec![
        ("kind", Cell::word(kind)),
        ("booked", Cell::int(payment.height)),
        ("time", Cell::int(payment.time.0)),
        ("amount", Cell::micros(payment.amount)),
    ];
    columns.extend(more);
    columns
}

fn dispute(dispute: &Dispute) -> Columns {
    let status = match dispute.status {
        DisputeStatus::Open => "open",
        DisputeStatus::Won => "won",
        DisputeStatus::Lost => "lost",
        DisputeStatus::Lapsed => "lapsed",
    };
    vec![
        ("imvu", Cell::text(&dispute.imvu)),
        ("processor", Cell::text(&dispute.processor)),
        ("sale", Cell::text(&dispute.sale)),
        ("amount", Cell::micros(dispute.amount)),
        ("evidence", Cell::hash(dispute.evidence)),
        ("opened", Cell::int(dispute.opened)),
        ("expires", Cell::int(dispute.expires.0)),
        ("status", Cell::word(status)),
    ]
}

/// The word for a payout's status in the `status` column.
pub(crate) fn payout_status(status: PayoutStatus) -> &'static str {
    match status {
        PayoutStatus::Requested => "requested",
        PayoutStatus::Settled => "settled",
        PayoutStatus::Failed => "failed",
    }
}

fn payout(payout: &Payout) -> Columns {
    vec![
        ("identity", Cell::identity(payout.identity)),
        ("processor", Cell::text(&payout.processor)),
        ("amount", Cell::micros(payout.amount)),
        ("destination", Cell::hash(payout.destination)),
        ("requested", Cell::int(payout.requested)),
        ("status", Cell::word(payout_status(payout.status))),
    ]
}

fn mandates(mandates: &Mandates) -> Columns {
    let list = mandates.list.as_slice();
    let mut columns = vec![("mandates", Cell::count(list.len()))];
    if let Some(newest) = list.last() {
        columns.extend([
            ("payer", Cell::identity(newest.payer)),
            ("cap", Cell::micros(newest.cap)),
            ("holds_from", Cell::int(newest.from.0)),
            ("holds_until", Cell::int(newest.until.0)),
        ]);
    }
    columns
}

/// The sum of amounts.
fn sum(amounts: impl Iterator<Item = Micros>) -> Cell {
    let sum = amounts.map(|amount| amount.0).fold(0, u128::saturating_add);
    Cell::micros(Micros(sum))
}

fn enforcement(enforcement: &Enforcement) -> Columns {
    let debts = enforcement.debts.as_slice();
    let containments = enforcement.containments.as_slice();
    let oldest = debts.iter().map(|debt| debt.since.0).min();
    let last = containments.last();
    vec![
        ("debtors", Cell::words(debts.iter().map(|debt| debt.payer))),
        ("owed", sum(debts.iter().map(|debt| debt.owed))),
        ("since", oldest.map_or(Cell::Null, Cell::int)),
        ("stage", Cell::opt(enforcement.stage())),
        ("containments", Cell::count(containments.len())),
        (
            "contained_until",
            last.map_or(Cell::Null, |one| Cell::int(one.until.0)),
        ),
        (
            "evidence",
            last.map_or(Cell::Null, |one| Cell::hash(one.evidence)),
        ),
    ]
}

fn consent_word(consent: StandingConsent) -> &'static str {
    match consent {
        StandingConsent::DebtLadder => "debtLadder",
        StandingConsent::KeyRollover => "keyRollover",
    }
}

fn consents(consents: &StandingConsents) -> Columns {
    let given = consents.given.as_slice().iter();
    let ending = consents.ending.iter();
    vec![
        ("given", Cell::words(given.map(|each| consent_word(*each)))),
        (
            "ending",
            Cell::words(ending.map(|(each, end)| format!("{}={}", consent_word(*each), end.0))),
        ),
    ]
}

fn billing_id(id: &[u8]) -> Option<Columns> {
    // IMVU id ‖ zero byte ‖ period.
    let (rest, period) = id.split_last_chunk::<8>()?;
    let (0, imvu) = rest.split_last()? else {
        return None;
    };
    Some(vec![
        ("imvu", text(imvu)?),
        ("period", Cell::int(u64::from_be_bytes(*period))),
    ])
}

fn billing(billing: &Billing) -> Columns {
    let bills = || billing.bills.iter();
    let mut columns = vec![
        ("price_version", Cell::int(billing.version)),
        ("charged", sum(bills().map(|bill| bill.charged))),
        ("collected", sum(bills().map(|bill| bill.collected))),
    ];
    columns.extend(totals(&billing.totals));
    columns.push(("flags", flags(billing.flags)));
    if let Some(closed) = &billing.closed {
        columns.extend([
            ("closed", Cell::int(closed.height)),
            ("statement", Cell::hash(closed.hash)),
            ("statement_sequence", Cell::int(closed.sequence)),
        ]);
    }
    columns
}

fn totals(totals: &Totals) -> Columns {
    vec![
        ("corrected", Cell::micros(totals.corrected)),
        ("entries", Cell::int(totals.entries)),
        ("sales", Cell::int(totals.sales)),
        ("gross", Cell::micros(totals.gross)),
        ("tax", Cell::micros(totals.tax)),
        ("fees", Cell::micros(totals.fees)),
        ("refunded", Cell::micros(totals.refunded)),
        ("tax_refunded", Cell::micros(totals.tax_refunded)),
        (
            "granted_by_creator",
            Cell::micros(totals.granted_by_creator),
        ),
        (
            "granted_by_platform",
            Cell::micros(totals.granted_by_platform),
        ),
        ("disputed", Cell::micros(totals.disputed)),
        ("released", Cell::micros(totals.released)),
    ]
}
