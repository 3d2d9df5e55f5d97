//! What a change writes when it takes effect; the rules have been asked.

use super::{former, power, restriction, rules};
use crate::law::money::books::Books;
use crate::law::money::containment;
use crate::law::seats;
use alloc::vec::Vec;
use nexus_types::encoding::{List, Set};
use nexus_types::governance::{
    DeniedName, GovernanceChange as Change, GovernanceProposal, Observer, Observers, UpgradePlan,
};
use nexus_types::state::{Attesters, Jurisdictions, Officers, Seat};
use nexus_types::{KeyBytes, Reason, state_key};

/// Makes the change so.
pub(super) fn apply(books: &mut Books<'_>, proposal: &GovernanceProposal) -> Result<(), Reason> {
    match &proposal.change {
        Change::AdmitOfficer { officer } => {
            let body = books.look(rules::officers);
            let members = with(&body.members, officer)?;
            books.put(state_key::officers(), &Officers { members, ..body });
        }
        Change::RemoveOfficer { officer } => {
            let body = books.look(rules::officers);
            let members = without(&body.members, officer)?;
            books.put(state_key::officers(), &Officers { members, ..body });
        }
        Change::SetOfficersThreshold { threshold } => {
            let body = books.look(rules::officers);
            let threshold = *threshold;
            books.put(state_key::officers(), &Officers { threshold, ..body });
        }
        Change::AdmitAttester { attester } => {
            let members = with(&books.look(rules::attesters).members, attester)?;
            books.put(state_key::attesters(), &Attesters { members });
        }
        Change::RemoveAttester { attester } => {
            let members = without(&books.look(rules::attesters).members, attester)?;
            books.put(state_key::attesters(), &Attesters { members });
        }
        Change::AdmitObserver {
            observer,
            name,
            platform,
        } => {
            let platform = books.look(|view| rules::is_platforms(view, observer, *platform));
            let admitted = Observer {
                identity: *observer,
                name: name.clone(),
                platform,
            };
            observers(books, |all| all.push(admitted))?;
        }
        Change::RemoveObserver { observer } => {
            observers(books, |all| all.retain(|one| one.identity != *observer))?;
        }
        Change::AddValidator { .. }
        | Change::RemoveValidator { .. }
        | Change::RotateValidator { .. } => {
            power::count(books, &proposal.change);
            change_seat(books, &proposal.change);
        }
        Change::AddJurisdiction { tag } => {
            let tags = with(&books.look(rules::jurisdictions).tags, tag)?;
            books.put(state_key::jurisdictions(), &Jurisdictions { tags });
        }
        Change::RemoveJurisdiction { tag } => {
            let tags = without(&books.look(rules::jurisdictions).tags, tag)?;
            books.put(state_key::jurisdictions(), &Jurisdictions { tags });
        }
        Change::DenyName { name, below } => {
            let denied = DeniedName {
                name: name.clone(),
                below: *below,
                since: books.now.height,
            };
            books.put(state_key::denied_name(name), &denied);
        }
        Change::AllowName { name } => books.remove(state_key::denied_name(name)),
        Change::ExtendContainment { imvu, span_ms } => {
            containment::extend(books, imvu, *span_ms, proposal.audit)?;
        }
        Change::LiftRestriction { imvu } => restriction::lift(books, imvu)?,
        Change::Upgrade {
            height,
            app_version,
            sha256,
        } => {
            let plan = UpgradePlan {
                height: *height,
                app_version: *app_version,
                sha256: *sha256,
                proposal: proposal.id,
            };
            books.put(state_key::upgrade_plan(), &plan);
        }
        Change::CancelUpgrade => books.remove(state_key::upgrade_plan()),
    }
    Ok(())
}

fn with<T: Ord + Clone, const MAX: usize>(
    set: &Set<T, MAX>,
    one: &T,
) -> Result<Set<T, MAX>, Reason> {
    let mut all = set.as_slice().to_vec();
    all.push(one.clone());
    Set::new(all).map_err(|_| Reason::LimitReached)
}

fn without<T: Ord + Clone, const MAX: usize>(
    set: &Set<T, MAX>,
    one: &T,
) -> Result<Set<T, MAX>, Reason> {
    let mut all = set.as_slice().to_vec();
    all.retain(|each| each != one);
    Set::new(all).map_err(|_| Reason::LimitReached)
}

fn observers(books: &mut Books<'_>, change: impl FnOnce(&mut Vec<Observer>)) -> Result<(), Reason> {
    let mut all = books.look(rules::observers).members.into_vec();
    change(&mut all);
    let members = List::new(all).map_err(|_| Reason::LimitReached)?;
    books.put(state_key::observers(), &Observers { members });
    Ok(())
}

fn change_seat(books: &mut Books<'_>, change: &Change) {
    let all = books.look(seats::all);
    let equal = power::of_one_seat(&all);
    let of = |key: &KeyBytes| all.iter().find(|seat| seat.key == *key).cloned();
    match change {
        Change::AddValidator {
            name,
            key,
            platform,
            operator,
            ..
        } => {
            let seat = Seat {
                name: name.clone(),
                key: *key,
                power: equal,
                platform: *platform,
                operator: *operator,
            };
            former::forget(books, key);
            books.put(state_key::seat(key), &seat);
        }
        Change::RemoveValidator { seat } => {
            if let Some(removed) = of(seat) {
                books.remove(state_key::seat(seat));
                former::remember(books, &removed);
            }
        }
        Change::RotateValidator { seat, new_key, .. } => {
            if let Some(rotated) = of(seat) {
                books.remove(state_key::seat(seat));
                former::remember(books, &rotated);
                former::forget(books, new_key);
                let rotated = Seat {
                    key: *new_key,
                    power: equal,
                    ..rotated
                };
                books.put(state_key::seat(new_key), &rotated);
            }
        }
        _ => {}
    }
}
