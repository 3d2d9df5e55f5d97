//! Legal restrictions (law §4): by order, public, bounded in time, appealable; no way out is ever blocked by one.

use crate::hash::Hash;
use crate::ids::ImvuId;
use crate::time::Time;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// What a restriction stops.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum RestrictionScope {
    /// New outbound flows; replies pass.
    OutboundFlows,
    /// Mail submission.
    Mail,
    /// Flows from outside that are no replies: it serves nothing.
    Serving,
}

impl fmt::Display for RestrictionScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutboundFlows => "outbound flows",
            Self::Mail => "mail",
            Self::Serving => "serving",
        })
    }
}

/// Restricts an IMVU by order of a court or an authority: two thirds of the operators outside the platform and the officers'
/// threshold sign.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RestrictLegally {
    /// Which.
    pub imvu: ImvuId,
    /// SHA-256 of the order.
    pub order: Hash,
    /// What it stops.
    pub scope: RestrictionScope,
    /// Law time up to which: 30 days from now at most.
    pub until: Time,
}

/// The owner appeals every restriction of its IMVU that it has not appealed yet.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct AppealRestriction {
    /// Which.
    pub imvu: ImvuId,
    /// SHA-256 of the grounds.
    pub grounds: Hash,
}

/// A restriction of an IMVU; it stands until it ends.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Restriction {
    /// What it stops.
    pub scope: RestrictionScope,
    /// SHA-256 of the order.
    pub order: Hash,
    /// Law time since when.
    pub from: Time,
    /// Law time up to which.
    pub until: Time,
    /// The audit entry that has who signed.
    pub audit: u64,
    /// The owner's appeal.
    pub appeal: Option<Appeal>,
}

impl Restriction {
    /// Whether it is in force.
    pub fn holds(&self, law_time: Time) -> bool {
        self.from <= law_time && law_time < self.until
    }
}

/// An owner's appeal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Appeal {
    /// SHA-256 of the grounds.
    pub grounds: Hash,
    /// Law time at which.
    pub at: Time,
    /// The audit entry of it.
    pub audit: u64,
}
