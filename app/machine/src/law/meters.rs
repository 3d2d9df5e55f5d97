//! Meters: which there are, and which keys sign for them (law §5).

use super::echo::Done;
use super::effects::Effect;
use super::hosts;
use crate::case::Case;
use crate::view::{View, Writes, chain, exists, read, write};
use alloc::vec::Vec;
use nexus_types::action::Action;
use nexus_types::encoding::Set;
use nexus_types::host::{AgentKind, Host};
use nexus_types::meter::{Meter, MeterScope};
use nexus_types::{Hash, MeterId, Reason, Time, state_key};

pub(crate) fn save(meter: &Meter, writes: &mut Writes) {
    write(writes, state_key::meter(&meter.id), meter);
}

/// The meters of a host that count now.
pub(crate) fn of_host(view: &dyn View, host: &Host) -> impl Iterator<Item = Meter> {
    host.meters
        .as_slice()
        .iter()
        .filter_map(|id| read::<Meter>(view, &state_key::meter(id)))
        .filter(|meter| !meter.retired)
}

/// Whether the host has a usable meter of every kind, so that no resource of an IMVU there goes unmetered (gate 6).
pub(crate) fn cover_all(view: &dyn View, host: &Host, law_time: Time) -> bool {
    let chain = chain(view);
    AgentKind::ALL.into_iter().all(|kind| {
        of_host(view, host).any(|meter| {
            meter.kind == kind
                && meter.usable_from <= law_time
                && (chain.development || !meter.test)
        })
    })
}

/// Gate 6's judgement of a registration.
pub(crate) fn check_registration(case: &Case<'_>) -> Result<(), Reason> {
    let Action::RegisterMeter {
        kind,
        scope,
        keys,
        threshold,
        test,
        replaces,
        ..
    } = case.action()
    else {
        return Ok(());
    };
    let keys = keys.as_slice();
    if *threshold == 0 || usize::from(*threshold) > keys.len() {
        return Err(Reason::MeterKeys);
    }
    if keys
        .iter()
        .any(|key| exists(case.view, &state_key::meter_key(key)))
    {
        return Err(Reason::MeterKeys);
    }
    if *test && !chain(case.view).development {
        return Err(Reason::MeterOnlyForTests);
    }
    if *scope == MeterScope::Everywhere && !kind.sums_meters() {
        return Err(Reason::MeterForeign);
    }
    let Some(host) = &case.host else {
        return Ok(());
    };
    if let Some(old) = replaces {
        let known = of_host(case.view, host).find(|meter| meter.id == *old);
        if known.is_none_or(|known| known.kind != *kind) {
            return Err(Reason::MeterUnknown);
        }
    } else if !kind.sums_meters() && of_host(case.view, host).any(|meter| meter.kind == *kind) {
        return Err(Reason::MeterExists);
    }
    Ok(())
}

pub(crate) fn register(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let Action::RegisterMeter {
        meter: id,
        kind,
        scope,
        keys,
        threshold,
        test,
        replaces,
        ..
    } = case.action()
    else {
        return Err(Reason::WrongState);
    };
    let mut host = hosts::existing(case)?;
    if exists(case.view, &state_key::meter(id)) {
        return Err(Reason::AlreadyExists);
    }
    // Metering must not rest while a replaced meter's successor waits.
    let usable_from = if replaces.is_some() {
        case.law_time
    } else {
        hosts::usable_from(case)
    };
    let before = replaces
        .as_ref()
        .and_then(|old| read::<Meter>(case.view, &state_key::meter(old)));
    let meter = Meter {
        id: id.clone(),
        host: host.id.clone(),
        kind: *kind,
        scope: *scope,
        keys: keys.clone(),
        threshold: *threshold,
        test: *test,
        registered: case.now.height,
        since: case.now.time,
        usable_from,
        retired: false,
        replaces: replaces.clone(),
        sequence: 0,
        last: Hash::default(),
        window_end: Time(0),
        // The host has not booted because its meter was replaced; what nobody read in between is a gap.
        boot: before.as_ref().map_or([0; 16], |before| before.boot),
        boots: before.as_ref().map_or(0, |before| before.boots),
        gap_ms: 0,
        gap_end: before.as_ref().map_or(Time(0), |_| case.now.time),
        last_time: usable_from,
        silent: false,
    };
    for key in keys.as_slice() {
        write(writes, state_key::meter_key(key), id);
    }
    let kept = host.meters.as_slice().iter();
    let mut meters: Vec<MeterId> = kept
        .filter(|each| Some(*each) != replaces.as_ref())
        .cloned()
        .collect();
    meters.push(id.clone());
    host.meters = Set::new(meters).map_err(|_| Reason::LimitReached)?;
    if let Some(mut old) = before {
        old.retired = true;
        save(&old, writes);
    }
    save(&meter, writes);
    super::silence::watch_meter(case, &meter, writes);
    hosts::save(&host, writes);
    Ok(Done::default())
}
