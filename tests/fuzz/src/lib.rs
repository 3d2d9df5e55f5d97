//! Fuzzing: what a stranger can send, as functions that take any bytes and must hold.
//!
//! # Flow
//! A [`Target`] is a function over bytes that panics when a promise is broken. Two things call it:
//! - `cargo test -p nexus-fuzz` runs every target over its seeds (made from tests/vectors), over the committed corpus
//!   (tests/fuzz/corpus), over every input that ever broke it (tests/fuzz/findings), and over some mutations of these;
//! - libFuzzer (tests/fuzz/libfuzzer, `make fuzz`) looks for new inputs, guided by coverage, with AddressSanitizer.
//!
//! # Invariants
//! - A target is deterministic: the same bytes take the same way, every time and on every machine.
//! - A target that knows the truth compares with it: a proof that verifies is true of the tree it was checked against, a
//!   bundle that verifies says what the genuine one says.
//! - [`mutate()`] keeps encodings valid where blind flips would only ever exercise the decoder.
//!
//! # Never
//! A target opens no socket, writes no file and reads no clock; its only randomness is the seed that the caller gives.
#![forbid(unsafe_code)]

pub mod corpus;
mod hostile;
pub mod mutate;
mod targets;
mod unfinished;
pub mod vectors;
pub mod world;

pub use targets::{TARGETS, Target};

/// Runs the target of that name, for libFuzzer.
///
/// # Panics
/// If there is none, or it breaks a promise.
pub fn run(name: &str, data: &[u8]) {
    (named(name).run)(data);
}

/// Mutates an input as the target of that name says: the first `size` bytes in place, into at most `max`.
///
/// # Panics
/// If there is no such target.
pub fn mutate(
    name: &str,
    data: &mut [u8],
    size: usize,
    max: usize,
    seed: u32,
    bytes: mutate::Bytes<'_>,
) -> usize {
    let mut random = mutate::Random::new(seed.into());
    match named(name).mutation {
        Some(mutation) => mutation(data, size, max, &mut random, bytes),
        None => bytes(data, size, max),
    }
}

fn named(name: &str) -> &'static Target {
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("there is no target {name}"))
}
