//! Where bytes are kept: six ordered maps and one atomic write.

use std::borrow::Cow;
use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

mod memory;
mod rocks;

pub use memory::MemoryBackend;
pub use rocks::RocksBackend;

/// One ordered map from bytes to bytes; a column family of RocksDB. The layouts of its keys and values are listed in
/// the crate's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Schema version, tip, window, heads of the logs.
    Meta,
    /// The flat state.
    State,
    /// Old values by height, and each height's own description.
    Undo,
    /// Nodes of the RFC 6962 logs.
    Log,
    /// Records of the logs, and one encoded block for each height.
    Rec,
    /// Where each transaction is.
    Tx,
}

impl Family {
    /// All families, in the order in which a [`Backend`] may number them.
    pub const ALL: [Self; 6] = [
        Self::Meta,
        Self::State,
        Self::Undo,
        Self::Log,
        Self::Rec,
        Self::Tx,
    ];

    /// The family's name on disk.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::State => "state",
            Self::Undo => "undo",
            Self::Log => "log",
            Self::Rec => "rec",
            Self::Tx => "tx",
        }
    }
}

/// One change of a [`Batch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op<'a> {
    /// Sets a key.
    Put(Family, Cow<'a, [u8]>, Cow<'a, [u8]>),
    /// Removes a key; a key that is not there is no error.
    Delete(Family, Cow<'a, [u8]>),
    /// Removes every key from the first (included) to the second (excluded).
    DeleteRange(Family, Vec<u8>, Vec<u8>),
}

/// Changes that take effect together or not at all, in their order. Keys and values are its own, or lent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch<'a> {
    ops: Vec<Op<'a>>,
}

impl<'a> Batch<'a> {
    /// A batch that changes nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { ops: Vec::new() }
    }

    /// Adds a [`Op::Put`].
    pub fn put(
        &mut self,
        family: Family,
        key: impl Into<Cow<'a, [u8]>>,
        value: impl Into<Cow<'a, [u8]>>,
    ) {
        self.ops.push(Op::Put(family, key.into(), value.into()));
    }

    /// Adds a [`Op::Delete`].
    pub fn delete(&mut self, family: Family, key: impl Into<Cow<'a, [u8]>>) {
        self.ops.push(Op::Delete(family, key.into()));
    }

    /// Adds a [`Op::DeleteRange`].
    pub fn delete_range(&mut self, family: Family, from: Vec<u8>, to: Vec<u8>) {
        self.ops.push(Op::DeleteRange(family, from, to));
    }

    /// Bytes of all keys and values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let sizes = self.ops.iter().map(|op| match op {
            Op::Put(_, key, value) => key.len().saturating_add(value.len()),
            Op::Delete(_, key) => key.len(),
            Op::DeleteRange(_, from, to) => from.len().saturating_add(to.len()),
        });
        sizes.fold(0, usize::saturating_add)
    }

    /// The changes in their order.
    #[must_use]
    pub fn ops(&self) -> &[Op<'a>] {
        &self.ops
    }
}

/// What a backend says when it fails: the message and cause of the library below.
pub type BackendError = Box<dyn Error + Send + Sync>;

/// What [`Backend::scan`] calls with each key and value; `Break` ends the scan.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// Six ordered maps, read by many threads while one writes.
///
/// # Contract
///
/// - [`Self::write`] is atomic and durable: when it returns, the batch survives loss of power; after a crash during it,
///   all of the batch is there or nothing.
/// - A read that begins after a write has returned sees it. One [`Self::scan`] sees the map at one instant.
pub trait Backend: Send + Sync {
    /// The value of a key.
    ///
    /// # Errors
    /// The storage could not be read, or found itself corrupt.
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError>;

    /// The values of ascending keys, in their order: what [`Self::get`] gives for each, faster where the storage can look
    /// many keys up together.
    ///
    /// # Errors
    /// As [`Self::get`].
    fn get_ascending(
        &self,
        family: Family,
        keys: &[&[u8]],
    ) -> Result<Vec<Option<Vec<u8>>>, BackendError> {
        keys.iter().map(|key| self.get(family, key)).collect()
    }

    /// Visits the keys from `from` (included) to `to` (excluded; `None`: to the end) in ascending order of bytes.
    ///
    /// # Errors
    /// The storage could not be read, or found itself corrupt. What was visited before stays visited.
    fn scan(
        &self,
        family: Family,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut Visit<'_>,
    ) -> Result<(), BackendError>;

    /// Applies a batch, all or nothing, and waits until it is on disk.
    ///
    /// # Errors
    /// The storage refused the write.
    fn write(&self, batch: &Batch) -> Result<(), BackendError>;

    /// The content as it is now, to be read while this one goes on changing. `folder`, which must not exist, is where a
    /// backend with files puts them; delete it after the copy is dropped. Not called during [`Self::write`].
    ///
    /// # Errors
    /// The storage refused, or makes no such copies.
    fn checkpoint(&self, folder: &Path) -> Result<Box<dyn Backend>, BackendError> {
        Err(format!(
            "this storage makes no checkpoints, so none is in {}",
            folder.display()
        )
        .into())
    }
}

impl<B: Backend + ?Sized> Backend for Box<B> {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        (**self).get(family, key)
    }

    fn get_ascending(
        &self,
        family: Family,
        keys: &[&[u8]],
    ) -> Result<Vec<Option<Vec<u8>>>, BackendError> {
        (**self).get_ascending(family, keys)
    }

    fn scan(
        &self,
        family: Family,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut Visit<'_>,
    ) -> Result<(), BackendError> {
        (**self).scan(family, from, to, visit)
    }

    fn write(&self, batch: &Batch) -> Result<(), BackendError> {
        (**self).write(batch)
    }

    fn checkpoint(&self, folder: &Path) -> Result<Box<dyn Backend>, BackendError> {
        (**self).checkpoint(folder)
    }
}
