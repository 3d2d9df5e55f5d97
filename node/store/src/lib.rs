//! The node's store: what the ledger is on disk, its authenticated tree in RAM, and consistent reads of both.
//!
//! # Flow
//!
//! 1. [`Store::open`] reads the flat state once, rebuilds the tree, and refuses to run unless its root is the committed
//!    one. It brings the last [`LIVE_VERSIONS`] versions back to life, so that proofs work across a restart.
//! 2. `FinalizeBlock` calls [`Store::stage`] with the block's changes and gets the state root. Nothing is written; staging
//!    again replaces what was staged.
//! 3. `Commit` calls [`Store::commit`]: one atomic, synced batch over all families.
//! 4. Everyone else reads through a [`ReadView`], which stays at its height while later blocks are committed.
//! 5. [`snapshot`]: a height is cut into chunks in the background, and an empty store filled from such chunks.
//!
//! # Column families
//!
//! Integers are big-endian; `‖` joins; an *id* is preceded by its length in one byte. A value marked * is followed by its
//! **seal**: the first 8 bytes of SHA-256("nexus/store/seal/1" ‖ family u8 in the order of [`Family::ALL`] ‖ length of the
//! key u64 ‖ key ‖ value).
//!
//! | family | key → value |
//! |---|---|
//! | `meta` | `schema` → u32; `tip` → borsh [`BlockInfo`] *; `undo_from` → u64 *, the oldest height described in `undo`; `log/` ‖ log id → size u64 ‖ root *, the log's head; on a restored store `base` → u64 *, the height it began at, and `base/` ‖ log id → u64 *, how many records the log had then; `restoring` → u64, the height of a snapshot that is not restored yet |
//! | `state` | state key → value |
//! | `undo` | height u64 ‖ 0 → borsh [`BlockInfo`] of that height; height ‖ 1 ‖ state key → a chunk of state keys with their values before that height, ascending, of which this key is the last (length u16 ‖ key ‖ 0 when it had no value, else 1 ‖ length u32 ‖ value; for each); height ‖ 2 ‖ log id → the head before that height; height ‖ 3 → SHA-256 of each transaction, joined; height ‖ 4 → SHA-256 over (length u64 ‖ key without the height) of the height's other keys here, ascending. A head before is 0 when absent, else 1 ‖ bytes. All * |
//! | `log` | log *id* ‖ level u8 ‖ index u64 → root of that complete subtree (RFC 6962) |
//! | `rec` | log *id* ‖ index u64 → record; 0 ‖ height u64 → the encoded block * |
//! | `tx` | SHA-256 of the transaction's bytes ‖ height u64 ‖ index u32 → nothing * |
//!
//! # Invariants
//!
//! - What is on disk is always the outcome of whole blocks: a crash at any moment leaves the height before or the height
//!   after, never a mixture.
//! - The tree is never stored, so it cannot diverge from the state; at every start it is compared with the committed root.
//! - A view answers as of its height, whatever is committed meanwhile, or says that its height is no longer kept.
//! - A store being restored holds nothing: only its whole content, with the roots of the app hash, ends that.
//! - Heads of the logs under the app hash equal those in the committed preimage, at every commit and every start.
//!
//! - Nothing is answered that is not what was committed, also when bytes change on the disk while the store is open: a
//!   state value is compared with the tree in RAM, a record with its leaf in the log, a proof is verified before it leaves,
//!   everything else has its seal. What does not fit is [`StoreError::Corrupt`].
//!
//! # Never
//!
//! It knows no gate, no action and no meaning of a key, a record or a block: they are bytes. No protobuf, no JSON, no
//! network, no clock; it logs nothing, and no thread that it starts outlives the call.

mod backend;
mod block;
pub mod check;
mod commit;
mod error;
mod history;
mod huge_pages;
mod layout;
mod logs;
mod options;
mod recent;
mod rollback;
mod seal;
pub mod snapshot;
mod start;
mod store;
mod undo;
mod view;

pub use backend::{Backend, BackendError, Batch, Family, MemoryBackend, Op, RocksBackend, Visit};
pub use block::{BlockInfo, BlockWrite, Change, Committed, LogAppend, TxLocation, app_log};
pub use error::{Bytes, Hex, StoreError};
pub use history::Entries;
pub use options::StoreOptions;
pub use rollback::{rollback, rollback_range};
pub use store::{Staged, Startup, Store, Views};
pub use view::ReadView;

/// Heights below the committed one whose state can still be read, and to which [`rollback`] can return. A quarter of an
/// hour of one-second blocks: enough for a client to page through an answer and for an operator to undo an upgrade.
pub const UNDO_WINDOW: u64 = 1_000;

/// Heights whose tree stays in RAM, the committed one included, so that state can be proved at them. Two minutes of
/// one-second blocks: the header that proves height H exists only after H + 1, and an agent may be some blocks behind.
/// A version costs about 1 MB for each 1,000 changes in a million keys.
pub const LIVE_VERSIONS: u64 = 128;

/// Bytes of values in RAM that were read or written lately, and of what it takes to find them: a hundred thousand values
/// of a hundred bytes, the working set of the last minutes under full load.
pub const RECENT_BYTES: usize = 32 << 20;

/// Heights between two deletions of what fell out of the window: a deleted range costs every later read a little, so they
/// are made rarely.
pub const PRUNE_EVERY: u64 = 100;

/// Bytes of a state key. Keys are a type byte and ids of bounded length; names on the ledger have at most 255 octets.
pub const MAX_KEY_BYTES: usize = 1_024;

/// Bytes of a state value, of a log record: a transaction has at most 64 KiB, and no object on the ledger is larger
/// than a few of them.
pub const MAX_VALUE_BYTES: usize = 4 << 20;

/// Bytes of an encoded block: a block of 1 MiB with its verdicts and events is a few times that.
pub const MAX_BLOCK_BYTES: usize = 256 << 20;

/// Bytes of a log's id.
pub const MAX_LOG_ID_BYTES: usize = 64;

/// Entries that one call of [`ReadView::records`] or [`ReadView::iter_prefix`] returns at most; a larger limit is cut.
pub const MAX_PAGE: usize = 10_000;

/// Locations that [`ReadView::tx_locations`] returns at most. More than one takes a block that repeats a transaction,
/// which no honest validator accepts.
pub const MAX_TX_LOCATIONS: usize = 16;

/// The highest height: what CometBFT can count.
pub const MAX_HEIGHT: u64 = i64::MAX as u64;
