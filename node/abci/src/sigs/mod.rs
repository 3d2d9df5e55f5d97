//! Signature checks: the one part of the law's work that needs `std` and randomness.
//!
//! The rule is [`verify_single`]: Ed25519 as ZIP-215 defines it, with `ed25519-consensus`, the
//! rules CometBFT itself uses. [`verify_many`] and [`SigCache`] only make asking cheaper: under
//! ZIP-215 a batch accepts exactly what single checks accept (up to a chance of 2⁻¹²⁸ over
//! randomness that no signer can foresee), and the cache remembers only what was found good.
//!
//! Whether a *key* may be registered (canonical, not of small order, torsion-free) is the law's
//! question, asked once at registration, not here.

mod batch;
mod cache;

pub use batch::{MAX_BATCH, SigItem, verify_many, verify_many_on, verify_single};
pub use cache::{CACHE_CAPACITY, CachedSigs, SigCache};

pub use nexus_machine::SigCheck;
