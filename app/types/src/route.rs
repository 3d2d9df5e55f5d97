//! Routes and path policy of an IMVU (gates 8 and 14).

use crate::encoding::{Set, not_canonical};
use crate::jurisdiction::Jurisdiction;
use crate::limits::{POLICY_NEXT_HOPS, POLICY_TRANSIT};
use alloc::string::String;
use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IP address, four or sixteen octets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Address {
    /// IPv4, network order.
    V4([u8; 4]),
    /// IPv6, network order.
    V6([u8; 16]),
}

impl Address {
    /// The bits of the address: 32 or 128.
    pub fn bits(&self) -> u8 {
        match self {
            Self::V4(_) => 32,
            Self::V6(_) => 128,
        }
    }

    fn octets(&self) -> &[u8] {
        match self {
            Self::V4(octets) => octets,
            Self::V6(octets) => octets,
        }
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::V4(v4.octets()),
            IpAddr::V6(v6) => Self::V6(v6.octets()),
        }
    }
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        match address {
            Address::V4(octets) => Self::V4(Ipv4Addr::from(octets)),
            Address::V6(octets) => Self::V6(Ipv6Addr::from(octets)),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        IpAddr::from(*self).fmt(f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An IP prefix in canonical form: the bits below the length are zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Prefix {
    address: Address,
    length: u8,
}

impl Prefix {
    /// A prefix, if `length` fits the family and no bit is set below it.
    pub fn new(address: Address, length: u8) -> Option<Self> {
        let fits = length <= address.bits();
        let clean = (length..address.bits()).all(|bit| !bit_at(address.octets(), bit));
        (fits && clean).then_some(Self { address, length })
    }

    /// The network address.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The prefix length in bits.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Whether the address lies in the prefix (of the same family).
    pub fn contains(&self, address: &Address) -> bool {
        self.address.bits() == address.bits()
            && (0..self.length)
                .all(|bit| bit_at(self.address.octets(), bit) == bit_at(address.octets(), bit))
    }
}

fn bit_at(octets: &[u8], bit: u8) -> bool {
    octets
        .get(usize::from(bit >> 3))
        .is_some_and(|octet| octet & (0x80u8 >> (bit & 7)) != 0)
}

impl BorshDeserialize for Prefix {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let address = Address::deserialize_reader(reader)?;
        let length = u8::deserialize_reader(reader)?;
        Self::new(address, length).ok_or_else(|| not_canonical("prefix has bits below its length"))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::str::FromStr for Prefix {
    type Err = PrefixFault;

    fn from_str(text: &str) -> Result<Self, PrefixFault> {
        let (address, length) = text.split_once('/').ok_or(PrefixFault)?;
        let address: IpAddr = address.parse().map_err(|_| PrefixFault)?;
        Self::new(address.into(), length.parse().map_err(|_| PrefixFault)?).ok_or(PrefixFault)
    }
}

/// A text that is no prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefixFault;

impl fmt::Display for PrefixFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "expected ADDRESS/LENGTH with no bits set below the length, such as 203.0.113.0/24",
        )
    }
}

impl core::error::Error for PrefixFault {}

/// Where traffic of one prefix goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Route {
    /// What is routed.
    pub prefix: Prefix,
    /// Where it goes next.
    pub next_hop: Address,
}

/// One change of an IMVU's routing table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum RouteChange {
    /// Adds the route, or replaces that of the same prefix.
    Set(Route),
    /// Removes the route of this prefix.
    Remove(Prefix),
}

impl RouteChange {
    /// The prefix the change is about.
    pub fn prefix(&self) -> Prefix {
        match self {
            Self::Set(route) => route.prefix,
            Self::Remove(prefix) => *prefix,
        }
    }
}

/// What the creator allows traffic to pass through.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct PathPolicy {
    /// Prefixes a next hop must lie in unless the creator authored the route; empty: none.
    pub next_hops: Set<Prefix, POLICY_NEXT_HOPS>,
    /// Jurisdictions traffic may transit; empty: the IMVU's own only.
    pub transit: Set<Jurisdiction, POLICY_TRANSIT>,
    /// Whether new outbound flows are allowed without a rule of their own.
    pub egress_open: bool,
}

impl fmt::Display for PathPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hops = String::new();
        for prefix in self.next_hops.as_slice() {
            hops.push_str(&alloc::format!(" {prefix}"));
        }
        write!(
            f,
            "next hops:{hops}; egress {}",
            if self.egress_open { "open" } else { "closed" }
        )
    }
}
