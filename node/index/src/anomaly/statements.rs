//! Statements, made again from their receipts by other code than the machine's.

use super::{Anomaly, Rule, imvu, object};
use crate::error::Error;
use nexus_sdk::statement::{Fault, Receipts, compare, recompute};
use nexus_types::billing::{MoneyEntry, StatementEntry};
use nexus_types::block::{BlockRecord, Event};
use nexus_types::encoding::List;
use nexus_types::meter::UsageHour;
use nexus_types::money::{PriceBook, PriceList};
use nexus_types::state::ChainRecord;
use nexus_types::{ImvuId, decode};
use sqlx::sqlite::SqliteConnection;

pub(super) async fn look(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
    found: &mut Vec<Anomaly>,
) -> Result<(), Error> {
    let made = |event: &Event| matches!(event, Event::Statement(_));
    if !block.events.iter().any(made) {
        return Ok(());
    }
    // An index that was not told of the chain's beginning has not all receipts either.
    let sql =
        "SELECT value FROM chain_versions WHERE value IS NOT NULL ORDER BY height DESC LIMIT 1";
    let Some(chain) = object::<ChainRecord>(connection, sql, None).await? else {
        return Ok(());
    };
    let lists = lists(connection).await?;
    for event in &block.events {
        if let Event::Statement(entry) = event
            && let Some(fault) = judge(connection, &chain, &lists, entry).await?
        {
            found.push(fault);
        }
    }
    Ok(())
}

async fn judge(
    connection: &mut SqliteConnection,
    chain: &ChainRecord,
    lists: &[PriceList],
    entry: &StatementEntry,
) -> Result<Option<Anomaly>, Error> {
    let Some(imvu) = imvu(connection, &entry.imvu).await? else {
        return Ok(None);
    };
    let (usage, money) = receipts(connection, &entry.imvu).await?;
    let beginnings = lists.iter().map(|list| (list.from, list.version));
    // The law keeps the last ones, and forgets none that a statement still needs.
    let first = lists.len().saturating_sub(nexus_types::limits::PRICE_LISTS);
    let book = PriceBook {
        lists: List::new(beginnings.skip(first).collect()).unwrap_or_default(),
    };
    let made = recompute(&Receipts {
        chain_id: chain.network.chain_id.as_str(),
        genesis_hash: chain.network.genesis_hash,
        calendar: chain.calendar,
        imvu: &entry.imvu,
        period: entry.period,
        owner: imvu.owner,
        usage: &usage,
        money: &money,
        book: &book,
        lists,
    });
    let committed = String::from_utf8_lossy(&entry.text);
    let why = match made {
        Ok(made) => match compare(&committed, &made) {
            None => return Ok(None),
            Some(difference) => difference.to_string(),
        },
        // This index began after the IMVU's first receipt.
        Err(Fault::OutOfOrder { .. }) => return Ok(None),
        Err(fault) => fault.to_string(),
    };
    let detail = format!(
        "the statement of {} for period {} is not what follows from its receipts: {why}",
        entry.imvu, entry.period
    );
    Ok(Some(Anomaly {
        imvu: Some(entry.imvu.clone()),
        ..Anomaly::new(
            Rule::StatementDiffers,
            entry.hash,
            "what its receipts come to",
            detail,
        )
    }))
}

async fn lists(connection: &mut SqliteConnection) -> Result<Vec<PriceList>, Error> {
    let sql = "SELECT value FROM price_list_versions WHERE value IS NOT NULL ORDER BY version";
    let values: Vec<Vec<u8>> = sqlx::query_scalar(sql)
        .fetch_all(connection)
        .await
        .map_err(Error::sql("reading the price lists"))?;
    Ok(values
        .iter()
        .filter_map(|value| decode(value).ok())
        .collect())
}

/// Every leaf of the IMVU's usage and money collections, in order.
async fn receipts(
    connection: &mut SqliteConnection,
    imvu: &ImvuId,
) -> Result<(Vec<UsageHour>, Vec<MoneyEntry>), Error> {
    let sql = "SELECT data FROM events INDEXED BY events_by_imvu
               WHERE imvu = ? AND kind IN ('usage', 'money') ORDER BY height, position";
    let values: Vec<Vec<u8>> = sqlx::query_scalar(sql)
        .bind(imvu.to_string())
        .fetch_all(connection)
        .await
        .map_err(Error::sql("reading a statement's receipts"))?;
    let (mut usage, mut money) = (Vec::new(), Vec::new());
    for value in values {
        match decode::<Event>(&value) {
            Ok(Event::Usage(hour)) => usage.push(hour),
            Ok(Event::Money(entry)) => money.push(entry),
            _ => {}
        }
    }
    Ok((usage, money))
}
