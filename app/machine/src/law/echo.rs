//! What a decision, or work that was due, leaves behind beside its writes: entries of collections and events.

use alloc::vec::Vec;
use nexus_types::billing::{MoneyEntry, StatementEntry};
use nexus_types::block::Event;
use nexus_types::consent::ConsentEntry;
use nexus_types::exit::ExitEntry;
use nexus_types::mail::MailEpoch;
use nexus_types::meter::UsageHour;
use nexus_types::report::Drift;
use nexus_types::snapshot::SnapshotEntry;
use nexus_types::{ActionKind, Hash, IdentityId, ImvuId, MeterId};

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Echo {
    /// For who follows the events; on no log.
    Event(Event),
    /// An hour of usage was sealed: for the IMVU's usage collection and the chain's usage log, which number it.
    Usage(UsageHour),
    /// An entry of an IMVU's account book, which numbers it; a charge follows the hour it is for.
    Money(MoneyEntry),
    /// A statement that was made.
    Statement(StatementEntry),
    /// An entry on a subject's consents: for the IMVU's collection, which numbers it, and the chain's consent log.
    Consent(ConsentEntry),
    /// An entry on a snapshot, which its IMVU's collection numbers.
    Snapshot(SnapshotEntry),
    /// An entry on an exit, which its IMVU's collection numbers.
    Exit(ExitEntry),
    /// An epoch of an IMVU's mail, for the collection that numbers it.
    MailEpoch(MailEpoch),
    /// A drift that the deciding transaction reports.
    Drift(Drift),
    /// A meter read more than the quota permits: a violation of gate 7 on the IMVU.
    OverQuota {
        /// Whose.
        imvu: ImvuId,
        /// By which meter.
        meter: MeterId,
    },
    /// What a creator is told of an earlier decision.
    Told {
        /// Whose IMVU.
        imvu: ImvuId,
        /// The decision.
        audit: u64,
        /// Whose.
        actor: IdentityId,
        /// What it was.
        action: ActionKind,
    },
}

impl From<Event> for Echo {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

/// What an action did beside its writes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Done {
    /// A proposal it opened or closed.
    pub(crate) proposal: Option<Hash>,
    /// What else it leaves behind, in order.
    pub(crate) echoes: Vec<Echo>,
}

impl Done {
    /// Without a proposal.
    pub(crate) fn echoing(echoes: Vec<Echo>) -> Self {
        Self {
            proposal: None,
            echoes,
        }
    }
}
