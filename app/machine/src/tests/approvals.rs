//! Approvals: used once, for one exact change, by the permitted actor, while nothing named has moved.

use super::world::*;
use nexus_types::action::Action;
use nexus_types::approval::{Approval, Change, PermittedActor};
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::{Address, PathPolicy, Prefix, Route, RouteChange};
use nexus_types::state::{Imvu, Proposal, ProposalStatus};
use nexus_types::{Code, Gate, Reason, Set, Time, state_key};

fn cut() -> QuotaChange {
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::CpuMillis, 2_000);
    change
}

fn try_cut(
    world: &mut World,
    change: QuotaChange,
    approvals: Vec<Approval>,
) -> (u32, Option<Reason>) {
    let officers = world.officers[..3].to_vec();
    let outcome = world.submit_with(
        &officers,
        Action::ChangeQuota {
            imvu: imvu("IMVU-042"),
            change,
        },
        approvals,
    );
    (outcome.code.number(), outcome.verdict.unwrap().reason())
}

fn quota(world: &World) -> nexus_types::quota::Quota {
    world
        .memory
        .read::<Imvu>(&state_key::imvu(&imvu("IMVU-042")))
        .unwrap()
        .quota
}

#[test]
fn an_approved_cut_applies_once() {
    let mut world = World::new();
    let approval = world.approve(&world.alice, "IMVU-042", Change::Quota(cut()));
    assert_eq!(
        try_cut(&mut world, cut(), vec![approval.clone()]),
        (0, None)
    );
    assert_eq!(quota(&world).cpu_millis, 2_000);
    assert_eq!(
        try_cut(&mut world, cut(), vec![approval]),
        (2015, Some(Reason::ApprovalMissing)).to_used()
    );
}

trait ToUsed {
    fn to_used(self) -> (u32, Option<Reason>);
}

impl ToUsed for (u32, Option<Reason>) {
    /// Cutting to the present value is no cut; the rule says so before any approval is asked for.
    fn to_used(self) -> (u32, Option<Reason>) {
        (2105, Some(Reason::NoChange))
    }
}

#[test]
fn a_used_approval_is_void_even_when_its_change_would_cut_again() {
    let mut world = World::new();
    let approval = world.approve(&world.alice, "IMVU-042", Change::Quota(cut()));
    try_cut(&mut world, cut(), vec![approval.clone()]);
    let alice = world.alice.clone();
    let mut raise = QuotaChange::EMPTY;
    raise.set(QuotaField::CpuMillis, 4_000);
    world.must(
        &alice,
        Action::ChangeQuota {
            imvu: imvu("IMVU-042"),
            change: raise,
        },
    );
    assert_eq!(
        try_cut(&mut world, cut(), vec![approval]),
        (2015, Some(Reason::ApprovalUsed))
    );
}

#[test]
fn a_cut_hidden_among_increases_is_a_cut() {
    let mut world = World::new();
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::CpuMillis, 8_000);
    change.set(QuotaField::StorageBytes, 200 << 30);
    change.set(QuotaField::Pids, 511);
    assert_eq!(
        try_cut(&mut world, change, Vec::new()),
        (2015, Some(Reason::ApprovalMissing))
    );
    assert_eq!(quota(&world), QUOTA);
}

#[test]
fn the_platform_raises_alone_and_cannot_void_an_approval_elsewhere() {
    let mut world = World::new();
    let approval = world.approve(&world.alice, "IMVU-042", Change::Quota(cut()));
    let mut raise = QuotaChange::EMPTY;
    raise.set(QuotaField::MemoryBytes, 16 << 30);
    assert_eq!(try_cut(&mut world, raise, Vec::new()), (0, None));
    assert_eq!(try_cut(&mut world, cut(), vec![approval]), (0, None));
}

