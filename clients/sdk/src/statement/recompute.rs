//! From receipts to the text of a statement.

use super::canonical::canonical_text;
use super::document::{
    Adjusted, Document, Granted, Net, Payer, Refunded, Sales, Split, Terms, TwoShares, Used,
};
use super::fault::Fault;
use super::receipts::Receipts;
use super::sums::Sums;
use nexus_types::billing::{Charge, MoneyEntry, MoneyEvent};
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::{Resource, UsageFlags, UsageHour};
use nexus_types::money::PriceList;
use nexus_types::period::Period;
use nexus_types::time::Time;
use std::collections::{BTreeMap, BTreeSet};

/// The creator's parts of twenty, and the platform's: the constitution's 55 % and 45 %, written down here once more.
const CREATOR: u8 = 11;
const PLATFORM: u8 = 9;
/// The most that a cumulative charge comes to: 2^63 − 1 micro-credits.
const MOST: u128 = (1 << 63) - 1;
/// The largest whole number that every reader of JSON tells from its neighbours.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// The text of the statement that follows from the receipts.
///
/// # Errors
/// [`Fault`]: the receipts contradict each other or the price lists.
pub fn recompute(receipts: &Receipts<'_>) -> Result<String, Fault> {
    let document = document(receipts)?;
    // Nothing in it can't be written: no map with keys that are no text.
    let value = serde_json::to_value(&document).unwrap_or_default();
    Ok(canonical_text(&value))
}

/// The statement that follows from the receipts.
///
/// # Errors
/// [`Fault`]: the receipts contradict each other or the price lists.
pub fn document(receipts: &Receipts<'_>) -> Result<Document, Fault> {
    in_order(receipts)?;
    charges(receipts)?;
    let period = receipts.period;
    let sums = Sums::of(period, receipts.money);
    let number = |value: u64| value.min(LARGEST_NUMBER);
    let grains = |amount: u128, parts: u8| amount.saturating_mul(u128::from(parts)).into();
    let two = |amount: u128| TwoShares {
        amount: amount.into(),
        creator_grains: grains(amount, CREATOR),
        platform_grains: grains(amount, PLATFORM),
    };
    let net = |parts: u8| sums.net().saturating_mul(i128::from(parts)).into();
    let version = receipts.book.version(period).unwrap_or_default();
    Ok(Document {
        adjustments: sums
            .late
            .iter()
            .map(|((of, resource), (version, line))| Adjusted {
                charged: line.charged.into(),
                of: number(of.0),
                price_version: *version,
                quantity: line.quantity.into(),
                resource: resource.name().to_owned(),
            })
            .collect(),
        chain_id: receipts.chain_id.to_owned(),
        collected: two(sums.collected),
        corrected: two(sums.corrected),
        disputed: two(sums.disputed),
        entries: number(sums.entries),
        fees: sums.fees.into(),
        from: number(receipts.calendar.start(period).0),
        genesis_hash: receipts.genesis_hash.into(),
        granted: Granted {
            by_creator: sums.by_creator.into(),
            by_platform: sums.by_platform.into(),
        },
        imvu: receipts.imvu.clone().into(),
        net_grains: Net {
            creator: net(CREATOR),
            platform: net(PLATFORM),
        },
        owner: receipts.owner.into(),
        payers: sums
            .payers
            .iter()
            .map(|(payer, bill)| Payer {
                charged: bill.charged.into(),
                collected: bill.collected.into(),
                corrected: bill.corrected.into(),
                payer: (*payer).into(),
            })
            .collect(),
        period: number(period.0),
        price_version: version,
        refunded: Refunded {
            amount: sums.refunded.into(),
            creator_grains: grains(sums.refunded, CREATOR),
            platform_grains: grains(sums.refunded, PLATFORM),
            tax: sums.tax_back.into(),
        },
        released: two(sums.released),
        sales: Sales {
            count: number(sums.sales),
            creator_grains: grains(sums.gross, CREATOR),
            gross: sums.gross.into(),
            platform_grains: grains(sums.gross, PLATFORM),
            tax: sums.tax.into(),
        },
        split: Split {
            creator: CREATOR,
            platform: PLATFORM,
            whole: CREATOR + PLATFORM,
        },
        terms: terms(&sums),
        test: sums.test,
        to: number(
            receipts
                .calendar
                .start(Period(period.0.saturating_add(1)))
                .0,
        ),
        usage: used(receipts, &sums, version)?,
        version: 1,
    })
}

