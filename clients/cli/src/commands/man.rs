//! `nexus man`: manual pages, one for each command.

use crate::args::Cli;
use crate::context::write_file;
use crate::error::CliError;
use crate::output::Answer;
use clap::{Args, CommandFactory};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Manual pages.
#[derive(Args)]
pub(crate) struct Man {
    /// Write every page into this directory [default: the main page to standard output]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs it.
pub(crate) fn run(command: &Man) -> Result<Answer, CliError> {
    let mut root = Cli::command();
    root.build();
    let Some(dir) = &command.out else {
        let page = page(&root, dir_error(Path::new("standard output")))?;
        let text = String::from_utf8_lossy(&page).into_owned();
        return Ok(Answer::new(&json!({ "page": text }), text)?);
    };
    std::fs::create_dir_all(dir).map_err(dir_error(dir))?;
    let mut written = Vec::new();
    let mut waiting = vec![(String::from("nexus"), root)];
    while let Some((name, command)) = waiting.pop() {
        let path = dir.join(format!("{name}.1"));
        write_file(
            &path,
            &page(&command.clone().name(name.clone()), dir_error(&path))?,
        )?;
        written.push(path);
        let below = command
            .get_subcommands()
            .filter(|one| one.get_name() != "help");
        waiting.extend(below.map(|one| (format!("{name}-{}", one.get_name()), one.clone())));
    }
    let text = format!("{} pages in {}", written.len(), dir.display());
    Ok(Answer::new(&json!({ "items": written }), text)?)
}

fn page(
    command: &clap::Command,
    failed: impl Fn(std::io::Error) -> CliError,
) -> Result<Vec<u8>, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(failed)?;
    Ok(page)
}

fn dir_error(path: &Path) -> impl Fn(std::io::Error) -> CliError {
    let path = path.to_owned();
    move |source| CliError::File {
        action: "write",
        path: path.clone(),
        source,
    }
}
