//! The store from outside, over both backends. One binary, so that RocksDB is linked once.

mod checks;
mod damage;
mod durability;
mod ledger;
mod options;
mod recent;
mod restores;
mod snapshots;
mod views;
