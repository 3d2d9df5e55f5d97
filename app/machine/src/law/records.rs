//! What every decision leaves behind: audit entry, violation, notice, platform entry (gates 11 and 17).

use crate::case::Case;
use alloc::vec::Vec;
use nexus_types::record::{AuditEntry, Notice, PlatformEntry, Violation};
use nexus_types::{ActionKind, Hash, Verdict};

/// The records of one decision. `sequence` is the audit entry's.
pub(crate) struct Records {
    pub(crate) audit: AuditEntry,
    pub(crate) violation: Option<Violation>,
    pub(crate) notice: Option<Notice>,
    pub(crate) platform: Option<PlatformEntry>,
}

/// Builds the records of a decision.
pub(crate) fn of(
    case: &Case<'_>,
    verdict: &Verdict,
    after: Hash,
    proposal: Option<Hash>,
    sequence: u64,
) -> Records {
    let (height, time) = (case.now.height, case.now.time);
    let audit = AuditEntry {
        sequence,
        height,
        time,
        tx: case.id,
        actor: verdict.actor,
        action: verdict.action,
        subject: verdict.subject.clone(),
        imvu: verdict.imvu.clone(),
        code: verdict.code,
        reason: verdict.reason(),
        before: verdict.before,
        after,
    };
    let denied = !verdict.is_applied();
    let violation = denied.then(|| Violation {
        audit: sequence,
        height,
        time,
        tx: case.id,
        actor: verdict.actor,
        action: verdict.action,
        subject: verdict.subject.clone(),
        imvu: verdict.imvu.clone(),
        code: verdict.code,
        refused: verdict.refusals().collect::<Vec<_>>(),
    });
    // A sale stands in the IMVU's account book, an epoch of mail in its collection, a vote beside its challenge; a notice of
    // each would bury the others.
    let entered = [
        ActionKind::RecordSale,
        ActionKind::RecordMailEpoch,
        ActionKind::ObserveName,
    ];
    let booked = !denied && entered.contains(&verdict.action);
    let foreign = denied || (!case.acts_for_owner() && !booked);
    let notice = verdict
        .imvu
        .clone()
        .filter(|_| foreign && case.imvu.is_some())
        .map(|imvu| Notice {
            audit: sequence,
            height,
            time,
            imvu,
            actor: verdict.actor,
            action: verdict.action,
            code: verdict.code,
            proposal,
        });
    // Officers sign a legal restriction whoever submits it.
    let restricts = verdict.action == ActionKind::RestrictLegally && !case.officers.is_empty();
    let platform = (case.by_platform() || restricts).then(|| PlatformEntry {
        audit: sequence,
        height,
        tx: case.id,
        action: verdict.action,
        imvu: verdict.imvu.clone(),
        code: verdict.code,
        signatures: case.officers.clone(),
    });
    Records {
        audit,
        violation,
        notice,
        platform,
    }
}
