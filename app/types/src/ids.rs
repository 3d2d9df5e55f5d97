//! Identifiers: chains, identities, IMVUs, seats.

use crate::crypto::KeyBytes;
use crate::encoding::{DecodeError, Text, not_canonical};
use crate::hash::{Hash, HexFault};
use crate::limits::{CHAIN_ID_BYTES, IMVU_ID_BYTES, LABEL_ID_BYTES};
use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A chain's name, as CometBFT knows it.
pub type ChainId = Text<CHAIN_ID_BYTES>;

/// An identity: the tagged hash of its first key. It stays the same across rotations (law §2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct IdentityId(pub Hash);

impl IdentityId {
    /// The identity that a first key founds.
    pub fn from_key(key: &KeyBytes) -> Self {
        Self(Hash::tagged("nexus/identity/v1", &[&key.0]))
    }
}

impl fmt::Display for IdentityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for IdentityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityId({})", self.0)
    }
}

impl core::str::FromStr for IdentityId {
    type Err = HexFault;

    fn from_str(text: &str) -> Result<Self, HexFault> {
        text.parse().map(Self)
    }
}

/// An IMVU's name, such as `IMVU-042`: 3–32 of `A–Z 0–9 -`, starting with a letter, no hyphen at the end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct ImvuId(Text<IMVU_ID_BYTES>);

impl ImvuId {
    /// Reads an IMVU id exactly as written.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond 32 bytes, [`DecodeError::NotCanonical`] for any other spelling.
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        let checked = Text::new(text)?;
        let bytes = text.as_bytes();
        let spelled = bytes.len() >= 3
            && bytes.first().is_some_and(u8::is_ascii_uppercase)
            && bytes.last().is_some_and(|byte| *byte != b'-')
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'-');
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

impl BorshDeserialize for ImvuId {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let text = Text::<IMVU_ID_BYTES>::deserialize_reader(reader)?;
        Self::new(text.as_str()).map_err(|_| not_canonical("IMVU id"))
    }
}

impl fmt::Display for ImvuId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ImvuId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImvuId({})", self.0)
    }
}

/// The name of a host, a meter or a processor, such as `host-1`: 3–32 of `a–z 0–9 -`, starting with a letter, no hyphen at
/// the end. Fits a DNS label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Label(Text<LABEL_ID_BYTES>);

impl Label {
    /// Reads a label exactly as written.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond 32 bytes, [`DecodeError::NotCanonical`] for any other spelling.
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        let checked = Text::new(text)?;
        let bytes = text.as_bytes();
        let spelled = bytes.len() >= 3
            && bytes.first().is_some_and(u8::is_ascii_lowercase)
            && bytes.last().is_some_and(|byte| *byte != b'-')
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-');
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

impl BorshDeserialize for Label {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let text = Text::<LABEL_ID_BYTES>::deserialize_reader(reader)?;
        Self::new(text.as_str()).map_err(|_| not_canonical("label"))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({})", self.0)
    }
}

/// A host's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
pub struct HostId(pub Label);

impl HostId {
    /// Reads a host's name; see [`Label::new`].
    ///
    /// # Errors
    /// As [`Label::new`].
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        Label::new(text).map(Self)
    }
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A meter's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
pub struct MeterId(pub Label);

impl MeterId {
    /// Reads a meter's name; see [`Label::new`].
    ///
    /// # Errors
    /// As [`Label::new`].
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        Label::new(text).map(Self)
    }
}

impl fmt::Display for MeterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A payment processor's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
pub struct ProcessorId(pub Label);

impl ProcessorId {
    /// Reads a processor's name; see [`Label::new`].
    ///
    /// # Errors
    /// As [`Label::new`].
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        Label::new(text).map(Self)
    }
}

impl fmt::Display for ProcessorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An organisation that holds one seat and runs one validator (law §9).
pub type SeatName = Text<64>;
