//! The life of an identity beyond its first key: guardians, freeze, recovery (law §2); and the people an IMVU's owner
//! lets act for it.

use crate::crypto::{KeyBytes, Signature};
use crate::encoding::Set;
use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId};
use crate::limits::{GUARDIANS, TEAM_MEMBERS};
use crate::time::{Height, Time};
use crate::tx::Network;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// The identities that a person trusts to help when a key is lost or stolen.
pub type GuardianSet = Set<IdentityId, GUARDIANS>;

/// The signer chooses its guardians. The first choice holds at once; every later one after its delay.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct SetGuardians {
    /// Who; none ends guardianship.
    pub guardians: GuardianSet,
    /// How many of them act together: at least 2; 0 with none.
    pub threshold: u8,
}

/// Guardians stop whatever a thief could do with the key: see [`crate::ActionKind::is_frozen`].
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct FreezeIdentity {
    /// Whose.
    pub identity: IdentityId,
}

/// Guardians lift their freeze before it ends by itself.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ThawIdentity {
    /// Whose.
    pub identity: IdentityId,
}

/// Guardians ask for a new key; it replaces the old one after the delay, unless the old one vetoes.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ProposeRecovery {
    /// Whose.
    pub identity: IdentityId,
    /// The new key.
    pub new_key: KeyBytes,
    /// The new key's signature over [`crate::approval::RotationBody`].
    pub proof: Signature,
    /// An independent attester's word that the new key is that person's. A freeze asks for it.
    pub attestation: Option<RecoveryAttestation>,
}

/// What waits for its delay ends: by the identity's own key unless guardians froze it, or by the guardians.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct VetoPending {
    /// Whose.
    pub identity: IdentityId,
}

/// The owner lets somebody act for it on one IMVU, or no longer; a member may leave by itself.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct SetMember {
    /// Which IMVU.
    pub imvu: ImvuId,
    /// Who.
    pub member: IdentityId,
    /// As what; none ends it.
    pub role: Option<ImvuRole>,
}

/// What a member of an IMVU's team may do for its owner: see [`crate::ActionKind::delegated_to`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ImvuRole {
    /// Runs it: placement, description, records, mail, snapshots.
    Operator,
    /// Its payments: processors, refunds, disputes, mandates.
    Billing,
    /// Nothing on the ledger; hosts show it what they show the owner.
    Viewer,
}

impl ImvuRole {
    /// All, in encoding order.
    pub const ALL: [Self; 3] = [Self::Operator, Self::Billing, Self::Viewer];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Billing => "billing",
            Self::Viewer => "viewer",
        }
    }
}

/// The people an owner lets act for it on one IMVU, ascending by id.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Team {
    /// Each with what it may do. At most [`TEAM_MEMBERS`].
    pub members: Vec<(IdentityId, ImvuRole)>,
}

impl Team {
    /// What somebody may do.
    pub fn role(&self, id: &IdentityId) -> Option<ImvuRole> {
        self.members
            .iter()
            .find(|(member, _)| member == id)
            .map(|(_, role)| *role)
    }

    /// Sets or ends what somebody may do.
    ///
    /// # Errors
    /// The team is full.
    pub fn set(&mut self, id: IdentityId, role: Option<ImvuRole>) -> Result<(), TeamIsFull> {
        self.members.retain(|(member, _)| *member != id);
        if let Some(role) = role {
            self.members.push((id, role));
            self.members.sort_unstable();
        }
        if self.members.len() > TEAM_MEMBERS {
            return Err(TeamIsFull);
        }
        Ok(())
    }
}

/// A team has [`TEAM_MEMBERS`] already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TeamIsFull;

/// What an attester says of a recovery: the new key's holder is that person, evidence by hash.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecoveryAttestationBody {
    /// The chain it is for.
    pub network: Network,
    /// The identity to be recovered.
    pub identity: IdentityId,
    /// The key it is to have.
    pub new_key: KeyBytes,
    /// The attester.
    pub attester: IdentityId,
    /// The attester's key generation.
    pub generation: u32,
    /// SHA-256 of the evidence, which stays off-chain.
    pub evidence: Hash,
    /// Last law time at which it counts.
    pub expires: Time,
}

/// A recovery's attestation with the attester's signature.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecoveryAttestation {
    /// What is attested.
    pub body: RecoveryAttestationBody,
    /// By the attester's key of that generation.
    pub signature: Signature,
}

/// How an identity is guarded. Nothing stands in state for one that never had guardians.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Guardianship {
    /// Its guardians.
    pub guardians: GuardianSet,
    /// How many of them act together.
    pub threshold: u8,
    /// Law time up to which they froze it; in the past when it is not frozen.
    pub frozen_until: Time,
    /// Law time before which they can't freeze it again, so that its holder can choose others.
    pub next_freeze: Time,
    /// Other guardians, waiting for their delay.
    pub change: Option<PendingGuardians>,
    /// Another key, waiting for its delay.
    pub recovery: Option<PendingRecovery>,
}

impl Guardianship {
    /// Whether the guardians hold it frozen.
    pub fn is_frozen(&self, law_time: Time) -> bool {
        self.frozen_until > law_time
    }
}

/// Guardians chosen in place of others.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct PendingGuardians {
    /// Who.
    pub guardians: GuardianSet,
    /// How many of them act together.
    pub threshold: u8,
    /// Law time from which they are.
    pub due: Time,
}

/// A key that guardians ask for.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct PendingRecovery {
    /// The key.
    pub new_key: KeyBytes,
    /// The generation it will have; a rotation meanwhile voids the recovery.
    pub generation: u32,
    /// When it was asked for.
    pub opened: Height,
    /// Law time from which it holds.
    pub due: Time,
    /// Who attested it, with the hash of the evidence.
    pub attested: Option<(IdentityId, Hash)>,
}

/// How a recovery ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum RecoveryEnd {
    /// The new key holds.
    Recovered,
    /// The old key, or the guardians, called it off.
    Vetoed,
    /// The key was rotated or revoked meanwhile, or a freeze asked for an attestation that it lacks.
    Lapsed,
}
