//! Reads, lists, discovery, and how wrong questions are refused.

use super::chain::{Chain, set_records};
use super::harness::Harness;
use nexus_sdk::api::{
    At, AuditView, BlockSummary, BlockView, ChainInfo, DomainStatus, DomainView, EventsPage,
    GateDecisionView, GatesView, IdentityView, ImvuView, LightBlockView, Method, NonceView, Page,
    ProofResult, QuotaRead, Read, TransactionSummary, TransactionView, ValidatorView,
    ViolationView, ZoneView,
};
use nexus_tree::app_hash::{AppHashPreimage, LogId};
use nexus_tree::log::leaf_hash;
use nexus_types::log::CollectionKind;
use nexus_types::rrset::RecordType;
use nexus_types::{Hash, state, state_key};
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A record set by Alice, and one refused to Bob in Alice's zone.
fn write_records(chain: &Chain) {
    let alice = std::slice::from_ref(&chain.alice);
    let bob = std::slice::from_ref(&chain.bob);
    let zone = "alice.demo.example";
    let own = chain.tx(
        alice,
        set_records(zone, "www.alice.demo.example", RecordType::A, "192.0.2.7"),
    );
    let foreign = chain.tx(bob, set_records(zone, zone, RecordType::A, "1.2.3.4"));
    let codes: Vec<u32> = chain
        .block(&[own, foreign])
        .iter()
        .map(|one| one.code.number())
        .collect();
    assert_eq!(codes, [0, 2004]);
}

#[tokio::test]
async fn reads_say_their_height_and_missing_things_their_code() {
    let harness = Harness::start().await;
    let imvu: Read<ImvuView> = harness
        .call(Method::GetImvu, json!({ "imvu": "IMVU-042" }))
        .await;
    assert_eq!(imvu.height.0, harness.chain.height());
    assert_eq!(imvu.value.owner.0, harness.chain.alice.id);
    assert!(imvu.proof.is_none());
    let audit = &imvu.value.collections.as_ref().unwrap()[0];
    assert_eq!((audit.kind.as_str(), audit.size.0), ("audit", 2));

    // At the height before Alice claimed her name.
    let earlier: Read<ImvuView> = harness
        .call(Method::GetImvu, json!({ "imvu": "IMVU-042", "at": "2" }))
        .await;
    assert_eq!(
        (earlier.height.0, earlier.value.domains, imvu.value.domains),
        (2, 0, 1)
    );

    let missing = harness
        .refuse(Method::GetImvu, json!({ "imvu": "IMVU-042", "at": "1" }))
        .await;
    assert_eq!(missing["code"], 3001);
    assert_eq!(missing["data"]["code"], "NX3001");
    assert_eq!(missing["data"]["height"], "1");
    let future = harness
        .refuse(Method::GetImvu, json!({ "imvu": "IMVU-042", "at": "99" }))
        .await;
    assert_eq!(future["code"], 3003);
    assert_eq!(future["data"]["retryable"], true);

    let nonce: Read<NonceView> = harness
        .call(
            Method::GetNonce,
            json!({ "identity": harness.chain.alice.id.to_string() }),
        )
        .await;
    assert_eq!(nonce.value.next.0, 4);
    let stranger: Read<NonceView> = harness
        .call(Method::GetNonce, json!({ "identity": "ab".repeat(32) }))
        .await;
    assert_eq!(stranger.value.next.0, 1);
    let quota: Read<QuotaRead> = harness
        .call(Method::GetQuota, json!({ "imvu": "IMVU-042" }))
        .await;
    assert_eq!(quota.value.quota.cpu_millis.0, 4_000);
    let identity: Read<IdentityView> = harness
        .call(
            Method::GetIdentity,
            json!({ "identity": harness.chain.alice.id.to_string() }),
        )
        .await;
    assert_eq!(identity.value.key.0, harness.chain.alice.public());
    assert_eq!(
        identity.value.attester.unwrap().0,
        harness.chain.attester.id
    );
}

