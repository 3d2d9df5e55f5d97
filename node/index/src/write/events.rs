//! Events, and the logs that are made of them: audit log, violations, notices, usage, drifts, account
//! books, statements.

use super::{address, entries, usage};
use crate::anomaly::Anomaly;
use crate::cell::{Cell, Row, Rows};
use crate::error::Error;
use crate::rows::EventKind;
use nexus_types::Hash;
use nexus_types::block::{BlockRecord, Event};
use nexus_types::encoding::encode;
use nexus_types::record::{Notice, Violation};
use nexus_types::report::DriftEntry;
use sqlx::sqlite::SqliteConnection;

/// Where an event stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) height: u64,
    pub(super) position: usize,
}

/// Gathers `events` of the block, and for those that have one the row of their own log.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
    rows: &mut Rows,
) -> Result<(), Error> {
    let mut usage_lines = 0;
    for (position, event) in block.events.iter().enumerate() {
        let place = Place {
            height: block.height,
            position,
        };
        let mut row = place
            .row("events")
            .set("time", Cell::int(block.time.0))
            .set("kind", Cell::word(EventKind::of(event).name()))
            .set("data", Cell::Blob(encode(event)))
            .set_all(columns(event));
        if let Event::ProposalExpired(id) = event {
            row = row.set("imvu", imvu_of_proposal(connection, id).await?);
        }
        let host = host(connection, event).await?;
        row = row.set("host", host.clone());
        rows.add(row);
        match event {
            Event::Violation(violation) => add_violation(rows, place, violation),
            Event::Notice(notice) => rows.add(notice_row(place, notice)),
            Event::Usage(hour) => {
                let time = Cell::int(block.time.0);
                usage_lines = usage::add_hour(rows, place, time, hour, usage_lines);
            }
            Event::Drift(entry) => usage::add_drift(rows, place, host, entry),
            Event::Money(entry) => rows.add(entries::money_row(place, entry)),
            Event::Statement(entry) => {
                rows.add(entries::statement_row(place, block.time, entry));
            }
            // The event alone says it all.
            Event::Audit(_)
            | Event::ProposalExpired(_)
            | Event::Equivocation { .. }
            | Event::Placed { .. }
            | Event::Started(_)
            | Event::Stopped(_)
            | Event::NotAsAssigned { .. }
            | Event::Implausible { .. }
            | Event::NotPlaced { .. }
            | Event::AgentSilent { .. }
            | Event::MeterSilent { .. }
            | Event::Debt { .. }
            | Event::PeriodClosed(_)
            | Event::BooksDiffer(_)
            | Event::Contained { .. }
            | Event::IdentityFrozen { .. }
            | Event::GuardiansChanged(_)
            | Event::RecoveryPending { .. }
            | Event::RecoveryEnded { .. }
            | Event::Consent(_)
            | Event::Snapshot(_)
            | Event::Exit(_)
            | Event::MailEpoch(_)
            | Event::Governance(_)
            | Event::ValidatorsChanged(_)
            | Event::Restricted { .. }
            | Event::RestrictionAppealed { .. }
            | Event::ExternalName(_) => {}
        }
    }
    Ok(())
}

/// Adds what the rules found, as events after those of the block.
pub(super) fn add_anomalies(block: &BlockRecord, found: &[Anomaly], rows: &mut Rows) {
    let time = || Cell::int(block.time.0);
    for (nth, anomaly) in found.iter().enumerate() {
        let place = Place {
            height: block.height,
            position: block.events.len().saturating_add(nth),
        };
        rows.add(
            place
                .row("events")
                .set("time", time())
                .set("kind", Cell::word(EventKind::Anomaly.name()))
                .set("data", Cell::Blob(encode(anomaly)))
                .set("imvu", Cell::opt(anomaly.imvu.as_ref()))
                .set("actor", anomaly.actor.map_or(Cell::Null, Cell::identity))
                .set("host", Cell::opt(anomaly.host.as_ref()))
                .set("meter", Cell::opt(anomaly.meter.as_ref()))
                .set("reason", Cell::word(anomaly.rule.name())),
        );
        rows.add(anomaly.row(Cell::int(place.height), Cell::count(place.position), time()));
    }
}

