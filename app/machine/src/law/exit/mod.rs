//! Exits (law §7): announced, packed, confirmed, released and closed by the creator alone. Debt, containment, restriction,
//! governance and a host that says nothing stop none of its steps.

pub(crate) mod baseline;
pub(crate) mod lateness;
mod packing;
pub(crate) mod protection;

pub(crate) use packing::{archive, check_recorded_once, commit, confirm, is_packer};

use super::echo::{Done, Echo};
use super::effects::Effect;
use super::money::books::Books;
use super::{imvu as imvus, names, placement, snapshots};
use crate::case::Case;
use crate::view::{BlockContext, Layer, View, Writes, chain, read, write};
use alloc::vec::Vec;
use nexus_types::action::Action;
use nexus_types::exit::{Exit, ExitEntry, ExitEvent, ExitStage, Moment};
use nexus_types::host::Phase;
use nexus_types::snapshot::{SnapshotOccasion, SnapshotStatus};
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::{ActionKind, ImvuId, Reason, Time, state_key};

/// An IMVU's exit: the last one, if there were several.
pub(crate) fn of(view: &dyn View, imvu: &ImvuId) -> Option<Exit> {
    read(view, &state_key::exit(imvu))
}

pub(crate) fn save(exit: &Exit, writes: &mut Writes) {
    write(writes, state_key::exit(&exit.imvu), exit);
}

/// The exit the case is about.
fn existing(case: &Case<'_>) -> Result<Exit, Reason> {
    let imvu = imvus::existing(case)?;
    of(case.view, &imvu.id).ok_or(Reason::NoExit)
}

fn moment(case: &Case<'_>) -> Moment {
    Moment {
        height: case.now.height,
        at: case.law_time,
    }
}

/// Gate 13's judgement (law §3): an exit is its creator's alone, and while it is protected so is what the creator authored.
pub(crate) fn check(case: &Case<'_>) -> Result<(), Reason> {
    let Some(imvu) = &case.imvu else {
        return Ok(());
    };
    match case.action() {
        Action::BlockExit(_) => Err(Reason::ExitIsTheCreators),
        Action::AnnounceExit(_)
        | Action::CancelExit(_)
        | Action::ConfirmExport(_)
        | Action::ReleaseExit(_)
        | Action::CloseExit(_)
            if !case.by_owner() =>
        {
            Err(Reason::ExitIsTheCreators)
        }
        Action::PlatformSuspend { .. } if protection::holds(case.view, &imvu.id, case.law_time) => {
            Err(Reason::ExitProtected)
        }
        action
            if protection::changes_baseline(action.kind())
                && !protection::is_creators(case, imvu)
                && protection::holds(case.view, &imvu.id, case.law_time) =>
        {
            Err(Reason::ExitProtected)
        }
        _ => Ok(()),
    }
}

/// Gate 12's judgement of a release: what stands on the host stands in a snapshot and in an archive that the creator has, or
/// is known to be lost, or the creator accepts the loss.
pub(crate) fn check_release(case: &Case<'_>, accept_loss: bool) -> Result<(), Reason> {
    let Some(exit) = case.imvu.as_ref().and_then(|it| of(case.view, &it.id)) else {
        return Ok(());
    };
    if accept_loss || exit.host.is_none() {
        return Ok(());
    }
    let snapshot = exit.snapshot;
    let snapshot = snapshot.and_then(|number| snapshots::of(case.view, &exit.imvu, number));
    match snapshot.map(|snapshot| snapshot.status) {
        None | Some(SnapshotStatus::Requested) => Err(Reason::SnapshotMissing),
        Some(_) if exit.exported.is_none() => Err(Reason::NotExported),
        Some(_) => Ok(()),
    }
}

