//! State keys: one type byte, then the id. Frozen by a test; no key literal stands anywhere else.

mod domain;
mod exit;
mod governance;
mod kind;
mod mail;
mod rights;

pub use domain::{
    child_grant, delegation, external_claim, external_claims_of, external_name,
    external_names_below, transfer_key,
};
pub use exit::{exit, imvu_names, period_roots};
pub use governance::{
    denied_name, former_keys, governance, observers, registers, seat_changes, upgrade_plan,
};
pub use kind::KeyKind;
pub use mail::{
    dkim_key, mail_address, mail_book, mail_credential, mail_cursor, mail_index, mail_item,
    mail_route,
};
pub use rights::{
    consents, consents_of, erasure, erasures_of, snapshot, snapshots, snapshots_of, stay,
};

use crate::encoding::encode;
use crate::hash::Hash;
use crate::host::{AgentKind, Item};
use crate::ids::{HostId, IdentityId, ImvuId, MeterId, ProcessorId};
use crate::jurisdiction::Jurisdiction;
use crate::log::CollectionKind;
use crate::money::{AccountId, ExternalId};
use crate::name::Name;
use crate::period::Period;
use crate::route::Prefix;
use crate::rrset::RecordType;
use crate::state::TimedItem;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

/// Bytes of a key that are kept in place: but for names and payments, all are shorter.
const IN_PLACE: usize = 40;

/// A key of the authenticated state. Its SHA-256 is the path in the sparse Merkle tree.
#[derive(Clone)]
pub struct StateKey(Kept);

#[derive(Clone)]
enum Kept {
    /// The first `len` bytes.
    InPlace { bytes: [u8; IN_PLACE], len: u8 },
    /// Any others.
    Apart(Vec<u8>),
}

impl StateKey {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Kept::InPlace { bytes, len } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Kept::Apart(bytes) => bytes,
        }
    }

    /// The bytes, as a store takes them.
    pub fn into_bytes(self) -> Vec<u8> {
        match self.0 {
            Kept::InPlace { .. } => self.as_bytes().to_vec(),
            Kept::Apart(bytes) => bytes,
        }
    }

    /// A key read back from a store.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        let mut place = [0; IN_PLACE];
        match (place.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(room), Ok(len)) => {
                room.copy_from_slice(&bytes);
                Self(Kept::InPlace { bytes: place, len })
            }
            _ => Self(Kept::Apart(bytes)),
        }
    }

    /// What kind of object stands behind the key.
    pub fn kind(&self) -> Option<KeyKind> {
        KeyKind::ALL
            .into_iter()
            .find(|kind| Some(&kind.byte()) == self.as_bytes().first())
    }

    /// The key without its type byte.
    pub fn id(&self) -> &[u8] {
        self.as_bytes().get(1..).unwrap_or_default()
    }
}

impl PartialEq for StateKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for StateKey {}

