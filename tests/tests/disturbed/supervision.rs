//! A network of one validator through its whole life: the supervision that no stand-in shows.

use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options, programs};
use rustix::process::Signal;
use serde_json::Value;
use std::fs;

fn height(table: &str) -> u64 {
    let line = table.lines().find(|line| line.starts_with("auditor-1"));
    let height = line.and_then(|line| line.split_ascii_whitespace().nth(1));
    let height = height.unwrap_or_else(|| panic!("no height in {table}"));
    height.parse().expect("a number")
}

fn nexusd(command: &str, node: &Node) -> String {
    let home = node.home.as_os_str();
    let ran = programs::run_program("nexusd", [command.as_ref(), "--home".as_ref(), home]);
    ran.exited(0).stdout
}

#[test]
fn a_network_of_one_lives_through_kills_and_stops_in_order() {
    let network = Network::start(&Options {
        validators: 1,
        ..Options::default()
    });
    let node = network.node();
    let [nexusd_process, comet] = node.alive();
    let described = fs::read_to_string(network.dir().join("network.json")).expect("network.json");
    let described: Value = serde_json::from_str(&described).expect("JSON");
    let pids = &described["validators"][0]["pids"];
    assert_eq!(pids["nexusd"], nexusd_process.pid);
    assert_eq!(pids["cometbft"], comet.pid);
    assert_eq!(described["anchor"]["hash"].as_str().map(str::len), Some(64));
    let again = network.localnet("start").exited(0);
    assert!(again.stderr.contains("running already"), "{again:?}");
    assert_eq!(
        node.alive()[0],
        nexusd_process,
        "the second start started nothing"
    );

    // CometBFT alone is killed: its nexusd starts another.
    let before = height(&again.stdout);
    comet.kill();
    let second = wait_for("another CometBFT", || {
        let noted = node.processes()?;
        assert_eq!(noted.nexusd, nexusd_process);
        noted
            .cometbft
            .filter(|other| *other != comet && other.is_alive())
    });
    let grown = wait_for("a further block", || {
        let table = network.localnet("status").stdout;
        let height = table.contains("running").then(|| height(&table));
        height.filter(|height| *height > before)
    });

    // nexusd is killed: the kernel ends its CometBFT too.
    nexusd_process.signal(Signal::KILL);
    second.wait_for_end();
    nexusd_process.wait_for_end();
    let status = network.localnet("status").exited(6);
    assert!(status.stdout.contains("stopped"), "{status:?}");

    // Started again, it goes on from where it was.
    let restarted = network.localnet("start").exited(0);
    assert!(height(&restarted.stdout) >= grown, "{restarted:?}");
    let both = node.alive();
    let stopped = network.localnet("stop").exited(0);
    assert!(stopped.stderr.contains("stopped"), "{stopped:?}");
    assert!(both.iter().all(|process| !process.is_alive()));
    let log = node.log();
    assert!(
        log.contains("SIGTERM") && log.trim_end().ends_with("stopped"),
        "{log}"
    );

    // What it left behind is whole.
    let checked = nexusd("check", node);
    assert!(
        checked.contains("everything is what was committed"),
        "{checked}"
    );
    assert!(
        checked.contains("audit log   1 records"),
        "the demo creator's registration: {checked}"
    );
    let indexed = nexusd("reindex", node);
    assert!(indexed.contains("blocks into"), "{indexed}");
    let _ = network.localnet("clean").exited(0);
    assert!(!network.dir().exists());
}
