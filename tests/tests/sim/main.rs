//! Simulation: the real application in many instances, without CometBFT, a network or a clock (docs/testing.md).
//!
//! `SIM_SEEDS` and `SIM_FROM` choose the seeds, `SIM_SEED` one alone; `make sim` sets them.

mod comet;
mod disk;
mod evil;
mod instance;
mod joining;
mod mutants;
mod oracle;
mod reference;
mod run;
mod serving;
mod setups;
mod stream;
mod violated;
mod wishes;
mod world;

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{env, thread};

use run::{Failure, Seen, play};

/// Seeds that `cargo test` plays.
const SEEDS: u64 = 300;
/// Blocks of a seed.
const BLOCKS: u64 = 24;
/// Seeds between two lines of progress of a long run.
const REPORT_EVERY: u64 = 500;

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok().filter(|text| !text.is_empty())?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} must be a number, is {text:?}")))
}

#[test]
fn all_instances_of_every_seed_agree() {
    let (from, seeds) = match number("SIM_SEED") {
        Some(seed) => (seed, 1),
        None => (
            number("SIM_FROM").unwrap_or(0),
            number("SIM_SEEDS").unwrap_or(SEEDS),
        ),
    };
    let (next, stop) = (AtomicU64::new(from), AtomicBool::new(false));
    let seen = Mutex::new((Seen::default(), None::<Failure>));
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds {
                return;
            }
            let played = play(seed, BLOCKS, None);
            let mut seen = seen.lock().expect("nobody panics here");
            match played {
                Ok(one) => seen.0.add(&one),
                Err(failure) => {
                    stop.store(true, Ordering::Relaxed);
                    seen.1.get_or_insert(failure);
                }
            }
            let done = seed + 1 - from;
            if seeds > SEEDS && done.is_multiple_of(REPORT_EVERY) {
                let mut out = std::io::stderr();
                let _ = writeln!(out, "{done} of {seeds} seeds agree: {:?}", seen.0);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let (seen, failure) = seen.into_inner().expect("nobody panicked");
    if let Some(failure) = failure {
        panic!("{}", shortest(failure));
    }
    println!("{seeds} seeds from {from}: {seen:?}");
    if seeds >= SEEDS {
        not_idle(&seen);
    }
}

/// The same seed cut off as early as it still fails.
fn shortest(failure: Failure) -> String {
    let mut shortest = failure;
    for blocks in 1..shortest.height {
        if let Err(shorter) = play(shortest.seed, blocks, None) {
            shortest = shorter;
            break;
        }
    }
    shortest.to_string()
}

/// A simulation in which nothing happens proves nothing.
fn not_idle(seen: &Seen) {
    let kinds = seen.kinds.count_ones();
    assert!(
        kinds >= 42,
        "only {kinds} kinds of action were ever applied: {seen:?}"
    );
    for (what, count) in [
        ("applied", seen.applied),
        ("denied", seen.denied),
        ("inadmissible", seen.inadmissible),
        ("IMVUs that began to run", seen.started),
        ("IMVUs that ended", seen.stopped),
        ("hours of usage sealed", seen.hours),
        ("drifts told", seen.drifts),
        ("implausible readings", seen.implausible),
        ("entries of account books", seen.entries),
        ("statements made", seen.statements),
        ("periods closed", seen.closed),
        ("steps of debts", seen.debts),
        ("containments that began or ended", seen.contained),
        ("books that differ", seen.differing),
        ("validators removed", seen.removed),
        ("proposals rejected", seen.rejected),
        ("crashes", seen.counts.crashes),
        ("torn writes", seen.counts.torn),
        ("lost writes", seen.counts.lost),
        ("flipped bits", seen.counts.flips),
        ("flipped bits refused", seen.counts.flips_refused),
        ("calls stopped by flipped bits", seen.counts.flips_stopped),
        ("answers beside a flipped bit", seen.counts.served),
        ("questions not answered because of one", seen.counts.silent),
        ("snapshots restored", seen.counts.joined),
        ("snapshots refused", seen.counts.refused),
        ("blocks replayed", seen.counts.replayed),
    ] {
        assert!(count > 100, "{what}: only {count}, {seen:?}");
    }
    // It takes a vote of the seats before anybody looks for a name.
    for (what, count, least) in [
        ("external names bound", seen.bound, 30),
        ("external names called in question", seen.questioned, 8),
        ("external names lost", seen.lost_names, 3),
    ] {
        assert!(count > least, "{what}: only {count}, {seen:?}");
    }
}

#[test]
fn a_seed_plays_the_same_twice() {
    let [one, two] = [(); 2].map(|()| format!("{:?}", play(11, BLOCKS, None)));
    assert_eq!(one, two);
}
