//! Non-retaliation: while a creator leaves, what it authored stays as it left it.

use super::super::council::refusal;
use super::super::mailing::*;
use super::super::naming::{claim_external, delegate, own_servers};
use super::*;
use crate::law::exit::protection;
use crate::law::exit::{baseline, of};
use nexus_types::approval::Change;
use nexus_types::domain::Delegation;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::state::Imvu;
use nexus_types::{Code, Reason};

fn raise() -> QuotaChange {
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::CpuMillis, 5_000);
    change
}

fn change_quota() -> Action {
    Action::ChangeQuota {
        imvu: imvu(ID),
        change: raise(),
    }
}

/// Others than its own servers.
fn other_servers() -> Delegation {
    Delegation {
        ttl: own_servers().ttl + 1,
        ..own_servers()
    }
}

fn stands(world: &World) -> Hash {
    let record: Imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
    baseline::of(&world.memory, &record).hash()
}

#[test]
fn not_even_a_raise_is_the_platforms_alone() {
    let mut world = leaving();
    let officers = world.officers[..3].to_vec();
    let before = world.submit(&officers, change_quota());
    assert_eq!(
        before.code,
        Code::Applied,
        "a raise is the platform's as long as nobody leaves"
    );
    world.must_as_alice(announce());
    let mut more = QuotaChange::EMPTY;
    more.set(QuotaField::CpuMillis, 6_000);
    let more = Action::ChangeQuota {
        imvu: imvu(ID),
        change: more,
    };
    let refused = world.submit(&officers, more);
    assert_eq!(refusal(&refused), (2013, Some(Reason::ExitProtected)));
    assert_eq!(stands(&world), world.exit().baseline);
}

#[test]
fn with_the_creators_approval_it_is_the_creators_change() {
    let mut world = leaving();
    world.must_as_alice(announce());
    let (before, alice) = (world.exit(), world.alice.clone());
    let approval = world.approve(&alice, ID, Change::Quota(raise()));
    let officers = world.officers[..3].to_vec();
    let applied = world.submit_with(&officers, change_quota(), vec![approval]);
    assert_eq!(applied.code, Code::Applied, "{}", applied.log);
    let after = world.exit();
    assert_ne!(after.baseline, before.baseline);
    assert_eq!((after.changes, after.last_deviation), (1, None));
    assert_eq!(after.set_at, world.now.height - 1);
}

#[test]
fn the_creators_own_changes_move_the_baseline_and_nothing_else_does() {
    let mut world = leaving();
    world.must_as_alice(announce());
    let own = [
        change_quota(),
        Action::SetRecords {
            zone: text("alice.demo.example"),
            owner: text("www.alice.demo.example"),
            rrset: address(9),
        },
        change_mail(exchange("mx.elsewhere.test")),
        Action::ClaimDomain {
            name: text("new.demo.example"),
            imvu: imvu(ID),
        },
        delegate("new.demo.example", Some(own_servers())),
        delegate("new.demo.example", Some(other_servers())),
        Action::ReleaseDomain {
            name: text("new.demo.example"),
        },
    ];
    for (number, action) in own.into_iter().enumerate() {
        let before = world.exit().baseline;
        world.must_as_alice(action);
        let exit = world.exit();
        assert_ne!(exit.baseline, before);
        assert_eq!(exit.baseline, stands(&world));
        assert_eq!(exit.changes, number as u64 + 1);
    }
    let describe = Action::DescribeImvu {
        imvu: imvu(ID),
        description: nexus_types::Text::default(),
    };
    world.must_as_alice(describe);
    assert_eq!(world.exit().changes, 7);
}

#[test]
fn a_consent_given_before_still_holds() {
    let mut world = leaving();
    world.must_as_alice(consent_to_rollover(true));
    world.must_as_alice(announce());
    world.must(&postman("host-1"), register_dkim("nx1", dkim(80)));
    let exit = world.exit();
    assert_eq!((exit.changes, exit.last_deviation), (1, None));
}

#[test]
fn protection_ends_as_the_law_says() {
    // 90 days from the announcement; 30 from the export and from the end, whichever is last.
    let mut world = leaving();
    world.must_as_alice(announce());
    let announced = world.exit().announced.at.0;
    let until = |world: &World| {
        let until = world.exit().protected_until(&chain_delays(world));
        until.map(|until| until.0)
    };
    assert_eq!(until(&world), Some(announced + 90 * DAY));
    let officers = world.officers[..3].to_vec();
    world.pass(announced + 90 * DAY - 2_000);
    assert_eq!(world.submit(&officers, change_quota()).code.number(), 2013);
    world.pass(announced + 90 * DAY);
    assert_eq!(world.submit(&officers, change_quota()).code, Code::Applied);
    // Not protected any longer, and nobody watches the baseline.
    assert_ne!(stands(&world), world.exit().baseline);

    let mut world = leaving();
    world.exit_until(ExitStage::Exporting);
    let announced = world.exit().announced.at.0;
    world.pass(announced + 80 * DAY);
    let agent = agent_of("host-1", AgentKind::Compute);
    world.must(&agent, packed(1));
    world.must_as_alice(confirm());
    let exported = world.exit().exported.unwrap().at.0;
    assert_eq!(until(&world), Some(exported + 30 * DAY));
    world.must_as_alice(release(true));
    world.pass(exported + 20 * DAY);
    world.must_as_alice(close());
    let closed = world.exit().closed.unwrap().at.0;
    assert_eq!(until(&world), Some(closed + 30 * DAY));
}

