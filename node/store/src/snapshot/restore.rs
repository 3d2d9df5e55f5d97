//! Filling an empty store from chunks. Until the app hash is reached, what is on disk carries a mark and is nothing.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nexus_tree::Hash;
use nexus_tree::app_hash::LogId;
use nexus_tree::log::{Frontier, LogHead};
use nexus_tree::smt::SparseMerkleTree;

use super::format::{Chunk, Entry, Metadata};
use super::{CHUNK_BYTES, SnapshotError, sha256};
use crate::backend::{Backend, Batch, Family};
use crate::block::{BlockInfo, app_log};
use crate::error::StoreError;
use crate::history::collect;
use crate::layout::{self, Undo};
use crate::store::{Shared, read};
use crate::undo::Window;
use crate::{MAX_KEY_BYTES, MAX_PAGE, commit, huge_pages, logs, seal, start, undo};

/// A key above every key of every family: longer than a state key, and of the highest bytes.
const ABOVE_ALL: [u8; MAX_KEY_BYTES + 64] = [u8::MAX; MAX_KEY_BYTES + 64];

/// A store being filled. Dropped before [`Self::finish`], it leaves a store that holds nothing and says so.
pub struct Restorer {
    shared: Arc<Shared>,
    metadata: Metadata,
    next: u32,
    keys: u64,
    logs: u64,
    last: Last,
}

/// What the next entry must be above.
enum Last {
    Nothing,
    State(Vec<u8>),
    Log(Vec<u8>),
}

/// What a restorer has read, for whoever knows what keys and logs mean.
pub struct Restored<'a> {
    backend: &'a dyn Backend,
    metadata: &'a Metadata,
}

impl Restored<'_> {
    /// The snapshot's metadata; its preimage is what the app hash commits to, height and time are only said.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        self.metadata
    }

    /// The value of a state key. The state's root is the committed one.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        read(self.backend, Family::State, key)
    }

    /// Visits the state keys that begin with `prefix`, ascending, with their values.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn under(
        &self,
        prefix: &[u8],
        visit: &mut crate::backend::Visit<'_>,
    ) -> Result<(), StoreError> {
        let end = layout::prefix_end(prefix);
        let family = Family::State;
        let scanned = self.backend.scan(family, prefix, end.as_deref(), visit);
        scanned.map_err(|source| StoreError::Io {
            operation: "scanning",
            place: family.name(),
            source,
        })
    }

    /// Visits the logs with their heads, ascending by id. Each head is that of the peaks in the snapshot.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Corrupt`].
    pub fn logs(
        &self,
        mut visit: impl FnMut(&[u8], LogHead) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let end = layout::prefix_end(layout::META_LOG);
        let mut from = layout::META_LOG.to_vec();
        loop {
            let heads = collect(self.backend, Family::Meta, &from, end.as_deref(), MAX_PAGE)?;
            let Some((last, _)) = heads.last() else {
                return Ok(());
            };
            from = layout::successor(last);
            for (key, head) in &heads {
                let id = key.get(layout::META_LOG.len()..).unwrap_or_default();
                let head = layout::decode_head(seal::check(Family::Meta, key, head)?)?;
                if visit(id, head).is_break() {
                    return Ok(());
                }
            }
        }
    }
}

impl Restorer {
    /// Empties the store and marks it. Its views answer nothing from here on.
    pub(crate) fn begin(shared: Arc<Shared>, metadata: Metadata) -> Result<Self, SnapshotError> {
        shared.restoring.store(true, Ordering::Release);
        *shared.tip.write().map_err(StoreError::from)? = None;
        // Views of the height that was there, if any, find their height gone.
        shared.undo_from.store(u64::MAX, Ordering::Release);
        *shared.window.write().map_err(StoreError::from)? = Window::new();
        *shared.tree.write().map_err(StoreError::from)? = huge_pages::tree();
        let mut batch = emptied();
        batch.put(
            Family::Meta,
            layout::META_RESTORING.to_vec(),
            metadata.height.to_be_bytes().to_vec(),
        );
        shared.write(&batch)?;
        Ok(Self {
            shared,
            metadata,
            next: 0,
            keys: 0,
            logs: 0,
            last: Last::Nothing,
        })
    }

