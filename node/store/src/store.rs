//! The store itself: what is shared between the one writer and the many readers.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use nexus_tree::Hash;
use nexus_tree::smt::{Change as TreeChange, SparseMerkleTree, key_hash, value_hash};

use crate::backend::{Backend, Batch, Family};
use crate::block::{BlockInfo, BlockWrite, Change, Committed};
use crate::error::StoreError;
use crate::options::StoreOptions;
use crate::recent::Recent;
use crate::snapshot::{self, Metadata, Restorer, SnapshotError};
use crate::undo::Window;
use crate::view::ReadView;
use crate::{MAX_KEY_BYTES, MAX_VALUE_BYTES, commit, logs, start, undo};

/// The ledger's storage. One value is the one writer; [`Self::views`] gives everyone else a way to read.
pub struct Store {
    shared: Arc<Shared>,
    staged: Mutex<Option<StagedChanges>>,
    startup: Startup,
}

/// What [`Store::stage`] computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// Root of the state with the changes.
    pub state_root: Hash,
    /// The changes, ascending by key, for whoever tells of them.
    pub changes: Arc<Vec<Change>>,
}

/// What [`Store::open`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Startup {
    /// Keys in the state.
    pub keys: u64,
    /// Versions of the tree that are live, the committed one included.
    pub live_versions: u64,
    /// Time to read the state, rebuild the tree and check everything.
    pub took: Duration,
}

pub(crate) struct StagedChanges {
    /// Ascending by key.
    pub(crate) changes: Arc<Vec<Change>>,
    /// What each change does to the tree, in their order.
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) state_root: Hash,
}

/// A change of the tree: what it replaces and by what, each the hash of a value or that there is none.
#[derive(Clone, Copy)]
pub(crate) struct Leaf {
    pub(crate) key: Hash,
    pub(crate) old: Option<Hash>,
    pub(crate) new: Option<Hash>,
}

impl StagedChanges {
    /// Makes the next version of the tree.
    fn apply(
        tree: &mut SparseMerkleTree,
        next: u64,
        changes: Vec<Change>,
    ) -> Result<Self, StoreError> {
        let mut leaves: Vec<Leaf> = changes
            .iter()
            .map(|(key, value)| Leaf {
                key: key_hash(key),
                old: None,
                new: value.as_deref().map(value_hash),
            })
            .collect();
        let mut order: Vec<(Hash, usize)> = leaves.iter().map(|leaf| leaf.key).zip(0..).collect();
        order.sort_unstable();
        let hashes: Vec<TreeChange> = order
            .iter()
            .filter_map(|(key, at)| Some((*key, leaves.get(*at)?.new)))
            .collect();
        let (state_root, olds) = tree.apply_telling(next, &hashes)?;
        for ((_, at), old) in order.iter().zip(olds) {
            if let Some(leaf) = leaves.get_mut(*at) {
                leaf.old = old;
            }
        }
        Ok(Self {
            changes: Arc::new(changes),
            leaves,
            state_root,
        })
    }

    /// What differs from the state before: key, new value, and what happens to the tree.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>, &Leaf)> {
        let changes = self.changes.iter().zip(&self.leaves);
        changes
            .filter(|(_, leaf)| leaf.old != leaf.new)
            .map(|((key, new), leaf)| (key.as_slice(), new.as_deref(), leaf))
    }

    /// The changes in the form that the tree takes.
    fn hashes(&self) -> Vec<TreeChange> {
        let leaves = self.leaves.iter();
        leaves.map(|leaf| (leaf.key, leaf.new)).collect()
    }
}

/// What readers and the writer have in common. Locks are taken in the order `staged`, `window`, `tree`, `tip`, `recent`.
pub(crate) struct Shared {
    pub(crate) backend: Box<dyn Backend>,
    pub(crate) options: StoreOptions,
    /// Version h + 1 is the state of height h; version 0 is the empty tree of a store without a block.
    pub(crate) tree: RwLock<SparseMerkleTree>,
    pub(crate) tip: RwLock<Option<Arc<BlockInfo>>>,
    /// The highest height whose batch may be visible to a reader: set before the batch is written, so that a reader who
    /// saw any of it knows that it must look for the old value.
    pub(crate) begun: AtomicU64,
    /// The oldest height that `undo` describes.
    pub(crate) undo_from: AtomicU64,
    /// Which entries `undo` has.
    pub(crate) window: RwLock<Window>,
    /// Values that need no reading.
    pub(crate) recent: Recent,
    /// The height a snapshot was restored at; 0 when every block was executed here.
    pub(crate) base: AtomicU64,
    /// Whether a restore has begun and not ended well.
    pub(crate) restoring: AtomicBool,
}

