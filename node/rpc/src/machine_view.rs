//! The committed state as the law reads it, for simulations.

use nexus_machine::View;
use nexus_store::{ReadView, StoreError, app_log};
use nexus_tree::app_hash::LogId;
use nexus_tree::log::Frontier;
use nexus_types::log::ChainLog;
use nexus_types::state_key::StateKey;
use std::borrow::Cow;
use std::cell::RefCell;

/// One view of the store. The law knows no failing disk: a failure is kept, and whoever simulated asks for it before
/// believing the outcome.
pub(crate) struct MachineView {
    view: ReadView,
    failure: RefCell<Option<StoreError>>,
}

impl MachineView {
    pub(crate) fn new(view: ReadView) -> Self {
        Self {
            view,
            failure: RefCell::new(None),
        }
    }

    /// The first failure of a read, if there was one.
    pub(crate) fn failure(self) -> Result<(), StoreError> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }

    fn kept<T: Default>(&self, read: Result<T, StoreError>) -> T {
        read.unwrap_or_else(|error| {
            self.failure.borrow_mut().get_or_insert(error);
            T::default()
        })
    }
}

impl View for MachineView {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        self.kept(self.view.get(key.as_bytes())).map(Cow::Owned)
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        let found = self.view.range(from.as_bytes(), to.as_bytes(), 1);
        let (key, value) = self.kept(found).into_iter().next()?;
        Some((StateKey::from_bytes(key), value))
    }

    fn frontier(&self, log: ChainLog) -> Frontier {
        self.kept(self.view.frontier(&app_log(app_hash_log(log))))
    }
}

/// A chain log under the name the app hash knows it by.
pub(crate) fn app_hash_log(log: ChainLog) -> LogId {
    match log {
        ChainLog::Audit => LogId::Audit,
        ChainLog::Platform => LogId::Platform,
        ChainLog::Consent => LogId::Consent,
        ChainLog::Usage => LogId::Usage,
        ChainLog::Headers => LogId::Headers,
    }
}
