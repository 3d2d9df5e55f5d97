//! Names: who holds which, who may claim one, and what comes and goes with it (law §8).

use super::echo::Done;
use super::effects::Effect;
use super::imvu::{own_keys, save};
use super::{children, external, mail};
use crate::case::Case;
use crate::view::{BlockContext, Layer, View, Writes, chain, exists, read, write};
use alloc::vec::Vec;
use nexus_tree::log::empty_root;
use nexus_types::domain::DelegationRecord;
use nexus_types::governance::DeniedName;
use nexus_types::limits::DOMAINS_PER_IMVU;
use nexus_types::state::{Apexes, Domain, Imvu, ImvuNames, NameCount, Zone, ZoneIndex};
use nexus_types::state_key::StateKey;
use nexus_types::{Hash, ImvuId, Name, Reason, Time, state_key};

/// State keys of a name that is held: the domain itself.
const KEYS_PER_DOMAIN: u32 = 1;
/// State keys of a zone: the zone, its table of contents.
pub(crate) const KEYS_PER_ZONE: u32 = 2;

/// Who holds a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Holder {
    /// Nobody.
    Nobody,
    /// An IMVU.
    Imvu(ImvuId),
}

/// When a name changes hands: the block, and the law's clock in it.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: BlockContext,
    pub(crate) law_time: Time,
}

impl Moment {
    pub(crate) fn of(case: &Case<'_>) -> Self {
        Self {
            now: case.now,
            law_time: case.law_time,
        }
    }
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
    name.check_apex().map_err(Reason::Name)?;
    if apexes(view).names.contains(name) {
        return Err(Reason::NameReserved);
    }
    if is_denied(view, name) {
        return Err(Reason::NameDenied);
    }
    if is_granted(view, name) {
        name.check_platform_name().map_err(Reason::Name)?;
    } else {
        external::check_covered(view, name)?;
    }
    match read::<Domain>(view, &state_key::domain(name)) {
        Some(Domain {
            imvu: Some(other), ..
        }) if other != *imvu => return Err(Reason::NameTaken),
        Some(domain) if domain.is_locked(law_time) => return Err(Reason::NameLocked),
        _ => {}
    }
    check_scope(view, name, imvu, law_time)?;
    if others_below(view, name, imvu) == 0 {
        Ok(())
    } else {
        Err(Reason::DescendantTaken)
    }
}

/// Whether this network grants the name: under an apex of its own, or approved in advance.
pub(crate) fn is_granted(view: &dyn View, name: &Name) -> bool {
    let apexes = apexes(view);
    let mut all = apexes.names.as_slice().iter();
    all.any(|apex| name.is_below(apex)) || exists(view, &state_key::preapproved(name))
}

/// Whether the nearest bound name above is the IMVU's own, or its owner lets it have this one. What is delegated leaves no
/// room below.
pub(crate) fn check_scope(
    view: &dyn View,
    name: &Name,
    imvu: &ImvuId,
    law_time: Time,
) -> Result<(), Reason> {
    let apexes = apexes(view);
    let mut above = ancestors(name, &apexes);
    if above.any(|above| exists(view, &state_key::delegation(&above))) {
        return Err(Reason::NameDelegated);
    }
    match nearest(view, name) {
        Some((above, holder))
            if holder != *imvu
                && !children::may_claim(view, (&above, &holder), name, imvu, law_time) =>
        {
            Err(Reason::AncestorTaken)
        }
        _ => Ok(()),
    }
}

/// The nearest bound name above, and who holds it: in its scope a name lies.
pub(crate) fn nearest(view: &dyn View, name: &Name) -> Option<(Name, ImvuId)> {
    let apexes = apexes(view);
    ancestors(name, &apexes).find_map(|above| match holder_of(view, &above) {
        Holder::Imvu(holder) => Some((above, holder)),
        Holder::Nobody => None,
    })
}

/// How many bound names lie below.
pub(crate) fn below(view: &dyn View, name: &Name) -> u32 {
    count(view, &state_key::name_count(name))
}

/// How many bound names of an IMVU lie below.
pub(crate) fn own_below(view: &dyn View, name: &Name, imvu: &ImvuId) -> u32 {
    count(view, &state_key::name_count_of(name, imvu))
}

/// How many bound names of others lie below.
pub(crate) fn others_below(view: &dyn View, name: &Name, imvu: &ImvuId) -> u32 {
    below(view, name).saturating_sub(own_below(view, name, imvu))
}

/// Whether the name is on the deny-list, or one above it that denies all below.
pub(crate) fn is_denied(view: &dyn View, name: &Name) -> bool {
    core::iter::successors(Some(name.clone()), Name::parent).any(|each| {
        read::<DeniedName>(view, &state_key::denied_name(&each))
            .is_some_and(|denied| denied.below || each == *name)
    })
}

