//! Mail in the law's words (gates 5, 14 and 16): what creators, officers and mail agents ask for.
//!
//! Local parts of addresses are personal data (law §10): the ledger holds salted commitments, and agents are told the
//! text elsewhere.

mod dkim;
mod state;

pub use dkim::{DkimPublicKey, RsaKey, Selector};
pub use state::{
    Address, AddressLimits, Credential, DkimKey, MailBook, MailCursor, MailEntry, MailEpoch,
    MailIndex, MailItem, MailObject, MailRouteRecord,
};

use crate::encoding::Set;
use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId};
use crate::jurisdiction::Jurisdiction;
use crate::limits::ADDRESSES_PER_CREDENTIAL;
use crate::name::Name;
use crate::time::Time;
use borsh::{BorshDeserialize, BorshSerialize};

/// The tag of [`commitment`].
const ADDRESS_TAG: &str = "nexus/mail-address/v1";

/// What stands for an address on the ledger: SHA-256(`nexus/mail-address/v1` ‖ 0 ‖ salt ‖ address), where `address` is
/// `local part@domain` in UTF-8, the domain in its canonical spelling. The salt is random, or the address could be guessed.
pub fn commitment(salt: &[u8; 32], address: &str) -> Hash {
    Hash::tagged(ADDRESS_TAG, &[salt, address.as_bytes()])
}

/// What a credential's secret is kept as: SHA-256(`nexus/mail-secret/v1` ‖ 0 ‖ secret). The secret has full entropy (at
/// least 128 random bits), so that a plain hash of it may be public; never one that a person chose.
pub fn secret_hash(secret: &[u8]) -> Hash {
    Hash::tagged("nexus/mail-secret/v1", &[secret])
}

/// The owner gives an identity an address under a domain of its IMVU.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct GrantAddress {
    /// Whose mailbox.
    pub imvu: ImvuId,
    /// The domain, bound to that IMVU.
    pub domain: Name,
    /// The address: see [`commitment`].
    pub local: Hash,
    /// Who sends and receives under it.
    pub holder: IdentityId,
    /// Within the IMVU's mail quota.
    pub limits: AddressLimits,
    /// Where the mailbox may be: the IMVU's own tag.
    pub jurisdiction: Jurisdiction,
}

/// The owner takes an address back; credentials lose it.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RevokeAddress {
    /// Whose mailbox.
    pub imvu: ImvuId,
    /// The address: see [`commitment`].
    pub local: Hash,
}

/// Where mail for a domain goes.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum MailRoute {
    /// To the mail agent of the host the IMVU is on.
    Kept,
    /// To another exchange, by its host name.
    Exchange(Name),
}

/// Another route for a domain's mail.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct MailRouteChange {
    /// Of which domain.
    pub domain: Name,
    /// Where to; none: the domain takes no mail.
    pub route: Option<MailRoute>,
}

/// The platform asks the creator for another route of a domain's mail.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ProposeMailRoute {
    /// Whose domain.
    pub imvu: ImvuId,
    /// What.
    pub change: MailRouteChange,
    /// Last law time at which it can be approved.
    pub expires: Time,
}

/// Routes a domain's mail: by the owner, or by the platform with the owner's approval.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ChangeMailRoute {
    /// Whose domain.
    pub imvu: ImvuId,
    /// What.
    pub change: MailRouteChange,
}

/// Publishes a DKIM key in a domain's zone (RFC 6376 §3.6.1): by the owner, or by the mail agent of the IMVU's host while
/// the owner consents to key rollover.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RegisterDkimKey {
    /// Whose domain.
    pub imvu: ImvuId,
    /// The domain.
    pub domain: Name,
    /// Under which selector; never one that another key had.
    pub selector: Selector,
    /// The public key.
    pub key: DkimPublicKey,
}

/// The owner has a DKIM key published as revoked.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RevokeDkimKey {
    /// Whose domain.
    pub imvu: ImvuId,
    /// The domain.
    pub domain: Name,
    /// Which.
    pub selector: Selector,
}

/// The owner lets an identity submit mail with a secret, for programs that can't sign; replaces the credential of that id.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct SetMailCredential {
    /// Whose mailboxes.
    pub imvu: ImvuId,
    /// Its id, chosen at random.
    pub credential: Hash,
    /// Who sends with it.
    pub holder: IdentityId,
    /// From which addresses, each granted to the holder.
    pub addresses: Set<Hash, ADDRESSES_PER_CREDENTIAL>,
    /// See [`secret_hash`].
    pub secret: Hash,
    /// Law time up to which; at most a year ahead.
    pub expires: Time,
    /// Messages a day at most.
    pub messages_day: u64,
}

/// The owner ends a credential.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RevokeMailCredential {
    /// Whose mailboxes.
    pub imvu: ImvuId,
    /// Which.
    pub credential: Hash,
}

/// The owner voids every mail token that was signed so far: the IMVU's token epoch rises.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RevokeMailTokens {
    /// Whose.
    pub imvu: ImvuId,
}

/// A mail agent commits to what it has accepted for an IMVU since the last time.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecordMailEpoch {
    /// Whose mail.
    pub imvu: ImvuId,
    /// The IMVU's slot on the agent's host: of its stay there now, or of one that ended within the late window.
    pub slot: u32,
    /// The next of this agent and IMVU; 1 is the first.
    pub epoch: u64,
    /// The sequence that follows the last of the epoch before; 1 is the first.
    pub first_seq: u64,
    /// The last sequence in it.
    pub last_seq: u64,
    /// RFC 6962 root over one leaf for each sequence, in order.
    pub root: Hash,
    /// Messages accepted; the other sequences are void.
    pub messages: u64,
    /// Recipients of them in all.
    pub recipients: u64,
    /// Bytes of them in all.
    pub bytes: u64,
}

#[cfg(test)]
mod tests;
