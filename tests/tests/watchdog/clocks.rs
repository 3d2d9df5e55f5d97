//! What a wrong clock does that the perturbations do not show: what the operator is told, and a CometBFT that is slow
//! where nexusd cannot know.
//!
//! That a clock which runs away under a running node is noticed, ends the node from 30 s on, and keeps it from starting,
//! for seconds, a minute and hours, is a perturbation (`tests/perturbed`).

use nexus_tests::clock::Clock;
use nexus_tests::watched::{Watched, evidence, go_on, use_comet, watch};
use nexus_tests::{Network, Node, Options};
use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Seconds. A CometBFT that is too slow refuses a block, parts with the peer that sent it, and tries again after 30 s, when
/// the block is old enough for it: it must count as standing before that.
const FROZEN_AFTER_S: u64 = 12;

/// How a clock is wrong, seconds, and what the node says then.
const WRONG: [(i64, &str); 3] = [(5, "s fast"), (-60, "s slow"), (10_800, "s fast")];

/// By how much the slow CometBFT's clock is behind, seconds: more than the 60 s that CometBFT bears.
const SLOW: i64 = -75;

/// The age of the chain at which that clock has passed its genesis: before, CometBFT waits for it.
const OLD_ENOUGH: Duration = Duration::from_secs(85);

fn is_unavailable() -> bool {
    let Some(why) = Clock::unavailable() else {
        return false;
    };
    let _ = writeln!(std::io::stderr(), "SKIPPED: wrong clocks: {why}");
    true
}

#[test]
fn a_node_that_does_not_start_says_how_its_clock_is_wrong_and_a_cometbft_alone_that_is_slow_stands()
{
    if is_unavailable() {
        return;
    }
    let network = &Network::start(&Options::default());
    let begun = Instant::now();
    let (node, others) = network.nodes.split_last().expect("nodes");
    let clock = &Clock::new(&network.folder().join("clock"));
    node.stop();
    refusals_say_what_to_do(node, clock);
    go_on(others);

    use_comet(node, clock.comet());
    let honest: Vec<&str> = others.iter().map(|other| other.rpc.as_str()).collect();
    watch(node, &honest, FROZEN_AFTER_S);
    // It cannot take the block that the others decided, and nexusd's own clock is right.
    sleep(OLD_ENOUGH.saturating_sub(begun.elapsed()));
    clock.set(SLOW);
    let mut slow = Watched::start(node, &clock.of_comet_alone());
    assert_eq!(slow.code(), 13, "{}", node.log());
    let _ = evidence(node, "frozen");
    let log = node.log();
    assert!(log.contains("is too far in the future"), "{log}");
    go_on(others);
    for other in others {
        assert!(!other.log().contains("CONSENSUS FAILURE"), "{}", other.name);
    }
}

fn refusals_say_what_to_do(node: &Node, clock: &Clock) {
    for (offset, told) in WRONG {
        clock.set(offset);
        let before = node.log().len();
        let mut refused = Watched::start(node, &clock.environment());
        assert_eq!(refused.code(), 14, "{offset} s: {}", node.log());
        let said = node.log().split_off(before);
        assert!(
            said.contains(told) && said.contains("chronyc"),
            "{offset} s: {said}"
        );
    }
}
