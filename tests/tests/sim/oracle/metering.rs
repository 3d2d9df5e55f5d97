//! Meters: their chains of records, and what is billed by them.

use nexus_types::crypto::verify;
use nexus_types::encoding::decode;
use nexus_types::host::{AgentKind, Placement, Slot};
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::meter::{
    Meter, MeterLine, MeterRecord, Metering, RecordKind, Resource, Target, UsageHour,
};
use nexus_types::quota::Quota;
use nexus_types::report::DriftEntry;
use nexus_types::state::Clock;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{HostId, ImvuId, MeterId, Time};
use std::collections::{BTreeMap, BTreeSet};

use super::{Step, hold};

const HOUR_MS: u64 = 3_600_000;
/// Milliseconds a window may end after the block time.
const SLACK_MS: u64 = 5_000;
/// Milliseconds of use by which a stay may run ahead of its quota.
const BURST_MS: u64 = 1_000;

pub(super) fn windows_are_contiguous(step: &Step<'_>) -> Result<(), String> {
    let mut chains: BTreeMap<MeterId, (Meter, u64, Time)> = BTreeMap::new();
    if let Some((report, host, kind)) = step.report() {
        for record in report.usage.as_slice() {
            let id = &record.body.meter;
            if !chains.contains_key(id) {
                let meter = step
                    .was::<Meter>(&state_key::meter(id))
                    .ok_or("a meter that is not there was read")?;
                hold(
                    (&meter.host, meter.kind) == (&host.id, kind) && !meter.retired,
                    || format!("{id} is not of this agent"),
                )?;
                let (sequence, end) = (meter.sequence, meter.window_end);
                chains.insert(id.clone(), (meter, sequence, end));
            }
            let Some((meter, sequence, end)) = chains.get_mut(id) else {
                continue;
            };
            signed(meter, record)?;
            follows(step, meter, (*sequence, *end), record)?;
            (*sequence, *end) = (record.body.sequence, record.body.end);
            meter.last = record.body.id();
        }
    }
    for key in step.changed(KeyKind::Meter) {
        let (Some(old), Some(new)) = (step.was::<Meter>(key), step.becomes::<Meter>(key)) else {
            continue;
        };
        let (last, sequence, end) = chains
            .remove(&old.id)
            .map_or((old.last, old.sequence, old.window_end), |chain| {
                (chain.0.last, chain.1, chain.2)
            });
        let right = (new.last, new.sequence, new.window_end) == (last, sequence, end);
        hold(right, || {
            format!(
                "{} stands at record {} instead of {sequence}",
                new.id, new.sequence
            )
        })?;
    }
    let left = chains.into_keys().next();
    left.map_or(Ok(()), |id| Err(format!("{id} was read in vain")))
}

/// As many different keys of the meter as it takes signed it.
fn signed(meter: &Meter, record: &MeterRecord) -> Result<(), String> {
    let id = record.body.id();
    let mut good = BTreeSet::new();
    for one in record.signatures.as_slice() {
        let key = meter.keys.as_slice().get(usize::from(one.key));
        if key.is_some_and(|key| verify(key, &id, &one.signature)) {
            good.insert(one.key);
        }
    }
    hold(good.len() >= usize::from(meter.threshold), || {
        format!("{} of {} keys signed", good.len(), meter.threshold)
    })
}

fn follows(
    step: &Step<'_>,
    meter: &Meter,
    (sequence, end): (u64, Time),
    record: &MeterRecord,
) -> Result<(), String> {
    let body = &record.body;
    let now = step
        .was::<Clock>(&state_key::clock())
        .map_or(Time(0), |clock| clock.time);
    let from = match sequence {
        0 => body.start >= meter.since,
        _ => body.start == end,
    };
    let hour = |ms: u64| ms / HOUR_MS;
    let one_hour = hour(body.start.0) == hour(body.end.0.saturating_sub(1));
    let broken = [
        (body.sequence == sequence + 1, "is the next"),
        (body.previous == meter.last, "names the one before"),
        (from, "starts where the last one ended"),
        (body.start < body.end, "ends after it starts"),
        (body.end.0 <= now.0 + SLACK_MS, "is over"),
        (
            one_hour || body.kind == RecordKind::Gap,
            "stays within an hour",
        ),
        (
            body.kind == RecordKind::Reading || body.lines.as_slice().is_empty(),
            "reads nothing in a gap",
        ),
    ];
    let broken = broken.into_iter().find(|(holds, _)| !holds);
    broken.map_or(Ok(()), |(_, what)| {
        Err(format!(
            "it is not so that record {} of {} {what}",
            body.sequence, meter.id
        ))
    })
}

