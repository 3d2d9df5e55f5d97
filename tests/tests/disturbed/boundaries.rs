//! `kill -9` exactly before and exactly after each call between CometBFT and the application, and inside the write of a
//! commit. Whatever the two of them had done by then, the restart comes to the app hash that the others have.

use nexus_tests::abci::grammar::Automaton;
use nexus_tests::abci::{Kind, Line, Moment, Note, Side};
use nexus_tests::load::keep_busy;
use nexus_tests::process::ProcessId;
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options};
use nexus_types::Hash;
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How a node gets to a call. One that joins by state sync gets to two more, in `synced.rs`.
#[derive(Clone, Copy)]
enum Reached {
    /// By running.
    Running,
    /// By a start.
    Starting,
    /// By a start with nothing of the ledger.
    StartingEmpty,
}

/// The calls that change something, or ask whether something was changed.
const CALLS: [(Kind, Reached); 7] = [
    (Kind::Info, Reached::Starting),
    (Kind::InitChain, Reached::StartingEmpty),
    (Kind::CheckTx, Reached::Running),
    (Kind::PrepareProposal, Reached::Running),
    (Kind::ProcessProposal, Reached::Running),
    (Kind::FinalizeBlock, Reached::Running),
    (Kind::Commit, Reached::Running),
];

/// Whom the kill ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Victim {
    /// The application, and CometBFT because the kernel ends it with its nexusd.
    Nexusd,
    /// CometBFT alone; its nexusd starts another.
    Comet,
    /// CometBFT first, and nexusd before it can do anything about it.
    Both,
}

impl Victim {
    pub(crate) const ALL: [Self; 3] = [Self::Nexusd, Self::Comet, Self::Both];

    /// `kill -9`, without waiting for the end.
    pub(crate) fn kill(self, [nexusd, comet]: [ProcessId; 2]) {
        match self {
            Self::Nexusd => {
                nexusd.signal(Signal::KILL);
            }
            Self::Comet => {
                comet.signal(Signal::KILL);
            }
            Self::Both => {
                comet.signal(Signal::KILL);
                nexusd.signal(Signal::KILL);
            }
        }
    }
}

/// Kills inside the write of a commit.
const COMMITS: u32 = 20;

/// A commit's write and its answer are over by then, on a machine that does nothing else.
const COMMIT_MICROS: u64 = 5_000;

#[test]
fn a_kill_at_any_call_and_in_any_commit_leads_to_the_same_app_hash() {
    let network = &Network::start(&Options::default());
    let person = network.person("busy");
    let stop = &AtomicBool::new(false);
    thread::scope(|scope| {
        // However the killing ends, the load does as well.
        let _stopped = Stopped(stop);
        let busy = keep_busy(scope, network, person, "BUSY".to_owned(), stop);
        let node = &network.nodes[1];
        for (kind, reached) in CALLS {
            for side in [Side::Before, Side::After] {
                for victim in Victim::ALL {
                    at_a_call(network, node, Moment { side, kind }, reached, victim);
                }
            }
        }
        for number in 0..COMMITS {
            inside_a_commit(network, node, number);
        }
        stop.store(true, Ordering::Relaxed);
        let told = busy.join().expect("its acknowledgements");
        assert!(!told.acknowledged.is_empty(), "there was something to lose");
    });
    let last = network.common_height();
    network.assert_one_app_hash(1..=last);
    network.assert_grammar();
    let recording = network.recorder(&network.nodes[1]).recording();
    let recording = fs::read_to_string(recording.expect("written")).expect("a recording");
    no_commit_is_halved_or_forgotten(&recording);
    a_broken_recording_is_refused(&recording);
}

/// Ends the load when the test does.
struct Stopped<'a>(&'a AtomicBool);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn at_a_call(network: &Network, node: &Node, moment: Moment, reached: Reached, victim: Victim) {
    println!("{moment}, kill of {victim:?}");
    let hold = network.recorder(node).hold(moment);
    match reached {
        Reached::Running => {}
        Reached::Starting => {
            node.stop();
            node.start();
        }
        Reached::StartingEmpty => {
            node.stop();
            // The others send the blocks, or its own CometBFT has them still.
            empty(node, moment.side == Side::After);
            node.start();
        }
    }
    let _ = hold.caught();
    let before = node.height().unwrap_or(0);
    let [nexusd, comet] = node.alive();
    victim.kill([nexusd, comet]);
    // What was held goes nowhere.
    drop(hold);
    comet.wait_for_end();
    match victim {
        Victim::Comet => another_comet(node, comet),
        Victim::Nexusd | Victim::Both => {
            nexusd.wait_for_end();
            node.start();
        }
    }
    agrees(network, node, before);
}

/// Waits until nexusd has started a CometBFT in place of this one.
pub(crate) fn another_comet(node: &Node, comet: ProcessId) {
    wait_for("another CometBFT", || {
        let another = node.processes()?.cometbft?;
        (another != comet && another.is_alive()).then_some(())
    });
}

