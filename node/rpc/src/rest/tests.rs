//! Which token fits which request.

use super::*;
use nexus_types::crypto::Signature;
use nexus_types::encoding::{Text, encode};
use nexus_types::ids::ChainId;
use nexus_types::tx::{Cosignatures, Network, TxBody};
use nexus_types::{IdentityId, List, Time};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn records(zone: &str, body: Value) -> WantedRecords {
    wanted_records(zone, map(body)).unwrap_or_else(|refusal| panic!("{}", refusal.message))
}

/// What the owner of such a token signed: names as typed, the data parsed.
fn signed(zone: &str, owner: &str, rtype: RecordType, ttl: u32, value: &str) -> Action {
    Action::SetRecords {
        zone: Text::new(zone).unwrap(),
        owner: Text::new(owner).unwrap(),
        rrset: RRset {
            rtype,
            ttl,
            records: Set::new(vec![parse_rdata(rtype, value).unwrap()]).unwrap(),
        },
    }
}

#[test]
fn the_specification_s_dns_call_fits_its_token_and_no_other() {
    // threat-model.md, scenario 1.3.
    let wanted = records(
        "imvu-b.world",
        json!({"type": "A", "name": "@", "value": "1.2.3.4"}),
    );
    let fits = |action: &Action| is_records(action, &wanted);
    let zone = "imvu-b.world";
    assert!(fits(&signed(zone, zone, RecordType::A, 300, "1.2.3.4")));
    assert!(fits(&signed(
        "IMVU-B.World.",
        zone,
        RecordType::A,
        300,
        "1.2.3.4"
    )));
    let others = [
        signed(
            "imvu-c.world",
            "imvu-c.world",
            RecordType::A,
            300,
            "1.2.3.4",
        ),
        signed(zone, "www.imvu-b.world", RecordType::A, 300, "1.2.3.4"),
        signed(zone, zone, RecordType::A, 301, "1.2.3.4"),
        signed(zone, zone, RecordType::A, 300, "1.2.3.5"),
        signed(zone, zone, RecordType::Txt, 300, "1.2.3.4"),
        Action::RevokeIdentity,
    ];
    for other in others {
        assert!(!fits(&other), "{other:?}");
    }
}

#[test]
fn a_second_record_in_the_token_makes_it_another_request() {
    let wanted = records(
        "imvu-b.world",
        json!({"type": "A", "name": "@", "value": "1.2.3.4"}),
    );
    let more = Action::SetRecords {
        zone: Text::new("imvu-b.world").unwrap(),
        owner: Text::new("imvu-b.world").unwrap(),
        rrset: RRset {
            rtype: RecordType::A,
            ttl: 300,
            records: Set::new(vec![
                parse_rdata(RecordType::A, "1.2.3.4").unwrap(),
                parse_rdata(RecordType::A, "1.2.3.5").unwrap(),
            ])
            .unwrap(),
        },
    };
    assert!(!is_records(&more, &wanted));
}

#[test]
fn owners_are_the_apex_or_whole_or_in_the_zone() {
    assert_eq!(owner_in("imvu-b.world", "@"), "imvu-b.world");
    assert_eq!(owner_in("imvu-b.world", "www"), "www.imvu-b.world");
    assert_eq!(owner_in("imvu-b.world", "a.b"), "a.b.imvu-b.world");
    assert_eq!(
        owner_in("imvu-b.world", "WWW.imvu-b.world"),
        "WWW.imvu-b.world"
    );
    assert_eq!(owner_in("imvu-b.world", "other.example."), "other.example.");
}

#[test]
fn names_that_are_none_fit_only_letter_by_letter() {
    // Such a request is denied by the law and recorded; the token must still be its own.
    let wanted = records(
        "imvu-b\u{3002}world",
        json!({"type": "A", "name": "@", "value": "1.2.3.4"}),
    );
    let own = signed(
        "imvu-b\u{3002}world",
        "imvu-b\u{3002}world",
        RecordType::A,
        300,
        "1.2.3.4",
    );
    assert!(is_records(&own, &wanted));
    let plain = signed(
        "imvu-b.world",
        "imvu-b.world",
        RecordType::A,
        300,
        "1.2.3.4",
    );
    assert!(!is_records(&plain, &wanted));
}

