//! The objects of the state, as they stand behind their keys.

use crate::action::NameText;
use crate::approval::Change;
use crate::crypto::KeyBytes;
use crate::encoding::{Set, Text};
use crate::governance::{RestrictionScope, UpgradePlan};
use crate::hash::Hash;
use crate::ids::{HostId, IdentityId, ImvuId, MeterId, SeatName};
use crate::jurisdiction::Jurisdiction;
use crate::limits::{APEXES, ATTESTERS, DESCRIPTION_BYTES, JURISDICTIONS, OFFICERS};
use crate::name::Name;
use crate::period::{Calendar, Period};
use crate::quota::{Quota, QuotaField};
use crate::rrset::RecordType;
use crate::time::{Height, Time};
use crate::tx::Network;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// Facts about the chain that state sync must carry, since it never calls InitChain.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ChainRecord {
    /// Chain id, genesis hash, recovery epoch.
    pub network: Network,
    /// The version of the state machine in force.
    pub app_version: u64,
    /// Delays in force.
    pub delays: DelayProfile,
    /// Allowances in force.
    pub allowances: Allowances,
    /// The largest envelope one IMVU may ask for.
    pub max_quota: Quota,
    /// Whether this is a development network, on which test meters count.
    pub development: bool,
    /// How periods of account are counted.
    pub calendar: Calendar,
}

impl ChainRecord {
    /// The version of the state machine that decides the block of that height: the plan's from its height on (law §9). The
    /// state's own version follows in that block.
    pub fn decided_by(&self, height: Height, plan: Option<&UpgradePlan>) -> u64 {
        match plan {
            Some(plan) if height >= plan.height => plan.app_version,
            _ => self.app_version,
        }
    }
}

/// Protective delays, milliseconds. A development genesis may shorten them; the hash is in the app hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct DelayProfile {
    /// Life of a proposal or an approval.
    pub approval_ms: u64,
    /// Lock of a freed platform name.
    pub name_lock_ms: u64,
    /// Until a registered host, agent or meter counts.
    pub registration_ms: u64,
    /// Without a word, until an agent or a meter is called silent.
    pub silence_ms: u64,
    /// After a period's end, until its statements are made: later use is an adjustment of the next.
    pub late_window_ms: u64,
    /// Between a change of prices or tax rates and the period it begins in.
    pub price_notice_ms: u64,
    /// Until a creator's money matures.
    pub maturity_ms: u64,
    /// Life of a dispute.
    pub dispute_ms: u64,
    /// Between the revocation of a standing consent and its end.
    pub consent_notice_ms: u64,
    /// A debt's age at which the creator is told.
    pub debt_notice_ms: u64,
    /// A debt's age from which there are no new resources.
    pub debt_frozen_ms: u64,
    /// A debt's age from which compute rests.
    pub debt_dormant_ms: u64,
    /// Until other guardians, or a key that guardians ask for, hold.
    pub guardian_ms: u64,
    /// Life of a freeze by guardians.
    pub freeze_ms: u64,
    /// How long a snapshot is kept.
    pub snapshot_retention_ms: u64,
    /// While seats vote on a proposal.
    pub voting_ms: u64,
    /// From a proposal's passing until a register of organisations or people changes.
    pub register_ms: u64,
    /// From a proposal's passing until a list or the binary changes.
    pub governance_ms: u64,
    /// The same of an upgrade that five sixths of the seats are for.
    pub upgrade_fast_ms: u64,
    /// In which less than a third of all power changes: as long as light clients trust a header.
    pub trusting_ms: u64,
    /// From an exit's announcement until its export is late.
    pub exit_overdue_ms: u64,
    /// From an announcement, while nobody else changes what the creator authored.
    pub exit_protection_ms: u64,
    /// The same from an export, and from the end; from a release until the end.
    pub exit_after_ms: u64,
    /// Between two announcements.
    pub exit_interval_ms: u64,
    /// Between two looks at an external name's proof.
    pub observation_ms: u64,
    /// In which a holder proves an external name again.
    pub reproof_ms: u64,
}