/// The commit goes to the application, and the kill comes a moment later.
fn inside_a_commit(network: &Network, node: &Node, number: u32) {
    let random = Hash::of(&number.to_be_bytes()).0;
    let micros = u64::from(u16::from_be_bytes([random[0], random[1]])) % COMMIT_MICROS;
    let hold = network.recorder(node).hold(Moment {
        side: Side::Before,
        kind: Kind::Commit,
    });
    let _ = hold.caught();
    let before = node.height().unwrap_or(0);
    let [nexusd, comet] = node.alive();
    hold.release();
    thread::sleep(Duration::from_micros(micros));
    nexusd.signal(Signal::KILL);
    nexusd.wait_for_end();
    comet.wait_for_end();
    node.start();
    agrees(network, node, before);
}

/// The node makes another block than it had, comes to where the others are, and has their app hash.
fn agrees(network: &Network, node: &Node, before: u64) {
    let others = network.nodes.iter().filter(|other| other.name != node.name);
    let ahead = others.clone().filter_map(Node::height).max();
    let ahead = ahead.expect("the others answer").max(before + 1);
    node.wait_for_height(ahead);
    for other in others {
        other.wait_for_height(ahead);
        assert_eq!(
            node.app_hash(ahead),
            other.app_hash(ahead),
            "height {ahead} at {} and at {}",
            node.name,
            other.name
        );
    }
}

/// Takes the ledger from a stopped node, and its blocks too if told to; what it signed it must never forget.
fn empty(node: &Node, blocks_too: bool) {
    let remove = |path: &Path| match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => fs::remove_file(path),
        other => other,
    };
    let mut folders = vec!["data"];
    if blocks_too {
        folders.push("cometbft/data");
    }
    for folder in folders {
        for entry in fs::read_dir(node.home.join(folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.file_name() != "priv_validator_state.json" {
                remove(&entry.path()).expect("removed");
            }
        }
    }
}

/// At each handshake the application has what it once answered to have committed, and nothing that was not decided.
fn no_commit_is_halved_or_forgotten(recording: &str) {
    // The last height decided, the last committed as the application said, and whether a commit is under way.
    let (mut decided, mut committed, mut under_way) = (0, 0, false);
    let (mut greeted, mut done, mut undone) = (0, 0, 0);
    for line in recording.lines() {
        let line: Line = line.parse().expect("a line");
        match line.note {
            Note::Asked(Kind::FinalizeBlock, Some(height)) => decided = height,
            Note::Asked(Kind::Commit, _) => under_way = true,
            Note::Answered(Kind::Commit, _) => (committed, under_way) = (decided, false),
            // The ledger was deleted, or nothing was ever committed.
            Note::Answered(Kind::Info, Some(0)) => (decided, committed, under_way) = (0, 0, false),
            Note::Answered(Kind::Info, Some(height)) => {
                assert!(
                    (committed..=decided).contains(&height),
                    "it committed {committed}, decided {decided}, and has {height} now"
                );
                greeted += 1;
                done += u32::from(under_way && height == decided);
                undone += u32::from(under_way && height != decided);
                (committed, under_way) = (height, false);
            }
            _ => {}
        }
    }
    assert!(greeted >= COMMITS, "{greeted} handshakes with a ledger");
    println!(
        "commits cut off before their answer: {done} done, {undone} not; of {greeted} handshakes"
    );
}

/// The recording of all that, true as it is, and each of its calls missing once or standing there twice.
fn a_broken_recording_is_refused(recording: &str) {
    let lines: Vec<&str> = recording.lines().collect();
    let judged = |lines: &[&str]| Automaton::judge(lines.join("\n").as_bytes());
    let summary = judged(&lines).expect("what CometBFT did is allowed");
    // The first, and at least one more for each kill.
    assert!(summary.lives > 60, "{summary:?}");
    let mut refused = BTreeMap::new();
    for kind in ["InitChain", "FinalizeBlock", "Commit"] {
        let calls = lines.iter().enumerate().filter(|(_, line)| {
            let mut words = line.split(' ').skip(1);
            words.next() == Some(">") && words.next() == Some(kind)
        });
        // The first ones: nothing was killed there yet, so none is a life's last call.
        for (at, line) in calls.take(1) {
            let answer = format!("{} < {kind}", line.split(' ').next().unwrap_or_default());
            let answered = lines.iter().skip(at).position(|line| *line == answer);
            let answered = at + answered.expect("an answer");
            let mut less = lines.clone();
            less.remove(answered);
            less.remove(at);
            let mut more = lines.clone();
            more.insert(answered + 1, line);
            more.insert(answered + 2, &answer);
            for broken in [less, more] {
                let why = judged(&broken).expect_err(kind).to_string();
                assert!(why.contains("is not allowed here"), "{kind}: {why}");
                *refused.entry(kind).or_insert(0) += 1;
            }
        }
    }
    assert!(
        refused.len() == 3 && refused.values().all(|count| *count == 2),
        "{refused:?}"
    );
}
