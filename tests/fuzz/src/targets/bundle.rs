//! Evidence and anchors: files from strangers, which a client reads before it believes anything.

use std::sync::OnceLock;
use std::time::Duration;

use nexus_sdk::anchor::Anchor;
use nexus_sdk::bundle::{Bundle, BundleSubject};
use nexus_sdk::verify::{Facts, Policy, verify, verify_file};
use serde_json::Value;
use tendermint::Time;

use super::Target;
use crate::mutate::{self, Bytes, Random};
use crate::vectors;

pub(super) const TARGET: Target = Target {
    name: "bundle",
    run,
    seeds,
    mutation: Some(mutation),
    max_len: 24 * 1024,
};

/// What a genuine bundle proves.
struct Truth {
    subject: BundleSubject,
    height: u64,
    facts: Facts,
}

fn run(bytes: &[u8]) {
    if let Ok(anchor) = Anchor::parse(bytes) {
        let again = anchor.to_json().expect("what is read can be written");
        let again = Anchor::parse(again.as_bytes()).expect("what is written is read");
        assert_eq!(again, anchor);
    }
    let report = verify_file(bytes, anchor(), &policy());
    let Ok(bundle) = Bundle::parse(bytes) else {
        assert!(report.verified.is_none(), "no bundle, but proved");
        return;
    };
    assert_eq!(
        bundle.to_bytes().expect("what is read can be written"),
        bytes
    );
    // The file's first step is the parsing that has just been done.
    assert_eq!(
        verify(&bundle, anchor(), &policy()).steps,
        report.steps[1..]
    );
    let Some(verified) = report.verified else {
        return;
    };
    // What verifies says what the genuine evidence says: there is one history under this anchor.
    let same =
        |truth: &&Truth| truth.height == verified.height() && truth.subject == bundle.subject;
    let truth = truths().iter().find(same);
    let truth = truth.unwrap_or_else(|| {
        panic!(
            "{} at {} is proved, but was never",
            bundle.subject,
            verified.height()
        )
    });
    assert_eq!(verified.value(), &truth.facts, "forged evidence verifies");
}

fn truths() -> &'static [Truth] {
    static TRUTHS: OnceLock<Vec<Truth>> = OnceLock::new();
    TRUTHS.get_or_init(|| {
        let genuine = vectors::bundles().into_iter().filter_map(|(name, bytes)| {
            let report = verify_file(&bytes, anchor(), &policy());
            // One of them starts from a pinned block instead of the genesis.
            let verified = report.verified.or_else(|| {
                assert_eq!(
                    name,
                    "tx-from-a-pinned-block.json",
                    "{:?}",
                    report.steps.last()
                );
                None
            })?;
            Some(Truth {
                subject: report.subject?,
                height: verified.height(),
                facts: verified.value().clone(),
            })
        });
        genuine.collect()
    })
}

fn anchor() -> &'static Anchor {
    static ANCHOR: OnceLock<Anchor> = OnceLock::new();
    ANCHOR
        .get_or_init(|| Anchor::parse(&vectors::file("anchor.json")).expect("the vectors' anchor"))
}

/// Three hours after the vectors' genesis: after the last of their blocks.
fn policy() -> Policy {
    let genesis = Time::parse_from_rfc3339("2026-01-01T00:00:00Z").expect("a time");
    Policy::at((genesis + Duration::from_secs(3 * 3600)).expect("a time"))
}

fn seeds() -> Vec<Vec<u8>> {
    let bundles = vectors::bundles().into_iter().map(|(_, bytes)| bytes);
    let mut seeds: Vec<Vec<u8>> = bundles.collect();
    seeds.push(vectors::file("anchor.json"));
    seeds.push(vectors::file("captured/anchor.json"));
    seeds.push(vectors::file("captured/tx-denied.json"));
    seeds
}

/// Mostly one place of the JSON, with the spelling and the digest made right again: what a liar would do.
fn mutation(
    data: &mut [u8],
    size: usize,
    max: usize,
    random: &mut Random,
    bytes: Bytes<'_>,
) -> usize {
    let parsed = serde_json::from_slice::<Value>(&data[..size]).ok();
    let Some(mut file) = parsed.filter(|_| !random.once_in(8)) else {
        return bytes(data, size, max);
    };
    mutate::json(&mut file, random, bytes);
    let spelled = serde_json::from_value::<Bundle>(file.clone())
        .ok()
        .and_then(|mut bundle| {
            bundle.digest = bundle.compute_digest().ok()?;
            bundle.to_bytes().ok()
        });
    let text = spelled.unwrap_or_else(|| serde_json::to_vec(&file).expect("JSON"));
    mutate::put(data, size, max, &text)
}
