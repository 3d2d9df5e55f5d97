//! Hosts, reports, meter records and usage, spelled.

use super::{number, one, quota, variant};
use nexus_types::KeyBytes;
use nexus_types::host::{Capabilities, HostChange, Item};
use nexus_types::meter::{
    MeterLine, MeterRecord, MeterRecordBody, RecordKind, Target, UsageHour, UsageLine,
};
use nexus_types::report::{Ack, Drift, Report};
use serde_json::{Value, json};

pub(crate) fn keys(keys: &[KeyBytes]) -> Vec<String> {
    keys.iter().map(|key| hex::encode(key.0)).collect()
}

pub(crate) fn capabilities(capabilities: &Capabilities) -> Value {
    let isolation = capabilities.isolation.as_slice().iter();
    json!({
        "enforcement": variant(capabilities.enforcement),
        "isolation": isolation.map(variant).collect::<Vec<_>>(),
        "counters_cannot_be_reset": capabilities.counters_cannot_be_reset,
    })
}

pub(crate) fn host_change(change: &HostChange) -> Value {
    let contents = match change {
        HostChange::Status(status) => json!(variant(status)),
        HostChange::Capacity(capacity) => quota(capacity),
        HostChange::Capabilities(wanted) => capabilities(wanted),
        HostChange::Jurisdiction(tag) => json!(tag.as_str()),
    };
    one(&variant(change), contents)
}

pub(crate) fn item(item: &Item) -> Value {
    match item {
        Item::Imvu(imvu) => json!({"imvu": imvu.as_str()}),
    }
}

pub(crate) fn report(report: &Report) -> Value {
    let acks: Vec<Value> = report.acks.as_slice().iter().map(ack).collect();
    let usage: Vec<Value> = report.usage.as_slice().iter().map(record).collect();
    let drifts: Vec<Value> = report.drifts.as_slice().iter().map(drift).collect();
    json!({
        "sequence": number(report.sequence),
        "through": number(report.through),
        "capabilities": report.capabilities.map(|hash| hash.to_string()),
        "acks": acks,
        "usage": usage,
        "drifts": drifts,
    })
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
    let signatures = record.signatures.as_slice().iter();
    let signatures: Vec<Value> = signatures
        .map(|one| json!({"key": one.key, "signature": hex::encode(one.signature.0)}))
        .collect();
    json!({"body": record_body(&record.body), "signatures": signatures})
}

pub(crate) fn record_body(body: &MeterRecordBody) -> Value {
    let lines: Vec<Value> = body.lines.as_slice().iter().map(line).collect();
    json!({
        "network": super::network(&body.network),
        "meter": body.meter.to_string(),
        "sequence": number(body.sequence),
        "previous": body.previous.to_string(),
        "boot": hex::encode(body.boot),
        "kind": match body.kind {
            RecordKind::Reading => "reading",
            RecordKind::Gap => "gap",
        },
        "start": number(body.start.0),
        "end": number(body.end.0),
        "max_unmetered_ms": body.max_unmetered_ms,
        "lines": lines,
    })
}

fn line(line: &MeterLine) -> Value {
    let counters = line.counters.as_slice().iter();
    json!({
        "target": match &line.target {
            Target::Slot(slot) => json!({"slot": slot}),
            Target::Imvu(imvu) => json!({"imvu": imvu.as_str()}),
        },
        "counters": counters.map(|one| number(*one)).collect::<Vec<_>>(),
        "dropped": number(line.dropped),
    })
}

pub(crate) fn drift(drift: &Drift) -> Value {
    json!({
        "imvu": drift.imvu.as_ref().map(|imvu| imvu.as_str()),
        "kind": variant(drift.kind),
        "expected": drift.expected.to_string(),
        "found": drift.found.to_string(),
        "process": drift.process.as_str(),
        "pid": drift.pid,
        "detected": number(drift.detected.0),
        "reverted": drift.reverted.map(|time| number(time.0)),
    })
}

pub(crate) fn usage_lines(lines: &[UsageLine]) -> Vec<Value> {
    let spelled = lines.iter().map(|line| {
        json!({
            "resource": variant(line.resource),
            "meter": line.meter.to_string(),
            "read": line.read.to_string(),
            "billed": line.billed.to_string(),
            "dropped": line.dropped.to_string(),
            "windows": line.windows,
            "flags": line.flags.0,
        })
    });
    spelled.collect()
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
        "lines": usage_lines(&hour.lines),
    })
}
