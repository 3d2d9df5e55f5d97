//! The law: a pure function that every validator runs.
//!
//! Flow: bytes → [`admit`] → [`Admitted`] → gates → effects → audit entry, all inside [`Block::execute`].
//!
//! Invariants
//! - Only `admit` builds an [`Admitted`]; only [`Block`] writes. There is no public `put`: to bypass a
//!   gate does not compile.
//! - Every action declares its gates in one exhaustive table (`ActionKind::gates`); all of them are
//!   evaluated, and the verdict lists each.
//! - A denial writes its nonce, allowance, audit entry, violation and notice, and nothing else.
//! - [`Block::execute`] is total over any bytes: a decided block may hold anything.
//! - The same block on the same state gives the same writes, results and app hash on every machine.
//!
//! Never here: std, a clock, randomness, floats, IO, hash maps, protobuf, JSON but for the canonical text of statements.
#![cfg_attr(not(any(test, feature = "std")), no_std)]
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

mod admit;
mod block;
mod case;
mod gates;
mod genesis;
pub mod invariants;
mod law;
mod recovery;
mod signatures;
mod validators;
mod view;

pub use admit::{Admitted, Inadmissible, admit, admit_tx, decode_tx};
pub use block::{Block, Executed, Misbehaviour, TxOutcome};
pub use genesis::genesis;
pub use law::governance::upgrade::Decider;
pub use law::zone::check_set as check_record_set;
pub use recovery::{RecoveryFault, recover};
pub use signatures::{SigCheck, SigItem, SingleVerify, signatures};
pub use view::{BlockContext, View};

#[cfg(test)]
mod tests;
