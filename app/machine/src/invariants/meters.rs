//! Meters and what they have read.

use super::{Fault, Ledger, fault};
use nexus_types::limits::WINDOW_SLACK_MS;
use nexus_types::meter::{Meter, Metering};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{ImvuId, KeyBytes, MeterId};

pub(super) fn keys(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Meter>(KeyKind::Meter, |key, meter| {
        let keys = meter.keys.as_slice();
        if meter.threshold == 0 || usize::from(meter.threshold) > keys.len() {
            return fault(
                key,
                format_args!("{} of {} keys is no threshold", meter.threshold, keys.len()),
            );
        }
        for own in keys {
            let whose = ledger.get::<MeterId>(&state_key::meter_key(own))?;
            if whose.as_ref() != Some(&meter.id) {
                return fault(key, format_args!("its key {own:?} is {whose:?}'s"));
            }
        }
        Ok(())
    })?;
    ledger.each::<MeterId>(KeyKind::MeterKey, |key, id| {
        let own = KeyBytes(key.id().try_into().unwrap_or_default());
        let meter = ledger.get::<Meter>(&state_key::meter(&id))?;
        if meter.is_some_and(|meter| meter.keys.contains(&own)) {
            return Ok(());
        }
        fault(key, format_args!("{id} has no such key"))
    })
}

pub(super) fn metering(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let latest = ledger.clock()?.time.plus_ms(WINDOW_SLACK_MS);
    ledger.each::<Meter>(KeyKind::Meter, |key, meter| {
        let fresh = meter.sequence == 0;
        if meter.window_end > latest || fresh != (meter.window_end.0 == 0) {
            return fault(
                key,
                format_args!("record {} ends at {}", meter.sequence, meter.window_end),
            );
        }
        Ok(())
    })?;
    ledger.each::<Metering>(KeyKind::Metering, |key, metering| {
        whose(ledger, key)?;
        for cursor in &metering.cursors {
            match ledger.get::<Meter>(&state_key::meter(&cursor.meter))? {
                Some(meter) if cursor.at <= meter.window_end && cursor.boot <= meter.boots => {}
                _ => {
                    return fault(
                        key,
                        format_args!("the reading of {} is ahead of it", cursor.meter),
                    );
                }
            }
        }
        let cursors = metering.cursors.iter();
        let in_order = ascending(cursors.map(|cursor| (&cursor.meter, cursor.placement)))
            && ascending(
                metering
                    .hours
                    .iter()
                    .map(|open| (open.hour, open.placement)),
            )
            && metering
                .hours
                .iter()
                .all(|open| ascending(open.lines.iter().map(|line| (line.resource, &line.meter))));
        if !in_order {
            return fault(key, "its readings or hours are out of order");
        }
        let mut lines = metering.hours.iter().flat_map(|open| &open.lines);
        if lines.any(|line| line.billed > line.read) {
            return fault(key, "more is billed than was read");
        }
        Ok(())
    })
}

fn whose(ledger: &Ledger<'_>, key: &StateKey) -> Result<(), Fault> {
    let text = core::str::from_utf8(key.id()).ok();
    match text.and_then(|text| ImvuId::new(text).ok()) {
        Some(imvu) if ledger.exists(&state_key::imvu(&imvu)) => Ok(()),
        _ => fault(key, "it is no IMVU's"),
    }
}

fn ascending<T: Ord>(items: impl Iterator<Item = T>) -> bool {
    let mut last: Option<T> = None;
    for item in items {
        if last.as_ref().is_some_and(|last| *last >= item) {
            return false;
        }
        last = Some(item);
    }
    true
}
