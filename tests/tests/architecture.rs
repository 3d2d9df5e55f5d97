//! The rooms of the house and the arrows between them (docs/architecture.md), read from `cargo metadata`.

use nexus_tests::programs::{checkout, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

/// Who may depend on whom, tests aside. An arrow that is not here points upward, or sideways, or is new: then it belongs
/// into docs/architecture.md first.
const ARROWS: [(&str, &[&str]); 13] = [
    ("nexus-types", &[]),
    ("nexus-tree", &[]),
    ("nexus-machine", &["nexus-types", "nexus-tree"]),
    ("nexus-genesis", &["nexus-types"]),
    (
        "nexus-store",
        &["nexus-types", "nexus-tree", "nexus-machine"],
    ),
    (
        "nexus-abci",
        &[
            "nexus-types",
            "nexus-tree",
            "nexus-machine",
            "nexus-genesis",
            "nexus-store",
        ],
    ),
    ("nexus-sdk", &["nexus-types", "nexus-tree"]),
    // Its rules make statements again, by other code than the machine's.
    ("nexus-index", &["nexus-types", "nexus-sdk"]),
    (
        "nexus-rpc",
        &[
            "nexus-types",
            "nexus-tree",
            "nexus-machine",
            "nexus-store",
            "nexus-index",
            "nexus-sdk",
        ],
    ),
    (
        "nexusd",
        &[
            "nexus-types",
            "nexus-tree",
            "nexus-machine",
            "nexus-genesis",
            "nexus-store",
            "nexus-index",
            "nexus-abci",
            "nexus-rpc",
            "nexus-sdk",
        ],
    ),
    (
        "nexus-cli",
        &["nexus-types", "nexus-tree", "nexus-genesis", "nexus-sdk"],
    ),
    (
        "nexus-fuzz",
        &[
            "nexus-types",
            "nexus-tree",
            "nexus-machine",
            "nexus-genesis",
            "nexus-store",
            "nexus-abci",
            "nexus-sdk",
        ],
    ),
    ("nexus-tests", &["*"]),
];

/// Crates that one room alone may link.
const WRAPPERS: [(&str, &str); 5] = [
    ("rocksdb", "nexus-store"),
    ("tendermint-abci", "nexus-abci"),
    ("sqlx", "nexus-index"),
    ("jsonrpsee", "nexus-rpc"),
    ("age", "nexus-sdk"),
];

/// All that the law may link: no runtime, no clock, no network, no randomness.
const LAW_LINKS: [&str; 4] = ["borsh", "sha2", "ed25519-consensus", "curve25519-dalek-ng"];

struct Member {
    folder: String,
    /// Its dependencies but those of its tests.
    links: BTreeSet<String>,
    std_features: Vec<String>,
}

fn members() -> BTreeMap<String, Member> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(checkout());
    let metadata = run(&mut command).exited(0).json();
    let packages = metadata["packages"].as_array().expect("packages").clone();
    packages.iter().map(member).collect()
}

fn member(package: &Value) -> (String, Member) {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let manifest = text(&package["manifest_path"]);
    let dependencies = package["dependencies"].as_array().expect("dependencies");
    let links = dependencies
        .iter()
        .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
        .map(|dependency| text(&dependency["name"]));
    let features = package["features"]["default"].as_array();
    let member = Member {
        folder: manifest.trim_end_matches("/Cargo.toml").to_owned(),
        links: links.collect(),
        std_features: features.into_iter().flatten().map(text).collect(),
    };
    (text(&package["name"]), member)
}

#[test]
fn arrows_point_only_downward() {
    let members = members();
    let rooms: BTreeSet<&str> = members.keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(rooms, known, "every member of the workspace has its place");
    for (name, allowed) in ARROWS {
        if allowed == ["*"] {
            continue;
        }
        let links = &members[name].links;
        for link in links.iter().filter(|link| rooms.contains(link.as_str())) {
            assert!(
                allowed.contains(&link.as_str()),
                "{name} depends on {link}, which no arrow of the architecture allows"
            );
        }
    }
    for (position, (name, _)) in ARROWS.iter().enumerate() {
        let later = ARROWS.iter().skip(position);
        for (other, _) in later {
            assert!(
                !members[*name].links.contains(*other) || *name == "nexus-tests",
                "{name} depends on {other}, which lies above it"
            );
        }
    }
}

