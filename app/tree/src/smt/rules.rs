//! The hash rules, byte for byte those of the `jmt` crate 0.12 with SHA-256.

use crate::Hash;
use crate::sha::{TWO_BLOCKS, sha256, sha256_of_two_blocks};

/// Hash of an empty subtree, at any depth: these 32 ASCII bytes themselves.
pub const EMPTY_ROOT: Hash = *b"SPARSE_MERKLE_PLACEHOLDER_HASH__";

/// Domain tag of a leaf.
pub const LEAF_TAG: &[u8; 13] = b"JMT::LeafNode";

/// Domain tag of an inner node (16 bytes; the missing vowel is jmt's).
pub const INTERNAL_TAG: &[u8; 16] = b"JMT::IntrnalNode";

/// Depth of the deepest leaf: one level for each bit of a key hash.
pub const MAX_DEPTH: usize = 256;

/// The place of a key in the tree: SHA-256(key).
#[must_use]
pub fn key_hash(key: &[u8]) -> Hash {
    sha256(&[key])
}

/// What a leaf says of its value: SHA-256(value).
#[must_use]
pub fn value_hash(value: &[u8]) -> Hash {
    sha256(&[value])
}

/// SHA-256([`LEAF_TAG`] ‖ key hash ‖ value hash). A leaf's hash does not depend on its depth.
#[must_use]
pub fn leaf_hash(key_hash: &Hash, value_hash: &Hash) -> Hash {
    let mut bytes = [0; TWO_BLOCKS];
    bytes[..13].copy_from_slice(LEAF_TAG);
    bytes[13..45].copy_from_slice(key_hash);
    bytes[45..77].copy_from_slice(value_hash);
    sha256_of_two_blocks::<{ 13 + 64 }>(bytes)
}

/// SHA-256([`INTERNAL_TAG`] ‖ left ‖ right).
#[must_use]
pub fn internal_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0; TWO_BLOCKS];
    bytes[..16].copy_from_slice(INTERNAL_TAG);
    bytes[16..48].copy_from_slice(left);
    bytes[48..80].copy_from_slice(right);
    sha256_of_two_blocks::<{ 16 + 64 }>(bytes)
}

/// Bit `depth` of a key hash, most significant bit of byte 0 first; false (left) beyond bit 255.
pub(super) fn bit(key_hash: &Hash, depth: usize) -> bool {
    let shift = u32::try_from(depth % 8).unwrap_or(0);
    let mask = 0x80_u8.wrapping_shr(shift);
    key_hash.get(depth / 8).is_some_and(|byte| byte & mask != 0)
}
