//! SHA-256 values and the one way to make a tagged one.

use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use sha2::{Digest, Sha256};

/// A SHA-256 value, 32 bytes; shown as 64 lower-case hexadecimal digits.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, BorshSerialize, BorshDeserialize,
)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// SHA-256 of the bytes as they are.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// SHA-256(`tag` ‖ parts…). The tag ends in a zero byte so that no tag is the prefix of another.
    pub fn tagged(tag: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(tag.as_bytes());
        hasher.update([0]);
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A nibble as a lower-case hexadecimal digit.
const fn digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0'.wrapping_add(nibble),
        _ => b'a'.wrapping_add(nibble.wrapping_sub(10)),
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All digits at once: a block has thousands of hashes, and each call of the formatter costs more than a digit.
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        f.write_str(core::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl core::str::FromStr for Hash {
    type Err = HexFault;

    fn from_str(text: &str) -> Result<Self, HexFault> {
        parse_hex(text).map(Self)
    }
}

/// A text that is not exactly the hexadecimal digits it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexFault;

impl fmt::Display for HexFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected 64 hexadecimal digits (32 bytes)")
    }
}

impl core::error::Error for HexFault {}

/// Reads 64 hexadecimal digits of either case.
pub fn parse_hex(text: &str) -> Result<[u8; 32], HexFault> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return Err(HexFault);
    }
    let mut out = [0u8; 32];
    for (slot, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else {
            return Err(HexFault);
        };
        *slot = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Ok(out)
}

fn nibble(digit: u8) -> Result<u8, HexFault> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
        .ok_or(HexFault)
}
