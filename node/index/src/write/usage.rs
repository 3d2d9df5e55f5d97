//! What an hour of usage and a drift come to: rows of their own beside their events.

use super::events::Place;
use crate::cell::{Cell, Rows};
use crate::error::Error;
use nexus_types::meter::{UsageFlags, UsageHour};
use nexus_types::report::{DriftEntry, DriftKind};
use nexus_types::{IdentityId, MeterId};
use sqlx::sqlite::SqliteConnection;

/// The names of the flags that are set.
pub(super) fn flags(flags: UsageFlags) -> Cell {
    let set = UsageFlags::NAMES
        .into_iter()
        .filter(|(flag, _)| flags.has(*flag));
    Cell::words(set.map(|(_, name)| name))
}

/// Adds a row for each line of an hour; `before` lines of the block are rows already. Returns how many there are then.
pub(super) fn add_hour(
    rows: &mut Rows,
    place: Place,
    time: Cell,
    hour: &UsageHour,
    before: usize,
) -> usize {
    for (nth, line) in hour.lines.iter().enumerate() {
        let line_place = Place {
            position: before.saturating_add(nth),
            ..place
        };
        rows.add(
            line_place
                .row("usage_lines")
                .set("event", Cell::count(place.position))
                .set("time", time.clone())
                .set("imvu", Cell::text(&hour.imvu))
                .set("sequence", Cell::int(hour.sequence))
                .set("hour", Cell::int(hour.hour))
                .set("owner", Cell::identity(hour.owner))
                .set("host", Cell::text(&hour.host))
                .set("placement", Cell::int(hour.placement))
                .set("resource", Cell::word(line.resource.name()))
                .set("meter", Cell::text(&line.meter))
                .set("read", quantity(line.read))
                .set("billed", quantity(line.billed))
                .set("dropped", quantity(line.dropped))
                .set("windows", Cell::int(line.windows))
                .set("flags", flags(line.flags)),
        );
    }
    before.saturating_add(hour.lines.len())
}

/// A quantity as SQLite's integer: one that large is shown as the largest, and is exact in the event.
fn quantity(value: u128) -> Cell {
    Cell::int(u64::try_from(value).unwrap_or(u64::MAX))
}

/// The word for what drifted.
fn kind(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Limit => "limit",
        DriftKind::Route => "route",
        DriftKind::Filter => "filter",
        DriftKind::Shaper => "shaper",
        DriftKind::Zone => "zone",
        DriftKind::Mail => "mail",
        DriftKind::Process => "process",
    }
}

/// Adds the row of a drift.
pub(super) fn add_drift(rows: &mut Rows, place: Place, host: Cell, entry: &DriftEntry) {
    let drift = &entry.drift;
    rows.add(
        place
            .row("drifts")
            .set("audit", Cell::int(entry.audit))
            .set("time", Cell::int(entry.time.0))
            .set("agent", Cell::identity(entry.agent))
            .set("host", host)
            .set("imvu", Cell::opt(drift.imvu.as_ref()))
            .set("kind", Cell::word(kind(drift.kind)))
            .set("expected", Cell::hash(drift.expected))
            .set("found", Cell::hash(drift.found))
            .set("process", Cell::text(&drift.process))
            .set("pid", Cell::int(drift.pid))
            .set("detected", Cell::int(drift.detected.0))
            .set(
                "reverted",
                drift.reverted.map_or(Cell::Null, |at| Cell::int(at.0)),
            ),
    );
}

/// The host of an agent, which never changes; none where the agent is from before this index.
pub(super) async fn host_of_agent(
    connection: &mut SqliteConnection,
    agent: &IdentityId,
) -> Result<Cell, Error> {
    let sql = "SELECT host FROM agent_versions WHERE id = ? ORDER BY height DESC LIMIT 1";
    host(connection, sql, agent.to_string()).await
}

/// The host of a meter, which never changes.
pub(super) async fn host_of_meter(
    connection: &mut SqliteConnection,
    meter: &MeterId,
) -> Result<Cell, Error> {
    let sql = "SELECT host FROM meter_versions WHERE id = ? ORDER BY height DESC LIMIT 1";
    host(connection, sql, meter.to_string()).await
}

async fn host(
    connection: &mut SqliteConnection,
    sql: &'static str,
    id: String,
) -> Result<Cell, Error> {
    let host: Option<Option<String>> = sqlx::query_scalar(sql)
        .bind(id)
        .fetch_optional(connection)
        .await
        .map_err(Error::sql("looking up whose host an event is of"))?;
    Ok(Cell::opt(host.flatten()))
}
