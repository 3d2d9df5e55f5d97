//! What is wrong with receipts.

use nexus_types::meter::Resource;
use nexus_types::period::Period;
use thiserror::Error;

/// Why receipts do not give a statement: which of them contradicts which other.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Fault {
    /// A receipt is missing, double or of another IMVU.
    #[error(
        "entry {position} of the {collection} collection is of {found}: the receipts must be all of one IMVU's, in order"
    )]
    OutOfOrder {
        /// `usage` or `money`.
        collection: &'static str,
        /// Where it was met.
        position: usize,
        /// What it says of itself.
        found: String,
    },
    /// A charge names an hour of use that is not there.
    #[error("money entry {entry} charges usage entry {usage}, which does not exist")]
    NoUse {
        /// The charge.
        entry: u64,
        /// The hour it names.
        usage: u64,
    },
    /// Two charges for one hour of use.
    #[error("money entry {entry} charges usage entry {usage} once more")]
    ChargedTwice {
        /// The second charge.
        entry: u64,
        /// The hour.
        usage: u64,
    },
    /// An hour of use that nobody was charged for.
    #[error("usage entry {usage} has use, but no money entry charges it")]
    NotCharged {
        /// The hour.
        usage: u64,
    },
    /// A charge differs from its hour of use.
    #[error("money entry {entry}: {what} is {stated}, but usage entry {usage} gives {computed}")]
    UnlikeUse {
        /// The charge.
        entry: u64,
        /// Its hour.
        usage: u64,
        /// In what.
        what: String,
        /// By the charge.
        stated: String,
        /// By the hour.
        computed: String,
    },
    /// A charge by a list that did not hold.
    #[error(
        "money entry {entry} is priced by list {stated}, but list {computed} holds in period {of}"
    )]
    WrongList {
        /// The charge.
        entry: u64,
        /// The period of the use.
        of: Period,
        /// By the charge.
        stated: u32,
        /// By the price book.
        computed: u32,
    },
    /// A price list that was not brought along.
    #[error("price list {version} is needed for period {of} and was not given")]
    NoList {
        /// Which.
        version: u32,
        /// For which period.
        of: Period,
    },
    /// A line whose amount is not what the price gives.
    #[error(
        "money entry {entry} charges {stated} micro-credits for {resource}, but the price gives {computed}"
    )]
    WrongAmount {
        /// The charge.
        entry: u64,
        /// Of what.
        resource: Resource,
        /// By the charge.
        stated: u128,
        /// By the price.
        computed: u128,
    },
    /// The payers' parts are not the whole.
    #[error(
        "money entry {entry}: its payers bear {parts} micro-credits, its lines come to {lines}"
    )]
    WrongParts {
        /// The charge.
        entry: u64,
        /// What the payers bear.
        parts: u128,
        /// What the lines come to.
        lines: u128,
    },
    /// A payer that paid more than it bears.
    #[error("money entry {entry}: a payer paid more of the charge than it bears")]
    OverCollected {
        /// The charge.
        entry: u64,
    },
}
