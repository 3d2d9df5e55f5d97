//! An IMVU's usage: sealed hours with their proofs, and the hours still open.

use super::chain::{Chain, imvu};
use super::harness::Harness;
use super::hosting::{host, meter};
use nexus_sdk::api::{Method, Page, Read, UsageEntryView, UsageView};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::{Frontier, LogHead, leaf_hash};
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::meter::{Metering, OpenHour, Resource, UsageFlags, UsageHour, UsageLine};
use nexus_types::state::Collection;
use nexus_types::{Hash, decode, state_key};
use serde_json::{Value, json};

const HOUR: u64 = 490_000;

fn lines(billed: u128) -> Vec<UsageLine> {
    let line = |resource: Resource, billed| UsageLine {
        resource,
        meter: meter("host-1", resource.kind()),
        read: billed,
        billed,
        dropped: 0,
        windows: 12,
        flags: UsageFlags(UsageFlags::TEST),
    };
    vec![line(Resource::Cpu, billed), line(Resource::Network, 7)]
}

fn hour(chain: &Chain, sequence: u64, hour: u64) -> UsageHour {
    UsageHour {
        imvu: imvu("IMVU-042"),
        sequence,
        hour,
        owner: chain.alice.id,
        host: host("host-1"),
        placement: 1,
        height: chain.height() + 1,
        lines: lines(u128::MAX - u128::from(sequence)),
    }
}

/// Seals these hours of IMVU-042 in one block, as if its meters had read for that long, and leaves one open.
fn seal(chain: &Chain, hours: &[u64]) {
    let id = imvu("IMVU-042");
    let key = state_key::collection(CollectionKind::Usage, Some(&id));
    let before: Option<Collection> = chain.object(&key);
    let mut frontier = before.map_or_else(Frontier::new, |before| {
        let peaks = before.peaks.iter().map(|peak| peak.0).collect();
        Frontier::from_parts(before.size, peaks).unwrap()
    });
    let sealed: Vec<UsageHour> = hours
        .iter()
        .map(|each| {
            let hour = hour(chain, frontier.head().size, *each);
            frontier.append(leaf_hash(&encode(&hour))).unwrap();
            hour
        })
        .collect();
    let collection = Collection {
        size: frontier.head().size,
        root: Hash(frontier.root()),
        peaks: frontier.peaks().iter().copied().map(Hash).collect(),
    };
    let open = OpenHour {
        hour: HOUR + 100,
        placement: 1,
        host: host("host-1"),
        lines: lines(5),
    };
    let metering = Metering {
        hours: vec![open],
        billed: [9; 7],
        ..Metering::default()
    };
    chain.block_and(&[], |executed| {
        let log = LogId::Collection(CollectionKind::Usage, Some(id.clone()));
        let leaves = sealed.iter().map(|hour| (log.clone(), encode(hour)));
        executed.appends.extend(leaves);
        executed.events.extend(sealed.into_iter().map(Event::Usage));
        executed.changes.extend([
            (key, Some(encode(&collection))),
            (state_key::metering(&id), Some(encode(&metering))),
        ]);
    });
}

async fn usage(harness: &Harness, more: Value) -> Read<UsageView> {
    let mut params = json!({ "imvu": "IMVU-042" });
    let members = more.as_object().unwrap().clone();
    params.as_object_mut().unwrap().extend(members);
    harness.call(Method::GetUsage, params).await
}

fn hours(read: &Read<UsageView>) -> Vec<u64> {
    let items = read.value.items.iter();
    items.map(|leaf| leaf.hour.hour.0).collect()
}

#[tokio::test]
async fn an_imvu_that_used_nothing_has_an_empty_page() {
    let harness = Harness::start().await;
    let read = usage(&harness, json!({ "proof": true })).await;
    assert!(read.value.items.is_empty() && read.value.collection.is_none());
    assert_eq!(read.value.metering.unwrap().hours, []);
    assert_eq!(read.proof.unwrap().items.len(), 2, "proved to be absent");
    let unknown = harness
        .refuse(Method::GetUsage, json!({ "imvu": "IMVU-Z" }))
        .await;
    assert_eq!(unknown["code"], 3001);
}

