//! Block time and heights. There is no other clock.

use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z, from a block's header.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, BorshSerialize, BorshDeserialize,
)]
pub struct Time(pub u64);

impl Time {
    /// This time and `ms` milliseconds, at most the last representable one.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds since `earlier`, zero if it is not earlier.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A block height; 0 is the state after genesis.
pub type Height = u64;
