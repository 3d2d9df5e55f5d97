//! What each subcommand does, one file each.

pub(crate) mod begin;
pub(crate) mod check;
pub(crate) mod genesis;
pub(crate) mod init;
pub(crate) mod query;
pub(crate) mod recovery;
pub(crate) mod reindex;
pub(crate) mod rollback;
pub(crate) mod status;
