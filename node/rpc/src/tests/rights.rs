//! Consents and snapshots, as a caller reads them: compared with the state and the logs.

use super::chain::{Chain, imvu};
use super::harness::Harness;
use super::hosting::agent;
use nexus_sdk::api::{
    ConsentEntryView, ConsentsView, Method, Read, SnapshotView, SnapshotsView, SubjectConsentsView,
};
use nexus_types::action::Action;
use nexus_types::consent::{
    ConsentEntry, Consents, EraseConsent, Erasure, Purpose, RecordConsent, RevokeConsent,
};
use nexus_types::encoding::encode;
use nexus_types::exit::AnnounceExit;
use nexus_types::host::AgentKind;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::snapshot::{RecordSnapshot, RequestSnapshot, Snapshot, SnapshotOutcome, Taken};
use nexus_types::state::Collection;
use nexus_types::{Hash, decode, state_key};
use serde_json::{Value, json};

const ID: &str = "IMVU-042";
const SUBJECT: Hash = Hash([0x5b; 32]);
const OTHER: Hash = Hash([0x5c; 32]);

/// One subject consents twice, takes the first consent back and is then erased; another consents once. All entries, in the order of
/// the collection.
fn consented(chain: &Chain) -> Vec<ConsentEntry> {
    let record = |subject, sequence, purpose| {
        Action::RecordConsent(RecordConsent {
            imvu: imvu(ID),
            subject,
            sequence,
            purpose,
            commitment: Hash([3; 32]),
        })
    };
    let revoke = Action::RevokeConsent(RevokeConsent {
        imvu: imvu(ID),
        subject: SUBJECT,
        sequence: 2,
        revokes: 0,
        commitment: Hash([4; 32]),
    });
    let erase = Action::EraseConsent(EraseConsent {
        imvu: imvu(ID),
        subject: SUBJECT,
        sequence: 3,
        through: 0,
    });
    for action in [
        record(SUBJECT, 0, Purpose::Service),
        record(OTHER, 0, Purpose::Analytics),
        record(SUBJECT, 1, Purpose::Newsletter),
        revoke,
        erase,
    ] {
        chain.must(&chain.alice, action);
    }
    let log = LogId::Collection(CollectionKind::Consents, Some(imvu(ID)));
    let view = chain.views().latest().unwrap().unwrap();
    let records = view.records(&log.to_bytes(), 0, 10).unwrap();
    let entries = records.iter().map(|record| decode(record).unwrap());
    entries.collect()
}

#[tokio::test]
async fn a_subjects_consents_are_those_of_the_state_with_their_erasures() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let before = chain.height();
    consented(chain);
    let known: Consents = chain
        .object(&state_key::consents(&imvu(ID), &SUBJECT))
        .unwrap();
    let erasure: Erasure = chain
        .object(&state_key::erasure(&imvu(ID), &SUBJECT, 3))
        .unwrap();
    chain.block(&[]);
    let ask = json!({ "imvu": ID, "subject": SUBJECT.to_string(), "proof": true });
    let read: Read<SubjectConsentsView> = harness.call(Method::GetConsents, ask).await;
    assert_eq!(
        read.value,
        SubjectConsentsView::new(&known, std::slice::from_ref(&erasure))
    );
    assert_eq!((read.value.next.0, read.value.erasures.len()), (4, 1));
    let proof = read.proof.unwrap();
    for key in [
        state_key::consents(&imvu(ID), &SUBJECT),
        state_key::erasure(&imvu(ID), &SUBJECT, 3),
    ] {
        let shown = proof.items.iter();
        let mut shown = shown.filter(|item| item.key.bytes() == key.as_bytes());
        assert!(shown.next().is_some(), "{key:?}");
    }
    // Who has none begins at 0; so did this one.
    for ask in [
        json!({ "imvu": ID, "subject": "77".repeat(32) }),
        json!({ "imvu": "IMVU-B", "subject": SUBJECT.to_string() }),
        json!({ "imvu": ID, "subject": SUBJECT.to_string(), "at": before.to_string() }),
    ] {
        let read: Read<SubjectConsentsView> = harness.call(Method::GetConsents, ask.clone()).await;
        assert_eq!(read.value.next.0, 0, "{ask}");
        assert!(read.value.standing.is_empty() && read.value.erasures.is_empty());
    }
}

#[tokio::test]
async fn consents_of_no_imvu_and_of_no_subject_are_refused() {
    let harness = Harness::start().await;
    let subject = SUBJECT.to_string();
    for (ask, code) in [
        (json!({ "imvu": "IMVU-999", "subject": subject }), 3001),
        (
            json!({ "imvu": ID, "subject": subject, "at": "1000" }),
            3003,
        ),
        (json!({ "imvu": ID, "subject": "5b5b" }), -32_602),
        (json!({ "imvu": ID, "subject": "zz".repeat(32) }), -32_602),
        (json!({ "imvu": ID }), -32_602),
        (json!({ "imvu": "", "subject": subject }), -32_602),
    ] {
        let refused = harness.refuse(Method::GetConsents, ask.clone()).await;
        assert_eq!(refused["code"], code, "{ask}: {refused}");
    }
}

fn shown(page: &ConsentsView) -> Vec<ConsentEntryView> {
    page.items.iter().map(|item| item.entry.clone()).collect()
}

