//! A node whose process the test itself starts, to see how it ends.

use crate::wait::wait_for;
use crate::{Node, http};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;

/// A started nexusd.
#[derive(Debug)]
pub struct Watched<'n> {
    /// Whose.
    pub node: &'n Node,
    child: Child,
}

impl<'n> Watched<'n> {
    /// Starts it with these variables, without waiting for anything.
    ///
    /// # Panics
    /// If there is no such program.
    #[must_use]
    pub fn start(node: &'n Node, environment: &[(&str, &str)]) -> Self {
        let child = node.spawn(environment);
        Self { node, child }
    }

    /// Starts it and waits until it makes blocks.
    ///
    /// # Panics
    /// If it ends before, or makes none.
    #[must_use]
    pub fn running(node: &'n Node, environment: &[(&str, &str)]) -> Self {
        let mut watched = Self::start(node, environment);
        let first = wait_for(&format!("a height of {}", node.name), || {
            watched.assert_alive();
            node.height()
        });
        wait_for(&format!("blocks of {}", node.name), || {
            watched.assert_alive();
            node.height().filter(|height| *height > first + 1)
        });
        watched
    }

    /// Asserts that it runs.
    ///
    /// # Panics
    /// If it ended, with the end of its log.
    pub fn assert_alive(&mut self) {
        let ended = self.child.try_wait().expect("its state");
        assert!(
            ended.is_none(),
            "{} ended ({ended:?}):\n{}",
            self.node.name,
            last_lines(&self.node.log())
        );
    }

    /// Waits for its end; the exit code.
    ///
    /// # Panics
    /// If it does not end, or a signal ended it.
    pub fn code(&mut self) -> i32 {
        let what = format!("the end of {}", self.node.name);
        let status = wait_for(&what, || self.child.try_wait().expect("its state"));
        status
            .code()
            .unwrap_or_else(|| panic!("{} was ended by a signal", self.node.name))
    }

    /// Asks it to end.
    ///
    /// # Panics
    /// If it ends with an error.
    pub fn stop(mut self) {
        self.node.stop();
        assert_eq!(self.code(), 0);
    }

    /// The number that its metrics show for a series.
    #[must_use]
    pub fn figure(&self, series: &str) -> Option<f64> {
        figure(self.node, series)
    }
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// The number that a node's metrics show for a series. They listen on the node's loopback: ask on its machine.
#[must_use]
pub fn figure(node: &Node, series: &str) -> Option<f64> {
    let config = fs::read_to_string(node.home.join("config.toml")).ok()?;
    let (_, metrics) = config.split_once("[metrics]")?;
    let listen = metrics
        .lines()
        .find_map(|line| line.strip_prefix("listen = "))?;
    let url = format!("http://{}", listen.trim_matches('"'));
    let answer = http::request(&url, "GET", "/metrics", &[], b"").ok()?;
    let text = String::from_utf8(answer.body).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(series))?;
    line.trim().parse().ok()
}

/// Writes the watchdog's section of a stopped node's configuration anew.
///
/// # Panics
/// If it cannot be written, or the section is not the last.
pub fn watch(node: &Node, peers: &[&str], frozen_after_s: u64) {
    let path = node.home.join("config.toml");
    let config = fs::read_to_string(&path).expect("its configuration");
    let (before, _) = config.split_once("[watchdog]").expect("the last section");
    let text =
        format!("{before}[watchdog]\npeers = {peers:?}\nfrozen_after_s = {frozen_after_s}\n");
    fs::write(path, text).expect("written");
}

/// Sets the CometBFT of a stopped node.
///
/// # Panics
/// If the configuration cannot be written, or names one already.
pub fn use_comet(node: &Node, program: &str) {
    let path = node.home.join("config.toml");
    let config = fs::read_to_string(&path).expect("its configuration");
    let text = config.replace(
        "[cometbft]\n",
        &format!("[cometbft]\nbinary = {program:?}\n"),
    );
    assert_ne!(text, config);
    fs::write(path, text).expect("written");
}

/// The one folder of evidence for that reason.
///
/// # Panics
/// If there is none, or more.
#[must_use]
pub fn evidence(node: &Node, reason: &str) -> PathBuf {
    let mut found = all_evidence(node, reason);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// The folders of evidence for that reason, by their names.
#[must_use]
pub fn all_evidence(node: &Node, reason: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(node.home.join("evidence"));
    let entries = entries.into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.retain(|path| path.to_string_lossy().ends_with(&format!("Z-{reason}")));
    found.sort();
    found
}

/// A file of evidence, as JSON.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn kept(folder: &Path, file: &str) -> Value {
    let text = fs::read_to_string(folder.join(file)).expect("a file of evidence");
    serde_json::from_str(&text).expect("JSON")
}

/// Waits until these nodes have each made a few more blocks.
///
/// # Panics
/// If one does not.
pub fn go_on(nodes: &[Node]) {
    for node in nodes {
        let height = wait_for(&format!("an answer of {}", node.name), || node.height());
        node.wait_for_height(height + 3);
    }
}
