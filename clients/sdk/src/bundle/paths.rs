//! Leaves and paths of the two Merkle trees that CometBFT's headers commit to.

use super::TxResult;
use crate::api::WireHash;
use nexus_tree::log::{Frontier, LogError, leaf_hash, prove_inclusion};
use nexus_types::Hash;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why no path could be made.
#[derive(Debug, Error)]
#[error("no path to leaf {index} of {leaves}: {source}")]
pub struct PathError {
    index: u64,
    leaves: usize,
    source: LogError,
}

/// The leaf hash of a transaction in `data_hash`: SHA-256(0x00 ‖ SHA-256(bytes)).
#[must_use]
pub fn tx_leaf_hash(bytes: &[u8]) -> [u8; 32] {
    leaf_hash(Hash::of(bytes).as_bytes())
}

/// The leaf hash of a result in `last_results_hash`: of the deterministic protobuf of code (1), data (2), `gas_wanted`
/// (5) and `gas_used` (6), where a field that is zero or empty is left out.
#[must_use]
pub fn result_leaf_hash(result: &TxResult) -> [u8; 32] {
    let mut proto = Vec::with_capacity(result.data.bytes().len() + 24);
    put_number(&mut proto, 0x08, u64::from(result.code));
    if !result.data.bytes().is_empty() {
        proto.push(0x12);
        put_varint(&mut proto, result.data.bytes().len() as u64);
        proto.extend_from_slice(result.data.bytes());
    }
    // int64 in protobuf is its two's complement of 64 bits.
    put_number(&mut proto, 0x28, result.gas_wanted.cast_unsigned());
    put_number(&mut proto, 0x30, result.gas_used.cast_unsigned());
    leaf_hash(&proto)
}

fn put_number(proto: &mut Vec<u8>, tag: u8, number: u64) {
    if number != 0 {
        proto.push(tag);
        put_varint(proto, number);
    }
}

fn put_varint(proto: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        proto.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    proto.push(number as u8);
}

/// The path from leaf `index` to the root over all of a block's leaf hashes, bottom-up: what a node puts into a bundle.
///
/// # Errors
/// [`PathError`] if there is no such leaf.
pub fn inclusion_path(leaves: &[[u8; 32]], index: u64) -> Result<Vec<WireHash>, PathError> {
    let failed = |source| PathError {
        index,
        leaves: leaves.len(),
        source,
    };
    let mut frontier = Frontier::new();
    let mut nodes = BTreeMap::new();
    for leaf in leaves {
        for node in frontier.append(*leaf).map_err(failed)? {
            nodes.insert((node.level, node.index), node.hash);
        }
    }
    let proof = prove_inclusion(&nodes, index, frontier.size()).map_err(failed)?;
    Ok(proof.path().iter().map(|hash| Hash(*hash).into()).collect())
}
