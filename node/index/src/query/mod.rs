//! The typed queries: every list filtered, pinned to a height, paged by cursor, bounded.

mod gates;
mod hosts;
mod list;
mod logs;
mod money;
mod state;

use crate::error::{Error, sqlite_code};
use crate::index::Index;
use crate::limits::{READ_SECONDS, STEPS_PER_CHECK};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqlitePool;
use sqlx::{Row, Sqlite};
use std::time::{Duration, Instant};

/// What a read may take.
pub(crate) const READ_TIME: Duration = Duration::from_secs(READ_SECONDS);

impl Index {
    /// A read connection whose statements end at the time limit.
    pub(crate) async fn reader(&self) -> Result<PoolConnection<Sqlite>, Error> {
        timed(&self.readers, READ_TIME).await
    }
}

/// Takes a connection and gives it a deadline: SQLite asks the clock every few thousand steps.
pub(crate) async fn timed(
    pool: &SqlitePool,
    limit: Duration,
) -> Result<PoolConnection<Sqlite>, Error> {
    let mut connection = pool.acquire().await.map_err(|error| match error {
        sqlx::Error::PoolTimedOut => Error::Busy,
        source => Error::Sql {
            doing: "opening a read connection to the index",
            source,
        },
    })?;
    let begun = Instant::now();
    connection
        .lock_handle()
        .await
        .map_err(Error::sql("setting the time limit of a query"))?
        .set_progress_handler(STEPS_PER_CHECK, move || begun.elapsed() < limit);
    Ok(connection)
}

/// Names the limits where SQLite's error is one of them. No typed query needs much memory: where there is none left, an
/// ad-hoc query holds it, for a moment.
pub(crate) fn limited(doing: &'static str) -> impl Fn(sqlx::Error) -> Error {
    const INTERRUPT: u32 = 9;
    const NO_MEMORY: u32 = 7;
    move |source| match sqlite_code(&source) {
        Some(INTERRUPT) => Error::TooSlow {
            seconds: READ_SECONDS,
        },
        Some(NO_MEMORY) => Error::Busy,
        _ => Error::Sql { doing, source },
    }
}

/// A row of a list, as it comes from SQLite.
pub(crate) struct Raw<'a> {
    table: &'static str,
    row: &'a sqlx::sqlite::SqliteRow,
}

impl Raw<'_> {
    fn bad(&self, what: impl std::fmt::Display) -> Error {
        Error::BadRow {
            table: self.table,
            what: what.to_string(),
        }
    }

    fn get<'r, T>(&'r self, column: &'static str) -> Result<T, Error>
    where
        T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
    {
        self.row.try_get(column).map_err(|error| self.bad(error))
    }

    fn unsigned(&self, column: &'static str) -> Result<u64, Error> {
        let value: i64 = self.get(column)?;
        u64::try_from(value).map_err(|_| self.bad(format_args!("{column} is negative")))
    }

    fn parsed<T: std::str::FromStr>(&self, column: &'static str) -> Result<T, Error> {
        let text: String = self.get(column)?;
        text.parse()
            .map_err(|_| self.bad(format_args!("{column} is not readable")))
    }

    fn decoded<T>(&self, column: &'static str) -> Result<T, Error>
    where
        T: borsh::BorshDeserialize + borsh::BorshSerialize,
    {
        let bytes: &[u8] = self.get(column)?;
        nexus_types::decode(bytes).map_err(|error| self.bad(format_args!("{column}: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_endless_query_is_stopped_and_its_connection_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.sqlite");
        let index = Index::open(path, false).await.unwrap();
        let endless = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)
                       SELECT max(i) FROM n";
        let limit = Duration::from_millis(20);
        let mut connection = timed(&index.ad_hoc, limit).await.unwrap();
        let stopped = sqlx::query(endless).fetch_one(&mut *connection).await;
        let error = limited("counting")(stopped.unwrap_err());
        assert!(matches!(error, Error::TooSlow { seconds: 5 }), "{error}");
        // Another's memory is no fault of this query.
        let huge = sqlx::query("SELECT length(hex(zeroblob(400000000)))");
        let stopped = huge.fetch_one(&mut *connection).await;
        let error = limited("counting")(stopped.unwrap_err());
        assert!(matches!(error, Error::Busy), "{error}");
        drop(connection);
        let rows = index.select("SELECT 1", 1).await.unwrap();
        assert_eq!(rows.rows, [[Some("1".to_owned())]]);
    }
}
