//! The backend of tests: the same six maps in RAM.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::{Backend, BackendError, Batch, Family, Op, Visit};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// Keeps everything in RAM and nothing on disk. Clones share their content, so that a test can drop a store and open
/// another one over the same bytes, as a restart does.
#[derive(Clone, Debug, Default)]
pub struct MemoryBackend {
    maps: Arc<RwLock<[Map; Family::ALL.len()]>>,
}

impl MemoryBackend {
    /// An empty backend.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy that shares nothing: the bytes as they are now.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            maps: Arc::new(RwLock::new(self.read().clone())),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, [Map; Family::ALL.len()]> {
        // A batch is applied by code that cannot panic between two changes; a poisoned lock still guards whole batches.
        self.maps.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for MemoryBackend {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.read()[family as usize].get(key).cloned())
    }

    fn scan(
        &self,
        family: Family,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut Visit<'_>,
    ) -> Result<(), BackendError> {
        if to.is_some_and(|to| to <= from) {
            return Ok(());
        }
        let maps = self.read();
        let to = to.map_or(Bound::Unbounded, Bound::Excluded);
        for (key, value) in maps[family as usize].range::<[u8], _>((Bound::Included(from), to)) {
            if let ControlFlow::Break(()) = visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, batch: &Batch) -> Result<(), BackendError> {
        let mut maps = self.maps.write().unwrap_or_else(PoisonError::into_inner);
        for op in batch.ops() {
            match op {
                Op::Put(family, key, value) => {
                    maps[*family as usize].insert(key.to_vec(), value.to_vec());
                }
                Op::Delete(family, key) => {
                    maps[*family as usize].remove(key.as_ref());
                }
                Op::DeleteRange(family, from, to) => {
                    maps[*family as usize].retain(|key, _| key < from || key >= to);
                }
            }
        }
        Ok(())
    }

    fn checkpoint(&self, _folder: &Path) -> Result<Box<dyn Backend>, BackendError> {
        Ok(Box::new(self.fork()))
    }
}
