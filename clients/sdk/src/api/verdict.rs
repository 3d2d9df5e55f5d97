//! Decisions: code, gates, reasons, subjects.

use super::codes::InterfaceCode;
use super::money::{WireExternal, WireProcessor};
use super::scalar::{WireHash, WireHost, WireIdentity, WireImvu, WireMeter, WireName, WireU64};
use nexus_types::verdict::GateOutcome;
use nexus_types::{Code, Outcome, Reason, Subject, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A code in numbers and words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeView {
    /// The number: 0 applied, 10xx inadmissible, 20NN refused by gate N, 2055, 21xx, 3xxx and 4xxx of the interface.
    pub code: u32,
    /// The number in text, such as `NX2015`.
    pub name: String,
    /// A short name.
    pub title: String,
}

impl From<Code> for CodeView {
    fn from(code: Code) -> Self {
        Self {
            code: code.number(),
            name: code.to_string(),
            title: code.title().to_owned(),
        }
    }
}

impl From<InterfaceCode> for CodeView {
    fn from(code: InterfaceCode) -> Self {
        Self {
            code: code.number(),
            name: code.to_string(),
            title: code.title().to_owned(),
        }
    }
}

/// Why a gate or a rule refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReasonView {
    /// The reason's name, such as `approvalMissing` or `zone.cnameAtApex`.
    pub name: String,
    /// The reason in words.
    pub text: String,
}

impl From<Reason> for ReasonView {
    fn from(reason: Reason) -> Self {
        let name = match reason {
            Reason::Name(fault) => format!("name.{}", lower_first(&format!("{fault:?}"))),
            Reason::Zone(fault) => format!("zone.{}", lower_first(&format!("{fault:?}"))),
            plain => lower_first(&format!("{plain:?}")),
        };
        Self {
            name,
            text: reason.to_string(),
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

/// What one gate said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateOutcomeView {
    /// The gate's number, 1–17.
    pub gate: u8,
    /// Its name.
    pub name: String,
    /// Whether it did not object.
    pub passed: bool,
    /// Why it refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonView>,
}

impl From<&GateOutcome> for GateOutcomeView {
    fn from(entry: &GateOutcome) -> Self {
        let reason = match entry.outcome {
            Outcome::Passed => None,
            Outcome::Refused(reason) => Some(ReasonView::from(reason)),
        };
        Self {
            gate: entry.gate.number(),
            name: entry.gate.name().to_owned(),
            passed: reason.is_none(),
            reason,
        }
    }
}

/// What an action is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "kind", content = "id")]
pub enum SubjectView {
    /// The chain itself.
    Chain,
    /// An identity.
    Identity(WireIdentity),
    /// An IMVU.
    Imvu(WireImvu),
    /// A name or zone, canonical.
    Name(WireName),
    /// SHA-256 of a text that is no name.
    NotAName(WireHash),
    /// A proposal.
    Proposal(WireHash),
    /// An approval.
    Approval(WireHash),
    /// An entry of the audit log.
    AuditEntry(WireU64),
    /// A host.
    Host(WireHost),
    /// A meter.
    Meter(WireMeter),
    /// A payment processor.
    Processor(WireProcessor),
    /// What a processor told under a name of its own.
    Payment {
        /// Which processor.
        processor: WireProcessor,
        /// The payment's name there.
        external: WireExternal,
    },
    /// A dispute.
    Dispute(WireHash),
    /// A payout.
    Payout(WireHash),
    /// A subject's consents in an IMVU.
    Consents {
        /// In which IMVU.
        imvu: WireImvu,
        /// The subject's pseudonym.
        subject: WireHash,
    },
    /// A snapshot.
    Snapshot {
        /// Of which IMVU.
        imvu: WireImvu,
        /// Its number.
        number: WireU64,
    },
    /// An address of mail, by its commitment.
    Mailbox(WireHash),
    /// Where a domain's mail goes.
    MailRoute(WireName),
    /// An IMVU's credentials and tokens: its book of mail.
    MailBook(WireImvu),
    /// A proposal that seats vote on.
    Governance(WireHash),
}

impl From<&Subject> for SubjectView {
    fn from(subject: &Subject) -> Self {
        match subject {
            Subject::Chain => Self::Chain,
            Subject::Identity(id) => Self::Identity((*id).into()),
            Subject::Imvu(id) => Self::Imvu(id.clone().into()),
            Subject::Name(name) => Self::Name(name.clone().into()),
            Subject::NotAName(hash) => Self::NotAName((*hash).into()),
            Subject::Proposal(id) => Self::Proposal((*id).into()),
            Subject::Approval(id) => Self::Approval((*id).into()),
            Subject::AuditEntry(sequence) => Self::AuditEntry((*sequence).into()),
            Subject::Host(id) => Self::Host(id.clone().into()),
            Subject::Meter(id) => Self::Meter(id.clone().into()),
            Subject::Processor(id) => Self::Processor(id.clone().into()),
            Subject::Payment(processor, external) => Self::Payment {
                processor: processor.clone().into(),
                external: external.clone().into(),
            },
            Subject::Dispute(id) => Self::Dispute((*id).into()),
            Subject::Payout(id) => Self::Payout((*id).into()),
            Subject::Consents(imvu, subject) => Self::Consents {
                imvu: imvu.clone().into(),
                subject: (*subject).into(),
            },
            Subject::Snapshot(imvu, number) => Self::Snapshot {
                imvu: imvu.clone().into(),
                number: (*number).into(),
            },
            Subject::Mailbox(local) => Self::Mailbox((*local).into()),
            Subject::MailRoute(domain) => Self::MailRoute(domain.clone().into()),
            Subject::MailBook(imvu) => Self::MailBook(imvu.clone().into()),
            Subject::Governance(id) => Self::Governance((*id).into()),
        }
    }
}

/// The decision about one admitted transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerdictView {
    /// The code.
    #[serde(flatten)]
    pub code: CodeView,
    /// The transaction's id (the digest its signer signed, not its hash).
    pub tx: WireHash,
    /// Who acted.
    pub actor: WireIdentity,
    /// With what kind of action.
    pub action: String,
    /// On what.
    pub subject: SubjectView,
    /// The IMVU concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Hash of the subject's state before; zero where there was none.
    pub before: WireHash,
    /// Every gate evaluated, ascending.
    pub gates: Vec<GateOutcomeView>,
    /// The reason behind the code: that of the gate it names, or of the action's own rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonView>,
}

impl From<&Verdict> for VerdictView {
    fn from(verdict: &Verdict) -> Self {
        Self {
            code: verdict.code.into(),
            tx: verdict.tx.into(),
            actor: verdict.actor.into(),
            action: verdict.action.name().to_owned(),
            subject: (&verdict.subject).into(),
            imvu: verdict.imvu.clone().map(Into::into),
            before: verdict.before.into(),
            gates: verdict.gates.iter().map(Into::into).collect(),
            reason: verdict.reason().map(Into::into),
        }
    }
}
