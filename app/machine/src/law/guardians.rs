//! Guardians: loss and theft of a key (law §2). Their threshold may at once freeze what a thief would want, and after a
//! delay give the identity another key; the platform alone never reaches it.

use super::echo::{Done, Echo};
use super::effects::Effect;
use super::seats;
use crate::case::Case;
use crate::signatures::recovery_attester;
use crate::view::{Layer, View, Writes, chain, read, write};
use alloc::vec::Vec;
use nexus_types::action::Action;
use nexus_types::block::Event;
use nexus_types::guardian::{
    Guardianship, PendingGuardians, PendingRecovery, ProposeRecovery, RecoveryEnd, SetGuardians,
};
use nexus_types::limits::GUARDIAN_THRESHOLD_MIN;
use nexus_types::state::{Identity, IdentityStatus, Officers, TimedItem};
use nexus_types::{IdentityId, Reason, Time, state_key};

/// How an identity is guarded.
pub(crate) fn of(view: &dyn View, id: &IdentityId) -> Guardianship {
    read(view, &state_key::guardianship(id)).unwrap_or_default()
}

/// The identity that an action of guardians is about.
pub(crate) fn guarded(action: &Action) -> Option<&IdentityId> {
    match action {
        Action::FreezeIdentity(freeze) => Some(&freeze.identity),
        Action::ThawIdentity(thaw) => Some(&thaw.identity),
        Action::ProposeRecovery(recovery) => Some(&recovery.identity),
        Action::VetoPending(veto) => Some(&veto.identity),
        _ => None,
    }
}

/// Whether guardians of the identity signed, as many as act together, one of them at least from outside the platform.
pub(crate) fn have_signed(case: &Case<'_>, id: &IdentityId) -> Result<(), Reason> {
    let guardianship = of(case.view, id);
    let signed: Vec<&IdentityId> = guardianship
        .guardians
        .as_slice()
        .iter()
        .filter(|guardian| super::money::facts::has_signed(case, guardian))
        .collect();
    let enough = signed.len() >= usize::from(guardianship.threshold);
    let platform = Platform::of(case.view);
    if !signed.is_empty() && enough && signed.iter().any(|one| !platform.includes(one)) {
        Ok(())
    } else {
        Err(Reason::NotGuardians)
    }
}

/// Whether the identity's own key may call off what is pending: not while it is frozen.
pub(crate) fn holder_may_veto(case: &Case<'_>, id: &IdentityId) -> Result<(), Reason> {
    if case.tx.body.signer != *id {
        return Err(Reason::NotGuardians);
    }
    if of(case.view, id).is_frozen(case.law_time) {
        return Err(Reason::IdentityFrozen);
    }
    Ok(())
}

/// The people who count as the platform: its officers, and the operators of its seats.
struct Platform {
    officers: Option<Officers>,
    operators: Vec<IdentityId>,
}

impl Platform {
    fn of(view: &dyn View) -> Self {
        let seats = seats::all(view).into_iter().filter(|seat| seat.platform);
        Self {
            officers: read(view, &state_key::officers()),
            operators: seats.map(|seat| seat.operator).collect(),
        }
    }

    fn includes(&self, id: &IdentityId) -> bool {
        let officers = self.officers.as_ref();
        officers.is_some_and(|body| body.members.contains(id)) || self.operators.contains(id)
    }
}

/// Whether people can be guardians of an identity together.
fn check_choice(case: &Case<'_>, choice: &SetGuardians) -> Result<(), Reason> {
    let guardians = choice.guardians.as_slice();
    if guardians.is_empty() && choice.threshold == 0 {
        return Ok(());
    }
    let threshold = usize::from(choice.threshold);
    let others = guardians.iter().all(|id| *id != case.tx.body.signer);
    let fits = choice.threshold >= GUARDIAN_THRESHOLD_MIN && threshold <= guardians.len();
    let verified = guardians.iter().all(|id| {
        read::<Identity>(case.view, &state_key::identity(id))
            .is_some_and(|identity| identity.status == IdentityStatus::Active)
    });
    if !others || !fits || !verified {
        return Err(Reason::GuardiansUnfit);
    }
    let platform = Platform::of(case.view);
    let of_platform = guardians.iter().filter(|id| platform.includes(id)).count();
    if of_platform >= threshold {
        return Err(Reason::GuardiansOfPlatform);
    }
    Ok(())
}

