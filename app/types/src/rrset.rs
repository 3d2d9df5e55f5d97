//! Typed DNS record sets: never presentation text (law §8).

use crate::encoding::{Bytes, List, Set, Text, not_canonical};
use crate::limits::{RDATA_BLOB_BYTES, RECORDS_PER_RRSET, STRINGS_PER_TXT, SVC_PARAMS};
use crate::name::Name;
use alloc::vec::Vec;
use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// The record types a creator may publish (law §8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
#[expect(
    missing_docs,
    reason = "the variants are the mnemonics of the IANA registry"
)]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Mx,
    Txt,
    Srv,
    Caa,
    Tlsa,
    Sshfp,
    Https,
    Svcb,
    Ptr,
}

impl RecordType {
    /// All types, in encoding order.
    pub const ALL: [Self; 12] = [
        Self::A,
        Self::Aaaa,
        Self::Cname,
        Self::Mx,
        Self::Txt,
        Self::Srv,
        Self::Caa,
        Self::Tlsa,
        Self::Sshfp,
        Self::Https,
        Self::Svcb,
        Self::Ptr,
    ];

    /// The mnemonic.
    pub fn mnemonic(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Txt => "TXT",
            Self::Srv => "SRV",
            Self::Caa => "CAA",
            Self::Tlsa => "TLSA",
            Self::Sshfp => "SSHFP",
            Self::Https => "HTTPS",
            Self::Svcb => "SVCB",
            Self::Ptr => "PTR",
        }
    }

    /// The number in the IANA registry of resource record types.
    pub fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Aaaa => 28,
            Self::Cname => 5,
            Self::Mx => 15,
            Self::Txt => 16,
            Self::Srv => 33,
            Self::Caa => 257,
            Self::Tlsa => 52,
            Self::Sshfp => 44,
            Self::Https => 65,
            Self::Svcb => 64,
            Self::Ptr => 12,
        }
    }

    /// Whether the owner of such a record may have labels with underscores (law §8).
    pub fn allows_underscore(self) -> bool {
        matches!(
            self,
            Self::Txt | Self::Srv | Self::Tlsa | Self::Cname | Self::Svcb | Self::Https
        )
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mnemonic())
    }
}

impl core::str::FromStr for RecordType {
    type Err = UnknownRecordType;

    fn from_str(text: &str) -> Result<Self, UnknownRecordType> {
        Self::ALL
            .into_iter()
            .find(|rtype| rtype.mnemonic().eq_ignore_ascii_case(text))
            .ok_or(UnknownRecordType)
    }
}

/// A record type that creators cannot publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRecordType;

impl fmt::Display for UnknownRecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected one of A AAAA CNAME MX TXT SRV CAA TLSA SSHFP HTTPS SVCB PTR")
    }
}

impl core::error::Error for UnknownRecordType {}

/// One service parameter (RFC 9460 §2.2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
pub struct SvcParam {
    /// The key's number.
    pub key: u16,
    /// The value in wire form.
    pub value: Bytes<RDATA_BLOB_BYTES>,
}

/// The data of an SVCB or HTTPS record (RFC 9460); parameters in ascending order of key, each once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize)]
pub struct Service {
    /// 0 is an alias.
    pub priority: u16,
    /// The target; none is the root, the owner itself.
    pub target: Option<Name>,
    /// The parameters.
    pub params: List<SvcParam, SVC_PARAMS>,
}

impl BorshDeserialize for Service {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let priority = u16::deserialize_reader(reader)?;
        let target = Option::<Name>::deserialize_reader(reader)?;
        let params = List::<SvcParam, SVC_PARAMS>::deserialize_reader(reader)?;
        let keys = params.as_slice();
        if keys
            .iter()
            .zip(keys.iter().skip(1))
            .all(|(a, b)| a.key < b.key)
        {
            Ok(Self {
                priority,
                target,
                params,
            })
        } else {
            Err(not_canonical("service parameters are not ascending"))
        }
    }
}