    /// What is being restored.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The chunk that comes next; [`Metadata::count`] when there is none.
    #[must_use]
    pub const fn next(&self) -> u32 {
        self.next
    }

    /// Whether all chunks were applied.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.next == self.metadata.count()
    }

    /// Writes one chunk, the next in turn.
    ///
    /// # Errors
    /// [`SnapshotError::OutOfTurn`], [`SnapshotError::Altered`]: nothing changed, another try with other bytes may
    /// follow. [`SnapshotError::Malformed`], [`SnapshotError::Format`]: the snapshot itself is no good.
    /// [`SnapshotError::Store`].
    pub fn apply(&mut self, index: u32, bytes: &[u8]) -> Result<(), SnapshotError> {
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let hash = match self.metadata.chunks.get(place) {
            Some(hash) if index == self.next => hash,
            _ => {
                return Err(SnapshotError::OutOfTurn {
                    expected: self.next,
                    got: index,
                });
            }
        };
        if bytes.len() > CHUNK_BYTES || sha256(bytes) != *hash {
            return Err(SnapshotError::Altered { index });
        }
        let chunk = Chunk::decode(index, bytes)?;
        if chunk.entries.is_empty() && self.metadata.count() > 1 {
            return Err(malformed(index, "it has no entry"));
        }
        let mut batch = Batch::new();
        for entry in chunk.entries {
            self.take(index, entry, &mut batch)?;
        }
        self.shared.write(&batch)?;
        self.next += 1;
        Ok(())
    }

    fn take(&mut self, index: u32, entry: Entry, batch: &mut Batch) -> Result<(), SnapshotError> {
        match entry {
            Entry::State(key, value) => {
                match &self.last {
                    Last::Nothing => {}
                    Last::State(last) if *last < key => {}
                    _ => return Err(malformed(index, "its state keys do not ascend")),
                }
                self.keys += 1;
                self.last = Last::State(key.clone());
                batch.put(Family::State, key, value);
            }
            Entry::Log(id, frontier) => {
                if matches!(&self.last, Last::Log(last) if *last >= id) {
                    return Err(malformed(index, "its logs do not ascend"));
                }
                self.logs += 1;
                put_log(&id, &frontier, batch);
                self.last = Last::Log(id);
            }
        }
        Ok(())
    }

    /// Makes the height the store's, if everything is what the app hash commits to and `check` agrees, who knows what
    /// the store does not: whether height, time and the logs that are not under the app hash are those in the state.
    /// `check` answers what is wrong.
    ///
    /// # Errors
    /// [`SnapshotError::Untrue`], also with what `check` found; [`SnapshotError::OutOfTurn`] when chunks are missing;
    /// [`SnapshotError::Store`]. The store then holds nothing.
    pub fn finish(
        self,
        check: &dyn Fn(&Restored<'_>) -> Result<Option<String>, StoreError>,
    ) -> Result<(), SnapshotError> {
        if !self.is_complete() {
            return Err(SnapshotError::OutOfTurn {
                expected: self.next,
                got: self.metadata.count(),
            });
        }
        let info = BlockInfo {
            height: self.metadata.height,
            time_ms: self.metadata.time_ms,
            block_hash: Hash::default(),
            app_hash: self.metadata.app_hash(),
            preimage: self.metadata.preimage.clone(),
        };
        let tree = match self.verify(&info, check) {
            Ok(tree) => tree,
            Err(error) => {
                wipe(self.shared.backend.as_ref())?;
                return Err(error);
            }
        };
        let (batch, undo_keys) = finished(&info)?;
        self.shared.write(&batch)?;

        let shared = self.shared;
        let mut window = Window::new();
        window.push(info.height, undo::entries(&undo_keys));
        *shared.window.write().map_err(StoreError::from)? = window;
        *shared.tree.write().map_err(StoreError::from)? = tree;
        shared.base.store(info.height, Ordering::Release);
        shared.begun.store(info.height, Ordering::Release);
        shared.undo_from.store(info.height, Ordering::Release);
        shared.restoring.store(false, Ordering::Release);
        *shared.tip.write().map_err(StoreError::from)? = Some(Arc::new(info));
        Ok(())
    }

    fn verify(
        &self,
        info: &BlockInfo,
        check: &dyn Fn(&Restored<'_>) -> Result<Option<String>, StoreError>,
    ) -> Result<SparseMerkleTree, SnapshotError> {
        let untrue = |what: String| SnapshotError::Untrue {
            height: info.height,
            what,
        };
        if (self.keys, self.logs) != (self.metadata.keys, self.metadata.logs) {
            return Err(untrue(format!(
                "it holds {} state keys and {} logs, its metadata says {} and {}",
                self.keys, self.logs, self.metadata.keys, self.metadata.logs
            )));
        }
        let backend = self.shared.backend.as_ref();
        let tree = match start::rebuild(backend, Some(info)) {
            Ok((tree, _)) => tree,
            Err(error @ (StoreError::RootMismatch { .. } | StoreError::Tree(_))) => {
                return Err(untrue(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        };
        for id in LogId::ALL {
            let found = logs::stored_head(backend, &app_log(id))?.unwrap_or(LogHead::empty());
            let committed = info.preimage.log(id);
            if found != committed {
                return Err(untrue(format!(
                    "the {id:?} log has {} records, or another root, where {} were committed",
                    found.size, committed.size
                )));
            }
        }
        let restored = Restored {
            backend,
            metadata: &self.metadata,
        };
        check(&restored)?.map_or(Ok(tree), |what| Err(untrue(what)))
    }
}

fn malformed(index: u32, what: &str) -> SnapshotError {
    SnapshotError::Malformed {
        part: format!("chunk {index}"),
        what: what.to_owned(),
    }
}

/// Head, peaks, and from which record on the log is kept.
fn put_log(id: &[u8], frontier: &Frontier, batch: &mut Batch) {
    let size = frontier.size();
    let levels = (0..64_u8).rev().filter(|level| size >> level & 1 == 1);
    for (level, peak) in levels.zip(frontier.peaks()) {
        let key = layout::log_node(id, level, (size >> level) - 1);
        batch.put(Family::Log, key, peak.to_vec());
    }
    let head = layout::encode_head(&frontier.head());
    seal::put(batch, Family::Meta, layout::meta_log(id), head);
    let base = size.to_be_bytes().to_vec();
    seal::put(batch, Family::Meta, layout::meta_log_base(id), base);
}

/// The batch that makes a restored height the committed one, and which undo entries that height has.
fn finished(info: &BlockInfo) -> Result<(Batch<'static>, Vec<Vec<u8>>), StoreError> {
    let encoded = commit::encode(info)?;
    let height = info.height.to_be_bytes().to_vec();
    let mut batch = Batch::new();
    let key = layout::undo_key(info.height, Undo::Info, &[]);
    seal::put(&mut batch, Family::Undo, key, encoded.clone());
    let undo_keys = undo::describe(info.height, &mut batch);
    for (key, value) in [
        (layout::META_TIP, encoded),
        (layout::META_UNDO_FROM, height.clone()),
        (layout::META_BASE, height),
    ] {
        seal::put(&mut batch, Family::Meta, key.to_vec(), value);
    }
    batch.delete(Family::Meta, layout::META_RESTORING.to_vec());
    Ok((batch, undo_keys))
}

/// Whether a restore began on it and did not end.
pub(crate) fn is_restoring(backend: &dyn Backend) -> Result<bool, StoreError> {
    Ok(read(backend, Family::Meta, layout::META_RESTORING)?.is_some())
}

/// Empties a backend: afterwards it is a store without a block.
pub(crate) fn wipe(backend: &dyn Backend) -> Result<(), StoreError> {
    crate::store::write(backend, &emptied())
}

fn emptied() -> Batch<'static> {
    let mut batch = Batch::new();
    for family in Family::ALL {
        batch.delete_range(family, Vec::new(), ABOVE_ALL.to_vec());
    }
    batch.put(
        Family::Meta,
        layout::META_SCHEMA.to_vec(),
        layout::SCHEMA.to_be_bytes().to_vec(),
    );
    batch
}
