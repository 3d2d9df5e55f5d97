//! The way out, step by step.

use super::super::consents::without_room;
use super::super::council::refusal;
use super::*;
use crate::TxOutcome;
use nexus_types::host::{AckOutcome, Placement};
use nexus_types::snapshot::LossReason;
use nexus_types::state::{Domain, Imvu, ImvuNames, ImvuStatus};
use nexus_types::{Code, Reason, Time};

fn as_alice(world: &mut World, action: Action) -> TxOutcome {
    let alice = world.alice.clone();
    world.submit(&[alice], action)
}

fn record(world: &World) -> Imvu {
    world.memory.read(&state_key::imvu(&imvu(ID))).unwrap()
}

fn agent() -> Person {
    agent_of("host-1", AgentKind::Compute)
}

#[test]
fn a_creator_leaves_with_everything() {
    let mut world = leaving();
    let alice = world.alice.clone();
    let mail = super::super::mailing::grant_address("ann", alice.id);
    world.must(&alice, Action::GrantAddress(mail));
    world.exit_until(ExitStage::Closed);
    world.block(&[]);
    assert_eq!(record(&world).status, ImvuStatus::Draft);
    assert_eq!(record(&world).domains, 0);
    assert!(
        world
            .memory
            .read::<Placement>(&state_key::placement(&imvu(ID)))
            .is_none()
    );
    assert!(
        world
            .memory
            .read::<ImvuNames>(&state_key::imvu_names(&imvu(ID)))
            .is_none()
    );
    let name = world.name("alice.demo.example");
    let freed: Domain = world.memory.read(&state_key::domain(&name)).unwrap();
    assert!(freed.is_locked(world.now.time));
    assert_eq!(world.book().addresses, 0);
    let names: Vec<_> = world.exit_history().iter().map(ExitEvent::name).collect();
    assert_eq!(
        names,
        [
            "announced",
            "committed",
            "archived",
            "exported",
            "released",
            "closed",
            "baselineSet"
        ]
    );
    let exit = world.exit();
    assert_eq!(exit.last_deviation, None);
    assert_eq!(exit.archive.unwrap().digest, ARCHIVE);
}

#[test]
fn every_name_is_freed_one_after_the_other() {
    let mut world = leaving();
    for name in ["a.demo.example", "b.demo.example", "c.b.demo.example"] {
        world.must_as_alice(Action::ClaimDomain {
            name: text(name),
            imvu: imvu(ID),
        });
    }
    world.exit_until(ExitStage::Closed);
    let left = |world: &World| record(world).domains;
    assert_eq!(left(&world), 4);
    for expected in [3, 2, 1, 0, 0] {
        world.block(&[]);
        assert_eq!(left(&world), expected);
    }
}

#[test]
fn an_exit_closes_by_itself_some_time_after_its_release() {
    let mut world = leaving();
    world.exit_until(ExitStage::Released);
    let released = world.exit().released.unwrap().at;
    world.pass(released.0 + 30 * DAY - 2_000);
    assert_eq!(world.exit().stage, ExitStage::Released);
    world.pass(released.0 + 30 * DAY);
    assert_eq!(world.exit().stage, ExitStage::Closed);
    assert_eq!(
        refusal(&as_alice(&mut world, close())),
        (2103, Some(Reason::WrongState))
    );
}

