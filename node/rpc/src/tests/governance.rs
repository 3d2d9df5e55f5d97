//! Governance, as a caller reads it.

use super::harness::Harness;
use nexus_sdk::api::{
    EventBody, EventsPage, GovernanceChangeView, GovernanceProposalView, GovernanceStatusView,
    GovernanceView, Method, Read, ValidatorView,
};
use nexus_types::action::Action;
use nexus_types::encoding::encode;
use nexus_types::governance::{CastBallot, DeniedName, GovernanceChange, SubmitGovernance};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::state::Seat;
use nexus_types::{Name, state_key};
use serde_json::json;

#[tokio::test]
async fn a_proposal_is_read_with_its_votes_and_the_digest_a_ballot_names() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let operator = chain.operator();
    let change = GovernanceChange::AddJurisdiction {
        tag: Jurisdiction::new("CA-LAW").unwrap(),
    };
    chain.must(
        &operator,
        Action::SubmitGovernance(SubmitGovernance { change }),
    );
    let read: Read<GovernanceView> = harness.call(Method::GetGovernance, json!({})).await;
    let [proposal] = &read.value.pending[..] else {
        panic!("{:?}", read.value.pending);
    };
    let ballot = Action::CastBallot(CastBallot {
        proposal: proposal.id.0,
        digest: proposal.digest.0,
        approve: true,
    });
    chain.must(&operator, ballot);
    let ask = json!({ "proposal": proposal.id, "proof": true });
    let read: Read<GovernanceProposalView> = harness.call(Method::GetGovernanceProposal, ask).await;
    assert_eq!(read.value.votes[0].operator.0, operator.id);
    assert_eq!(read.value.status, GovernanceStatusView::Open);
    assert!(matches!(
        read.value.change,
        GovernanceChangeView::AddJurisdiction { .. }
    ));
    assert!(read.proof.is_some());
    let unknown = json!({ "proposal": "77".repeat(32) });
    let error = harness.refuse(Method::GetGovernanceProposal, unknown).await;
    assert_eq!(error["code"], 3001);
    let ask = json!({ "filter": { "kinds": ["governance"] } });
    let page: EventsPage = harness.call(Method::ListEvents, ask).await;
    let steps = page.items.iter().map(|item| match &item.event {
        EventBody::Governance(entry) => entry.change.as_str(),
        other => panic!("{other:?}"),
    });
    assert_eq!(steps.collect::<Vec<_>>(), ["addJurisdiction"; 2]);
}

#[tokio::test]
async fn what_was_removed_since_is_still_read_at_the_height_it_stood_at() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let denied = DeniedName {
        name: Name::parse("bank.demo.example").unwrap(),
        below: true,
        since: 1,
    };
    let key = state_key::denied_name(&denied.name);
    chain.block_writing(&[], vec![(key.clone(), encode(&denied))]);
    let then = chain.height();
    let seats: Read<Vec<ValidatorView>> = harness.call(Method::GetValidators, json!({})).await;
    let seat: Seat = chain
        .object(&state_key::seat(&seats.value[0].key.0))
        .unwrap();
    chain.block_and(&[], |executed| {
        executed
            .changes
            .extend([(key, None), (state_key::seat(&seat.key), None)]);
    });
    let ask = |at: u64| json!({ "at": at.to_string() });
    for (at, count, denied) in [(then, 4, 1), (chain.height(), 3, 0)] {
        let seats: Read<Vec<ValidatorView>> = harness.call(Method::GetValidators, ask(at)).await;
        assert_eq!(seats.value.len(), count, "at {at}");
        let read: Read<GovernanceView> = harness.call(Method::GetGovernance, ask(at)).await;
        assert_eq!(read.value.denied.len(), denied, "at {at}");
    }
}
