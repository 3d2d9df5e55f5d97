//! Hosts, their agents, and where an IMVU runs.

use crate::encoding::Set;
use crate::governance::RestrictionScope;
use crate::hash::Hash;
use crate::ids::{HostId, IdentityId, ImvuId, MeterId};
use crate::jurisdiction::Jurisdiction;
use crate::limits::{
    METERS_PER_HOST, PORT_FIRST, RESTRICTIONS, ROUTES_PER_IMVU, UID_RANGE_FIRST, UIDS_PER_IMVU,
};
use crate::quota::Quota;
use crate::route::{Address, PathPolicy, Prefix, Route};
use crate::snapshot::{RestoreSpec, SnapshotSpec};
use crate::time::{Height, Time};
use crate::{encoding::List, meter::Resource};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// The four hands of a host; also the kind of a meter, since each hand's surface has its own counters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
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

impl AgentKind {
    /// Every kind, in encoding order.
    pub const ALL: [Self; 4] = [Self::Compute, Self::Network, Self::Dns, Self::Mail];

    /// The name, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Network => "network",
            Self::Dns => "dns",
            Self::Mail => "mail",
        }
    }

    /// What a meter of this kind counts, in the order of its counters.
    pub fn resources(self) -> &'static [Resource] {
        match self {
            Self::Compute => &[Resource::Cpu, Resource::Memory, Resource::Io],
            Self::Network => &[Resource::Network],
            Self::Dns => &[Resource::Dns],
            Self::Mail => &[Resource::Mail, Resource::MailStorage],
        }
    }

    /// Whether an IMVU runs only where such an agent makes the kernel equal to what was committed.
    pub fn is_needed_to_run(self) -> bool {
        matches!(self, Self::Compute | Self::Network)
    }

    /// Whether several meters of the kind may count disjoint parts of one resource, which are summed (law §5).
    pub fn sums_meters(self) -> bool {
        matches!(self, Self::Dns | Self::Mail)
    }
}

impl fmt::Display for AgentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a host's kernel does about a limit or a route that somebody else changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum EnforcementGrade {
    /// Nothing: limits can't be set at all. No IMVU is placed there.
    None,
    /// Limits are set; a foreign change is found and reverted after the fact.
    Detection,
    /// Limits are set; a foreign change is refused while the agent lives.
    Prevention,
}

/// One thing that keeps IMVUs of a host apart (handshake-55-45-17.md, gates 2 and 16).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
#[expect(missing_docs, reason = "each variant is the kernel's own word")]
pub enum Isolation {
    UserNamespace,
    PidNamespace,
    NetworkNamespace,
    IpcNamespace,
    UtsNamespace,
    CgroupNamespace,
    MountNamespace,
    Seccomp,
    DefaultDrop,
}

impl Isolation {
    /// All that gate 2 asks of a host.
    pub const ALL: [Self; 9] = [
        Self::UserNamespace,
        Self::PidNamespace,
        Self::NetworkNamespace,
        Self::IpcNamespace,
        Self::UtsNamespace,
        Self::CgroupNamespace,
        Self::MountNamespace,
        Self::Seccomp,
        Self::DefaultDrop,
    ];

    /// The name, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserNamespace => "userNamespace",
            Self::PidNamespace => "pidNamespace",
            Self::NetworkNamespace => "networkNamespace",
            Self::IpcNamespace => "ipcNamespace",
            Self::UtsNamespace => "utsNamespace",
            Self::CgroupNamespace => "cgroupNamespace",
            Self::MountNamespace => "mountNamespace",
            Self::Seccomp => "seccomp",
            Self::DefaultDrop => "defaultDrop",
        }
    }
}

/// What a host can do, as its operator registers it and its compute agent attests it.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Capabilities {
    /// How limits and rules are kept.
    pub enforcement: EnforcementGrade,
    /// What keeps IMVUs apart.
    pub isolation: Set<Isolation, 9>,
    /// Whether the kernel's counters can't be set back, not even by root (cgroup v2).
    pub counters_cannot_be_reset: bool,
}

impl Capabilities {
    /// The hash that the host's compute agent attests.
    pub fn hash(&self) -> Hash {
        Hash::tagged("nexus/capabilities/v1", &[&crate::encoding::encode(self)])
    }

    /// Whether IMVUs can be kept apart and within their quotas at all.
    pub fn isolates(&self) -> bool {
        self.enforcement != EnforcementGrade::None
            && Isolation::ALL
                .iter()
                .all(|needed| self.isolation.contains(needed))
    }
}

/// What may be placed on a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum HostStatus {
    /// New IMVUs.
    Open,
    /// Nothing new; what runs goes on.
    Closed,
    /// Nothing new, and its operator asks the creators to move.
    Draining,
    /// Nothing new, and what ran there runs no longer; only its creator can accept that loss and start elsewhere.
    Lost,
}

