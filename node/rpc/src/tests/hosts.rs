//! Hosts, agents, meters, placements and assignments, as a caller reads them.

use super::chain::imvu;
use super::harness::Harness;
use super::hosting::{agent, host};
use nexus_sdk::api::{
    AgentView, AssignmentsView, DriftItemView, EventBody, HostStatus, HostView, MeterView, Method,
    Page, PhaseView, PlacementView, PreimageView, Read, ReadProof, SpecView, TransactionSummary,
    TransactionView,
};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_types::action::Action;
use nexus_types::host::{self as law, AgentKind, HostChange};
use nexus_types::report::{Drift, DriftKind};
use nexus_types::{Hash, Text, Time, decode, state_key};
use serde_json::json;

/// Checks every proved value against the state root, and gives the values.
pub(super) fn proved(proof: &ReadProof) -> Vec<Option<Vec<u8>>> {
    let preimage: &PreimageView = &proof.preimage;
    let preimage = AppHashPreimage::try_from(preimage).unwrap();
    let values = proof.items.iter().map(|item| {
        let value = item.value.as_ref().map(|value| value.bytes());
        item.state_proof()
            .unwrap()
            .verify(&preimage.state_root, item.key.bytes(), value)
            .unwrap();
        value.map(<[u8]>::to_vec)
    });
    values.collect()
}

#[tokio::test]
async fn a_host_its_agents_and_its_meters_are_read_with_proofs() {
    let harness = Harness::start().await;
    harness.chain.add_host("host-1");
    let read: Read<HostView> = harness
        .call(Method::GetHost, json!({ "host": "host-1", "proof": true }))
        .await;
    let view = read.value;
    assert_eq!(view.operator.0, harness.chain.operator().id);
    assert_eq!((view.status, view.placements), (HostStatus::Open, 0));
    assert_eq!(view.attested.unwrap(), read.height);
    assert_eq!((view.agents.len(), view.meters.len()), (4, 4));
    let values = proved(&read.proof.unwrap());
    let object: law::Host = decode(values[0].as_ref().unwrap()).unwrap();
    assert_eq!(HostView::from(&object), view);

    let compute = agent("host-1", AgentKind::Compute).id.to_string();
    let read: Read<AgentView> = harness
        .call(Method::GetAgent, json!({ "agent": compute, "proof": true }))
        .await;
    assert_eq!((read.value.sequence.0, read.value.silent), (1, false));
    assert_eq!(proved(&read.proof.unwrap()).len(), 1);
    let meter = view.meters[0].to_string();
    let read: Read<MeterView> = harness
        .call(Method::GetMeter, json!({ "meter": meter, "proof": true }))
        .await;
    assert!(read.value.test && !read.value.retired);
    assert_eq!(proved(&read.proof.unwrap()).len(), 1);

    let missing = [
        (Method::GetHost, json!({ "host": "host-9" })),
        (Method::GetMeter, json!({ "meter": "meter-9" })),
        (Method::GetAgent, json!({ "agent": "ab".repeat(32) })),
    ];
    for (method, params) in missing {
        assert_eq!(
            harness.refuse(method, params).await["code"],
            3001,
            "{method}"
        );
    }
}

