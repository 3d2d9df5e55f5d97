//! `nexus completions`.

use crate::args::Cli;
use crate::output::Answer;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde_json::json;

/// A shell.
#[derive(Args)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs it.
pub(crate) fn run(command: &Completions) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "nexus", &mut script);
    let text = String::from_utf8_lossy(&script).into_owned();
    Answer {
        json: json!({"shell": command.shell.to_string(), "script": text}),
        text,
    }
}
