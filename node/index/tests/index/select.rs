//! Ad-hoc SQL reads, and does nothing else.

use crate::chain::{chain, dump, indexed};
use nexus_index::{Apart, Error, Index};
use nexus_types::Gate;
use std::path::Path;

fn cell(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn a_query_gives_columns_and_text_cells() {
    let (_folder, index) = indexed(&chain(3)).await;
    let sql = "SELECT height AS h, NULL AS none, 1.5 AS real, x'00ff' AS bytes, proposer
               FROM blocks ORDER BY height";
    let rows = index.select(sql, 2).await.unwrap();
    assert_eq!(rows.columns, ["h", "none", "real", "bytes", "proposer"]);
    let proposer = cell(&"AB".repeat(20));
    assert_eq!(rows.rows.len(), 2);
    assert_eq!(
        rows.rows[1],
        [cell("1"), None, cell("1.5"), cell("00ff"), proposer]
    );
    assert!(rows.truncated);
    let none = index
        .select("SELECT id FROM imvus WHERE 0", 9)
        .await
        .unwrap();
    assert_eq!((none.columns, none.rows.len()), (vec!["id".into()], 0));
    assert!(!none.truncated);
}

#[tokio::test]
async fn the_views_show_how_things_stand() {
    let (_folder, index) = indexed(&chain(4)).await;
    let ask = async |sql| index.select(sql, 100).await.unwrap().rows;
    assert_eq!(
        ask("SELECT id, cpu_millis, storage_bytes, changed FROM imvus WHERE id = 'IMVU-002'").await,
        [[
            cell("IMVU-002"),
            cell("4001"),
            cell("9223372036854775807"),
            cell("3")
        ]]
    );
    assert_eq!(
        ask("SELECT imvu, change FROM open_proposals").await,
        [[cell("IMVU-004"), cell("quota")]]
    );
    assert_eq!(
        ask(
            "SELECT imvu, status, applied_at FROM proposals WHERE status <> 'open' ORDER BY opened"
        )
        .await,
        [
            [cell("IMVU-001"), cell("applied"), cell("2")],
            [cell("IMVU-002"), cell("expired"), None],
            [cell("IMVU-003"), cell("applied"), cell("4")],
        ]
    );
    assert_eq!(
        ask("SELECT name FROM domains WHERE imvu IS NOT NULL").await,
        [[cell("imvu4.example.org")]]
    );
    assert_eq!(
        ask("SELECT zone, type, ttl, addresses FROM rrsets").await,
        [[
            cell("imvu4.example.org"),
            cell("A"),
            cell("300"),
            cell("192.0.2.7 192.0.2.8")
        ]]
    );
    assert_eq!(
        ask("SELECT violations, last_height FROM violations_by_actor").await,
        [[cell("4"), cell("4")]]
    );
    assert_eq!(
        ask("SELECT gate, passed, refused FROM gate_matrix ORDER BY gate").await,
        [
            [cell("1"), cell("8"), cell("0")],
            [cell("7"), cell("8"), cell("0")],
            [cell("15"), cell("0"), cell("4")],
        ]
    );
    assert_eq!(
        ask("SELECT imvu FROM events WHERE kind = 'proposalExpired'").await,
        [[cell("IMVU-002")]]
    );
}

#[tokio::test]
async fn writes_are_refused_as_append_only_even_where_nothing_matches() {
    let (_folder, index) = indexed(&chain(3)).await;
    let before = dump(index.path()).await;
    for sql in [
        "DELETE FROM audit_log WHERE action = 'admin_throttled_imvu'",
        "UPDATE audit_log SET code = 0",
        "INSERT INTO blocks SELECT * FROM blocks",
        "DROP TABLE audit_log",
        // These begin like queries; SQLite itself refuses them.
        "WITH t AS (SELECT 1) DELETE FROM audit_log",
        "WITH t AS (SELECT 1) DELETE FROM audit_log WHERE action = 'admin_throttled_imvu'",
        "WITH t AS (SELECT 1) UPDATE audit_log SET code = 0",
        "WITH t AS (SELECT 1) INSERT INTO cursor VALUES (2, 0, 0)",
        "WITH t AS (SELECT 1) DELETE FROM audit_log RETURNING *",
    ] {
        let error = index.select(sql, 10).await.unwrap_err();
        assert!(matches!(error, Error::AppendOnly { .. }), "{sql}: {error}");
        assert_eq!(error.gate(), Some(Gate::AuditLogging));
        assert!(error.to_string().contains("append-only"), "{error}");
        assert!(error.to_string().contains("gate 11"), "{error}");
    }
    assert_eq!(dump(index.path()).await, before);
}

#[tokio::test]
async fn nothing_but_one_query_is_run() {
    let (folder, index) = indexed(&chain(1)).await;
    let other = folder.path().join("other.sqlite");
    let attach = format!("ATTACH '{}' AS other", other.display());
    let vacuum = format!("VACUUM INTO '{}'", other.display());
    for sql in [
        attach.as_str(),
        vacuum.as_str(),
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "EXPLAIN PRAGMA query_only = OFF",
        "CREATE TEMP TABLE t (a)",
        "BEGIN IMMEDIATE",
    ] {
        let error = index.select(sql, 10).await.unwrap_err();
        assert!(matches!(error, Error::NotAQuery { .. }), "{sql}: {error}");
    }
    assert!(!other.exists());
    let two = index.select("SELECT 1; PRAGMA query_only = OFF", 10).await;
    assert!(matches!(two, Err(Error::ManyStatements)));
    let error = index
        .select("SELECT load_extension('x')", 10)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Statement { .. }), "{error}");
    let query_only = index
        .select("SELECT query_only FROM pragma_query_only", 1)
        .await;
    assert_eq!(query_only.unwrap().rows, [[cell("1")]]);
}