#[tokio::test]
async fn the_chain_tells_its_constants_and_a_shortened_delay() {
    let harness = Harness::start().await;
    let info: Read<ChainInfo> = harness.call(Method::ChainInfo, json!({})).await;
    let info = info.value;
    assert_eq!(info.chain_id, "nexus-test");
    assert_eq!(info.genesis_hash.0, harness.chain.network().genesis_hash);
    assert_eq!(
        (info.split.creator, info.split.platform, info.split.whole),
        (11, 9, 20)
    );
    assert!(info.delays.shortened);
    assert_eq!((info.officers.len(), info.officers_threshold), (5, 3));
    assert_eq!(info.tip.height.0, harness.chain.height());
    let seats: Read<Vec<ValidatorView>> = harness.call(Method::GetValidators, json!({})).await;
    assert_eq!(seats.value.len(), 4);
    assert_eq!(seats.value.iter().filter(|seat| seat.platform).count(), 1);
    let operator = harness.chain.operator().id;
    assert!(seats.value.iter().any(|seat| seat.operator.0 == operator));
    let gates: Read<GatesView> = harness.call(Method::GetGates, json!({})).await;
    assert_eq!(gates.value.gates.len(), 17);
    assert_eq!(gates.value.constants_hash, info.constants_hash);
    assert_eq!(gates.value.gates[0].passed.0, 6);
}

#[tokio::test]
async fn a_proof_covers_what_the_answer_was_read_from_and_verifies() {
    let harness = Harness::start().await;
    let read: Read<ImvuView> = harness
        .call(
            Method::GetImvu,
            json!({ "imvu": "IMVU-042", "proof": true }),
        )
        .await;
    let proof = read.proof.unwrap();
    assert_eq!(proof.header_height.0, read.height.0 + 1);
    let preimage = AppHashPreimage::try_from(&proof.preimage).unwrap();
    let info: Read<ChainInfo> = harness.call(Method::ChainInfo, json!({})).await;
    assert_eq!(info.value.tip.app_hash.0, Hash(preimage.hash()));
    // The IMVU, its policy, its team, its collections.
    assert_eq!(proof.items.len(), 3 + CollectionKind::ALL.len());
    for item in &proof.items {
        let value = item.value.as_ref().map(|value| value.bytes());
        item.state_proof()
            .unwrap()
            .verify(&preimage.state_root, item.key.bytes(), value)
            .unwrap();
    }
    let imvu: state::Imvu =
        nexus_types::decode(proof.items[0].value.as_ref().unwrap().bytes()).unwrap();
    assert_eq!(ImvuView::from(&imvu).quota, read.value.quota);
}

