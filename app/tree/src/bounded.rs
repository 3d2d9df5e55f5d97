//! Decoding of a list of hashes whose length a stranger chose.

use alloc::vec::Vec;

use borsh::BorshDeserialize;
use borsh::io::{Error, ErrorKind, Read, Result};

use crate::Hash;

/// Reads borsh's form of `Vec<Hash>` (count as u32 little-endian, then 32 bytes each), refusing a count above `limit`
/// before any memory is reserved for it.
pub(crate) fn read_hashes<R: Read>(reader: &mut R, limit: usize) -> Result<Vec<Hash>> {
    let count = usize::try_from(u32::deserialize_reader(reader)?).unwrap_or(usize::MAX);
    if count > limit {
        return Err(Error::new(
            ErrorKind::InvalidData,
            "too many hashes in a proof or frontier",
        ));
    }
    let mut hashes = Vec::with_capacity(count);
    for _ in 0..count {
        hashes.push(Hash::deserialize_reader(reader)?);
    }
    Ok(hashes)
}
