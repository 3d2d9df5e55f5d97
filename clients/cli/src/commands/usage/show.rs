//! `nexus usage show`: what an IMVU used, from the ledger's state.

use super::chart::{self, Canvas, Series};
use super::hours::{Row, When, label, most, percent, permille, when};
use crate::commands::change::imvu_id;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Answer, Format};
use crate::table;
use crate::text::RED;
use clap::{Args, ValueEnum};
use nexus_sdk::api::{GetUsageParams, Spelled, UsageView};
use nexus_sdk::client::Client;
use nexus_types::ImvuId;
use nexus_types::limits::HOUR_MS;
use nexus_types::meter::Resource;
use nexus_types::quota::Quota;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::IsTerminal;

/// Hours read at once.
const PAGE: u32 = 200;

/// When a chart is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Draw {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What is to be shown.
#[derive(Args)]
pub(crate) struct Show {
    /// Which IMVU
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// From when on: 24h or 7d ago, 2026-01-31 or 2026-01-31T13:00Z
    #[arg(long, value_name = "WHEN", default_value = "23h", value_parser = when)]
    from: When,
    /// Up to before the hour of this time [default: now]
    #[arg(long, value_name = "WHEN", value_parser = when)]
    to: Option<When>,
    /// Only this resource: cpu, memory, io, dns, mail, network or mailStorage
    #[arg(long, value_parser = resource)]
    resource: Option<Resource>,
    /// Comma-separated values instead of a table
    #[arg(long)]
    csv: bool,
    /// When to draw a chart beside the table
    #[arg(long, value_enum, default_value = "auto")]
    chart: Draw,
}

fn resource(text: &str) -> Result<Resource, String> {
    Resource::parse(text).ok_or_else(|| format!("give {}", Resource::EXPECTED))
}

/// Everything that is shown.
struct Shown {
    imvu: ImvuId,
    height: u64,
    quota: Quota,
    /// The hours from the first to before the second.
    range: (u64, u64),
    rows: Vec<Row>,
    complete_from: Option<u64>,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Show) -> Result<Answer, CliError> {
    if command.csv && ctx.global.output != Format::Table {
        return Err(CliError::usage(
            "--csv and --output ask for different forms",
            "Leave one out.",
        ));
    }
    let shown = gather(&ctx.client()?, &command).await?;
    let text = if command.csv {
        csv(&shown)
    } else {
        let drawn = match command.chart {
            Draw::Auto => std::io::stdout().is_terminal(),
            Draw::Always => true,
            Draw::Never => false,
        };
        table(&shown, drawn.then(Canvas::of_terminal))
    };
    Ok(Answer {
        json: json(&shown),
        text,
    })
}

async fn gather(client: &Client, command: &Show) -> Result<Shown, CliError> {
    let imvu = client.imvu(&command.imvu).await?;
    let now = imvu.block_time.0;
    let after_now = (now / HOUR_MS).saturating_add(1);
    let range = (
        command.from.hour(now),
        command.to.map_or(after_now, |to| to.hour(now)),
    );
    if range.0 >= range.1 {
        return Err(CliError::usage(
            format!(
                "there is no hour from {} to before {}",
                label(range.0),
                label(range.1)
            ),
            "Give an earlier --from or a later --to; without --to it is now.",
        ));
    }
    let mut params = GetUsageParams {
        imvu: command.imvu.clone().into(),
        from_hour: Some(range.0.into()),
        to_hour: Some(range.1.into()),
        limit: Some(PAGE),
        cursor: None,
        at: None,
        proof: false,
    };
    let first = client.usage(&params).await?;
    let height = first.height.0;
    let complete_from = first.value.complete_from.map(|from| from.0);
    let mut rows = Vec::new();
    let mut page = first.value;
    loop {
        rows.extend(page.items.iter().flat_map(|leaf| Row::sealed(&leaf.hour)));
        rows.extend(open(&page, range));
        let Some(cursor) = page.next_cursor else {
            break;
        };
        params.cursor = Some(cursor);
        page = client.usage(&params).await?.value;
    }
    rows.retain(|row| {
        command
            .resource
            .is_none_or(|only| row.resource() == Some(only))
    });
    // By hour for people; the ledger's order is that in which hours were sealed.
    rows.sort_by_key(|row| (row.hour, row.placement, row.sequence.unwrap_or(u64::MAX)));
    Ok(Shown {
        imvu: command.imvu.clone(),
        height,
        quota: Quota::from(&imvu.value.quota),
        range,
        rows,
        complete_from,
    })
}