#[tokio::test]
async fn log_records_and_earlier_sizes_are_proved() {
    let harness = Harness::start().await;
    let old: ProofResult = harness.call(Method::GetProof, json!({ "at": "2" })).await;
    let absent = state_key::imvu(&super::chain::imvu("IMVU-999"));
    let params = json!({
        "keys": [hex(absent.as_bytes())],
        "records": [{ "log": "audit", "index": "0" }, { "log": "headers", "index": "4" }],
        "consistency": [{ "log": "audit", "from": old.preimage.logs[0].size }],
        "at": At::Latest,
    });
    let proof: ProofResult = harness.call(Method::GetProof, params).await;
    let preimage = AppHashPreimage::try_from(&proof.preimage).unwrap();
    assert_eq!(proof.app_hash.0, Hash(preimage.hash()));
    assert!(proof.items[0].value.is_none());
    proof.items[0]
        .state_proof()
        .unwrap()
        .verify(&preimage.state_root, absent.as_bytes(), None)
        .unwrap();
    for (record, log) in proof.records.iter().zip([LogId::Audit, LogId::Headers]) {
        let leaf = leaf_hash(record.record.bytes());
        record
            .inclusion()
            .unwrap()
            .verify(&leaf, record.index.0, &preimage.log(log))
            .unwrap();
    }
    let before = AppHashPreimage::try_from(&old.preimage)
        .unwrap()
        .log(LogId::Audit);
    assert!(before.size < preimage.log(LogId::Audit).size);
    proof.consistency[0]
        .consistency()
        .unwrap()
        .verify(&before, &preimage.log(LogId::Audit))
        .unwrap();

    let beyond = json!({ "records": [{ "log": "audit", "index": "6" }] });
    assert_eq!(harness.refuse(Method::GetProof, beyond).await["code"], 3001);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn names_resolve_to_their_holder_from_any_spelling() {
    let harness = Harness::start().await;
    let resolve = |name: &str| json!({ "name": name });
    let own: Read<DomainView> = harness
        .call(Method::ResolveDomain, resolve("ALICE.demo.example."))
        .await;
    assert_eq!(own.value.status, DomainStatus::Bound);
    assert_eq!(own.value.imvu.unwrap().to_string(), "IMVU-042");
    let inside: Read<DomainView> = harness
        .call(Method::ResolveDomain, resolve("a.b.alice.demo.example"))
        .await;
    assert_eq!(inside.value.status, DomainStatus::Inside);
    assert_eq!(inside.value.apex.unwrap().to_string(), "alice.demo.example");
    let free: Read<DomainView> = harness
        .call(Method::ResolveDomain, resolve("carol.demo.example"))
        .await;
    assert_eq!(
        (free.value.status, free.value.imvu),
        (DomainStatus::Free, None)
    );
    let escaped = harness
        .refuse(Method::ResolveDomain, resolve("alice\u{3002}demo.example"))
        .await;
    assert_eq!(escaped["code"], -32602);
    let all: Page<DomainView> = harness.call(Method::ListDomains, json!({})).await;
    assert_eq!(all.items.len(), 2);
    let of_bob: Page<DomainView> = harness
        .call(Method::ListDomains, json!({ "imvu": "IMVU-B" }))
        .await;
    assert_eq!(of_bob.items[0].name.to_string(), "imvu-b.world");
}

#[tokio::test]
async fn a_zone_is_shown_in_presentation_form_and_its_refusal_is_found_everywhere() {
    let harness = Harness::start().await;
    write_records(&harness.chain);
    let zone: Read<ZoneView> = harness
        .call(
            Method::GetZone,
            json!({ "zone": "alice.demo.example", "proof": true }),
        )
        .await;
    assert_eq!(zone.value.serial, zone.height);
    assert_eq!((zone.value.sets, zone.value.records.len()), (1, 1));
    assert_eq!(zone.value.records[0].records, ["192.0.2.7"]);
    assert_eq!(zone.proof.unwrap().items.len(), 1);

    let violations: Page<ViolationView> = harness
        .call(Method::ListViolations, json!({ "gate": 4 }))
        .await;
    assert_eq!(violations.total.0, 1);
    let violation = &violations.items[0];
    assert_eq!(
        (violation.actor.0, violation.code.code),
        (harness.chain.bob.id, 2004)
    );
    assert!(
        violation
            .refused
            .iter()
            .all(|gate| !gate.passed && gate.reason.is_some())
    );

    let filter = json!({ "gate": 4, "outcome": "refused" });
    let decisions: Page<GateDecisionView> = harness.call(Method::ListGateDecisions, filter).await;
    assert_eq!(decisions.items[0].tx, violation.tx);

    // By the transaction's id, which the violation names, as well as by its hash.
    let by_id: TransactionView = harness
        .call(Method::GetTransaction, json!({ "hash": violation.tx }))
        .await;
    let by_hash: TransactionView = harness
        .call(
            Method::GetTransaction,
            json!({ "hash": by_id.summary.hash }),
        )
        .await;
    assert_eq!(by_id, by_hash);
    assert_eq!(
        by_id
            .verdict
            .as_ref()
            .unwrap()
            .reason
            .as_ref()
            .unwrap()
            .name,
        "notOwner"
    );
    assert_eq!(by_id.events.len(), 3, "audit entry, violation, notice");
    assert_eq!(by_id.summary.code.name, "NX2004");

    let of_bob: Page<AuditView> = harness
        .call(
            Method::ListAudit,
            json!({ "actor": harness.chain.bob.id.to_string() }),
        )
        .await;
    assert_eq!(of_bob.items.len(), 4);
    assert_eq!(of_bob.items[0].code.code, 2004);
}

#[tokio::test]
async fn pages_of_one_list_agree_while_blocks_arrive() {
    let harness = Harness::start().await;
    let first: Page<TransactionSummary> = harness
        .call(Method::ListTransactions, json!({ "limit": 4 }))
        .await;
    assert_eq!((first.items.len(), first.total.0), (4, 6));
    write_records(&harness.chain);
    let params = json!({ "limit": 4, "cursor": first.next_cursor });
    let second: Page<TransactionSummary> =
        harness.call(Method::ListTransactions, params.clone()).await;
    assert_eq!((second.at, second.total), (first.at, first.total));
    assert_eq!((second.items.len(), second.next_cursor.clone()), (2, None));
    let heights: Vec<u64> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|tx| tx.height.0)
        .collect();
    assert_eq!(heights, [6, 5, 4, 3, 2, 1]);
    let now: Page<TransactionSummary> = harness.call(Method::ListTransactions, json!({})).await;
    assert_eq!(now.total.0, 8);

    let elsewhere = harness.refuse(Method::ListAudit, params).await;
    assert_eq!(elsewhere["code"], 3004);
    let narrowed = json!({ "cursor": first.next_cursor, "action": "createImvu" });
    assert_eq!(
        harness.refuse(Method::ListTransactions, narrowed).await["code"],
        3004
    );
    let both = json!({ "cursor": first.next_cursor, "at": "3" });
    assert_eq!(
        harness.refuse(Method::ListTransactions, both).await["code"],
        -32602
    );
}

