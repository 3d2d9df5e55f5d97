//! The frozen code table: one number for ABCI, RPC, CLI and explorer.
//!
//! `0` applied · `10xx` inadmissible (never in a block) · `20NN` refused by gate N ·
//! `2055` would alter the 55/45 split · `21xx` refused by the action's own rule.
//! Numbers above 3000 belong to the node's interfaces, not to the law.

use crate::gate::Gate;
use alloc::string::String;
use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A code of the law. The number is its identity and never changes meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(
    missing_docs,
    reason = "each variant's meaning is its entry in `cause` and `remedy`"
)]
pub enum Code {
    Applied,
    TooLarge,
    Malformed,
    TrailingBytes,
    NotCanonical,
    BoundExceeded,
    WrongChain,
    WrongGenesis,
    WrongEpoch,
    Expired,
    ExpiryTooFar,
    UnknownIdentity,
    LaneNotAllowed,
    NotAnAgent,
    NonceReplayed,
    NonceGap,
    NoncePending,
    SecondSignature,
    KeyNotCanonical,
    KeySmallOrder,
    KeyTorsion,
    BadSignature,
    BadCosignature,
    BadApprovalSignature,
    BadAttestationSignature,
    BadRotationProof,
    BadMeterSignature,
    AllowanceBlock,
    AllowanceDay,
    PendingLimit,
    RefusedBy(Gate),
    AltersSplit,
    NotFound,
    AlreadyExists,
    WrongState,
    LimitReached,
    NoChange,
    ProposalExpired,
    Insufficient,
    Unbalanced,
}

impl Code {
    /// Every code, ascending by number.
    pub fn all() -> impl Iterator<Item = Self> {
        const PLAIN: [Code; 39] = [
            Code::Applied,
            Code::TooLarge,
            Code::Malformed,
            Code::TrailingBytes,
            Code::NotCanonical,
            Code::BoundExceeded,
            Code::WrongChain,
            Code::WrongGenesis,
            Code::WrongEpoch,
            Code::Expired,
            Code::ExpiryTooFar,
            Code::UnknownIdentity,
            Code::LaneNotAllowed,
            Code::NotAnAgent,
            Code::NonceReplayed,
            Code::NonceGap,
            Code::NoncePending,
            Code::SecondSignature,
            Code::KeyNotCanonical,
            Code::KeySmallOrder,
            Code::KeyTorsion,
            Code::BadSignature,
            Code::BadCosignature,
            Code::BadApprovalSignature,
            Code::BadAttestationSignature,
            Code::BadRotationProof,
            Code::BadMeterSignature,
            Code::AllowanceBlock,
            Code::AllowanceDay,
            Code::PendingLimit,
            Code::AltersSplit,
            Code::NotFound,
            Code::AlreadyExists,
            Code::WrongState,
            Code::LimitReached,
            Code::NoChange,
            Code::ProposalExpired,
            Code::Insufficient,
            Code::Unbalanced,
        ];
        let (before, after) = PLAIN.split_at(30);
        before
            .iter()
            .copied()
            .chain(Gate::ALL.into_iter().map(Self::RefusedBy))
            .chain(after.iter().copied())
    }

    /// The number.
    pub fn number(self) -> u32 {
        match self {
            Self::Applied => 0,
            Self::TooLarge => 1001,
            Self::Malformed => 1002,
            Self::TrailingBytes => 1003,
            Self::NotCanonical => 1004,
            Self::BoundExceeded => 1005,
            Self::WrongChain => 1010,
            Self::WrongGenesis => 1011,
            Self::WrongEpoch => 1012,
            Self::Expired => 1020,
            Self::ExpiryTooFar => 1021,
            Self::UnknownIdentity => 1030,
            Self::LaneNotAllowed => 1031,
            Self::NotAnAgent => 1032,
            Self::NonceReplayed => 1040,
            Self::NonceGap => 1041,
            Self::NoncePending => 1042,
            Self::SecondSignature => 1043,
            Self::KeyNotCanonical => 1050,
            Self::KeySmallOrder => 1051,
            Self::KeyTorsion => 1052,
            Self::BadSignature => 1060,
            Self::BadCosignature => 1061,
            Self::BadApprovalSignature => 1062,
            Self::BadAttestationSignature => 1063,
            Self::BadRotationProof => 1064,
            Self::BadMeterSignature => 1065,
            Self::AllowanceBlock => 1070,
            Self::AllowanceDay => 1071,
            Self::PendingLimit => 1072,
            Self::RefusedBy(gate) => 2000u32.saturating_add(u32::from(gate.number())),
            Self::AltersSplit => 2055,
            Self::NotFound => 2101,
            Self::AlreadyExists => 2102,
            Self::WrongState => 2103,
            Self::LimitReached => 2104,
            Self::NoChange => 2105,
            Self::ProposalExpired => 2106,
            Self::Insufficient => 2107,
            Self::Unbalanced => 2199,
        }
    }

