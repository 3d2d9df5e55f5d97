//! `nexus processor`: who takes payments in and pays out.

use super::change::imvu_id;
use super::money::{Document, processor_id};
use super::webhook;
use crate::amount::{micros, show_both};
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::text::{GREEN, RED};
use crate::{submit, table, text};
use clap::{Args, Subcommand};
use nexus_sdk::api::{ProcessorView, ReconciliationView};
use nexus_types::ids::ProcessorId;
use nexus_types::{Action, ImvuId, Micros};

/// Payment processors.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Register your key as a processor; two thirds of the seats' operators co-sign
    Register(Which),
    /// Let a processor book sales for your IMVU
    Link(Link),
    /// Let it no longer
    Unlink(Link),
    /// Show a processor and whether its books agree with the ledger
    Show(Which),
    /// Say what a processor took in and paid out in all, by its own books
    Reconcile {
        #[command(flatten)]
        which: Which,
        /// Taken in: deposits, sales, tax; such as 12.5cr
        #[arg(long, value_name = "AMOUNT", value_parser = micros)]
        taken_in: Micros,
        /// Paid out, paid back, and kept as fees
        #[arg(long, value_name = "AMOUNT", value_parser = micros)]
        paid_out: Micros,
        #[command(flatten)]
        statement: Document,
    },
    /// Take a payment provider's signed webhooks and book them, until killed
    ///
    /// Listens for POST /events with the header Nexus-Signature: t=UNIXSECONDS,v1=HEX, HEX being HMAC-SHA256 of "t.body".
    /// What is answered 200 is on disk and will be booked once, or stand in the inbox's folder failed with the reason. It may
    /// be killed at any time. docs/processors.md describes the events.
    Webhook(webhook::Options),
}

/// A processor.
#[derive(Args)]
pub(crate) struct Which {
    /// Its name, such as acquirer-1
    #[arg(value_name = "NAME", value_parser = processor_id)]
    processor: ProcessorId,
}

/// A processor and an IMVU.
#[derive(Args)]
pub(crate) struct Link {
    /// Whose sales
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// Which processor
    #[arg(value_name = "NAME", value_parser = processor_id)]
    processor: ProcessorId,
}

impl Link {
    fn action(self, linked: bool) -> Action {
        Action::LinkProcessor {
            imvu: self.imvu,
            processor: self.processor,
            linked,
        }
    }
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Register(Which { processor }) => {
            let action = Action::RegisterProcessor { processor };
            submit::act_with_cosigners(ctx, Role::Processor, Role::TwoThirds, action).await
        }
        Command::Link(link) => submit::act(ctx, Role::Creator, link.action(true)).await,
        Command::Unlink(link) => submit::act(ctx, Role::Creator, link.action(false)).await,
        Command::Show(which) => show(ctx, &which.processor).await,
        Command::Webhook(options) => webhook::run(ctx, &options).await,
        Command::Reconcile {
            which,
            taken_in,
            paid_out,
            statement,
        } => {
            let action = Action::Reconcile {
                processor: which.processor.clone(),
                taken_in,
                paid_out,
                statement: statement.hash()?,
            };
            submit::act_as_processor(ctx, &which.processor, action).await
        }
    }
}

async fn show(ctx: &Context, processor: &ProcessorId) -> Result<Answer, CliError> {
    let read = ctx.client()?.processor(processor).await?;
    let text = format!(
        "{}\nas of block {} ({})",
        described(&read.value),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}

fn described(processor: &ProcessorView) -> String {
    let mut fields = vec![
        ("processor", processor.id.to_string()),
        ("identity", processor.identity.to_string()),
        ("registered", format!("block {}", processor.registered)),
        ("usable from", text::time(processor.usable_from.0)),
    ];
    let Some(said) = &processor.reconciled else {
        fields.push(("books", String::from("it has said nothing of them yet")));
        return table::fields(&fields);
    };
    fields.extend([
        ("reconciled", format!("block {}", said.height)),
        ("statement", said.statement.to_string()),
        ("says in", show_both(said.stated_in.0)),
        ("ledger in", show_both(said.booked_in.0)),
        ("says out", show_both(said.stated_out.0)),
        ("ledger out", show_both(said.booked_out.0)),
    ]);
    format!("{}\n{}", table::fields(&fields), verdict(said))
}

fn verdict(said: &ReconciliationView) -> String {
    // Not by the node's own word: the four sums are at hand.
    let same = (said.stated_in, said.stated_out) == (said.booked_in, said.booked_out);
    if same {
        format!("{GREEN}its books agree with the ledger{GREEN:#}")
    } else {
        format!("{RED}its books differ from the ledger{RED:#}")
    }
}
