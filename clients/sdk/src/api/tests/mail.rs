//! Mail in JSON.

use super::*;
use nexus_types::block::Event;
use nexus_types::encoding::Set;
use nexus_types::host::{MailSpec, Spec};
use nexus_types::ids::HostId;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::mail::{self, MailObject, Selector};
use nexus_types::{Action, Change, ImvuId, KeyBytes, Name, Subject, Time};

fn imvu_042() -> ImvuId {
    ImvuId::new("IMVU-042").unwrap()
}

fn domain() -> Name {
    Name::parse("shop.example").unwrap()
}

fn holder() -> IdentityId {
    IdentityId(Hash([0xbb; 32]))
}

const LIMITS: mail::AddressLimits = mail::AddressLimits {
    messages_day: 100,
    recipients_day: 500,
    storage_bytes: u64::MAX,
};

fn change(route: Option<mail::MailRoute>) -> mail::MailRouteChange {
    mail::MailRouteChange {
        domain: domain(),
        route,
    }
}

fn elsewhere() -> Option<mail::MailRoute> {
    let host = Name::parse("mx.example.net").unwrap();
    Some(mail::MailRoute::Exchange(host))
}

fn key() -> mail::DkimPublicKey {
    mail::DkimPublicKey::Ed25519(KeyBytes([0; 32]))
}

/// One of each action of mail.
fn actions() -> Vec<Action> {
    let (imvu, local) = (imvu_042(), Hash([0xaa; 32]));
    let selector = Selector::new("nx1").unwrap();
    vec![
        Action::GrantAddress(mail::GrantAddress {
            imvu: imvu.clone(),
            domain: domain(),
            local,
            holder: holder(),
            limits: LIMITS,
            jurisdiction: Jurisdiction::new("EU-GDPR").unwrap(),
        }),
        Action::RevokeAddress(mail::RevokeAddress {
            imvu: imvu.clone(),
            local,
        }),
        Action::ProposeMailRoute(mail::ProposeMailRoute {
            imvu: imvu.clone(),
            change: change(None),
            expires: Time(7),
        }),
        Action::ChangeMailRoute(mail::ChangeMailRoute {
            imvu: imvu.clone(),
            change: change(elsewhere()),
        }),
        Action::RegisterDkimKey(mail::RegisterDkimKey {
            imvu: imvu.clone(),
            domain: domain(),
            selector: selector.clone(),
            key: key(),
        }),
        Action::RevokeDkimKey(mail::RevokeDkimKey {
            imvu: imvu.clone(),
            domain: domain(),
            selector,
        }),
        Action::SetMailCredential(mail::SetMailCredential {
            imvu: imvu.clone(),
            credential: Hash([1; 32]),
            holder: holder(),
            addresses: Set::new(vec![local]).unwrap(),
            secret: Hash([2; 32]),
            expires: Time(9),
            messages_day: 50,
        }),
        Action::RevokeMailCredential(mail::RevokeMailCredential {
            imvu: imvu.clone(),
            credential: Hash([1; 32]),
        }),
        Action::RevokeMailTokens(mail::RevokeMailTokens { imvu: imvu.clone() }),
        Action::RecordMailEpoch(mail::RecordMailEpoch {
            imvu,
            slot: 3,
            epoch: 1,
            first_seq: 1,
            last_seq: 10,
            root: Hash([3; 32]),
            messages: 9,
            recipients: 12,
            bytes: 40_000,
        }),
    ]
}

#[test]
fn every_action_of_mail_is_read_back_as_it_was_written() {
    for action in actions() {
        let view = ActionView::from(&action);
        let json = to_value(&view).unwrap();
        assert_eq!(json["kind"], action.kind().name());
        assert_eq!(json["imvu"], "IMVU-042");
        assert_eq!(from_value::<ActionView>(json).unwrap(), view);
    }
}

