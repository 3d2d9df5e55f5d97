//! The 17 gates: numbers and names, constants of the binary (law §3).

use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// One of the 17 gates. The number is its identity everywhere: code 20NN, file `gNN_…`, documents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
#[expect(
    missing_docs,
    reason = "each variant's meaning is its entry in `name` and `rule`"
)]
pub enum Gate {
    IdentityBinding = 1,
    ImvuIsolation = 2,
    DomainOwnership = 3,
    DnsAuthority = 4,
    MailAttribution = 5,
    RevenueMetering = 6,
    ResourceQuota = 7,
    NetworkPath = 8,
    Jurisdiction = 9,
    ConsentLogging = 10,
    AuditLogging = 11,
    ImmutableSnapshots = 12,
    ExitPortability = 13,
    NoSilentRedirection = 14,
    NoSilentThrottling = 15,
    NoCrossLeakage = 16,
    PlatformNonRepudiation = 17,
}

impl Gate {
    /// All gates in order.
    pub const ALL: [Self; 17] = [
        Self::IdentityBinding,
        Self::ImvuIsolation,
        Self::DomainOwnership,
        Self::DnsAuthority,
        Self::MailAttribution,
        Self::RevenueMetering,
        Self::ResourceQuota,
        Self::NetworkPath,
        Self::Jurisdiction,
        Self::ConsentLogging,
        Self::AuditLogging,
        Self::ImmutableSnapshots,
        Self::ExitPortability,
        Self::NoSilentRedirection,
        Self::NoSilentThrottling,
        Self::NoCrossLeakage,
        Self::PlatformNonRepudiation,
    ];

    /// 1–17.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The gate of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.number() == number)
    }

    /// The name in the constitution (handshake-55-45-17.md).
    pub fn name(self) -> &'static str {
        match self {
            Self::IdentityBinding => "Identity Binding",
            Self::ImvuIsolation => "IMVU Isolation",
            Self::DomainOwnership => "Domain Ownership Clarity",
            Self::DnsAuthority => "DNS Authority Scoping",
            Self::MailAttribution => "Mail Attribution",
            Self::RevenueMetering => "Revenue Metering",
            Self::ResourceQuota => "Resource Quota Enforcement",
            Self::NetworkPath => "Network Path Governance",
            Self::Jurisdiction => "Jurisdiction Tagging",
            Self::ConsentLogging => "Consent Logging",
            Self::AuditLogging => "Audit Logging",
            Self::ImmutableSnapshots => "Immutable Snapshots",
            Self::ExitPortability => "Exit Portability",
            Self::NoSilentRedirection => "No Silent Redirection",
            Self::NoSilentThrottling => "No Silent Throttling",
            Self::NoCrossLeakage => "No Cross-IMVU Leakage",
            Self::PlatformNonRepudiation => "Platform Non-Repudiation",
        }
    }

    /// What it decides, in one sentence.
    pub fn rule(self) -> &'static str {
        match self {
            Self::IdentityBinding => {
                "Every action is signed by a verified, unrevoked identity that holds the role the action needs."
            }
            Self::ImvuIsolation => {
                "An IMVU runs only on a host whose attested capabilities isolate it from every other."
            }
            Self::DomainOwnership => {
                "A name is bound to exactly one IMVU; no ancestor or descendant of it belongs to another."
            }
            Self::DnsAuthority => {
                "Records change only by the owner, inside its own apex, and only if the zone stays valid."
            }
            Self::MailAttribution => {
                "Mail leaves only from an address inside a bound domain, granted to an identity."
            }
            Self::RevenueMetering => {
                "Usage counts only when a registered meter measured it; nothing runs where a meter is missing."
            }
            Self::ResourceQuota => {
                "The sum of guaranteed quotas stays within capacity, and one quota within the largest envelope."
            }
            Self::NetworkPath => {
                "Routes respect the IMVU's path policy, and the policy changes only with the creator's approval."
            }
            Self::Jurisdiction => {
                "Every IMVU carries a jurisdiction from the governed list; its resources stay inside it."
            }
            Self::ConsentLogging => {
                "Consent is an append-only, gapless sequence of salted commitments."
            }
            Self::AuditLogging => {
                "Every decision writes its audit entry in the same write; no action removes one."
            }
            Self::ImmutableSnapshots => {
                "A snapshot the creator asks for can't be refused, and its digest never changes."
            }
            Self::ExitPortability => "Nobody but the creator can stop an exit.",
            Self::NoSilentRedirection => {
                "The platform changes no route, DNS record or mail route without the creator's approval."
            }
            Self::NoSilentThrottling => "No field of a quota falls without the creator's approval.",
            Self::NoCrossLeakage => {
                "No action refers to another IMVU's volume, subnet, mailbox or secret."
            }
            Self::PlatformNonRepudiation => {
                "Platform actions carry the officers' own signatures and enter the signed platform log."
            }
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gate {} ({})", self.number(), self.name())
    }
}

impl BorshSerialize for Gate {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.number().serialize(writer)
    }
}

impl BorshDeserialize for Gate {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Self::from_number(u8::deserialize_reader(reader)?)
            .ok_or_else(|| Error::from(ErrorKind::InvalidData))
    }
}
