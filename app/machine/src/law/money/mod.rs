//! The law of money (law §4): accounts, prices, charges, revenue, periods.
//!
//! Flow: a sealed hour is rated and charged ([`rating`], [`payers`]), a sale is booked ([`sales`]); both post through the one
//! [`books::Books::post`] and go through the one `split`; each leaves an entry in the IMVU's account book and adds to its
//! period ([`account_book`]), from which a statement is made once ([`closing`], [`statement`]).

pub(crate) mod account_book;
pub(crate) mod books;
pub(crate) mod closing;
pub(crate) mod containment;
pub(crate) mod corrections;
pub(crate) mod debts;
pub(crate) mod disputes;
pub(crate) mod facts;
pub(crate) mod mandates;
pub(crate) mod maturing;
pub(crate) mod payers;
pub(crate) mod payouts;
pub(crate) mod prices;
pub(crate) mod processors;
pub(crate) mod rating;
pub(crate) mod sales;
pub(crate) mod standing;
pub(crate) mod statement;
