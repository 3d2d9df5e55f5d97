//! Events: their kinds, and what a reader asks for and gets.

use super::Position;
use crate::anomaly::Anomaly;
use nexus_types::block::Event;
use nexus_types::{Gate, IdentityId, ImvuId, Time};

/// An event with its cursor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventRow {
    /// The cursor.
    pub at: Position,
    /// Block time.
    pub time: Time,
    /// What happened.
    pub event: Happened,
}

/// What an event tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Happened {
    /// Something the law did or noted: the same on every node, by consensus.
    Ledger(Event),
    /// Something a rule of the index found; it follows from the ledger and decides nothing.
    Anomaly(Anomaly),
}

impl Happened {
    /// The event's kind.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Ledger(event) => EventKind::of(event),
            Self::Anomaly(_) => EventKind::Anomaly,
        }
    }
}

/// Which kinds of events there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(
    missing_docs,
    reason = "each variant but Anomaly is the event of the same name in nexus_types::block"
)]
pub enum EventKind {
    Audit,
    Violation,
    Notice,
    ProposalExpired,
    Equivocation,
    Placed,
    Started,
    Stopped,
    Usage,
    Drift,
    NotAsAssigned,
    Implausible,
    NotPlaced,
    AgentSilent,
    MeterSilent,
    Money,
    Statement,
    Debt,
    PeriodClosed,
    BooksDiffer,
    Contained,
    IdentityFrozen,
    GuardiansChanged,
    RecoveryPending,
    RecoveryEnded,
    MailEpoch,
    Governance,
    ValidatorsChanged,
    Restricted,
    RestrictionAppealed,
    Anomaly,
    Consent,
    Snapshot,
    Exit,
    ExternalName,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 35] = [
        Self::Audit,
        Self::Violation,
        Self::Notice,
        Self::ProposalExpired,
        Self::Equivocation,
        Self::Placed,
        Self::Started,
        Self::Stopped,
        Self::Usage,
        Self::Drift,
        Self::NotAsAssigned,
        Self::Implausible,
        Self::NotPlaced,
        Self::AgentSilent,
        Self::MeterSilent,
        Self::Money,
        Self::Statement,
        Self::Debt,
        Self::PeriodClosed,
        Self::BooksDiffer,
        Self::Contained,
        Self::IdentityFrozen,
        Self::GuardiansChanged,
        Self::RecoveryPending,
        Self::RecoveryEnded,
        Self::MailEpoch,
        Self::Governance,
        Self::ValidatorsChanged,
        Self::Restricted,
        Self::RestrictionAppealed,
        Self::Anomaly,
        Self::Consent,
        Self::Snapshot,
        Self::Exit,
        Self::ExternalName,
    ];

    /// The event's kind.
    pub fn of(event: &Event) -> Self {
        match event {
            Event::Audit(_) => Self::Audit,
            Event::Violation(_) => Self::Violation,
            Event::Notice(_) => Self::Notice,
            Event::ProposalExpired(_) => Self::ProposalExpired,
            Event::Equivocation { .. } => Self::Equivocation,
            Event::Placed { .. } => Self::Placed,
            Event::Started(_) => Self::Started,
            Event::Stopped(_) => Self::Stopped,
            Event::Usage(_) => Self::Usage,
            Event::Drift(_) => Self::Drift,
            Event::NotAsAssigned { .. } => Self::NotAsAssigned,
            Event::Implausible { .. } => Self::Implausible,
            Event::NotPlaced { .. } => Self::NotPlaced,
            Event::AgentSilent { .. } => Self::AgentSilent,
            Event::MeterSilent { .. } => Self::MeterSilent,
            Event::Money(_) => Self::Money,
            Event::Statement(_) => Self::Statement,
            Event::Debt { .. } => Self::Debt,
            Event::PeriodClosed(_) => Self::PeriodClosed,
            Event::BooksDiffer(_) => Self::BooksDiffer,
            Event::Contained { .. } => Self::Contained,
            Event::IdentityFrozen { .. } => Self::IdentityFrozen,
            Event::GuardiansChanged(_) => Self::GuardiansChanged,
            Event::RecoveryPending { .. } => Self::RecoveryPending,
            Event::RecoveryEnded { .. } => Self::RecoveryEnded,
            Event::Consent(_) => Self::Consent,
            Event::Snapshot(_) => Self::Snapshot,
            Event::Exit(_) => Self::Exit,
            Event::ExternalName(_) => Self::ExternalName,
            Event::MailEpoch(_) => Self::MailEpoch,
            Event::Governance(_) => Self::Governance,
            Event::ValidatorsChanged(_) => Self::ValidatorsChanged,
            Event::Restricted { .. } => Self::Restricted,
            Event::RestrictionAppealed { .. } => Self::RestrictionAppealed,
        }
    }

    /// The word in the `kind` column, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Violation => "violation",
            Self::Notice => "notice",
            Self::ProposalExpired => "proposalExpired",
            Self::Equivocation => "equivocation",
            Self::Placed => "placed",
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Usage => "usage",
            Self::Drift => "drift",
            Self::NotAsAssigned => "notAsAssigned",
            Self::Implausible => "implausible",
            Self::NotPlaced => "notPlaced",
            Self::AgentSilent => "agentSilent",
            Self::MeterSilent => "meterSilent",
            Self::Money => "money",
            Self::Statement => "statement",
            Self::Debt => "debt",
            Self::PeriodClosed => "periodClosed",
            Self::BooksDiffer => "booksDiffer",
            Self::Contained => "contained",
            Self::IdentityFrozen => "identityFrozen",
            Self::GuardiansChanged => "guardiansChanged",
            Self::RecoveryPending => "recoveryPending",
            Self::RecoveryEnded => "recoveryEnded",
            Self::MailEpoch => "mailEpoch",
            Self::Governance => "governance",
            Self::ValidatorsChanged => "validatorsChanged",
            Self::Restricted => "restricted",
            Self::RestrictionAppealed => "restrictionAppealed",
            Self::Anomaly => "anomaly",
            Self::Consent => "consent",
            Self::Snapshot => "snapshot",
            Self::Exit => "exit",
            Self::ExternalName => "externalName",
        }
    }
}

/// Which events are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct EventFilter {
    /// Of these kinds; empty matches all.
    pub kinds: Vec<EventKind>,
    /// The IMVU concerned.
    pub imvu: Option<ImvuId>,
    /// Who acted.
    pub actor: Option<IdentityId>,
    /// The gate its code names.
    pub gate: Option<Gate>,
}

/// Events in order, for a reader that follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventBatch {
    /// The events, oldest first.
    pub rows: Vec<EventRow>,
    /// Where to go on: after the last event, or after the last block searched.
    pub resume: Position,
    /// The latest height searched; a reader that is ahead of this node resumes above it.
    pub at: u64,
    /// Whether nothing more is indexed: wait for the next block.
    pub is_end: bool,
    /// The first block that the index holds: of what happened before, nothing is here.
    pub complete_from: u64,
}
