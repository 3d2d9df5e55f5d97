//! The one spelling of a bundle, and its digest.

use super::Bundle;
use crate::api::WireHash;
use nexus_types::Hash;
use thiserror::Error;

/// Bytes of a bundle file: a zone of 1,000 record sets of 8 KiB in base64 is 11 MB, and light blocks of 64 validators
/// take 40 KB each.
pub const MAX_BUNDLE_BYTES: usize = 32 * 1024 * 1024;

/// Bytes that `,"digest":"…"}` takes at the end of the JSON: 11 up to the hexadecimal digits, 64 of these, `"` and `}`.
const DIGEST_MEMBER_BYTES: usize = 11 + 64 + 1 + 1;

/// Why bytes are no bundle.
#[derive(Debug, Error)]
pub enum BundleError {
    /// Larger than [`MAX_BUNDLE_BYTES`].
    #[error("the bundle has {bytes} bytes, more than the {MAX_BUNDLE_BYTES} a bundle may have")]
    TooLarge {
        /// How many.
        bytes: usize,
    },
    /// No JSON, or not of this shape.
    #[error("the file is no bundle of format nexus-bundle/2: {0}")]
    Json(#[from] serde_json::Error),
    /// The right shape in a second spelling.
    #[error(
        "the file is not in the one canonical spelling of a bundle: it differs from it at byte {at}"
    )]
    NotCanonical {
        /// The first byte that differs, from 0.
        at: usize,
    },
    /// The contents changed after the digest was made.
    #[error("the contents hash to {computed}, but the file's digest says {stated}")]
    Digest {
        /// What the file says.
        stated: WireHash,
        /// What its contents hash to.
        computed: WireHash,
    },
}

impl Bundle {
    /// The canonical file.
    ///
    /// # Errors
    /// [`BundleError::Json`] if a value cannot be written, [`BundleError::TooLarge`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(BundleError::TooLarge { bytes: bytes.len() });
        }
        Ok(bytes)
    }

    /// Reads a file and insists on the canonical spelling. It does not look at the digest: see [`Self::check_digest`].
    ///
    /// # Errors
    /// [`BundleError::TooLarge`], [`BundleError::Json`] or [`BundleError::NotCanonical`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(BundleError::TooLarge { bytes: bytes.len() });
        }
        let bundle: Self = serde_json::from_slice(bytes)?;
        let canonical = bundle.to_bytes()?;
        if canonical == bytes {
            return Ok(bundle);
        }
        let same = canonical.iter().zip(bytes).take_while(|(a, b)| a == b);
        Err(BundleError::NotCanonical { at: same.count() })
    }

    /// SHA-256 of the canonical JSON without the `digest` member.
    ///
    /// # Errors
    /// As [`Self::to_bytes`].
    pub fn compute_digest(&self) -> Result<WireHash, BundleError> {
        let mut bytes = self.to_bytes()?;
        // The digest is the last member and has a fixed width; behind it come `}` and the newline.
        bytes.truncate(bytes.len().saturating_sub(DIGEST_MEMBER_BYTES + 1));
        bytes.push(b'}');
        Ok(Hash::of(&bytes).into())
    }

    /// Compares the digest with the contents.
    ///
    /// # Errors
    /// [`BundleError::Digest`], or as [`Self::to_bytes`].
    pub fn check_digest(&self) -> Result<(), BundleError> {
        let computed = self.compute_digest()?;
        if computed == self.digest {
            Ok(())
        } else {
            Err(BundleError::Digest {
                stated: self.digest,
                computed,
            })
        }
    }
}
