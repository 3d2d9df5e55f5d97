//! A validator that goes wrong alone, and a clock that is wrong: the node notices, keeps evidence and ends, and the
//! others go on.

mod alone;
mod clocks;
mod liar;
mod memory;
