//! The supervisor with a stand-in for CometBFT; the real one is under the tests of nexus-tests.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::processes::ProcessId;
use crate::testing::write_program;

/// Far above what a step takes on a busy machine; reached only when the step never comes.
const PATIENCE: Duration = Duration::from_secs(60);

const QUICK: Policy = Policy {
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(2),
    good_run: Duration::from_secs(3_600),
    most_short_runs: 4,
};

#[derive(Debug, PartialEq, Eq)]
enum Event {
    Started(u32),
    Restarting,
    GaveUp(String),
}

struct Tell(Sender<Event>);

impl Observer for Tell {
    fn starting(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn started(&mut self, pid: u32) {
        let _ = self.0.send(Event::Started(pid));
    }

    fn restarting(&mut self) {
        let _ = self.0.send(Event::Restarting);
    }

    fn gave_up(&mut self, reason: String) {
        let _ = self.0.send(Event::GaveUp(reason));
    }
}

/// A supervisor over a shell script, started as the shim would be: subcommand, parent, `--`, command.
fn supervise(folder: &Path, script: &str) -> (Supervisor, Receiver<Event>) {
    let shim = folder.join("shim");
    write_program(&shim, &format!("#!/bin/sh\nshift 3\n{script}\n"));
    let (sender, events) = channel();
    let program = Program {
        name: "CometBFT",
        shim,
        command: vec!["first".into(), "second".into()],
        directory: folder.to_owned(),
    };
    let supervisor = Supervisor::start(program, QUICK, Tell(sender)).expect("started");
    (supervisor, events)
}

fn next(events: &Receiver<Event>) -> Event {
    events.recv_timeout(PATIENCE).expect("an event")
}

fn next_start(events: &Receiver<Event>) -> ProcessId {
    match next(events) {
        Event::Started(pid) => ProcessId::of(pid).expect("it lives"),
        other => panic!("expected a start, got {other:?}"),
    }
}

#[test]
fn pauses_double_and_stay_bounded() {
    let pauses: Vec<_> = (0..8)
        .map(|runs| Policy::NODE.pause_after(runs).as_millis())
        .collect();
    assert_eq!(pauses, [200, 200, 400, 800, 1_600, 3_200, 6_400, 10_000]);
    assert_eq!(
        Policy::NODE.pause_after(u32::MAX),
        Policy::NODE.longest_pause
    );
}

#[test]
fn a_killed_child_is_replaced_by_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let (supervisor, events) = supervise(folder.path(), "exec sleep 1000");
    let first = next_start(&events);
    assert!(first.signal(Signal::KILL));
    assert_eq!(next(&events), Event::Restarting);
    let second = next_start(&events);
    assert_ne!(first, second);
    assert!(!first.is_alive());
    supervisor.stop();
    assert!(!second.is_alive());
    assert!(events.try_recv().is_err(), "stopping is no restart");
}

#[test]
fn an_exit_with_zero_is_a_reason_to_start_again_and_many_are_one_to_give_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let (supervisor, events) = supervise(folder.path(), "echo \"$@\" >> lives; exit 0");
    let mut starts = 0;
    let reason = loop {
        match next(&events) {
            Event::Started(_) => starts += 1,
            Event::Restarting => {}
            Event::GaveUp(reason) => break reason,
        }
    };
    assert_eq!(starts, QUICK.most_short_runs);
    assert!(reason.contains("4 times in a row"), "{reason}");
    assert!(reason.contains("exit status: 0"), "{reason}");
    let lives =
        fs::read_to_string(folder.path().join("lives")).expect("the children ran in the folder");
    assert_eq!(lives, "first second\n".repeat(4));
    supervisor.stop();
}

#[test]
fn a_child_that_cannot_be_started_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = channel();
    let program = Program {
        name: "CometBFT",
        shim: folder.path().join("missing"),
        command: Vec::new(),
        directory: folder.path().to_owned(),
    };
    let supervisor = Supervisor::start(program, QUICK, Tell(sender)).expect("started");
    let reason = loop {
        if let Event::GaveUp(reason) = next(&events) {
            break reason;
        }
    };
    assert!(
        reason.contains("could not be started: No such file"),
        "{reason}"
    );
    supervisor.stop();
}

#[test]
fn stopping_between_two_lives_starts_no_third() {
    let folder = tempfile::tempdir().expect("a folder");
    let (supervisor, events) = supervise(folder.path(), "exec sleep 1000");
    next_start(&events);
    supervisor.stop();
    assert_eq!(events.iter().count(), 0);
}