#[tokio::test]
async fn hosts_agents_and_meters_are_listed_by_what_they_are() {
    let harness = Harness::start().await;
    harness.chain.add_host("host-1");
    harness.chain.add_host("host-2");
    let close = Action::ChangeHost {
        host: host("host-2"),
        change: HostChange::Status(law::HostStatus::Closed),
    };
    harness.chain.must(&harness.chain.operator(), close);
    let names = async |filter| {
        let page: Page<HostView> = harness.call(Method::ListHosts, filter).await;
        let names = page.items.iter().map(|host| host.id.to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(json!({})).await, ["host-1", "host-2"]);
    assert_eq!(names(json!({ "status": "closed" })).await, ["host-2"]);
    let operator = harness.chain.operator().id.to_string();
    let by_operator = json!({ "operator": operator, "jurisdiction": "EU-GDPR", "status": "open" });
    assert_eq!(names(by_operator).await, ["host-1"]);
    let foreign = harness.chain.alice.id.to_string();
    assert_eq!(names(json!({ "operator": foreign })).await.len(), 0);

    let agents: Page<AgentView> = harness
        .call(
            Method::ListAgents,
            json!({ "host": "host-2", "silent": false }),
        )
        .await;
    assert_eq!(agents.total.0, 4);
    let meters: Page<MeterView> = harness
        .call(Method::ListMeters, json!({ "kind": "dns" }))
        .await;
    let ids: Vec<_> = meters.items.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(ids, ["host-1-dns", "host-2-dns"]);
    let wrong = harness
        .refuse(Method::ListHosts, json!({ "status": "gone" }))
        .await;
    assert_eq!(wrong["code"], -32602);
}

#[tokio::test]
async fn a_placement_is_read_with_its_proof_and_one_that_is_none_says_so() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    chain.add_host("host-1");
    chain.activate(&chain.alice, "IMVU-042", "host-1");
    let ask = json!({ "imvu": "IMVU-042", "proof": true });
    let read: Read<PlacementView> = harness.call(Method::GetPlacement, ask.clone()).await;
    assert_eq!(read.value.phase, PhaseView::Starting);
    assert_eq!((read.value.slot, read.value.port), (0, Some(20_000)));
    assert_eq!(read.value.ceiling.cpu_millis.0, 4_000);
    assert_eq!(proved(&read.proof.unwrap()).len(), 1);
    for kind in [AgentKind::Compute, AgentKind::Network] {
        chain.applied("host-1", kind, "IMVU-042");
    }
    let read: Read<PlacementView> = harness.call(Method::GetPlacement, ask).await;
    assert_eq!(read.value.phase, PhaseView::Running);

    let nowhere = harness
        .refuse(Method::GetPlacement, json!({ "imvu": "IMVU-B" }))
        .await;
    let message = nowhere["message"].as_str().unwrap();
    assert!(message.contains("placed on no host"), "{message}");
    let unknown = harness
        .refuse(Method::GetPlacement, json!({ "imvu": "IMVU-Z" }))
        .await;
    let message = unknown["message"].as_str().unwrap();
    assert!(message.contains("no IMVU IMVU-Z exists"), "{message}");
}

