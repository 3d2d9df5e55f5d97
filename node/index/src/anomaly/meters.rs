//! What meters signed, beside what they signed before. A meter signs one record for each place in its chain; who shows
//! another, under keys of that meter, has a second copy of it, or has changed its mind. Records of refused reports count:
//! they are signed all the same.

use super::{Anomaly, Rule};
use crate::cell::{Cell, Row, Rows, saturated};
use crate::error::Error;
use nexus_types::action::{Action, ActionKind};
use nexus_types::block::BlockRecord;
use nexus_types::meter::MeterRecord;
use nexus_types::{Hash, MeterId, Tx, decode};
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeMap;

pub(super) async fn look(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
    rows: &mut Rows,
    found: &mut Vec<Anomaly>,
) -> Result<(), Error> {
    // By meter and sequence: the ids shown in this block.
    let mut here: BTreeMap<(MeterId, u64), Vec<Hash>> = BTreeMap::new();
    let mut position = 0_usize;
    for (nth, tx) in block.txs.iter().enumerate() {
        // Of admitted ones alone the signatures were verified.
        let action = tx.verdict.as_ref().map(|verdict| verdict.action);
        if action != Some(ActionKind::Report) {
            continue;
        }
        for record in records(&tx.bytes) {
            let body = &record.body;
            let id = body.id();
            let ids = here.entry((body.meter.clone(), body.sequence)).or_default();
            if ids.contains(&id) {
                continue;
            }
            let known = known(connection, &body.meter, body.sequence).await?;
            if known.contains(&id.to_string()) {
                continue;
            }
            let other = known.into_iter().next();
            if let Some(other) = other.or_else(|| ids.first().map(Hash::to_string)) {
                let detail = format!(
                    "meter {} signed two records {}: {other} and {id}",
                    body.meter, body.sequence
                );
                found.push(Anomaly {
                    meter: Some(body.meter.clone()),
                    ..Anomaly::new(Rule::MeterDisagreement, id, other, detail)
                });
            }
            ids.push(id);
            rows.add(
                Row::of("meter_records")
                    .set("height", Cell::int(block.height))
                    .set("position", Cell::count(position))
                    .set("transaction_position", Cell::count(nth))
                    .set("meter", Cell::text(&body.meter))
                    .set("sequence", Cell::int(body.sequence))
                    .set("record", Cell::hash(id)),
            );
            position = position.saturating_add(1);
        }
    }
    Ok(())
}

/// The signed records of a report.
fn records(bytes: &[u8]) -> Vec<MeterRecord> {
    let Ok(tx) = decode::<Tx>(bytes) else {
        return Vec::new();
    };
    let Action::Report(report) = tx.body.action else {
        return Vec::new();
    };
    let records = report.usage.as_slice().iter();
    records
        .filter(|record| !record.signatures.as_slice().is_empty())
        .cloned()
        .collect()
}

async fn known(
    connection: &mut SqliteConnection,
    meter: &MeterId,
    sequence: u64,
) -> Result<Vec<String>, Error> {
    sqlx::query_scalar("SELECT record FROM meter_records WHERE meter = ? AND sequence = ?")
        .bind(meter.to_string())
        .bind(saturated(sequence))
        .fetch_all(connection)
        .await
        .map_err(Error::sql("looking up a meter's records"))
}