/// What begins nothing any longer: an IMVU that its creator has let go of.
pub(crate) fn refuses(case: &Case<'_>) -> Result<(), Reason> {
    let begins = matches!(
        case.action().kind(),
        ActionKind::ActivateImvu
            | ActionKind::MoveImvu
            | ActionKind::ClaimDomain
            | ActionKind::ClaimExternal
            | ActionKind::RedeemTransfer
            | ActionKind::GrantAddress
            | ActionKind::RestoreSnapshot
            | ActionKind::RequestSnapshot
    );
    if !begins {
        return Ok(());
    }
    let holder = crate::case::named_imvu(case.action());
    if holder.is_some_and(|imvu| is_released(case.view, imvu)) {
        Err(Reason::ExitReleased)
    } else {
        Ok(())
    }
}

/// Whether an IMVU's creator has let go of it.
pub(crate) fn is_released(view: &dyn View, imvu: &ImvuId) -> bool {
    of(view, imvu).is_some_and(|exit| exit.stage.is_released())
}

pub(crate) fn announce(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let imvu = imvus::existing(case)?;
    let delays = chain(case.view).delays;
    let last = of(case.view, &imvu.id);
    if let Some(last) = &last {
        if last.stage != ExitStage::Cancelled {
            return Err(Reason::ExitUnderway);
        }
        if case.law_time < last.announced.at.plus_ms(delays.exit_interval_ms) {
            return Err(Reason::ExitTooSoon);
        }
    }
    let placement = placement::of(case.view, &imvu.id);
    let host = placement.as_ref().map(|placement| placement.host.clone());
    let mut echoes = Vec::new();
    let mut snapshot = None;
    if let Some(placement) = placement.filter(|it| !matches!(it.phase, Phase::Stopping(_))) {
        let occasion = SnapshotOccasion::Exit;
        let (number, asked) = snapshots::ask(case, imvu.clone(), &placement, occasion, writes)?;
        snapshot = Some(number);
        echoes.push(asked);
    }
    let baseline = baseline::of(case.view, &imvu).hash();
    let number = last.map_or(0, |last| last.number).saturating_add(1);
    let exit = Exit {
        host: host.clone(),
        snapshot,
        ..Exit::new(
            imvu.id.clone(),
            number,
            moment(case),
            case.sequence,
            baseline,
        )
    };
    save(&exit, writes);
    let (due, item) = lateness::timer(&exit, delays.exit_overdue_ms);
    write(writes, state_key::timed(due.0, &item), &item);
    let event = ExitEvent::Announced {
        by: case.tx.body.signer,
        baseline,
        host,
        snapshot,
    };
    echoes.push(entry(case.now, Some(case.sequence), &exit, event));
    Ok(Done::echoing(echoes))
}

pub(crate) fn cancel(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let mut exit = existing(case)?;
    if !exit.stage.can_be_cancelled() {
        return Err(Reason::WrongState);
    }
    exit.stage = ExitStage::Cancelled;
    exit.cancelled = Some(moment(case));
    let echoes = go_on(case, exit, ExitEvent::Cancelled, writes)?;
    Ok(Done::echoing(echoes))
}

pub(crate) fn release(case: &Case<'_>, accept_loss: bool, writes: &mut Writes) -> Effect {
    let mut exit = existing(case)?;
    if !exit.stage.can_be_cancelled() {
        return Err(Reason::WrongState);
    }
    exit.stage = ExitStage::Released;
    exit.released = Some(moment(case));
    let (due, item) = closing(&exit, chain(case.view).delays.exit_after_ms);
    if let Some(due) = due {
        write(writes, state_key::timed(due.0, &item), &item);
    }
    let mut echoes = Vec::new();
    // What nobody will take any longer is lost, not waited for (law §7).
    if let Some(number) = exit.snapshot {
        echoes.extend(snapshots::give_up(case, &exit.imvu, number, writes));
    }
    echoes.extend(placement::let_go(case, &exit.imvu, accept_loss, writes)?);
    echoes.extend(go_on(case, exit, ExitEvent::Released, writes)?);
    Ok(Done::echoing(echoes))
}

