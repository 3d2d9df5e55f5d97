//! Snapshots: how each stands, and what happened to it.

use crate::api::scalar::{WireHash, WireHost, WireIdentity, WireImvu, WireJurisdiction, WireU64};
use nexus_types::snapshot::{
    self, Snapshot, SnapshotEntry, SnapshotEvent, SnapshotOutcome, Snapshots, Taken,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a snapshot was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SnapshotOccasion {
    /// Its creator wanted one.
    OnRequest,
    /// Its creator leaves.
    Exit,
}

impl From<snapshot::SnapshotOccasion> for SnapshotOccasion {
    fn from(occasion: snapshot::SnapshotOccasion) -> Self {
        match occasion {
            snapshot::SnapshotOccasion::OnRequest => Self::OnRequest,
            snapshot::SnapshotOccasion::Exit => Self::Exit,
        }
    }
}

/// Why a snapshot that was asked for can't be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
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

impl From<snapshot::LossReason> for LossReason {
    fn from(reason: snapshot::LossReason) -> Self {
        match reason {
            snapshot::LossReason::NoVolume => Self::NoVolume,
            snapshot::LossReason::Unreadable => Self::Unreadable,
            snapshot::LossReason::NoRoom => Self::NoRoom,
            snapshot::LossReason::Gone => Self::Gone,
        }
    }
}

/// What a host took.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TakenView {
    /// SHA-256 of the snapshot's archive.
    pub digest: WireHash,
    /// The archive's bytes.
    pub bytes: WireU64,
    /// When the volume stood so, by the host's clock, milliseconds.
    pub taken_at: WireU64,
}

impl From<&Taken> for TakenView {
    fn from(taken: &Taken) -> Self {
        Self {
            digest: taken.digest.into(),
            bytes: taken.bytes.into(),
            taken_at: taken.taken_at.0.into(),
        }
    }
}

/// What came of a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum SnapshotOutcomeView {
    /// It was taken.
    Taken(TakenView),
    /// It can't be had.
    Lost {
        /// Why.
        reason: LossReason,
    },
}

impl From<&SnapshotOutcome> for SnapshotOutcomeView {
    fn from(outcome: &SnapshotOutcome) -> Self {
        match outcome {
            SnapshotOutcome::Taken(taken) => Self::Taken(taken.into()),
            SnapshotOutcome::Lost(reason) => Self::Lost {
                reason: (*reason).into(),
            },
        }
    }
}

/// How a snapshot stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SnapshotStatus {
    /// Its host has said nothing yet.
    Requested,
    /// It is kept.
    Taken,
    /// It can't be had.
    Lost,
    /// It was kept as long as the law says.
    Expired,
    /// Its creator wanted it kept no longer.
    Dropped,
}

impl From<&snapshot::SnapshotStatus> for SnapshotStatus {
    fn from(status: &snapshot::SnapshotStatus) -> Self {
        match status {
            snapshot::SnapshotStatus::Requested => Self::Requested,
            snapshot::SnapshotStatus::Taken(_) => Self::Taken,
            snapshot::SnapshotStatus::Lost(_) => Self::Lost,
            snapshot::SnapshotStatus::Expired(_) => Self::Expired,
            snapshot::SnapshotStatus::Dropped(_) => Self::Dropped,
        }
    }
}

/// A snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotView {
    /// 1 for the IMVU's first.
    pub number: WireU64,
    /// How it stands.
    pub status: SnapshotStatus,
    /// Why it was asked for.
    pub occasion: SnapshotOccasion,
    /// Who asked.
    pub requester: WireIdentity,
    /// When: block.
    pub height: WireU64,
    /// When: block time, milliseconds.
    pub time: WireU64,
    /// Which placement it is of.
    pub placement: WireU64,
    /// The host it was asked of.
    pub host: WireHost,
    /// Where that host stands.
    pub jurisdiction: WireJurisdiction,
    /// What was taken, whether or not it is still kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<TakenView>,
    /// Why it can't be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<LossReason>,
    /// Law time from which it is kept only as its IMVU's newest, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<WireU64>,
}

