//! What is asked about exits: mostly the next step of one that is under way, by who may take it.

use nexus_types::Hash;
use nexus_types::action::{Action, ActionKind};
use nexus_types::exit::{
    AnnounceExit, ArchivePart, BlockExit, CancelExit, CloseExit, CommitInventory, ConfirmExport,
    Exit, ExitStage, FindObstruction, Inventory, InventoryPart, RecordArchive, ReleaseExit,
};
use nexus_types::host::{AgentKind, Host};
use nexus_types::log::CollectionKind;
use nexus_types::state::Collection;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{ImvuId, List};
use rand::Rng;
use rand::seq::SliceRandom;

use super::{Wish, anybody, holder};
use crate::stream::{Now, Stream, some_imvu};
use crate::world::world;

/// The stages in which a step is taken.
fn fits(kind: ActionKind, exit: &Exit) -> bool {
    use ExitStage as S;
    match kind {
        ActionKind::CommitInventory => matches!(exit.stage, S::Announced | S::Exporting),
        ActionKind::RecordArchive => exit.stage == S::Exporting && exit.archive.is_none(),
        ActionKind::ConfirmExport => exit.stage == S::Exporting && exit.archive.is_some(),
        ActionKind::CloseExit => exit.stage == S::Released,
        ActionKind::FindObstruction => exit.is_held_back(),
        ActionKind::CancelExit | ActionKind::ReleaseExit => exit.stage.can_be_cancelled(),
        _ => true,
    }
}

/// A wish about an exit.
pub(super) fn wish(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    let (all, exits) = (now.imvus(), now.all::<Exit>(KeyKind::Exit));
    let fitting: Vec<&Exit> = exits.iter().filter(|exit| fits(kind, exit)).collect();
    let rng = &mut stream.rng;
    let exit = match fitting.choose(rng) {
        Some(exit) if rng.gen_bool(0.9) => Some((*exit).clone()),
        _ => exits.choose(rng).cloned(),
    };
    let imvu = match (&exit, kind) {
        (Some(exit), _) if kind != ActionKind::AnnounceExit => exit.imvu.clone(),
        _ => some_imvu(rng, &all),
    };
    let (some_hash, loses) = (Hash(rng.r#gen()), rng.gen_bool(0.6));
    let number = exit.as_ref().map_or(1, |exit| exit.number);
    let about = all.iter().find(|one| one.id == imvu);
    match kind {
        ActionKind::CommitInventory | ActionKind::RecordArchive => {
            let action = if kind == ActionKind::RecordArchive {
                Action::RecordArchive(RecordArchive {
                    imvu,
                    number,
                    digest: some_hash,
                    bytes: 1,
                })
            } else {
                commit(now, imvu, number)
            };
            let host = exit.and_then(|exit| exit.host);
            let host = host.and_then(|id| now.read::<Host>(&state_key::host(&id)));
            let agent = host.and_then(|host| host.agent(AgentKind::Compute));
            let signer = match agent.and_then(|id| now.person(id)) {
                Some(agent) if stream.rng.gen_bool(0.9) => agent,
                _ => anybody(stream, now),
            };
            return (vec![signer], action, Vec::new());
        }
        ActionKind::FindObstruction => {
            let signers = world().operators.iter().map(|one| now.signer(one));
            let action = Action::FindObstruction(FindObstruction {
                imvu,
                evidence: some_hash,
            });
            let many = if stream.rng.gen_bool(0.8) { 3 } else { 1 };
            return (signers.take(many).collect(), action, Vec::new());
        }
        _ => {}
    }
    let signer = if kind == ActionKind::BlockExit {
        anybody(stream, now)
    } else {
        holder(stream, now, about)
    };
    let action = match kind {
        ActionKind::AnnounceExit => Action::AnnounceExit(AnnounceExit { imvu }),
        ActionKind::CancelExit => Action::CancelExit(CancelExit { imvu }),
        ActionKind::ReleaseExit => Action::ReleaseExit(ReleaseExit {
            imvu,
            accept_loss: loses,
        }),
        ActionKind::CloseExit => Action::CloseExit(CloseExit { imvu }),
        ActionKind::ConfirmExport => Action::ConfirmExport(ConfirmExport {
            imvu,
            digest: exit
                .and_then(|exit| exit.archive)
                .map_or(some_hash, |archive| archive.digest),
        }),
        _ => Action::BlockExit(BlockExit { imvu }),
    };
    (vec![signer], action, Vec::new())
}

/// All collections as they stand, or nearly.
fn commit(now: &Now<'_>, imvu: ImvuId, number: u64) -> Action {
    let parts = CollectionKind::ALL.into_iter().map(|kind| {
        let known = now.read::<Collection>(&state_key::collection(kind, Some(&imvu)));
        InventoryPart {
            part: ArchivePart::Collection(kind),
            items: known.as_ref().map_or(0, |known| known.size),
            root: known.map_or_else(|| Hash(nexus_tree::log::empty_root()), |known| known.root),
        }
    });
    let clock = now.read::<nexus_types::state::Clock>(&state_key::clock());
    Action::CommitInventory(CommitInventory {
        inventory: Inventory {
            at: clock.map_or(0, |clock| clock.height),
            parts: List::new(parts.collect()).expect("few"),
        },
        imvu,
        number,
    })
}
