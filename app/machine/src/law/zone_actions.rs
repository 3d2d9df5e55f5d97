//! Setting and removing record sets, once the zone is known to stay valid.

use super::echo::Done;
use super::effects::Effect;
use super::imvu::{existing, own_keys, save};
use super::names::bound_between;
use super::zone::check_set;
use crate::case::Case;
use crate::view::{View, Writes, read, write};
use alloc::vec::Vec;
use nexus_tree::log::{leaf_hash, root_of};
use nexus_types::action::NameText;
use nexus_types::rrset::{RRset, RecordType};
use nexus_types::state::{Imvu, Zone, ZoneEntry, ZoneIndex, zone_leaf};
use nexus_types::{Hash, Height, Name, Reason, state_key};

/// The label under which keys for mail are published (RFC 6376 §3.6.2.1).
const MAIL_KEYS: &str = "_domainkey";

/// Whether the owner's name lies in the zone itself, not in a bound name below it.
pub(crate) fn check_inside(view: &dyn View, zone: &Name, owner: &Name) -> Result<(), Reason> {
    if !owner.is_at_or_below(zone) || bound_between(view, owner, zone).is_some() {
        return Err(Reason::OutsideApex);
    }
    Ok(())
}

/// Whether the zone stays valid with this set.
pub(crate) fn check_stays_valid(
    view: &dyn View,
    zone: &Name,
    owner: &Name,
    rrset: &RRset,
) -> Result<(), Reason> {
    check_set(&index(view, zone), zone, owner, rrset).map_err(Reason::Zone)
}

pub(crate) fn set(case: &Case<'_>, owner: &NameText, rrset: &RRset, writes: &mut Writes) -> Effect {
    let (zone, owner) = names(case, owner)?;
    let mut imvu = existing(case)?;
    publish(case, &mut imvu, &zone, &owner, rrset, writes)?;
    Ok(Done::default())
}

/// Publishes a record set of which it is known that the zone stays valid with it; a new one is a key more of its IMVU.
pub(crate) fn publish(
    case: &Case<'_>,
    imvu: &mut Imvu,
    zone: &Name,
    owner: &Name,
    rrset: &RRset,
    writes: &mut Writes,
) -> Result<(), Reason> {
    let mut index = index(case.view, zone);
    let entry = ZoneEntry {
        owner: owner.clone(),
        rtype: rrset.rtype,
        hash: Hash(leaf_hash(&zone_leaf(owner, rrset))),
        targets: rrset.targets(),
    };
    match index
        .entries
        .binary_search_by(|other| position(other, owner, rrset.rtype))
    {
        // The same set again: nothing to write, and nothing wrong.
        Ok(at) if index.entries.get(at) == Some(&entry) => return Ok(()),
        Ok(at) => {
            if let Some(slot) = index.entries.get_mut(at) {
                *slot = entry;
            }
        }
        Err(at) => {
            index.entries.insert(at, entry);
            own_keys(imvu, 1)?;
            save(imvu, writes);
        }
    }
    write(writes, state_key::rrset(zone, owner, rrset.rtype), rrset);
    save_zone(case.view, zone, &index, case.now.height, writes)
}

pub(crate) fn remove(
    case: &Case<'_>,
    owner: &NameText,
    rtype: RecordType,
    writes: &mut Writes,
) -> Effect {
    let (zone, owner) = names(case, owner)?;
    let mut index = index(case.view, &zone);
    let at = index
        .entries
        .binary_search_by(|other| position(other, &owner, rtype))
        .map_err(|_| Reason::NotFound)?;
    index.entries.remove(at);
    let mut imvu = existing(case)?;
    imvu.state_keys = imvu.state_keys.saturating_sub(1);
    save(&imvu, writes);
    writes.insert(state_key::rrset(&zone, &owner, rtype), None);
    save_zone(case.view, &zone, &index, case.now.height, writes)?;
    Ok(Done::default())
}

fn names(case: &Case<'_>, owner: &NameText) -> Result<(Name, Name), Reason> {
    let Some(Ok(zone)) = &case.name else {
        return Err(Reason::NotFound);
    };
    Ok((
        zone.clone(),
        Name::parse(owner.as_str()).map_err(Reason::Name)?,
    ))
}

fn position(entry: &ZoneEntry, owner: &Name, rtype: RecordType) -> core::cmp::Ordering {
    entry.owner.cmp(owner).then(entry.rtype.cmp(&rtype))
}

fn index(view: &dyn View, zone: &Name) -> ZoneIndex {
    read(view, &state_key::zone_index(zone)).unwrap_or_default()
}

fn save_zone(
    view: &dyn View,
    apex: &Name,
    index: &ZoneIndex,
    height: Height,
    writes: &mut Writes,
) -> Result<(), Reason> {
    let mut zone = read::<Zone>(view, &state_key::zone(apex)).ok_or(Reason::NotFound)?;
    let leaves: Vec<[u8; 32]> = index.entries.iter().map(|entry| entry.hash.0).collect();
    zone.serial = height;
    zone.sets = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
    zone.root = Hash(root_of(&leaves));
    write(writes, state_key::zone(apex), &zone);
    write(writes, state_key::zone_index(apex), index);
    Ok(())
}

/// Takes out what publishes keys for mail: who held the name before has their secrets.
pub(crate) fn take_mail_keys(case: &Case<'_>, zone: &Name, imvu: &mut Imvu, writes: &mut Writes) {
    let mut index = index(case.view, zone);
    let is_key = |entry: &ZoneEntry| entry.owner.labels().any(|label| label == MAIL_KEYS);
    let before = index.entries.len();
    for entry in index.entries.iter().filter(|entry| is_key(entry)) {
        writes.insert(state_key::rrset(zone, &entry.owner, entry.rtype), None);
    }
    index.entries.retain(|entry| !is_key(entry));
    let gone = before.saturating_sub(index.entries.len());
    if gone == 0 {
        return;
    }
    let gone = u32::try_from(gone).unwrap_or(u32::MAX);
    imvu.state_keys = imvu.state_keys.saturating_sub(gone);
    // A table of contents has its zone.
    let saved = save_zone(case.view, zone, &index, case.now.height, writes);
    debug_assert!(saved.is_ok());
}
