//! `docs/cli.md` is made of the command tree itself. `UPDATE_DOCS=1 cargo test -p nexus-cli reference` writes it again; then
//! read what changed.

use crate::args::Cli;
use clap::{Arg, ArgAction, Command, CommandFactory};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");

const HEAD: &str = "# The command line

Every command of `nexus`, made of the program's own tree of commands: `cargo test -p nexus-cli reference` fails when this page is
not what the program says. `nexus COMMAND --help` says the same, `nexus man --out DIR` writes manual pages. What stands in
`[…]` may be left out; `…` may be repeated. The arguments of every command come first, once.
";

/// As a usage line has it.
fn shape(arg: &Arg) -> String {
    let values: Vec<String> = arg
        .get_value_names()
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    let takes = arg.get_action().takes_values();
    let value = if values.is_empty() {
        arg.get_id().as_str().to_uppercase()
    } else {
        values.join(" ")
    };
    let several = arg
        .get_num_args()
        .is_some_and(|range| range.max_values() > 1)
        || matches!(arg.get_action(), ArgAction::Append);
    let dots = if several && takes && !value.ends_with('…') {
        "…"
    } else {
        ""
    };
    match (arg.get_long(), takes) {
        (Some(long), true) => format!("--{long} {value}{dots}"),
        (Some(long), false) => format!("--{long}"),
        (None, _) => format!("{value}{dots}"),
    }
}

/// In a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

fn explained(arg: &Arg) -> String {
    let mut text = arg
        .get_help()
        .map(|help| cell(&help.to_string()))
        .unwrap_or_default();
    let choices: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|_| arg.get_action().takes_values())
        .map(|value| value.get_name().to_owned())
        .collect();
    if !choices.is_empty() {
        text += &format!(" ({})", choices.join(", "));
    }
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        text += &format!(" [default: {}]", defaults.join(" "));
    }
    if let Some(variable) = arg.get_env() {
        text += &format!(" [env: {}]", variable.to_string_lossy());
    }
    text.trim().to_owned()
}

fn is_shown(arg: &Arg) -> bool {
    !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version")
}

fn table<'a>(args: impl Iterator<Item = &'a Arg>) -> String {
    let rows: Vec<String> = args
        .map(|arg| format!("| `{}` | {} |\n", shape(arg), explained(arg)))
        .collect();
    if rows.is_empty() {
        String::new()
    } else {
        format!("\n| argument | |\n|---|---|\n{}", rows.concat())
    }
}

/// One command and all below it.
fn describe(path: &str, command: &Command, out: &mut String) {
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| is_shown(arg) && !arg.is_global_set())
        .collect();
    let words: Vec<String> = own
        .iter()
        .map(|arg| match (arg.is_required_set(), shape(arg)) {
            (true, shape) => shape,
            (false, shape) => format!("[{shape}]"),
        })
        .collect();
    let below: Vec<&Command> = command
        .get_subcommands()
        .filter(|one| one.get_name() != "help" && !one.is_hide_set())
        .collect();
    let depth = path.split(' ').count();
    let about = command
        .get_about()
        .map(|about| cell(&about.to_string()))
        .unwrap_or_default();
    *out += &format!("\n{} `{path}`\n\n{about}.\n", "#".repeat(depth.min(4)));
    if below.is_empty() || !words.is_empty() {
        let line = [&[path.to_owned()][..], &words].concat().join(" ");
        *out += &format!("\n```sh\n{line}\n```\n");
    }
    *out += &table(own.into_iter());
    for one in below {
        describe(&format!("{path} {}", one.get_name()), one, out);
    }
}

fn page() -> String {
    let mut root = Cli::command();
    root.build();
    let mut out = HEAD.to_owned();
    out += "\n## Arguments of every command\n";
    out += &table(
        root.get_arguments()
            .filter(|arg| is_shown(arg) && arg.is_global_set()),
    );
    if let Some(after) = root.get_after_help() {
        out += &format!("\n{after}.\n");
    }
    for one in root
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
    {
        describe(&format!("nexus {}", one.get_name()), one, &mut out);
    }
    out
}

#[test]
fn the_page_of_the_commands_is_the_programs_own() {
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &page).unwrap();
    }
    let written = std::fs::read_to_string(DOCUMENT).unwrap();
    let differs = written
        .lines()
        .zip(page.lines())
        .find(|(is, shall)| is != shall);
    assert_eq!(
        written, page,
        "docs/cli.md is not what the program says, first in {differs:?}: UPDATE_DOCS=1 writes it again"
    );
}

#[test]
fn every_command_and_every_argument_says_what_it_is_for() {
    let mut root = Cli::command();
    root.build();
    let mut waiting = vec![(String::from("nexus"), root)];
    let mut seen = 0;
    while let Some((path, command)) = waiting.pop() {
        assert!(command.get_about().is_some(), "{path}");
        for arg in command.get_arguments().filter(|arg| is_shown(arg)) {
            assert!(!explained(arg).is_empty(), "{path} {}", shape(arg));
            seen += 1;
        }
        let below = command
            .get_subcommands()
            .filter(|one| one.get_name() != "help");
        waiting.extend(below.map(|one| (format!("{path} {}", one.get_name()), one.clone())));
    }
    assert!(seen > 100, "{seen}");
}
