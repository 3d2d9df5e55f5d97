//! A recovery after a disaster (law §9): two thirds of the seats agree outside the chain on one of its states, and the network
//! goes on from it in a new epoch, with new consensus keys.

use crate::crypto::{KeyBytes, Signature, SigningKind, signing_digest};
use crate::encoding::List;
use crate::hash::Hash;
use crate::ids::IdentityId;
use crate::limits::SEATS;
use crate::time::{Height, Time};
use crate::tx::Network;
use borsh::{BorshDeserialize, BorshSerialize};

/// An organisation that goes on, with a consensus key that no seat has had.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecoverySeat {
    /// The organisation's own identity, which has a seat.
    pub operator: IdentityId,
    /// Its new consensus key.
    pub key: KeyBytes,
}

/// What the seats agree on.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecoveryBody {
    /// The network as the state has it: its epoch is the one that ends.
    pub network: Network,
    /// The last height that stands.
    pub height: Height,
    /// The app hash after it.
    pub app_hash: Hash,
    /// The time of the first block of the new epoch.
    pub time: Time,
    /// Who goes on, ascending by operator. A seat that is not listed stays and has no power.
    pub seats: List<RecoverySeat, SEATS>,
}

/// The agreement with its signatures: the file of the ceremony.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Recovery {
    /// What is agreed.
    pub body: RecoveryBody,
    /// Operators' signatures over the body, ascending by operator.
    pub signatures: List<RecoverySignature, SEATS>,
}

/// The signature of one seat's operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecoverySignature {
    /// Who.
    pub operator: IdentityId,
    /// By the identity's own key.
    pub signature: Signature,
}

impl RecoveryBody {
    /// What operators sign. It stands in the log of headers for the recovery's own height.
    pub fn digest(&self) -> Hash {
        signing_digest(SigningKind::Recovery, self)
    }

    /// The height of the recovery itself, which no block of CometBFT has: the next one is the first of the new epoch.
    pub fn recovered_height(&self) -> Height {
        self.height.saturating_add(1)
    }

    /// The network as signatures name it from then on.
    pub fn next_network(&self) -> Network {
        Network {
            recovery_epoch: self.network.recovery_epoch.saturating_add(1),
            ..self.network.clone()
        }
    }
}
