//! Names below another's: granted by the owner of the one above, and out of its scope once claimed (law §8).

use super::echo::Done;
use super::effects::Effect;
use super::imvu::{existing, own_keys, save};
use super::names::{Holder, holder_of, nearest};
use crate::case::Case;
use crate::view::{Layer, View, Writes, chain, exists, read, write};
use nexus_types::domain::{ChildGrant, GrantChild};
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::{ImvuId, Name, Reason, Time, state_key};

/// The grant of a name, used or not.
pub(crate) fn of(view: &dyn View, child: &Name) -> Option<ChildGrant> {
    read(view, &state_key::child_grant(child))
}

/// Whether who holds the name above lets this IMVU claim the one below, or has.
pub(crate) fn may_claim(
    view: &dyn View,
    (above, holder): (&Name, &ImvuId),
    child: &Name,
    imvu: &ImvuId,
    law_time: Time,
) -> bool {
    let Some(grant) = of(view, child).filter(|grant| grant.imvu == *imvu) else {
        return false;
    };
    match grant.expires {
        None => true,
        // It is the present holder's word that counts, not a former one's.
        Some(expires) => law_time <= expires && grant.by == *holder && grant.parent == *above,
    }
}

/// Whether a grant that is not used lets this IMVU have the name now. One that somebody gave who holds the name above no longer
/// is void, and none is used where nobody holds one.
fn is_open_to(view: &dyn View, child: &Name, imvu: &ImvuId, law_time: Time) -> bool {
    !has_left(view, child)
        && nearest(view, child).is_some_and(|(above, holder)| {
            may_claim(view, (&above, &holder), child, imvu, law_time)
        })
}

/// Whether a name was claimed by a grant.
pub(crate) fn has_left(view: &dyn View, child: &Name) -> bool {
    of(view, child).is_some_and(|grant| grant.expires.is_none())
}

/// When an unused grant ends.
pub(crate) fn timer(grant: &ChildGrant) -> Option<(Time, TimedItem)> {
    let due = grant.expires?.plus_ms(1);
    Some((due, TimedItem::EndGrant(grant.child.clone())))
}

pub(crate) fn grant(case: &Case<'_>, asked: &GrantChild, writes: &mut Writes) -> Effect {
    let mut own = existing(case)?;
    check(case, asked, &own)?;
    let known = of(case.view, &asked.child);
    if let Some(known) = &known {
        if known.expires.is_none() {
            return Err(Reason::AlreadyExists);
        }
        drop_open(case.view, known, &mut own, writes);
    }
    let Some(imvu) = &asked.imvu else {
        known.ok_or(Reason::NotFound)?;
        save(&own, writes);
        return Ok(Done::default());
    };
    let grant = ChildGrant {
        child: asked.child.clone(),
        parent: asked.name.clone(),
        by: own.id.clone(),
        imvu: imvu.clone(),
        expires: Some(case.law_time.plus_ms(chain(case.view).delays.approval_ms)),
    };
    own_keys(&mut own, 1)?;
    save(&own, writes);
    if let Some((due, item)) = timer(&grant) {
        write(writes, state_key::timed(due.0, &item), &item);
    }
    write(writes, state_key::child_grant(&asked.child), &grant);
    Ok(Done::default())
}

fn check(case: &Case<'_>, asked: &GrantChild, own: &Imvu) -> Result<(), Reason> {
    asked.child.check_apex().map_err(Reason::Name)?;
    let scope = nearest(case.view, &asked.child).map(|(above, _)| above);
    if !asked.child.is_below(&asked.name) || scope.as_ref() != Some(&asked.name) {
        return Err(Reason::NotBelow);
    }
    let Some(imvu) = &asked.imvu else {
        return Ok(());
    };
    if *imvu == own.id {
        return Err(Reason::NoChange);
    }
    if !exists(case.view, &state_key::imvu(imvu)) {
        return Err(Reason::NotFound);
    }
    if exists(case.view, &state_key::delegation(&asked.name)) {
        return Err(Reason::NameDelegated);
    }
    match holder_of(case.view, &asked.child) {
        // Its own: granted before it is handed over.
        Holder::Imvu(holder) if holder != own.id => Err(Reason::NameTaken),
        _ => Ok(()),
    }
}

