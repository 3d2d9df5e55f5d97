//! Gate 6's judgement of a report's records: the next of a meter that counts here and now, over time that is over.

use super::hours::hour_of;
use crate::case::Case;
use crate::view::read;
use alloc::collections::BTreeMap;
use nexus_types::limits::WINDOW_SLACK_MS;
use nexus_types::meter::{Meter, MeterLine, MeterRecordBody, MeterScope, RecordKind, Target};
use nexus_types::report::Report;
use nexus_types::{Hash, MeterId, Reason, Time, state_key};

/// Gate 6's judgement of a report: each record is the next of a meter that counts here and now.
pub(crate) fn check(case: &Case<'_>, report: &Report) -> Result<(), Reason> {
    let Some(agent) = &case.agent else {
        return Ok(());
    };
    // Several records of one meter follow each other within the report.
    let mut last: BTreeMap<&MeterId, (u64, Hash, Time)> = BTreeMap::new();
    for record in report.usage.as_slice() {
        let body = &record.body;
        let meter =
            read::<Meter>(case.view, &state_key::meter(&body.meter)).ok_or(Reason::MeterUnknown)?;
        if meter.host != agent.host || meter.kind != agent.kind {
            return Err(Reason::MeterForeign);
        }
        if meter.retired {
            return Err(Reason::MeterRetired);
        }
        if meter.usable_from > case.law_time {
            return Err(Reason::NotYetUsable);
        }
        if record.signatures.as_slice().len() < usize::from(meter.threshold) {
            return Err(Reason::MeterNotSigned);
        }
        let before = last.get(&body.meter).copied().unwrap_or((
            meter.sequence,
            meter.last,
            meter.window_end,
        ));
        check_place(body, before, meter.since)?;
        check_window(body, case.now.time)?;
        check_lines(body, &meter)?;
        last.insert(&body.meter, (body.sequence, body.id(), body.end));
    }
    Ok(())
}

fn check_place(
    body: &MeterRecordBody,
    (sequence, last, window_end): (u64, Hash, Time),
    registered: Time,
) -> Result<(), Reason> {
    if body.sequence != sequence.saturating_add(1) {
        return Err(Reason::RecordSequence);
    }
    if body.previous != last {
        return Err(Reason::RecordChain);
    }
    let continues = if sequence == 0 {
        body.start >= registered
    } else {
        body.start == window_end
    };
    if continues {
        Ok(())
    } else {
        Err(Reason::RecordWindow)
    }
}

fn check_window(body: &MeterRecordBody, now: Time) -> Result<(), Reason> {
    if body.end <= body.start {
        return Err(Reason::RecordWindow);
    }
    if body.end > now.plus_ms(WINDOW_SLACK_MS) {
        return Err(Reason::RecordFuture);
    }
    let last_instant = Time(body.end.0.saturating_sub(1));
    // What a meter missed may be longer than an hour; nothing is billed for it.
    if body.kind == RecordKind::Reading && hour_of(body.start) != hour_of(last_instant) {
        return Err(Reason::RecordStraddles);
    }
    Ok(())
}

fn check_lines(body: &MeterRecordBody, meter: &Meter) -> Result<(), Reason> {
    let lines = body.lines.as_slice();
    let counters = meter.kind.resources().len();
    let fits = |line: &MeterLine| {
        let addressed = match (&line.target, meter.scope) {
            (Target::Slot(_), MeterScope::Host) | (Target::Imvu(_), MeterScope::Everywhere) => true,
            (Target::Slot(_), MeterScope::Everywhere) | (Target::Imvu(_), MeterScope::Host) => {
                false
            }
        };
        addressed && line.counters.as_slice().len() == counters
    };
    let ascending = lines
        .iter()
        .zip(lines.iter().skip(1))
        .all(|(a, b)| a.target < b.target);
    let empty_gap = body.kind == RecordKind::Reading || lines.is_empty();
    if ascending && empty_gap && lines.iter().all(fits) {
        Ok(())
    } else {
        Err(Reason::RecordLines)
    }
}
