//! Gate 13, Exit Portability (handshake-55-45-17.md, gate 13): nobody but the creator can stop an exit.
//!
//! No action of this version announces an exit, so no IMVU is in one and a suspension, the one action
//! judged here, is refused by gate 15 alone.

use super::Judgement;
use crate::case::Case;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    use nexus_types::state::ImvuStatus;
    match case.imvu.as_ref().map(|imvu| imvu.status) {
        None
        | Some(
            ImvuStatus::Draft | ImvuStatus::Starting | ImvuStatus::Active | ImvuStatus::Stopping,
        ) => Ok(()),
    }
}
