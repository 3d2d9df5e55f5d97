//! The programs under test, found beside the tests that run them.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Ran {
    /// The same, if the exit code is this one.
    ///
    /// # Panics
    /// Otherwise, with everything the program said.
    #[must_use]
    pub fn exited(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout: {}\nstderr: {}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// What it printed, as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let text = if self.stdout.trim().is_empty() {
            &self.stderr
        } else {
            &self.stdout
        };
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The folder with the built programs: tests run from its subfolder `deps`.
///
/// # Panics
/// If this program has no place in the file system.
#[must_use]
pub fn folder() -> PathBuf {
    let this = std::env::current_exe().expect("this program's path");
    let here = this.parent().expect("a folder");
    let folder = if here.ends_with("deps") {
        here.parent().expect("a folder above deps")
    } else {
        here
    };
    folder.to_owned()
}

/// A program of this project.
///
/// # Panics
/// If it is not built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let path = folder().join(name);
    assert!(
        path.is_file(),
        "{} is not there. Build the programs first: cargo build -p nexusd -p nexus-cli",
        path.display()
    );
    path
}

/// The top of the checkout.
///
/// # Panics
/// Never: this crate lies one folder below it.
#[must_use]
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a folder above this crate")
}

/// Where programs are looked for: those of this project first, then the tools `make setup` put into the checkout.
///
/// # Panics
/// If a folder's name holds a colon.
#[must_use]
pub fn path() -> OsString {
    let others = std::env::var_os("PATH").unwrap_or_default();
    let own = [folder(), checkout().join(".tools/bin")];
    let all = own.into_iter().chain(std::env::split_paths(&others));
    std::env::join_paths(all).expect("folders without colons")
}

/// Runs a command to its end.
///
/// # Panics
/// If it cannot be started.
pub fn run(command: &mut Command) -> Ran {
    let output = command.output();
    output
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"))
        .into()
}

/// Runs a program of this project with arguments.
///
/// # Panics
/// If it is not built or cannot be started.
pub fn run_program<A: AsRef<OsStr>>(name: &str, args: impl IntoIterator<Item = A>) -> Ran {
    run(Command::new(program(name)).args(args).env("PATH", path()))
}
