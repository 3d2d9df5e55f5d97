//! A host, what runs on it, what its agents and meters say.

use super::Scenario;
use crate::chain::{AN_HOUR_LATER, Chain};
use crate::people::{HOUR_MS, QUOTA, agent, alice, bob, imvu, meter_keys, operators, tag};
use nexus_types::encoding::{List, Set, Text};
use nexus_types::host::{
    AckOutcome, Agent, AgentKind, Assignment, Capabilities, Enforcement, HostChange, HostStatus,
    Isolation, Item,
};
use nexus_types::meter::{
    Meter, MeterLine, MeterRecord, MeterRecordBody, MeterScope, MeterSignature, RecordKind, Target,
};
use nexus_types::quota::Quota;
use nexus_types::report::{Ack, Drift, DriftKind, Report};
use nexus_types::{Action, Hash, HostId, MeterId, Time, state_key};

const CAPACITY: Quota = Quota {
    cpu_millis: 16_000,
    memory_bytes: 64 << 30,
    storage_bytes: 1 << 40,
    bandwidth_bits: 1_000_000_000,
    pids: 8_192,
    io_bytes: 1 << 30,
    dns_answers: 10_000,
    mail_messages: 100_000,
    mail_bytes: 1 << 40,
};

fn host() -> HostId {
    HostId::new("host-1").unwrap()
}

fn capabilities() -> Capabilities {
    Capabilities {
        enforcement: Enforcement::Prevention,
        isolation: Set::new(Isolation::ALL.to_vec()).unwrap(),
        counters_cannot_be_reset: true,
    }
}

fn meter(kind: AgentKind) -> MeterId {
    MeterId::new(&format!("host-1-{kind}")).unwrap()
}

/// Names and mail are served for more than the host's own IMVUs.
fn scope(kind: AgentKind) -> MeterScope {
    if kind.sums_meters() {
        MeterScope::Everywhere
    } else {
        MeterScope::Host
    }
}

/// Two of the compute meter's three keys sign, else one of one.
fn threshold(kind: AgentKind) -> u8 {
    if kind == AgentKind::Compute { 2 } else { 1 }
}

fn line(target: Target, counters: &[u64], dropped: u64) -> MeterLine {
    MeterLine {
        target,
        counters: List::new(counters.to_vec()).unwrap(),
        dropped,
    }
}

/// The meter's next record, up to `end`.
pub(crate) fn record(
    chain: &Chain,
    kind: AgentKind,
    end: Time,
    lines: Vec<MeterLine>,
) -> MeterRecordBody {
    let known: Meter = chain.read(&state_key::meter(&meter(kind))).unwrap();
    let first = known.sequence == 0;
    MeterRecordBody {
        network: chain.network.clone(),
        meter: known.id,
        sequence: known.sequence + 1,
        previous: known.last,
        boot: [1; 16],
        kind: RecordKind::Reading,
        start: if first { known.since } else { known.window_end },
        end,
        max_unmetered_ms: 1_000,
        lines: List::new(lines).unwrap(),
    }
}

/// A record with as many signatures as its meter's threshold, by the keys that come first in their order.
pub(crate) fn signed(kind: AgentKind, body: MeterRecordBody) -> MeterRecord {
    let mut keys = meter_keys(kind);
    keys.sort_by_key(|key| key.public());
    let signatures = (0..threshold(kind))
        .zip(&keys)
        .map(|(key, one)| MeterSignature {
            key,
            signature: one.sign(body.id()),
        });
    MeterRecord {
        signatures: List::new(signatures.collect()).unwrap(),
        body,
    }
}

/// The agent's next report, with nothing in it.
pub(crate) fn report(chain: &Chain, kind: AgentKind) -> Report {
    let known: Agent = chain.read(&state_key::agent(&agent(kind).id)).unwrap();
    Report {
        sequence: known.sequence + 1,
        through: chain.height(),
        capabilities: None,
        acks: List::default(),
        usage: List::default(),
        drifts: List::default(),
    }
}

impl Scenario {
    /// A host is registered, IMVUs are placed on it, one of them stopped.
    pub(super) fn hosting(&mut self) {
        self.hosts();
        self.agents_and_meters();
        let of = || imvu("IMVU-042");
        let on = |host| Action::ActivateImvu { imvu: of(), host };
        self.act("activate before attestation", &[alice()], on(Some(host())));
        let mut attest = report(&self.chain, AgentKind::Compute);
        attest.capabilities = Some(capabilities().hash());
        self.report("report capabilities", AgentKind::Compute, attest);
        self.act("activate on a host", &[alice()], on(Some(host())));
        self.acknowledge("report what runs", AgentKind::Compute);
        self.acknowledge("report what is connected", AgentKind::Network);
        let nowhere = Action::MoveImvu {
            imvu: of(),
            host: Some(HostId::new("host-9").unwrap()),
            accept_loss: false,
        };
        self.act("move to a host that is not there", &[alice()], nowhere);
        let create = Action::CreateImvu {
            imvu: imvu("IMVU-SHORT"),
            jurisdiction: Some(tag("EU-GDPR")),
            quota: QUOTA,
        };
        self.act("create another", &[alice()], create);
        let short = || imvu("IMVU-SHORT");
        let anywhere = Action::ActivateImvu {
            imvu: short(),
            host: None,
        };
        self.act("activate anywhere", &[alice()], anywhere);
        let stop = |accept_loss| Action::StopImvu {
            imvu: short(),
            accept_loss,
        };
        self.act("stop another's", &[bob()], stop(false));
        self.act("stop and accept loss", &[alice()], stop(true));
        self.drift();
    }

