//! The targets.

mod abci_frame;
mod bundle;
mod genesis;
mod json_params;
mod name;
mod object;
mod proof;
mod rdata;
mod snapshot_chunk;
mod transaction;

use crate::mutate::Mutation;

/// What one kind of input must hold.
pub struct Target {
    /// Its name: of the libFuzzer program, of its corpus, of its findings.
    pub name: &'static str,
    /// Takes any bytes; panics if a promise is broken.
    pub run: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// How its inputs are mutated, where blind bytes would not get past the decoder.
    pub mutation: Option<Mutation>,
    /// Bytes of an input: enough for every way through the code, short enough to be fast.
    pub max_len: usize,
}

/// All of them.
pub static TARGETS: [Target; 10] = [
    transaction::TARGET,
    object::TARGET,
    genesis::TARGET,
    proof::TARGET,
    bundle::TARGET,
    snapshot_chunk::TARGET,
    abci_frame::TARGET,
    json_params::TARGET,
    name::TARGET,
    rdata::TARGET,
];
