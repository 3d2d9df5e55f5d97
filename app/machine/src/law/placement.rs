//! Where an IMVU runs: the choice of a host, its slot there, and the ways off it (law §3 gates 2, 6, 7, 9).

use super::echo::{Done, Echo};
use super::effects::Effect;
use super::money::debts;
use super::{assign, hosts, imvu as imvus, metering, meters, snapshots};
use crate::case::Case;
use crate::view::{BlockContext, Layer, View, Writes, clock, read, write};
use alloc::vec::Vec;
use nexus_types::action::Action;
use nexus_types::block::Event;
use nexus_types::host::{
    AckOutcome, AgentKind, Assignment, Host, HostStatus, Phase, Placement, Slot,
};
use nexus_types::limits::{HOSTS_SEEN, HOUR_MS, SLOTS_PER_HOST};
use nexus_types::quota::Quota;
use nexus_types::state::{Imvu, ImvuStatus, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Gate, HostId, ImvuId, Reason, Time, decode};

/// Where an IMVU is placed, if it is.
pub(crate) fn of(view: &dyn View, imvu: &ImvuId) -> Option<Placement> {
    read(view, &state_key::placement(imvu))
}

pub(crate) fn save(placement: &Placement, writes: &mut Writes) {
    write(writes, state_key::placement(&placement.imvu), placement);
}

/// The gates that look at a host before something is placed on it, in the order in which they narrow the choice.
const GATES: [Gate; 4] = [
    Gate::ImvuIsolation,
    Gate::RevenueMetering,
    Gate::ResourceQuota,
    Gate::Jurisdiction,
];

/// The hosts an action that places may use: the one it names, or all but the one it leaves.
pub(crate) fn candidates(view: &dyn View, action: &Action) -> Vec<Host> {
    let named = match action {
        Action::ActivateImvu { host, .. } | Action::MoveImvu { host, .. } => host,
        _ => return Vec::new(),
    };
    if let Some(id) = named {
        return read::<Host>(view, &state_key::host(id))
            .into_iter()
            .collect();
    }
    let left = match action {
        Action::MoveImvu { imvu, .. } => of(view, imvu).map(|placement| placement.host),
        _ => None,
    };
    let (mut from, to) = state_key::range_of(KeyKind::Host);
    let mut hosts = Vec::new();
    while let Some((key, bytes)) = view.first_in(&from, &to) {
        hosts.extend(
            decode::<Host>(&bytes)
                .ok()
                .filter(|host| Some(&host.id) != left.as_ref()),
        );
        if hosts.len() >= HOSTS_SEEN {
            break;
        }
        let mut next = key.into_bytes();
        next.push(0);
        from = StateKey::from_bytes(next);
    }
    hosts
}

/// One gate's judgement of a placement: whether any host that the gates before it leave passes it, too.
pub(crate) fn judge(case: &Case<'_>, gate: Gate) -> Result<(), Reason> {
    let Some(imvu) = &case.imvu else {
        return Ok(());
    };
    let named = matches!(
        case.action(),
        Action::ActivateImvu { host: Some(_), .. } | Action::MoveImvu { host: Some(_), .. }
    );
    let mut pool: Vec<&Host> = case.candidates.iter().collect();
    for each in GATES {
        let passing: Vec<&Host> = pool
            .iter()
            .copied()
            .filter(|host| look(case, imvu, host, each).is_ok())
            .collect();
        if each == gate {
            return match (passing.is_empty(), pool.first()) {
                (false, _) => Ok(()),
                (true, Some(host)) if named => look(case, imvu, host, gate),
                (true, _) => Err(nothing_fits(gate, named)),
            };
        }
        if !passing.is_empty() {
            pool = passing;
        }
    }
    Ok(())
}

fn nothing_fits(gate: Gate, named: bool) -> Reason {
    match gate {
        Gate::ImvuIsolation if named => Reason::HostUnknown,
        Gate::ImvuIsolation => Reason::NoHost,
        Gate::RevenueMetering => Reason::NoMeter,
        Gate::ResourceQuota => Reason::NoCapacity,
        _ => Reason::NoHostInJurisdiction,
    }
}

