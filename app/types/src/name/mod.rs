//! Domain names: one canonicaliser before any look-up of who owns what (law §8).
//!
//! A [`Name`] is stored as lower-case ASCII labels joined by dots, without a trailing dot. Its labels
//! hold letters, digits, hyphens, and where a record's owner may, underscores or one leftmost `*`;
//! nothing in it needs escaping, so the text is unambiguous.

mod punycode;

use crate::encoding::not_canonical;
use crate::limits::{APEX_BYTES, LABEL_BYTES, NAME_BYTES};
use alloc::string::String;
use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A canonical domain name of at least two labels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Name(String);

/// Why a text is no name here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum NameFault {
    /// A byte outside letters, digits, hyphen, underscore, `*` and dot (escapes and non-ASCII dots included).
    Character,
    /// An empty label.
    EmptyLabel,
    /// A label over 63 octets.
    LabelTooLong,
    /// The name is over 253 octets, or an apex over 200.
    TooLong,
    /// Fewer than two labels.
    TooFewLabels,
    /// A label starts or ends with a hyphen.
    Hyphen,
    /// Hyphens at positions 3 and 4 without being a valid A-label (RFC 5891 §4.2.3.1, RFC 3492).
    Punycode,
    /// The last label is all digits.
    NumericTop,
    /// An underscore where this name may have none.
    Underscore,
    /// `*` anywhere but alone in the leftmost label.
    Wildcard,
    /// An internationalised label in a platform name (law §8: only external domains may have them).
    International,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Character => "a character that no name here may have (only a–z, 0–9, hyphen, and dots between labels)",
            Self::EmptyLabel => "an empty label",
            Self::LabelTooLong => "a label over 63 octets",
            Self::TooLong => "too long",
            Self::TooFewLabels => "fewer than two labels",
            Self::Hyphen => "a label that starts or ends with a hyphen",
            Self::Punycode => "a label with hyphens at positions 3 and 4 that is no valid A-label",
            Self::NumericTop => "a last label of digits only",
            Self::Underscore => "an underscore where this name may have none",
            Self::Wildcard => "a * that is not the whole leftmost label",
            Self::International => "an internationalised label, which platform names may not have",
        })
    }
}

impl core::error::Error for NameFault {}

impl Name {
    /// The one canonicaliser: folds ASCII case, drops one trailing dot, checks every label.
    ///
    /// # Errors
    /// The first [`NameFault`]. Escapes, Unicode dots and white space are faults, never folded.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*' | b'.'))
        {
            return Err(NameFault::Character);
        }
        if text.len() > NAME_BYTES {
            return Err(NameFault::TooLong);
        }
        let name = Self(text.to_ascii_lowercase());
        for (position, label) in name.labels().enumerate() {
            check_label(label, position == 0)?;
        }
        let top = name.labels().next_back().unwrap_or("");
        if top.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NameFault::NumericTop);
        }
        if name.label_count() < 2 {
            return Err(NameFault::TooFewLabels);
        }
        Ok(name)
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The labels, leftmost first.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.')
    }

    /// How many labels.
    pub fn label_count(&self) -> usize {
        self.labels().count()
    }

    /// The name without its leftmost label, while two labels are left.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_once('.')?;
        rest.contains('.').then(|| Self(rest.into()))
    }

    /// Whether this is `other` or a name below it.
    pub fn is_at_or_below(&self, other: &Self) -> bool {
        self == other || self.is_below(other)
    }

    /// Whether this is a proper descendant of `other`.
    pub fn is_below(&self, other: &Self) -> bool {
        self.0
            .strip_suffix(other.as_str())
            .is_some_and(|head| head.ends_with('.'))
    }

    /// Whether every label is letters, digits and hyphens only (a host name, RFC 1123 §2.1).
    ///
    /// # Errors
    /// [`NameFault::Underscore`] or [`NameFault::Wildcard`].
    pub fn check_host(&self) -> Result<(), NameFault> {
        if self.0.contains('_') {
            return Err(NameFault::Underscore);
        }
        if self.0.contains('*') {
            Err(NameFault::Wildcard)
        } else {
            Ok(())
        }
    }

    /// Whether this may be an apex: a host name of at most 200 octets.
    ///
    /// # Errors
    /// What [`Self::check_host`] finds, or [`NameFault::TooLong`].
    pub fn check_apex(&self) -> Result<(), NameFault> {
        self.check_host()?;
        if self.0.len() > APEX_BYTES {
            Err(NameFault::TooLong)
        } else {
            Ok(())
        }
    }

    /// Whether this may be a platform name: an apex without internationalised labels.
    ///
    /// # Errors
    /// What [`Self::check_apex`] finds, or [`NameFault::International`].
    pub fn check_platform_name(&self) -> Result<(), NameFault> {
        self.check_apex()?;
        if self.labels().any(|label| label.starts_with("xn--")) {
            Err(NameFault::International)
        } else {
            Ok(())
        }
    }
}

fn check_label(label: &str, leftmost: bool) -> Result<(), NameFault> {
    if label.is_empty() {
        return Err(NameFault::EmptyLabel);
    }
    if label.len() > LABEL_BYTES {
        return Err(NameFault::LabelTooLong);
    }
    if label.contains('*') {
        return if leftmost && label == "*" {
            Ok(())
        } else {
            Err(NameFault::Wildcard)
        };
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(NameFault::Hyphen);
    }
    if label.get(2..4) == Some("--")
        && !label.strip_prefix("xn--").is_some_and(punycode::is_a_label)
    {
        return Err(NameFault::Punycode);
    }
    Ok(())
}

impl BorshDeserialize for Name {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let text = crate::encoding::Text::<NAME_BYTES>::deserialize_reader(reader)?;
        match Self::parse(text.as_str()) {
            Ok(name) if name.as_str() == text.as_str() => Ok(name),
            _ => Err(not_canonical("name")),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({})", self.0)
    }
}

impl core::str::FromStr for Name {
    type Err = NameFault;

    fn from_str(text: &str) -> Result<Self, NameFault> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
