//! What the seats decide about the network itself, on a network that runs: upgrades, validators, recovery. Each test has a
//! network of its own, whose time-locks take seconds.

mod outside_names;
mod recovery;
mod upgrade;
mod validators;

/// Time-locks of the law, shortened: milliseconds.
const DELAYS: &[(&str, u64)] = &[
    ("register_ms", 3_000),
    ("governance_ms", 6_000),
    ("upgrade_fast_ms", 3_000),
    ("trusting_ms", 25_000),
];
