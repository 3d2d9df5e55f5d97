//! Jurisdiction tags (gate 9): `EU-GDPR`, `US-CCPA`, …

use crate::encoding::{DecodeError, Text, not_canonical};
use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A tag of 2–16 of `A–Z 0–9 -`. Which tags exist is a governed list in state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Jurisdiction(Text<16>);

impl Jurisdiction {
    /// Reads a tag exactly as written.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond 16 bytes, [`DecodeError::NotCanonical`] for any other spelling.
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        let checked = Text::new(text)?;
        let spelled = text.len() >= 2
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
        if spelled {
            Ok(Self(checked))
        } else {
            Err(DecodeError::NotCanonical)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl BorshDeserialize for Jurisdiction {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let text = Text::<16>::deserialize_reader(reader)?;
        Self::new(text.as_str()).map_err(|_| not_canonical("jurisdiction"))
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jurisdiction({})", self.0)
    }
}
