//! The last instant at which a rule still lets something be, and the first at which it does; and what a limit counts.

use super::consents::*;
use super::council::*;
use super::exits;
use super::guardians;
use super::hosting::*;
use super::naming::*;
use super::snapshots::*;
use super::world::*;
use nexus_types::action::{Action, SuspendReason};
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::exit::ExitStage;
use nexus_types::governance::GovernanceChange as Change;
use nexus_types::governance::RestrictionScope;
use nexus_types::guardian::Guardianship;
use nexus_types::host::{Agent, AgentKind, Host};
use nexus_types::limits::{
    RESTRICTION_MS, SLOTS_PER_HOST, UPGRADE_NOTICE_BLOCKS_DEVELOPMENT, WINDOW_SLACK_MS,
};
use nexus_types::route::{Address, PathPolicy, Route, RouteChange};
use nexus_types::snapshot::{SnapshotOutcome, Snapshots};
use nexus_types::state::TimedItem;
use nexus_types::state_key::KeyKind;
use nexus_types::{Gate, Hash, List, Reason, state_key};

const APEX: &str = super::mailing::DOMAIN;

/// Changes one record of the state.
pub(super) fn alter<T: borsh::BorshSerialize + borsh::BorshDeserialize>(
    world: &mut World,
    key: state_key::StateKey,
    change: impl FnOnce(&mut T),
) {
    let mut record: T = world.memory.read(&key).unwrap();
    change(&mut record);
    world.memory.state.insert(key, encode(&record));
}

#[test]
fn no_agent_does_anything_before_it_may_be_used() {
    let mut world = running();
    let agent = agent_of("host-1", AgentKind::Compute);
    world.must_as_alice(consent(0));
    world.must_as_alice(erasure(1, 0));
    world.must_as_alice(request());
    world.must_as_alice(exits::announce());
    let from = world.now.time.plus_ms(10_000);
    alter::<Agent>(&mut world, state_key::agent(&agent.id), |it| {
        it.usable_from = from;
    });
    for action in [deletion(1), taken(&world, 1), world.inventory()] {
        let kind = action.kind();
        for (time, answer) in [
            (from.0 - 1, (2001, Some(Reason::NotYetUsable))),
            (from.0, (0, None)),
        ] {
            let mut world = world.clone();
            world.set_clocks(time);
            let outcome = &world
                .execute(&[encode(&world.seal(
                    &agent,
                    &[],
                    world.body(&agent, action.clone()),
                ))])
                .txs[0];
            assert_eq!(refusal(outcome), answer, "{kind} {}", outcome.log);
        }
    }
}

#[test]
fn a_host_takes_an_imvu_from_the_moment_on_from_which_it_may_be_used() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    let alice = world.alice.clone();
    let from = world.now.time.plus_ms(10_000);
    alter::<Host>(&mut world, state_key::host(&host("host-1")), |it| {
        it.usable_from = from;
    });
    let activate = Action::ActivateImvu {
        imvu: imvu(ID),
        host: Some(host("host-1")),
    };
    for (time, answer) in [
        (from.0 - 1, (2002, Some(Reason::NotYetUsable))),
        (from.0, (0, None)),
    ] {
        let mut world = world.clone();
        world.set_clocks(time);
        let tx = world.seal(&alice, &[], world.body(&alice, activate.clone()));
        assert_eq!(refusal(&world.execute(&[encode(&tx)]).txs[0]), answer);
    }
}

#[test]
fn an_exit_is_its_creators_alone_and_nobody_blocks_one() {
    let mut world = running();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let theirs = (Gate::ExitPortability, Reason::ExitIsTheCreators);
    let mut judged = |who: &Person, action: Action| {
        let kind = action.kind();
        let verdict = world
            .submit(std::slice::from_ref(who), action)
            .verdict
            .unwrap();
        assert!(verdict.refusals().any(|one| one == theirs), "{kind}");
    };
    for action in [
        exits::announce(),
        exits::cancel(),
        exits::confirm(),
        exits::release(false),
        exits::close(),
    ] {
        judged(&bob, action);
    }
    // Not even who has one.
    judged(&alice, exits::stop_it());
}