#[tokio::test]
async fn blocks_and_light_blocks_are_those_of_the_chain() {
    let harness = Harness::start().await;
    let block: BlockView = harness
        .call(Method::GetBlock, json!({ "height": "1" }))
        .await;
    assert_eq!((block.txs.len(), block.events.len()), (1, 1));
    let light: LightBlockView = harness
        .call(Method::GetLightBlock, json!({ "height": "1" }))
        .await;
    assert_eq!(light.validators.len(), 4, "all pages");
    let header: tendermint::block::signed_header::SignedHeader =
        serde_json::from_value(light.signed_header).unwrap();
    assert_eq!(header.header.hash().as_bytes(), block.summary.hash.0.0);
    let future = json!({ "height": (harness.chain.height() + 1).to_string() });
    assert_eq!(
        harness.refuse(Method::GetLightBlock, future).await["code"],
        3003
    );
    assert_eq!(
        harness
            .refuse(Method::GetLightBlock, json!({ "height": "0" }))
            .await["code"],
        3001
    );
}

#[tokio::test]
async fn events_are_read_on_from_a_cursor() {
    let harness = Harness::start().await;
    let first: EventsPage = harness
        .call(Method::ListEvents, json!({ "limit": 4 }))
        .await;
    assert_eq!(first.items.len(), 4);
    let rest: EventsPage = harness
        .call(
            Method::ListEvents,
            json!({ "fromCursor": first.next_cursor }),
        )
        .await;
    assert_eq!(rest.items.len(), 2);
    write_records(&harness.chain);
    let new: EventsPage = harness
        .call(
            Method::ListEvents,
            json!({ "fromCursor": rest.next_cursor }),
        )
        .await;
    assert_eq!(
        new.items.len(),
        4,
        "two audit entries, a violation, a notice"
    );
    let params = json!({ "fromCursor": "7", "filter": { "kinds": ["violation"] } });
    let violations: EventsPage = harness.call(Method::ListEvents, params).await;
    assert_eq!(violations.items.len(), 1);
    assert_eq!(
        harness
            .refuse(Method::ListEvents, json!({ "fromCursor": "x" }))
            .await["code"],
        3004
    );
    // A reader that followed a node further ahead goes on there, and hears how far this one is.
    let ahead: EventsPage = harness
        .call(Method::ListEvents, json!({ "fromCursor": "99-3" }))
        .await;
    assert_eq!(
        (ahead.next_cursor.as_str(), ahead.at.0),
        ("99-3", harness.chain.height())
    );
}

#[tokio::test]
async fn between_a_commit_and_the_word_of_it_lists_wait_and_gates_are_counted() {
    let harness = Harness::start().await;
    let told = harness.chain.height();
    harness.chain.untold.store(true, Ordering::Relaxed);
    write_records(&harness.chain);
    let gates: Read<GatesView> = harness.call(Method::GetGates, json!({})).await;
    // The feeder may have seen the block all the same; what counts is an answer.
    assert!(gates.height.0 >= told);

    let listed = harness.call(Method::ListBlocks, json!({}));
    let word = async {
        // Long enough for the call to be waiting; were it not, this would show nothing.
        tokio::time::sleep(Duration::from_millis(200)).await;
        harness.chain.untold.store(false, Ordering::Relaxed);
        harness.chain.block(&[]);
    };
    let (listed, ()): (Page<BlockSummary>, ()) = tokio::join!(listed, word);
    assert!(
        listed.at.0 > told,
        "{} is before the stored block",
        listed.at
    );
}

#[tokio::test]
async fn a_proposal_is_asked_for_alone() {
    let harness = Harness::start().await;
    for other in [
        json!({ "imvu": "IMVU-042" }),
        json!({ "status": "open" }),
        json!({ "cursor": "x" }),
    ] {
        let mut params = other;
        params["proposal"] = json!("ab".repeat(32));
        let error = harness.refuse(Method::ListApprovals, params.clone()).await;
        assert_eq!(error["code"], -32602, "{params}");
    }
}
