//! A host that holds a creator up: evidence, and the platform's share waits.

use super::super::council::refusal;
use super::super::market::*;
use super::*;
use nexus_types::exit::Overdue;
use nexus_types::money::AccountId;
use nexus_types::record::Notice;
use nexus_types::{ActionKind, Code, Reason};

fn escrow(world: &World) -> u128 {
    world.grains(&AccountId::ExitEscrow(imvu(ID)))
}

fn income(world: &World) -> u128 {
    world.grains(&AccountId::PlatformIncome)
}

/// An exit that was announced three days ago, of an IMVU that sells.
fn overdue() -> World {
    let mut world = leaving();
    world.add_processor();
    world.must_as_alice(announce());
    let due = world.exit().announced.at.0 + 3 * DAY;
    world.pass(due - 3_000);
    assert_eq!(world.exit().overdue, None);
    world.pay(sale("s-0", 1_000));
    assert_eq!((escrow(&world), income(&world)), (0, 9_000));
    world.pass(due);
    assert!(world.exit().is_held_back());
    world.pay(sale("s-1", 1_000));
    assert_eq!((escrow(&world), income(&world)), (9_000, 9_000));
    world
}

fn ended(world: &World) -> bool {
    matches!(world.exit().overdue, Some(Overdue { until: Some(_), .. }))
        && (escrow(world), income(world)) == (0, 18_000)
}

#[test]
fn three_days_without_an_export_are_on_record_and_the_creator_is_told() {
    let world = overdue();
    assert_eq!(world.exit_history().last(), Some(&ExitEvent::Overdue));
    let log = LogId::Collection(CollectionKind::Notices, Some(imvu(ID)));
    let notices = world.memory.logs.get(&log).into_iter().flatten();
    let notices: Vec<Notice> = notices.map(|record| decode(record).unwrap()).collect();
    let told = notices
        .iter()
        .find(|notice| notice.action == ActionKind::AnnounceExit);
    assert_eq!(told.map(|notice| notice.audit), Some(world.exit().audit));
}

#[test]
fn what_waited_is_the_platforms_once_the_creator_has_its_archive() {
    let mut world = overdue();
    let agent = agent_of("host-1", AgentKind::Compute);
    let inventory = world.inventory();
    world.must(&agent, inventory);
    world.must(&agent, packed(1));
    assert!(world.exit().is_held_back());
    world.must_as_alice(confirm());
    assert!(ended(&world));
    // What is earned from now on does not wait.
    world.pay(sale("s-2", 1_000));
    assert_eq!((escrow(&world), income(&world)), (0, 27_000));
}

#[test]
fn what_waited_is_the_platforms_once_the_creator_lets_go_or_stays() {
    for step in [release(true), cancel()] {
        let mut world = overdue();
        world.must_as_alice(step);
        assert!(ended(&world));
    }
}

#[test]
fn two_thirds_of_the_seats_may_find_that_the_creator_holds_it_up() {
    let mut world = overdue();
    let seats = world.seats();
    let refused = world.submit(&seats[..2], obstruction());
    assert_eq!(refused.code.number(), 2001);
    let found = world.submit(&seats, obstruction());
    assert_eq!(found.code, Code::Applied, "{}", found.log);
    assert!(ended(&world));
    assert_eq!(world.exit().obstruction, Some(Hash([0xee; 32])));
    // The exit itself goes on.
    world.must_as_alice(release(true));
    world.must_as_alice(close());
}

#[test]
fn nobody_finds_anything_of_an_exit_that_is_in_time() {
    let mut world = leaving();
    let seats = world.seats();
    assert_eq!(
        refusal(&world.submit(&seats, obstruction())),
        (2101, Some(Reason::NoExit))
    );
    world.must_as_alice(announce());
    assert_eq!(
        refusal(&world.submit(&seats, obstruction())),
        (2103, Some(Reason::ExitNotOverdue))
    );
}

#[test]
fn an_exit_in_time_is_never_overdue() {
    for stage in [
        ExitStage::Exported,
        ExitStage::Released,
        ExitStage::Closed,
        ExitStage::Cancelled,
    ] {
        let mut world = leaving();
        world.exit_until(stage);
        let due = world.exit().announced.at.0 + 3 * DAY;
        world.pass(due + 1);
        assert_eq!(world.exit().overdue, None, "{stage}");
    }
}