#[test]
fn a_called_off_exit_is_announced_again_after_the_interval() {
    let mut world = running();
    world.must_as_alice(exits::announce());
    let announced = world.exit().announced.at;
    world.must_as_alice(exits::cancel());
    let alice = world.alice.clone();
    for (ms, answer) in [
        (180 * DAY - 1, Some(Reason::ExitTooSoon)),
        (180 * DAY, None),
    ] {
        let mut world = world.clone();
        world.set_clocks(announced.0 + ms);
        let tx = world.seal(&alice, &[], world.body(&alice, exits::announce()));
        let outcome = &world.execute(&[encode(&tx)]).txs[0];
        assert_eq!(refusal(outcome).1, answer, "{}", outcome.log);
    }
}

#[test]
fn a_consent_of_an_imvu_that_there_is_none_of_is_not_rewritten_either() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let Action::RewriteConsent(mut it) = rewriting(0) else {
        unreachable!()
    };
    it.imvu = imvu("IMVU-NOWHERE");
    assert_eq!(
        refusal(&world.try_as(&alice, Action::RewriteConsent(it))),
        (2010, Some(Reason::ConsentImmutable))
    );
}

#[test]
fn an_order_lasts_thirty_days_at_most_and_is_told() {
    for (more, answer) in [
        (0, (0, None)),
        (1, (2014, Some(Reason::RestrictionTooLong))),
    ] {
        let mut world = World::new();
        let Action::RestrictLegally(mut order) = restrict(&world, RestrictionScope::Serving, 1)
        else {
            unreachable!()
        };
        let until = world.now.time.plus_ms(RESTRICTION_MS + more);
        order.until = until;
        let court = world.court();
        let tx = world.seal(
            &court[0],
            &court[1..],
            world.body(&court[0], Action::RestrictLegally(order)),
        );
        let executed = world.execute(&[encode(&tx)]);
        assert_eq!(refusal(&executed.txs[0]), answer);
        let told = Event::Restricted {
            imvu: imvu(ID),
            scope: RestrictionScope::Serving,
            until: Some(until),
        };
        let events = executed.events.iter();
        assert_eq!(
            events.filter(|one| **one == told).count(),
            usize::from(more == 0)
        );
        world.block(&[]);
    }
}

#[test]
fn a_seat_is_given_another_key_by_its_own_organisation_alone() {
    let mut world = World::new();
    let (owner, other) = (world.operators[1].clone(), world.operators[2].clone());
    let key = Person::new(240);
    let rotate = world.rotate_validator(&owner, &key);
    let Change::RotateValidator { seat, new_key, .. } = rotate.clone() else {
        unreachable!()
    };
    let stolen = Change::RotateValidator {
        seat,
        new_key,
        proof: world.possession(&other, &key),
    };
    assert_eq!(
        refusal(&world.try_propose(&other, stolen)),
        (2001, Some(Reason::NotOperator))
    );
    assert_eq!(refusal(&world.try_propose(&owner, rotate)), (0, None));
}

#[test]
fn officers_leave_until_as_many_are_left_as_act_together() {
    let mut world = World::new();
    let (operator, officers) = (world.operators[1].clone(), world.officers.clone());
    let leaves = |who: &Person| Change::RemoveOfficer { officer: who.id };
    // Five officers, three of whom act together.
    world.enact(&operator, leaves(&officers[4]));
    world.enact(&operator, leaves(&officers[3]));
    assert_eq!(
        refusal(&world.try_propose(&operator, leaves(&officers[2]))).1,
        Some(Reason::OfficersThreshold)
    );
}

#[test]
fn an_upgrade_is_announced_ten_blocks_ahead_on_a_development_network() {
    for (less, answer) in [(0, None), (1, Some(Reason::UpgradeTooSoon))] {
        let mut world = World::new();
        let operator = world.operators[1].clone();
        let upgrade = Change::Upgrade {
            height: world.now.height + UPGRADE_NOTICE_BLOCKS_DEVELOPMENT - less,
            app_version: nexus_types::constants::APP_VERSION + 1,
            sha256: Hash([9; 32]),
        };
        assert_eq!(refusal(&world.try_propose(&operator, upgrade)).1, answer);
    }
}

