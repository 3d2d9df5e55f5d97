//! What can go wrong, to what, and what to do about it.

use nexus_types::{Gate, Hash};
use std::path::PathBuf;

/// Any error of another room that travels through this one.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What the index refuses or cannot do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database could not be opened.
    #[error(
        "the index {path} cannot be opened: {source}; check that the file exists and that this user may read its folder"
    )]
    Open {
        /// The database file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The file is a database of something else.
    #[error("{path} is a database, but no index of this ledger; choose another file")]
    NotAnIndex {
        /// The database file.
        path: PathBuf,
    },
    /// The file was written with another schema.
    #[error(
        "the index {path} has schema version {found}, this program needs {expected}; run nexusd reindex"
    )]
    Schema {
        /// The database file.
        path: PathBuf,
        /// `user_version` of the file.
        found: i64,
        /// The version of this program.
        expected: i64,
    },
    /// A write through an index that was opened for reading.
    #[error("the index was opened read-only, so no block can be applied to it")]
    ReadOnly,
    /// A block that does not follow the last one.
    #[error(
        "block {given} cannot be indexed: the next one has to be {expected}; feed the blocks in between first"
    )]
    Gap {
        /// The height that would follow.
        expected: u64,
        /// The height given.
        given: u64,
    },
    /// Another block stands at that height.
    #[error(
        "block {height} is {given} but the index holds {indexed}: the index belongs to another history; run nexusd reindex"
    )]
    OtherHistory {
        /// The height.
        height: u64,
        /// The app hash after the indexed block.
        indexed: Hash,
        /// The app hash after the block given.
        given: Hash,
    },
    /// A block from before the first one this index holds.
    #[error(
        "block {height} lies before the first indexed one, {first}: this index began at a snapshot; run nexusd reindex where the full history is kept"
    )]
    BeforeFirst {
        /// The height given.
        height: u64,
        /// The first height indexed.
        first: u64,
    },
    /// The index holds blocks, so its first height is settled.
    #[error("the index already begins at height {first} and cannot begin anew; run nexusd reindex")]
    AlreadyBegun {
        /// The first height indexed.
        first: u64,
    },
    /// The source has no record of a block it should have.
    #[error(
        "the store has no record of block {height} (its latest is {latest}); it may have been pruned: run nexusd reindex"
    )]
    MissingBlock {
        /// The height asked for.
        height: u64,
        /// The source's latest height.
        latest: u64,
    },
    /// The source failed.
    #[error("block {height} cannot be read from the store: {source}")]
    Source {
        /// The height asked for.
        height: u64,
        /// What the source says.
        source: BoxError,
    },
    /// A state change that is no value of its kind: a bug, or a record of another version.
    #[error(
        "block {height} changes a {kind} in a way this version cannot read; run the nexusd version that wrote it, or report this"
    )]
    BadChange {
        /// The height.
        height: u64,
        /// The kind of state.
        kind: &'static str,
    },
    /// A row that does not hold what this version writes: the file was damaged or edited.
    #[error("a row of {table} is damaged ({what}); run nexusd reindex")]
    BadRow {
        /// The table.
        table: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A statement that would change or remove rows.
    #[error(
        "{statement} refused: the index is append-only, its rows are never changed or removed ({}); read with SELECT",
        Gate::AuditLogging
    )]
    AppendOnly {
        /// The statement's keyword.
        statement: String,
    },
    /// A statement that is no query.
    #[error(
        "{statement} refused: only one SELECT, WITH, VALUES or EXPLAIN of one can be run; read with SELECT"
    )]
    NotAQuery {
        /// The statement's first word.
        statement: String,
    },
    /// A statement with a parameter, or with a NUL.
    #[error(
        "{sign:?} refused: a query takes no parameters ($, :, @, #, ?) and no NUL; write the value itself"
    )]
    Parameter {
        /// What the parameter begins with.
        sign: char,
    },
    /// More than one statement.
    #[error("more than one statement given; run them one at a time")]
    ManyStatements,
    /// A statement that is too long.
    #[error("the statement is {bytes} bytes long, the limit is {limit}; shorten it")]
    StatementTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The statement is not valid SQL here.
    #[error(
        "SQLite refused the statement: {message}; docs/index-schema.md lists tables and columns"
    )]
    Statement {
        /// What SQLite says.
        message: String,
    },
    /// The time limit.
    #[error("the query was stopped after {seconds} s; narrow it with WHERE or LIMIT")]
    TooSlow {
        /// The limit.
        seconds: u64,
    },
    /// The memory limit.
    #[error("the query needed more than {mebibytes} MiB of memory; narrow it with WHERE or LIMIT")]
    TooLarge {
        /// The limit.
        mebibytes: u64,
    },
    /// All connections, or the memory they share, are taken.
    #[error("all read connections or their memory are taken; try again in a moment")]
    Busy,
    /// A height that is not indexed yet.
    #[error(
        "height {at} is not indexed yet (the index holds {indexed}); try again once it caught up"
    )]
    NotYet {
        /// The height asked for.
        at: u64,
        /// What the index holds, in words.
        indexed: String,
    },
    /// A file operation failed.
    #[error("{doing} {path} failed: {source}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// SQLite failed in the middle of something.
    #[error("{doing} failed: {source}")]
    Sql {
        /// What was tried.
        doing: &'static str,
        /// What SQLite says.
        source: sqlx::Error,
    },
}

impl Error {
    /// The gate behind the refusal, where one is: gate 11 for every write to what was logged.
    pub fn gate(&self) -> Option<Gate> {
        match self {
            Self::AppendOnly { .. } => Some(Gate::AuditLogging),
            _ => None,
        }
    }

    pub(crate) fn sql(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Sql { doing, source }
    }
}

/// SQLite's primary result code (the low byte of the extended one), if the error is SQLite's.
pub(crate) fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
