//! `nexus drift`: what somebody else changed on a host, and which process did.

use super::change::{host_id, imvu_id};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::{table, text};
use clap::{Args, Subcommand};
use nexus_sdk::api::{DriftItemView, DriftKind, ListDriftsParams};
use nexus_types::ImvuId;
use nexus_types::ids::HostId;

/// Drifts.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List drifts, newest first
    List(List),
}

/// Which drifts.
#[derive(Args)]
pub(crate) struct List {
    /// Only those that concern this IMVU
    #[arg(long, value_parser = imvu_id)]
    imvu: Option<ImvuId>,
    /// Only those on this host
    #[arg(long, value_name = "NAME", value_parser = host_id)]
    host: Option<HostId>,
    /// At most so many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let Command::List(list) = command;
    let params = ListDriftsParams {
        limit: Some(list.limit),
        imvu: list.imvu.map(Into::into),
        host: list.host.map(Into::into),
        ..ListDriftsParams::default()
    };
    let page = ctx.client()?.drifts(&params).await?;
    let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
    let header = [
        "BLOCK", "FOUND", "HOST", "IMVU", "WHAT", "UNDONE", "BY", "AUDIT",
    ];
    let shown = table::columns(&header, &rows);
    let text = format!(
        "{shown}\n{} of {} at block {}",
        page.items.len(),
        page.total,
        page.at
    );
    Ok(Answer::new(&page, text)?)
}

fn row(item: &DriftItemView) -> Vec<String> {
    let (entry, drift) = (&item.entry, &item.entry.drift);
    let host = item.host.as_ref().map(ToString::to_string);
    let imvu = drift.imvu.as_ref().map(ToString::to_string);
    let process = if drift.process.is_empty() {
        String::from("unknown")
    } else {
        format!("{} ({})", drift.process, drift.pid)
    };
    vec![
        entry.height.to_string(),
        text::time(drift.detected.0),
        host.unwrap_or_default(),
        imvu.unwrap_or_default(),
        kind(drift.kind).to_owned(),
        drift
            .reverted
            .map_or_else(|| String::from("NOT YET"), |at| text::time(at.0)),
        process,
        entry.audit.to_string(),
    ]
}

fn kind(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Limit => "limit",
        DriftKind::Route => "route",
        DriftKind::Filter => "filter",
        DriftKind::Shaper => "shaper",
        DriftKind::Zone => "zone",
        DriftKind::Mail => "mail",
        DriftKind::Process => "process",
    }
}
