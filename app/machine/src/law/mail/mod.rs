//! Mail (gates 5, 14 and 16): addresses, routes, DKIM keys, credentials, and what mail agents commit to.
//!
//! Every object stands under a key of its own and, by hash, in its IMVU's book; whatever changes one goes through
//! [`book::Book`], so that the book's root, its counts and the agent's assignment follow.

pub(crate) mod addresses;
pub(crate) mod book;
pub(crate) mod credentials;
pub(crate) mod dkim;
pub(crate) mod epochs;
pub(crate) mod routes;
