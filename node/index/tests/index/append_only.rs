//! Nothing that was indexed is changed or removed, not even by someone who writes to the file.

use crate::chain::{chain, dump, indexed, names, raw};
use crate::watched::{record, with_records};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

async fn refusal(connection: &mut SqliteConnection, sql: &str) -> String {
    match sqlx::query(AssertSqlSafe(sql)).execute(connection).await {
        Ok(done) => panic!(
            "{sql} was not refused and hit {} rows",
            done.rows_affected()
        ),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn every_table_refuses_update_delete_and_replace() {
    let (_folder, index) = indexed(&chain(4)).await;
    index
        .apply(&with_records(5, &[record(1, 0)]))
        .await
        .unwrap();
    let before = dump(index.path()).await;
    let mut connection = raw(index.path()).await;
    let tables = names(&mut connection, "table").await;
    assert!(tables.len() >= 42, "{tables:?}");
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table}");
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection);
        let rows: i64 = row.await.unwrap().get(0);
        assert!(rows > 0, "{table} is empty, so its triggers were not tried");
        for sql in [
            format!("UPDATE {table} SET height = height"),
            format!("UPDATE {table} SET height = height - 1"),
            format!("DELETE FROM {table}"),
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"),
        ] {
            let message = refusal(&mut connection, &sql).await;
            let expected = format!("{table} is append-only");
            assert!(message.contains(&expected), "{sql}: {message}");
            assert!(message.contains("gate 11"), "{sql}: {message}");
        }
    }
    // Logs that are views refuse alike.
    for view in ["audit_log", "gate_decisions"] {
        for sql in [
            format!("UPDATE {view} SET height = height"),
            format!("DELETE FROM {view}"),
            format!("INSERT OR REPLACE INTO {view} SELECT * FROM {view} LIMIT 1"),
        ] {
            let message = refusal(&mut connection, &sql).await;
            let expected = format!("{view} is append-only");
            assert!(message.contains(&expected), "{sql}: {message}");
            assert!(message.contains("gate 11"), "{sql}: {message}");
        }
    }
    assert_eq!(dump(index.path()).await, before);
}

#[tokio::test]
async fn no_row_is_added_to_a_closed_height() {
    let (_folder, index) = indexed(&chain(4)).await;
    let mut connection = raw(index.path()).await;
    let sql = "INSERT INTO notices (height, position, audit, time, imvu, actor, action, code)
               VALUES (4, 99, 0, 0, 'IMVU-001', '', '', 0)";
    let message = refusal(&mut connection, sql).await;
    assert!(message.contains("indexed heights are closed"), "{message}");
}

#[tokio::test]
async fn the_cursor_only_moves_to_the_next_height() {
    let (_folder, index) = indexed(&chain(4)).await;
    let mut connection = raw(index.path()).await;
    for sql in [
        "UPDATE cursor SET height = 3",
        "UPDATE cursor SET height = 4",
        "UPDATE cursor SET height = 6",
        "UPDATE cursor SET height = -1",
        "UPDATE cursor SET height = 5, first_height = 1",
        "INSERT INTO cursor VALUES (2, 0, 0)",
        "INSERT OR REPLACE INTO cursor VALUES (1, 0, 0)",
    ] {
        let message = refusal(&mut connection, sql).await;
        assert!(
            message.contains("cursor is append-only"),
            "{sql}: {message}"
        );
    }
    assert_eq!(index.extent().await.unwrap().latest, Some(4));
}