pub(crate) fn set(case: &Case<'_>, choice: &SetGuardians, writes: &mut Writes) -> Effect {
    let id = case.tx.body.signer;
    let mut guardianship = of(case.view, &id);
    check_choice(case, choice)?;
    let same = guardianship.guardians == choice.guardians
        && guardianship.threshold == choice.threshold
        && guardianship.change.is_none();
    if same {
        return Err(Reason::NoChange);
    }
    if guardianship.guardians.as_slice().is_empty() {
        guardianship.guardians = choice.guardians.clone();
        guardianship.threshold = choice.threshold;
        save(&id, &guardianship, writes);
        return Ok(Done::echoing(alloc::vec![
            Event::GuardiansChanged(id).into()
        ]));
    }
    let due = after_delay(case);
    unschedule(&id, &guardianship, writes);
    guardianship.change = Some(PendingGuardians {
        guardians: choice.guardians.clone(),
        threshold: choice.threshold,
        due,
    });
    schedule(&id, &guardianship, writes);
    save(&id, &guardianship, writes);
    Ok(Done::default())
}

/// A freeze calls off other guardians: whoever chose them may have been the thief.
pub(crate) fn freeze(case: &Case<'_>, id: &IdentityId, writes: &mut Writes) -> Effect {
    let mut guardianship = of(case.view, id);
    if guardianship.is_frozen(case.law_time) {
        return Err(Reason::NoChange);
    }
    if guardianship.next_freeze > case.law_time {
        return Err(Reason::FrozenLately);
    }
    let delays = chain(case.view).delays;
    unschedule(id, &guardianship, writes);
    guardianship.change = None;
    guardianship.frozen_until = case.law_time.plus_ms(delays.freeze_ms);
    guardianship.next_freeze = rest_after(guardianship.frozen_until, delays.guardian_ms);
    schedule(id, &guardianship, writes);
    save(id, &guardianship, writes);
    let event = Event::IdentityFrozen {
        identity: *id,
        until: Some(guardianship.frozen_until),
    };
    Ok(Done::echoing(alloc::vec![event.into()]))
}

/// Between two freezes there is time enough to choose other guardians: the delay of the choice, twice.
fn rest_after(end: Time, guardian_ms: u64) -> Time {
    end.plus_ms(guardian_ms.saturating_mul(2))
}

pub(crate) fn thaw(case: &Case<'_>, id: &IdentityId, writes: &mut Writes) -> Effect {
    let mut guardianship = of(case.view, id);
    if !guardianship.is_frozen(case.law_time) {
        return Err(Reason::NoChange);
    }
    end_freeze(case.view, &mut guardianship, case.law_time);
    save(id, &guardianship, writes);
    let event = Event::IdentityFrozen {
        identity: *id,
        until: None,
    };
    Ok(Done::echoing(alloc::vec![event.into()]))
}

fn end_freeze(view: &dyn View, guardianship: &mut Guardianship, law_time: Time) {
    guardianship.frozen_until = guardianship.frozen_until.min(law_time);
    guardianship.next_freeze =
        rest_after(guardianship.frozen_until, chain(view).delays.guardian_ms);
}

pub(crate) fn propose(case: &Case<'_>, recovery: &ProposeRecovery, writes: &mut Writes) -> Effect {
    let id = recovery.identity;
    let identity = read::<Identity>(case.view, &state_key::identity(&id));
    let identity = identity.ok_or(Reason::NotFound)?;
    if identity.status == IdentityStatus::Revoked {
        return Err(Reason::WrongState);
    }
    if identity.key == recovery.new_key {
        return Err(Reason::NoChange);
    }
    let mut guardianship = of(case.view, &id);
    let generation = identity.generation.checked_add(1);
    let generation = generation.ok_or(Reason::LimitReached)?;
    let attested = recovery.attestation.as_ref().map(|attestation| {
        let body = &attestation.body;
        (body.attester, body.evidence)
    });
    let due = after_delay(case);
    unschedule(&id, &guardianship, writes);
    guardianship.recovery = Some(PendingRecovery {
        new_key: recovery.new_key,
        generation,
        opened: case.now.height,
        due,
        attested,
    });
    schedule(&id, &guardianship, writes);
    save(&id, &guardianship, writes);
    let event = Event::RecoveryPending { identity: id, due };
    Ok(Done::echoing(alloc::vec![event.into()]))
}

