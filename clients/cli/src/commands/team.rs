//! `nexus team`: who may act for an IMVU's owner.

use super::change::imvu_id;
use super::identity::named;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, table};
use clap::{Subcommand, ValueEnum};
use nexus_sdk::api;
use nexus_types::guardian::{ImvuRole, SetMember};
use nexus_types::{Action, ImvuId};
use serde_json::json;

/// What a member may do.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum As {
    /// Run it: placement, description, records, mail, consents, snapshots
    Operator,
    /// Its payments: processors, refunds, disputes, mandates
    Billing,
    /// Nothing on the ledger; hosts show it what they show the owner
    Viewer,
}

/// Teams.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Let somebody act for you on an IMVU, or in another role
    Set {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// Who: an identity, or the name of a key of this machine
        member: String,
        /// As what
        #[arg(long = "as", value_enum)]
        role: As,
    },
    /// Let somebody act for you no longer; as the member itself: leave
    Remove {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// Who: an identity, or the name of a key of this machine
        member: String,
    },
    /// Show who may act for an IMVU's owner
    Show {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Set { imvu, member, role } => {
            let role = match role {
                As::Operator => ImvuRole::Operator,
                As::Billing => ImvuRole::Billing,
                As::Viewer => ImvuRole::Viewer,
            };
            set(ctx, imvu, &member, Some(role)).await
        }
        Command::Remove { imvu, member } => set(ctx, imvu, &member, None).await,
        Command::Show { imvu } => show(ctx, &imvu).await,
    }
}

async fn set(
    ctx: &Context,
    imvu: ImvuId,
    member: &str,
    role: Option<ImvuRole>,
) -> Result<Answer, CliError> {
    let action = Action::SetMember(SetMember {
        imvu,
        member: named(ctx, member)?,
        role,
    });
    submit::act(ctx, Role::Creator, action).await
}

async fn show(ctx: &Context, imvu: &ImvuId) -> Result<Answer, CliError> {
    let read = ctx.client()?.imvu(imvu).await?;
    let members = read.value.team.unwrap_or_default();
    let mut rows = vec![vec![read.value.owner.to_string(), String::from("owner")]];
    for member in &members {
        let role = match member.role {
            api::ImvuRole::Operator => "operator",
            api::ImvuRole::Billing => "billing",
            api::ImvuRole::Viewer => "viewer",
        };
        rows.push(vec![member.identity.to_string(), String::from(role)]);
    }
    let value = json!({
        "imvu": imvu.to_string(),
        "height": read.height,
        "owner": read.value.owner,
        "members": members,
    });
    let text = format!(
        "{}\nas of block {}",
        table::columns(&["IDENTITY", "ROLE"], &rows),
        read.height
    );
    Ok(Answer::new(&value, text)?)
}