/// Transactions per identity (law §1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Allowances {
    /// In one block.
    pub per_block: u32,
    /// In one UTC day by block time.
    pub per_day: u32,
    /// Rights actions in one block, on top.
    pub rights_per_block: u32,
    /// Rights actions in one day, on top.
    pub rights_per_day: u32,
    /// Registrations without a registered attester's word in one block, all signers together.
    pub unattested_per_block: u32,
    /// The same in one day.
    pub unattested_per_day: u32,
}

/// The chain's clocks after a block.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Clock {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// Genesis time + Σ min(Δ block time, 60 s): the clock of protective delays (law §2). It equals
    /// the block time until the chain halts for longer than a minute.
    pub law_time: Time,
}

/// Whether an identity may act.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum IdentityStatus {
    /// It may.
    Active,
    /// Never again.
    Revoked,
}

/// A verified identity.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Identity {
    /// Its current key.
    pub key: KeyBytes,
    /// 0 for the first key, one more at each rotation.
    pub generation: u32,
    /// Whether it may act.
    pub status: IdentityStatus,
    /// Who attested it; none for those of genesis.
    pub attester: Option<IdentityId>,
    /// SHA-256 of the attester's evidence.
    pub evidence: Hash,
    /// When it was registered.
    pub registered: Height,
    /// A public name, for officers, attesters and seats of genesis; empty for creators.
    pub public_name: Text<64>,
}

/// How much of its allowance a key has spent.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Spent {
    /// The block `in_block` counts for.
    pub block: Height,
    /// Spent in it.
    pub in_block: u32,
    /// Rights spent in it.
    pub rights_in_block: u32,
    /// The day (block time / 86,400,000 ms) `in_day` counts for.
    pub day: u64,
    /// Spent in it.
    pub in_day: u32,
    /// Rights spent in it.
    pub rights_in_day: u32,
}

/// The platform's officers and their threshold (gate 17).
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Officers {
    /// The officers' identities.
    pub members: Set<IdentityId, OFFICERS>,
    /// Signatures a platform action needs.
    pub threshold: u8,
}

/// The register of attesters.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Attesters {
    /// The attesters' identities.
    pub members: Set<IdentityId, ATTESTERS>,
}

/// The governed list of jurisdictions.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Jurisdictions {
    /// The tags.
    pub tags: Set<Jurisdiction, JURISDICTIONS>,
}

/// The apexes under which the platform grants names; they act as public suffixes.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Apexes {
    /// The apexes.
    pub names: Set<Name, APEXES>,
}

/// One validator seat.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Seat {
    /// The organisation.
    pub name: SeatName,
    /// The validator's consensus key.
    pub key: KeyBytes,
    /// Voting power.
    pub power: u64,
    /// Whether the platform runs it.
    pub platform: bool,
    /// The organisation's own identity, which registers its hosts.
    pub operator: IdentityId,
}

/// What an IMVU is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ImvuStatus {
    /// Created, nowhere running.
    Draft,
    /// Running on a host, as every agent there has said.
    Active,
    /// Placed on a host; not every agent there has made it so yet.
    Starting,
    /// To be stopped; its host has not said yet that it has.
    Stopping,
}

/// An IMVU.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Imvu {
    /// Its id.
    pub id: ImvuId,
    /// Its creator.
    pub owner: IdentityId,
    /// What it is doing.
    pub status: ImvuStatus,
    /// Where its data may be.
    pub jurisdiction: Option<Jurisdiction>,
    /// Its envelope.
    pub quota: Quota,
    /// How often each quota field was set, in the order of [`QuotaField::ALL`].
    pub quota_versions: [u64; 9],
    /// How often the path policy was set.
    pub policy_version: u64,
    /// How often any route was set or removed.
    pub routes_version: u64,
    /// The creator's public description.
    pub description: Text<DESCRIPTION_BYTES>,
    /// When it was created.
    pub created: Height,
    /// Names bound.
    pub domains: u32,
    /// Routes.
    pub routes: u32,
    /// Proposals open.
    pub proposals: u32,
    /// State keys it owns.
    pub state_keys: u32,
    /// How often it was placed on a host.
    pub placements: u64,
}