#[test]
fn guardians_freeze_again_once_their_rest_is_over() {
    let mut world = World::new();
    guardians::guard(&mut world);
    let freeze = guardians::freeze(&world);
    let friends = guardians::friends();
    let outcome = world.submit(&friends[..2], freeze.clone());
    assert_eq!(refusal(&outcome), (0, None));
    let key = state_key::guardianship(&world.alice.id);
    let next = world.memory.read::<Guardianship>(&key).unwrap().next_freeze;
    for (time, answer) in [(next.0 - 1, Some(Reason::FrozenLately)), (next.0, None)] {
        let mut world = world.clone();
        world.set_clocks(time);
        let body = world.body(&friends[0], freeze.clone());
        let tx = world.seal(&friends[0], &friends[1..2], body);
        assert_eq!(refusal(&world.execute(&[encode(&tx)]).txs[0]).1, answer);
    }
}

#[test]
fn the_law_moves_an_imvu_to_another_host_than_it_has() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    world.snapshot("host-1");
    let alice = world.alice.clone();
    let away = Action::MoveImvu {
        imvu: imvu(ID),
        host: None,
        accept_loss: false,
    };
    assert_eq!(
        refusal(&world.try_as(&alice, away)),
        (2002, Some(Reason::NoHost))
    );
}

/// What an action of one comes to at the world's time, on a state that no invariant is asked about.
pub(super) fn once(world: &World, who: &Person, action: Action) -> (u32, Option<Reason>) {
    let tx = world.seal(who, &[], world.body(who, action));
    refusal(&world.execute(&[encode(&tx)]).txs[0])
}

#[test]
fn a_host_has_as_many_slots_as_it_has_and_says_where_something_was_placed() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    let alice = world.alice.clone();
    let activate = Action::ActivateImvu {
        imvu: imvu(ID),
        host: Some(host("host-1")),
    };
    let tx = world.seal(&alice, &[], world.body(&alice, activate.clone()));
    let events = world.execute(&[encode(&tx)]).events;
    let placed = |event: &Event| matches!(event, Event::Placed { .. });
    assert_eq!(events.iter().filter(|event| placed(event)).count(), 1);
    for (next, answer) in [
        (SLOTS_PER_HOST - 1, (0, None)),
        (SLOTS_PER_HOST, (2007, Some(Reason::NoCapacity))),
    ] {
        alter::<Host>(&mut world, state_key::host(&host("host-1")), |it| {
            it.next_slot = next;
        });
        assert_eq!(once(&world, &alice, activate.clone()), answer);
    }
}

#[test]
fn what_its_creator_wanted_before_it_left_still_happens_while_it_is_protected() {
    let mut world = running();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let all = world.add_observers(3);
    world.must(&alice, claim_external(ID, EXTERNAL));
    for (of, who) in [(APEX, &alice), ("bob.demo.example", &bob)] {
        let put = put_code(&world, of, 14);
        world.must(who, put);
    }
    world.must_as_alice(exits::announce());
    let changes = |world: &World| world.exit().changes;
    // Its code signs its own name away; it asks for another's name itself; observers see its claim.
    let lost = redeem(&world, APEX, "IMVU-B", &code());
    assert_eq!(world.tried(&bob, lost), (0, None));
    assert_eq!(changes(&world), 1);
    let won = redeem(&world, "bob.demo.example", ID, &code());
    assert_eq!(world.tried(&alice, won), (0, None));
    assert_eq!(changes(&world), 2);
    world.all_observe(&all[..2], ID, EXTERNAL, true);
    assert_eq!(world.holder(EXTERNAL), Some(imvu(ID)));
    assert_eq!(changes(&world), 3);
}

#[test]
fn a_leaving_creators_own_routes_and_policy_are_part_of_what_is_protected() {
    let mut world = running();
    world.must_as_alice(exits::announce());
    let mut before = world.exit().baseline;
    let route = Action::ChangeRoute {
        imvu: imvu(ID),
        change: RouteChange::Set(Route {
            prefix: "203.0.113.0/24".parse().unwrap(),
            next_hop: Address::V4([192, 0, 2, 1]),
        }),
    };
    let policy = Action::ChangePathPolicy {
        imvu: imvu(ID),
        policy: PathPolicy {
            egress_open: true,
            ..PathPolicy::default()
        },
    };
    for (count, action) in [(1, route), (2, policy)] {
        world.must_as_alice(action);
        let exit = world.exit();
        assert_eq!(exit.changes, count);
        assert_ne!(exit.baseline, before);
        before = exit.baseline;
    }
}

