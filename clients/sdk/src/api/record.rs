//! Records of the logs, and events.

use super::report::DriftEntryView;
use super::scalar::{WireAddress, WireHash, WireHost, WireIdentity, WireImvu, WireMeter, WireU64};
use super::usage::UsageHourView;
use super::verdict::{CodeView, GateOutcomeView, ReasonView, SubjectView};
use nexus_types::Outcome;
use nexus_types::block::Event;
use nexus_types::record::{AuditEntry, Notice, Violation};
use nexus_types::verdict::GateOutcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One entry of the audit log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditView {
    /// Its position in the log, from 0.
    pub sequence: WireU64,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// The transaction's id.
    pub tx: WireHash,
    /// Who.
    pub actor: WireIdentity,
    /// What.
    pub action: String,
    /// On what.
    pub subject: SubjectView,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// The decision.
    #[serde(flatten)]
    pub code: CodeView,
    /// Why, if it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonView>,
    /// Hash of the subject's state before.
    pub before: WireHash,
    /// Hash of the subject's state after.
    pub after: WireHash,
}

impl From<&AuditEntry> for AuditView {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            sequence: entry.sequence.into(),
            height: entry.height.into(),
            time: entry.time.0.into(),
            tx: entry.tx.into(),
            actor: entry.actor.into(),
            action: entry.action.name().to_owned(),
            subject: (&entry.subject).into(),
            imvu: entry.imvu.clone().map(Into::into),
            code: entry.code.into(),
            reason: entry.reason.map(Into::into),
            before: entry.before.into(),
            after: entry.after.into(),
        }
    }
}

/// One refusal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ViolationView {
    /// The audit entry it belongs to.
    pub audit: WireU64,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// The transaction's id.
    pub tx: WireHash,
    /// Who tried.
    pub actor: WireIdentity,
    /// What.
    pub action: String,
    /// On what.
    pub subject: SubjectView,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// The code it got.
    #[serde(flatten)]
    pub code: CodeView,
    /// Every gate that refused.
    pub refused: Vec<GateOutcomeView>,
}

impl From<&Violation> for ViolationView {
    fn from(violation: &Violation) -> Self {
        let refused = violation.refused.iter().map(|(gate, reason)| {
            GateOutcomeView::from(&GateOutcome {
                gate: *gate,
                outcome: Outcome::Refused(*reason),
            })
        });
        Self {
            audit: violation.audit.into(),
            height: violation.height.into(),
            time: violation.time.0.into(),
            tx: violation.tx.into(),
            actor: violation.actor.into(),
            action: violation.action.name().to_owned(),
            subject: (&violation.subject).into(),
            imvu: violation.imvu.clone().map(Into::into),
            code: violation.code.into(),
            refused: refused.collect(),
        }
    }
}

/// What a creator is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    /// The audit entry it is about.
    pub audit: WireU64,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// Whose IMVU.
    pub imvu: WireImvu,
    /// Who acted.
    pub actor: WireIdentity,
    /// What they did, or tried.
    pub action: String,
    /// How it ended.
    #[serde(flatten)]
    pub code: CodeView,
    /// The proposal to look at, if the action opened one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<WireHash>,
}

impl From<&Notice> for NoticeView {
    fn from(notice: &Notice) -> Self {
        Self {
            audit: notice.audit.into(),
            height: notice.height.into(),
            time: notice.time.0.into(),
            imvu: notice.imvu.clone().into(),
            actor: notice.actor.into(),
            action: notice.action.name().to_owned(),
            code: notice.code.into(),
            proposal: notice.proposal.map(Into::into),
        }
    }
}

