//! The committed state as the machine sees it.

use nexus_machine::View;
use nexus_store::{ReadView, app_log};
use nexus_tree::log::Frontier;
use nexus_types::decode;
use nexus_types::log::ChainLog;
use nexus_types::state::ChainRecord;
use nexus_types::state_key::{self, StateKey};
use std::borrow::Cow;

use super::{app_log_id, fatal};

/// A view of one committed height, for the machine.
#[derive(Clone)]
pub struct StateView {
    view: ReadView,
}

impl StateView {
    /// Reads through this view.
    pub fn new(view: ReadView) -> Self {
        Self { view }
    }

    /// The store's own view.
    pub fn store(&self) -> &ReadView {
        &self.view
    }

    /// The chain's record, which every chain has from genesis.
    pub fn chain(&self) -> ChainRecord {
        let bytes = self.get(&state_key::chain()).unwrap_or_default();
        decode(&bytes).unwrap_or_else(|error| fatal("reading the chain's record", &error))
    }
}

impl View for StateView {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        self.view
            .get(key.as_bytes())
            .unwrap_or_else(|error| fatal("reading the state", &error))
            .map(Cow::Owned)
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        let found = self.view.range(from.as_bytes(), to.as_bytes(), 1);
        let mut entries =
            found.unwrap_or_else(|error| fatal("reading a range of the state", &error));
        (!entries.is_empty()).then(|| {
            let (key, value) = entries.remove(0);
            (StateKey::from_bytes(key), value)
        })
    }

    fn frontier(&self, log: ChainLog) -> Frontier {
        let found = self.view.frontier(&app_log(app_log_id(log)));
        found.unwrap_or_else(|error| fatal("reading a log", &error))
    }
}
