//! Nexus COS for whoever trusts nobody: keys, signatures, a client of the nodes' JSON-RPC, and the verification of
//! everything the ledger says, down from an anchor the caller brought along.
//!
//! # Flow
//! - To act: a [`keys::KeyFile`] gives a [`keys::Signer`]; [`sign::TxBuilder`] makes a transaction of an action;
//!   [`client::Client`] hands it to a node.
//! - To keep what the ledger holds only commitments to, the records of consents: a [`vault::Vault`].
//! - To know: a node gives a [`bundle::Bundle`]; [`verify::verify`] checks it against an [`anchor::Anchor`], with no node
//!   involved, and returns every step with a [`verify::Verified`] value, or the step that failed.
//!
//! # Invariants
//! - A [`verify::Verified`] exists only after every step passed; answers of [`client::Client`] are what a node claims.
//! - Seeds live in memory that is wiped, appear in no `Debug`, and reach a disk only encrypted.
//! - A call that may have changed something is never sent twice: its outcome is then unknown, and the error says so.
//!
//! # Never
//! It depends on no part of a node and on no part of the machine that decides; it holds no rule of the law, only the
//! words of it. It reads no clock where something is verified, and asks nobody for permission to verify.
#![forbid(unsafe_code)]

pub mod anchor;
pub mod api;
pub mod bundle;
pub mod client;
pub mod keys;
pub mod policy;
pub mod sign;
pub mod statement;
pub mod vault;
pub mod verify;
