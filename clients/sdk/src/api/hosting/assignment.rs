//! Desired state: what an agent is told to make so. Agents decode the proved bytes instead.

use crate::api::governance::RestrictionScope;
use crate::api::object::PathPolicyView;
use crate::api::quota::QuotaView;
use crate::api::report::{AckOutcome, ItemView};
use crate::api::scalar::{WireHash, WireHost, WireImvu, WireU64};
use nexus_types::host::{Acknowledged, Assignment, Item, Spec};
use nexus_types::route::Route;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A route of a network assignment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpecRouteView {
    /// What is routed.
    pub prefix: String,
    /// Where it goes next.
    pub next_hop: String,
}

impl From<&Route> for SpecRouteView {
    fn from(route: &Route) -> Self {
        Self {
            prefix: route.prefix.to_string(),
            next_hop: route.next_hop.to_string(),
        }
    }
}

/// What shall be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum SpecView {
    /// Processes of one IMVU.
    Compute {
        /// Whose.
        imvu: WireImvu,
        /// Which placement.
        placement: WireU64,
        /// The slot, which names volume and cgroup.
        slot: u32,
        /// The first of 65,536 user ids that are its own.
        uid_first: u32,
        /// The limits.
        limits: QuotaView,
    },
    /// The network of one IMVU.
    Network {
        /// Whose.
        imvu: WireImvu,
        /// Which placement.
        placement: WireU64,
        /// Its own subnet of four addresses.
        subnet: String,
        /// The host's port that is forwarded to it.
        port: u16,
        /// The shaper's rate, bits per second.
        bandwidth_bits: WireU64,
        /// Its routes, ascending by prefix.
        routes: Vec<SpecRouteView>,
        /// What traffic may pass through.
        policy: PathPolicyView,
        /// Whether new outbound flows and mail submission are stopped; replies pass.
        contained: bool,
        /// What legal restrictions stop besides.
        restricted: Vec<RestrictionScope>,
    },
    /// Nothing of the item.
    Absent,
    /// A snapshot to take and keep.
    Snapshot {
        /// Of which IMVU.
        imvu: WireImvu,
        /// The snapshot's number.
        number: WireU64,
        /// The placement whose volume it is of.
        placement: WireU64,
        /// Its digest once it is taken; without one, it is to be taken now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<WireHash>,
    },
    /// A snapshot to put a volume back to.
    Restore {
        /// Whose volume, and of which IMVU the snapshot is.
        imvu: WireImvu,
        /// In which placement.
        placement: WireU64,
        /// The snapshot's number.
        number: WireU64,
        /// The host that keeps it.
        from: WireHost,
        /// Its digest.
        digest: WireHash,
        /// The block of the wish.
        height: WireU64,
    },
    /// The mail of one IMVU; its objects stand in `nexus_getMail`.
    Mail {
        /// Whose.
        imvu: WireImvu,
        /// Which placement.
        placement: WireU64,
        /// The slot, which names volume and user.
        slot: u32,
        /// The version of its book.
        version: WireU64,
        /// The book's root.
        root: WireHash,
        /// Tokens of an earlier epoch are void.
        token_epoch: WireU64,
        /// Messages an hour.
        messages_hour: WireU64,
        /// Bytes of stored mail.
        storage_bytes: WireU64,
        /// Whether submission is stopped; mail that comes in is kept.
        contained: bool,
    },
}

impl From<&Spec> for SpecView {
    fn from(spec: &Spec) -> Self {
        match spec {
            Spec::Compute(spec) => Self::Compute {
                imvu: spec.imvu.clone().into(),
                placement: spec.placement.into(),
                slot: spec.slot,
                uid_first: spec.uid_first,
                limits: (&spec.limits).into(),
            },
            Spec::Network(spec) => Self::Network {
                imvu: spec.imvu.clone().into(),
                placement: spec.placement.into(),
                subnet: spec.subnet.to_string(),
                port: spec.port,
                bandwidth_bits: spec.bandwidth_bits.into(),
                routes: spec.routes.as_slice().iter().map(Into::into).collect(),
                policy: (&spec.policy).into(),
                contained: spec.contained,
                restricted: spec
                    .restricted
                    .as_slice()
                    .iter()
                    .map(|one| (*one).into())
                    .collect(),
            },
            Spec::Absent => Self::Absent,
            Spec::Snapshot(spec) => Self::Snapshot {
                imvu: spec.imvu.clone().into(),
                number: spec.number.into(),
                placement: spec.placement.into(),
                digest: spec.digest.map(Into::into),
            },
            Spec::Restore(spec) => Self::Restore {
                imvu: spec.imvu.clone().into(),
                placement: spec.placement.into(),
                number: spec.number.into(),
                from: spec.from.clone().into(),
                digest: spec.digest.into(),
                height: spec.height.into(),
            },
            Spec::Mail(spec) => Self::Mail {
                imvu: spec.imvu.clone().into(),
                placement: spec.placement.into(),
                slot: spec.slot,
                version: spec.version.into(),
                root: spec.root.into(),
                token_epoch: spec.token_epoch.into(),
                messages_hour: spec.messages_hour.into(),
                storage_bytes: spec.storage_bytes.into(),
                contained: spec.contained,
            },
        }
    }
}

/// What an agent said of an assignment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcknowledgedView {
    /// How it went.
    pub outcome: AckOutcome,
    /// Hash of what it read back; the assignment's `specHash` where all is as it shall be.
    pub observed: WireHash,
    /// The height of its report.
    pub at: WireU64,
}

impl From<&Acknowledged> for AcknowledgedView {
    fn from(acknowledged: &Acknowledged) -> Self {
        Self {
            outcome: acknowledged.outcome.into(),
            observed: acknowledged.observed.into(),
            at: acknowledged.at.into(),
        }
    }
}

/// Desired state of one item for one agent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentView {
    /// Of what.
    #[serde(flatten)]
    pub item: ItemView,
    /// The recovery epoch it was written in.
    pub recovery_epoch: u32,
    /// One more at each change of the spec.
    pub generation: WireU64,
    /// What shall be.
    pub spec: SpecView,
    /// The hash that an agent's observation must have.
    pub spec_hash: WireHash,
    /// What the agent last said of exactly this generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<AcknowledgedView>,
}

impl AssignmentView {
    /// The assignment of that item.
    pub fn new(item: &Item, assignment: &Assignment) -> Self {
        Self {
            item: item.into(),
            recovery_epoch: assignment.recovery_epoch,
            generation: assignment.generation.into(),
            spec: (&assignment.spec).into(),
            spec_hash: assignment.spec.hash().into(),
            acknowledged: assignment.acknowledged.as_ref().map(Into::into),
        }
    }
}

/// The value of `nexus_listAssignments`: a page of one agent's assignments, ascending by state key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentsView {
    /// The assignments.
    pub items: Vec<AssignmentView>,
    /// Give it back to get the next page; absent on the last one. It pins the height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
