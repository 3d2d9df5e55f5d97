//! A statement for people: tables of what was used, charged, sold and split.

use crate::amount::{show, show_grains, show_micros};
use crate::commands::money::span;
use crate::error::CliError;
use crate::output::Answer;
use crate::table;
use crate::text::{RED, short};
use nexus_sdk::api::{Read, StatementView};
use nexus_sdk::statement::Document;

/// Both forms.
pub(super) fn shown(read: &Read<StatementView>, csv: bool) -> Result<Answer, CliError> {
    let entry = &read.value.entry;
    let document: Document = serde_json::from_str(&entry.text).map_err(|error| {
        CliError::Stranger(format!(
            "the statement has another form than this program knows ({error}); nexus statement print shows it as it is"
        ))
    })?;
    let text = if csv {
        self::csv(&document)
    } else {
        format!(
            "{}\nmade at block {}, SHA-256 {}, as the node says; nexus statement recompute proves it",
            tables(&document),
            entry.height,
            entry.hash
        )
    };
    let json = serde_json::json!({
        "height": entry.height,
        "hash": entry.hash,
        "sequence": entry.sequence,
        "statement": document,
    });
    Ok(Answer { json, text })
}

/// A statement's tables.
fn tables(statement: &Document) -> String {
    let mut parts = vec![table::fields(&[
        ("imvu", statement.imvu.to_string()),
        ("creator", statement.owner.to_string()),
        (
            "period",
            span(statement.period, statement.from, statement.to),
        ),
        ("prices", format!("list {}", statement.price_version)),
        ("entries", statement.entries.to_string()),
    ])];
    if statement.test {
        parts.push(format!(
            "{RED}a test meter made figures of this statement: they measure nothing{RED:#}"
        ));
    }
    parts.push(used(statement));
    if !statement.payers.is_empty() {
        parts.push(payers(statement));
    }
    parts.push(split(statement));
    let net = &statement.net_grains;
    parts.push(table::fields(&[
        ("net, creator", show_grains(net.creator.0)),
        ("net, platform", show_grains(net.platform.0)),
    ]));
    parts.join("\n\n")
}

fn used(statement: &Document) -> String {
    let used = statement.usage.iter().map(|line| {
        vec![
            line.resource.clone(),
            format!("{} {}", line.quantity, line.unit),
            format!("{} for {}", show_micros(line.micros), line.per),
            show(line.charged.0),
        ]
    });
    let late = statement.adjustments.iter().map(|line| {
        vec![
            format!("{} of period {}", line.resource, line.of),
            line.quantity.to_string(),
            format!("list {}", line.price_version),
            show(line.charged.0),
        ]
    });
    let terms = &statement.terms;
    let sums = [
        ("compute", terms.compute.0),
        ("mail", terms.mail.0),
        ("dns", terms.dns.0),
        ("network", terms.network.0),
        ("total", terms.total.0),
    ];
    let sums = sums
        .into_iter()
        .map(|(name, sum)| vec![format!("= {name}"), String::new(), String::new(), show(sum)]);
    let rows: Vec<Vec<String>> = used.chain(late).chain(sums).collect();
    table::columns(&["USED", "QUANTITY", "PRICE", "CHARGED"], &rows)
}

fn payers(statement: &Document) -> String {
    let rows: Vec<Vec<String>> = statement
        .payers
        .iter()
        .map(|payer| {
            vec![
                short(&payer.payer),
                show(payer.charged.0),
                show(payer.collected.0),
                show(payer.corrected.0),
            ]
        })
        .collect();
    table::columns(&["PAYER", "CHARGED", "COLLECTED", "GIVEN BACK"], &rows)
}

