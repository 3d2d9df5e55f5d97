//! What readers see: the ledger as of one height.

use std::fmt;
use std::sync::Arc;

use nexus_tree::Hash;
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::{
    ConsistencyProof, Frontier, InclusionProof, LogError, LogHead, prove_consistency,
    prove_inclusion,
};
use nexus_tree::smt::{StateProof, key_hash};

use crate::backend::Family;
use crate::block::{BlockInfo, TxLocation};
use crate::error::StoreError;
use crate::history::{Entries, collect};
use crate::layout;
use crate::logs::{self, Nodes};
use crate::store::{Shared, version};
use crate::{MAX_PAGE, MAX_TX_LOCATIONS};

/// The ledger as of one committed height, for as long as that height is in the window. Cheap to clone and to send; later
/// commits neither change its answers nor wait for it.
///
/// # Errors
/// Every method that reads the storage can return [`StoreError::Io`] and [`StoreError::Corrupt`], and
/// [`StoreError::Pruned`] once the view's height has left the window of [`crate::UNDO_WINDOW`] heights.
#[derive(Clone)]
pub struct ReadView {
    shared: Arc<Shared>,
    info: Arc<BlockInfo>,
}

impl fmt::Debug for ReadView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadView")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

impl ReadView {
    pub(crate) const fn new(shared: Arc<Shared>, info: Arc<BlockInfo>) -> Self {
        Self { shared, info }
    }

