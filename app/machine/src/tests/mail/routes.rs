//! Where mail goes, and no route into another's subnet (gates 5, 14, 16 and 17).

use super::{ask, refused, said, served};
use crate::tests::hosting::*;
use crate::tests::mailing::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::approval::{Approval, Change};
use nexus_types::mail::{MailRoute, MailRouteChange};
use nexus_types::route::{Address, Route, RouteChange};
use nexus_types::state::{Proposal, ProposalStatus};
use nexus_types::{Reason, state_key};

fn try_route(
    world: &mut World,
    change: &MailRouteChange,
    approvals: Vec<Approval>,
) -> (u32, Option<Reason>) {
    let officers = world.officers[..3].to_vec();
    said(&world.submit_with(&officers, change_mail(change.clone()), approvals))
}

#[test]
fn the_platform_reroutes_mail_only_with_the_creators_approval() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let change = exchange("mx.elsewhere.test");
    assert_eq!(
        try_route(&mut world, &change, Vec::new()),
        refused(2014, Reason::ApprovalMissing)
    );
    assert_eq!(world.mail_route(), None);
    let approval = world.approve(&alice, ID, Change::MailRoute(change.clone()));
    let other = exchange("mx.other.test");
    assert_eq!(
        try_route(&mut world, &other, vec![approval.clone()]),
        refused(2014, Reason::ApprovalOtherChange)
    );
    assert_eq!(
        try_route(&mut world, &change, vec![approval.clone()]),
        (0, None)
    );
    let route = world.mail_route().unwrap();
    assert_eq!((route.route, route.version), (change.route.clone(), 1));
    // Back, and once more with the same approval.
    let back = MailRouteChange {
        route: None,
        ..change.clone()
    };
    world.must(&alice, change_mail(back));
    assert_eq!(
        try_route(&mut world, &change, vec![approval]),
        refused(2014, Reason::ApprovalUsed)
    );
}

#[test]
fn an_approval_of_a_mail_route_is_void_once_the_route_moved() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let change = exchange("mx.elsewhere.test");
    let approval = world.approve(&alice, ID, Change::MailRoute(change.clone()));
    world.must(&alice, change_mail(exchange("mx.mine.test")));
    let back = MailRouteChange {
        route: None,
        ..change.clone()
    };
    world.must(&alice, change_mail(back));
    assert_eq!(
        try_route(&mut world, &change, vec![approval]),
        refused(2014, Reason::ApprovalVersionMoved)
    );
}

#[test]
fn below_the_threshold_an_approved_mail_route_is_refused_by_gate_17() {
    let mut world = World::new();
    let change = exchange("mx.elsewhere.test");
    let approval = world.approve(&world.alice, ID, Change::MailRoute(change.clone()));
    let two = world.officers[..2].to_vec();
    let outcome = world.submit_with(&two, change_mail(change), vec![approval]);
    assert_eq!(said(&outcome), refused(2017, Reason::BelowThreshold));
}

#[test]
fn a_proposed_mail_route_applies_when_its_creator_signs() {
    let mut world = World::new();
    let (alice, officers) = (world.alice.clone(), world.officers[..3].to_vec());
    let change = exchange("mx.elsewhere.test");
    let propose = propose_mail(&world, change.clone());
    let opened = world.submit(&officers, propose);
    assert_eq!(said(&opened), (0, None));
    let proposal = opened.verdict.unwrap().tx;
    assert_eq!(world.mail_route(), None);
    let approval = world.approve(&alice, ID, Change::MailRoute(change.clone()));
    world.must(&alice, Action::SignApproval { proposal, approval });
    assert_eq!(world.mail_route().unwrap().route, change.route);
    let record: Proposal = world.memory.read(&state_key::proposal(&proposal)).unwrap();
    assert!(matches!(record.status, ProposalStatus::Applied(_)));
}

#[test]
fn a_proposal_for_a_domain_that_was_given_up_can_no_longer_be_signed() {
    let mut world = World::new();
    let (alice, officers) = (world.alice.clone(), world.officers[..3].to_vec());
    let change = exchange("mx.elsewhere.test");
    let propose = propose_mail(&world, change.clone());
    let proposal = world.submit(&officers, propose).verdict.unwrap().tx;
    let approval = world.approve(&alice, ID, Change::MailRoute(change));
    world.must(&alice, Action::ReleaseDomain { name: text(DOMAIN) });
    assert_eq!(
        ask(
            &mut world,
            &alice,
            Action::SignApproval { proposal, approval }
        ),
        refused(2005, Reason::DomainNotBound)
    );
}

