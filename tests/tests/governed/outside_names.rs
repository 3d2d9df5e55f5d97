//! Names from elsewhere, as creators and observers type it: claimed, looked for, bound by two thirds, called in question by
//! somebody else's proof, kept by a fresh one, and lost without.

use nexus_sdk::keys::Signer;
use nexus_tests::actions::{create, imvu};
use nexus_tests::typed::{ends, refused};
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Options};
use nexus_types::domain::ObserveName;
use nexus_types::governance::GovernanceChange;
use nexus_types::{Action, Hash, Text};
use serde_json::Value;

/// Observers are admitted at once. A re-proof lasts longer than its votes take, and is waited for.
const DELAYS: &[(&str, u64)] = &[("register_ms", 1_000), ("reproof_ms", 12_000)];

/// Its holder proves it again.
const KEPT: &str = "kept.example.org";
/// Its holder does not.
const LOST: &str = "lost.example.net";

/// The organisations that look; two of them are two thirds.
const OBSERVERS: [&str; 3] = ["operator-1", "operator-2", "operator-3"];

#[test]
fn external_names_are_bound_kept_and_lost_by_what_two_thirds_of_the_observers_see() {
    let network = &Network::start(&Options {
        delays: DELAYS,
        ..Options::default()
    });
    let (demo, bob) = (network.key("demo"), network.key("officer-5"));
    network.apply(&demo, vec![create("OUT-A")]);
    network.apply(&bob, vec![create("OUT-B")]);
    admit(network);

    // A claim reserves nothing, and nobody but an observer says what stands in the DNS.
    for name in [KEPT, LOST] {
        claim(network, name, "OUT-A", "demo");
    }
    let listed = ends(network, "observe list", 0);
    let claims = listed["value"]["claims"].as_array().map(Vec::len);
    assert_eq!(claims, Some(2), "{listed}");
    assert_eq!(
        refused(network, &seen(KEPT, "OUT-A", "officer-1")),
        "NX2001"
    );
    ends(network, &seen(KEPT, "OUT-A", OBSERVERS[0]), 0);
    assert_eq!(
        refused(network, &seen(KEPT, "OUT-A", OBSERVERS[0])),
        "NX2102"
    );
    assert_eq!(holder(network, KEPT), None, "one vote of three");
    ends(network, &seen(KEPT, "OUT-A", OBSERVERS[1]), 0);
    assert_eq!(holder(network, KEPT).as_deref(), Some("OUT-A"));
    all_see(network, LOST, "OUT-A");
    assert_eq!(holder(network, LOST).as_deref(), Some("OUT-A"));
    proved(network);

    // Somebody else's claim does nothing, its proof does.
    for name in [KEPT, LOST] {
        claim(network, name, "OUT-B", "officer-5");
    }
    ends(network, &seen(LOST, "OUT-B", OBSERVERS[2]), 0);
    assert_eq!(challenge(network, LOST)["external"]["reproof"], false);
    let before = challenge(network, KEPT)["external"]["challenge"]["text"].clone();
    ends(network, &seen(LOST, "OUT-B", OBSERVERS[0]), 0);
    all_see(network, KEPT, "OUT-B");
    for name in [KEPT, LOST] {
        let shown = challenge(network, name);
        assert_eq!(shown["external"]["reproof"], true, "{shown}");
        assert!(shown["claims"][0]["settles"].is_string(), "{shown}");
        assert_eq!(
            holder(network, name).as_deref(),
            Some("OUT-A"),
            "until then"
        );
    }
    // Only a fresh record proves it again.
    let after = challenge(network, KEPT)["external"]["challenge"]["text"].clone();
    assert_ne!(before, after);
    let left_behind = looked(KEPT, "OUT-A", &before);
    let nothing = network.decide(&network.key(OBSERVERS[0]), left_behind);
    assert_eq!(nothing.summary.code.code, 2003, "{:?}", nothing.verdict);
    all_see(network, KEPT, "OUT-A");
    assert_eq!(challenge(network, KEPT)["external"]["reproof"], false);

    wait_for("the end of what nobody proved", || {
        (holder(network, LOST).as_deref() == Some("OUT-B")).then_some(())
    });
    assert_eq!(holder(network, KEPT).as_deref(), Some("OUT-A"));
    wait_for("the end of the claim that came to nothing", || {
        let left = challenge(network, KEPT)["claims"].as_array().map(Vec::len);
        (left == Some(0)).then_some(())
    });
    let freed = ends(
        network,
        &format!("domain release {LOST} --key officer-5"),
        0,
    );
    assert_eq!(freed["verdict"]["action"], "releaseDomain", "{freed}");
    let shown = ends(network, &format!("domain show {LOST}"), 0);
    assert_eq!(
        shown["value"]["status"], "free",
        "no lock: it is not this network's"
    );
}

