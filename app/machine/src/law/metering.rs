//! From a meter's records to sealed hours of usage (law §5).
//!
//! Flow: gate 6 checks each record's place in its meter's chain ([`check()`]); [`apply`] turns cumulative counters into what was
//! used since the last reading and caps it by the quota; [`hours`] adds it to the open hour, and an hour that every meter of
//! the host has passed is sealed.

mod check;
mod hours;

use super::echo::Echo;
use super::meters;
use crate::case::Case;
use crate::view::{Layer, View, Writes, read, write};
use alloc::vec::Vec;
use nexus_types::block::Event;
use nexus_types::host::{Host, Placement, Slot};
use nexus_types::limits::{BURST_MS, CURSORS_PER_IMVU, LATE_WINDOW_MS};
use nexus_types::meter::{
    Cursor, Meter, MeterLine, MeterRecord, MeterRecordBody, Metering, RecordKind, Resource, Target,
    UsageFlags,
};
use nexus_types::quota::Quota;
use nexus_types::state::Imvu;
use nexus_types::{Few, HostId, ImvuId, MeterId, Time, state_key};

pub(crate) use check::check;
pub(crate) use hours::seal_before;
use hours::{add, charge, ends_by, hour_of, seal};

/// Takes the records of a report into account, all of which gate 6 has let through.
pub(crate) fn apply(
    case: &Case<'_>,
    host: &Host,
    records: &[MeterRecord],
    writes: &mut Writes,
) -> Vec<Echo> {
    let mut echoes = Vec::new();
    for record in records {
        echoes.extend(apply_record(case, host, &record.body, writes));
    }
    echoes
}

fn apply_record(
    case: &Case<'_>,
    host: &Host,
    body: &MeterRecordBody,
    writes: &mut Writes,
) -> Vec<Echo> {
    let key = state_key::meter(&body.meter);
    let layer = Layer {
        base: case.view,
        writes,
    };
    let Some(mut meter) = read::<Meter>(&layer, &key) else {
        return Vec::new();
    };
    if meter.boots == 0 || meter.boot != body.boot {
        meter.boots = meter.boots.saturating_add(1);
        meter.boot = body.boot;
    }
    meter.sequence = body.sequence;
    meter.last = body.id();
    meter.window_end = body.end;
    meter.last_time = case.law_time;
    meter.silent = false;
    if body.kind == RecordKind::Gap {
        meter.gap_ms = meter.gap_ms.saturating_add(body.end.since(body.start));
        meter.gap_end = body.end;
    }
    write(writes, key, &meter);
    let sealable = sealable(case, host, writes);
    let mut echoes = Vec::new();
    let mut strangers = 0_u32;
    for line in body.lines.as_slice() {
        let heard = stay_of(case, host, line, body.start, writes).and_then(|stay| {
            read_line(
                case,
                &meter,
                &stay,
                line,
                body,
                sealable,
                &mut echoes,
                writes,
            )
        });
        if heard.is_none() {
            strangers = strangers.saturating_add(1);
        }
    }
    if strangers > 0 {
        echoes.push(Echo::Event(Event::NotPlaced {
            meter: body.meter.clone(),
            lines: strangers,
        }));
    }
    echoes
}

/// The time up to which every meter of the host has spoken: hours that end by then are complete.
fn sealable(case: &Case<'_>, host: &Host, writes: &Writes) -> Time {
    let layer = Layer {
        base: case.view,
        writes,
    };
    // One that does not count yet owes nothing.
    meters::of_host(&layer, host)
        .filter(|meter| meter.usable_from <= case.law_time)
        .map(|meter| meter.window_end)
        .min()
        .unwrap_or_default()
}

/// Whose line it is, as far as a bill is concerned.
struct Stay {
    imvu: ImvuId,
    generation: u64,
    since: Time,
    host: HostId,
    /// When it ended, if it has.
    ended: Option<Time>,
    placement: Result<Placement, Quota>,
}

impl Stay {
    fn ceiling_at(&self, start: Time) -> Quota {
        match &self.placement {
            Ok(placement) => placement.ceiling_at(start),
            Err(ceiling) => *ceiling,
        }
    }
}

