//! Exits (law §7): how a creator leaves with all it has, and what nobody may change meanwhile.

mod archive;
mod baseline;
mod roots;

pub use archive::{Archive, ArchivePart, Inventory, InventoryPart};
pub use baseline::{Baseline, BaselineName, BaselineRoute, BaselineZone};
pub use roots::{CollectionHead, PeriodRoots};

use crate::hash::Hash;
use crate::ids::{HostId, IdentityId, ImvuId};
use crate::state::DelayProfile;
use crate::time::{Height, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// How far an exit has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ExitStage {
    /// Its creator has said that it leaves: the baseline is frozen.
    Announced,
    /// The host has committed to what it will pack.
    Exporting,
    /// The creator has the archive, and says that it is whole.
    Exported,
    /// The creator has let go of the host: nothing computes any longer.
    Released,
    /// Nothing of it is served any longer.
    Closed,
    /// The creator stays.
    Cancelled,
}

impl ExitStage {
    /// Every stage, in encoding order.
    pub const ALL: [Self; 6] = [
        Self::Announced,
        Self::Exporting,
        Self::Exported,
        Self::Released,
        Self::Closed,
        Self::Cancelled,
    ];

    /// The name, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Exporting => "exporting",
            Self::Exported => "exported",
            Self::Released => "released",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the creator can still stay.
    pub fn can_be_cancelled(self) -> bool {
        matches!(self, Self::Announced | Self::Exporting | Self::Exported)
    }

    /// Whether its archive is still to come, or to be confirmed.
    pub fn awaits_export(self) -> bool {
        matches!(self, Self::Announced | Self::Exporting)
    }

    /// Whether nothing runs any longer, and nothing new is begun.
    pub fn is_released(self) -> bool {
        matches!(self, Self::Released | Self::Closed)
    }
}

impl fmt::Display for ExitStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A moment of an exit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Moment {
    /// The block.
    pub height: Height,
    /// Law time, from which all of an exit's spans count.
    pub at: Time,
}

/// A change of what the creator authored that was not the creator's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Deviation {
    /// The block.
    pub height: Height,
    /// The audit entry of the decision; none for what fell due.
    pub audit: Option<u64>,
}

/// That a host had not let its creator leave in time (law §7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Overdue {
    /// Since when the platform's share waits.
    pub since: Moment,
    /// Since when it does not any longer.
    pub until: Option<Moment>,
}

/// An IMVU's exit: its last one, if there were several. It stays for ever.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Exit {
    /// Whose.
    pub imvu: ImvuId,
    /// 1 for the IMVU's first, one more at each.
    pub number: u64,
    /// How far it has come.
    pub stage: ExitStage,
    /// When it was announced.
    pub announced: Moment,
    /// The audit entry of the announcement.
    pub audit: u64,
    /// [`Baseline::hash`] of what the creator has authored.
    pub baseline: Hash,
    /// When the creator last changed that, or announced the exit.
    pub set_at: Height,
    /// How often the creator changed it since.
    pub changes: u64,
    /// The last change of it since the announcement that was not the creator's; none: there was none.
    pub last_deviation: Option<Deviation>,
    /// The host it is packed on; none where it ran on none.
    pub host: Option<HostId>,
    /// The snapshot that was asked for with the announcement; none where it ran on no host.
    pub snapshot: Option<u64>,
    /// What the host will pack.
    pub inventory: Option<Inventory>,
    /// What it has packed.
    pub archive: Option<Archive>,
    /// When the creator confirmed the archive.
    pub exported: Option<Moment>,
    /// When the creator let go of the host.
    pub released: Option<Moment>,
    /// When it was closed.
    pub closed: Option<Moment>,
    /// When it was cancelled.
    pub cancelled: Option<Moment>,
    /// That the host was late.
    pub overdue: Option<Overdue>,
    /// SHA-256 of the evidence on which two thirds of the seats found that the creator itself holds the exit up.
    pub obstruction: Option<Hash>,
}

impl Exit {
    /// One that has just been announced, of what runs on no host.
    pub fn new(imvu: ImvuId, number: u64, announced: Moment, audit: u64, baseline: Hash) -> Self {
        Self {
            imvu,
            number,
            stage: ExitStage::Announced,
            announced,
            audit,
            baseline,
            set_at: announced.height,
            changes: 0,
            last_deviation: None,
            host: None,
            snapshot: None,
            inventory: None,
            archive: None,
            exported: None,
            released: None,
            closed: None,
            cancelled: None,
            overdue: None,
            obstruction: None,
        }
    }

