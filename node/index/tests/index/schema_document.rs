//! docs/index-schema.md lists every table, view and column, and nothing else.

use crate::chain::{indexed, names, raw};
use sqlx::Row;
use std::collections::BTreeMap;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/index-schema.md");

type Columns = Vec<(String, String)>;

/// Sections `### name` with rows `| column | type | meaning |`, below a heading `## Tables` or `## Views`.
fn documented() -> BTreeMap<String, Columns> {
    let text = std::fs::read_to_string(DOCUMENT).unwrap();
    let mut sections = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            name = heading.to_owned();
            sections.insert(name.clone(), Columns::new());
        } else if let Some(row) = line.strip_prefix("| `") {
            let mut cells = row.split('|').map(str::trim);
            let column = cells.next().unwrap().trim_end_matches('`').to_owned();
            let kind = cells.next().unwrap().to_owned();
            let meaning = cells.next().unwrap();
            assert!(!meaning.is_empty(), "{name}.{column} has no meaning");
            sections.get_mut(&name).unwrap().push((column, kind));
        }
    }
    sections
}

#[tokio::test]
async fn the_document_and_the_schema_agree() {
    let (_folder, index) = indexed(&[]).await;
    let mut connection = raw(index.path()).await;
    let mut live = BTreeMap::new();
    for (kind, typed) in [("table", true), ("view", false)] {
        for name in names(&mut connection, kind).await {
            let sql = "SELECT name, type FROM pragma_table_info(?) ORDER BY cid";
            let rows = sqlx::query(sql)
                .bind(&name)
                .fetch_all(&mut connection)
                .await;
            let columns: Columns = rows
                .unwrap()
                .iter()
                .map(|row| (row.get(0), if typed { row.get(1) } else { String::new() }))
                .collect();
            live.insert(name, (typed, columns));
        }
    }
    let documented = documented();
    let names: Vec<_> = documented.keys().collect();
    assert_eq!(names, live.keys().collect::<Vec<_>>());
    for (name, (typed, columns)) in live {
        let mut expected = documented[&name].clone();
        if !typed {
            // SQLite gives no type to a view's computed columns, so only their names are compared.
            expected.iter_mut().for_each(|(_, kind)| kind.clear());
        }
        assert_eq!(columns, expected, "{name}");
    }
}
