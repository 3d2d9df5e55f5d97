//! What anybody can do to a running network of four validators. The tests share one network and leave it running.

mod commands;
mod interface;
mod refusals;
mod rest;
mod secrets;
mod wire;
