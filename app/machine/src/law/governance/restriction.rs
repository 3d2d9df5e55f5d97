//! Legal restrictions (law §4): with containment, the named exceptions to gates 14 and 15. By order, on the signatures of two
//! thirds of the operators outside the platform and of the officers' threshold; 30 days at most; public, and the owner may
//! appeal. They change what agents are told, never what an owner may do: no way out is blocked.

use crate::case::Case;
use crate::law::money::{books::Books, facts};
use crate::law::{echo::Done, effects::Effect, imvu, placement, seats};
use crate::view::{View, Writes, clock, read};
use alloc::vec::Vec;
use nexus_types::block::Event;
use nexus_types::encoding::{List, Set};
use nexus_types::governance::{
    Appeal, AppealRestriction, RestrictLegally, Restriction, RestrictionScope,
};
use nexus_types::limits::{RESTRICTION_MS, RESTRICTIONS};
use nexus_types::payment::Enforcement;
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::{ImvuId, Reason, state_key};

/// What is restricted now, for the agents.
pub(crate) fn in_force(view: &dyn View, imvu: &ImvuId) -> Set<RestrictionScope, RESTRICTIONS> {
    let enforcement = read::<Enforcement>(view, &state_key::enforcement(imvu)).unwrap_or_default();
    let law_time = clock(view).law_time;
    let scopes = enforcement.restrictions.as_slice().iter();
    let scopes = scopes
        .filter(|one| one.holds(law_time))
        .map(|one| one.scope);
    Set::new(scopes.collect()).unwrap_or_default()
}

/// The judgement of gate 14, where it stops what is served, and else of gate 15.
pub(crate) fn check(case: &Case<'_>, restrict: &RestrictLegally) -> Result<(), Reason> {
    let (mut all, mut signed) = (0_usize, 0_usize);
    for seat in seats::all(case.view) {
        if seat.power > 0 && !seat.platform {
            all = all.saturating_add(1);
            if facts::has_signed(case, &seat.operator) {
                signed = signed.saturating_add(1);
            }
        }
    }
    if all == 0 || signed.saturating_mul(3) < all.saturating_mul(2) {
        return Err(Reason::BelowTwoThirdsOutside);
    }
    let now = case.law_time;
    if restrict.until <= now || restrict.until > now.plus_ms(RESTRICTION_MS) {
        return Err(Reason::RestrictionTooLong);
    }
    Ok(())
}

/// Restricts an IMVU, or goes on with a restriction of the same scope.
pub(crate) fn restrict(case: &Case<'_>, restrict: &RestrictLegally, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    let mut books = Books::open(case.view, case.now, writes);
    let mut all = held(&books, &imvu.id);
    if let Some(known) = all.iter().find(|one| one.scope == restrict.scope) {
        if known.until >= restrict.until {
            return Err(Reason::NoChange);
        }
        books.not_later(known.until, &ends(&imvu.id, known.scope));
    }
    all.retain(|one| one.scope != restrict.scope);
    all.push(Restriction {
        scope: restrict.scope,
        order: restrict.order,
        from: case.law_time,
        until: restrict.until,
        audit: case.sequence,
        appeal: None,
    });
    all.sort_by_key(|one| one.scope);
    keep(&mut books, &imvu.id, all)?;
    books.later(restrict.until, &ends(&imvu.id, restrict.scope));
    books.with(|base, writes| placement::tell(base, &imvu, writes))?;
    changed(&mut books, &imvu.id, restrict.scope, Some(restrict.until));
    Ok(Done::echoing(books.echoes))
}

/// The owner's appeal of all that it has not appealed yet.
pub(crate) fn appeal(case: &Case<'_>, appeal: &AppealRestriction, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    let mut books = Books::open(case.view, case.now, writes);
    let mut all = held(&books, &imvu.id);
    if all.is_empty() {
        return Err(Reason::WrongState);
    }
    if all.iter().all(|one| one.appeal.is_some()) {
        return Err(Reason::NoChange);
    }
    for one in all.iter_mut().filter(|one| one.appeal.is_none()) {
        one.appeal = Some(Appeal {
            grounds: appeal.grounds,
            at: case.law_time,
            audit: case.sequence,
        });
        let event = Event::RestrictionAppealed {
            imvu: imvu.id.clone(),
            scope: one.scope,
            grounds: appeal.grounds,
        };
        books.echoes.push(event.into());
    }
    keep(&mut books, &imvu.id, all)?;
    Ok(Done::echoing(books.echoes))
}

/// A restriction has run out.
pub(crate) fn end(books: &mut Books<'_>, id: &ImvuId, scope: RestrictionScope) {
    // What was assigned before can be assigned again.
    let ended = remove(books, id, |one| one.scope == scope);
    debug_assert!(ended.is_ok());
}

/// The seats have voted that all restrictions end.
pub(super) fn lift(books: &mut Books<'_>, id: &ImvuId) -> Result<(), Reason> {
    remove(books, id, |_| true)
}

fn remove(
    books: &mut Books<'_>,
    id: &ImvuId,
    ends_now: impl Fn(&Restriction) -> bool,
) -> Result<(), Reason> {
    let (ended, left): (Vec<_>, Vec<_>) = held(books, id).into_iter().partition(ends_now);
    keep(books, id, left)?;
    for one in &ended {
        books.not_later(one.until, &ends(id, one.scope));
    }
    if let Some(imvu) = books.get::<Imvu>(&state_key::imvu(id)) {
        books.with(|base, writes| placement::tell(base, &imvu, writes))?;
    }
    for one in ended {
        changed(books, id, one.scope, None);
    }
    Ok(())
}

fn held(books: &Books<'_>, id: &ImvuId) -> Vec<Restriction> {
    let enforcement = books.get::<Enforcement>(&state_key::enforcement(id));
    enforcement.unwrap_or_default().restrictions.into_vec()
}

fn keep(books: &mut Books<'_>, id: &ImvuId, all: Vec<Restriction>) -> Result<(), Reason> {
    let key = state_key::enforcement(id);
    let before = books.get::<Enforcement>(&key).unwrap_or_default();
    let enforcement = Enforcement {
        restrictions: List::new(all).map_err(|_| Reason::LimitReached)?,
        ..before
    };
    books.put(key, &enforcement);
    Ok(())
}

fn ends(id: &ImvuId, scope: RestrictionScope) -> TimedItem {
    TimedItem::Unrestrict(id.clone(), scope)
}

fn changed(
    books: &mut Books<'_>,
    id: &ImvuId,
    scope: RestrictionScope,
    until: Option<nexus_types::Time>,
) {
    let event = Event::Restricted {
        imvu: id.clone(),
        scope,
        until,
    };
    books.echoes.push(event.into());
}
