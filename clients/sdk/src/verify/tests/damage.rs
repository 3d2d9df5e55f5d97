//! Accidents: the file is not as it was written.

use super::chain::World;
use super::{anchor, policy};
use crate::bundle::Bundle;
use crate::verify::{StepName, verify_file};
use serde_json::{Value, json};

#[test]
fn every_flipped_bit_of_a_bundle_is_seen_and_the_step_is_named() {
    // One transaction alone in its block, and no log: as small as a whole bundle gets.
    let mut world = World::new();
    world.txs.truncate(1);
    world.results.truncate(1);
    let bytes = world.tx_bundle(0).to_bytes().unwrap();
    let (anchor, policy) = (anchor(), policy());
    assert!(verify_file(&bytes, &anchor, &policy).verified.is_some());
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1 << bit;
            let report = verify_file(&damaged, &anchor, &policy);
            let failure = report
                .failure()
                .unwrap_or_else(|| panic!("byte {position} bit {bit} passed"));
            assert!(report.verified.is_none());
            assert!(
                matches!(failure.name, StepName::Format | StepName::Digest),
                "byte {position} bit {bit}: {failure}"
            );
        }
    }
}

#[test]
fn a_cut_a_lengthened_and_a_respaced_file_are_no_bundles() {
    let bytes = World::new().zone_bundle().to_bytes().unwrap();
    let mut longer = bytes.clone();
    longer.push(b'\n');
    let text = String::from_utf8(bytes.clone()).unwrap();
    let respaced = text.replacen(':', ": ", 1).into_bytes();
    let unknown = text
        .replacen("{\"format\"", "{\"extra\":1,\"format\"", 1)
        .into_bytes();
    let nested = text.replacen("{\"header\"", "{\"extra\":1,\"header\"", 1);
    assert_ne!(nested, text);
    for wrong in [
        &bytes[..bytes.len() - 1],
        &longer,
        &respaced,
        &unknown,
        nested.as_bytes(),
        b"",
    ] {
        let report = verify_file(wrong, &anchor(), &policy());
        assert_eq!(report.failure().unwrap().name, StepName::Format);
    }
}

/// Every value of a JSON document, by its pointer (RFC 6901).
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                pointers(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (position, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{position}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

#[test]
fn no_value_of_a_stranger_makes_the_verification_fall_over() {
    let whole = serde_json::to_value(World::new().tx_bundle(1)).unwrap();
    let mut all = Vec::new();
    pointers(&whole, "", &mut all);
    let far = "9999-12-31T23:59:59.999999999Z";
    let values = [
        json!(null),
        json!(-1),
        json!(u64::MAX),
        json!([]),
        json!({}),
        json!(""),
        json!("="),
        json!("A"),
        json!("AA=A"),
        json!("\u{e9}"),
        json!("0"),
        json!("-1"),
        json!("9223372036854775807"),
        json!("18446744073709551615"),
        json!("FF".repeat(33)),
        json!("0001-01-01T00:00:00Z"),
        json!(far),
    ];
    let mut read = 0;
    for (pointer, value) in all
        .iter()
        .flat_map(|one| values.iter().map(move |v| (one, v)))
    {
        let mut changed = whole.clone();
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        let Ok(mut bundle) = Bundle::parse(format!("{changed}\n").as_bytes())
            .or_else(|_| serde_json::from_value::<Bundle>(changed))
        else {
            continue;
        };
        read += 1;
        super::reseal(&mut bundle);
        let report = verify_file(&bundle.to_bytes().unwrap(), &anchor(), &policy());
        assert_eq!(report.verified.is_none(), report.failure().is_some());
    }
    assert!(
        read > 0,
        "no changed bundle came as far as the verification"
    );
}
