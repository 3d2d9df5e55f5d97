//! Gate 12, Immutable Snapshots (handshake-55-45-17.md, gate 12): a snapshot its creator asks for can't be refused, its
//! recorded digest and time never change, and an IMVU moves, or is let go of, only with one or with its loss accepted. What
//! an exit packed is recorded once.

use super::Judgement;
use crate::case::Case;
use crate::law::{exit, snapshots};
use nexus_types::action::Action;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action() {
        Action::ReleaseExit(asked) => exit::check_release(case, asked.accept_loss),
        Action::CommitInventory(_) | Action::RecordArchive(_) => exit::check_recorded_once(case),
        _ => snapshots::check_immutable(case),
    }
}
