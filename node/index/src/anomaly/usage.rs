//! Hours of use beside the hours before them.

use super::{Anomaly, Rule, imvu};
use crate::cell::saturated;
use crate::error::Error;
use crate::limits::{JUMP_FACTOR, JUMP_FLOOR, JUMP_HISTORY, JUMP_HOURS};
use nexus_types::block::{BlockRecord, Event};
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::{Resource, UsageFlags, UsageHour};
use sqlx::sqlite::SqliteConnection;
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn look(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
    found: &mut Vec<Anomaly>,
) -> Result<(), Error> {
    let mut told = BTreeSet::new();
    for event in &block.events {
        // Leaves of one hour, known in parts, are looked at together.
        if let Event::Usage(hour) = event
            && told.insert((&hour.imvu, hour.hour))
        {
            hour_of(connection, hour, found).await?;
        }
    }
    Ok(())
}

async fn hour_of(
    connection: &mut SqliteConnection,
    hour: &UsageHour,
    found: &mut Vec<Anomaly>,
) -> Result<(), Error> {
    // What a kernel counted while its meter stood, or was another one, is not of this hour alone.
    let odd = UsageFlags::GAP | UsageFlags::REGRESSED | UsageFlags::BOOTED;
    if hour.lines.iter().any(|line| line.flags.0 & odd != 0) {
        return Ok(());
    }
    let read = read(connection, hour).await?;
    // Looked up for a jump alone.
    let mut known = None;
    for resource in Resource::ALL {
        let Some(hours) = read.get(resource.name()) else {
            continue;
        };
        let here = hours.get(&hour.hour).copied().unwrap_or_default();
        let before = || hours.iter().filter(|(each, _)| **each < hour.hour);
        let highest = before().map(|(_, read)| *read).max().unwrap_or_default();
        let bound = highest.saturating_mul(JUMP_FACTOR);
        if before().count() < JUMP_HISTORY || here <= bound {
            continue;
        }
        if known.is_none() {
            known = imvu(connection, &hour.imvu).await?;
        }
        let allowed = known
            .as_ref()
            .map(|imvu| resource.most(&imvu.quota, HOUR_MS));
        if allowed.is_none_or(|allowed| here.saturating_mul(JUMP_FLOOR) < allowed) {
            continue;
        }
        let unit = resource.unit();
        let detail = format!(
            "{}: {here} {unit} of {resource} in hour {}, more than {JUMP_FACTOR} times the {highest} {unit} \
             of any of the {JUMP_HOURS} hours before",
            hour.imvu, hour.hour
        );
        found.push(Anomaly {
            imvu: Some(hour.imvu.clone()),
            host: Some(hour.host.clone()),
            ..Anomaly::new(Rule::UsageJump, here, bound, detail)
        });
    }
    Ok(())
}

/// What was read of each resource in the hour and those before it.
type Read = BTreeMap<String, BTreeMap<u64, u128>>;

async fn read(connection: &mut SqliteConnection, hour: &UsageHour) -> Result<Read, Error> {
    // Summed here: a sum of SQLite's may be beyond its integers.
    let sql = "SELECT resource, hour, read FROM usage_lines INDEXED BY usage_lines_by_hour
               WHERE imvu = ?1 AND hour BETWEEN ?2 AND ?3";
    let last = saturated(hour.hour);
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(sql)
        .bind(hour.imvu.to_string())
        .bind(last.saturating_sub(JUMP_HOURS))
        .bind(last)
        .fetch_all(connection)
        .await
        .map_err(Error::sql("reading an IMVU's hours of use"))?;
    let mut sums = Read::new();
    for (resource, hour, read) in rows {
        let hour = u64::try_from(hour).unwrap_or_default();
        let sum = sums.entry(resource).or_default().entry(hour).or_default();
        *sum = sum.saturating_add(u128::try_from(read).unwrap_or_default());
    }
    Ok(sums)
}
