//! Hosts, and what runs on them: who may say so, and what must hold of it.

use nexus_types::action::Action;
use nexus_types::host::{
    AckOutcome, Agent, AgentKind, Capabilities, EnforcementGrade, Host, HostStatus, Isolation,
    Item, Phase, Placement, Slot,
};
use nexus_types::meter::Meter;
use nexus_types::report::Report;
use nexus_types::state::Imvu;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{HostId, IdentityId, ImvuId};

use super::{Step, hold};
use crate::world::world;

fn has_a_seat(signer: IdentityId) -> bool {
    let seats = &world().genesis.document().state.seats;
    seats.as_slice().iter().any(|seat| seat.operator == signer)
}

impl Step<'_> {
    /// The report that was applied, with the host and kind of the agent that made it.
    pub(super) fn report(&self) -> Option<(&Report, Host, AgentKind)> {
        let tx = self.admitted().filter(|_| self.applied())?;
        let Action::Report(report) = &tx.body.action else {
            return None;
        };
        let agent = self.was::<Agent>(&state_key::agent(&tx.body.signer))?;
        let host = self.was::<Host>(&state_key::host(&agent.host))?;
        (host.agent(agent.kind) == Some(agent.id)).then_some((report, host, agent.kind))
    }

    fn signer(&self) -> Option<IdentityId> {
        Some(self.admitted()?.body.signer)
    }

    fn by_operator_of(&self, host: &HostId) -> bool {
        let host = self.was::<Host>(&state_key::host(host));
        host.is_some_and(|host| Some(host.operator) == self.signer())
    }
}

pub(super) fn hosts_are_their_operators(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Host) {
        let new = step.becomes::<Host>(key).ok_or("a host vanished")?;
        match step.was::<Host>(key) {
            None => {
                let signer = step.signer().ok_or("a host without a transaction")?;
                hold(has_a_seat(signer) && new.operator == signer, || {
                    format!("{} belongs to nobody's seat", new.id)
                })?;
            }
            Some(old) => host_changed(step, &old, &new)?,
        }
        hold(new.guaranteed.fits(&new.capacity), || {
            format!("{} guarantees more than it has", new.id)
        })?;
    }
    agents(step)?;
    meters(step)
}

fn host_changed(step: &Step<'_>, old: &Host, new: &Host) -> Result<(), String> {
    let same = (&old.id, old.operator, old.registered) == (&new.id, new.operator, new.registered);
    hold(same, || format!("{} is another's", old.id))?;
    let said = |host: &Host| {
        (
            host.jurisdiction.clone(),
            host.capacity,
            host.capabilities.clone(),
            host.status,
            host.agents,
            host.meters.clone(),
        )
    };
    let by_operator = Some(old.operator) == step.signer();
    hold(said(old) == said(new) || by_operator, || {
        format!("{} was changed by another than its operator", old.id)
    })?;
    let by_agent = old.agent(AgentKind::Compute) == step.signer();
    hold(
        old.attested == new.attested || by_operator || by_agent,
        || format!("{} was attested by another than its agent", old.id),
    )?;
    let weaker = old.jurisdiction != new.jurisdiction
        || old.capabilities.enforcement > new.capabilities.enforcement
        || old.capabilities.counters_cannot_be_reset && !new.capabilities.counters_cannot_be_reset
        || !keeps(&old.capabilities, &new.capabilities);
    hold(old.placements == 0 || !weaker, || {
        format!("{} takes from what runs there", old.id)
    })
}

fn keeps(old: &Capabilities, new: &Capabilities) -> bool {
    let mut all = old.isolation.as_slice().iter();
    all.all(|one| new.isolation.contains(one))
}

fn agents(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Agent) {
        let new = step.becomes::<Agent>(key).ok_or("an agent vanished")?;
        match step.was::<Agent>(key) {
            None => hold(step.by_operator_of(&new.host), || {
                format!("an agent of {} by another than its operator", new.host)
            })?,
            Some(old) => {
                let same = (old.id, &old.host, old.kind) == (new.id, &new.host, new.kind);
                let own = Some(old.id) == step.signer();
                hold(same && own && new.sequence == old.sequence + 1, || {
                    format!("agent {} was moved", old.id)
                })?;
            }
        }
    }
    Ok(())
}

