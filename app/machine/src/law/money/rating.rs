//! From a sealed hour of use to charges: each resource's cumulative quantity of the period is rated, and rounds once.

use super::account_book::{billing, enter, save, statement_of};
use super::books::Books;
use super::payers;
use alloc::vec::Vec;
use nexus_types::billing::{Adjustment, Billing, Charge, ChargeLine, MoneyEvent, Rated};
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::{Resource, UsageFlags, UsageHour};
use nexus_types::money::{PriceList, price_of};
use nexus_types::period::Period;
use nexus_types::{Micros, Time, state_key};

/// Charges an hour that was just sealed. It stands in the statement of its own period while that is open, or of the one
/// that is being made (`into`), else as an adjustment in the next.
pub(crate) fn charge(books: &mut Books<'_>, hour: &UsageHour, into: Option<Period>) {
    let start = Time(hour.hour.saturating_mul(HOUR_MS));
    let of = books.calendar().period_of(start);
    let stands_in = into.unwrap_or_else(|| statement_of(books, of));
    let mut own = billing(books, &hour.imvu, of);
    let list = books.get::<PriceList>(&state_key::prices(own.version));
    let mut lines = Vec::new();
    let mut total = Micros::ZERO;
    for (resource, quantity) in quantities(hour) {
        let price = list
            .as_ref()
            .and_then(|list| price_of(&list.prices, resource));
        let rated = rated_of(&mut own.usage, resource);
        rated.quantity = rated.quantity.saturating_add(quantity);
        let due = price.map_or(Micros::ZERO, |price| price.of(rated.quantity));
        let charged = due.minus(rated.charged).unwrap_or_default();
        rated.charged = due;
        total = Micros(total.0.saturating_add(charged.0));
        lines.push(ChargeLine {
            resource,
            quantity,
            charged,
        });
    }
    let flags = hour
        .lines
        .iter()
        .fold(UsageFlags::default(), |all, line| all.with(line.flags.0));
    let version = own.version;
    let parts = payers::charge(books, &hour.imvu, hour.owner, start, of, total);
    let mut next = (stands_in != of).then(|| billing(books, &hour.imvu, stands_in));
    if let Some(next) = &mut next {
        save(books, &own);
        for line in &lines {
            adjust(next, of, version, line);
        }
    }
    let mut book = next.unwrap_or(own);
    let event = MoneyEvent::Charged(Charge {
        // The block knows the hour's position once it has it appended.
        usage: 0,
        hour: hour.hour,
        of,
        version,
        lines,
        parts,
        flags,
    });
    enter(books, &mut book, hour.owner, event);
    save(books, &book);
}

/// What counts of each resource, all meters together.
fn quantities(hour: &UsageHour) -> impl Iterator<Item = (Resource, u128)> + '_ {
    Resource::ALL.into_iter().filter_map(|resource| {
        let mut lines = hour
            .lines
            .iter()
            .filter(|line| line.resource == resource)
            .peekable();
        lines.peek()?;
        Some((
            resource,
            lines.fold(0, |sum: u128, line| sum.saturating_add(line.billed)),
        ))
    })
}

fn rated_of(usage: &mut Vec<Rated>, resource: Resource) -> &mut Rated {
    let at = usage.partition_point(|rated| rated.resource < resource);
    if usage.get(at).is_none_or(|rated| rated.resource != resource) {
        usage.insert(
            at,
            Rated {
                resource,
                quantity: 0,
                charged: Micros::ZERO,
            },
        );
    }
    #[expect(clippy::indexing_slicing, reason = "it was found or inserted there")]
    &mut usage[at]
}

fn adjust(billing: &mut Billing, of: Period, version: u32, line: &ChargeLine) {
    let place = (of, line.resource);
    let at = billing
        .adjustments
        .partition_point(|each| (each.of, each.rated.resource) < place);
    let known = billing.adjustments.get_mut(at);
    match known.filter(|each| (each.of, each.rated.resource) == place) {
        Some(each) => {
            each.rated.quantity = each.rated.quantity.saturating_add(line.quantity);
            each.rated.charged.0 = each.rated.charged.0.saturating_add(line.charged.0);
        }
        None => billing.adjustments.insert(
            at,
            Adjustment {
                of,
                version,
                rated: Rated {
                    resource: line.resource,
                    quantity: line.quantity,
                    charged: line.charged,
                },
            },
        ),
    }
}
