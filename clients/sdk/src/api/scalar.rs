//! Values that JSON carries as text, each with one spelling out and a checked parser in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nexus_types::crypto::{KeyBytes, Signature};
use nexus_types::ids::{HostId, MeterId};
use nexus_types::{Hash, IdentityId, ImvuId, Name, jurisdiction::Jurisdiction};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// What the law calls a label: 3–32 characters.
pub(super) const LABEL_PATTERN: &str = "^[a-z][a-z0-9-]{1,30}[a-z0-9]$";

/// A value with a text form in JSON.
pub trait Spelled: Sized {
    /// The schema's name.
    const NAME: &'static str;
    /// A regular expression every spelling matches (ECMA 262).
    const PATTERN: &'static str;
    /// What the text is, for schemas and errors.
    const EXPECTED: &'static str;

    /// Reads the text; none if it is no such value.
    fn parse(text: &str) -> Option<Self>;

    /// Writes the text.
    fn spell(&self) -> String;
}

/// A `T` that is text in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Wire<T>(pub T);

/// A `u64` as a decimal string. A JSON integer is understood too, never sent.
pub type WireU64 = Wire<u64>;
/// A `u128` as a decimal string.
pub type WireU128 = Wire<u128>;
/// 32 bytes as 64 hexadecimal digits.
pub type WireHash = Wire<Hash>;
/// An identity's id: 64 hexadecimal digits.
pub type WireIdentity = Wire<IdentityId>;
/// An IMVU's id, such as `IMVU-042`.
pub type WireImvu = Wire<ImvuId>;
/// A host's name, such as `host-1`.
pub type WireHost = Wire<HostId>;
/// A meter's name, such as `host-1-cpu`.
pub type WireMeter = Wire<MeterId>;
/// A jurisdiction tag, such as `EU-GDPR`.
pub type WireJurisdiction = Wire<Jurisdiction>;
/// A domain name in any spelling the law's canonicaliser takes; sent in canonical form.
pub type WireName = Wire<Name>;
/// An Ed25519 public key: 64 hexadecimal digits.
pub type WireKey = Wire<KeyBytes>;
/// An Ed25519 signature: 128 hexadecimal digits.
pub type WireSignature = Wire<Signature>;
/// A validator's address, as CometBFT names it: 40 upper-case hexadecimal digits.
pub type WireAddress = Wire<[u8; 20]>;

/// Bytes as hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct HexBytes(pub Vec<u8>);

/// Bytes as hexadecimal digits, lower case.
pub type Hex = Wire<HexBytes>;

/// Bytes in standard base64, with padding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Base64Bytes(pub Vec<u8>);

/// Bytes in standard base64, with padding.
pub type Base64 = Wire<Base64Bytes>;

impl Hex {
    /// The bytes, to be written as hexadecimal digits.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(HexBytes(bytes.into()))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0.0
    }
}

impl Base64 {
    /// The bytes, to be written as base64.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Base64Bytes(bytes.into()))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0.0
    }
}

impl Spelled for u64 {
    const NAME: &'static str = "U64";
    const PATTERN: &'static str = "^(0|[1-9][0-9]{0,19})$";
    const EXPECTED: &'static str = "an unsigned 64-bit number as a decimal string";

