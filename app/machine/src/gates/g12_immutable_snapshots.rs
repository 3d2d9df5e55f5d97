//! Gate 12, Immutable Snapshots (handshake-55-45-17.md, gate 12): a snapshot its creator asks for can't be refused, its
//! recorded digest and time never change, and an IMVU moves only with a fresh one or with its loss accepted.

use super::Judgement;
use crate::case::Case;
use crate::law::snapshots;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    snapshots::check_immutable(case)
}
