//! A meter's place in its chain of records, and the next record.

use super::load::{Consumer, Load};
use nexus_types::encoding::{Few, List, encode};
use nexus_types::host::AgentKind;
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::{MeterLine, MeterRecord, MeterRecordBody, RecordKind, Target};
use nexus_types::quota::Quota;
use nexus_types::{Hash, ImvuId, MeterId, Network, Time};
use std::collections::BTreeMap;

/// Lines in one record: with three counters each they fill two thirds of a transaction, and the agent has more to say.
const MAX_LINES: usize = 1_000;

/// Where a meter's records end: on the ledger, or in the spool before they are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tail {
    /// The sequence of the last record; 0 before the first.
    pub(super) sequence: u64,
    /// Its id; zero before the first.
    pub(super) last: Hash,
    /// Where its window ended; before the first record, when the meter was registered.
    pub(super) end: Time,
}

impl Tail {
    /// Whether a record is the next one.
    pub(super) fn is_followed_by(&self, body: &MeterRecordBody) -> bool {
        let begins = if self.sequence == 0 {
            body.start >= self.end
        } else {
            body.start == self.end
        };
        body.sequence == self.sequence + 1 && body.previous == self.last && begins
    }

    /// The tail behind a record.
    pub(super) fn behind(body: &MeterRecordBody) -> Self {
        Self {
            sequence: body.sequence,
            last: body.id(),
            end: body.end,
        }
    }

    /// How far the records from this tail on, in order, follow each other.
    pub(super) fn through(self, records: &[MeterRecord]) -> Self {
        let mut tail = self;
        for record in records {
            if !tail.is_followed_by(&record.body) {
                break;
            }
            tail = Self::behind(&record.body);
        }
        tail
    }

    /// The window to read next, if it is time: a whole interval, or the rest of a UTC hour, which no window straddles.
    pub(super) fn next_window(&self, now: Time, interval_ms: u64) -> Option<(Time, Time)> {
        let hour_end = Time((self.end.0 / HOUR_MS + 1) * HOUR_MS);
        let end = now.min(hour_end);
        let is_due = end == hour_end || end.since(self.end) >= interval_ms;
        (end > self.end && is_due).then_some((self.end, end))
    }

    /// What the meter missed if it begins to run only now: more than one window that was due.
    pub(super) fn missed(&self, now: Time, interval_ms: u64) -> Option<(Time, Time)> {
        let missed = now.since(self.end) > interval_ms.saturating_mul(2);
        missed.then_some((self.end, now))
    }
}

/// An IMVU on the host, as far as a meter is concerned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Stay {
    pub(super) slot: u32,
    pub(super) imvu: ImvuId,
    /// Which of its placements.
    pub(super) generation: u64,
    pub(super) since: Time,
    /// When it ended, if it has.
    pub(super) ended: Option<Time>,
    pub(super) quota: Quota,
}

/// The last reading of a slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reading {
    /// Cumulative, in the order of the kind's resources.
    pub(super) counters: Vec<u64>,
    pub(super) at: Time,
}

/// What names a meter in each of its records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) network: Network,
    pub(super) meter: MeterId,
    pub(super) kind: AgentKind,
}

impl Named {
    /// The next reading, and what it makes of the slots' counters.
    pub(super) fn reading(
        &self,
        tail: &Tail,
        (start, end): (Time, Time),
        stays: &[Stay],
        known: &mut BTreeMap<u32, Reading>,
        load: &Load,
    ) -> MeterRecordBody {
        let in_window =
            |stay: &&Stay| stay.since < end && stay.ended.is_none_or(|ended| ended > start);
        let mut stays: Vec<&Stay> = stays.iter().filter(in_window).collect();
        known.retain(|slot, _| stays.iter().any(|stay| stay.slot == *slot));
        // If there is no room for all, those go first that were read longest ago.
        let read_at = |stay: &Stay| {
            known
                .get(&stay.slot)
                .map_or(stay.since, |reading| reading.at)
        };
        stays.sort_by_key(|stay| (read_at(stay), stay.slot));
        stays.truncate(MAX_LINES);
        stays.sort_by_key(|stay| stay.slot);
        let mut lines = Vec::with_capacity(stays.len());
        for stay in stays {
            let reading = self.read(stay, known.get(&stay.slot), end, load);
            lines.push(MeterLine {
                target: Target::Slot(stay.slot),
                counters: Few::new(&reading.counters).unwrap_or_default(),
                dropped: 0,
            });
            known.insert(stay.slot, reading);
        }
        self.body(tail, RecordKind::Reading, (start, end), lines)
    }

    /// A window that was missed.
    pub(super) fn gap(&self, tail: &Tail, window: (Time, Time)) -> MeterRecordBody {
        self.body(tail, RecordKind::Gap, window, Vec::new())
    }

    fn read(&self, stay: &Stay, last: Option<&Reading>, end: Time, load: &Load) -> Reading {
        let at = stay.ended.map_or(end, |ended| ended.min(end));
        let from = last.map_or(stay.since, |reading| reading.at);
        let name = format!("{}/{}", stay.imvu, stay.generation);
        let resources = self.kind.resources().iter();
        let before = last.map_or(&[][..], |reading| &reading.counters);
        let before = before.iter().copied().chain(std::iter::repeat(0));
        let counters = resources.zip(before).map(|(resource, before)| {
            let consumer = Consumer {
                name: &name,
                resource: *resource,
                quota: &stay.quota,
            };
            before.saturating_add(load.used(consumer, from, at))
        });
        Reading {
            counters: counters.collect(),
            at,
        }
    }

    fn body(
        &self,
        tail: &Tail,
        kind: RecordKind,
        (start, end): (Time, Time),
        lines: Vec<MeterLine>,
    ) -> MeterRecordBody {
        MeterRecordBody {
            network: self.network.clone(),
            meter: self.meter.clone(),
            sequence: tail.sequence + 1,
            previous: tail.last,
            boot: self.boot(),
            kind,
            start,
            end,
            // Nothing is read here that could be lost: a kill only makes the next window longer.
            max_unmetered_ms: 0,
            lines: List::new(lines).unwrap_or_default(),
        }
    }

    /// One boot for ever: counters that are made up go on where the ledger says they are, whatever happened to the machine.
    fn boot(&self) -> [u8; 16] {
        let all = Hash::tagged("nexus/dev-boot/v1", &[&encode(&self.meter)]);
        let mut boot = [0; 16];
        boot.copy_from_slice(&all.0[..16]);
        boot
    }
}

#[cfg(test)]
mod tests;
