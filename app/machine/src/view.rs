//! Reading state, and the layers of writes on top of it.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_tree::log::Frontier;
use nexus_types::encoding::{decode_own, encode};
use nexus_types::log::ChainLog;
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Height, Time};

/// The block a transaction is judged in. CheckTx passes the next height and the last committed time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockContext {
    /// Height.
    pub height: Height,
    /// Block time.
    pub time: Time,
}

/// The committed state, read only.
pub trait View {
    /// The bytes behind a key.
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>>;
    /// The first key at or after `from` and before `to`, with its bytes.
    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)>;
    /// Size and peaks of a chain log.
    fn frontier(&self, log: ChainLog) -> Frontier;
}

/// Writes not yet part of the state: ascending keys, none is a deletion.
pub(crate) type Writes = BTreeMap<StateKey, Option<Vec<u8>>>;

/// A view with writes on top.
pub(crate) struct Layer<'a> {
    pub(crate) base: &'a dyn View,
    pub(crate) writes: &'a Writes,
}

impl View for Layer<'_> {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        match self.writes.get(key) {
            Some(written) => written.as_deref().map(Cow::Borrowed),
            None => self.base.get(key),
        }
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        let mut from = from.clone();
        loop {
            let below = self.base.first_in(&from, to);
            let above = self.writes.range(from.clone()..to.clone()).next();
            match (below, above) {
                (Some((key, value)), Some((written, _))) if key < *written => {
                    return Some((key, value));
                }
                (_, Some((key, Some(value)))) => return Some((key.clone(), value.clone())),
                // Deleted above: whatever stands there below is gone; look after it.
                (_, Some((key, None))) => from = after(key),
                (below, None) => return below,
            }
        }
    }

    fn frontier(&self, log: ChainLog) -> Frontier {
        self.base.frontier(log)
    }
}

/// The key right behind another.
pub(crate) fn after(key: &StateKey) -> StateKey {
    let mut bytes = key.as_bytes().to_vec();
    bytes.push(0);
    StateKey::from_bytes(bytes)
}

/// Reads and decodes an object.
pub(crate) fn read<T: BorshDeserialize>(view: &dyn View, key: &StateKey) -> Option<T> {
    let bytes = view.get(key)?;
    match decode_own(&bytes) {
        Ok(value) => Some(value),
        Err(_) => corrupt(key),
    }
}

/// Writes an object.
pub(crate) fn write<T: BorshSerialize>(writes: &mut Writes, key: StateKey, value: &T) {
    writes.insert(key, Some(encode(value)));
}

/// Whether an object stands behind the key.
pub(crate) fn exists(view: &dyn View, key: &StateKey) -> bool {
    view.get(key).is_some()
}

#[expect(
    clippy::panic,
    reason = "state that does not decode is a bug or a broken disk: stop before it spreads"
)]
fn corrupt(key: &StateKey) -> ! {
    panic!(
        "state object {key:?} does not decode: the state is corrupt; stop this node and restore it"
    )
}

/// The chain's own record. Every chain has one from genesis.
pub(crate) fn chain(view: &dyn View) -> nexus_types::state::ChainRecord {
    let key = state_key::chain();
    match read(view, &key) {
        Some(record) => record,
        None => corrupt(&key),
    }
}

/// The clocks after the last block.
pub(crate) fn clock(view: &dyn View) -> nexus_types::state::Clock {
    read(view, &state_key::clock()).unwrap_or_default()
}
