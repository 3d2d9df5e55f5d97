//! What one block brings, and what is remembered of it.

use borsh::{BorshDeserialize, BorshSerialize};
use nexus_tree::Hash;
use nexus_tree::app_hash::{AppHashPreimage, LogId};

/// One state key and its new value; `None` removes it.
pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// Everything that becomes durable with one block, in one batch, besides the changes of the state: those are what was
/// staged last, and `preimage` says which root they give.
#[derive(Clone, Debug)]
pub struct BlockWrite {
    /// The committed height plus one; any height for the first.
    pub height: u64,
    /// Block time in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// The block's own hash.
    pub block_hash: Hash,
    /// Hash of `preimage`.
    pub app_hash: Hash,
    /// What the app hash commits to.
    pub preimage: AppHashPreimage,
    /// Records to append, in order within each log.
    pub logs: Vec<LogAppend>,
    /// SHA-256 of each transaction's bytes, in block order.
    pub txs: Vec<Hash>,
    /// The encoded block for whoever indexes it; opaque here.
    pub block: Vec<u8>,
}

/// One record for one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogAppend {
    /// The log's id; [`app_log`] names the logs under the app hash, any other id is the caller's.
    pub log: Vec<u8>,
    /// The record; the log's leaf is its hash.
    pub record: Vec<u8>,
}

/// The id of a log under the app hash: one byte. [`crate::Store::commit`] compares these logs with the preimage's heads.
#[must_use]
pub fn app_log(log: LogId) -> Vec<u8> {
    vec![log as u8]
}

/// What `Info` of the ABCI handshake needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The last committed height.
    pub height: u64,
    /// The app hash of that height.
    pub app_hash: Hash,
    /// Its block time in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
}

/// What is remembered of a height as long as it is in the window.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockInfo {
    /// The height.
    pub height: u64,
    /// Block time in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// The block's hash.
    pub block_hash: Hash,
    /// Hash of `preimage`.
    pub app_hash: Hash,
    /// What the app hash commits to.
    pub preimage: AppHashPreimage,
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TxLocation {
    /// The block's height.
    pub height: u64,
    /// Its place in the block, from 0.
    pub index: u32,
}
