//! Events.

use super::domain::ExternalEntryView;
use super::exit::ExitEntryView;
use super::governance::{GovernanceEntryView, RestrictionScope, ValidatorPowerView};
use super::identity_action::RecoveryEnd;
use super::mail::MailEpochView;
use super::money::{DebtStage, MoneyEntryView, StatementEntryView, WireProcessor};
use super::record::{AuditView, NoticeView, ViolationView};
use super::report::DriftEntryView;
use super::rights::{ConsentEntryView, SnapshotEntryView};
use super::scalar::{WireAddress, WireHash, WireHost, WireIdentity, WireImvu, WireMeter, WireU64};
use super::usage::UsageHourView;
use nexus_types::block::Event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// A meter had lines for IMVUs that are not placed where it counts, or that have more readings than are remembered; they
    /// are not billed.
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
    /// Something happened to an IMVU's money.
    Money(MoneyEntryView),
    /// A statement was made.
    Statement(StatementEntryView),
    /// A payer's debt went a step further on the ladder, or was paid.
    Debt {
        /// For whose use.
        imvu: WireImvu,
        /// Whose.
        payer: WireIdentity,
        /// How far; absent when it is paid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<DebtStage>,
    },
    /// Every statement of a period is made.
    PeriodClosed {
        /// Which.
        period: u64,
    },
    /// A processor's books and the ledger differ.
    BooksDiffer {
        /// Whose.
        processor: WireProcessor,
    },
    /// An IMVU's containment began or ended.
    Contained {
        /// Which.
        imvu: WireImvu,
        /// Law time up to which, milliseconds; absent when it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<WireU64>,
    },
    /// Guardians froze an identity, or lifted their freeze.
    IdentityFrozen {
        /// Which.
        identity: WireIdentity,
        /// Law time up to which, milliseconds; absent when it was lifted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<WireU64>,
    },
    /// An identity has other guardians, or none.
    GuardiansChanged {
        /// Which.
        identity: WireIdentity,
    },
    /// Guardians asked for a new key.
    RecoveryPending {
        /// Whose.
        identity: WireIdentity,
        /// Law time from which it holds, unless it is called off, milliseconds.
        due: WireU64,
    },
    /// A recovery ended.
    RecoveryEnded {
        /// Whose.
        identity: WireIdentity,
        /// How.
        end: RecoveryEnd,
    },
    /// A subject's consents changed.
    Consent(ConsentEntryView),
    /// Something happened to a snapshot.
    Snapshot(SnapshotEntryView),
    /// A mail agent committed to an epoch of an IMVU's mail.
    MailEpoch(MailEpochView),
    /// Something happened to a proposal that seats vote on.
    Governance(GovernanceEntryView),
    /// Validators have other power from the block after next on.
    ValidatorsChanged {
        /// One entry a key, ascending.
        validators: Vec<ValidatorPowerView>,
    },
    /// A legal restriction of an IMVU began or ended.
    Restricted {
        /// Which.
        imvu: WireImvu,
        /// What it stops.
        scope: RestrictionScope,
        /// Law time up to which, milliseconds; absent when it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<WireU64>,
    },
    /// An owner appealed a restriction.
    RestrictionAppealed {
        /// Whose.
        imvu: WireImvu,
        /// Of what.
        scope: RestrictionScope,
        /// SHA-256 of the grounds.
        grounds: WireHash,
    },
    /// Something happened to an exit.
    Exit(ExitEntryView),
    /// Something happened to an external name.
    ExternalName(ExternalEntryView),
    /// A rule of this node's index found something to look at; it follows from the ledger and decides nothing.
    Anomaly(AnomalyView),
}

/// What a rule over the ledger found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnomalyView {
    /// `usageJump`, `denialBurst`, `agentSilence`, `statementDiffers`, `priceOutlier` or `meterDisagreement`.
    pub rule: String,
    /// The IMVU it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// The identity it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<WireIdentity>,
    /// The host it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<WireHost>,
    /// The meter it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meter: Option<WireMeter>,
    /// What was found.
    pub observed: String,
    /// What the rule expects instead.
    pub expected: String,
    /// Both in a sentence, with units.
    pub detail: String,
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
            Event::Money(entry) => Self::Money(entry.into()),
            Event::Statement(entry) => Self::Statement(entry.into()),
            Event::Debt { imvu, payer, stage } => Self::Debt {
                imvu: imvu.clone().into(),
                payer: (*payer).into(),
                stage: stage.map(Into::into),
            },
            Event::PeriodClosed(period) => Self::PeriodClosed { period: period.0 },
            Event::BooksDiffer(processor) => Self::BooksDiffer {
                processor: processor.clone().into(),
            },
            Event::Contained { imvu, until } => Self::Contained {
                imvu: imvu.clone().into(),
                until: until.map(|time| time.0.into()),
            },
            Event::IdentityFrozen { identity, until } => Self::IdentityFrozen {
                identity: (*identity).into(),
                until: until.map(|until| until.0.into()),
            },
            Event::GuardiansChanged(identity) => Self::GuardiansChanged {
                identity: (*identity).into(),
            },
            Event::RecoveryPending { identity, due } => Self::RecoveryPending {
                identity: (*identity).into(),
                due: due.0.into(),
            },
            Event::RecoveryEnded { identity, end } => Self::RecoveryEnded {
                identity: (*identity).into(),
                end: (*end).into(),
            },
            Event::Consent(entry) => Self::Consent(entry.into()),
            Event::Snapshot(entry) => Self::Snapshot(entry.into()),
            Event::ExternalName(entry) => Self::ExternalName(entry.into()),
            Event::MailEpoch(epoch) => Self::MailEpoch(epoch.into()),
            Event::Governance(entry) => Self::Governance(entry.into()),
            Event::ValidatorsChanged(validators) => Self::ValidatorsChanged {
                validators: validators.iter().map(Into::into).collect(),
            },
            Event::Restricted { imvu, scope, until } => Self::Restricted {
                imvu: imvu.clone().into(),
                scope: (*scope).into(),
                until: until.map(|time| time.0.into()),
            },
            Event::RestrictionAppealed {
                imvu,
                scope,
                grounds,
            } => Self::RestrictionAppealed {
                imvu: imvu.clone().into(),
                scope: (*scope).into(),
                grounds: (*grounds).into(),
            },
            Event::Exit(entry) => Self::Exit(entry.into()),
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
