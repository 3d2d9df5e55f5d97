//! Objects of the state.

use super::approval::ChangeView;
use super::identity_action::{GuardianshipView, MemberView};
use super::quota::{QuotaView, quota_versions};
use super::scalar::{
    Hex, WireHash, WireIdentity, WireImvu, WireJurisdiction, WireKey, WireName, WireU64,
};
use nexus_types::route::PathPolicy;
use nexus_types::rrset::RRset;
use nexus_types::state::{self, Allowances};
use nexus_types::{IdentityId, Name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Transactions per identity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowancesView {
    /// In one block.
    pub per_block: u32,
    /// In one UTC day by block time.
    pub per_day: u32,
    /// Rights actions in one block, on top.
    pub rights_per_block: u32,
    /// Rights actions in one day, on top.
    pub rights_per_day: u32,
    /// Registrations without attestation in one block, all signers together.
    pub unattested_per_block: u32,
    /// The same in one day.
    pub unattested_per_day: u32,
}

impl From<&Allowances> for AllowancesView {
    fn from(allowances: &Allowances) -> Self {
        Self {
            per_block: allowances.per_block,
            per_day: allowances.per_day,
            rights_per_block: allowances.rights_per_block,
            rights_per_day: allowances.rights_per_day,
            unattested_per_block: allowances.unattested_per_block,
            unattested_per_day: allowances.unattested_per_day,
        }
    }
}

/// An identity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentityView {
    /// Its id.
    pub id: WireIdentity,
    /// Its current key.
    pub key: WireKey,
    /// 0 for the first key, one more at each rotation.
    pub generation: u32,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Who attested it; absent for identities of genesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attester: Option<WireIdentity>,
    /// SHA-256 of the attester's evidence.
    pub evidence: WireHash,
    /// The height it was registered at.
    pub registered: WireU64,
    /// A public name; empty for creators.
    pub public_name: String,
    /// How it is guarded; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardianship: Option<GuardianshipView>,
}

impl IdentityView {
    /// The identity of that id.
    pub fn new(id: IdentityId, identity: &state::Identity) -> Self {
        Self {
            id: id.into(),
            key: identity.key.into(),
            generation: identity.generation,
            revoked: identity.status == state::IdentityStatus::Revoked,
            attester: identity.attester.map(Into::into),
            evidence: identity.evidence.into(),
            registered: identity.registered.into(),
            public_name: identity.public_name.to_string(),
            guardianship: None,
        }
    }
}

/// The next nonce of a lane.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NonceView {
    /// Whose.
    pub identity: WireIdentity,
    /// Which lane.
    pub lane: u8,
    /// The nonce the next transaction must carry.
    pub next: WireU64,
}

/// What an IMVU is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ImvuStatus {
    /// Created, or stopped; nowhere running.
    Draft,
    /// Running on a host, as every agent there has said.
    Active,
    /// Placed on a host; not every agent there has made it so yet.
    Starting,
    /// To be stopped; its host has not said yet that it has.
    Stopping,
}

impl From<state::ImvuStatus> for ImvuStatus {
    fn from(status: state::ImvuStatus) -> Self {
        match status {
            state::ImvuStatus::Draft => Self::Draft,
            state::ImvuStatus::Active => Self::Active,
            state::ImvuStatus::Starting => Self::Starting,
            state::ImvuStatus::Stopping => Self::Stopping,
        }
    }
}

/// An IMVU.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImvuView {
    /// Its id.
    pub id: WireImvu,
    /// Its creator.
    pub owner: WireIdentity,
    /// What it is doing.
    pub status: ImvuStatus,
    /// Where its data may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<WireJurisdiction>,
    /// Its envelope.
    pub quota: QuotaView,
    /// How often each quota field was set.
    pub quota_versions: QuotaView,
    /// How often the path policy was set.
    pub policy_version: WireU64,
    /// The creator's public description.
    pub description: String,
    /// The height it was created at.
    pub created: WireU64,
    /// Names bound to it.
    pub domains: u32,
    /// Routes in force.
    pub routes: u32,
    /// Proposals open.
    pub proposals: u32,
    /// State keys it owns.
    pub state_keys: u32,
    /// How often it was placed on a host.
    pub placements: WireU64,
    /// The path policy; only in the read of one IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_policy: Option<PathPolicyView>,
    /// The routes; only in the read of one IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_table: Option<Vec<RouteView>>,
    /// Its append-only collections; only in the read of one IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collections: Option<Vec<CollectionView>>,
    /// Who acts for its owner, ascending by id; only in the read of one IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Vec<MemberView>>,
}

impl From<&state::Imvu> for ImvuView {
    fn from(imvu: &state::Imvu) -> Self {
        Self {
            id: imvu.id.clone().into(),
            owner: imvu.owner.into(),
            status: imvu.status.into(),
            jurisdiction: imvu.jurisdiction.clone().map(Into::into),
            quota: (&imvu.quota).into(),
            quota_versions: quota_versions(imvu),
            policy_version: imvu.policy_version.into(),
            description: imvu.description.to_string(),
            created: imvu.created.into(),
            domains: imvu.domains,
            routes: imvu.routes,
            proposals: imvu.proposals,
            state_keys: imvu.state_keys,
            placements: imvu.placements.into(),
            path_policy: None,
            route_table: None,
            collections: None,
            team: None,
        }
    }
}

