//! Keys of governance.

use super::{KeyKind, StateKey};
use crate::hash::Hash;
use crate::name::Name;

/// [`crate::governance::GovernanceProposal`]: its 32-byte id.
pub fn governance(id: &Hash) -> StateKey {
    KeyKind::Governance.key(id.as_bytes())
}

/// [`crate::governance::Registers`].
pub fn registers() -> StateKey {
    KeyKind::Registers.key(&[])
}

/// [`crate::governance::Observers`].
pub fn observers() -> StateKey {
    KeyKind::Observers.key(&[])
}

/// [`crate::governance::UpgradePlan`], while one is planned.
pub fn upgrade_plan() -> StateKey {
    KeyKind::UpgradePlan.key(&[])
}

/// [`crate::governance::DeniedName`]: the canonical name's text.
pub fn denied_name(name: &Name) -> StateKey {
    KeyKind::DeniedName.key(name.as_str().as_bytes())
}

/// [`crate::governance::SeatChanges`].
pub fn seat_changes() -> StateKey {
    KeyKind::SeatChanges.key(&[])
}

/// [`crate::governance::FormerKeys`].
pub fn former_keys() -> StateKey {
    KeyKind::FormerKeys.key(&[])
}
