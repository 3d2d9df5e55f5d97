//! State keys: one type byte, then the id. Frozen by a test; no key literal stands anywhere else.

use crate::encoding::encode;
use crate::hash::Hash;
use crate::host::{AgentKind, Item};
use crate::ids::{HostId, IdentityId, ImvuId, MeterId};
use crate::log::CollectionKind;
use crate::name::Name;
use crate::route::Prefix;
use crate::rrset::RecordType;
use crate::state::TimedItem;
use alloc::vec::Vec;
use core::fmt;

/// A key of the authenticated state. Its SHA-256 is the path in the sparse Merkle tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateKey(Vec<u8>);

impl StateKey {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, as a store takes them.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// A key read back from a store.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What kind of object stands behind the key.
    pub fn kind(&self) -> Option<KeyKind> {
        KeyKind::ALL
            .into_iter()
            .find(|kind| Some(&kind.byte()) == self.0.first())
    }

    /// The key without its type byte.
    pub fn id(&self) -> &[u8] {
        self.0.get(1..).unwrap_or_default()
    }
}

impl fmt::Debug for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StateKey(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// The kinds of object in the state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(
    missing_docs,
    reason = "each variant is the object of `crate::state` of that name"
)]
pub enum KeyKind {
    Chain,
    Clock,
    Identity,
    Nonce,
    Spent,
    UnattestedSpent,
    Officers,
    Attesters,
    Jurisdictions,
    Apexes,
    Seat,
    Imvu,
    PathPolicy,
    Route,
    Collection,
    Domain,
    NameCount,
    NameCountOf,
    Zone,
    ZoneIndex,
    RRset,
    Proposal,
    Approval,
    Timed,
    Preapproved,
    Host,
    Agent,
    Meter,
    MeterKey,
    Slot,
    Placement,
    Assignment,
    Metering,
}

impl KeyKind {
    /// All kinds.
    pub const ALL: [Self; 33] = [
        Self::Chain,
        Self::Clock,
        Self::Identity,
        Self::Nonce,
        Self::Spent,
        Self::UnattestedSpent,
        Self::Officers,
        Self::Attesters,
        Self::Jurisdictions,
        Self::Apexes,
        Self::Seat,
        Self::Imvu,
        Self::PathPolicy,
        Self::Route,
        Self::Collection,
        Self::Domain,
        Self::NameCount,
        Self::NameCountOf,
        Self::Zone,
        Self::ZoneIndex,
        Self::RRset,
        Self::Proposal,
        Self::Approval,
        Self::Timed,
        Self::Preapproved,
        Self::Host,
        Self::Agent,
        Self::Meter,
        Self::MeterKey,
        Self::Slot,
        Self::Placement,
        Self::Assignment,
        Self::Metering,
    ];

    /// The type byte.
    pub fn byte(self) -> u8 {
        match self {
            Self::Chain => 0x01,
            Self::Clock => 0x02,
            Self::Identity => 0x10,
            Self::Nonce => 0x11,
            Self::Spent => 0x12,
            Self::UnattestedSpent => 0x13,
            Self::Officers => 0x18,
            Self::Attesters => 0x19,
            Self::Jurisdictions => 0x1a,
            Self::Apexes => 0x1b,
            Self::Seat => 0x1c,
            Self::Imvu => 0x20,
            Self::PathPolicy => 0x21,
            Self::Route => 0x22,
            Self::Collection => 0x23,
            Self::Domain => 0x30,
            Self::NameCount => 0x31,
            Self::Zone => 0x32,
            Self::ZoneIndex => 0x33,
            Self::RRset => 0x34,
            Self::NameCountOf => 0x35,
            Self::Proposal => 0x40,
            Self::Approval => 0x41,
            Self::Timed => 0x50,
            Self::Preapproved => 0x51,
            Self::Host => 0x60,
            Self::Agent => 0x61,
            Self::Meter => 0x62,
            Self::MeterKey => 0x63,
            Self::Slot => 0x64,
            Self::Placement => 0x65,
            Self::Assignment => 0x66,
            Self::Metering => 0x67,
        }
    }

    fn key(self, id: &[u8]) -> StateKey {
        let mut bytes = Vec::with_capacity(id.len().saturating_add(1));
        bytes.push(self.byte());
        bytes.extend_from_slice(id);
        StateKey(bytes)
    }
}