#[tokio::test]
async fn an_agent_s_assignments_are_read_page_by_page_at_one_height() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    chain.add_host("host-1");
    chain.add_host("host-2");
    chain.activate(&chain.bob, "IMVU-B", "host-1");
    chain.activate(&chain.alice, "IMVU-042", "host-1");
    chain.applied("host-1", AgentKind::Compute, "IMVU-B");
    let ask = json!({ "host": "host-1", "kind": "compute", "limit": 1, "proof": true });
    let first: Read<AssignmentsView> = harness.call(Method::ListAssignments, ask).await;
    let [item] = first.value.items.as_slice() else {
        panic!("{:?}", first.value);
    };
    assert!(matches!(
        item.spec,
        SpecView::Compute {
            uid_first: 1_048_576,
            ..
        }
    ));
    assert_eq!(item.acknowledged.as_ref().unwrap().observed, item.spec_hash);
    let values = proved(first.proof.as_ref().unwrap());
    let object: law::Assignment = decode(values[0].as_ref().unwrap()).unwrap();
    assert_eq!(Hash(object.spec.hash().0), item.spec_hash.0);
    assert_eq!(values.len(), 1);

    // What changes afterwards is on no later page.
    let stop = Action::StopImvu {
        imvu: imvu("IMVU-042"),
        accept_loss: true,
    };
    chain.must(&chain.alice, stop);
    let cursor = first.value.next_cursor.unwrap();
    let next = json!({ "host": "host-1", "kind": "compute", "cursor": cursor });
    let second: Read<AssignmentsView> = harness.call(Method::ListAssignments, next).await;
    assert_eq!(second.height, first.height);
    let [item] = second.value.items.as_slice() else {
        panic!("{:?}", second.value);
    };
    assert!(matches!(item.spec, SpecView::Compute { .. }), "{item:?}");
    assert_eq!(second.value.next_cursor, None);
    let now = json!({ "host": "host-1", "kind": "compute" });
    let now: Read<AssignmentsView> = harness.call(Method::ListAssignments, now).await;
    assert_eq!(now.value.items.len(), 2);
    assert_eq!(now.value.items[1].spec, SpecView::Absent);

    let network = json!({ "host": "host-1", "kind": "network", "at": first.height });
    let network: Read<AssignmentsView> = harness.call(Method::ListAssignments, network).await;
    assert!(matches!(
        network.value.items[0].spec,
        SpecView::Network { port: 20_000, .. }
    ));
    let none = json!({ "host": "host-2", "kind": "compute" });
    let none: Read<AssignmentsView> = harness.call(Method::ListAssignments, none).await;
    assert!(none.value.items.is_empty() && none.value.next_cursor.is_none());
    let refused = [
        (
            json!({ "host": "host-1", "kind": "mail", "cursor": cursor }),
            3004,
        ),
        (
            json!({ "host": "host-1", "kind": "compute", "cursor": cursor, "at": "1" }),
            -32602,
        ),
        (
            json!({ "host": "host-1", "kind": "compute", "limit": 65, "proof": true }),
            -32602,
        ),
        (json!({ "host": "host-9", "kind": "compute" }), 3001),
    ];
    for (params, code) in refused {
        let error = harness
            .refuse(Method::ListAssignments, params.clone())
            .await;
        assert_eq!(error["code"], code, "{params}: {error}");
    }
}

#[tokio::test]
async fn drifts_are_listed_by_imvu_and_host_and_belong_to_their_report() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    chain.add_host("host-1");
    chain.activate(&chain.alice, "IMVU-042", "host-1");
    let drift = Drift {
        imvu: Some(imvu("IMVU-042")),
        kind: DriftKind::Limit,
        expected: Hash([1; 32]),
        found: Hash([2; 32]),
        process: Text::new("echo").unwrap(),
        pid: 7,
        detected: Time(5),
        reverted: None,
    };
    chain.drifted("host-1", AgentKind::Compute, drift);
    for filter in [
        json!({}),
        json!({ "imvu": "IMVU-042" }),
        json!({ "host": "host-1" }),
    ] {
        let page: Page<DriftItemView> = harness.call(Method::ListDrifts, filter.clone()).await;
        let [item] = page.items.as_slice() else {
            panic!("{filter}: {page:?}");
        };
        assert_eq!(item.host.as_ref().unwrap().0, host("host-1"));
        assert_eq!(
            (item.entry.drift.process.as_str(), item.entry.drift.pid),
            ("echo", 7)
        );
    }
    let elsewhere: Page<DriftItemView> = harness
        .call(Method::ListDrifts, json!({ "imvu": "IMVU-B" }))
        .await;
    assert_eq!(elsewhere.total.0, 0);
    let transactions: Page<TransactionSummary> = harness
        .call(Method::ListTransactions, json!({ "limit": 1 }))
        .await;
    let hash = transactions.items[0].hash;
    let tx: TransactionView = harness
        .call(Method::GetTransaction, json!({ "hash": hash }))
        .await;
    let kinds = tx.events.iter().map(|item| match &item.event {
        EventBody::Audit(_) => "audit",
        EventBody::Drift(_) => "drift",
        EventBody::Notice(_) => "notice",
        _ => "other",
    });
    assert_eq!(kinds.collect::<Vec<_>>(), ["audit", "drift", "notice"]);
    let placed = state_key::placement(&imvu("IMVU-042"));
    assert!(chain.object::<law::Placement>(&placed).is_some());
}