/// A name, micro-credits, and the grains of creator and platform where the amount was split.
type SplitRow = (&'static str, u128, Option<(u128, u128)>);

/// What was split, and what of it was taken back: the same rows in the table and in comma-separated values.
fn split_rows(statement: &Document) -> [SplitRow; 10] {
    let shares =
        |two: &nexus_sdk::statement::TwoShares| Some((two.creator_grains.0, two.platform_grains.0));
    let (sales, refunded) = (&statement.sales, &statement.refunded);
    [
        (
            "collected",
            statement.collected.amount.0,
            shares(&statement.collected),
        ),
        (
            "sales",
            sales.gross.0,
            Some((sales.creator_grains.0, sales.platform_grains.0)),
        ),
        (
            "released",
            statement.released.amount.0,
            shares(&statement.released),
        ),
        (
            "refunded",
            refunded.amount.0,
            Some((refunded.creator_grains.0, refunded.platform_grains.0)),
        ),
        (
            "disputed",
            statement.disputed.amount.0,
            shares(&statement.disputed),
        ),
        (
            "corrected",
            statement.corrected.amount.0,
            shares(&statement.corrected),
        ),
        (
            "granted by the creator",
            statement.granted.by_creator.0,
            None,
        ),
        (
            "granted by the platform",
            statement.granted.by_platform.0,
            None,
        ),
        ("tax", sales.tax.0, None),
        ("fees, the platform's", statement.fees.0, None),
    ]
}

fn split(statement: &Document) -> String {
    let grains = |grains: u128| show_grains(i128::try_from(grains).unwrap_or(i128::MAX));
    let rows: Vec<Vec<String>> = split_rows(statement)
        .into_iter()
        .map(|(name, amount, shares)| {
            let (creator, platform) =
                shares.map_or_else(Default::default, |(a, b)| (grains(a), grains(b)));
            vec![name.to_owned(), show(amount), creator, platform]
        })
        .collect();
    let part = |parts: u8| u32::from(parts) * 100 / u32::from(statement.split.whole.max(1));
    let creator = format!("CREATOR {} %", part(statement.split.creator));
    let platform = format!("PLATFORM {} %", part(statement.split.platform));
    table::columns(&["SPLIT", "AMOUNT", &creator, &platform], &rows)
}

/// Comma-separated values (RFC 4180), amounts in micro-credits. None of them can hold a comma or a quote but the names,
/// which lose it.
fn csv(statement: &Document) -> String {
    let mut rows = vec![String::from(
        "section,name,quantity,unit,microCredits,creatorGrains,platformGrains",
    )];
    let mut row = |cells: [String; 7]| {
        rows.push(cells.map(|cell| cell.replace([',', '"'], "")).join(","));
    };
    let none = String::new;
    for line in &statement.usage {
        row([
            "usage".to_owned(),
            line.resource.clone(),
            line.quantity.to_string(),
            line.unit.clone(),
            line.charged.to_string(),
            none(),
            none(),
        ]);
    }
    for line in &statement.adjustments {
        row([
            "adjustment".to_owned(),
            format!("{} of {}", line.resource, line.of),
            line.quantity.to_string(),
            none(),
            line.charged.to_string(),
            none(),
            none(),
        ]);
    }
    for payer in &statement.payers {
        let parts = [
            ("charged", &payer.charged),
            ("collected", &payer.collected),
            ("corrected", &payer.corrected),
        ];
        for (name, amount) in parts {
            row([
                format!("payer {name}"),
                payer.payer.to_string(),
                none(),
                none(),
                amount.to_string(),
                none(),
                none(),
            ]);
        }
    }
    for (name, amount, shares) in split_rows(statement) {
        let (creator, platform) =
            shares.map_or_else(Default::default, |(a, b)| (a.to_string(), b.to_string()));
        row([
            "split".to_owned(),
            name.to_owned(),
            none(),
            none(),
            amount.to_string(),
            creator,
            platform,
        ]);
    }
    let net = &statement.net_grains;
    row([
        "net".to_owned(),
        "net".to_owned(),
        none(),
        none(),
        none(),
        net.creator.to_string(),
        net.platform.to_string(),
    ]);
    rows.join("\n")
}
