//! What a newcomer types, through the programs as they are built: exit codes, JSON, and what stands on the ledger after.

use nexus_tests::Network;
use nexus_tests::actions::{APEX, imvu};
use nexus_tests::programs::{Ran, program, run};
use nexus_tests::typed::nexus_with;
pub(crate) use nexus_tests::typed::{ends, nexus, refused};
use nexus_types::state::Imvu;
use nexus_types::state_key;
use serde_json::json;
use std::process::Command;

fn state(network: &Network, id: &str) -> Imvu {
    network.state(&state_key::imvu(&imvu(id))).expect("an IMVU")
}

#[test]
fn a_creator_gets_an_identity_an_imvu_a_name_and_a_zone() {
    let network = Network::shared();
    ends(network, "key new carol", 0);
    // Without an attester's word there is no identity.
    assert_eq!(refused(network, "identity register --key carol"), "NX2001");
    let evidence = "ab".repeat(32);
    ends(network, "identity request --key carol --out carol.req", 0);
    ends(
        network,
        &format!("attest carol.req --key attester --evidence-sha256 {evidence} --out carol.att"),
        0,
    );
    ends(
        network,
        "identity register --key carol --attestation carol.att",
        0,
    );
    ends(
        network,
        "imvu create CLI-042 --key carol --jurisdiction EU-GDPR --cpu 4 --memory 8GiB --storage 100GiB \
         --bandwidth 50Mbit --pids 512 --io 20MiB",
        0,
    );
    assert_eq!(state(network, "CLI-042").quota, nexus_tests::actions::QUOTA);
    let name = format!("cli042.{APEX}");
    ends(
        network,
        &format!("domain claim {name} --imvu CLI-042 --key carol"),
        0,
    );
    ends(
        network,
        &format!("zone set {name} www A 192.0.2.7 --ttl 300 --key carol"),
        0,
    );
    let zone = ends(network, &format!("zone show {name}"), 0);
    assert!(zone.to_string().contains("192.0.2.7"), "{zone}");
    let export = Command::new(program("nexus"))
        .args(["zone", "export", &name])
        .current_dir(network.folder())
        .output()
        .expect("nexus runs");
    let export = Ran::from(export).exited(0);
    let bind = export.stdout.lines().any(|line| {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        words.first() == Some(&"www") && words.ends_with(&["IN", "A", "192.0.2.7"])
            || line.starts_with(&format!("www.{name}.")) && line.ends_with("192.0.2.7")
    });
    assert!(bind, "{}", export.stdout);

    // What exists to be refused.
    assert_eq!(
        refused(network, "imvu activate CLI-042 --key carol"),
        "NX2002"
    );
    assert_eq!(
        refused(
            network,
            "usage self-report CLI-042 --network 1GB --key carol"
        ),
        "NX2006"
    );
    let cut = nexus_with(
        network,
        "sql",
        &["DELETE FROM audit_log WHERE action = 'admin_throttled_imvu'"],
    );
    let cut = cut.exited(3).json();
    assert_eq!(cut["error"]["code"], "NX2011", "{cut}");
    let counted = nexus_with(
        network,
        "sql",
        &["SELECT count(*) AS entries FROM audit_log"],
    );
    let _ = counted.exited(0);
    let verified = ends(network, "verify imvu CLI-042 --save cli042.json", 0);
    assert!(verified.to_string().contains("CLI-042"), "{verified}");
    ends(
        network,
        "verify imvu CLI-042 --bundle cli042.json --offline",
        0,
    );
}

#[test]
fn the_platform_proposes_and_the_creator_decides() {
    let network = Network::shared();
    network.with_officers(|| {
        let demo = network.key("demo");
        let known: Option<nexus_types::state::Identity> =
            network.state(&state_key::identity(&demo.identity));
        if known.is_none() {
            let register = network.registration(&demo);
            network.apply(&demo, vec![register]);
        }
        network.apply(&demo, vec![nexus_tests::actions::create("CLI-043")]);
        let officers = "--key officer-1,officer-2,officer-3";
        assert_eq!(
            refused(
                network,
                &format!("platform set-quota CLI-043 --cpu 2 {officers}")
            ),
            "NX2015"
        );
        assert_eq!(
            refused(
                network,
                &format!("platform set-split CLI-043 40/60 {officers}")
            ),
            "NX2055"
        );
        assert_eq!(
            refused(
                network,
                "platform set-quota CLI-043 --cpu 8 --key officer-1,officer-2"
            ),
            "NX2017"
        );
        assert_eq!(state(network, "CLI-043").quota.cpu_millis, 4_000);
        let proposed = ends(
            network,
            &format!("platform propose-quota CLI-043 --cpu 2 {officers}"),
            0,
        );
        let proposal = proposed["proposal"].as_str().expect("a proposal");
        ends(network, &format!("approve show {proposal}"), 0);
        ends(network, &format!("approve sign {proposal} --key demo"), 0);
        assert_eq!(state(network, "CLI-043").quota.cpu_millis, 2_000);
    });
    let violations = ends(network, "violations --imvu CLI-043", 0);
    for code in ["NX2015", "NX2055", "NX2017"] {
        assert!(
            violations.to_string().contains(code),
            "{code}: {violations}"
        );
    }
    let audit = ends(network, "audit tail", 0);
    assert!(audit.to_string().contains("signApproval"), "{audit}");
    let explained = ends(network, "explain NX2015", 0);
    assert_eq!(explained["gate"], json!(15), "{explained}");
}

#[test]
fn every_kind_of_failure_has_its_exit_code() {
    let network = Network::shared();
    let kind = |words: &str, code: i32| {
        let answer = ends(network, words, code);
        assert_eq!(answer["error"]["exit"], json!(code), "{words}: {answer}");
        answer["error"]["kind"].as_str().expect("a kind").to_owned()
    };
    assert_eq!(kind("imvu create no-id", 2), "usage");
    assert_eq!(kind("imvu show NO-SUCH-IMVU", 5), "notFound");
    assert_eq!(kind("status --node http://127.0.0.1:1", 6), "unreachable");
    assert_eq!(kind("imvu describe CLI-044 text --key nobody", 8), "keys");
    std::fs::write(network.folder().join("wrong"), "not it\n").expect("written");
    assert_eq!(
        kind(
            "imvu describe CLI-044 text --key demo --passphrase-file wrong",
            8
        ),
        "keys"
    );
}

#[test]
fn the_printed_token_is_good_for_its_request() {
    let network = Network::shared();
    let owner = network.key("officer-5");
    let name = format!("cli-token.{APEX}");
    let claim = nexus_tests::actions::claim(&name, "CLI-TOKEN");
    network.apply(
        &owner,
        vec![nexus_tests::actions::create("CLI-TOKEN"), claim],
    );
    let printed = ends(
        network,
        &format!("tx bearer records {name} @ A 192.0.2.9 --key officer-5"),
        0,
    );
    let token = printed["token"].as_str().expect("a token");
    let url = format!("{}/api/dns/zones/{name}/records", network.node().rpc);
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-X", "POST", &url, "-d"])
        .arg(r#"{"type":"A","name":"@","value":"192.0.2.9"}"#)
        .args(["-H", &format!("Authorization: Bearer {token}")]);
    let answer = run(&mut curl).exited(0).json();
    assert_eq!(answer["applied"], json!(true), "{answer}");
}
