//! What stands of a period for good: how far each of an IMVU's collections had come, and what it had authored (law §7).

use crate::hash::Hash;
use crate::ids::ImvuId;
use crate::log::CollectionKind;
use crate::period::Period;
use crate::time::Height;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// How far a collection had come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct CollectionHead {
    /// Which.
    pub kind: CollectionKind,
    /// Its entries.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
}

/// What an IMVU had when a period was closed. Written once for each IMVU and period, and never again: whoever holds a
/// collection can show that what it had then is how it begins now.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct PeriodRoots {
    /// Whose.
    pub imvu: ImvuId,
    /// Of which period.
    pub period: Period,
    /// The block after which all of it stood so. The statement of the period comes in the block after that.
    pub at: Height,
    /// Its collections that had an entry, ascending by kind.
    pub collections: Vec<CollectionHead>,
    /// What its creator had authored: [`super::Baseline::hash`].
    pub authored: Hash,
    /// Root over its mail objects; none if it never had any.
    pub mail: Option<Hash>,
}
