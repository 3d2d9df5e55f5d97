//! `nexus dev`: a host of a development network whose agents and meters are these programs.
//!
//! A network without agents of real hosts can place nothing, and meter nothing. These stand in for them on a development
//! network, and speak to the ledger exactly as the real ones will: with keys of their own, one signed report an interval.
//!
//! [`host`] registers host, agents and test meters → [`meter`] makes usage up, signs it and lays it into the [`spool`] →
//! [`agent`] acknowledges whatever is assigned, takes the records and reports. What both need to know they read from the
//! ledger ([`ledger`]), so that a kill at any point repeats nothing and loses nothing. [`provider`] is no part of a host: it
//! delivers what a payment provider would.
//!
//! # Never
//! Nothing here limits, isolates, routes, serves or measures anything, and nothing here runs on a network that is not one
//! for development.

mod agent;
mod folder;
mod host;
mod ledger;
mod log;
mod meter;
mod provider;
mod spool;

use crate::context::{Context, Node};
use crate::error::CliError;
use crate::output::Answer;
use clap::{Args, Subcommand, ValueEnum};
use nexus_sdk::client::Class;
use nexus_types::host::AgentKind;
use nexus_types::state::ChainRecord;
use nexus_types::state_key;
use nexus_types::{HostId, MeterId, Network};
use std::path::PathBuf;
use std::time::Duration;

/// Said at every occasion about the agents.
const ENFORCES_NOTHING: &str = "ENFORCES NOTHING";

/// Said at every occasion about the meters.
const MEASURES_NOTHING: &str = "MEASURES NOTHING";

/// Said at every occasion about the payment provider.
const TAKES_NO_MONEY: &str = "TAKES NO MONEY";

/// Between two looks at the ledger: about a block.
const TICK: Duration = Duration::from_secs(1);

/// Development networks.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Set up a host with agents and test meters that ENFORCE and MEASURE NOTHING
    ///
    /// Registers a host of the operator whose key is named, makes keys for four agents and four meters, and registers
    /// those. What is registered already is left as it is, so the command can be repeated. The host claims every
    /// capability and has none of them: nexus dev agent and nexus dev meter only say what real ones would say.
    Host(host::Options),
    /// Run a host's agents, which acknowledge everything and ENFORCE NOTHING, until killed
    ///
    /// Follows what is assigned, acknowledges each new generation as applied although nothing was done, attests
    /// capabilities that nothing has, and reports what nexus dev meter made up. It may be killed at any time.
    Agent(agent::Options),
    /// Run a host's test meters, which MEASURE NOTHING and make numbers up, until killed
    ///
    /// Makes up a plausible day below each IMVU's quota, the same for the same seed, signs it window by window, and lays
    /// it where nexus dev agent finds it. It may be killed at any time; windows that it missed become gaps.
    Meter(meter::Options),
    /// Deliver signed webhooks as a payment provider does; it TAKES NO MONEY
    ///
    /// Signs events from a file, or made up, and delivers them to nexus processor webhook on this machine, again and again
    /// until they are answered. What it says was paid was paid by nobody.
    Provider(provider::Options),
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Host(options) => host::run(ctx, &options).await,
        Command::Agent(options) => agent::run(ctx, &options).await,
        Command::Meter(options) => meter::run(ctx, &options).await,
        Command::Provider(options) => provider::run(&options).await,
    }
}

/// The node, as soon as one answers: a program that is to run for long waits for a network that starts beside it. Nothing
/// is signed for a chain that is not the one meant.
async fn reach(ctx: &Context, log: &mut log::Log) -> Result<Node, CliError> {
    loop {
        match ctx.node().await {
            Err(CliError::Client(error)) if error.class() == Class::Unreachable => {
                log.fail(format!("{error}; waiting for it"));
                tokio::time::sleep(TICK).await;
            }
            other => return other,
        }
    }
}

/// One of a host's four hands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Kind {
    /// Processes
    Compute,
    /// Routes and filters
    Network,
    /// Zones
    Dns,
    /// Mailboxes
    Mail,
}

impl From<Kind> for AgentKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Compute => Self::Compute,
            Kind::Network => Self::Network,
            Kind::Dns => Self::Dns,
            Kind::Mail => Self::Mail,
        }
    }
}

/// Which host, and which of its hands.
#[derive(Args, Clone, Debug)]
struct Served {
    /// The host
    #[arg(long, value_name = "NAME", value_parser = host_id, default_value = "dev-1")]
    host: HostId,
    #[command(flatten)]
    kinds: Kinds,
    /// Folder of the host's keys and records [default: one of the host's name, among the key files]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Which of a host's hands.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct Kinds {
    /// One of them
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// All four, in this one process
    #[arg(long)]
    all: bool,
}

impl Served {
    /// The hands served.
    fn kinds(&self) -> Vec<AgentKind> {
        match self.kinds.kind {
            Some(kind) => vec![kind.into()],
            None => AgentKind::ALL.to_vec(),
        }
    }
}

/// Reads a host's name.
fn host_id(text: &str) -> Result<HostId, String> {
    HostId::new(text).map_err(|_| {
        String::from(
            "a host's name has 3–32 of a–z, 0–9 and hyphen and starts with a letter, such as dev-1",
        )
    })
}

/// The name of a host's meter of a kind.
fn meter_id(host: &HostId, kind: AgentKind) -> Result<MeterId, CliError> {
    MeterId::new(&format!("{host}-{kind}")).map_err(|_| {
        CliError::usage(
            format!("{host} is too long: its meters are called after it, such as {host}-{kind}"),
            "Choose a host's name of at most 24 characters.",
        )
    })
}

/// What signatures must name, if the chain is one for development. On any other these programs would be a lie about hosts
/// that people rely on.
fn development(view: &ledger::View) -> Result<Network, CliError> {
    let chain: Option<ChainRecord> = view.get(&state_key::chain())?;
    match chain {
        Some(chain) if chain.development => Ok(chain.network),
        _ => Err(CliError::usage(
            "this is no development network, and a host that enforces nothing has no place on any other",
            "nexus dev is for networks such as make localnet starts.",
        )),
    }
}
