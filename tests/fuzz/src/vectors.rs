//! The committed vectors (tests/vectors), which the seeds are made of.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// A file of the vectors.
///
/// # Panics
/// If it is not there: the checkout is incomplete.
#[must_use]
pub fn file(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A JSON file of the vectors.
///
/// # Panics
/// If it is not there or no JSON.
#[must_use]
pub fn json(name: &str) -> Value {
    serde_json::from_slice(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The bytes in hexadecimal members of that name, wherever they stand, in order.
#[must_use]
pub fn bytes_named(value: &Value, name: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    collect(value, name, &mut found);
    found
}

fn collect(value: &Value, name: &str, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member.as_str() {
                    Some(text) if key == name => found.extend(hex::decode(text).ok()),
                    _ => collect(member, name, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        _ => {}
    }
}

/// The bundle files by name, ascending.
///
/// # Panics
/// If they are not there.
#[must_use]
pub fn bundles() -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder().join("bundles")).expect("tests/vectors/bundles");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .filter_map(|name| name.into_string().ok())
        .collect();
    names.sort();
    let read = |name: String| {
        let bytes = file(&format!("bundles/{name}"));
        (name, bytes)
    };
    names.into_iter().map(read).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}
