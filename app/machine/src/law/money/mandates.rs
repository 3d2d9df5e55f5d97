//! Mandates: who has agreed to pay for an IMVU's use, how much a period, until when (law §4).

use super::books::{Books, amount};
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect, imvu};
use crate::view::{View, Writes, read};
use alloc::vec::Vec;
use nexus_types::encoding::List;
use nexus_types::limits::{DEBTORS_FOR_MANDATE, LATE_WINDOW_MS, MANDATE_PERIODS};
use nexus_types::payment::{Enforcement, Mandate, Mandates};
use nexus_types::period::Period;
use nexus_types::state::{Identity, IdentityStatus};
use nexus_types::{IdentityId, ImvuId, Micros, Reason, Time, state_key};

/// The mandates of an IMVU, oldest first.
pub(crate) fn of(view: &dyn View, imvu: &ImvuId) -> Vec<Mandate> {
    read::<Mandates>(view, &state_key::mandates(imvu))
        .unwrap_or_default()
        .list
        .into_vec()
}

/// What of `total`, for use in an hour of `period` that began at `start`, a mandate bears, and whose; counted as paid. A payer
/// that has rotated its key since it signed pays nothing.
pub(crate) fn bear(
    books: &mut Books<'_>,
    imvu: &ImvuId,
    start: Time,
    period: Period,
    total: Micros,
) -> Option<(IdentityId, Micros)> {
    let mut mandates = books.look(|view| of(view, imvu));
    let mandate = mandates.iter_mut().rev().find(|each| each.covers(start))?;
    let identity = books.get::<Identity>(&state_key::identity(&mandate.payer))?;
    let holds =
        identity.status == IdentityStatus::Active && identity.generation == mandate.generation;
    let amount = mandate.left(period).min(total);
    if !holds || amount == Micros::ZERO {
        return None;
    }
    let mut spent = mandate.spent.as_slice().to_vec();
    match spent.iter_mut().find(|(each, _)| *each == period) {
        Some((_, sum)) => sum.0 = sum.0.saturating_add(amount.0),
        None => {
            spent.push((period, amount));
            spent.sort_unstable();
        }
    }
    // A new period is later than the oldest that a full list remembers: `left` gives nothing for earlier ones.
    if spent.len() > MANDATE_PERIODS {
        spent.remove(0);
    }
    mandate.spent = List::new(spent).unwrap_or_default();
    let payer = mandate.payer;
    let kept = Mandates {
        list: List::new(mandates).unwrap_or_default(),
    };
    books.put(state_key::mandates(imvu), &kept);
    Some((payer, amount))
}

pub(crate) fn sign(
    case: &Case<'_>,
    payer: IdentityId,
    cap: Micros,
    until: Time,
    writes: &mut Writes,
) -> Effect {
    let imvu = imvu::existing(case)?;
    let mut books = Books::open(case.view, case.now, writes);
    let now = books.now.time;
    if until <= now {
        return Err(Reason::WrongState);
    }
    let enforcement = books
        .get::<Enforcement>(&state_key::enforcement(&imvu.id))
        .unwrap_or_default();
    if enforcement.debts.as_slice().len() >= DEBTORS_FOR_MANDATE {
        return Err(Reason::LimitReached);
    }
    let identity = books
        .get::<Identity>(&state_key::identity(&payer))
        .ok_or(Reason::NotFound)?;
    let mut list = of(case.view, &imvu.id);
    // Late use may still concern those that ended a while ago.
    list.retain(|each| each.until.plus_ms(LATE_WINDOW_MS) > now);
    end_all(&mut list, now);
    list.push(Mandate {
        payer,
        generation: identity.generation,
        cap: amount(cap)?,
        from: now,
        until,
        spent: List::default(),
    });
    let list = List::new(list).map_err(|_| Reason::LimitReached)?;
    books.put(state_key::mandates(&imvu.id), &Mandates { list });
    Ok(Done::default())
}

fn end_all(mandates: &mut [Mandate], now: Time) {
    for mandate in mandates {
        mandate.until = mandate.until.min(now);
    }
}

/// The mandate that is in force now.
pub(crate) fn in_force(view: &dyn View, imvu: &ImvuId, now: Time) -> Option<Mandate> {
    of(view, imvu)
        .into_iter()
        .rev()
        .find(|each| each.until > now)
}

pub(crate) fn revoke(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    let mut list = of(case.view, &imvu.id);
    if in_force(case.view, &imvu.id, case.now.time).is_none() {
        return Err(Reason::NotFound);
    }
    end_all(&mut list, case.now.time);
    let list = List::new(list).map_err(|_| Reason::LimitReached)?;
    Books::open(case.view, case.now, writes).put(state_key::mandates(&imvu.id), &Mandates { list });
    Ok(Done::default())
}
