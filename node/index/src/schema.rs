//! The schema: created once, versioned, closed by triggers.

use crate::error::Error;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Row};
use std::path::Path;

/// The schema's version, in `PRAGMA user_version`. A file of another version is rebuilt, never migrated:
/// all of it follows from the blocks.
pub const SCHEMA_VERSION: i64 = 7;

/// `NXIX`, in `PRAGMA application_id`: tells our file from any other database.
const APPLICATION_ID: i64 = 0x4e58_4958;

/// Logs that are views over what is stored once. They refuse in the same words as tables.
const LOGS: [&str; 2] = ["audit_log", "gate_decisions"];

/// The ledger's own tables, then those of hosts, meters and usage, those of money, and those of the rules over all of them.
const SCHEMA: [&str; 4] = [
    include_str!("schema.sql"),
    include_str!("schema_hosts.sql"),
    include_str!("schema_money.sql"),
    include_str!("schema_watch.sql"),
];

/// Creates the schema in an empty file, or checks that of a file that has one.
pub(crate) async fn ensure(connection: &mut SqliteConnection, path: &Path) -> Result<(), Error> {
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(Error::sql("locking the index"))?;
    let tables = count_tables(&mut transaction).await?;
    if tables > 0 {
        return check(&mut transaction, path).await;
    }
    for part in SCHEMA {
        sqlx::raw_sql(part)
            .execute(&mut *transaction)
            .await
            .map_err(Error::sql("creating the tables of the index"))?;
    }
    for table in tables_of(&mut transaction).await? {
        sqlx::raw_sql(AssertSqlSafe(triggers(&table)))
            .execute(&mut *transaction)
            .await
            .map_err(Error::sql("creating the triggers of the index"))?;
    }
    for view in LOGS {
        sqlx::raw_sql(AssertSqlSafe(view_triggers(view)))
            .execute(&mut *transaction)
            .await
            .map_err(Error::sql("creating the triggers of the index"))?;
    }
    let stamp = format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
    );
    sqlx::raw_sql(AssertSqlSafe(stamp))
        .execute(&mut *transaction)
        .await
        .map_err(Error::sql("stamping the index"))?;
    transaction
        .commit()
        .await
        .map_err(Error::sql("creating the index"))
}

/// Checks that the file is an index of this version.
pub(crate) async fn check(connection: &mut SqliteConnection, path: &Path) -> Result<(), Error> {
    if pragma(connection, "PRAGMA application_id").await? != APPLICATION_ID {
        return Err(Error::NotAnIndex { path: path.into() });
    }
    let found = pragma(connection, "PRAGMA user_version").await?;
    if found != SCHEMA_VERSION {
        return Err(Error::Schema {
            path: path.into(),
            found,
            expected: SCHEMA_VERSION,
        });
    }
    Ok(())
}

async fn pragma(connection: &mut SqliteConnection, sql: &'static str) -> Result<i64, Error> {
    sqlx::query_scalar(sql)
        .fetch_one(connection)
        .await
        .map_err(Error::sql("reading the stamp of the index"))
}

async fn count_tables(connection: &mut SqliteConnection) -> Result<i64, Error> {
    sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(connection)
        .await
        .map_err(Error::sql("reading the schema of the index"))
}

async fn tables_of(connection: &mut SqliteConnection) -> Result<Vec<String>, Error> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let rows = sqlx::query(sql)
        .fetch_all(connection)
        .await
        .map_err(Error::sql("reading the schema of the index"))?;
    rows.iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()
        .map_err(Error::sql("reading the schema of the index"))
}

/// What a log that is a view says to a write.
fn view_triggers(view: &str) -> String {
    let refusals = [
        ("INSERT", "its rows follow from blocks"),
        ("UPDATE", "its rows are never changed"),
        ("DELETE", "its rows are never removed"),
    ];
    refusals
        .map(|(event, why)| {
            let refuse = refuse(view, why);
            let name = event.to_lowercase();
            format!("CREATE TRIGGER {view}_refuses_{name} INSTEAD OF {event} ON {view} {refuse}")
        })
        .concat()
}

/// FAIL, not ABORT, which would have SQLite note every page before a statement of ours changes it. A row that is refused
/// is the first of its statement; our own rows are undone with their block.
fn refuse(name: &str, why: &str) -> String {
    format!(
        "BEGIN SELECT RAISE(FAIL, '{name} is append-only: {why} (gate 11, Audit Logging)'); END;\n"
    )
}

/// What closes a table. Rows may only be added, and only above the cursor: INSERT OR REPLACE deletes
/// the old row without firing a DELETE trigger, so the insert itself is what has to be refused.
fn triggers(table: &str) -> String {
    let refuse = |what: &str| refuse(table, what);
    let removal = format!(
        "CREATE TRIGGER {table}_refuses_delete BEFORE DELETE ON {table} {}",
        refuse("its rows are never removed")
    );
    if table == "cursor" {
        return format!(
            "{removal}
             CREATE TRIGGER cursor_only_rises BEFORE UPDATE ON cursor
             WHEN NOT (NEW.one = 1 AND (
                 (NOT EXISTS (SELECT 1 FROM blocks)
                  AND NEW.height = NEW.first_height - 1 AND NEW.first_height >= 0)
                 OR (NEW.height = OLD.height + 1 AND NEW.first_height = OLD.first_height)))
             {}
             CREATE TRIGGER cursor_is_one BEFORE INSERT ON cursor {}",
            refuse("the cursor moves to the next height and nowhere else"),
            refuse("there is one cursor"),
        );
    }
    format!(
        "{removal}
         CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON {table} {}
         CREATE TRIGGER {table}_refuses_history BEFORE INSERT ON {table}
         WHEN NEW.height <= (SELECT height FROM cursor) {}",
        refuse("its rows are never changed"),
        refuse("indexed heights are closed"),
    )
}