    /// The law time up to which nobody but the creator changes what it authored (law §7), with delays in force; none once it
    /// was cancelled.
    pub fn protected_until(&self, delays: &DelayProfile) -> Option<Time> {
        if self.stage == ExitStage::Cancelled {
            return None;
        }
        let at = |moment: Option<Moment>| moment.map(|one| one.at);
        let after = |at: Time| at.plus_ms(delays.exit_after_ms);
        // What is released is closed by then: no gap between the two.
        let ends = at(self.closed).or(at(self.released).map(after));
        let later = [at(self.exported), ends].into_iter().flatten().map(after);
        let first = self.announced.at.plus_ms(delays.exit_protection_ms);
        Some(later.fold(first, Time::max))
    }

    /// Whether the platform's share of what the IMVU earns waits in escrow.
    pub fn is_held_back(&self) -> bool {
        self.overdue.is_some_and(|overdue| overdue.until.is_none())
    }
}

/// The owner leaves.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct AnnounceExit {
    /// With which.
    pub imvu: ImvuId,
}

/// The owner stays.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct CancelExit {
    /// With which.
    pub imvu: ImvuId,
}

/// A host's compute agent says what it will pack, before it packs.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct CommitInventory {
    /// Of which IMVU.
    pub imvu: ImvuId,
    /// The exit's number.
    pub number: u64,
    /// What.
    pub inventory: Inventory,
}

/// The same agent says what it has packed. Recorded once.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecordArchive {
    /// Of which IMVU.
    pub imvu: ImvuId,
    /// The exit's number.
    pub number: u64,
    /// SHA-256 of the archive.
    pub digest: Hash,
    /// Its bytes.
    pub bytes: u64,
}

/// The owner has the archive and found it whole.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ConfirmExport {
    /// Of which IMVU.
    pub imvu: ImvuId,
    /// SHA-256 of the archive it has.
    pub digest: Hash,
}

/// The owner lets go of the host.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ReleaseExit {
    /// With which.
    pub imvu: ImvuId,
    /// Without an archive, or a snapshot: what stands on the host is lost.
    pub accept_loss: bool,
}

/// The owner ends it: names are freed, mail stops. Without this it is closed some time after its release.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct CloseExit {
    /// Of which.
    pub imvu: ImvuId,
}

/// Two thirds of the seats find that the creator itself holds an overdue exit up: the platform's share waits no longer.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct FindObstruction {
    /// Whose.
    pub imvu: ImvuId,
    /// SHA-256 of the evidence.
    pub evidence: Hash,
}

/// Exists to be refused by gate 13: somebody would stop an exit.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct BlockExit {
    /// Whose.
    pub imvu: ImvuId,
}

/// Something happened to an exit.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ExitEntry {
    /// Position in the IMVU's exits collection, from 0.
    pub position: u64,
    /// The audit entry of the decision; none for what fell due.
    pub audit: Option<u64>,
    /// Block.
    pub height: Height,
    /// Block time.
    pub time: Time,
    /// Whose.
    pub imvu: ImvuId,
    /// The exit's number.
    pub number: u64,
    /// What.
    pub event: ExitEvent,
}

/// What happened to an exit.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ExitEvent {
    /// It was announced.
    Announced {
        /// By whom.
        by: IdentityId,
        /// The baseline that holds from now on.
        baseline: Hash,
        /// The host it is packed on, if it runs on one.
        host: Option<HostId>,
        /// The snapshot that was asked for, if it runs on a host.
        snapshot: Option<u64>,
    },
    /// The host committed to what it will pack.
    Committed(Inventory),
    /// The host has packed.
    Archived(Archive),
    /// The creator confirmed the archive.
    Exported {
        /// Its SHA-256.
        digest: Hash,
    },
    /// The creator let go of the host.
    Released,
    /// It is closed.
    Closed,
    /// The creator stays.
    Cancelled,
    /// The host is late: evidence against the platform, whose share waits from now on.
    Overdue,
    /// The platform's share waits no longer.
    OverdueEnded,
    /// Two thirds of the seats found that the creator holds it up.
    Obstructed {
        /// SHA-256 of the evidence.
        evidence: Hash,
    },
    /// The creator changed what the baseline covers.
    BaselineSet {
        /// The baseline that holds from now on.
        baseline: Hash,
    },
    /// Something else changed it.
    Deviated {
        /// What it has become.
        baseline: Hash,
    },
}

impl ExitEvent {
    /// The name, in the camel case that JSON uses.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Announced { .. } => "announced",
            Self::Committed(_) => "committed",
            Self::Archived(_) => "archived",
            Self::Exported { .. } => "exported",
            Self::Released => "released",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Overdue => "overdue",
            Self::OverdueEnded => "overdueEnded",
            Self::Obstructed { .. } => "obstructed",
            Self::BaselineSet { .. } => "baselineSet",
            Self::Deviated { .. } => "deviated",
        }
    }
}
