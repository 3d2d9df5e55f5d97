//! What no vote can bring about (law §9): judged when a change is proposed, and again when it takes effect.

use super::{power, upgrade};
use crate::law::money::containment;
use crate::law::seats;
use crate::view::{View, chain, clock, exists, read};
use alloc::vec::Vec;
use nexus_types::governance::{DeniedName, GovernanceChange as Change, Observers};
use nexus_types::ids::SeatName;
use nexus_types::limits::{
    ATTESTERS, CONTAINMENT_EXTENSION_MS, JURISDICTIONS, OBSERVERS, OFFICERS,
    OFFICERS_THRESHOLD_LEAST, SEATS, SEATS_LEAST,
};
use nexus_types::payment::Enforcement;
use nexus_types::state::{Attesters, Identity, IdentityStatus, Jurisdictions, Officers, Seat};
use nexus_types::{Height, IdentityId, ImvuId, KeyBytes, Reason, state_key};

type Ruling = Result<(), Reason>;

/// Whether the law allows a change, on this state.
pub(super) fn check(view: &dyn View, now: Height, change: &Change) -> Ruling {
    match change {
        Change::AdmitOfficer { officer } => admit_officer(view, officer),
        Change::RemoveOfficer { officer } => remove_officer(view, officer),
        Change::SetOfficersThreshold { threshold } => set_threshold(view, *threshold),
        Change::AdmitAttester { attester } => admit_attester(view, attester),
        Change::RemoveAttester { attester } => remove_attester(view, attester),
        Change::AdmitObserver {
            observer,
            name,
            platform,
        } => admit_observer(view, observer, name, *platform),
        Change::RemoveObserver { observer } => remove_observer(view, observer),
        Change::AddValidator {
            name,
            key,
            platform,
            operator,
            ..
        } => add_validator(view, name, key, *platform, operator),
        Change::RemoveValidator { seat } => remove_validator(view, seat),
        Change::RotateValidator { seat, new_key, .. } => rotate_validator(view, seat, new_key),
        Change::AddJurisdiction { tag } => {
            let list = jurisdictions(view);
            unless(list.tags.contains(tag), Reason::AlreadyExists)?;
            unless(
                list.tags.as_slice().len() >= JURISDICTIONS,
                Reason::LimitReached,
            )
        }
        Change::RemoveJurisdiction { tag } => {
            let list = jurisdictions(view);
            unless(!list.tags.contains(tag), Reason::NotFound)?;
            unless(list.tags.as_slice().len() < 2, Reason::LastOfRegister)
        }
        Change::DenyName { name, below } => {
            let known = read::<DeniedName>(view, &state_key::denied_name(name));
            unless(
                known.is_some_and(|one| one.below == *below),
                Reason::NoChange,
            )
        }
        Change::AllowName { name } => unless(
            !exists(view, &state_key::denied_name(name)),
            Reason::NotFound,
        ),
        Change::ExtendContainment { imvu, span_ms } => extend_containment(view, imvu, *span_ms),
        Change::LiftRestriction { imvu } => lift_restriction(view, imvu),
        Change::Upgrade {
            height,
            app_version,
            ..
        } => upgrade::check(view, now, *height, *app_version),
        Change::CancelUpgrade => unless(upgrade::planned(view).is_none(), Reason::NotFound),
    }
}

fn unless(fault: bool, reason: Reason) -> Ruling {
    if fault { Err(reason) } else { Ok(()) }
}

fn active(view: &dyn View, id: &IdentityId) -> Ruling {
    match read::<Identity>(view, &state_key::identity(id)) {
        None => Err(Reason::NotVerified),
        Some(identity) if identity.status != IdentityStatus::Active => Err(Reason::IdentityRevoked),
        Some(_) => Ok(()),
    }
}

pub(super) fn officers(view: &dyn View) -> Officers {
    read(view, &state_key::officers()).unwrap_or(Officers {
        members: Default::default(),
        threshold: u8::MAX,
    })
}

pub(super) fn attesters(view: &dyn View) -> Attesters {
    read(view, &state_key::attesters()).unwrap_or(Attesters {
        members: Default::default(),
    })
}