#[tokio::test]
async fn no_statement_hides_behind_a_parameter() {
    let (folder, index) = indexed(&chain(1)).await;
    let copy = folder.path().join("copy.sqlite");
    for hidden in [
        format!("PRAGMA query_only = OFF; VACUUM INTO '{}'", copy.display()),
        "PRAGMA query_only = OFF".to_owned(),
    ] {
        let sql = format!("SELECT $1('); {hidden}; --'");
        let outcome = index.select(&sql, 1).await;
        assert!(!copy.exists(), "{outcome:?}");
        assert!(
            matches!(outcome, Err(Error::Parameter { .. })),
            "{outcome:?}"
        );
    }
    let query_only = index
        .select("SELECT query_only FROM pragma_query_only", 1)
        .await;
    assert_eq!(query_only.unwrap().rows, [[cell("1")]]);
}

#[tokio::test]
async fn a_bad_query_says_what_sqlite_says() {
    let (_folder, index) = indexed(&chain(1)).await;
    let error = index
        .select("SELECT nobody FROM blocks", 10)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Statement { .. }), "{error}");
    assert!(
        error.to_string().contains("no such column: nobody"),
        "{error}"
    );
    assert!(
        error.to_string().contains("docs/index-schema.md"),
        "{error}"
    );
    let error = index.select("SELECT 1 LIMIT 'x'", 1).await.unwrap_err();
    assert!(error.to_string().contains("datatype mismatch"), "{error}");
    assert!(matches!(error, Error::Statement { .. }), "{error}");
    assert_eq!(
        index.select("SELECT 1", 1).await.unwrap().rows,
        [[cell("1")]]
    );
}

