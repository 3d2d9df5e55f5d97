//! Accidents: the file is not as it was written.

use super::chain::World;
use super::{anchor, policy};
use crate::verify::{StepName, verify_file};

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