/// What one gate said about one transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateDecisionView {
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// The transaction's id.
    pub tx: WireHash,
    /// Who acted.
    pub actor: WireIdentity,
    /// What.
    pub action: String,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// What the gate said.
    #[serde(flatten)]
    pub outcome: GateOutcomeView,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "type"
)]
pub enum EventBody {
    /// A decision.
    Audit(AuditView),
    /// A refusal.
    Violation(ViolationView),
    /// A creator was told.
    Notice(NoticeView),
    /// A proposal ended without approval.
    ProposalExpired {
        /// The proposal.
        proposal: WireHash,
    },
    /// A validator was caught signing twice.
    Equivocation {
        /// Its address.
        validator: WireAddress,
        /// The height it signed twice.
        signed_height: WireU64,
    },
    /// An IMVU was placed on a host.
    Placed {
        /// Which.
        imvu: WireImvu,
        /// Where.
        host: WireHost,
        /// The placement's number.
        generation: WireU64,
    },
    /// Every agent has made an IMVU's placement so: it runs.
    Started {
        /// Which.
        imvu: WireImvu,
    },
    /// Nothing of an IMVU runs any longer, or its creator waits no longer for the host's word.
    Stopped {
        /// Which.
        imvu: WireImvu,
    },
    /// An hour of usage was sealed.
    Usage(UsageHourView),
    /// An agent found something changed.
    Drift(DriftEntryView),
    /// An agent made of an assignment something else than it says.
    NotAsAssigned {
        /// Whose.
        imvu: WireImvu,
        /// By which agent.
        agent: WireIdentity,
    },
    /// A meter read more than the quota permits, or a counter that ran backwards.
    Implausible {
        /// Whose.
        imvu: WireImvu,
        /// By which meter.
        meter: WireMeter,
    },
    /// A meter had lines for IMVUs that are not placed where it counts; they are not billed.
    NotPlaced {
        /// By which meter.
        meter: WireMeter,
        /// How many such lines.
        lines: u32,
    },
    /// No word from an agent for longer than the law waits.
    AgentSilent {
        /// Which.
        agent: WireIdentity,
        /// Whose.
        host: WireHost,
    },
    /// A meter owes a window for longer than the law waits.
    MeterSilent {
        /// Which.
        meter: WireMeter,
        /// Whose.
        host: WireHost,
    },
}

impl From<&Event> for EventBody {
    fn from(event: &Event) -> Self {
        match event {
            Event::Audit(entry) => Self::Audit(entry.into()),
            Event::Violation(violation) => Self::Violation(violation.into()),
            Event::Notice(notice) => Self::Notice(notice.into()),
            Event::ProposalExpired(id) => Self::ProposalExpired {
                proposal: (*id).into(),
            },
            Event::Equivocation { validator, height } => Self::Equivocation {
                validator: (*validator).into(),
                signed_height: (*height).into(),
            },
            Event::Placed {
                imvu,
                host,
                generation,
            } => Self::Placed {
                imvu: imvu.clone().into(),
                host: host.clone().into(),
                generation: (*generation).into(),
            },
            Event::Started(imvu) => Self::Started {
                imvu: imvu.clone().into(),
            },
            Event::Stopped(imvu) => Self::Stopped {
                imvu: imvu.clone().into(),
            },
            Event::Usage(hour) => Self::Usage(hour.into()),
            Event::Drift(entry) => Self::Drift(entry.into()),
            Event::NotAsAssigned { imvu, agent } => Self::NotAsAssigned {
                imvu: imvu.clone().into(),
                agent: (*agent).into(),
            },
            Event::Implausible { imvu, meter } => Self::Implausible {
                imvu: imvu.clone().into(),
                meter: meter.clone().into(),
            },
            Event::NotPlaced { meter, lines } => Self::NotPlaced {
                meter: meter.clone().into(),
                lines: *lines,
            },
            Event::AgentSilent { agent, host } => Self::AgentSilent {
                agent: (*agent).into(),
                host: host.clone().into(),
            },
            Event::MeterSilent { meter, host } => Self::MeterSilent {
                meter: meter.clone().into(),
                host: host.clone().into(),
            },
        }
    }
}

/// One event with its place in history.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventItem {
    /// Give it back as `fromCursor` to continue after this event.
    pub cursor: String,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub block_time: WireU64,
    /// Its place in the block, from 0.
    pub position: u32,
    /// What happened.
    pub event: EventBody,
}

/// What a subscriber receives.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[expect(
    clippy::large_enum_variant,
    reason = "it lives only while it is sent; a box would cost an allocation for every event"
)]
pub enum EventNotice {
    /// The next event.
    Event(EventItem),
    /// Everything up to here was sent: a block without events that match, so that a subscriber knows it missed nothing.
    #[serde(rename_all = "camelCase")]
    Progress {
        /// Continue here after a cut.
        cursor: String,
        /// The committed height.
        height: WireU64,
    },
    /// The subscriber was too slow, or its cursor lies beyond this node's history: read again from `cursor`. The
    /// subscription has ended.
    #[serde(rename_all = "camelCase")]
    Resync {
        /// Continue here.
        cursor: String,
        /// Why.
        reason: String,
    },
}

/// One page of `nexus_listEvents`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventsPage {
    /// The events, oldest first.
    pub items: Vec<EventItem>,
    /// Give it back to continue; present on every page, since there may be more later.
    pub next_cursor: String,
    /// The last committed height this page looked at.
    pub at: WireU64,
    /// Present on a node whose history does not begin with genesis: it has no event from before this height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_from: Option<WireU64>,
}