/// Three organisations become observers by vote: the first as people type it.
fn admit(network: &Network) {
    let operators: Vec<Signer> = (1..=3).map(|seat| network.operator(seat)).collect();
    let [first, others @ ..] = OBSERVERS;
    let propose = format!("governance propose admit-observer --name {first} --key {first}");
    let proposed = ends(network, &propose, 0);
    let id = proposed["id"]
        .as_str()
        .expect("the proposal's id")
        .to_owned();
    for operator in OBSERVERS {
        ends(
            network,
            &format!("governance vote {id} yes --key {operator}"),
            0,
        );
    }
    let _ = network.enacted(id.parse().expect("an id"));
    // One after the other: a register that has moved voids what was proposed before.
    for name in others {
        let organisation = network.key(name);
        let change = GovernanceChange::AdmitObserver {
            observer: organisation.identity,
            name: Text::new(name).expect("a name"),
            platform: false,
        };
        let id = network.propose(&organisation, change);
        network.vote(&operators, id);
        let _ = network.enacted(id);
    }
    let shown = ends(network, "governance show", 0);
    let observers = shown["value"]["observers"].as_array().map(Vec::len);
    assert_eq!(observers, Some(3), "{shown}");
}

/// Claims a name, and checks that the answer says what to publish.
fn claim(network: &Network, name: &str, id: &str, key: &str) {
    let words = format!("domain claim {name} --imvu {id} --external --key {key}");
    let answer = ends(network, &words, 0);
    let owner = format!("_nexus-challenge.{name}");
    assert_eq!(answer["challenge"]["owner"], owner.as_str(), "{answer}");
}

/// An observer's word that it has seen a challenge.
fn seen(name: &str, id: &str, key: &str) -> String {
    let evidence = Hash::of(b"what resolvers answered");
    format!("observe seen {name} --imvu {id} --document-hash {evidence} --key {key}")
}

/// What stands of a name beside its zone.
fn challenge(network: &Network, name: &str) -> Value {
    ends(network, &format!("domain challenge {name}"), 0)["value"].take()
}

/// Two thirds of the observers see it in about one block.
fn all_see(network: &Network, name: &str, id: &str) {
    let shown = challenge(network, name);
    let claims = shown["claims"].as_array().expect("claims").iter();
    let own = claims.chain([&shown["external"]]);
    let mut own = own.filter(|one| one["imvu"] == id);
    let open = &own.next().expect("an open challenge")["challenge"]["text"];
    let handed_in: Vec<Hash> = OBSERVERS[..2]
        .iter()
        .map(|observer| {
            let observer = network.key(observer);
            let seen = looked(name, id, open);
            let nonce = network.next_nonce(observer.identity);
            network.hand_in(&network.signed(&observer, &[], nonce, seen))
        })
        .collect();
    for hash in handed_in {
        let _ = network.applied(hash);
    }
}

/// An observer's word that a challenge's text stands in the DNS.
fn looked(name: &str, id: &str, text: &Value) -> Action {
    let text = text.as_str().expect("a text");
    Action::ObserveName(ObserveName {
        name: name.parse().expect("a name"),
        imvu: imvu(id),
        challenge: text.parse().expect("a hash"),
        seen: true,
        evidence: Hash::of(b"what resolvers answered"),
    })
}

/// Who holds a name.
fn holder(network: &Network, name: &str) -> Option<String> {
    let shown = ends(network, &format!("domain show {name}"), 0);
    shown["value"]["imvu"].as_str().map(str::to_owned)
}

/// A name that is bound has a zone, which is proved down to the anchor.
fn proved(network: &Network) {
    network.wait_for_height(network.common_height() + 2);
    let verified = ends(network, &format!("verify zone {KEPT}"), 0);
    assert!(verified.to_string().contains("OUT-A"), "{verified}");
}
