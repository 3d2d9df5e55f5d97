//! Four validators on machines of their own, and everything that happens to machines and to the network between them:
//! deaths, pauses, cables, splits, slow and lossy links, cut logs, full disks, wrong clocks.
//!
//! `make perturb N=200 SEED=7` runs more of it than the suite does, `make perturb MANIFEST=file.toml` what a file says.

mod apply;
mod clock;

use nexus_tests::lab::{Lab, LabNetwork};
use nexus_tests::load::keep_busy;
use nexus_tests::perturbation::Manifest;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Perturbations in the suite: each kind, and some of them again.
const IN_THE_SUITE: usize = 15;

/// The dice of the suite.
const SEED: u64 = 7;

/// People who keep the network busy meanwhile.
const PEOPLE: usize = 3;

#[test]
fn whatever_happens_to_machines_and_links_the_chain_comes_back_and_loses_nothing() {
    if let Some(reason) = Lab::unavailable() {
        let name = "whatever_happens_to_machines_and_links_the_chain_comes_back_and_loses_nothing";
        let _ = writeln!(std::io::stderr(), "SKIPPED: {name}: {reason}");
        return;
    }
    let manifest = manifest();
    eprintln!("{}", manifest.to_toml());
    let running = &LabNetwork::start(manifest.seed);
    let network = &running.network;
    let people: [_; PEOPLE] = network.people(["one", "two", "three"]);
    let stop = &AtomicBool::new(false);
    let mut came_back = CameBack::default();
    let told: Vec<_> = thread::scope(|scope| {
        // However this ends, the load does as well.
        let stopped = Stopped(stop);
        let busy: Vec<_> = (1..)
            .zip(people)
            .map(|(number, person)| {
                keep_busy(scope, network, person, format!("BUSY-{number}"), stop)
            })
            .collect();
        for (number, perturbation) in (1..).zip(&manifest.perturbation) {
            let back = apply::apply(running, *perturbation);
            eprintln!(
                "{number}/{}: {perturbation}: back after {:.1} s, height {}",
                manifest.perturbation.len(),
                back.after.as_secs_f64(),
                back.height
            );
            back.assert_in_time(*perturbation);
            came_back
                .entry(perturbation.kind())
                .or_default()
                .push(back.after);
        }
        drop(stopped);
        let told = busy.into_iter().map(|one| one.join());
        told.map(|one| one.expect("its acknowledgements")).collect()
    });
    let acknowledged = told.iter().flat_map(|one| &one.acknowledged);
    let last = acknowledged.map(|one| one.height).max();
    let last = last.expect("something was committed");
    network.wait_for_height(last + 2);
    network.assert_one_app_hash(1..=last + 1);
    for one in &told {
        one.assert_nothing_lost(network);
    }
    let committed: usize = told.iter().map(|one| one.acknowledged.len()).sum();
    eprintln!(
        "{} perturbations, {last} heights, {committed} transactions: no divergence, nothing lost; {} frames dropped",
        manifest.perturbation.len(),
        running.lab.dropped()
    );
    show(came_back);
}

/// How long each kind took to come back.
type CameBack = BTreeMap<&'static str, Vec<Duration>>;

fn show(came_back: CameBack) {
    for (kind, mut times) in came_back {
        times.sort_unstable();
        let [least, median, most] =
            [0, times.len() / 2, times.len() - 1].map(|at| times[at].as_secs_f64());
        eprintln!(
            "{kind}: {} times, back after {least:.1} s at least, {median:.1} s as a median, {most:.1} s at most",
            times.len()
        );
    }
}

/// What the environment asks for, or the suite's.
fn manifest() -> Manifest {
    if let Ok(path) = std::env::var("NEXUS_PERTURB_MANIFEST") {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        return Manifest::from_toml(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let number = |name: &str, otherwise: u64| match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|error| panic!("{name}={text}: {error}")),
        Err(_) => otherwise,
    };
    let perturbations = number("NEXUS_PERTURB_N", IN_THE_SUITE as u64);
    let perturbations = usize::try_from(perturbations).expect("a number of perturbations");
    Manifest::new(number("NEXUS_PERTURB_SEED", SEED), perturbations, 4)
}

/// Ends the load when the test does.
struct Stopped<'a>(&'a AtomicBool);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