/// What a quota lets be used in a millisecond, in parts of the resource's unit, and a unit's parts: written here anew.
fn rate(resource: Resource, quota: &Quota) -> (u128, u128) {
    const MIB: u128 = 1 << 20;
    match resource {
        // Thousandths of a CPU are milliseconds of one in a second.
        Resource::Cpu => (u128::from(quota.cpu_millis), 1_000),
        Resource::Memory => (u128::from(quota.memory_bytes), 1_000 * MIB),
        Resource::Io => (u128::from(quota.io_bytes), 1_000),
        Resource::Dns => (u128::from(quota.dns_answers), 1_000),
        Resource::Mail => (u128::from(quota.mail_messages), 3_600_000),
        // Sent and received, an eighth of a byte each.
        Resource::Network => (2 * u128::from(quota.bandwidth_bits), 8_000),
        Resource::MailStorage => (u128::from(quota.mail_bytes), 1_000 * MIB),
    }
}

fn greater(a: &Quota, b: &Quota) -> Quota {
    let mut greater = *a;
    for field in nexus_types::quota::QuotaField::ALL {
        greater.set(field, a.get(field).max(b.get(field)));
    }
    greater
}

/// A stay of an IMVU somewhere, as a line may be billed to it.
struct Stay {
    imvu: ImvuId,
    generation: u64,
    since: Time,
    ended: Option<Time>,
    ceiling: Quota,
}

fn stay(step: &Step<'_>, host: &HostId, line: &MeterLine) -> Option<Stay> {
    let live = |imvu: &ImvuId| {
        let placement = step.was::<Placement>(&state_key::placement(imvu))?;
        Some(Stay {
            imvu: placement.imvu,
            generation: placement.generation,
            since: placement.since,
            ended: None,
            ceiling: greater(&placement.ceiling, &placement.ceiling_before),
        })
    };
    match &line.target {
        Target::Imvu(imvu) => live(imvu),
        Target::Slot(number) => {
            let slot = step.was::<Slot>(&state_key::slot(host, *number))?;
            match slot.ended {
                None => live(&slot.imvu),
                Some((ended, ceiling)) => Some(Stay {
                    imvu: slot.imvu,
                    generation: slot.generation,
                    since: slot.since,
                    ended: Some(ended),
                    ceiling,
                }),
            }
        }
    }
}

/// What a meter reads of a stay in a step: from where, to where, and what it had billed ahead of the quota before.
struct Reading {
    stay: Stay,
    from: Time,
    to: Time,
    ahead: Vec<u128>,
}

/// What may be billed to whom by a step: quota × time, for each meter and stay, and a burst that was not used yet.
fn permitted(step: &Step<'_>) -> BTreeMap<(ImvuId, Resource), u128> {
    let mut permitted = BTreeMap::new();
    let Some((report, host, kind)) = step.report() else {
        return permitted;
    };
    let mut readings: BTreeMap<(MeterId, ImvuId, u64), Reading> = BTreeMap::new();
    for record in report.usage.as_slice() {
        for line in record.body.lines.as_slice() {
            let Some(stay) = stay(step, &host.id, line) else {
                continue;
            };
            let meter = &record.body.meter;
            let place = (meter.clone(), stay.imvu.clone(), stay.generation);
            let end = record.body.end;
            let to = stay.ended.map_or(end, |ended| ended.min(end));
            let reading = readings.entry(place).or_insert_with(|| {
                let metering = step.was::<Metering>(&state_key::metering(&stay.imvu));
                let known = metering.and_then(|metering| {
                    let mut cursors = metering.cursors.into_iter();
                    cursors.find(|each| each.meter == *meter && each.placement == stay.generation)
                });
                let (from, ahead) = known.map_or((stay.since, Vec::new()), |cursor| {
                    (cursor.at.max(stay.since), cursor.ahead.as_slice().to_vec())
                });
                Reading {
                    stay,
                    from,
                    to,
                    ahead,
                }
            });
            reading.to = to.max(reading.to);
        }
    }
    for reading in readings.into_values() {
        let ms = reading.to.0.saturating_sub(reading.from.0);
        let ahead = reading.ahead.into_iter().chain(std::iter::repeat(0));
        for (resource, ahead) in AgentKind::resources(kind).iter().zip(ahead) {
            let (rate, parts) = rate(*resource, &reading.stay.ceiling);
            let burst = (rate * u128::from(BURST_MS)).div_ceil(parts) * parts;
            let room = (burst + rate * u128::from(ms)).saturating_sub(ahead);
            *permitted
                .entry((reading.stay.imvu.clone(), *resource))
                .or_insert(0) += room / parts;
        }
    }
    permitted
}

/// All that was billed so far, sealed or not.
fn billed(metering: &Metering, resource: Resource) -> u128 {
    let mut sealed = Resource::ALL.iter().zip(metering.billed);
    let sealed = sealed
        .find(|(each, _)| **each == resource)
        .map_or(0, |(_, sealed)| sealed);
    let open = metering.hours.iter().flat_map(|hour| &hour.lines);
    let open = open.filter(|line| line.resource == resource);
    sealed + open.map(|line| line.billed).sum::<u128>()
}

