//! The application's beginning, as it travels in CometBFT's genesis: checked and parsed elsewhere,
//! applied by the machine.

use crate::action::NameText;
use crate::crypto::KeyBytes;
use crate::encoding::{List, Set, Text};
use crate::hash::Hash;
use crate::ids::{ChainId, IdentityId, SeatName};
use crate::jurisdiction::Jurisdiction;
use crate::limits::{
    APEXES, ATTESTERS, GENESIS_IDENTITIES, JURISDICTIONS, OFFICERS, PREAPPROVED, SEATS,
};
use crate::money::Prices;
use crate::name::Name;
use crate::period::Calendar;
use crate::quota::Quota;
use crate::state::{Allowances, DelayProfile};
use crate::time::{Height, Time};
use borsh::{BorshDeserialize, BorshSerialize};

/// An identity that exists from the start.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct GenesisIdentity {
    /// Its first key; the id follows from it.
    pub key: KeyBytes,
    /// Its public name.
    pub public_name: Text<64>,
}

/// A validator's seat.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct GenesisSeat {
    /// The organisation.
    pub name: SeatName,
    /// The validator's consensus key.
    pub key: KeyBytes,
    /// Voting power.
    pub power: u64,
    /// Whether the platform runs it.
    pub platform: bool,
    /// The organisation's own identity, one of `identities`.
    pub operator: IdentityId,
}

/// All that the application's state starts from.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct GenesisState {
    /// Whether this is a development network (shortened delays, pre-approved names).
    pub development: bool,
    /// Identities, officers and attesters among them.
    pub identities: List<GenesisIdentity, GENESIS_IDENTITIES>,
    /// The officers.
    pub officers: Set<IdentityId, OFFICERS>,
    /// Signatures a platform action needs.
    pub officers_threshold: u8,
    /// The attesters.
    pub attesters: Set<IdentityId, ATTESTERS>,
    /// The seats.
    pub seats: List<GenesisSeat, SEATS>,
    /// The jurisdictions.
    pub jurisdictions: Set<Jurisdiction, JURISDICTIONS>,
    /// The apexes names are granted under.
    pub apexes: Set<Name, APEXES>,
    /// Names anybody may claim once; development networks only.
    pub preapproved: List<NameText, PREAPPROVED>,
    /// Delays.
    pub delays: DelayProfile,
    /// Allowances.
    pub allowances: Allowances,
    /// The largest envelope.
    pub max_quota: Quota,
    /// How periods of account are counted.
    pub calendar: Calendar,
    /// The first price list, in force from the first period on.
    pub prices: Prices,
}

/// What InitChain receives, as far as the genesis hash covers it (law §2).
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct GenesisDocument {
    /// CometBFT's chain id.
    pub chain_id: ChainId,
    /// Genesis time.
    pub time: Time,
    /// Height of the first block.
    pub initial_height: Height,
    /// Largest block, bytes.
    pub block_max_bytes: u64,
    /// Evidence age in blocks.
    pub evidence_max_blocks: u64,
    /// Evidence age in milliseconds.
    pub evidence_max_age_ms: u64,
    /// The state machine's version.
    pub app_version: u64,
    /// The application's state.
    pub state: GenesisState,
}

impl GenesisDocument {
    /// The genesis hash that every signed body names.
    pub fn hash(&self) -> Hash {
        Hash::tagged("nexus/genesis/v1", &[&crate::encoding::encode(self)])
    }
}
