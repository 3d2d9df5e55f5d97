//! Committed blocks, as the index wants to read them.

use nexus_index::{BlockSource, BoxError, Objects};
use nexus_store::Views;
use nexus_types::block::BlockRecord;
use nexus_types::decode;

/// Objects of the state read at once.
const PAGE: usize = 1_000;

/// The store's blocks.
pub(crate) struct Blocks {
    views: Views,
    /// Genesis, if this node executed it.
    genesis: u64,
}

impl Blocks {
    /// `initial_height` is the chain's: genesis stands one below it.
    pub(crate) fn new(views: Views, initial_height: u64) -> Self {
        let genesis = initial_height.saturating_sub(1);
        Self { views, genesis }
    }
}

impl BlockSource for Blocks {
    fn latest(&self) -> Option<u64> {
        // A store that cannot say its height has stopped the node already.
        let view = self.views.latest().ok().flatten();
        view.map(|view| view.height())
    }

    /// Asked each time: a node may be restored from a snapshot while it runs, and has the blocks after it.
    fn earliest(&self) -> u64 {
        let view = self.views.latest().ok().flatten();
        let restored = view.and_then(|view| view.began_at());
        restored.map_or(self.genesis, |height| height.saturating_add(1))
    }

    fn block(&self, height: u64) -> Result<Option<BlockRecord>, BoxError> {
        let Some(view) = self.views.latest()? else {
            return Ok(None);
        };
        let record = view.block_record(height)?;
        Ok(record.map(|bytes| decode(&bytes)).transpose()?)
    }

    fn oldest_state(&self) -> Result<Option<u64>, BoxError> {
        if self.earliest() <= self.genesis {
            return Ok(None);
        }
        Ok(self.views.latest()?.map(|view| view.oldest_height()))
    }

    fn state(&self, height: u64, after: Option<&[u8]>) -> Result<Objects, BoxError> {
        let view = self.views.latest()?.ok_or("the store is empty")?;
        Ok(view.iter_at(height, after, PAGE)?)
    }
}
