//! What agents report and meters sign.

use super::Scenario;
use super::hosting::{METERS, host_id, meter_id};
use crate::chain::{Chain, seal};
use crate::people::{HOUR_MS, Person, agents, alice, imvu, meter_sign};
use nexus_types::crypto::Signature;
use nexus_types::encoding::{Few, List, Text, encode};
use nexus_types::host::{AckOutcome, Agent, AgentKind, Assignment, Item};
use nexus_types::meter::{
    Meter, MeterLine, MeterRecord, MeterRecordBody, MeterSignature, RecordKind, Target,
};
use nexus_types::report::{Ack, Drift, DriftKind, Report};
use nexus_types::{Action, Hash, Time, state_key};
use std::time::Duration;

/// What an agent says when it has nothing to say.
pub(super) fn empty_report(chain: &Chain, agent: &Person) -> Report {
    let last: Agent = chain.read(&state_key::agent(&agent.id)).unwrap();
    Report {
        sequence: last.sequence + 1,
        through: chain.height(),
        capabilities: None,
        acks: List::default(),
        usage: List::default(),
        drifts: List::default(),
    }
}

/// The next record of a meter, signed by the first `signers` of its keys.
fn record(
    chain: &Chain,
    meter: &str,
    signers: usize,
    fill: impl FnOnce(&mut MeterRecordBody),
) -> MeterRecord {
    let meter: Meter = chain.read(&state_key::meter(&meter_id(meter))).unwrap();
    let now = chain.next().time;
    let first = meter.sequence == 0;
    let mut body = MeterRecordBody {
        network: chain.network.clone(),
        meter: meter.id.clone(),
        sequence: meter.sequence + 1,
        previous: meter.last,
        boot: [0xb0; 16],
        kind: RecordKind::Reading,
        start: if first {
            Time(now.0 - 500)
        } else {
            meter.window_end
        },
        end: now,
        max_unmetered_ms: 5_000,
        lines: List::default(),
    };
    fill(&mut body);
    signed(&meter, body, signers)
}

fn signed(meter: &Meter, body: MeterRecordBody, signers: usize) -> MeterRecord {
    let keys = (0..).zip(meter.keys.as_slice()).take(signers);
    let signatures = keys.map(|(key, bytes)| MeterSignature {
        key,
        signature: meter_sign(bytes, body.id()),
    });
    MeterRecord {
        signatures: List::new(signatures.collect()).unwrap(),
        body,
    }
}

fn lines(all: &[(Target, &[u64], u64)]) -> List<MeterLine, 3_000> {
    let all = all.iter().map(|(target, counters, dropped)| MeterLine {
        target: target.clone(),
        counters: Few::new(counters).unwrap(),
        dropped: *dropped,
    });
    List::new(all.collect()).unwrap()
}

/// Applied as the spec says, or however `outcome` has it.
pub(super) fn ack(chain: &Chain, kind: AgentKind, id: &str, outcome: AckOutcome) -> List<Ack, 512> {
    let item = Item::Imvu(imvu(id));
    let key = state_key::assignment(&host_id(), kind, &item);
    let assignment: Assignment = chain.read(&key).unwrap();
    let observed = match outcome {
        AckOutcome::Applied | AckOutcome::Stopped => assignment.spec.hash(),
        _ => Hash::default(),
    };
    let ack = Ack {
        item,
        generation: assignment.generation,
        outcome,
        observed,
    };
    List::new(vec![ack]).unwrap()
}

/// An item of the compute agent's, applied as its spec says.
pub(super) fn ack_of(chain: &Chain, item: &Item) -> List<Ack, 512> {
    let key = state_key::assignment(&host_id(), AgentKind::Compute, item);
    let assignment: Assignment = chain.read(&key).unwrap();
    let ack = Ack {
        item: item.clone(),
        generation: assignment.generation,
        outcome: AckOutcome::Applied,
        observed: assignment.spec.hash(),
    };
    List::new(vec![ack]).unwrap()
}

impl Scenario {
    pub(super) fn report(
        &mut self,
        name: &'static str,
        kind: AgentKind,
        fill: impl FnOnce(&Chain, &mut Report),
    ) {
        let agent = agents()[kind as usize].clone();
        let mut report = empty_report(&self.chain, &agent);
        fill(&self.chain, &mut report);
        self.act(name, &[agent], Action::Report(report));
    }

    pub(super) fn usage(&mut self) {
        let slot = Target::Slot(0);
        self.report("report usage", AgentKind::Compute, |chain, report| {
            let first = record(chain, METERS[0], 2, |body| {
                body.lines = lines(&[
                    (slot.clone(), &[120, 640, 4_096], 0),
                    (Target::Slot(7), &[1, 1, 1], 0),
                ]);
            });
            report.usage = List::new(vec![first]).unwrap();
        });
        self.report("report a gap", AgentKind::Network, |chain, report| {
            let gap = record(chain, METERS[1], 1, |body| body.kind = RecordKind::Gap);
            report.usage = List::new(vec![gap]).unwrap();
        });
        let above = u64::MAX - 1;
        self.report(
            "report usage above the quota",
            AgentKind::Compute,
            |chain, report| {
                let much = record(chain, METERS[0], 2, |body| {
                    body.boot = [0xb1; 16];
                    body.lines = lines(&[(slot.clone(), &[above, 1_280, 8_192], 0)]);
                });
                report.usage = List::new(vec![much]).unwrap();
            },
        );
        self.report(
            "report a record out of sequence",
            AgentKind::Compute,
            |chain, report| {
                let later = record(chain, METERS[0], 2, |body| body.sequence += 1);
                report.usage = List::new(vec![later]).unwrap();
            },
        );
        self.report(
            "report a record without its second signature",
            AgentKind::Compute,
            |chain, report| {
                report.usage = List::new(vec![record(chain, METERS[0], 1, |_| {})]).unwrap();
            },
        );
        self.report("report out of sequence", AgentKind::Mail, |_, report| {
            report.sequence += 1;
        });
    }

