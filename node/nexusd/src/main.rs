//! nexusd: one validator's process.
//!
//! **Purpose.** It puts the rooms of the node together and keeps them running: configuration, the store, the
//! application and its socket, the index, the RPC server, figures and log, signals, and CometBFT as a child.
//!
//! **Flow of `start`.** lock the home → open the store (which refuses to run on a wrong root) → serve the application
//! on its unix socket → open the index and its feeder → serve metrics and RPC → start CometBFT and keep it running →
//! watch whether the network goes on without it → wait for SIGTERM or SIGINT → RPC, CometBFT, application, index end in that order.
//!
//! **Invariants.**
//!
//! 1. One process uses a home at a time; two nodes share nothing but the network.
//! 2. CometBFT lives only as long as its nexusd, and nexusd never outlives a panic of the application.
//! 3. A node's process can read its own home and no person's key: the local network's launcher is another process.
//!
//! **Never.** No rule of the law, no protobuf, no SQL, no JSON-RPC method is here.

#![forbid(unsafe_code)]

mod ask;
mod cli;
mod comet;
mod commands;
mod config;
mod error;
mod files;
mod home;
mod localnet;
mod node;
mod processes;
mod signals;
mod state_sync;
mod supervisor;
mod telemetry;
#[cfg(test)]
mod testing;
mod watchdog;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command, Genesis, Recovery};

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Init(args) => commands::init::run(&args),
        Command::Start(args) => node::run(&args),
        Command::Localnet(command) => localnet::run(&command),
        Command::Status(args) => commands::status::run(&args),
        Command::Check(args) => commands::check::run(&args),
        Command::Rollback(args) => commands::rollback::run(&args),
        Command::Recovery(Recovery::Draft(args)) => commands::recovery::draft(&args),
        Command::Recovery(Recovery::Show(args)) => commands::recovery::show(&args),
        Command::Recovery(Recovery::Apply(args)) => commands::recovery::apply(&args),
        Command::Genesis(Genesis::Dev(args)) => commands::genesis::dev(&args),
        Command::Genesis(Genesis::Check(args)) => commands::genesis::check(&args),
        Command::Reindex(args) => commands::reindex::run(&args),
        Command::AnswerQuery(args) => commands::query::run(&args),
        Command::ExecBound(args) => {
            Err(supervisor::child::become_bound(args.parent, &args.command))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nexusd: {error}");
            error.exit_code()
        }
    }
}