#[test]
fn an_approval_that_does_not_fit_exactly_is_void_and_says_why() {
    let world = World::new();
    let base = world.approve(&world.alice, "IMVU-042", Change::Quota(cut()));
    let mut other_field = QuotaChange::EMPTY;
    other_field.set(QuotaField::Pids, 100);
    let cases: Vec<(Reason, Approval)> = vec![
        (
            Reason::ApprovalOtherChange,
            world.approve(&world.alice, "IMVU-042", Change::Quota(other_field)),
        ),
        (
            Reason::ApprovalOtherImvu,
            world.approve(&world.bob, "IMVU-B", Change::Quota(cut())),
        ),
        (
            Reason::ApprovalNotByOwner,
            world.approve(&world.bob, "IMVU-042", Change::Quota(cut())),
        ),
        (
            Reason::ApprovalExpired,
            with(&world, &base, |body| {
                body.expires = Time(body.not_before.0 + 1)
            }),
        ),
        (
            Reason::ApprovalExpired,
            with(&world, &base, |body| {
                body.expires = body.not_before.plus_ms(31 * 24 * HOUR)
            }),
        ),
        (
            Reason::ApprovalNotYetValid,
            with(&world, &base, |body| body.not_before = body.expires),
        ),
        (
            Reason::ApprovalVersionMoved,
            with(&world, &base, |body| body.version += 1),
        ),
        (
            Reason::ApprovalVersionMoved,
            with(&world, &base, |body| body.before.0[0] ^= 1),
        ),
        (
            Reason::ApprovalKeyRotated,
            with(&world, &base, |body| body.generation = 7),
        ),
        (
            Reason::ApprovalOtherActor,
            with(&world, &base, |body| {
                body.permitted = PermittedActor::Identity(world.bob.id)
            }),
        ),
    ];
    for (reason, approval) in cases {
        assert_eq!(
            try_cut(&mut world.clone(), cut(), vec![approval]),
            (2015, Some(reason))
        );
    }
}

fn with(
    world: &World,
    base: &Approval,
    change: impl FnOnce(&mut nexus_types::ApprovalBody),
) -> Approval {
    let mut body = base.body.clone();
    change(&mut body);
    world.resign(&world.alice, body)
}

#[test]
fn a_moved_version_voids_an_approval() {
    let mut world = World::new();
    let approval = world.approve(&world.alice, "IMVU-042", Change::Quota(cut()));
    let mut raise = QuotaChange::EMPTY;
    raise.set(QuotaField::CpuMillis, 8_000);
    assert_eq!(try_cut(&mut world, raise, Vec::new()), (0, None));
    assert_eq!(
        try_cut(&mut world, cut(), vec![approval]),
        (2015, Some(Reason::ApprovalVersionMoved))
    );
}

#[test]
fn a_revoked_approval_is_void_and_a_rotation_voids_all() {
    let mut world = World::new();
    let approval = world.approve(&world.alice, "IMVU-042", Change::Quota(cut()));
    let alice = world.alice.clone();
    let mut rotated = world.clone();
    world.must(
        &alice,
        Action::RevokeApproval {
            imvu: imvu("IMVU-042"),
            approval: approval.body.id(),
        },
    );
    assert_eq!(
        try_cut(&mut world, cut(), vec![approval.clone()]),
        (2015, Some(Reason::ApprovalRevoked))
    );
    let rotation = rotated.rotation(&alice, 1, &Person::new(61));
    rotated.must(&alice, rotation);
    assert_eq!(
        try_cut(&mut rotated, cut(), vec![approval]),
        (2015, Some(Reason::ApprovalKeyRotated))
    );
}

#[test]
fn a_proposal_signed_by_the_creator_applies_at_once_and_only_once() {
    let mut world = World::new();
    let officers = world.officers[..3].to_vec();
    let alice = world.alice.clone();
    let expires = world.now.time.plus_ms(HOUR);
    let opened = world.submit(
        &officers,
        Action::ProposeQuota {
            imvu: imvu("IMVU-042"),
            change: cut(),
            expires,
        },
    );
    let proposal = opened.verdict.unwrap().tx;
    let sign = |world: &World| Action::SignApproval {
        proposal,
        approval: world.approve(&world.alice, "IMVU-042", Change::Quota(cut())),
    };
    let action = sign(&world);
    world.must(&alice, action);
    assert_eq!(quota(&world).cpu_millis, 2_000);
    let record: Proposal = world.memory.read(&state_key::proposal(&proposal)).unwrap();
    assert!(matches!(record.status, ProposalStatus::Applied(_)));
    let action = sign(&world);
    assert_eq!(world.submit(&[alice], action).code, Code::WrongState);
}

