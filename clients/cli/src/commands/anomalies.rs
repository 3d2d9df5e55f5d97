//! `nexus anomalies`: what the rules over the ledger found, as a node's index says.

use super::change::imvu_id;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::{table, text};
use clap::Args;
use nexus_sdk::api::{
    AnomalyView, EventBody, EventFilter, EventItem, EventKind, EventsPage, ListEventsParams, Method,
};
use nexus_types::ImvuId;

/// Findings of the rules over the ledger, oldest first.
#[derive(Args)]
pub(crate) struct Anomalies {
    /// Only those that concern this IMVU
    #[arg(long, value_parser = imvu_id)]
    imvu: Option<ImvuId>,
    /// From this block on
    #[arg(long, value_name = "HEIGHT")]
    from: Option<u64>,
    /// At most so many, the latest
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Anomalies) -> Result<Answer, CliError> {
    let client = ctx.client()?;
    let mut params = ListEventsParams {
        from_cursor: command.from.map(|height| height.to_string()),
        limit: Some(200),
        filter: EventFilter {
            kinds: vec![EventKind::Anomaly],
            imvu: command.imvu.map(Into::into),
            actor: None,
        },
    };
    let mut items: Vec<EventItem> = Vec::new();
    let limit = usize::from(command.limit);
    let at = loop {
        let page: EventsPage = client.read(Method::ListEvents, &params).await?;
        let is_end = page.items.is_empty();
        items.extend(page.items);
        items.drain(..items.len().saturating_sub(limit));
        if is_end {
            break page.at;
        }
        params.from_cursor = Some(page.next_cursor);
    };
    let rows = items.iter().filter_map(|item| match &item.event {
        EventBody::Anomaly(anomaly) => Some(row(item, anomaly)),
        _ => None,
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let shown = if rows.is_empty() {
        String::from("nothing was found")
    } else {
        table::columns(&["BLOCK", "TIME", "RULE", "WHAT"], &rows)
    };
    let text = format!("{shown}\nas of block {at}");
    Ok(Answer::new(&items, text)?)
}

fn row(item: &EventItem, anomaly: &AnomalyView) -> Vec<String> {
    vec![
        item.height.to_string(),
        text::time(item.block_time.0),
        text::plain(&anomaly.rule),
        text::plain(&anomaly.detail),
    ]
}
