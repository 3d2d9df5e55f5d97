//! `nexus observe`: what observers of external names look for, and what they say.

use super::change::{imvu_id, name};
use super::domain::record;
use super::money::Document;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::text::time;
use crate::{submit, table};
use clap::Subcommand;
use nexus_types::domain::ObserveName;
use nexus_types::{Action, Hash, ImvuId, Name};

/// Observations.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the challenges to look for
    List,
    /// The challenge stands in the name's DNS
    Seen(Look),
    /// The challenge does not stand there
    NotSeen(Look),
}

/// A look.
#[derive(clap::Args)]
pub(crate) struct Look {
    /// The name
    #[arg(value_parser = name)]
    name: Name,
    /// Whose challenge
    #[arg(long, value_parser = imvu_id)]
    imvu: ImvuId,
    #[command(flatten)]
    evidence: Document,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::List => list(ctx).await,
        Command::Seen(look) => say(ctx, look, true).await,
        Command::NotSeen(look) => say(ctx, look, false).await,
    }
}

async fn list(ctx: &Context) -> Result<Answer, CliError> {
    let read = ctx.client()?.challenges().await?;
    let view = &read.value;
    let claims = view.claims.iter().filter(|one| one.settles.is_none());
    let mut rows: Vec<Vec<String>> = claims
        .map(|one| {
            vec![
                String::from("claim"),
                one.imvu.to_string(),
                time(one.challenge.expires.0),
                record(&one.challenge),
            ]
        })
        .collect();
    rows.extend(view.names.iter().map(|one| {
        let what = if one.reproof { "re-proof" } else { "round" };
        vec![
            String::from(what),
            one.imvu.to_string(),
            time(one.due.0),
            record(&one.challenge),
        ]
    }));
    let text = table::columns(&["WHAT", "IMVU", "UNTIL", "RECORD"], &rows);
    Ok(Answer::new(&read, text)?)
}

async fn say(ctx: &Context, look: Look, seen: bool) -> Result<Answer, CliError> {
    let evidence = look.evidence.hash()?;
    let action = Action::ObserveName(ObserveName {
        challenge: open(ctx, &look.name, &look.imvu).await?,
        imvu: look.imvu,
        name: look.name,
        seen,
        evidence,
    });
    submit::act(ctx, Role::Operator, action).await
}

/// The challenge that is open for an IMVU under a name.
async fn open(ctx: &Context, name: &Name, imvu: &ImvuId) -> Result<Hash, CliError> {
    let view = ctx.client()?.name(name).await?.value;
    let claims = view.claims.into_iter().map(|one| (one.imvu, one.challenge));
    let bound = view.external.map(|one| (one.imvu, one.challenge));
    let mut all = claims.chain(bound);
    let found = all.find(|(of, _)| of.0 == *imvu);
    found.map(|(_, challenge)| challenge.text.0).ok_or_else(|| {
        CliError::usage(
            format!("no challenge of {imvu} is open under {name}"),
            "See nexus observe list.",
        )
    })
}
