//! Identifiers: chains, identities, IMVUs, seats.

use crate::crypto::KeyBytes;
use crate::encoding::{DecodeError, Text, not_canonical, read_len};
use crate::hash::{Hash, HexFault};
use crate::limits::{CHAIN_ID_BYTES, ID_BYTES};
use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
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

/// The text of an id, in place: each state object has some, many have dozens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spelled {
    /// Zero behind `len`, so that the order is that of the texts.
    bytes: [u8; ID_BYTES],
    len: u8,
}

impl Spelled {
    /// 3–32 of the given letters, digits and hyphens, starting with a letter, no hyphen at the end.
    fn new(text: &str, is_letter: fn(&u8) -> bool) -> Result<Self, DecodeError> {
        let spelled = text.as_bytes();
        let mut bytes = [0; ID_BYTES];
        let Some(place) = bytes.get_mut(..spelled.len()) else {
            return Err(DecodeError::TooLong);
        };
        place.copy_from_slice(spelled);
        let canonical = spelled.len() >= 3
            && spelled.first().is_some_and(is_letter)
            && spelled.last().is_some_and(|byte| *byte != b'-')
            && spelled
                .iter()
                .all(|byte| is_letter(byte) || byte.is_ascii_digit() || *byte == b'-');
        match u8::try_from(spelled.len()) {
            Ok(len) if canonical => Ok(Self { bytes, len }),
            _ => Err(DecodeError::NotCanonical),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn read<R: Read>(
        reader: &mut R,
        is_letter: fn(&u8) -> bool,
        what: &'static str,
    ) -> IoResult<Self> {
        let len = read_len(reader, ID_BYTES, "text")?;
        let mut bytes = [0; ID_BYTES];
        let place = bytes.get_mut(..len).unwrap_or_default();
        reader.read_exact(place)?;
        let text = core::str::from_utf8(place).map_err(|_| Error::from(ErrorKind::InvalidData))?;
        Self::new(text, is_letter).map_err(|_| not_canonical(what))
    }
}

impl BorshSerialize for Spelled {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        u32::from(self.len).serialize(writer)?;
        writer.write_all(self.as_bytes())
    }
}

/// An IMVU's name, such as `IMVU-042`: 3–32 of `A–Z 0–9 -`, starting with a letter, no hyphen at the end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct ImvuId(Spelled);

impl ImvuId {
    /// Reads an IMVU id exactly as written.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond 32 bytes, [`DecodeError::NotCanonical`] for any other spelling.
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        Spelled::new(text, u8::is_ascii_uppercase).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl BorshDeserialize for ImvuId {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Spelled::read(reader, u8::is_ascii_uppercase, "IMVU id").map(Self)
    }
}

impl fmt::Display for ImvuId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ImvuId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImvuId({})", self.as_str())
    }
}

/// The name of a host, a meter or a processor, such as `host-1`: 3–32 of `a–z 0–9 -`, starting with a letter, no hyphen at
/// the end. Fits a DNS label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Label(Spelled);

impl Label {
    /// Reads a label exactly as written.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond 32 bytes, [`DecodeError::NotCanonical`] for any other spelling.
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        Spelled::new(text, u8::is_ascii_lowercase).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl BorshDeserialize for Label {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Spelled::read(reader, u8::is_ascii_lowercase, "label").map(Self)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({})", self.as_str())
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