    /// The code of that number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::all().find(|code| code.number() == number)
    }

    /// The gate of a `20NN` code.
    pub fn gate(self) -> Option<Gate> {
        match self {
            Self::RefusedBy(gate) => Some(gate),
            _ => None,
        }
    }

    /// Whether it keeps a transaction out of every block.
    pub fn is_inadmissible(self) -> bool {
        (1000..2000).contains(&self.number())
    }

    /// Whether it is a refusal that stands on the ledger.
    pub fn is_denied(self) -> bool {
        self.number() >= 2000
    }

    /// A short name for tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::TooLarge => "transaction too large",
            Self::Malformed => "malformed transaction",
            Self::TrailingBytes => "trailing bytes",
            Self::NotCanonical => "not canonical",
            Self::BoundExceeded => "bound exceeded",
            Self::WrongChain => "wrong chain",
            Self::WrongGenesis => "wrong genesis",
            Self::WrongEpoch => "wrong recovery epoch",
            Self::Expired => "expired",
            Self::ExpiryTooFar => "expiry too far ahead",
            Self::UnknownIdentity => "unknown identity",
            Self::LaneNotAllowed => "lane not allowed",
            Self::NotAnAgent => "not an agent",
            Self::NonceReplayed => "nonce replayed",
            Self::NonceGap => "nonce gap",
            Self::NoncePending => "nonce pending",
            Self::SecondSignature => "second signature for one body",
            Self::KeyNotCanonical => "key not canonical",
            Self::KeySmallOrder => "key of small order",
            Self::KeyTorsion => "key with torsion",
            Self::BadSignature => "bad signature",
            Self::BadCosignature => "bad co-signature",
            Self::BadApprovalSignature => "bad approval signature",
            Self::BadAttestationSignature => "bad attestation signature",
            Self::BadRotationProof => "bad rotation proof",
            Self::BadMeterSignature => "bad meter signature",
            Self::AllowanceBlock => "allowance of the block spent",
            Self::AllowanceDay => "allowance of the day spent",
            Self::PendingLimit => "too many pending transactions",
            Self::RefusedBy(gate) => gate.name(),
            Self::AltersSplit => "would alter the 55/45 split",
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::WrongState => "wrong state",
            Self::LimitReached => "limit reached",
            Self::NoChange => "no change",
            Self::ProposalExpired => "proposal expired",
            Self::Insufficient => "not enough money",
            Self::Unbalanced => "unbalanced",
        }
    }

    /// What happened.
    pub fn cause(self) -> String {
        if let Self::RefusedBy(gate) = self {
            return alloc::format!(
                "Gate {} ({}) refused. Its rule: {}",
                gate.number(),
                gate.name(),
                gate.rule()
            );
        }
        String::from(match self {
            Self::Applied => {
                "Every gate passed; the effects and the audit entry stand in one write."
            }
            Self::TooLarge => "The transaction is larger than 64 KiB.",
            Self::Malformed => {
                "The bytes are no transaction: they end early or name an unknown variant."
            }
            Self::TrailingBytes => "A valid transaction is followed by more bytes.",
            Self::NotCanonical => {
                "A value stands in a second spelling: a set that is not strictly ascending, a name or prefix that is not canonical."
            }
            Self::BoundExceeded => "A string or a collection is longer than its bound.",
            Self::WrongChain => "The transaction was signed for another chain id.",
            Self::WrongGenesis => "The transaction was signed for another genesis.",
            Self::WrongEpoch => "The transaction was signed in another recovery epoch.",
            Self::Expired => "The transaction's expiry is not after the block time.",
            Self::ExpiryTooFar => {
                "The transaction's expiry is more than 24 hours after the block time."
            }
            Self::UnknownIdentity => {
                "No identity of that id is registered, so no key can check the signature."
            }
            Self::LaneNotAllowed => {
                "The signer has no such lane; people have lane 0, agents lanes 0 to 15."
            }
            Self::NotAnAgent => {
                "A report is an agent's own word, and the signer is not the agent that any host has now."
            }
            Self::NonceReplayed => "The nonce was already spent.",
            Self::NonceGap => "The nonce is ahead of the next one of its lane.",
            Self::NoncePending => {
                "Another transaction with that signer, lane and nonce waits in the mempool."
            }
            Self::SecondSignature => "The same body waits in the mempool under another signature.",
            Self::KeyNotCanonical => "The key is not the canonical encoding of a curve point.",
            Self::KeySmallOrder => {
                "The key is a point of small order: one signature would fit every message."
            }
            Self::KeyTorsion => "The key has a small-order component.",
            Self::BadSignature => "The signature does not verify under the signer's current key.",
            Self::BadCosignature => "A co-signature does not verify, or is by the signer again.",
            Self::BadApprovalSignature => {
                "An embedded approval's signature does not verify under its approver's key."
            }
            Self::BadAttestationSignature => {
                "The attestation's signature does not verify under the attester's key."
            }
            Self::BadRotationProof => "The new key did not sign the rotation.",
            Self::BadMeterSignature => {
                "A signature under a meter record does not verify under that key of the meter, or comes twice."
            }
            Self::AllowanceBlock => {
                "The signer has spent its allowance of transactions for this block."
            }
            Self::AllowanceDay => {
                "The signer has spent its allowance of transactions for this day."
            }
            Self::PendingLimit => {
                "The signer has 32 transactions or 256 KiB waiting in the mempool, or ordinary transactions fill the part of it that is theirs."
            }
            Self::AltersSplit => {
                "The action would alter the 55/45 split, a constant of the network that no vote can change."
            }
            Self::NotFound => "What the action is about does not exist.",
            Self::AlreadyExists => "What the action would create exists already.",
            Self::WrongState => {
                "What the action is about is not in a state in which this can be done."
            }
            Self::LimitReached => "A limit on how many of these there may be is reached.",
            Self::NoChange => "The action would change nothing.",
            Self::ProposalExpired => "The proposal can no longer be approved.",
            Self::Insufficient => {
                "The account, or what is left of the payment, holds less than that."
            }
            Self::Unbalanced => "The postings of the transaction do not balance.",
            Self::RefusedBy(_) => "",
        })
    }

    /// What to do next.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Applied => "Nothing.",
            Self::TooLarge | Self::BoundExceeded => "Split the work into several transactions.",
            Self::Malformed | Self::TrailingBytes | Self::NotCanonical => {
                "Build the transaction with a client of this version; docs/wire-format.md gives the encoding."
            }
            Self::WrongChain | Self::WrongGenesis | Self::WrongEpoch => {
                "Ask the node for its chain info and sign again for that network."
            }
            Self::Expired | Self::ExpiryTooFar => {
                "Sign again with an expiry between now and 24 hours ahead; check this machine's clock."
            }
            Self::UnknownIdentity => {
                "Register the identity first: nexus identity request, nexus attest, nexus identity register."
            }
            Self::LaneNotAllowed => "Use lane 0; agents of a host have lanes 0 to 15.",
            Self::NotAnAgent => {
                "Report with the agent's current key; the host's operator registers a new one: nexus agent register."
            }
            Self::NonceReplayed | Self::NonceGap => {
                "Ask for the next nonce (nexus_getNonce) and sign again."
            }
            Self::NoncePending | Self::SecondSignature => {
                "Wait for the pending transaction, or until it expires."
            }
            Self::KeyNotCanonical | Self::KeySmallOrder | Self::KeyTorsion => {
                "Make the key with nexus key new."
            }
            Self::BadSignature
            | Self::BadCosignature
            | Self::BadApprovalSignature
            | Self::BadAttestationSignature => {
                "Sign again with the current key of that identity; nexus identity show tells which it is."
            }
            Self::BadMeterSignature => {
                "Sign the record with the meter's own keys, each once, in their order."
            }
            Self::BadRotationProof => {
                "Sign the rotation with the new key as well: nexus key rotate does."
            }
            Self::AllowanceBlock => "Wait for the next block.",
            Self::AllowanceDay => "Wait for the next day, UTC by block time.",
            Self::PendingLimit => "Wait until some of the pending transactions are in a block.",
            Self::RefusedBy(gate) => gate_remedy(gate),
            Self::AltersSplit => "Nothing makes this lawful. The attempt is on the ledger.",
            Self::NotFound => "Check the spelling of the id.",
            Self::AlreadyExists => "Choose another id, or work with the one that exists.",
            Self::WrongState => "Look at its state first: nexus imvu show, nexus approve show.",
            Self::LimitReached => "Remove what is no longer needed.",
            Self::NoChange => "Nothing is needed.",
            Self::ProposalExpired => "Ask the platform for a new proposal.",
            Self::Insufficient => {
                "Look at what there is first: nexus account list, nexus revenue show."
            }
            Self::Unbalanced => "Report this: a client cannot cause it.",
        }
    }
}

