//! One page of any list.

use super::{Raw, limited};
use crate::cell::{Cell, saturated};
use crate::error::Error;
use crate::index::{Extent, Index, extent};
use crate::limits::{PAGE_ROWS, TOTAL_ROWS};
use crate::rows::{Order, Page, PageRequest, Position};
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};

const READING: &str = "reading a list from the index";

/// A list: which columns of which table, what orders it, what a height pins.
pub(super) struct List {
    /// The table, for messages.
    pub(super) table: &'static str,
    /// The columns, with the cursor as `cursor_height` and `cursor_position`.
    pub(super) columns: &'static str,
    /// Tables after FROM; the list's own has the alias `t`.
    pub(super) from: &'static str,
    /// The columns that make the cursor.
    pub(super) cursor: (&'static str, &'static str),
    /// The condition that holds at a height: SQL before and after the bound height.
    pub(super) pinned: (&'static str, &'static str),
    /// What the rows are ordered by, so that an index gives the order: the cursor, or what comes to the same.
    pub(super) order: &'static [&'static str],
}

/// The order of most lists.
pub(super) const BY_CURSOR: &[&str] = &["cursor_height", "cursor_position"];

/// Conditions: SQL before the bound value, the value, SQL after it.
#[derive(Default)]
pub(super) struct Conditions {
    each: Vec<(&'static str, Cell, &'static str)>,
    fixed: Option<&'static str>,
    up_to: Option<Position>,
}

impl Conditions {
    /// `column = value`, if there is a value.
    pub(super) fn equal(mut self, prefix: &'static str, value: Option<Cell>) -> Self {
        if let Some(value) = value {
            self.each.push((prefix, value, ""));
        }
        self
    }

    /// A condition without a value, if it is wanted.
    pub(super) fn fixed(mut self, wanted: bool, condition: &'static str) -> Self {
        self.fixed = wanted.then_some(condition).or(self.fixed);
        self
    }

    /// Up to that place and no further.
    pub(super) fn up_to(mut self, place: Option<Position>) -> Self {
        self.up_to = place;
        self
    }

    /// A condition with SQL on both sides of the value, if there is a value.
    pub(super) fn around(
        mut self,
        prefix: &'static str,
        value: Option<Cell>,
        suffix: &'static str,
    ) -> Self {
        if let Some(value) = value {
            self.each.push((prefix, value, suffix));
        }
        self
    }

    fn push(&self, query: &mut QueryBuilder<Sqlite>) {
        for (prefix, value, suffix) in &self.each {
            query.push(" AND ").push(prefix);
            value.bind(query);
            query.push(suffix);
        }
        if let Some(condition) = self.fixed {
            query.push(" AND ").push(condition);
        }
        if let Some(place) = self.up_to {
            query.push(" AND (t.height, t.position) <= (");
            query.push_bind(saturated(place.height)).push(", ");
            query.push_bind(i64::from(place.position)).push(")");
        }
    }
}