fn meters(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Meter) {
        let new = step.becomes::<Meter>(key).ok_or("a meter vanished")?;
        let Some(old) = step.was::<Meter>(key) else {
            hold(step.by_operator_of(&new.host), || {
                format!("a meter of {} by another than its operator", new.host)
            })?;
            continue;
        };
        let said = |meter: &Meter| {
            (
                meter.id.clone(),
                meter.host.clone(),
                meter.kind,
                meter.scope,
                meter.keys.clone(),
                (meter.threshold, meter.test, meter.registered),
            )
        };
        hold(said(&old) == said(&new), || {
            format!("{} is another meter", old.id)
        })?;
        let retired = !old.retired && new.retired && step.by_operator_of(&old.host);
        let read = step.report().is_some_and(|(_, host, kind)| {
            (&host.id, kind) == (&old.host, old.kind) && !new.retired
        });
        hold(retired || read, || {
            format!("{} was moved by another than its agent", old.id)
        })?;
    }
    let mut keys = step.changed(KeyKind::MeterKey);
    let taken = keys.find(|key| (step.before)(key).is_some());
    taken.map_or(Ok(()), |key| Err(format!("{key:?} went to another meter")))
}

pub(super) fn owners_say_where_imvus_run(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Placement) {
        match (step.was::<Placement>(key), step.becomes::<Placement>(key)) {
            (None, Some(new)) => begun(step, &new, None)?,
            (Some(old), None) => ended(step, &old, None)?,
            (Some(old), Some(new)) if old.generation == new.generation => {
                went_on(step, &old, &new)?
            }
            (Some(old), Some(new)) => {
                ended(step, &old, Some(&new.host))?;
                begun(step, &new, Some(&old))?;
            }
            (None, None) => {}
        }
    }
    agents_touch_no_more(step)
}

fn owns(step: &Step<'_>, imvu: &ImvuId) -> bool {
    step.signer().is_some() && step.owner_of(imvu) == step.signer()
}

/// By its owner on a host that may have it; or where it was to go when it left the last.
fn begun(step: &Step<'_>, new: &Placement, left: Option<&Placement>) -> Result<(), String> {
    let imvu = step
        .was::<Imvu>(&state_key::imvu(&new.imvu))
        .ok_or("an IMVU that is not there runs")?;
    let fresh = step
        .was::<Slot>(&state_key::slot(&new.host, new.slot))
        .is_none();
    let first = new.phase == Phase::Starting && new.generation == imvu.placements + 1;
    hold(fresh && first, || {
        format!("{} did not begin anew on {}", new.imvu, new.host)
    })?;
    hold(imvu.quota.fits(&new.ceiling), || {
        format!("{} is promised less than its quota", new.imvu)
    })?;
    let kept = left.is_some_and(|left| left.phase == Phase::Stopping(Some(new.host.clone())));
    if kept {
        return Ok(());
    }
    hold(owns(step, &new.imvu), || {
        format!("another placed {}", new.imvu)
    })?;
    let host = step
        .was::<Host>(&state_key::host(&new.host))
        .ok_or("it runs on a host that is not there")?;
    let meters: Vec<Meter> = host
        .meters
        .as_slice()
        .iter()
        .filter_map(|id| step.was::<Meter>(&state_key::meter(id)))
        .collect();
    let metered = |kind: AgentKind| {
        meters
            .iter()
            .any(|meter| meter.kind == kind && !meter.retired)
    };
    let lacks = [
        (host.status == HostStatus::Open, "is open"),
        (host.attested.is_some(), "is attested"),
        (isolates(&host.capabilities), "isolates"),
        (
            host.agent(AgentKind::Compute).is_some(),
            "has a compute agent",
        ),
        (
            host.agent(AgentKind::Network).is_some(),
            "has a network agent",
        ),
        (AgentKind::ALL.into_iter().all(metered), "has every meter"),
        (
            imvu.jurisdiction.as_ref() == Some(&host.jurisdiction),
            "is in its jurisdiction",
        ),
    ];
    let lacks = lacks.into_iter().find(|(holds, _)| !holds);
    lacks.map_or(Ok(()), |(_, what)| {
        Err(format!("it is not so that {} {what}", host.id))
    })
}

