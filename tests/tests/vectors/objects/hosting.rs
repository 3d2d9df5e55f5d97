//! Objects of hosts and of what runs on them.

use super::{Scenario, object};
use crate::people::{agent, imvu, meter_keys};
use crate::spelled::hosting::{capabilities, item, keys, usage_lines};
use crate::spelled::{self, number, variant};
use nexus_types::host::{
    Acknowledged, Agent, AgentKind, Assignment, Host, Item, Phase, Placement, Slot, Spec,
};
use nexus_types::meter::{Cursor, Meter, Metering, OpenHour};
use nexus_types::route::Route;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{HostId, MeterId, Time, decode};
use serde_json::{Value, json};

pub(super) fn objects(story: &Scenario) -> Vec<Value> {
    let id = imvu("IMVU-042");
    let host_id = HostId::new("host-1").unwrap();
    let compute_meter = MeterId::new("host-1-compute").unwrap();
    let assigned = |kind| state_key::assignment(&host_id, kind, &Item::Imvu(id.clone()));
    vec![
        object(story, "host", state_key::host(&host_id), host),
        object(
            story,
            "agent",
            state_key::agent(&agent(AgentKind::Compute).id),
            agent_record,
        ),
        object(story, "meter", state_key::meter(&compute_meter), meter),
        object(
            story,
            "meterKey",
            state_key::meter_key(&meter_keys(AgentKind::Compute)[0].public()),
            |value: &MeterId| json!(value.to_string()),
        ),
        object(story, "slot", state_key::slot(&host_id, 0), slot),
        object(story, "slot", state_key::slot(&host_id, 1), slot),
        object(story, "placement", state_key::placement(&id), placement),
        object(
            story,
            "assignment",
            assigned(AgentKind::Compute),
            assignment,
        ),
        object(
            story,
            "assignment",
            assigned(AgentKind::Network),
            assignment,
        ),
        object(story, "metering", state_key::metering(&id), metering),
    ]
}

/// The range of an agent's assignments, and who is in it: what an agent asks for.
pub(super) fn assignments(story: &Scenario) -> Value {
    let host = HostId::new("host-1").unwrap();
    let (from, to) = state_key::assignments_of(&host, AgentKind::Compute);
    let state = story.chain.state.range(from.clone()..to.clone());
    let keys = state.map(|(key, _)| {
        assert_eq!(key.kind(), Some(KeyKind::Assignment));
        let (_, _, of) = decode::<(HostId, AgentKind, Item)>(key.id()).unwrap();
        json!({"key": hex::encode(key.as_bytes()), "item": item(&of)})
    });
    json!({
        "host": "host-1",
        "kind": "compute",
        "from": hex::encode(from.as_bytes()),
        "to": hex::encode(to.as_bytes()),
        "keys": keys.collect::<Vec<_>>(),
    })
}

fn host(host: &Host) -> Value {
    let agents = host.agents.map(|agent| agent.map(|id| id.to_string()));
    let meters = host.meters.as_slice().iter().map(ToString::to_string);
    json!({
        "id": host.id.to_string(),
        "operator": host.operator.to_string(),
        "jurisdiction": host.jurisdiction.as_str(),
        "capacity": spelled::quota(&host.capacity),
        "guaranteed": spelled::quota(&host.guaranteed),
        "capabilities": capabilities(&host.capabilities),
        "attested": host.attested.map(number),
        "status": variant(host.status),
        "usable_from": number(host.usable_from.0),
        "registered": number(host.registered),
        "placements": host.placements,
        "next_slot": host.next_slot,
        "agents": agents,
        "meters": meters.collect::<Vec<_>>(),
    })
}

fn agent_record(agent: &Agent) -> Value {
    json!({
        "id": agent.id.to_string(),
        "host": agent.host.to_string(),
        "kind": variant(agent.kind),
        "registered": number(agent.registered),
        "usable_from": number(agent.usable_from.0),
        "sequence": number(agent.sequence),
        "last_height": number(agent.last_height),
        "last_time": number(agent.last_time.0),
        "through": number(agent.through),
        "silent": agent.silent,
    })
}