impl Index {
    /// Reads one page.
    pub(super) async fn page<T>(
        &self,
        list: &List,
        request: &PageRequest,
        conditions: Conditions,
        read: fn(&Raw<'_>, Position) -> Result<T, Error>,
    ) -> Result<Page<T>, Error> {
        let mut connection = self.reader().await?;
        let Pinned { at, first } = pin(&mut connection, request.at).await?;
        let limit = request.limit.clamp(1, PAGE_ROWS);
        let rows = fetch(&mut connection, list, request, &conditions, at, limit, read).await?;
        let counted = count(&mut connection, list, &conditions, at).await?;
        Ok(paged(rows, limit, counted, Pinned { at, first }))
    }
}

/// The page of these rows, which may be one more than fit.
pub(super) fn paged<T>(
    rows: Vec<(Position, T)>,
    limit: u32,
    counted: u64,
    pinned: Pinned,
) -> Page<T> {
    let (rows, next) = cut(rows, limit);
    Page {
        rows,
        next,
        total: counted.min(TOTAL_ROWS),
        total_is_exact: counted <= TOTAL_ROWS,
        at: pinned.at,
        complete_from: pinned.first,
    }
}

/// The height a list is pinned to, and the first height that the index holds.
pub(super) struct Pinned {
    pub(super) at: u64,
    pub(super) first: u64,
}

/// The height a list is pinned to. Everything at or below the cursor is closed, so a page read now and
/// one read later at the same height agree.
pub(super) async fn pin(
    connection: &mut SqliteConnection,
    wanted: Option<u64>,
) -> Result<Pinned, Error> {
    let Extent { first, latest } = extent(connection).await?;
    match (wanted, latest) {
        (None, Some(at)) => Ok(Pinned { at, first }),
        (Some(at), Some(_)) if at < first => Err(Error::BeforeFirst { height: at, first }),
        (Some(at), Some(latest)) if at <= latest => Ok(Pinned { at, first }),
        (at, latest) => Err(Error::NotYet {
            at: at.unwrap_or_default(),
            indexed: latest.map_or("no block".into(), |latest| format!("blocks up to {latest}")),
        }),
    }
}

/// At most `limit` rows and one more, which tells whether a next page exists.
pub(super) async fn fetch<T>(
    connection: &mut SqliteConnection,
    list: &List,
    request: &PageRequest,
    conditions: &Conditions,
    at: u64,
    limit: u32,
    read: fn(&Raw<'_>, Position) -> Result<T, Error>,
) -> Result<Vec<(Position, T)>, Error> {
    let wanted = limit.saturating_add(1);
    let query = statement("SELECT ", list, request, conditions, at, wanted);
    gather(connection, query, list.table, read).await
}

/// The statement that reads `wanted` rows of a list; it begins with `begin`, and goes on with the columns.
pub(super) fn statement(
    begin: &'static str,
    list: &List,
    request: &PageRequest,
    conditions: &Conditions,
    at: u64,
    wanted: u32,
) -> QueryBuilder<Sqlite> {
    let (height, position) = list.cursor;
    let (beyond, direction) = match request.order {
        Order::NewestFirst => ("<", "DESC"),
        Order::OldestFirst => (">", "ASC"),
    };
    let mut query = QueryBuilder::<Sqlite>::new(begin);
    query.push(list.columns);
    push_from(&mut query, list, conditions, at);
    if let Some(after) = request.after {
        query.push(format_args!(" AND ({height}, {position}) {beyond} ("));
        query.push_bind(saturated(after.height)).push(", ");
        query.push_bind(i64::from(after.position)).push(")");
    }
    for (nth, column) in list.order.iter().enumerate() {
        query.push(if nth == 0 { " ORDER BY " } else { ", " });
        query.push(format_args!("{column} {direction}"));
    }
    query.push(" LIMIT ");
    query.push_bind(i64::from(wanted));
    query
}

/// The rows of a query that gives them with their places.
pub(super) async fn gather<T>(
    connection: &mut SqliteConnection,
    mut query: QueryBuilder<Sqlite>,
    table: &'static str,
    read: fn(&Raw<'_>, Position) -> Result<T, Error>,
) -> Result<Vec<(Position, T)>, Error> {
    let rows = query
        .build()
        .fetch_all(connection)
        .await
        .map_err(limited(READING))?;
    rows.iter()
        .map(|row| {
            let raw = Raw { table, row };
            let place = Position {
                height: raw.unsigned("cursor_height")?,
                position: u32::try_from(raw.unsigned("cursor_position")?)
                    .map_err(|_| raw.bad("cursor_position is too large"))?,
            };
            Ok((place, read(&raw, place)?))
        })
        .collect()
}

fn push_from(query: &mut QueryBuilder<Sqlite>, list: &List, conditions: &Conditions, at: u64) {
    query.push(" FROM ").push(list.from).push(" WHERE ");
    query.push(list.pinned.0);
    query.push_bind(saturated(at));
    query.push(list.pinned.1);
    conditions.push(query);
}

/// How many rows the list has, up to one more than a total is counted to.
async fn count(
    connection: &mut SqliteConnection,
    list: &List,
    conditions: &Conditions,
    at: u64,
) -> Result<u64, Error> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM (SELECT 1");
    push_from(&mut query, list, conditions, at);
    query.push(" LIMIT ");
    query.push_bind(saturated(TOTAL_ROWS.saturating_add(1)));
    query.push(")");
    let counted: i64 = query
        .build_query_scalar()
        .fetch_one(connection)
        .await
        .map_err(limited(READING))?;
    Ok(u64::try_from(counted).unwrap_or_default())
}

/// The rows of the page, and its last place if more follow.
pub(super) fn cut<T>(mut rows: Vec<(Position, T)>, limit: u32) -> (Vec<T>, Option<Position>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().map(|(place, _)| *place);
    let next = if more { last } else { None };
    (rows.into_iter().map(|(_, row)| row).collect(), next)
}
