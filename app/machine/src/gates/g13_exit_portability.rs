//! Gate 13, Exit Portability (handshake-55-45-17.md, gate 13): an exit is its creator's alone to announce, to confirm, to
//! end and to call off, and while it is protected nobody else changes what the creator has authored.

use super::Judgement;
use crate::case::Case;
use crate::law::exit;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    exit::check(case)
}
