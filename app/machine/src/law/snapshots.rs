//! Snapshots (law §3 gates 9, 12 and 16, §7): asked for by the creator, made by the host, kept for as long as the law says.

use super::echo::{Done, Echo};
use super::effects::Effect;
use super::{assign, hosts, imvu as imvus, placement};
use crate::case::Case;
use crate::view::{BlockContext, Layer, View, Writes, chain, read, write};
use alloc::vec::Vec;
use nexus_types::action::Action;
use nexus_types::host::{
    AckOutcome, Agent, AgentKind, Assignment, Host, Item, Phase, Placement, Spec,
};
use nexus_types::limits::{DAY_MS, SNAPSHOT_DUE_MS, SNAPSHOT_FRESH_MS, WINDOW_SLACK_MS};
use nexus_types::snapshot::{
    LossReason, RecordSnapshot, RestoreSnapshot, RestoreSpec, Snapshot, SnapshotEntry,
    SnapshotEvent, SnapshotOccasion, SnapshotOutcome, SnapshotSpec, SnapshotStatus, Snapshots,
    Taken,
};
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::{ActionKind, HostId, ImvuId, Reason, Time, state_key};

/// A snapshot of an IMVU.
pub(crate) fn of(view: &dyn View, imvu: &ImvuId, number: u64) -> Option<Snapshot> {
    read(view, &state_key::snapshot(imvu, number))
}

fn all(view: &dyn View, imvu: &ImvuId) -> Snapshots {
    read(view, &state_key::snapshots(imvu)).unwrap_or_default()
}

/// The snapshot an action is about.
fn named(case: &Case<'_>) -> Option<Snapshot> {
    match case.action() {
        Action::RecordSnapshot(it) => of(case.view, &it.imvu, it.number),
        Action::DropSnapshot(it) => of(case.view, &it.imvu, it.number),
        Action::RestoreSnapshot(it) => of(case.view, &it.of, it.number),
        _ => None,
    }
}

/// Gate 1's question: whether the signer is the compute agent that the snapshot was asked of. Of a snapshot that there is none
/// of, the action's own rule says so.
pub(crate) fn is_asked(case: &Case<'_>) -> Result<(), Reason> {
    let agent = match hosts::agent(case.view, &case.tx.body.signer) {
        None => return Err(Reason::NotAgent),
        Some((agent, _)) if agent.usable_from > case.law_time => return Err(Reason::NotYetUsable),
        Some((agent, _)) => agent,
    };
    match named(case) {
        Some(snapshot) if !is_of(&agent, &snapshot) => Err(Reason::OtherHostsAgent),
        _ => Ok(()),
    }
}

fn is_of(agent: &Agent, snapshot: &Snapshot) -> bool {
    agent.kind == AgentKind::Compute && agent.host == snapshot.host
}

/// Gate 9's judgement: a snapshot stays in its IMVU's jurisdiction, and so does what is put back from it.
pub(crate) fn check_jurisdiction(case: &Case<'_>) -> Result<(), Reason> {
    let Some(imvu) = &case.imvu else {
        return Ok(());
    };
    let host = placement::of(case.view, &imvu.id)
        .and_then(|placement| read::<Host>(case.view, &state_key::host(&placement.host)));
    // Another IMVU's snapshot is gate 16's matter.
    let own = named(case).filter(|snapshot| snapshot.imvu == imvu.id);
    let snapshot = own.map(|snapshot| snapshot.jurisdiction);
    let tags = host
        .map(|host| host.jurisdiction)
        .into_iter()
        .chain(snapshot);
    for tag in tags {
        if imvu.jurisdiction.as_ref() != Some(&tag) {
            return Err(Reason::NoHostInJurisdiction);
        }
    }
    Ok(())
}