/// Whether one gate lets an IMVU onto one host.
fn look(case: &Case<'_>, imvu: &Imvu, host: &Host, gate: Gate) -> Result<(), Reason> {
    match gate {
        Gate::ImvuIsolation => isolates(host, case.law_time),
        Gate::RevenueMetering if !meters::cover_all(case.view, host, case.law_time) => {
            Err(Reason::NoMeter)
        }
        Gate::ResourceQuota if !has_room(host, &claimed(case, imvu)) => Err(Reason::NoCapacity),
        Gate::Jurisdiction if imvu.jurisdiction.as_ref() != Some(&host.jurisdiction) => {
            Err(Reason::NoHostInJurisdiction)
        }
        _ => Ok(()),
    }
}

fn isolates(host: &Host, law_time: Time) -> Result<(), Reason> {
    if host.status != HostStatus::Open {
        return Err(Reason::HostNotOpen);
    }
    if host.usable_from > law_time {
        return Err(Reason::NotYetUsable);
    }
    if !host.capabilities.isolates() {
        return Err(Reason::HostNotIsolating);
    }
    let needed = AgentKind::ALL
        .into_iter()
        .filter(|kind| kind.is_needed_to_run());
    if needed.into_iter().any(|kind| host.agent(kind).is_none()) {
        return Err(Reason::NoAgent);
    }
    if host.attested.is_none() {
        return Err(Reason::HostNotAttested);
    }
    Ok(())
}

fn has_room(host: &Host, claimed: &Quota) -> bool {
    host.next_slot < SLOTS_PER_HOST && host.guaranteed.plus(claimed).fits(&host.capacity)
}

/// What a placement must be guaranteed: the quota, or what its present host still grants above it.
fn claimed(case: &Case<'_>, imvu: &Imvu) -> Quota {
    of(case.view, &imvu.id).map_or(imvu.quota, |placement| placement.ceiling.max(&imvu.quota))
}

/// The host that the law chooses: of those that every gate lets through the one with the fewest IMVUs, the first by name
/// of several.
fn choose(case: &Case<'_>, imvu: &Imvu) -> Result<Host, Reason> {
    case.candidates
        .iter()
        .filter(|host| {
            GATES
                .iter()
                .all(|gate| look(case, imvu, host, *gate).is_ok())
        })
        .min_by(|a, b| (a.placements, &a.id).cmp(&(b.placements, &b.id)))
        .cloned()
        .ok_or(Reason::NoHost)
}

pub(crate) fn activate(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let mut imvu = imvus::existing(case)?;
    if imvu.status != ImvuStatus::Draft {
        return Err(Reason::WrongState);
    }
    if debts::is_frozen(case.view, &imvu.id) {
        return Err(Reason::InDebt);
    }
    let mut host = choose(case, &imvu)?;
    host.guaranteed = host.guaranteed.plus(&imvu.quota);
    let placed = place(case.view, case.now.time, &mut imvu, host, writes)?;
    Ok(done(alloc::vec![placed]))
}

/// Places an IMVU on a host that already guarantees it its quota.
fn place(
    view: &dyn View,
    now: Time,
    imvu: &mut Imvu,
    mut host: Host,
    writes: &mut Writes,
) -> Result<Echo, Reason> {
    imvu.placements = imvu.placements.saturating_add(1);
    imvu.status = ImvuStatus::Starting;
    let placement = Placement {
        imvu: imvu.id.clone(),
        host: host.id.clone(),
        slot: host.next_slot,
        jurisdiction: host.jurisdiction.clone(),
        generation: imvu.placements,
        since: now,
        phase: Phase::Starting,
        ceiling: imvu.quota,
        ceiling_since: now,
        ceiling_before: imvu.quota,
    };
    host.next_slot = host.next_slot.saturating_add(1);
    host.placements = host.placements.saturating_add(1);
    let slot = Slot {
        imvu: imvu.id.clone(),
        generation: placement.generation,
        since: now,
        ended: None,
    };
    write(writes, state_key::slot(&host.id, placement.slot), &slot);
    // Who was ever there may have copies (law §10). The law places, too: not counted to the IMVU's own keys.
    write(writes, state_key::stay(&imvu.id, &host.id), &());
    assign::run(view, imvu, &placement, writes)?;
    save(&placement, writes);
    hosts::save(&host, writes);
    imvus::save(imvu, writes);
    Ok(Echo::Event(Event::Placed {
        imvu: imvu.id.clone(),
        host: host.id,
        generation: placement.generation,
    }))
}

