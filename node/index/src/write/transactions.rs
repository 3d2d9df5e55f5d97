//! Transactions, and what each gate said about them.

use super::gates::Sets;
use crate::cell::{Cell, Row, Rows, saturated};
use crate::error::Error;
use nexus_types::block::{BlockRecord, TxRecord};
use nexus_types::encoding::encode;
use nexus_types::{Outcome, Verdict};
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeMap;

/// Gathers `transactions` of the block and what the gates said about them, and counts it.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
    rows: &mut Rows,
) -> Result<(), Error> {
    if block.txs.is_empty() {
        return Ok(());
    }
    let mut sets = Sets::read(connection).await?;
    let mut decisions = 0usize;
    let mut counts = Counts::new();
    for (position, tx) in block.txs.iter().enumerate() {
        let row = row(block, position, tx);
        let Some(verdict) = &tx.verdict else {
            rows.add(row);
            continue;
        };
        let set = sets.number(&verdict.gates, block.height, rows);
        let first = set.map(|_| Cell::count(decisions));
        rows.add(
            row.set("gate_set", set.map_or(Cell::Null, Cell::Int))
                .set("first_decision", first.unwrap_or(Cell::Null)),
        );
        add_refusals(rows, block.height, position, verdict, decisions);
        decisions = decisions.saturating_add(verdict.gates.len());
        for decision in verdict.gates.iter() {
            let (passed, refused) = counts.entry(decision.gate.number()).or_default();
            match decision.outcome {
                Outcome::Passed => *passed = passed.saturating_add(1),
                Outcome::Refused(_) => *refused = refused.saturating_add(1),
            }
        }
    }
    count(connection, block.height, counts).await
}

/// How often each gate passed and refused.
type Counts = BTreeMap<u8, (i64, i64)>;

/// Writes how often each gate that judged in the block has passed and refused in all, so that nobody has to count the
/// decisions of a long history.
async fn count(
    connection: &mut SqliteConnection,
    height: u64,
    counts: Counts,
) -> Result<(), Error> {
    let sql = "INSERT INTO gate_counts (gate, height, passed, refused)
               SELECT ?1, ?2, ?3 + coalesce(max(passed), 0), ?4 + coalesce(max(refused), 0)
               FROM (SELECT passed, refused FROM gate_counts WHERE gate = ?1 ORDER BY height DESC LIMIT 1)";
    for (gate, (passed, refused)) in counts {
        sqlx::query(sql)
            .bind(gate)
            .bind(saturated(height))
            .bind(passed)
            .bind(refused)
            .execute(&mut *connection)
            .await
            .map_err(Error::sql("counting the gates' decisions of a block"))?;
    }
    Ok(())
}

fn row(block: &BlockRecord, position: usize, tx: &TxRecord) -> Row {
    let row = Row::of("transactions")
        .set("height", Cell::int(block.height))
        .set("position", Cell::count(position))
        .set("time", Cell::int(block.time.0))
        .set("hash", Cell::hash(tx.hash))
        .set("code", Cell::int(tx.code.number()))
        .set("gate", Cell::gate(tx.code.gate()))
        .set("bytes", Cell::Blob(tx.bytes.clone()));
    let Some(verdict) = &tx.verdict else {
        return row;
    };
    row.set("id", Cell::hash(verdict.tx))
        .set("signer", Cell::identity(verdict.actor))
        .set("action", Cell::text(verdict.action))
        .set("reason", Cell::opt(verdict.reason()))
        .set("subject", Cell::text(&verdict.subject))
        .set("imvu", Cell::opt(verdict.imvu.as_ref()))
        .set("verdict", Cell::Blob(encode(verdict)))
}

fn add_refusals(
    rows: &mut Rows,
    height: u64,
    transaction: usize,
    verdict: &Verdict,
    before: usize,
) {
    for (nth, decision) in verdict.gates.iter().enumerate() {
        let Outcome::Refused(reason) = decision.outcome else {
            continue;
        };
        rows.add(
            Row::of("gate_refusals")
                .set("height", Cell::int(height))
                .set("position", Cell::count(before.saturating_add(nth)))
                .set("transaction_position", Cell::count(transaction))
                .set("gate", Cell::int(decision.gate.number()))
                .set("reason", Cell::text(reason))
                .set("imvu", Cell::opt(verdict.imvu.as_ref())),
        );
    }
}
