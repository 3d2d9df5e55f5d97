//! Approvals: the creator's signature over one exact change (law §6), and the changes themselves.

use crate::crypto::{Signature, SigningKind, signing_digest};
use crate::encoding::encode;
use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId};
use crate::mail::{MailRouteChange, MailRouteRecord};
use crate::quota::{QuotaChange, QuotaField};
use crate::route::{PathPolicy, RouteChange};
use crate::state::{Imvu, RouteRecord};
use crate::time::Time;
use crate::tx::Network;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// A change to an IMVU that the platform cannot make alone.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Change {
    /// New values for some quota fields.
    Quota(QuotaChange),
    /// One route set or removed.
    Route(RouteChange),
    /// The path policy replaced.
    PathPolicy(PathPolicy),
    /// A domain's mail routed elsewhere.
    MailRoute(MailRouteChange),
}

impl Change {
    /// What kind of change, in words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Quota(_) => "quota",
            Self::Route(_) => "route",
            Self::PathPolicy(_) => "path policy",
            Self::MailRoute(_) => "mail route",
        }
    }
}

/// Who may use an approval.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum PermittedActor {
    /// The platform: its officers with their threshold.
    Platform,
    /// One identity.
    Identity(IdentityId),
}

/// What an approval says. Its signing digest is its id, and it is used at most once.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ApprovalBody {
    /// The chain it is for.
    pub network: Network,
    /// The owner who approves.
    pub approver: IdentityId,
    /// The approver's key generation; a rotation voids the approval.
    pub generation: u32,
    /// The IMVU it is about.
    pub imvu: ImvuId,
    /// The version of exactly the fields the change names; see [`basis`].
    pub version: u64,
    /// Hash of those fields' values before the change.
    pub before: Hash,
    /// The exact change.
    pub change: Change,
    /// Who may apply it.
    pub permitted: PermittedActor,
    /// First law time at which it counts.
    pub not_before: Time,
    /// Last law time at which it counts; at most 30 days after `not_before`.
    pub expires: Time,
    /// Distinguishes two approvals of the same change.
    pub salt: u64,
}

impl ApprovalBody {
    /// The id: the digest that is signed.
    pub fn id(&self) -> Hash {
        signing_digest(SigningKind::Approval, self)
    }
}

/// An approval with the approver's signature over [`ApprovalBody::id`].
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Approval {
    /// What is approved.
    pub body: ApprovalBody,
    /// By the approver's key of that generation.
    pub signature: Signature,
}

/// What an attester says: this key's holder was verified, evidence by hash (law §2).
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct AttestationBody {
    /// The chain it is for.
    pub network: Network,
    /// The identity verified.
    pub identity: IdentityId,
    /// The attester.
    pub attester: IdentityId,
    /// The attester's key generation.
    pub generation: u32,
    /// SHA-256 of the evidence, which stays off-chain.
    pub evidence: Hash,
    /// Last law time at which it counts.
    pub expires: Time,
}

/// An attestation with the attester's signature.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Attestation {
    /// What is attested.
    pub body: AttestationBody,
    /// By the attester's key of that generation.
    pub signature: Signature,
}

/// What the holder of a new key signs so that nobody rotates to a key they do not hold.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RotationBody {
    /// The chain it is for.
    pub network: Network,
    /// The identity that rotates.
    pub identity: IdentityId,
    /// The generation the new key will have.
    pub generation: u32,
    /// The new key.
    pub new_key: crate::crypto::KeyBytes,
}

/// What a person signs to ask for attestation; it never reaches the ledger.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct IdentityRequestBody {
    /// The chain it is for.
    pub network: Network,
    /// The key to be attested; the identity follows from it.
    pub key: crate::crypto::KeyBytes,
}

/// What a change starts from: an approval binds it, so that it is void once a named field moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Basis {
    /// Sum of the versions of exactly the fields the change names; it rises whenever one of them is set.
    pub version: u64,
    /// Hash of those fields' values.
    pub before: Hash,
}

/// The basis of a change: `imvu` is its IMVU, `route` the record of the prefix a route change names,
/// `policy` the path policy in force, `mail` the record of the domain that a change of mail routes names. The law counts
/// only the fields the change names (law §6).
pub fn basis(
    change: &Change,
    imvu: &Imvu,
    route: Option<&RouteRecord>,
    policy: &PathPolicy,
    mail: Option<&MailRouteRecord>,
) -> Basis {
    let (version, values) = match change {
        Change::Quota(quota) => {
            let version = quota.fields().fold(0u64, |sum, field| {
                sum.saturating_add(imvu.quota_version(field))
            });
            let values: Vec<(QuotaField, u64)> = quota
                .fields()
                .map(|field| (field, imvu.quota.get(field)))
                .collect();
            (version, encode(&values))
        }
        Change::Route(change) => {
            let version = route.map_or(0, |record| record.version);
            let next_hop = route.and_then(|record| record.next_hop);
            (version, encode(&(change.prefix(), next_hop)))
        }
        Change::PathPolicy(_) => (imvu.policy_version, encode(policy)),
        Change::MailRoute(change) => {
            let version = mail.map_or(0, |record| record.version);
            let route = mail.and_then(|record| record.route.as_ref());
            (version, encode(&(&change.domain, route)))
        }
    };
    let before = Hash::tagged(
        "nexus/basis/v1",
        &[&encode(&imvu.id), change.name().as_bytes(), &[0], &values],
    );
    Basis { version, before }
}
