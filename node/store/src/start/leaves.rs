//! The leaves of the state on disk: one thread reads, another one hashes.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, sync_channel};
use std::{panic, thread};

use nexus_tree::Hash;
use nexus_tree::smt::{key_hash, value_hash};

use crate::backend::{Backend, Family};
use crate::error::StoreError;

/// Bytes of keys and values that are handed over at once: so many that handing over costs nothing.
const PORTION_BYTES: usize = 1 << 20;

/// Portions that may wait: with the one that is filled and the one that is hashed they bound the memory.
const WAITING: usize = 2;

/// Key hash and value hash.
type Leaf = (Hash, Hash);

/// Keys and values, one behind the other.
#[derive(Default)]
struct Portion {
    bytes: Vec<u8>,
    /// Where each key and each value ends.
    ends: Vec<(usize, usize)>,
}

impl Portion {
    fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(key);
        let key_end = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.ends.push((key_end, self.bytes.len()));
    }

    fn hash(&self, leaves: &mut Vec<Leaf>) {
        let mut start = 0;
        for (key_end, end) in &self.ends {
            let (key, value) = (&self.bytes[start..*key_end], &self.bytes[*key_end..*end]);
            leaves.push((key_hash(key), value_hash(value)));
            start = *end;
        }
    }
}

/// The leaves of all state keys, in the order of the keys.
pub(super) fn of_state(backend: &dyn Backend) -> Result<Vec<Leaf>, StoreError> {
    thread::scope(|scope| {
        let (sender, portions) = sync_channel::<Portion>(WAITING);
        let hasher = scope.spawn(|| hash_all(portions));
        let mut portion = Portion::default();
        let mut visit = |key: &[u8], value: &[u8]| {
            portion.push(key, value);
            if portion.bytes.len() < PORTION_BYTES {
                return ControlFlow::Continue(());
            }
            match sender.send(std::mem::take(&mut portion)) {
                Ok(()) => ControlFlow::Continue(()),
                // The hasher is gone, because it panicked: joining it says so.
                Err(_) => ControlFlow::Break(()),
            }
        };
        let family = Family::State;
        let scanned = backend.scan(family, &[], None, &mut visit);
        // One that is gone is joined below.
        let _ = sender.send(portion);
        drop(sender);
        let leaves = hasher
            .join()
            .unwrap_or_else(|panicked| panic::resume_unwind(panicked));
        scanned.map_err(|source| StoreError::Io {
            operation: "scanning",
            place: family.name(),
            source,
        })?;
        Ok(leaves)
    })
}

fn hash_all(portions: Receiver<Portion>) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for portion in portions {
        portion.hash(&mut leaves);
    }
    leaves
}
