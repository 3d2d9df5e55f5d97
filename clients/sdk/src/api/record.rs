//! Records of the logs.

use super::scalar::{WireHash, WireIdentity, WireImvu, WireU64};
use super::verdict::{CodeView, GateOutcomeView, ReasonView, SubjectView};
use nexus_types::Outcome;
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
