//! Strict borsh: one byte string per value, every length bounded before anything is allocated.
//!
//! `decode` refuses trailing bytes, re-encodes and compares. [`Set`] refuses anything but a strictly
//! ascending sequence. No maps, no floats, no unbounded vectors appear in signed types.

use alloc::string::String;
use alloc::vec::Vec;
use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// Why bytes are not a value of the wanted type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes end early, name an unknown variant, or are no value of this type.
    Malformed,
    /// A valid value, then more bytes.
    Trailing,
    /// A value in a second spelling: an unsorted or duplicate set, a name that is not canonical.
    NotCanonical,
    /// A string or collection is longer than its type allows.
    TooLong,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => {
                "the bytes are no value of this type (truncated, or an unknown variant)"
            }
            Self::Trailing => "bytes follow after the value",
            Self::NotCanonical => "the value is not in its one canonical spelling",
            Self::TooLong => "a string or collection is longer than its bound",
        })
    }
}

impl core::error::Error for DecodeError {}

// borsh reports only an io::Error; these kinds carry our three classes through it.
const NOT_CANONICAL: ErrorKind = ErrorKind::AlreadyExists;
const TOO_LONG: ErrorKind = ErrorKind::OutOfMemory;

/// The error a manual `BorshDeserialize` returns for a value in a second spelling.
pub fn not_canonical(what: &'static str) -> Error {
    Error::new(NOT_CANONICAL, what)
}

/// The error a manual `BorshDeserialize` returns for a length beyond its bound.
pub fn too_long(what: &'static str) -> Error {
    Error::new(TOO_LONG, what)
}

/// Decodes exactly one `T` from all of `bytes`.
///
/// # Errors
/// [`DecodeError`]; nothing of `bytes` is kept.
pub fn decode<T: BorshDeserialize + BorshSerialize>(bytes: &[u8]) -> Result<T, DecodeError> {
    let value = decode_own(bytes)?;
    if encode(&value) != bytes {
        return Err(DecodeError::NotCanonical);
    }
    Ok(value)
}

/// Decodes exactly one `T` from all of `bytes`, which [`encode`] has made: whether it would make the same again is not asked.
///
/// # Errors
/// [`DecodeError`]; nothing of `bytes` is kept.
pub fn decode_own<T: BorshDeserialize>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut rest = bytes;
    let value = T::deserialize(&mut rest).map_err(|error| match error.kind() {
        NOT_CANONICAL => DecodeError::NotCanonical,
        TOO_LONG => DecodeError::TooLong,
        _ => DecodeError::Malformed,
    })?;
    if !rest.is_empty() {
        return Err(DecodeError::Trailing);
    }
    Ok(value)
}

/// Encodes a value. Writing to memory cannot fail for the types of this crate.
pub fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    // Measured first: `borsh::to_vec` would take a kibibyte for each value, and state keeps millions of small ones.
    let mut bytes = Vec::with_capacity(borsh::object_length(value).unwrap_or(0));
    match value.serialize(&mut bytes) {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

pub(crate) fn read_len<R: Read>(reader: &mut R, max: usize, what: &'static str) -> IoResult<usize> {
    let len = u32::deserialize_reader(reader)?;
    match usize::try_from(len) {
        Ok(len) if len <= max => Ok(len),
        _ => Err(too_long(what)),
    }
}

fn write_len<W: Write>(writer: &mut W, len: usize) -> IoResult<()> {
    let len = u32::try_from(len).map_err(|_| Error::from(ErrorKind::InvalidInput))?;
    len.serialize(writer)
}

fn read_bytes<R: Read>(reader: &mut R, len: usize) -> IoResult<Vec<u8>> {
    let mut bytes = alloc::vec![0u8; len];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// UTF-8 text of at most `MAX` bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Takes the text if it fits.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond `MAX` bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, DecodeError> {
        let text = text.into();
        if text.len() > MAX {
            Err(DecodeError::TooLong)
        } else {
            Ok(Self(text))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<const MAX: usize> BorshSerialize for Text<MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.0.serialize(writer)
    }
}

impl<const MAX: usize> BorshDeserialize for Text<MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let len = read_len(reader, MAX, "text")?;
        let bytes = read_bytes(reader, len)?;
        String::from_utf8(bytes)
            .map(Self)
            .map_err(|_| Error::from(ErrorKind::InvalidData))
    }
}