/// The data of one record. Names in it are canonical.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
#[expect(
    missing_docs,
    reason = "variants and fields are those of the records' own RFCs, named in each line"
)]
pub enum RData {
    /// RFC 1035.
    A([u8; 4]),
    /// RFC 3596.
    Aaaa([u8; 16]),
    /// RFC 1035.
    Cname(Name),
    /// RFC 1035.
    Mx { preference: u16, exchange: Name },
    /// RFC 1035: character strings of 1–255 octets.
    Txt(List<Bytes<255>, STRINGS_PER_TXT>),
    /// RFC 2782.
    Srv {
        priority: u16,
        weight: u16,
        port: u16,
        target: Name,
    },
    /// RFC 8659.
    Caa {
        critical: bool,
        tag: Text<15>,
        value: Bytes<255>,
    },
    /// RFC 6698.
    Tlsa {
        usage: u8,
        selector: u8,
        matching: u8,
        data: Bytes<RDATA_BLOB_BYTES>,
    },
    /// RFC 4255.
    Sshfp {
        algorithm: u8,
        kind: u8,
        fingerprint: Bytes<64>,
    },
    /// RFC 9460.
    Https(Service),
    /// RFC 9460.
    Svcb(Service),
    /// RFC 1035.
    Ptr(Name),
}

impl RData {
    /// The type of record this is the data of.
    pub fn rtype(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::Aaaa,
            Self::Cname(_) => RecordType::Cname,
            Self::Mx { .. } => RecordType::Mx,
            Self::Txt(_) => RecordType::Txt,
            Self::Srv { .. } => RecordType::Srv,
            Self::Caa { .. } => RecordType::Caa,
            Self::Tlsa { .. } => RecordType::Tlsa,
            Self::Sshfp { .. } => RecordType::Sshfp,
            Self::Https(_) => RecordType::Https,
            Self::Svcb(_) => RecordType::Svcb,
            Self::Ptr(_) => RecordType::Ptr,
        }
    }

    /// Octets of the data on the wire, names uncompressed.
    pub fn wire_len(&self) -> usize {
        let name = |name: &Name| name.as_str().len().saturating_add(2);
        match self {
            Self::A(_) => 4,
            Self::Aaaa(_) => 16,
            Self::Cname(target) | Self::Ptr(target) => name(target),
            Self::Mx { exchange, .. } => name(exchange).saturating_add(2),
            Self::Txt(strings) => strings.as_slice().iter().fold(0usize, |sum, string| {
                sum.saturating_add(string.as_slice().len())
                    .saturating_add(1)
            }),
            Self::Srv { target, .. } => name(target).saturating_add(6),
            Self::Caa { tag, value, .. } => tag
                .as_str()
                .len()
                .saturating_add(value.as_slice().len())
                .saturating_add(2),
            Self::Tlsa { data, .. } => data.as_slice().len().saturating_add(3),
            Self::Sshfp { fingerprint, .. } => fingerprint.as_slice().len().saturating_add(2),
            Self::Https(service) | Self::Svcb(service) => service.params.as_slice().iter().fold(
                3usize.saturating_add(service.target.as_ref().map_or(0, name)),
                |sum, param| {
                    sum.saturating_add(param.value.as_slice().len())
                        .saturating_add(4)
                },
            ),
        }
    }

    /// The names this data points at that must exist as hosts (MX, SRV) or as an alias (CNAME).
    pub fn target(&self) -> Option<&Name> {
        match self {
            Self::Cname(target) => Some(target),
            Self::Mx { exchange, .. } => Some(exchange),
            Self::Srv { target, .. } => Some(target),
            _ => None,
        }
    }
}

/// A record set: one TTL, 1–32 different records of one type.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RRset {
    /// The type of every record in it.
    pub rtype: RecordType,
    /// Seconds.
    pub ttl: u32,
    /// The data, ascending, no duplicates.
    pub records: Set<RData, RECORDS_PER_RRSET>,
}

impl RRset {
    /// Octets of all data on the wire.
    pub fn wire_len(&self) -> usize {
        self.records
            .as_slice()
            .iter()
            .fold(0usize, |sum, data| sum.saturating_add(data.wire_len()))
    }

    /// The targets of [`RData::target`], ascending.
    pub fn targets(&self) -> Vec<Name> {
        self.records
            .as_slice()
            .iter()
            .filter_map(RData::target)
            .cloned()
            .collect()
    }
}
