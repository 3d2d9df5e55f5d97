//! An IMVU's mail, as a caller reads it: compared with the state and the logs.

use super::chain::{Chain, imvu};
use super::harness::Harness;
use super::hosting::agent;
use nexus_sdk::api::{MailEpochView, MailEpochsView, MailView, Method, Read};
use nexus_tree::log::{leaf_hash, root_of};
use nexus_types::action::Action;
use nexus_types::encoding::encode;
use nexus_types::host::AgentKind;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::mail::{
    AddressLimits, ChangeMailRoute, DkimPublicKey, GrantAddress, MailBook, MailEpoch, MailItem,
    MailObject, MailRoute, MailRouteChange, RecordMailEpoch, RegisterDkimKey, Selector,
    SetMailCredential, secret_hash,
};
use nexus_types::state::Collection;
use nexus_types::{Hash, Name, Set, decode, state_key};
use serde_json::{Value, json};

const ID: &str = "IMVU-042";
const LOCAL: Hash = Hash([5; 32]);
const CREDENTIAL: Hash = Hash([6; 32]);

fn domain() -> Name {
    Name::parse("alice.demo.example").unwrap()
}

fn selector() -> Selector {
    Selector::new("nx1").unwrap()
}

/// Alice's book: an address, a credential for it, a route, a key.
fn found_book(chain: &Chain) {
    let alice = &chain.alice;
    let grant = GrantAddress {
        imvu: imvu(ID),
        domain: domain(),
        local: LOCAL,
        holder: chain.bob.id,
        limits: AddressLimits {
            messages_day: 100,
            recipients_day: 500,
            storage_bytes: 1 << 20,
        },
        jurisdiction: Jurisdiction::new("EU-GDPR").unwrap(),
    };
    let credential = SetMailCredential {
        imvu: imvu(ID),
        credential: CREDENTIAL,
        holder: chain.bob.id,
        addresses: Set::new(vec![LOCAL]).unwrap(),
        secret: secret_hash(b"sixteen random by"),
        expires: chain.law_time().plus_ms(3_600_000),
        messages_day: 50,
    };
    let route = ChangeMailRoute {
        imvu: imvu(ID),
        change: MailRouteChange {
            domain: domain(),
            route: Some(MailRoute::Exchange(
                Name::parse("mx.elsewhere.test").unwrap(),
            )),
        },
    };
    let key = RegisterDkimKey {
        imvu: imvu(ID),
        domain: domain(),
        selector: selector(),
        key: DkimPublicKey::Ed25519(chain.bob.public()),
    };
    for action in [
        Action::GrantAddress(grant),
        Action::SetMailCredential(credential),
        Action::ChangeMailRoute(route),
        Action::RegisterDkimKey(key),
    ] {
        chain.must(alice, action);
    }
}

/// The objects of that book, in the order of their names.
fn objects(chain: &Chain) -> Vec<MailObject> {
    let key = |item: &MailItem| state_key::mail_item(&imvu(ID), item);
    let route = MailItem::Route(domain());
    let dkim = MailItem::DkimKey(domain(), selector());
    vec![
        MailObject::Address(chain.object(&key(&MailItem::Address(LOCAL))).unwrap()),
        MailObject::Credential(
            chain
                .object(&key(&MailItem::Credential(CREDENTIAL)))
                .unwrap(),
        ),
        MailObject::Route(chain.object(&key(&route)).unwrap()),
        MailObject::DkimKey(chain.object(&key(&dkim)).unwrap()),
    ]
}

#[tokio::test]
async fn a_book_of_mail_is_read_whole_with_the_root_that_proves_it() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    found_book(chain);
    let (height, version) = (chain.height(), 4);
    let known: MailBook = chain.object(&state_key::mail_book(&imvu(ID))).unwrap();
    let objects = objects(chain);
    let ask = json!({ "imvu": ID, "proof": true });
    // Provable is what stood one block before.
    chain.block(&[]);
    let read: Read<MailView> = harness.call(Method::GetMail, ask).await;
    assert_eq!(read.value, MailView::new(&known, &objects));
    assert_eq!(read.value.version.0, version);
    let counts = [
        read.value.addresses.len(),
        read.value.credentials.len(),
        read.value.routes.len(),
        read.value.keys.len(),
    ];
    assert_eq!(counts, [1; 4]);
    let leaves: Vec<[u8; 32]> = objects.iter().map(|one| leaf_hash(&encode(one))).collect();
    assert_eq!(read.value.root.0, Hash(root_of(&leaves)));
    let proof = read.proof.unwrap();
    let book = state_key::mail_book(&imvu(ID));
    assert!(
        proof
            .items
            .iter()
            .any(|item| item.key.bytes() == book.as_bytes())
    );
    // As it stood before the key and the route.
    let ask = json!({ "imvu": ID, "at": (height - 2).to_string() });
    let before: Read<MailView> = harness.call(Method::GetMail, ask).await;
    assert_eq!(before.value.version.0, version - 2);
    assert_eq!(before.value.addresses, read.value.addresses);
    assert!(before.value.routes.is_empty() && before.value.keys.is_empty());
}

