//! Consents and snapshots.

use super::{number, variant};
use nexus_types::action::Action;
use nexus_types::consent::{
    EraseConsent, RecordConsent, RecordDeletion, RevokeConsent, RewriteConsent,
};
use nexus_types::snapshot::{
    DropSnapshot, RecordSnapshot, RequestSnapshot, RestoreSnapshot, RewriteSnapshot,
    SnapshotOutcome,
};
use serde_json::{Value, json};

/// What an action about them says.
pub(super) fn action(action: &Action) -> Value {
    match action {
        Action::RecordConsent(RecordConsent {
            imvu,
            subject,
            sequence,
            purpose,
            commitment,
        }) => json!({
            "imvu": imvu.as_str(),
            "subject": subject.to_string(),
            "sequence": number(*sequence),
            "purpose": purpose.name(),
            "commitment": commitment.to_string(),
        }),
        Action::RevokeConsent(RevokeConsent {
            imvu,
            subject,
            sequence,
            revokes,
            commitment,
        }) => json!({
            "imvu": imvu.as_str(),
            "subject": subject.to_string(),
            "sequence": number(*sequence),
            "revokes": number(*revokes),
            "commitment": commitment.to_string(),
        }),
        Action::EraseConsent(EraseConsent {
            imvu,
            subject,
            sequence,
            through,
        }) => json!({
            "imvu": imvu.as_str(),
            "subject": subject.to_string(),
            "sequence": number(*sequence),
            "through": number(*through),
        }),
        Action::RecordDeletion(RecordDeletion {
            imvu,
            subject,
            erasure,
            receipt,
        }) => json!({
            "imvu": imvu.as_str(),
            "subject": subject.to_string(),
            "erasure": number(*erasure),
            "receipt": receipt.to_string(),
        }),
        Action::RewriteConsent(RewriteConsent {
            imvu,
            subject,
            sequence,
        }) => json!({
            "imvu": imvu.as_str(),
            "subject": subject.to_string(),
            "sequence": number(*sequence),
        }),
        Action::RequestSnapshot(RequestSnapshot { imvu }) => json!({"imvu": imvu.as_str()}),
        Action::RecordSnapshot(RecordSnapshot {
            imvu,
            number: of,
            outcome: said,
        }) => json!({
            "imvu": imvu.as_str(),
            "number": number(*of),
            "outcome": outcome(said),
        }),
        Action::RewriteSnapshot(RewriteSnapshot {
            imvu,
            number: of,
            digest,
        }) => json!({
            "imvu": imvu.as_str(),
            "number": number(*of),
            "digest": digest.to_string(),
        }),
        Action::DropSnapshot(DropSnapshot { imvu, number: one }) => {
            json!({"imvu": imvu.as_str(), "number": number(*one)})
        }
        Action::RestoreSnapshot(RestoreSnapshot {
            imvu,
            of,
            number: one,
        }) => json!({"imvu": imvu.as_str(), "of": of.as_str(), "number": number(*one)}),
        other => unreachable!("{} is about neither", other.kind()),
    }
}

fn outcome(outcome: &SnapshotOutcome) -> Value {
    match outcome {
        SnapshotOutcome::Taken(taken) => json!({"taken": {
            "digest": taken.digest.to_string(),
            "bytes": number(taken.bytes),
            "taken_at": number(taken.taken_at.0),
        }}),
        SnapshotOutcome::Lost(reason) => json!({"lost": variant(reason)}),
    }
}
