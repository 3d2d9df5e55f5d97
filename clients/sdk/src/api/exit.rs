//! Exits: how far one has come, and what happened to it.

use super::list::At;
use super::object::CollectionView;
use super::scalar::{WireHash, WireHost, WireIdentity, WireImvu, WireU64};
use nexus_types::exit::{
    Archive, ArchivePart, CollectionHead, Exit, ExitEntry, ExitEvent, ExitStage as Stage,
    Inventory, Moment, PeriodRoots,
};
use nexus_types::log::CollectionKind;
use nexus_types::state::DelayProfile;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far an exit has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ExitStage {
    /// Its creator has said that it leaves.
    Announced,
    /// The host has committed to what it will pack.
    Exporting,
    /// The creator has the archive.
    Exported,
    /// The creator has let go of the host.
    Released,
    /// Nothing of it is served any longer.
    Closed,
    /// The creator stays.
    Cancelled,
}

impl From<Stage> for ExitStage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Announced => Self::Announced,
            Stage::Exporting => Self::Exporting,
            Stage::Exported => Self::Exported,
            Stage::Released => Self::Released,
            Stage::Closed => Self::Closed,
            Stage::Cancelled => Self::Cancelled,
        }
    }
}

/// A moment of an exit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MomentView {
    /// The block.
    pub height: WireU64,
    /// Law time, milliseconds.
    pub law_time: WireU64,
}

impl From<Moment> for MomentView {
    fn from(moment: Moment) -> Self {
        Self {
            height: moment.height.into(),
            law_time: moment.at.0.into(),
        }
    }
}

/// The name of an IMVU's collection, in the camel case that JSON uses.
#[must_use]
pub fn collection_name(kind: CollectionKind) -> &'static str {
    match kind {
        CollectionKind::Audit => "audit",
        CollectionKind::Violations => "violations",
        CollectionKind::Notices => "notices",
        CollectionKind::Usage => "usage",
        CollectionKind::Drifts => "drifts",
        CollectionKind::Money => "money",
        CollectionKind::Statements => "statements",
        CollectionKind::Consents => "consents",
        CollectionKind::Snapshots => "snapshots",
        CollectionKind::MailEpochs => "mailEpochs",
        CollectionKind::Exits => "exits",
    }
}

fn part_name(part: ArchivePart) -> &'static str {
    match part {
        ArchivePart::Collection(kind) => collection_name(kind),
        ArchivePart::Zones => "zones",
        ArchivePart::Mail => "mail",
        ArchivePart::Mailboxes => "mailboxes",
        ArchivePart::Volume => "volume",
        ArchivePart::Vault => "vault",
        ArchivePart::TransferCodes => "transferCodes",
    }
}

/// How much of a part there is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InventoryPartView {
    /// A collection by its name, or `zones`, `mail`, `mailboxes`, `volume`, `vault`, `transferCodes`.
    pub part: String,
    /// How many there are.
    pub items: WireU64,
    /// Root or digest over them.
    pub root: WireHash,
}

/// What a host will pack, as it stands at a height.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InventoryView {
    /// The block after which all of it stood so.
    pub at: WireU64,
    /// Its parts.
    pub parts: Vec<InventoryPartView>,
}

impl From<&Inventory> for InventoryView {
    fn from(inventory: &Inventory) -> Self {
        let parts = inventory.parts.as_slice().iter();
        Self {
            at: inventory.at.into(),
            parts: parts
                .map(|part| InventoryPartView {
                    part: part_name(part.part).to_owned(),
                    items: part.items.into(),
                    root: part.root.into(),
                })
                .collect(),
        }
    }
}

/// What a host has packed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveView {
    /// SHA-256 of it.
    pub digest: WireHash,
    /// Its bytes.
    pub bytes: WireU64,
    /// Which agent packed it.
    pub by: WireIdentity,
    /// In which block it was recorded.
    pub height: WireU64,
}

