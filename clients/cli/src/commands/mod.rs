//! The commands, one file each.

mod account;
mod agent;
mod anomalies;
mod approve;
mod attest;
mod audit;
mod bench;
mod change;
mod completions;
mod consent;
mod dev;
mod doctor;
pub(crate) mod domain;
mod drift;
mod enforcement;
mod exit;
mod explain;
mod governance;
mod guardian;
mod host;
mod identity;
mod imvu;
mod key;
pub(crate) mod mail;
mod man;
mod mandate;
mod meter;
pub(crate) mod money;
mod observe;
mod payout;
mod platform;
mod policy;
mod prices;
mod processor;
mod revenue;
mod snapshot;
mod sql;
mod statement;
mod status;
mod team;
mod tx;
mod usage;
mod verify;
mod violations;
mod webhook;
mod zone;

use crate::args::Cli;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use clap::Subcommand;

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Key files: make, list, show, rotate
    #[command(subcommand)]
    Key(key::Command),
    /// Identities: request attestation, register, show, rotate, revoke
    #[command(subcommand)]
    Identity(identity::Command),
    /// Guardians, who help when a key is lost or stolen: set, show, freeze, recover, veto
    #[command(subcommand)]
    Guardian(guardian::Command),
    /// Attest a person's request, as a registered attester
    Attest(attest::Attest),
    /// IMVUs: create, activate, show, quota, routes, path policy
    #[command(subcommand)]
    Imvu(imvu::Command),
    /// Who may act for an IMVU's owner: set, remove, show
    #[command(subcommand)]
    Team(team::Command),
    /// Names: claim, release, list, show
    #[command(subcommand)]
    Domain(domain::Command),
    /// DNS zones: set and remove records, show, export
    #[command(subcommand)]
    Zone(zone::Command),
    /// Mail: addresses, routes, DKIM keys, credentials, tokens, epochs
    #[command(subcommand)]
    Mail(mail::Command),
    /// What the platform's officers do, and what they are refused
    #[command(subcommand)]
    Platform(platform::Command),
    /// A creator's approvals: list, show, sign, issue, revoke
    #[command(subcommand)]
    Approve(approve::Command),
    /// Hosts: list, show, register, change, and what their agents are told
    #[command(subcommand)]
    Host(host::Command),
    /// Agents, which make a host as committed: list, show, register
    #[command(subcommand)]
    Agent(agent::Command),
    /// Meters, which count what is used: list, show, register
    #[command(subcommand)]
    Meter(meter::Command),
    /// Metered usage
    #[command(subcommand)]
    Usage(usage::Command),
    /// Prices of use and the tax rates: show, publish
    #[command(subcommand)]
    Prices(prices::Command),
    /// The tax on sales: set
    #[command(subcommand)]
    Tax(prices::Tax),
    /// Payment processors: register, link, unlink, show, reconcile
    #[command(subcommand)]
    Processor(processor::Command),
    /// What a processor is paid in advance: record, show
    #[command(subcommand)]
    Deposit(revenue::Deposit),
    /// Sales: record, refund, grant, dispute, resolve, show
    #[command(subcommand)]
    Revenue(revenue::Command),
    /// Accounts of the ledger: list, show
    #[command(subcommand)]
    Account(account::Command),
    /// Who else pays for an IMVU's use: sign, revoke, show
    #[command(subcommand)]
    Mandate(mandate::Command),
    /// Payouts of matured money: request, settle, list
    #[command(subcommand)]
    Payout(payout::Command),
    /// Statements: list, show, print, recompute, compare, save
    #[command(subcommand)]
    Statement(statement::Command),
    /// What is held against an IMVU: debts, containments, restrictions
    #[command(subcommand)]
    Enforcement(enforcement::Command),
    /// Stop an abused IMVU's new outbound flows and mail for a while, as two operators outside the platform
    Contain(enforcement::Contain),
    /// What the seats decide together: show, propose, vote, withdraw
    #[command(subcommand)]
    Governance(governance::Command),
    /// Say whether an external name's challenge was seen, as a registered observer; list what to look for
    #[command(subcommand)]
    Observe(observe::Command),
    /// Restrict an IMVU by legal order, as two thirds of the operators outside the platform and its officers
    Restrict(governance::Restrict),
    /// Appeal the legal restrictions of an IMVU of your own
    Appeal(governance::Appeal),
    /// Give back what a payer was charged wrongly, as the platform
    Correct(enforcement::Correct),
    /// What people consented to: record, revoke, list, show, verify, erase, receipts
    #[command(subcommand)]
    Consent(consent::Command),
    /// Copies of an IMVU's volume: request, list, drop, restore
    #[command(subcommand)]
    Snapshot(snapshot::Command),
    /// Leave with everything: announce, show, confirm, release, close, cancel
    #[command(subcommand)]
    Exit(exit::Command),
    /// What agents found changed on their hosts
    #[command(subcommand)]
    Drift(drift::Command),
    /// Ask the node's SQL index: read-only, append-only
    Sql(sql::Sql),
    /// The audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// What was refused, newest first
    Violations(violations::Violations),
    /// What rules over the ledger found odd
    Anomalies(anomalies::Anomalies),
    /// What a code means and what to do next
    Explain(explain::Explain),
    /// Which gates an action will meet in a role, and what would satisfy them
    #[command(subcommand)]
    Policy(policy::Command),
    /// Verify evidence down to your anchor, trusting no node
    #[command(subcommand)]
    Verify(verify::Command),
    /// Transactions: show, decode, submit, co-sign, make a bearer token
    #[command(subcommand)]
    Tx(tx::Command),
    /// The node and the chain
    Status,
    /// The chain's ids, constants, officers and lists
    Chain,
    /// Measure a network: an open load with latencies
    #[command(subcommand)]
    Bench(bench::Command),
    /// Development networks: a host that enforces nothing, its agents and its test meters
    #[command(subcommand)]
    Dev(dev::Command),
    /// Look for what may be wrong between here and the network
    Doctor(doctor::Doctor),
    /// Write a shell's completions to standard output
    Completions(completions::Completions),
    /// Write the manual pages
    Man(man::Man),
}

