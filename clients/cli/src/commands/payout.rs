//! `nexus payout`: matured money leaves the ledger through a processor.

use super::identity;
use super::money::{Document, processor_id};
use crate::amount::{micros, show_both};
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, table, text};
use clap::{Subcommand, ValueEnum};
use nexus_sdk::api::{ListPayoutsParams, PayoutStatus};
use nexus_types::ids::ProcessorId;
use nexus_types::{Action, Hash, IdentityId, Micros};

/// Payouts.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Ask a processor to pay out your matured money
    Request {
        /// The processor's name
        #[arg(value_name = "PROCESSOR", value_parser = processor_id)]
        processor: ProcessorId,
        /// How much, such as 12.5cr
        #[arg(long, value_parser = micros)]
        amount: Micros,
        #[command(flatten)]
        destination: Document,
    },
    /// A processor says that it has paid out, or cannot
    Settle {
        /// Which: the transaction that asked for it
        payout: Hash,
        /// How it went
        #[arg(value_enum)]
        outcome: Outcome,
    },
    /// List the payouts of an identity
    List {
        /// Whose: a key's name or an identity's id [default: --key]
        identity: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
}

/// How a payout went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Outcome {
    /// It was paid
    Paid,
    /// It was not: the money is the creator's to ask for again
    Failed,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Request {
            processor,
            amount,
            destination,
        } => {
            let action = Action::RequestPayout {
                processor,
                amount,
                destination: destination.hash()?,
            };
            let done = submit::act_with(ctx, Role::Creator, action, Vec::new()).await?;
            let mut answer = done.answer;
            if done.applied {
                let id = done.id;
                answer.text = format!(
                    "{}\npayout {id}\nnext: the processor pays, then runs nexus payout settle {id} paid",
                    answer.text
                );
                if let Some(members) = answer.json.as_object_mut() {
                    members.insert(String::from("payout"), id.to_string().into());
                }
            }
            Ok(answer)
        }
        Command::Settle { payout, outcome } => {
            let known = ctx.client()?.payout(payout).await?.value;
            let action = Action::SettlePayout {
                payout,
                settled: outcome == Outcome::Paid,
            };
            submit::act_as_processor(ctx, &known.processor.0, action).await
        }
        Command::List { identity, limit } => {
            let identity = match identity {
                Some(text) => identity::named(ctx, &text)?,
                None => ctx.keyring().signer(Role::Creator)?.identity,
            };
            list(ctx, identity, limit).await
        }
    }
}

async fn list(ctx: &Context, identity: IdentityId, limit: u32) -> Result<Answer, CliError> {
    let params = ListPayoutsParams {
        identity: identity.into(),
        limit: Some(limit),
        cursor: None,
        at: None,
    };
    let page = ctx.client()?.payouts(&params).await?;
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .map(|payout| {
            let status = match payout.status {
                PayoutStatus::Requested => "requested",
                PayoutStatus::Settled => "paid",
                PayoutStatus::Failed => "failed",
            };
            vec![
                payout.id.to_string(),
                payout.processor.to_string(),
                show_both(payout.amount.0),
                status.to_owned(),
                payout.requested.to_string(),
            ]
        })
        .collect();
    let header = ["PAYOUT", "PROCESSOR", "AMOUNT", "STATUS", "ASKED AT BLOCK"];
    let text = format!(
        "{}\n{} of {} of identity {} at block {}",
        table::columns(&header, &rows),
        page.items.len(),
        page.total,
        text::short(&identity),
        page.at
    );
    Ok(Answer::new(&page, text)?)
}
