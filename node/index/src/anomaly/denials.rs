//! Who is refused again and again: a key in the wrong hands, a program gone wrong, somebody who tries the gates.

use super::{Anomaly, Rule};
use crate::cell::saturated;
use crate::error::Error;
use crate::limits::{DENIAL_MS, DENIALS};
use nexus_types::IdentityId;
use nexus_types::block::BlockRecord;
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeMap;

pub(super) async fn look(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
    found: &mut Vec<Anomaly>,
) -> Result<(), Error> {
    let mut actors: BTreeMap<IdentityId, i64> = BTreeMap::new();
    let verdicts = block.txs.iter().filter_map(|tx| tx.verdict.as_ref());
    for verdict in verdicts.filter(|verdict| !verdict.is_applied()) {
        let here = actors.entry(verdict.actor).or_default();
        *here = here.saturating_add(1);
    }
    for (actor, here) in actors {
        let before = before(connection, &actor, block).await?;
        let now = before.saturating_add(here);
        // Told when the bound is reached, and again only after it was quieter meanwhile.
        if before >= DENIALS || now < DENIALS {
            continue;
        }
        let detail = format!(
            "{actor} was refused {now} times within {} s, {here} of them in this block; fewer than {DENIALS} are ordinary",
            DENIAL_MS / 1_000
        );
        found.push(Anomaly {
            actor: Some(actor),
            ..Anomaly::new(Rule::DenialBurst, now, DENIALS, detail)
        });
    }
    Ok(())
}

/// How often the actor was refused in the minute before, in earlier blocks.
async fn before(
    connection: &mut SqliteConnection,
    actor: &IdentityId,
    block: &BlockRecord,
) -> Result<i64, Error> {
    // The latest alone: once there are enough of them, how many more there are is all the same.
    let sql = "SELECT count(*) FROM (
                   SELECT time FROM transactions INDEXED BY transactions_by_signer
                   WHERE signer = ?1 AND height < ?2 AND verdict IS NOT NULL AND code <> 0
                   ORDER BY height DESC, position DESC LIMIT ?3)
               WHERE time > ?4";
    sqlx::query_scalar(sql)
        .bind(actor.to_string())
        .bind(saturated(block.height))
        .bind(DENIALS)
        .bind(saturated(block.time.0).saturating_sub(DENIAL_MS))
        .fetch_one(connection)
        .await
        .map_err(Error::sql("counting an identity's refusals"))
}
