//! Exits: each as far as it says, watched while it can be late, and its baseline what stands.

use super::{Fault, Ledger, fault, id, stands_under};
use crate::law::exit::{self as law, baseline, lateness};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use nexus_types::billing::Periods;
use nexus_types::exit::{Exit, ExitStage as Stage, PeriodRoots};
use nexus_types::host::{Phase, Placement};
use nexus_types::money::{Account, AccountId};
use nexus_types::state::{ChainRecord, Collection, DelayProfile, Imvu, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Grains, ImvuId, Time};

pub(super) fn stages(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let now = ledger.clock()?.height;
    let delays = ledger.one::<ChainRecord>(&state_key::chain())?.delays;
    let mut freeing = BTreeSet::new();
    ledger.each::<TimedItem>(KeyKind::Timed, |_, item| {
        if let TimedItem::FreeNames(imvu) = item {
            freeing.insert(imvu);
        }
        Ok(())
    })?;
    ledger.each::<Exit>(KeyKind::Exit, |key, it| {
        stands_under(key, &state_key::exit(&it.imvu))?;
        if !ledger.exists(&state_key::imvu(&it.imvu)) {
            return fault(key, format_args!("there is no {}", it.imvu));
        }
        let is_as_it_says = match it.stage {
            Stage::Announced => it.inventory.is_none() && it.exported.is_none(),
            Stage::Exporting => it.inventory.is_some() && it.exported.is_none(),
            Stage::Exported => it.exported.is_some(),
            Stage::Released | Stage::Closed | Stage::Cancelled => true,
        };
        let ends = it.released.is_some() == it.stage.is_released()
            && it.closed.is_some() == (it.stage == Stage::Closed)
            && it.cancelled.is_some() == (it.stage == Stage::Cancelled);
        let packed = it.archive.is_none() || it.inventory.is_some();
        let before = [it.exported, it.released, it.closed, it.cancelled];
        let before = before.into_iter().flatten();
        let in_order = before
            .map(|moment| moment.height)
            .try_fold(it.announced.height, |last, next| {
                (last <= next).then_some(next)
            });
        let in_order = in_order.is_some_and(|last| last <= now) && it.set_at <= now;
        if !(is_as_it_says && ends && packed && in_order && it.number > 0) {
            return fault(key, format_args!("it is {}: {it:?}", it.stage));
        }
        if it.is_held_back() && !it.stage.awaits_export() {
            return fault(key, "it is overdue, and not to be exported any longer");
        }
        stopped(ledger, key, &it)?;
        timers(ledger, (key, &it), &delays, &freeing)
    })?;
    ledger.each::<Account>(KeyKind::Account, |key, account| {
        let AccountId::ExitEscrow(imvu) = id::<AccountId>(key)? else {
            return Ok(());
        };
        let exit = ledger.get::<Exit>(&state_key::exit(&imvu))?;
        let waits = exit.is_some_and(|exit| exit.is_held_back());
        let holds = account.balance(&AccountId::ExitEscrow(imvu));
        if waits || holds == Grains::ZERO {
            return Ok(());
        }
        fault(
            key,
            format_args!("{holds} grains wait for an exit that is not overdue"),
        )
    })
}

/// What was put on record at the end of a period has happened, and collections have only grown since.
pub(super) fn records(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let now = ledger.clock()?.height;
    let open = ledger.one::<Periods>(&state_key::periods())?.open;
    ledger.each::<PeriodRoots>(KeyKind::PeriodRoots, |key, it| {
        stands_under(key, &state_key::period_roots(&it.imvu, it.period))?;
        if !ledger.exists(&state_key::imvu(&it.imvu)) {
            return fault(key, format_args!("there is no {}", it.imvu));
        }
        if it.at >= now || it.period >= open {
            return fault(key, "it was put on record before its time");
        }
        if !it
            .collections
            .is_sorted_by(|one, next| one.kind < next.kind)
        {
            return fault(key, "its collections are not ascending");
        }
        for head in &it.collections {
            let collection = state_key::collection(head.kind, Some(&it.imvu));
            let known = ledger.get::<Collection>(&collection)?;
            let size = known.as_ref().map_or(0, |known| known.size);
            let is_kept = head.size < size || known.is_some_and(|known| known.root == head.root);
            if head.size == 0 || head.size > size || !is_kept {
                return fault(key, format_args!("{:?} has lost entries", head.kind));
            }
        }
        Ok(())
    })
}

