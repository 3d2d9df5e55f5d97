//! The arguments every command takes, and the list of commands.

use crate::commands::Command;
use crate::output::Format;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, ValueEnum};
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "Exit codes: 0 done · 1 internal · 2 usage · 3 refused by a gate or rule · \
4 verification failed · 5 not found · 6 unreachable · 7 outcome unknown · 8 keys";

/// Act on a Nexus COS network, and check what it says
#[derive(Parser)]
#[command(name = "nexus", version, styles = STYLES, after_help = EXIT_CODES, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How far to wait after submitting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum WaitFor {
    /// Do not wait
    None,
    /// Until the node has taken it
    Checked,
    /// Until it is in a block
    Committed,
}

/// Arguments of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Node to talk to [default: the local network's first that listens]
    #[arg(
        long,
        global = true,
        env = "NEXUS_NODE",
        value_name = "URL",
        help_heading = "Node"
    )]
    pub(crate) node: Option<String>,

    /// Folder of the local network to use [default: .localnet in this folder or one above]
    #[arg(
        long,
        global = true,
        env = "NEXUS_LOCALNET",
        value_name = "DIR",
        help_heading = "Node"
    )]
    pub(crate) localnet: Option<PathBuf>,

    /// How far to wait after submitting a transaction
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "committed",
        help_heading = "Node"
    )]
    pub(crate) wait: WaitFor,

    /// Seconds to wait for a block
    #[arg(long, global = true, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=30), help_heading = "Node")]
    pub(crate) timeout: u32,

    /// Ask what would happen, submit nothing
    #[arg(long, global = true, help_heading = "Node")]
    pub(crate) dry_run: bool,

    /// Write the signed transaction to a file for others to co-sign, submit nothing: nexus tx cosign, nexus tx submit
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "dry_run",
        help_heading = "Node"
    )]
    pub(crate) tx_out: Option<PathBuf>,

    /// Who signs: the name of a key file; further names co-sign
    #[arg(
        long,
        global = true,
        env = "NEXUS_KEY",
        value_name = "NAME[,NAME…]",
        value_delimiter = ',',
        help_heading = "Keys"
    )]
    pub(crate) key: Vec<String>,

    /// Directory of the key files [default: the local network's, else ~/.config/nexus/keys]
    #[arg(
        long,
        global = true,
        env = "NEXUS_KEYS",
        value_name = "DIR",
        help_heading = "Keys"
    )]
    pub(crate) keys: Option<PathBuf>,

    /// File whose first line opens the key files
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "passphrase_fd",
        help_heading = "Keys"
    )]
    pub(crate) passphrase_file: Option<PathBuf>,

    /// Open file descriptor whose first line opens the key files
    #[arg(long, global = true, value_name = "FD", help_heading = "Keys")]
    pub(crate) passphrase_fd: Option<u32>,

    /// How to print the answer, errors included
    #[arg(
        long,
        short,
        global = true,
        value_enum,
        default_value = "table",
        help_heading = "Output"
    )]
    pub(crate) output: Format,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_of_all_commands_fit_together() {
        Cli::command().debug_assert();
    }
}
