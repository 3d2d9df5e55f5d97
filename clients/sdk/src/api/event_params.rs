//! Which events are wanted.

use super::scalar::{WireIdentity, WireImvu};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
    /// A decision.
    Audit,
    /// A refusal.
    Violation,
    /// A creator was told.
    Notice,
    /// A proposal ended without approval.
    ProposalExpired,
    /// A validator was caught signing twice.
    Equivocation,
    /// An IMVU was placed on a host.
    Placed,
    /// An IMVU runs.
    Started,
    /// Nothing of an IMVU runs any longer.
    Stopped,
    /// An hour of usage was sealed.
    Usage,
    /// An agent found something changed.
    Drift,
    /// An agent made of an assignment something else than it says.
    NotAsAssigned,
    /// A meter read more than the quota permits, or a counter that ran backwards.
    Implausible,
    /// A meter had lines for IMVUs that are not placed where it counts.
    NotPlaced,
    /// No word from an agent for longer than the law waits.
    AgentSilent,
    /// A meter owes a window for longer than the law waits.
    MeterSilent,
    /// Something happened to an IMVU's money.
    Money,
    /// A statement was made.
    Statement,
    /// A debt went a step further, or was paid.
    Debt,
    /// Every statement of a period is made.
    PeriodClosed,
    /// A processor's books and the ledger differ.
    BooksDiffer,
    /// An IMVU's containment began or ended.
    Contained,
    /// Guardians froze an identity, or lifted their freeze.
    IdentityFrozen,
    /// An identity has other guardians, or none.
    GuardiansChanged,
    /// Guardians asked for a new key.
    RecoveryPending,
    /// A recovery ended.
    RecoveryEnded,
    /// A subject's consents changed.
    Consent,
    /// Something happened to a snapshot.
    Snapshot,
    /// A mail agent committed to an epoch of an IMVU's mail.
    MailEpoch,
    /// Something happened to a proposal that seats vote on.
    Governance,
    /// Validators have other power.
    ValidatorsChanged,
    /// A legal restriction of an IMVU began or ended.
    Restricted,
    /// An owner appealed a restriction.
    RestrictionAppealed,
    /// Something happened to an exit.
    Exit,
    /// Something happened to an external name.
    ExternalName,
    /// A rule of this node's index found something to look at.
    Anomaly,
}

/// Which events to send.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EventFilter {
    /// Only these kinds; all if empty.
    #[serde(default)]
    pub kinds: Vec<EventKind>,
    /// Only those that concern this IMVU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Only those about this actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<WireIdentity>,
}

/// Parameters of `nexus_subscribeEvents`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SubscribeEventsParams {
    /// Where to continue: a cursor, or `HEIGHT` for the first event of that block. Live from now on if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_cursor: Option<String>,
    /// Which events.
    #[serde(default)]
    pub filter: EventFilter,
}

/// Parameters of `nexus_listEvents`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListEventsParams {
    /// Where to continue: a cursor, or `HEIGHT` for the first event of that block. From the first block if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_cursor: Option<String>,
    /// Items in a page, at most 200; 50 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Which events.
    #[serde(default)]
    pub filter: EventFilter,
}
