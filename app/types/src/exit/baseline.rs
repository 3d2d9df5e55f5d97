//! What a creator has authored, as one hash: quota, routes, path policy, names with zones or delegations, and mail routing
//! (law §7).

use crate::domain::Delegation;
use crate::hash::Hash;
use crate::ids::ImvuId;
use crate::mail::MailRoute;
use crate::name::Name;
use crate::quota::Quota;
use crate::route::{Address, PathPolicy, Prefix};
use crate::time::Height;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// A route of the network.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct BaselineRoute {
    /// To where.
    pub prefix: Prefix,
    /// By where.
    pub next_hop: Address,
}

/// What is served of a name here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct BaselineZone {
    /// Height of the zone's last change.
    pub serial: Height,
    /// Root over its record sets.
    pub root: Hash,
}

/// A name: its zone, or where it is served instead, and its mail.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct BaselineName {
    /// The name.
    pub apex: Name,
    /// Its zone; none where it is delegated.
    pub zone: Option<BaselineZone>,
    /// Where it is served, if not here.
    pub delegation: Option<Delegation>,
    /// Where its mail goes.
    pub mail: Option<MailRoute>,
}

/// What a creator has authored. Ascending by prefix and by name; each prefix and each name once.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Baseline {
    /// Whose.
    pub imvu: ImvuId,
    /// The envelope.
    pub quota: Quota,
    /// Where traffic may pass.
    pub policy: PathPolicy,
    /// Routes in force.
    pub routes: Vec<BaselineRoute>,
    /// Names bound.
    pub names: Vec<BaselineName>,
}

impl Baseline {
    /// SHA-256 over a tag and the borsh bytes.
    pub fn hash(&self) -> Hash {
        Hash::tagged("nexus/exit-baseline/v1", &[&crate::encoding::encode(self)])
    }
}
