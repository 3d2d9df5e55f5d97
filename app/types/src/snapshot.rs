//! Snapshots of an IMVU's volume (law §3 gate 12, §7): asked for by its creator, taken by its host, never recorded twice.

use crate::hash::Hash;
use crate::ids::{HostId, IdentityId, ImvuId};
use crate::jurisdiction::Jurisdiction;
use crate::time::{Height, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// Why a snapshot was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum SnapshotOccasion {
    /// Its creator wanted one: one in each UTC day can't be refused.
    OnRequest,
    /// Its creator leaves: one for each exit can't be refused (law §7).
    Exit,
}

/// Why a snapshot that was asked for can't be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum LossReason {
    /// The host keeps no volume of the IMVU.
    NoVolume,
    /// The volume can't be read.
    Unreadable,
    /// The host has no room to keep it.
    NoRoom,
    /// The IMVU had left before it could be taken.
    Gone,
}

impl LossReason {
    /// Every reason, in encoding order.
    pub const ALL: [Self; 4] = [Self::NoVolume, Self::Unreadable, Self::NoRoom, Self::Gone];

    /// The name, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoVolume => "noVolume",
            Self::Unreadable => "unreadable",
            Self::NoRoom => "noRoom",
            Self::Gone => "gone",
        }
    }
}

impl fmt::Display for LossReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoVolume => "the host keeps no volume of the IMVU",
            Self::Unreadable => "the volume can't be read",
            Self::NoRoom => "the host has no room to keep it",
            Self::Gone => "the IMVU had left before it could be taken",
        })
    }
}

/// What a host took: digest and time, which never change (gate 12).
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Taken {
    /// SHA-256 of the snapshot's archive.
    pub digest: Hash,
    /// The archive's bytes.
    pub bytes: u64,
    /// When the volume stood so, by the host's clock.
    pub taken_at: Time,
}

/// What came of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum SnapshotOutcome {
    /// It was taken.
    Taken(Taken),
    /// It can't be had.
    Lost(LossReason),
}

/// The owner asks for a snapshot of its IMVU.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RequestSnapshot {
    /// Of which.
    pub imvu: ImvuId,
}

/// The compute agent of the host says what came of a request.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecordSnapshot {
    /// Of which IMVU.
    pub imvu: ImvuId,
    /// The snapshot's number.
    pub number: u64,
    /// What came of it.
    pub outcome: SnapshotOutcome,
}

/// Exists to be refused by gate 12: another digest for a snapshot that is recorded.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RewriteSnapshot {
    /// Of which IMVU.
    pub imvu: ImvuId,
    /// The snapshot's number.
    pub number: u64,
    /// The digest it would have.
    pub digest: Hash,
}

/// The owner wants a snapshot kept no longer.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct DropSnapshot {
    /// Of which IMVU.
    pub imvu: ImvuId,
    /// The snapshot's number.
    pub number: u64,
}

/// The owner wants its IMVU's volume put back to a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RestoreSnapshot {
    /// Whose volume.
    pub imvu: ImvuId,
    /// Of which IMVU the snapshot is: of no other (gate 16).
    pub of: ImvuId,
    /// The snapshot's number.
    pub number: u64,
}

/// How a snapshot stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum SnapshotStatus {
    /// Its host has said nothing yet.
    Requested,
    /// It is kept.
    Taken(Taken),
    /// It can't be had.
    Lost(LossReason),
    /// It was kept as long as the law says.
    Expired(Taken),
    /// Its creator wanted it kept no longer.
    Dropped(Taken),
}

impl SnapshotStatus {
    /// The name, in the camel case that JSON uses.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Taken(_) => "taken",
            Self::Lost(_) => "lost",
            Self::Expired(_) => "expired",
            Self::Dropped(_) => "dropped",
        }
    }

    /// What was taken, whether or not it is still kept.
    pub fn taken(&self) -> Option<&Taken> {
        match self {
            Self::Taken(taken) | Self::Expired(taken) | Self::Dropped(taken) => Some(taken),
            Self::Requested | Self::Lost(_) => None,
        }
    }

    /// Whether a host shall keep it.
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Taken(_))
    }
}

/// A snapshot.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Snapshot {
    /// Of which IMVU.
    pub imvu: ImvuId,
    /// 1 for the IMVU's first, one more at each.
    pub number: u64,
    /// Why it was asked for.
    pub occasion: SnapshotOccasion,
    /// The audit entry of the request.
    pub audit: u64,
    /// Who asked.
    pub requester: IdentityId,
    /// When: block.
    pub height: Height,
    /// When: block time.
    pub time: Time,
    /// When: law time, from which the host's time to answer counts.
    pub law_time: Time,
    /// Which placement it is of.
    pub placement: u64,
    /// The host it was asked of.
    pub host: HostId,
    /// Where that host stands.
    pub jurisdiction: Jurisdiction,
    /// How it stands.
    pub status: SnapshotStatus,
    /// Law time from which it is kept only as its IMVU's newest; none until it is taken.
    pub kept_until: Option<Time>,
}

/// An IMVU's snapshots in all.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Snapshots {
    /// The number of the last one asked for.
    pub last: u64,
    /// The UTC day (block time / 86,400,000 ms) of the last [`SnapshotOccasion::OnRequest`].
    pub day: Option<u64>,
    /// The newest that is kept.
    pub newest: Option<u64>,
}

/// One entry of an IMVU's snapshots collection.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct SnapshotEntry {
    /// Position in the IMVU's collection, from 0.
    pub position: u64,
    /// The audit entry of the decision; none for what fell due.
    pub audit: Option<u64>,
    /// Block.
    pub height: Height,
    /// Block time.
    pub time: Time,
    /// Of which IMVU.
    pub imvu: ImvuId,
    /// The snapshot's number.
    pub number: u64,
    /// What happened.
    pub event: SnapshotEvent,
}

/// What happened to a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum SnapshotEvent {
    /// It was asked for.
    Requested {
        /// Why.
        occasion: SnapshotOccasion,
        /// Of which host.
        host: HostId,
        /// Where that host stands.
        jurisdiction: Jurisdiction,
        /// Of which placement.
        placement: u64,
    },
    /// It was taken.
    Taken(Taken),
    /// It can't be had.
    Lost(LossReason),
    /// Its host has not said anything for longer than the law waits.
    Overdue,
    /// It was kept as long as the law says.
    Expired,
    /// Its creator wanted it kept no longer.
    Dropped,
    /// The volume shall be put back to it.
    Restoring {
        /// On which host.
        host: HostId,
        /// In which placement.
        placement: u64,
    },
    /// The volume was put back to it.
    Restored {
        /// On which host.
        host: HostId,
    },
}

/// What a compute agent shall keep: one snapshot.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct SnapshotSpec {
    /// Of which IMVU.
    pub imvu: ImvuId,
    /// The snapshot's number.
    pub number: u64,
    /// The placement whose volume it is of.
    pub placement: u64,
    /// Its digest once it is taken; without one, it is to be taken now.
    pub digest: Option<Hash>,
}

/// What a compute agent shall have put an IMVU's volume back to.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RestoreSpec {
    /// Whose volume, and of which IMVU the snapshot is.
    pub imvu: ImvuId,
    /// In which placement.
    pub placement: u64,
    /// The snapshot's number.
    pub number: u64,
    /// The host that keeps it.
    pub from: HostId,
    /// Its digest.
    pub digest: Hash,
    /// The block of the wish: the same snapshot can be wished for again.
    pub height: Height,
}
