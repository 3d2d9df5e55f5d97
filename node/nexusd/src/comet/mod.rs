//! CometBFT as this node's child: its program and its home.

pub(crate) mod binary;
pub(crate) mod home;