/// Takes a grant away that was not used; `own` is an IMVU that the caller keeps.
fn drop_open(base: &dyn View, grant: &ChildGrant, own: &mut Imvu, writes: &mut Writes) {
    if let Some((due, item)) = timer(grant) {
        writes.insert(state_key::timed(due.0, &item), None);
    }
    writes.insert(state_key::child_grant(&grant.child), None);
    give_back(base, &grant.by, own, writes);
}

/// One key fewer for an IMVU, which may be the one that the caller keeps.
fn give_back(base: &dyn View, payer: &ImvuId, own: &mut Imvu, writes: &mut Writes) {
    if *payer == own.id {
        own.state_keys = own.state_keys.saturating_sub(1);
        return;
    }
    let other = read::<Imvu>(&Layer { base, writes }, &state_key::imvu(payer));
    if let Some(mut other) = other {
        other.state_keys = other.state_keys.saturating_sub(1);
        save(&other, writes);
    }
}

/// A grant that is about to be used is a key of who uses it.
pub(crate) fn check_room(
    view: &dyn View,
    child: &Name,
    imvu: &mut Imvu,
    law_time: Time,
) -> Result<(), Reason> {
    if is_open_to(view, child, &imvu.id, law_time) {
        own_keys(imvu, 1)
    } else {
        Ok(())
    }
}

/// The name is claimed: it has left the scope of the one above. Its key was counted by [`check_room`].
pub(crate) fn use_grant(
    base: &dyn View,
    child: &Name,
    (imvu, law_time): (&ImvuId, Time),
    writes: &mut Writes,
) {
    let layer = Layer { base, writes };
    let known = of(&layer, child).filter(|_| is_open_to(&layer, child, imvu, law_time));
    let Some(mut grant) = known else {
        return;
    };
    let Some((due, item)) = timer(&grant) else {
        return;
    };
    writes.insert(state_key::timed(due.0, &item), None);
    let by = read::<Imvu>(&Layer { base, writes }, &state_key::imvu(&grant.by));
    if let Some(mut by) = by {
        by.state_keys = by.state_keys.saturating_sub(1);
        save(&by, writes);
    }
    grant.expires = None;
    write(writes, state_key::child_grant(child), &grant);
}

/// The name is free again, and the grant it was claimed by is used up.
pub(crate) fn end_claimed(base: &dyn View, child: &Name, imvu: &mut Imvu, writes: &mut Writes) {
    let known = of(&Layer { base, writes }, child);
    if known.is_some_and(|grant| grant.expires.is_none() && grant.imvu == imvu.id) {
        imvu.state_keys = imvu.state_keys.saturating_sub(1);
        writes.insert(state_key::child_grant(child), None);
    }
}

/// The name goes from one IMVU to another, which needs the grant, or takes over the one it was claimed by.
pub(crate) fn hand_over(
    case: &Case<'_>,
    child: &Name,
    (from, to): (&mut Imvu, &mut Imvu),
    writes: &mut Writes,
) -> Result<(), Reason> {
    let Some(mut grant) = of(case.view, child) else {
        return Ok(());
    };
    match timer(&grant) {
        None => {}
        Some((due, item)) if is_open_to(case.view, child, &to.id, case.law_time) => {
            writes.insert(state_key::timed(due.0, &item), None);
        }
        // Granted to somebody else by who gives the name away now, or by a former holder of the one above.
        Some(_) => return Ok(()),
    }
    own_keys(to, 1)?;
    from.state_keys = from.state_keys.saturating_sub(1);
    grant.expires = None;
    grant.imvu = to.id.clone();
    write(writes, state_key::child_grant(child), &grant);
    Ok(())
}

/// Nobody has used a grant in time.
pub(crate) fn lapse(base: &dyn View, child: &Name, writes: &mut Writes) {
    let Some(grant) = of(&Layer { base, writes }, child) else {
        return;
    };
    let by = read::<Imvu>(&Layer { base, writes }, &state_key::imvu(&grant.by));
    if let Some(mut by) = by.filter(|_| grant.expires.is_some()) {
        drop_open(base, &grant, &mut by, writes);
        save(&by, writes);
    }
}