/// What the creator allows traffic to pass through.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PathPolicyView {
    /// Prefixes a next hop must lie in.
    pub next_hops: Vec<String>,
    /// Jurisdictions traffic may transit.
    pub transit: Vec<WireJurisdiction>,
    /// Whether new outbound flows are allowed without a rule of their own.
    pub egress_open: bool,
}

impl From<&PathPolicy> for PathPolicyView {
    fn from(policy: &PathPolicy) -> Self {
        Self {
            next_hops: policy
                .next_hops
                .as_slice()
                .iter()
                .map(ToString::to_string)
                .collect(),
            transit: policy
                .transit
                .as_slice()
                .iter()
                .cloned()
                .map(Into::into)
                .collect(),
            egress_open: policy.egress_open,
        }
    }
}

/// A route, or the memory of a removed one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteView {
    /// What is routed, such as `203.0.113.0/24`.
    pub prefix: String,
    /// Where it goes next; absent after removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_hop: Option<String>,
    /// How often it was set or removed.
    pub version: WireU64,
}

/// Size and root of an append-only collection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CollectionView {
    /// `audit`, `violations`, `notices`, `usage`, `drifts`, `money`, `statements`, `consents`, `snapshots`, `mailEpochs` or
    /// `exits`.
    pub kind: String,
    /// Entries.
    pub size: WireU64,
    /// RFC 6962 root over the entries.
    pub root: WireHash,
}

/// How a name stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DomainStatus {
    /// It is bound to an IMVU.
    Bound,
    /// It lies inside a name that is bound to an IMVU.
    Inside,
    /// It was freed and is locked.
    Locked,
    /// Nobody holds it.
    Free,
}

/// Who holds a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainView {
    /// The canonical name.
    pub name: WireName,
    /// How it stands.
    pub status: DomainStatus,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Where its data may be: its holder's jurisdiction, for a bound name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<WireJurisdiction>,
    /// The bound name it belongs to: the zone its records stand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apex: Option<WireName>,
    /// The height it was bound or freed at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<WireU64>,
    /// For a freed name, the law clock (milliseconds) at which it can be claimed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_until: Option<WireU64>,
}

/// A record set in presentation form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RRsetView {
    /// The owner's full name.
    pub owner: WireName,
    /// The type's mnemonic.
    #[serde(rename = "type")]
    pub rtype: String,
    /// Seconds.
    pub ttl: u32,
    /// The data of each record in presentation form (RFC 1035 §5, RFC 9460 §2.1).
    pub records: Vec<String>,
}

impl RRsetView {
    /// The set of that owner.
    pub fn new(owner: &Name, rrset: &RRset) -> Self {
        let records = rrset.records.as_slice().iter();
        Self {
            owner: owner.clone().into(),
            rtype: rrset.rtype.to_string(),
            ttl: rrset.ttl,
            records: records.map(super::present_rdata).collect(),
        }
    }
}

/// A zone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneView {
    /// The apex.
    pub apex: WireName,
    /// Whose.
    pub imvu: WireImvu,
    /// Height of the zone's last change.
    pub serial: WireU64,
    /// How many record sets.
    pub sets: u32,
    /// RFC 6962 root over the sets, ascending by (owner, type).
    pub root: WireHash,
    /// The record sets, ascending by (owner, type).
    pub records: Vec<RRsetView>,
}

/// How a proposal stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ProposalStatus {
    /// It waits for the creator.
    Open,
    /// The creator approved and it was applied.
    Applied,
    /// Nobody approved in time.
    Expired,
}

/// A proposal of the platform.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposalView {
    /// Its id: the id of the transaction that opened it.
    pub id: WireHash,
    /// Whose.
    pub imvu: WireImvu,
    /// The exact change.
    pub change: ChangeView,
    /// borsh of the exact change: what an approval must contain. Show what these bytes say, not the field above.
    pub change_bytes: Hex,
    /// Who opened it.
    pub proposer: WireIdentity,
    /// The height it was opened at.
    pub opened: WireU64,
    /// Last block time at which it can be approved, milliseconds.
    pub expires: WireU64,
    /// How it stands.
    pub status: ProposalStatus,
    /// The height it was applied at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<WireU64>,
    /// What an approval must name, for an open proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalTarget>,
}

impl From<&state::Proposal> for ProposalView {
    fn from(proposal: &state::Proposal) -> Self {
        let (status, applied_at) = match proposal.status {
            state::ProposalStatus::Open => (ProposalStatus::Open, None),
            state::ProposalStatus::Applied(height) => (ProposalStatus::Applied, Some(height)),
            state::ProposalStatus::Expired => (ProposalStatus::Expired, None),
        };
        Self {
            id: proposal.id.into(),
            imvu: proposal.imvu.clone().into(),
            change: (&proposal.change).into(),
            change_bytes: Hex::new(nexus_types::encoding::encode(&proposal.change)),
            proposer: proposal.proposer.into(),
            opened: proposal.opened.into(),
            expires: proposal.expires.0.into(),
            status,
            applied_at: applied_at.map(Into::into),
            approval: None,
        }
    }
}

/// What an approval must name so that it fits the state it was asked in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalTarget {
    /// The version of exactly the fields the change names.
    pub version: WireU64,
    /// Hash of those fields' values before the change.
    pub before: WireHash,
}