impl Imvu {
    /// How often that quota field was set.
    pub fn quota_version(&self, field: QuotaField) -> u64 {
        QuotaField::ALL
            .iter()
            .zip(self.quota_versions)
            .find(|(each, _)| **each == field)
            .map_or(0, |(_, version)| version)
    }
}

/// A route with how often its prefix was set. A removed route stays as a tombstone so that versions never repeat.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RouteRecord {
    /// Where it goes; none after removal.
    pub next_hop: Option<crate::route::Address>,
    /// How often it was set or removed.
    pub version: u64,
}

/// The size and peaks of a collection's log; its root follows from them.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Collection {
    /// Entries.
    pub size: u64,
    /// RFC 6962 root over the entries.
    pub root: Hash,
    /// Roots of the complete subtrees, largest first.
    pub peaks: Vec<Hash>,
}

/// A name bound to an IMVU.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Domain {
    /// The name.
    pub name: Name,
    /// Whose; none while it is locked after a release.
    pub imvu: Option<ImvuId>,
    /// Where its data may be (gate 9): its holder's; none while it is locked.
    pub jurisdiction: Option<Jurisdiction>,
    /// When it was bound or freed.
    pub since: Height,
    /// For a freed name, the law time at which it can be claimed again.
    pub locked_until: Time,
}

impl Domain {
    /// Whether nobody holds the name and nobody may claim it yet: a lock holds while its end lies after law time.
    #[must_use]
    pub fn is_locked(&self, law_time: Time) -> bool {
        self.imvu.is_none() && self.locked_until > law_time
    }
}

/// The names bound to an IMVU; it has one as long as there are any.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct ImvuNames {
    /// Ascending, at most [`crate::limits::DOMAINS_PER_IMVU`].
    pub names: Vec<Name>,
}

/// How many bound names lie below a name, in all or of one IMVU.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct NameCount {
    /// Bound names strictly below.
    pub below: u32,
}

/// One set in a zone's table of contents.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
pub struct ZoneEntry {
    /// The owner's full name.
    pub owner: Name,
    /// The set's type.
    pub rtype: RecordType,
    /// Hash of the set: see [`zone_leaf`].
    pub hash: Hash,
    /// Where its CNAME, MX or SRV records point.
    pub targets: Vec<Name>,
}

/// A zone: what its records are, by hash.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Zone {
    /// The apex.
    pub apex: Name,
    /// Whose.
    pub imvu: ImvuId,
    /// Height of the zone's last change (law §8).
    pub serial: Height,
    /// How many record sets.
    pub sets: u32,
    /// RFC 6962 root over the leaf hashes of all sets, ascending by (owner, type).
    pub root: Hash,
}

/// A zone's table of contents, ascending by (owner, type).
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct ZoneIndex {
    /// The sets.
    pub entries: Vec<ZoneEntry>,
}

/// The bytes whose RFC 6962 leaf hash stands in the zone's root: borsh(owner, set).
pub fn zone_leaf(owner: &Name, rrset: &crate::rrset::RRset) -> Vec<u8> {
    let mut bytes = crate::encoding::encode(owner);
    bytes.extend(crate::encoding::encode(rrset));
    bytes
}

/// An open proposal of the platform.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Proposal {
    /// Its id: the id of the transaction that opened it.
    pub id: Hash,
    /// Whose.
    pub imvu: ImvuId,
    /// What.
    pub change: Change,
    /// Who opened it.
    pub proposer: IdentityId,
    /// When.
    pub opened: Height,
    /// Last law time at which it can be approved.
    pub expires: Time,
    /// How it stands.
    pub status: ProposalStatus,
}

