//! Tests of the law, over a small world in memory: five officers, an attester, two creators.

mod admission;
mod approvals;
mod broken_books;
mod broken_rights;
mod bursts;
mod consents;
mod edges;
mod guardians;
mod hostile;
mod hosting;
mod invariants;
mod market;
mod matrix;
mod metering;
mod model;
mod money;
mod names;
mod placement;
mod readings;
mod snapshots;
mod statements;
mod team;
mod timers;
mod world;
