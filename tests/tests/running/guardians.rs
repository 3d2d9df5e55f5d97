//! A stolen key on a running network, by the programs as they are built: frozen, attested anew, recovered. And somebody
//! who runs another's IMVU.

use crate::commands::{ends, refused};
use nexus_tests::Network;
use nexus_tests::actions::APEX;
use nexus_tests::wait::wait_for;
use serde_json::Value;

/// Makes a key and has it registered.
fn join(network: &Network, name: &str) -> String {
    let made = ends(network, &format!("key new {name}"), 0);
    let evidence = "cd".repeat(32);
    for words in [
        format!("identity request --key {name} --out {name}.req"),
        format!("attest {name}.req --key attester --evidence-sha256 {evidence} --out {name}.att"),
        format!("identity register --key {name} --attestation {name}.att"),
    ] {
        ends(network, &words, 0);
    }
    made["identity"].as_str().expect("an identity").to_owned()
}

fn guarded(network: &Network, identity: &str) -> Value {
    let shown = ends(network, &format!("guardian show {identity}"), 0);
    shown["guardianship"].clone()
}

#[test]
fn a_stolen_key_is_frozen_and_replaced_and_the_thief_can_do_nothing() {
    let network = Network::shared();
    let victim = join(network, "g-victim");
    for name in ["g-anna", "g-ben", "g-carl"] {
        join(network, name);
    }
    ends(
        network,
        "guardian set g-anna g-ben g-carl --threshold 2 --key g-victim",
        0,
    );
    let wants_both = "guardian set operator-4 officer-1 --key g-victim";
    assert_eq!(refused(network, wants_both), "NX2103");
    // One guardian alone can't; two in two places can: the first signs, the second adds its signature, and submits.
    assert_eq!(
        refused(network, "guardian freeze g-victim --key g-anna"),
        "NX2001"
    );
    ends(
        network,
        "guardian freeze g-victim --key g-anna --tx-out freeze.tx",
        0,
    );
    ends(network, "tx cosign freeze.tx --key g-ben", 0);
    ends(network, "tx submit freeze.tx", 0);
    assert!(guarded(network, &victim)["frozenUntil"].is_string());
    // The thief has the file and its passphrase.
    assert_eq!(refused(network, "key rotate g-victim"), "NX2001");
    assert_eq!(
        refused(network, "identity revoke --yes --key g-victim"),
        "NX2001"
    );
    // The victim makes a new key; without an attester's word it is refused.
    let asked = format!("guardian request {victim} g-victim-2 --out recovery.req");
    ends(network, &asked, 0);
    let recover = "guardian recover recovery.req --key g-anna,g-carl";
    assert_eq!(refused(network, recover), "NX2001");
    let evidence = "ef".repeat(32);
    let attest = format!(
        "guardian attest recovery.req --key attester --evidence-sha256 {evidence} --out recovery.att"
    );
    ends(network, &attest, 0);
    ends(network, &format!("{recover} --attestation recovery.att"), 0);
    assert!(guarded(network, &victim)["recovery"]["due"].is_string());
    assert_eq!(refused(network, "guardian veto --key g-victim"), "NX2001");
    // A development network waits a minute where others wait a week.
    wait_for("the recovery", || {
        guarded(network, &victim)["recovery"]
            .is_null()
            .then_some(())
    });
    let shown = ends(network, &format!("identity show {victim}"), 0);
    assert_eq!(shown["value"]["generation"], 1, "{shown}");
    assert!(guarded(network, &victim)["frozenUntil"].is_null());
    // The old file signs nothing any longer, the new one does.
    assert_eq!(
        refused(network, "guardian set g-anna g-ben --key g-victim"),
        "NX1060"
    );
    ends(network, "guardian set g-anna g-ben --key g-victim-2", 0);
    let waits = guarded(network, &victim);
    assert_eq!(waits["change"]["threshold"], 2, "{waits}");
    ends(network, "guardian veto --key g-victim-2", 0);
    assert!(guarded(network, &victim)["change"].is_null());
}

#[test]
fn an_operator_sets_records_for_the_owner_and_can_leave() {
    let network = Network::shared();
    join(network, "t-owner");
    join(network, "t-helper");
    let create = "imvu create TEAM-042 --key t-owner --jurisdiction EU-GDPR --cpu 1 --memory 1GiB --storage 1GiB \
                  --bandwidth 5Mbit --pids 64 --io 2MiB";
    ends(network, create, 0);
    let name = format!("team042.{APEX}");
    ends(
        network,
        &format!("domain claim {name} --imvu TEAM-042 --key t-owner"),
        0,
    );
    let set = format!("zone set {name} www A 192.0.2.9 --ttl 300 --key t-helper");
    assert_eq!(refused(network, &set), "NX2004");
    ends(
        network,
        "team set TEAM-042 t-helper --as operator --key t-owner",
        0,
    );
    ends(network, &set, 0);
    let team = ends(network, "team show TEAM-042", 0);
    assert_eq!(team["members"][0]["role"], "operator", "{team}");
    assert_eq!(
        refused(network, &format!("domain release {name} --key t-helper")),
        "NX2003"
    );
    ends(network, "team remove TEAM-042 t-helper --key t-helper", 0);
    assert_eq!(refused(network, &set), "NX2004");
}
