//! Hosts, what runs on them, and what their agents are told.

use super::{Fault, Ledger, fault, id, stands_under};
use alloc::collections::BTreeMap;
use nexus_types::HostId;
use nexus_types::host::{Agent, AgentKind, Assignment, Host, Item, Phase, Placement, Slot, Spec};
use nexus_types::limits::SLOTS_PER_HOST;
use nexus_types::meter::Meter;
use nexus_types::quota::Quota;
use nexus_types::snapshot::Snapshot;
use nexus_types::state::{Imvu, ImvuStatus};
use nexus_types::state_key::{self, KeyKind, StateKey};

/// What the placements on one host come to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Claims {
    guaranteed: Quota,
    placements: u32,
}

pub(super) fn guaranteed(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut claims: BTreeMap<HostId, Claims> = BTreeMap::new();
    ledger.each::<Placement>(KeyKind::Placement, |_, placement| {
        if let Phase::Stopping(Some(next)) = &placement.phase {
            let kept = claims.entry(next.clone()).or_default();
            kept.guaranteed = kept.guaranteed.plus(&placement.ceiling);
        }
        let here = claims.entry(placement.host).or_default();
        here.guaranteed = here.guaranteed.plus(&placement.ceiling);
        here.placements = here.placements.saturating_add(1);
        Ok(())
    })?;
    ledger.each::<Host>(KeyKind::Host, |key, host| {
        stands_under(key, &state_key::host(&host.id))?;
        let counted = claims.remove(&host.id).unwrap_or_default();
        let said = Claims {
            guaranteed: host.guaranteed,
            placements: host.placements,
        };
        if said != counted {
            return fault(key, format_args!("it says {said:?}, there are {counted:?}"));
        }
        if !host.guaranteed.fits(&host.capacity) {
            return fault(
                key,
                format_args!("{:?} is more than its {:?}", host.guaranteed, host.capacity),
            );
        }
        if host.next_slot > SLOTS_PER_HOST {
            return fault(key, format_args!("{} slots were given", host.next_slot));
        }
        Ok(())
    })?;
    match claims.into_keys().next() {
        None => Ok(()),
        Some(host) => fault(&state_key::host(&host), "something is placed on no host"),
    }
}

pub(super) fn agents_and_meters(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Host>(KeyKind::Host, |key, host| {
        if !ledger.exists(&state_key::identity(&host.operator)) {
            return fault(
                key,
                format_args!("its operator {} is no identity", host.operator),
            );
        }
        for (kind, id) in AgentKind::ALL.into_iter().zip(host.agents) {
            let Some(id) = id else { continue };
            match ledger.get::<Agent>(&state_key::agent(&id))? {
                Some(agent) if agent.host == host.id && agent.kind == kind => {}
                _ => return fault(key, format_args!("{id} is not its {kind} agent")),
            }
        }
        for id in host.meters.as_slice() {
            match ledger.get::<Meter>(&state_key::meter(id))? {
                Some(meter) if meter.host == host.id && !meter.retired => {}
                _ => return fault(key, format_args!("{id} is no meter of its own")),
            }
        }
        Ok(())
    })?;
    ledger.each::<Agent>(KeyKind::Agent, |key, agent| {
        stands_under(key, &state_key::agent(&agent.id))?;
        if ledger.exists(&state_key::identity(&agent.id)) {
            return Ok(());
        }
        fault(key, "it is no identity")
    })?;
    ledger.each::<Meter>(KeyKind::Meter, |key, meter| {
        stands_under(key, &state_key::meter(&meter.id))?;
        let host = ledger.get::<Host>(&state_key::host(&meter.host))?;
        let listed = host.is_some_and(|host| host.meters.contains(&meter.id));
        if listed != meter.retired {
            return Ok(());
        }
        fault(
            key,
            format_args!("retired: {}, on its host's list: {listed}", meter.retired),
        )
    })
}

