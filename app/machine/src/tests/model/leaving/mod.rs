//! Exits against a porter who knows the rules of docs/exits.md and nothing of the law's code: who takes which step, what is
//! protected meanwhile and until when, hosts that are late, what a release needs, and what comes after the end.

mod acting;
mod porter;
mod wishes;

use super::agree;
use acting::Acting;
use nexus_types::ActionKind;

#[test]
fn any_exit_comes_to_what_the_porter_says() {
    agree::<Acting>(
        6,
        &[
            ActionKind::AnnounceExit,
            ActionKind::CancelExit,
            ActionKind::CommitInventory,
            ActionKind::RecordArchive,
            ActionKind::RecordSnapshot,
            ActionKind::ConfirmExport,
            ActionKind::ReleaseExit,
            ActionKind::CloseExit,
            ActionKind::FindObstruction,
            ActionKind::ChangeQuota,
            ActionKind::ChangePathPolicy,
            ActionKind::SetRecords,
            ActionKind::ClaimDomain,
            ActionKind::ReleaseDomain,
            ActionKind::FreezeIdentity,
            ActionKind::ThawIdentity,
        ],
        &[
            "an announcement came too soon",
            "an exit was announced again",
            "an exit was overdue",
            "a share waited",
            "an archive was not recorded twice",
            "a snapshot was not waited for",
            "an exit was released with a loss",
            "an exit was released with everything",
            "a frozen creator released nothing",
            "an exit closed by itself",
            "a name was freed after an end",
            "nothing began in what was released",
            "a creator moved its baseline",
            "a member edited the zone of a leaving creator",
            "protection began again",
            "a raise was refused for an exit",
            "a suspension was refused for an exit",
            "the platform did what a leaving creator approved",
            "the platform changed what was not protected",
        ],
    );
}