#[test]
fn an_inventory_is_of_a_block_that_is_over() {
    let mut world = running();
    world.must_as_alice(exits::announce());
    let agent = agent_of("host-1", AgentKind::Compute);
    let Action::CommitInventory(mut it) = world.inventory() else {
        unreachable!()
    };
    assert_eq!(
        once(&world, &agent, Action::CommitInventory(it.clone())),
        (0, None)
    );
    it.inventory.at = world.now.height;
    assert_eq!(
        once(&world, &agent, Action::CommitInventory(it)).1,
        Some(Reason::InventoryWrong)
    );
}

#[test]
fn a_hosts_clock_may_be_ahead_by_the_slack_and_no_more() {
    let mut world = running();
    world.must_as_alice(request());
    let agent = agent_of("host-1", AgentKind::Compute);
    let Action::RecordSnapshot(it) = taken(&world, 1) else {
        unreachable!()
    };
    for (ahead, answer) in [
        (WINDOW_SLACK_MS, None),
        (WINDOW_SLACK_MS + 1, Some(Reason::SnapshotTime)),
    ] {
        let mut it = it.clone();
        let SnapshotOutcome::Taken(made) = &mut it.outcome else {
            unreachable!()
        };
        made.taken_at = world.now.time.plus_ms(ahead);
        assert_eq!(once(&world, &agent, Action::RecordSnapshot(it)).1, answer);
    }
}

#[test]
fn protection_ends_at_the_instant_that_the_law_says() {
    let mut world = running();
    world.must_as_alice(exits::announce());
    let delays = crate::view::chain(&world.memory).delays;
    let until = world.exit().protected_until(&delays).unwrap();
    let (officers, suspend) = (
        world.officers[..3].to_vec(),
        Action::PlatformSuspend {
            imvu: imvu(ID),
            reason: SuspendReason::Unstated,
        },
    );
    for (time, protected) in [(until.0 - 1, true), (until.0, false)] {
        world.set_clocks(time);
        let body = world.body(&officers[0], suspend.clone());
        let tx = world.seal(&officers[0], &officers[1..], body);
        let verdict = world.execute(&[encode(&tx)]).txs.remove(0).verdict.unwrap();
        let by_exit = (Gate::ExitPortability, Reason::ExitProtected);
        assert_eq!(verdict.refusals().any(|one| one == by_exit), protected);
    }
}

#[test]
fn nothing_waits_once_the_last_name_of_who_left_is_free() {
    let mut world = running();
    world.exit_until(ExitStage::Released);
    world.must_as_alice(exits::close());
    for _ in 0..10 {
        if world.holder(APEX).is_none() {
            break;
        }
        world.block(&[]);
    }
    assert_eq!(world.holder(APEX), None);
    let (from, to) = state_key::range_of(KeyKind::Timed);
    let waits = world.memory.state.range(from..to).any(|(_, bytes)| {
        nexus_types::decode::<TimedItem>(bytes) == Ok(TimedItem::FreeNames(imvu(ID)))
    });
    assert!(!waits);
}

#[test]
fn the_newest_snapshot_is_the_one_asked_for_last_whichever_is_made_first() {
    let mut world = running();
    let agent = agent_of("host-1", AgentKind::Compute);
    world.must_as_alice(request());
    world.must_as_alice(exits::announce());
    for number in [2, 1] {
        let record = taken(&world, number);
        world.must(&agent, record);
        let known: Snapshots = world.memory.read(&state_key::snapshots(&imvu(ID))).unwrap();
        assert_eq!(known.newest, Some(2));
    }
}

#[test]
fn an_inventory_names_no_part_twice() {
    let mut world = running();
    world.must_as_alice(exits::announce());
    let Action::CommitInventory(it) = world.inventory() else {
        unreachable!()
    };
    let mut parts = it.inventory.parts.as_slice().to_vec();
    parts.insert(1, parts[0]);
    let mut twice = it.clone();
    twice.inventory.parts = List::new(parts).unwrap();
    let agent = agent_of("host-1", AgentKind::Compute);
    for (it, answer) in [(twice, Some(Reason::InventoryWrong)), (it, None)] {
        let commit = Action::CommitInventory(it);
        assert_eq!(world.clone().tried(&agent, commit).1, answer);
    }
}
