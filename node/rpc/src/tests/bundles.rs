//! Bundles, checked with the clients' own verifier against an anchor that the node never saw.

use super::chain::{ROTATION, imvu, set_records};
use super::harness::Harness;
use nexus_sdk::anchor::{Anchor, AnchorPoint};
use nexus_sdk::api::{BundleSubject, Method, PreimageView};
use nexus_sdk::bundle::{Bundle, LightBlock};
use nexus_sdk::verify::{Policy, verify};
use nexus_types::action::Action;
use nexus_types::quota::QuotaChange;
use nexus_types::rrset::RecordType;
use nexus_types::{Hash, Name};
use serde_json::{Value, json};

/// Alice's zone with one record set, then a refused quota cut, then an empty block: its header proves the cut's result.
async fn prepared() -> (Harness, Hash) {
    let harness = Harness::start().await;
    let alice = [harness.chain.alice.clone()];
    let zone = "alice.demo.example";
    let records = harness
        .chain
        .tx(&alice, set_records(zone, zone, RecordType::A, "192.0.2.7"));
    harness.chain.block(&[records]);
    let cut = Action::ChangeQuota {
        imvu: imvu("IMVU-042"),
        change: QuotaChange {
            cpu_millis: Some(2_000),
            ..QuotaChange::EMPTY
        },
    };
    let cut = harness.chain.tx(&harness.chain.officers[..3], cut);
    let outcome = harness.chain.block(std::slice::from_ref(&cut));
    assert_eq!(outcome[0].code.number(), 2015);
    harness.chain.block(&[]);
    (harness, Hash::of(&cut))
}

/// An anchor at one block, as someone trusted would give it.
fn block_anchor(harness: &Harness, height: u64) -> Anchor {
    let genesis = harness.chain.genesis_anchor();
    let header = harness
        .chain
        .light_block(height)
        .unwrap()
        .signed_header
        .header;
    let tendermint::Hash::Sha256(hash) = header.hash() else {
        panic!("a header has a hash");
    };
    Anchor {
        point: AnchorPoint::Block {
            height,
            hash: Hash(hash),
        },
        ..genesis
    }
}

async fn bundle(harness: &Harness, subject: &BundleSubject, trusted: u64) -> Bundle {
    let params = json!({ "subject": subject, "trustedHeight": trusted.to_string() });
    harness.call(Method::GetBundle, params).await
}

fn policy(subject: &BundleSubject) -> Policy {
    Policy {
        subject: Some(subject.clone()),
        ..Policy::at(tendermint::Time::now())
    }
}

