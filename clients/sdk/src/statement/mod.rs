//! Statements, made again from receipts alone.
//!
//! # Flow
//! 1. [`read_all`] takes every leaf of an IMVU's usage and money collections and insists on the collections' proved size
//!    and root: nothing is missing, nothing is added.
//! 2. [`recompute`] checks each charge against the hour of use it names and against the price list, sums everything that
//!    stands in the period, and writes the statement's text.
//! 3. [`compare`] names the first member in which two statements differ.
//!
//! # Never
//! It shares no arithmetic and no JSON with the machine: prices, sums, shares and the canonical text are worked out here
//! once more, so that an error of one shows against the other.

mod canonical;
mod compare;
mod document;
mod fault;
mod receipts;
mod recompute;
mod sums;

pub use canonical::canonical_text;
pub use compare::{Difference, compare};
pub use document::{
    Adjusted, Document, Granted, Net, Payer, Refunded, Sales, Split, Terms, TwoShares, Used,
};
pub use fault::Fault;
pub use receipts::{IncompleteError, Receipts, read_all};
pub use recompute::{document, recompute};

#[cfg(test)]
mod tests;