#[test]
fn actions_of_mail_say_what_is_asked() {
    let json: Vec<_> = actions()
        .iter()
        .map(|action| to_value(ActionView::from(action)).unwrap())
        .collect();
    assert_eq!(
        json[0],
        json!({
            "kind": "grantAddress", "imvu": "IMVU-042", "domain": "shop.example",
            "local": "aa".repeat(32), "holder": "bb".repeat(32),
            "limits": {
                "messagesDay": "100", "recipientsDay": "500",
                "storageBytes": "18446744073709551615",
            },
            "jurisdiction": "EU-GDPR",
        })
    );
    assert_eq!(json[2]["change"], json!({"domain": "shop.example"}));
    assert_eq!(
        json[3]["change"]["route"],
        json!({"kind": "exchange", "host": "mx.example.net"})
    );
    let public = format!("{}=", "A".repeat(43));
    assert_eq!(
        json[4]["key"],
        json!({"algorithm": "ed25519", "public": public})
    );
    assert_eq!(json[6]["addresses"], json!(["aa".repeat(32)]));
    assert_eq!(json[9]["lastSeq"], "10");
}

#[test]
fn a_change_of_a_mail_route_is_one_of_the_changes() {
    let wanted = Change::MailRoute(change(Some(mail::MailRoute::Kept)));
    let json = to_value(ChangeView::from(&wanted)).unwrap();
    assert_eq!(
        json,
        json!({"kind": "mailRoute", "domain": "shop.example", "route": {"kind": "kept"}})
    );
}

#[test]
fn subjects_of_mail_have_names_of_their_own() {
    let all = [
        (Subject::Mailbox(Hash([0xaa; 32])), "mailbox"),
        (Subject::MailRoute(domain()), "mailRoute"),
        (Subject::MailBook(imvu_042()), "mailBook"),
    ];
    for (subject, kind) in all {
        let json = to_value(SubjectView::from(&subject)).unwrap();
        assert_eq!(json["kind"], kind);
    }
}

#[test]
fn a_book_shows_each_object_in_its_list() {
    let key = mail::DkimKey {
        imvu: imvu_042(),
        domain: domain(),
        selector: Selector::new("nx1").unwrap(),
        key: key(),
        by: holder(),
        registered: 5,
        revoked: Some(7),
    };
    let route = mail::MailRouteRecord {
        imvu: imvu_042(),
        domain: domain(),
        route: None,
        version: 2,
    };
    let book = mail::MailBook {
        imvu: imvu_042(),
        version: 3,
        addresses: 0,
        credentials: 0,
        routes: 1,
        keys: 1,
        root: Hash([4; 32]),
        token_epoch: 1,
    };
    let objects = [MailObject::DkimKey(key), MailObject::Route(route)];
    let json = to_value(MailView::new(&book, &objects)).unwrap();
    assert_eq!(
        (&json["version"], &json["tokenEpoch"]),
        (&json!("3"), &json!("1"))
    );
    assert_eq!(
        json["routes"],
        json!([{"domain": "shop.example", "version": "2"}])
    );
    assert_eq!(json["keys"][0]["revoked"], "7");
    assert_eq!(json["addresses"], json!([]));
}

#[test]
fn a_mail_agent_is_shown_what_it_is_told_and_its_epochs_are_events() {
    let spec = Spec::Mail(MailSpec {
        imvu: imvu_042(),
        placement: 1,
        slot: 3,
        version: 2,
        root: Hash([4; 32]),
        token_epoch: 1,
        messages_hour: 1_000,
        storage_bytes: 1 << 30,
        contained: true,
    });
    let json = to_value(SpecView::from(&spec)).unwrap();
    assert_eq!(
        (&json["kind"], &json["tokenEpoch"]),
        (&json!("mail"), &json!("1"))
    );
    let epoch = mail::MailEpoch {
        sequence: 0,
        audit: 8,
        height: 5,
        time: Time(6),
        imvu: imvu_042(),
        agent: holder(),
        host: HostId::new("host-1").unwrap(),
        slot: 3,
        epoch: 1,
        first_seq: 1,
        last_seq: 10,
        root: Hash([3; 32]),
        messages: 9,
        recipients: 12,
        bytes: 40_000,
    };
    let json = to_value(EventBody::from(&Event::MailEpoch(epoch))).unwrap();
    assert_eq!(
        (&json["type"], &json["epoch"]),
        (&json!("mailEpoch"), &json!("1"))
    );
}
