//! The room where the law meets CometBFT.
//!
//! **Purpose.** CometBFT v0.38 orders bytes and asks an application what they mean. This crate is
//! that application's outer half: it carries CometBFT's requests to the state machine and the
//! answers back, and it does the one piece of the law's work that needs `std` and randomness,
//! checking signatures in batches.
//!
//! **Flow.**
//!
//! ```text
//! CometBFT ══ unix socket ══► transport ── one request, or a drained run of CheckTx ──► application
//!                                                                                          │
//!                                                        sigs::CachedSigs ◄── "is this signature good?"
//! ```
//!
//! - [`transport`] serves any [`tendermint_abci::Application`] on a unix socket: private file,
//!   known peers only, bounded frames, exactly one consensus connection, no panic on any input.
//! - [`sigs`] answers [`sigs::SigCheck`]: single verification decides, batches and the cache only
//!   save the time of asking again.
//!
//! **Invariants.**
//!
//! 1. Requests of one connection are answered in the order they came, one answer each.
//! 2. Whatever bytes arrive, this process answers or closes that one connection; the others live on.
//! 3. Switching the cache off, on, or letting it evict never changes an answer.
//!
//! **Never.** This crate decides no rule of the law, speaks no JSON, opens no TCP port, and logs
//! neither transactions nor any other payload.

#![forbid(unsafe_code)]

pub mod app;
pub mod sigs;
pub mod transport;