/// A host.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Host {
    /// Its name.
    pub id: HostId,
    /// The organisation that runs it: a seat's operator.
    pub operator: IdentityId,
    /// Where it stands.
    pub jurisdiction: Jurisdiction,
    /// What it has.
    pub capacity: Quota,
    /// Σ of what its placements may use; never above the capacity (gate 7).
    pub guaranteed: Quota,
    /// What it can do.
    pub capabilities: Capabilities,
    /// The block in which its compute agent attested exactly these capabilities.
    pub attested: Option<Height>,
    /// What may be placed on it.
    pub status: HostStatus,
    /// First law time at which it counts.
    pub usable_from: Time,
    /// When it was registered.
    pub registered: Height,
    /// IMVUs placed on it.
    pub placements: u32,
    /// The slot that the next placement gets; none is given twice.
    pub next_slot: u32,
    /// Its agents, in the order of [`AgentKind::ALL`].
    pub agents: [Option<IdentityId>; 4],
    /// Its meters.
    pub meters: Set<MeterId, METERS_PER_HOST>,
}

impl Host {
    /// Its agent of a kind.
    pub fn agent(&self, kind: AgentKind) -> Option<IdentityId> {
        AgentKind::ALL
            .iter()
            .zip(self.agents)
            .find(|(each, _)| **each == kind)
            .and_then(|(_, agent)| agent)
    }
}

/// A change of a host by its operator. What stands on shared ground is judged for every IMVU on it (law §3).
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum HostChange {
    /// What may be placed on it.
    Status(HostStatus),
    /// What it has; never below what is guaranteed.
    Capacity(Quota),
    /// What it can do; with placements on it, only more.
    Capabilities(Capabilities),
    /// Where it stands; not with placements on it.
    Jurisdiction(Jurisdiction),
}

/// An agent: the identity that reports for one hand of one host.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Agent {
    /// Its identity.
    pub id: IdentityId,
    /// Its host.
    pub host: HostId,
    /// Which hand.
    pub kind: AgentKind,
    /// When it was registered.
    pub registered: Height,
    /// First law time at which it counts.
    pub usable_from: Time,
    /// The sequence of its last report; 0 before the first.
    pub sequence: u64,
    /// The block of its last report; its registration before the first.
    pub last_height: Height,
    /// The law time of its last report.
    pub last_time: Time,
    /// The height up to which it had followed the ledger at its last report.
    pub through: Height,
    /// Whether it has been called silent since.
    pub silent: bool,
}

/// What an IMVU's placement is doing.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Phase {
    /// Assigned; its host's agents have not all made it so yet.
    Starting,
    /// Its host's agents have made it so.
    Running,
    /// To be stopped; then it is placed on the named host, or nowhere.
    Stopping(Option<HostId>),
}

/// Where an IMVU runs.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Placement {
    /// Which.
    pub imvu: ImvuId,
    /// Where.
    pub host: HostId,
    /// The slot there, from which user ids, subnet, volume and port follow.
    pub slot: u32,
    /// Where its volume lies (gate 9): what the host attested, and the IMVU's own.
    pub jurisdiction: Jurisdiction,
    /// 1 for the IMVU's first placement, one more at each.
    pub generation: u64,
    /// Since when: block time.
    pub since: Time,
    /// What it is doing.
    pub phase: Phase,
    /// The most it may use, each field: the quota in force, or a larger one that its agent has not yet replaced.
    /// This is what its host guarantees.
    pub ceiling: Quota,
    /// Block time from which the ceiling holds.
    pub ceiling_since: Time,
    /// The ceiling before.
    pub ceiling_before: Quota,
}

impl Placement {
    /// The most it may have used, each field, in a window that began at `start` (law §3: the highest quota in force or
    /// not yet acknowledged).
    pub fn ceiling_at(&self, start: Time) -> Quota {
        if start < self.ceiling_since {
            self.ceiling.max(&self.ceiling_before)
        } else {
            self.ceiling
        }
    }
}

/// Whose a host's slot is. It stays for ever, so that a slot is never somebody else's.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Slot {
    /// Whose.
    pub imvu: ImvuId,
    /// The placement.
    pub generation: u64,
    /// Since when: block time.
    pub since: Time,
    /// When the placement ended and what its ceiling was then; none while it stands.
    pub ended: Option<(Time, Quota)>,
}

/// What an agent is told about: with the agent's kind and host, an assignment's key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Item {
    /// An IMVU placed on the host.
    Imvu(ImvuId),
    /// A snapshot, by its number, of an IMVU that is or was placed on the host.
    Snapshot(ImvuId, u64),
    /// What the volume of an IMVU placed on the host was put back to last.
    Restore(ImvuId),
}

