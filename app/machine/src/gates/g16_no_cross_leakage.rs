//! Gate 16, No Cross-IMVU Leakage (handshake-55-45-17.md, gate 16): no action refers to another IMVU's volume, subnet, mailbox or secret.
//!
//! No action of this version refers to any of these. The table of actions (`ActionKind::gates`) names this gate for none.

use super::{Judgement, judged_by_no_action};
use crate::case::Case;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    judged_by_no_action(case)
}