/// What the platform did after protection had lapsed is no retaliation, and a later protection begins with it.
#[test]
fn a_step_after_protection_lapsed_begins_it_again_with_what_stands() {
    for step in [confirm(), release(true)] {
        let mut world = leaving();
        world.exit_until(ExitStage::Exporting);
        let agent = agent_of("host-1", AgentKind::Compute);
        world.must(&agent, packed(1));
        let officers = world.officers[..3].to_vec();
        let announced = world.exit().announced.at.0;
        world.pass(announced + 90 * DAY);
        let before = world.exit();
        assert_eq!(world.submit(&officers, change_quota()).code, Code::Applied);
        assert_eq!(world.exit(), before, "nobody watches the baseline");
        world.must_as_alice(step);
        let after = world.exit();
        assert_eq!(after.baseline, stands(&world));
        assert_eq!((after.changes, after.set_at), (1, world.now.height - 1));
        let baseline = after.baseline;
        assert!(
            world
                .exit_history()
                .contains(&ExitEvent::BaselineSet { baseline })
        );
    }
}

#[test]
fn nothing_lapses_between_a_release_and_the_end() {
    let mut world = leaving();
    world.must_as_alice(announce());
    let announced = world.exit().announced.at.0;
    world.pass(announced + 89 * DAY);
    world.must_as_alice(release(true));
    let released = world.exit().released.unwrap().at.0;
    let officers = world.officers[..3].to_vec();
    world.pass(released + 30 * DAY - 2_000);
    assert_eq!(world.exit().stage, ExitStage::Released);
    assert_eq!(world.submit(&officers, change_quota()).code.number(), 2013);
    world.pass(released + 30 * DAY);
    assert_eq!(world.exit().stage, ExitStage::Closed);
    assert_eq!(world.submit(&officers, change_quota()).code.number(), 2013);
}

fn chain_delays(world: &World) -> nexus_types::state::DelayProfile {
    world
        .memory
        .read::<nexus_types::state::ChainRecord>(&state_key::chain())
        .unwrap()
        .delays
}

#[test]
fn a_suspension_is_refused_by_gate_13_once_an_exit_is_announced() {
    let mut world = leaving();
    let officers = world.officers[..3].to_vec();
    let suspend = || Action::PlatformSuspend {
        imvu: imvu(ID),
        reason: nexus_types::action::SuspendReason::Unstated,
    };
    assert_eq!(world.submit(&officers, suspend()).code.number(), 2015);
    world.must_as_alice(announce());
    assert_eq!(world.submit(&officers, suspend()).code.number(), 2013);
    world.must_as_alice(cancel());
    assert_eq!(world.submit(&officers, suspend()).code.number(), 2015);
}

/// The gates refuse first; this is what is behind them: an effect is looked at, whatever its door.
#[test]
fn a_change_that_a_gate_would_let_through_is_refused_by_its_effect() {
    use crate::case::Case;
    use crate::view::Writes;
    let mut world = leaving();
    world.must_as_alice(announce());
    let officer = world.officers[0].clone();
    let body = world.body(&officer, change_quota());
    let tx = world.seal(&officer, &[], body);
    let case = Case::gather(&world.memory, &tx, Hash([1; 32]), world.now, 0);
    let mut writes = Writes::new();
    let mut record: Imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
    record.description = nexus_types::Text::new("not in the baseline").unwrap();
    crate::view::write(&mut writes, state_key::imvu(&imvu(ID)), &record);
    assert_eq!(protection::settle(&case, &mut writes), Ok(Vec::new()));
    record.quota.cpu_millis += 1;
    crate::view::write(&mut writes, state_key::imvu(&imvu(ID)), &record);
    assert_eq!(
        protection::settle(&case, &mut writes),
        Err(Reason::ExitProtected)
    );
    assert_eq!(of(&world.memory, &imvu(ID)), Some(world.exit()));
}

/// What nobody on this network decides is not denied: it is on record, and stops nothing.
#[test]
fn a_name_whose_proof_fails_while_its_creator_leaves_is_a_deviation() {
    const EXTERNAL: &str = "imvu042.world";
    let mut world = leaving();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let observers = world.prove(&alice, ID, EXTERNAL);
    world.must_as_alice(announce());
    let before = world.exit();
    world.must(&bob, claim_external("IMVU-B", EXTERNAL));
    world.all_observe(&observers[..2], "IMVU-B", EXTERNAL, true);
    assert_eq!(world.exit().last_deviation, None);
    let until = world.external(EXTERNAL).unwrap().due.0;
    world.pass(until);
    world.later(DAY);
    assert_eq!(world.holder(EXTERNAL), Some(imvu("IMVU-B")));
    let after = world.exit();
    let deviation = after.last_deviation.expect("the name was lost");
    assert_eq!(deviation.audit, None);
    assert_eq!((after.set_at, after.changes), (before.set_at, 0));
    assert_eq!(after.baseline, stands(&world));
    let told = world.exit_history();
    assert!(told.iter().any(|one| one.name() == "deviated"));
    world.must_as_alice(release(true));
    world.must_as_alice(close());
}
