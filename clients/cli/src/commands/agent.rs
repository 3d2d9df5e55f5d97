//! `nexus agent`: who reports for a host.

use super::change::{host_id, public_key};
use super::host::Kind;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::{submit, table, text};
use clap::{Args, Subcommand};
use nexus_sdk::api::{AgentKind, ListAgentsParams};
use nexus_types::crypto::KeyBytes;
use nexus_types::ids::HostId;
use nexus_types::{Action, IdentityId};

/// Agents.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List agents, replaced ones included
    List(List),
    /// Show an agent and its last report, as the node says
    Show {
        /// Its identity
        agent: IdentityId,
    },
    /// Give a host of your own an agent; one that did the same work before acts no more
    Register {
        /// For which host
        #[arg(value_parser = host_id)]
        host: HostId,
        /// For which work
        #[arg(value_enum)]
        kind: Kind,
        /// The agent's public key, from which its identity follows
        #[arg(value_parser = public_key)]
        public_key: KeyBytes,
    },
}

/// Which agents.
#[derive(Args)]
pub(crate) struct List {
    /// Only those of this host
    #[arg(long, value_name = "NAME", value_parser = host_id)]
    host: Option<HostId>,
    /// Only those for this work
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only those that have been called silent
    #[arg(long)]
    silent: bool,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::List(list) => self::list(ctx, list).await,
        Command::Show { agent } => show(ctx, agent).await,
        Command::Register {
            host,
            kind,
            public_key: key,
        } => {
            let action = Action::RegisterAgent {
                host: host.clone(),
                kind: AgentKind::from(kind).into(),
                key,
            };
            submit::act_as_operator(ctx, Some(&host), action).await
        }
    }
}

async fn list(ctx: &Context, list: List) -> Result<Answer, CliError> {
    let params = ListAgentsParams {
        limit: Some(list.limit),
        host: list.host.map(Into::into),
        kind: list.kind.map(Into::into),
        silent: list.silent.then_some(true),
        ..ListAgentsParams::default()
    };
    let page = ctx.client()?.agents(&params).await?;
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .map(|agent| {
            vec![
                agent.host.to_string(),
                agent.kind.name().to_owned(),
                agent.sequence.to_string(),
                agent.last_height.to_string(),
                text::time(agent.last_time.0),
                text::yes_no(agent.silent),
                agent.id.to_string(),
            ]
        })
        .collect();
    let header = [
        "HOST",
        "KIND",
        "REPORTS",
        "LAST BLOCK",
        "LAST TIME",
        "SILENT",
        "AGENT",
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

async fn show(ctx: &Context, agent: IdentityId) -> Result<Answer, CliError> {
    let read = ctx.client()?.agent(agent).await?;
    let view = &read.value;
    let fields = [
        ("agent", view.id.to_string()),
        ("host", view.host.to_string()),
        ("kind", view.kind.name().to_owned()),
        ("registered", format!("block {}", view.registered)),
        ("usable from", text::time(view.usable_from.0)),
        ("reports", view.sequence.to_string()),
        (
            "last report",
            format!(
                "block {} ({})",
                view.last_height,
                text::time(view.last_time.0)
            ),
        ),
        ("followed to", format!("block {}", view.through)),
        ("silent", text::yes_no(view.silent)),
    ];
    let text = format!(
        "{}\nas of block {} ({})",
        table::fields(&fields),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}
