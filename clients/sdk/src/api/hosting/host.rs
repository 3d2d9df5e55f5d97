//! Hosts, agents, and what runs where.

use crate::api::hosting_action::{AgentKind, CapabilitiesView, HostStatus};
use crate::api::quota::QuotaView;
use crate::api::scalar::{WireHost, WireIdentity, WireImvu, WireJurisdiction, WireMeter, WireU64};
use nexus_types::host::{self, Agent, Host, Phase, Placement, port, subnet, uid_first};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An agent of a host, by its kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostAgentView {
    /// Which hand.
    pub kind: AgentKind,
    /// Its identity.
    pub agent: WireIdentity,
}

/// A host.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostView {
    /// Its name.
    pub id: WireHost,
    /// The organisation that runs it.
    pub operator: WireIdentity,
    /// Where it stands.
    pub jurisdiction: WireJurisdiction,
    /// What may be placed on it.
    pub status: HostStatus,
    /// What it has.
    pub capacity: QuotaView,
    /// What its placements may use in all; never above the capacity.
    pub guaranteed: QuotaView,
    /// What it can do.
    pub capabilities: CapabilitiesView,
    /// The block in which its compute agent attested exactly these capabilities; absent while it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested: Option<WireU64>,
    /// First law time at which it counts, milliseconds.
    pub usable_from: WireU64,
    /// The height it was registered at.
    pub registered: WireU64,
    /// IMVUs placed on it.
    pub placements: u32,
    /// The slot that the next placement gets.
    pub next_slot: u32,
    /// Its agents.
    pub agents: Vec<HostAgentView>,
    /// Its meters.
    pub meters: Vec<WireMeter>,
}

impl From<&Host> for HostView {
    fn from(host: &Host) -> Self {
        let agents = host::AgentKind::ALL.into_iter().filter_map(|kind| {
            host.agent(kind).map(|agent| HostAgentView {
                kind: kind.into(),
                agent: agent.into(),
            })
        });
        let meters = host.meters.as_slice().iter().cloned();
        Self {
            id: host.id.clone().into(),
            operator: host.operator.into(),
            jurisdiction: host.jurisdiction.clone().into(),
            status: host.status.into(),
            capacity: (&host.capacity).into(),
            guaranteed: (&host.guaranteed).into(),
            capabilities: (&host.capabilities).into(),
            attested: host.attested.map(Into::into),
            usable_from: host.usable_from.0.into(),
            registered: host.registered.into(),
            placements: host.placements,
            next_slot: host.next_slot,
            agents: agents.collect(),
            meters: meters.map(Into::into).collect(),
        }
    }
}

/// An agent: the identity that reports for one hand of one host.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentView {
    /// Its identity.
    pub id: WireIdentity,
    /// Its host.
    pub host: WireHost,
    /// Which hand.
    pub kind: AgentKind,
    /// The height it was registered at.
    pub registered: WireU64,
    /// First law time at which it counts, milliseconds.
    pub usable_from: WireU64,
    /// The sequence of its last report; 0 before the first.
    pub sequence: WireU64,
    /// The block of its last report; of its registration before the first.
    pub last_height: WireU64,
    /// The law time of its last report, milliseconds.
    pub last_time: WireU64,
    /// The height up to which it had followed the ledger at its last report.
    pub through: WireU64,
    /// Whether it has been called silent since.
    pub silent: bool,
}

impl From<&Agent> for AgentView {
    fn from(agent: &Agent) -> Self {
        Self {
            id: agent.id.into(),
            host: agent.host.clone().into(),
            kind: agent.kind.into(),
            registered: agent.registered.into(),
            usable_from: agent.usable_from.0.into(),
            sequence: agent.sequence.into(),
            last_height: agent.last_height.into(),
            last_time: agent.last_time.0.into(),
            through: agent.through.into(),
            silent: agent.silent,
        }
    }
}

/// What a placement is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PhaseView {
    /// Assigned; its host's agents have not all made it so yet.
    Starting,
    /// Its host's agents have made it so.
    Running,
    /// To be stopped.
    Stopping,
}

/// Where an IMVU runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlacementView {
    /// Which.
    pub imvu: WireImvu,
    /// Where.
    pub host: WireHost,
    /// The slot there.
    pub slot: u32,
    /// The first of its 65,536 user ids there, as follows from the slot.
    pub uid_first: u32,
    /// Its subnet there, as follows from the slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet: Option<String>,
    /// The host's port that is forwarded to it, as follows from the slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Where its volume lies: what the host attested, and the IMVU's own.
    pub jurisdiction: WireJurisdiction,
    /// 1 for the IMVU's first placement, one more at each.
    pub generation: WireU64,
    /// Since when: block time, milliseconds.
    pub since: WireU64,
    /// What it is doing.
    pub phase: PhaseView,
    /// Where it is placed once it has stopped; absent for nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_host: Option<WireHost>,
    /// The most it may use, which its host guarantees: the quota in force, or a larger one that its agents have not yet
    /// replaced.
    pub ceiling: QuotaView,
    /// Block time from which the ceiling holds, milliseconds.
    pub ceiling_since: WireU64,
    /// The ceiling before.
    pub ceiling_before: QuotaView,
}

impl From<&Placement> for PlacementView {
    fn from(placement: &Placement) -> Self {
        let (phase, next) = match &placement.phase {
            Phase::Starting => (PhaseView::Starting, None),
            Phase::Running => (PhaseView::Running, None),
            Phase::Stopping(next) => (PhaseView::Stopping, next.clone()),
        };
        Self {
            imvu: placement.imvu.clone().into(),
            host: placement.host.clone().into(),
            slot: placement.slot,
            uid_first: uid_first(placement.slot),
            subnet: subnet(placement.slot).map(|prefix| prefix.to_string()),
            port: port(placement.slot),
            jurisdiction: placement.jurisdiction.clone().into(),
            generation: placement.generation.into(),
            since: placement.since.0.into(),
            phase,
            next_host: next.map(Into::into),
            ceiling: (&placement.ceiling).into(),
            ceiling_since: placement.ceiling_since.0.into(),
            ceiling_before: (&placement.ceiling_before).into(),
        }
    }
}
