//! The index: committed blocks as SQL tables, for questions.
//!
//! Flow: the store keeps a [`BlockRecord`](nexus_types::block::BlockRecord) per height →
//! [`Feeder`] reads it in a thread of its own → [`Index::apply_batch`] writes rows and moves the cursor
//! in one transaction → the typed queries and [`Index::select`] read.
//!
//! Invariants
//! - One transaction holds all rows of a block and the cursor: a block is indexed wholly or not at all,
//!   and a crash at any point resumes at the cursor.
//! - Rows are only added, and only above the cursor: triggers refuse UPDATE, DELETE and late INSERT on
//!   every table. State that changes is kept as versions; views show the latest one.
//! - All of it follows from the blocks: two indexes fed the same blocks hold the same rows, and
//!   [`reindex`] rebuilds one from nothing. There are no migrations.
//! - Where the blocks do not reach back to genesis, the whole state before the first of them is written as first versions,
//!   in one transaction with that block: lists of objects are whole, and logs say from which height on they are.
//! - Rules over the ledger ([`anomaly`]) look at each block once its rows are written; what they find are rows and events
//!   like all others, and decide nothing.
//! - A list is pinned to a height and paged by (height, position): pages of one list agree with each
//!   other while blocks arrive.
//! - Reads are bounded: rows, bytes, seconds; see [`limits`].
//!
//! The schema is docs/index-schema.md; a test compares the two.
//!
//! Never here: proofs, consensus, JSON, a rule of the law. An answer that matters is proved from the
//! store. The index never holds up a block, and nothing is decided by what it says.

mod account;
pub mod anomaly;
mod apart;
mod cell;
mod error;
mod feed;
mod index;
pub mod limits;
mod query;
mod reindex;
pub mod rows;
mod schema;
mod seed;
mod select;
mod statement;
mod write;

pub use apart::{Apart, answer_one};
pub use error::{BoxError, Error};
pub use feed::{BlockSource, FeedStatus, Feeder, Objects};
pub use index::{Extent, Index};
pub use reindex::reindex;
pub use schema::SCHEMA_VERSION;
pub use select::Rows;
