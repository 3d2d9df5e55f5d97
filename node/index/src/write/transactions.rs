//! Transactions and what each gate said about them.

use crate::cell::{Cell, Row, saturated};
use crate::error::Error;
use nexus_types::block::{BlockRecord, TxRecord};
use nexus_types::encoding::encode;
use nexus_types::{Outcome, Verdict};
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeMap;

/// Writes `transactions` and `gate_decisions` of the block.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
) -> Result<(), Error> {
    let mut decisions = 0usize;
    let mut counts = Counts::new();
    for (position, tx) in block.txs.iter().enumerate() {
        row(block, position, tx).insert(connection).await?;
        let Some(verdict) = &tx.verdict else {
            continue;
        };
        for row in gates(block, position, verdict, decisions) {
            row.insert(connection).await?;
        }
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
    let verdict = tx.verdict.as_ref();
    let imvu = verdict.and_then(|verdict| verdict.imvu.as_ref());
    let gate = tx.code.gate().map(|gate| gate.number());
    Row::of("transactions")
        .set("height", Cell::int(block.height))
        .set("position", Cell::count(position))
        .set("time", Cell::int(block.time.0))
        .set("hash", Cell::text(tx.hash))
        .set("id", Cell::opt(verdict.map(|verdict| verdict.tx)))
        .set("signer", Cell::opt(BlockRecord::signer(tx)))
        .set("action", Cell::opt(verdict.map(|verdict| verdict.action)))
        .set("code", Cell::int(tx.code.number()))
        .set("gate", gate.map_or(Cell::Null, Cell::int))
        .set("reason", Cell::opt(verdict.and_then(Verdict::reason)))
        .set(
            "subject",
            Cell::opt(verdict.map(|verdict| &verdict.subject)),
        )
        .set("imvu", Cell::opt(imvu))
        .set("bytes", Cell::Blob(tx.bytes.clone()))
        .set(
            "verdict",
            verdict.map_or(Cell::Null, |verdict| Cell::Blob(encode(verdict))),
        )
}

fn gates<'a>(
    block: &'a BlockRecord,
    transaction: usize,
    verdict: &'a Verdict,
    before: usize,
) -> impl Iterator<Item = Row> + 'a {
    verdict
        .gates
        .iter()
        .enumerate()
        .map(move |(nth, decision)| {
            let (outcome, reason) = match decision.outcome {
                Outcome::Passed => ("passed", Cell::Null),
                Outcome::Refused(reason) => ("refused", Cell::text(reason)),
            };
            Row::of("gate_decisions")
                .set("height", Cell::int(block.height))
                .set("position", Cell::count(before.saturating_add(nth)))
                .set("time", Cell::int(block.time.0))
                .set("transaction_position", Cell::count(transaction))
                .set("tx", Cell::text(verdict.tx))
                .set("gate", Cell::int(decision.gate.number()))
                .set("outcome", Cell::text(outcome))
                .set("reason", reason)
                .set("imvu", Cell::opt(verdict.imvu.as_ref()))
                .set("actor", Cell::text(verdict.actor))
                .set("action", Cell::text(verdict.action))
        })
}