#[tokio::test]
async fn rows_cells_and_memory_are_bounded() {
    let (_folder, index) = indexed(&[]).await;
    // 2 is MEMORY: what is sorted is bounded by the heap and never fills a disk.
    let sorted_in = index
        .select("SELECT temp_store FROM pragma_temp_store", 1)
        .await;
    assert_eq!(sorted_in.unwrap().rows, [[cell("2")]]);
    let no_text = "SELECT CAST(zeroblob(65535) || x'ffffffffff' AS TEXT)";
    let shown = &index.select(no_text, 1).await.unwrap().rows[0][0];
    assert!(shown.as_ref().is_some_and(|text| text.ends_with('…')));
    let numbers = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)";
    let endless = format!("{numbers} SELECT i FROM n");
    let rows = index.select(&endless, u32::MAX).await.unwrap();
    assert_eq!(rows.rows.len(), 1_000);
    assert!(rows.truncated);
    let wide = index
        .select("SELECT printf('%200000d', 1)", 1)
        .await
        .unwrap();
    let shown = wide.rows[0][0].as_ref().unwrap();
    assert!(shown.len() < 70_000 && shown.ends_with('…'));
    let many = format!("{numbers} SELECT printf('%60000d', i) FROM n");
    let rows = index.select(&many, 1_000).await.unwrap();
    assert!(
        rows.truncated && rows.rows.len() < 200,
        "{}",
        rows.rows.len()
    );
    let huge = index
        .select("SELECT length(hex(zeroblob(400000000)))", 1)
        .await;
    assert!(matches!(huge, Err(Error::TooLarge { .. })), "{huge:?}");
    assert_eq!(
        index.select("SELECT 1", 1).await.unwrap().rows,
        [[cell("1")]]
    );
}

/// Set for the process that answers: the database it asks.
const APART: &str = "NEXUS_INDEX_TEST_APART";

/// Answers one query where it is started for that; by itself it tests nothing, the tests below ask it.
#[test]
fn answers_apart() {
    if let Some(path) = std::env::var_os(APART) {
        let output = std::fs::OpenOptions::new()
            .write(true)
            .open("/proc/self/fd/3")
            .unwrap();
        nexus_index::answer_one(Path::new(&path), std::io::stdin(), output).unwrap();
    }
}

/// An index whose queries are answered by this very program. What the test runner prints goes nowhere, the answer to the
/// descriptor that the shell keeps.
fn apart(index: Index) -> Index {
    let script = format!(
        "exec 3>&1 >/dev/null; export {APART}=\"$1\"; exec \"$0\" --exact select::answers_apart --nocapture"
    );
    let arguments = vec![
        "-c".into(),
        script.into(),
        std::env::current_exe().unwrap().into_os_string(),
        index.path().as_os_str().to_owned(),
    ];
    index.asked_apart(Apart::new("/bin/sh".into(), arguments))
}

#[tokio::test]
async fn a_process_apart_answers_the_same() {
    let (_folder, here) = indexed(&chain(3)).await;
    let (_other, index) = indexed(&chain(3)).await;
    let there = apart(index);
    for sql in [
        "SELECT height, NULL, 1.5, x'00ff', proposer FROM blocks ORDER BY height",
        "SELECT nobody FROM blocks",
        "DELETE FROM audit_log",
        "WITH t AS (SELECT 1) DELETE FROM audit_log",
        "SELECT 1; SELECT 2",
        "SELECT $1",
        "SELECT length(hex(zeroblob(400000000)))",
        "SELECT query_only, temp_store FROM pragma_query_only, pragma_temp_store",
    ] {
        let expected = here.select(sql, 2).await.map_err(|error| error.to_string());
        let answer = there
            .select(sql, 2)
            .await
            .map_err(|error| error.to_string());
        assert_eq!(answer, expected, "{sql}");
    }
}

#[tokio::test]
async fn a_process_apart_is_stopped_in_the_middle_of_a_function() {
    let (_folder, index) = indexed(&chain(3)).await;
    let index = apart(index);
    // One step of SQLite's machine, which compares twenty megabytes twenty million times.
    let slow = "SELECT instr(hex(zeroblob(20000000)), hex(zeroblob(10000000)) || 'x')";
    let error = index.select(slow, 1).await.unwrap_err();
    assert!(matches!(error, Error::TooSlow { .. }), "{error}");
    let rows = index.select("SELECT 1", 1).await.unwrap();
    assert_eq!(rows.rows, [[cell("1")]]);
}

#[tokio::test]
async fn a_process_that_does_not_answer_is_an_error() {
    let (_folder, index) = indexed(&chain(1)).await;
    let index = index.asked_apart(Apart::new("/bin/true".into(), Vec::new()));
    let error = index.select("SELECT 1", 1).await.unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
    let (_folder, index) = indexed(&chain(1)).await;
    let index = index.asked_apart(Apart::new("/nowhere/at/all".into(), Vec::new()));
    let error = index.select("SELECT 1", 1).await.unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
}
