//! What a host packs: committed to before, recorded once, confirmed by the creator.

use super::{existing, go_on, save};
use crate::case::Case;
use crate::law::echo::Done;
use crate::law::effects::Effect;
use crate::law::hosts;
use crate::view::{Writes, exists, read};
use nexus_types::action::Action;
use nexus_types::exit::{
    Archive, ArchivePart, CommitInventory, Exit, ExitEvent, ExitStage, Inventory, RecordArchive,
};
use nexus_types::host::AgentKind;
use nexus_types::log::CollectionKind;
use nexus_types::state::Collection;
use nexus_types::{Hash, Reason, state_key};

/// Gate 1's question: whether the signer is the compute agent of a host that the IMVU is or was on.
pub(crate) fn is_packer(case: &Case<'_>) -> Result<(), Reason> {
    let Some((agent, host)) = hosts::agent(case.view, &case.tx.body.signer) else {
        return Err(Reason::NotAgent);
    };
    if agent.usable_from > case.law_time {
        return Err(Reason::NotYetUsable);
    }
    // There is none: the action's own rule says so.
    let Some(imvu) = &case.imvu else {
        return Ok(());
    };
    let was_there = exists(case.view, &state_key::stay(&imvu.id, &host.id));
    if agent.kind == AgentKind::Compute && was_there {
        Ok(())
    } else {
        Err(Reason::OtherHostsAgent)
    }
}

/// The exit of that number, while it can be packed.
fn packing(case: &Case<'_>, number: u64) -> Result<Exit, Reason> {
    let exit = existing(case)?;
    if exit.number != number {
        return Err(Reason::NoExit);
    }
    if exit.stage.awaits_export() {
        Ok(exit)
    } else {
        Err(Reason::WrongState)
    }
}

/// Gate 12's judgement: what was packed is recorded once.
pub(crate) fn check_recorded_once(case: &Case<'_>) -> Result<(), Reason> {
    let number = match case.action() {
        Action::CommitInventory(it) => it.number,
        Action::RecordArchive(it) => it.number,
        _ => return Ok(()),
    };
    match existing(case) {
        Ok(exit) if exit.number == number && exit.archive.is_some() => Err(Reason::ArchiveRecorded),
        _ => Ok(()),
    }
}

pub(crate) fn commit(case: &Case<'_>, it: &CommitInventory, writes: &mut Writes) -> Effect {
    let mut exit = packing(case, it.number)?;
    check(case, &exit, &it.inventory)?;
    exit.stage = ExitStage::Exporting;
    exit.inventory = Some(it.inventory.clone());
    save(&exit, writes);
    let event = ExitEvent::Committed(it.inventory.clone());
    let told = super::entry(case.now, Some(case.sequence), &exit, event);
    Ok(Done::echoing(alloc::vec![told]))
}

/// An inventory is of a time since the announcement, names every collection, and none with more in it than there is.
fn check(case: &Case<'_>, exit: &Exit, inventory: &Inventory) -> Result<(), Reason> {
    let parts = inventory.parts.as_slice();
    let ascending = parts
        .iter()
        .zip(parts.iter().skip(1))
        .all(|(a, b)| a.part < b.part);
    let of_time = inventory.at >= exit.announced.height && inventory.at < case.now.height;
    if !ascending || !of_time {
        return Err(Reason::InventoryWrong);
    }
    for kind in CollectionKind::ALL {
        let said = parts
            .iter()
            .find(|part| part.part == ArchivePart::Collection(kind))
            .ok_or(Reason::InventoryWrong)?;
        let key = state_key::collection(kind, Some(&exit.imvu));
        let known = read::<Collection>(case.view, &key);
        let (size, root) = known.map_or((0, Hash(nexus_tree::log::empty_root())), |known| {
            (known.size, known.root)
        });
        if said.items > size || (said.items == size && said.root != root) {
            return Err(Reason::InventoryWrong);
        }
    }
    Ok(())
}

pub(crate) fn archive(case: &Case<'_>, it: &RecordArchive, writes: &mut Writes) -> Effect {
    let mut exit = packing(case, it.number)?;
    if exit.inventory.is_none() {
        return Err(Reason::NoInventory);
    }
    let archive = Archive {
        digest: it.digest,
        bytes: it.bytes,
        by: case.tx.body.signer,
        height: case.now.height,
    };
    exit.archive = Some(archive);
    save(&exit, writes);
    let event = ExitEvent::Archived(archive);
    let told = super::entry(case.now, Some(case.sequence), &exit, event);
    Ok(Done::echoing(alloc::vec![told]))
}

/// The creator has the archive. Where there is no host to pack one, it has what it made itself.
pub(crate) fn confirm(case: &Case<'_>, digest: Hash, writes: &mut Writes) -> Effect {
    let mut exit = existing(case)?;
    if !exit.stage.awaits_export() {
        return Err(Reason::WrongState);
    }
    match &exit.archive {
        Some(archive) if archive.digest != digest => return Err(Reason::ArchiveOther),
        None if exit.host.is_some() => return Err(Reason::NotExported),
        _ => {}
    }
    exit.stage = ExitStage::Exported;
    exit.exported = Some(super::moment(case));
    go_on(case, exit, ExitEvent::Exported { digest }, writes).map(Done::echoing)
}
