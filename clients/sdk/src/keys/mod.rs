//! Secret keys: in memory that is wiped, on disk only encrypted.
//!
//! A key file is an age file (<https://age-encryption.org/v1>) for one passphrase, so that any age program can open it.
//! Inside is JSON: `{"name", "identity", "publicKey", "seed"}`, all bytes hexadecimal. Nobody but its owner may read the
//! file (mode 0600), which is checked each time it is opened.

mod consensus;
mod file;

pub use consensus::NoConsensusKey;
pub use file::{DEFAULT_WORK_FACTOR, KeyError, KeyFile, MAX_KEY_FILE_BYTES, Passphrase};

use ed25519_consensus::SigningKey;
use nexus_types::crypto::Signature;
use nexus_types::{Hash, IdentityId, KeyBytes};
use rand::RngCore;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A secret key in memory; wiped when dropped, and it shows only its public half.
#[derive(Clone)]
pub struct SecretKey {
    seed: Zeroizing<[u8; 32]>,
    public: KeyBytes,
}

impl SecretKey {
    /// A new key from the operating system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rand::rngs::OsRng.fill_bytes(seed.as_mut());
        Self::from_seed(seed)
    }

    /// The key of a seed (RFC 8032 §5.1.5).
    #[must_use]
    pub fn from_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        let mut key = SigningKey::from(*seed);
        let public = KeyBytes(key.verification_key().to_bytes());
        key.zeroize();
        Self { seed, public }
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> KeyBytes {
        self.public
    }

    /// The seed, for a key file.
    #[must_use]
    pub fn seed(&self) -> &Zeroizing<[u8; 32]> {
        &self.seed
    }

    /// Signs a signing digest.
    #[must_use]
    pub fn sign(&self, digest: &Hash) -> Signature {
        // The expanded key lives only for one signature: the seed is all there is to guard.
        let mut key = SigningKey::from(*self.seed);
        let signature = Signature(key.sign(digest.as_bytes()).to_bytes());
        key.zeroize();
        signature
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, secret)", Hash(self.public.0))
    }
}

/// Who signs: an identity with its current secret key.
#[derive(Clone, Debug)]
pub struct Signer {
    /// A name for people; it never leaves this machine.
    pub name: String,
    /// The identity, which stays the same when the key is rotated.
    pub identity: IdentityId,
    /// Its current key.
    pub key: SecretKey,
}

impl Signer {
    /// The identity that a first key founds.
    #[must_use]
    pub fn new(name: impl Into<String>, key: SecretKey) -> Self {
        Self {
            name: name.into(),
            identity: IdentityId::from_key(&key.public()),
            key,
        }
    }

    /// The same identity with its next key.
    #[must_use]
    pub fn rotated(&self, key: SecretKey) -> Self {
        Self {
            name: self.name.clone(),
            identity: self.identity,
            key,
        }
    }
}

#[cfg(test)]
mod tests;
