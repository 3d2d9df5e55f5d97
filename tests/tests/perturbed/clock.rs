//! A machine whose clock runs away under a running node, and is put right again.

use nexus_tests::Node;
use nexus_tests::clock::{Clock, assert_dated_rightly};
use nexus_tests::lab::LabNetwork;
use nexus_tests::wait::wait_for;
use nexus_tests::watched::{Watched, all_evidence, figure, go_on, kept, use_comet};
use std::fs;
use std::path::PathBuf;

/// Seconds from which a node ends itself (docs/operations.md, "The watchdog and the clock"); below, it says so.
const ENDS_FROM_S: u64 = 30;

/// The exit code for a wrong clock.
const CLOCK: i32 = 14;

/// What the metrics show about it.
const ALARM: &str = "nexus_watchdog_alarm{kind=\"Clock\"} ";
const OFFSET: &str = "nexus_watchdog_clock_offset_milliseconds ";

/// How far the figure may be from the truth, milliseconds: half of what an answer takes at most.
const BLUR_MS: f64 = 1_500.0;

/// What CometBFT says when its consensus panicked.
const PANICKED: &str = "CONSENSUS FAILURE";

/// Lets a node's clock be so many seconds off, and checks what the node does: it says so, or ends from 30 s on; it does
/// not start before the clock is right; and nobody else minds. Then its clock is right, and it starts.
pub(crate) fn wrong(running: &LabNetwork, number: usize, seconds: i64) {
    if let Some(why) = Clock::unavailable() {
        eprintln!("SKIPPED: a clock that is wrong: {why}");
        return;
    }
    let node = &running.network.nodes[number];
    let clock = Clock::new(&running.network.folder().join(format!("clock-{number}")));
    let panicked = panicked(running, number);
    node.stop();
    let path = node.home.join("config.toml");
    let config = fs::read(&path).expect("its configuration");
    use_comet(node, clock.comet());
    let watched = Watched::running(node, &clock.environment());
    let before = running.others(number).filter_map(Node::height).min();
    clock.set(seconds);
    if seconds.unsigned_abs() < ENDS_FROM_S {
        says_so(running, number, watched, &clock, seconds);
    } else {
        ends(watched, seconds);
    }
    clock.set(seconds);
    let mut refused = Watched::start(node, &clock.environment());
    assert_eq!(refused.code(), CLOCK, "{}", node.log());
    fs::write(&path, config).expect("written");

    for other in running.others(number) {
        assert!(other.height() > before, "{} stands", other.name);
        assert_dated_rightly(other);
    }
    assert_eq!(self::panicked(running, number), panicked);
    node.start();
}

/// A clock that is off by less: the alarm is on until the clock is right, and blocks are made meanwhile.
fn says_so(
    running: &LabNetwork,
    number: usize,
    mut watched: Watched<'_>,
    clock: &Clock,
    seconds: i64,
) {
    let node = watched.node;
    let shown = |series| running.lab.on(number, || figure(node, series));
    wait_for("the alarm", || {
        watched.assert_alive();
        shown(ALARM).filter(|on| *on >= 1.0)
    });
    // The others are ahead of a clock that is slow.
    let truth = -1_000.0 * seconds as f64;
    let offset = shown(OFFSET).expect("a figure");
    assert!((offset - truth).abs() < BLUR_MS, "{offset}, not {truth}");
    go_on(std::slice::from_ref(node));
    clock.set(0);
    wait_for("the end of the alarm", || {
        watched.assert_alive();
        shown(ALARM).filter(|on| *on < 1.0)
    });
    watched.stop();
}

/// A clock that is off by more: the node ends, and keeps why.
fn ends(mut watched: Watched<'_>, seconds: i64) {
    let node = watched.node;
    let kept_before = all_evidence(node, "clock");
    assert_eq!(watched.code(), CLOCK, "{}", node.log());
    let mut evidence = all_evidence(node, "clock");
    evidence.retain(|folder: &PathBuf| !kept_before.contains(folder));
    assert_eq!(evidence.len(), 1, "{evidence:?}, {kept_before:?} before");
    let about = kept(&evidence[0], "about.json");
    let direction = if seconds > 0 { "s fast" } else { "s slow" };
    let what = about["what"].as_str().unwrap_or_default();
    assert!(what.contains(direction), "{seconds} s: {about}");
}

/// How often consensus panicked at the others so far.
fn panicked(running: &LabNetwork, but: usize) -> usize {
    let logs = running.others(but).map(Node::log);
    logs.map(|log| log.matches(PANICKED).count()).sum()
}