pub(crate) fn stop(case: &Case<'_>, accept_loss: bool, writes: &mut Writes) -> Effect {
    let imvu = imvus::existing(case)?;
    let placement = of(case.view, &imvu.id).ok_or(Reason::WrongState)?;
    leave(case, imvu, placement, None, accept_loss, writes)
}

pub(crate) fn move_on(case: &Case<'_>, accept_loss: bool, writes: &mut Writes) -> Effect {
    let imvu = imvus::existing(case)?;
    let placement = of(case.view, &imvu.id).ok_or(Reason::WrongState)?;
    let mut next = choose(case, &imvu)?;
    if next.id == placement.host {
        return Err(Reason::NoChange);
    }
    // Its place there is kept while it is stopped here.
    next.guaranteed = next.guaranteed.plus(&claimed(case, &imvu));
    hosts::save(&next, writes);
    leave(case, imvu, placement, Some(next.id), accept_loss, writes)
}

/// Begins to leave a host. A second call may change where to, or stop waiting.
fn leave(
    case: &Case<'_>,
    mut imvu: Imvu,
    mut placement: Placement,
    next: Option<HostId>,
    accept_loss: bool,
    writes: &mut Writes,
) -> Effect {
    if let Phase::Stopping(before) = &placement.phase {
        if *before == next && !accept_loss {
            return Err(Reason::NoChange);
        }
        // The place that was kept is given back.
        if let Some(before) = before {
            change_guaranteed(
                case.view,
                before,
                &placement.ceiling,
                &Quota::default(),
                writes,
            );
        }
    }
    placement.phase = Phase::Stopping(next);
    imvu.status = ImvuStatus::Stopping;
    assign::clear(case.view, &placement, AgentKind::Compute, writes);
    if accept_loss {
        return finish(
            case.view,
            case.now.time,
            case.now.height,
            imvu,
            placement,
            writes,
        )
        .map(done);
    }
    save(&placement, writes);
    imvus::save(&imvu, writes);
    Ok(Done::default())
}

/// A creator lets go of its host: what runs there is to stop, and goes nowhere else. With its loss accepted, nobody waits
/// for the host's word.
pub(crate) fn let_go(
    case: &Case<'_>,
    id: &ImvuId,
    accept_loss: bool,
    writes: &mut Writes,
) -> Result<Vec<Echo>, Reason> {
    let layer = Layer {
        base: case.view,
        writes,
    };
    let (Some(placement), Some(imvu)) =
        (of(&layer, id), read::<Imvu>(&layer, &state_key::imvu(id)))
    else {
        return Ok(Vec::new());
    };
    if placement.phase == Phase::Stopping(None) && !accept_loss {
        return Ok(Vec::new());
    }
    leave(case, imvu, placement, None, accept_loss, writes).map(|done| done.echoes)
}

/// Ends a placement that nobody waits for any longer.
pub(crate) fn abandon(
    base: &dyn View,
    now: BlockContext,
    id: &ImvuId,
    writes: &mut Writes,
) -> Vec<Echo> {
    let layer = Layer { base, writes };
    let (Some(mut placement), Some(imvu)) =
        (of(&layer, id), read::<Imvu>(&layer, &state_key::imvu(id)))
    else {
        return Vec::new();
    };
    // A release stopped it, and nothing begins after one.
    debug_assert_eq!(placement.phase, Phase::Stopping(None));
    placement.phase = Phase::Stopping(None);
    let ended = finish(base, now.time, now.height, imvu, placement, writes);
    debug_assert!(ended.is_ok());
    ended.unwrap_or_default()
}

fn done(echoes: Vec<Echo>) -> Done {
    Done {
        proposal: None,
        echoes,
    }
}

fn change_guaranteed(
    view: &dyn View,
    id: &HostId,
    less: &Quota,
    more: &Quota,
    writes: &mut Writes,
) {
    let host = read::<Host>(&Layer { base: view, writes }, &state_key::host(id));
    if let Some(mut host) = host {
        host.guaranteed = host.guaranteed.minus(less).plus(more);
        hosts::save(&host, writes);
    }
}

