//! Gate 12, Immutable Snapshots (handshake-55-45-17.md, gate 12): a snapshot its creator asks for can't be refused, and its recorded digest never changes.
//!
//! No action of this version requests or records a snapshot. The table of actions (`ActionKind::gates`) names this gate for none.

use super::{Judgement, judged_by_no_action};
use crate::case::Case;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    judged_by_no_action(case)
}
