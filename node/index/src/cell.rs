//! Values on their way into SQLite, and the one way to insert rows.

use crate::error::Error;
use crate::limits::INSERT_ROWS;
use nexus_types::crypto::KeyBytes;
use nexus_types::{Gate, Hash, IdentityId, Micros};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, QueryBuilder, Sqlite};
use std::borrow::Cow;
use std::fmt::Display;

/// One value of a column or of a condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    /// No value.
    Null,
    /// INTEGER.
    Int(i64),
    /// TEXT.
    Text(Cow<'static, str>),
    /// BLOB.
    Blob(Vec<u8>),
}

impl Cell {
    /// An unsigned number. SQLite's integers end at 2^63 − 1: a larger one is shown as that, and the
    /// exact figure stays in the row's borsh bytes. Heights and times never come near.
    pub(crate) fn int(value: impl Into<u64>) -> Self {
        Self::Int(saturated(value.into()))
    }

    /// Micro-credits: no amount of the law is beyond SQLite's integers; one that were is shown as the largest.
    pub(crate) fn micros(amount: Micros) -> Self {
        Self::int(u64::try_from(amount.0).unwrap_or(u64::MAX))
    }

    /// A count of things held in memory.
    pub(crate) fn count(value: usize) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// The value's canonical text.
    pub(crate) fn text(value: impl Display) -> Self {
        Self::Text(Cow::Owned(value.to_string()))
    }