/// A step, and the stages in which it is taken.
type Stages = (fn(u64) -> Action, &'static [ExitStage]);

#[test]
fn each_step_has_its_stage() {
    use ExitStage as S;
    let number = 1;
    let steps: [Stages; 6] = [
        (|_| cancel(), &[S::Announced, S::Exporting, S::Exported]),
        (packed, &[S::Exporting]),
        (
            |_| release(true),
            &[S::Announced, S::Exporting, S::Exported],
        ),
        (|_| close(), &[S::Released]),
        (|_| announce(), &[]),
        (|_| confirm(), &[]),
    ];
    for stage in S::ALL {
        for (step, stages) in &steps {
            let mut world = leaving();
            world.exit_until(stage);
            let action = step(number);
            let by = match &action {
                Action::RecordArchive(_) => agent(),
                _ => world.alice.clone(),
            };
            let name = action.kind().name();
            let outcome = world.submit(&[by], action);
            let applies = outcome.code == Code::Applied;
            assert_eq!(
                applies,
                stages.contains(&stage),
                "{name} in {stage}: {}",
                outcome.log
            );
        }
    }
}

#[test]
fn an_inventory_comes_before_the_archive_and_the_archive_never_changes() {
    let mut world = leaving();
    world.must_as_alice(announce());
    assert_eq!(
        refusal(&world.submit(&[agent()], packed(1))),
        (2103, Some(Reason::NoInventory))
    );
    assert_eq!(
        refusal(&as_alice(&mut world, confirm())),
        (2103, Some(Reason::NotExported))
    );
    let inventory = world.inventory();
    world.must(&agent(), inventory);
    // A host that begins again says so first.
    let again = world.inventory();
    world.must(&agent(), again);
    assert_eq!(
        refusal(&as_alice(&mut world, confirm())),
        (2103, Some(Reason::NotExported))
    );
    world.must(&agent(), packed(1));
    assert_eq!(
        refusal(&world.submit(&[agent()], packed(1))),
        (2012, Some(Reason::ArchiveRecorded))
    );
    let late = world.inventory();
    assert_eq!(
        refusal(&world.submit(&[agent()], late)),
        (2012, Some(Reason::ArchiveRecorded))
    );
    let other = Action::ConfirmExport(ConfirmExport {
        imvu: imvu(ID),
        digest: Hash([1; 32]),
    });
    assert_eq!(
        refusal(&as_alice(&mut world, other)),
        (2103, Some(Reason::ArchiveOther))
    );
    world.must_as_alice(confirm());
    assert_eq!(
        refusal(&world.submit(&[agent()], packed(2))),
        (2101, Some(Reason::NoExit))
    );
}

/// An honest inventory of now, with a change.
fn altered(world: &World, change: fn(&mut u64, &mut Vec<InventoryPart>)) -> Action {
    let Action::CommitInventory(mut it) = world.inventory() else {
        unreachable!("an inventory");
    };
    let mut parts = it.inventory.parts.as_slice().to_vec();
    change(&mut it.inventory.at, &mut parts);
    it.inventory.parts = List::new(parts).unwrap();
    Action::CommitInventory(it)
}

#[test]
fn an_inventory_is_of_every_collection_as_it_stands() {
    let mut world = leaving();
    world.must_as_alice(announce());
    let wrong: [fn(&mut u64, &mut Vec<InventoryPart>); 7] = [
        |at, _| *at = 0,
        |at, _| *at += 1,
        |_, parts| {
            parts.pop();
        },
        |_, parts| parts.swap(0, 1),
        |_, parts| parts.push(parts[0]),
        |_, parts| parts[0].items += 1,
        |_, parts| parts[0].root = Hash([3; 32]),
    ];
    for change in wrong {
        let lie = altered(&world, change);
        let refused = world.submit(&[agent()], lie);
        assert_eq!(refusal(&refused), (2103, Some(Reason::InventoryWrong)));
    }
    // What came since is in no inventory yet: fewer entries, whose root is theirs.
    let earlier = altered(&world, |_, parts| {
        parts[0].items -= 1;
        parts[0].root = Hash([4; 32]);
    });
    world.must(&agent(), earlier);
}

#[test]
fn only_the_compute_agent_of_a_host_it_is_or_was_on_packs() {
    let mut world = leaving();
    world.add_host("host-2", "EU-GDPR");
    world.must_as_alice(announce());
    let operator = world.operator_of("host-1");
    for (who, reason) in [
        (
            agent_of("host-2", AgentKind::Compute),
            Reason::OtherHostsAgent,
        ),
        (agent_of("host-1", AgentKind::Mail), Reason::OtherHostsAgent),
        (operator, Reason::NotAgent),
        (world.alice.clone(), Reason::NotAgent),
    ] {
        for action in [world.inventory(), packed(1)] {
            let refused = world.submit(std::slice::from_ref(&who), action);
            assert_eq!(refusal(&refused), (2001, Some(reason)));
        }
    }
}

#[test]
fn what_a_dead_host_cannot_make_is_a_loss_and_not_waited_for() {
    let mut world = leaving();
    world.must_as_alice(announce());
    assert_eq!(
        refusal(&as_alice(&mut world, release(false))),
        (2012, Some(Reason::SnapshotMissing))
    );
    world.must_as_alice(release(true));
    assert_eq!(
        world.exits_snapshot_status(),
        SnapshotStatus::Lost(LossReason::Gone)
    );
    assert_eq!(record(&world).status, ImvuStatus::Draft);
    world.must_as_alice(close());
}

#[test]
fn a_release_without_loss_needs_the_snapshot_and_the_archive() {
    let mut world = leaving();
    world.must_as_alice(announce());
    world.exit_snapshot("host-1");
    assert_eq!(
        refusal(&as_alice(&mut world, release(false))),
        (2012, Some(Reason::NotExported))
    );
    let inventory = world.inventory();
    world.must(&agent(), inventory);
    world.must(&agent(), packed(1));
    world.must_as_alice(confirm());
    world.must_as_alice(release(false));
    // Its host has not said yet that it stopped.
    assert_eq!(record(&world).status, ImvuStatus::Stopping);
    let stopped = world.acknowledge("host-1", AgentKind::Compute, ID, AckOutcome::Stopped);
    assert_eq!(stopped.code, Code::Applied);
    assert_eq!(record(&world).status, ImvuStatus::Draft);
}

#[test]
fn what_runs_nowhere_leaves_without_a_host() {
    let mut world = World::new();
    world.must_as_alice(announce());
    let exit = world.exit();
    assert_eq!((exit.host, exit.snapshot), (None, None));
    world.must_as_alice(confirm());
    world.must_as_alice(release(false));
    world.must_as_alice(close());
}

#[test]
fn what_is_being_moved_stays_where_it_is_when_its_creator_lets_go() {
    let mut world = leaving();
    world.add_host("host-2", "EU-GDPR");
    world.must_as_alice(announce());
    world.must_as_alice(Action::MoveImvu {
        imvu: imvu(ID),
        host: None,
        accept_loss: true,
    });
    world.must_as_alice(Action::StopImvu {
        imvu: imvu(ID),
        accept_loss: false,
    });
    world.must_as_alice(release(true));
    assert!(
        world
            .memory
            .read::<Placement>(&state_key::placement(&imvu(ID)))
            .is_none()
    );
}

#[test]
fn nothing_begins_in_what_was_let_go() {
    let mut world = leaving();
    world.exit_until(ExitStage::Released);
    let alice = world.alice.clone();
    let begin = [
        Action::ActivateImvu {
            imvu: imvu(ID),
            host: None,
        },
        Action::ClaimDomain {
            name: text("new.demo.example"),
            imvu: imvu(ID),
        },
        Action::GrantAddress(super::super::mailing::grant_address("new", alice.id)),
        super::super::snapshots::request(),
    ];
    for action in begin {
        let refused = as_alice(&mut world, action);
        assert_eq!(
            refusal(&refused),
            (2103, Some(Reason::ExitReleased)),
            "{}",
            refused.log
        );
    }
}

#[test]
fn a_creator_that_stays_can_leave_again_half_a_year_later() {
    let mut world = leaving();
    world.exit_until(ExitStage::Cancelled);
    let announced = world.exit().announced.at;
    world.pass(announced.0 + 180 * DAY - 2_000);
    assert_eq!(
        refusal(&as_alice(&mut world, announce())),
        (2103, Some(Reason::ExitTooSoon))
    );
    world.pass(announced.0 + 180 * DAY);
    world.must_as_alice(announce());
    assert_eq!(world.exit().number, 2);
    assert_eq!(world.exit().overdue, None);
}

#[test]
fn steps_are_not_refused_for_lack_of_room() {
    assert_eq!(without_room(&leaving(), announce()), Code::Applied);
}

#[test]
fn a_snapshot_of_an_exit_is_not_that_of_the_day() {
    let mut world = leaving();
    world.must_as_alice(super::super::snapshots::request());
    world.must_as_alice(announce());
    assert_eq!(world.exit().snapshot, Some(2));
    assert_eq!(
        as_alice(&mut world, super::super::snapshots::request()).code,
        Code::LimitReached
    );
}

#[test]
fn a_frozen_creator_announces_but_lets_go_of_nothing() {
    let mut world = leaving();
    super::super::guardians::guard(&mut world);
    world.must_as_alice(announce());
    let freeze = super::super::guardians::freeze(&world);
    let frozen = world.submit(&super::super::guardians::friends()[..2], freeze);
    assert_eq!(frozen.code, Code::Applied);
    assert_eq!(
        refusal(&as_alice(&mut world, release(true))),
        (2001, Some(Reason::IdentityFrozen))
    );
    world.must_as_alice(cancel());
    assert_eq!(
        world.exit().cancelled.map(|it| it.at),
        Some(Time(world.now.time.0 - 1_000))
    );
}
