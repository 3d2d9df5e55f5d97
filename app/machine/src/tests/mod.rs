//! Tests of the law, over a small world in memory: five officers, an attester, two creators.

mod admission;
mod approvals;
mod invariants;
mod matrix;
mod names;
mod world;
