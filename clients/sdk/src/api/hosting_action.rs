//! What operators say of hosts, agents and meters.

use super::quota::QuotaView;
use super::scalar::WireJurisdiction;
use nexus_types::host::{self, Capabilities, HostChange};
use nexus_types::meter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The four hands of a host; also the kind of a meter.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum AgentKind {
    /// Processes: cgroups, namespaces, volumes.
    Compute,
    /// Routes, filters, shapers.
    Network,
    /// Zones.
    Dns,
    /// Mailboxes and submission.
    Mail,
}

impl From<host::AgentKind> for AgentKind {
    fn from(kind: host::AgentKind) -> Self {
        match kind {
            host::AgentKind::Compute => Self::Compute,
            host::AgentKind::Network => Self::Network,
            host::AgentKind::Dns => Self::Dns,
            host::AgentKind::Mail => Self::Mail,
        }
    }
}

impl From<AgentKind> for host::AgentKind {
    fn from(kind: AgentKind) -> Self {
        match kind {
            AgentKind::Compute => Self::Compute,
            AgentKind::Network => Self::Network,
            AgentKind::Dns => Self::Dns,
            AgentKind::Mail => Self::Mail,
        }
    }
}

/// What a host's kernel does about a limit or a route that somebody else changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EnforcementGrade {
    /// Nothing: limits can't be set at all. No IMVU is placed there.
    None,
    /// Limits are set; a foreign change is found and reverted after the fact.
    Detection,
    /// Limits are set; a foreign change is refused while the agent lives.
    Prevention,
}

impl From<host::EnforcementGrade> for EnforcementGrade {
    fn from(enforcement: host::EnforcementGrade) -> Self {
        match enforcement {
            host::EnforcementGrade::None => Self::None,
            host::EnforcementGrade::Detection => Self::Detection,
            host::EnforcementGrade::Prevention => Self::Prevention,
        }
    }
}

/// What a host can do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CapabilitiesView {
    /// How limits and rules are kept.
    pub enforcement: EnforcementGrade,
    /// What keeps IMVUs apart, such as `pidNamespace`.
    pub isolation: Vec<String>,
    /// Whether the kernel's counters can't be set back, not even by root.
    pub counters_cannot_be_reset: bool,
}

impl From<&Capabilities> for CapabilitiesView {
    fn from(capabilities: &Capabilities) -> Self {
        let isolation = capabilities.isolation.as_slice().iter();
        Self {
            enforcement: capabilities.enforcement.into(),
            isolation: isolation.map(|one| one.name().to_owned()).collect(),
            counters_cannot_be_reset: capabilities.counters_cannot_be_reset,
        }
    }
}

/// What may be placed on a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum HostStatus {
    /// New IMVUs.
    Open,
    /// Nothing new; what runs goes on.
    Closed,
    /// Nothing new, and its operator asks the creators to move.
    Draining,
    /// Nothing new, and what ran there runs no longer.
    Lost,
}

impl From<host::HostStatus> for HostStatus {
    fn from(status: host::HostStatus) -> Self {
        match status {
            host::HostStatus::Open => Self::Open,
            host::HostStatus::Closed => Self::Closed,
            host::HostStatus::Draining => Self::Draining,
            host::HostStatus::Lost => Self::Lost,
        }
    }
}

/// A change of a host by its operator.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum HostChangeView {
    /// What may be placed on it.
    Status {
        /// The new status.
        status: HostStatus,
    },
    /// What it has.
    Capacity(QuotaView),
    /// What it can do.
    Capabilities(CapabilitiesView),
    /// Where it stands.
    Jurisdiction {
        /// The new tag.
        jurisdiction: WireJurisdiction,
    },
}

impl From<&HostChange> for HostChangeView {
    fn from(change: &HostChange) -> Self {
        match change {
            HostChange::Status(status) => Self::Status {
                status: (*status).into(),
            },
            HostChange::Capacity(capacity) => Self::Capacity(capacity.into()),
            HostChange::Capabilities(capabilities) => Self::Capabilities(capabilities.into()),
            HostChange::Jurisdiction(jurisdiction) => Self::Jurisdiction {
                jurisdiction: jurisdiction.clone().into(),
            },
        }
    }
}

/// Whose usage a meter may count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MeterScope {
    /// IMVUs placed on its host, named by slot.
    Host,
    /// Any placed IMVU, named by its id.
    Everywhere,
}

impl From<meter::MeterScope> for MeterScope {
    fn from(scope: meter::MeterScope) -> Self {
        match scope {
            meter::MeterScope::Host => Self::Host,
            meter::MeterScope::Everywhere => Self::Everywhere,
        }
    }
}
