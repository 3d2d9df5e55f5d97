//! Gate 16, No Cross-IMVU Leakage (handshake-55-45-17.md, gate 16): no action refers to another IMVU's volume, subnet, mailbox or secret.

use super::Judgement;
use crate::case::Case;
use crate::law::snapshots;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    snapshots::check_source(case)
}
