//! What a network survives. Each test has a network of its own; they wait for each other.

mod boundaries;
mod events;
mod evidence;
mod kills;
mod proposer;
mod rollback;
mod shape;
mod split;
mod supervision;
mod synced;
