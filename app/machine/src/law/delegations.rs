//! Names that are served elsewhere (law §8): a delegation in the place of a zone. It is the owner's alone, and stands on when
//! the name is free, until somebody else holds it.

use super::echo::Done;
use super::effects::Effect;
use super::imvu::{existing, own_keys, save};
use super::names::{KEYS_PER_ZONE, Moment, below, new_zone, take_mail, take_zone};
use crate::case::Case;
use crate::law::external;
use crate::view::{View, Writes, read, write};
use nexus_types::domain::{DelegateName, DelegationRecord};
use nexus_types::{Name, Reason, state_key};

/// Where a name is served, if not here.
pub(crate) fn of(view: &dyn View, name: &Name) -> Option<DelegationRecord> {
    read(view, &state_key::delegation(name))
}

/// Gate 4: who delegates a name keeps what is below it whole.
pub(crate) fn check(view: &dyn View, asked: &DelegateName) -> Result<(), Reason> {
    let Some(delegation) = &asked.delegation else {
        return Ok(());
    };
    if !delegation.is_sound(&asked.name) {
        return Err(Reason::DelegationUnfit);
    }
    if external::is_one(view, &asked.name) {
        return Err(Reason::NameExternal);
    }
    if below(view, &asked.name) > 0 {
        return Err(Reason::NamesBelow);
    }
    Ok(())
}

pub(crate) fn set(case: &Case<'_>, asked: &DelegateName, writes: &mut Writes) -> Effect {
    let (name, known) = (&asked.name, of(case.view, &asked.name));
    let mut imvu = existing(case)?;
    match (&asked.delegation, known) {
        (None, None) => return Err(Reason::NoChange),
        (Some(wanted), Some(known)) if known.delegation == *wanted => {
            return Err(Reason::NoChange);
        }
        (None, Some(_)) => {
            imvu.state_keys = imvu.state_keys.saturating_sub(1);
            own_keys(&mut imvu, KEYS_PER_ZONE)?;
            writes.insert(state_key::delegation(name), None);
            new_zone(name, &imvu.id, Moment::of(case), writes);
        }
        (Some(wanted), known) => {
            if known.is_none() {
                take_zone(case.view, name, &mut imvu, writes);
                // Its keys for mail were published in that zone.
                imvu = take_mail(case.view, name, imvu, writes)?;
                own_keys(&mut imvu, 1)?;
            }
            let record = DelegationRecord {
                name: name.clone(),
                imvu: Some(imvu.id.clone()),
                delegation: wanted.clone(),
                since: case.now.height,
            };
            write(writes, state_key::delegation(name), &record);
        }
    }
    save(&imvu, writes);
    Ok(Done::default())
}