/// How a proposal stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ProposalStatus {
    /// It waits for the creator.
    Open,
    /// The creator approved; it was applied at that height.
    Applied(Height),
    /// Nobody approved in time.
    Expired,
}

/// What happened to an approval: a use is kept until the approval would have expired, a revocation for ever.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ApprovalRecord {
    /// Whose IMVU.
    pub imvu: ImvuId,
    /// Whether it was used or revoked.
    pub fate: ApprovalFate,
    /// When.
    pub at: Height,
}

/// The two ends of an approval.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ApprovalFate {
    /// Used by a transaction.
    Used,
    /// Revoked by its creator.
    Revoked,
}

/// Work that a later block does, ordered by (due, id).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum TimedItem {
    /// Ends an open proposal.
    ExpireProposal(Hash),
    /// Forgets a used approval that has expired by now.
    ForgetApproval(Hash),
    /// Calls an agent silent if it has said nothing for too long, else looks again later.
    WatchAgent(IdentityId),
    /// Calls a meter silent if it has said nothing for too long, else looks again later.
    WatchMeter(MeterId),
    /// Seals what an IMVU used before it stopped, whatever its meters have still to say.
    SealUsage(ImvuId),
    /// Tells creators whose IMVUs are on a host what its operator did: from a slot on, a few at a time.
    TellCreators {
        /// On which host.
        host: HostId,
        /// From which slot on.
        from: u32,
        /// The audit entry of what was done.
        audit: u64,
        /// By whom.
        actor: IdentityId,
    },
    /// Makes the statements of a period, a few IMVUs at a time, from this one on.
    ClosePeriod {
        /// Which.
        period: Period,
        /// The first IMVU that has not had its turn; none at the start.
        from: Option<ImvuId>,
    },
    /// A creator's money of one day matures.
    Mature {
        /// Whose.
        creator: IdentityId,
        /// Days since 1970, by law time.
        day: u64,
    },
    /// Ends a dispute that nobody has decided.
    EndDispute(Hash),
    /// Takes a debt's next step on the ladder.
    DebtStep {
        /// For whose use.
        imvu: ImvuId,
        /// Whose debt.
        payer: IdentityId,
    },
    /// Collects a payer's debts from what it has paid in.
    Collect(IdentityId),
    /// Lifts what has run out of an IMVU's containment.
    Uncontain(ImvuId),
    /// An identity's new guardians, or its new key, hold from now on.
    SettleGuardianship(IdentityId),
    /// Tells a creator that a host has not answered its request for a snapshot.
    SnapshotOverdue {
        /// Of which IMVU.
        imvu: ImvuId,
        /// The snapshot's number.
        number: u64,
    },
    /// Ends the keeping of a snapshot, unless it is its IMVU's newest.
    ExpireSnapshot {
        /// Of which IMVU.
        imvu: ImvuId,
        /// The snapshot's number.
        number: u64,
    },
    /// Ends the vote on a proposal.
    EndVote(Hash),
    /// A proposal's time-lock has run out, or the period begins that it waited for.
    Enact(Hash),
    /// More power may change: what waited for that takes effect.
    ChangeSeats,
    /// Ends a legal restriction.
    Unrestrict(ImvuId, RestrictionScope),
    /// An export is late.
    ExitOverdue(ImvuId),
    /// Closes an exit some time after its release.
    CloseExit(ImvuId),
    /// Frees the names of an IMVU that is closed, one after the other.
    FreeNames(ImvuId),
    /// Ends a claim of an external name, or settles it where it was proven while others held the name.
    EndClaim(Name, ImvuId),
    /// Ends a round of looks at an external name: the next begins, or its holder has failed to prove it again.
    EndRound(Name),
    /// Ends a grant of a name below another that was not used.
    EndGrant(Name),
}

/// A name a development genesis binds in advance to the first IMVU that claims it.
pub type PreapprovedName = NameText;