impl From<&Archive> for ArchiveView {
    fn from(archive: &Archive) -> Self {
        Self {
            digest: archive.digest.into(),
            bytes: archive.bytes.into(),
            by: archive.by.into(),
            height: archive.height.into(),
        }
    }
}

/// A change of what the creator authored that was not the creator's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviationView {
    /// The block.
    pub height: WireU64,
    /// The audit entry of the decision; absent for what fell due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<WireU64>,
}

/// That a host was late.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverdueView {
    /// Since when the platform's share waits.
    pub since: MomentView,
    /// Since when it does not any longer; absent while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<MomentView>,
}

/// The value of `nexus_getExit`: an IMVU's exit, the last one if there were several.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExitView {
    /// Whose.
    pub imvu: WireImvu,
    /// 1 for the IMVU's first.
    pub number: WireU64,
    /// How far it has come.
    pub stage: ExitStage,
    /// When it was announced.
    pub announced: MomentView,
    /// The audit entry of the announcement.
    pub audit: WireU64,
    /// SHA-256 over what the creator has authored.
    pub baseline: WireHash,
    /// The block in which the creator last changed that, or announced the exit.
    pub set_at: WireU64,
    /// How often the creator changed it since.
    pub changes: WireU64,
    /// The last change of it that was not the creator's; absent: there was none since the announcement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_deviation: Option<DeviationView>,
    /// Law time up to which nobody else changes it, milliseconds; absent once the exit was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protected_until: Option<WireU64>,
    /// The host it is packed on; absent where it ran on none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<WireHost>,
    /// The snapshot that was asked for with the announcement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<WireU64>,
    /// What the host will pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<InventoryView>,
    /// What it has packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<ArchiveView>,
    /// When the creator confirmed the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported: Option<MomentView>,
    /// When the creator let go of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<MomentView>,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<MomentView>,
    /// When it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<MomentView>,
    /// That the host was late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue: Option<OverdueView>,
    /// SHA-256 of the evidence on which two thirds of the seats found that the creator holds it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstruction: Option<WireHash>,
}

impl ExitView {
    /// An exit under delays in force.
    #[must_use]
    pub fn new(exit: &Exit, delays: &DelayProfile) -> Self {
        Self {
            imvu: exit.imvu.clone().into(),
            number: exit.number.into(),
            stage: exit.stage.into(),
            announced: exit.announced.into(),
            audit: exit.audit.into(),
            baseline: exit.baseline.into(),
            set_at: exit.set_at.into(),
            changes: exit.changes.into(),
            last_deviation: exit.last_deviation.map(|deviation| DeviationView {
                height: deviation.height.into(),
                audit: deviation.audit.map(Into::into),
            }),
            protected_until: exit.protected_until(delays).map(|until| until.0.into()),
            host: exit.host.clone().map(Into::into),
            snapshot: exit.snapshot.map(Into::into),
            inventory: exit.inventory.as_ref().map(Into::into),
            archive: exit.archive.as_ref().map(Into::into),
            exported: exit.exported.map(Into::into),
            released: exit.released.map(Into::into),
            closed: exit.closed.map(Into::into),
            cancelled: exit.cancelled.map(Into::into),
            overdue: exit.overdue.map(|overdue| OverdueView {
                since: overdue.since.into(),
                until: overdue.until.map(Into::into),
            }),
            obstruction: exit.obstruction.map(Into::into),
        }
    }
}

/// Parameters of `nexus_getExit`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GetExitParams {
    /// Whose.
    pub imvu: WireImvu,
    /// The height to read at; the last by default.
    #[serde(default)]
    pub at: At,
    /// Whether to send the proof.
    #[serde(default)]
    pub proof: bool,
}

/// One entry of an IMVU's exits collection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExitEntryView {
    /// Position in the IMVU's exits collection, from 0.
    pub position: WireU64,
    /// The audit entry of the decision; absent for what fell due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<WireU64>,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// Whose.
    pub imvu: WireImvu,
    /// The exit's number.
    pub number: WireU64,
    /// What happened.
    pub event: ExitEventView,
}

