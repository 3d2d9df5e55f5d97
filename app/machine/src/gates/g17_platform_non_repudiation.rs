//! Gate 17, Platform Non-Repudiation (handshake-55-45-17.md, gate 17): a platform action carries the
//! officers' own signatures, as many as the threshold asks for.

use super::Judgement;
use crate::case::Case;
use nexus_types::Reason;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    if case.acts_for_owner() && !is_officers_only(case) {
        return Ok(());
    }
    let signed = u8::try_from(case.officers.len()).unwrap_or(u8::MAX);
    if signed == 0 {
        return Err(Reason::NotOfficer);
    }
    if signed < case.threshold {
        Err(Reason::BelowThreshold)
    } else {
        Ok(())
    }
}

/// Actions that only the platform takes, even on an IMVU that one of its officers owns.
fn is_officers_only(case: &Case<'_>) -> bool {
    use nexus_types::ActionKind as Kind;
    !matches!(
        case.action().kind(),
        Kind::ChangeQuota
            | Kind::ChangeRoute
            | Kind::ChangePathPolicy
            | Kind::GrantRefund
            | Kind::ChangeMailRoute
    )
}
