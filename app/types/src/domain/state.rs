//! What stands in state of external names, grants, delegations and transfers.

use super::{Delegation, TransferCode, challenge};
use crate::encoding::List;
use crate::hash::Hash;
use crate::ids::{ChainId, IdentityId, ImvuId};
use crate::limits::OBSERVERS;
use crate::name::Name;
use crate::time::{Height, Time};
use borsh::{BorshDeserialize, BorshSerialize};

/// What one organisation said in a round.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct NameVote {
    /// Which organisation, by its identity.
    pub observer: IdentityId,
    /// Whether it saw the challenge.
    pub seen: bool,
    /// SHA-256 of what it keeps of its look.
    pub evidence: Hash,
    /// When it said so.
    pub at: Height,
}

/// The votes of a round, in the order in which they came.
pub type NameVotes = List<NameVote, OBSERVERS>;

/// A claim of an external name that is not bound by it.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ExternalClaim {
    /// The name.
    pub name: Name,
    /// Who claims it.
    pub imvu: ImvuId,
    /// Of the challenge.
    pub nonce: Hash,
    /// Last law time at which the challenge counts; part of it.
    pub expires: Time,
    /// When it was claimed.
    pub since: Height,
    /// What observers said.
    pub votes: NameVotes,
    /// Proven while others hold the name, or names below it: law time at which it is settled whether they do still.
    pub settles: Option<Time>,
}

impl ExternalClaim {
    /// The challenge to publish.
    pub fn challenge(&self, chain: &ChainId) -> Hash {
        challenge(chain, &self.imvu, &self.name, &self.nonce, self.expires)
    }
}

/// What keeps an external name bound.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ExternalName {
    /// The name.
    pub name: Name,
    /// Who holds it.
    pub imvu: ImvuId,
    /// Of the challenge.
    pub nonce: Hash,
    /// Part of the challenge; one that was seen in time counts on.
    pub expires: Time,
    /// When the round began.
    pub since: Height,
    /// What observers said in it.
    pub votes: NameVotes,
    /// Law time at which the round ends.
    pub due: Time,
    /// Whether it is a re-proof: the holder loses the name unless the challenge is seen by its end.
    pub reproof: bool,
}

impl ExternalName {
    /// The challenge to keep published, or in a re-proof to publish.
    pub fn challenge(&self, chain: &ChainId) -> Hash {
        challenge(chain, &self.imvu, &self.name, &self.nonce, self.expires)
    }
}

/// That an IMVU may claim, or has claimed, a name below another's.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ChildGrant {
    /// The name below.
    pub child: Name,
    /// The name above whose owner granted it.
    pub parent: Name,
    /// Who held that name then.
    pub by: ImvuId,
    /// Who may claim the child; once it is claimed, who holds it.
    pub imvu: ImvuId,
    /// Last law time at which it can be claimed; none once it is.
    pub expires: Option<Time>,
}

impl ChildGrant {
    /// Among whose keys it counts: the granting IMVU's until it is used, the child's holder's from then on.
    pub fn payer(&self) -> &ImvuId {
        if self.expires.is_some() {
            &self.by
        } else {
            &self.imvu
        }
    }
}

/// A name that is served elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct DelegationRecord {
    /// The name.
    pub name: Name,
    /// Who holds it; none once it was freed: the delegation stays until somebody else holds the name.
    pub imvu: Option<ImvuId>,
    /// To whom.
    pub delegation: Delegation,
    /// When it was set.
    pub since: Height,
}

/// The code on a name.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct TransferKey {
    /// The name.
    pub name: Name,
    /// Who holds it.
    pub imvu: ImvuId,
    /// Its key and end.
    pub code: TransferCode,
    /// When it was set.
    pub since: Height,
}

/// What happened to an external name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ExternalStep {
    /// Bound to the IMVU.
    Bound,
    /// The IMVU's proof was seen, but others hold the name or names below it: it is settled at that law time.
    Proven(Time),
    /// The IMVU has to prove it again by that law time.
    Reproof(Time),
    /// The IMVU has proven it again.
    Reproved,
    /// The IMVU lost it.
    Lost,
    /// The IMVU's claim ended without it.
    ClaimEnded,
}

/// Something happened to an external name.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ExternalEntry {
    /// Which name.
    pub name: Name,
    /// Whose claim or binding.
    pub imvu: ImvuId,
    /// What.
    pub step: ExternalStep,
}