    /// A word of ours.
    pub(crate) fn word(value: &'static str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }

    /// A hash as 64 hexadecimal digits.
    pub(crate) fn hash(hash: Hash) -> Self {
        Self::text(hash)
    }

    /// An identity as 64 hexadecimal digits.
    pub(crate) fn identity(identity: IdentityId) -> Self {
        Self::hash(identity.0)
    }

    /// A key as 64 hexadecimal digits.
    pub(crate) fn key(key: &KeyBytes) -> Self {
        Self::hash(Hash(key.0))
    }

    /// A gate's number, or no value.
    pub(crate) fn gate(gate: Option<Gate>) -> Self {
        gate.map_or(Self::Null, |gate| Self::int(gate.number()))
    }

    /// The value's text, or no value.
    pub(crate) fn opt(value: Option<impl Display>) -> Self {
        value.map_or(Self::Null, Self::text)
    }

    /// The texts of all values, space-separated.
    pub(crate) fn words(values: impl IntoIterator<Item = impl Display>) -> Self {
        let words: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        Self::Text(Cow::Owned(words.join(" ")))
    }

    /// Adds the value as a bound parameter.
    pub(crate) fn bind(&self, query: &mut QueryBuilder<Sqlite>) {
        match self {
            Self::Null => query.push_bind(None::<i64>),
            Self::Int(value) => query.push_bind(*value),
            Self::Text(value) => query.push_bind(value.to_string()),
            Self::Blob(value) => query.push_bind(value.clone()),
        };
    }

    /// Adds the value as the next parameter.
    fn give(self, arguments: &mut SqliteArguments) -> Result<(), sqlx::error::BoxDynError> {
        match self {
            Self::Null => arguments.add(None::<i64>),
            Self::Int(value) => arguments.add(value),
            Self::Text(Cow::Borrowed(value)) => arguments.add(value),
            Self::Text(Cow::Owned(value)) => arguments.add(value),
            Self::Blob(value) => arguments.add(value),
        }
    }
}

/// A u64 as SQLite's integer, at most 2^63 − 1.
pub(crate) fn saturated(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A row to be inserted. Table and column names are literals of this crate, values are bound.
pub(crate) struct Row {
    table: &'static str,
    /// How many columns, the first ones, are the key of an object that may have earlier versions.
    key: usize,
    cells: Vec<(&'static str, Cell)>,
}

impl Row {
    /// A row of that table.
    pub(crate) fn of(table: &'static str) -> Self {
        Self {
            table,
            key: 0,
            cells: Vec::new(),
        }
    }

    /// A version of the object with that key. Where the object first appeared is taken from its earliest version: its place
    /// in every list, whatever changes later. Without one it is here.
    pub(crate) fn version(
        table: &'static str,
        key: Vec<(&'static str, Cell)>,
        height: Cell,
        position: Cell,
    ) -> Self {
        Self {
            table,
            key: key.len(),
            cells: key,
        }
        .set("height", height.clone())
        .set("position", position.clone())
        .set("first_height", height)
        .set("first_position", position)
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
}

/// Rows of one table that set the same columns.
struct Group {
    table: &'static str,
    key: usize,
    columns: Vec<&'static str>,
    /// The cells of all rows, row by row, in the order of their parameters.
    cells: Vec<Cell>,
}

impl Group {
    fn of(row: &Row) -> Self {
        Self {
            table: row.table,
            key: row.key,
            columns: row.cells.iter().map(|(column, _)| *column).collect(),
            cells: Vec::new(),
        }
    }

    /// Whether that column is taken from the earliest version of the object, if there is one.
    fn is_earliest(&self, column: &str) -> bool {
        self.key > 0 && (column == "first_height" || column == "first_position")
    }

    fn add(&mut self, row: Row) {
        let cells = row.cells.iter().take(self.key);
        let key: Vec<Cell> = cells.map(|(_, cell)| cell.clone()).collect();
        for (column, cell) in row.cells {
            if self.is_earliest(column) {
                self.cells.extend(key.iter().cloned());
            }
            self.cells.push(cell);
        }
    }

    /// Parameters of one row.
    fn parameters(&self) -> usize {
        let columns = self.columns.iter();
        let earliest = columns.filter(|column| self.is_earliest(column)).count();
        self.columns
            .len()
            .saturating_add(earliest.saturating_mul(self.key))
    }

    fn takes(&self, row: &Row) -> bool {
        self.table == row.table
            && self.columns.len() == row.cells.len()
            && self
                .columns
                .iter()
                .zip(&row.cells)
                .all(|(column, (other, _))| column == other)
    }

    /// Inserts that many rows, the first of those left.
    async fn insert(
        &self,
        cells: &mut impl Iterator<Item = Cell>,
        rows: usize,
        connection: &mut SqliteConnection,
    ) -> Result<(), Error> {
        let failed = Error::sql("writing a block to the index");
        let mut arguments = SqliteArguments::default();
        let count = rows.saturating_mul(self.parameters());
        arguments.reserve(count, 0);
        for cell in cells.take(count) {
            if let Err(error) = cell.give(&mut arguments) {
                return Err(failed(sqlx::Error::Encode(error)));
            }
        }
        sqlx::query_with(AssertSqlSafe(self.statement(rows)), arguments)
            .execute(connection)
            .await
            .map_err(failed)?;
        Ok(())
    }

    fn statement(&self, rows: usize) -> String {
        let key: Vec<String> = self
            .columns
            .iter()
            .take(self.key)
            .map(|column| format!("{column} = ?"))
            .collect();
        let key = key.join(" AND ");
        let values: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                if self.is_earliest(column) {
                    let table = self.table;
                    format!("coalesce((SELECT {column} FROM {table} WHERE {key} ORDER BY height LIMIT 1), ?)")
                } else {
                    "?".to_owned()
                }
            })
            .collect();
        let row = format!("({})", values.join(","));
        let columns = self.columns.join(", ");
        let rows = vec![row; rows].join(",");
        // Whatever fails undoes the whole block, so that SQLite need not be able to undo this statement alone.
        format!(
            "INSERT OR FAIL INTO {} ({columns}) VALUES {rows}",
            self.table
        )
    }
}

/// Rows to be inserted, of any tables. One statement takes many rows: handing one to SQLite's thread and back costs more
/// than writing a row.
#[derive(Default)]
pub(crate) struct Rows {
    groups: Vec<Group>,
}

impl Rows {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: Row) {
        let found = self.groups.iter().position(|group| group.takes(&row));
        let group = match found.and_then(|found| self.groups.get_mut(found)) {
            Some(group) => group,
            None => self.groups.push_mut(Group::of(&row)),
        };
        group.add(row);
    }

    /// Inserts all rows: those of one table with the same columns in the order they were added.
    pub(crate) async fn insert(self, connection: &mut SqliteConnection) -> Result<(), Error> {
        for mut group in self.groups {
            let mut left = group.cells.len() / group.parameters().max(1);
            let mut cells = std::mem::take(&mut group.cells).into_iter();
            // Powers of two: few different statements, which SQLite prepares once each.
            let mut rows = INSERT_ROWS;
            while left > 0 {
                if left < rows {
                    rows /= 2;
                    continue;
                }
                group.insert(&mut cells, rows, connection).await?;
                left = left.saturating_sub(rows);
            }
        }
        Ok(())
    }
}
