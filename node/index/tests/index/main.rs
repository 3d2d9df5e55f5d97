//! The index against hand-made chains of real records.

mod append_only;
mod apply;
mod booking;
mod chain;
mod decisions;
mod feed;
mod hosting;
mod hosts;
mod ledger;
mod lists;
mod money;
mod rebuild;
mod rights;
mod schema_document;
mod seed;
mod select;
mod watched;