/// The rows of hours in the range that are not sealed yet; the first page alone has them.
fn open(page: &UsageView, (from, to): (u64, u64)) -> Vec<Row> {
    let hours = page.metering.iter().flat_map(|metering| &metering.hours);
    hours
        .filter(|hour| (from..to).contains(&hour.hour.0))
        .flat_map(Row::open)
        .collect()
}

fn json(shown: &Shown) -> Value {
    let quota = Resource::ALL.map(|resource| {
        let most = most(resource, &shown.quota).to_string();
        json!({"resource": resource.name(), "unit": resource.unit(), "mostPerHour": most})
    });
    json!({
        "imvu": shown.imvu.to_string(),
        "height": shown.height.to_string(),
        "fromHour": shown.range.0.to_string(),
        "toHour": shown.range.1.to_string(),
        "quota": quota,
        "items": shown.rows.iter().map(Row::json).collect::<Vec<_>>(),
        "completeFrom": shown.complete_from.map(|from| from.to_string()),
    })
}

fn csv(shown: &Shown) -> String {
    let lines = shown.rows.iter().map(Row::csv);
    let lines: Vec<String> = std::iter::once(Row::CSV.to_owned()).chain(lines).collect();
    lines.join("\n")
}

fn table(shown: &Shown, canvas: Option<Canvas>) -> String {
    let rows: Vec<Vec<String>> = shown.rows.iter().map(|row| cells(shown, row)).collect();
    let header = [
        "HOUR", "RESOURCE", "BILLED", "READ", "DROPPED", "OF QUOTA", "METER", "STANDING",
    ];
    let mut parts = vec![table::columns(&header, &rows)];
    if rows.is_empty() {
        parts.push(String::from("nothing was metered in these hours"));
    }
    if let Some(canvas) = canvas {
        parts.extend(drawn(shown, canvas));
    }
    if let Some(from) = shown.complete_from {
        parts.push(format!(
            "this node has no hour that was sealed before the {from}th of the collection; ask another"
        ));
    }
    if shown
        .rows
        .iter()
        .any(|row| row.line.flags.iter().any(|flag| flag == "test"))
    {
        parts.push(format!(
            "{RED}a test meter made these figures: they measure nothing{RED:#}"
        ));
    }
    let (from, to) = shown.range;
    parts.push(format!(
        "{} from {} to before {}, at block {}",
        shown.imvu,
        label(from),
        label(to),
        shown.height
    ));
    parts.join("\n")
}

fn cells(shown: &Shown, row: &Row) -> Vec<String> {
    let line = &row.line;
    let with_unit = |quantity: String| format!("{quantity} {}", line.unit);
    let share = row
        .resource()
        .and_then(|resource| permille(line.billed.0, most(resource, &shown.quota)))
        .map(percent);
    let sealed = if row.sequence.is_some() {
        "sealed"
    } else {
        "open"
    };
    let standing: Vec<&str> = std::iter::once(sealed)
        .chain(line.flags.iter().map(String::as_str))
        .collect();
    vec![
        label(row.hour),
        line.resource.clone(),
        with_unit(line.billed.to_string()),
        with_unit(line.read.to_string()),
        line.dropped.to_string(),
        share.unwrap_or_default(),
        line.meter.to_string(),
        standing.join(" "),
    ]
}

/// The chart: a bar an hour for one resource, a line a resource for several.
fn drawn(shown: &Shown, canvas: Canvas) -> Option<String> {
    let mut series: BTreeMap<Resource, Series> = BTreeMap::new();
    for row in &shown.rows {
        let Some(resource) = row.resource() else {
            continue;
        };
        let series = series.entry(resource).or_insert_with(|| Series {
            name: resource.name().to_owned(),
            unit: resource.unit().to_owned(),
            most: most(resource, &shown.quota),
            hours: BTreeMap::new(),
        });
        let used = series.hours.entry(row.hour).or_default();
        *used = used.saturating_add(row.line.billed.0);
    }
    let all: Vec<Series> = series.into_values().collect();
    match all.as_slice() {
        [] => None,
        [only] => Some(chart::bars(only, canvas)),
        several => Some(chart::columns(several, canvas)),
    }
}
