//! Snapshots (law §3 gate 12): one a day can't be refused, what is recorded never changes, and what moves has one behind it.

use super::consents::without_room;
use super::council::refusal;
use super::hosting::*;
use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::block::Event;
use nexus_types::host::{AckOutcome, AgentKind, Assignment, Item, Spec};
use nexus_types::limits::SNAPSHOT_DUE_MS;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::record::Notice;
use nexus_types::report::Ack;
use nexus_types::snapshot::{
    DropSnapshot, LossReason, RecordSnapshot, RequestSnapshot, RestoreSnapshot, RewriteSnapshot,
    Snapshot, SnapshotEntry, SnapshotEvent, SnapshotOutcome, SnapshotStatus, Snapshots, Taken,
};
use nexus_types::{ActionKind, Code, Gate, Hash, List, Reason, Time, decode, state_key};

const DIGEST: Hash = Hash([0xd1; 32]);

pub(super) fn request() -> Action {
    Action::RequestSnapshot(RequestSnapshot { imvu: imvu(ID) })
}

/// What an honest agent records now.
pub(super) fn taken(world: &World, number: u64) -> Action {
    recorded(
        number,
        SnapshotOutcome::Taken(Taken {
            digest: DIGEST,
            bytes: 1 << 20,
            taken_at: world.now.time,
        }),
    )
}

fn recorded(number: u64, outcome: SnapshotOutcome) -> Action {
    Action::RecordSnapshot(RecordSnapshot {
        imvu: imvu(ID),
        number,
        outcome,
    })
}

pub(super) fn rewrite(number: u64) -> Action {
    Action::RewriteSnapshot(RewriteSnapshot {
        imvu: imvu(ID),
        number,
        digest: Hash([0xd2; 32]),
    })
}

pub(super) fn drop_it(number: u64) -> Action {
    Action::DropSnapshot(DropSnapshot {
        imvu: imvu(ID),
        number,
    })
}

pub(super) fn restore(of: &str, number: u64) -> Action {
    Action::RestoreSnapshot(RestoreSnapshot {
        imvu: imvu(ID),
        of: imvu(of),
        number,
    })
}

fn move_to(id: &str, accept_loss: bool) -> Action {
    Action::MoveImvu {
        imvu: imvu(ID),
        host: Some(host(id)),
        accept_loss,
    }
}

impl World {
    /// A snapshot of IMVU-042, asked for and taken; its number.
    pub(super) fn snapshot(&mut self, id: &str) -> u64 {
        self.must_as_alice(request());
        let number = self.snapshots().last;
        let record = taken(self, number);
        self.must(&agent_of(id, AgentKind::Compute), record);
        number
    }

    fn snapshots(&self) -> Snapshots {
        let key = state_key::snapshots(&imvu(ID));
        self.memory.read(&key).unwrap_or_default()
    }

    fn one(&self, number: u64) -> Snapshot {
        let key = state_key::snapshot(&imvu(ID), number);
        self.memory.read(&key).unwrap()
    }

    fn told(&self, id: &str, item: &Item) -> Assignment {
        let key = state_key::assignment(&host(id), AgentKind::Compute, item);
        self.memory.read(&key).unwrap()
    }

    fn status_of(&self, number: u64) -> &'static str {
        self.one(number).status.name()
    }

    fn as_alice(&mut self, action: Action) -> TxOutcome {
        let alice = self.alice.clone();
        self.submit(&[alice], action)
    }

    fn history(&self) -> Vec<SnapshotEvent> {
        let log = LogId::Collection(CollectionKind::Snapshots, Some(imvu(ID)));
        let records = self.memory.logs.get(&log).into_iter().flatten();
        records
            .map(|record| decode::<SnapshotEntry>(record).unwrap().event)
            .collect()
    }
}

fn agent() -> Person {
    agent_of("host-1", AgentKind::Compute)
}

fn number_one() -> Item {
    Item::Snapshot(imvu(ID), 1)
}

fn reason(outcome: &TxOutcome) -> Option<Reason> {
    outcome.verdict.as_ref().unwrap().reason()
}

