//! The app hash: the one hash that CometBFT's headers carry for everything the ledger holds.
//!
//! # For an implementer
//!
//! `app_hash = SHA-256(preimage)`, where the preimage is these 307 bytes in this order:
//!
//! | bytes | content |
//! |---|---|
//! | 11 | the ASCII text `nexus/app/1` |
//! | 32 | `constants`: hash of the law's constants (split, gate numbers and names) |
//! | 32 | `delay_profile`: hash of the delays in force, so that a shortened profile cannot hide |
//! | 32 | `state_root`: root of the sparse Merkle tree ([`crate::smt`]) |
//! | 5 × 40 | for each log in the order audit, platform, consent, usage, headers: its size as u64 **big-endian**, then its root |
//!
//! It holds no height and no time: a block that changes nothing leaves the app hash as it was. It travels beside each
//! proof in borsh: the three hashes, then five times (size as u64 **little-endian**, root), 296 bytes.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::Hash;
use crate::log::LogHead;
use crate::sha::sha256;

/// Domain tag that opens the preimage; its number changes with the preimage's layout.
pub const APP_HASH_TAG: &[u8; 11] = b"nexus/app/1";

/// Bytes that are hashed: tag, three hashes, five logs of 8 + 32 bytes.
pub const APP_HASH_PREIMAGE_BYTES: usize = 11 + 3 * 32 + LOG_COUNT * (8 + 32);

/// Number of logs under the app hash.
pub const LOG_COUNT: usize = 5;

/// The logs under the app hash, in their order within the preimage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum LogId {
    /// Every applied or denied action.
    Audit = 0,
    /// Actions of the platform on someone's IMVU.
    Platform = 1,
    /// Commitments to consents and their erasures.
    Consent = 2,
    /// Metered usage.
    Usage = 3,
    /// The hash of each block's header.
    Headers = 4,
}

impl LogId {
    /// All logs in the order of the preimage.
    pub const ALL: [Self; LOG_COUNT] = [
        Self::Audit,
        Self::Platform,
        Self::Consent,
        Self::Usage,
        Self::Headers,
    ];
}

/// Everything the app hash commits to. Compare [`Self::hash`] with the app hash of a verified header before believing
/// any field.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AppHashPreimage {
    /// Hash of the law's constants.
    pub constants: Hash,
    /// Hash of the delay profile in force.
    pub delay_profile: Hash,
    /// Root of the sparse Merkle tree over the state.
    pub state_root: Hash,
    /// Heads of the logs, indexed by [`LogId`].
    pub logs: [LogHead; LOG_COUNT],
}

impl AppHashPreimage {
    /// The app hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        sha256(&[&self.bytes()])
    }

    /// The bytes that are hashed, laid out as the module's table says.
    #[must_use]
    pub fn bytes(&self) -> [u8; APP_HASH_PREIMAGE_BYTES] {
        let sizes = self.logs.map(|head| head.size.to_be_bytes());
        let fixed = [
            APP_HASH_TAG.as_slice(),
            &self.constants,
            &self.delay_profile,
            &self.state_root,
        ];
        let logs = sizes
            .iter()
            .zip(&self.logs)
            .flat_map(|(size, head)| [size.as_slice(), &head.root]);
        let mut bytes = [0; APP_HASH_PREIMAGE_BYTES];
        let source = fixed.into_iter().chain(logs).flatten();
        for (to, from) in bytes.iter_mut().zip(source) {
            *to = *from;
        }
        bytes
    }

    /// The head of one log.
    #[must_use]
    pub fn log(&self, id: LogId) -> LogHead {
        let [audit, platform, consent, usage, headers] = self.logs;
        match id {
            LogId::Audit => audit,
            LogId::Platform => platform,
            LogId::Consent => consent,
            LogId::Usage => usage,
            LogId::Headers => headers,
        }
    }
}
