//! The bundle format is frozen: these files were written once and must be written the same, and verify, for ever.
//! `NEXUS_BLESS=1 cargo test -p nexus-sdk frozen` writes them anew, which is a new format and needs a new name.

use super::chain::{World, anchor};
use super::policy;
use crate::anchor::Anchor;
use crate::bundle::Bundle;
use crate::verify::verify_file;
use std::fs;
use std::path::{Path, PathBuf};

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(name)
}

fn frozen(name: &str, now: &[u8]) -> Vec<u8> {
    let path = vector(name);
    if std::env::var_os("NEXUS_BLESS").is_some() {
        fs::write(&path, now).unwrap();
    }
    let before = fs::read(&path).unwrap();
    assert!(
        before == now,
        "{name} would be written differently:\n{}",
        String::from_utf8_lossy(now)
    );
    before
}

#[test]
fn frozen_bundles_are_written_as_ever_and_verify_from_the_frozen_anchor() {
    let file = frozen("anchor.json", anchor().to_json().unwrap().as_bytes());
    let trusted = Anchor::parse(&file).unwrap();
    assert_eq!(trusted, anchor());
    let world = World::new();
    let bundles: [(&str, Bundle); 3] = [
        ("bundle-tx.json", world.tx_bundle(0)),
        ("bundle-imvu.json", world.imvu_bundle()),
        ("bundle-zone.json", world.zone_bundle()),
    ];
    for (name, bundle) in bundles {
        let bytes = frozen(name, &bundle.to_bytes().unwrap());
        let report = verify_file(&bytes, &trusted, &policy());
        assert!(report.verified.is_some(), "{name}: {:?}", report.failure());
    }
}
