//! Hosts, agents, meters, placements, reports and usage as the vectors spell them.

use super::mail;
use super::{address, network, number, one, policy, prefix, quota, text, variant};
use nexus_types::host::{
    Agent, Assignment, Capabilities, Host, HostChange, Item, Phase, Placement, Slot, Spec,
};
use nexus_types::meter::{
    Cursor, Meter, MeterLine, MeterRecord, MeterRecordBody, Metering, OpenHour, Target, UsageHour,
    UsageLine,
};
use nexus_types::report::{Ack, Drift, DriftEntry, Report};
use serde_json::{Value, json};

fn all<T>(values: &[T], spell: impl Fn(&T) -> Value) -> Vec<Value> {
    values.iter().map(spell).collect()
}

pub(crate) fn capabilities(capabilities: &Capabilities) -> Value {
    let isolation = all(capabilities.isolation.as_slice(), |one| json!(variant(one)));
    json!({
        "enforcement": variant(capabilities.enforcement),
        "isolation": isolation,
        "counters_cannot_be_reset": capabilities.counters_cannot_be_reset,
    })
}

pub(super) fn host_change(change: &HostChange) -> Value {
    match change {
        HostChange::Status(status) => json!({"status": variant(status)}),
        HostChange::Capacity(capacity) => json!({"capacity": quota(capacity)}),
        HostChange::Capabilities(given) => json!({"capabilities": capabilities(given)}),
        HostChange::Jurisdiction(tag) => json!({"jurisdiction": tag.as_str()}),
    }
}

pub(super) fn report(report: &Report) -> Value {
    json!({
        "sequence": number(report.sequence),
        "through": number(report.through),
        "capabilities": text(report.capabilities.as_ref()),
        "acks": all(report.acks.as_slice(), ack),
        "usage": all(report.usage.as_slice(), record),
        "drifts": all(report.drifts.as_slice(), drift),
    })
}

fn item(item: &Item) -> Value {
    match item {
        Item::Imvu(imvu) => json!({"imvu": imvu.as_str()}),
        Item::Snapshot(imvu, of) => {
            json!({"snapshot": {"imvu": imvu.as_str(), "number": number(*of)}})
        }
        Item::Restore(imvu) => json!({"restore": imvu.as_str()}),
    }
}

fn ack(ack: &Ack) -> Value {
    json!({
        "item": item(&ack.item),
        "generation": number(ack.generation),
        "outcome": variant(ack.outcome),
        "observed": ack.observed.to_string(),
    })
}

fn record(record: &MeterRecord) -> Value {
    let signatures = all(
        record.signatures.as_slice(),
        |one| json!({"key": one.key, "signature": hex::encode(one.signature.0)}),
    );
    json!({"body": record_body(&record.body), "signatures": signatures})
}

pub(crate) fn record_body(body: &MeterRecordBody) -> Value {
    json!({
        "network": network(&body.network),
        "meter": body.meter.to_string(),
        "sequence": number(body.sequence),
        "previous": body.previous.to_string(),
        "boot": hex::encode(body.boot),
        "kind": variant(body.kind),
        "start": number(body.start.0),
        "end": number(body.end.0),
        "max_unmetered_ms": body.max_unmetered_ms,
        "lines": all(body.lines.as_slice(), line),
    })
}

fn line(line: &MeterLine) -> Value {
    let target = match &line.target {
        Target::Slot(slot) => json!({"slot": slot}),
        Target::Imvu(imvu) => json!({"imvu": imvu.as_str()}),
    };
    json!({
        "target": target,
        "counters": counters(line.counters.as_slice()),
        "dropped": number(line.dropped),
    })
}

fn counters(counters: &[u64]) -> Vec<Value> {
    all(counters, |one| number(*one))
}

fn drift(drift: &Drift) -> Value {
    json!({
        "imvu": text(drift.imvu.as_ref()),
        "kind": variant(drift.kind),
        "expected": drift.expected.to_string(),
        "found": drift.found.to_string(),
        "process": drift.process.as_str(),
        "pid": drift.pid,
        "detected": number(drift.detected.0),
        "reverted": drift.reverted.map(|time| number(time.0)),
    })
}

pub(crate) fn drift_entry(entry: &DriftEntry) -> Value {
    json!({
        "audit": number(entry.audit),
        "height": number(entry.height),
        "time": number(entry.time.0),
        "agent": entry.agent.to_string(),
        "drift": drift(&entry.drift),
    })
}

pub(crate) fn host(host: &Host) -> Value {
    json!({
        "id": host.id.to_string(),
        "operator": host.operator.to_string(),
        "jurisdiction": host.jurisdiction.as_str(),
        "capacity": quota(&host.capacity),
        "guaranteed": quota(&host.guaranteed),
        "capabilities": capabilities(&host.capabilities),
        "attested": host.attested.map(number),
        "status": variant(host.status),
        "usable_from": number(host.usable_from.0),
        "registered": number(host.registered),
        "placements": host.placements,
        "next_slot": host.next_slot,
        "agents": host.agents.map(|agent| text(agent.as_ref())),
        "meters": all(host.meters.as_slice(), |id| json!(id.to_string())),
    })
}