/// What gate 1 asks of a recovery beside its guardians' signatures: under a freeze an independent attester's word.
pub(crate) fn check_recovery(case: &Case<'_>, recovery: &ProposeRecovery) -> Result<(), Reason> {
    let guardianship = of(case.view, &recovery.identity);
    let Some(attestation) = &recovery.attestation else {
        return if guardianship.is_frozen(case.law_time) {
            Err(Reason::AttestationMissing)
        } else {
            Ok(())
        };
    };
    let body = &attestation.body;
    if body.identity != recovery.identity || body.new_key != recovery.new_key {
        return Err(Reason::AttestationVoid);
    }
    let attester = recovery_attester(case.view, attestation)
        .filter(|attester| attester.status == IdentityStatus::Active);
    if attester.is_none() {
        return Err(Reason::AttesterUnknown);
    }
    let guards = guardianship.guardians.contains(&body.attester);
    if guards || Platform::of(case.view).includes(&body.attester) {
        return Err(Reason::AttesterNotIndependent);
    }
    if body.expires < case.law_time {
        return Err(Reason::AttestationExpired);
    }
    Ok(())
}

pub(crate) fn veto(case: &Case<'_>, id: &IdentityId, writes: &mut Writes) -> Effect {
    let mut guardianship = of(case.view, id);
    if guardianship.change.is_none() && guardianship.recovery.is_none() {
        return Err(Reason::NotFound);
    }
    unschedule(id, &guardianship, writes);
    guardianship.change = None;
    let called_off = guardianship.recovery.take();
    save(id, &guardianship, writes);
    let event = called_off.map(|_| Echo::from(ended(id, RecoveryEnd::Vetoed)));
    Ok(Done::echoing(event.into_iter().collect()))
}

fn ended(id: &IdentityId, end: RecoveryEnd) -> Event {
    Event::RecoveryEnded { identity: *id, end }
}

/// What was pending and is due: other guardians, another key.
pub(crate) fn settle(
    base: &dyn View,
    id: &IdentityId,
    law_time: Time,
    writes: &mut Writes,
) -> Vec<Echo> {
    let mut guardianship = of(&Layer { base, writes }, id);
    let before = guardianship.clone();
    let mut echoes = Vec::new();
    if let Some(recovery) = guardianship.recovery.take_if(|one| one.due <= law_time) {
        let end = recover(base, id, &recovery, &mut guardianship, law_time, writes);
        echoes.push(ended(id, end).into());
    }
    if let Some(change) = guardianship.change.take_if(|one| one.due <= law_time) {
        guardianship.guardians = change.guardians;
        guardianship.threshold = change.threshold;
        echoes.push(Event::GuardiansChanged(*id).into());
    }
    if guardianship != before {
        save(id, &guardianship, writes);
    }
    echoes
}

/// A recovered identity is frozen no longer, and what its old key chose is void.
fn recover(
    base: &dyn View,
    id: &IdentityId,
    recovery: &PendingRecovery,
    guardianship: &mut Guardianship,
    law_time: Time,
    writes: &mut Writes,
) -> RecoveryEnd {
    let key = state_key::identity(id);
    let Some(mut identity) = read::<Identity>(&Layer { base, writes }, &key) else {
        return RecoveryEnd::Lapsed;
    };
    let next = identity.generation.checked_add(1);
    let stands = identity.status == IdentityStatus::Active && next == Some(recovery.generation);
    let attested = recovery.attested.is_some() || !guardianship.is_frozen(law_time);
    if !stands || !attested {
        return RecoveryEnd::Lapsed;
    }
    identity.key = recovery.new_key;
    identity.generation = recovery.generation;
    write(writes, key, &identity);
    if guardianship.is_frozen(law_time) {
        end_freeze(&Layer { base, writes }, guardianship, law_time);
    }
    unschedule(id, guardianship, writes);
    guardianship.change = None;
    RecoveryEnd::Recovered
}

fn after_delay(case: &Case<'_>) -> Time {
    case.law_time.plus_ms(chain(case.view).delays.guardian_ms)
}

fn save(id: &IdentityId, guardianship: &Guardianship, writes: &mut Writes) {
    write(writes, state_key::guardianship(id), guardianship);
}

/// When what is pending is due; both may be, at two times.
fn dues(guardianship: &Guardianship) -> impl Iterator<Item = Time> {
    let change = guardianship.change.as_ref().map(|one| one.due);
    let recovery = guardianship.recovery.as_ref().map(|one| one.due);
    change.into_iter().chain(recovery)
}

fn schedule(id: &IdentityId, guardianship: &Guardianship, writes: &mut Writes) {
    let item = TimedItem::SettleGuardianship(*id);
    for due in dues(guardianship) {
        write(writes, state_key::timed(due.0, &item), &item);
    }
}

fn unschedule(id: &IdentityId, guardianship: &Guardianship, writes: &mut Writes) {
    let item = TimedItem::SettleGuardianship(*id);
    for due in dues(guardianship) {
        writes.insert(state_key::timed(due.0, &item), None);
    }
}
