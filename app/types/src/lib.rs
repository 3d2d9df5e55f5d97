//! The words of Nexus COS: what every other room says and nobody redefines.
//!
//! Identities, names, quotas, routes, the transaction envelope, actions, verdicts,
//! records of the logs, state keys and the objects behind them, the frozen code table.
//!
//! Flow: bytes → [`encoding::decode`] → [`tx::Tx`] → (the machine decides) → [`verdict::Verdict`].
//!
//! Invariants
//! - One byte string per value: strict borsh, sorted sets, bounded collections; see [`encoding`].
//! - Every limit is a constant in [`limits`], with its unit and its reason.
//! - State keys come only from [`state_key`]; their bytes are frozen by a test.
//! - Codes are frozen: [`code::Code`] is exhaustive and snapshot-tested.
//!
//! Never here: a clock, randomness, IO, floats, maps with hash order, JSON (but for
//! [`canonical_json`], in which the law writes statements), protobuf, a rule
//! that needs state (rules live in the machine).
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

pub mod action;
pub mod approval;
pub mod billing;
pub mod block;
pub mod canonical_json;
pub mod code;
pub mod consent;
pub mod constants;
pub mod crypto;
pub mod domain;
pub mod encoding;
pub mod exit;
pub mod gate;
pub mod genesis;
pub mod governance;
pub mod guardian;
pub mod hash;
pub mod host;
pub mod ids;
pub mod jurisdiction;
pub mod limits;
pub mod log;
pub mod mail;
pub mod meter;
pub mod money;
pub mod name;
pub mod payment;
pub mod period;
pub mod quota;
pub mod record;
pub mod recovery;
pub mod report;
pub mod role;
pub mod route;
pub mod rrset;
pub mod snapshot;
pub mod state;
pub mod state_key;
pub mod time;
pub mod tx;
pub mod verdict;

pub use action::{Action, ActionKind};
pub use approval::{Approval, ApprovalBody, Change};
pub use code::Code;
pub use crypto::{KeyBytes, KeyFault, Signature};
pub use encoding::{Bytes, DecodeError, Few, List, Set, Text, decode};
pub use gate::Gate;
pub use hash::Hash;
pub use ids::{ChainId, HostId, IdentityId, ImvuId, MeterId, ProcessorId};
pub use money::{Grains, Micros};
pub use name::{Name, NameFault};
pub use period::{Calendar, Period};
pub use role::Role;
pub use time::{Height, Time};
pub use tx::{Network, Tx, TxBody};
pub use verdict::{Outcome, Reason, Subject, Verdict};