pub(crate) fn claim(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let Some(Ok(name)) = &case.name else {
        return Err(Reason::NotFound);
    };
    let imvu = case.claimant().ok_or(Reason::NotFound)?;
    if case.holder != Holder::Nobody {
        return Err(Reason::AlreadyExists);
    }
    bind(case.view, Moment::of(case), imvu, name, case.id, writes)?;
    Ok(Done::default())
}

/// Binds a name that nobody holds, with an empty zone; one that this network does not grant is observed from then on.
///
/// # Errors
/// [`Reason::WrongState`] or [`Reason::LimitReached`], before anything is written.
pub(crate) fn bind(
    base: &dyn View,
    at: Moment,
    mut imvu: Imvu,
    name: &Name,
    nonce: Hash,
    writes: &mut Writes,
) -> Result<(), Reason> {
    if hides_records(&Layer { base, writes }, name) {
        return Err(Reason::WrongState);
    }
    imvu.domains = imvu.domains.saturating_add(1);
    if imvu.domains > DOMAINS_PER_IMVU {
        return Err(Reason::LimitReached);
    }
    own_keys(&mut imvu, KEYS_PER_DOMAIN.saturating_add(KEYS_PER_ZONE))?;
    let granted = is_granted(&Layer { base, writes }, name);
    if !granted {
        own_keys(&mut imvu, 1)?;
    }
    children::check_room(&Layer { base, writes }, name, &mut imvu, at.law_time)?;
    external::forget_claim(base, name, &mut imvu, writes);
    children::use_grant(base, name, (&imvu.id, at.law_time), writes);
    save(&imvu, writes);
    let domain = Domain {
        name: name.clone(),
        imvu: Some(imvu.id.clone()),
        jurisdiction: imvu.jurisdiction.clone(),
        since: at.now.height,
        locked_until: Time::default(),
    };
    write(writes, state_key::domain(name), &domain);
    // Where its former holder had it served ends with the first that holds it again.
    writes.insert(state_key::delegation(name), None);
    new_zone(name, &imvu.id, at, writes);
    count_above(base, name, &imvu.id, writes, |count| {
        count.saturating_add(1)
    });
    list(base, &imvu.id, name, writes);
    if !granted {
        external::begin(base, at, (name, &imvu.id), nonce, writes);
    }
    Ok(())
}

/// The names bound to an IMVU, ascending.
pub(crate) fn of(view: &dyn View, imvu: &ImvuId) -> ImvuNames {
    read(view, &state_key::imvu_names(imvu)).unwrap_or_default()
}

/// Puts an IMVU's names where it is itself (gate 9), now that it has declared that.
pub(crate) fn follow(view: &dyn View, imvu: &Imvu, writes: &mut Writes) {
    for name in of(view, &imvu.id).names {
        let key = state_key::domain(&name);
        if let Some(mut domain) = read::<Domain>(view, &key) {
            domain.jurisdiction = imvu.jurisdiction.clone();
            write(writes, key, &domain);
        }
    }
}

/// Puts a name on the list of an IMVU's.
pub(crate) fn list(base: &dyn View, imvu: &ImvuId, name: &Name, writes: &mut Writes) {
    with_list(base, imvu, writes, |names| {
        if let Err(at) = names.binary_search(name) {
            names.insert(at, name.clone());
        }
    });
}

/// Takes a name off it.
pub(crate) fn unlist(base: &dyn View, imvu: &ImvuId, name: &Name, writes: &mut Writes) {
    with_list(base, imvu, writes, |names| names.retain(|one| one != name));
}

fn with_list(
    base: &dyn View,
    imvu: &ImvuId,
    writes: &mut Writes,
    change: impl FnOnce(&mut Vec<Name>),
) {
    let mut all = of(&Layer { base, writes }, imvu);
    change(&mut all.names);
    let key = state_key::imvu_names(imvu);
    if all.names.is_empty() {
        writes.insert(key, None);
    } else {
        write(writes, key, &all);
    }
}

/// An empty zone.
pub(crate) fn new_zone(name: &Name, imvu: &ImvuId, at: Moment, writes: &mut Writes) {
    let zone = Zone {
        apex: name.clone(),
        imvu: imvu.clone(),
        serial: at.now.height,
        sets: 0,
        root: Hash(empty_root()),
    };
    write(writes, state_key::zone(name), &zone);
    write(writes, state_key::zone_index(name), &ZoneIndex::default());
}

/// Takes a zone away, with its record sets, and gives its IMVU the keys back.
pub(crate) fn take_zone(base: &dyn View, name: &Name, imvu: &mut Imvu, writes: &mut Writes) {
    let key = state_key::zone_index(name);
    let Some(index) = read::<ZoneIndex>(&Layer { base, writes }, &key) else {
        return;
    };
    for entry in &index.entries {
        writes.insert(state_key::rrset(name, &entry.owner, entry.rtype), None);
    }
    writes.insert(state_key::zone(name), None);
    writes.insert(key, None);
    let sets = u32::try_from(index.entries.len()).unwrap_or(u32::MAX);
    imvu.state_keys = imvu
        .state_keys
        .saturating_sub(sets)
        .saturating_sub(KEYS_PER_ZONE);
}