fn terms(sums: &Sums) -> Terms {
    Terms {
        compute: sums
            .charged(&[Resource::Cpu, Resource::Memory, Resource::Io])
            .into(),
        dns: sums.charged(&[Resource::Dns]).into(),
        mail: sums
            .charged(&[Resource::Mail, Resource::MailStorage])
            .into(),
        network: sums.charged(&[Resource::Network]).into(),
        total: sums.charged(&Resource::ALL).into(),
    }
}

fn used(receipts: &Receipts<'_>, sums: &Sums, version: u32) -> Result<Vec<Used>, Fault> {
    let lines = sums.own.iter().map(|(resource, line)| {
        let (micros, per) = price(receipts, version, receipts.period, *resource)?;
        Ok(Used {
            charged: line.charged.into(),
            micros: micros.into(),
            per: per.into(),
            quantity: line.quantity.into(),
            resource: resource.name().to_owned(),
            unit: resource.unit().to_owned(),
        })
    });
    lines.collect()
}

/// Each collection must be whole from its first entry on.
fn in_order(receipts: &Receipts<'_>) -> Result<(), Fault> {
    let usage = receipts
        .usage
        .iter()
        .map(|hour| (&hour.imvu, hour.sequence));
    let money = receipts
        .money
        .iter()
        .map(|entry| (&entry.imvu, entry.sequence));
    let usage = usage
        .enumerate()
        .map(|(position, of)| ("usage", position, of));
    let money = money
        .enumerate()
        .map(|(position, of)| ("money", position, of));
    let mut all = usage.chain(money);
    let wrong = all.find(|(_, position, (imvu, sequence))| {
        *imvu != receipts.imvu || u64::try_from(*position) != Ok(*sequence)
    });
    match wrong {
        None => Ok(()),
        Some((collection, position, (imvu, sequence))) => Err(Fault::OutOfOrder {
            collection,
            position,
            found: format!("{imvu}, position {sequence}"),
        }),
    }
}

/// Every charge against its hour, its price list and its payers; every hour against its charge.
fn charges(receipts: &Receipts<'_>) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    let mut cumulative: BTreeMap<(Period, Resource), u128> = BTreeMap::new();
    for entry in receipts.money {
        let MoneyEvent::Charged(charge) = &entry.event else {
            continue;
        };
        let at = usize::try_from(charge.usage).ok();
        let hour = at
            .and_then(|at| receipts.usage.get(at))
            .ok_or(Fault::NoUse {
                entry: entry.sequence,
                usage: charge.usage,
            })?;
        if !seen.insert(charge.usage) {
            return Err(Fault::ChargedTwice {
                entry: entry.sequence,
                usage: charge.usage,
            });
        }
        like_its_hour(receipts, entry, charge, hour)?;
        let stated = charge.version;
        match receipts.book.version(charge.of) {
            Some(computed) if computed != stated => {
                return Err(Fault::WrongList {
                    entry: entry.sequence,
                    of: charge.of,
                    stated,
                    computed,
                });
            }
            _ => {}
        }
        let mut sum = 0_u128;
        for line in &charge.lines {
            let (micros, per) = price(receipts, stated, charge.of, line.resource)?;
            let so_far = cumulative.entry((charge.of, line.resource)).or_default();
            let before = cost(*so_far, micros, per);
            *so_far = so_far.saturating_add(line.quantity);
            let computed = cost(*so_far, micros, per).saturating_sub(before);
            if line.charged.0 != computed {
                return Err(Fault::WrongAmount {
                    entry: entry.sequence,
                    resource: line.resource,
                    stated: line.charged.0,
                    computed,
                });
            }
            sum = sum.saturating_add(computed);
        }
        parts(entry.sequence, charge, sum)?;
    }
    let uncharged = receipts.usage.iter().find(|hour| {
        !seen.contains(&hour.sequence) && hour.lines.iter().any(|line| line.billed > 0)
    });
    match uncharged {
        None => Ok(()),
        Some(hour) => Err(Fault::NotCharged {
            usage: hour.sequence,
        }),
    }
}

