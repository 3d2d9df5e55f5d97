//! A host, what runs on it, and what its agents and meters say.

use super::Scenario;
use crate::chain::{Chain, seal};
use crate::people::{
    HOUR_MS, Person, QUOTA, agents, alice, imvu, meter_key, meter_sign, operators, tag,
};
use nexus_types::crypto::Signature;
use nexus_types::encoding::{List, Set, Text};
use nexus_types::host::{
    AckOutcome, Agent, AgentKind, Assignment, Capabilities, Enforcement, HostChange, HostStatus,
    Isolation, Item,
};
use nexus_types::ids::{HostId, MeterId};
use nexus_types::meter::{
    Meter, MeterLine, MeterRecord, MeterRecordBody, MeterScope, MeterSignature, RecordKind, Target,
};
use nexus_types::quota::Quota;
use nexus_types::report::{Ack, Drift, DriftKind, Report};
use nexus_types::{Action, Hash, Time, Tx, state_key};
use std::time::Duration;

/// The host's name.
pub(crate) const HOST: &str = "host-1";
/// Its meters, in the order of the kinds of agents, and the one that the third replaced.
const METERS: [&str; 4] = ["host-1-compute", "host-1-network", "host-1-dns-2", "mail-1"];
const REPLACED: &str = "host-1-dns";

fn host_id() -> HostId {
    HostId::new(HOST).unwrap()
}

fn meter_id(name: &str) -> MeterId {
    MeterId::new(name).unwrap()
}

fn capabilities() -> Capabilities {
    Capabilities {
        enforcement: Enforcement::Prevention,
        isolation: Set::new(Isolation::ALL.to_vec()).unwrap(),
        counters_cannot_be_reset: true,
    }
}

/// Of a host that many an IMVU fits on.
fn capacity() -> Quota {
    Quota {
        cpu_millis: 32_000,
        memory_bytes: 128 << 30,
        storage_bytes: 2 << 40,
        bandwidth_bits: 1_000_000_000,
        pids: 16_384,
        io_bytes: 1 << 30,
        dns_answers: 10_000,
        mail_messages: 100_000,
        mail_bytes: 1 << 40,
    }
}

/// What an agent says when it has nothing to say.
fn empty_report(chain: &Chain, agent: &Person) -> Report {
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
        counters: List::new(counters.to_vec()).unwrap(),
        dropped: *dropped,
    });
    List::new(all.collect()).unwrap()
}

