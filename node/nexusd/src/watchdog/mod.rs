//! The watchdog: notices that this node went wrong alone, keeps evidence, and ends the node.
//!
//! **Why.** After an app hash that is not the others', CometBFT prints CONSENSUS FAILURE and stays alive: its `/health`
//! says OK, its status says that it is not catching up, and its height never changes again. A validator whose clock is
//! slow by a minute ends the same way. Only a comparison with the network shows it.
//!
//! **Flow.** Every second this node's own height is read. While it changes, other nodes are asked now and then; as soon
//! as it stands, they and our own CometBFT are asked every few seconds for the header above ours. What they show is
//! checked ([`proof`]), compared ([`judge`]), and told: in the log, in [`figures::Figures`], and, when the node is to
//! end, by [`Watchdog::ended`].
//!
//! **Invariants.**
//!
//! 1. The node ends only by a proof: signatures of more than two thirds of the validators' power that this node's own
//!    state names, or votes of as many that its own CometBFT checked. A clock is judged by most of at least two nodes.
//!    What one liar says is counted and logged.
//! 2. A network that stands as a whole ends nobody, and neither does a node that catches up.
//!
//! **Never.** It writes nothing to the ledger, signs nothing, and repairs nothing.

mod ask;
pub(crate) mod clock;
mod end;
mod evidence;
mod figures;
pub(crate) mod halted;
mod judge;
mod look;
mod proof;

pub(crate) use figures::Figures;
pub(crate) use look::{Subject, Watchdog, clients};
