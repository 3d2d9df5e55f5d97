//! What anybody can do to a running network of four validators. The tests share one network and leave it running.

mod approvals;
mod commands;
mod exits;
mod gates;
mod guardians;
mod interface;
mod load;
mod odd;
mod rare;
mod rest;
mod rights;
mod secrets;
mod standing;
mod webhook;
mod wire;
