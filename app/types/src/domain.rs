//! External names, delegations, and names that change hands, in the law's words (law §7, §8).
//!
//! An external name is proven by a TXT record that only who controls its DNS can publish; registered observers say whether
//! they saw it. No validator asks the DNS.

mod state;

pub use state::{
    ChildGrant, DelegationRecord, ExternalClaim, ExternalEntry, ExternalName, ExternalStep,
    NameVote, NameVotes, TransferKey,
};

use crate::action::NameText;
use crate::crypto::{KeyBytes, Signature};
use crate::encoding::{Bytes, Set, encode};
use crate::hash::Hash;
use crate::ids::{ChainId, ImvuId};
use crate::limits::{DS_DIGEST_BYTES, DS_PER_DELEGATION, SERVERS_PER_DELEGATION, TTL_MAX, TTL_MIN};
use crate::name::Name;
use crate::time::Time;
use crate::tx::Network;
use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};

/// The label under which a challenge is published.
const CHALLENGE_LABEL: &str = "_nexus-challenge.";

/// Asks for an external name: reserves nothing until observers have seen the challenge.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ClaimExternal {
    /// For which IMVU of the signer.
    pub imvu: ImvuId,
    /// The name wanted.
    pub name: NameText,
}

/// A registered observer says whether it saw a challenge.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ObserveName {
    /// For which IMVU the challenge is.
    pub imvu: ImvuId,
    /// Under which name.
    pub name: Name,
    /// Exactly this one: see [`challenge`].
    pub challenge: Hash,
    /// Whether it was there.
    pub seen: bool,
    /// SHA-256 of what the observer keeps of its look: answers, servers, times.
    pub evidence: Hash,
}

/// The owner of a name lets another IMVU claim a name below it, which then leaves the scope of the one above.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct GrantChild {
    /// The signer's name.
    pub name: Name,
    /// The name below it.
    pub child: Name,
    /// Who may claim it; none takes a grant back that was not used.
    pub imvu: Option<ImvuId>,
}

/// The owner puts name servers of its own in the place of its zone, or takes a zone again.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct DelegateName {
    /// Which name.
    pub name: Name,
    /// To whom; none: an empty zone of this network.
    pub delegation: Option<Delegation>,
}

/// The owner puts a code on a name, with which another IMVU can take it over; or takes the code off.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct SetTransferKey {
    /// Which name.
    pub name: Name,
    /// The code; none takes it off.
    pub code: Option<TransferCode>,
}

/// What the ledger holds of a transfer code: the code itself is the seed of this key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct TransferCode {
    /// The public key.
    pub key: KeyBytes,
    /// Last law time at which it can be redeemed.
    pub expires: Time,
}

/// Takes a name over with its transfer code.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RedeemTransfer {
    /// Which name.
    pub name: Name,
    /// For which IMVU of the signer.
    pub imvu: ImvuId,
    /// The code's signature over [`TransferBody`]: of no use for any other IMVU.
    pub signature: Signature,
}

/// What a transfer code signs.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct TransferBody {
    /// The chain it is for.
    pub network: Network,
    /// Which name.
    pub name: Name,
    /// Who gets it.
    pub imvu: ImvuId,
}

/// A name's own name servers.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Delegation {
    /// The servers' host names: outside of the name, so that no address has to be told with them.
    pub servers: Set<Name, SERVERS_PER_DELEGATION>,
    /// Digests of its keys; none for a name that is not signed.
    pub ds: Set<Ds, DS_PER_DELEGATION>,
    /// Seconds that resolvers may keep it.
    pub ttl: u32,
}

/// A digest of a key of a delegated name (RFC 4034 §5).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
pub struct Ds {
    /// The key's tag.
    pub key_tag: u16,
    /// The key's algorithm.
    pub algorithm: u8,
    /// 2 for SHA-256, 4 for SHA-384; SHA-1 is not for delegations (RFC 8624 §3.3).
    pub digest_type: u8,
    /// The digest, of its type's length.
    pub digest: Bytes<DS_DIGEST_BYTES>,
}

impl Delegation {
    /// Whether a name can be delegated so: 1 to 8 host names, none at or below the name itself, digests of known types and
    /// their length, and a TTL as of any record set.
    pub fn is_sound(&self, name: &Name) -> bool {
        let servers = self.servers.as_slice();
        let outside = |server: &Name| server.check_host().is_ok() && !server.is_at_or_below(name);
        !servers.is_empty()
            && servers.iter().all(outside)
            && self.ds.as_slice().iter().all(Ds::is_sound)
            && (TTL_MIN..=TTL_MAX).contains(&self.ttl)
    }
}

impl Ds {
    fn is_sound(&self) -> bool {
        let length = match self.digest_type {
            2 => 32,
            4 => 48,
            _ => return false,
        };
        self.digest.as_slice().len() == length && self.algorithm != 0
    }
}

/// The challenge that proves control of a name: SHA-256(`nexus/name-challenge/v1` ‖ 0 ‖ borsh(chain id, IMVU, name, nonce,
/// expiry)). Its text, 64 lower-case hexadecimal digits, is the one string of the TXT record at [`challenge_owner`].
pub fn challenge(chain: &ChainId, imvu: &ImvuId, name: &Name, nonce: &Hash, expires: Time) -> Hash {
    let body = encode(&(chain, imvu, name, nonce, expires));
    Hash::tagged("nexus/name-challenge/v1", &[&body])
}

/// Where the challenge of a name is published: `_nexus-challenge.` before it.
pub fn challenge_owner(name: &Name) -> String {
    let mut owner = String::from(CHALLENGE_LABEL);
    owner.push_str(name.as_str());
    owner
}

#[cfg(test)]
mod tests;
