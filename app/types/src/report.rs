//! What an agent says once an interval: what it made so, what its meters read, what somebody else changed.

use crate::encoding::{List, Text};
use crate::hash::Hash;
use crate::host::{AckOutcome, Item};
use crate::ids::{IdentityId, ImvuId};
use crate::limits::{ACKS_PER_REPORT, DRIFTS_PER_REPORT, PROCESS_BYTES, RECORDS_PER_REPORT};
use crate::meter::MeterRecord;
use crate::time::{Height, Time};
use borsh::{BorshDeserialize, BorshSerialize};

/// What an agent made of one assignment.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Ack {
    /// Of what.
    pub item: Item,
    /// Of which generation.
    pub generation: u64,
    /// How it went.
    pub outcome: AckOutcome,
    /// Hash of what it read back: [`crate::host::Spec::hash`] where all is as it shall be.
    pub observed: Hash,
}

/// Which part of the host drifted from the committed state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum DriftKind {
    /// A limit of a cgroup.
    Limit,
    /// A route or a rule.
    Route,
    /// A packet filter or an address translation.
    Filter,
    /// A shaper.
    Shaper,
    /// A zone that was served.
    Zone,
    /// A mail route, key or mailbox.
    Mail,
    /// A process that nobody assigned.
    Process,
}

/// Something on the host that was not as committed.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Drift {
    /// Whose, if it was one IMVU's.
    pub imvu: Option<ImvuId>,
    /// What.
    pub kind: DriftKind,
    /// Hash of what stood there before.
    pub expected: Hash,
    /// Hash of what was found.
    pub found: Hash,
    /// The process that did it, as far as the kernel told; empty if it did not.
    pub process: Text<PROCESS_BYTES>,
    /// Its process id; 0 if unknown.
    pub pid: u32,
    /// When it was found, by the host's clock.
    pub detected: Time,
    /// When it was undone; none while it stands.
    pub reverted: Option<Time>,
}

/// What an agent reports. One transaction an interval, more where one does not hold it all.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Report {
    /// One more than its last report's: a report that comes again under a new nonce is refused.
    pub sequence: u64,
    /// The height up to which the agent has followed and verified the ledger.
    pub through: Height,
    /// From a compute agent: the hash of its host's capabilities as it found them.
    pub capabilities: Option<Hash>,
    /// What it made so.
    pub acks: List<Ack, ACKS_PER_REPORT>,
    /// What its host's meters of its kind read.
    pub usage: List<MeterRecord, RECORDS_PER_REPORT>,
    /// What somebody else changed.
    pub drifts: List<Drift, DRIFTS_PER_REPORT>,
}

/// A drift on the ledger. Leaf of the IMVU's collection of drifts, or of the chain's where it is nobody's.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct DriftEntry {
    /// The audit entry of the report.
    pub audit: u64,
    /// Block.
    pub height: Height,
    /// Block time.
    pub time: Time,
    /// The agent.
    pub agent: IdentityId,
    /// What it found.
    pub drift: Drift,
}
