//! Legal restrictions, and containment beyond 72 hours.

use crate::tests::council::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::governance::{
    AppealRestriction, GovernanceChange as Change, GovernanceStatus as Status, RestrictionScope,
};
use nexus_types::host::{AgentKind, Spec};
use nexus_types::log::{ChainLog, LogId};
use nexus_types::{Hash, Reason};

const SCOPES: [(RestrictionScope, u32); 3] = [
    (RestrictionScope::OutboundFlows, 2015),
    (RestrictionScope::Mail, 2015),
    (RestrictionScope::Serving, 2014),
];

fn running() -> World {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    world
}

impl World {
    /// What the network agent is told: whether it is contained, and what is restricted.
    fn restricted(&self) -> (bool, Vec<RestrictionScope>) {
        match self
            .assignment("host-1", AgentKind::Network, "IMVU-042")
            .spec
        {
            Spec::Network(spec) => (spec.contained, spec.restricted.as_slice().to_vec()),
            other => panic!("{other:?}"),
        }
    }
}

fn appeal() -> Action {
    Action::AppealRestriction(AppealRestriction {
        imvu: imvu("IMVU-042"),
        grounds: Hash([4; 32]),
    })
}

fn contain(hours: u64) -> Action {
    Action::Contain {
        imvu: imvu("IMVU-042"),
        evidence: Hash([6; 32]),
        span_ms: hours * HOUR,
    }
}

#[test]
fn a_restriction_takes_two_thirds_outside_the_platform_and_the_officers_threshold() {
    for (scope, gate) in SCOPES {
        let mut world = running();
        let (operators, officers) = (world.operators.clone(), world.officers.clone());
        let cases: [(Vec<Person>, u32, Reason); 5] = [
            (
                [&operators[1..2], &officers[..3]].concat(),
                gate,
                Reason::BelowTwoThirdsOutside,
            ),
            // The platform's own seat is none of those outside.
            (
                [&operators[..2], &officers[..3]].concat(),
                gate,
                Reason::BelowTwoThirdsOutside,
            ),
            (officers[..3].to_vec(), gate, Reason::BelowTwoThirdsOutside),
            (
                [&operators[1..4], &officers[..2]].concat(),
                2017,
                Reason::BelowThreshold,
            ),
            (operators[1..4].to_vec(), 2017, Reason::NotOfficer),
        ];
        for (signers, code, reason) in cases {
            let order = restrict(&world, scope, 1);
            let outcome = world.submit(&signers, order);
            assert_eq!(refusal(&outcome), (code, Some(reason)), "{scope}");
        }
        let court = world.court();
        let order = restrict(&world, scope, 31);
        let outcome = world.submit(&court, order);
        assert_eq!(refusal(&outcome), (gate, Some(Reason::RestrictionTooLong)));
        let order = restrict(&world, scope, 0);
        let outcome = world.submit(&court, order);
        assert_eq!(refusal(&outcome), (gate, Some(Reason::RestrictionTooLong)));
        let order = restrict(&world, scope, 1);
        let outcome = world.submit(&court, order);
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        assert_eq!(world.restricted(), (false, vec![scope]));
    }
}

#[test]
fn a_restriction_stands_in_the_platforms_log_and_its_creator_is_told() {
    let mut world = running();
    let log = LogId::Chain(ChainLog::Platform);
    let before = world.memory.logs.get(&log).map_or(0, Vec::len);
    let notices = |world: &World| {
        let kind = nexus_types::log::CollectionKind::Notices;
        let log = LogId::Collection(kind, Some(imvu("IMVU-042")));
        world.memory.logs.get(&log).map_or(0, Vec::len)
    };
    let told = notices(&world);
    let (court, order) = (world.court(), restrict(&world, RestrictionScope::Mail, 1));
    assert_eq!(world.submit(&court, order).code.number(), 0);
    assert_eq!(world.memory.logs[&log].len(), before + 1);
    assert_eq!(notices(&world), told + 1);
}

