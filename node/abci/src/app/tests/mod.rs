//! Tests of the application, without CometBFT.
