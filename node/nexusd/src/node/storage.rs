//! Opening the ledger of a home.

use nexus_abci::app::OpenError;
use nexus_store::{RocksBackend, Store, StoreError};

use super::program;
use crate::error::Error;
use crate::home::Home;

/// Opens the store: the tree is rebuilt and compared with the committed root before anything is answered.
pub(crate) fn open(home: &Home) -> Result<Store, Error> {
    Store::open(backend(home)?).map_err(|error| failed(home, &error))
}

/// Opens the database alone: nothing is compared.
pub(crate) fn backend(home: &Home) -> Result<RocksBackend, Error> {
    let path = home.store();
    RocksBackend::open(&path).map_err(|error| {
        Error::home(
            &path,
            format!(
                "the database cannot be opened: {error}. If another process uses it, stop that one; if its files are \
                 damaged, restore the folder or let the node synchronise anew"
            ),
        )
    })
}

/// A store that contradicts itself is a failed verification, any other failure a home that cannot be used.
pub(crate) fn failed(home: &Home, error: &StoreError) -> Error {
    match error {
        StoreError::Corrupt { .. } | StoreError::RootMismatch { .. } => {
            Error::Verification(format!("{}: {error}", home.store().display()))
        }
        other => Error::home(&home.store(), other.to_string()),
    }
}

/// Why the application does not run on the ledger: one made under another law fails verification, too.
pub(crate) fn refused(home: &Home, error: &OpenError) -> Error {
    match error {
        OpenError::Store(error) => failed(home, error),
        OpenError::AnotherLaw(error) => {
            Error::Verification(format!("{}: {error}", home.store().display()))
        }
        OpenError::AnotherVersion(another) => program::refused(another),
    }
}
