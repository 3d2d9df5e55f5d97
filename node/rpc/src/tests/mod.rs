//! The server as a caller meets it: over sockets, in front of the real law, store and index. Only consensus is played,
//! by [`fake_comet`], which checks, orders and signs like it and keeps every byte it was handed.

mod bundles;
mod chain;
mod document;
mod fake_comet;
mod flow;
mod governance;
mod harness;
mod hosting;
mod hosts;
mod interface;
mod limits;
mod mail;
mod money;
mod names;
mod paying;
mod payments;
mod reads;
mod rest_calls;
mod rights;
mod states;
mod usage;
