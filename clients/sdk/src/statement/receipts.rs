//! Receipts: all leaves of an IMVU's collections.

use borsh::{BorshDeserialize, BorshSerialize};
use nexus_tree::log::{leaf_hash, root_of};
use nexus_types::billing::MoneyEntry;
use nexus_types::encoding::{DecodeError, decode};
use nexus_types::meter::UsageHour;
use nexus_types::money::{PriceBook, PriceList};
use nexus_types::period::{Calendar, Period};
use nexus_types::{Hash, IdentityId, ImvuId};
use thiserror::Error;

/// All that one statement follows from.
#[derive(Clone, Debug)]
pub struct Receipts<'a> {
    /// CometBFT's chain id.
    pub chain_id: &'a str,
    /// The chain's genesis.
    pub genesis_hash: Hash,
    /// How its periods are counted.
    pub calendar: Calendar,
    /// Whose statement.
    pub imvu: &'a ImvuId,
    /// Of which period.
    pub period: Period,
    /// The IMVU's creator when the statement was made.
    pub owner: IdentityId,
    /// Every leaf of the IMVU's usage collection.
    pub usage: &'a [UsageHour],
    /// Every leaf of the IMVU's money collection.
    pub money: &'a [MoneyEntry],
    /// Which price list holds when.
    pub book: &'a PriceBook,
    /// The lists that the charges name, at least.
    pub lists: &'a [PriceList],
}

/// Why leaves are not all of a collection.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum IncompleteError {
    /// Fewer or more than it has.
    #[error("{given} leaves are given, the collection has {size}")]
    Size {
        /// How many were given.
        given: u64,
        /// How many it has.
        size: u64,
    },
    /// Other ones than it has.
    #[error("the leaves lead to root {computed}, the collection has {root}")]
    Root {
        /// What the leaves give.
        computed: Hash,
        /// What it has.
        root: Hash,
    },
    /// Bytes of no such record.
    #[error("leaf {position} cannot be read: {source}")]
    Leaf {
        /// Which.
        position: usize,
        /// Why.
        source: DecodeError,
    },
}

/// Reads all leaves of a collection whose size and root were proved.
///
/// # Errors
/// [`IncompleteError`]: the leaves are not exactly those of the collection.
pub fn read_all<T: BorshDeserialize + BorshSerialize>(
    leaves: &[Vec<u8>],
    size: u64,
    root: Hash,
) -> Result<Vec<T>, IncompleteError> {
    let given = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    if given != size {
        return Err(IncompleteError::Size { given, size });
    }
    let hashes: Vec<[u8; 32]> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    let computed = Hash(root_of(&hashes));
    if computed != root {
        return Err(IncompleteError::Root { computed, root });
    }
    let read = leaves.iter().enumerate().map(|(position, leaf)| {
        decode(leaf).map_err(|source| IncompleteError::Leaf { position, source })
    });
    read.collect()
}
