//! Open hours: what meters read is added to them, until they are sealed and charged.

use super::{Stay, Used};
use crate::law::echo::Echo;
use crate::law::money::{books::Books, rating};
use crate::view::{BlockContext, Layer, View, Writes, read, write};
use alloc::vec::Vec;
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::{Meter, Metering, OpenHour, Resource, UsageFlags, UsageHour, UsageLine};
use nexus_types::period::Period;
use nexus_types::state::Imvu;
use nexus_types::{Height, MeterId, Time, state_key};

/// The hour a time lies in, since 1970.
pub(super) fn hour_of(time: Time) -> u64 {
    time.0.checked_div(HOUR_MS).unwrap_or(0)
}

fn hour_end(hour: u64) -> Time {
    Time(hour.saturating_add(1).saturating_mul(HOUR_MS))
}

/// Charges hours that were just sealed: each hour's entry, then its charge.
pub(super) fn charge(
    base: &dyn View,
    now: BlockContext,
    hours: Vec<UsageHour>,
    into: Option<Period>,
    writes: &mut Writes,
) -> Vec<Echo> {
    if hours.is_empty() {
        return Vec::new();
    }
    let mut books = Books::open(base, now, writes);
    for hour in hours {
        books.echoes.push(Echo::Usage(hour.clone()));
        rating::charge(&mut books, &hour, into);
    }
    books.echoes
}

/// Adds what was used to the open hour.
pub(super) fn add(metering: &mut Metering, stay: &Stay, meter: &Meter, hour: u64, used: &Used) {
    let place = (hour, stay.generation);
    let at = metering
        .hours
        .partition_point(|open| (open.hour, open.placement) < place);
    let known = metering
        .hours
        .get(at)
        .is_some_and(|open| (open.hour, open.placement) == place);
    if !known {
        let open = OpenHour {
            hour,
            placement: stay.generation,
            host: stay.host.clone(),
            lines: Vec::new(),
        };
        metering.hours.insert(at, open);
    }
    let Some(open) = metering.hours.get_mut(at) else {
        return;
    };
    let mut dropped = used.dropped;
    for (resource, read, billed, flags) in &used.quantities {
        let line = line_of(&mut open.lines, *resource, &meter.id);
        line.read = line.read.saturating_add(*read);
        line.billed = line.billed.saturating_add(*billed);
        // What was dropped was one thing, whatever the meter counts beside it.
        line.dropped = line.dropped.saturating_add(core::mem::take(&mut dropped));
        line.windows = line.windows.saturating_add(1);
        line.flags = line.flags.with(flags.0);
    }
}

fn line_of<'a>(
    lines: &'a mut Vec<UsageLine>,
    resource: Resource,
    meter: &MeterId,
) -> &'a mut UsageLine {
    let at = lines.partition_point(|line| (line.resource, &line.meter) < (resource, meter));
    let known = lines
        .get(at)
        .is_some_and(|line| line.resource == resource && line.meter == *meter);
    if !known {
        let line = UsageLine {
            resource,
            meter: meter.clone(),
            read: 0,
            billed: 0,
            dropped: 0,
            windows: 0,
            flags: UsageFlags::default(),
        };
        lines.insert(at, line);
    }
    #[expect(
        clippy::indexing_slicing,
        reason = "the line was found or inserted there"
    )]
    &mut lines[at]
}

/// Whether an open hour ends by `before`.
pub(super) fn ends_by(metering: &Metering, before: Time) -> bool {
    let first = metering.hours.first();
    first.is_some_and(|open| hour_end(open.hour) <= before)
}

/// Seals the hours that end by `before`.
pub(super) fn seal(
    metering: &mut Metering,
    imvu: &Imvu,
    before: Time,
    height: Height,
) -> Vec<UsageHour> {
    let complete = metering
        .hours
        .partition_point(|open| hour_end(open.hour) <= before);
    let sealed: Vec<OpenHour> = metering.hours.drain(..complete).collect();
    sealed
        .into_iter()
        .map(|open| {
            for line in &open.lines {
                let totals = Resource::ALL.iter().zip(metering.billed.iter_mut());
                for (_, total) in totals.filter(|(each, _)| **each == line.resource) {
                    *total = total.saturating_add(line.billed);
                }
            }
            UsageHour {
                imvu: imvu.id.clone(),
                // The collection numbers it.
                sequence: 0,
                hour: open.hour,
                owner: imvu.owner,
                host: open.host,
                placement: open.placement,
                height,
                lines: open.lines,
            }
        })
        .collect()
}

/// Seals an IMVU's hours that end by `before`, whatever its meters have said, and charges them; `into` the statement that is
/// being made, where one is.
pub(crate) fn seal_before(
    view: &dyn View,
    now: BlockContext,
    imvu: &Imvu,
    before: Time,
    into: Option<Period>,
    writes: &mut Writes,
) -> Vec<Echo> {
    let key = state_key::metering(&imvu.id);
    let Some(mut metering) = read::<Metering>(&Layer { base: view, writes }, &key) else {
        return Vec::new();
    };
    let sealed = seal(&mut metering, imvu, before, now.height);
    if !sealed.is_empty() {
        write(writes, key, &metering);
    }
    charge(view, now, sealed, into, writes)
}
