//! The authenticated state of the ledger: what a block changes, reduced to one hash that CometBFT signs,
//! and the proofs that lead from that hash back to a single fact.
//!
//! # Flow
//!
//! 1. The node applies a block's changed keys to the [`smt::SparseMerkleTree`] and gets the state root.
//! 2. It appends the block's records to five [`log::Frontier`]s (RFC 6962 logs) and gets their heads.
//! 3. [`app_hash::AppHashPreimage`] binds both, with the constants of the law, into the app hash. CometBFT puts the
//!    app hash of height H into the header of H + 1, which the validators sign.
//! 4. A client that trusts that header takes the preimage (compare its hash with the header), then a
//!    [`smt::StateProof`], [`log::InclusionProof`] or [`log::ConsistencyProof`] against the root it needs.
//!
//! # Invariants
//!
//! - The state root depends on the set of (key, value) pairs alone, never on the order or history of the writes. It is
//!   the root the `jmt` crate 0.12 computes with SHA-256, which the tests use as their oracle.
//! - A log's root is RFC 6962's Merkle tree hash over its leaves; `CometBFT` builds `data_hash` and
//!   `last_results_hash` by the same rules.
//! - A proof either verifies against exactly one claim or is refused; every decoder bounds what it allocates before it
//!   allocates it, and refuses trailing or non-canonical bytes.
//! - Nothing here recurses deeper than 256 levels, one for each bit of a hash.
//!
//! # Never
//!
//! No clock, randomness, floating point, hash map, input or output, `std` or `unsafe`; no panic on any input. It knows
//! nothing of what a key or a record means, and it keeps no key and no value: only their hashes.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::float_arithmetic
    )
)]

extern crate alloc;

#[cfg(test)]
extern crate std;

pub mod app_hash;
pub mod log;
pub mod smt;

mod bounded;
mod sha;

/// A SHA-256 digest: 32 bytes.
pub type Hash = [u8; 32];
