//! Keys and values of each family, as the crate's documentation lists them. All integers are big-endian, so that the
//! order of the bytes is the order of the numbers.

use borsh::BorshDeserialize;
use nexus_tree::Hash;
use nexus_tree::log::LogHead;

use crate::block::TxLocation;
use crate::error::{Bytes, StoreError};

/// The layout's version; changes when a program that knows only the old one would misread the new one.
pub(crate) const SCHEMA: u32 = 2;

pub(crate) const META_SCHEMA: &[u8] = b"schema";
pub(crate) const META_TIP: &[u8] = b"tip";
pub(crate) const META_UNDO_FROM: &[u8] = b"undo_from";
pub(crate) const META_LOG: &[u8] = b"log/";
/// On a restored store: the height it began at.
pub(crate) const META_BASE: &[u8] = b"base";
/// On a restored store: how many records each log had then.
pub(crate) const META_LOG_BASE: &[u8] = b"base/";
/// While a snapshot is being restored: its height. Such a store holds nothing, whatever its other keys say.
pub(crate) const META_RESTORING: &[u8] = b"restoring";

/// What an entry of `undo` is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Undo {
    /// The height's own description.
    Info = 0,
    /// Old value of a state key.
    State = 1,
    /// Old head of a log.
    LogHead = 2,
    /// Hashes of the height's transactions.
    Txs = 3,
    /// Digest of the height's other undo keys.
    Keys = 4,
}

pub(crate) fn undo_height(height: u64) -> Vec<u8> {
    height.to_be_bytes().to_vec()
}

pub(crate) fn undo_key(height: u64, undo: Undo, rest: &[u8]) -> Vec<u8> {
    [height.to_be_bytes().as_slice(), &[undo as u8], rest].concat()
}

/// The part of an undo key after height and kind.
pub(crate) fn undo_rest(key: &[u8]) -> Result<&[u8], StoreError> {
    key.get(9..)
        .ok_or_else(|| corrupt(format!("the undo key {} is too short", Bytes(key))))
}

/// An old value: absent, or its bytes.
pub(crate) fn encode_old(old: Option<&[u8]>) -> Vec<u8> {
    match old {
        None => vec![0],
        Some(value) => [&[1], value].concat(),
    }
}

pub(crate) fn decode_old(bytes: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    match bytes {
        [0] => Ok(None),
        [1, value @ ..] => Ok(Some(value.to_vec())),
        _ => Err(corrupt("an old value has no valid tag".to_owned())),
    }
}

pub(crate) fn meta_log(log: &[u8]) -> Vec<u8> {
    [META_LOG, log].concat()
}

pub(crate) fn meta_log_base(log: &[u8]) -> Vec<u8> {
    [META_LOG_BASE, log].concat()
}

pub(crate) fn encode_head(head: &LogHead) -> Vec<u8> {
    [head.size.to_be_bytes().as_slice(), &head.root].concat()
}

pub(crate) fn decode_head(bytes: &[u8]) -> Result<LogHead, StoreError> {
    let (size, root) = bytes.split_at_checked(8).unwrap_or_default();
    match (size.try_into(), root.try_into()) {
        (Ok(size), Ok(root)) => Ok(LogHead {
            size: u64::from_be_bytes(size),
            root,
        }),
        _ => Err(corrupt(format!(
            "a log's head has {} bytes, not 40",
            bytes.len()
        ))),
    }
}

/// Opens every key of one log: no log's prefix is the beginning of another's.
fn log_prefix(log: &[u8]) -> Vec<u8> {
    // `check_log_id` bounds the length when the log is written; a longer one finds nothing.
    let length = u8::try_from(log.len()).unwrap_or(u8::MAX);
    [&[length], log].concat()
}

pub(crate) fn log_node(log: &[u8], level: u8, index: u64) -> Vec<u8> {
    [log_prefix(log).as_slice(), &[level], &index.to_be_bytes()].concat()
}

pub(crate) fn record(log: &[u8], index: u64) -> Vec<u8> {
    [log_prefix(log).as_slice(), &index.to_be_bytes()].concat()
}

/// Encoded blocks stand where the log with the empty id, which no log has, would have its records.
pub(crate) fn block_record(height: u64) -> Vec<u8> {
    record(&[], height)
}

pub(crate) fn tx(hash: &Hash, location: TxLocation) -> Vec<u8> {
    [
        hash.as_slice(),
        &location.height.to_be_bytes(),
        &location.index.to_be_bytes(),
    ]
    .concat()
}

pub(crate) fn decode_tx(key: &[u8]) -> Result<TxLocation, StoreError> {
    let (height, index) = key
        .get(32..)
        .and_then(|rest| rest.split_at_checked(8))
        .unwrap_or_default();
    match (height.try_into(), index.try_into()) {
        (Ok(height), Ok(index)) => Ok(TxLocation {
            height: u64::from_be_bytes(height),
            index: u32::from_be_bytes(index),
        }),
        _ => Err(corrupt(format!(
            "a key of `tx` has {} bytes, not 44",
            key.len()
        ))),
    }
}

pub(crate) fn decode_u64(bytes: &[u8], what: &str) -> Result<u64, StoreError> {
    let bytes = bytes
        .try_into()
        .map_err(|_| corrupt(format!("{what} is not 8 bytes long")))?;
    Ok(u64::from_be_bytes(bytes))
}

pub(crate) fn decode_hash(bytes: &[u8], what: &str) -> Result<Hash, StoreError> {
    bytes
        .try_into()
        .map_err(|_| corrupt(format!("{what} is not 32 bytes long")))
}

pub(crate) fn decode_borsh<T: BorshDeserialize>(bytes: &[u8], what: &str) -> Result<T, StoreError> {
    borsh::from_slice(bytes).map_err(|e| corrupt(format!("{what} cannot be decoded: {e}")))
}

/// The first key after every key that begins with `prefix`; `None` when there is none.
pub(crate) fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// The first key after `key`.
pub(crate) fn successor(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

pub(crate) fn corrupt(what: String) -> StoreError {
    StoreError::Corrupt { what }
}
