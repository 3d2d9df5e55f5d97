//! Seals: eight bytes behind every value that nothing else proves.
//!
//! A state value is compared with its leaf in the tree, a log record with its leaf in the log. Old values, descriptions of
//! heights, heads, encoded blocks and the index of transactions stand under no root that is in RAM. Each of them carries
//! the first eight bytes of a SHA-256 over where it stands and what it says, so that a byte that changed on the disk, or an
//! entry that came to stand behind another key, is seen at the next read. A seal holds against accidents and against whoever
//! changes bytes without knowing the rule; whoever can run this code on the folder can seal what he likes, and is caught by
//! the roots alone.

use sha2::{Digest, Sha256};

use crate::backend::{Backend, Batch, Family};
use crate::error::{Bytes, StoreError};
use crate::layout::corrupt;
use crate::store::read;

/// Bytes of a seal: one damaged value in 2^64 is taken for a whole one.
pub(crate) const SEAL_BYTES: usize = 8;

/// Sets seals apart from every other hash on the ledger.
const TAG: &[u8] = b"nexus/store/seal/1";

fn seal(family: Family, key: &[u8], value: &[u8]) -> [u8; SEAL_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(TAG);
    hasher.update([family as u8]);
    hasher.update((key.len() as u64).to_be_bytes());
    hasher.update(key);
    hasher.update(value);
    let hash: [u8; 32] = hasher.finalize().into();
    let mut seal = [0; SEAL_BYTES];
    seal.copy_from_slice(&hash[..SEAL_BYTES]);
    seal
}

/// Adds a sealed value to a batch.
pub(crate) fn put(batch: &mut Batch, family: Family, key: Vec<u8>, mut value: Vec<u8>) {
    let seal = seal(family, &key, &value);
    value.extend_from_slice(&seal);
    batch.put(family, key, value);
}

/// The value without its seal, which must be the right one.
pub(crate) fn open(family: Family, key: &[u8], mut sealed: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    let length = check(family, key, &sealed)?.len();
    sealed.truncate(length);
    Ok(sealed)
}

/// The value before its seal, which must be the right one.
pub(crate) fn check<'a>(
    family: Family,
    key: &[u8],
    sealed: &'a [u8],
) -> Result<&'a [u8], StoreError> {
    let length = sealed.len().checked_sub(SEAL_BYTES);
    let parts = length.and_then(|length| sealed.split_at_checked(length));
    match parts {
        Some((value, found)) if found == seal(family, key, value) => Ok(value),
        _ => Err(corrupt(format!(
            "the value of key {} in family `{}` does not have the seal it was written with",
            Bytes(key),
            family.name()
        ))),
    }
}

/// Reads a sealed value.
pub(crate) fn get(
    backend: &dyn Backend,
    family: Family,
    key: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let sealed = read(backend, family, key)?;
    sealed.map(|sealed| open(family, key, sealed)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(family: Family, key: &[u8], value: &[u8]) -> Vec<u8> {
        let mut bytes = value.to_vec();
        bytes.extend_from_slice(&seal(family, key, value));
        bytes
    }

    #[test]
    fn a_seal_opens_where_it_was_made_and_nowhere_else() {
        let bytes = sealed(Family::Undo, b"key", b"value");
        assert_eq!(
            open(Family::Undo, b"key", bytes.clone()).expect("whole"),
            b"value"
        );
        assert!(open(Family::Meta, b"key", bytes.clone()).is_err());
        assert!(open(Family::Undo, b"kez", bytes.clone()).is_err());
        // The same bytes, split elsewhere between key and value.
        assert!(open(Family::Undo, b"keyv", bytes[1..].to_vec()).is_err());
        assert!(open(Family::Undo, b"key", Vec::new()).is_err());
    }

    #[test]
    fn every_flipped_bit_breaks_the_seal() {
        let bytes = sealed(Family::Rec, b"k", b"a value");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(Family::Rec, b"k", flipped).is_err(), "bit {bit}");
        }
    }
}