/// The host an event is of, as it says itself or by its agent or meter.
async fn host(connection: &mut SqliteConnection, event: &Event) -> Result<Cell, Error> {
    match event {
        Event::Placed { host, .. }
        | Event::AgentSilent { host, .. }
        | Event::MeterSilent { host, .. } => Ok(Cell::text(host)),
        Event::Usage(hour) => Ok(Cell::text(&hour.host)),
        Event::MailEpoch(epoch) => Ok(Cell::text(&epoch.host)),
        Event::Drift(DriftEntry { agent, .. }) | Event::NotAsAssigned { agent, .. } => {
            usage::host_of_agent(connection, agent).await
        }
        Event::Implausible { meter, .. } | Event::NotPlaced { meter, .. } => {
            usage::host_of_meter(connection, meter).await
        }
        Event::Audit(_)
        | Event::Violation(_)
        | Event::Notice(_)
        | Event::ProposalExpired(_)
        | Event::Equivocation { .. }
        | Event::Started(_)
        | Event::Stopped(_)
        | Event::Money(_)
        | Event::Statement(_)
        | Event::Debt { .. }
        | Event::PeriodClosed(_)
        | Event::BooksDiffer(_)
        | Event::Contained { .. }
        | Event::IdentityFrozen { .. }
        | Event::GuardiansChanged(_)
        | Event::RecoveryPending { .. }
        | Event::RecoveryEnded { .. }
        | Event::Consent(_)
        | Event::Snapshot(_)
        | Event::Exit(_)
        | Event::Governance(_)
        | Event::ValidatorsChanged(_)
        | Event::Restricted { .. }
        | Event::RestrictionAppealed { .. }
        | Event::ExternalName(_) => Ok(Cell::Null),
    }
}

impl Place {
    pub(super) fn row(self, table: &'static str) -> Row {
        Row::of(table)
            .set("height", Cell::int(self.height))
            .set("position", Cell::count(self.position))
    }
}

