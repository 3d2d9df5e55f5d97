//! What each gate refuses by itself, though another may refuse the same action too; and what is just within its rule.

use super::council::*;
use super::hosting::*;
use super::mailing::*;
use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::approval::{Approval, Change, PermittedActor};
use nexus_types::governance::RestrictionScope;
use nexus_types::host::{Capabilities, EnforcementGrade, HostChange};
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::{Address, PathPolicy, Route, RouteChange};
use nexus_types::{Gate, Reason, Time};

/// The code, and every gate that refuses with its reason.
fn all(outcome: &TxOutcome) -> (u32, Vec<(Gate, Reason)>) {
    let verdict = outcome.verdict.as_ref().unwrap();
    (outcome.code.number(), verdict.refusals().collect())
}

fn by(world: &mut World, who: &Person, action: Action) -> (u32, Vec<(Gate, Reason)>) {
    all(&world.submit(std::slice::from_ref(who), action))
}

fn applied() -> (u32, Vec<(Gate, Reason)>) {
    (0, Vec::new())
}

fn cut(to: u64) -> QuotaChange {
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::CpuMillis, to);
    change
}

fn reroute(via: u8) -> RouteChange {
    RouteChange::Set(Route {
        prefix: "203.0.113.0/24".parse().unwrap(),
        next_hop: Address::V4([192, 0, 2, via]),
    })
}

/// A draft of Bob's, without a jurisdiction.
fn draft(world: &mut World) {
    let bob = world.bob.clone();
    let create = Action::CreateImvu {
        imvu: imvu("IMVU-DRAFT"),
        jurisdiction: None,
        quota: QUOTA,
    };
    world.must(&bob, create);
}

#[test]
fn a_draft_without_a_jurisdiction_neither_runs_nor_keeps_mail() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    draft(&mut world);
    let bob = world.bob.clone();
    let missing = (Gate::Jurisdiction, Reason::JurisdictionMissing);
    let activate = Action::ActivateImvu {
        imvu: imvu("IMVU-DRAFT"),
        host: Some(host("host-1")),
    };
    assert_eq!(by(&mut world, &bob, activate), (2009, vec![missing]));
    let mut grant = grant_address("ann", bob.id);
    grant.imvu = imvu("IMVU-DRAFT");
    let (_, refusals) = by(&mut world, &bob, Action::GrantAddress(grant));
    assert!(refusals.contains(&missing), "{refusals:?}");
}

#[test]
fn a_host_stands_where_the_governed_list_says_and_moves_only_while_it_is_empty() {
    let mut world = World::new();
    let operator = world.operator_of("host-1");
    let unknown = (
        2009,
        vec![(Gate::Jurisdiction, Reason::JurisdictionUnknown)],
    );
    let nowhere = register_host("host-1", "MARS");
    assert_eq!(by(&mut world, &operator, nowhere), unknown);
    world.add_host("host-1", "US-CCPA");
    let to = |text| Action::ChangeHost {
        host: host("host-1"),
        change: HostChange::Jurisdiction(tag(text)),
    };
    assert_eq!(by(&mut world, &operator, to("MARS")), unknown);
    assert_eq!(by(&mut world, &operator, to("EU-GDPR")), applied());
    world.run("host-1");
    let in_use = vec![
        (Gate::Jurisdiction, Reason::HostInUse),
        (Gate::NoSilentRedirection, Reason::HostInUse),
    ];
    assert_eq!(by(&mut world, &operator, to("US-CCPA")), (2009, in_use));
}

#[test]
fn a_host_in_use_is_weakened_neither_in_isolation_nor_in_what_it_guarantees() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    let operator = world.operator_of("host-1");
    let to = |change| Action::ChangeHost {
        host: host("host-1"),
        change,
    };
    let weaker = || {
        to(HostChange::Capabilities(Capabilities {
            enforcement: EnforcementGrade::Detection,
            ..capabilities()
        }))
    };
    assert_eq!(by(&mut world.clone(), &operator, weaker()), applied());
    world.run("host-1");
    let in_use = vec![
        (Gate::ImvuIsolation, Reason::HostInUse),
        (Gate::NoSilentThrottling, Reason::HostInUse),
    ];
    assert_eq!(by(&mut world, &operator, weaker()), (2002, in_use));
    let smaller = to(HostChange::Capacity(nexus_types::quota::Quota {
        cpu_millis: QUOTA.cpu_millis - 1,
        ..CAPACITY
    }));
    let no_room = vec![
        (Gate::ResourceQuota, Reason::NoCapacity),
        (Gate::NoSilentThrottling, Reason::HostInUse),
    ];
    assert_eq!(by(&mut world, &operator, smaller), (2007, no_room));
}

