//! Gate 11, Audit Logging (handshake-55-45-17.md, gate 11): no action deletes an entry. That every
//! decision writes one is not judged here but built in: `law::records` is the only way out of a decision.

use super::Judgement;
use crate::case::Case;
use nexus_types::Reason;
use nexus_types::action::Action;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action() {
        Action::DeleteAuditEntry { .. } => Err(Reason::AppendOnly),
        _ => Ok(()),
    }
}