/// The stay a line is about: one that stands, or one that ended after the window began.
fn stay_of(
    case: &Case<'_>,
    host: &Host,
    line: &MeterLine,
    start: Time,
    writes: &Writes,
) -> Option<Stay> {
    let layer = Layer {
        base: case.view,
        writes,
    };
    let live = |id: &ImvuId| read::<Placement>(&layer, &state_key::placement(id));
    match &line.target {
        // Whoever measures elsewhere is of the organisation that the IMVU is placed with.
        Target::Imvu(id) => live(id)
            .filter(|placement| {
                placement.host == host.id
                    || read::<Host>(&layer, &state_key::host(&placement.host))
                        .is_some_and(|other| other.operator == host.operator)
            })
            .map(|placement| Stay {
                imvu: id.clone(),
                generation: placement.generation,
                since: placement.since,
                host: placement.host.clone(),
                ended: None,
                placement: Ok(placement),
            }),
        Target::Slot(number) => {
            let slot = read::<Slot>(&layer, &state_key::slot(&host.id, *number))?;
            let placement = match slot.ended {
                Some((ended, _)) if ended <= start => return None,
                Some((_, ceiling)) => Err(ceiling),
                None => Ok(live(&slot.imvu)?),
            };
            Some(Stay {
                imvu: slot.imvu,
                generation: slot.generation,
                since: slot.since,
                host: host.id.clone(),
                ended: slot.ended.map(|(ended, _)| ended),
                placement,
            })
        }
    }
}

/// Bills a line; nothing if there is no room to remember it.
#[expect(
    clippy::too_many_arguments,
    reason = "one line in the light of its record, its meter and its stay; a struct of them would be made for this call alone"
)]
fn read_line(
    case: &Case<'_>,
    meter: &Meter,
    stay: &Stay,
    line: &MeterLine,
    body: &MeterRecordBody,
    sealable: Time,
    echoes: &mut Vec<Echo>,
    writes: &mut Writes,
) -> Option<()> {
    let key = state_key::metering(&stay.imvu);
    let layer = Layer {
        base: case.view,
        writes,
    };
    let mut metering = read::<Metering>(&layer, &key).unwrap_or_default();
    let cursor = take_cursor(&layer, &mut metering, meter, stay)?;
    let used = used(meter, stay, &cursor, line, body.end);
    if used.any(UsageFlags::CAPPED) {
        echoes.push(Echo::OverQuota {
            imvu: stay.imvu.clone(),
            meter: meter.id.clone(),
        });
    }
    if used.any(UsageFlags::CAPPED | UsageFlags::REGRESSED) {
        echoes.push(Echo::Event(Event::Implausible {
            imvu: stay.imvu.clone(),
            meter: meter.id.clone(),
        }));
    }
    add(&mut metering, stay, meter, hour_of(body.start), &used);
    let next = Cursor {
        meter: meter.id.clone(),
        placement: stay.generation,
        counters: line.counters,
        ahead: used.ahead,
        dropped: line.dropped,
        at: body.end,
        boot: meter.boots,
    };
    let at = metering
        .cursors
        .partition_point(|each| (&each.meter, each.placement) < (&next.meter, next.placement));
    metering.cursors.insert(at, next);
    // Meters elsewhere do not know how far the IMVU's own host has come; its own meters will seal.
    let mut sealed = Vec::new();
    let late = Time(case.now.time.0.saturating_sub(LATE_WINDOW_MS));
    let before = sealable.max(late);
    if stay.host == meter.host
        && ends_by(&metering, before)
        && let Some(imvu) = read::<Imvu>(&layer, &state_key::imvu(&stay.imvu))
    {
        sealed = seal(&mut metering, &imvu, before, case.now.height);
    }
    write(writes, key, &metering);
    echoes.extend(charge(case.view, case.now, sealed, None, writes));
    Some(())
}

/// Meters that took each other's place, followed back from one that has not read an IMVU yet.
const PREDECESSORS: usize = 8;

/// Where the meter's last reading of a stay stands, or else its predecessor's: what that one has read is not billed again.
fn read_by(view: &dyn View, metering: &Metering, meter: &Meter, stay: u64) -> Option<usize> {
    let mut id = Some(meter.id.clone());
    for _ in 0..=PREDECESSORS {
        let meter = id.take()?;
        let known = metering
            .cursors
            .iter()
            .position(|cursor| cursor.meter == meter && cursor.placement == stay);
        if known.is_some() {
            return known;
        }
        id = read::<Meter>(view, &state_key::meter(&meter)).and_then(|known| known.replaces);
    }
    None
}

/// Where the meter's last reading of this stay ended; where the stay began, if there is none. Readings of earlier stays are
/// forgotten once their meter has told of every window up to the beginning of this one: before that it may still speak of
/// them, and what it has read must not be billed again. Nothing, if there is no room for this reading.
fn take_cursor(
    view: &dyn View,
    metering: &mut Metering,
    meter: &Meter,
    stay: &Stay,
) -> Option<Cursor> {
    let known =
        read_by(view, metering, meter, stay.generation).map(|at| metering.cursors.remove(at));
    if known.is_none() && stay.generation <= metering.forgotten {
        return None;
    }
    if stay.ended.is_none() {
        metering.cursors.retain(|cursor| {
            cursor.placement >= stay.generation || told_until(view, &cursor.meter) < stay.since
        });
    }
    // Meters of hosts that were lost may never speak again.
    if metering.cursors.len() >= CURSORS_PER_IMVU {
        let all = metering.cursors.iter().enumerate();
        let (oldest, of) = all
            .map(|(at, cursor)| (at, cursor.placement))
            .min_by_key(|(_, placement)| *placement)?;
        if of >= stay.generation {
            return None;
        }
        metering.cursors.remove(oldest);
        metering.forgotten = metering.forgotten.max(of);
    }
    Some(known.unwrap_or_else(|| Cursor {
        meter: meter.id.clone(),
        placement: stay.generation,
        counters: Few::default(),
        ahead: Few::default(),
        dropped: 0,
        at: stay.since,
        boot: meter.boots,
    }))
}

