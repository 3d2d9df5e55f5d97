//! `nexus violations`: what was refused, and by which gates.

use super::change::imvu_id;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::{table, text};
use clap::Args;
use nexus_sdk::api::{ListViolationsParams, Method, Page, ViolationView};
use nexus_types::{IdentityId, ImvuId};

/// Refusals.
#[derive(Args)]
pub(crate) struct Violations {
    /// Only those that concern this IMVU
    #[arg(long, value_parser = imvu_id)]
    imvu: Option<ImvuId>,
    /// Only those in which this gate refused
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=17))]
    gate: Option<u8>,
    /// Only those of this actor
    #[arg(long)]
    actor: Option<IdentityId>,
    /// At most so many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Violations) -> Result<Answer, CliError> {
    let params = ListViolationsParams {
        limit: Some(command.limit),
        imvu: command.imvu.map(Into::into),
        gate: command.gate,
        actor: command.actor.map(Into::into),
        ..ListViolationsParams::default()
    };
    let page: Page<ViolationView> = ctx.client()?.read(Method::ListViolations, &params).await?;
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .map(|violation| {
            let gates = violation.refused.iter().map(|gate| gate.gate.to_string());
            vec![
                violation.height.to_string(),
                text::time(violation.time.0),
                violation.code.name.clone(),
                violation.action.clone(),
                text::subject(&violation.subject),
                text::short(&violation.actor),
                gates.collect::<Vec<_>>().join(" "),
                violation.tx.to_string(),
            ]
        })
        .collect();
    let header = [
        "BLOCK",
        "TIME",
        "CODE",
        "ACTION",
        "ON",
        "BY",
        "GATES",
        "TRANSACTION ID",
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