pub(super) fn bills_stay_within_quota_and_time(step: &Step<'_>) -> Result<(), String> {
    let permitted = permitted(step);
    for key in step.changed(KeyKind::Metering) {
        let id = std::str::from_utf8(key.id()).map_err(|error| error.to_string())?;
        let imvu = ImvuId::new(id).map_err(|error| format!("{id}: {error}"))?;
        let old = step.was::<Metering>(key).unwrap_or_default();
        let new = step.becomes::<Metering>(key).ok_or("usage vanished")?;
        for resource in Resource::ALL {
            let (before, after) = (billed(&old, resource), billed(&new, resource));
            let may = permitted
                .get(&(imvu.clone(), resource))
                .copied()
                .unwrap_or(0);
            hold(after >= before && after - before <= may, || {
                format!("{resource} of {imvu} went from {before} to {after}; {may} was permitted")
            })?;
        }
        let mut lines = new.hours.iter().flat_map(|hour| &hour.lines);
        hold(lines.all(|line| line.billed <= line.read), || {
            format!("{imvu} is billed more than was read")
        })?;
    }
    Ok(())
}

/// The hours that were sealed: in the chain's log and, the same bytes in the same order, in the IMVUs' collections.
pub(super) fn sealed(appended: &[(LogId, Vec<u8>)]) -> Result<Vec<UsageHour>, String> {
    let of = |log: &dyn Fn(&LogId) -> bool| -> Vec<&Vec<u8>> {
        let records = appended.iter().filter(|(to, _)| log(to));
        records.map(|(_, bytes)| bytes).collect()
    };
    let all = of(&|log| *log == LogId::Chain(ChainLog::Usage));
    let own = of(&|log| matches!(log, LogId::Collection(CollectionKind::Usage, _)));
    hold(all == own, || {
        format!(
            "{} hours in the log, {} with their IMVUs",
            all.len(),
            own.len()
        )
    })?;
    let hours = all.into_iter();
    hours
        .map(|bytes| decode(bytes).map_err(|error| format!("an hour of usage: {error}")))
        .collect()
}

pub(super) fn usage_is_sealed_once(step: &Step<'_>) -> Result<(), String> {
    let mut sums: BTreeMap<(ImvuId, Resource), u128> = BTreeMap::new();
    for hour in sealed(step.appended)? {
        let owner = step.owner_of(&hour.imvu);
        hold(owner == Some(hour.owner), || {
            format!("usage of {} is another's", hour.imvu)
        })?;
        for line in &hour.lines {
            *sums.entry((hour.imvu.clone(), line.resource)).or_insert(0) += line.billed;
        }
    }
    for key in step.changed(KeyKind::Metering) {
        let id = std::str::from_utf8(key.id()).map_err(|error| error.to_string())?;
        let imvu = ImvuId::new(id).map_err(|error| format!("{id}: {error}"))?;
        let old = step.was::<Metering>(key).unwrap_or_default();
        let new = step.becomes::<Metering>(key).ok_or("usage vanished")?;
        for (place, resource) in Resource::ALL.into_iter().enumerate() {
            let grown = new.billed[place].checked_sub(old.billed[place]);
            let sum = sums.remove(&(imvu.clone(), resource)).unwrap_or(0);
            hold(grown == Some(sum), || {
                format!("{sum} of {resource} of {imvu} sealed, the sum moved by {grown:?}")
            })?;
        }
    }
    let left = sums.into_iter().find(|(_, sum)| *sum > 0);
    left.map_or(Ok(()), |((imvu, resource), _)| {
        Err(format!("{resource} of {imvu} was sealed from nothing"))
    })
}

pub(super) fn drifts_are_told(step: &Step<'_>) -> Result<(), String> {
    let drifts: Vec<_> = step
        .appended
        .iter()
        .filter_map(|(log, bytes)| match log {
            LogId::Collection(CollectionKind::Drifts, imvu) => Some((imvu, bytes)),
            _ => None,
        })
        .collect();
    let reported = step.report();
    let due = reported
        .as_ref()
        .map_or(0, |(report, _, _)| report.drifts.as_slice().len());
    hold(drifts.len() == due, || {
        format!("{} drifts recorded, {due} reported", drifts.len())
    })?;
    let Some((_, host, _)) = reported else {
        return Ok(());
    };
    let mut told: BTreeMap<&ImvuId, usize> = BTreeMap::new();
    for (imvu, bytes) in drifts {
        let entry: DriftEntry =
            decode(bytes).map_err(|error| format!("an entry of a drift: {error}"))?;
        hold(entry.drift.imvu == *imvu, || {
            "a drift is recorded under another IMVU".to_owned()
        })?;
        let Some(imvu) = imvu else { continue };
        let placement = step.becomes::<Placement>(&state_key::placement(imvu));
        hold(placement.is_some_and(|one| one.host == host.id), || {
            format!("{imvu} is not on {}", host.id)
        })?;
        *told.entry(imvu).or_default() += 1;
    }
    for (imvu, count) in told {
        let log = LogId::Collection(CollectionKind::Notices, Some(imvu.clone()));
        let notices = step.appended_to(&log);
        hold(notices == count, || {
            format!("{notices} notices of {count} drifts of {imvu}")
        })?;
    }
    Ok(())
}