/// Desired state of one item for one agent, ordered by (recovery epoch, generation). The spec leaves nothing to choose.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Assignment {
    /// The recovery epoch it was written in.
    pub recovery_epoch: u32,
    /// One more at each change of the spec.
    pub generation: u64,
    /// What shall be.
    pub spec: Spec,
    /// What the agent last said of exactly this generation.
    pub acknowledged: Option<Acknowledged>,
}

/// What an agent said of an assignment.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Acknowledged {
    /// How it went.
    pub outcome: AckOutcome,
    /// Hash of what it read back.
    pub observed: Hash,
    /// When it was on the ledger.
    pub at: Height,
}

/// How making an item so went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum AckOutcome {
    /// The item is as the spec says.
    Applied,
    /// Nothing of the item is left running; its last usage stands in this report or an earlier one.
    Stopped,
    /// The host lacks what the spec asks for.
    NoResources,
    /// The kernel, or the server behind the surface, refused.
    Refused,
    /// The image or the content to serve is missing or broken.
    NoContent,
}

/// What shall be, for one item.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Spec {
    /// For the compute agent.
    Compute(ComputeSpec),
    /// For the network agent.
    Network(NetworkSpec),
    /// Nothing of the item.
    Absent,
    /// For the compute agent: a snapshot to take and keep.
    Snapshot(SnapshotSpec),
    /// For the compute agent: a snapshot to put a volume back to.
    Restore(RestoreSpec),
    /// For the mail agent.
    Mail(MailSpec),
}

impl Spec {
    /// The hash that an agent's observation must have: SHA-256 of the tagged encoding.
    pub fn hash(&self) -> Hash {
        Hash::tagged("nexus/spec/v1", &[&crate::encoding::encode(self)])
    }
}

/// Processes of one IMVU.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ComputeSpec {
    /// Whose.
    pub imvu: ImvuId,
    /// Which placement.
    pub placement: u64,
    /// The slot, which names volume and cgroup.
    pub slot: u32,
    /// The first of [`UIDS_PER_IMVU`] user ids that are its own.
    pub uid_first: u32,
    /// The limits.
    pub limits: Quota,
}

/// The network of one IMVU.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct NetworkSpec {
    /// Whose.
    pub imvu: ImvuId,
    /// Which placement.
    pub placement: u64,
    /// Its own subnet of four addresses: network, router, IMVU, broadcast.
    pub subnet: Prefix,
    /// The host's port that is forwarded to it.
    pub port: u16,
    /// The shaper's rate, bits per second.
    pub bandwidth_bits: u64,
    /// Its routes, ascending by prefix.
    pub routes: List<Route, ROUTES_PER_IMVU>,
    /// What traffic may pass through.
    pub policy: PathPolicy,
    /// Whether new outbound flows and mail submission are stopped; replies pass (law §4, containment).
    pub contained: bool,
    /// What legal restrictions stop besides (law §4).
    pub restricted: Set<RestrictionScope, RESTRICTIONS>,
}

/// The mail of one IMVU. Its addresses, credentials, routes and keys stand in the state; the agent has them right exactly
/// when the root over what it read is this one.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MailSpec {
    /// Whose.
    pub imvu: ImvuId,
    /// Which placement.
    pub placement: u64,
    /// The slot, which names volume and user.
    pub slot: u32,
    /// The version of its book.
    pub version: u64,
    /// The book's root: see [`crate::mail::MailBook`].
    pub root: Hash,
    /// Tokens of an earlier epoch are void.
    pub token_epoch: u64,
    /// Messages an hour.
    pub messages_hour: u64,
    /// Bytes of stored mail.
    pub storage_bytes: u64,
    /// Whether submission is stopped (law §4: containment, or a legal restriction of mail); mail that comes in is kept.
    pub contained: bool,
}

/// The first user id of a slot.
pub fn uid_first(slot: u32) -> u32 {
    slot.saturating_add(UID_RANGE_FIRST)
        .saturating_mul(UIDS_PER_IMVU)
}

/// The subnet of a slot: the slot's four addresses of 10.0.0.0/8.
pub fn subnet(slot: u32) -> Option<Prefix> {
    let [_, a, b, c] = slot.checked_mul(4)?.to_be_bytes();
    (slot < 1 << 22)
        .then(|| Prefix::new(Address::V4([10, a, b, c]), 30))
        .flatten()
}

/// The port of a slot.
pub fn port(slot: u32) -> Option<u16> {
    u16::try_from(slot).ok()?.checked_add(PORT_FIRST)
}