fn isolates(capabilities: &Capabilities) -> bool {
    capabilities.enforcement != EnforcementGrade::None
        && Isolation::ALL
            .iter()
            .all(|one| capabilities.isolation.contains(one))
}

/// By its owner, who waits no longer; or because its host's compute agent says that nothing runs any more of what was to
/// stop.
fn ended(step: &Step<'_>, old: &Placement, next: Option<&HostId>) -> Result<(), String> {
    let waits_no_longer = match step.admitted().map(|tx| &tx.body.action) {
        Some(
            Action::StopImvu { imvu, accept_loss }
            | Action::MoveImvu {
                imvu, accept_loss, ..
            },
        ) => *accept_loss && *imvu == old.imvu && owns(step, imvu),
        Some(Action::ReleaseExit(asked)) => {
            asked.accept_loss && asked.imvu == old.imvu && owns(step, &asked.imvu)
        }
        // What was let go of is not waited for any longer.
        Some(Action::CloseExit(asked)) => asked.imvu == old.imvu && owns(step, &asked.imvu),
        _ => false,
    };
    let said = step.report().is_some_and(|(report, host, kind)| {
        let item = Item::Imvu(old.imvu.clone());
        let stopped = |outcome| outcome == AckOutcome::Stopped;
        let mut acks = report.acks.as_slice().iter();
        (host.id, kind) == (old.host.clone(), AgentKind::Compute)
            && old.phase == Phase::Stopping(next.cloned())
            && acks.any(|ack| ack.item == item && stopped(ack.outcome))
    });
    hold(waits_no_longer || said, || {
        format!(
            "{} was stopped without its owner's or its host's word",
            old.imvu
        )
    })
}

/// While it stands: its owner alone stops it, its host's agents alone say that it runs, or that less is promised.
fn went_on(step: &Step<'_>, old: &Placement, new: &Placement) -> Result<(), String> {
    let place = |one: &Placement| (one.host.clone(), one.slot, one.since, one.imvu.clone());
    hold(place(old) == place(new), || {
        format!("{} is somewhere else", old.imvu)
    })?;
    let by_its_agent = step
        .report()
        .is_some_and(|(_, host, _)| host.id == old.host);
    if old.phase != new.phase {
        let may = match (&old.phase, &new.phase) {
            (_, Phase::Stopping(_)) => owns(step, &old.imvu),
            (Phase::Starting, Phase::Running) => by_its_agent,
            _ => false,
        };
        hold(may, || {
            format!("{} went from {:?} to {:?}", old.imvu, old.phase, new.phase)
        })?;
    }
    let less = !old.ceiling.fits(&new.ceiling);
    hold(!less || by_its_agent, || {
        format!("{} is promised less", old.imvu)
    })?;
    let quota = step
        .becomes::<Imvu>(&state_key::imvu(&old.imvu))
        .map(|imvu| imvu.quota);
    hold(quota.is_some_and(|quota| quota.fits(&new.ceiling)), || {
        format!("{} is promised less than its quota", old.imvu)
    })
}

/// A report changes of an IMVU only whether, and how often, it runs.
fn agents_touch_no_more(step: &Step<'_>) -> Result<(), String> {
    if step.report().is_none() {
        return Ok(());
    }
    for key in step.changed(KeyKind::Imvu) {
        let (Some(old), Some(new)) = (step.was::<Imvu>(key), step.becomes::<Imvu>(key)) else {
            return Err("an agent founded or removed an IMVU".to_owned());
        };
        let id = old.id.clone();
        let otherwise = Imvu {
            status: new.status,
            placements: new.placements,
            ..old
        };
        hold(otherwise == new, || format!("an agent changed {id}"))?;
    }
    Ok(())
}

pub(super) fn slots_are_for_one(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Slot) {
        let new = step.becomes::<Slot>(key).ok_or("a slot was given back")?;
        let may = match step.was::<Slot>(key) {
            None => new.ended.is_none(),
            Some(old) => {
                old.ended.is_none()
                    && new.ended.is_some()
                    && (&old.imvu, old.generation, old.since)
                        == (&new.imvu, new.generation, new.since)
            }
        };
        hold(may, || format!("a slot of {} changed oddly", new.imvu))?;
    }
    Ok(())
}
