//! Transactions and what each gate said about them.

use crate::cell::{Cell, Row};
use crate::error::Error;
use nexus_types::block::{BlockRecord, TxRecord};
use nexus_types::encoding::encode;
use nexus_types::{Outcome, Verdict};
use sqlx::sqlite::SqliteConnection;

/// Writes `transactions` and `gate_decisions` of the block.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
) -> Result<(), Error> {
    let mut decisions = 0usize;
    for (position, tx) in block.txs.iter().enumerate() {
        row(block, position, tx).insert(connection).await?;
        let Some(verdict) = &tx.verdict else {
            continue;
        };
        for row in gates(block, position, verdict, decisions) {
            row.insert(connection).await?;
        }
        decisions = decisions.saturating_add(verdict.gates.len());
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
