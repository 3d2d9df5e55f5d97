//! Snapshots: numbered without gaps, told to their hosts, and the newest known.

use super::{Fault, Ledger, fault, id, stands_under};
use crate::law::snapshots::spec;
use alloc::collections::BTreeMap;
use nexus_types::host::{AgentKind, Assignment, Item, Placement};
use nexus_types::snapshot::{Snapshot, SnapshotStatus, Snapshots};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{HostId, ImvuId};

pub(super) fn numbers(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut seen: BTreeMap<ImvuId, Snapshots> = BTreeMap::new();
    let now = ledger.clock()?.height;
    ledger.each::<Snapshot>(KeyKind::Snapshot, |key, it| {
        stands_under(key, &state_key::snapshot(&it.imvu, it.number))?;
        let all = seen.entry(it.imvu.clone()).or_default();
        if all.last.checked_add(1) != Some(it.number) || it.height > now {
            return fault(
                key,
                format_args!(
                    "it is of height {}, the one before it is {}",
                    it.height, all.last
                ),
            );
        }
        all.last = it.number;
        if it.status.is_kept() {
            all.newest = Some(it.number);
        }
        if it.kept_until.is_some() != it.status.taken().is_some() {
            return fault(
                key,
                format_args!("{:?} until {:?}", it.status, it.kept_until),
            );
        }
        told(ledger, key, &it)
    })?;
    ledger.each::<Snapshots>(KeyKind::Snapshots, |key, said| {
        let text = core::str::from_utf8(key.id()).ok();
        let Some(imvu) = text.and_then(|text| ImvuId::new(text).ok()) else {
            return fault(key, "the key names no IMVU");
        };
        if !ledger.exists(&state_key::imvu(&imvu)) {
            return fault(key, format_args!("there is no {imvu}"));
        }
        let counted = seen.remove(&imvu).unwrap_or_default();
        if (said.last, said.newest) == (counted.last, counted.newest) {
            return Ok(());
        }
        fault(key, format_args!("it says {said:?}, there are {counted:?}"))
    })?;
    match seen.first_key_value() {
        None => Ok(()),
        Some((imvu, _)) => fault(&state_key::snapshots(imvu), "nothing counts them"),
    }
}

/// A host is told of each of its snapshots what the law says.
fn told(ledger: &Ledger<'_>, key: &StateKey, it: &Snapshot) -> Result<(), Fault> {
    let item = Item::Snapshot(it.imvu.clone(), it.number);
    let at = state_key::assignment(&it.host, AgentKind::Compute, &item);
    let assigned = ledger.get::<Assignment>(&at)?.map(|it| it.spec);
    if assigned == Some(spec(it)) {
        return Ok(());
    }
    let of = match it.status {
        SnapshotStatus::Requested => "asked for",
        _ => it.status.name(),
    };
    fault(
        key,
        format_args!("it is {of}, its host is told {assigned:?}"),
    )
}

pub(super) fn stays(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<()>(KeyKind::Stay, |key, ()| {
        let (imvu, host) = id::<(ImvuId, HostId)>(key)?;
        let there = ledger.exists(&state_key::imvu(&imvu));
        if there && ledger.exists(&state_key::host(&host)) {
            return Ok(());
        }
        fault(key, format_args!("there is no {imvu}, or no {host}"))
    })?;
    ledger.each::<Placement>(KeyKind::Placement, |key, it| {
        if ledger.exists(&state_key::stay(&it.imvu, &it.host)) {
            return Ok(());
        }
        fault(key, format_args!("nothing says that it was on {}", it.host))
    })
}