#[test]
fn a_snapshot_is_asked_for_assigned_taken_and_kept() {
    let mut world = running();
    world.must_as_alice(request());
    let asked = world.told("host-1", &number_one());
    assert!(matches!(&asked.spec, Spec::Snapshot(spec) if spec.digest.is_none()));
    assert_eq!(world.status_of(1), "requested");
    let record = taken(&world, 1);
    world.must(&agent(), record);
    let kept = world.told("host-1", &number_one());
    assert!(matches!(&kept.spec, Spec::Snapshot(spec) if spec.digest == Some(DIGEST)));
    assert_eq!(kept.generation, asked.generation + 1);
    assert_eq!(world.snapshots().newest, Some(1));
    assert!(matches!(
        world.history()[..],
        [SnapshotEvent::Requested { .. }, SnapshotEvent::Taken(_)]
    ));
}

#[test]
fn one_a_day_cannot_be_refused_and_the_next_day_has_its_own() {
    let mut world = running();
    world.must_as_alice(request());
    assert_eq!(world.as_alice(request()).code, Code::LimitReached);
    // The day is that of the block time, from its first instant.
    world.wait_until(START + DAY - 2_000);
    assert_eq!(world.as_alice(request()).code, Code::LimitReached);
    assert_eq!(world.now.time, Time(START + DAY));
    world.must_as_alice(request());
    assert_eq!(world.snapshots().last, 2);
}

#[test]
fn a_request_is_not_refused_for_lack_of_room() {
    assert_eq!(without_room(&running(), request()), Code::Applied);
}

#[test]
fn what_runs_nowhere_has_no_snapshot() {
    let nowhere = (2103, Some(Reason::RunsNowhere));
    let mut world = World::new();
    assert_eq!(refusal(&world.as_alice(request())), nowhere);
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let stop = Action::StopImvu {
        imvu: imvu(ID),
        accept_loss: false,
    };
    world.must_as_alice(stop);
    assert_eq!(refusal(&world.as_alice(request())), nowhere);
}

#[test]
fn what_is_recorded_never_changes() {
    let mut world = running();
    world.snapshot("host-1");
    let before = world.one(1);
    let again = taken(&world, 1);
    let twice = world.submit(&[agent()], again);
    assert_eq!(twice.code.number(), 2012);
    assert_eq!(reason(&twice), Some(Reason::SnapshotRecorded));
    let officers = world.officers[..3].to_vec();
    let alice = vec![world.alice.clone()];
    for signers in [vec![agent()], alice, officers] {
        assert_eq!(world.submit(&signers, rewrite(1)).code.number(), 2012);
    }
    assert_eq!(world.one(1), before);
    // A loss is as final.
    world.wait_until(START + DAY);
    world.must_as_alice(request());
    let lost = recorded(2, SnapshotOutcome::Lost(LossReason::Unreadable));
    world.must(&agent(), lost.clone());
    assert_eq!(world.submit(&[agent()], lost).code.number(), 2012);
    let after_all = taken(&world, 2);
    assert_eq!(world.submit(&[agent()], after_all).code.number(), 2012);
    assert_eq!(
        world.told("host-1", &Item::Snapshot(imvu(ID), 2)).spec,
        Spec::Absent
    );
}

#[test]
fn only_the_agent_that_was_asked_records() {
    let mut world = running();
    world.add_host("host-2", "EU-GDPR");
    world.must_as_alice(request());
    let record = taken(&world, 1);
    for other in [
        agent_of("host-2", AgentKind::Compute),
        agent_of("host-1", AgentKind::Network),
    ] {
        let refused = world.submit(&[other], record.clone());
        assert_eq!(refused.code.number(), 2001);
        assert_eq!(reason(&refused), Some(Reason::OtherHostsAgent));
    }
    assert_eq!(reason(&world.as_alice(record)), Some(Reason::NotAgent));
    let unknown = taken(&world, 2);
    assert_eq!(world.submit(&[agent()], unknown).code, Code::NotFound);
}

#[test]
fn a_snapshot_is_of_the_time_between_its_request_and_its_record() {
    let mut world = running();
    world.must_as_alice(request());
    let asked = world.one(1).time;
    let at = |taken_at: Time| {
        recorded(
            1,
            SnapshotOutcome::Taken(Taken {
                digest: DIGEST,
                bytes: 1,
                taken_at,
            }),
        )
    };
    for wrong in [
        Time(asked.0 - 5_001),
        Time(world.now.time.0 + 60_000),
        Time(u64::MAX),
    ] {
        let refused = world.submit(&[agent()], at(wrong));
        assert_eq!(refused.code, Code::WrongState);
        assert_eq!(reason(&refused), Some(Reason::SnapshotTime));
    }
    world.must(&agent(), at(Time(asked.0 - 5_000)));
}