#[tokio::test]
async fn an_imvu_without_mail_and_one_that_is_not_there_have_no_book() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let before = chain.height();
    found_book(chain);
    for (ask, code) in [
        (json!({ "imvu": "IMVU-B" }), 3001),
        (json!({ "imvu": "IMVU-999" }), 3001),
        (json!({ "imvu": ID, "at": before.to_string() }), 3001),
        (json!({ "imvu": ID, "at": "1000" }), 3003),
        (json!({ "imvu": "no id" }), -32_602),
        (
            json!({ "imvu": ID, "domain": "alice.demo.example" }),
            -32_602,
        ),
        (json!({}), -32_602),
    ] {
        let refused = harness.refuse(Method::GetMail, ask.clone()).await;
        assert_eq!(refused["code"], code, "{ask}: {refused}");
    }
}

/// IMVU-042 runs on host-1, whose mail agent commits to three epochs.
fn three_epochs(chain: &Chain) -> Vec<MailEpoch> {
    chain.add_host("host-1");
    chain.activate(&chain.alice, ID, "host-1");
    for kind in [AgentKind::Compute, AgentKind::Network] {
        chain.applied("host-1", kind, ID);
    }
    for epoch in 1..=3 {
        let first_seq = 10 * epoch - 9;
        let record = RecordMailEpoch {
            imvu: imvu(ID),
            slot: 0,
            epoch,
            first_seq,
            last_seq: first_seq + 9,
            root: Hash([8; 32]),
            messages: 9,
            recipients: 12,
            bytes: 40_000 + epoch,
        };
        let postman = agent("host-1", AgentKind::Mail);
        chain.must(&postman, Action::RecordMailEpoch(record));
    }
    let log = LogId::Collection(CollectionKind::MailEpochs, Some(imvu(ID)));
    let view = chain.views().latest().unwrap().unwrap();
    let records = view.records(&log.to_bytes(), 0, 10).unwrap();
    let epochs = records.iter().map(|record| decode(record).unwrap());
    epochs.collect()
}

#[tokio::test]
async fn epochs_of_mail_are_the_collections_leaves_page_by_page() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let kept = three_epochs(chain);
    assert_eq!(kept.len(), 3);
    let ask = json!({ "imvu": ID, "limit": 2 });
    let page: Read<MailEpochsView> = harness.call(Method::ListMailEpochs, ask.clone()).await;
    let shown = |page: &MailEpochsView| -> Vec<MailEpochView> {
        page.items.iter().map(|item| item.epoch.clone()).collect()
    };
    let expected: Vec<MailEpochView> = kept.iter().map(MailEpochView::from).collect();
    assert_eq!(shown(&page.value), expected[..2]);
    let key = state_key::collection(CollectionKind::MailEpochs, Some(&imvu(ID)));
    let known: Collection = chain.object(&key).unwrap();
    let collection = page.value.collection.unwrap();
    assert_eq!((collection.size.0, collection.root.0), (3, known.root));
    let cursor = page.value.next_cursor.unwrap();
    let ask = json!({ "imvu": ID, "limit": 2, "cursor": cursor, "proof": true });
    // A cursor is of one list: with proofs or without, but of the same IMVU.
    chain.block(&[]);
    let rest: Read<MailEpochsView> = harness.call(Method::ListMailEpochs, ask).await;
    assert_eq!(shown(&rest.value), expected[2..]);
    assert_eq!(rest.value.next_cursor, None);
    let leaf = rest.value.items[0].leaf.clone().unwrap();
    assert_eq!(leaf.record.bytes(), encode(&kept[2]));
    let stranger: Value = json!({ "imvu": "IMVU-B", "cursor": cursor });
    let refused = harness.refuse(Method::ListMailEpochs, stranger).await;
    assert_eq!(refused["code"], 3004, "{refused}");
}

#[tokio::test]
async fn an_imvu_without_epochs_has_an_empty_list_and_bad_pages_are_refused() {
    let harness = Harness::start().await;
    let ask = json!({ "imvu": "IMVU-B" });
    let page: Read<MailEpochsView> = harness.call(Method::ListMailEpochs, ask).await;
    assert_eq!(page.value.imvu.to_string(), "IMVU-B");
    assert_eq!((page.value.collection, page.value.items), (None, vec![]));
    for (ask, code) in [
        (json!({ "imvu": "IMVU-999" }), 3001),
        (json!({ "imvu": "IMVU-B", "limit": 0 }), -32_602),
        (json!({ "imvu": "IMVU-B", "limit": 201 }), -32_602),
        (
            json!({ "imvu": "IMVU-B", "limit": 65, "proof": true }),
            -32_602,
        ),
        (json!({ "imvu": "IMVU-B", "cursor": "AAAA" }), 3004),
        (json!({ "imvu": 42 }), -32_602),
    ] {
        let refused = harness.refuse(Method::ListMailEpochs, ask.clone()).await;
        assert_eq!(refused["code"], code, "{ask}: {refused}");
    }
}
