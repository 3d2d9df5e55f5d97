//! What the logs hold: audit entries, violations, notices, platform actions, headers.

use crate::action::ActionKind;
use crate::code::Code;
use crate::crypto::{KeyBytes, Signature};
use crate::gate::Gate;
use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId};
use crate::time::{Height, Time};
use crate::verdict::{Reason, Subject};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// One decision, applied or denied. Leaf of the audit log and, for an IMVU's matters, of its own audit collection.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct AuditEntry {
    /// Position in the audit log, from 0.
    pub sequence: u64,
    /// Block.
    pub height: Height,
    /// Block time.
    pub time: Time,
    /// The transaction's id.
    pub tx: Hash,
    /// Who.
    pub actor: IdentityId,
    /// What.
    pub action: ActionKind,
    /// On what.
    pub subject: Subject,
    /// Whose.
    pub imvu: Option<ImvuId>,
    /// The decision.
    pub code: Code,
    /// Why, if it was refused.
    pub reason: Option<Reason>,
    /// Hash of the subject's state before.
    pub before: Hash,
    /// Hash of the subject's state after; equal to `before` when denied.
    pub after: Hash,
}

/// One refusal. Leaf of the IMVU's violations collection, or the chain's where no IMVU is concerned.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Violation {
    /// The audit entry it belongs to.
    pub audit: u64,
    /// Block.
    pub height: Height,
    /// Block time.
    pub time: Time,
    /// The transaction's id.
    pub tx: Hash,
    /// Who tried.
    pub actor: IdentityId,
    /// What.
    pub action: ActionKind,
    /// On what.
    pub subject: Subject,
    /// Whose.
    pub imvu: Option<ImvuId>,
    /// The code it got.
    pub code: Code,
    /// Every gate that refused, with its reason.
    pub refused: Vec<(Gate, Reason)>,
}

/// What a creator is told. Leaf of the IMVU's notices collection.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Notice {
    /// The audit entry it is about.
    pub audit: u64,
    /// Block.
    pub height: Height,
    /// Block time.
    pub time: Time,
    /// Whose IMVU.
    pub imvu: ImvuId,
    /// Who acted.
    pub actor: IdentityId,
    /// What they did, or tried.
    pub action: ActionKind,
    /// How it ended.
    pub code: Code,
    /// The proposal to look at, if the action opened one.
    pub proposal: Option<Hash>,
}

/// A signature that a platform action carried.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct OfficerSignature {
    /// The officer.
    pub officer: IdentityId,
    /// The officer's key at that time.
    pub key: KeyBytes,
    /// Over the transaction id (the first) or the co-signing digest (the others).
    pub signature: Signature,
}

/// One platform action with the signatures that prove it. Leaf of the platform log (gate 17).
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct PlatformEntry {
    /// The audit entry it belongs to.
    pub audit: u64,
    /// Block.
    pub height: Height,
    /// The transaction's id.
    pub tx: Hash,
    /// What.
    pub action: ActionKind,
    /// Whose IMVU.
    pub imvu: Option<ImvuId>,
    /// The decision.
    pub code: Code,
    /// Those who signed, the outer signer first.
    pub signatures: Vec<OfficerSignature>,
}

/// A block's own hash. Leaf of the headers log: any old header is proved from any recent one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct HeaderEntry {
    /// Block.
    pub height: Height,
    /// CometBFT's block hash.
    pub hash: Hash,
}
