//! What is shown while a run goes on: a bar, and what went wrong beside the load.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{Arc, Mutex, PoisonError};

/// Different warnings that are kept.
const MAX_WARNINGS: usize = 16;

/// A bar on standard error; nothing is drawn where that is no terminal.
pub(super) fn progress(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// What went wrong beside the load, each thing once.
#[derive(Clone, Default)]
pub(super) struct Warnings {
    inner: Arc<Mutex<Vec<String>>>,
}

impl Warnings {
    pub(super) fn note(&self, what: String) {
        let mut all = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MAX_WARNINGS && !all.contains(&what) {
            all.push(what);
        }
    }

    pub(super) fn all(&self) -> Vec<String> {
        let all = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }
}
