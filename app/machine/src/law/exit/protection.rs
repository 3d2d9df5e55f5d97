//! Non-retaliation (law §7): what the creator authored stays as the creator left it, by effect, whatever the door.

use super::{baseline, entry, of, save};
use crate::case::Case;
use crate::law::echo::Echo;
use crate::law::{approval, mail::dkim};
use crate::view::{BlockContext, Layer, View, Writes, chain, read};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use nexus_types::action::Action;
use nexus_types::domain::DelegationRecord;
use nexus_types::exit::{Deviation, Exit, ExitEvent};
use nexus_types::mail::MailRouteRecord;
use nexus_types::state::{Imvu, Zone};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{ActionKind, ImvuId, Reason, Time, decode};

fn is_on(view: &dyn View, exit: &Exit, law_time: Time) -> bool {
    let until = exit.protected_until(&chain(view).delays);
    until.is_some_and(|until| law_time < until)
}

/// Whether nobody but its creator changes what an IMVU's creator authored.
pub(crate) fn holds(view: &dyn View, imvu: &ImvuId, law_time: Time) -> bool {
    of(view, imvu).is_some_and(|exit| is_on(view, &exit, law_time))
}

/// The actions that can change what a baseline covers, and that others than the creator can send.
pub(crate) fn changes_baseline(kind: ActionKind) -> bool {
    matches!(
        kind,
        ActionKind::ChangeQuota
            | ActionKind::ChangeRoute
            | ActionKind::ChangePathPolicy
            | ActionKind::ChangeMailRoute
            | ActionKind::ReleaseDomain
            | ActionKind::SetRecords
            | ActionKind::RemoveRecords
            | ActionKind::RegisterDkimKey
            | ActionKind::RevokeDkimKey
    )
}

/// Whether a decision on an IMVU is its creator's: signed by it, by whom it lets act in its stead, with its approval of
/// exactly this, or under a consent that it gave before.
pub(crate) fn is_creators(case: &Case<'_>, imvu: &Imvu) -> bool {
    match case.action() {
        // Its code has signed for whom the name goes, or it has asked for the name itself.
        Action::RedeemTransfer(asked) => {
            return asked.imvu != imvu.id || imvu.owner == case.tx.body.signer;
        }
        // What was seen is the challenge of a claim of its own.
        Action::ObserveName(asked) => return asked.imvu == imvu.id,
        _ => {}
    }
    if case.imvu.as_ref().is_none_or(|it| it.id != imvu.id) {
        return false;
    }
    if case.acts_for_owner() {
        return true;
    }
    match case.action() {
        Action::RegisterDkimKey(_) | Action::RevokeDkimKey(_) => dkim::check_signer(case).is_ok(),
        _ => case
            .change()
            .is_some_and(|change| approval::find(case, &change).is_ok()),
    }
}

/// The IMVUs of whose baselines something was written.
fn touched(base: &dyn View, writes: &Writes) -> BTreeSet<ImvuId> {
    let mut touched = BTreeSet::new();
    for (key, after) in writes {
        match key.kind() {
            Some(KeyKind::Imvu) => {
                let after = after
                    .as_deref()
                    .and_then(|bytes| decode::<Imvu>(bytes).ok());
                let before = read::<Imvu>(base, key);
                if let (Some(before), Some(after)) = (before, after)
                    && before.quota != after.quota
                {
                    touched.insert(after.id);
                }
            }
            Some(KeyKind::PathPolicy | KeyKind::ImvuNames) => {
                let text = core::str::from_utf8(key.id()).ok();
                touched.extend(text.and_then(|text| ImvuId::new(text).ok()));
            }
            Some(KeyKind::Route) => {
                touched.extend(baseline::route_of(key).map(|(imvu, _)| imvu));
            }
            Some(KeyKind::Zone) => {
                touched.extend(owners(base, key, after, |zone: Zone| zone.imvu));
            }
            Some(KeyKind::Delegation) => {
                let owned = owners(base, key, after, |it: DelegationRecord| it.imvu);
                touched.extend(owned.flatten());
            }
            Some(KeyKind::MailRoute) => {
                touched.extend(owners(base, key, after, |it: MailRouteRecord| it.imvu));
            }
            _ => {}
        }
    }
    touched
}