impl PartialOrd for StateKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StateKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl fmt::Debug for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StateKey(")?;
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

impl KeyKind {
    fn key(self, id: &[u8]) -> StateKey {
        let mut place = [0; IN_PLACE];
        let len = id.len().saturating_add(1);
        if let (Some([kind, room @ ..]), Ok(short)) = (place.get_mut(..len), u8::try_from(len)) {
            *kind = self.byte();
            room.copy_from_slice(id);
            return StateKey(Kept::InPlace {
                bytes: place,
                len: short,
            });
        }
        let mut bytes = Vec::with_capacity(len);
        bytes.push(self.byte());
        bytes.extend_from_slice(id);
        StateKey(Kept::Apart(bytes))
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

/// [`crate::guardian::Guardianship`]: 32-byte id.
pub fn guardianship(id: &IdentityId) -> StateKey {
    KeyKind::Guardianship.key(id.0.as_bytes())
}

/// [`crate::guardian::Team`]: the IMVU id's text.
pub fn team(id: &ImvuId) -> StateKey {
    KeyKind::Team.key(id.as_str().as_bytes())
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

/// [`TimedItem`] due by block time: due (milliseconds, big-endian) ‖ SHA-256 of the item.
pub fn due(due_ms: u64, item: &TimedItem) -> StateKey {
    let mut bytes = due_ms.to_be_bytes().to_vec();
    bytes.extend_from_slice(Hash::of(&encode(item)).as_bytes());
    KeyKind::Due.key(&bytes)
}

/// The range of items due by block time at or before `due_ms`: from the first, to before the second.
pub fn due_range(due_ms: u64) -> (StateKey, StateKey) {
    (
        KeyKind::Due.key(&[]),
        KeyKind::Due.key(&due_ms.saturating_add(1).to_be_bytes()),
    )
}

/// [`crate::money::Account`]: borsh of its id.
pub fn account(id: &AccountId) -> StateKey {
    KeyKind::Account.key(&encode(id))
}

/// [`crate::money::PriceList`]: version, big-endian.
pub fn prices(version: u32) -> StateKey {
    KeyKind::Prices.key(&version.to_be_bytes())
}

/// [`crate::money::PriceBook`].
pub fn price_book() -> StateKey {
    KeyKind::PriceBook.key(&[])
}

/// [`crate::money::TaxRates`]: borsh of the region.
pub fn tax_rates(region: &Jurisdiction) -> StateKey {
    KeyKind::TaxRates.key(&encode(region))
}

/// [`crate::billing::Periods`].
pub fn periods() -> StateKey {
    KeyKind::Periods.key(&[])
}

/// [`crate::payment::Processor`]: the name's text.
pub fn processor(id: &ProcessorId) -> StateKey {
    KeyKind::Processor.key(id.0.as_str().as_bytes())
}

/// `()`: borsh(IMVU id) ‖ borsh(processor), where the creator lets the processor book.
pub fn link(id: &ImvuId, processor: &ProcessorId) -> StateKey {
    KeyKind::Link.key(&encode(&(id, processor)))
}

/// [`crate::payment::Payment`]: borsh(processor) ‖ borsh(its name there).
pub fn payment(processor: &ProcessorId, external: &ExternalId) -> StateKey {
    KeyKind::Payment.key(&encode(&(processor, external)))
}

/// [`crate::payment::Dispute`]: its 32-byte id.
pub fn dispute(id: &Hash) -> StateKey {
    KeyKind::Dispute.key(id.as_bytes())
}

/// [`crate::payment::Payout`]: its 32-byte id.
pub fn payout(id: &Hash) -> StateKey {
    KeyKind::Payout.key(id.as_bytes())
}

/// [`crate::payment::Bucket`]: the creator's 32-byte id ‖ day, big-endian.
pub fn bucket(creator: &IdentityId, day: u64) -> StateKey {
    let mut bytes = creator.0.as_bytes().to_vec();
    bytes.extend_from_slice(&day.to_be_bytes());
    KeyKind::Bucket.key(&bytes)
}

/// [`crate::payment::Mandates`]: the IMVU id's text.
pub fn mandates(id: &ImvuId) -> StateKey {
    KeyKind::Mandates.key(id.as_str().as_bytes())
}

/// `()`: the payer's 32-byte id ‖ the IMVU id's text, where that payer owes for that IMVU.
pub fn debtor(payer: &IdentityId, id: &ImvuId) -> StateKey {
    let mut bytes = payer.0.as_bytes().to_vec();
    bytes.extend_from_slice(id.as_str().as_bytes());
    KeyKind::Debtor.key(&bytes)
}

/// The range of all debts of one payer: from the first, to before the second.
pub fn debts_of(payer: &IdentityId) -> (StateKey, StateKey) {
    let mut bytes = payer.0.as_bytes().to_vec();
    let from = KeyKind::Debtor.key(&bytes);
    // An IMVU's id is ASCII.
    bytes.push(u8::MAX);
    (from, KeyKind::Debtor.key(&bytes))
}

/// [`crate::payment::Enforcement`]: the IMVU id's text.
pub fn enforcement(id: &ImvuId) -> StateKey {
    KeyKind::Enforcement.key(id.as_str().as_bytes())
}

/// [`crate::payment::StandingConsents`]: the IMVU id's text.
pub fn standing_consents(id: &ImvuId) -> StateKey {
    KeyKind::StandingConsents.key(id.as_str().as_bytes())
}

/// [`crate::billing::Billing`]: the IMVU id's text ‖ zero byte ‖ period, big-endian, so that an IMVU's keys sort by it.
pub fn billing(id: &ImvuId, period: Period) -> StateKey {
    let mut bytes = id.as_str().as_bytes().to_vec();
    bytes.push(0);
    bytes.extend_from_slice(&period.0.to_be_bytes());
    KeyKind::Billing.key(&bytes)
}

/// The range of all periods of one IMVU: from the first, to before the second.
pub fn billings_of(id: &ImvuId) -> (StateKey, StateKey) {
    let mut bytes = id.as_str().as_bytes().to_vec();
    bytes.push(0);
    let from = KeyKind::Billing.key(&bytes);
    if let Some(last) = bytes.last_mut() {
        *last = 1;
    }
    (from, KeyKind::Billing.key(&bytes))
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
        StateKey::from_bytes(alloc::vec![kind.byte().saturating_add(1)]),
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
