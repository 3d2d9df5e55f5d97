//! The one hash function of the crate.
//!
//! A tree's update spends its time on messages of 77 and 80 bytes. For those the padding is written in place, which saves
//! the streaming interface's copies and branches.

use core::fmt;

use sha2::digest::generic_array::GenericArray;
use sha2::{Digest, Sha256, compress256};

use crate::Hash;

/// SHA-256 of the concatenation of `parts`.
pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// Bytes of two blocks.
pub(crate) const TWO_BLOCKS: usize = 2 * BLOCK;

/// The initial hash value (FIPS 180-4, section 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// SHA-256 of the first `LENGTH` bytes of `blocks`, whose other bytes are overwritten: a message whose padding (FIPS 180-4,
/// section 5.1.1) ends with the second block.
pub(crate) fn sha256_of_two_blocks<const LENGTH: usize>(mut blocks: [u8; TWO_BLOCKS]) -> Hash {
    const { assert!(LENGTH >= BLOCK - 8 && LENGTH < TWO_BLOCKS - 8) };
    if let Some((one, zeros)) = blocks.get_mut(LENGTH..).and_then(<[u8]>::split_first_mut) {
        *one = 0x80;
        zeros.fill(0);
    }
    let bits = const { (LENGTH as u64).wrapping_mul(8) };
    blocks[TWO_BLOCKS - 8..].copy_from_slice(&bits.to_be_bytes());
    let (first, second) = blocks.split_at(BLOCK);
    let blocks = [
        *GenericArray::from_slice(first),
        *GenericArray::from_slice(second),
    ];
    let mut state = INITIAL;
    compress256(&mut state, &blocks);
    let mut hash = [0; 32];
    for (bytes, word) in hash.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

/// Writes a hash as 64 lower-case hexadecimal digits, for error messages.
pub(crate) struct Hex<'a>(pub(crate) &'a Hash);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees<const LENGTH: usize>() {
        let mut blocks = [0; TWO_BLOCKS];
        for (byte, n) in blocks.iter_mut().zip(1_u8..) {
            *byte = n.wrapping_mul(37);
        }
        let whole = sha256(&[&blocks[..LENGTH]]);
        assert_eq!(sha256_of_two_blocks::<LENGTH>(blocks), whole, "{LENGTH}");
    }

    #[test]
    fn messages_of_two_blocks_have_the_same_hash_either_way() {
        agrees::<56>();
        agrees::<63>();
        agrees::<64>();
        agrees::<77>();
        agrees::<80>();
        agrees::<118>();
        agrees::<119>();
    }
}
