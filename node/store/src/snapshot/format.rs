//! The bytes of metadata and chunks. Each has exactly one encoding, and only that one is read.

use borsh::{BorshDeserialize, BorshSerialize};
use nexus_tree::Hash;
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::Frontier;

use super::{CHUNK_BYTES, FORMAT, MAX_CHUNKS, MAX_METADATA_BYTES, SnapshotError, sha256};
use crate::{MAX_HEIGHT, MAX_KEY_BYTES, MAX_LOG_ID_BYTES, MAX_VALUE_BYTES};

/// What a snapshot is, and the hashes of its chunks. borsh, fields in this order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Metadata {
    /// [`FORMAT`].
    pub format: u32,
    /// The height whose state it is.
    pub height: u64,
    /// Block time of that height, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// What the app hash of that height commits to. The block's own hash is not here, because the app hash does not.
    pub preimage: AppHashPreimage,
    /// State keys in all chunks together.
    pub keys: u64,
    /// Logs with at least one record.
    pub logs: u64,
    /// SHA-256 of each chunk.
    pub chunks: Vec<Hash>,
}

impl Metadata {
    /// Reads metadata from a stranger.
    ///
    /// # Errors
    /// [`SnapshotError::Format`], [`SnapshotError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let refuse = |what: String| SnapshotError::Malformed {
            part: "metadata".to_owned(),
            what,
        };
        if bytes.len() > MAX_METADATA_BYTES {
            return Err(refuse(format!(
                "it has {} bytes, at most {MAX_METADATA_BYTES} are read",
                bytes.len()
            )));
        }
        if let Some(format) = bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
            && format != FORMAT
        {
            return Err(SnapshotError::Format { found: format });
        }
        let metadata: Self = borsh::from_slice(bytes).map_err(|error| refuse(error.to_string()))?;
        if metadata.encode() != bytes {
            return Err(refuse("it is not in its one encoding".to_owned()));
        }
        if !(1..=MAX_HEIGHT).contains(&metadata.height) {
            return Err(refuse(format!(
                "its height {} is none of a block",
                metadata.height
            )));
        }
        if !(1..=MAX_CHUNKS).contains(&metadata.chunks.len()) {
            return Err(refuse(format!(
                "it lists {} chunks; 1 to {MAX_CHUNKS} are read",
                metadata.chunks.len()
            )));
        }
        Ok(metadata)
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Writing into a vector fails for no value of this type: nothing in it is longer than a u32 counts.
        borsh::to_vec(self).unwrap_or_default()
    }

    /// The snapshot's hash: SHA-256 of its metadata.
    #[must_use]
    pub fn hash(&self) -> Hash {
        sha256(&self.encode())
    }

    /// The app hash of its height.
    #[must_use]
    pub fn app_hash(&self) -> Hash {
        self.preimage.hash()
    }

    /// How many chunks it has.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.chunks.len()).unwrap_or(u32::MAX)
    }
}

/// One entry of a chunk.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Entry {
    /// A state key and its value.
    State(Vec<u8>, Vec<u8>),
    /// A log's id and what is needed to append to it.
    Log(Vec<u8>, Frontier),
}

/// One chunk: borsh, fields in this order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Chunk {
    pub(super) format: u32,
    pub(super) index: u32,
    pub(super) entries: Vec<Entry>,
}

/// Bytes before the first entry.
pub(super) const HEADER_BYTES: usize = 12;

impl Chunk {
    /// Reads a chunk whose hash is as listed.
    pub(super) fn decode(index: u32, bytes: &[u8]) -> Result<Self, SnapshotError> {
        let refuse = |what: String| SnapshotError::Malformed {
            part: format!("chunk {index}"),
            what,
        };
        if bytes.len() > CHUNK_BYTES {
            return Err(refuse(format!(
                "it has {} bytes, at most {CHUNK_BYTES} are read",
                bytes.len()
            )));
        }
        let chunk: Self = borsh::from_slice(bytes).map_err(|error| refuse(error.to_string()))?;
        let encoded = borsh::to_vec(&chunk).map_err(|error| refuse(error.to_string()))?;
        if encoded != bytes {
            return Err(refuse("it is not in its one encoding".to_owned()));
        }
        if chunk.format != FORMAT {
            return Err(SnapshotError::Format {
                found: chunk.format,
            });
        }
        if chunk.index != index {
            return Err(refuse(format!("it says that it is chunk {}", chunk.index)));
        }
        chunk
            .entries
            .iter()
            .try_for_each(check_entry)
            .map_err(refuse)?;
        Ok(chunk)
    }
}

fn check_entry(entry: &Entry) -> Result<(), String> {
    match entry {
        Entry::State(key, _) if key.len() > MAX_KEY_BYTES => {
            Err(format!("a state key has {} bytes", key.len()))
        }
        Entry::State(_, value) if value.len() > MAX_VALUE_BYTES => {
            Err(format!("a state value has {} bytes", value.len()))
        }
        Entry::Log(id, _) if !(1..=MAX_LOG_ID_BYTES).contains(&id.len()) => {
            Err(format!("a log's id has {} bytes", id.len()))
        }
        Entry::Log(_, frontier) if frontier.size() == 0 => Err("a log without a record".to_owned()),
        Entry::State(..) | Entry::Log(..) => Ok(()),
    }
}