    /// The view's height.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.info.height
    }

    /// Block time of the height, in milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn time_ms(&self) -> u64 {
        self.info.time_ms
    }

    /// App hash of the height: what the header of the next height carries.
    #[must_use]
    pub fn app_hash(&self) -> Hash {
        self.info.app_hash
    }

    /// What the app hash commits to.
    #[must_use]
    pub fn preimage(&self) -> &AppHashPreimage {
        &self.info.preimage
    }

    /// The oldest height whose state, time and hashes can be read.
    #[must_use]
    pub fn oldest_height(&self) -> u64 {
        self.shared.oldest()
    }

    /// The oldest height at which state can be proved.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn oldest_provable_height(&self) -> Result<u64, StoreError> {
        Ok(self.shared.tree.read()?.oldest_version().saturating_sub(1))
    }

    /// The value of a state key.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.shared.state_at(self.height(), key)
    }

    /// The value of a state key at an earlier height in the window. Costs one look-up for each height between.
    ///
    /// # Errors
    /// [`StoreError::Pruned`], [`StoreError::Future`], and see [`ReadView`].
    pub fn get_at(&self, height: u64, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.not_future(height)?;
        self.shared.state_at(height, key)
    }

    /// The value of a state key, or that it has none, at one of the last [`crate::LIVE_VERSIONS`] heights, with the
    /// proof against that height's state root.
    ///
    /// # Errors
    /// [`StoreError::Pruned`] with the oldest provable height, [`StoreError::Future`], and see [`ReadView`].
    pub fn prove(
        &self,
        height: u64,
        key: &[u8],
    ) -> Result<(Option<Vec<u8>>, StateProof), StoreError> {
        self.not_future(height)?;
        let value = self.shared.state_at(height, key)?;
        let tree = self.shared.tree.read()?;
        match tree.prove(version(height), &key_hash(key)) {
            Some(proof) => Ok((value, proof)),
            None => {
                let oldest = tree.oldest_version().saturating_sub(1);
                Err(StoreError::Pruned { height, oldest })
            }
        }
    }

    /// Up to `limit` (at most [`MAX_PAGE`]) state keys that begin with `prefix`, with their values, ascending, from the
    /// first after `after`.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn iter_prefix(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Entries, StoreError> {
        let from = after.map_or_else(Vec::new, layout::successor);
        let from = from.as_slice().max(prefix);
        let to = layout::prefix_end(prefix);
        self.shared
            .state_range_at(self.height(), from, to.as_deref(), limit.min(MAX_PAGE))
    }

    /// Up to `limit` (at most [`MAX_PAGE`]) state keys of an earlier height in the window, with their values, ascending, from
    /// the first after `after`.
    ///
    /// # Errors
    /// [`StoreError::Pruned`], [`StoreError::Future`], and see [`ReadView`].
    pub fn iter_at(
        &self,
        height: u64,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Entries, StoreError> {
        self.not_future(height)?;
        let from = after.map_or_else(Vec::new, layout::successor);
        self.shared
            .state_range_at(height, &from, None, limit.min(MAX_PAGE))
    }

    /// Up to `limit` (at most [`MAX_PAGE`]) state keys from `from` to before `to`, with their values, ascending.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Entries, StoreError> {
        self.shared
            .state_range_at(self.height(), from, Some(to), limit.min(MAX_PAGE))
    }

    /// What is remembered of a height in the window.
    ///
    /// # Errors
    /// [`StoreError::Pruned`], [`StoreError::Future`], and see [`ReadView`].
    pub fn info_at(&self, height: u64) -> Result<BlockInfo, StoreError> {
        self.not_future(height)?;
        self.shared.info(height)
    }

    /// What the app hash of a height in the window commits to.
    ///
    /// # Errors
    /// As [`Self::info_at`].
    pub fn preimage_at(&self, height: u64) -> Result<AppHashPreimage, StoreError> {
        Ok(self.info_at(height)?.preimage)
    }

    /// The hash of a block in the window. Older ones are in the log of headers, for ever.
    ///
    /// # Errors
    /// As [`Self::info_at`].
    pub fn block_hash_at(&self, height: u64) -> Result<Hash, StoreError> {
        Ok(self.info_at(height)?.block_hash)
    }

    /// The time of a block in the window, in milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// As [`Self::info_at`].
    pub fn time_at(&self, height: u64) -> Result<u64, StoreError> {
        Ok(self.info_at(height)?.time_ms)
    }

    /// Size and root of a log; the empty head for a log that has no record.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn log_head(&self, log: &[u8]) -> Result<LogHead, StoreError> {
        let head = self.shared.head_at(self.height(), log)?;
        head.map_or(Ok(LogHead::empty()), |head| layout::decode_head(&head))
    }

    /// Number of records of a log.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn log_size(&self, log: &[u8]) -> Result<u64, StoreError> {
        Ok(self.log_head(log)?.size)
    }

    /// All that is needed to append to a log.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn frontier(&self, log: &[u8]) -> Result<Frontier, StoreError> {
        logs::frontier(self.shared.backend.as_ref(), log, self.log_size(log)?)
    }

    /// One record of a log, counted from 0; `None` beyond its size.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn record(&self, log: &[u8], index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        if index >= self.log_size(log)? {
            return Ok(None);
        }
        let record = self.shared.get(Family::Rec, &layout::record(log, index))?;
        record.map(Some).ok_or_else(|| missing_record(log, index))
    }

    /// Up to `limit` (at most [`MAX_PAGE`]) records of a log from index `from` on.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn records(&self, log: &[u8], from: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let limit = u64::try_from(limit.min(MAX_PAGE)).unwrap_or(u64::MAX);
        let to = self.log_size(log)?.min(from.saturating_add(limit));
        let (first, end) = (layout::record(log, from), layout::record(log, to));
        let backend = self.shared.backend.as_ref();
        let records = collect(backend, Family::Rec, &first, Some(&end), MAX_PAGE)?;
        let wanted = to.saturating_sub(from);
        if records.len() as u64 != wanted {
            return Err(missing_record(
                log,
                from.saturating_add(records.len() as u64),
            ));
        }
        Ok(records.into_iter().map(|(_, record)| record).collect())
    }

    /// The proof that record `index` is in the log as it was at `size` records.
    ///
    /// # Errors
    /// [`StoreError::Log`] when the log has no such record at that size or has not that size yet, and see [`ReadView`].
    pub fn inclusion(
        &self,
        log: &[u8],
        index: u64,
        size: u64,
    ) -> Result<InclusionProof, StoreError> {
        self.check_log_size(log, size)?;
        let nodes = Nodes::new(self.shared.backend.as_ref(), log);
        prove_inclusion(&nodes, index, size).map_err(|error| nodes.explain(error))
    }

    /// The proof that the log at `new` records begins with the log at `old` records.
    ///
    /// # Errors
    /// [`StoreError::Log`] when `old` is above `new` or the log has not that size yet, and see [`ReadView`].
    pub fn consistency(
        &self,
        log: &[u8],
        old: u64,
        new: u64,
    ) -> Result<ConsistencyProof, StoreError> {
        self.check_log_size(log, new)?;
        let nodes = Nodes::new(self.shared.backend.as_ref(), log);
        prove_consistency(&nodes, old, new).map_err(|error| nodes.explain(error))
    }

    /// Where a transaction first stands, by SHA-256 of its bytes.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn tx_location(&self, hash: &Hash) -> Result<Option<TxLocation>, StoreError> {
        Ok(self.tx_locations(hash)?.into_iter().next())
    }

    /// Where a transaction stands: its first [`MAX_TX_LOCATIONS`] places, ascending. A decided block may repeat one when
    /// its proposer and more than a third of the validators are dishonest.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn tx_locations(&self, hash: &Hash) -> Result<Vec<TxLocation>, StoreError> {
        let end = layout::tx(
            hash,
            TxLocation {
                height: self.height().saturating_add(1),
                index: 0,
            },
        );
        let backend = self.shared.backend.as_ref();
        let keys = collect(backend, Family::Tx, hash, Some(&end), MAX_TX_LOCATIONS)?;
        keys.iter().map(|(key, _)| layout::decode_tx(key)).collect()
    }

    /// The encoded block of a height, as it was committed. Kept for ever; `None` below the first height.
    ///
    /// # Errors
    /// [`StoreError::Future`], and see [`ReadView`].
    pub fn block_record(&self, height: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.not_future(height)?;
        self.shared.get(Family::Rec, &layout::block_record(height))
    }

    fn not_future(&self, height: u64) -> Result<(), StoreError> {
        let latest = self.height();
        if height > latest {
            Err(StoreError::Future { height, latest })
        } else {
            Ok(())
        }
    }

    fn check_log_size(&self, log: &[u8], size: u64) -> Result<(), StoreError> {
        let now = self.log_size(log)?;
        if size > now {
            let source = LogError::IndexBeyondSize {
                index: size.saturating_sub(1),
                size: now,
            };
            return Err(StoreError::Log {
                log: log.to_vec(),
                source,
            });
        }
        Ok(())
    }
}

fn missing_record(log: &[u8], index: u64) -> StoreError {
    layout::corrupt(format!(
        "record {index} of log {} is missing",
        String::from_utf8_lossy(log)
    ))
}
