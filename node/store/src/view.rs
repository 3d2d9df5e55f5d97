//! What readers see: the ledger as of one height.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nexus_tree::Hash;
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::{ConsistencyProof, Frontier, InclusionProof, LogError, LogHead};
use nexus_tree::smt::{StateProof, key_hash};

use crate::backend::Family;
use crate::block::{BlockInfo, TxLocation};
use crate::error::StoreError;
use crate::history::{Entries, collect};
use crate::layout;
use crate::logs::{self, Nodes};
use crate::seal;
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

    /// The value of a state key, compared with what the tree in RAM says of it: a value that was altered on the disk, one
    /// that vanished and one that nobody wrote are [`StoreError::Corrupt`].
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
    /// What it lists is compared with the tree as [`Self::get`] does. That it lists *all* keys of the range is the
    /// storage's word alone: the tree is ordered by hash and cannot tell that one is missing. Whoever needs completeness
    /// takes it from an object that is proved: a count, a table of contents, a collection.
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

    /// Up to `limit` (at most [`MAX_PAGE`]) state keys from `from` to before `to`, with their values, ascending; complete
    /// as far as [`Self::iter_prefix`] is.
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
        self.is_executed(height)?;
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
        self.shared.head_at(self.height(), log)
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
        logs::at_head(self.shared.backend.as_ref(), log, &self.log_head(log)?)
    }

    /// One record of a log, counted from 0; `None` beyond its size.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn record(&self, log: &[u8], index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        if index >= self.log_size(log)? {
            return Ok(None);
        }
        self.is_kept(log, index)?;
        let record = self.shared.get(Family::Rec, &layout::record(log, index))?;
        let record = record.ok_or_else(|| missing_record(log, index))?;
        let node = Nodes::new(self.shared.backend.as_ref(), log).read(0, index)?;
        logs::check_record(log, index, &record, node)?;
        Ok(Some(record))
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
        if wanted > 0 {
            self.is_kept(log, from)?;
        }
        if records.len() as u64 != wanted {
            return Err(missing_record(
                log,
                from.saturating_add(records.len() as u64),
            ));
        }
        let (first, end) = (layout::log_node(log, 0, from), layout::log_node(log, 0, to));
        let nodes = collect(backend, Family::Log, &first, Some(&end), MAX_PAGE)?;
        let mut nodes = nodes.into_iter();
        let mut checked = Vec::with_capacity(records.len());
        for (index, (key, record)) in (from..).zip(records) {
            let node = nodes
                .next()
                .filter(|(key, _)| *key == layout::log_node(log, 0, index))
                .map(|(_, node)| layout::decode_hash(&node, "a node of a log"))
                .transpose()?;
            if key != layout::record(log, index) {
                return Err(missing_record(log, index));
            }
            logs::check_record(log, index, &record, node)?;
            checked.push(record);
        }
        Ok(checked)
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
        let head = self.check_log_size(log, size)?;
        self.is_kept(log, index)?;
        logs::inclusion(self.shared.backend.as_ref(), log, index, size, &head)
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
        let head = self.check_log_size(log, new)?;
        let first = self.shared.log_base(log)?;
        if (1..first).contains(&old) {
            let log = log.to_vec();
            return Err(StoreError::NotKept {
                log,
                index: old - 1,
                first,
            });
        }
        logs::consistency(self.shared.backend.as_ref(), log, old, new, &head)
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
        keys.iter()
            .map(|(key, sealed)| {
                seal::check(Family::Tx, key, sealed)?;
                layout::decode_tx(key)
            })
            .collect()
    }

    /// The encoded block of a height, as it was committed. Kept for ever; `None` below the first height, and on a restored
    /// store up to [`Self::began_at`].
    ///
    /// # Errors
    /// [`StoreError::Future`], and see [`ReadView`].
    pub fn block_record(&self, height: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.not_future(height)?;
        let record = seal::get(
            self.shared.backend.as_ref(),
            Family::Rec,
            &layout::block_record(height),
        )?;
        let kept = self.began_at().is_none_or(|base| height > base);
        if record.is_none() && kept && height >= self.shared.undo_from.load(Ordering::Acquire) {
            return Err(layout::corrupt(format!(
                "height {height} is within the window, but its encoded block is missing"
            )));
        }
        Ok(record)
    }

    /// The height a snapshot was restored at; `None` when every block was executed here. Blocks and records up to it are
    /// not kept, nor is the hash of that block.
    #[must_use]
    pub fn began_at(&self) -> Option<u64> {
        self.shared.began_at()
    }

    /// How many records of a log are not kept, because they lie before [`Self::began_at`]. Proofs about later ones, and
    /// that the log only grew since, can be made.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn first_record(&self, log: &[u8]) -> Result<u64, StoreError> {
        self.shared.log_base(log)
    }

    /// All that is needed to append to a log from [`Self::first_record`] on: what its kept records build on.
    ///
    /// # Errors
    /// See [`ReadView`].
    pub fn first_frontier(&self, log: &[u8]) -> Result<Frontier, StoreError> {
        logs::frontier(
            self.shared.backend.as_ref(),
            log,
            self.shared.log_base(log)?,
        )
    }

    /// A snapshot carries no block hash, because the app hash does not commit to it.
    fn is_executed(&self, height: u64) -> Result<(), StoreError> {
        match self.began_at() {
            Some(base) if height <= base => Err(StoreError::Pruned {
                height,
                oldest: base.saturating_add(1),
            }),
            _ => Ok(()),
        }
    }

    fn is_kept(&self, log: &[u8], index: u64) -> Result<(), StoreError> {
        let first = self.shared.log_base(log)?;
        if index < first {
            let log = log.to_vec();
            return Err(StoreError::NotKept { log, index, first });
        }
        Ok(())
    }

    fn not_future(&self, height: u64) -> Result<(), StoreError> {
        let latest = self.height();
        if height > latest {
            Err(StoreError::Future { height, latest })
        } else {
            Ok(())
        }
    }

    /// The log's head, which must not be below that size.
    fn check_log_size(&self, log: &[u8], size: u64) -> Result<LogHead, StoreError> {
        let head = self.log_head(log)?;
        let now = head.size;
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
        Ok(head)
    }
}

fn missing_record(log: &[u8], index: u64) -> StoreError {
    layout::corrupt(format!(
        "record {index} of log {} is missing",
        String::from_utf8_lossy(log)
    ))
}
