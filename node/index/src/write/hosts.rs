//! Hosts, agents, meters and placements as columns of their versions.

use super::state::{Columns, quota_columns};
use crate::cell::Cell;
use nexus_types::Hash;
use nexus_types::host::{Agent, AgentKind, EnforcementGrade, Host, HostStatus, Phase, Placement};
use nexus_types::meter::{Meter, MeterScope};
use nexus_types::quota::QuotaField;

/// The word for a host's status in the `status` column.
pub(crate) fn host_status(status: HostStatus) -> &'static str {
    match status {
        HostStatus::Open => "open",
        HostStatus::Closed => "closed",
        HostStatus::Draining => "draining",
        HostStatus::Lost => "lost",
    }
}

fn enforcement(enforcement: EnforcementGrade) -> &'static str {
    match enforcement {
        EnforcementGrade::None => "none",
        EnforcementGrade::Detection => "detection",
        EnforcementGrade::Prevention => "prevention",
    }
}

fn guaranteed(field: QuotaField) -> &'static str {
    match field {
        QuotaField::CpuMillis => "guaranteed_cpu_millis",
        QuotaField::MemoryBytes => "guaranteed_memory_bytes",
        QuotaField::StorageBytes => "guaranteed_storage_bytes",
        QuotaField::BandwidthBits => "guaranteed_bandwidth_bits",
        QuotaField::Pids => "guaranteed_pids",
        QuotaField::IoBytes => "guaranteed_io_bytes",
        QuotaField::DnsAnswers => "guaranteed_dns_answers",
        QuotaField::MailMessages => "guaranteed_mail_messages",
        QuotaField::MailBytes => "guaranteed_mail_bytes",
    }
}

pub(super) fn host(host: &Host) -> Columns {
    let can = &host.capabilities;
    let isolation = can.isolation.as_slice().iter().map(|each| each.name());
    let mut columns = vec![
        ("operator", Cell::identity(host.operator)),
        ("jurisdiction", Cell::text(&host.jurisdiction)),
        ("status", Cell::word(host_status(host.status))),
    ];
    columns.extend(quota_columns(&host.capacity));
    let taken =
        QuotaField::ALL.map(|field| (guaranteed(field), Cell::int(host.guaranteed.get(field))));
    columns.extend(taken);
    columns.extend([
        ("enforcement", Cell::word(enforcement(can.enforcement))),
        ("isolation", Cell::words(isolation)),
        (
            "counters_cannot_be_reset",
            Cell::int(can.counters_cannot_be_reset),
        ),
        ("attested", host.attested.map_or(Cell::Null, Cell::int)),
        ("usable_from", Cell::int(host.usable_from.0)),
        ("registered", Cell::int(host.registered)),
        ("placements", Cell::int(host.placements)),
        ("next_slot", Cell::int(host.next_slot)),
    ]);
    columns
}

fn kind(kind: AgentKind) -> Cell {
    Cell::word(kind.name())
}

pub(super) fn agent(agent: &Agent) -> Columns {
    vec![
        ("host", Cell::text(&agent.host)),
        ("kind", kind(agent.kind)),
        ("registered", Cell::int(agent.registered)),
        ("usable_from", Cell::int(agent.usable_from.0)),
        ("sequence", Cell::int(agent.sequence)),
        ("last_height", Cell::int(agent.last_height)),
        ("last_time", Cell::int(agent.last_time.0)),
        ("through", Cell::int(agent.through)),
        ("silent", Cell::int(agent.silent)),
    ]
}

pub(super) fn meter(meter: &Meter) -> Columns {
    let scope = match meter.scope {
        MeterScope::Host => "host",
        MeterScope::Everywhere => "everywhere",
    };
    let keys = meter.keys.as_slice().iter().map(|key| Hash(key.0));
    vec![
        ("host", Cell::text(&meter.host)),
        ("kind", kind(meter.kind)),
        ("scope", Cell::word(scope)),
        ("keys", Cell::words(keys)),
        ("threshold", Cell::int(meter.threshold)),
        ("test", Cell::int(meter.test)),
        ("registered", Cell::int(meter.registered)),
        ("usable_from", Cell::int(meter.usable_from.0)),
        ("retired", Cell::int(meter.retired)),
        ("sequence", Cell::int(meter.sequence)),
        ("last_record", Cell::hash(meter.last)),
        ("window_end", Cell::int(meter.window_end.0)),
        ("boots", Cell::int(meter.boots)),
        ("gap_ms", Cell::int(meter.gap_ms)),
        ("gap_end", Cell::int(meter.gap_end.0)),
        ("last_time", Cell::int(meter.last_time.0)),
        ("silent", Cell::int(meter.silent)),
    ]
}

pub(super) fn placement(placement: &Placement) -> Columns {
    let (phase, next) = match &placement.phase {
        Phase::Starting => ("starting", None),
        Phase::Running => ("running", None),
        Phase::Stopping(next) => ("stopping", next.as_ref()),
    };
    vec![
        ("host", Cell::text(&placement.host)),
        ("slot", Cell::int(placement.slot)),
        ("jurisdiction", Cell::text(&placement.jurisdiction)),
        ("generation", Cell::int(placement.generation)),
        ("since", Cell::int(placement.since.0)),
        ("phase", Cell::word(phase)),
        ("next_host", Cell::opt(next)),
    ]
}
