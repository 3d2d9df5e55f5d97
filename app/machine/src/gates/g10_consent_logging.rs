//! Gate 10, Consent Logging (handshake-55-45-17.md, gate 10): consent is an append-only, gapless sequence of salted commitments.
//!
//! No action of this version records or erases a consent. The table of actions (`ActionKind::gates`) names this gate for none.

use super::{Judgement, judged_by_no_action};
use crate::case::Case;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    judged_by_no_action(case)
}