#[test]
fn a_route_of_mail_is_for_a_domain_of_ones_own_and_to_a_host() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let bobs = MailRouteChange {
        domain: world.name("bob.demo.example"),
        route: Some(MailRoute::Kept),
    };
    assert_eq!(
        ask(&mut world, &alice, change_mail(bobs)),
        refused(2005, Reason::DomainNotBound)
    );
    let no_host = change_mail(exchange("_mx.elsewhere.test"));
    assert_eq!(ask(&mut world, &alice, no_host).0, 2103);
    let kept = MailRouteChange {
        domain: domain(DOMAIN),
        route: Some(MailRoute::Kept),
    };
    world.must(&alice, change_mail(kept.clone()));
    assert_eq!(
        ask(&mut world, &alice, change_mail(kept)),
        refused(2105, Reason::NoChange)
    );
}

fn reroute(prefix: &str, hop: [u8; 4]) -> Action {
    Action::ChangeRoute {
        imvu: imvu(ID),
        change: RouteChange::Set(Route {
            prefix: prefix.parse().unwrap(),
            next_hop: Address::V4(hop),
        }),
    }
}

#[test]
fn no_route_leads_into_another_imvus_subnet() {
    let mut world = served();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let activate = Action::ActivateImvu {
        imvu: imvu("IMVU-B"),
        host: Some(host("host-1")),
    };
    world.must(&bob, activate);
    // Alice has slot 0, 10.0.0.0/30, Bob slot 1, 10.0.0.4/30.
    let leak = refused(2016, Reason::NotItsSubnet);
    for action in [
        reroute("203.0.113.0/24", [10, 0, 0, 4]),
        reroute("203.0.113.0/24", [10, 0, 0, 7]),
        reroute("10.0.0.4/30", [192, 0, 2, 1]),
        reroute("10.0.0.6/32", [192, 0, 2, 1]),
    ] {
        assert_eq!(ask(&mut world, &alice, action), leak);
    }
    for action in [
        reroute("203.0.113.0/24", [10, 0, 0, 3]),
        reroute("203.0.114.0/24", [10, 0, 0, 8]),
        reroute("10.0.0.0/30", [192, 0, 2, 1]),
        reroute("10.0.0.0/8", [192, 0, 2, 1]),
    ] {
        world.must(&alice, action);
    }
    let officers = world.officers[..3].to_vec();
    let Action::ChangeRoute { imvu, change } = reroute("203.0.115.0/24", [10, 0, 0, 5]) else {
        unreachable!()
    };
    let expires = world.now.time.plus_ms(HOUR);
    let propose = Action::ProposeRoute {
        imvu,
        change,
        expires,
    };
    let proposed = world.submit(&officers, propose);
    assert_eq!(said(&proposed), leak);
}

#[test]
fn a_proposed_route_is_judged_again_when_it_is_signed() {
    let mut world = served();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let officers = world.officers[..3].to_vec();
    let Action::ChangeRoute { imvu: id, change } = reroute("203.0.115.0/24", [10, 0, 0, 5]) else {
        unreachable!()
    };
    let expires = world.now.time.plus_ms(HOUR);
    let propose = Action::ProposeRoute {
        imvu: id,
        change,
        expires,
    };
    let proposal = world.submit(&officers, propose).verdict.unwrap().tx;
    let activate = Action::ActivateImvu {
        imvu: imvu("IMVU-B"),
        host: Some(host("host-1")),
    };
    world.must(&bob, activate);
    let approval = world.approve(&alice, ID, Change::Route(change));
    assert_eq!(
        ask(
            &mut world,
            &alice,
            Action::SignApproval { proposal, approval }
        ),
        refused(2016, Reason::NotItsSubnet)
    );
    // Once Bob has left, nothing of his is there.
    let stop = Action::StopImvu {
        imvu: imvu("IMVU-B"),
        accept_loss: true,
    };
    world.must(&bob, stop);
    let approval = world.approve(&alice, ID, Change::Route(change));
    world.must(&alice, Action::SignApproval { proposal, approval });
}