#[test]
fn a_silent_host_is_called_overdue_once() {
    let mut world = running();
    world.must_as_alice(request());
    let asked = world.one(1);
    world.wait_until(asked.time.0 + SNAPSHOT_DUE_MS + 1_000);
    let overdue = |world: &World| {
        let history = world.history();
        let overdue = history.iter().filter(|it| **it == SnapshotEvent::Overdue);
        overdue.count()
    };
    // The law's clock is behind the block's, which half an hour a block moves: a minute each.
    assert_eq!(overdue(&world), 0);
    for _ in 0..SNAPSHOT_DUE_MS / 60_000 {
        world.now.time = world.now.time.plus_ms(60_000);
        world.block(&[]);
    }
    assert_eq!(overdue(&world), 1);
    let notices = LogId::Collection(CollectionKind::Notices, Some(imvu(ID)));
    let notice: Notice = decode(world.memory.logs[&notices].last().unwrap()).unwrap();
    assert_eq!(
        (notice.action, notice.audit),
        (ActionKind::RequestSnapshot, asked.audit)
    );
    // Its word still counts.
    let record = taken(&world, 1);
    world.must(&agent(), record);
    assert_eq!(world.status_of(1), "taken");
}

#[test]
fn nothing_moves_without_a_fresh_snapshot_or_its_loss_accepted() {
    let mut world = running();
    world.add_host("host-2", "EU-GDPR");
    let bare = world.as_alice(move_to("host-2", false));
    assert_eq!(bare.code.number(), 2012);
    assert_eq!(reason(&bare), Some(Reason::SnapshotMissing));
    // Asked for is not taken, and a loss is none.
    world.must_as_alice(request());
    assert_eq!(world.as_alice(move_to("host-2", false)).code.number(), 2012);
    let lost = recorded(1, SnapshotOutcome::Lost(LossReason::NoVolume));
    world.must(&agent(), lost);
    assert_eq!(world.as_alice(move_to("host-2", false)).code.number(), 2012);
    let mut waived = world.clone();
    waived.must_as_alice(move_to("host-2", true));
    assert_eq!(stay(&waived).host, host("host-2"));
    // Taken: for 24 hours, to the millisecond.
    world.wait_until(START + DAY);
    world.snapshot("host-1");
    let SnapshotStatus::Taken(it) = world.one(2).status else {
        panic!("it is taken");
    };
    world.wait_until(it.taken_at.0 + DAY - 1_000);
    world.now.time = it.taken_at.plus_ms(DAY);
    let mut late = world.clone();
    late.now.time = it.taken_at.plus_ms(DAY + 1);
    assert_eq!(late.as_alice(move_to("host-2", false)).code.number(), 2012);
    world.must_as_alice(move_to("host-2", false));
    world.acknowledge("host-1", AgentKind::Compute, ID, AckOutcome::Stopped);
    assert_eq!(stay(&world).host, host("host-2"));
    // The snapshot is of another placement now.
    let back = world.as_alice(move_to("host-1", false));
    assert_eq!(reason(&back), Some(Reason::SnapshotMissing));
}

#[test]
fn a_snapshot_is_kept_for_thirty_days_and_the_newest_for_ever() {
    let mut world = running();
    world.snapshot("host-1");
    world.pass(START + 2 * DAY);
    world.snapshot("host-1");
    let until = world.one(1).kept_until.unwrap();
    world.pass(until.0 - 1);
    assert_eq!(world.status_of(1), "taken");
    world.pass(until.0);
    assert_eq!(world.status_of(1), "expired");
    assert_eq!(world.told("host-1", &number_one()).spec, Spec::Absent);
    // Far beyond its time, the newest stays; until there is a newer one.
    world.pass(START + 90 * DAY);
    assert_eq!(world.status_of(2), "taken");
    world.snapshot("host-1");
    assert_eq!(
        (world.status_of(2), world.status_of(3)),
        ("expired", "taken")
    );
    assert_eq!(world.snapshots().newest, Some(3));
    // Digest and time are known for ever.
    assert_eq!(world.one(1).status.taken().unwrap().digest, DIGEST);
}

