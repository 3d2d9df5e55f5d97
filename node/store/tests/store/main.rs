//! The store from outside, over both backends. One binary, so that RocksDB is linked once.

mod durability;
mod ledger;
mod restores;
mod snapshots;
mod views;
