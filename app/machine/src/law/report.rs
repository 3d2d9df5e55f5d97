//! An agent's report: usage first, then acknowledgements, which may end what the usage was of; then drifts.

use super::echo::{Done, Echo};
use super::effects::Effect;
use super::{hosts, metering, placement, snapshots};
use crate::case::Case;
use crate::view::{Layer, Writes, read, write};
use alloc::vec::Vec;
use nexus_types::host::{Acknowledged, Agent, AgentKind, Assignment, Host, Item};
use nexus_types::report::{Ack, Report};
use nexus_types::{Reason, state_key};

pub(crate) fn apply(case: &Case<'_>, report: &Report, writes: &mut Writes) -> Effect {
    let (Some(agent), Some(host)) = (&case.agent, &case.host) else {
        return Err(Reason::NotFound);
    };
    if report.sequence != agent.sequence.saturating_add(1) {
        return Err(Reason::ReportSequence);
    }
    attest(case, agent, host, report, writes);
    let mut echoes = metering::apply(case, host, report.usage.as_slice(), writes);
    for ack in report.acks.as_slice() {
        echoes.extend(acknowledge(case, agent, ack, writes)?);
    }
    echoes.extend(drifts(case, host, report, writes));
    let agent = Agent {
        sequence: report.sequence,
        last_height: case.now.height,
        last_time: case.law_time,
        through: report.through.min(case.now.height),
        silent: false,
        ..agent.clone()
    };
    write(writes, state_key::agent(&agent.id), &agent);
    Ok(Done {
        proposal: None,
        echoes,
    })
}

/// A compute agent's word on what its host can do: only exactly what is registered counts as attested.
fn attest(case: &Case<'_>, agent: &Agent, host: &Host, report: &Report, writes: &mut Writes) {
    let Some(found) = report
        .capabilities
        .filter(|_| agent.kind == AgentKind::Compute)
    else {
        return;
    };
    let attested = (found == host.capabilities.hash()).then_some(case.now.height);
    if attested.is_some() != host.attested.is_some() {
        hosts::save(
            &Host {
                attested,
                ..host.clone()
            },
            writes,
        );
    }
}

/// Takes down what the agent made of an assignment. Of a generation that is no longer, or not yet, the assignment's, it says
/// nothing that counts.
fn acknowledge(
    case: &Case<'_>,
    agent: &Agent,
    ack: &Ack,
    writes: &mut Writes,
) -> Result<Vec<Echo>, Reason> {
    let key = state_key::assignment(&agent.host, agent.kind, &ack.item);
    let layer = Layer {
        base: case.view,
        writes,
    };
    let Some(mut assignment) = read::<Assignment>(&layer, &key) else {
        return Ok(Vec::new());
    };
    if assignment.generation != ack.generation {
        return Ok(Vec::new());
    }
    let before = assignment.acknowledged.take();
    assignment.acknowledged = Some(Acknowledged {
        outcome: ack.outcome,
        observed: ack.observed,
        at: case.now.height,
    });
    write(writes, key, &assignment);
    match &ack.item {
        Item::Imvu(imvu) => placement::acknowledged(case, agent.kind, &assignment, imvu, writes),
        // What came of a snapshot is recorded by an action of its own, with digest and time.
        Item::Snapshot(..) => Ok(Vec::new()),
        // What an agent says again is no news.
        Item::Restore(_)
            if before
                .is_some_and(|it| (it.outcome, it.observed) == (ack.outcome, ack.observed)) =>
        {
            Ok(Vec::new())
        }
        Item::Restore(_) => {
            let restored = snapshots::restored(case, &agent.host, &assignment);
            Ok(restored.into_iter().collect())
        }
    }
}

/// The drifts, each under the IMVU it names if that one is placed here.
fn drifts(case: &Case<'_>, host: &Host, report: &Report, writes: &Writes) -> Vec<Echo> {
    let layer = Layer {
        base: case.view,
        writes,
    };
    let drifts = report.drifts.as_slice().iter();
    drifts
        .map(|drift| {
            let mut drift = drift.clone();
            drift.imvu = drift.imvu.filter(|imvu| {
                placement::of(&layer, imvu).is_some_and(|placement| placement.host == host.id)
            });
            Echo::Drift(drift)
        })
        .collect()
}
