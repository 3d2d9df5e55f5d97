//! A clock that is wrong by seconds, a minute and hours.
//!
//! `nexusd` gets its clock through the C library, so libfaketime sets it wrong. CometBFT does not: its wrong clock is
//! built in (`tests/skewed-cometbft.sh`).

use super::watched::{Watched, evidence, figure, go_on, kept, use_comet, watch};
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options, programs};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Seconds. A CometBFT that is too slow refuses a block, parts with the peer that sent it, and tries again after 30 s, when
/// the block is old enough for it: it must count as standing before that.
const FROZEN_AFTER_S: u64 = 12;

/// How a clock is wrong, and what the node says then.
const WRONG: [(&str, &str); 3] = [("+5s", "s fast"), ("-60s", "s slow"), ("+3h", "s fast")];

/// By how much the slow CometBFT's clock is behind, milliseconds: more than the 60 s that CometBFT bears.
const SLOW: &str = "-75000";

/// The age of the chain at which that clock has passed its genesis: before, CometBFT waits for it.
const OLD_ENOUGH: Duration = Duration::from_secs(85);

/// Where Debian's package puts the library.
fn faketime() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    folders
        .map(|folder| folder.path().join("faketime/libfaketime.so.1"))
        .find(|path| path.is_file())
}

fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: wrong clocks: {why}");
}

#[test]
fn a_wrong_clock_keeps_a_node_from_starting_and_ends_a_running_one() {
    let Some(library) = faketime() else {
        return skip("libfaketime is not installed");
    };
    let library = library.to_str().expect("a path");
    let network = &Network::start(&Options::default());
    let (node, others) = network.nodes.split_last().expect("nodes");
    node.stop();
    for (offset, told) in WRONG {
        let before = node.log().len();
        let mut refused = Watched::start(node, &environment(library, offset));
        assert_eq!(refused.code(), 14, "{offset}: {}", node.log());
        let said = node.log().split_off(before);
        assert!(
            said.contains(told) && said.contains("chronyc"),
            "{offset}: {said}"
        );
    }
    go_on(others);

    // A clock that runs away later: first a word, then the end.
    let shift = network.folder().join("clock");
    set_clock(&shift, "+0s");
    let file = shift.to_str().expect("a path");
    let shifting = [
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", file),
        ("FAKETIME_NO_CACHE", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    let mut watched = Watched::running(node, &shifting);
    set_clock(&shift, "+5s");
    wait_for("the alarm", || {
        watched.assert_alive();
        let alarm = "nexus_watchdog_alarm{kind=\"Clock\"} ";
        watched.figure(alarm).filter(|on| *on >= 1.0)
    });
    let offset = figure(node, "nexus_watchdog_clock_offset_milliseconds ").expect("a figure");
    assert!((-7_000.0..-3_000.0).contains(&offset), "{offset}");
    go_on(std::slice::from_ref(node));
    watched.assert_alive();
    set_clock(&shift, "+45s");
    assert_eq!(watched.code(), 14, "{}", node.log());
    let what = kept(&evidence(node, "clock"), "about.json");
    assert!(
        what["what"]
            .as_str()
            .is_some_and(|what| what.contains("s fast")),
        "{what}"
    );
    go_on(others);
    node.start();
    go_on(std::slice::from_ref(node));
}

fn environment<'a>(library: &'a str, offset: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("LD_PRELOAD", library),
        ("FAKETIME", offset),
        ("DONT_FAKE_MONOTONIC", "1"),
    ]
}

fn set_clock(file: &Path, offset: &str) {
    // In one piece: the library reads it at any moment.
    let staging = file.with_extension("new");
    fs::write(&staging, format!("{offset}\n")).expect("written");
    fs::rename(staging, file).expect("renamed");
}

#[test]
fn a_validator_whose_cometbft_has_a_wrong_clock_stops_nobody_else() {
    let script = programs::checkout().join("tests/skewed-cometbft.sh");
    let built = programs::run(&mut Command::new(script)).exited(0);
    let comet = built.stdout.trim();
    let network = &Network::start(&Options::default());
    let begun = Instant::now();
    let (node, others) = network.nodes.split_last().expect("nodes");
    node.stop();
    use_comet(node, comet);
    let honest: Vec<&str> = others.iter().map(|other| other.rpc.as_str()).collect();
    watch(node, &honest, FROZEN_AFTER_S);
    for ahead in ["5000", "-20000", "10800000"] {
        let mut skewed = Watched::running(node, &[("NEXUS_TEST_CLOCK_OFFSET_MS", ahead)]);
        go_on(&network.nodes);
        skewed.assert_alive();
        assert_true_times(&others[0]);
        skewed.stop();
    }
    // Slower than CometBFT bears: it cannot take the block that the others decided, and stands.
    sleep(OLD_ENOUGH.saturating_sub(begun.elapsed()));
    let mut slow = Watched::start(node, &[("NEXUS_TEST_CLOCK_OFFSET_MS", SLOW)]);
    assert_eq!(slow.code(), 13, "{}", node.log());
    evidence(node, "frozen");
    let log = node.log();
    assert!(log.contains("is too far in the future"), "{log}");
    go_on(others);
    for other in others {
        assert!(!other.log().contains("CONSENSUS FAILURE"), "{}", other.name);
    }
    let height = others
        .iter()
        .filter_map(Node::height)
        .min()
        .expect("heights");
    for at in 1..=height {
        let hashes: Vec<_> = others.iter().map(|other| other.app_hash(at)).collect();
        assert!(
            hashes.windows(2).all(|pair| pair[0] == pair[1]),
            "{at}: {hashes:?}"
        );
    }
}

/// Blocks are dated by the median of the validators: one wrong clock does not move it by more than a block or two take.
fn assert_true_times(node: &Node) {
    let health = nexus_tests::wait::block_on(node.client().health()).expect("an answer");
    let now = nexus_tests::people::now().0;
    let dated = health.block_time.expect("a block").0;
    assert!(
        now.abs_diff(dated) < 60_000,
        "block dated {dated}, now {now}"
    );
}
