//! Hosts to place on, and the agents and meters that speak for them.

use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::encoding::Set;
use nexus_types::host::{
    AckOutcome, Agent, AgentKind, Assignment, Capabilities, EnforcementGrade, Host, Isolation,
    Item, Placement,
};
use nexus_types::meter::{
    Meter, MeterLine, MeterRecord, MeterRecordBody, MeterScope, MeterSignature, Metering,
    RecordKind, Target,
};
use nexus_types::quota::Quota;
use nexus_types::report::{Ack, Report};
use nexus_types::state_key;
use nexus_types::{Few, HostId, List, MeterId, Time};

/// Room for a few of [`QUOTA`].
pub(super) const CAPACITY: Quota = Quota {
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

pub(super) fn host(id: &str) -> HostId {
    HostId::new(id).unwrap()
}

pub(super) fn meter(id: &str) -> MeterId {
    MeterId::new(id).unwrap()
}

pub(super) fn capabilities() -> Capabilities {
    Capabilities {
        enforcement: EnforcementGrade::Prevention,
        isolation: Set::new(Isolation::ALL.to_vec()).unwrap(),
        counters_cannot_be_reset: true,
    }
}

/// The agent of a host: a person whose key follows from both.
/// 12 of `host-12`; 0 of a host without a number.
fn number_of(id: &str) -> u16 {
    let digits = id.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    digits.parse().unwrap_or(0)
}

pub(super) fn agent_of(id: &str, kind: AgentKind) -> Person {
    Person::new(1_000 + 10 * number_of(id) + kind as u16)
}

/// The meter of a host: its name and its key.
pub(super) fn meter_of(id: &str, kind: AgentKind) -> (MeterId, Person) {
    let key = Person::new(2_000 + 10 * number_of(id) + kind as u16);
    (meter(&format!("{id}-{kind}")), key)
}

pub(super) fn register_host(id: &str, jurisdiction: &str) -> Action {
    Action::RegisterHost {
        host: host(id),
        jurisdiction: tag(jurisdiction),
        capacity: CAPACITY,
        capabilities: capabilities(),
    }
}

pub(super) fn register_meter(id: &str, kind: AgentKind) -> Action {
    let (meter, key) = meter_of(id, kind);
    register_own(id, meter, kind, &key, None)
}

/// A meter of all of a host's IMVUs, in the place of another or of none.
pub(super) fn register_own(
    host_id: &str,
    meter: MeterId,
    kind: AgentKind,
    key: &Person,
    replaces: Option<MeterId>,
) -> Action {
    Action::RegisterMeter {
        meter,
        host: host(host_id),
        kind,
        scope: MeterScope::Host,
        keys: Set::new(vec![key.public()]).unwrap(),
        threshold: 1,
        test: false,
        replaces,
    }
}

/// A report with nothing in it.
pub(super) fn report(sequence: u64) -> Report {
    Report {
        sequence,
        through: 0,
        capabilities: None,
        acks: List::default(),
        usage: List::default(),
        drifts: List::default(),
    }
}

impl World {
    /// A host `host-N` of operator N with all agents and meters, attested.
    pub(super) fn add_host(&mut self, id: &str, jurisdiction: &str) {
        let operator = self.operator_of(id);
        self.must(&operator, register_host(id, jurisdiction));
        for kind in AgentKind::ALL {
            let key = agent_of(id, kind).public();
            let register = Action::RegisterAgent {
                host: host(id),
                kind,
                key,
            };
            self.must(&operator, register);
            self.must(&operator, register_meter(id, kind));
        }
        let mut attest = self.next_report(id, AgentKind::Compute);
        attest.capabilities = Some(capabilities().hash());
        self.must(&agent_of(id, AgentKind::Compute), Action::Report(attest));
    }

    pub(super) fn operator_of(&self, id: &str) -> Person {
        let number = usize::from(number_of(id));
        self.operators[number % self.operators.len()].clone()
    }

    pub(super) fn host(&self, id: &str) -> Host {
        self.memory.read(&state_key::host(&host(id))).unwrap()
    }

    pub(super) fn meter(&self, id: &MeterId) -> Meter {
        self.memory.read(&state_key::meter(id)).unwrap()
    }

    /// The next report of an agent, empty.
    pub(super) fn next_report(&self, id: &str, kind: AgentKind) -> Report {
        let agent: Agent = self
            .memory
            .read(&state_key::agent(&agent_of(id, kind).id))
            .unwrap();
        report(agent.sequence + 1)
    }

    /// What an agent is told about an IMVU.
    pub(super) fn assignment(&self, id: &str, kind: AgentKind, imvu_id: &str) -> Assignment {
        let item = Item::Imvu(imvu(imvu_id));
        self.memory
            .read(&state_key::assignment(&host(id), kind, &item))
            .unwrap()
    }

    /// The acknowledgement that an honest agent would give.
    pub(super) fn ack(&self, id: &str, kind: AgentKind, imvu_id: &str, outcome: AckOutcome) -> Ack {
        let assignment = self.assignment(id, kind, imvu_id);
        Ack {
            item: Item::Imvu(imvu(imvu_id)),
            generation: assignment.generation,
            outcome,
            observed: assignment.spec.hash(),
        }
    }

    /// An agent reports one acknowledgement.
    pub(super) fn acknowledge(
        &mut self,
        id: &str,
        kind: AgentKind,
        imvu_id: &str,
        outcome: AckOutcome,
    ) -> TxOutcome {
        let mut report = self.next_report(id, kind);
        report.acks = List::new(vec![self.ack(id, kind, imvu_id, outcome)]).unwrap();
        self.submit(&[agent_of(id, kind)], Action::Report(report))
    }

    /// Alice's IMVU-042 placed on a host and running there.
    pub(super) fn run(&mut self, id: &str) {
        let alice = self.alice.clone();
        let activate = Action::ActivateImvu {
            imvu: imvu("IMVU-042"),
            host: Some(host(id)),
        };
        self.must(&alice, activate);
        for kind in [AgentKind::Compute, AgentKind::Network] {
            let outcome = self.acknowledge(id, kind, "IMVU-042", AckOutcome::Applied);
            assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        }
    }

    /// The next record of a meter, from where its last window ended (a new one: its registration) to `end`.
    pub(super) fn record(
        &self,
        meter: &MeterId,
        end: Time,
        lines: Vec<MeterLine>,
    ) -> MeterRecordBody {
        let known = self.meter(meter);
        MeterRecordBody {
            network: self.network.clone(),
            meter: meter.clone(),
            sequence: known.sequence + 1,
            previous: known.last,
            boot: [1; 16],
            kind: RecordKind::Reading,
            start: if known.sequence == 0 {
                known.since
            } else {
                known.window_end
            },
            end,
            max_unmetered_ms: 1_000,
            lines: List::new(lines).unwrap(),
        }
    }

    /// A report of one record of a host's own meter.
    pub(super) fn usage(&mut self, id: &str, kind: AgentKind, body: MeterRecordBody) -> TxOutcome {
        let (_, key) = meter_of(id, kind);
        let record = sign_record(&key, body);
        let mut report = self.next_report(id, kind);
        report.usage = List::new(vec![record]).unwrap();
        self.submit(&[agent_of(id, kind)], Action::Report(report))
    }

    /// Waits until a time, in blocks of half an hour at most.
    pub(super) fn wait_until(&mut self, time: u64) {
        while self.now.time.0 < time {
            self.now.time = Time((self.now.time.0 + HOUR / 2).min(time));
            self.block(&[]);
        }
    }
}

/// The IMVU of these tests.
pub(super) const ID: &str = "IMVU-042";
/// Milliseconds of a minute.
pub(super) const MINUTES: u64 = 60_000;

/// A running IMVU-042 on host-1, at five minutes past the hour.
pub(super) fn running() -> World {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    world.wait_until(START + 5 * MINUTES);
    world
}

/// The meter of host-1's kernel.
pub(super) fn compute() -> MeterId {
    meter_of("host-1", AgentKind::Compute).0
}

/// Where the metering of IMVU-042 stands.
pub(super) fn metering(world: &World) -> Metering {
    world
        .memory
        .read(&state_key::metering(&imvu(ID)))
        .unwrap_or_default()
}

/// Where IMVU-042 runs.
pub(super) fn stay(world: &World) -> Placement {
    world.memory.read(&state_key::placement(&imvu(ID))).unwrap()
}

/// IMVU-042 has left slot 0.
pub(super) fn leave(world: &mut World) {
    let alice = world.alice.clone();
    let stop = Action::StopImvu {
        imvu: imvu(ID),
        accept_loss: false,
    };
    world.must(&alice, stop);
    world.acknowledge("host-1", AgentKind::Compute, ID, AckOutcome::Stopped);
}

/// A resolver on a host that answers for any IMVU of its organisation.
pub(super) fn register_resolver(id: MeterId, host_id: &str, key: &Person, test: bool) -> Action {
    Action::RegisterMeter {
        meter: id,
        host: host(host_id),
        kind: AgentKind::Dns,
        scope: MeterScope::Everywhere,
        keys: Set::new(vec![key.public()]).unwrap(),
        threshold: 1,
        test,
        replaces: None,
    }
}

/// The meter `successor` takes the place of host-1's own of a kind.
pub(super) fn register_successor(kind: AgentKind, key: &Person) -> Action {
    let (replaced, _) = meter_of("host-1", kind);
    register_own("host-1", meter("successor"), kind, key, Some(replaced))
}

/// What `successor` tells, with whichever lines.
pub(super) fn succeeds(world: &mut World, kind: AgentKind, key: &Person, lines: Vec<MeterLine>) {
    let body = world.record(&meter("successor"), world.now.time, lines);
    let mut report = world.next_report("host-1", kind);
    report.usage = List::new(vec![sign_record(key, body)]).unwrap();
    world.must(&agent_of("host-1", kind), Action::Report(report));
}

/// IMVU-042 has left slot 0 and stands in slot 1 of the same host; since when.
pub(super) fn again(world: &mut World) -> Time {
    leave(world);
    world.run("host-1");
    stay(world).since
}

pub(super) fn sign_record(key: &Person, body: MeterRecordBody) -> MeterRecord {
    let signature = MeterSignature {
        key: 0,
        signature: key.sign(body.id()),
    };
    MeterRecord {
        body,
        signatures: List::new(vec![signature]).unwrap(),
    }
}

pub(super) fn line(slot: u32, counters: &[u64]) -> MeterLine {
    MeterLine {
        target: Target::Slot(slot),
        counters: Few::new(counters).unwrap(),
        dropped: 0,
    }
}
