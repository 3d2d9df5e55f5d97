//! `kill -9` of anything at any time.

use nexus_tests::load::{Told, keep_busy};
use nexus_tests::process::ProcessId;
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options};
use rustix::process::Signal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// People who keep the network busy meanwhile.
const PEOPLE: usize = 3;

#[test]
fn kill_9_of_every_process_alone_and_all_at_once_loses_nothing() {
    let network = &Network::start(&Options::default());
    let people: [_; PEOPLE] = network.people(["one", "two", "three"]);
    let stop = &AtomicBool::new(false);
    let told: Vec<Told> = thread::scope(|scope| {
        // However the killing ends, the load does as well.
        let _stopped = Stopped(stop);
        let busy: Vec<_> = (1..)
            .zip(people)
            .map(|(number, person)| {
                keep_busy(scope, network, person, format!("BUSY-{number}"), stop)
            })
            .collect();
        kill_each(network);
        kill_all(network);
        stop.store(true, Ordering::Relaxed);
        busy.into_iter()
            .map(|one| one.join().expect("its acknowledgements"))
            .collect()
    });
    let last = told
        .iter()
        .flat_map(|one| &one.acknowledged)
        .map(|one| one.height)
        .max();
    let last = last.expect("something was committed");
    network.wait_for_height(last + 2);
    network.assert_one_app_hash(1..=last + 1);
    for one in &told {
        one.assert_nothing_lost(network);
    }
}

/// Ends the load when the test does.
struct Stopped<'a>(&'a AtomicBool);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn kill_each(network: &Network) {
    for node in &network.nodes {
        // CometBFT alone: its nexusd starts another one.
        let [nexusd, comet] = node.alive();
        comet.kill();
        wait_for("another CometBFT", || {
            let noted = node.processes()?;
            let another = noted.cometbft.filter(|other| *other != comet)?;
            (another.is_alive() && noted.nexusd == nexusd).then_some(())
        });
        goes_on(network, node);
        // nexusd: its CometBFT ends with it, and somebody starts it again.
        let [nexusd, comet] = node.alive();
        nexusd.kill();
        comet.wait_for_end();
        node.start();
        goes_on(network, node);
    }
}

/// The node catches up with the others, and they all go on.
fn goes_on(network: &Network, node: &Node) {
    let others = network.nodes.iter().filter(|other| other.name != node.name);
    let ahead = others
        .filter_map(Node::height)
        .max()
        .expect("the others answer");
    node.wait_for_height(ahead + 2);
}

fn kill_all(network: &Network) {
    let before = network.common_height();
    let all: Vec<ProcessId> = network.nodes.iter().flat_map(Node::alive).collect();
    assert_eq!(all.len(), 8);
    for process in &all {
        process.signal(Signal::KILL);
    }
    for process in &all {
        process.wait_for_end();
    }
    network.start_missing();
    network.wait_for_height(before + 3);
}
