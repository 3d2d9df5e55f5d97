//! The node's interface: typed reads with proofs, submission of signed transactions, replayable events, and the
//! specification's own HTTP calls, all on one port.
//!
//! # Flow
//! A connection is accepted within limits → each call is charged to its caller, before anything is decoded or verified →
//! its parameters are read strictly → it reads one [`nexus_store::ReadView`] or the index, or hands bytes to CometBFT →
//! its answer is counted until the socket has taken it.
//!
//! # Invariants
//! - One answer is of one committed height, and says of which. A list stays at its height from page to page.
//! - A proof covers exactly the state objects that the answer was read from.
//! - The methods that answer and the methods that `rpc.discover` describes are one table.
//! - What one connection leaves unread is bounded in bytes; so are bodies, batches, subscriptions, connections and calls.
//! - A refusal that stands on the ledger is a result. An error carries a code with its cause and remedy.
//!
//! # Never
//! It writes nothing: it holds views, an index to ask and a way to hand on bytes. It holds no key, believes no client,
//! decides no rule, and logs no payload. It needs CometBFT only to submit and for signed headers.

mod comet;
mod config;
mod conn;
mod cursor;
mod discover;
mod figures;
mod limit;
mod machine_view;
mod methods;
mod middleware;
mod node;
mod passthrough;
mod reading;
mod refusal;
mod registry;
mod rest;
mod server;

pub use comet::{Comet, CometError};
pub use config::{
    MAX_BATCH, MAX_BODY_BYTES, MAX_QUEUED_BYTES, MAX_RESPONSE_BYTES, MAX_SUBSCRIPTIONS, Rate,
    RpcConfig,
};
pub use figures::{CallClass, CallOutcome, Figures, RefusalReason};
pub use node::Context;
pub use server::{RpcError, RpcHandle, serve};

#[cfg(test)]
mod tests;
