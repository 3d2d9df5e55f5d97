//! `nexus audit`: every decision, newest first; and the attempt to delete one.

use super::change::imvu_id;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, table, text};
use clap::Subcommand;
use nexus_sdk::api::{AuditView, ListAuditParams, Method, Page};
use nexus_types::{Action, IdentityId, ImvuId};

/// The audit log.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the latest entries
    Tail {
        /// At most so many
        #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
        lines: u32,
        /// Only those that concern this IMVU
        #[arg(long, value_parser = imvu_id)]
        imvu: Option<ImvuId>,
        /// Only those of this actor
        #[arg(long)]
        actor: Option<IdentityId>,
    },
    /// Ask for an entry to be deleted: refused by gate 11, and recorded
    Delete {
        /// The entry's sequence
        sequence: u64,
    },
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Delete { sequence } => {
            submit::act(ctx, Role::Creator, Action::DeleteAuditEntry { sequence }).await
        }
        Command::Tail { lines, imvu, actor } => {
            let params = ListAuditParams {
                limit: Some(lines),
                imvu: imvu.map(Into::into),
                actor: actor.map(Into::into),
                ..ListAuditParams::default()
            };
            let page = ctx.client()?.read(Method::ListAudit, &params).await?;
            tail(&page)
        }
    }
}

fn tail(page: &Page<AuditView>) -> Result<Answer, CliError> {
    // The node answers newest first; a log is read downwards.
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .rev()
        .map(|entry| {
            vec![
                entry.sequence.to_string(),
                entry.height.to_string(),
                text::time(entry.time.0),
                entry.code.name.clone(),
                entry.action.clone(),
                text::subject(&entry.subject),
                text::short(&entry.actor),
                entry
                    .reason
                    .as_ref()
                    .map(|reason| reason.text.clone())
                    .unwrap_or_default(),
            ]
        })
        .collect();
    let header = ["SEQ", "BLOCK", "TIME", "CODE", "ACTION", "ON", "BY", "WHY"];
    let shown = table::columns(&header, &rows);
    let text = format!(
        "{shown}\n{} of {} at block {}",
        page.items.len(),
        page.total,
        page.at
    );
    Ok(Answer::new(page, text)?)
}