/// Up to when a meter has told of its windows; of one that was replaced, up to when its host's meters of its kind have.
fn told_until(view: &dyn View, meter: &MeterId) -> Time {
    let never = Time(u64::MAX);
    let Some(meter) = read::<Meter>(view, &state_key::meter(meter)) else {
        return never;
    };
    if !meter.retired {
        return meter.window_end;
    }
    let Some(host) = read::<Host>(view, &state_key::host(&meter.host)) else {
        return never;
    };
    meters::of_host(view, &host)
        .filter(|each| each.kind == meter.kind)
        .map(|each| each.window_end)
        .min()
        .unwrap_or(never)
}

/// What a line comes to.
struct Used {
    /// Read and billed, in the order of the meter's resources, and what is special about each.
    quantities: Vec<(Resource, u128, u128, UsageFlags)>,
    /// As [`Cursor::ahead`], after it.
    ahead: Few<u128, 3>,
    dropped: u128,
}

impl Used {
    /// Whether any of `flags` holds for any resource.
    fn any(&self, flags: u8) -> bool {
        self.quantities
            .iter()
            .any(|(_, _, _, each)| each.0 & flags != 0)
    }
}

fn used(meter: &Meter, stay: &Stay, cursor: &Cursor, line: &MeterLine, end: Time) -> Used {
    let mut flags = UsageFlags::default();
    if meter.test {
        flags = flags.with(UsageFlags::TEST);
    }
    if cursor.at < meter.gap_end {
        flags = flags.with(UsageFlags::GAP);
    }
    let booted = cursor.boot != meter.boots;
    if booted {
        flags = flags.with(UsageFlags::BOOTED);
    }
    let end = stay.ended.map_or(end, |ended| ended.min(end));
    // A meter that is late reads windows from before the stay: they let nothing be used.
    let from = cursor.at.max(stay.since);
    let window = end.since(from);
    let ceiling = stay.ceiling_at(from);
    let mut quantities = Vec::new();
    let mut aheads = [0_u128; 3];
    let before = cursor.counters.as_slice().iter().copied();
    let before = before.chain(core::iter::repeat(0));
    let ahead = cursor.ahead.as_slice().iter().copied();
    let ahead = ahead.chain(core::iter::repeat(0));
    let counters = line.counters.as_slice().iter().copied();
    let counters = counters.zip(before.zip(ahead)).zip(&mut aheads);
    for (resource, ((now, (before, ahead)), left)) in meter.kind.resources().iter().zip(counters) {
        let before = if booted { 0 } else { before };
        let mut own = flags;
        if now < before {
            own = own.with(UsageFlags::REGRESSED);
        }
        let read = u128::from(now.saturating_sub(before));
        let (billed, ahead) = leak(*resource, &ceiling, window, ahead, read);
        if read > billed {
            own = own.with(UsageFlags::CAPPED);
        }
        quantities.push((*resource, read, billed, own));
        *left = ahead;
    }
    let dropped_before = if booted { 0 } else { cursor.dropped };
    let aheads = aheads.get(..quantities.len()).unwrap_or_default();
    Used {
        ahead: Few::new(aheads).unwrap_or_default(),
        quantities,
        dropped: u128::from(line.dropped.saturating_sub(dropped_before)),
    }
}

/// The leaky bucket of one resource: what of `read` is billed after `window` milliseconds, and how far it then is ahead of the
/// quota. However a time is cut into windows, no more of it is billed than quota × time and one burst.
fn leak(resource: Resource, quota: &Quota, window: u64, ahead: u128, read: u128) -> (u128, u128) {
    let (rate, parts) = resource.rate(quota);
    let burst = resource.most(quota, BURST_MS).saturating_mul(parts);
    let leaked = rate.saturating_mul(u128::from(window));
    let room = burst.saturating_add(leaked).saturating_sub(ahead);
    let billed = read.min(room.checked_div(parts).unwrap_or(0));
    let filled = ahead.saturating_add(billed.saturating_mul(parts));
    (billed, filled.saturating_sub(leaked))
}
