//! What names hang on, as a caller reads it.

use super::chain::{Person, imvu};
use super::harness::Harness;
use nexus_sdk::api::{
    ChallengesView, EventBody, EventsPage, ExternalStepView, Method, NameView, Read,
};
use nexus_types::action::Action;
use nexus_types::domain::{
    ClaimExternal, DelegateName, Delegation, ObserveName, SetTransferKey, TransferCode,
    challenge_owner,
};
use nexus_types::encoding::encode;
use nexus_types::governance::{Observer, Observers};
use nexus_types::{Hash, List, Name, Set, Text, state_key};
use serde_json::json;

const EXTERNAL: &str = "imvu042.world";

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The register with one observer, as if by governance.
fn add_observer(harness: &Harness) -> Person {
    let observer = harness.chain.operator();
    let one = Observer {
        identity: observer.id,
        name: Text::new("observer").unwrap(),
        platform: false,
    };
    let register = Observers {
        members: List::new(vec![one]).unwrap(),
    };
    let change = (state_key::observers(), encode(&register));
    harness.chain.block_writing(&[], vec![change]);
    observer
}

#[tokio::test]
async fn a_claim_is_read_with_what_to_publish_and_the_name_with_its_votes() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let observer = add_observer(&harness);
    let claim = Action::ClaimExternal(ClaimExternal {
        imvu: imvu("IMVU-042"),
        name: Text::new(EXTERNAL).unwrap(),
    });
    chain.must(&chain.alice, claim);
    let ask = json!({ "name": "IMVU042.World." });
    let read: Read<NameView> = harness.call(Method::GetName, ask.clone()).await;
    let view = read.value;
    assert_eq!((view.observers, view.imvu, view.external), (1, None, None));
    let [claim] = &view.claims[..] else {
        panic!("{:?}", view.claims);
    };
    assert_eq!(claim.challenge.owner, challenge_owner(&name(EXTERNAL)));
    let listed: Read<ChallengesView> = harness.call(Method::ListChallenges, json!({})).await;
    assert_eq!(listed.value.claims, view.claims);
    assert!(listed.value.names.is_empty());
    let seen = Action::ObserveName(ObserveName {
        imvu: imvu("IMVU-042"),
        name: name(EXTERNAL),
        challenge: claim.challenge.text.0,
        seen: true,
        evidence: Hash([8; 32]),
    });
    chain.must(&observer, seen);
    let read: Read<NameView> = harness
        .call(Method::GetName, json!({ "name": EXTERNAL, "proof": true }))
        .await;
    assert!(read.proof.is_some());
    let view = read.value;
    assert!(view.claims.is_empty());
    let bound = view.external.unwrap();
    // What was published stays.
    assert_eq!((bound.reproof, &bound.challenge), (false, &claim.challenge));
    let listed: Read<ChallengesView> = harness.call(Method::ListChallenges, json!({})).await;
    assert_eq!(listed.value.names, [bound]);
    let ask = json!({ "filter": { "kinds": ["externalName"], "imvu": "IMVU-042" } });
    let page: EventsPage = harness.call(Method::ListEvents, ask).await;
    let steps = page.items.iter().map(|item| match &item.event {
        EventBody::ExternalName(entry) => entry.step,
        other => panic!("{other:?}"),
    });
    assert_eq!(steps.collect::<Vec<_>>(), [ExternalStepView::Bound]);
}

#[tokio::test]
async fn a_delegated_name_shows_its_servers_and_a_code_its_public_key() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let delegate = Action::DelegateName(DelegateName {
        name: name("alice.demo.example"),
        delegation: Some(Delegation {
            servers: Set::new(vec![name("ns1.elsewhere.test")]).unwrap(),
            ds: Set::default(),
            ttl: 3_600,
        }),
    });
    chain.must(&chain.alice, delegate);
    let code = Person::new(90);
    let put = Action::SetTransferKey(SetTransferKey {
        name: name("alice.demo.example"),
        code: Some(TransferCode {
            key: code.public(),
            expires: chain.law_time().plus_ms(3_600_000),
        }),
    });
    chain.must(&chain.alice, put);
    let ask = json!({ "name": "alice.demo.example" });
    let read: Read<NameView> = harness.call(Method::GetName, ask).await;
    let view = read.value;
    assert_eq!(view.imvu.unwrap().to_string(), "IMVU-042");
    let servers = view.delegated.unwrap().delegation.servers;
    assert_eq!(servers[0].to_string(), "ns1.elsewhere.test");
    assert_eq!(view.transfer.unwrap().key.0, code.public());
    let zone = json!({ "zone": "alice.demo.example" });
    assert_eq!(harness.refuse(Method::GetZone, zone).await["code"], 3001);
}
