//! What is lawful and yet odd: every node finds it, and says so to whoever listens.

use nexus_sdk::api::{EventBody, EventFilter, EventKind};
use nexus_tests::Network;
use nexus_tests::actions::{create, imvu};
use nexus_tests::programs::{path, program, run};
use nexus_tests::wait::wait_for;
use nexus_tests::watched::figure;
use nexus_types::state::Imvu;
use nexus_types::state_key;
use std::process::Command;

#[test]
fn ten_refusals_in_a_row_are_told_once_by_every_node_and_stop_nothing() {
    let network = Network::shared();
    let erring = network.person("erring");
    network.apply(&erring, vec![create("ODD")]);
    let views = network.decide_all(&erring, (0..10).map(|_| create("ODD")).collect());
    let last = views.last().expect("the last").summary.height;
    for (at, node) in network.nodes.iter().enumerate() {
        let filter = || EventFilter {
            kinds: vec![EventKind::Anomaly],
            imvu: None,
            actor: Some(erring.identity.into()),
        };
        let found = wait_for("an anomaly", || {
            let events = network.events_from(at, filter());
            (!events.is_empty()).then_some(events)
        });
        assert_eq!(found.len(), 1, "{}: {found:?}", node.name);
        let EventBody::Anomaly(anomaly) = &found[0].event else {
            panic!("{found:?}");
        };
        assert_eq!(
            (anomaly.rule.as_str(), anomaly.observed.as_str()),
            ("denialBurst", "10")
        );
        assert!(found[0].height.0 <= last.0 + 2, "{found:?}");
        let counted = figure(node, r#"nexus_anomalies_total{rule="denialBurst"}"#);
        assert!(
            counted.is_some_and(|count| count >= 1.0),
            "{}: {counted:?}",
            node.name
        );
        let never = figure(node, r#"nexus_anomalies_total{rule="statementDiffers"}"#);
        assert_eq!(never, Some(0.0), "an alert needs the zero before the one");
    }
    // It is a remark, not a consequence.
    network.apply(&erring, vec![create("ODD-TOO")]);
    assert!(
        network
            .state::<Imvu>(&state_key::imvu(&imvu("ODD-TOO")))
            .is_some()
    );

    let mut command = Command::new(program("nexus"));
    command
        .args(["anomalies", "--limit", "1000"])
        .current_dir(network.folder())
        .env("HOME", network.folder())
        .env("PATH", path())
        .env_remove("NEXUS_NODE");
    let shown = run(&mut command).exited(0).stdout;
    let line = shown
        .lines()
        .find(|line| line.contains(&erring.identity.to_string()));
    let line = line.unwrap_or_else(|| panic!("{shown}"));
    assert!(
        line.contains("denialBurst") && line.contains("was refused 10 times"),
        "{line}"
    );
}
