//! Ad-hoc SQL for people: one query, read-only, bounded in time, rows and bytes.

use crate::error::{Error, sqlite_code};
use crate::index::Index;
use crate::limits::{CELL_BYTES, HEAP_MEBIBYTES, RESULT_BYTES, SELECT_ROWS};
use crate::query::{READ_TIME, limited, timed};
use crate::statement;
use futures_util::StreamExt;
use sqlx::sqlite::{SqliteRow, SqliteStatement, SqliteValueRef};
use sqlx::{AssertSqlSafe, Column, Executor, Row, SqlSafeStr, Statement, TypeInfo, ValueRef};

/// Bytes that a cell counts beside its text.
const CELL_COST: usize = 8;

/// The answer to an ad-hoc query, as text.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Rows {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The cells, row by row; none is NULL, bytes are lower-case hexadecimal.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether the query had more rows than were asked for, or than one answer may hold.
    pub truncated: bool,
}

impl Index {
    /// Runs one query of at most `limit` rows (1 to [`SELECT_ROWS`]). The connection is read-only; what
    /// would write is refused before SQLite sees it, and by SQLite where the text alone does not tell. After
    /// [`Self::asked_apart`] the time limit holds for everything; in this process it does not hold inside of one function.
    ///
    /// # Errors
    /// [`Error::AppendOnly`] for a write, [`Error::NotAQuery`], [`Error::ManyStatements`],
    /// [`Error::StatementTooLong`], [`Error::Parameter`], [`Error::Statement`] for SQL that SQLite does not accept,
    /// [`Error::TooSlow`], [`Error::TooLarge`], [`Error::Busy`].
    pub async fn select(&self, sql: &str, limit: u32) -> Result<Rows, Error> {
        statement::check(sql)?;
        if let Some(apart) = &self.apart {
            return apart.ask(sql, limit).await;
        }
        let mut connection = timed(&self.ad_hoc, READ_TIME).await?;
        let prepared: SqliteStatement = (&mut *connection)
            .prepare(AssertSqlSafe(sql).into_sql_str())
            .await
            .map_err(refused)?;
        let columns = prepared.columns().iter();
        let mut answer = Rows {
            columns: columns.map(|column| column.name().to_owned()).collect(),
            ..Rows::default()
        };
        let limit = usize::try_from(limit.clamp(1, SELECT_ROWS)).unwrap_or(1);
        let mut budget = RESULT_BYTES;
        let mut stream = prepared.query().persistent(false).fetch(&mut *connection);
        while let Some(row) = stream.next().await {
            let row = row.map_err(refused)?;
            let cells = cells(&row)?;
            let text: usize = cells.iter().flatten().map(String::len).sum();
            // A cell costs something though it be empty.
            let bytes = text.saturating_add(cells.len().saturating_mul(CELL_COST));
            if answer.rows.len() == limit || bytes > budget {
                answer.truncated = true;
                break;
            }
            budget = budget.saturating_sub(bytes);
            answer.rows.push(cells);
        }
        Ok(answer)
    }
}

fn refused(error: sqlx::Error) -> Error {
    const READ_ONLY: u32 = 8;
    const ERROR: u32 = 1;
    const NO_MEMORY: u32 = 7;
    const TOO_BIG: u32 = 18;
    const MISMATCH: u32 = 20;
    match (sqlite_code(&error), error.as_database_error()) {
        (Some(READ_ONLY), _) => Error::AppendOnly {
            statement: "a statement that writes".into(),
        },
        (Some(ERROR | MISMATCH), Some(database)) => Error::Statement {
            message: database.message().to_owned(),
        },
        (Some(NO_MEMORY | TOO_BIG), _) => Error::TooLarge {
            mebibytes: HEAP_MEBIBYTES,
        },
        _ => limited("running the query")(error),
    }
}

fn cells(row: &SqliteRow) -> Result<Vec<Option<String>>, Error> {
    (0..row.len())
        .map(|column| {
            let value = row.try_get_raw(column).map_err(refused)?;
            text(value).map_err(|source| refused(sqlx::Error::Decode(source)))
        })
        .collect()
}

fn text(value: SqliteValueRef<'_>) -> Result<Option<String>, sqlx::error::BoxDynError> {
    if value.is_null() {
        return Ok(None);
    }
    let kind = value.type_info().name().to_owned();
    Ok(Some(match kind.as_str() {
        "INTEGER" | "BOOLEAN" => <i64 as sqlx::Decode<sqlx::Sqlite>>::decode(value)?.to_string(),
        "REAL" => <f64 as sqlx::Decode<sqlx::Sqlite>>::decode(value)?.to_string(),
        "TEXT" => {
            // A text in SQLite need not be UTF-8. Only what is shown is copied, and a character more, which tells `cut`
            // that there is more: the whole may be a hundred megabytes, and three times that where it is no UTF-8.
            let bytes = <&[u8] as sqlx::Decode<sqlx::Sqlite>>::decode(value)?;
            let shown = bytes.get(..CELL_BYTES + 4).unwrap_or(bytes);
            cut(String::from_utf8_lossy(shown).into_owned())
        }
        _ => {
            let bytes = <&[u8] as sqlx::Decode<sqlx::Sqlite>>::decode(value)?;
            let shown = bytes.iter().take(CELL_BYTES);
            cut(shown.map(|byte| format!("{byte:02x}")).collect())
        }
    }))
}

/// The text, or its beginning with a mark.
fn cut(mut text: String) -> String {
    if text.len() > CELL_BYTES {
        text.truncate(text.floor_char_boundary(CELL_BYTES));
        text.push('…');
    }
    text
}