/// At most `MAX` bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Bytes<MAX> {
    /// Takes the bytes if they fit.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond `MAX` bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, DecodeError> {
        let bytes = bytes.into();
        if bytes.len() > MAX {
            Err(DecodeError::TooLong)
        } else {
            Ok(Self(bytes))
        }
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> BorshSerialize for Bytes<MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        write_len(writer, self.0.len())?;
        writer.write_all(&self.0)
    }
}

impl<const MAX: usize> BorshDeserialize for Bytes<MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let len = read_len(reader, MAX, "bytes")?;
        read_bytes(reader, len).map(Self)
    }
}

/// At most `MAX` values, in the order given.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> List<T, MAX> {
    /// Takes the values if they fit.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond `MAX` values.
    pub fn new(values: Vec<T>) -> Result<Self, DecodeError> {
        if values.len() > MAX {
            Err(DecodeError::TooLong)
        } else {
            Ok(Self(values))
        }
    }

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The values, owned.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: BorshSerialize, const MAX: usize> BorshSerialize for List<T, MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        write_len(writer, self.0.len())?;
        self.0.iter().try_for_each(|value| value.serialize(writer))
    }
}

impl<T: BorshDeserialize, const MAX: usize> BorshDeserialize for List<T, MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let len = read_len(reader, MAX, "list")?;
        // No capacity from the wire: a value of zero size or a short body must not reserve memory.
        let mut values = Vec::new();
        for _ in 0..len {
            values.push(T::deserialize_reader(reader)?);
        }
        Ok(Self(values))
    }
}

/// At most `MAX` small values, in the order given, held in place; encoded as a [`List`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Few<T, const MAX: usize> {
    /// The default behind `len`.
    values: [T; MAX],
    len: usize,
}

impl<T: Copy + Default, const MAX: usize> Few<T, MAX> {
    /// Takes the values if they fit.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond `MAX` values.
    pub fn new(values: impl AsRef<[T]>) -> Result<Self, DecodeError> {
        let given = values.as_ref();
        let mut few = Self::default();
        let place = few.values.get_mut(..given.len());
        place.ok_or(DecodeError::TooLong)?.copy_from_slice(given);
        few.len = given.len();
        Ok(few)
    }

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        self.values.get(..self.len).unwrap_or_default()
    }
}

impl<T: Copy + Default, const MAX: usize> Default for Few<T, MAX> {
    fn default() -> Self {
        Self {
            values: [T::default(); MAX],
            len: 0,
        }
    }
}

impl<T: Copy + Default + fmt::Debug, const MAX: usize> fmt::Debug for Few<T, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<T: Copy + Default + BorshSerialize, const MAX: usize> BorshSerialize for Few<T, MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.as_slice().serialize(writer)
    }
}

impl<T: Copy + Default + BorshDeserialize, const MAX: usize> BorshDeserialize for Few<T, MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let len = read_len(reader, MAX, "list")?;
        let mut few = Self {
            len,
            ..Self::default()
        };
        for value in few.values.iter_mut().take(len) {
            *value = T::deserialize_reader(reader)?;
        }
        Ok(few)
    }
}

/// At most `MAX` values in strictly ascending order: one spelling per set.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Set<T, const MAX: usize>(Vec<T>);

impl<T: Ord, const MAX: usize> Set<T, MAX> {
    /// Sorts the values and removes duplicates.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond `MAX` different values.
    pub fn new(mut values: Vec<T>) -> Result<Self, DecodeError> {
        values.sort();
        values.dedup();
        if values.len() > MAX {
            Err(DecodeError::TooLong)
        } else {
            Ok(Self(values))
        }
    }

    /// Whether the value is in the set.
    pub fn contains(&self, value: &T) -> bool {
        self.0.binary_search(value).is_ok()
    }

    /// The values, ascending.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<T, const MAX: usize> Default for Set<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: BorshSerialize, const MAX: usize> BorshSerialize for Set<T, MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        write_len(writer, self.0.len())?;
        self.0.iter().try_for_each(|value| value.serialize(writer))
    }
}

impl<T: BorshDeserialize + Ord, const MAX: usize> BorshDeserialize for Set<T, MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let values = List::<T, MAX>::deserialize_reader(reader)?.0;
        let ascending = values.iter().zip(values.iter().skip(1)).all(|(a, b)| a < b);
        if ascending {
            Ok(Self(values))
        } else {
            Err(not_canonical("set is not strictly ascending"))
        }
    }
}
