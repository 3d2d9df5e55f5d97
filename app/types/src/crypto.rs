//! Ed25519 keys and signatures (ZIP-215, as CometBFT), key admission, signing digests.

use crate::encoding::encode;
use crate::hash::Hash;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use curve25519_dalek_ng::edwards::CompressedEdwardsY;
use ed25519_consensus::VerificationKey;

/// A public key as bytes on the wire, not yet admitted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct KeyBytes(pub [u8; 32]);

/// An Ed25519 signature, R ‖ s.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyBytes({})", Hash(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(")?;
        self.0
            .iter()
            .take(4)
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…)")
    }
}

/// Why a key is not admitted (law §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// The bytes are no point of the curve, or not its canonical encoding.
    NotCanonical,
    /// A point of small order: one signature would verify for every message.
    SmallOrder,
    /// A point with a small-order component: signatures could be read two ways.
    Torsion,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCanonical => "the key is not the canonical encoding of a curve point",
            Self::SmallOrder => "the key is a point of small order",
            Self::Torsion => "the key has a small-order component",
        })
    }
}

impl core::error::Error for KeyFault {}

/// Admits a key: canonical encoding, not small-order, torsion-free (law §2; about 94 µs once per key).
///
/// # Errors
/// The first [`KeyFault`] found, in that order.
pub fn admit_key(key: &KeyBytes) -> Result<(), KeyFault> {
    let point = CompressedEdwardsY(key.0)
        .decompress()
        .ok_or(KeyFault::NotCanonical)?;
    if point.compress().0 != key.0 {
        return Err(KeyFault::NotCanonical);
    }
    if point.is_small_order() {
        return Err(KeyFault::SmallOrder);
    }
    if !point.is_torsion_free() {
        return Err(KeyFault::Torsion);
    }
    Ok(())
}

/// Verifies one signature over a 32-byte signing digest by ZIP-215.
pub fn verify(key: &KeyBytes, digest: &Hash, signature: &Signature) -> bool {
    VerificationKey::try_from(key.0)
        .and_then(|key| key.verify(&ed25519_consensus::Signature::from(signature.0), &digest.0))
        .is_ok()
}

/// What a signature is for; a distinct tag each, so that none can be replayed as another (law §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningKind {
    /// The outer signature of a transaction.
    Tx,
    /// An officer's co-signature of a transaction.
    Cosign,
    /// A creator's approval of one change.
    Approval,
    /// An attester's word that an identity was verified.
    Attestation,
    /// A person's request to be attested.
    IdentityRequest,
    /// Proof that the holder of a new key agrees to a rotation.
    Rotation,
    /// What a meter read in one window.
    MeterRecord,
    /// An attester's word that the key of a recovery is that person's.
    RecoveryAttestation,
    /// Proof that the holder of a consensus key agrees to its seat.
    ValidatorKey,
    /// A transfer code's word for whom a name goes.
    Transfer,
    /// A seat's agreement to a recovery.
    Recovery,
}

impl SigningKind {
    /// The tag, without its closing zero byte.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Tx => "nexus/tx/v1",
            Self::Cosign => "nexus/cosign/v1",
            Self::Approval => "nexus/approval/v1",
            Self::Attestation => "nexus/attestation/v1",
            Self::IdentityRequest => "nexus/identity-request/v1",
            Self::Rotation => "nexus/rotation/v1",
            Self::MeterRecord => "nexus/meter-record/v1",
            Self::RecoveryAttestation => "nexus/recovery-attestation/v1",
            Self::ValidatorKey => "nexus/validator-key/v1",
            Self::Transfer => "nexus/transfer/v1",
            Self::Recovery => "nexus/recovery/v1",
        }
    }
}

/// SHA-256(tag ‖ 0 ‖ borsh(body)). Every signed body starts with its [`crate::tx::Network`], so this
/// is the law's `tag ‖ chain_id ‖ genesis_hash ‖ recovery_epoch ‖ borsh(body)` (law §2).
pub fn signing_digest<T: BorshSerialize>(kind: SigningKind, body: &T) -> Hash {
    Hash::tagged(kind.tag(), &[&encode(body)])
}
