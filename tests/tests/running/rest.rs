//! The specification's own HTTP calls, made by curl as it writes them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nexus_sdk::keys::Signer;
use nexus_tests::Network;
use nexus_tests::actions::*;
use nexus_tests::programs::run;
use nexus_types::encoding::encode;
use nexus_types::quota::QuotaField;
use nexus_types::{Action, Tx};
use serde_json::{Value, json};
use std::process::Command;

/// The line that a node's log gets for a call without a valid token.
const LOGGED: &str = "a REST call without a valid token was refused";

fn token(tx: &Tx) -> String {
    URL_SAFE_NO_PAD.encode(encode(tx))
}

/// Runs curl with these arguments behind its URL; returns status and body.
fn curl(network: &Network, method: &str, path: &str, token: &str, body: &str) -> (u16, Value) {
    let mut command = Command::new("curl");
    command.args(["-sS", "-w", "\n%{http_code}", "-X", method]);
    command.arg(format!("{}{path}", network.node().rpc));
    command.args(["-H", &format!("Authorization: Bearer {token}"), "-d", body]);
    let ran = run(&mut command).exited(0);
    let (body, status) = ran
        .stdout
        .rsplit_once('\n')
        .expect("a status behind the body");
    let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    (status.parse().expect("a status"), body)
}

fn next(network: &Network, signer: &Signer, action: Action) -> Tx {
    network.signed(signer, &[], network.next_nonce(signer.identity), action)
}

#[test]
fn a_record_in_anothers_zone_is_forbidden_and_stands_on_the_ledger() {
    let network = Network::shared();
    let [owner, intruder] = network.people(["owner of imvu-b.world", "intruder"]);
    network.apply(
        &owner,
        vec![create("IMVU-B"), claim("imvu-b.world", "IMVU-B")],
    );
    let action = || set_address("imvu-b.world", "imvu-b.world", "1.2.3.4");
    let path = "/api/dns/zones/imvu-b.world/records";
    let body = r#"{"type":"A","name":"@","value":"1.2.3.4"}"#;

    let tx = next(network, &intruder, action());
    let (status, answer) = curl(network, "POST", path, &token(&tx), body);
    assert_eq!(status, 403, "{answer}");
    assert_eq!(
        (&answer["code"], &answer["gate"]),
        (&json!("NX2004"), &json!(4)),
        "{answer}"
    );
    let hash = answer["txHash"]
        .as_str()
        .expect("a hash")
        .parse()
        .expect("a hash");
    let stands = network.decided(hash);
    assert_eq!(stands.summary.code.code, 2004);
    let violations = network.violations_of(intruder.identity);
    assert_eq!(violations.len(), 1, "{violations:?}");
    let notices = network.notices_of(&imvu("IMVU-B"));
    assert!(
        notices.iter().any(|notice| notice.code.code == 2004),
        "{notices:?}"
    );

    // The owner's token for the same request: taken.
    let tx = next(network, &owner, action());
    let (status, answer) = curl(network, "POST", path, &token(&tx), body);
    assert_eq!(
        (status, &answer["applied"]),
        (201, &json!(true)),
        "{answer}"
    );
    // Used again, it tells the same story and does nothing.
    let (_, again) = curl(network, "POST", path, &token(&tx), body);
    assert_eq!(again["height"], answer["height"], "{again}");
}

#[test]
fn a_quota_cut_by_the_platform_is_forbidden_and_its_creator_is_told() {
    let network = Network::shared();
    let owner = network.person("owner of IMVU-042");
    network.apply(&owner, vec![create("IMVU-042")]);
    let platform = network.platform();
    let (first, others) = platform.split_first().expect("officers");
    let cut = || change_quota("IMVU-042", quota_change(&[(QuotaField::CpuMillis, 2_000)]));
    let (status, answer) = network.with_officers(|| {
        let nonce = network.next_nonce(first.identity);
        let tx = network.signed(first, others, nonce, cut());
        let path = "/api/admin/imvus/IMVU-042/quota";
        curl(network, "PATCH", path, &token(&tx), r#"{"cpu_cores": 2}"#)
    });
    assert_eq!(status, 403, "{answer}");
    assert_eq!(
        (&answer["code"], &answer["gate"]),
        (&json!("NX2015"), &json!(15)),
        "{answer}"
    );
    let hash = answer["txHash"]
        .as_str()
        .expect("a hash")
        .parse()
        .expect("a hash");
    assert_eq!(network.decided(hash).summary.code.code, 2015);
    let notices = network.notices_of(&imvu("IMVU-042"));
    assert!(
        notices.iter().any(|notice| notice.code.code == 2015),
        "{notices:?}"
    );
}

#[test]
fn a_token_that_is_none_or_of_another_request_leaves_one_line_in_the_nodes_log() {
    let network = Network::shared();
    let person = network.person("forgetful");
    let zone = below_apex("rest-tokens");
    network.apply(
        &person,
        vec![create("REST-TOKENS"), claim(&zone, "REST-TOKENS")],
    );
    let path = format!("/api/dns/zones/{zone}/records");
    let body = r#"{"type":"A","name":"@","value":"1.2.3.4"}"#;
    let good = next(network, &person, set_address(&zone, &zone, "1.2.3.4"));
    let elsewhere = next(network, &person, set_address(&zone, &zone, "1.2.3.5"));
    let mut forged = good.clone();
    forged.signature.0[0] ^= 1;
    let audited = network.audit_of(person.identity).total;
    let nonce = network.next_nonce(person.identity);
    for (what, token) in [
        // As the specification writes them.
        ("no transaction", "IMVU-A-token".to_owned()),
        ("no transaction", "admin-token".to_owned()),
        ("another request", token(&elsewhere)),
        ("a bad signature", token(&forged)),
    ] {
        let before = network.node().log().matches(LOGGED).count();
        let (status, answer) = curl(network, "POST", &path, &token, body);
        assert_eq!(status, 401, "{what}: {answer}");
        let after = network.node().log().matches(LOGGED).count();
        assert_eq!(after - before, 1, "{what}: one line in the log");
    }
    assert_eq!(network.audit_of(person.identity).total, audited);
    assert_eq!(network.next_nonce(person.identity), nonce);
    // No token appears in a log.
    let log = network.node().log();
    assert!(!log.contains(&token(&elsewhere)) && !log.contains(&token(&forged)));
    let (status, answer) = curl(network, "POST", &path, &token(&good), body);
    assert_eq!(status, 201, "{answer}");
}
