//! What is typed rarely: names that are handed over, granted below, or served elsewhere; mail; a legal restriction and the
//! appeal against it; and what there is nothing of to show.

use crate::commands::{ends, refused};
use nexus_tests::Network;
use nexus_tests::actions::{below_apex, create};
use nexus_types::mail::{MailRoute, MailRouteRecord};
use nexus_types::{Hash, state_key};
use serde_json::Value;

/// Who holds a name, as the command line tells.
fn holder(network: &Network, name: &str) -> Value {
    ends(network, &format!("domain show {name}"), 0)["value"]["imvu"].take()
}

/// What stands of a name beside its zone.
fn beside(network: &Network, name: &str) -> Value {
    ends(network, &format!("domain challenge {name}"), 0)["value"].take()
}

#[test]
fn names_are_granted_below_served_elsewhere_and_handed_over_by_code() {
    let network = Network::shared();
    let (ann, ben) = (network.typist("rare-ann"), network.typist("rare-ben"));
    network.apply(&ann, vec![create("RARE-A")]);
    network.apply(&ben, vec![create("RARE-B")]);
    let (name, child) = (below_apex("rare"), below_apex("shop.rare"));
    let (of_ann, of_ben) = ("--key rare-ann", "--key rare-ben");
    ends(
        network,
        &format!("domain claim {name} --imvu RARE-A {of_ann}"),
        0,
    );

    // Below a name of somebody's nobody claims anything, until it is granted; then it is out of the owner's hands.
    let claims = format!("domain claim {child} --imvu RARE-B {of_ben}");
    assert_eq!(refused(network, &claims), "NX2003");
    let grant = format!("domain grant-child {name} {child}");
    ends(network, &format!("{grant} --imvu RARE-B {of_ann}"), 0);
    assert_eq!(beside(network, &child)["grant"]["imvu"], "RARE-B");
    ends(network, &format!("{grant} --take-back {of_ann}"), 0);
    assert_eq!(refused(network, &claims), "NX2003");
    ends(network, &format!("{grant} --imvu RARE-B {of_ann}"), 0);
    ends(network, &claims, 0);
    assert_eq!(holder(network, &child), "RARE-B");
    let taken_back = format!("{grant} --take-back {of_ann}");
    assert_eq!(refused(network, &taken_back), "NX2102");

    // Served elsewhere, a name has no zone here.
    let delegate = format!("domain delegate {child}");
    let servers = "--server ns1.example.net --server ns2.example.net";
    ends(network, &format!("{delegate} {servers} {of_ben}"), 0);
    let servers = beside(network, &child)["delegated"]["delegation"]["servers"].take();
    assert_eq!(servers.as_array().map(Vec::len), Some(2), "{servers}");
    let record = format!("zone set {child} @ A 192.0.2.7 {of_ben}");
    assert_eq!(refused(network, &record), "NX2004");
    ends(network, &format!("{delegate} --undo {of_ben}"), 0);
    ends(network, &record, 0);

    // A code is good once, for whoever has it, and gone when its owner says so.
    let put = format!("domain transfer-key {child}");
    let redeem = format!("domain redeem {child} --imvu RARE-A --code");
    ends(network, &format!("{put} --out void.code {of_ben}"), 0);
    ends(network, &format!("{put} --off {of_ben}"), 0);
    assert_eq!(
        refused(network, &format!("{redeem} void.code {of_ann}")),
        "NX2003"
    );
    assert_eq!(
        refused(network, &format!("{put} --out mine.code {of_ann}")),
        "NX2003"
    );
    ends(network, &format!("{put} --out mine.code {of_ben}"), 0);
    assert_eq!(
        refused(network, &format!("{redeem} void.code {of_ann}")),
        "NX2003"
    );
    ends(network, &format!("{redeem} mine.code {of_ann}"), 0);
    assert_eq!(holder(network, &child), "RARE-A");
    assert_eq!(
        refused(network, &format!("{redeem} mine.code {of_ann}")),
        "NX2003"
    );
    assert_eq!(refused(network, &record), "NX2004");
}

