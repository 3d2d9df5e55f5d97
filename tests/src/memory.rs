//! The law's state as an ordered map, for benchmarks of the law alone: no store, no tree, no signatures.

use nexus_machine::{Executed, SigCheck, View};
use nexus_tree::log::{Frontier, leaf_hash};
use nexus_types::log::{ChainLog, LogId};
use nexus_types::state_key::StateKey;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Trusts every signature: what is left is the law itself.
#[derive(Clone, Copy, Debug)]
pub struct Trusting;

impl SigCheck for Trusting {
    fn check(&self, _: &[u8; 32], _: &[u8; 32], _: &[u8; 64]) -> bool {
        true
    }
}

/// The state after some blocks.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    state: BTreeMap<StateKey, Vec<u8>>,
    frontiers: BTreeMap<LogId, Frontier>,
}

impl View for Memory {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        self.state.get(key).map(|value| Cow::Borrowed(&value[..]))
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        self.state
            .range(from.clone()..to.clone())
            .next()
            .map(|(key, value)| (key.clone(), value.clone()))
    }

    fn frontier(&self, log: ChainLog) -> Frontier {
        self.frontiers
            .get(&LogId::Chain(log))
            .cloned()
            .unwrap_or_default()
    }
}

impl Memory {
    /// Takes over what a block did.
    ///
    /// # Panics
    /// If a log is full.
    pub fn commit(&mut self, executed: Executed) {
        for (key, value) in executed.changes {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
        for (log, record) in executed.appends {
            let frontier = self.frontiers.entry(log).or_default();
            frontier
                .append(leaf_hash(&record))
                .expect("a log in a benchmark is short");
        }
    }
}