    pub(super) fn drifts(&mut self) {
        let drift = |of: Option<&str>, kind, process: &str, reverted| Drift {
            imvu: of.map(imvu),
            kind,
            expected: Hash::of(b"as committed"),
            found: Hash::of(b"as found"),
            process: Text::new(process).unwrap(),
            pid: 4_711,
            detected: Time(1),
            reverted,
        };
        self.report("report drifts", AgentKind::Network, |_, report| {
            report.drifts = List::new(vec![
                drift(
                    Some("IMVU-042"),
                    DriftKind::Filter,
                    "/sbin/nft",
                    Some(Time(2)),
                ),
                drift(None, DriftKind::Process, "", None),
            ])
            .unwrap();
        });
    }

    /// All falls silent for an hour; then the meters tell of it, and it is sealed.
    pub(super) fn hour(&mut self) {
        let now = self.chain.next().time.0;
        let hour_end = (now / HOUR_MS + 1) * HOUR_MS;
        self.chain
            .pause(Duration::from_millis(hour_end - now + 1_000));
        let to_the_hour = |target: Target, counters: &'static [u64], dropped| {
            move |body: &mut MeterRecordBody| {
                body.start = body.start.min(Time(hour_end - 1_000));
                body.end = Time(hour_end);
                body.lines = lines(&[(target, counters, dropped)]);
            }
        };
        let slot = || Target::Slot(0);
        self.report(
            "report the hour's traffic",
            AgentKind::Network,
            |chain, report| {
                let last = record(chain, METERS[1], 1, to_the_hour(slot(), &[1_000_000], 12));
                report.usage = List::new(vec![last]).unwrap();
            },
        );
        self.report(
            "report the hour's answers",
            AgentKind::Dns,
            |chain, report| {
                let last = record(chain, METERS[2], 1, to_the_hour(slot(), &[17], 3));
                report.usage = List::new(vec![last]).unwrap();
            },
        );
        self.report(
            "report the hour's mail",
            AgentKind::Mail,
            |chain, report| {
                let of = Target::Imvu(imvu("IMVU-042"));
                let last = record(chain, METERS[3], 1, to_the_hour(of, &[4, 60], 0));
                report.usage = List::new(vec![last]).unwrap();
            },
        );
        self.report(
            "report the hour's work",
            AgentKind::Compute,
            |chain, report| {
                let fill = to_the_hour(slot(), &[9_000, 90_000, 1 << 20], 0);
                let last = record(chain, METERS[0], 2, |body| {
                    body.boot = [0xb2; 16];
                    fill(body);
                });
                // And of the next hour, so far.
                let meter: Meter = chain.read(&state_key::meter(&meter_id(METERS[0]))).unwrap();
                let mut next = last.body.clone();
                next.sequence += 1;
                next.previous = last.body.id();
                (next.start, next.end) = (last.body.end, chain.next().time);
                next.lines = lines(&[(slot(), &[9_100, 90_400, 1 << 20], 0)]);
                report.usage = List::new(vec![last, signed(&meter, next, 2)]).unwrap();
            },
        );
    }
}

/// Reports that may not stand in a block: the compute agent's, each with one thing wrong.
pub(crate) fn refused_reports(chain: &Chain) -> Vec<(&'static str, Vec<u8>)> {
    let agent = agents()[0].clone();
    let with = |record: MeterRecord| {
        let mut report = empty_report(chain, &agent);
        report.usage = List::new(vec![record]).unwrap();
        let body = chain.body(&agent, Action::Report(report));
        encode(&seal(body, &agent, &[]))
    };
    let good = || record(chain, METERS[0], 2, |_| {});
    let mut elsewhere = good();
    elsewhere.body.network.chain_id = Text::new("other").unwrap();
    let change = |change: &dyn Fn(&mut Vec<MeterSignature>)| {
        let mut changed = good();
        let mut signatures = changed.signatures.as_slice().to_vec();
        change(&mut signatures);
        changed.signatures = List::new(signatures).unwrap();
        with(changed)
    };
    let mut nobodys = chain.body(&alice(), Action::Report(empty_report(chain, &agent)));
    nobodys.lane = 0;
    let mut lane = chain.body(&agent, Action::Report(empty_report(chain, &agent)));
    (lane.lane, lane.nonce) = (16, 1);
    let encoded = |body, by: &Person| encode(&seal(body, by, &[]));
    vec![
        ("a report by nobody's agent", encoded(nobodys, &alice())),
        ("lane 16 of an agent", encoded(lane, &agent)),
        ("a meter record for another chain", with(elsewhere)),
        (
            "a meter's signatures that descend",
            change(&|all| all.reverse()),
        ),
        ("a meter's signature twice", change(&|all| all[1] = all[0])),
        (
            "a signature by a key the meter has not",
            change(&|all| all[1].key = 2),
        ),
        (
            "a meter's signature with a bit flipped",
            change(&|all| {
                let Signature(bytes) = &mut all[1].signature;
                bytes[40] ^= 1;
            }),
        ),
        (
            "a meter's signature under its other key",
            change(&|all| all[1].signature = all[0].signature),
        ),
    ]
}
