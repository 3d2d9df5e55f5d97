//! `nexus bench`: how much a network bears, and how fast it answers.
//!
//! [`options`] are read → [`crew`] makes identities that may act → [`schedule`] signs every transaction and says when it
//! is due → [`lanes`] hand them in when they are due, whatever the network does → [`watch`] sees them in blocks →
//! [`report`] tells.

mod crew;
mod lanes;
mod load;
mod options;
mod report;
mod schedule;
mod shown;
mod tally;
mod target;
mod watch;

use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use clap::Subcommand;

/// Measurements.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Offer signed transactions at a fixed rate and measure what becomes of them
    ///
    /// The load is open: each transaction has a time at which it is due, whether or not the network keeps up, and its
    /// latency counts from then until the block that holds it is seen. Identities are made for the run, attested with
    /// the attester's key, and given one IMVU each; they stay on the ledger, their keys are forgotten.
    #[command(after_help = options::LIMITS)]
    Load(Box<options::Load>),
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Load(options) => load::run(ctx, &options).await,
    }
}