/// Runs a command.
pub(crate) async fn run(cli: Cli) -> Result<Answer, CliError> {
    let ctx = Context::new(cli.global);
    match cli.command {
        Command::Key(command) => key::run(&ctx, command).await,
        Command::Identity(command) => identity::run(&ctx, command).await,
        Command::Guardian(command) => guardian::run(&ctx, command).await,
        Command::Attest(command) => attest::run(&ctx, command).await,
        Command::Imvu(command) => imvu::run(&ctx, command).await,
        Command::Team(command) => team::run(&ctx, command).await,
        Command::Domain(command) => domain::run(&ctx, command).await,
        Command::Zone(command) => zone::run(&ctx, command).await,
        Command::Mail(command) => mail::run(&ctx, command).await,
        Command::Platform(command) => platform::run(&ctx, command).await,
        Command::Approve(command) => approve::run(&ctx, command).await,
        Command::Host(command) => host::run(&ctx, command).await,
        Command::Agent(command) => agent::run(&ctx, command).await,
        Command::Meter(command) => meter::run(&ctx, command).await,
        Command::Usage(command) => usage::run(&ctx, command).await,
        Command::Prices(command) => prices::run(&ctx, command).await,
        Command::Tax(command) => prices::tax(&ctx, command).await,
        Command::Processor(command) => processor::run(&ctx, command).await,
        Command::Deposit(command) => revenue::deposit(&ctx, command).await,
        Command::Revenue(command) => revenue::run(&ctx, command).await,
        Command::Account(command) => account::run(&ctx, command).await,
        Command::Mandate(command) => mandate::run(&ctx, command).await,
        Command::Payout(command) => payout::run(&ctx, command).await,
        Command::Statement(command) => statement::run(&ctx, command).await,
        Command::Enforcement(command) => enforcement::run(&ctx, command).await,
        Command::Contain(command) => enforcement::contain(&ctx, command).await,
        Command::Governance(command) => governance::run(&ctx, command).await,
        Command::Observe(command) => observe::run(&ctx, command).await,
        Command::Restrict(command) => governance::restrict(&ctx, command).await,
        Command::Appeal(command) => governance::appeal(&ctx, command).await,
        Command::Correct(command) => enforcement::correct(&ctx, command).await,
        Command::Consent(command) => consent::run(&ctx, command).await,
        Command::Snapshot(command) => snapshot::run(&ctx, command).await,
        Command::Exit(command) => exit::run(&ctx, command).await,
        Command::Drift(command) => drift::run(&ctx, command).await,
        Command::Sql(command) => sql::run(&ctx, command).await,
        Command::Audit(command) => audit::run(&ctx, command).await,
        Command::Violations(command) => violations::run(&ctx, command).await,
        Command::Anomalies(command) => anomalies::run(&ctx, command).await,
        Command::Explain(command) => explain::run(&command),
        Command::Policy(command) => policy::run(&command),
        Command::Verify(command) => verify::run(&ctx, command).await,
        Command::Tx(command) => tx::run(&ctx, command).await,
        Command::Status => status::status(&ctx).await,
        Command::Chain => status::chain(&ctx).await,
        Command::Bench(command) => bench::run(&ctx, command).await,
        Command::Dev(command) => dev::run(&ctx, command).await,
        Command::Doctor(command) => doctor::run(&ctx, command).await,
        Command::Completions(command) => Ok(completions::run(&command)),
        Command::Man(command) => man::run(&command),
    }
}
