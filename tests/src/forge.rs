//! Keys and signatures that no honest program makes.

use curve25519_dalek_ng::constants::{ED25519_BASEPOINT_TABLE, EIGHT_TORSION};
use curve25519_dalek_ng::edwards::CompressedEdwardsY;
use curve25519_dalek_ng::scalar::Scalar;
use nexus_sdk::keys::SecretKey;
use nexus_types::crypto::Signature;
use nexus_types::{Hash, KeyBytes};
use sha2::{Digest, Sha512};

/// The identity point: a key of small order.
#[must_use]
pub fn small_order_key() -> KeyBytes {
    let mut key = [0; 32];
    key[0] = 1;
    KeyBytes(key)
}

/// The same point with y = p + 1 instead of 1: another spelling of it.
#[must_use]
pub fn non_canonical_key() -> KeyBytes {
    let mut key = [0xff; 32];
    key[0] = 0xee;
    key[31] = 0x7f;
    KeyBytes(key)
}

/// An honest key plus a point of order 8.
///
/// # Panics
/// Never: an honest key is a point.
#[must_use]
pub fn key_with_torsion() -> KeyBytes {
    let honest = CompressedEdwardsY(SecretKey::generate().public().0);
    let point = honest.decompress().expect("a point") + EIGHT_TORSION[1];
    KeyBytes(point.compress().0)
}

/// Another valid signature of the same key over the same digest: RFC 8032 derives r from key and message, but a signer
/// may take any r, which here comes from `salt`.
#[must_use]
pub fn other_signature(key: &SecretKey, digest: &Hash, salt: u8) -> Signature {
    let expanded = Sha512::digest(key.seed().as_slice());
    let mut secret = [0; 32];
    secret.copy_from_slice(&expanded[..32]);
    secret[0] &= 248;
    secret[31] &= 127;
    secret[31] |= 64;
    let wide = |parts: &[&[u8]]| {
        let mut hasher = Sha512::new();
        for part in parts {
            hasher.update(part);
        }
        Scalar::from_bytes_mod_order_wide(&hasher.finalize().into())
    };
    let r = wide(&[&[salt], key.seed().as_slice()]);
    let point = (&ED25519_BASEPOINT_TABLE * &r).compress();
    let challenge = wide(&[&point.0, &key.public().0, digest.as_bytes()]);
    let s = challenge * Scalar::from_bits(secret) + r;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&point.0);
    signature[32..].copy_from_slice(&s.to_bytes());
    Signature(signature)
}

/// The bytes with two neighbouring runs of `size` bytes exchanged; the first of them begins at `at`.
///
/// # Panics
/// If there are not as many bytes.
#[must_use]
pub fn exchanged(bytes: &[u8], at: usize, size: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let (first, second) = bytes[at..at + 2 * size].split_at_mut(size);
    first.swap_with_slice(second);
    bytes
}

/// The bytes with the run of `size` bytes at `at` written over the run behind it.
///
/// # Panics
/// If there are not as many bytes.
#[must_use]
pub fn repeated(bytes: &[u8], at: usize, size: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.copy_within(at..at + size, at + size);
    bytes
}

/// Where a part begins in a whole.
///
/// # Panics
/// If it is not in there, or more than once.
#[must_use]
pub fn position(whole: &[u8], part: &[u8]) -> usize {
    let mut found = whole
        .windows(part.len())
        .enumerate()
        .filter(|(_, window)| *window == part)
        .map(|(at, _)| at);
    let first = found.next().expect("the part is in the whole");
    assert!(found.next().is_none(), "the part is in the whole twice");
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_types::KeyFault;
    use nexus_types::crypto::{admit_key, verify};

    #[test]
    fn each_key_has_the_fault_it_is_made_for() {
        assert_eq!(admit_key(&small_order_key()), Err(KeyFault::SmallOrder));
        assert_eq!(admit_key(&non_canonical_key()), Err(KeyFault::NotCanonical));
        assert_eq!(admit_key(&key_with_torsion()), Err(KeyFault::Torsion));
    }

    #[test]
    fn a_second_signature_is_another_one_and_valid() {
        let key = SecretKey::generate();
        let digest = Hash::of(b"a body");
        let (one, two) = (key.sign(&digest), other_signature(&key, &digest, 1));
        assert_ne!(one, two);
        assert!(verify(&key.public(), &digest, &two));
        assert!(!verify(&key.public(), &Hash::of(b"another"), &two));
    }

    #[test]
    fn runs_are_exchanged_and_repeated() {
        assert_eq!(exchanged(b"..aabb..", 2, 2), b"..bbaa..");
        assert_eq!(repeated(b"..aabb..", 2, 2), b"..aaaa..");
        assert_eq!(position(b"..aabb..", b"aab"), 2);
    }
}
