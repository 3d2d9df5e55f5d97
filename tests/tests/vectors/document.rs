//! docs/wire-format.md says what the code does: its tables are read and compared.

use crate::spelled::variant;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_types::name::NameFault;
use nexus_types::state_key::KeyKind;
use nexus_types::verdict::ZoneFault;
use nexus_types::{ActionKind, Code, Gate, Reason, decode};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/wire-format.md");
    std::fs::read_to_string(path).unwrap()
}

/// The cells of every table row whose first cell begins so.
fn rows(document: &str, begins: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let rows = document.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|row| {
        let inner = row.trim_matches('|').replace("\\|", "¦");
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    });
    cells.filter(|row: &Vec<String>| begins(&row[0])).collect()
}

#[test]
fn the_table_of_codes_is_the_code_table() {
    let document = document();
    let stated: Vec<(String, String, String)> =
        rows(&document, |first| first.starts_with("<a id=\"nx"))
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
            .collect();
    let law = Code::all().map(|code| (code.number(), code.title(), code.cause()));
    let interface = InterfaceCode::ALL
        .into_iter()
        .map(|code| (code.number(), code.title(), code.cause().to_owned()));
    let expected: Vec<(String, String, String)> = law
        .chain(interface)
        .map(|(number, title, cause)| {
            (
                format!("<a id=\"nx{number:04}\"></a>{number}"),
                title.to_owned(),
                cause,
            )
        })
        .collect();
    assert_eq!(stated, expected);
}

#[test]
fn the_table_of_actions_has_each_discriminant_and_its_gates() {
    let document = document();
    let kinds = ActionKind::ALL.into_iter().enumerate();
    for (number, kind) in kinds {
        assert_eq!(decode::<ActionKind>(&[number as u8]), Ok(kind));
        let gates: Vec<String> = kind
            .gates()
            .iter()
            .map(|gate| gate.number().to_string())
            .collect();
        let found = rows(&document, |first| first == number.to_string())
            .into_iter()
            .find(|row| row[1] == kind.name())
            .unwrap_or_else(|| panic!("the document has no row for {kind}"));
        assert_eq!(found.last().unwrap(), &gates.join(" "), "{kind}");
    }
    assert!(decode::<ActionKind>(&[ActionKind::ALL.len() as u8]).is_err());
}

#[test]
fn the_table_of_state_keys_has_each_kind() {
    let document = document();
    let mut stated: Vec<(String, String)> = rows(&document, |first| first.starts_with("0x"))
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let mut expected: Vec<(String, String)> = KeyKind::ALL
        .iter()
        .map(|kind| (format!("0x{:02x}", kind.byte()), variant(kind)))
        .collect();
    stated.sort();
    expected.sort();
    assert_eq!(stated, expected);
}

/// The names in backquotes between a comment and the next `<!-- end -->`.
fn listed(document: &str, comment: &str) -> Vec<String> {
    let (_, rest) = document.split_once(&format!("<!-- {comment} -->")).unwrap();
    let (list, _) = rest.split_once("<!-- end -->").unwrap();
    let names = list.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// The variants of an enum in the order of their discriminants, found by decoding each.
fn variants<T>(of: impl Fn(u8) -> Option<T>, name: impl Fn(&T) -> String) -> Vec<String> {
    (0..=u8::MAX)
        .map_while(of)
        .map(|value| name(&value))
        .collect()
}

#[test]
fn reasons_and_faults_are_listed_in_the_order_of_their_discriminants() {
    let document = document();
    // A reason that has contents is followed by one byte of them.
    let reason = |byte: u8| {
        decode::<Reason>(&[byte])
            .or_else(|_| decode(&[byte, 0]))
            .ok()
    };
    assert_eq!(
        listed(&document, "reasons"),
        variants(reason, |one| variant(one))
    );
    let name = |byte: u8| decode::<NameFault>(&[byte]).ok();
    assert_eq!(
        listed(&document, "name faults"),
        variants(name, |one| variant(one))
    );
    let zone = |byte: u8| decode::<ZoneFault>(&[byte]).ok();
    assert_eq!(
        listed(&document, "zone faults"),
        variants(zone, |one| variant(one))
    );
}

#[test]
fn every_gate_of_the_constants_hash_is_named() {
    let document = document();
    for gate in Gate::ALL {
        let row = rows(&document, |first| {
            first.ends_with(&format!(">{}", 2000 + u32::from(gate.number())))
        });
        assert_eq!(row[0][1], gate.name());
    }
}

#[test]
fn every_kind_that_is_signed_has_its_tag_in_the_table_and_a_vector() {
    let stated: BTreeSet<String> = rows(&document(), |_| true)
        .into_iter()
        .filter(|row| row.len() == 4 && row[1].starts_with("`nexus/"))
        .map(|row| row[1].trim_matches('`').to_owned())
        .collect();
    let text = std::fs::read(crate::folder().join("signing.json")).unwrap();
    let vectors: Value = serde_json::from_slice(&text).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    let shown: BTreeSet<String> = cases
        .iter()
        .map(|case| case["tag"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(stated, shown);
    assert_eq!(shown.len(), cases.len());
}

/// The hexadecimal digits of a code block's first column, put together.
fn block(text: &str) -> String {
    let lines = text
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with("```"));
    lines
        .map(|line| line.split_whitespace().next().unwrap_or_default())
        .collect()
}

#[test]
fn the_transaction_taken_apart_is_that_of_the_vectors() {
    let document = document();
    let (_, example) = document
        .split_once("## 19. A transaction byte by byte")
        .unwrap();
    let blocks: Vec<String> = example
        .match_indices("\n```\n")
        .step_by(2)
        .map(|(at, _)| block(&example[at + 1..]))
        .collect();
    let text = std::fs::read(crate::folder().join("transactions.json")).unwrap();
    let vectors: Value = serde_json::from_slice(&text).unwrap();
    let all = vectors["transactions"].as_array().unwrap();
    let shown = all
        .iter()
        .find(|one| one["name"] == "activate without a host")
        .unwrap();
    assert_eq!(
        blocks,
        [&shown["bytes"], &shown["verdict_bytes"]].map(|hex| hex.as_str().unwrap().to_owned())
    );
    for name in ["id", "hash"] {
        assert!(example.contains(shown[name].as_str().unwrap()), "{name}");
    }
}
