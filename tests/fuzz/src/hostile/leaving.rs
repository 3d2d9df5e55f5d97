//! Exits, asked for with ill will.

use nexus_types::exit::{
    AnnounceExit, ArchivePart, BlockExit, CancelExit, CloseExit, CommitInventory, ConfirmExport,
    Exit, FindObstruction, Inventory, InventoryPart, RecordArchive, ReleaseExit,
};
use nexus_types::host::AgentKind;
use nexus_types::log::CollectionKind;
use nexus_types::state::Collection;
use nexus_types::{Action, Hash, IdentityId, ImvuId, List, state_key};

use super::rights::{anybody, near, owner};
use super::{edge, of, read};
use crate::mutate::Random;
use crate::unfinished::{GONE, LEAVES, STAYS};
use crate::world::World;

/// What stays after all, what was closed, what leaves, what was let go of, what has not said anything, none.
const IMVUS: [&str; 6] = ["IMVU-042", "IMVU-043", LEAVES, GONE, STAYS, "IMVU-NONE"];

/// One of the actions about exits, who asks for it, and who signs as well.
pub(super) fn action(world: &World, random: &mut Random) -> (IdentityId, Vec<IdentityId>, Action) {
    let imvu = ImvuId::new(of(&IMVUS, random)).expect("an IMVU's id");
    let known: Option<Exit> = read(world, &state_key::exit(&imvu));
    let number = near(known.as_ref().map_or(1, |exit| exit.number), random);
    let archive = known.as_ref().and_then(|exit| exit.archive);
    let digest = archive.map_or(Hash([0xac; 32]), |archive| archive.digest);
    let by = owner(world, &imvu);
    let packer = world.agent(AgentKind::Compute).id;
    let (signer, others, action) = match random.below(9) {
        0 => {
            let announce = Action::AnnounceExit(AnnounceExit { imvu });
            (by, Vec::new(), announce)
        }
        1 => (by, Vec::new(), Action::CancelExit(CancelExit { imvu })),
        2 => {
            let commit = CommitInventory {
                inventory: inventory(world, &imvu, known.as_ref(), random),
                imvu,
                number,
            };
            (packer, Vec::new(), Action::CommitInventory(commit))
        }
        3 => {
            let record = RecordArchive {
                imvu,
                number,
                digest,
                bytes: edge(random),
            };
            (packer, Vec::new(), Action::RecordArchive(record))
        }
        4 => {
            let confirm = ConfirmExport {
                imvu,
                digest: if random.once_in(4) {
                    Hash::default()
                } else {
                    digest
                },
            };
            (by, Vec::new(), Action::ConfirmExport(confirm))
        }
        5 => {
            let release = ReleaseExit {
                imvu,
                accept_loss: random.once_in(2),
            };
            (by, Vec::new(), Action::ReleaseExit(release))
        }
        6 => (by, Vec::new(), Action::CloseExit(CloseExit { imvu })),
        7 => {
            let find = FindObstruction {
                imvu,
                evidence: Hash([0xee; 32]),
            };
            let mut seats: Vec<IdentityId> = world.operators().iter().map(|one| one.id).collect();
            // Often all, or two thirds of them.
            seats.truncate(of(&[4, 4, 3, 3, 2, 1], random));
            let first = seats.remove(0);
            (first, seats, Action::FindObstruction(find))
        }
        _ => {
            let mut officers: Vec<IdentityId> =
                world.people[..3].iter().map(|one| one.id).collect();
            let first = officers.remove(0);
            (first, officers, Action::BlockExit(BlockExit { imvu }))
        }
    };
    // Now and then it is somebody else who asks.
    if random.once_in(6) {
        (anybody(world, random), Vec::new(), action)
    } else {
        (signer, others, action)
    }
}

/// All collections as they stand, or nearly; sometimes one is left out, or something is twice.
fn inventory(world: &World, imvu: &ImvuId, exit: Option<&Exit>, random: &mut Random) -> Inventory {
    let mut parts: Vec<InventoryPart> = Vec::new();
    for kind in CollectionKind::ALL {
        let known: Option<Collection> = read(world, &state_key::collection(kind, Some(imvu)));
        let items = known.as_ref().map_or(0, |known| known.size);
        parts.push(InventoryPart {
            part: ArchivePart::Collection(kind),
            items: if random.once_in(16) {
                near(items, random)
            } else {
                items
            },
            root: known.map_or(Hash(nexus_tree::log::empty_root()), |known| known.root),
        });
    }
    if random.once_in(2) {
        parts.push(InventoryPart {
            part: of(&[ArchivePart::Zones, ArchivePart::TransferCodes], random),
            items: edge(random),
            root: Hash([1; 32]),
        });
    }
    if random.once_in(6) {
        let chosen = random.below(parts.len());
        parts.remove(chosen);
    }
    if random.once_in(6) {
        let chosen = random.below(parts.len());
        parts.push(parts[chosen]);
    }
    let last = world.next.height.saturating_sub(1);
    let at = of(
        &[last, exit.map_or(0, |exit| exit.announced.height), u64::MAX],
        random,
    );
    Inventory {
        at,
        parts: List::new(parts).unwrap_or_default(),
    }
}
