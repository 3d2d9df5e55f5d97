//! Tests of the law, over a small world in memory: five officers, an attester, two creators.

mod admission;
mod approvals;
mod broken_books;
mod bursts;
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
mod statements;
mod team;
mod timers;
mod world;