/// What happened to an exit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum ExitEventView {
    /// It was announced.
    Announced {
        /// By whom.
        by: WireIdentity,
        /// The baseline that holds from now on.
        baseline: WireHash,
        /// The host it is packed on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<WireHost>,
        /// The snapshot that was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        snapshot: Option<WireU64>,
    },
    /// The host committed to what it will pack.
    Committed {
        /// What.
        inventory: InventoryView,
    },
    /// The host has packed.
    Archived {
        /// What.
        archive: ArchiveView,
    },
    /// The creator confirmed the archive.
    Exported {
        /// Its SHA-256.
        digest: WireHash,
    },
    /// The creator let go of the host.
    Released,
    /// It is closed.
    Closed,
    /// The creator stays.
    Cancelled,
    /// The host is late: the platform's share waits from now on.
    Overdue,
    /// The platform's share waits no longer.
    OverdueEnded,
    /// Two thirds of the seats found that the creator holds it up.
    Obstructed {
        /// SHA-256 of the evidence.
        evidence: WireHash,
    },
    /// The creator changed what the baseline covers.
    BaselineSet {
        /// The baseline that holds from now on.
        baseline: WireHash,
    },
    /// Something else changed it.
    Deviated {
        /// What it has become.
        baseline: WireHash,
    },
}

impl From<&ExitEvent> for ExitEventView {
    fn from(event: &ExitEvent) -> Self {
        match event {
            ExitEvent::Announced {
                by,
                baseline,
                host,
                snapshot,
            } => Self::Announced {
                by: (*by).into(),
                baseline: (*baseline).into(),
                host: host.clone().map(Into::into),
                snapshot: snapshot.map(Into::into),
            },
            ExitEvent::Committed(inventory) => Self::Committed {
                inventory: inventory.into(),
            },
            ExitEvent::Archived(archive) => Self::Archived {
                archive: archive.into(),
            },
            ExitEvent::Exported { digest } => Self::Exported {
                digest: (*digest).into(),
            },
            ExitEvent::Released => Self::Released,
            ExitEvent::Closed => Self::Closed,
            ExitEvent::Cancelled => Self::Cancelled,
            ExitEvent::Overdue => Self::Overdue,
            ExitEvent::OverdueEnded => Self::OverdueEnded,
            ExitEvent::Obstructed { evidence } => Self::Obstructed {
                evidence: (*evidence).into(),
            },
            ExitEvent::BaselineSet { baseline } => Self::BaselineSet {
                baseline: (*baseline).into(),
            },
            ExitEvent::Deviated { baseline } => Self::Deviated {
                baseline: (*baseline).into(),
            },
        }
    }
}

impl From<&ExitEntry> for ExitEntryView {
    fn from(entry: &ExitEntry) -> Self {
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

/// What an IMVU had when a period was closed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeriodRootsView {
    /// Whose.
    pub imvu: WireImvu,
    /// Of which period.
    pub period: u64,
    /// The block after which all of it stood so.
    pub at: WireU64,
    /// Its collections that had an entry, in the order of their kinds.
    pub collections: Vec<CollectionView>,
    /// What its creator had authored: the hash that an exit's baseline would have had.
    pub authored: WireHash,
    /// RFC 6962 root over its mail objects; absent if it never had any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<WireHash>,
}

impl From<&PeriodRoots> for PeriodRootsView {
    fn from(roots: &PeriodRoots) -> Self {
        let heads = roots.collections.iter();
        Self {
            imvu: roots.imvu.clone().into(),
            period: roots.period.0,
            at: roots.at.into(),
            collections: heads.map(CollectionView::from).collect(),
            authored: roots.authored.into(),
            mail: roots.mail.map(Into::into),
        }
    }
}

impl From<&CollectionHead> for CollectionView {
    fn from(head: &CollectionHead) -> Self {
        Self {
            kind: collection_name(head.kind).into(),
            size: head.size.into(),
            root: head.root.into(),
        }
    }
}
