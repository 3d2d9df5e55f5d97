//! Consents and snapshots.

use super::{number, variant};
use nexus_types::action::Action;
use nexus_types::consent::{
    ConsentEntry, ConsentEvent, Consents, EraseConsent, Erasure, RecordConsent, RecordDeletion,
    RevokeConsent, RewriteConsent,
};
use nexus_types::snapshot::{
    DropSnapshot, RecordSnapshot, RequestSnapshot, RestoreSnapshot, RewriteSnapshot, Snapshot,
    SnapshotEntry, SnapshotEvent, SnapshotOutcome, SnapshotStatus, Snapshots, Taken,
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
        SnapshotOutcome::Taken(it) => json!({"taken": taken(it)}),
        SnapshotOutcome::Lost(reason) => json!({"lost": variant(reason)}),
    }
}

fn taken(taken: &Taken) -> Value {
    json!({
        "digest": taken.digest.to_string(),
        "bytes": number(taken.bytes),
        "taken_at": number(taken.taken_at.0),
    })
}

/// Where a subject's sequence stands.
pub(crate) fn consents(consents: &Consents) -> Value {
    let fates: Vec<String> = consents.fates.as_slice().iter().map(variant).collect();
    json!({
        "imvu": consents.imvu.as_str(),
        "subject": consents.subject.to_string(),
        "next": number(consents.next),
        "erased": number(consents.erased),
        "fates": fates,
    })
}

/// What was erased, and who destroyed copies.
pub(crate) fn erasure(erasure: &Erasure) -> Value {
    let holders = erasure.holders.as_slice().iter();
    json!({
        "imvu": erasure.imvu.as_str(),
        "subject": erasure.subject.to_string(),
        "sequence": number(erasure.sequence),
        "through": number(erasure.through),
        "entries": erasure.entries,
        "height": number(erasure.height),
        "holders": holders.map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// A record of the consent log and of an IMVU's consents.
pub(crate) fn consent_entry(entry: &ConsentEntry) -> Value {
    json!({
        "position": number(entry.position),
        "audit": number(entry.audit),
        "height": number(entry.height),
        "time": number(entry.time.0),
        "imvu": entry.imvu.as_str(),
        "subject": entry.subject.to_string(),
        "event": consent_event(&entry.event),
    })
}

fn consent_event(event: &ConsentEvent) -> Value {
    match event {
        ConsentEvent::Recorded {
            sequence,
            purpose,
            commitment,
        } => json!({"recorded": {
            "sequence": number(*sequence),
            "purpose": purpose.name(),
            "commitment": commitment.to_string(),
        }}),
        ConsentEvent::Revoked {
            sequence,
            revokes,
            commitment,
        } => json!({"revoked": {
            "sequence": number(*sequence),
            "revokes": number(*revokes),
            "commitment": commitment.to_string(),
        }}),
        ConsentEvent::Erased {
            sequence,
            through,
            entries,
        } => json!({"erased": {
            "sequence": number(*sequence),
            "through": number(*through),
            "entries": entries,
        }}),
        ConsentEvent::Deleted {
            erasure,
            holder,
            receipt,
        } => json!({"deleted": {
            "erasure": number(*erasure),
            "holder": holder.to_string(),
            "receipt": receipt.to_string(),
        }}),
    }
}

/// An IMVU's snapshots in all.
pub(crate) fn snapshots(all: &Snapshots) -> Value {
    json!({
        "last": number(all.last),
        "day": all.day.map(number),
        "newest": all.newest.map(number),
    })
}

/// One snapshot.
pub(crate) fn snapshot(snapshot: &Snapshot) -> Value {
    let status = match &snapshot.status {
        SnapshotStatus::Requested => json!("requested"),
        SnapshotStatus::Taken(it) => json!({"taken": taken(it)}),
        SnapshotStatus::Lost(reason) => json!({"lost": variant(reason)}),
        SnapshotStatus::Expired(it) => json!({"expired": taken(it)}),
        SnapshotStatus::Dropped(it) => json!({"dropped": taken(it)}),
    };
    json!({
        "imvu": snapshot.imvu.as_str(),
        "number": number(snapshot.number),
        "occasion": variant(snapshot.occasion),
        "audit": number(snapshot.audit),
        "requester": snapshot.requester.to_string(),
        "height": number(snapshot.height),
        "time": number(snapshot.time.0),
        "law_time": number(snapshot.law_time.0),
        "placement": number(snapshot.placement),
        "host": snapshot.host.to_string(),
        "jurisdiction": snapshot.jurisdiction.as_str(),
        "status": status,
        "kept_until": snapshot.kept_until.map(|until| number(until.0)),
    })
}

/// A record of an IMVU's snapshots.
pub(crate) fn snapshot_entry(entry: &SnapshotEntry) -> Value {
    json!({
        "position": number(entry.position),
        "audit": entry.audit.map(number),
        "height": number(entry.height),
        "time": number(entry.time.0),
        "imvu": entry.imvu.as_str(),
        "number": number(entry.number),
        "event": snapshot_event(&entry.event),
    })
}

fn snapshot_event(event: &SnapshotEvent) -> Value {
    match event {
        SnapshotEvent::Requested {
            occasion,
            host,
            jurisdiction,
            placement,
        } => json!({"requested": {
            "occasion": variant(occasion),
            "host": host.to_string(),
            "jurisdiction": jurisdiction.as_str(),
            "placement": number(*placement),
        }}),
        SnapshotEvent::Taken(it) => json!({"taken": taken(it)}),
        SnapshotEvent::Lost(reason) => json!({"lost": variant(reason)}),
        SnapshotEvent::Overdue => json!("overdue"),
        SnapshotEvent::Expired => json!("expired"),
        SnapshotEvent::Dropped => json!("dropped"),
        SnapshotEvent::Restoring { host, placement } => {
            json!({"restoring": {"host": host.to_string(), "placement": number(*placement)}})
        }
        SnapshotEvent::Restored { host } => json!({"restored": {"host": host.to_string()}}),
    }
}
