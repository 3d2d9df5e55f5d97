//! Tests of the law, over a small world in memory: five officers, an attester, two creators.

mod admission;
mod approvals;
mod broken_books;
mod broken_council;
mod bursts;
mod council;
mod edges;
mod governance;
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
mod timers;
mod world;