#[tokio::test]
async fn sealed_hours_are_proved_to_be_in_the_collection() {
    let harness = Harness::start().await;
    seal(&harness.chain, &[HOUR, HOUR + 1, HOUR + 2]);
    seal(&harness.chain, &[HOUR + 3, HOUR + 1]);
    let read = usage(&harness, json!({ "proof": true })).await;
    assert_eq!(hours(&read), [HOUR, HOUR + 1, HOUR + 2, HOUR + 3, HOUR + 1]);
    let proof = read.proof.unwrap();
    let preimage = AppHashPreimage::try_from(&proof.preimage).unwrap();
    for item in &proof.items {
        let value = item.value.as_ref().map(|value| value.bytes());
        let proof = item.state_proof().unwrap();
        proof
            .verify(&preimage.state_root, item.key.bytes(), value)
            .unwrap();
    }
    let key = state_key::collection(CollectionKind::Usage, Some(&imvu("IMVU-042")));
    let collection = proof
        .items
        .iter()
        .find(|item| item.key.bytes() == key.as_bytes())
        .unwrap();
    let collection: Collection = decode(collection.value.as_ref().unwrap().bytes()).unwrap();
    let shown = read.value.collection.unwrap();
    assert_eq!((shown.size.0, shown.root.0), (5, collection.root));
    let head = LogHead {
        size: collection.size,
        root: collection.root.0,
    };
    for leaf in &read.value.items {
        let proved = leaf.leaf.as_ref().unwrap();
        let record = proved.record.bytes();
        let place = leaf.hour.sequence.0;
        let inclusion = proved.inclusion().unwrap();
        inclusion.verify(&leaf_hash(record), place, &head).unwrap();
        let hour: UsageHour = decode(record).unwrap();
        assert_eq!(leaf.hour, (&hour).into());
    }
    let metering = read.value.metering.unwrap();
    assert_eq!(metering.hours[0].hour.0, HOUR + 100);
    assert_eq!(metering.billed[0].quantity.0, 9);
}

#[tokio::test]
async fn hours_are_filtered_and_paged_at_one_height() {
    let harness = Harness::start().await;
    let all: Vec<u64> = (0..9).map(|each| HOUR + each).collect();
    seal(&harness.chain, &all);
    let filter = json!({ "fromHour": HOUR + 2, "toHour": (HOUR + 7).to_string(), "limit": 2 });
    let first = usage(&harness, filter.clone()).await;
    assert_eq!(hours(&first), [HOUR + 2, HOUR + 3]);
    assert!(first.value.metering.is_some());
    // What is sealed afterwards is on no later page.
    seal(&harness.chain, &[HOUR + 5]);
    let mut seen = hours(&first);
    let mut cursor = first.value.next_cursor.clone();
    while let Some(text) = cursor {
        let mut next = filter.clone();
        next["cursor"] = json!(text);
        let page = usage(&harness, next).await;
        assert_eq!(page.height, first.height);
        assert!(page.value.metering.is_none(), "on the first page only");
        seen.extend(hours(&page));
        cursor = page.value.next_cursor;
    }
    assert_eq!(seen, &all[2..7]);
    let earlier = usage(&harness, json!({ "at": first.height, "proof": true })).await;
    assert_eq!(earlier.value.items.len(), 9);

    let text = first.value.next_cursor.unwrap();
    let refused = [
        (json!({ "cursor": text }), 3004),
        (json!({ "cursor": "x" }), 3004),
        (json!({ "limit": 65, "proof": true }), -32602),
        (json!({ "limit": 201 }), -32602),
    ];
    for (more, code) in refused {
        let mut params = json!({ "imvu": "IMVU-042" });
        params
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let error = harness.refuse(Method::GetUsage, params).await;
        assert_eq!(error["code"], code, "{more}: {error}");
    }
}

#[tokio::test]
async fn lines_of_usage_are_listed_newest_first_and_exact() {
    let harness = Harness::start().await;
    seal(&harness.chain, &[HOUR, HOUR + 1]);
    let list =
        async |filter| -> Page<UsageEntryView> { harness.call(Method::ListUsage, filter).await };
    let all = list(json!({ "imvu": "IMVU-042" })).await;
    assert_eq!(all.total.0, 4);
    assert_eq!(all.items[0].hour.0, HOUR + 1);
    assert_eq!(all.items[0].line.resource, Resource::Network.name());
    let cpu = list(json!({ "resource": "cpu", "toHour": HOUR + 1 })).await;
    let [entry] = cpu.items.as_slice() else {
        panic!("{cpu:?}");
    };
    assert_eq!((entry.hour.0, entry.line.billed.0), (HOUR, u128::MAX));
    assert_eq!(
        (entry.line.unit.as_str(), &entry.line.flags[0]),
        ("ms", &"test".to_owned())
    );
    assert_eq!(list(json!({ "imvu": "IMVU-B" })).await.total.0, 0);
    let wrong = harness
        .refuse(Method::ListUsage, json!({ "resource": "gold" }))
        .await;
    let message = wrong["message"].as_str().unwrap();
    assert!(message.contains("mailStorage"), "{message}");
}
