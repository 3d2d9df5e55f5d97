//! DKIM public keys and how a zone publishes them (RFC 6376 §3.6.1, RFC 8463).

use crate::crypto::KeyBytes;
use crate::encoding::{Bytes, DecodeError, List, Set, Text, not_canonical};
use crate::limits::{DKIM_TTL, LABEL_BYTES, RSA_BITS_MAX, RSA_BITS_MIN, RSA_KEY_BYTES};
use crate::name::{Name, NameFault};
use crate::rrset::{RData, RRset, RecordType};
use alloc::string::String;
use alloc::vec::Vec;
use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// Bytes of one character string of a TXT record (RFC 1035 §3.3.14).
const STRING_BYTES: usize = 255;

/// A selector: one label of 1–63 lower-case letters, digits and inner hyphens. RFC 6376 §3.1 lets selectors have dots; ours
/// have none, so that a selector is one label in every zone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Selector(Text<LABEL_BYTES>);

impl Selector {
    /// Reads a selector exactly as written.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond 63 bytes, [`DecodeError::NotCanonical`] for any other spelling.
    pub fn new(text: &str) -> Result<Self, DecodeError> {
        let checked = Text::new(text)?;
        let bytes = text.as_bytes();
        let spelled = bytes
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-');
        let ends = [bytes.first(), bytes.last()];
        let bounded = ends.iter().all(|end| end.is_some_and(|byte| *byte != b'-'));
        if spelled && bounded {
            Ok(Self(checked))
        } else {
            Err(DecodeError::NotCanonical)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Where a domain publishes the key: `<selector>._domainkey.<domain>`.
    ///
    /// # Errors
    /// [`NameFault::TooLong`], or [`NameFault::Punycode`] of a selector that looks like an A-label and is none.
    pub fn owner(&self, domain: &Name) -> Result<Name, NameFault> {
        Name::parse(&alloc::format!("{self}._domainkey.{domain}"))
    }
}

impl BorshDeserialize for Selector {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let text = Text::<LABEL_BYTES>::deserialize_reader(reader)?;
        Self::new(text.as_str()).map_err(|_| not_canonical("selector"))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Selector({})", self.0)
    }
}

/// An RSA public key of 2048 to 4096 bits as a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1, RFC 8017 §A.1.1), each length in
/// its one spelling, so that one key is one byte string. What its modulus is made of, nobody can see.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct RsaKey(Bytes<RSA_KEY_BYTES>);

impl RsaKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] beyond the bytes of a 4096-bit key, [`DecodeError::NotCanonical`] for anything else that
    /// is no such key in DER.
    pub fn new(der: &[u8]) -> Result<Self, DecodeError> {
        let checked = Bytes::new(der)?;
        match modulus_bits(der) {
            Some(bits) if (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) => Ok(Self(checked)),
            _ => Err(DecodeError::NotCanonical),
        }
    }

    /// The DER bytes.
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Bits of the modulus.
    pub fn bits(&self) -> usize {
        modulus_bits(self.0.as_slice()).unwrap_or(0)
    }
}

impl BorshDeserialize for RsaKey {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let der = Bytes::<RSA_KEY_BYTES>::deserialize_reader(reader)?;
        Self::new(der.as_slice()).map_err(|_| not_canonical("RSA key"))
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaKey({} bits)", self.bits())
    }
}

/// `AlgorithmIdentifier` of rsaEncryption: SEQUENCE { OID 1.2.840.113549.1.1.1, NULL }.
const RSA_ENCRYPTION: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
/// Bytes of a public exponent: larger ones serve nobody (NIST SP 800-56B allows 256 bits; every verifier takes 65537).
const EXPONENT_BYTES: usize = 4;

/// The modulus's bits, if the bytes are exactly an RSA key's `SubjectPublicKeyInfo` in DER.
fn modulus_bits(der: &[u8]) -> Option<usize> {
    let body = whole(element(der, SEQUENCE)?)?;
    let key = body.strip_prefix(&RSA_ENCRYPTION)?;
    // No unused bits in the last byte.
    let key = whole(element(key, BIT_STRING)?)?.strip_prefix(&[0])?;
    let (modulus, rest) = element(whole(element(key, SEQUENCE)?)?, INTEGER)?;
    let exponent = positive(whole(element(rest, INTEGER)?)?)?;
    let modulus = positive(modulus)?;
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let one = exponent == [1];
    if !odd(modulus) || !odd(exponent) || one || exponent.len() > EXPONENT_BYTES {
        return None;
    }
    let zeros = usize::try_from(modulus.first()?.leading_zeros()).ok()?;
    modulus.len().checked_mul(8)?.checked_sub(zeros)
}

/// The content of the DER element in front, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first != tag {
        return None;
    }
    let (short, rest) = rest.split_first()?;
    let (len, rest) = match short {
        0..=0x7f => (usize::from(*short), rest),
        0x81 => {
            let (len, rest) = rest.split_first()?;
            (*len > 0x7f).then_some((usize::from(*len), rest))?
        }
        0x82 => {
            let (len, rest) = rest.split_first_chunk::<2>()?;
            let len = u16::from_be_bytes(*len);
            (len > 0xff).then_some((usize::from(len), rest))?
        }
        _ => return None,
    };
    rest.split_at_checked(len)
}

/// An element's content, where nothing follows it.
fn whole<'a>((content, rest): (&'a [u8], &'a [u8])) -> Option<&'a [u8]> {
    rest.is_empty().then_some(content)
}

/// The magnitude of a positive INTEGER in its shortest spelling.
fn positive(content: &[u8]) -> Option<&[u8]> {
    match content {
        [0, high, ..] => (*high > 0x7f).then(|| content.get(1..)).flatten(),
        [high, ..] => (1..=0x7f).contains(high).then_some(content),
        [] => None,
    }
}

/// A public key that verifies mail.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum DkimPublicKey {
    /// `rsa-sha256` (RFC 6376).
    Rsa(RsaKey),
    /// `ed25519-sha256` (RFC 8463). Admitted as every other key is before it enters the state.
    Ed25519(KeyBytes),
}

impl DkimPublicKey {
    /// The value of the record's `k=` tag.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa",
            Self::Ed25519(_) => "ed25519",
        }
    }

    /// The bytes whose base64 is the record's `p=` tag.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Rsa(key) => key.as_slice(),
            Self::Ed25519(key) => &key.0,
        }
    }

    /// The record set that publishes the key, or that it is revoked (an empty `p=`).
    ///
    /// # Errors
    /// [`DecodeError::TooLong`]: never for a key within its bounds.
    pub fn rrset(&self, revoked: bool) -> Result<RRset, DecodeError> {
        let public = if revoked {
            String::new()
        } else {
            base64(self.as_slice())
        };
        let text = alloc::format!("v=DKIM1; k={}; p={public}", self.algorithm());
        let strings: Result<Vec<Bytes<STRING_BYTES>>, DecodeError> = text
            .as_bytes()
            .chunks(STRING_BYTES)
            .map(Bytes::new)
            .collect();
        let data = RData::Txt(List::new(strings?)?);
        Ok(RRset {
            rtype: RecordType::Txt,
            ttl: DKIM_TTL,
            records: Set::new(alloc::vec![data])?,
        })
    }
}

/// Base64 with padding (RFC 4648 §4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for (place, shift) in [18u32, 12, 6, 0].into_iter().enumerate() {
            let six = usize::try_from(group >> shift & 63).unwrap_or(0);
            let letter = ALPHABET.get(six).filter(|_| place <= chunk.len());
            text.push(letter.map_or('=', |byte| char::from(*byte)));
        }
    }
    text
}