/// The creator ends it before its time.
pub(crate) fn close(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let exit = existing(case)?;
    if exit.stage != ExitStage::Released {
        return Err(Reason::WrongState);
    }
    let (due, item) = closing(&exit, chain(case.view).delays.exit_after_ms);
    if let Some(due) = due {
        writes.insert(state_key::timed(due.0, &item), None);
    }
    let mut books = Books::open(case.view, case.now, writes);
    end(&mut books, exit, Some(case.sequence));
    Ok(Done::echoing(books.echoes))
}

/// Nobody closed it: the law does.
pub(crate) fn close_due(books: &mut Books<'_>, imvu: &ImvuId) {
    let exit = books.look(|view| of(view, imvu));
    if let Some(exit) = exit.filter(|exit| exit.stage == ExitStage::Released) {
        end(books, exit, None);
    }
}

/// When a released exit is closed by itself.
pub(crate) fn closing(exit: &Exit, after_ms: u64) -> (Option<Time>, TimedItem) {
    let due = exit.released.map(|released| released.at.plus_ms(after_ms));
    (due, TimedItem::CloseExit(exit.imvu.clone()))
}

fn end(books: &mut Books<'_>, mut exit: Exit, audit: Option<u64>) {
    exit.stage = ExitStage::Closed;
    exit.closed = Some(Moment {
        height: books.now.height,
        at: books.law_time,
    });
    let (now, imvu) = (books.now, exit.imvu.clone());
    // What its host never said that it stopped is not waited for.
    let left = books.with(|base, writes| placement::abandon(base, now, &imvu, writes));
    books.echoes.extend(left);
    let due = books.law_time.plus_ms(1);
    books.later(due, &TimedItem::FreeNames(imvu));
    books.put(state_key::exit(&exit.imvu), &exit);
    let told = entry(books.now, audit, &exit, ExitEvent::Closed);
    books.echoes.push(told);
}

/// Frees one name of an IMVU that is closed; the next is due at the next law time.
pub(crate) fn free_names(
    base: &dyn View,
    now: BlockContext,
    law_time: Time,
    imvu: &ImvuId,
    writes: &mut Writes,
) -> Vec<Echo> {
    let layer = Layer { base, writes };
    let names = names::of(&layer, imvu).names;
    let holder = read::<Imvu>(&layer, &state_key::imvu(imvu));
    let (Some(name), Some(holder)) = (names.first().cloned(), holder) else {
        return Vec::new();
    };
    let freed = names::free(base, names::Moment { now, law_time }, holder, &name, writes);
    // A book of mail only gets smaller.
    debug_assert!(freed.is_ok());
    if names.len() > 1 {
        let item = TimedItem::FreeNames(imvu.clone());
        let due = law_time.0.saturating_add(1);
        write(writes, state_key::timed(due, &item), &item);
    }
    protection::follow(base, (now, law_time), imvu, writes)
        .into_iter()
        .collect()
}

/// Keeps an exit that went a step further, ends a lateness that the step ends, renews a protection that had lapsed, and tells
/// of it.
fn go_on(
    case: &Case<'_>,
    mut exit: Exit,
    event: ExitEvent,
    writes: &mut Writes,
) -> Result<Vec<Echo>, Reason> {
    let mut books = Books::open(case.view, case.now, writes);
    let told = entry(case.now, Some(case.sequence), &exit, event);
    books.echoes.push(told);
    books.echoes.extend(protection::renew(case, &mut exit));
    lateness::end(&mut books, &mut exit, Some(case.sequence))?;
    books.put(state_key::exit(&exit.imvu), &exit);
    Ok(books.echoes)
}

pub(crate) fn entry(now: BlockContext, audit: Option<u64>, exit: &Exit, event: ExitEvent) -> Echo {
    Echo::Exit(ExitEntry {
        // Where the log ends, when it is appended.
        position: 0,
        audit,
        height: now.height,
        time: now.time,
        imvu: exit.imvu.clone(),
        number: exit.number,
        event,
    })
}
