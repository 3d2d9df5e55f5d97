//! Events, and the logs that are made of them: audit log, violations, notices.

use super::address;
use crate::cell::{Cell, Row, Rows};
use crate::error::Error;
use crate::rows::EventKind;
use nexus_types::Hash;
use nexus_types::block::{BlockRecord, Event};
use nexus_types::encoding::encode;
use nexus_types::record::{Notice, Violation};
use sqlx::sqlite::SqliteConnection;

/// Where an event stands.
#[derive(Clone, Copy)]
struct Place {
    height: u64,
    position: usize,
}

/// Gathers `events` of the block, and for those that have one the row of their own log.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
    rows: &mut Rows,
) -> Result<(), Error> {
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
        rows.add(row);
        match event {
            Event::Violation(violation) => add_violation(rows, place, violation),
            Event::Notice(notice) => rows.add(notice_row(place, notice)),
            Event::Audit(_) | Event::ProposalExpired(_) | Event::Equivocation { .. } => {}
        }
    }
    Ok(())
}

impl Place {
    fn row(self, table: &'static str) -> Row {
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