#[tokio::test]
async fn every_subject_verifies_from_genesis_and_from_a_block() {
    let (harness, cut) = prepared().await;
    let subjects = [
        BundleSubject::Tx(cut.into()),
        BundleSubject::Imvu(imvu("IMVU-042").into()),
        BundleSubject::Imvu(imvu("IMVU-999").into()),
        BundleSubject::Identity(harness.chain.alice.id.into()),
        BundleSubject::Zone(Name::parse("alice.demo.example").unwrap().into()),
        BundleSubject::Zone(Name::parse("nobody.demo.example").unwrap().into()),
    ];
    for subject in subjects {
        let anchors = [
            (0, harness.chain.genesis_anchor()),
            (2, block_anchor(&harness, 2)),
        ];
        for (trusted, anchor) in anchors {
            let bundle = bundle(&harness, &subject, trusted).await;
            let report = verify(&bundle, &anchor, &policy(&subject));
            assert!(
                report.verified.is_some(),
                "{subject} from {trusted}: {report:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_bundle_that_was_changed_does_not_verify() {
    let (harness, _) = prepared().await;
    let subject = BundleSubject::Imvu(imvu("IMVU-042").into());
    let mut changed = bundle(&harness, &subject, 0).await;
    let preimage = changed.preimage.as_mut().unwrap();
    *preimage = PreimageView {
        state_root: Hash([9; 32]).into(),
        ..preimage.clone()
    };
    changed.digest = changed.compute_digest().unwrap();
    let report = verify(&changed, &harness.chain.genesis_anchor(), &policy(&subject));
    assert!(report.verified.is_none());
}

#[tokio::test]
async fn what_cannot_be_proved_yet_or_from_there_says_so() {
    let (harness, cut) = prepared().await;
    let height = harness.chain.height();
    let ask = |hash: Hash, trusted: u64| json!({ "subject": { "tx": hash.to_string() }, "trustedHeight": trusted.to_string() });
    let later: Value = harness.refuse(Method::GetBundle, ask(cut, height)).await;
    assert_eq!(later["code"], 3005, "the anchor is above the subject");
    assert_eq!(
        harness
            .refuse(Method::GetBundle, ask(Hash([1; 32]), 0))
            .await["code"],
        3001
    );
    let bob = [harness.chain.bob.clone()];
    let fresh = harness.chain.tx(
        &bob,
        set_records("imvu-b.world", "imvu-b.world", RecordType::A, "1.2.3.4"),
    );
    harness.chain.block(std::slice::from_ref(&fresh));
    let early = harness
        .refuse(Method::GetBundle, ask(Hash::of(&fresh), 0))
        .await;
    assert_eq!(
        (&early["code"], &early["data"]["retryable"]),
        (&json!(3003), &json!(true))
    );
}

/// On a recovered chain CometBFT has no block of before the epoch, so that its beginning is not at height 1.
#[tokio::test]
async fn a_recovered_chain_proves_from_the_beginning_of_its_epoch() {
    let (harness, cut) = prepared().await;
    let chain = &harness.chain;
    while chain.height() + 2 < ROTATION {
        chain.block(&[]);
    }
    let anchor = chain.recover();
    let subject = BundleSubject::Imvu(imvu("IMVU-042").into());
    let ask = |subject: &BundleSubject| json!({ "subject": subject, "trustedHeight": "0" });
    let bob = [chain.bob.clone()];
    let fresh = set_records("imvu-b.world", "imvu-b.world", RecordType::A, "1.2.3.4");
    let fresh = chain.tx(&bob, fresh);
    let outcome = chain.block(std::slice::from_ref(&fresh));
    assert_eq!(outcome[0].code.number(), 0, "{}", outcome[0].log);
    // The state that is provable now is the recovery's own, which has no header.
    let early = harness.refuse(Method::GetBundle, ask(&subject)).await;
    assert_eq!(
        (&early["code"], &early["data"]["retryable"]),
        (&json!(3003), &json!(true)),
        "{early}"
    );
    for _ in 0..3 {
        chain.block(&[]);
        for subject in [BundleSubject::Tx(Hash::of(&fresh).into()), subject.clone()] {
            let bundle = bundle(&harness, &subject, 0).await;
            assert!(bundle.light_blocks[0].height() >= ROTATION);
            let report = verify(&bundle, &anchor, &policy(&subject));
            assert!(report.verified.is_some(), "{subject}: {report:?}");
            let before = verify(&bundle, &chain.genesis_anchor(), &policy(&subject));
            assert!(before.verified.is_none(), "{subject} by the anchor before");
        }
    }
    // What was decided before is proved by the blocks of before, which are not there.
    let old = BundleSubject::Tx(cut.into());
    let refused = harness.refuse(Method::GetBundle, ask(&old)).await;
    assert_eq!(refused["code"], 3005, "{refused}");
}

#[tokio::test]
async fn a_whole_change_of_validators_is_bridged() {
    let (harness, cut) = prepared().await;
    while harness.chain.height() < ROTATION + 9 {
        harness.chain.block(&[]);
    }
    let subject = BundleSubject::Imvu(imvu("IMVU-042").into());
    let bundle = bundle(&harness, &subject, 2).await;
    // The anchor, headers before the change, the last one that names the successors, then H and H + 1.
    let heights: Vec<u64> = bundle.light_blocks.iter().map(LightBlock::height).collect();
    assert!(heights.contains(&(ROTATION - 1)), "{heights:?}");
    assert!(heights.len() < 10, "{heights:?}");
    let report = verify(&bundle, &block_anchor(&harness, 2), &policy(&subject));
    assert!(report.verified.is_some(), "{report:?}");
    // Before the change nothing needs bridging.
    let old = BundleSubject::Tx(cut.into());
    let params = json!({ "subject": old, "trustedHeight": "2" });
    let unbridged: Bundle = harness.call(Method::GetBundle, params).await;
    assert_eq!(unbridged.light_blocks.len(), 3);
}