pub(super) fn jurisdictions(view: &dyn View) -> Jurisdictions {
    read(view, &state_key::jurisdictions()).unwrap_or(Jurisdictions {
        tags: Default::default(),
    })
}

pub(super) fn observers(view: &dyn View) -> Observers {
    read(view, &state_key::observers()).unwrap_or_default()
}

fn admit_officer(view: &dyn View, id: &IdentityId) -> Ruling {
    active(view, id)?;
    let body = officers(view);
    unless(body.members.contains(id), Reason::AlreadyExists)?;
    unless(seats::is_operator(view, id), Reason::RolesApart)?;
    unless(
        body.members.as_slice().len() >= OFFICERS,
        Reason::LimitReached,
    )
}

fn remove_officer(view: &dyn View, id: &IdentityId) -> Ruling {
    let body = officers(view);
    unless(!body.members.contains(id), Reason::NotFound)?;
    let left = body.members.as_slice().len().saturating_sub(1);
    unless(
        usize::from(body.threshold) > left,
        Reason::OfficersThreshold,
    )
}

fn set_threshold(view: &dyn View, threshold: u8) -> Ruling {
    let body = officers(view);
    let fits = threshold >= OFFICERS_THRESHOLD_LEAST
        && usize::from(threshold) <= body.members.as_slice().len();
    unless(!fits, Reason::OfficersThreshold)?;
    unless(threshold == body.threshold, Reason::NoChange)
}

fn admit_attester(view: &dyn View, id: &IdentityId) -> Ruling {
    active(view, id)?;
    let body = attesters(view);
    unless(body.members.contains(id), Reason::AlreadyExists)?;
    unless(seats::is_operator(view, id), Reason::RolesApart)?;
    unless(
        body.members.as_slice().len() >= ATTESTERS,
        Reason::LimitReached,
    )
}

/// Without an attester nobody could register any longer.
fn remove_attester(view: &dyn View, id: &IdentityId) -> Ruling {
    let body = attesters(view);
    unless(!body.members.contains(id), Reason::NotFound)?;
    unless(body.members.as_slice().len() < 2, Reason::LastOfRegister)
}

fn admit_observer(view: &dyn View, id: &IdentityId, name: &SeatName, platform: bool) -> Ruling {
    active(view, id)?;
    let known = observers(view);
    let mut all = known.members.as_slice().iter();
    let taken = all.any(|one| one.identity == *id || one.name == *name);
    unless(taken, Reason::AlreadyExists)?;
    let count = known.members.as_slice().len();
    unless(count >= OBSERVERS, Reason::LimitReached)?;
    let platforms =
        observers_of_platform(&known).saturating_add(usize::from(is_platforms(view, id, platform)));
    let third = is_third(platforms, count.saturating_add(1));
    unless(
        is_platforms(view, id, platform) && third,
        Reason::PlatformThird,
    )
}

fn remove_observer(view: &dyn View, id: &IdentityId) -> Ruling {
    let known = observers(view);
    let mut all = known.members.as_slice().iter();
    let leaving = all
        .find(|one| one.identity == *id)
        .ok_or(Reason::NotFound)?;
    let left = known.members.as_slice().len().saturating_sub(1);
    let third = is_third(observers_of_platform(&known), left);
    unless(!leaving.platform && third, Reason::PlatformThird)
}

/// Whatever an organisation says of itself: where it has a seat, that says whose it is.
pub(super) fn is_platforms(view: &dyn View, id: &IdentityId, claimed: bool) -> bool {
    let all = seats::all(view);
    let seat = all.iter().find(|seat| seat.operator == *id);
    claimed || seat.is_some_and(|seat| seat.platform)
}

fn observers_of_platform(observers: &Observers) -> usize {
    let all = observers.members.as_slice().iter();
    all.filter(|one| one.platform).count()
}

/// Whether a part is a third of the whole, or more; nothing is no third of nothing.
fn is_third(part: usize, whole: usize) -> bool {
    part > 0 && part.saturating_mul(3) >= whole
}