fn columns(event: &Event) -> Vec<(&'static str, Cell)> {
    match event {
        Event::Audit(entry) => vec![
            ("audit", Cell::int(entry.sequence)),
            ("tx", Cell::hash(entry.tx)),
            ("imvu", Cell::opt(entry.imvu.as_ref())),
            ("actor", Cell::identity(entry.actor)),
            ("action", Cell::text(entry.action)),
            ("code", Cell::int(entry.code.number())),
            ("gate", Cell::gate(entry.code.gate())),
            ("subject", Cell::text(&entry.subject)),
            ("reason", Cell::opt(entry.reason)),
            ("before", Cell::hash(entry.before)),
            ("after", Cell::hash(entry.after)),
        ],
        Event::Violation(violation) => vec![
            ("audit", Cell::int(violation.audit)),
            ("tx", Cell::hash(violation.tx)),
            ("imvu", Cell::opt(violation.imvu.as_ref())),
            ("actor", Cell::identity(violation.actor)),
            ("action", Cell::text(violation.action)),
            ("code", Cell::int(violation.code.number())),
            ("gate", Cell::gate(violation.code.gate())),
        ],
        Event::Notice(notice) => vec![
            ("audit", Cell::int(notice.audit)),
            ("imvu", Cell::text(&notice.imvu)),
            ("actor", Cell::identity(notice.actor)),
            ("action", Cell::text(notice.action)),
            ("code", Cell::int(notice.code.number())),
            ("gate", Cell::gate(notice.code.gate())),
            ("proposal", notice.proposal.map_or(Cell::Null, Cell::hash)),
        ],
        Event::ProposalExpired(id) => vec![("proposal", Cell::hash(*id))],
        Event::Equivocation { validator, .. } => {
            vec![("validator", Cell::text(address(validator)))]
        }
        Event::Placed { imvu, .. } | Event::Started(imvu) | Event::Stopped(imvu) => {
            vec![("imvu", Cell::text(imvu))]
        }
        Event::Usage(hour) => vec![("imvu", Cell::text(&hour.imvu))],
        Event::Drift(entry) => vec![
            ("audit", Cell::int(entry.audit)),
            ("imvu", Cell::opt(entry.drift.imvu.as_ref())),
            ("actor", Cell::identity(entry.agent)),
        ],
        Event::NotAsAssigned { imvu, agent } => vec![
            ("imvu", Cell::text(imvu)),
            ("actor", Cell::identity(*agent)),
        ],
        Event::Implausible { imvu, meter } => {
            vec![("imvu", Cell::text(imvu)), ("meter", Cell::text(meter))]
        }
        Event::NotPlaced { meter, .. } | Event::MeterSilent { meter, .. } => {
            vec![("meter", Cell::text(meter))]
        }
        Event::AgentSilent { agent, .. } => vec![("actor", Cell::identity(*agent))],
        Event::Money(entry) => vec![("imvu", Cell::text(&entry.imvu))],
        Event::Statement(entry) => vec![("imvu", Cell::text(&entry.imvu))],
        Event::ExternalName(entry) => vec![("imvu", Cell::text(&entry.imvu))],
        // Its payer, who may follow its debts wherever they are.
        Event::Debt { imvu, payer, .. } => vec![
            ("imvu", Cell::text(imvu)),
            ("actor", Cell::identity(*payer)),
        ],
        Event::Contained { imvu, .. }
        | Event::Restricted { imvu, .. }
        | Event::RestrictionAppealed { imvu, .. } => vec![("imvu", Cell::text(imvu))],
        Event::Governance(entry) => vec![("proposal", Cell::hash(entry.proposal))],
        // Whose it is, so that everybody can follow what happens to its own.
        Event::IdentityFrozen { identity, .. }
        | Event::GuardiansChanged(identity)
        | Event::RecoveryPending { identity, .. }
        | Event::RecoveryEnded { identity, .. } => vec![("actor", Cell::identity(*identity))],
        Event::Consent(entry) => vec![
            ("audit", Cell::int(entry.audit)),
            ("imvu", Cell::text(&entry.imvu)),
        ],
        Event::Snapshot(entry) => vec![
            ("audit", entry.audit.map_or(Cell::Null, Cell::int)),
            ("imvu", Cell::text(&entry.imvu)),
        ],
        Event::Exit(entry) => vec![
            ("audit", entry.audit.map_or(Cell::Null, Cell::int)),
            ("imvu", Cell::text(&entry.imvu)),
        ],
        Event::MailEpoch(epoch) => vec![
            ("audit", Cell::int(epoch.audit)),
            ("imvu", Cell::text(&epoch.imvu)),
            ("actor", Cell::identity(epoch.agent)),
        ],
        Event::PeriodClosed(_) | Event::BooksDiffer(_) | Event::ValidatorsChanged(_) => Vec::new(),
    }
}

/// The event names the proposal alone; subscribers filter by IMVU.
async fn imvu_of_proposal(connection: &mut SqliteConnection, id: &Hash) -> Result<Cell, Error> {
    let imvu: Option<String> = sqlx::query_scalar(
        "SELECT imvu FROM proposal_versions WHERE id = ? AND imvu IS NOT NULL
         ORDER BY height DESC LIMIT 1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(Error::sql("looking up an expired proposal"))?;
    Ok(Cell::opt(imvu))
}

fn add_violation(rows: &mut Rows, place: Place, violation: &Violation) {
    rows.add(
        place
            .row("violations")
            .set("audit", Cell::int(violation.audit))
            .set("time", Cell::int(violation.time.0))
            .set("tx", Cell::hash(violation.tx))
            .set("actor", Cell::identity(violation.actor))
            .set("action", Cell::text(violation.action))
            .set("subject", Cell::text(&violation.subject))
            .set("imvu", Cell::opt(violation.imvu.as_ref()))
            .set("code", Cell::int(violation.code.number())),
    );
    for (gate, reason) in &violation.refused {
        rows.add(
            place
                .row("violation_gates")
                .set("gate", Cell::int(gate.number()))
                .set("reason", Cell::text(reason)),
        );
    }
}

fn notice_row(place: Place, notice: &Notice) -> Row {
    place
        .row("notices")
        .set("audit", Cell::int(notice.audit))
        .set("time", Cell::int(notice.time.0))
        .set("imvu", Cell::text(&notice.imvu))
        .set("actor", Cell::identity(notice.actor))
        .set("action", Cell::text(notice.action))
        .set("code", Cell::int(notice.code.number()))
        .set("proposal", notice.proposal.map_or(Cell::Null, Cell::hash))
}
