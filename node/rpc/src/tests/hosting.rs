//! Hosts on the chain: registered by the law itself, with agents that report.

use super::chain::{Chain, Person, imvu};
use nexus_types::action::Action;
use nexus_types::encoding::{List, Set};
use nexus_types::host::{
    AckOutcome, Agent, AgentKind, Assignment, Capabilities, EnforcementGrade, Isolation, Item,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::MeterScope;
use nexus_types::quota::Quota;
use nexus_types::report::{Ack, Drift, Report};
use nexus_types::{HostId, ImvuId, MeterId, state_key};

pub(super) const CAPACITY: Quota = Quota {
    cpu_millis: 64_000,
    memory_bytes: 256 << 30,
    storage_bytes: 4 << 40,
    bandwidth_bits: 10_000_000_000,
    pids: 32_768,
    io_bytes: 1 << 30,
    dns_answers: 100_000,
    mail_messages: 100_000,
    mail_bytes: 1 << 40,
};

pub(super) fn host(id: &str) -> HostId {
    HostId::new(id).unwrap()
}

pub(super) fn meter(host: &str, kind: AgentKind) -> MeterId {
    MeterId::new(&format!("{host}-{kind}")).unwrap()
}

fn capabilities() -> Capabilities {
    Capabilities {
        enforcement: EnforcementGrade::Prevention,
        isolation: Set::new(Isolation::ALL.to_vec()).unwrap(),
        counters_cannot_be_reset: true,
    }
}

/// The agent of a host `…-N`: a person whose key follows from both.
pub(super) fn agent(host: &str, kind: AgentKind) -> Person {
    let number = host.as_bytes().last().unwrap() - b'0';
    Person::new(100 + 10 * number + kind as u8)
}

impl Chain {
    /// What must take effect, in a block of its own.
    pub(super) fn must(&self, person: &Person, action: Action) {
        let outcomes = self.block(&[self.tx(std::slice::from_ref(person), action)]);
        assert_eq!(outcomes[0].code.number(), 0, "{}", outcomes[0].log);
    }

    /// A host with all agents and test meters, attested.
    pub(super) fn add_host(&self, id: &str) {
        let operator = self.operator();
        let register = Action::RegisterHost {
            host: host(id),
            jurisdiction: Jurisdiction::new("EU-GDPR").unwrap(),
            capacity: CAPACITY,
            capabilities: capabilities(),
        };
        self.must(&operator, register);
        for kind in AgentKind::ALL {
            let register = Action::RegisterAgent {
                host: host(id),
                kind,
                key: agent(id, kind).public(),
            };
            self.must(&operator, register);
            let number = agent(id, kind).public().0[0];
            let register = Action::RegisterMeter {
                meter: meter(id, kind),
                host: host(id),
                kind,
                scope: MeterScope::Host,
                keys: Set::new(vec![Person::new(number | 1).public()]).unwrap(),
                threshold: 1,
                test: true,
                replaces: None,
            };
            self.must(&operator, register);
        }
        let attest = Report {
            capabilities: Some(capabilities().hash()),
            ..self.next_report(id, AgentKind::Compute)
        };
        self.must(&agent(id, AgentKind::Compute), Action::Report(attest));
    }

    /// The next report of an agent, empty.
    fn next_report(&self, id: &str, kind: AgentKind) -> Report {
        let known: Agent = self.object(&state_key::agent(&agent(id, kind).id)).unwrap();
        Report {
            sequence: known.sequence + 1,
            through: self.height(),
            capabilities: None,
            acks: List::default(),
            usage: List::default(),
            drifts: List::default(),
        }
    }

    /// Asks for an IMVU of that person to run on a host.
    pub(super) fn activate(&self, person: &Person, id: &str, on: &str) {
        let activate = Action::ActivateImvu {
            imvu: imvu(id),
            host: Some(host(on)),
        };
        self.must(person, activate);
    }

    pub(super) fn assignment(&self, on: &str, kind: AgentKind, id: &ImvuId) -> Assignment {
        let item = Item::Imvu(id.clone());
        self.object(&state_key::assignment(&host(on), kind, &item))
            .unwrap()
    }

    /// An agent says that it has made an IMVU so.
    pub(super) fn applied(&self, on: &str, kind: AgentKind, id: &str) {
        let assignment = self.assignment(on, kind, &imvu(id));
        let ack = Ack {
            item: Item::Imvu(imvu(id)),
            generation: assignment.generation,
            outcome: AckOutcome::Applied,
            observed: assignment.spec.hash(),
        };
        let report = Report {
            acks: List::new(vec![ack]).unwrap(),
            ..self.next_report(on, kind)
        };
        self.must(&agent(on, kind), Action::Report(report));
    }

    /// An agent says that it found something changed.
    pub(super) fn drifted(&self, on: &str, kind: AgentKind, drift: Drift) {
        let report = Report {
            drifts: List::new(vec![drift]).unwrap(),
            ..self.next_report(on, kind)
        };
        self.must(&agent(on, kind), Action::Report(report));
    }
}
