//! The close of a period: what is still open of its use is sealed, each IMVU's statement is made, once (law §4), and what each
//! has is put on record, once (law §7).

use super::account_book::save;
use super::{books::Books, statement};
use crate::law::{echo::Echo, exit::baseline, mail, metering};
use crate::view::after;
use nexus_types::billing::{Billing, Closed, Periods, StatementEntry};
use nexus_types::block::Event;
use nexus_types::exit::{CollectionHead, PeriodRoots};
use nexus_types::limits::STATEMENTS_PER_STEP;
use nexus_types::log::CollectionKind;
use nexus_types::period::{Calendar, Period};
use nexus_types::state::{Collection, DelayProfile, Imvu, TimedItem};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, ImvuId, Time, decode};

/// When the statements of a period are made: once late windows have had their time.
pub(crate) fn due(calendar: Calendar, delays: &DelayProfile, period: Period) -> Time {
    calendar.end(period).plus_ms(delays.late_window_ms)
}

/// Makes the statements of a few IMVUs; the rest at the next block. A block that is late by several periods closes them one
/// after the other in the blocks that follow.
pub(crate) fn step(books: &mut Books<'_>, period: Period, from: Option<&ImvuId>) {
    if from.is_none() {
        // From now on, use of this period that is sealed later is an adjustment of the next.
        let open = period.next();
        books.put(state_key::periods(), &Periods { open });
    }
    let (first, to) = state_key::range_of(KeyKind::Imvu);
    let mut at = from.map_or(first, state_key::imvu);
    for _ in 0..STATEMENTS_PER_STEP {
        let Some((key, bytes)) = books.look(|view| view.first_in(&at, &to)) else {
            break;
        };
        if let Ok(imvu) = decode::<Imvu>(&bytes) {
            put_on_record(books, &imvu, period);
            close(books, &imvu, period);
        }
        at = after(&key);
    }
    let next = books.look(|view| view.first_in(&at, &to));
    let next = next.and_then(|(_, bytes)| decode::<Imvu>(&bytes).ok());
    let soon = books.now.time.plus_ms(1);
    let (due, item) = if let Some(imvu) = next {
        let from = Some(imvu.id);
        (soon, TimedItem::ClosePeriod { period, from })
    } else {
        books.echoes.push(Event::PeriodClosed(period).into());
        let period = period.next();
        let natural = due(books.calendar(), books.delays(), period);
        let item = TimedItem::ClosePeriod { period, from: None };
        (natural.max(soon), item)
    };
    books.put(state_key::due(due.0, &item), &item);
}

/// How far its collections have come by the last block, and what its creator has authored.
fn put_on_record(books: &mut Books<'_>, imvu: &Imvu, period: Period) {
    let heads = CollectionKind::ALL.into_iter().filter_map(|kind| {
        let key = state_key::collection(kind, Some(&imvu.id));
        let known = books.get::<Collection>(&key)?;
        Some(CollectionHead {
            kind,
            size: known.size,
            root: known.root,
        })
    });
    let collections = heads.collect();
    let roots = books.look(|view| PeriodRoots {
        imvu: imvu.id.clone(),
        period,
        at: books.now.height.saturating_sub(1),
        collections,
        authored: baseline::of(view, imvu).hash(),
        mail: mail::book::of(view, &imvu.id).map(|book| book.root),
    });
    books.put(state_key::period_roots(&imvu.id, period), &roots);
}

fn close(books: &mut Books<'_>, imvu: &Imvu, period: Period) {
    let end = books.calendar().end(period);
    let now = books.now;
    let sealed = books
        .with(|base, writes| metering::seal_before(base, now, imvu, end, Some(period), writes));
    books.echoes.extend(sealed);
    let billing = books.get::<Billing>(&state_key::billing(&imvu.id, period));
    let Some(mut billing) = billing.filter(|billing| billing.closed.is_none()) else {
        return;
    };
    let text = statement::text(books, imvu.owner, &billing).into_bytes();
    let hash = Hash::of(&text);
    let key = state_key::collection(CollectionKind::Statements, Some(&imvu.id));
    let sequence = books.get::<Collection>(&key).map_or(0, |known| known.size);
    let height = books.now.height;
    billing.closed = Some(Closed {
        hash,
        height,
        sequence,
    });
    save(books, &billing);
    books.echoes.push(Echo::Statement(StatementEntry {
        imvu: imvu.id.clone(),
        sequence,
        period,
        height,
        hash,
        text,
    }));
}
