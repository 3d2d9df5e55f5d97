//! Hosts that enforce nothing, on networks of four validators: placement, metering and reports from end to end. Each test
//! has a network of its own, because a host changes what the gates say to everybody; they wait for each other.

mod killed;
mod launched;
mod leaving;
