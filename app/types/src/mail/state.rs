//! The mail objects of an IMVU as they stand in the state, and the book over all of them.

use super::{DkimPublicKey, MailRoute, Selector};
use crate::encoding::{Set, encode};
use crate::hash::Hash;
use crate::ids::{HostId, IdentityId, ImvuId};
use crate::jurisdiction::Jurisdiction;
use crate::limits::ADDRESSES_PER_CREDENTIAL;
use crate::name::Name;
use crate::time::{Height, Time};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// What one address may do at most. A day is a UTC day by the agent's clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct AddressLimits {
    /// Messages submitted a day.
    pub messages_day: u64,
    /// Recipients of them a day.
    pub recipients_day: u64,
    /// Bytes kept in its mailbox.
    pub storage_bytes: u64,
}

/// An address granted to an identity.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Address {
    /// The address: see [`super::commitment`].
    pub local: Hash,
    /// Whose mailbox.
    pub imvu: ImvuId,
    /// The domain.
    pub domain: Name,
    /// Who sends and receives under it.
    pub holder: IdentityId,
    /// What it may do.
    pub limits: AddressLimits,
    /// Where the mailbox may be.
    pub jurisdiction: Jurisdiction,
    /// When it was granted.
    pub granted: Height,
}

/// Where a domain's mail goes, and how often that was set. A removed route stays until its domain is released, so that
/// versions never repeat.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MailRouteRecord {
    /// Whose domain.
    pub imvu: ImvuId,
    /// The domain.
    pub domain: Name,
    /// Where to; none: the domain takes no mail.
    pub route: Option<MailRoute>,
    /// How often it was set or removed.
    pub version: u64,
}

/// A DKIM key. It stays after its revocation until its domain is released, so that no selector is ever another key's.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct DkimKey {
    /// Whose domain.
    pub imvu: ImvuId,
    /// The domain.
    pub domain: Name,
    /// Its selector.
    pub selector: Selector,
    /// The public key.
    pub key: DkimPublicKey,
    /// Who registered it: the owner, or a mail agent.
    pub by: IdentityId,
    /// When.
    pub registered: Height,
    /// When it was revoked, if it was.
    pub revoked: Option<Height>,
}

/// A secret that an identity submits mail with.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Credential {
    /// Its id.
    pub id: Hash,
    /// Whose mailboxes.
    pub imvu: ImvuId,
    /// Who sends with it.
    pub holder: IdentityId,
    /// From which addresses; never none.
    pub addresses: Set<Hash, ADDRESSES_PER_CREDENTIAL>,
    /// See [`super::secret_hash`].
    pub secret: Hash,
    /// Law time up to which.
    pub expires: Time,
    /// Messages a day at most.
    pub messages_day: u64,
    /// When it was set.
    pub set: Height,
}

/// The name of a mail object within its IMVU, by which its book is sorted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum MailItem {
    /// An address, by its commitment.
    Address(Hash),
    /// A credential, by its id.
    Credential(Hash),
    /// A domain's route.
    Route(Name),
    /// A DKIM key, by domain and selector.
    DkimKey(Name, Selector),
}

/// Any mail object. Its borsh bytes are the record whose RFC 6962 leaf hash stands in the book's root.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum MailObject {
    /// An address.
    Address(Address),
    /// A credential.
    Credential(Credential),
    /// A domain's route.
    Route(MailRouteRecord),
    /// A DKIM key.
    DkimKey(DkimKey),
}

impl MailObject {
    /// Its name.
    pub fn item(&self) -> MailItem {
        match self {
            Self::Address(address) => MailItem::Address(address.local),
            Self::Credential(credential) => MailItem::Credential(credential.id),
            Self::Route(route) => MailItem::Route(route.domain.clone()),
            Self::DkimKey(key) => MailItem::DkimKey(key.domain.clone(), key.selector.clone()),
        }
    }

    /// Whose it is.
    pub fn imvu(&self) -> &ImvuId {
        match self {
            Self::Address(address) => &address.imvu,
            Self::Credential(credential) => &credential.imvu,
            Self::Route(route) => &route.imvu,
            Self::DkimKey(key) => &key.imvu,
        }
    }

    /// The bytes of the object alone, as they stand behind its state key.
    pub fn state_bytes(&self) -> Vec<u8> {
        match self {
            Self::Address(address) => encode(address),
            Self::Credential(credential) => encode(credential),
            Self::Route(route) => encode(route),
            Self::DkimKey(key) => encode(key),
        }
    }
}

/// One object in the book's table of contents.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MailEntry {
    /// Which.
    pub item: MailItem,
    /// RFC 6962 leaf hash of its [`MailObject`].
    pub hash: Hash,
}

/// The book's table of contents, ascending by item.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct MailIndex {
    /// The objects.
    pub entries: Vec<MailEntry>,
}

/// What all mail objects of an IMVU are, by hash (law §7), and what its mail agents must know beside them.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MailBook {
    /// Whose.
    pub imvu: ImvuId,
    /// How often anything in it changed.
    pub version: u64,
    /// Addresses in it.
    pub addresses: u32,
    /// Credentials in it.
    pub credentials: u32,
    /// Domains whose mail was ever routed.
    pub routes: u32,
    /// DKIM keys in it, the revoked ones as well.
    pub keys: u32,
    /// RFC 6962 root over the leaf hashes of all objects, ascending by [`MailItem`].
    pub root: Hash,
    /// Tokens of an earlier epoch are void.
    pub token_epoch: u64,
}

/// How far one agent's commitments for one IMVU have come.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct MailCursor {
    /// The last epoch.
    pub epoch: u64,
    /// The last sequence.
    pub last_seq: u64,
    /// Messages in all epochs.
    pub messages: u64,
    /// Recipients in all epochs.
    pub recipients: u64,
    /// Bytes in all epochs.
    pub bytes: u64,
    /// When the last epoch was recorded.
    pub at: Height,
}

/// One epoch of an agent's mail for an IMVU: an entry of the IMVU's collection.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MailEpoch {
    /// Its place in the collection.
    pub sequence: u64,
    /// The audit entry that recorded it.
    pub audit: u64,
    /// When.
    pub height: Height,
    /// When: block time.
    pub time: Time,
    /// Whose mail.
    pub imvu: ImvuId,
    /// By which agent.
    pub agent: IdentityId,
    /// Of which host.
    pub host: HostId,
    /// The IMVU's slot there.
    pub slot: u32,
    /// 1 for the agent's first of this IMVU, one more at each.
    pub epoch: u64,
    /// The first sequence in it.
    pub first_seq: u64,
    /// The last sequence in it.
    pub last_seq: u64,
    /// RFC 6962 root over one leaf for each sequence, in order.
    pub root: Hash,
    /// Messages accepted.
    pub messages: u64,
    /// Recipients of them in all.
    pub recipients: u64,
    /// Bytes of them in all.
    pub bytes: u64,
}
