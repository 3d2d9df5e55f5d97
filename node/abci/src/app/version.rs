//! The version of the law's program that decides the next block, against this program's.

use nexus_machine::Decider;
use nexus_types::Hash;
use nexus_types::constants::APP_VERSION;
use thiserror::Error;

/// The next block is another program's to decide.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error(
    "block {height} is decided by version {theirs} of the law's program; this one is version {APP_VERSION} and decides no \
     block from there on, nor any before its own first"
)]
pub struct AnotherVersion {
    /// The next block.
    pub height: u64,
    /// The version that decides it.
    pub theirs: u64,
    /// SHA-256 of the program that the seats voted for, where that block is an upgrade's first.
    pub sha256: Option<Hash>,
}

impl AnotherVersion {
    /// Compares what decides a block with this program.
    ///
    /// # Errors
    /// The difference.
    pub fn check(decider: &Decider) -> Result<(), Self> {
        if decider.app_version == APP_VERSION {
            return Ok(());
        }
        Err(Self {
            height: decider.height,
            theirs: decider.app_version,
            sha256: decider.sha256,
        })
    }
}
