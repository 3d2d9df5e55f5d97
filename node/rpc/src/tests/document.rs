//! `docs/rpc.md` names every method, and says what it takes. `UPDATE_DOCS=1 cargo test -p nexus-rpc document` writes its table of
//! parameters again; then read what changed.

use super::harness::Harness;
use nexus_sdk::api::{METHODS, Method};
use serde_json::{Value, json};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rpc.md");
const BEGIN: &str = "<!-- generated: methods -->\n";
const END: &str = "<!-- end -->";

fn row(method: &Value) -> String {
    let params: Vec<String> = method["params"]
        .as_array()
        .unwrap()
        .iter()
        .map(|param| {
            let name = param["name"].as_str().unwrap();
            if param["required"] == json!(true) {
                format!("**`{name}`**")
            } else {
                format!("`{name}`")
            }
        })
        .collect();
    let (name, summary) = (
        method["name"].as_str().unwrap(),
        method["summary"].as_str().unwrap(),
    );
    let params = if params.is_empty() {
        "–".to_owned()
    } else {
        params.join(" ")
    };
    format!("| `{name}` | {params} | {summary} |\n")
}

#[tokio::test]
async fn the_document_lists_every_method_with_its_parameters() {
    let harness = Harness::start().await;
    let described: Value = harness.call(Method::Discover, json!({})).await;
    let rows: Vec<String> = described["methods"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect();
    let table = format!("| method | takes | |\n|---|---|---|\n{}", rows.concat());
    let written = std::fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = written.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let made = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &made).unwrap();
        return;
    }
    let differs = written
        .lines()
        .zip(made.lines())
        .find(|(is, shall)| is != shall);
    assert_eq!(
        written, made,
        "docs/rpc.md is not what the server takes, first in {differs:?}: UPDATE_DOCS=1 writes it again"
    );
}

#[test]
fn the_table_of_purposes_names_every_method_once() {
    let written = std::fs::read_to_string(DOCUMENT).unwrap();
    let (_, section) = written.split_once("\n## Methods\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    for method in METHODS {
        let name = format!("`{}`", method.name());
        assert_eq!(section.matches(&name).count(), 1, "{name} in {section}");
    }
}