impl Shared {
    pub(crate) fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        read(self.backend.as_ref(), family, key)
    }

    pub(crate) fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        write(self.backend.as_ref(), batch)
    }

    pub(crate) fn tip(&self) -> Result<Option<Arc<BlockInfo>>, StoreError> {
        Ok(self.tip.read()?.clone())
    }

    /// Keeps what a block wrote in RAM: what is written is often read, and replaced, by the next blocks.
    fn remember(&self, staged: StagedChanges) -> Result<(), StoreError> {
        // Whoever was told of the changes has mostly told others by now.
        let changes = Arc::unwrap_or_clone(staged.changes);
        let entries = changes.into_iter().zip(staged.leaves);
        self.recent
            .keep_all(entries.map(|((_, value), leaf)| (leaf.key, leaf.new, value)))
    }

    /// See [`Store::began_at`].
    pub(crate) fn began_at(&self) -> Option<u64> {
        Some(self.base.load(Ordering::Acquire)).filter(|base| *base > 0)
    }

    /// How many records of a log lie before the height a snapshot was restored at: those are not kept.
    pub(crate) fn log_base(&self, log: &[u8]) -> Result<u64, StoreError> {
        if self.began_at().is_none() {
            return Ok(0);
        }
        let base = logs::base(self.backend.as_ref(), log)?;
        if base == 0 {
            logs::check_begun_here(self.backend.as_ref(), log)?;
        }
        Ok(base)
    }

    /// The oldest height that can be read.
    pub(crate) fn oldest(&self) -> u64 {
        let window = self
            .begun
            .load(Ordering::Acquire)
            .saturating_sub(self.options.undo_window);
        window.max(self.undo_from.load(Ordering::Acquire))
    }
}

pub(crate) fn read(
    backend: &dyn Backend,
    family: Family,
    key: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let read = backend.get(family, key);
    read.map_err(|source| StoreError::Io {
        operation: "reading",
        place: family.name(),
        source,
    })
}

pub(crate) fn write(backend: &dyn Backend, batch: &Batch) -> Result<(), StoreError> {
    let written = backend.write(batch);
    written.map_err(|source| StoreError::Io {
        operation: "writing a batch to",
        place: "all families",
        source,
    })
}

/// The tree's version of a height.
pub(crate) const fn version(height: u64) -> u64 {
    height.saturating_add(1)
}

impl Store {
    /// Opens what a backend holds; an empty one becomes a store without a block.
    ///
    /// Reads every state key once (about two seconds for each million keys).
    ///
    /// # Errors
    /// [`StoreError::RootMismatch`] and [`StoreError::Corrupt`] when the content does not have the committed roots,
    /// [`StoreError::Schema`] when another version of the program wrote it, [`StoreError::Io`].
    pub fn open(backend: impl Backend + 'static) -> Result<Self, StoreError> {
        Self::open_with(backend, StoreOptions::default())
    }