#[test]
fn a_restriction_is_judged_by_the_gate_that_it_is_the_exception_from() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    for (scope, gate) in [
        (RestrictionScope::Serving, Gate::NoSilentRedirection),
        (RestrictionScope::Mail, Gate::NoSilentThrottling),
        (RestrictionScope::OutboundFlows, Gate::NoSilentThrottling),
    ] {
        let order = restrict(&world, scope, 1);
        let (_, refusals) = by(&mut world, &operator, order);
        let here = (gate, Reason::BelowTwoThirdsOutside);
        let judged: Vec<_> = refusals
            .into_iter()
            .filter(|(_, reason)| *reason == here.1)
            .collect();
        assert_eq!(judged, [here], "{scope:?}");
    }
}

#[test]
fn the_platform_acts_with_its_threshold_even_on_an_officers_own_imvu() {
    let mut world = World::new();
    let officer = world.officers[0].clone();
    let create = Action::CreateImvu {
        imvu: imvu("IMVU-OF"),
        jurisdiction: Some(tag("EU-GDPR")),
        quota: QUOTA,
    };
    world.must(&officer, create);
    // As its owner it changes what it has, alone.
    let own = Action::ChangeQuota {
        imvu: imvu("IMVU-OF"),
        change: cut(3_000),
    };
    assert_eq!(by(&mut world, &officer, own), applied());
    let propose = Action::ProposeQuota {
        imvu: imvu("IMVU-OF"),
        change: cut(2_000),
        expires: world.now.time.plus_ms(HOUR),
    };
    let short = vec![(Gate::PlatformNonRepudiation, Reason::BelowThreshold)];
    assert_eq!(by(&mut world, &officer, propose), (2017, short));
}

/// What a creator may be asked to agree to, with the gate that sees to it.
fn proposals(world: &World) -> [(Gate, Change, Action); 4] {
    let expires = world.now.time.plus_ms(HOUR);
    let policy = PathPolicy {
        egress_open: true,
        ..PathPolicy::default()
    };
    let mail = exchange("mx.elsewhere.test");
    [
        (
            Gate::NoSilentThrottling,
            Change::Quota(cut(2_000)),
            Action::ProposeQuota {
                imvu: imvu(ID),
                change: cut(2_000),
                expires,
            },
        ),
        (
            Gate::NoSilentRedirection,
            Change::Route(reroute(1)),
            Action::ProposeRoute {
                imvu: imvu(ID),
                change: reroute(1),
                expires,
            },
        ),
        (
            Gate::NetworkPath,
            Change::PathPolicy(policy.clone()),
            Action::ProposePathPolicy {
                imvu: imvu(ID),
                policy,
                expires,
            },
        ),
        (
            Gate::NoSilentRedirection,
            Change::MailRoute(mail.clone()),
            propose_mail(world, mail),
        ),
    ]
}

#[test]
fn a_proposal_applies_only_by_an_approval_of_exactly_it_for_the_platform() {
    let base = World::new();
    let (alice, officers) = (base.alice.clone(), base.officers[..3].to_vec());
    for (gate, change, propose) in proposals(&base) {
        let mut world = base.clone();
        let kind = propose.kind();
        let opened = world.submit(&officers, propose);
        assert_eq!(opened.code.number(), 0, "{kind}: {}", opened.log);
        let proposal = opened.verdict.unwrap().tx;
        let sign = |approval| Action::SignApproval { proposal, approval };
        let good = world.approve(&alice, ID, change);
        let another = world.approve(&alice, ID, Change::Quota(cut(1_000)));
        let mut by_one = good.body.clone();
        by_one.permitted = PermittedActor::Identity(alice.id);
        let by_one = world.resign(&alice, by_one);
        for (approval, reason) in [
            (another, Reason::ApprovalOtherChange),
            (by_one, Reason::ApprovalOtherActor),
        ] {
            let (_, refusals) = by(&mut world, &alice, sign(approval));
            assert_eq!(refusals, [(gate, reason)], "{kind}");
        }
        assert_eq!(by(&mut world, &alice, sign(good)), applied(), "{kind}");
    }
}

