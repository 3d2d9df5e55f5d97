//! Standing consents (law §4): a type of their own, given by the owner, revoked with notice, never hidden in another action.

use super::books::Books;
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect, imvu};
use crate::view::{View, Writes, read};
use nexus_types::encoding::Set;
use nexus_types::payment::{StandingConsent, StandingConsents};
use nexus_types::{ImvuId, Reason, Time, state_key};

/// Whether a consent is in force.
pub(crate) fn holds(books: &Books<'_>, id: &ImvuId, consent: StandingConsent) -> bool {
    let consents = books.get::<StandingConsents>(&state_key::standing_consents(id));
    consents.is_some_and(|consents| is_given(&consents, consent, books.law_time))
}

/// Whether a consent is in force at a law time.
pub(crate) fn in_force(
    view: &dyn View,
    id: &ImvuId,
    consent: StandingConsent,
    law_time: Time,
) -> bool {
    let consents = read::<StandingConsents>(view, &state_key::standing_consents(id));
    consents.is_some_and(|consents| is_given(&consents, consent, law_time))
}

fn is_given(consents: &StandingConsents, consent: StandingConsent, law_time: Time) -> bool {
    let mut ending = consents.ending.iter();
    let ended = ending.any(|(each, end)| *each == consent && *end <= law_time);
    consents.given.contains(&consent) && !ended
}

pub(crate) fn set(
    case: &Case<'_>,
    consent: StandingConsent,
    given: bool,
    writes: &mut Writes,
) -> Effect {
    let imvu = imvu::existing(case)?;
    let mut books = Books::open(case.view, case.now, writes);
    let key = state_key::standing_consents(&imvu.id);
    let mut consents = books.get::<StandingConsents>(&key).unwrap_or_default();
    let before = consents.clone();
    if given {
        let mut all = consents.given.as_slice().to_vec();
        all.push(consent);
        consents.given = Set::new(all).map_err(|_| Reason::LimitReached)?;
        consents.ending.retain(|(each, _)| *each != consent);
    } else {
        let mut ending = consents.ending.iter();
        if !consents.given.contains(&consent) || ending.any(|(each, _)| *each == consent) {
            return Err(Reason::NoChange);
        }
        let end = books.law_time.plus_ms(books.delays().consent_notice_ms);
        consents.ending.push((consent, end));
    }
    if consents == before {
        return Err(Reason::NoChange);
    }
    books.put(key, &consents);
    Ok(Done::default())
}