#[test]
fn mail_is_granted_routed_signed_for_and_sent_with_a_secret() {
    let network = Network::shared();
    let owner = network.typist("rare-mail");
    network.apply(&owner, vec![create("RARE-M")]);
    let domain = below_apex("rare-mail");
    let by = "--key rare-mail";
    ends(
        network,
        &format!("domain claim {domain} --imvu RARE-M {by}"),
        0,
    );
    let grant = format!("mail grant RARE-M ann@{domain} --holder rare-mail {by}");
    let granted = ends(network, &grant, 0);
    let local = granted["local"]
        .as_str()
        .expect("what stands on the ledger");
    assert!(granted["salt"].is_string(), "{granted}");

    ends(
        network,
        &format!("mail route RARE-M {domain} --exchange mx.example.net {by}"),
        0,
    );
    let route: Option<MailRouteRecord> =
        network.state(&state_key::mail_route(&domain.parse().expect("a name")));
    let exchange = Some(MailRoute::Exchange(
        "mx.example.net".parse().expect("a name"),
    ));
    assert_eq!(route.and_then(|record| record.route), exchange);

    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let place = format!("RARE-M {domain} nx1");
    ends(
        network,
        &format!("mail dkim register {place} --ed25519 {key} {by}"),
        0,
    );
    let published = ends(network, &format!("zone show {domain}"), 0).to_string();
    assert!(
        published.contains(&format!("nx1._domainkey.{domain}")),
        "{published}"
    );
    ends(network, &format!("mail dkim revoke {place} {by}"), 0);
    let again = format!("mail dkim register {place} --ed25519 {key} {by}");
    assert_eq!(refused(network, &again), "NX2103");

    let set = format!("mail credential set RARE-M --holder rare-mail --local {local} {by}");
    let made = ends(network, &set, 0);
    assert_eq!(made["secret"].as_str().map(str::len), Some(26), "{made}");
    let id = made["credential"].as_str().expect("its id");
    let shown = ends(network, "mail show RARE-M", 0).to_string();
    assert!(shown.contains(id) && shown.contains(local), "{shown}");
    ends(
        network,
        &format!("mail credential revoke RARE-M {id} {by}"),
        0,
    );
    ends(
        network,
        &format!("mail revoke RARE-M --local {local} {by}"),
        0,
    );
    let shown = ends(network, "mail show RARE-M", 0).to_string();
    assert!(!shown.contains(id) && !shown.contains(local), "{shown}");
}

#[test]
fn a_restriction_is_public_appealed_and_ends_nobody_s_rights() {
    let network = Network::shared();
    let owner = network.typist("rare-law");
    network.apply(&owner, vec![create("RARE-R")]);
    let order = Hash::of(b"an order");
    let restrict = format!("restrict RARE-R --scope mail --days 2 --document-hash {order}");
    network.with_officers(|| {
        // Not by the seats alone, and not by the platform alone.
        let seats = "--key operator-1,operator-2,operator-3";
        assert_eq!(refused(network, &format!("{restrict} {seats}")), "NX2017");
        let officers = "--key officer-1,officer-2,officer-3";
        assert_eq!(
            refused(network, &format!("{restrict} {officers}")),
            "NX2015"
        );
        ends(network, &restrict, 0);
    });
    let held = || ends(network, "enforcement show RARE-R", 0)["value"]["restrictions"].take();
    let restrictions = held();
    assert_eq!(
        restrictions[0]["order"],
        order.to_string(),
        "{restrictions}"
    );
    assert_eq!(restrictions[0]["scope"], "mail", "{restrictions}");
    let grounds = Hash::of(b"grounds");
    let appeal = format!("appeal RARE-R --document-hash {grounds} --key");
    assert_eq!(refused(network, &format!("{appeal} operator-4")), "NX2001");
    ends(network, &format!("{appeal} rare-law"), 0);
    let restrictions = held();
    assert!(restrictions[0]["appeal"].is_object(), "{restrictions}");
    // Its creator leaves all the same.
    for step in ["announce", "release", "close"] {
        ends(network, &format!("exit {step} RARE-R --key rare-law"), 0);
    }
}

#[test]
fn what_there_is_nothing_of_says_so() {
    let network = Network::shared();
    let owner = network.typist("rare-none");
    network.apply(&owner, vec![create("RARE-N")]);
    let answer = ends(network, "snapshot request RARE-N --key rare-none", 3);
    let error = &answer["error"];
    assert_eq!(error["code"], "NX2103", "{answer}");
    let why = error["why"][0].as_str().expect("a reason");
    assert!(why.contains("runs on no host"), "{answer}");
    let hint = error["hint"].as_str().expect("a hint");
    assert!(hint.contains("nexus imvu activate"), "{answer}");

    for words in ["statement show RARE-N", "statement print RARE-N"] {
        let answer = ends(network, words, 5);
        let message = answer["error"]["message"].as_str().expect("a message");
        assert!(message.contains("RARE-N has no statement yet"), "{answer}");
    }
    let nobody = ends(network, "statement show NOBODYS", 5);
    let message = nobody["error"]["message"].as_str().expect("a message");
    assert!(!message.contains("yet"), "{nobody}");
}
