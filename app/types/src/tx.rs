//! The transaction envelope (law §2).

use crate::action::{Action, ActionKind};
use crate::approval::Approval;
use crate::crypto::{Signature, SigningKind, signing_digest};
use crate::encoding::List;
use crate::hash::Hash;
use crate::ids::{ChainId, IdentityId};
use crate::limits::{APPROVALS_PER_TX, COSIGNATURES_PER_TX};
use crate::time::Time;
use alloc::vec::Vec;
use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};

/// Which chain, which beginning, which epoch after a disaster: every signed body starts with it.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Network {
    /// CometBFT's chain id.
    pub chain_id: ChainId,
    /// Hash of all that InitChain receives.
    pub genesis_hash: Hash,
    /// Raised by a recovery ceremony; older signatures die with their epoch.
    pub recovery_epoch: u32,
}

/// What the signer signs.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct TxBody {
    /// The chain it is for.
    pub network: Network,
    /// Who acts.
    pub signer: IdentityId,
    /// 0 for people; agents up to 16.
    pub lane: u8,
    /// Exactly the next number in the signer's lane, starting at 1.
    pub nonce: u64,
    /// Must be after the block time, by at most 24 hours.
    pub expires: Time,
    /// What to do.
    pub action: Action,
    /// Creators' approvals the action relies on.
    pub approvals: List<Approval, APPROVALS_PER_TX>,
}

impl TxBody {
    /// The transaction's id, which is the digest its signer signs. It excludes the signatures.
    pub fn id(&self) -> Hash {
        signing_digest(SigningKind::Tx, self)
    }

    /// The digest an officer co-signs.
    pub fn cosign_digest(&self) -> Hash {
        signing_digest(SigningKind::Cosign, self)
    }
}

/// An officer's co-signature over [`TxBody::cosign_digest`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
pub struct Cosignature {
    /// The officer.
    pub signer: IdentityId,
    /// By the officer's current key.
    pub signature: Signature,
}

/// Officers' co-signatures, ascending by signer, each signer once.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize)]
pub struct Cosignatures(List<Cosignature, COSIGNATURES_PER_TX>);

impl Cosignatures {
    /// Sorts by signer; keeps the first of equal signers.
    ///
    /// # Errors
    /// [`crate::DecodeError::TooLong`] beyond 16.
    pub fn new(mut all: Vec<Cosignature>) -> Result<Self, crate::DecodeError> {
        all.sort();
        all.dedup_by_key(|one| one.signer);
        List::new(all).map(Self)
    }

    /// The co-signatures.
    pub fn as_slice(&self) -> &[Cosignature] {
        self.0.as_slice()
    }
}

impl BorshDeserialize for Cosignatures {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let list = List::<Cosignature, COSIGNATURES_PER_TX>::deserialize_reader(reader)?;
        let all = list.as_slice();
        if all
            .iter()
            .zip(all.iter().skip(1))
            .all(|(a, b)| a.signer < b.signer)
        {
            Ok(Self(list))
        } else {
            Err(crate::encoding::not_canonical(
                "co-signatures are not ascending by signer",
            ))
        }
    }
}

impl Tx {
    /// The kind of action that bytes would be a transaction of, reading no further than to it: none where it cannot be
    /// told. Says nothing about whether they are a transaction; for sorting many before looking at any closely.
    pub fn kind_of(bytes: &[u8]) -> Option<ActionKind> {
        let mut rest = bytes;
        Network::deserialize(&mut rest).ok()?;
        // Signer, lane, nonce, expiry: what stands before the action in the body.
        <(IdentityId, u8, u64, Time)>::deserialize(&mut rest).ok()?;
        ActionKind::deserialize(&mut rest).ok()
    }
}

/// A signed transaction.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Tx {
    /// What is signed.
    pub body: TxBody,
    /// The signer's signature over [`TxBody::id`].
    pub signature: Signature,
    /// Officers' co-signatures.
    pub cosignatures: Cosignatures,
}
