//! An IMVU's account book: one entry for each thing that happens to its money, and the running totals of its periods.

use super::books::Books;
use crate::law::echo::Echo;
use alloc::vec::Vec;
use nexus_types::billing::{Bill, Billing, Granter, MoneyEntry, MoneyEvent, Periods, Totals};
use nexus_types::meter::UsageFlags;
use nexus_types::money::PriceBook;
use nexus_types::payment::DisputeStatus;
use nexus_types::period::Period;
use nexus_types::{IdentityId, ImvuId, Micros, state_key};

/// The period of an IMVU, as far as it has come.
pub(crate) fn billing(books: &Books<'_>, imvu: &ImvuId, period: Period) -> Billing {
    books
        .get(&state_key::billing(imvu, period))
        .unwrap_or_else(|| Billing {
            imvu: imvu.clone(),
            period,
            version: books
                .get::<PriceBook>(&state_key::price_book())
                .and_then(|book| book.version(period))
                .unwrap_or_default(),
            usage: Vec::new(),
            adjustments: Vec::new(),
            bills: Vec::new(),
            totals: Totals::default(),
            flags: UsageFlags::default(),
            closed: None,
        })
}

pub(crate) fn save(books: &mut Books<'_>, billing: &Billing) {
    books.put(state_key::billing(&billing.imvu, billing.period), billing);
}

/// The period in whose statement something of `period` stands: itself, or the oldest whose statements are not begun.
pub(crate) fn statement_of(books: &Books<'_>, period: Period) -> Period {
    let open = books.get::<Periods>(&state_key::periods());
    open.unwrap_or_default().open.max(period)
}

/// Enters what happens now.
pub(crate) fn enter_now(
    books: &mut Books<'_>,
    imvu: &ImvuId,
    owner: IdentityId,
    event: MoneyEvent,
) {
    let period = statement_of(books, books.period_now());
    let mut billing = billing(books, imvu, period);
    enter(books, &mut billing, owner, event);
    save(books, &billing);
}

/// Enters an event in a period's book, which the caller saves.
pub(crate) fn enter(
    books: &mut Books<'_>,
    billing: &mut Billing,
    owner: IdentityId,
    event: MoneyEvent,
) {
    add(billing, &event);
    books.echoes.push(Echo::Money(MoneyEntry {
        imvu: billing.imvu.clone(),
        // The collection numbers it.
        sequence: 0,
        height: books.now.height,
        time: books.now.time,
        period: billing.period,
        owner,
        event,
    }));
}

fn grow(sum: &mut Micros, more: Micros) {
    sum.0 = sum.0.saturating_add(more.0);
}

fn add(billing: &mut Billing, event: &MoneyEvent) {
    let totals = &mut billing.totals;
    totals.entries = totals.entries.saturating_add(1);
    match event {
        MoneyEvent::Charged(charge) => {
            billing.flags = billing.flags.with(charge.flags.0);
            for part in &charge.parts {
                let bill = bill_of(&mut billing.bills, part.payer);
                grow(&mut bill.charged, part.charged);
                grow(&mut bill.collected, part.collected);
            }
        }
        MoneyEvent::Collected { payer, amount } => {
            grow(&mut bill_of(&mut billing.bills, *payer).collected, *amount);
        }
        MoneyEvent::Sold {
            gross, tax, fee, ..
        } => {
            totals.sales = totals.sales.saturating_add(1);
            grow(&mut totals.gross, *gross);
            grow(&mut totals.tax, *tax);
            grow(&mut totals.fees, *fee);
        }
        MoneyEvent::Refunded { amount, tax, .. } => {
            grow(&mut totals.refunded, *amount);
            grow(&mut totals.tax_refunded, *tax);
        }
        MoneyEvent::Granted {
            by, amount, tax, ..
        } => {
            let granted = match by {
                Granter::Creator => &mut totals.granted_by_creator,
                Granter::Platform => &mut totals.granted_by_platform,
            };
            grow(granted, *amount);
            grow(&mut totals.tax_refunded, *tax);
        }
        MoneyEvent::Disputed { amount, .. } => grow(&mut totals.disputed, *amount),
        MoneyEvent::DisputeEnded {
            amount,
            status,
            tax,
            ..
        } => {
            if *status != DisputeStatus::Lost {
                grow(&mut totals.released, *amount);
            }
            grow(&mut totals.tax_refunded, *tax);
        }
        MoneyEvent::Corrected { payer, amount, .. } => {
            grow(&mut totals.corrected, *amount);
            grow(&mut bill_of(&mut billing.bills, *payer).corrected, *amount);
        }
    }
}

/// What a payer bore, with an empty bill for who has none yet.
pub(crate) fn bill_of(bills: &mut Vec<Bill>, payer: IdentityId) -> &mut Bill {
    let at = bills.partition_point(|bill| bill.payer < payer);
    if bills.get(at).is_none_or(|bill| bill.payer != payer) {
        bills.insert(
            at,
            Bill {
                payer,
                charged: Micros::ZERO,
                collected: Micros::ZERO,
                corrected: Micros::ZERO,
                given_back: Micros::ZERO,
            },
        );
    }
    #[expect(
        clippy::indexing_slicing,
        reason = "the bill was found or inserted there"
    )]
    &mut bills[at]
}
