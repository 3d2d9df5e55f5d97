//! Containment (law §4): an abused IMVU opens no new outbound flows and submits no mail for a while; replies pass. The one
//! named exception to gate 15: by operators outside the platform, 72 hours in 30 days at most, on the evidence's hash.

use super::{books::Books, facts};
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect, imvu, placement, seats};
use crate::view::{View, Writes, read};
use alloc::vec::Vec;
use nexus_types::block::Event;
use nexus_types::encoding::List;
use nexus_types::limits::{CONTAINMENT_MS, CONTAINMENT_SIGNERS, CONTAINMENT_SPAN_MS};
use nexus_types::payment::{Containment, Enforcement};
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::{Hash, ImvuId, Reason, Time, state_key};

/// Whether an IMVU is contained now.
pub(crate) fn holds(view: &dyn View, imvu: &ImvuId, law_time: Time) -> bool {
    read::<Enforcement>(view, &state_key::enforcement(imvu))
        .is_some_and(|enforcement| enforcement.is_contained(law_time))
}

/// The containments that count to the 72 hours.
fn counted(view: &dyn View, imvu: &ImvuId, law_time: Time) -> Vec<Containment> {
    let enforcement = read::<Enforcement>(view, &state_key::enforcement(imvu)).unwrap_or_default();
    let mut all = enforcement.containments.into_vec();
    all.retain(|one| one.until.plus_ms(CONTAINMENT_SPAN_MS) > law_time);
    all
}

/// Gate 15's judgement of a containment.
pub(crate) fn check(case: &Case<'_>, span_ms: u64) -> Result<(), Reason> {
    let independent = seats::all(case.view)
        .iter()
        .filter(|seat| seat.power > 0 && !seat.platform)
        .filter(|seat| facts::has_signed(case, &seat.operator))
        .count();
    if independent < CONTAINMENT_SIGNERS {
        return Err(Reason::NotIndependent);
    }
    let Some(imvu) = &case.imvu else {
        return Ok(());
    };
    let spent = counted(case.view, &imvu.id, case.law_time)
        .iter()
        .map(|one| one.until.since(one.from))
        .fold(span_ms, u64::saturating_add);
    if spent > CONTAINMENT_MS {
        return Err(Reason::ContainmentTooLong);
    }
    Ok(())
}

pub(crate) fn contain(
    case: &Case<'_>,
    evidence: Hash,
    span_ms: u64,
    writes: &mut Writes,
) -> Effect {
    let imvu = imvu::existing(case)?;
    if span_ms == 0 {
        return Err(Reason::AmountZero);
    }
    if holds(case.view, &imvu.id, case.law_time) {
        return Err(Reason::WrongState);
    }
    let mut books = Books::open(case.view, case.now, writes);
    let containment = Containment {
        from: case.law_time,
        until: case.law_time.plus_ms(span_ms),
        evidence,
        audit: case.sequence,
    };
    begin(&mut books, &imvu, containment)?;
    Ok(Done::echoing(books.echoes))
}

/// The last of those that count to the 72 hours.
pub(crate) fn last(view: &dyn View, imvu: &ImvuId, law_time: Time) -> Option<Containment> {
    counted(view, imvu, law_time).pop()
}

/// The seats have voted that a containment goes on, beyond the 72 hours: from its end, or from now.
pub(crate) fn extend(
    books: &mut Books<'_>,
    id: &ImvuId,
    span_ms: u64,
    audit: u64,
) -> Result<(), Reason> {
    let imvu = books
        .get::<Imvu>(&state_key::imvu(id))
        .ok_or(Reason::NotFound)?;
    let law_time = books.law_time;
    let last = books
        .look(|view| last(view, id, law_time))
        .ok_or(Reason::WrongState)?;
    let from = last.until.max(law_time);
    let containment = Containment {
        from,
        until: from.plus_ms(span_ms),
        evidence: last.evidence,
        audit,
    };
    begin(books, &imvu, containment)
}

fn begin(books: &mut Books<'_>, imvu: &Imvu, containment: Containment) -> Result<(), Reason> {
    let (law_time, until) = (books.law_time, containment.until);
    let mut containments = books.look(|view| counted(view, &imvu.id, law_time));
    containments.push(containment);
    let key = state_key::enforcement(&imvu.id);
    let before = books.get::<Enforcement>(&key).unwrap_or_default();
    let enforcement = Enforcement {
        containments: List::new(containments).map_err(|_| Reason::LimitReached)?,
        ..before
    };
    books.put(key, &enforcement);
    books.later(until, &TimedItem::Uncontain(imvu.id.clone()));
    books.with(|base, writes| placement::tell(base, imvu, writes))?;
    let event = Event::Contained {
        imvu: imvu.id.clone(),
        until: Some(until),
    };
    books.echoes.push(event.into());
    Ok(())
}

/// A containment has run out: the IMVU's agents are told, unless it goes on.
pub(crate) fn end(books: &mut Books<'_>, id: &ImvuId) {
    let Some(imvu) = books.get::<Imvu>(&state_key::imvu(id)) else {
        return;
    };
    let law_time = books.law_time;
    if books.look(|view| holds(view, id, law_time)) {
        return;
    }
    // What was assigned before can be assigned again.
    let told = books.with(|base, writes| placement::tell(base, &imvu, writes));
    debug_assert!(told.is_ok());
    let event = Event::Contained {
        imvu: id.clone(),
        until: None,
    };
    books.echoes.push(event.into());
}
