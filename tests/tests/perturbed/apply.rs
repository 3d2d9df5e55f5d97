//! Doing it, undoing it, and waiting until all are back.

use super::clock;
use nexus_tests::Node;
use nexus_tests::lab::{LabNetwork, Link};
use nexus_tests::perturbation::Perturbation;
use nexus_tests::process::ProcessId;
use nexus_tests::wait::wait_for;
use rustix::process::Signal;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A disturbed node is back within this time, as CometBFT's own end-to-end tests demand.
const BACK_WITHIN: Duration = Duration::from_secs(20);

/// After a split the whole network is.
const BACK_AFTER_SPLIT_WITHIN: Duration = Duration::from_secs(15);

/// Links between continents, and not good ones.
const SLOW: Link = Link {
    delay: Duration::from_millis(150),
    jitter: Duration::from_millis(30),
    lost_per_mille: 20,
};

/// How a network came back.
pub(crate) struct Back {
    /// How long it took, from the end of the disturbance until every node had two blocks more than any had then.
    pub(crate) after: Duration,
    /// The height that all have reached.
    pub(crate) height: u64,
}

impl Back {
    pub(crate) fn assert_in_time(&self, perturbation: Perturbation) {
        let most = match perturbation {
            Perturbation::Split { .. } => BACK_AFTER_SPLIT_WITHIN,
            _ => BACK_WITHIN,
        };
        assert!(
            self.after < most,
            "{perturbation}: back after {:?}, must be within {most:?}",
            self.after
        );
    }
}

/// Lets it happen, and waits until all are back.
pub(crate) fn apply(running: &LabNetwork, perturbation: Perturbation) -> Back {
    let nodes = &running.network.nodes;
    match perturbation {
        Perturbation::Kill { node } => {
            nodes[node].kill();
            nodes[node].start();
        }
        Perturbation::KillComet { node } => kill_comet(&nodes[node]),
        Perturbation::KillAll => kill_all(nodes),
        Perturbation::Restart { node } => {
            nodes[node].stop();
            nodes[node].start();
        }
        Perturbation::Pause { node, .. } => {
            let both = nodes[node].alive();
            both.iter()
                .for_each(|process| _ = process.signal(Signal::STOP));
            others_go_on(running, node, perturbation.lasts());
            both.iter()
                .for_each(|process| _ = process.signal(Signal::CONT));
        }
        Perturbation::Disconnect { node, .. } => {
            running.lab.isolate(node);
            others_go_on(running, node, perturbation.lasts());
            running.lab.heal();
        }
        Perturbation::Split { partner, .. } => split(running, partner, perturbation.lasts()),
        Perturbation::Slow { .. } => {
            running.lab.disturb(SLOW);
            let before = running.network.common_height();
            sleep(perturbation.lasts());
            running.network.wait_for_height(before + 1);
            running.lab.heal();
        }
        Perturbation::CutWal { node, bytes } => {
            nodes[node].kill();
            cut_wal(&nodes[node], bytes);
            nodes[node].start();
        }
        Perturbation::FullDisk { node, .. } => full_disk(running, node, perturbation.lasts()),
        Perturbation::Clock {
            node,
            offset_seconds,
        } => clock::wrong(running, node, offset_seconds),
    }
    back(nodes)
}

/// Waits until every node has two blocks more than any has now.
fn back(nodes: &[Node]) -> Back {
    let began = Instant::now();
    let ahead = nodes.iter().filter_map(Node::height).max();
    let height = ahead.unwrap_or_else(|| wait_for("any node", || nodes[0].height())) + 2;
    for node in nodes {
        wait_for(&format!("height {height} at {}", node.name), || {
            // A node that ended, or ends now, is started again, as a service manager does.
            if !node.is_running() {
                node.start();
            }
            node.height().filter(|at| *at >= height)
        });
    }
    Back {
        after: began.elapsed(),
        height,
    }
}

/// The other three need nobody.
fn others_go_on(running: &LabNetwork, without: usize, lasts: Duration) {
    let heights = || running.others(without).filter_map(Node::height).min();
    let before = wait_for("the others", heights);
    sleep(lasts);
    wait_for("the others going on", || {
        heights().filter(|height| *height > before)
    });
}

fn kill_comet(node: &Node) {
    let [_, comet] = node.alive();
    comet.kill();
    wait_for("another CometBFT", || {
        let another = node.processes()?.cometbft?;
        (another != comet && another.is_alive()).then_some(())
    });
}

fn kill_all(nodes: &[Node]) {
    let all: Vec<ProcessId> = nodes.iter().flat_map(Node::alive).collect();
    for process in &all {
        process.signal(Signal::KILL);
    }
    for process in all {
        process.wait_for_end();
    }
    nodes.iter().for_each(Node::start);
}

/// Two against two: neither half has two thirds, so nothing is decided.
fn split(running: &LabNetwork, partner: usize, lasts: Duration) {
    running.lab.split(&[0, partner]);
    // A block that was decided before may still be on its way to its last reader.
    sleep(Duration::from_secs(2));
    let heights = || -> Vec<_> { running.network.nodes.iter().map(Node::height).collect() };
    let then = heights();
    sleep(lasts);
    let now = heights();
    running.lab.heal();
    assert_eq!(then, now, "half of the validators decided a block");
}

fn cut_wal(node: &Node, bytes: u64) {
    let path = node.home.join("cometbft/data/cs.wal/wal");
    let shown = path.display();
    let wal = OpenOptions::new().write(true).open(&path);
    let wal = wal.unwrap_or_else(|error| panic!("{shown}: {error}"));
    let length = wal.metadata().expect("its length").len();
    wal.set_len(length.saturating_sub(bytes)).expect("cut");
}

/// Fills a node's disk to the last byte, and empties it again.
fn full_disk(running: &LabNetwork, number: usize, lasts: Duration) {
    let node = &running.network.nodes[number];
    let path = node.home.join("ballast");
    fill(&path);
    others_go_on(running, number, lasts);
    fs::remove_file(&path).expect("the ballast is there");
}

fn fill(path: &std::path::Path) {
    let mut ballast = fs::File::create(path).expect("room for a name");
    for size in [1 << 20, 1 << 12, 1] {
        let piece = vec![0; size];
        while ballast.write_all(&piece).is_ok() {}
    }
}
