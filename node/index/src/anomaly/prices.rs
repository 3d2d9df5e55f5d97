//! Price lists beside those that they take the place of.

use super::{Anomaly, Rule, object};
use crate::error::Error;
use crate::limits::PRICE_FACTOR;
use nexus_types::block::BlockRecord;
use nexus_types::decode;
use nexus_types::meter::Resource;
use nexus_types::money::{Price, PriceList};
use nexus_types::state_key::KeyKind;
use sqlx::sqlite::SqliteConnection;

pub(super) async fn look(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
    found: &mut Vec<Anomaly>,
) -> Result<(), Error> {
    let prices = KeyKind::Prices.byte();
    for (key, value) in block.changes.iter() {
        let Some(value) = value else { continue };
        if key.first() != Some(&prices) {
            continue;
        }
        let Ok(list) = decode::<PriceList>(value) else {
            continue;
        };
        if let Some(before) = before(connection, &list).await? {
            compare(&before, &list, found);
        }
    }
    Ok(())
}

async fn before(
    connection: &mut SqliteConnection,
    list: &PriceList,
) -> Result<Option<PriceList>, Error> {
    let sql = "SELECT value FROM price_list_versions WHERE version < CAST(? AS INTEGER) AND value IS NOT NULL
               ORDER BY version DESC, height DESC LIMIT 1";
    object(connection, sql, Some(list.version.to_string())).await
}

fn compare(before: &PriceList, list: &PriceList, found: &mut Vec<Anomaly>) {
    let pairs = before.prices.into_iter().zip(list.prices);
    for (resource, (old, new)) in Resource::ALL.into_iter().zip(pairs) {
        if within(old, new) && within(new, old) {
            continue;
        }
        let text = |price: Price| {
            format!(
                "{} micro-credits for {} {}",
                price.micros,
                price.per,
                resource.unit()
            )
        };
        let (old, new) = (text(old), text(new));
        let detail = format!(
            "price list {} says {new} of {resource}, list {} said {old}: more than {PRICE_FACTOR} times apart",
            list.version, before.version
        );
        found.push(Anomaly::new(Rule::PriceOutlier, new, old, detail));
    }
}

/// Whether the second is at most so many times the first.
fn within(first: Price, second: Price) -> bool {
    let product = |a: u64, b: u64| u128::from(a).saturating_mul(u128::from(b));
    product(second.micros, first.per)
        <= product(first.micros, second.per).saturating_mul(PRICE_FACTOR)
}
