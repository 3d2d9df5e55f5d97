//! Names: who holds which, and who may claim one (law §8).

use super::echo::Done;
use super::effects::Effect;
use super::imvu::{own_keys, save};
use super::mail;
use crate::case::Case;
use crate::view::{BlockContext, Layer, View, Writes, chain, exists, read, write};
use nexus_tree::log::empty_root;
use nexus_types::governance::DeniedName;
use nexus_types::limits::DOMAINS_PER_IMVU;
use nexus_types::state::{Apexes, Domain, Imvu, ImvuNames, NameCount, Zone, ZoneIndex};
use nexus_types::state_key::StateKey;
use nexus_types::{Hash, ImvuId, Name, Reason, Time, state_key};

/// State keys of a bound name: the domain, its zone, the zone's table of contents.
const KEYS_PER_DOMAIN: u32 = 3;

/// Who holds a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Holder {
    /// Nobody.
    Nobody,
    /// An IMVU.
    Imvu(ImvuId),
}

/// Who holds exactly this name.
pub(crate) fn holder_of(view: &dyn View, name: &Name) -> Holder {
    read::<Domain>(view, &state_key::domain(name))
        .and_then(|domain| domain.imvu)
        .map_or(Holder::Nobody, Holder::Imvu)
}

/// Whether the IMVU may claim the name.
pub(crate) fn check_claim(
    view: &dyn View,
    name: &Name,
    imvu: &ImvuId,
    law_time: Time,
) -> Result<(), Reason> {
    name.check_platform_name().map_err(Reason::Name)?;
    let apexes = apexes(view);
    if apexes.names.contains(name) {
        return Err(Reason::NameReserved);
    }
    if is_denied(view, name) {
        return Err(Reason::NameDenied);
    }
    let granted = apexes
        .names
        .as_slice()
        .iter()
        .any(|apex| name.is_below(apex));
    if !granted && !exists(view, &state_key::preapproved(name)) {
        return Err(Reason::NotUnderApex);
    }
    match read::<Domain>(view, &state_key::domain(name)) {
        Some(Domain {
            imvu: Some(other), ..
        }) if other != *imvu => return Err(Reason::NameTaken),
        Some(domain) if domain.is_locked(law_time) => return Err(Reason::NameLocked),
        _ => {}
    }
    for ancestor in ancestors(name, &apexes) {
        if let Holder::Imvu(other) = holder_of(view, &ancestor)
            && other != *imvu
        {
            return Err(Reason::AncestorTaken);
        }
    }
    let below = count(view, &state_key::name_count(name));
    let own = count(view, &state_key::name_count_of(name, imvu));
    if below == own {
        Ok(())
    } else {
        Err(Reason::DescendantTaken)
    }
}

/// Whether the name is on the deny-list, or one above it that denies all below.
fn is_denied(view: &dyn View, name: &Name) -> bool {
    core::iter::successors(Some(name.clone()), Name::parent).any(|each| {
        read::<DeniedName>(view, &state_key::denied_name(&each))
            .is_some_and(|denied| denied.below || each == *name)
    })
}

pub(crate) fn claim(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let Some(Ok(name)) = &case.name else {
        return Err(Reason::NotFound);
    };
    let mut imvu = case.claimant().ok_or(Reason::NotFound)?;
    if case.holder != Holder::Nobody {
        return Err(Reason::AlreadyExists);
    }
    if hides_records(case.view, name) {
        return Err(Reason::WrongState);
    }
    imvu.domains = imvu.domains.saturating_add(1);
    if imvu.domains > DOMAINS_PER_IMVU {
        return Err(Reason::LimitReached);
    }
    own_keys(&mut imvu, KEYS_PER_DOMAIN)?;
    save(&imvu, writes);
    let domain = Domain {
        name: name.clone(),
        imvu: Some(imvu.id.clone()),
        since: case.now.height,
        locked_until: Time::default(),
    };
    write(writes, state_key::domain(name), &domain);
    let zone = Zone {
        apex: name.clone(),
        imvu: imvu.id.clone(),
        serial: case.now.height,
        sets: 0,
        root: Hash(empty_root()),
    };
    write(writes, state_key::zone(name), &zone);
    write(writes, state_key::zone_index(name), &ZoneIndex::default());
    count_above(case.view, name, &imvu.id, writes, |count| {
        count.saturating_add(1)
    });
    list(case.view, &imvu.id, writes, |names| {
        if let Err(at) = names.binary_search(name) {
            names.insert(at, name.clone());
        }
    });
    Ok(Done::default())
}

/// The names bound to an IMVU, ascending.
pub(crate) fn of(view: &dyn View, imvu: &ImvuId) -> ImvuNames {
    read(view, &state_key::imvu_names(imvu)).unwrap_or_default()
}

