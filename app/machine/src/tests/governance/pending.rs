//! Proposals that are pending: how many, on which state, and what a vote on one that has passed still does.

use super::seats::newcomer;
use crate::tests::council::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::block::Event;
use nexus_types::constants::APP_VERSION;
use nexus_types::encoding::encode;
use nexus_types::governance::{
    GovernanceChange as Change, GovernanceStatus as Status, GovernanceStep, RestrictionScope,
    UpgradePlan,
};
use nexus_types::limits::{CONTAINMENT_EXTENSION_MS, GOVERNANCE_OPEN_CANDIDATES};
use nexus_types::state::ChainRecord;
use nexus_types::{Hash, Reason, state_key};

const MOVED: (u32, Option<Reason>) = (2103, Some(Reason::BallotRegisterMoved));

impl World {
    /// Two operators outside the platform contain IMVU-042 for an hour.
    fn contain_for_an_hour(&mut self) {
        let contain = Action::Contain {
            imvu: imvu("IMVU-042"),
            evidence: Hash([6; 32]),
            span_ms: HOUR,
        };
        let independent = self.operators[1..3].to_vec();
        assert_eq!(refusal(&self.submit(&independent, contain)), (0, None));
    }

    fn restrict_for_a_day(&mut self, scope: RestrictionScope) {
        let (court, order) = (self.court(), restrict(self, scope, 1));
        assert_eq!(refusal(&self.submit(&court, order)), (0, None));
    }
}

fn longer(span_ms: u64) -> Change {
    Change::ExtendContainment {
        imvu: imvu("IMVU-042"),
        span_ms,
    }
}

fn upgrade(height: u64) -> Change {
    Change::Upgrade {
        height,
        app_version: APP_VERSION + 1,
        sha256: Hash([9; 32]),
    }
}

#[test]
fn candidates_leave_room_for_the_seats() {
    let mut world = World::new();
    let admit = |person: &Person| Change::AdmitOfficer { officer: person.id };
    for number in 0..GOVERNANCE_OPEN_CANDIDATES as u16 {
        let person = newcomer(&mut world, 400 + number);
        world.propose(&person, admit(&person));
    }
    let late = newcomer(&mut world, 500);
    assert_eq!(
        refusal(&world.try_propose(&late, admit(&late))),
        (2104, Some(Reason::LimitReached))
    );
    let operator = world.operators[1].clone();
    world.propose(&operator, add_jurisdiction("CA-LAW"));
}

#[test]
fn a_vote_on_a_containment_is_on_the_one_that_it_was_proposed_for() {
    let mut world = World::new();
    let operators = world.operators.clone();
    world.contain_for_an_hour();
    let proposal = world.propose(&operators[1], longer(DAY));
    assert_eq!(refusal(&world.vote(&operators[1], &proposal, true)).0, 0);
    world.later(2 * HOUR);
    world.contain_for_an_hour();
    let outcome = world.vote(&operators[2], &proposal, true);
    assert_eq!(refusal(&outcome), MOVED);
}

#[test]
fn a_vote_on_restrictions_is_on_those_that_it_was_proposed_for() {
    let mut world = World::new();
    let operators = world.operators.clone();
    world.restrict_for_a_day(RestrictionScope::Mail);
    let lift = Change::LiftRestriction {
        imvu: imvu("IMVU-042"),
    };
    let proposal = world.propose(&operators[1], lift);
    // What else is held against it is no matter of this vote.
    world.contain_for_an_hour();
    assert_eq!(refusal(&world.vote(&operators[1], &proposal, true)).0, 0);
    world.restrict_for_a_day(RestrictionScope::Serving);
    let outcome = world.vote(&operators[2], &proposal, true);
    assert_eq!(refusal(&outcome), MOVED);
}

#[test]
fn a_containment_is_extended_by_thirty_days_at_once_and_no_more() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    world.contain_for_an_hour();
    for (more, answer) in [(1, Some(Reason::ContainmentTooLong)), (0, None)] {
        let change = longer(CONTAINMENT_EXTENSION_MS + more);
        assert_eq!(refusal(&world.try_propose(&operator, change)).1, answer);
    }
}

#[test]
fn a_vote_that_brings_nothing_forward_locks_nothing_anew() {
    let mut world = World::new();
    let operators = world.operators.clone();
    let proposal = world.propose(&operators[1], upgrade(1_000));
    for voter in &operators[..2] {
        assert_eq!(refusal(&world.vote(voter, &proposal, true)).0, 0);
    }
    // The vote that it passes by and one against it, in one block.
    let cast = |voter: &Person, approve| {
        let body = world.body(voter, ballot(&proposal, approve));
        encode(&world.seal(voter, &[], body))
    };
    let executed = world.execute(&[cast(&operators[2], true), cast(&operators[3], false)]);
    assert!(executed.txs.iter().all(|one| refusal(one) == (0, None)));
    let passes = executed.events.iter().filter(|event| match event {
        Event::Governance(entry) => {
            matches!(entry.step, GovernanceStep::Became(Status::Passed { .. }))
        }
        _ => false,
    });
    assert_eq!(passes.count(), 1);
}

#[test]
fn an_upgrade_has_come_at_its_height_and_by_the_program_of_its_version() {
    // Which version is planned, how many blocks ahead of its height, and whether it has come after that block.
    for (planned, ahead, comes) in [
        (APP_VERSION, 1, false),
        (APP_VERSION, 0, true),
        (APP_VERSION + 1, 0, false),
    ] {
        let mut world = World::new();
        world.alter_chain(|chain| chain.app_version = APP_VERSION - 1);
        let plan = UpgradePlan {
            height: world.now.height + ahead,
            app_version: planned,
            sha256: Hash([9; 32]),
            proposal: Hash([1; 32]),
        };
        let key = state_key::upgrade_plan();
        world.memory.state.insert(key.clone(), encode(&plan));
        let executed = world.execute(&[]);
        world.memory.commit(&executed);
        assert_eq!(world.memory.state.contains_key(&key), !comes, "{planned}");
        let chain: ChainRecord = world.memory.read(&state_key::chain()).unwrap();
        let version = if comes { planned } else { APP_VERSION - 1 };
        assert_eq!(chain.app_version, version);
    }
}
