//! Hosts, their agents and meters, what was used there, and what somebody changed there.

use super::{Position, Versioned};
use nexus_types::host::{Agent, AgentKind, Host, HostStatus};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Meter, Resource, UsageLine};
use nexus_types::report::DriftEntry;
use nexus_types::{HostId, IdentityId, ImvuId, Time};

/// A host.
pub type HostRow = Versioned<Host>;
/// An agent.
pub type AgentRow = Versioned<Agent>;
/// A meter.
pub type MeterRow = Versioned<Meter>;

/// Usage of one resource by one meter in one sealed hour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UsageRow {
    /// The block that sealed the hour, and the line's ordinal among its usage lines.
    pub at: Position,
    /// Block time.
    pub time: Time,
    /// Whose.
    pub imvu: ImvuId,
    /// The hour's position in the IMVU's usage collection.
    pub sequence: u64,
    /// Hours since 1970-01-01T00:00Z.
    pub hour: u64,
    /// The identity responsible.
    pub owner: IdentityId,
    /// Where it ran.
    pub host: HostId,
    /// In which placement.
    pub placement: u64,
    /// What was used.
    pub line: UsageLine,
}

/// A drift; its cursor is that of its event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DriftRow {
    /// The cursor.
    pub at: Position,
    /// The host of the agent that found it; none where the agent is from before this index.
    pub host: Option<HostId>,
    /// What was found.
    pub entry: DriftEntry,
}

/// Which hosts are wanted; every field left out matches all.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct HostFilter {
    /// The organisation that runs it.
    pub operator: Option<IdentityId>,
    /// Where it stands.
    pub jurisdiction: Option<Jurisdiction>,
    /// What may be placed on it.
    pub status: Option<HostStatus>,
}

/// Which agents are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AgentFilter {
    /// Its host.
    pub host: Option<HostId>,
    /// Which hand.
    pub kind: Option<AgentKind>,
    /// Whether it has been called silent.
    pub silent: Option<bool>,
}

/// Which meters are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MeterFilter {
    /// Its host.
    pub host: Option<HostId>,
    /// What it counts.
    pub kind: Option<AgentKind>,
    /// Whether it has been called silent.
    pub silent: Option<bool>,
}

/// Which lines of usage are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct UsageFilter {
    /// Whose.
    pub imvu: Option<ImvuId>,
    /// Of what.
    pub resource: Option<Resource>,
    /// The first hour.
    pub from: Option<u64>,
    /// The hour before which it ends.
    pub to: Option<u64>,
}

/// Which drifts are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct DriftFilter {
    /// Whose, if it was one IMVU's.
    pub imvu: Option<ImvuId>,
    /// Where.
    pub host: Option<HostId>,
}
