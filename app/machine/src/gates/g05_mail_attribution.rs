//! Gate 5, Mail Attribution (handshake-55-45-17.md, gate 5): mail leaves only from an address inside a bound domain, granted to an identity.
//!
//! No action of this version grants an address or routes mail. The table of actions (`ActionKind::gates`) names this gate for none.

use super::{Judgement, judged_by_no_action};
use crate::case::Case;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    judged_by_no_action(case)
}
