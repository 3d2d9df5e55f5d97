//! `nexus usage`: usage is measured, never reported by who is billed.

mod chart;
mod hours;
mod show;

pub(crate) use hours::{When, when};

use crate::commands::change::imvu_id;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, units};
use clap::{Args, Subcommand};
use nexus_types::meter::Resource;
use nexus_types::{Action, ImvuId};

/// Usage.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show what an IMVU used, hour by hour, beside its quota
    Show(show::Show),
    /// Report your own usage: refused by gate 6, and recorded
    SelfReport(SelfReport),
}

/// A self-made report.
#[derive(Args)]
pub(crate) struct SelfReport {
    /// Which IMVU
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    #[command(flatten)]
    quantity: Quantity,
}

/// One quantity.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Quantity {
    /// CPU time, milliseconds
    #[arg(long)]
    cpu: Option<u64>,
    /// Memory, mebibyte-seconds
    #[arg(long)]
    memory: Option<u64>,
    /// Storage IO, such as 1GB
    #[arg(long, value_parser = units::bytes)]
    io: Option<u64>,
    /// DNS answers
    #[arg(long)]
    dns: Option<u64>,
    /// Mail messages
    #[arg(long)]
    mail: Option<u64>,
    /// Network traffic, such as 1GB
    #[arg(long, value_parser = units::bytes)]
    network: Option<u64>,
    /// Stored mail, mebibyte-seconds
    #[arg(long)]
    mail_storage: Option<u64>,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let SelfReport { imvu, quantity } = match command {
        Command::Show(command) => return show::run(ctx, command).await,
        Command::SelfReport(report) => report,
    };
    let given = [
        (Resource::Cpu, quantity.cpu),
        (Resource::Memory, quantity.memory),
        (Resource::Io, quantity.io),
        (Resource::Dns, quantity.dns),
        (Resource::Mail, quantity.mail),
        (Resource::Network, quantity.network),
        (Resource::MailStorage, quantity.mail_storage),
    ];
    let mut given = given
        .into_iter()
        .filter_map(|(resource, quantity)| quantity.map(|quantity| (resource, quantity)));
    let (resource, quantity) = given.next().ok_or_else(|| {
        CliError::usage("no quantity is given", "Give one, such as --network 1GB.")
    })?;
    let action = Action::SelfReportUsage {
        imvu,
        resource,
        quantity,
    };
    submit::act(ctx, Role::Creator, action).await
}
