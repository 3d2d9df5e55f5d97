//! Between CometBFT and the application: what they say to each other is written down, judged and, on request, held.
//!
//! # Flow
//! [`Recorder`] listens where CometBFT looks for its application and passes every frame on, untouched, to the node's
//! real socket and back. What matters for the order of things becomes a [`Line`] of a recording, and each line goes
//! through the [`grammar`] of the specification as it is written. [`Recorder::hold`] stops one frame at a chosen
//! [`Moment`], so that a test can kill whom it likes exactly then.
//!
//! # Never
//! Nothing here changes, invents or reorders a byte; a frame is passed on or, after a kill, dropped.

mod call;
pub mod grammar;
mod hold;
mod recorder;
mod wire;

pub use call::{Kind, Line, Note};
pub use hold::{Hold, Moment, Side};
pub use recorder::Recorder;