fn gate_remedy(gate: Gate) -> &'static str {
    match gate {
        Gate::IdentityBinding => {
            "Act with a registered, unrevoked identity that holds the role: nexus identity show."
        }
        Gate::ImvuIsolation => {
            "Wait until a host with isolation is registered: nexus explain 2002."
        }
        Gate::DomainOwnership => {
            "Claim a name that is free, under an apex this network grants: nexus domain list."
        }
        Gate::DnsAuthority => {
            "Change records only in your own zone, and keep the zone valid: nexus zone show."
        }
        Gate::MailAttribution => "Send only from an address granted to you inside a bound domain.",
        Gate::RevenueMetering => "Usage comes from registered meters; read it, do not report it.",
        Gate::ResourceQuota => "Ask for a quota within the envelope and within capacity.",
        Gate::NetworkPath => {
            "Ask the creator: nexus platform propose-route or propose-path-policy, then nexus approve sign."
        }
        Gate::Jurisdiction => {
            "Declare a jurisdiction on the governed list: nexus imvu set-jurisdiction."
        }
        Gate::ConsentLogging => "Append the next commitment; nothing before it changes.",
        Gate::AuditLogging => "Nothing makes this lawful. The attempt is on the ledger.",
        Gate::ImmutableSnapshots => "Take a new snapshot; the recorded one stays.",
        Gate::ExitPortability => "Let the exit proceed.",
        Gate::NoSilentRedirection => {
            "Ask the creator: nexus platform propose-route, then nexus approve sign."
        }
        Gate::NoSilentThrottling => {
            "Ask the creator: nexus platform propose-quota, then nexus approve sign."
        }
        Gate::NoCrossLeakage => "Refer only to what belongs to the same IMVU.",
        Gate::PlatformNonRepudiation => {
            "Collect the signatures of enough officers: --key officer-1,officer-2,officer-3."
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NX{:04}", self.number())
    }
}

impl BorshSerialize for Code {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.number().serialize(writer)
    }
}

impl BorshDeserialize for Code {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        Self::from_number(u32::deserialize_reader(reader)?)
            .ok_or_else(|| Error::from(ErrorKind::InvalidData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn codes_are_unique_ascending_and_found_by_number() {
        let all: Vec<Code> = Code::all().collect();
        assert_eq!(all.len(), 56);
        assert!(
            all.windows(2)
                .all(|pair| pair[0].number() < pair[1].number())
        );
        for code in all {
            assert_eq!(Code::from_number(code.number()), Some(code));
            assert!(
                !code.cause().is_empty() && !code.remedy().is_empty() && !code.title().is_empty()
            );
        }
        assert_eq!(Code::from_number(2018), None);
    }
}
