//! What an agent has to say: decided from the ledger and the spool alone, so that a restart decides the same.

use nexus_types::encoding::{List, encode};
use nexus_types::host::{AckOutcome, Agent, AgentKind, Assignment, Host, Item, Spec};
use nexus_types::limits::{RECORDS_PER_REPORT, TX_BYTES, WINDOW_SLACK_MS};
use nexus_types::meter::{Meter, MeterRecord};
use nexus_types::report::{Ack, Report};
use nexus_types::snapshot::{LossReason, RecordSnapshot, SnapshotOutcome};
use nexus_types::{Height, Time};

/// Acknowledgements in one report: with the records below they leave room in a transaction for what is around them.
const MAX_ACKS: usize = 128;

/// Bytes of records in one report.
const MAX_RECORD_BYTES: usize = TX_BYTES * 3 / 4;

/// One hand of the host, as the ledger has it after one block.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) height: Height,
    /// Block time.
    pub(super) time: Time,
    pub(super) law_time: Time,
    pub(super) host: Host,
    pub(super) agent: Agent,
    pub(super) meter: Option<Meter>,
    /// What is assigned, ascending by item.
    pub(super) assignments: Vec<(Item, Assignment)>,
}

impl Seen {
    /// The sequence of the first record that the ledger lacks.
    pub(super) fn next_record(&self) -> u64 {
        self.meter.as_ref().map_or(1, |meter| meter.sequence + 1)
    }
}

/// The report that is due, if one is: at once for what is new, else once an interval. `waiting` are the records from
/// [`Seen::next_record`] on.
pub(super) fn due(seen: &Seen, waiting: &[MeterRecord], interval_ms: u64) -> Option<Report> {
    if seen.agent.usable_from > seen.law_time {
        return None;
    }
    let acks = acks(&seen.assignments);
    let usage = usage(seen, waiting);
    let is_compute = seen.agent.kind == AgentKind::Compute;
    let is_due = !acks.is_empty()
        || usage.len() == RECORDS_PER_REPORT
        || (is_compute && seen.host.attested.is_none())
        || seen.agent.sequence == 0
        || seen.law_time.since(seen.agent.last_time) >= interval_ms;
    is_due.then(|| Report {
        sequence: seen.agent.sequence + 1,
        through: seen.height,
        capabilities: is_compute.then(|| seen.host.capabilities.hash()),
        acks: List::new(acks).unwrap_or_default(),
        usage: List::new(usage).unwrap_or_default(),
        drifts: List::default(),
    })
}

/// A word on each generation that has none. It is said that all is as assigned; nothing was done.
fn acks(assignments: &[(Item, Assignment)]) -> Vec<Ack> {
    let open = assignments
        .iter()
        .filter(|(_, assignment)| assignment.acknowledged.is_none());
    let said = open.filter_map(|(item, assignment)| {
        Some(Ack {
            item: item.clone(),
            generation: assignment.generation,
            outcome: match assignment.spec {
                Spec::Absent => AckOutcome::Stopped,
                Spec::Compute(_) | Spec::Network(_) | Spec::Mail(_) => AckOutcome::Applied,
                // It keeps no volume that could be put back.
                Spec::Restore(_) => AckOutcome::NoContent,
                // What came of it is recorded by an action of its own.
                Spec::Snapshot(_) => return None,
            },
            observed: assignment.spec.hash(),
        })
    });
    said.take(MAX_ACKS).collect()
}

/// What is said of the first snapshot that is asked for: it keeps no volume, so there is none.
pub(super) fn loss(seen: &Seen) -> Option<RecordSnapshot> {
    if seen.agent.usable_from > seen.law_time {
        return None;
    }
    let mut assigned = seen.assignments.iter();
    assigned.find_map(|(_, assignment)| match &assignment.spec {
        Spec::Snapshot(spec) if spec.digest.is_none() => Some(RecordSnapshot {
            imvu: spec.imvu.clone(),
            number: spec.number,
            outcome: SnapshotOutcome::Lost(LossReason::NoVolume),
        }),
        _ => None,
    })
}

/// The records that the ledger would take now, as many as fit.
fn usage(seen: &Seen, waiting: &[MeterRecord]) -> Vec<MeterRecord> {
    let Some(meter) = &seen.meter else {
        return Vec::new();
    };
    if meter.retired || meter.usable_from > seen.law_time {
        return Vec::new();
    }
    let (mut sequence, mut last) = (meter.sequence, meter.last);
    let mut room = MAX_RECORD_BYTES;
    let latest = seen.time.plus_ms(WINDOW_SLACK_MS);
    let mut taken = Vec::new();
    for record in waiting.iter().take(RECORDS_PER_REPORT) {
        let body = &record.body;
        let bytes = encode(record).len();
        let follows = body.sequence == sequence + 1 && body.previous == last;
        if !follows || body.end > latest || bytes > room {
            break;
        }
        (sequence, last) = (body.sequence, body.id());
        room -= bytes;
        taken.push(record.clone());
    }
    taken
}

#[cfg(test)]
mod tests;