#[test]
fn a_restriction_ends_by_itself_and_a_later_order_of_its_scope_takes_its_place() {
    let mut world = running();
    let court = world.court();
    let scope = RestrictionScope::OutboundFlows;
    let (first, shorter, longer) = (
        restrict(&world, scope, 2),
        restrict(&world, scope, 1),
        restrict(&world, scope, 3),
    );
    let begun = world.law_time().0;
    assert_eq!(world.submit(&court, first).code.number(), 0);
    let outcome = world.submit(&court, shorter);
    assert_eq!(refusal(&outcome), (2105, Some(Reason::NoChange)));
    assert_eq!(world.submit(&court, longer).code.number(), 0);
    let other = restrict(&world, RestrictionScope::Serving, 1);
    assert_eq!(world.submit(&court, other).code.number(), 0);
    assert_eq!(world.restricted().1, [scope, RestrictionScope::Serving]);
    world.pass(begun + 2 * DAY);
    assert_eq!(world.restricted().1, [scope]);
    world.pass(begun + 3 * DAY - 1);
    assert_eq!(world.restricted().1, [scope]);
    world.pass(begun + 3 * DAY);
    assert_eq!(world.restricted(), (false, vec![]));
    assert!(
        world
            .enforcement("IMVU-042")
            .restrictions
            .as_slice()
            .is_empty()
    );
}

#[test]
fn the_owner_appeals_what_restricts_it_once() {
    let mut world = running();
    let (alice, court) = (world.alice.clone(), world.court());
    let outcome = world.try_as(&alice, appeal());
    assert_eq!(refusal(&outcome), (2103, Some(Reason::WrongState)));
    let order = restrict(&world, RestrictionScope::Mail, 1);
    assert_eq!(world.submit(&court, order).code.number(), 0);
    let bob = world.bob.clone();
    let outcome = world.try_as(&bob, appeal());
    assert_eq!(refusal(&outcome), (2001, Some(Reason::NotOwner)));
    world.must(&alice, appeal());
    let held = world.enforcement("IMVU-042");
    let appealed = held.restrictions.as_slice()[0].appeal.unwrap();
    assert_eq!(appealed.grounds, Hash([4; 32]));
    let outcome = world.try_as(&alice, appeal());
    assert_eq!(refusal(&outcome), (2105, Some(Reason::NoChange)));
}

#[test]
fn what_is_restricted_still_leaves_moves_and_gives_back_its_names() {
    let mut world = running();
    let (alice, court) = (world.alice.clone(), world.court());
    for (scope, _) in SCOPES {
        let order = restrict(&world, scope, 30);
        assert_eq!(world.submit(&court, order).code.number(), 0);
    }
    let release = Action::ReleaseDomain {
        name: text("alice.demo.example"),
    };
    world.must(&alice, release);
    let stop = Action::StopImvu {
        imvu: imvu("IMVU-042"),
        accept_loss: false,
    };
    world.must(&alice, stop);
}

#[test]
fn the_seats_lift_restrictions_at_once() {
    let mut world = running();
    let (operator, court) = (world.operators[1].clone(), world.court());
    let lift = Change::LiftRestriction {
        imvu: imvu("IMVU-042"),
    };
    let outcome = world.try_propose(&operator, lift.clone());
    assert_eq!(refusal(&outcome), (2103, Some(Reason::WrongState)));
    for (scope, _) in SCOPES {
        let order = restrict(&world, scope, 30);
        assert_eq!(world.submit(&court, order).code.number(), 0);
    }
    let proposal = world.propose(&operator, lift);
    world.carry(&proposal);
    world.block(&[]);
    assert!(matches!(world.status(&proposal), Status::Executed(_)));
    assert_eq!(world.restricted(), (false, vec![]));
}

#[test]
fn containment_goes_on_beyond_72_hours_by_vote_alone() {
    let mut world = running();
    let independent = world.operators[1..3].to_vec();
    let operator = world.operators[1].clone();
    let extend = Change::ExtendContainment {
        imvu: imvu("IMVU-042"),
        span_ms: 10 * DAY,
    };
    let outcome = world.try_propose(&operator, extend.clone());
    assert_eq!(refusal(&outcome), (2103, Some(Reason::WrongState)));
    let begun = world.now.time.0;
    assert_eq!(world.submit(&independent, contain(72)).code.number(), 0);
    let proposal = world.propose(&operator, extend);
    world.carry(&proposal);
    world.block(&[]);
    assert!(matches!(world.status(&proposal), Status::Executed(_)));
    world.pass(begun + 72 * HOUR + 1_000);
    assert!(world.restricted().0, "it goes on where the first ended");
    world.pass(begun + 72 * HOUR + 10 * DAY);
    assert!(!world.restricted().0);
    let outcome = world.submit(&independent, contain(1));
    assert_eq!(refusal(&outcome), (2015, Some(Reason::ContainmentTooLong)));
}