/// [`crate::state::ChainRecord`].
pub fn chain() -> StateKey {
    KeyKind::Chain.key(&[])
}

/// [`crate::state::Clock`].
pub fn clock() -> StateKey {
    KeyKind::Clock.key(&[])
}

/// [`crate::state::Identity`]: 32-byte id.
pub fn identity(id: &IdentityId) -> StateKey {
    KeyKind::Identity.key(id.0.as_bytes())
}

/// `u64`, the last nonce spent: id ‖ lane.
pub fn nonce(id: &IdentityId, lane: u8) -> StateKey {
    let mut bytes = id.0.as_bytes().to_vec();
    bytes.push(lane);
    KeyKind::Nonce.key(&bytes)
}

/// [`crate::state::Spent`]: 32-byte id.
pub fn spent(id: &IdentityId) -> StateKey {
    KeyKind::Spent.key(id.0.as_bytes())
}

/// [`crate::state::Spent`] of all registrations without attestation.
pub fn unattested_spent() -> StateKey {
    KeyKind::UnattestedSpent.key(&[])
}

/// [`crate::state::Officers`].
pub fn officers() -> StateKey {
    KeyKind::Officers.key(&[])
}

/// [`crate::state::Attesters`].
pub fn attesters() -> StateKey {
    KeyKind::Attesters.key(&[])
}

/// [`crate::state::Jurisdictions`].
pub fn jurisdictions() -> StateKey {
    KeyKind::Jurisdictions.key(&[])
}

/// [`crate::state::Apexes`].
pub fn apexes() -> StateKey {
    KeyKind::Apexes.key(&[])
}

/// [`crate::state::Seat`]: the validator's 32-byte key.
pub fn seat(key: &crate::crypto::KeyBytes) -> StateKey {
    KeyKind::Seat.key(&key.0)
}

/// [`crate::state::Imvu`]: the id's text.
pub fn imvu(id: &ImvuId) -> StateKey {
    KeyKind::Imvu.key(id.as_str().as_bytes())
}

/// [`crate::route::PathPolicy`]: the IMVU id's text.
pub fn path_policy(id: &ImvuId) -> StateKey {
    KeyKind::PathPolicy.key(id.as_str().as_bytes())
}

/// [`crate::state::RouteRecord`]: borsh(IMVU id) ‖ borsh(prefix).
pub fn route(id: &ImvuId, prefix: &Prefix) -> StateKey {
    let mut bytes = encode(id);
    bytes.extend(encode(prefix));
    KeyKind::Route.key(&bytes)
}

/// [`crate::state::Collection`]: borsh(kind) ‖ borsh of the optional IMVU id.
pub fn collection(kind: CollectionKind, id: Option<&ImvuId>) -> StateKey {
    let mut bytes = encode(&kind);
    bytes.extend(encode(&id));
    KeyKind::Collection.key(&bytes)
}

/// [`crate::state::Domain`]: the canonical name's text.
pub fn domain(name: &Name) -> StateKey {
    KeyKind::Domain.key(name.as_str().as_bytes())
}

/// [`crate::state::NameCount`]: the canonical name's text.
pub fn name_count(name: &Name) -> StateKey {
    KeyKind::NameCount.key(name.as_str().as_bytes())
}

/// [`crate::state::NameCount`] of one IMVU: borsh(name) ‖ borsh(IMVU id).
pub fn name_count_of(name: &Name, id: &ImvuId) -> StateKey {
    let mut bytes = encode(name);
    bytes.extend(encode(id));
    KeyKind::NameCountOf.key(&bytes)
}

/// [`crate::state::Zone`]: the apex's text.
pub fn zone(apex: &Name) -> StateKey {
    KeyKind::Zone.key(apex.as_str().as_bytes())
}

/// [`crate::state::ZoneIndex`]: the apex's text.
pub fn zone_index(apex: &Name) -> StateKey {
    KeyKind::ZoneIndex.key(apex.as_str().as_bytes())
}

/// [`crate::rrset::RRset`]: borsh(apex) ‖ borsh(owner) ‖ borsh(type).
pub fn rrset(apex: &Name, owner: &Name, rtype: RecordType) -> StateKey {
    let mut bytes = encode(apex);
    bytes.extend(encode(owner));
    bytes.extend(encode(&rtype));
    KeyKind::RRset.key(&bytes)
}

