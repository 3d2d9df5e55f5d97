//! The law that a ledger was made under, against the law of this program.

use nexus_store::{Store, StoreError};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_types::constants::{SPLIT_CREATOR, SPLIT_PLATFORM, SPLIT_WHOLE, constants_hash};
use nexus_types::{Code, Hash};
use thiserror::Error;

use super::AnotherVersion;

/// Two laws met: this program's, and that of a ledger or a network. Neither is taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "{}: at height {height} the law's constants are {theirs}, this program's are {ours}: another split than \
     {SPLIT_CREATOR} : {SPLIT_PLATFORM} of {SPLIT_WHOLE}, or other gates. No vote and no file can change them. Run the \
     program that the network runs (`nexus chain` shows its constants); if this one is it, the ledger was altered: restore \
     the data folder from a copy, or let the node synchronise anew",
    Code::AltersSplit
)]
pub struct AnotherLaw {
    /// The height that was committed under the other law.
    pub height: u64,
    /// The hash of its constants.
    pub theirs: Hash,
    /// The hash of this program's.
    pub ours: Hash,
}

impl AnotherLaw {
    /// Compares the constants under an app hash with this program's.
    ///
    /// # Errors
    /// The difference.
    pub fn check(height: u64, preimage: &AppHashPreimage) -> Result<(), Self> {
        let (theirs, ours) = (Hash(preimage.constants), constants_hash());
        if theirs == ours {
            return Ok(());
        }
        Err(Self {
            height,
            theirs,
            ours,
        })
    }
}

/// Why the application does not run on a store.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The store cannot say what it holds, or the folder of snapshots cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its last height was committed under another law.
    #[error(transparent)]
    AnotherLaw(#[from] AnotherLaw),
    /// Its next block is another program's to decide.
    #[error(transparent)]
    AnotherVersion(#[from] AnotherVersion),
}

/// Compares the committed height's constants with this program's; its height, 0 before genesis.
pub(super) fn committed_under_ours(store: &Store) -> Result<u64, OpenError> {
    let Some(view) = store.view()? else {
        return Ok(0);
    };
    AnotherLaw::check(view.height(), view.preimage())?;
    Ok(view.height())
}