#[test]
fn a_proposal_expires_by_law_time_and_leaves_an_event() {
    let mut world = World::new();
    let officers = world.officers[..3].to_vec();
    let expires = world.now.time.plus_ms(30_000);
    let opened = world.submit(
        &officers,
        Action::ProposeQuota {
            imvu: imvu("IMVU-042"),
            change: cut(),
            expires,
        },
    );
    let proposal = opened.verdict.unwrap().tx;
    // The chain halts for a week: the law clock moves one minute.
    world.now.time = world.now.time.plus_ms(7 * 24 * HOUR);
    let executed = world.execute(&[]);
    assert_eq!(
        executed.events,
        [nexus_types::block::Event::ProposalExpired(proposal)]
    );
    world.block(&[]);
    let record: Proposal = world.memory.read(&state_key::proposal(&proposal)).unwrap();
    assert_eq!(record.status, ProposalStatus::Expired);
    assert_eq!(
        world
            .memory
            .read::<Imvu>(&state_key::imvu(&imvu("IMVU-042")))
            .unwrap()
            .proposals,
        0
    );
}

#[test]
fn a_week_of_halt_does_not_let_a_long_window_expire() {
    let mut world = World::new();
    let approval = world.approve(&world.alice, "IMVU-042", Change::Quota(cut()));
    world.now.time = world.now.time.plus_ms(7 * 24 * HOUR);
    world.block(&[]);
    assert_eq!(try_cut(&mut world, cut(), vec![approval]), (0, None));
}

fn reroute(via: u8) -> RouteChange {
    RouteChange::Set(Route {
        prefix: "203.0.113.0/24".parse().unwrap(),
        next_hop: Address::V4([10, 0, 0, via]),
    })
}

#[test]
fn a_reroute_outside_the_policy_is_gate_8_and_inside_it_gate_14() {
    let mut world = World::new();
    let officers = world.officers[..3].to_vec();
    let alice = world.alice.clone();
    let action = || Action::ChangeRoute {
        imvu: imvu("IMVU-042"),
        change: reroute(99),
    };
    let outside = world.submit(&officers, action());
    assert_eq!(outside.code, Code::RefusedBy(Gate::NetworkPath));
    let hops: Prefix = "10.0.0.0/24".parse().unwrap();
    let policy = PathPolicy {
        next_hops: Set::new(vec![hops]).unwrap(),
        ..PathPolicy::default()
    };
    world.must(
        &alice,
        Action::ChangePathPolicy {
            imvu: imvu("IMVU-042"),
            policy,
        },
    );
    let inside = world.submit(&officers, action());
    assert_eq!(inside.code, Code::RefusedBy(Gate::NoSilentRedirection));
    let approval = world.approve(&alice, "IMVU-042", Change::Route(reroute(99)));
    let approved = world.submit_with(&officers, action(), vec![approval]);
    assert_eq!(approved.code, Code::Applied);
}

#[test]
fn the_platform_opens_a_path_only_with_the_creators_approval_of_exactly_that_policy() {
    let mut world = World::new();
    let (officers, alice) = (world.officers[..3].to_vec(), world.alice.clone());
    let policy = PathPolicy {
        egress_open: true,
        ..PathPolicy::default()
    };
    let action = || Action::ChangePathPolicy {
        imvu: imvu("IMVU-042"),
        policy: policy.clone(),
    };
    let alone = world.submit(&officers, action());
    assert_eq!(alone.code, Code::RefusedBy(Gate::NetworkPath));
    assert_eq!(
        alone.verdict.unwrap().reason(),
        Some(Reason::ApprovalMissing)
    );
    let other = world.approve(&alice, "IMVU-042", Change::Quota(cut()));
    let outcome = world.submit_with(&officers, action(), vec![other]);
    assert_eq!(outcome.code, Code::RefusedBy(Gate::NetworkPath));
    // A proposal that its creator signs is such an approval.
    let mut proposed = world.clone();
    let approval = world.approve(&alice, "IMVU-042", Change::PathPolicy(policy.clone()));
    let approved = world.submit_with(&officers, action(), vec![approval.clone()]);
    assert_eq!(approved.code, Code::Applied);
    let propose = Action::ProposePathPolicy {
        imvu: imvu("IMVU-042"),
        policy: policy.clone(),
        expires: proposed.now.time.plus_ms(HOUR),
    };
    let opened = proposed.submit(&officers, propose);
    assert_eq!(opened.code, Code::Applied, "{}", opened.log);
    let proposal = opened.verdict.unwrap().tx;
    proposed.must(&alice, Action::SignApproval { proposal, approval });
    for world in [world, proposed] {
        let key = state_key::path_policy(&imvu("IMVU-042"));
        assert_eq!(world.memory.read::<PathPolicy>(&key), Some(policy.clone()));
    }
}