/// Changes the list of an IMVU's names.
fn list(base: &dyn View, imvu: &ImvuId, writes: &mut Writes, change: impl FnOnce(&mut Vec<Name>)) {
    let mut all = of(&Layer { base, writes }, imvu);
    change(&mut all.names);
    let key = state_key::imvu_names(imvu);
    if all.names.is_empty() {
        writes.insert(key, None);
    } else {
        write(writes, key, &all);
    }
}

/// Its owner gives a name back.
pub(crate) fn release(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let Some(Ok(name)) = &case.name else {
        return Err(Reason::NotFound);
    };
    let imvu = match case.holder {
        Holder::Imvu(_) => super::imvu::existing(case)?,
        Holder::Nobody => return Err(Reason::NotFound),
    };
    free(case.view, (case.now, case.law_time), imvu, name, writes)?;
    Ok(Done::default())
}

/// Frees a name: its zone goes with it, and all mail under it, and the name is locked for the delay in force.
pub(crate) fn free(
    base: &dyn View,
    (now, law_time): (BlockContext, Time),
    mut imvu: Imvu,
    name: &Name,
    writes: &mut Writes,
) -> Result<(), Reason> {
    let index = read::<ZoneIndex>(&Layer { base, writes }, &state_key::zone_index(name));
    let index = index.unwrap_or_default();
    for entry in &index.entries {
        writes.insert(state_key::rrset(name, &entry.owner, entry.rtype), None);
    }
    writes.insert(state_key::zone(name), None);
    writes.insert(state_key::zone_index(name), None);
    if mail::book::of(&Layer { base, writes }, &imvu.id).is_some() {
        let mut book = mail::book::Book::open(base, imvu, writes);
        book.take_domain(name)?;
        imvu = book.close()?;
    }
    let sets = u32::try_from(index.entries.len()).unwrap_or(u32::MAX);
    imvu.domains = imvu.domains.saturating_sub(1);
    imvu.state_keys = imvu
        .state_keys
        .saturating_sub(sets)
        .saturating_sub(KEYS_PER_DOMAIN);
    save(&imvu, writes);
    let lock = chain(base).delays.name_lock_ms;
    let domain = Domain {
        name: name.clone(),
        imvu: None,
        since: now.height,
        locked_until: law_time.plus_ms(lock),
    };
    write(writes, state_key::domain(name), &domain);
    count_above(base, name, &imvu.id, writes, |count| {
        count.saturating_sub(1)
    });
    list(base, &imvu.id, writes, |names| {
        names.retain(|each| each != name)
    });
    Ok(())
}

/// The bound name that holds `owner` below `zone` (exclusive of the zone itself), if one does.
pub(crate) fn bound_between(view: &dyn View, owner: &Name, zone: &Name) -> Option<Name> {
    let mut current = owner.clone();
    while current.is_below(zone) {
        if holder_of(view, &current) != Holder::Nobody {
            return Some(current);
        }
        current = current.parent()?;
    }
    None
}

/// Whether a zone above has records at or below the name, which a zone of its own would hide.
fn hides_records(view: &dyn View, name: &Name) -> bool {
    let apexes = apexes(view);
    let Some(above) =
        ancestors(name, &apexes).find(|above| holder_of(view, above) != Holder::Nobody)
    else {
        return false;
    };
    read::<ZoneIndex>(view, &state_key::zone_index(&above)).is_some_and(|index| {
        index
            .entries
            .iter()
            .any(|entry| entry.owner.is_at_or_below(name))
    })
}

fn apexes(view: &dyn View) -> Apexes {
    read(view, &state_key::apexes()).unwrap_or(Apexes {
        names: Default::default(),
    })
}

/// The names above, up to and without the operator's apex or the top label.
fn ancestors<'a>(name: &Name, apexes: &'a Apexes) -> impl Iterator<Item = Name> + 'a {
    core::iter::successors(name.parent(), Name::parent)
        .take_while(|above| !apexes.names.contains(above))
}

fn count(view: &dyn View, key: &StateKey) -> u32 {
    read::<NameCount>(view, key).unwrap_or_default().below
}

fn count_above(
    base: &dyn View,
    name: &Name,
    imvu: &ImvuId,
    writes: &mut Writes,
    next: impl Fn(u32) -> u32,
) {
    let apexes = apexes(base);
    for above in ancestors(name, &apexes) {
        for key in [
            state_key::name_count(&above),
            state_key::name_count_of(&above, imvu),
        ] {
            let below = next(count(&Layer { base, writes }, &key));
            if below == 0 {
                writes.insert(key, None);
            } else {
                write(writes, key, &NameCount { below });
            }
        }
    }
}