pub(super) fn slots(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Placement>(KeyKind::Placement, |key, placement| {
        stands_under(key, &state_key::placement(&placement.imvu))?;
        let slot = state_key::slot(&placement.host, placement.slot);
        match ledger.get::<Slot>(&slot)? {
            Some(slot)
                if slot.imvu == placement.imvu
                    && slot.generation == placement.generation
                    && slot.since == placement.since
                    && slot.ended.is_none() => {}
            _ => return fault(key, format_args!("slot {} is not its own", placement.slot)),
        }
        let imvu = ledger.get::<Imvu>(&state_key::imvu(&placement.imvu))?;
        let Some(imvu) = imvu else {
            return fault(key, format_args!("there is no {}", placement.imvu));
        };
        let status = match placement.phase {
            Phase::Starting => ImvuStatus::Starting,
            Phase::Running => ImvuStatus::Active,
            Phase::Stopping(_) => ImvuStatus::Stopping,
        };
        if imvu.status != status || imvu.placements != placement.generation {
            return fault(
                key,
                format_args!(
                    "{:?} in placement {}, its IMVU is {:?} in {}",
                    placement.phase, placement.generation, imvu.status, imvu.placements
                ),
            );
        }
        if !imvu.quota.fits(&placement.ceiling) {
            return fault(key, "its ceiling is below its quota");
        }
        let host = ledger.get::<Host>(&state_key::host(&placement.host))?;
        let at = host.map(|host| host.jurisdiction);
        if at.as_ref() != Some(&placement.jurisdiction) || imvu.jurisdiction != at {
            return fault(
                key,
                format_args!(
                    "its volume is in {}, its host and its IMVU are in {at:?} and {:?}",
                    placement.jurisdiction, imvu.jurisdiction
                ),
            );
        }
        Ok(())
    })?;
    ledger.each::<Imvu>(KeyKind::Imvu, |key, imvu| {
        let placed = ledger.exists(&state_key::placement(&imvu.id));
        if placed == (imvu.status != ImvuStatus::Draft) {
            return Ok(());
        }
        fault(
            key,
            format_args!("it is {:?}, placed: {placed}", imvu.status),
        )
    })?;
    ledger.each::<Slot>(KeyKind::Slot, |key, slot| {
        let Some((host, number)) = slot_id(key)? else {
            return fault(key, "the key names no slot");
        };
        let next = ledger
            .get::<Host>(&state_key::host(&host))?
            .map_or(0, |host| host.next_slot);
        if number >= next {
            return fault(key, format_args!("the host has given {next} slots"));
        }
        let placement = ledger.get::<Placement>(&state_key::placement(&slot.imvu))?;
        let held = placement.is_some_and(|placement| {
            (placement.host, placement.slot) == (host, number)
                && placement.generation == slot.generation
        });
        if held == slot.ended.is_none() {
            return Ok(());
        }
        fault(key, format_args!("held: {held}, ended: {:?}", slot.ended))
    })
}

/// A slot's key: borsh(host) ‖ number, big-endian.
fn slot_id(key: &StateKey) -> Result<Option<(HostId, u32)>, Fault> {
    let Some((host, number)) = key.id().split_last_chunk::<4>() else {
        return Ok(None);
    };
    let host = StateKey::from_bytes([&[0], host].concat());
    Ok(Some((id::<HostId>(&host)?, u32::from_be_bytes(*number))))
}

pub(super) fn assignments(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let assigned = |placement: &Placement, kind: AgentKind| {
        let item = Item::Imvu(placement.imvu.clone());
        ledger.get::<Assignment>(&state_key::assignment(&placement.host, kind, &item))
    };
    ledger.each::<Placement>(KeyKind::Placement, |key, placement| {
        let compute = assigned(&placement, AgentKind::Compute)?.map(|it| it.spec);
        let network = assigned(&placement, AgentKind::Network)?.map(|it| it.spec);
        let stopping = matches!(placement.phase, Phase::Stopping(_));
        let computes = match &compute {
            Some(Spec::Absent) => stopping,
            Some(Spec::Compute(spec)) => {
                !stopping && (spec.placement, spec.slot) == (placement.generation, placement.slot)
            }
            _ => false,
        };
        let connects =
            matches!(&network, Some(Spec::Network(spec)) if spec.placement == placement.generation);
        if computes && connects {
            return Ok(());
        }
        fault(
            key,
            format_args!(
                "{:?}, assigned {compute:?} and {network:?}",
                placement.phase
            ),
        )
    })?;
    ledger.each::<Assignment>(KeyKind::Assignment, |key, assignment| {
        let (host, kind, item) = id::<(HostId, AgentKind, Item)>(key)?;
        if assignment.generation == 0 {
            return fault(key, "it is written from generation 1 on");
        }
        let imvu = match (item, &assignment.spec) {
            (
                Item::Imvu(imvu),
                Spec::Absent | Spec::Compute(_) | Spec::Network(_) | Spec::Mail(_),
            ) => imvu,
            (Item::Restore(imvu), Spec::Absent | Spec::Restore(_)) => imvu,
            // A host keeps a snapshot of what is there no longer.
            (Item::Snapshot(imvu, number), Spec::Absent | Spec::Snapshot(_)) => {
                let of = ledger.get::<Snapshot>(&state_key::snapshot(&imvu, number))?;
                if kind == AgentKind::Compute && of.is_some_and(|of| of.host == host) {
                    return Ok(());
                }
                return fault(key, "there is no such snapshot");
            }
            (item, spec) => return fault(key, format_args!("of {item:?} it is told {spec:?}")),
        };
        let placed = ledger
            .get::<Placement>(&state_key::placement(&imvu))?
            .is_some_and(|placement| placement.host == host);
        if assignment.spec == Spec::Absent || placed {
            return Ok(());
        }
        fault(
            key,
            format_args!("{kind} of {host} is told of {}, which is not there", imvu),
        )
    })
}