/// [`crate::state::Proposal`]: its 32-byte id.
pub fn proposal(id: &Hash) -> StateKey {
    KeyKind::Proposal.key(id.as_bytes())
}

/// [`crate::state::ApprovalRecord`]: the approval's 32-byte id.
pub fn approval(id: &Hash) -> StateKey {
    KeyKind::Approval.key(id.as_bytes())
}

/// [`TimedItem`]: due (milliseconds, big-endian, so that keys sort by it) ‖ SHA-256 of the item.
pub fn timed(due_ms: u64, item: &TimedItem) -> StateKey {
    let mut bytes = due_ms.to_be_bytes().to_vec();
    bytes.extend_from_slice(Hash::of(&encode(item)).as_bytes());
    KeyKind::Timed.key(&bytes)
}

/// [`crate::host::Host`]: the name's text.
pub fn host(id: &HostId) -> StateKey {
    KeyKind::Host.key(id.0.as_str().as_bytes())
}

/// [`crate::host::Agent`]: the 32-byte id of its identity.
pub fn agent(id: &IdentityId) -> StateKey {
    KeyKind::Agent.key(id.0.as_bytes())
}

/// [`crate::meter::Meter`]: the name's text.
pub fn meter(id: &MeterId) -> StateKey {
    KeyKind::Meter.key(id.0.as_str().as_bytes())
}

/// The [`MeterId`] whose key it is: the 32-byte key.
pub fn meter_key(key: &crate::crypto::KeyBytes) -> StateKey {
    KeyKind::MeterKey.key(&key.0)
}

/// [`crate::host::Slot`]: borsh(host) ‖ slot, big-endian, so that keys sort by it.
pub fn slot(host: &HostId, slot: u32) -> StateKey {
    let mut bytes = encode(host);
    bytes.extend_from_slice(&slot.to_be_bytes());
    KeyKind::Slot.key(&bytes)
}

/// [`crate::host::Placement`]: the IMVU id's text.
pub fn placement(id: &ImvuId) -> StateKey {
    KeyKind::Placement.key(id.as_str().as_bytes())
}

/// [`crate::host::Assignment`]: borsh(host) ‖ borsh(kind) ‖ borsh(item), so that one agent's keys stand together.
pub fn assignment(host: &HostId, kind: AgentKind, item: &Item) -> StateKey {
    let mut bytes = encode(host);
    bytes.extend(encode(&kind));
    bytes.extend(encode(item));
    KeyKind::Assignment.key(&bytes)
}

/// The range of all assignments of one agent: from the first, to before the second.
pub fn assignments_of(host: &HostId, kind: AgentKind) -> (StateKey, StateKey) {
    let mut bytes = encode(host);
    bytes.extend(encode(&kind));
    let from = KeyKind::Assignment.key(&bytes);
    // The kind is the prefix's last byte; there are few of them.
    if let Some(last) = bytes.last_mut() {
        *last = last.saturating_add(1);
    }
    (from, KeyKind::Assignment.key(&bytes))
}

/// [`crate::meter::Metering`]: the IMVU id's text.
pub fn metering(id: &ImvuId) -> StateKey {
    KeyKind::Metering.key(id.as_str().as_bytes())
}

/// The range of the routes of one IMVU: from the first, to before the second.
pub fn routes_of(id: &ImvuId) -> (StateKey, StateKey) {
    let bytes = encode(id);
    let mut end = bytes.clone();
    // A prefix begins with the number of its address family, which is far below this.
    end.push(u8::MAX);
    (KeyKind::Route.key(&bytes), KeyKind::Route.key(&end))
}

/// The range of all keys of one kind: from the first, to before the second.
pub fn range_of(kind: KeyKind) -> (StateKey, StateKey) {
    (
        kind.key(&[]),
        StateKey(alloc::vec![kind.byte().saturating_add(1)]),
    )
}

/// The range of timed items due at or before `due_ms`: from the first, to before the second.
pub fn timed_range(due_ms: u64) -> (StateKey, StateKey) {
    (
        KeyKind::Timed.key(&[]),
        KeyKind::Timed.key(&due_ms.saturating_add(1).to_be_bytes()),
    )
}

/// `()`: the canonical text of a name that a development genesis lets anybody claim once.
pub fn preapproved(name: &Name) -> StateKey {
    KeyKind::Preapproved.key(name.as_str().as_bytes())
}

#[cfg(test)]
mod tests;
