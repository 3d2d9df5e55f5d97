//! What of a store's memory may be chosen.

use crate::{LIVE_VERSIONS, PRUNE_EVERY, UNDO_WINDOW};

/// How much history a store keeps. No choice changes a root, an app hash or what is read of the newest height: two
/// stores with different options hold the same ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Heights below the committed one that can be read and rolled back to.
    pub undo_window: u64,
    /// Heights whose tree stays in RAM, the committed one included; 0 counts as 1.
    pub live_versions: u64,
    /// Heights between two deletions of what fell out of the window; 0 counts as 1.
    pub prune_every: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            undo_window: UNDO_WINDOW,
            live_versions: LIVE_VERSIONS,
            prune_every: PRUNE_EVERY,
        }
    }
}

impl StoreOptions {
    /// Versions of the tree below the newest that stay in RAM.
    pub(crate) const fn older_versions(&self) -> u64 {
        self.live_versions.saturating_sub(1)
    }

    /// Whether what fell out of the window is deleted at this height.
    pub(crate) const fn prunes_at(&self, height: u64) -> bool {
        let every = if self.prune_every == 0 {
            1
        } else {
            self.prune_every
        };
        height.is_multiple_of(every)
    }
}