/// Whose an object was, and whose it is.
fn owners<T: borsh::BorshDeserialize + borsh::BorshSerialize, I>(
    base: &dyn View,
    key: &StateKey,
    after: &Option<Vec<u8>>,
    owner: impl Fn(T) -> I,
) -> impl Iterator<Item = I> {
    let after = after.as_deref().and_then(|bytes| decode::<T>(bytes).ok());
    let before = read::<T>(base, key);
    [before.map(&owner), after.map(&owner)]
        .into_iter()
        .flatten()
}

/// Looks at what a decision changed, whatever its gates said: the creator's own change is the baseline from now on, another's
/// never comes to be.
///
/// # Errors
/// [`Reason::ExitProtected`] if what a creator who leaves has authored would change, and not by the creator.
pub(crate) fn settle(case: &Case<'_>, writes: &mut Writes) -> Result<Vec<Echo>, Reason> {
    let mut echoes = Vec::new();
    for id in touched(case.view, writes) {
        let layer = Layer {
            base: case.view,
            writes,
        };
        let (Some(mut exit), Some(imvu)) = (
            of(&layer, &id).filter(|exit| is_on(&layer, exit, case.law_time)),
            read::<Imvu>(&layer, &state_key::imvu(&id)),
        ) else {
            continue;
        };
        let after = baseline::of(&layer, &imvu).hash();
        if after == exit.baseline {
            continue;
        }
        if !is_creators(case, &imvu) {
            return Err(Reason::ExitProtected);
        }
        exit.baseline = after;
        exit.set_at = case.now.height;
        exit.changes = exit.changes.saturating_add(1);
        save(&exit, writes);
        let event = ExitEvent::BaselineSet { baseline: after };
        echoes.push(entry(case.now, Some(case.sequence), &exit, event));
    }
    Ok(echoes)
}

/// A step of the creator's that brings protection back after it had lapsed: of what stands now, since others may have changed
/// it in between.
pub(super) fn renew(case: &Case<'_>, exit: &mut Exit) -> Option<Echo> {
    let imvu = case.imvu.as_ref()?;
    let lapsed = !holds(case.view, &exit.imvu, case.law_time);
    if !lapsed || !is_on(case.view, exit, case.law_time) {
        return None;
    }
    let baseline = baseline::of(case.view, imvu).hash();
    exit.baseline = baseline;
    exit.set_at = case.now.height;
    exit.changes = exit.changes.saturating_add(1);
    let event = ExitEvent::BaselineSet { baseline };
    Some(entry(case.now, Some(case.sequence), exit, event))
}

/// What fell due changed what an IMVU's creator authored: its own exit's end, or what nobody on this network decides. The
/// second is a deviation, and stays on record as one.
pub(crate) fn follow(
    base: &dyn View,
    (now, law_time): (BlockContext, Time),
    id: &ImvuId,
    writes: &mut Writes,
) -> Option<Echo> {
    let layer = Layer { base, writes };
    let mut exit = of(&layer, id).filter(|exit| is_on(&layer, exit, law_time))?;
    let imvu = read::<Imvu>(&layer, &state_key::imvu(id))?;
    let after = baseline::of(&layer, &imvu).hash();
    if after == exit.baseline {
        return None;
    }
    exit.baseline = after;
    let event = if exit.closed.is_some() {
        exit.set_at = now.height;
        exit.changes = exit.changes.saturating_add(1);
        ExitEvent::BaselineSet { baseline: after }
    } else {
        exit.last_deviation = Some(Deviation {
            height: now.height,
            audit: None,
        });
        ExitEvent::Deviated { baseline: after }
    };
    save(&exit, writes);
    Some(entry(now, None, &exit, event))
}
