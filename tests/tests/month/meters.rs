//! The meters of one host: what they read, lose, hold back, repeat and count backwards.

use crate::chain::{HOUR, Twins};
use bytes::Bytes;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::meter_record;
use nexus_types::host::AgentKind;
use nexus_types::meter::{MeterLine, MeterRecord, MeterRecordBody, RecordKind, Target};
use nexus_types::report::Report;
use nexus_types::{Action, Few, Hash, List, MeterId, Time};
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::VecDeque;

/// Milliseconds of a window.
pub(crate) const WINDOW: u64 = 5 * 60 * 1_000;

/// One meter and its agent.
pub(crate) struct Gauge {
    pub(crate) kind: AgentKind,
    pub(crate) meter: MeterId,
    pub(crate) key: SecretKey,
    pub(crate) agent: Signer,
    /// Reports that were applied.
    pub(crate) reports: u64,
    sequence: u64,
    previous: Hash,
    end: Time,
    /// Cumulative, by slot.
    counters: Vec<Vec<u64>>,
    /// Records not told yet.
    held: VecDeque<MeterRecord>,
    /// Windows for which it still holds back.
    holding: u64,
    last: Option<MeterRecord>,
    /// Nothing goes badly wrong: it never counts backwards, and holds nothing back on its own.
    calm: bool,
    /// Nothing goes wrong at all.
    pub(crate) steady: bool,
}

/// What became of a month's windows.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) lines: u64,
    pub(crate) records: u64,
    pub(crate) lost: u64,
    pub(crate) late: u64,
    pub(crate) repeated: u64,
    pub(crate) regressed: u64,
}

impl Gauge {
    pub(crate) fn new(
        kind: AgentKind,
        meter: MeterId,
        key: SecretKey,
        agent: Signer,
        since: Time,
        imvus: usize,
        calm: bool,
    ) -> Self {
        Self {
            kind,
            meter,
            key,
            agent,
            reports: 0,
            sequence: 0,
            previous: Hash::default(),
            end: since,
            counters: vec![vec![0; kind.resources().len()]; imvus],
            held: VecDeque::new(),
            holding: 0,
            last: None,
            calm,
            steady: false,
        }
    }

    /// More of its first resource is used in that slot.
    pub(crate) fn use_more(&mut self, slot: usize, amount: u64) {
        self.counters[slot][0] += amount;
    }

    /// Its last record once more, with another reading under the same keys, as a copy of the meter would sign it.
    pub(crate) fn contradiction(&mut self, twins: &mut Twins) -> Bytes {
        let mut body = self.last.clone().expect("it told something").body;
        let mut lines = body.lines.as_slice().to_vec();
        lines[0].dropped += 1;
        body.lines = List::new(lines).expect("as many");
        let record = meter_record(body, &self.key);
        self.report(twins, record, false)
    }

    /// From now on it says nothing for so many windows.
    pub(crate) fn hold(&mut self, windows: u64) {
        self.holding = windows;
    }

    /// A window is over: what is to be told of it now. Each element is one report, and whether it must be refused.
    pub(crate) fn window(
        &mut self,
        twins: &mut Twins,
        end: Time,
        rng: &mut StdRng,
        told: &mut Told,
    ) -> Vec<(Bytes, bool)> {
        self.grow(rng, told);
        if !self.steady && rng.gen_bool(0.02) {
            // It did not run; what the kernel counted is in the next reading.
            told.lost += 1;
            return Vec::new();
        }
        let start = Time(end.0 - WINDOW);
        if self.end < start {
            let gap = self.record(twins, RecordKind::Gap, start, Vec::new());
            self.held.push_back(gap);
        }
        let lines = (0_u32..)
            .zip(&self.counters)
            .map(|(slot, counters)| MeterLine {
                target: Target::Slot(slot),
                counters: Few::new(counters).expect("at most three"),
                dropped: 0,
            })
            .collect();
        let reading = self.record(twins, RecordKind::Reading, end, lines);
        self.held.push_back(reading);
        if !self.calm && self.holding == 0 && rng.gen_bool(0.002) {
            self.holding = rng.gen_range(1..200);
        }
        if self.holding > 0 {
            self.holding -= 1;
            told.late += 1;
            return Vec::new();
        }
        self.tell(twins, rng, told)
    }

    /// Everything that was held back, a few records a block: an agent has so many transactions.
    pub(crate) fn tell(
        &mut self,
        twins: &mut Twins,
        rng: &mut StdRng,
        told: &mut Told,
    ) -> Vec<(Bytes, bool)> {
        let mut reports = Vec::new();
        for _ in 0..12 {
            let Some(record) = self.held.pop_front() else {
                break;
            };
            told.records += 1;
            told.lines += record.body.lines.as_slice().len() as u64;
            self.last = Some(record.clone());
            reports.push((self.report(twins, record, true), false));
        }
        let last = self.last.clone().filter(|_| !self.steady);
        if let Some(last) = last.filter(|_| rng.gen_bool(0.01)) {
            told.repeated += 1;
            reports.push((self.report(twins, last, false), true));
        }
        reports
    }

    /// Whether it still holds something back.
    pub(crate) fn owes(&self) -> bool {
        !self.held.is_empty()
    }

    fn grow(&mut self, rng: &mut StdRng, told: &mut Told) {
        // A day has its rhythm: three times as much at its height as in its depth.
        let hour = self.end.0 / HOUR % 24;
        let most = 1_500 + 3_000 * hour.min(24 - hour) / 12;
        for counters in &mut self.counters {
            for counter in counters.iter_mut() {
                *counter += rng.gen_range(0..most);
            }
        }
        if !self.calm && rng.gen_bool(0.01) && self.end > Time(0) {
            let at = rng.gen_range(0..self.counters.len());
            for counter in &mut self.counters[at] {
                *counter /= 2;
            }
            told.regressed += 1;
        }
    }

    fn record(
        &mut self,
        twins: &Twins,
        kind: RecordKind,
        end: Time,
        lines: Vec<MeterLine>,
    ) -> MeterRecord {
        self.sequence += 1;
        let body = MeterRecordBody {
            network: twins.network.clone(),
            meter: self.meter.clone(),
            sequence: self.sequence,
            previous: self.previous,
            boot: [1; 16],
            kind,
            start: self.end,
            end,
            max_unmetered_ms: 1_000,
            lines: List::new(lines).expect("they fit a record"),
        };
        self.previous = body.id();
        self.end = end;
        meter_record(body, &self.key)
    }

    fn report(&mut self, twins: &mut Twins, record: MeterRecord, counts: bool) -> Bytes {
        let report = Report {
            sequence: self.reports + 1,
            through: 0,
            capabilities: None,
            acks: List::default(),
            usage: List::new(vec![record]).expect("one record"),
            drifts: List::default(),
        };
        if counts {
            self.reports += 1;
        }
        twins.sign(&self.agent, &[], Action::Report(report))
    }
}
