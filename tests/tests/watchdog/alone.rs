//! One of four validators goes wrong alone.

use super::liar::Liar;
use super::memory::flip_bits;
use nexus_tests::wait::wait_for;
use nexus_tests::watched::{Watched, evidence, go_on, kept, watch};
use nexus_tests::{Network, Node, Options, programs};
use rustix::process::Signal;
use std::fs;
use std::io::Write;
use std::sync::atomic::Ordering;

/// Seconds: less than by default, so that a test need not wait for a minute; long enough for a start on a loaded machine.
const FROZEN_AFTER_S: u64 = 30;

#[test]
fn a_node_that_goes_wrong_alone_ends_with_evidence_and_one_liar_or_a_halted_network_ends_none() {
    let network = &Network::start(&Options::default());
    let [a, b, c, node] = network.nodes.as_slice() else {
        panic!("four nodes")
    };
    let others = &network.nodes[..3];
    let liar = Liar::start(a);
    node.stop();
    watch(node, &[&liar.url, &b.rpc, &c.rpc], FROZEN_AFTER_S);

    let mut watched = Watched::running(node, &[]);
    one_liar_is_not_believed(&mut watched, &liar);
    a_network_that_halts_ends_nobody(&mut watched, network);
    a_paused_cometbft_is_noticed(&mut watched, others);

    // Nobody to ask: its own CometBFT holds the votes that prove it.
    watch(node, &[], FROZEN_AFTER_S);
    let mut watched = Watched::running(node, &[]);
    if !memory_can_be_written(&watched) {
        return watched.stop();
    }
    a_flipped_bit_in_memory_is_noticed(&mut watched, others);
    it_stays_halted(node);
    go_on(others);
    let height = others
        .iter()
        .filter_map(Node::height)
        .min()
        .expect("heights");
    for at in 1..=height {
        let hashes = [a, b, c].map(|other| other.app_hash(at));
        assert!(
            hashes.iter().all(|hash| *hash == hashes[0]),
            "{at}: {hashes:?}"
        );
    }
}

fn one_liar_is_not_believed(watched: &mut Watched<'_>, liar: &Liar) {
    assert!(
        liar.times.load(Ordering::Relaxed) > 0,
        "it was asked for the time at the start"
    );
    let unproven = "nexus_watchdog_unproven_headers_total ";
    wait_for("a forged header that is not believed", || {
        watched.assert_alive();
        watched.figure(unproven).filter(|count| *count >= 1.0)
    });
    assert!(liar.headers.load(Ordering::Relaxed) > 0);
    assert!(
        watched
            .node
            .log()
            .contains("shows a header that proves nothing")
    );
    assert_eq!(
        watched.figure("nexus_watchdog_app_hash_mismatches_total "),
        Some(0.0)
    );
    assert_eq!(
        watched.figure("nexus_watchdog_peers_height "),
        Some(1_000_000.0)
    );
    assert_eq!(
        watched.figure("nexus_watchdog_alarm{kind=\"Clock\"} "),
        Some(0.0)
    );
    go_on(std::slice::from_ref(watched.node));
    watched.assert_alive();
}

fn a_network_that_halts_ends_nobody(watched: &mut Watched<'_>, network: &Network) {
    network.nodes[1].stop();
    network.nodes[2].stop();
    wait_for("the word that no block comes", || {
        watched.assert_alive();
        let still = "nexus_watchdog_alarm{kind=\"Still\"} ";
        watched.figure(still).filter(|on| *on >= 1.0)
    });
    assert_eq!(
        watched.figure("nexus_watchdog_alarm{kind=\"Behind\"} "),
        Some(0.0)
    );
    network.nodes[1].start();
    network.nodes[2].start();
    go_on(std::slice::from_ref(watched.node));
    watched.assert_alive();
}

fn a_paused_cometbft_is_noticed(watched: &mut Watched<'_>, others: &[Node]) {
    let node = watched.node;
    let [_, comet] = node.alive();
    comet.signal(Signal::STOP);
    assert_eq!(watched.code(), 13, "{}", node.log());
    comet.wait_for_end();
    let folder = evidence(node, "frozen");
    for file in ["README.txt", "own-state.json", "log.txt", "net-info.json"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let about = kept(&folder, "about.json");
    let proven = about["proven"].as_array().expect("a list");
    let from = [&others[1].rpc, &others[2].rpc];
    assert!(!proven.is_empty());
    for one in proven {
        let shown = one["from"].as_str().expect("a node");
        assert!(from.iter().any(|honest| *honest == shown), "{one}");
    }
    assert!(kept(&folder, "status.json")["noAnswer"].is_string());
    go_on(others);
}

/// Writing into another process's memory needs its owner's rights, which a container may withhold.
fn memory_can_be_written(watched: &Watched<'_>) -> bool {
    let [nexusd, _] = watched.node.alive();
    match fs::File::options().write(true).open(nexusd.proc("mem")) {
        Ok(_) => true,
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: a flipped bit in memory: /proc/<pid>/mem cannot be written ({error})"
            );
            false
        }
    }
}

fn a_flipped_bit_in_memory_is_noticed(watched: &mut Watched<'_>, others: &[Node]) {
    let node = watched.node;
    let [nexusd, _] = node.alive();
    let changed = flip_bits(node, nexusd).expect("its memory");
    assert!(changed > 0, "no hash was found in memory");
    // CometBFT says that all is well for as long as it is there.
    let mut well = 0;
    wait_for("the end of the node", || {
        let failed = node.log().contains("CONSENSUS FAILURE");
        if failed && node.comet("/health").is_some() {
            well += 1;
        }
        (!nexusd.is_alive()).then_some(())
    });
    assert!(well > 0, "after the failure, CometBFT's /health was OK");
    assert_eq!(watched.code(), 12, "{}", node.log());
    let folder = evidence(node, "diverged");
    let about = kept(&folder, "about.json");
    assert_eq!(about["proven"][0]["from"], "this node's own CometBFT");
    let height: u64 = about["proven"][0]["height"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("a height");
    // What it kept as the others' app hash is what they have.
    let theirs = about["proven"][0]["appHash"].as_str().expect("a hash");
    assert_eq!(others[0].app_hash(height - 1).to_string(), theirs);
    let ours = kept(&folder, "own-state.json");
    assert_ne!(ours["appHash"], theirs);
    let status = kept(&folder, "status.json");
    assert_eq!(
        status["sync_info"]["catching_up"], false,
        "CometBFT does not say that anything is wrong"
    );
}

fn it_stays_halted(node: &Node) {
    let home = node.home.as_os_str();
    let start = ["start".as_ref(), "--home".as_ref(), home];
    let refused = programs::run_program("nexusd", start).exited(12);
    assert!(
        refused.stderr.contains("--after-halt"),
        "{}",
        refused.stderr
    );
    // What was computed in bad memory is on the disk now: the store finds that itself.
    let after = [start[0], start[1], home, "--after-halt".as_ref()];
    let refused = programs::run_program("nexusd", after).exited(4);
    assert!(refused.stderr.contains("root"), "{}", refused.stderr);
}
