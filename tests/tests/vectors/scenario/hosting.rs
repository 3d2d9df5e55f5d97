//! A host and what runs on it.

use super::Scenario;
use super::reports::{ack, empty_report};
use crate::chain::seal;
use crate::people::{Person, QUOTA, agents, alice, imvu, meter_key, operators, tag};
use nexus_types::encoding::Set;
use nexus_types::host::{
    AckOutcome, AgentKind, Capabilities, EnforcementGrade, HostChange, HostStatus, Isolation,
};
use nexus_types::ids::{HostId, MeterId};
use nexus_types::meter::MeterScope;
use nexus_types::quota::Quota;
use nexus_types::{Action, Tx};

/// The host's name.
pub(crate) const HOST: &str = "host-1";
/// Its meters, in the order of the kinds of agents, and the one that the third replaced.
pub(super) const METERS: [&str; 4] = ["host-1-compute", "host-1-network", "host-1-dns-2", "mail-1"];
const REPLACED: &str = "host-1-dns";

pub(super) fn host_id() -> HostId {
    HostId::new(HOST).unwrap()
}

pub(super) fn meter_id(name: &str) -> MeterId {
    MeterId::new(name).unwrap()
}

fn capabilities() -> Capabilities {
    Capabilities {
        enforcement: EnforcementGrade::Prevention,
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
            enforcement: EnforcementGrade::Detection,
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
}
