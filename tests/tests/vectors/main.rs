//! The vectors in tests/vectors are what this code gives now. `UPDATE_VECTORS=1 cargo test -p nexus-tests --test vectors`
//! writes them; without the variable a difference is a failure: the wire format is frozen, and whoever changes it does
//! so on purpose, with a new version in the tag of what changed.

mod basics;
mod bundles;
mod cases;
mod chain;
mod comet;
mod document;
mod events;
mod objects;
mod parts;
mod people;
mod proofs;
mod refused;
mod scenario;
mod spelled;
mod statements;
mod transactions;

use scenario::Scenario;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Captured from a network once, not made by this code.
const CAPTURED: [&str; 1] = ["cometbft-0.38.25.json"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap();
    bytes.push(b'\n');
    bytes
}

/// Every file that the code makes, by its path below tests/vectors.
fn made() -> BTreeMap<String, Vec<u8>> {
    let story = Scenario::play();
    let evidence = bundles::all(&story);
    let mut files: BTreeMap<String, Vec<u8>> = [
        ("keys.json", basics::keys()),
        ("signatures.json", basics::signatures()),
        ("signing.json", basics::signing(&story)),
        ("names.json", basics::names()),
        ("transactions.json", transactions::accepted(&story)),
        ("refused.json", refused::refused(&story)),
        ("objects.json", objects::objects(&story)),
        ("statements.json", statements::statements(&story)),
        ("events.json", events::events(&story)),
        ("state_proofs.json", proofs::state(&story)),
        ("logs.json", proofs::logs()),
        ("app_hash.json", proofs::app_hash(&story)),
        ("bundles.json", evidence.cases),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), pretty(&value)))
    .collect();
    files.insert(String::from("anchor.json"), evidence.anchor.into_bytes());
    for (name, bytes) in evidence.files {
        files.insert(format!("bundles/{name}.json"), bytes);
    }
    files
}

fn committed() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (folder, prefix) in [(folder(), ""), (folder().join("bundles"), "bundles/")] {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                names.insert(format!("{prefix}{}", entry.file_name().to_str().unwrap()));
            }
        }
    }
    names
}

#[test]
fn the_committed_vectors_are_what_the_code_gives_now() {
    let files = made();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        fs::create_dir_all(folder().join("bundles")).unwrap();
        for (name, bytes) in &files {
            fs::write(folder().join(name), bytes).unwrap();
        }
    }
    let differing: Vec<&String> = files
        .iter()
        .filter(|(name, bytes)| fs::read(folder().join(name)).ok().as_ref() != Some(*bytes))
        .map(|(name, _)| name)
        .collect();
    assert!(
        differing.is_empty(),
        "these vectors differ from what the code gives now: {differing:?}. If the wire format was meant to change, run \
         UPDATE_VECTORS=1 cargo test -p nexus-tests --test vectors and say so in CHANGELOG.md"
    );
    let mut expected: BTreeSet<String> = files.into_keys().collect();
    expected.extend(CAPTURED.map(str::to_owned));
    assert_eq!(
        committed(),
        expected,
        "files that belong to nobody, or are missing"
    );
}

#[test]
fn the_vectors_are_the_same_every_time() {
    assert_eq!(made(), made());
}