    fn hosts(&mut self) {
        let register = |id| Action::RegisterHost {
            host: HostId::new(id).unwrap(),
            jurisdiction: tag("EU-GDPR"),
            capacity: CAPACITY,
            capabilities: Capabilities {
                enforcement: Enforcement::Detection,
                ..capabilities()
            },
        };
        let operators = operators();
        self.act("register a host", &operators[1..2], register("host-1"));
        self.act(
            "register a host as nobody's operator",
            &[bob()],
            register("host-2"),
        );
        let change = |change| Action::ChangeHost {
            host: host(),
            change,
        };
        let better = change(HostChange::Capabilities(capabilities()));
        self.act("change a host", &operators[1..2], better);
        let close = change(HostChange::Status(HostStatus::Closed));
        self.act("change another's host", &operators[2..3], close);
    }

    fn agents_and_meters(&mut self) {
        let operator = &operators()[1..2];
        for (kind, agents, meters) in [
            (
                AgentKind::Compute,
                "register a compute agent",
                "register a compute meter",
            ),
            (
                AgentKind::Network,
                "register a network agent",
                "register a network meter",
            ),
            (
                AgentKind::Dns,
                "register a dns agent",
                "register a dns meter",
            ),
            (
                AgentKind::Mail,
                "register a mail agent",
                "register a mail meter",
            ),
        ] {
            let register = Action::RegisterAgent {
                host: host(),
                kind,
                key: agent(kind).public(),
            };
            self.act(agents, operator, register);
            let keys = meter_keys(kind).iter().map(|key| key.public()).collect();
            let register = Action::RegisterMeter {
                meter: meter(kind),
                host: host(),
                kind,
                scope: scope(kind),
                keys: Set::new(keys).unwrap(),
                threshold: threshold(kind),
                test: kind == AgentKind::Mail,
                replaces: None,
            };
            self.act(meters, operator, register);
        }
    }

    fn report(&mut self, name: &'static str, kind: AgentKind, report: Report) -> Hash {
        self.act(name, &[agent(kind)], Action::Report(report))
    }

    /// IMVU-042 is as its assignment says.
    fn acknowledge(&mut self, name: &'static str, kind: AgentKind) {
        let item = Item::Imvu(imvu("IMVU-042"));
        let key = state_key::assignment(&host(), kind, &item);
        let assignment: Assignment = self.chain.read(&key).unwrap();
        let mut report = report(&self.chain, kind);
        let ack = Ack {
            item,
            generation: assignment.generation,
            outcome: AckOutcome::Applied,
            observed: assignment.spec.hash(),
        };
        report.acks = List::new(vec![ack]).unwrap();
        self.report(name, kind, report);
    }

    fn drift(&mut self) {
        let now = self.chain.next().time;
        let mut report = report(&self.chain, AgentKind::Network);
        let drift = Drift {
            imvu: Some(imvu("IMVU-042")),
            kind: DriftKind::Filter,
            expected: Hash::of(b"the rules"),
            found: Hash::of(b"other rules"),
            process: Text::new("/usr/sbin/nft").unwrap(),
            pid: 4_711,
            detected: Time(now.0 - 900),
            reverted: Some(Time(now.0 - 700)),
        };
        report.drifts = List::new(vec![drift]).unwrap();
        self.report("report a drift", AgentKind::Network, report);
    }

    /// Meters read until an hour is over.
    pub(super) fn usage(&mut self) {
        let slot = || Target::Slot(0);
        let now = |story: &Self| story.chain.next().time;
        let body = record(
            &self.chain,
            AgentKind::Compute,
            now(self),
            vec![line(slot(), &[30_000, 4_096, 1 << 20], 0)],
        );
        self.read("report usage", AgentKind::Compute, body);
        let mut again = record(&self.chain, AgentKind::Compute, now(self), Vec::new());
        again.sequence -= 1;
        self.read("report usage out of turn", AgentKind::Compute, again);
        let body = record(
            &self.chain,
            AgentKind::Network,
            now(self),
            vec![line(slot(), &[u64::MAX], 12)],
        );
        self.read(
            "report more than the quota permits",
            AgentKind::Network,
            body,
        );
        let next = self.chain.height() + 1;
        assert_eq!(
            next, AN_HOUR_LATER,
            "the hour passes here: the vectors of chain.rs and of the fuzzer say when"
        );
        let full_hour = Time(now(self).0 / HOUR_MS * HOUR_MS);
        let named = || Target::Imvu(imvu("IMVU-042"));
        for (name, kind, lines) in [
            (
                "report usage of the hour: compute",
                AgentKind::Compute,
                vec![line(slot(), &[60_000, 8_192, 1 << 21], 0)],
            ),
            (
                "report usage of the hour: network",
                AgentKind::Network,
                // A counter that runs backwards.
                vec![line(slot(), &[1 << 30], 12)],
            ),
            (
                "report usage of the hour: dns",
                AgentKind::Dns,
                vec![line(named(), &[1_234], 5)],
            ),
            (
                "report usage of the hour: mail",
                AgentKind::Mail,
                vec![line(named(), &[17, 1_024], 0)],
            ),
        ] {
            let body = record(&self.chain, kind, full_hour, lines);
            self.read(name, kind, body);
        }
        let mut gap = record(&self.chain, AgentKind::Compute, now(self), Vec::new());
        gap.kind = RecordKind::Gap;
        self.read("report a gap", AgentKind::Compute, gap);
    }

    fn read(&mut self, name: &'static str, kind: AgentKind, body: MeterRecordBody) {
        let mut report = report(&self.chain, kind);
        report.usage = List::new(vec![signed(kind, body)]).unwrap();
        self.report(name, kind, report);
    }
}