    fn parse(text: &str) -> Option<Self> {
        is_decimal(text).then(|| text.parse().ok()).flatten()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for u128 {
    const NAME: &'static str = "U128";
    const PATTERN: &'static str = "^(0|[1-9][0-9]{0,38})$";
    const EXPECTED: &'static str = "an unsigned 128-bit number as a decimal string";

    fn parse(text: &str) -> Option<Self> {
        is_decimal(text).then(|| text.parse().ok()).flatten()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

/// Digits without a sign and without leading zeros.
pub(super) fn is_decimal(text: &str) -> bool {
    text.bytes().all(|digit| digit.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}

impl Spelled for Hash {
    const NAME: &'static str = "Hash";
    const PATTERN: &'static str = "^[0-9a-f]{64}$";
    const EXPECTED: &'static str = "64 hexadecimal digits (32 bytes)";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for IdentityId {
    const NAME: &'static str = "IdentityId";
    const PATTERN: &'static str = "^[0-9a-f]{64}$";
    const EXPECTED: &'static str = "an identity's id, 64 hexadecimal digits";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for ImvuId {
    const NAME: &'static str = "ImvuId";
    const PATTERN: &'static str = "^[A-Z][A-Z0-9-]{1,30}[A-Z0-9]$";
    const EXPECTED: &'static str =
        "an IMVU's id, 3–32 of A–Z, 0–9 and hyphen, starting with a letter";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for HostId {
    const NAME: &'static str = "HostId";
    const PATTERN: &'static str = LABEL_PATTERN;
    const EXPECTED: &'static str =
        "a host's name, 3–32 of a–z, 0–9 and hyphen, starting with a letter";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for MeterId {
    const NAME: &'static str = "MeterId";
    const PATTERN: &'static str = LABEL_PATTERN;
    const EXPECTED: &'static str =
        "a meter's name, 3–32 of a–z, 0–9 and hyphen, starting with a letter";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for Jurisdiction {
    const NAME: &'static str = "Jurisdiction";
    const PATTERN: &'static str = "^[A-Z0-9-]{2,16}$";
    const EXPECTED: &'static str = "a jurisdiction tag, 2–16 of A–Z, 0–9 and hyphen";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for Name {
    const NAME: &'static str = "Name";
    const PATTERN: &'static str = "^[A-Za-z0-9_*.-]{3,254}$";
    const EXPECTED: &'static str = "a domain name of at least two labels, without escapes";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    fn spell(&self) -> String {
        self.to_string()
    }
}

impl Spelled for KeyBytes {
    const NAME: &'static str = "PublicKey";
    const PATTERN: &'static str = "^[0-9a-f]{64}$";
    const EXPECTED: &'static str = "an Ed25519 public key, 64 hexadecimal digits";

    fn parse(text: &str) -> Option<Self> {
        fixed(text).map(Self)
    }

    fn spell(&self) -> String {
        hex::encode(self.0)
    }
}

impl Spelled for Signature {
    const NAME: &'static str = "Signature";
    const PATTERN: &'static str = "^[0-9a-f]{128}$";
    const EXPECTED: &'static str = "an Ed25519 signature, 128 hexadecimal digits";

    fn parse(text: &str) -> Option<Self> {
        fixed(text).map(Self)
    }

    fn spell(&self) -> String {
        hex::encode(self.0)
    }
}

impl Spelled for [u8; 20] {
    const NAME: &'static str = "ValidatorAddress";
    const PATTERN: &'static str = "^[0-9A-F]{40}$";
    const EXPECTED: &'static str = "a validator's address, 40 hexadecimal digits";

    fn parse(text: &str) -> Option<Self> {
        fixed(text)
    }

    fn spell(&self) -> String {
        hex::encode_upper(self)
    }
}

impl Spelled for HexBytes {
    const NAME: &'static str = "Hex";
    const PATTERN: &'static str = "^([0-9a-f]{2})*$";
    const EXPECTED: &'static str = "an even number of hexadecimal digits";

    fn parse(text: &str) -> Option<Self> {
        hex::decode(text).ok().map(Self)
    }

    fn spell(&self) -> String {
        hex::encode(&self.0)
    }
}

impl Spelled for Base64Bytes {
    const NAME: &'static str = "Base64";
    const PATTERN: &'static str = "^[A-Za-z0-9+/]*={0,2}$";
    const EXPECTED: &'static str = "standard base64 with padding";

    fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().map(Self)
    }

    fn spell(&self) -> String {
        STANDARD.encode(&self.0)
    }
}

fn fixed<const LEN: usize>(text: &str) -> Option<[u8; LEN]> {
    let mut bytes = [0u8; LEN];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

impl<T: Spelled> fmt::Display for Wire<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.spell())
    }
}

impl<T> From<T> for Wire<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Spelled> Serialize for Wire<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.spell())
    }
}

impl<'de, T: Spelled> Deserialize<'de> for Wire<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `deserialize_any`, because a number is understood where a decimal string is meant.
        deserializer
            .deserialize_any(TextVisitor(std::marker::PhantomData))
            .map(Self)
    }
}

struct TextVisitor<T>(std::marker::PhantomData<T>);

impl<T: Spelled> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(&shown(text)), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        if T::NAME == u64::NAME {
            self.visit_str(&number.to_string())
        } else {
            Err(E::invalid_type(Unexpected::Unsigned(number), &self))
        }
    }
}

/// Longest part of a wrong value that an error repeats, in characters.
const SHOWN_CHARS: usize = 80;

fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

impl<T: Spelled> JsonSchema for Wire<T> {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": T::PATTERN,
            "description": T::EXPECTED,
        })
    }
}
