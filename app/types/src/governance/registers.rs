//! The registers that governance keeps, beside officers, attesters, seats and jurisdictions.

use super::change::Register;
use crate::crypto::KeyBytes;
use crate::encoding::List;
use crate::hash::Hash;
use crate::ids::{IdentityId, SeatName};
use crate::limits::{FORMER_KEYS, GOVERNANCE_OPEN, OBSERVERS, POWER_CHANGES};
use crate::name::Name;
use crate::time::{Height, Time};
use borsh::{BorshDeserialize, BorshSerialize};

/// How often each register was changed by governance, and the proposals that are pending.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Registers {
    /// Officers and their threshold.
    pub officers: u64,
    /// Attesters.
    pub attesters: u64,
    /// Observers.
    pub observers: u64,
    /// Seats.
    pub seats: u64,
    /// Jurisdictions.
    pub jurisdictions: u64,
    /// Denied names.
    pub denied: u64,
    /// The planned upgrade.
    pub upgrade: u64,
    /// Proposals that something can still come of, oldest first.
    pub open: List<OpenProposal, GOVERNANCE_OPEN>,
}

/// A proposal that something can still come of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct OpenProposal {
    /// Which.
    pub id: Hash,
    /// Whose.
    pub proposer: IdentityId,
    /// Whether a seat's operator submitted it.
    pub by_operator: bool,
}

impl Registers {
    /// The version of a register; none for what is held against one IMVU, which has its own.
    pub fn version(&self, register: Register) -> Option<u64> {
        match register {
            Register::Officers => Some(self.officers),
            Register::Attesters => Some(self.attesters),
            Register::Observers => Some(self.observers),
            Register::Seats => Some(self.seats),
            Register::Jurisdictions => Some(self.jurisdictions),
            Register::Denied => Some(self.denied),
            Register::Upgrade => Some(self.upgrade),
            Register::Enforcement => None,
        }
    }

    /// Counts a change of a register.
    pub fn moved(&mut self, register: Register) {
        let version = match register {
            Register::Officers => &mut self.officers,
            Register::Attesters => &mut self.attesters,
            Register::Observers => &mut self.observers,
            Register::Seats => &mut self.seats,
            Register::Jurisdictions => &mut self.jurisdictions,
            Register::Denied => &mut self.denied,
            Register::Upgrade => &mut self.upgrade,
            Register::Enforcement => return,
        };
        *version = version.saturating_add(1);
    }
}

/// An organisation that observes external names (law §8).
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Observer {
    /// The organisation's own identity.
    pub identity: IdentityId,
    /// The organisation.
    pub name: SeatName,
    /// Whether it is the platform's.
    pub platform: bool,
}

/// The register of observers, in the order of their admission.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Observers {
    /// The observers; the platform's are less than a third.
    pub members: List<Observer, OBSERVERS>,
}

/// A name that nobody may claim.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct DeniedName {
    /// The name.
    pub name: Name,
    /// Whether nothing below it may be claimed either.
    pub below: bool,
    /// When it was denied.
    pub since: Height,
}

/// The binary that decides from a height on (law §9).
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct UpgradePlan {
    /// The first height it decides.
    pub height: Height,
    /// Its version of the state machine.
    pub app_version: u64,
    /// SHA-256 of the binary.
    pub sha256: Hash,
    /// The proposal that planned it.
    pub proposal: Hash,
}

/// Power that came, went, or changed its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct PowerChange {
    /// Law time at which.
    pub at: Time,
    /// How much.
    pub power: u64,
}

/// The power that changed within the trusting period, and the changes that wait until more may (law §9).
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct SeatChanges {
    /// Oldest first.
    pub recent: List<PowerChange, POWER_CHANGES>,
    /// Proposals that wait, in the order in which they take effect.
    pub queue: List<Hash, GOVERNANCE_OPEN>,
}

/// A consensus key that a seat with power had.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct FormerKey {
    /// The key.
    pub key: KeyBytes,
    /// The organisation whose seat had it: what the key signed is laid to its door.
    pub operator: IdentityId,
    /// The height at which the seat gave it up.
    pub until: Height,
}

/// The consensus keys that seats had, oldest first: evidence against them may still come (law §9).
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct FormerKeys {
    /// None of them is a seat's now.
    pub keys: List<FormerKey, FORMER_KEYS>,
}

/// The power that a consensus key has from now on; 0 for one that has left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ValidatorPower {
    /// The consensus key.
    pub key: KeyBytes,
    /// Its power.
    pub power: u64,
}