impl From<&Snapshot> for SnapshotView {
    fn from(it: &Snapshot) -> Self {
        let lost = match it.status {
            snapshot::SnapshotStatus::Lost(reason) => Some(reason.into()),
            _ => None,
        };
        Self {
            number: it.number.into(),
            status: (&it.status).into(),
            occasion: it.occasion.into(),
            requester: it.requester.into(),
            height: it.height.into(),
            time: it.time.0.into(),
            placement: it.placement.into(),
            host: it.host.clone().into(),
            jurisdiction: it.jurisdiction.clone().into(),
            taken: it.status.taken().map(Into::into),
            lost,
            kept_until: it.kept_until.map(|until| until.0.into()),
        }
    }
}

/// The value of `nexus_listSnapshots`: a page of an IMVU's snapshots, newest first, from the state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotsView {
    /// Whose.
    pub imvu: WireImvu,
    /// How many were asked for.
    pub last: WireU64,
    /// The newest that is kept; absent if none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<WireU64>,
    /// The snapshots.
    pub items: Vec<SnapshotView>,
    /// Give it back to get the next page; absent on the last one. It pins the height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl SnapshotsView {
    /// A page from the state.
    pub fn new(
        imvu: WireImvu,
        all: &Snapshots,
        items: &[Snapshot],
        next_cursor: Option<String>,
    ) -> Self {
        Self {
            imvu,
            last: all.last.into(),
            newest: all.newest.map(Into::into),
            items: items.iter().map(Into::into).collect(),
            next_cursor,
        }
    }
}

/// One entry of an IMVU's snapshots collection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotEntryView {
    /// Position in the IMVU's snapshots collection, from 0.
    pub position: WireU64,
    /// The audit entry of the decision; absent for what fell due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<WireU64>,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// Of which IMVU.
    pub imvu: WireImvu,
    /// The snapshot's number.
    pub number: WireU64,
    /// What happened.
    pub event: SnapshotEventView,
}

/// What happened to a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum SnapshotEventView {
    /// It was asked for.
    Requested {
        /// Why.
        occasion: SnapshotOccasion,
        /// Of which host.
        host: WireHost,
        /// Where that host stands.
        jurisdiction: WireJurisdiction,
        /// Of which placement.
        placement: WireU64,
    },
    /// It was taken.
    Taken(TakenView),
    /// It can't be had.
    Lost {
        /// Why.
        reason: LossReason,
    },
    /// Its host has not said anything for longer than the law waits.
    Overdue,
    /// It was kept as long as the law says.
    Expired,
    /// Its creator wanted it kept no longer.
    Dropped,
    /// The volume shall be put back to it.
    Restoring {
        /// On which host.
        host: WireHost,
        /// In which placement.
        placement: WireU64,
    },
    /// The volume was put back to it.
    Restored {
        /// On which host.
        host: WireHost,
    },
}

impl From<&SnapshotEvent> for SnapshotEventView {
    fn from(event: &SnapshotEvent) -> Self {
        match event {
            SnapshotEvent::Requested {
                occasion,
                host,
                jurisdiction,
                placement,
            } => Self::Requested {
                occasion: (*occasion).into(),
                host: host.clone().into(),
                jurisdiction: jurisdiction.clone().into(),
                placement: (*placement).into(),
            },
            SnapshotEvent::Taken(taken) => Self::Taken(taken.into()),
            SnapshotEvent::Lost(reason) => Self::Lost {
                reason: (*reason).into(),
            },
            SnapshotEvent::Overdue => Self::Overdue,
            SnapshotEvent::Expired => Self::Expired,
            SnapshotEvent::Dropped => Self::Dropped,
            SnapshotEvent::Restoring { host, placement } => Self::Restoring {
                host: host.clone().into(),
                placement: (*placement).into(),
            },
            SnapshotEvent::Restored { host } => Self::Restored {
                host: host.clone().into(),
            },
        }
    }
}

impl From<&SnapshotEntry> for SnapshotEntryView {
    fn from(entry: &SnapshotEntry) -> Self {
        Self {
            position: entry.position.into(),
            audit: entry.audit.map(Into::into),
            height: entry.height.into(),
            time: entry.time.0.into(),
            imvu: entry.imvu.clone().into(),
            number: entry.number.into(),
            event: (&entry.event).into(),
        }
    }
}
