//! What an IMVU sells through a processor, and what of it is paid back (law §4). Every amount goes through the one split, and
//! comes back by the same 11:9.

use super::account_book::enter_now;
use super::books::{Books, Entry, amount, at_most};
use super::{maturing, processors};
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect, exit, imvu};
use crate::view::Writes;
use nexus_types::action::Action;
use nexus_types::billing::{Granter, MoneyEvent};
use nexus_types::money::{AccountId, ExternalId, split};
use nexus_types::payment::{Payment, PaymentKind, Sale};
use nexus_types::{Grains, Micros, Reason, state_key};

pub(crate) fn sell(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let Action::RecordSale {
        external,
        gross,
        tax,
        region,
        fee,
        ..
    } = case.action()
    else {
        return Err(Reason::WrongState);
    };
    let processor = processors::existing(case)?;
    let imvu = imvu::existing(case)?;
    let (gross, tax, fee) = (amount(*gross)?, at_most(*tax)?, at_most(*fee)?);
    let mut books = Books::open(case.view, case.now, writes);
    let sale = Sale {
        imvu: imvu.id.clone(),
        creator: imvu.owner,
        region: region.clone(),
        tax,
        fee,
        day: maturing::today(&books),
        refunded: Micros::ZERO,
        tax_refunded: Micros::ZERO,
        disputed: Micros::ZERO,
    };
    let kind = PaymentKind::Sale(sale);
    processors::take_down(&mut books, &processor, external, gross, kind)?;
    let shares = split(gross);
    let paid = gross.grains().0.saturating_add(tax.grains().0);
    let platform = exit::lateness::platform_account(&books, &imvu.id);
    books.post([
        Entry::Debit(AccountId::Clearing(processor.clone()), Grains(paid)),
        Entry::Credit(AccountId::Maturing(imvu.owner), shares.creator),
        Entry::Credit(platform, shares.platform),
        Entry::Credit(AccountId::Tax(region.clone()), tax.grains()),
        // The fee is no part of the split: the platform bears it out of its own share.
        Entry::Debit(AccountId::PlatformIncome, fee.grains()),
        Entry::Credit(AccountId::Clearing(processor.clone()), fee.grains()),
    ])?;
    maturing::add(&mut books, imvu.owner, shares.creator);
    let event = MoneyEvent::Sold {
        processor,
        external: external.clone(),
        gross,
        tax,
        region: region.clone(),
        fee,
    };
    enter_now(&mut books, &imvu.id, imvu.owner, event);
    Ok(Done::echoing(books.echoes))
}

/// The tax that goes back with a part of a sale, so that the whole sale's goes back with the whole.
pub(crate) fn tax_back(payment: &Payment, sale: &Sale, amount: Micros) -> Micros {
    let paid_back = sale.refunded.0.saturating_add(amount.0);
    let due = sale
        .tax
        .0
        .saturating_mul(paid_back)
        .checked_div(payment.amount.0)
        .unwrap_or_default();
    Micros(due.saturating_sub(sale.tax_refunded.0))
}

/// A part of a sale that can be paid back or disputed.
pub(crate) fn open_part(payment: &Payment, sale: &Sale, wanted: Micros) -> Result<Micros, Reason> {
    let wanted = amount(wanted)?;
    if wanted > sale.open(payment.amount) {
        return Err(Reason::OverOriginal);
    }
    Ok(wanted)
}

pub(crate) fn save(books: &mut Books<'_>, payment: Payment, sale: Sale) {
    let key = state_key::payment(&payment.processor, &payment.external);
    let payment = Payment {
        kind: PaymentKind::Sale(sale),
        ..payment
    };
    books.put(key, &payment);
}

pub(crate) fn refund(
    case: &Case<'_>,
    external: &ExternalId,
    wanted: Micros,
    writes: &mut Writes,
) -> Effect {
    let processor = processors::existing(case)?;
    let (payment, mut sale) = case.money.sale.clone().ok_or(Reason::NotFound)?;
    let amount = open_part(&payment, &sale, wanted)?;
    let mut books = Books::open(case.view, case.now, writes);
    if !maturing::is_open(&books, sale.creator, sale.day) {
        return Err(Reason::Matured);
    }
    let kind = PaymentKind::Refund(payment.external.clone());
    processors::take_down(&mut books, &processor, external, amount, kind)?;
    let tax = tax_back(&payment, &sale, amount);
    let shares = split(amount);
    let paid = amount.grains().0.saturating_add(tax.grains().0);
    books.post([
        Entry::Debit(AccountId::Maturing(sale.creator), shares.creator),
        Entry::Debit(AccountId::PlatformIncome, shares.platform),
        Entry::Debit(AccountId::Tax(sale.region.clone()), tax.grains()),
        Entry::Credit(AccountId::Clearing(processor.clone()), Grains(paid)),
    ])?;
    maturing::change(&mut books, sale.creator, sale.day, |left| {
        left.less(shares.creator)
    });
    sale.refunded.0 = sale.refunded.0.saturating_add(amount.0);
    sale.tax_refunded.0 = sale.tax_refunded.0.saturating_add(tax.0);
    let (imvu, creator) = (sale.imvu.clone(), sale.creator);
    let event = MoneyEvent::Refunded {
        processor,
        sale: payment.external.clone(),
        amount,
        tax,
    };
    save(&mut books, payment, sale);
    enter_now(&mut books, &imvu, creator, event);
    Ok(Done::echoing(books.echoes))
}

/// A refund after its sale's money has matured: it falls on whoever grants it.
pub(crate) fn grant(case: &Case<'_>, wanted: Micros, writes: &mut Writes) -> Effect {
    let processor = processors::existing(case)?;
    let (payment, mut sale) = case.money.sale.clone().ok_or(Reason::NotFound)?;
    let amount = open_part(&payment, &sale, wanted)?;
    let mut books = Books::open(case.view, case.now, writes);
    if maturing::is_open(&books, sale.creator, sale.day) {
        return Err(Reason::NotMatured);
    }
    let (by, from) = if case.acts_for_owner() {
        (Granter::Creator, AccountId::Matured(sale.creator))
    } else {
        (Granter::Platform, AccountId::PlatformIncome)
    };
    let tax = tax_back(&payment, &sale, amount);
    let paid = amount.grains().0.saturating_add(tax.grains().0);
    books.post([
        Entry::Debit(from, amount.grains()),
        Entry::Debit(AccountId::Tax(sale.region.clone()), tax.grains()),
        Entry::Credit(AccountId::Clearing(processor.clone()), Grains(paid)),
    ])?;
    sale.refunded.0 = sale.refunded.0.saturating_add(amount.0);
    sale.tax_refunded.0 = sale.tax_refunded.0.saturating_add(tax.0);
    let (imvu, creator) = (sale.imvu.clone(), sale.creator);
    let event = MoneyEvent::Granted {
        by,
        processor,
        sale: payment.external.clone(),
        amount,
        tax,
    };
    save(&mut books, payment, sale);
    enter_now(&mut books, &imvu, creator, event);
    Ok(Done::echoing(books.echoes))
}
