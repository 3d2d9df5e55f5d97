//! The constitution's constants, hashed into every app hash (law §3).

use crate::gate::Gate;
use crate::hash::Hash;
use alloc::vec::Vec;

/// Parts of [`SPLIT_WHOLE`] that go to the creator: 11/20 = 55 %.
pub const SPLIT_CREATOR: u8 = 11;
/// Parts of [`SPLIT_WHOLE`] that go to the platform: 9/20 = 45 %.
pub const SPLIT_PLATFORM: u8 = 9;
/// The whole.
pub const SPLIT_WHOLE: u8 = 20;

const _: () = assert!(SPLIT_CREATOR + SPLIT_PLATFORM == SPLIT_WHOLE);

/// The version of the state machine. A development genesis proposes it to CometBFT; an upgrade (law §9) raises it.
pub const APP_VERSION: u64 = 3 + NEXT;

/// A build for the tests of upgrades is one version ahead and otherwise the same program.
#[cfg(feature = "next-version")]
const NEXT: u64 = 1;
#[cfg(not(feature = "next-version"))]
const NEXT: u64 = 0;

// No release can be such a build: release profiles have no debug assertions.
#[cfg(all(feature = "next-version", not(debug_assertions)))]
compile_error!("`next-version` is for the tests of upgrades and cannot be part of a release");

/// SHA-256 over the split and over each gate's number and name. Another law has another hash,
/// so a binary with another law cannot join the chain.
pub fn constants_hash() -> Hash {
    let mut gates = Vec::new();
    for gate in Gate::ALL {
        gates.push(gate.number());
        gates.extend_from_slice(gate.name().as_bytes());
        gates.push(0);
    }
    Hash::tagged(
        "nexus/constants/v1",
        &[&[SPLIT_CREATOR, SPLIT_PLATFORM, SPLIT_WHOLE], &gates],
    )
}