fn meter(meter: &Meter) -> Value {
    json!({
        "id": meter.id.to_string(),
        "host": meter.host.to_string(),
        "kind": variant(meter.kind),
        "scope": variant(meter.scope),
        "keys": keys(meter.keys.as_slice()),
        "threshold": meter.threshold,
        "test": meter.test,
        "registered": number(meter.registered),
        "since": number(meter.since.0),
        "usable_from": number(meter.usable_from.0),
        "retired": meter.retired,
        "sequence": number(meter.sequence),
        "last": meter.last.to_string(),
        "window_end": number(meter.window_end.0),
        "boot": hex::encode(meter.boot),
        "boots": meter.boots,
        "gap_ms": number(meter.gap_ms),
        "gap_end": number(meter.gap_end.0),
        "last_time": number(meter.last_time.0),
        "silent": meter.silent,
    })
}

fn slot(slot: &Slot) -> Value {
    let ended = slot.ended.as_ref();
    let ended = ended
        .map(|(time, ceiling)| json!({"time": number(time.0), "ceiling": spelled::quota(ceiling)}));
    json!({
        "imvu": slot.imvu.as_str(),
        "generation": number(slot.generation),
        "since": number(slot.since.0),
        "ended": ended,
    })
}

fn placement(placement: &Placement) -> Value {
    json!({
        "imvu": placement.imvu.as_str(),
        "host": placement.host.to_string(),
        "slot": placement.slot,
        "generation": number(placement.generation),
        "since": number(placement.since.0),
        "phase": match &placement.phase {
            Phase::Starting => json!("starting"),
            Phase::Running => json!("running"),
            Phase::Stopping(next) => json!({"stopping": next.as_ref().map(ToString::to_string)}),
        },
        "ceiling": spelled::quota(&placement.ceiling),
        "ceiling_since": number(placement.ceiling_since.0),
        "ceiling_before": spelled::quota(&placement.ceiling_before),
    })
}

fn assignment(assignment: &Assignment) -> Value {
    let acknowledged = assignment.acknowledged.as_ref();
    let acknowledged = acknowledged.map(
        |Acknowledged {
             outcome,
             observed,
             at,
         }| {
            json!({
                "outcome": variant(outcome),
                "observed": observed.to_string(),
                "at": number(*at),
            })
        },
    );
    json!({
        "recovery_epoch": assignment.recovery_epoch,
        "generation": number(assignment.generation),
        "spec": spec(&assignment.spec),
        "acknowledged": acknowledged,
    })
}

fn spec(spec: &Spec) -> Value {
    match spec {
        Spec::Compute(spec) => json!({"compute": {
            "imvu": spec.imvu.as_str(),
            "placement": number(spec.placement),
            "slot": spec.slot,
            "uid_first": spec.uid_first,
            "limits": spelled::quota(&spec.limits),
        }}),
        Spec::Network(spec) => json!({"network": {
            "imvu": spec.imvu.as_str(),
            "placement": number(spec.placement),
            "subnet": spelled::prefix(&spec.subnet),
            "port": spec.port,
            "bandwidth_bits": number(spec.bandwidth_bits),
            "routes": spec.routes.as_slice().iter().map(route).collect::<Vec<_>>(),
            "policy": spelled::policy(&spec.policy),
        }}),
        Spec::Absent => json!("absent"),
    }
}

fn route(route: &Route) -> Value {
    json!({"prefix": spelled::prefix(&route.prefix), "next_hop": spelled::address(&route.next_hop)})
}

fn metering(metering: &Metering) -> Value {
    json!({
        "cursors": metering.cursors.iter().map(cursor).collect::<Vec<_>>(),
        "hours": metering.hours.iter().map(open_hour).collect::<Vec<_>>(),
        "billed": metering.billed.map(|each| each.to_string()),
    })
}

fn cursor(cursor: &Cursor) -> Value {
    let counters = cursor.counters.as_slice().iter();
    let Time(at) = cursor.at;
    json!({
        "meter": cursor.meter.to_string(),
        "placement": number(cursor.placement),
        "counters": counters.map(|one| number(*one)).collect::<Vec<_>>(),
        "dropped": number(cursor.dropped),
        "at": number(at),
        "boot": cursor.boot,
    })
}

fn open_hour(hour: &OpenHour) -> Value {
    json!({
        "hour": number(hour.hour),
        "placement": number(hour.placement),
        "host": hour.host.to_string(),
        "lines": usage_lines(&hour.lines),
    })
}
