//! One shell for a whole tour.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A bash that is fed one command at a time. Commands find nothing on their standard input.
#[derive(Debug)]
pub struct Shell {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    scratch: PathBuf,
    steps: usize,
}

impl Shell {
    /// A shell in a folder. `scratch` takes a file for each command and its output, and must outlive the shell.
    ///
    /// # Panics
    /// If there is no bash.
    #[must_use]
    pub fn new(folder: &Path, scratch: &Path, environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .current_dir(folder)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("bash starts");
        Self {
            input: child.stdin.take().expect("its input"),
            output: BufReader::new(child.stdout.take().expect("its output")),
            child,
            scratch: scratch.to_owned(),
            steps: 0,
        }
    }

    /// Runs a command; returns its exit code and what it printed to both outputs. −1 if it ended the shell.
    ///
    /// # Panics
    /// If the scratch folder cannot be used.
    pub fn run(&mut self, command: &str) -> (i32, String) {
        self.steps += 1;
        let script = self.scratch.join(format!("step-{}.sh", self.steps));
        let printed = self.scratch.join(format!("step-{}.out", self.steps));
        fs::write(&script, format!("{command}\n")).expect("a scratch file");
        // `source` runs it in this very shell, so that variables and the folder stay.
        let fed = writeln!(
            self.input,
            "source '{}' </dev/null >'{}' 2>&1; echo $?",
            script.display(),
            printed.display()
        );
        let mut line = String::new();
        if fed.is_ok() {
            self.output
                .read_line(&mut line)
                .expect("the shell's output");
        }
        let printed = fs::read(&printed).unwrap_or_default();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        (line.trim().parse().unwrap_or(-1), printed)
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "exit");
        let _ = self.child.wait();
    }
}