#[test]
fn the_specification_s_quota_call_is_in_thousandths_of_a_cpu() {
    // threat-model.md, scenario 2.2.
    let (imvu, change) = wanted_quota("IMVU-042", map(json!({"cpu_cores": 2}))).unwrap();
    assert_eq!(imvu.as_str(), "IMVU-042");
    assert_eq!(
        change,
        QuotaChange {
            cpu_millis: Some(2_000),
            ..QuotaChange::EMPTY
        }
    );
    let body = json!({"cpu_cores": 0.25, "memory_bytes": "1024", "pids": 7});
    let (_, change) = wanted_quota("IMVU-042", map(body)).unwrap();
    assert_eq!(
        (change.cpu_millis, change.memory_bytes, change.pids),
        (Some(250), Some(1_024), Some(7))
    );
}

#[test]
fn quotas_that_say_nothing_or_too_much_are_refused() {
    let wrong = [
        json!({}),
        json!({"cpu_cores": 0.0001}),
        json!({"cpu_cores": -1}),
        json!({"cpu_cores": true}),
        json!({"cpu_cores": 1e30}),
        json!({"cpu_cores": 2, "cpu_millis": 2_000}),
        json!({"pids": 1.5}),
        json!({"cpus": 2}),
    ];
    for body in wrong {
        assert!(
            wanted_quota("IMVU-042", map(body.clone())).is_err(),
            "{body}"
        );
    }
    assert!(wanted_quota("imvu-042", map(json!({"cpu_cores": 2}))).is_err());
}

#[test]
fn records_with_unknown_members_or_wrong_data_are_refused() {
    let wrong = [
        json!({"type": "A", "name": "@"}),
        json!({"type": "A", "name": "@", "value": "1.2.3.4", "tll": 60}),
        json!({"type": "NS", "name": "@", "value": "ns.example.com"}),
        json!({"type": "A", "name": "@", "value": "1.2.3"}),
        json!({"type": "A", "name": "@", "value": "1.2.3.4", "ttl": -1}),
    ];
    for body in wrong {
        assert!(
            wanted_records("imvu-b.world", map(body.clone())).is_err(),
            "{body}"
        );
    }
}

fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, value.parse().unwrap())])
}

#[test]
fn tokens_are_transactions_in_base64url() {
    let tx = Tx {
        body: TxBody {
            network: Network {
                chain_id: ChainId::new("nexus-test").unwrap(),
                genesis_hash: Hash([1; 32]),
                recovery_epoch: 0,
            },
            signer: IdentityId(Hash([2; 32])),
            lane: 0,
            nonce: 1,
            expires: Time(1),
            action: Action::RevokeIdentity,
            approvals: List::default(),
        },
        signature: Signature([3; 64]),
        cosignatures: Cosignatures::default(),
    };
    let bytes = encode(&tx);
    let good = URL_SAFE_NO_PAD.encode(&bytes);
    let read = |value: &str| token(&headers(header::AUTHORIZATION, value));
    for value in [
        format!("Bearer {good}"),
        format!("bearer {}", URL_SAFE.encode(&bytes)),
    ] {
        assert_eq!(read(&value), Ok((bytes.clone(), tx.clone())), "{value}");
    }
    assert_eq!(token(&HeaderMap::new()), Err(Foreign::Missing));
    assert_eq!(read("Basic YWxpY2U6cGFzcw=="), Err(Foreign::Missing));
    let trailing = URL_SAFE_NO_PAD.encode([bytes.as_slice(), &[0]].concat());
    for malformed in [
        "Bearer IMVU-A-token",
        "Bearer",
        "Bearer admin-token",
        &format!("Bearer {trailing}"),
    ] {
        assert_eq!(read(malformed), Err(Foreign::Malformed), "{malformed}");
    }
}

#[test]
fn the_body_is_json_also_when_curl_calls_it_a_form() {
    let body = br#"{"cpu_cores": 2}"#;
    for kind in [
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-8",
    ] {
        assert!(
            read_json(&headers(header::CONTENT_TYPE, kind), body).is_ok(),
            "{kind}"
        );
    }
    assert!(read_json(&HeaderMap::new(), body).is_ok());
    assert!(read_json(&headers(header::CONTENT_TYPE, "text/plain"), body).is_err());
    assert!(read_json(&HeaderMap::new(), b"cpu_cores=2").is_err());
    assert!(read_json(&HeaderMap::new(), b"[2]").is_err());
}
