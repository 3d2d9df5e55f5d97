//! One committed block into rows: header, transactions, events, state, and last the cursor.

mod entries;
mod events;
mod gates;
mod hosts;
mod money;
mod state;
mod transactions;
mod usage;

pub(crate) use hosts::host_status;
pub(crate) use money::payout_status;
pub(crate) use state::imvu_status;

use crate::anomaly::{self, Anomaly};
use crate::cell::{Cell, Row, Rows};
use crate::error::Error;
use nexus_types::block::BlockRecord;
use sqlx::sqlite::SqliteConnection;

/// Writes the block's rows and moves the cursor to it; what the rules found in it. The caller has checked that it follows.
pub(crate) async fn block(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
) -> Result<Vec<Anomaly>, Error> {
    let mut rows = Rows::default();
    rows.add(header(block));
    transactions::write(connection, block, &mut rows).await?;
    rows.insert(connection).await?;
    // State first: an expired proposal's event finds its IMVU in the proposal's versions, an agent's its host.
    state::write(connection, block.height, 0, &block.changes).await?;
    let mut rows = Rows::default();
    events::write(connection, block, &mut rows).await?;
    rows.insert(connection).await?;
    let mut rows = Rows::default();
    let found = anomaly::find(connection, block, &mut rows).await?;
    events::add_anomalies(block, &found, &mut rows);
    rows.insert(connection).await?;
    sqlx::query("UPDATE cursor SET height = ? WHERE one = 1")
        .bind(crate::cell::saturated(block.height))
        .execute(connection)
        .await
        .map_err(Error::sql("moving the cursor of the index"))?;
    Ok(found)
}

/// Writes objects of the state after the block of height `base`, as their first versions; `position` is the ordinal of the
/// first of them among the keys of that state.
pub(crate) async fn seed(
    connection: &mut SqliteConnection,
    base: u64,
    position: usize,
    objects: Vec<(Vec<u8>, Vec<u8>)>,
) -> Result<(), Error> {
    let objects = objects.into_iter().map(|(key, value)| (key, Some(value)));
    state::write(connection, base, position, &objects.collect::<Vec<_>>()).await
}

fn header(block: &BlockRecord) -> Row {
    let verdicts = || block.txs.iter().filter_map(|tx| tx.verdict.as_ref());
    let applied = verdicts().filter(|verdict| verdict.is_applied()).count();
    let denied = verdicts().filter(|verdict| !verdict.is_applied()).count();
    Row::of("blocks")
        .set("height", Cell::int(block.height))
        .set("time", Cell::int(block.time.0))
        .set("hash", Cell::hash(block.hash))
        .set("app_hash", Cell::hash(block.app_hash))
        .set("proposer", Cell::text(address(&block.proposer)))
        .set("transactions", Cell::count(block.txs.len()))
        .set("applied", Cell::count(applied))
        .set("denied", Cell::count(denied))
        .set("events", Cell::count(block.events.len()))
}

/// A validator's address as CometBFT prints it: 40 upper-case hexadecimal digits.
fn address(bytes: &[u8; 20]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
