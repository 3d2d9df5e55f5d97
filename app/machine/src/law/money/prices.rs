//! Prices and tax rates: by two thirds of the seats' operators, with notice, from a period's beginning on (law §4, §9).

use super::books::Books;
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect};
use crate::view::{Writes, read};
use alloc::vec::Vec;
use nexus_types::encoding::List;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::money::{PriceBook, PriceList, Prices, TaxRates};
use nexus_types::period::Period;
use nexus_types::state::Jurisdictions;
use nexus_types::{Reason, state_key};

/// A beginning must be announced in time, and come after all that were announced before.
fn check_beginning(
    books: &Books<'_>,
    from: Period,
    last: Option<&(Period, u32)>,
) -> Result<(), Reason> {
    let start = books.calendar().start(from);
    if start < books.now.time.plus_ms(books.delays().price_notice_ms) {
        return Err(Reason::NoticeTooShort);
    }
    match last {
        Some((last, _)) if *last >= from => Err(Reason::WrongState),
        _ => Ok(()),
    }
}

/// Adds a beginning; the oldest is forgotten where there is no room.
fn push<const MAX: usize>(
    list: &List<(Period, u32), MAX>,
    next: (Period, u32),
) -> List<(Period, u32), MAX> {
    let mut all: Vec<(Period, u32)> = list.as_slice().to_vec();
    if all.len() >= MAX {
        all.remove(0);
    }
    all.push(next);
    List::new(all).unwrap_or_default()
}

pub(crate) fn publish(
    case: &Case<'_>,
    from: Period,
    prices: &Prices,
    writes: &mut Writes,
) -> Effect {
    let mut books = Books::open(case.view, case.now, writes);
    let mut book = books
        .get::<PriceBook>(&state_key::price_book())
        .unwrap_or_default();
    let last = book.lists.as_slice().last();
    check_beginning(&books, from, last)?;
    let version = last.map_or(0, |(_, version)| *version).saturating_add(1);
    book.lists = push(&book.lists, (from, version));
    books.put(state_key::price_book(), &book);
    let list = PriceList {
        version,
        from,
        prices: *prices,
    };
    books.put(state_key::prices(version), &list);
    Ok(Done::default())
}

pub(crate) fn set_tax(
    case: &Case<'_>,
    region: &Jurisdiction,
    millionths: u32,
    from: Period,
    writes: &mut Writes,
) -> Effect {
    let known = read::<Jurisdictions>(case.view, &state_key::jurisdictions())
        .is_some_and(|known| known.tags.contains(region));
    if !known {
        return Err(Reason::JurisdictionUnknown);
    }
    if millionths > 1_000_000 {
        return Err(Reason::TaxOverRate);
    }
    let mut books = Books::open(case.view, case.now, writes);
    let key = state_key::tax_rates(region);
    let mut rates = books.get::<TaxRates>(&key).unwrap_or_default();
    check_beginning(&books, from, rates.rates.as_slice().last())?;
    rates.rates = push(&rates.rates, (from, millionths));
    books.put(key, &rates);
    Ok(Done::default())
}
