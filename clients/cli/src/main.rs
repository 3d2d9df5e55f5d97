//! `nexus`: the command line of creators, officers, attesters and auditors.
//!
//! # Flow
//! arguments → [`context::Context`] (node, keys, output) → one file of [`commands`] → an [`output::Answer`] on standard
//! output, or a [`error::CliError`] with the exit code that says what kind of failure it was.
//!
//! # Invariants
//! - Standard output carries the answer and nothing else: with `--output json` it is one JSON value, errors included.
//!   Notes and progress go to standard error.
//! - Exit codes mean: 0 done · 1 internal · 2 usage · 3 refused by a gate or rule · 4 verification failed · 5 not found ·
//!   6 unreachable · 7 outcome unknown · 8 keys.
//! - `nexus verify` prints only what was proved.
//!
//! # Never
//! No passphrase in arguments or in the environment, no secret in any output, no rule of the law: what may be done is
//! decided by the network, and shown here.
#![forbid(unsafe_code)]

mod amount;
mod args;
mod commands;
mod context;
mod error;
mod keyring;
mod lawful;
mod localnet;
mod output;
mod refusal;
mod submit;
mod table;
mod terminal;
mod text;
mod units;
mod whole;
mod zonefile;

use args::Cli;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return error::usage(&error),
    };
    let format = cli.global.output;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(cli)),
        Err(source) => Err(error::CliError::Runtime(source)),
    };
    match outcome {
        Ok(answer) => output::print(&answer, format),
        Err(error) => error.print(format),
    }
}

#[cfg(test)]
mod reference;
