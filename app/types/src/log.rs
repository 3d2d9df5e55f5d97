//! Which logs exist and what they are called.

use crate::ids::ImvuId;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// The chain's logs, whose sizes and roots stand in every app hash, in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ChainLog {
    /// Every decision.
    Audit,
    /// Every platform action, with signatures.
    Platform,
    /// Consent commitments.
    Consent,
    /// Usage lines.
    Usage,
    /// Block hashes.
    Headers,
}

impl ChainLog {
    /// All chain logs in app-hash order.
    pub const ALL: [Self; 5] = [
        Self::Audit,
        Self::Platform,
        Self::Consent,
        Self::Usage,
        Self::Headers,
    ];
}

/// The append-only collections of an IMVU (law §7), each an RFC 6962 log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum CollectionKind {
    /// Decisions on the IMVU.
    Audit,
    /// Refusals on the IMVU.
    Violations,
    /// What its creator was told.
    Notices,
    /// Its usage, an hour an entry.
    Usage,
    /// What its host's agents found changed.
    Drifts,
    /// Its account book: what its use was charged, what it sold, what was paid back.
    Money,
    /// Its statements, one a period.
    Statements,
    /// The consents of the people whose data it keeps.
    Consents,
    /// What happened to its snapshots.
    Snapshots,
    /// Its mail, an epoch of one agent an entry.
    MailEpochs,
    /// What happened to its exits.
    Exits,
}

impl CollectionKind {
    /// All kinds, in encoding order.
    pub const ALL: [Self; 11] = [
        Self::Audit,
        Self::Violations,
        Self::Notices,
        Self::Usage,
        Self::Drifts,
        Self::Money,
        Self::Statements,
        Self::Consents,
        Self::Snapshots,
        Self::MailEpochs,
        Self::Exits,
    ];
}

/// A log: one of the chain's, or a collection. A collection's size and root stand in state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum LogId {
    /// A log of the chain.
    Chain(ChainLog),
    /// A collection; no IMVU means the chain's own (violations and drifts that concern no IMVU).
    Collection(CollectionKind, Option<ImvuId>),
}

impl LogId {
    /// The bytes a store files the log under.
    pub fn to_bytes(&self) -> Vec<u8> {
        crate::encoding::encode(self)
    }
}