#[tokio::test]
async fn the_consent_log_is_the_collections_leaves_of_all_or_of_one_subject() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let kept = consented(chain);
    assert_eq!(kept.len(), 5);
    chain.block(&[]);
    let expected: Vec<ConsentEntryView> = kept.iter().map(ConsentEntryView::from).collect();
    let ask = json!({ "imvu": ID, "limit": 3, "proof": true });
    let page: Read<ConsentsView> = harness.call(Method::ListConsents, ask).await;
    assert_eq!(shown(&page.value), expected[..3]);
    let key = state_key::collection(CollectionKind::Consents, Some(&imvu(ID)));
    let known: Collection = chain.object(&key).unwrap();
    let collection = page.value.collection.clone().unwrap();
    assert_eq!((collection.size.0, collection.root.0), (5, known.root));
    for (item, entry) in page.value.items.iter().zip(&kept) {
        assert_eq!(item.leaf.clone().unwrap().record.bytes(), encode(entry));
    }
    let cursor = page.value.next_cursor.unwrap();
    let ask = json!({ "imvu": ID, "limit": 3, "cursor": cursor });
    let rest: Read<ConsentsView> = harness.call(Method::ListConsents, ask).await;
    assert_eq!(shown(&rest.value), expected[3..]);
    assert_eq!(rest.value.next_cursor, None);
    for subject in [SUBJECT, OTHER, Hash([0x77; 32])] {
        let ask = json!({ "imvu": ID, "subject": subject.to_string() });
        let page: Read<ConsentsView> = harness.call(Method::ListConsents, ask).await;
        let of = kept.iter().filter(|entry| entry.subject == subject);
        let of: Vec<ConsentEntryView> = of.map(ConsentEntryView::from).collect();
        assert_eq!(shown(&page.value), of, "{subject}");
    }
    let other: Value =
        json!({ "imvu": ID, "subject": SUBJECT.to_string(), "cursor": cursor, "limit": 3 });
    for (ask, code) in [
        (other, 3004),
        (json!({ "imvu": "IMVU-999" }), 3001),
        (json!({ "imvu": ID, "limit": 0 }), -32_602),
        (json!({ "imvu": ID, "limit": 65, "proof": true }), -32_602),
        (json!({ "imvu": ID, "cursor": cursor, "at": "5" }), -32_602),
        (json!({ "imvu": ID, "subject": "5b" }), -32_602),
    ] {
        let refused = harness.refuse(Method::ListConsents, ask.clone()).await;
        assert_eq!(refused["code"], code, "{ask}: {refused}");
    }
}

/// IMVU-042 runs on host-1, a snapshot was taken of it, and another is asked for because it leaves.
fn snapshots(chain: &Chain) {
    chain.add_host("host-1");
    chain.activate(&chain.alice, ID, "host-1");
    for kind in [AgentKind::Compute, AgentKind::Network] {
        chain.applied("host-1", kind, ID);
    }
    let request = Action::RequestSnapshot(RequestSnapshot { imvu: imvu(ID) });
    chain.must(&chain.alice, request);
    let taken = Action::RecordSnapshot(RecordSnapshot {
        imvu: imvu(ID),
        number: 1,
        outcome: SnapshotOutcome::Taken(Taken {
            digest: Hash([0xd1; 32]),
            bytes: 1 << 20,
            taken_at: chain.law_time(),
        }),
    });
    chain.must(&agent("host-1", AgentKind::Compute), taken);
    let leave = Action::AnnounceExit(AnnounceExit { imvu: imvu(ID) });
    chain.must(&chain.alice, leave);
}

#[tokio::test]
async fn snapshots_are_those_of_the_state_the_newest_first() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    snapshots(chain);
    chain.block(&[]);
    let known = |number| {
        let key = state_key::snapshot(&imvu(ID), number);
        let one: Snapshot = chain.object(&key).unwrap();
        SnapshotView::from(&one)
    };
    let ask = json!({ "imvu": ID, "limit": 1, "proof": true });
    let page: Read<SnapshotsView> = harness.call(Method::ListSnapshots, ask).await;
    assert_eq!(page.value.items, [known(2)]);
    let said = (page.value.last.0, page.value.newest.map(|one| one.0));
    assert_eq!(said, (2, Some(1)));
    let key = state_key::snapshot(&imvu(ID), 2);
    let proof = page.proof.unwrap();
    let mut items = proof.items.iter();
    assert!(items.any(|item| item.key.bytes() == key.as_bytes()));
    let cursor = page.value.next_cursor.unwrap();
    let ask = json!({ "imvu": ID, "limit": 1, "cursor": cursor });
    let rest: Read<SnapshotsView> = harness.call(Method::ListSnapshots, ask).await;
    assert_eq!(rest.value.items, [known(1)]);
    assert_eq!(rest.value.items[0].taken.as_ref().unwrap().bytes.0, 1 << 20);
    assert_eq!(rest.value.next_cursor, None);
    let all: Read<SnapshotsView> = harness
        .call(Method::ListSnapshots, json!({ "imvu": ID }))
        .await;
    assert_eq!(all.value.items, [known(2), known(1)]);
    for (ask, code) in [
        (json!({ "imvu": "IMVU-B", "cursor": cursor }), 3004),
        (json!({ "imvu": ID, "limit": 201 }), -32_602),
        (json!({ "imvu": ID, "at": "1000" }), 3003),
        (json!({ "imvu": "IMVU-999" }), 3001),
        (json!({ "imvu": null }), -32_602),
    ] {
        let refused = harness.refuse(Method::ListSnapshots, ask.clone()).await;
        assert_eq!(refused["code"], code, "{ask}: {refused}");
    }
    // One that never asked has none.
    let none: Read<SnapshotsView> = harness
        .call(Method::ListSnapshots, json!({ "imvu": "IMVU-B" }))
        .await;
    assert_eq!((none.value.last.0, none.value.newest), (0, None));
    assert!(none.value.items.is_empty());
}
