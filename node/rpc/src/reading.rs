//! One read of the state at one height, which remembers what it looked at, so that exactly that is proved.

use crate::node::Node;
use crate::refusal::Refusal;
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::api::{At, MAX_PROOF_ITEMS, PreimageView, Read, ReadProof, StateItem};
use nexus_store::{ReadView, StoreError};
use nexus_types::decode;
use nexus_types::limits::STATE_KEYS_PER_IMVU;
use nexus_types::state_key::StateKey;
use std::cell::RefCell;
use std::sync::Arc;

/// Keys under one prefix that a read looks at: all that an IMVU may ever have of routes, removed ones included, and far
/// more than a chain has seats.
const MAX_KEYS: usize = STATE_KEYS_PER_IMVU as usize;

/// Keys that [`Reading::standing`] reads at once.
const PAGE: usize = 128;

/// The state at one height.
pub(crate) struct Reading {
    view: ReadView,
    height: u64,
    keys: RefCell<Vec<StateKey>>,
}

impl Reading {
    pub(crate) fn new(view: ReadView, at: At) -> Result<Self, Refusal> {
        let latest = view.height();
        let height = match at {
            At::Latest => latest,
            At::Provable => latest.saturating_sub(1),
            At::Height(height) => height,
        };
        // Says at once whether the height is known and kept.
        view.info_at(height)?;
        Ok(Self {
            view,
            height,
            keys: RefCell::new(Vec::new()),
        })
    }

    pub(crate) fn height(&self) -> u64 {
        self.height
    }

    pub(crate) fn view(&self) -> &ReadView {
        &self.view
    }

    /// An object of the state; it becomes part of the proof.
    pub(crate) fn get<T: BorshDeserialize + BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Result<Option<T>, Refusal> {
        let mut keys = self.keys.borrow_mut();
        if !keys.contains(key) {
            keys.push(key.clone());
        }
        drop(keys);
        self.peek(key)
    }

    /// An object of the state that the proof leaves out, because another object commits to it.
    pub(crate) fn peek<T: BorshDeserialize + BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Result<Option<T>, Refusal> {
        let Some(bytes) = self.view.get_at(self.height, key.as_bytes())? else {
            return Ok(None);
        };
        decode(&bytes).map(Some).map_err(|error| {
            let cause = format!("state object {key:?} at height {}: {error}", self.height);
            Refusal::internal("reading the state", &cause)
        })
    }

    /// The objects under a prefix, with their keys, ascending. Such keys are never removed, so that the keys of the last
    /// height include those of every earlier one.
    pub(crate) fn under<T: BorshDeserialize + BorshSerialize>(
        &self,
        prefix: &[u8],
    ) -> Result<Vec<(StateKey, T)>, Refusal> {
        let mut found = Vec::new();
        for (key, _) in self.view.iter_prefix(prefix, None, MAX_KEYS)? {
            let key = StateKey::from_bytes(key);
            if let Some(value) = self.peek(&key)? {
                found.push((key, value));
            }
        }
        Ok(found)
    }

    /// The objects under a prefix as they stood at the read's height, with their keys, ascending: for keys that may be removed
    /// again.
    pub(crate) fn standing<T: BorshDeserialize + BorshSerialize>(
        &self,
        prefix: &[u8],
    ) -> Result<Vec<(StateKey, T)>, Refusal> {
        let mut found = Vec::new();
        // The prefix itself is no key.
        let mut after = prefix.to_vec();
        loop {
            let page = self.view.iter_at(self.height, Some(&after), PAGE)?;
            let Some((last, _)) = page.last() else {
                return Ok(found);
            };
            after.clone_from(last);
            for (key, _) in page {
                if !key.starts_with(prefix) {
                    return Ok(found);
                }
                let key = StateKey::from_bytes(key);
                if let Some(value) = self.peek(&key)? {
                    found.push((key, value));
                }
            }
        }
    }

    /// The answer, with the proof of every object that [`Self::get`] looked at.
    pub(crate) fn answer<T>(self, value: T, proof: bool) -> Result<Read<T>, Refusal> {
        let proof = if proof { Some(self.proof()?) } else { None };
        Ok(Read {
            height: self.height.into(),
            block_time: self.view.time_at(self.height)?.into(),
            value,
            proof,
        })
    }

    fn proof(&self) -> Result<ReadProof, Refusal> {
        let keys = self.keys.borrow();
        if keys.len() > MAX_PROOF_ITEMS {
            return Err(Refusal::interface(
                InterfaceCode::Unprovable,
                format_args!(
                    "the answer rests on {} state keys, at most {MAX_PROOF_ITEMS} are proved at once",
                    keys.len()
                ),
            ));
        }
        let items = keys
            .iter()
            .map(|key| prove(&self.view, self.height, key.as_bytes()));
        Ok(ReadProof {
            header_height: self.height.saturating_add(1).into(),
            preimage: PreimageView::from(&self.view.preimage_at(self.height)?),
            items: items.collect::<Result<_, _>>()?,
        })
    }
}

/// One state key with its proof.
pub(crate) fn prove(view: &ReadView, height: u64, key: &[u8]) -> Result<StateItem, Refusal> {
    match view.prove(height, key) {
        Ok((value, proof)) => Ok(StateItem::new(key, value, &proof)),
        // The state of the height is known, as the caller has read it; only its tree is gone.
        Err(StoreError::Pruned { oldest, .. }) => Err(Refusal::interface(
            InterfaceCode::Unprovable,
            format_args!("state of height {height} can no longer be proved here; the oldest that can is {oldest}"),
        )
        .at(height)),
        Err(other) => Err(other.into()),
    }
}

impl Node {
    /// Reads the state on a thread that may wait for the disk.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        at: At,
        proof: bool,
        work: impl FnOnce(&Reading) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<Read<T>, Refusal> {
        let view = self.view()?;
        self.blocking(move || {
            let reading = Reading::new(view, at)?;
            let height = reading.height();
            let value = work(&reading).map_err(|refusal| refusal.at(height))?;
            reading.answer(value, proof)
        })
        .await
    }
}