/// Applied as the spec says, or however `outcome` has it.
fn ack(chain: &Chain, kind: AgentKind, id: &str, outcome: AckOutcome) -> List<Ack, 512> {
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

impl Scenario {
    pub(super) fn hosting(&mut self) {
        self.hosts();
        self.meters();
        // Until what was registered counts.
        for _ in 0..4 {
            self.chain.block(&[]);
        }
        self.placements();
        self.stops();
        self.usage();
        self.drifts();
        self.host_changes();
        self.hour();
    }

    fn report(
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

    /// Several actions of one person in one block.
    fn act_together(&mut self, by: &Person, actions: Vec<(&'static str, Action)>) {
        let mut txs: Vec<(&'static str, Tx)> = Vec::new();
        for (position, (name, action)) in (0..).zip(actions) {
            let mut body = self.chain.body(by, action);
            body.nonce += position;
            txs.push((name, seal(body, by, &[])));
        }
        self.block(txs);
    }

    fn hosts(&mut self) {
        let register = || Action::RegisterHost {
            host: host_id(),
            jurisdiction: tag("EU-GDPR"),
            capacity: capacity(),
            capabilities: capabilities(),
        };
        let operator = operators()[1].clone();
        let by = std::slice::from_ref(&operator);
        self.act("register a host", by, register());
        self.act("register a host by no operator", &[alice()], register());
        let names = [
            "register the compute agent",
            "register the network agent",
            "register the DNS agent",
            "register the mail agent",
        ];
        let agents = names.into_iter().zip(AgentKind::ALL).zip(agents());
        let agents = agents.map(|((name, kind), agent)| {
            let action = Action::RegisterAgent {
                host: host_id(),
                kind,
                key: agent.public(),
            };
            (name, action)
        });
        self.act_together(&operator, agents.collect());
    }

    fn meters(&mut self) {
        let operator = operators()[1].clone();
        let register = |name: &str, kind, keys: &[usize], replaces: Option<&str>| {
            let scope = if kind == AgentKind::Mail {
                MeterScope::Everywhere
            } else {
                MeterScope::Host
            };
            let keys: Vec<_> = keys.iter().map(|index| meter_key(*index)).collect();
            Action::RegisterMeter {
                meter: meter_id(name),
                host: host_id(),
                kind,
                scope,
                threshold: keys.len() as u8,
                keys: Set::new(keys).unwrap(),
                test: true,
                replaces: replaces.map(meter_id),
            }
        };
        let all = vec![
            (
                "register a compute meter of two keys",
                register(METERS[0], AgentKind::Compute, &[0, 1], None),
            ),
            (
                "register a network meter",
                register(METERS[1], AgentKind::Network, &[2], None),
            ),
            (
                "register a DNS meter",
                register(REPLACED, AgentKind::Dns, &[3], None),
            ),
            (
                "register a mail meter of every host",
                register(METERS[3], AgentKind::Mail, &[5], None),
            ),
            (
                "register a second compute meter",
                register("host-1-cpu", AgentKind::Compute, &[4], None),
            ),
        ];
        self.act_together(&operator, all);
        let replace = register(METERS[2], AgentKind::Dns, &[4], Some(REPLACED));
        self.act("replace a meter", &[operator], replace);
    }

    fn placements(&mut self) {
        let create = Action::CreateImvu {
            imvu: imvu("IMVU-043"),
            jurisdiction: Some(tag("EU-GDPR")),
            quota: QUOTA,
        };
        self.act("create IMVU-043", &[alice()], create);
        let activate = |id, host| Action::ActivateImvu {
            imvu: imvu(id),
            host,
        };
        self.act(
            "activate before the host is attested",
            &[alice()],
            activate("IMVU-042", Some(host_id())),
        );
        self.report("attest a host", AgentKind::Compute, |_, report| {
            report.capabilities = Some(capabilities().hash());
        });
        self.act(
            "activate on a host",
            &[alice()],
            activate("IMVU-042", Some(host_id())),
        );
        self.act(
            "activate where the law chooses",
            &[alice()],
            activate("IMVU-043", None),
        );
        self.report("apply a placement", AgentKind::Compute, |chain, report| {
            report.acks = ack(chain, AgentKind::Compute, "IMVU-042", AckOutcome::Applied);
        });
        self.report("refuse a placement", AgentKind::Network, |chain, report| {
            report.acks = ack(chain, AgentKind::Network, "IMVU-042", AckOutcome::Refused);
        });
        // In a lane of its own, as only agents have.
        let agent = agents()[AgentKind::Network as usize].clone();
        let mut report = empty_report(&self.chain, &agent);
        report.acks = ack(
            &self.chain,
            AgentKind::Network,
            "IMVU-042",
            AckOutcome::Applied,
        );
        let mut body = self.chain.body(&agent, Action::Report(report));
        (body.lane, body.nonce) = (1, 1);
        let tx = seal(body, &agent, &[]);
        self.block(vec![("apply a placement, in lane 1", tx)]);
        let elsewhere = Action::MoveImvu {
            imvu: imvu("IMVU-042"),
            host: None,
            accept_loss: true,
        };
        self.act("move where no other host is", &[alice()], elsewhere);
    }

    fn stops(&mut self) {
        let stop = |id, accept_loss| Action::StopImvu {
            imvu: imvu(id),
            accept_loss,
        };
        self.act("stop", &[alice()], stop("IMVU-043", false));
        self.report("stopped", AgentKind::Compute, |chain, report| {
            report.acks = ack(chain, AgentKind::Compute, "IMVU-043", AckOutcome::Stopped);
        });
        self.act("stop what does not run", &[alice()], stop("IMVU-043", true));
    }

    fn usage(&mut self) {
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

    fn drifts(&mut self) {
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

    fn host_changes(&mut self) {
        let operator = [operators()[1].clone()];
        let change = |change| Action::ChangeHost {
            host: host_id(),
            change,
        };
        let larger = Quota {
            cpu_millis: 64_000,
            ..capacity()
        };
        self.act(
            "enlarge a host",
            &operator,
            change(HostChange::Capacity(larger)),
        );
        self.act(
            "shrink a host below what it guarantees",
            &operator,
            change(HostChange::Capacity(Quota {
                pids: 1,
                ..capacity()
            })),
        );
        let weaker = Capabilities {
            enforcement: Enforcement::Detection,
            ..capabilities()
        };
        self.act(
            "weaken a host",
            &operator,
            change(HostChange::Capabilities(weaker)),
        );
        self.act(
            "move a host away",
            &operator,
            change(HostChange::Jurisdiction(tag("US-CCPA"))),
        );
        self.act(
            "drain a host",
            &operator,
            change(HostChange::Status(HostStatus::Draining)),
        );
    }

    /// All falls silent for an hour; then the meters tell of it, and it is sealed.
    fn hour(&mut self) {
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
        nexus_types::encoding::encode(&seal(body, &agent, &[]))
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
    let encoded = |body, by: &Person| nexus_types::encoding::encode(&seal(body, by, &[]));
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