/// Ends a placement, and begins the next where one is wanted.
fn finish(
    view: &dyn View,
    now: Time,
    height: u64,
    mut imvu: Imvu,
    placement: Placement,
    writes: &mut Writes,
) -> Result<Vec<Echo>, Reason> {
    let layer = Layer { base: view, writes };
    if let Some(mut host) = read::<Host>(&layer, &state_key::host(&placement.host)) {
        host.guaranteed = host.guaranteed.minus(&placement.ceiling);
        host.placements = host.placements.saturating_sub(1);
        hosts::save(&host, writes);
    }
    let slot = Slot {
        imvu: imvu.id.clone(),
        generation: placement.generation,
        since: placement.since,
        ended: Some((now, placement.ceiling.max(&placement.ceiling_before))),
    };
    write(
        writes,
        state_key::slot(&placement.host, placement.slot),
        &slot,
    );
    assign::clear(view, &placement, AgentKind::Compute, writes);
    assign::clear(view, &placement, AgentKind::Network, writes);
    snapshots::leave(view, &placement, writes);
    assign::clear_mail(view, &placement, writes);
    writes.insert(state_key::placement(&imvu.id), None);
    imvu.status = ImvuStatus::Draft;
    imvus::save(&imvu, writes);
    let mut echoes: Vec<Echo> = alloc::vec![Event::Stopped(imvu.id.clone()).into()];
    let block = BlockContext { height, time: now };
    echoes.extend(metering::seal_before(view, block, &imvu, now, None, writes));
    // Its meters have an hour to tell the rest of what was used in this one.
    let item = TimedItem::SealUsage(imvu.id.clone());
    let due = clock(&Layer { base: view, writes }).law_time.plus_ms(
        HOUR_MS
            .saturating_mul(2)
            .saturating_sub(now.0.checked_rem(HOUR_MS).unwrap_or(0)),
    );
    write(writes, state_key::timed(due.0, &item), &item);
    if let Phase::Stopping(Some(next)) = &placement.phase {
        let layer = Layer { base: view, writes };
        if let Some(mut host) = read::<Host>(&layer, &state_key::host(next)) {
            // What was kept there may be more than the quota is now.
            host.guaranteed = host.guaranteed.minus(&placement.ceiling).plus(&imvu.quota);
            echoes.push(place(view, now, &mut imvu, host, writes)?);
        }
    }
    Ok(echoes)
}

/// Has the agents of an IMVU that runs told what shall be now.
pub(crate) fn tell(base: &dyn View, imvu: &Imvu, writes: &mut Writes) -> Result<(), Reason> {
    let placement = of(&Layer { base, writes }, &imvu.id);
    match placement.filter(|placement| !matches!(placement.phase, Phase::Stopping(_))) {
        Some(placement) => assign::run(base, imvu, &placement, writes),
        None => Ok(()),
    }
}

/// The law has an IMVU's compute rest: as if its owner had stopped it. One that is being stopped, or moved, is left alone.
pub(crate) fn rest(base: &dyn View, id: &ImvuId, writes: &mut Writes) {
    let layer = Layer { base, writes };
    let (Some(mut placement), Some(mut imvu)) =
        (of(&layer, id), read::<Imvu>(&layer, &state_key::imvu(id)))
    else {
        return;
    };
    if matches!(placement.phase, Phase::Stopping(_)) {
        return;
    }
    placement.phase = Phase::Stopping(None);
    imvu.status = ImvuStatus::Stopping;
    assign::clear(base, &placement, AgentKind::Compute, writes);
    save(&placement, writes);
    imvus::save(&imvu, writes);
}

/// Follows a change of quota, routes or path policy to where the IMVU runs.
pub(crate) fn follow(case: &Case<'_>, imvu: &Imvu, writes: &mut Writes) -> Result<(), Reason> {
    let Some(mut placement) = of(case.view, &imvu.id) else {
        return Ok(());
    };
    let ceiling = placement.ceiling.max(&imvu.quota);
    if ceiling != placement.ceiling {
        set_ceiling(case.view, &mut placement, ceiling, case.now.time, writes);
        save(&placement, writes);
    }
    match placement.phase {
        Phase::Stopping(_) => Ok(()),
        Phase::Starting | Phase::Running => assign::run(case.view, imvu, &placement, writes),
    }
}