#[test]
fn clients_know_neither_the_node_nor_the_machine() {
    let members = members();
    for client in ["nexus-sdk", "nexus-cli"] {
        let mut reached = BTreeSet::new();
        let mut open = vec![client];
        while let Some(name) = open.pop() {
            for link in &members[name].links {
                let member = members.get_key_value(link).map(|(link, _)| link.as_str());
                open.extend(member.filter(|link| reached.insert(*link)));
            }
        }
        for room in reached {
            assert!(
                !members[room].folder.contains("/node/"),
                "{client} links {room}, a part of the node"
            );
            assert!(
                client != "nexus-sdk" || room != "nexus-machine",
                "nexus-sdk links the machine"
            );
        }
    }
}

#[test]
fn what_one_room_wraps_no_other_links() {
    let members = members();
    for (linked, wrapper) in WRAPPERS {
        let users: Vec<_> = members
            .iter()
            // Tests aside: their harness stands in for CometBFT, and is linked into no program.
            .filter(|(name, member)| *name != "nexus-tests" && member.links.contains(linked))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(users, [wrapper], "{linked} has one room");
    }
    let denied = fs::read_to_string(checkout().join("deny.toml")).expect("deny.toml");
    for (linked, wrapper) in WRAPPERS.iter().take(4) {
        let rule = format!("{{ crate = \"{linked}\", wrappers = [\"{wrapper}\"");
        assert!(denied.contains(&rule), "deny.toml lacks {rule}");
    }
}

#[test]
fn the_law_links_nothing_that_could_make_two_validators_differ() {
    let members = members();
    for name in ["nexus-types", "nexus-tree", "nexus-machine"] {
        let member = &members[name];
        for link in &member.links {
            assert!(
                LAW_LINKS.contains(&link.as_str()) || link.starts_with("nexus-"),
                "{name} links {link}"
            );
        }
        assert!(
            member.std_features.is_empty(),
            "{name} is no_std by default"
        );
        let library = format!("{}/src/lib.rs", member.folder);
        let text = fs::read_to_string(&library).expect("a library");
        let without_std = [
            "#![no_std]",
            // With std only for its own tests and for those who link it into the node.
            "#![cfg_attr(not(any(test, feature = \"std\")), no_std)]",
        ];
        assert!(
            without_std.iter().any(|attribute| text.contains(attribute)),
            "{library} is not no_std"
        );
        assert!(
            text.contains("#![forbid(unsafe_code)]"),
            "{library} allows unsafe code"
        );
        for lint in [
            "unwrap_used",
            "expect_used",
            "panic",
            "indexing_slicing",
            "arithmetic_side_effects",
            "float_arithmetic",
        ] {
            let lint = format!("clippy::{lint}");
            assert!(text.contains(&lint), "{library} does not deny {lint}");
        }
    }
}

#[test]
fn the_interface_holds_views_of_the_store_and_no_way_to_write() {
    let member = &members()["nexus-rpc"];
    // All of the store's public names that read; everything else writes or is made from what writes.
    let reading = ["ReadView", "StoreError", "Views", "app_log"];
    let mut files = nexus_tests::secrets::files_below(format!("{}/src", member.folder).as_ref());
    // Its own tests make stores to serve from.
    files.retain(|path| !path.to_string_lossy().contains("/tests"));
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let mut seen = 0;
    for path in files {
        let text = fs::read_to_string(&path).expect("source");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (at, prefix) in code.match_indices("nexus_store::") {
            for name in imported(&code[at + prefix.len()..]) {
                assert!(
                    reading.contains(&name),
                    "{}: nexus_store::{name} is no view",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "the interface reads the store somewhere");
}

/// The names behind a `crate::`, one or several in braces.
fn imported(text: &str) -> Vec<&str> {
    match text.strip_prefix('{') {
        Some(list) => {
            let list = list.split('}').next().unwrap_or_default();
            let names = list.split(',').map(str::trim);
            names.filter(|name| !name.is_empty()).collect()
        }
        None => {
            let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            vec![&text[..end.unwrap_or(text.len())]]
        }
    }
}

#[test]
fn no_member_opens_a_door_for_unsafe_code_silently() {
    let manifest = fs::read_to_string(checkout().join("Cargo.toml")).expect("Cargo.toml");
    assert!(manifest.contains("unsafe_code = \"deny\""));
    for (name, member) in members() {
        let own = fs::read_to_string(format!("{}/Cargo.toml", member.folder)).expect("a manifest");
        assert!(
            own.contains("[lints]\nworkspace = true"),
            "{name} does not take the workspace's lints"
        );
    }
}
