//! Values on their way into SQLite, and the one way to insert a row.

use crate::error::Error;
use nexus_types::Hash;
use nexus_types::crypto::KeyBytes;
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};
use std::fmt::Display;

/// One value of a column or of a condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    /// No value.
    Null,
    /// INTEGER.
    Int(i64),
    /// TEXT.
    Text(String),
    /// BLOB.
    Blob(Vec<u8>),
}

impl Cell {
    /// An unsigned number. SQLite's integers end at 2^63 − 1: a larger one is shown as that, and the
    /// exact figure stays in the row's borsh bytes. Heights and times never come near.
    pub(crate) fn int(value: impl Into<u64>) -> Self {
        Self::Int(saturated(value.into()))
    }

    /// A count of things held in memory.
    pub(crate) fn count(value: usize) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// The value's canonical text.
    pub(crate) fn text(value: impl Display) -> Self {
        Self::Text(value.to_string())
    }

    /// A key as 64 hexadecimal digits.
    pub(crate) fn key(key: &KeyBytes) -> Self {
        Self::text(Hash(key.0))
    }

    /// The value's text, or no value.
    pub(crate) fn opt(value: Option<impl Display>) -> Self {
        value.map_or(Self::Null, Self::text)
    }

    /// The texts of all values, space-separated.
    pub(crate) fn words(values: impl IntoIterator<Item = impl Display>) -> Self {
        let words: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        Self::Text(words.join(" "))
    }

    /// Adds the value as a bound parameter.
    pub(crate) fn bind(&self, query: &mut QueryBuilder<Sqlite>) {
        match self {
            Self::Null => query.push_bind(None::<i64>),
            Self::Int(value) => query.push_bind(*value),
            Self::Text(value) => query.push_bind(value.clone()),
            Self::Blob(value) => query.push_bind(value.clone()),
        };
    }
}

/// A u64 as SQLite's integer, at most 2^63 − 1.
pub(crate) fn saturated(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A row to be inserted. Table and column names are literals of this crate, values are bound.
pub(crate) struct Row {
    table: &'static str,
    cells: Vec<(&'static str, Cell)>,
}

impl Row {
    /// A row of that table.
    pub(crate) fn of(table: &'static str) -> Self {
        Self {
            table,
            cells: Vec::new(),
        }
    }

    /// Sets one column.
    #[must_use]
    pub(crate) fn set(mut self, column: &'static str, cell: Cell) -> Self {
        self.cells.push((column, cell));
        self
    }

    /// Sets several columns.
    #[must_use]
    pub(crate) fn set_all(mut self, cells: Vec<(&'static str, Cell)>) -> Self {
        self.cells.extend(cells);
        self
    }

    /// Inserts the row.
    pub(crate) async fn insert(self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO ");
        query.push(self.table).push(" (");
        for (position, (column, _)) in self.cells.iter().enumerate() {
            query.push(if position == 0 { "" } else { ", " });
            query.push(column);
        }
        query.push(") VALUES (");
        for (position, (_, cell)) in self.cells.iter().enumerate() {
            query.push(if position == 0 { "" } else { ", " });
            cell.bind(&mut query);
        }
        query.push(")");
        query
            .build()
            .execute(connection)
            .await
            .map_err(Error::sql("writing a block to the index"))?;
        Ok(())
    }
}