fn add_validator(
    view: &dyn View,
    name: &SeatName,
    key: &KeyBytes,
    platform: bool,
    operator: &IdentityId,
) -> Ruling {
    active(view, operator)?;
    let before = seats::all(view);
    unless(name.as_str().is_empty(), Reason::SeatTaken)?;
    let taken = before
        .iter()
        .any(|seat| seat.name == *name || seat.key == *key || seat.operator == *operator);
    unless(taken, Reason::SeatTaken)?;
    consensus_alone(view, key)?;
    let speaks =
        officers(view).members.contains(operator) || attesters(view).members.contains(operator);
    unless(speaks, Reason::RolesApart)?;
    unless(before.len() >= SEATS, Reason::LimitReached)?;
    let mut after = before.clone();
    after.push(Seat {
        name: name.clone(),
        key: *key,
        power: power::of_one_seat(&before),
        platform,
        operator: *operator,
    });
    shares(view, &before, &after)
}

fn remove_validator(view: &dyn View, key: &KeyBytes) -> Ruling {
    let before = seats::all(view);
    let mut after = before.clone();
    after.retain(|seat| seat.key != *key);
    unless(before.len() == after.len(), Reason::NotFound)?;
    shares(view, &before, &after)
}

fn rotate_validator(view: &dyn View, key: &KeyBytes, new_key: &KeyBytes) -> Ruling {
    let before = seats::all(view);
    let mut after = before.clone();
    let equal = power::of_one_seat(&before);
    let rotated = after.iter_mut().find(|seat| seat.key == *key);
    rotated.ok_or(Reason::NotFound)?.power = equal;
    unless(key == new_key, Reason::NoChange)?;
    unless(
        before.iter().any(|seat| seat.key == *new_key),
        Reason::SeatTaken,
    )?;
    consensus_alone(view, new_key)?;
    shares(view, &before, &after)
}

/// A validator's key lies on a server: it is no person's and no meter's.
fn consensus_alone(view: &dyn View, key: &KeyBytes) -> Ruling {
    let used = exists(view, &state_key::identity(&IdentityId::from_key(key)))
        || exists(view, &state_key::meter_key(key));
    unless(used, Reason::RolesApart)
}

/// No change takes the platform to a third of the seats that vote, or leaves fewer of them than the network needs. What
/// evidence has brought about already, a change may leave as it is or better.
fn shares(view: &dyn View, before: &[Seat], after: &[Seat]) -> Ruling {
    let (platform_before, all_before) = voting(before);
    let (platform, all) = voting(after);
    let rises = platform.saturating_mul(all_before) > platform_before.saturating_mul(all);
    let third = is_third(platform, all) && (rises || platform > platform_before);
    unless(third, Reason::PlatformThird)?;
    let least = if chain(view).development {
        1
    } else {
        SEATS_LEAST
    };
    unless(all < least && all < all_before, Reason::TooFewSeats)
}

/// The platform's seats with power, and all of them.
fn voting(seats: &[Seat]) -> (usize, usize) {
    let voting: Vec<&Seat> = seats.iter().filter(|seat| seat.power > 0).collect();
    let platform = voting.iter().filter(|seat| seat.platform).count();
    (platform, voting.len())
}

/// A vote goes on with what operators have begun on evidence; it contains nobody by itself.
fn extend_containment(view: &dyn View, imvu: &ImvuId, span_ms: u64) -> Ruling {
    unless(!exists(view, &state_key::imvu(imvu)), Reason::NotFound)?;
    unless(span_ms == 0, Reason::AmountZero)?;
    unless(
        span_ms > CONTAINMENT_EXTENSION_MS,
        Reason::ContainmentTooLong,
    )?;
    let last = containment::last(view, imvu, clock(view).law_time);
    unless(last.is_none(), Reason::WrongState)
}

fn lift_restriction(view: &dyn View, imvu: &ImvuId) -> Ruling {
    unless(!exists(view, &state_key::imvu(imvu)), Reason::NotFound)?;
    let held = read::<Enforcement>(view, &state_key::enforcement(imvu)).unwrap_or_default();
    unless(held.restrictions.as_slice().is_empty(), Reason::WrongState)
}