/// Takes all mail under a name away.
pub(crate) fn take_mail(
    base: &dyn View,
    name: &Name,
    imvu: Imvu,
    writes: &mut Writes,
) -> Result<Imvu, Reason> {
    if mail::book::of(&Layer { base, writes }, &imvu.id).is_none() {
        return Ok(imvu);
    }
    let mut book = mail::book::Book::open(base, imvu, writes);
    book.take_domain(name)?;
    book.close()
}

/// Frees a name: its zone goes with it, and all mail under it, and one that this network grants is locked for the delay in
/// force. Where its owner had it served stays until somebody else holds it.
pub(crate) fn release(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let Some(Ok(name)) = &case.name else {
        return Err(Reason::NotFound);
    };
    let imvu = match case.holder {
        Holder::Imvu(_) => super::imvu::existing(case)?,
        Holder::Nobody => return Err(Reason::NotFound),
    };
    free(case.view, Moment::of(case), imvu, name, writes)?;
    Ok(Done::default())
}

/// Takes a name from who holds it: released, or lost.
pub(crate) fn free(
    base: &dyn View,
    at: Moment,
    mut imvu: Imvu,
    name: &Name,
    writes: &mut Writes,
) -> Result<(), Reason> {
    take_zone(base, name, &mut imvu, writes);
    let mut imvu = take_mail(base, name, imvu, writes)?;
    let was_external = external::end(base, name, &mut imvu, writes);
    children::end_claimed(base, name, &mut imvu, writes);
    take_code(base, name, &mut imvu, writes);
    let key = state_key::delegation(name);
    if let Some(mut record) = read::<DelegationRecord>(&Layer { base, writes }, &key) {
        imvu.state_keys = imvu.state_keys.saturating_sub(1);
        record.imvu = None;
        write(writes, key, &record);
    }
    imvu.domains = imvu.domains.saturating_sub(1);
    imvu.state_keys = imvu.state_keys.saturating_sub(KEYS_PER_DOMAIN);
    save(&imvu, writes);
    if was_external {
        // Nothing of it is this network's to lock.
        writes.insert(state_key::domain(name), None);
    } else {
        let lock = chain(base).delays.name_lock_ms;
        let domain = Domain {
            name: name.clone(),
            imvu: None,
            jurisdiction: None,
            since: at.now.height,
            locked_until: at.law_time.plus_ms(lock),
        };
        write(writes, state_key::domain(name), &domain);
    }
    unlist(base, &imvu.id, name, writes);
    count_above(base, name, &imvu.id, writes, |count| {
        count.saturating_sub(1)
    });
    Ok(())
}

/// Takes the transfer code off a name.
pub(crate) fn take_code(base: &dyn View, name: &Name, imvu: &mut Imvu, writes: &mut Writes) {
    let key = state_key::transfer_key(name);
    if exists(&Layer { base, writes }, &key) {
        imvu.state_keys = imvu.state_keys.saturating_sub(1);
        writes.insert(key, None);
    }
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
    let Some((above, _)) = nearest(view, name) else {
        return false;
    };
    read::<ZoneIndex>(view, &state_key::zone_index(&above)).is_some_and(|index| {
        index
            .entries
            .iter()
            .any(|entry| entry.owner.is_at_or_below(name))
    })
}

pub(crate) fn apexes(view: &dyn View) -> Apexes {
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

/// Counts a bound name of an IMVU to those above it.
fn count_above(
    base: &dyn View,
    name: &Name,
    imvu: &ImvuId,
    writes: &mut Writes,
    next: impl Fn(u32) -> u32,
) {
    let apexes = apexes(base);
    for above in ancestors(name, &apexes) {
        recount(base, state_key::name_count(&above), writes, &next);
        recount(base, state_key::name_count_of(&above, imvu), writes, &next);
    }
}

/// One bound name fewer of an IMVU, one more of another, in all that is above it.
pub(crate) fn recount_above(
    base: &dyn View,
    name: &Name,
    (from, to): (&ImvuId, &ImvuId),
    writes: &mut Writes,
) {
    let apexes = apexes(base);
    for above in ancestors(name, &apexes) {
        let lost = state_key::name_count_of(&above, from);
        recount(base, lost, writes, &|count| count.saturating_sub(1));
        let won = state_key::name_count_of(&above, to);
        recount(base, won, writes, &|count| count.saturating_add(1));
    }
}

fn recount(base: &dyn View, key: StateKey, writes: &mut Writes, next: &impl Fn(u32) -> u32) {
    let below = next(count(&Layer { base, writes }, &key));
    if below == 0 {
        writes.insert(key, None);
    } else {
        write(writes, key, &NameCount { below });
    }
}