/// Gate 12's judgement: what is recorded never changes, and what moves has a snapshot behind it, or its creator accepts the
/// loss. A request is never refused here.
pub(crate) fn check_immutable(case: &Case<'_>) -> Result<(), Reason> {
    match case.action() {
        Action::RewriteSnapshot(_) => Err(Reason::SnapshotRecorded),
        Action::RecordSnapshot(_) => match named(case) {
            Some(snapshot) if snapshot.status != SnapshotStatus::Requested => {
                Err(Reason::SnapshotRecorded)
            }
            _ => Ok(()),
        },
        Action::MoveImvu {
            imvu,
            accept_loss: false,
            ..
        } => match placement::of(case.view, imvu) {
            Some(placement) if !is_safe(case, &placement) => Err(Reason::SnapshotMissing),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whether a placement's volume stands in a snapshot that is fresh enough to leave it.
fn is_safe(case: &Case<'_>, placement: &Placement) -> bool {
    let newest = all(case.view, &placement.imvu).newest;
    let newest = newest.and_then(|number| of(case.view, &placement.imvu, number));
    newest.is_some_and(|snapshot| match snapshot.status {
        SnapshotStatus::Taken(taken) => {
            snapshot.placement == placement.generation
                && case.now.time.since(taken.taken_at) <= SNAPSHOT_FRESH_MS
        }
        _ => false,
    })
}

/// Gate 16's judgement: no volume is put back to what was another IMVU's.
pub(crate) fn check_source(case: &Case<'_>) -> Result<(), Reason> {
    match case.action() {
        Action::RestoreSnapshot(it) if it.imvu != it.of => Err(Reason::SnapshotForeign),
        _ => Ok(()),
    }
}

/// The placement of what can be told to its host now.
fn placed(case: &Case<'_>, imvu: &ImvuId) -> Result<Placement, Reason> {
    placement::of(case.view, imvu)
        .filter(|placement| !matches!(placement.phase, Phase::Stopping(_)))
        .ok_or(Reason::RunsNowhere)
}

pub(crate) fn request(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let imvu = imvus::existing(case)?;
    let placement = placed(case, &imvu.id)?;
    let occasion = SnapshotOccasion::OnRequest;
    let (_, asked) = ask(case, imvu, &placement, occasion, writes)?;
    Ok(Done::echoing(alloc::vec![asked]))
}

/// Asks the host of a placement for a snapshot: its number, and what is told of it.
pub(crate) fn ask(
    case: &Case<'_>,
    mut imvu: Imvu,
    placement: &Placement,
    occasion: SnapshotOccasion,
    writes: &mut Writes,
) -> Result<(u64, Echo), Reason> {
    let host = read::<Host>(case.view, &state_key::host(&placement.host));
    let host = host.ok_or(Reason::WrongState)?;
    let mut all = all(case.view, &imvu.id);
    if occasion == SnapshotOccasion::OnRequest {
        let today = case.now.time.0.checked_div(DAY_MS);
        if all.day.is_some() && all.day >= today {
            return Err(Reason::LimitReached);
        }
        all.day = today;
    }
    // Its own key, and with the first one that of them all: a right is not refused for lack of room.
    let keys = if all.last == 0 { 2 } else { 1 };
    imvu.state_keys = imvu.state_keys.saturating_add(keys);
    all.last = all.last.saturating_add(1);
    let snapshot = Snapshot {
        imvu: imvu.id.clone(),
        number: all.last,
        occasion,
        audit: case.sequence,
        requester: case.tx.body.signer,
        height: case.now.height,
        time: case.now.time,
        law_time: case.law_time,
        placement: placement.generation,
        host: host.id,
        jurisdiction: host.jurisdiction,
        status: SnapshotStatus::Requested,
        kept_until: None,
    };
    imvus::save(&imvu, writes);
    write(writes, state_key::snapshots(&imvu.id), &all);
    save(&snapshot, writes);
    assign(case.view, &snapshot, writes);
    let (due, item) = overdue(&snapshot);
    write(writes, state_key::timed(due.0, &item), &item);
    let event = SnapshotEvent::Requested {
        occasion: snapshot.occasion,
        host: snapshot.host.clone(),
        jurisdiction: snapshot.jurisdiction.clone(),
        placement: snapshot.placement,
    };
    let about = (&snapshot.imvu, snapshot.number);
    let asked = entry(case.now, Some(case.sequence), about, event);
    Ok((snapshot.number, asked))
}

/// Its creator waits for a snapshot no longer: it is lost (law §7).
pub(crate) fn give_up(
    case: &Case<'_>,
    imvu: &ImvuId,
    number: u64,
    writes: &mut Writes,
) -> Option<Echo> {
    let snapshot = of(
        &Layer {
            base: case.view,
            writes,
        },
        imvu,
        number,
    );
    let mut snapshot = snapshot.filter(|it| it.status == SnapshotStatus::Requested)?;
    let (due, item) = overdue(&snapshot);
    writes.insert(state_key::timed(due.0, &item), None);
    snapshot.status = SnapshotStatus::Lost(LossReason::Gone);
    save(&snapshot, writes);
    assign(case.view, &snapshot, writes);
    let event = SnapshotEvent::Lost(LossReason::Gone);
    Some(entry(case.now, Some(case.sequence), (imvu, number), event))
}

pub(crate) fn record(case: &Case<'_>, it: &RecordSnapshot, writes: &mut Writes) -> Effect {
    let mut snapshot = named(case).ok_or(Reason::NotFound)?;
    let (due, item) = overdue(&snapshot);
    writes.insert(state_key::timed(due.0, &item), None);
    let mut ended = Vec::new();
    let event = match it.outcome {
        SnapshotOutcome::Lost(reason) => {
            snapshot.status = SnapshotStatus::Lost(reason);
            SnapshotEvent::Lost(reason)
        }
        SnapshotOutcome::Taken(taken) => {
            keep(case, &mut snapshot, taken, writes)?;
            ended = supersede(case, &snapshot, writes);
            SnapshotEvent::Taken(taken)
        }
    };
    save(&snapshot, writes);
    assign(case.view, &snapshot, writes);
    let mut done = done(case, &snapshot, event);
    done.echoes.extend(ended);
    Ok(done)
}

/// Takes down what was taken, and until when it is kept.
fn keep(
    case: &Case<'_>,
    snapshot: &mut Snapshot,
    taken: Taken,
    writes: &mut Writes,
) -> Result<(), Reason> {
    // The clocks of hosts differ by less than the slack, or alarm.
    let early = taken.taken_at.plus_ms(WINDOW_SLACK_MS) < snapshot.time;
    if early || taken.taken_at > case.now.time.plus_ms(WINDOW_SLACK_MS) {
        return Err(Reason::SnapshotTime);
    }
    let retention = chain(case.view).delays.snapshot_retention_ms;
    let until = case.law_time.plus_ms(retention);
    snapshot.status = SnapshotStatus::Taken(taken);
    snapshot.kept_until = Some(until);
    let item = expiry(snapshot);
    write(writes, state_key::timed(until.0, &item), &item);
    Ok(())
}

/// A newer snapshot ends the keeping of the newest before it, if only that kept it.
fn supersede(case: &Case<'_>, newer: &Snapshot, writes: &mut Writes) -> Vec<Echo> {
    let mut all = all(case.view, &newer.imvu);
    let before = all.newest;
    if before.is_some_and(|before| before > newer.number) {
        return Vec::new();
    }
    all.newest = Some(newer.number);
    write(writes, state_key::snapshots(&newer.imvu), &all);
    let before = before.and_then(|number| of(case.view, &newer.imvu, number));
    match before.filter(|before| is_over(before, case.law_time)) {
        Some(before) => alloc::vec![expire(case.view, case.now, before, writes)],
        None => Vec::new(),
    }
}

fn is_over(snapshot: &Snapshot, law_time: Time) -> bool {
    snapshot.kept_until.is_some_and(|until| until <= law_time)
}

pub(crate) fn drop(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let mut snapshot = named(case).ok_or(Reason::NotFound)?;
    let SnapshotStatus::Taken(taken) = snapshot.status else {
        return Err(Reason::WrongState);
    };
    snapshot.status = SnapshotStatus::Dropped(taken);
    if let Some(until) = snapshot.kept_until {
        writes.insert(state_key::timed(until.0, &expiry(&snapshot)), None);
    }
    save(&snapshot, writes);
    assign(case.view, &snapshot, writes);
    let mut all = all(case.view, &snapshot.imvu);
    if all.newest == Some(snapshot.number) {
        all.newest = kept_before(case.view, &snapshot);
        write(writes, state_key::snapshots(&snapshot.imvu), &all);
    }
    Ok(done(case, &snapshot, SnapshotEvent::Dropped))
}

/// The newest that is kept and older than another. Looks at one after the other: few are between two that are kept, and an
/// IMVU gains one a day.
fn kept_before(view: &dyn View, snapshot: &Snapshot) -> Option<u64> {
    (1..snapshot.number).rev().find(|number| {
        of(view, &snapshot.imvu, *number).is_some_and(|older| older.status.is_kept())
    })
}

pub(crate) fn restore(case: &Case<'_>, it: &RestoreSnapshot, writes: &mut Writes) -> Effect {
    let imvu = imvus::existing(case)?;
    let snapshot = named(case).ok_or(Reason::NotFound)?;
    let SnapshotStatus::Taken(taken) = snapshot.status else {
        return Err(Reason::WrongState);
    };
    let placement = placed(case, &imvu.id)?;
    let spec = Spec::Restore(RestoreSpec {
        imvu: imvu.id,
        placement: placement.generation,
        number: it.number,
        from: snapshot.host.clone(),
        digest: taken.digest,
        height: case.now.height,
    });
    let item = Item::Restore(it.imvu.clone());
    assign::set(
        case.view,
        &placement.host,
        AgentKind::Compute,
        item,
        spec,
        writes,
    );
    let event = SnapshotEvent::Restoring {
        host: placement.host,
        placement: placement.generation,
    };
    Ok(done(case, &snapshot, event))
}

/// An IMVU leaves a host: nothing is put back there any longer.
pub(crate) fn leave(view: &dyn View, placement: &Placement, writes: &mut Writes) {
    let item = Item::Restore(placement.imvu.clone());
    let key = state_key::assignment(&placement.host, AgentKind::Compute, &item);
    let layer = Layer { base: view, writes };
    if read::<Assignment>(&layer, &key).is_some() {
        let host = &placement.host;
        assign::set(view, host, AgentKind::Compute, item, Spec::Absent, writes);
    }
}

/// What an agent's word on a volume that is to be put back comes to.
pub(crate) fn restored(case: &Case<'_>, host: &HostId, assignment: &Assignment) -> Option<Echo> {
    let (Spec::Restore(spec), Some(ack)) = (&assignment.spec, &assignment.acknowledged) else {
        return None;
    };
    if ack.outcome != AckOutcome::Applied || ack.observed != assignment.spec.hash() {
        let event = nexus_types::block::Event::NotAsAssigned {
            imvu: spec.imvu.clone(),
            agent: case.tx.body.signer,
        };
        return Some(event.into());
    }
    let event = SnapshotEvent::Restored { host: host.clone() };
    let audit = Some(case.sequence);
    Some(entry(case.now, audit, (&spec.imvu, spec.number), event))
}

/// A host has not answered in time: its creator is told.
pub(crate) fn tell_overdue(
    base: &dyn View,
    now: BlockContext,
    (imvu, number): (&ImvuId, u64),
    writes: &Writes,
) -> Vec<Echo> {
    let snapshot = of(&Layer { base, writes }, imvu, number);
    let Some(snapshot) = snapshot.filter(|it| it.status == SnapshotStatus::Requested) else {
        return Vec::new();
    };
    alloc::vec![
        entry(now, None, (imvu, number), SnapshotEvent::Overdue),
        Echo::Told {
            imvu: imvu.clone(),
            audit: snapshot.audit,
            actor: snapshot.requester,
            action: ActionKind::RequestSnapshot,
        },
    ]
}

/// A snapshot was kept for as long as the law says. The newest is kept on.
pub(crate) fn retire(
    base: &dyn View,
    now: BlockContext,
    (imvu, number): (&ImvuId, u64),
    writes: &mut Writes,
) -> Option<Echo> {
    let layer = Layer { base, writes };
    if all(&layer, imvu).newest == Some(number) {
        return None;
    }
    let snapshot = of(&layer, imvu, number).filter(|it| it.status.is_kept())?;
    Some(expire(base, now, snapshot, writes))
}

fn expire(view: &dyn View, now: BlockContext, mut it: Snapshot, writes: &mut Writes) -> Echo {
    if let SnapshotStatus::Taken(taken) = it.status {
        it.status = SnapshotStatus::Expired(taken);
    }
    save(&it, writes);
    assign(view, &it, writes);
    entry(now, None, (&it.imvu, it.number), SnapshotEvent::Expired)
}

/// When a creator is told that its request was not answered.
pub(crate) fn overdue(snapshot: &Snapshot) -> (Time, TimedItem) {
    let item = TimedItem::SnapshotOverdue {
        imvu: snapshot.imvu.clone(),
        number: snapshot.number,
    };
    (snapshot.law_time.plus_ms(SNAPSHOT_DUE_MS), item)
}

/// What ends the keeping of a snapshot.
pub(crate) fn expiry(snapshot: &Snapshot) -> TimedItem {
    TimedItem::ExpireSnapshot {
        imvu: snapshot.imvu.clone(),
        number: snapshot.number,
    }
}

/// What a host's compute agent shall make of a snapshot.
pub(crate) fn spec(snapshot: &Snapshot) -> Spec {
    let digest = match snapshot.status {
        SnapshotStatus::Requested => None,
        SnapshotStatus::Taken(taken) => Some(taken.digest),
        SnapshotStatus::Lost(_) | SnapshotStatus::Expired(_) | SnapshotStatus::Dropped(_) => {
            return Spec::Absent;
        }
    };
    Spec::Snapshot(SnapshotSpec {
        imvu: snapshot.imvu.clone(),
        number: snapshot.number,
        placement: snapshot.placement,
        digest,
    })
}

fn assign(view: &dyn View, snapshot: &Snapshot, writes: &mut Writes) {
    let item = Item::Snapshot(snapshot.imvu.clone(), snapshot.number);
    let (host, spec) = (&snapshot.host, spec(snapshot));
    assign::set(view, host, AgentKind::Compute, item, spec, writes);
}

fn save(snapshot: &Snapshot, writes: &mut Writes) {
    let key = state_key::snapshot(&snapshot.imvu, snapshot.number);
    write(writes, key, snapshot);
}

fn done(case: &Case<'_>, snapshot: &Snapshot, event: SnapshotEvent) -> Done {
    let about = (&snapshot.imvu, snapshot.number);
    Done::echoing(alloc::vec![entry(
        case.now,
        Some(case.sequence),
        about,
        event
    )])
}

fn entry(
    now: BlockContext,
    audit: Option<u64>,
    (imvu, number): (&ImvuId, u64),
    event: SnapshotEvent,
) -> Echo {
    Echo::Snapshot(SnapshotEntry {
        // Where the log ends, when it is appended.
        position: 0,
        audit,
        height: now.height,
        time: now.time,
        imvu: imvu.clone(),
        number,
        event,
    })
}