#[test]
fn its_creator_can_have_a_snapshot_dropped_earlier() {
    let mut world = running();
    for day in 1..=3 {
        world.snapshot("host-1");
        world.pass(START + day * DAY);
    }
    assert_eq!(world.as_alice(drop_it(4)).code, Code::NotFound);
    world.must_as_alice(drop_it(2));
    assert_eq!(world.as_alice(drop_it(2)).code, Code::WrongState);
    assert_eq!(world.snapshots().newest, Some(3));
    world.must_as_alice(drop_it(3));
    assert_eq!(world.snapshots().newest, Some(1));
    assert_eq!(
        world.told("host-1", &Item::Snapshot(imvu(ID), 3)).spec,
        Spec::Absent
    );
    world.must_as_alice(drop_it(1));
    assert_eq!(world.snapshots().newest, None);
    world.must_as_alice(request());
    assert_eq!(world.as_alice(drop_it(4)).code, Code::WrongState);
}

#[test]
fn a_volume_is_put_back_to_a_snapshot_of_its_own_alone() {
    let mut world = running();
    world.snapshot("host-1");
    let foreign = world.as_alice(restore("IMVU-B", 1));
    assert_eq!(foreign.code, Code::RefusedBy(Gate::NoCrossLeakage));
    assert_eq!(reason(&foreign), Some(Reason::SnapshotForeign));
    assert_eq!(world.as_alice(restore(ID, 2)).code, Code::NotFound);
    world.must_as_alice(restore(ID, 1));
    let item = Item::Restore(imvu(ID));
    let told = world.told("host-1", &item);
    assert!(matches!(&told.spec, Spec::Restore(spec) if spec.digest == DIGEST));
    let ack = Ack {
        item: item.clone(),
        generation: told.generation,
        outcome: AckOutcome::Applied,
        observed: told.spec.hash(),
    };
    for _ in 0..2 {
        let mut report = world.next_report("host-1", AgentKind::Compute);
        report.acks = List::new(vec![ack.clone()]).unwrap();
        world.must(&agent(), Action::Report(report));
    }
    let restored = world.history().into_iter();
    let restored = restored.filter(|it| matches!(it, SnapshotEvent::Restored { .. }));
    assert_eq!(restored.count(), 1, "what is said again is no news");
    // Wished for again, it is told again.
    world.must_as_alice(restore(ID, 1));
    let again = world.told("host-1", &item);
    assert_eq!(
        (again.generation, again.acknowledged),
        (told.generation + 1, None)
    );
    world.must_as_alice(drop_it(1));
    assert_eq!(world.as_alice(restore(ID, 1)).code, Code::WrongState);
    leave(&mut world);
    assert_eq!(world.told("host-1", &item).spec, Spec::Absent);
}

#[test]
fn a_volume_that_cannot_be_put_back_is_told() {
    let mut world = running();
    world.snapshot("host-1");
    world.must_as_alice(restore(ID, 1));
    let item = Item::Restore(imvu(ID));
    let told = world.told("host-1", &item);
    let mut report = world.next_report("host-1", AgentKind::Compute);
    report.acks = List::new(vec![Ack {
        item,
        generation: told.generation,
        outcome: AckOutcome::NoContent,
        observed: told.spec.hash(),
    }])
    .unwrap();
    let body = world.body(&agent(), Action::Report(report));
    let bytes = nexus_types::encoding::encode(&world.seal(&agent(), &[], body));
    let executed = world.execute(&[bytes]);
    let event = Event::NotAsAssigned {
        imvu: imvu(ID),
        agent: agent().id,
    };
    assert!(executed.events.contains(&event));
}

#[test]
fn a_snapshot_stays_in_its_jurisdiction() {
    let mut world = running();
    world.snapshot("host-1");
    leave(&mut world);
    world.add_host("host-2", "US-CCPA");
    let declare = Action::SetJurisdiction {
        imvu: imvu(ID),
        jurisdiction: tag("US-CCPA"),
    };
    world.must_as_alice(declare);
    world.run("host-2");
    // What was taken under one law is not put back under another.
    let refused = world.as_alice(restore(ID, 1));
    assert_eq!(refused.code, Code::RefusedBy(Gate::Jurisdiction));
    assert_eq!(reason(&refused), Some(Reason::NoHostInJurisdiction));
}
