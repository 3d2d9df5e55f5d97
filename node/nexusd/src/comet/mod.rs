//! CometBFT as this node's child: its program, its home, its life.

pub(crate) mod binary;
pub(crate) mod child;
pub(crate) mod home;
pub(crate) mod supervisor;
