//! The README's tour, run as it is written.
//!
//! A transcript is a fenced block marked `console`. A line that begins with `$ ` is a command; a command that ends in a
//! backslash goes on in the next line, whose `> ` is the shell's. What follows up to the next command is what it prints,
//! standard output and standard error together. In it `…` or `[..]` stands for any text within a line, and alone on a
//! line for any lines. A command ends with exit code 0 unless a comment behind it says otherwise: `# exit 3`.
//!
//! All transcripts below one heading run in one shell, in order, so that `cd` and `export` hold.

mod expected;
mod shell;

pub use expected::Mismatch;
pub use shell::Shell;

use std::fmt;

/// One command of a transcript and what it is to print.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its line in the document, from 1.
    pub line: usize,
    /// The command, as the shell reads it.
    pub command: String,
    /// Its exit code.
    pub exit: i32,
    /// What it is to print, line by line.
    pub expected: Vec<String>,
}

/// What went differently from what a document says.
#[derive(Clone, Debug)]
pub struct Difference {
    step: Step,
    code: i32,
    printed: String,
    mismatch: Option<Mismatch>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "line {}: $ {}", self.step.line, self.step.command)?;
        if self.code != self.step.exit {
            writeln!(
                f,
                "exit code {}, the document says {}",
                self.code, self.step.exit
            )?;
        }
        if let Some(mismatch) = &self.mismatch {
            writeln!(f, "{mismatch}")?;
        }
        write!(f, "it printed:\n{}", self.printed)
    }
}

/// The commands of all transcripts below the first heading that holds a word, up to the next heading of its level.
#[must_use]
pub fn steps(document: &str, heading: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut level = None;
    let mut fence: Option<bool> = None;
    let mut open = false;
    for (number, line) in (1..).zip(document.lines()) {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            fence = match fence {
                None => Some(info.trim() == "console"),
                Some(_) => None,
            };
            open = false;
        } else if let Some(is_transcript) = fence {
            if is_transcript && level.is_some() {
                transcript_line(&mut steps, &mut open, number, line);
            }
        } else if let Some(hashes) = heading_level(line) {
            level = match level {
                Some(within) if hashes <= within => return steps,
                None if line.to_lowercase().contains(&heading.to_lowercase()) => Some(hashes),
                same => same,
            };
        }
    }
    steps
}

fn heading_level(line: &str) -> Option<usize> {
    let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
    (hashes > 0 && line[hashes..].starts_with(' ')).then_some(hashes)
}

fn transcript_line(steps: &mut Vec<Step>, open: &mut bool, number: usize, line: &str) {
    if let Some(command) = line.strip_prefix("$ ") {
        *open = command.ends_with('\\');
        steps.push(Step {
            line: number,
            command: command.to_owned(),
            exit: exit_code(command),
            expected: Vec::new(),
        });
        return;
    }
    let Some(step) = steps.last_mut() else {
        return;
    };
    if *open {
        let more = line.strip_prefix("> ").unwrap_or(line);
        *open = more.ends_with('\\');
        step.command.push('\n');
        step.command.push_str(more);
        step.exit = exit_code(&step.command);
    } else {
        step.expected.push(line.to_owned());
    }
}

fn exit_code(command: &str) -> i32 {
    command
        .rsplit_once("# exit ")
        .and_then(|(_, code)| code.trim().parse().ok())
        .unwrap_or(0)
}

/// Runs steps in a shell and compares; goes on behind a difference, since later commands may tell more.
pub fn run(steps: &[Step], shell: &mut Shell) -> Vec<Difference> {
    let mut differences = Vec::new();
    for step in steps {
        let (code, printed) = shell.run(&step.command);
        let mismatch = expected::compare(&step.expected, &printed).err();
        if code != step.exit || mismatch.is_some() {
            differences.push(Difference {
                step: step.clone(),
                code,
                printed,
                mismatch,
            });
        }
    }
    differences
}

#[cfg(test)]
mod tests;
