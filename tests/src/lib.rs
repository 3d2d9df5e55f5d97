//! Tests of the whole: the real programs, the real CometBFT, four validators, and whoever attacks them.
//!
//! # Flow
//! [`Network::start`] runs `nexusd localnet start` in a folder of its own; [`people`] and [`ledger`] act on it the way
//! strangers do, through JSON-RPC with bytes they signed themselves; [`Node`] kills, stops and starts single validators;
//! [`abci`] writes down and judges what each CometBFT and its application say to each other, and can hold a call for a
//! kill; [`patched`] makes a lying validator out of an honest one; [`programs`] runs `nexus` and `nexusd` as a shell would,
//! [`typed`] `nexus` with words as people type them.
//! [`hosting`] runs hosts that enforce nothing, and kills their agents and meters.
//! [`tour`] runs the transcript in the README.
//!
//! # Invariants
//! - One network at a time on a machine: starting one waits for the last one to be gone.
//! - Whatever a test does, also when it is killed itself, its network ends and its folder goes with it. Only processes
//!   that the network noted, compared by their start time, are ever signalled.
//! - Waiting is for something to happen, with a patience far above what it takes; no test asserts how long a thing took.
//!
//! # Never
//! Nothing here is linked into a program of the project, and no rule of the law is repeated here: tests say what is to
//! come out, the law decides.
//!
//! The networks need both programs built (`cargo build -p nexusd -p nexus-cli`) and CometBFT (`make setup`).
#![forbid(unsafe_code)]

pub mod abci;
pub mod actions;
pub mod bench_net;
pub mod bulk;
pub mod cadence;
pub mod clock;
pub mod events;
pub mod forge;
pub mod governance;
pub mod handshake;
pub mod hosting;
pub mod http;
pub mod joiner;
pub mod lab;
pub mod ledger;
pub mod load;
pub mod memory;
pub mod network;
pub mod node;
pub mod patched;
pub mod people;
pub mod perturbation;
pub mod process;
pub mod programs;
pub mod ratio;
pub mod rpc;
pub mod secrets;
pub mod tour;
pub mod typed;
pub mod wait;
pub mod watched;

pub use joiner::Joiner;
pub use network::{Network, Options};
pub use node::Node;
