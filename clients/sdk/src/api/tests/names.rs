//! Names in JSON.

use crate::api::{ActionView, DelegationView, EventBody, ExternalClaimView, present_ds};
use nexus_types::action::Action;
use nexus_types::block::Event;
use nexus_types::domain::{
    DelegateName, Delegation, Ds, ExternalClaim, ExternalEntry, ExternalStep, NameVotes,
    SetTransferKey,
};
use nexus_types::{Bytes, Hash, ImvuId, Name, Set, Text, Time};
use serde_json::json;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn ds() -> Ds {
    Ds {
        key_tag: 12_345,
        algorithm: 15,
        digest_type: 2,
        digest: Bytes::new(vec![0x0a; 32]).unwrap(),
    }
}

#[test]
fn a_delegation_is_spelled_as_a_parent_zone_has_it() {
    let delegation = Delegation {
        servers: Set::new(vec![name("ns1.elsewhere.test")]).unwrap(),
        ds: Set::new(vec![ds()]).unwrap(),
        ttl: 3_600,
    };
    assert_eq!(present_ds(&ds()), format!("12345 15 2 {}", "0a".repeat(32)));
    let view = DelegationView::from(&delegation);
    assert_eq!(
        serde_json::to_value(&view).unwrap(),
        json!({
            "servers": ["ns1.elsewhere.test"],
            "ds": [format!("12345 15 2 {}", "0a".repeat(32))],
            "ttl": 3600,
        })
    );
    let action = Action::DelegateName(DelegateName {
        name: name("alice.demo.example"),
        delegation: None,
    });
    assert_eq!(
        serde_json::to_value(ActionView::from(&action)).unwrap(),
        json!({"kind": "delegateName", "name": "alice.demo.example"})
    );
    let off = Action::SetTransferKey(SetTransferKey {
        name: name("alice.demo.example"),
        code: None,
    });
    assert_eq!(
        serde_json::to_value(ActionView::from(&off)).unwrap(),
        json!({"kind": "setTransferKey", "name": "alice.demo.example"})
    );
}

#[test]
fn a_claim_says_where_its_challenge_goes() {
    let claim = ExternalClaim {
        name: name("imvu042.world"),
        imvu: ImvuId::new("IMVU-042").unwrap(),
        nonce: Hash([1; 32]),
        expires: Time(7),
        since: 3,
        votes: NameVotes::default(),
        settles: None,
    };
    let chain = Text::new("nexus-test").unwrap();
    let json = serde_json::to_value(ExternalClaimView::new(&chain, &claim)).unwrap();
    assert_eq!(
        json["challenge"],
        json!({
            "owner": "_nexus-challenge.imvu042.world",
            "text": "4919edc0ab4784670857004adf2b939197950b8586183d6046818248b2fcdb43",
            "nonce": "01".repeat(32),
            "expires": "7",
        })
    );
}

#[test]
fn each_step_of_an_external_name_reads_back_as_what_it_was() {
    for (step, said, until) in [
        (ExternalStep::Bound, "bound", None),
        (ExternalStep::Proven(Time(7)), "proven", Some("7")),
        (ExternalStep::Reproof(Time(7)), "reproof", Some("7")),
        (ExternalStep::Reproved, "reproved", None),
        (ExternalStep::Lost, "lost", None),
        (ExternalStep::ClaimEnded, "claimEnded", None),
    ] {
        let body = EventBody::from(&Event::ExternalName(ExternalEntry {
            name: name("imvu042.world"),
            imvu: ImvuId::new("IMVU-042").unwrap(),
            step,
        }));
        let json = serde_json::to_value(&body).unwrap();
        assert_eq!(
            (&json["type"], &json["step"]),
            (&json!("externalName"), &json!(said))
        );
        assert_eq!(json.get("until"), until.map(|time| json!(time)).as_ref());
        assert_eq!(serde_json::from_value::<EventBody>(json).unwrap(), body);
    }
}