fn set_ceiling(
    view: &dyn View,
    placement: &mut Placement,
    ceiling: Quota,
    now: Time,
    writes: &mut Writes,
) {
    change_guaranteed(view, &placement.host, &placement.ceiling, &ceiling, writes);
    if let Phase::Stopping(Some(next)) = &placement.phase {
        change_guaranteed(view, next, &placement.ceiling, &ceiling, writes);
    }
    placement.ceiling_before = if placement.ceiling_since == now {
        placement.ceiling_before.max(&placement.ceiling)
    } else {
        placement.ceiling
    };
    placement.ceiling_since = now;
    placement.ceiling = ceiling;
}

/// Gate 7's judgement of another quota for an IMVU that is placed: every host that guarantees it the old one must have room.
pub(crate) fn check_quota(case: &Case<'_>, imvu: &Imvu, quota: &Quota) -> Result<(), Reason> {
    let Some(placement) = of(case.view, &imvu.id) else {
        return Ok(());
    };
    let ceiling = placement.ceiling.max(quota);
    let next = match &placement.phase {
        Phase::Stopping(next) => next.as_ref(),
        Phase::Starting | Phase::Running => None,
    };
    for id in core::iter::once(&placement.host).chain(next) {
        let host = read::<Host>(case.view, &state_key::host(id)).ok_or(Reason::NoCapacity)?;
        let others = host.guaranteed.minus(&placement.ceiling);
        if !others.plus(&ceiling).fits(&host.capacity) {
            return Err(Reason::NoCapacity);
        }
    }
    Ok(())
}

/// What an acknowledgement of the current generation comes to, once it stands in the assignment.
pub(crate) fn acknowledged(
    case: &Case<'_>,
    kind: AgentKind,
    assignment: &Assignment,
    id: &ImvuId,
    writes: &mut Writes,
) -> Result<Vec<Echo>, Reason> {
    let layer = Layer {
        base: case.view,
        writes,
    };
    let host = case.host.as_ref().map(|host| &host.id);
    let (Some(mut placement), Some(mut imvu), Some(ack)) = (
        of(&layer, id).filter(|placement| Some(&placement.host) == host),
        read::<Imvu>(&layer, &state_key::imvu(id)),
        &assignment.acknowledged,
    ) else {
        return Ok(Vec::new());
    };
    if matches!(placement.phase, Phase::Stopping(_)) {
        return if kind == AgentKind::Compute && ack.outcome == AckOutcome::Stopped {
            finish(
                case.view,
                case.now.time,
                case.now.height,
                imvu,
                placement,
                writes,
            )
        } else {
            Ok(Vec::new())
        };
    }
    let is_so = |assignment: &Assignment| {
        assignment.acknowledged.as_ref().is_some_and(|ack| {
            ack.outcome == AckOutcome::Applied && ack.observed == assignment.spec.hash()
        })
    };
    if !is_so(assignment) {
        return Ok(alloc::vec![Echo::Event(Event::NotAsAssigned {
            imvu: id.clone(),
            agent: case.tx.body.signer,
        })]);
    }
    // Each of the agents keeps limits of its own, so all must have said so: then the kernel has the quota in force, and
    // nothing above it is guaranteed, or plausible, any longer.
    let all = AgentKind::ALL
        .into_iter()
        .filter(|kind| kind.is_needed_to_run())
        .all(|each| {
            assign::of(&layer, &placement.host, each, id).is_some_and(|other| is_so(&other))
        });
    if !all {
        return Ok(Vec::new());
    }
    if placement.ceiling != imvu.quota {
        set_ceiling(case.view, &mut placement, imvu.quota, case.now.time, writes);
        save(&placement, writes);
    }
    if placement.phase == Phase::Running {
        return Ok(Vec::new());
    }
    placement.phase = Phase::Running;
    imvu.status = ImvuStatus::Active;
    save(&placement, writes);
    imvus::save(&imvu, writes);
    Ok(alloc::vec![Echo::Event(Event::Started(id.clone()))])
}
