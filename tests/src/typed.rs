//! `nexus` as people type it, where a network lies: exit codes and JSON.

use crate::network::Network;
use crate::programs::{Ran, path, program, run};
use serde_json::Value;
use std::process::Command;

/// Runs `nexus` with words, as JSON, where the network lies in `.localnet`.
#[must_use]
pub fn nexus(network: &Network, words: &str) -> Ran {
    nexus_with(network, words, &[])
}

/// The same with words that hold spaces.
#[must_use]
pub fn nexus_with(network: &Network, words: &str, more: &[&str]) -> Ran {
    let mut command = Command::new(program("nexus"));
    command
        .args(words.split_ascii_whitespace())
        .args(more)
        .args(["--output", "json"])
        .current_dir(network.folder())
        .env("HOME", network.folder())
        .env("PATH", path())
        .env_remove("NEXUS_NODE")
        .env_remove("NEXUS_KEYS")
        .env_remove("NEXUS_KEY");
    run(&mut command)
}

/// Runs what must end with that exit code; returns its JSON, which every command prints, in failure too.
///
/// # Panics
/// If it ends with another, or prints no JSON.
pub fn ends(network: &Network, words: &str, code: i32) -> Value {
    let ran = nexus(network, words).exited(code);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{words}: {error}: {ran:?}"))
}

/// The code of the law in the JSON of a refusal.
///
/// # Panics
/// If it is not refused, or without a hint.
pub fn refused(network: &Network, words: &str) -> String {
    let answer = ends(network, words, 3);
    let error = &answer["error"];
    assert_eq!(error["kind"], "refused", "{answer}");
    assert!(
        error["hint"].as_str().is_some_and(|hint| !hint.is_empty()),
        "{answer}"
    );
    error["code"].as_str().expect("a code").to_owned()
}
