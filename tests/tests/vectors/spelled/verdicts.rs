//! Decisions as the vectors spell them.

use super::{number, variant};
use nexus_types::{Outcome, Reason, Subject, Verdict};
use serde_json::{Value, json};

pub(crate) fn verdict(verdict: &Verdict) -> Value {
    let gates = verdict.gates.iter();
    let gates: Vec<Value> = gates
        .map(|entry| {
            let outcome = match entry.outcome {
                Outcome::Passed => json!("passed"),
                Outcome::Refused(why) => json!({"refused": reason(&why)}),
            };
            json!({"gate": entry.gate.number(), "outcome": outcome})
        })
        .collect();
    json!({
        "code": verdict.code.number(),
        "tx": verdict.tx.to_string(),
        "actor": verdict.actor.to_string(),
        "action": verdict.action.name(),
        "subject": subject(&verdict.subject),
        "imvu": verdict.imvu.as_ref().map(|id| id.as_str()),
        "before": verdict.before.to_string(),
        "gates": gates,
        "rule": verdict.rule.as_ref().map(reason),
    })
}

pub(crate) fn reason(reason: &Reason) -> Value {
    match reason {
        Reason::Name(fault) => json!({"name": variant(fault)}),
        Reason::Zone(fault) => json!({"zone": variant(fault)}),
        plain => json!(variant(plain)),
    }
}

pub(crate) fn subject(subject: &Subject) -> Value {
    match subject {
        Subject::Chain => json!("chain"),
        Subject::Identity(id) => json!({"identity": id.to_string()}),
        Subject::Imvu(id) => json!({"imvu": id.as_str()}),
        Subject::Name(name) => json!({"name": name.as_str()}),
        Subject::NotAName(hash) => json!({"notAName": hash.to_string()}),
        Subject::Proposal(id) => json!({"proposal": id.to_string()}),
        Subject::Approval(id) => json!({"approval": id.to_string()}),
        Subject::AuditEntry(sequence) => json!({"auditEntry": number(*sequence)}),
        Subject::Host(id) => json!({"host": id.to_string()}),
        Subject::Meter(id) => json!({"meter": id.to_string()}),
        Subject::Processor(id) => json!({"processor": id.to_string()}),
        Subject::Payment(processor, external) => json!({"payment": {
            "processor": processor.to_string(),
            "external": external.as_str(),
        }}),
        Subject::Dispute(id) => json!({"dispute": id.to_string()}),
        Subject::Payout(id) => json!({"payout": id.to_string()}),
        Subject::Consents(imvu, of) => json!({"consents": {
            "imvu": imvu.as_str(),
            "subject": of.to_string(),
        }}),
        Subject::Snapshot(imvu, of) => json!({"snapshot": {
            "imvu": imvu.as_str(),
            "number": number(*of),
        }}),
        Subject::Mailbox(local) => json!({"mailbox": local.to_string()}),
        Subject::MailRoute(domain) => json!({"mailRoute": domain.as_str()}),
        Subject::MailBook(imvu) => json!({"mailBook": imvu.as_str()}),
        Subject::Governance(id) => json!({"governance": id.to_string()}),
    }
}