/// Officers cut a quota with these approvals.
fn with_approvals(world: &mut World, approvals: Vec<Approval>) -> (u32, Option<Reason>) {
    let officers = world.officers[..3].to_vec();
    let change = Action::ChangeQuota {
        imvu: imvu(ID),
        change: cut(2_000),
    };
    refusal(&world.submit_with(&officers, change, approvals))
}

#[test]
fn an_approval_counts_from_its_first_to_its_last_instant_and_for_whom_it_names() {
    let base = World::new();
    let (alice, now) = (base.alice.clone(), base.now.time);
    let good = base.approve(&alice, ID, Change::Quota(cut(2_000)));
    let life = 30 * 24 * HOUR;
    let lasting = |from: Time, to: Time| {
        let mut body = good.body.clone();
        (body.not_before, body.expires) = (from, to);
        base.resign(&alice, body)
    };
    for (from, to, answer) in [
        (Time(now.0 - 1), now, (0, None)),
        (now, now, (0, None)),
        (now, now.plus_ms(life), (0, None)),
        (
            now,
            now.plus_ms(life + 1),
            (2015, Some(Reason::ApprovalExpired)),
        ),
        (
            Time(now.0 - 2),
            Time(now.0 - 1),
            (2015, Some(Reason::ApprovalExpired)),
        ),
        (
            now.plus_ms(1),
            now.plus_ms(2),
            (2015, Some(Reason::ApprovalNotYetValid)),
        ),
    ] {
        let told = with_approvals(&mut base.clone(), vec![lasting(from, to)]);
        assert_eq!(told, answer, "{from:?} {to:?}");
    }
    let mut body = good.body.clone();
    body.permitted = PermittedActor::Identity(base.officers[0].id);
    let named = base.resign(&alice, body);
    assert_eq!(with_approvals(&mut base.clone(), vec![named]), (0, None));
}

#[test]
fn of_several_approvals_one_is_enough_and_the_first_says_why_none_is() {
    let base = World::new();
    let (alice, bob) = (base.alice.clone(), base.bob.clone());
    let change = || Change::Quota(cut(2_000));
    let elsewhere = base.approve(&bob, "IMVU-B", change());
    let by_bob = base.approve(&bob, ID, change());
    let good = base.approve(&alice, ID, change());
    for (approvals, answer) in [
        (
            vec![elsewhere.clone(), by_bob.clone()],
            (2015, Some(Reason::ApprovalOtherImvu)),
        ),
        (
            vec![by_bob.clone(), elsewhere.clone()],
            (2015, Some(Reason::ApprovalNotByOwner)),
        ),
        (vec![elsewhere, by_bob, good], (0, None)),
    ] {
        assert_eq!(with_approvals(&mut base.clone(), approvals), answer);
    }
}

#[test]
fn an_approval_of_another_way_for_a_route_is_void_once_the_route_moved() {
    let mut world = World::new();
    let (alice, officers) = (world.alice.clone(), world.officers[..3].to_vec());
    let change = |via| Action::ChangeRoute {
        imvu: imvu(ID),
        change: reroute(via),
    };
    world.must(&alice, change(1));
    let approval = world.approve(&alice, ID, Change::Route(reroute(9)));
    let mut moved = world.clone();
    moved.must(&alice, change(2));
    let refused = moved.submit_with(&officers, change(9), vec![approval.clone()]);
    let (_, refusals) = all(&refused);
    assert!(refusals.contains(&(Gate::NoSilentRedirection, Reason::ApprovalVersionMoved)));
    let outcome = world.submit_with(&officers, change(9), vec![approval]);
    assert_eq!(all(&outcome), applied());
}