pub(crate) fn agent(agent: &Agent) -> Value {
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

pub(crate) fn meter(meter: &Meter) -> Value {
    json!({
        "id": meter.id.to_string(),
        "host": meter.host.to_string(),
        "kind": variant(meter.kind),
        "scope": variant(meter.scope),
        "keys": all(meter.keys.as_slice(), |key| json!(hex::encode(key.0))),
        "threshold": meter.threshold,
        "test": meter.test,
        "registered": number(meter.registered),
        "since": number(meter.since.0),
        "usable_from": number(meter.usable_from.0),
        "retired": meter.retired,
        "replaces": meter.replaces.as_ref().map(ToString::to_string),
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

pub(crate) fn slot(slot: &Slot) -> Value {
    let ended = slot.ended.as_ref();
    json!({
        "imvu": slot.imvu.as_str(),
        "generation": number(slot.generation),
        "since": number(slot.since.0),
        "ended": ended.map(|(at, ceiling)| json!({"at": number(at.0), "ceiling": quota(ceiling)})),
    })
}

pub(crate) fn placement(placement: &Placement) -> Value {
    let phase = match &placement.phase {
        Phase::Starting => json!("starting"),
        Phase::Running => json!("running"),
        Phase::Stopping(next) => json!({"stopping": text(next.as_ref())}),
    };
    json!({
        "imvu": placement.imvu.as_str(),
        "host": placement.host.to_string(),
        "slot": placement.slot,
        "jurisdiction": placement.jurisdiction.to_string(),
        "generation": number(placement.generation),
        "since": number(placement.since.0),
        "phase": phase,
        "ceiling": quota(&placement.ceiling),
        "ceiling_since": number(placement.ceiling_since.0),
        "ceiling_before": quota(&placement.ceiling_before),
    })
}

pub(crate) fn assignment(assignment: &Assignment) -> Value {
    let acknowledged = assignment.acknowledged.as_ref().map(|ack| {
        json!({
            "outcome": variant(ack.outcome),
            "observed": ack.observed.to_string(),
            "at": number(ack.at),
        })
    });
    json!({
        "recovery_epoch": assignment.recovery_epoch,
        "generation": number(assignment.generation),
        "spec": spec(&assignment.spec),
        "acknowledged": acknowledged,
    })
}

fn spec(spec: &Spec) -> Value {
    match spec {
        Spec::Compute(spec) => one(
            "compute",
            json!({
                "imvu": spec.imvu.as_str(),
                "placement": number(spec.placement),
                "slot": spec.slot,
                "uid_first": spec.uid_first,
                "limits": quota(&spec.limits),
            }),
        ),
        Spec::Network(spec) => {
            let routes = all(
                spec.routes.as_slice(),
                |route| json!({"prefix": prefix(&route.prefix), "next_hop": address(&route.next_hop)}),
            );
            one(
                "network",
                json!({
                    "imvu": spec.imvu.as_str(),
                    "placement": number(spec.placement),
                    "subnet": prefix(&spec.subnet),
                    "port": spec.port,
                    "bandwidth_bits": number(spec.bandwidth_bits),
                    "routes": routes,
                    "policy": policy(&spec.policy),
                    "contained": spec.contained,
                    "restricted": all(spec.restricted.as_slice(), |one| json!(variant(one))),
                }),
            )
        }
        Spec::Absent => json!("absent"),
        Spec::Snapshot(spec) => one(
            "snapshot",
            json!({
                "imvu": spec.imvu.as_str(),
                "number": number(spec.number),
                "placement": number(spec.placement),
                "digest": text(spec.digest.as_ref()),
            }),
        ),
        Spec::Restore(spec) => one(
            "restore",
            json!({
                "imvu": spec.imvu.as_str(),
                "placement": number(spec.placement),
                "number": number(spec.number),
                "from": spec.from.to_string(),
                "digest": spec.digest.to_string(),
                "height": number(spec.height),
            }),
        ),
        Spec::Mail(spec) => one("mail", mail::spec(spec)),
    }
}

pub(crate) fn metering(metering: &Metering) -> Value {
    json!({
        "cursors": all(&metering.cursors, cursor),
        "forgotten": number(metering.forgotten),
        "hours": all(&metering.hours, open_hour),
        "billed": metering.billed.map(|total| total.to_string()),
    })
}

fn cursor(cursor: &Cursor) -> Value {
    json!({
        "meter": cursor.meter.to_string(),
        "placement": number(cursor.placement),
        "counters": counters(cursor.counters.as_slice()),
        "ahead": cursor.ahead.as_slice().iter().map(u128::to_string).collect::<Vec<_>>(),
        "dropped": number(cursor.dropped),
        "at": number(cursor.at.0),
        "boot": cursor.boot,
    })
}

fn open_hour(hour: &OpenHour) -> Value {
    json!({
        "hour": number(hour.hour),
        "placement": number(hour.placement),
        "host": hour.host.to_string(),
        "lines": all(&hour.lines, usage_line),
    })
}

fn usage_line(line: &UsageLine) -> Value {
    json!({
        "resource": variant(line.resource),
        "meter": line.meter.to_string(),
        "read": line.read.to_string(),
        "billed": line.billed.to_string(),
        "dropped": line.dropped.to_string(),
        "windows": line.windows,
        "flags": line.flags.0,
    })
}

pub(crate) fn usage_hour(hour: &UsageHour) -> Value {
    json!({
        "imvu": hour.imvu.as_str(),
        "sequence": number(hour.sequence),
        "hour": number(hour.hour),
        "owner": hour.owner.to_string(),
        "host": hour.host.to_string(),
        "placement": number(hour.placement),
        "height": number(hour.height),
        "lines": all(&hour.lines, usage_line),
    })
}
