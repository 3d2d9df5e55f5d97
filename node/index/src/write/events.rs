//! Events, and the logs that are made of them: audit log, violations, notices.

use super::address;
use crate::cell::{Cell, Row, saturated};
use crate::error::Error;
use crate::rows::EventKind;
use nexus_types::Hash;
use nexus_types::block::{BlockRecord, Event};
use nexus_types::encoding::encode;
use nexus_types::record::{AuditEntry, Notice, Violation};
use sqlx::sqlite::SqliteConnection;

/// Where an event stands.
#[derive(Clone, Copy)]
struct Place {
    height: u64,
    position: usize,
}

/// Writes `events` of the block, and for each the row of its own log.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
) -> Result<(), Error> {
    for (position, event) in block.events.iter().enumerate() {
        let place = Place {
            height: block.height,
            position,
        };
        let mut row = place
            .row("events")
            .set("time", Cell::int(block.time.0))
            .set("kind", Cell::text(EventKind::of(event).name()))
            .set("data", Cell::Blob(encode(event)))
            .set_all(columns(event));
        if let Event::ProposalExpired(id) = event {
            row = row.set("imvu", imvu_of_proposal(connection, id).await?);
        }
        row.insert(connection).await?;
        match event {
            Event::Audit(entry) => audit(place, entry).insert(connection).await?,
            Event::Violation(violation) => write_violation(connection, place, violation).await?,
            Event::Notice(notice) => notice_row(place, notice).insert(connection).await?,
            Event::ProposalExpired(_) | Event::Equivocation { .. } => {}
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
    let gate = |code: nexus_types::Code| {
        code.gate()
            .map_or(Cell::Null, |gate| Cell::int(gate.number()))
    };
    match event {
        Event::Audit(entry) => vec![
            ("audit", Cell::int(entry.sequence)),
            ("tx", Cell::text(entry.tx)),
            ("imvu", Cell::opt(entry.imvu.as_ref())),
            ("actor", Cell::text(entry.actor)),
            ("action", Cell::text(entry.action)),
            ("code", Cell::int(entry.code.number())),
            ("gate", gate(entry.code)),
        ],
        Event::Violation(violation) => vec![
            ("audit", Cell::int(violation.audit)),
            ("tx", Cell::text(violation.tx)),
            ("imvu", Cell::opt(violation.imvu.as_ref())),
            ("actor", Cell::text(violation.actor)),
            ("action", Cell::text(violation.action)),
            ("code", Cell::int(violation.code.number())),
            ("gate", gate(violation.code)),
        ],
        Event::Notice(notice) => vec![
            ("audit", Cell::int(notice.audit)),
            ("imvu", Cell::text(&notice.imvu)),
            ("actor", Cell::text(notice.actor)),
            ("action", Cell::text(notice.action)),
            ("code", Cell::int(notice.code.number())),
            ("gate", gate(notice.code)),
            ("proposal", Cell::opt(notice.proposal)),
        ],
        Event::ProposalExpired(id) => vec![("proposal", Cell::text(id))],
        Event::Equivocation { validator, .. } => {
            vec![("validator", Cell::Text(address(validator)))]
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

fn audit(place: Place, entry: &AuditEntry) -> Row {
    let gate = entry.code.gate();
    place
        .row("audit_log")
        .set("sequence", Cell::Int(saturated(entry.sequence)))
        .set("time", Cell::int(entry.time.0))
        .set("tx", Cell::text(entry.tx))
        .set("actor", Cell::text(entry.actor))
        .set("action", Cell::text(entry.action))
        .set("subject", Cell::text(&entry.subject))
        .set("imvu", Cell::opt(entry.imvu.as_ref()))
        .set("code", Cell::int(entry.code.number()))
        .set(
            "gate",
            gate.map_or(Cell::Null, |gate| Cell::int(gate.number())),
        )
        .set("reason", Cell::opt(entry.reason))
        .set("before", Cell::text(entry.before))
        .set("after", Cell::text(entry.after))
}

async fn write_violation(
    connection: &mut SqliteConnection,
    place: Place,
    violation: &Violation,
) -> Result<(), Error> {
    place
        .row("violations")
        .set("audit", Cell::int(violation.audit))
        .set("time", Cell::int(violation.time.0))
        .set("tx", Cell::text(violation.tx))
        .set("actor", Cell::text(violation.actor))
        .set("action", Cell::text(violation.action))
        .set("subject", Cell::text(&violation.subject))
        .set("imvu", Cell::opt(violation.imvu.as_ref()))
        .set("code", Cell::int(violation.code.number()))
        .insert(connection)
        .await?;
    for (gate, reason) in &violation.refused {
        place
            .row("violation_gates")
            .set("gate", Cell::int(gate.number()))
            .set("reason", Cell::text(reason))
            .insert(connection)
            .await?;
    }
    Ok(())
}

fn notice_row(place: Place, notice: &Notice) -> Row {
    place
        .row("notices")
        .set("audit", Cell::int(notice.audit))
        .set("time", Cell::int(notice.time.0))
        .set("imvu", Cell::text(&notice.imvu))
        .set("actor", Cell::text(notice.actor))
        .set("action", Cell::text(notice.action))
        .set("code", Cell::int(notice.code.number()))
        .set("proposal", Cell::opt(notice.proposal))
}
