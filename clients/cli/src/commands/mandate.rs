//! `nexus mandate`: who has agreed to pay for an IMVU's use.

use super::change::imvu_id;
use super::enforcement::mandates;
use super::money::ahead;
use super::usage::{When, when};
use crate::amount::micros;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, text};
use clap::Subcommand;
use nexus_types::{Action, ImvuId, Micros};

/// Mandates.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Agree to pay for an IMVU's use, as the first key; its owner co-signs: --key PAYER,OWNER
    Sign {
        /// Whose use
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// At most so much a period, such as 12.5cr
        #[arg(long, value_name = "AMOUNT", value_parser = micros)]
        cap: Micros,
        /// Until when: 30d or 12h from now, or a day such as 2026-12-31
        #[arg(long, value_name = "WHEN", value_parser = when)]
        until: When,
    },
    /// End the mandate in force, as who pays or who owns, for use in hours that begin later
    Revoke {
        /// Whose use
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// Show the mandates for an IMVU
    Show {
        /// Whose use
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Sign { imvu, cap, until } => sign(ctx, imvu, cap, until).await,
        Command::Revoke { imvu } => {
            submit::act(ctx, Role::Creator, Action::RevokeMandate { imvu }).await
        }
        Command::Show { imvu } => show(ctx, &imvu).await,
    }
}

async fn sign(ctx: &Context, imvu: ImvuId, cap: Micros, until: When) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let keyring = ctx.keyring();
    let signers =
        submit::signers_with_owner(&node, &keyring, Role::Creator, &imvu, |_| true).await?;
    let payer = signers
        .first()
        .ok_or_else(|| CliError::usage("nobody signs", "Name who pays: --key NAME."))?;
    let action = Action::SignMandate {
        imvu,
        payer: payer.identity,
        cap,
        until: ahead(until, node.block_time),
    };
    let done = submit::submit(ctx, &node, &signers, action, Vec::new()).await?;
    Ok(done.answer)
}

async fn show(ctx: &Context, imvu: &ImvuId) -> Result<Answer, CliError> {
    let read = ctx.client()?.enforcement(imvu).await?;
    let text = format!(
        "{}\nas of block {} ({})",
        mandates(&read.value.mandates, read.block_time.0),
        read.height,
        text::time(read.block_time.0)
    );
    let value = serde_json::json!({
        "imvu": imvu.to_string(),
        "height": read.height,
        "items": read.value.mandates,
    });
    Ok(Answer { json: value, text })
}
