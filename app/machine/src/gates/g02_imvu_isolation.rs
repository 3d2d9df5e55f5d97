//! Gate 2, IMVU Isolation (handshake-55-45-17.md, gate 2): an IMVU runs only on a host whose attested
//! capabilities cover isolation.

use super::Judgement;
use crate::case::Case;
use nexus_types::Reason;
use nexus_types::action::Action;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action() {
        // No action of this version registers a host, so there is none to isolate anything.
        Action::ActivateImvu { .. } => Err(Reason::NoHost),
        _ => Ok(()),
    }
}