fn like_its_hour(
    receipts: &Receipts<'_>,
    entry: &MoneyEntry,
    charge: &Charge,
    hour: &UsageHour,
) -> Result<(), Fault> {
    let unlike = |what: &str, stated: String, computed: String| Fault::UnlikeUse {
        entry: entry.sequence,
        usage: charge.usage,
        what: what.to_owned(),
        stated,
        computed,
    };
    if charge.hour != hour.hour {
        return Err(unlike(
            "the hour",
            charge.hour.to_string(),
            hour.hour.to_string(),
        ));
    }
    let start = Time(hour.hour.saturating_mul(HOUR_MS));
    let of = receipts.calendar.period_of(start);
    if charge.of != of {
        return Err(unlike("the period", charge.of.to_string(), of.to_string()));
    }
    for resource in Resource::ALL {
        let stated = charge.lines.iter().filter(|line| line.resource == resource);
        let stated = stated.fold(0_u128, |sum, line| sum.saturating_add(line.quantity));
        let billed = hour.lines.iter().filter(|line| line.resource == resource);
        let billed = billed.fold(0_u128, |sum, line| sum.saturating_add(line.billed));
        if stated != billed {
            return Err(unlike(
                resource.name(),
                stated.to_string(),
                billed.to_string(),
            ));
        }
    }
    // Of lines without use the charge need not speak.
    let test = charge.flags.has(UsageFlags::TEST);
    let mut by_test = hour
        .lines
        .iter()
        .map(|line| (line.billed > 0, line.flags.has(UsageFlags::TEST)));
    let used_test = by_test.clone().any(|(used, test)| used && test);
    let any_test = by_test.any(|(_, test)| test);
    if (test && !any_test) || (!test && used_test) {
        return Err(unlike(
            "the flag test",
            test.to_string(),
            any_test.to_string(),
        ));
    }
    Ok(())
}

fn parts(entry: u64, charge: &Charge, lines: u128) -> Result<(), Fault> {
    let parts = charge.parts.iter();
    let parts = parts.fold(0_u128, |sum, part| sum.saturating_add(part.charged.0));
    if parts != lines {
        return Err(Fault::WrongParts {
            entry,
            parts,
            lines,
        });
    }
    if charge
        .parts
        .iter()
        .any(|part| part.collected > part.charged)
    {
        return Err(Fault::OverCollected { entry });
    }
    Ok(())
}

/// Micro-credits, and for how many of the unit. Without a price list (version 0) nothing costs anything.
fn price(
    receipts: &Receipts<'_>,
    version: u32,
    of: Period,
    resource: Resource,
) -> Result<(u64, u64), Fault> {
    if version == 0 {
        return Ok((0, 1));
    }
    let mut lists = receipts.lists.iter();
    let list: &PriceList = lists
        .find(|list| list.version == version)
        .ok_or(Fault::NoList { version, of })?;
    let position = Resource::ALL.iter().position(|each| *each == resource);
    let price = position.and_then(|position| list.prices.get(position));
    price
        .map(|price| (price.micros, price.per))
        .ok_or(Fault::NoList { version, of })
}

/// ⌊quantity × micros ÷ per⌋, at most [`MOST`]. The quotient and the remainder apart, so that no product is too large.
fn cost(quantity: u128, micros: u64, per: u64) -> u128 {
    let (micros, per) = (u128::from(micros), u128::from(per.max(1)));
    let whole = (quantity / per).saturating_mul(micros);
    let rest = (quantity % per) * micros / per;
    whole.saturating_add(rest).min(MOST)
}