    /// [`Self::open`], keeping as much history as asked for.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(
        backend: impl Backend + 'static,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        let (shared, startup) = start::load(Box::new(backend), options)?;
        Ok(Self {
            shared: Arc::new(shared),
            staged: Mutex::new(None),
            startup,
        })
    }

    /// What opening found and took.
    #[must_use]
    pub const fn startup(&self) -> Startup {
        self.startup
    }

    /// The last committed block; `None` before the first.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn committed(&self) -> Result<Option<Committed>, StoreError> {
        let committed = |tip: Arc<BlockInfo>| Committed {
            height: tip.height,
            app_hash: tip.app_hash,
            time_ms: tip.time_ms,
        };
        Ok(self.shared.tip()?.map(committed))
    }

    /// A handle that gives out views, and nothing else.
    #[must_use]
    pub fn views(&self) -> Views {
        Views {
            shared: Arc::clone(&self.shared),
        }
    }

    /// A view of the last committed height; `None` before the first block.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn view(&self) -> Result<Option<ReadView>, StoreError> {
        self.views().latest()
    }

    /// Computes the state root that these changes give on top of the committed state, in RAM. Each key may be named
    /// once; `None` removes it. Replaces what was staged before. Views see nothing of it.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], [`StoreError::Tree`] when a key is named twice or the tree is full; then nothing is
    /// staged.
    pub fn stage(&self, mut changes: Vec<Change>) -> Result<Staged, StoreError> {
        self.not_restoring()?;
        check_sizes(&changes)?;
        changes.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut staged = self.staged.lock()?;
        let next = self
            .shared
            .tip()?
            .map_or(1, |tip| version(tip.height).saturating_add(1));
        let mut tree = self.shared.tree.write()?;
        if staged.take().is_some() {
            tree.undo()?;
        }
        let next = StagedChanges::apply(&mut tree, next, changes)?;
        let told = Staged {
            state_root: next.state_root,
            changes: Arc::clone(&next.changes),
        };
        *staged = Some(next);
        Ok(told)
    }

    /// Makes the staged changes and everything else of the block durable, in one synced batch. Views taken from now on
    /// are of this height.
    ///
    /// # Errors
    /// [`StoreError::WrongHeight`], [`StoreError::Inconsistent`] when the block is not what was staged or its app hash,
    /// state root or logs do not fit, [`StoreError::TooLarge`], [`StoreError::Corrupt`] when a value or head that it replaces
    /// is not the committed one: nothing was written, what was staged stays staged. After
    /// [`StoreError::Io`] stop and open the store again.
    pub fn commit(&self, mut block: BlockWrite) -> Result<(), StoreError> {
        self.not_restoring()?;
        let mut staged = self.staged.lock()?;
        let tip = self.shared.tip()?;
        let ready = commit::check(&block, tip.as_deref(), staged.as_ref())?;
        let (batch, undo_keys) = commit::batch(&self.shared, &mut block, ready, tip.is_none())?;

        let entries = commit::replaced(ready).chain(undo::entries(&undo_keys));
        self.shared.window.write()?.push(block.height, entries);
        self.shared.begun.store(block.height, Ordering::Release);
        self.shared.write(&batch)?;
        drop(batch);

        let mut tree = self.shared.tree.write()?;
        if let (None, Some(staged)) = (&tip, staged.as_ref())
            && tree.version() != version(block.height)
        {
            // The first block was staged before its height was known.
            tree.undo()?;
            tree.apply(version(block.height), &staged.hashes())?;
        }
        tree.prune(version(block.height).saturating_sub(self.shared.options.older_versions()));
        drop(tree);
        if let Some(staged) = staged.take() {
            self.shared.remember(staged)?;
        }
        let undo_from = commit::undo_from(&self.shared, &block, tip.is_none());
        self.shared.undo_from.store(undo_from, Ordering::Release);
        self.shared.window.write()?.forget_below(undo_from);
        *self.shared.tip.write()? = Some(Arc::new(commit::info(&block)));
        Ok(())
    }

    /// The store as it is now, to be read in the background while blocks go on being committed: in RocksDB hard links
    /// in a new folder, made in some milliseconds. Delete the folder once the copy is dropped. No commit runs meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Poisoned`].
    pub fn checkpoint(&self, folder: &Path) -> Result<Box<dyn Backend>, StoreError> {
        let _no_commit = self.staged.lock()?;
        let copy = self.shared.backend.checkpoint(folder);
        copy.map_err(|source| StoreError::Io {
            operation: "taking a checkpoint of",
            place: "all families",
            source,
        })
    }

    /// The height a snapshot was restored at; `None` when every block was executed here. Blocks and records up to it are
    /// not kept.
    #[must_use]
    pub fn began_at(&self) -> Option<u64> {
        self.shared.began_at()
    }

    /// Empties the store to fill it from a snapshot. What it held before may only be nothing, or a snapshot on which no
    /// block was committed yet: CometBFT offers another one when it was stopped before it noted the first.
    ///
    /// Until [`Restorer::finish`] the store has no height; nothing can be staged or committed.
    ///
    /// # Errors
    /// [`SnapshotError::NotEmpty`], [`SnapshotError::Store`].
    pub fn restore(&self, metadata: Metadata) -> Result<Restorer, SnapshotError> {
        let mut staged = self.staged.lock().map_err(StoreError::from)?;
        if let Some(tip) = self.shared.tip()?
            && self.began_at() != Some(tip.height)
        {
            return Err(SnapshotError::NotEmpty { height: tip.height });
        }
        *staged = None;
        Restorer::begin(Arc::clone(&self.shared), metadata)
    }

    /// Gives up a restore that did not end well: the store is one without a block again. Changes nothing otherwise.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn give_up_restore(&self) -> Result<(), StoreError> {
        if self.shared.restoring.load(Ordering::Acquire) {
            snapshot::wipe(self.shared.backend.as_ref())?;
            self.shared.base.store(0, Ordering::Release);
            self.shared.begun.store(0, Ordering::Release);
            self.shared.undo_from.store(0, Ordering::Release);
            *self.shared.window.write()? = Window::new();
            self.shared.restoring.store(false, Ordering::Release);
        }
        Ok(())
    }

    fn not_restoring(&self) -> Result<(), StoreError> {
        if self.shared.restoring.load(Ordering::Acquire) {
            return Err(StoreError::Restoring);
        }
        Ok(())
    }
}

/// Gives out views of the last committed height. Cheap to clone and to send; it can read and nothing else.
#[derive(Clone)]
pub struct Views {
    shared: Arc<Shared>,
}

impl Views {
    /// A view of the last committed height; `None` before the first block.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub fn latest(&self) -> Result<Option<ReadView>, StoreError> {
        Ok(self
            .shared
            .tip()?
            .map(|tip| ReadView::new(Arc::clone(&self.shared), tip)))
    }
}

fn check_sizes(changes: &[Change]) -> Result<(), StoreError> {
    for (key, value) in changes {
        check_size("a state key", key.len(), MAX_KEY_BYTES)?;
        check_size(
            "a state value",
            value.as_ref().map_or(0, Vec::len),
            MAX_VALUE_BYTES,
        )?;
    }
    Ok(())
}

pub(crate) fn check_size(what: &'static str, size: usize, limit: usize) -> Result<(), StoreError> {
    if size > limit {
        return Err(StoreError::TooLarge { what, size, limit });
    }
    Ok(())
}