/// What its creator has let go of stops, and what is closed has.
fn stopped(ledger: &Ledger<'_>, key: &StateKey, it: &Exit) -> Result<(), Fault> {
    let placement = ledger.get::<Placement>(&state_key::placement(&it.imvu))?;
    let runs = match (it.stage, placement.map(|placement| placement.phase)) {
        (Stage::Closed, phase) => phase.is_some(),
        (Stage::Released, Some(phase)) => phase != Phase::Stopping(None),
        _ => false,
    };
    if runs {
        return fault(key, format_args!("it is {}, and it runs", it.stage));
    }
    Ok(())
}

/// The timers of an exit; none of its names, which go one after the other.
fn wanted(it: &Exit, delays: &DelayProfile) -> Vec<(Time, TimedItem)> {
    let mut wanted = Vec::new();
    if lateness::is_watched(it) {
        wanted.push(lateness::timer(it, delays.exit_overdue_ms));
    }
    if it.stage == Stage::Released
        && let (Some(due), item) = law::closing(it, delays.exit_after_ms)
    {
        wanted.push((due, item));
    }
    wanted
}

fn timers(
    ledger: &Ledger<'_>,
    (key, it): (&StateKey, &Exit),
    delays: &DelayProfile,
    freeing: &BTreeSet<ImvuId>,
) -> Result<(), Fault> {
    for (due, item) in wanted(it, delays) {
        if !ledger.exists(&state_key::timed(due.0, &item)) {
            return fault(key, format_args!("nothing will do {item:?} at {due}"));
        }
    }
    let names_left = ledger.exists(&state_key::imvu_names(&it.imvu));
    if it.stage == Stage::Closed && names_left && !freeing.contains(&it.imvu) {
        return fault(key, "it is closed, and nothing will free its names");
    }
    Ok(())
}

/// Whether a timer is one that an exit has.
pub(super) fn timer(
    ledger: &Ledger<'_>,
    key: &StateKey,
    item: &TimedItem,
    due: u64,
) -> Result<(), Fault> {
    let (TimedItem::ExitOverdue(imvu) | TimedItem::CloseExit(imvu) | TimedItem::FreeNames(imvu)) =
        item
    else {
        return Ok(());
    };
    let delays = ledger.one::<ChainRecord>(&state_key::chain())?.delays;
    let exit = ledger.get::<Exit>(&state_key::exit(imvu))?;
    let is_its = exit.is_some_and(|exit| match item {
        TimedItem::FreeNames(_) => exit.stage == Stage::Closed,
        _ => wanted(&exit, &delays).contains(&(Time(due), item.clone())),
    });
    if is_its {
        return Ok(());
    }
    fault(key, "no exit has such a timer")
}

/// While nobody else may change it, a baseline is what stands.
pub(super) fn baselines(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let law_time = ledger.clock()?.law_time;
    let delays = ledger.one::<ChainRecord>(&state_key::chain())?.delays;
    ledger.each::<Exit>(KeyKind::Exit, |key, it| {
        let until = it.protected_until(&delays);
        if until.is_none_or(|until| until <= law_time) {
            return Ok(());
        }
        let imvu: Imvu = ledger.one(&state_key::imvu(&it.imvu))?;
        let stands = baseline::of(ledger.view, &imvu).hash();
        if stands == it.baseline {
            return Ok(());
        }
        fault(
            key,
            format_args!("its baseline is {}, what stands {stands}", it.baseline),
        )
    })
}
