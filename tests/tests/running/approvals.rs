//! Approvals and proposals: good once, for one exact change, while nothing it names has moved.

use crate::standing::*;
use nexus_sdk::api::TransactionView;
use nexus_tests::Network;
use nexus_tests::actions::*;
use nexus_tests::people::{HOUR_MS, in_an_hour, now};
use nexus_types::approval::{Approval, Change};
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::RouteChange;
use nexus_types::state::{Proposal, ProposalStatus};
use nexus_types::state_key;
use nexus_types::{Action, Hash, Time};

/// Tries a quota change as the platform with an approval, and returns code and reason.
fn try_with(
    network: &Network,
    id: &str,
    change: QuotaChange,
    approval: Approval,
) -> TransactionView {
    network.decide_as_platform(change_quota(id, change), vec![approval])
}

#[test]
fn an_approval_is_good_once_for_one_change_and_while_nothing_moved() {
    let network = Network::shared();
    let (alice, bob, _) = neighbours(network, "APPROVAL");
    let id = imvu("APPROVAL-A");
    let cut = || Change::Quota(cpu_cut());
    let told = Some("APPROVAL-A");

    let pids = quota_change(&[(QuotaField::Pids, 100)]);
    let hour_ago = |by: u64| Time(now().0 - HOUR_MS - by);
    let unfit: Vec<(&str, Approval)> = vec![
        (
            "approvalExpired",
            network.approval(&alice, &id, cut(), |body| {
                body.not_before = hour_ago(60_000);
                body.expires = hour_ago(0);
            }),
        ),
        (
            "approvalNotYetValid",
            network.approval(&alice, &id, cut(), |body| {
                body.not_before = now().plus_ms(HOUR_MS);
                body.expires = now().plus_ms(2 * HOUR_MS);
            }),
        ),
        (
            "approvalOtherChange",
            network.approval(&alice, &id, Change::Quota(pids), |_| {}),
        ),
        (
            "approvalOtherImvu",
            network.approval(&bob, &imvu("APPROVAL-B"), cut(), |_| {}),
        ),
        (
            "approvalNotByOwner",
            network.approval(&bob, &id, cut(), |_| {}),
        ),
        (
            "approvalVersionMoved",
            network.approval(&alice, &id, cut(), |body| body.version += 1),
        ),
        (
            "approvalKeyRotated",
            network.approval(&alice, &id, cut(), |body| body.generation = 1),
        ),
    ];
    let (reasons, approvals): (Vec<_>, Vec<_>) = unfit.into_iter().unzip();
    let acts = approvals
        .into_iter()
        .map(|approval| (change_quota("APPROVAL-A", cpu_cut()), vec![approval]));
    let views = network.decide_as(&network.platform(), acts.collect());
    for (view, reason) in views.iter().zip(reasons) {
        assert_refusal(network, view, &refusal(2015, &[15], reason, told));
    }
    assert_eq!(imvu_state(network, &id).quota, QUOTA);

    // Used once, and then not again, also when the change would cut again.
    let approval = network.approval(&alice, &id, cut(), |_| {});
    let view = try_with(network, "APPROVAL-A", cpu_cut(), approval.clone());
    assert_eq!(view.summary.code.code, 0, "{view:#?}");
    let back = quota_change(&[(QuotaField::CpuMillis, 4_000)]);
    network.apply(&alice, vec![change_quota("APPROVAL-A", back)]);
    let view = try_with(network, "APPROVAL-A", cpu_cut(), approval);
    assert_refusal(network, &view, &refusal(2015, &[15], "approvalUsed", told));

    // The field it names was set in between.
    let approval = network.approval(&alice, &id, cut(), |_| {});
    let more = quota_change(&[(QuotaField::CpuMillis, 5_000)]);
    network.apply(&alice, vec![change_quota("APPROVAL-A", more)]);
    let view = try_with(network, "APPROVAL-A", cpu_cut(), approval);
    assert_refusal(
        network,
        &view,
        &refusal(2015, &[15], "approvalVersionMoved", told),
    );

    // Taken back.
    let approval = network.approval(&alice, &id, cut(), |_| {});
    let revoke = Action::RevokeApproval {
        imvu: id.clone(),
        approval: approval.body.id(),
    };
    network.apply(&alice, vec![revoke]);
    let view = try_with(network, "APPROVAL-A", cpu_cut(), approval);
    assert_refusal(
        network,
        &view,
        &refusal(2015, &[15], "approvalRevoked", told),
    );
    assert_eq!(imvu_state(network, &id).quota.cpu_millis, 5_000);
}

#[test]
fn an_approval_that_expires_while_the_chain_runs_is_void_from_then_on() {
    let network = Network::shared();
    let (alice, _, _) = neighbours(network, "EXPIRY");
    let id = imvu("EXPIRY-A");
    let expires = now().plus_ms(3_000);
    let approval = network.approval(&alice, &id, Change::Quota(cpu_cut()), |body| {
        body.expires = expires;
    });
    // The law's clock runs with the blocks, at most a block behind their time.
    nexus_tests::wait::wait_for("a block after the expiry", || {
        let clock: nexus_types::state::Clock = network.state(&state_key::clock())?;
        (clock.law_time > expires).then_some(())
    });
    let view = try_with(network, "EXPIRY-A", cpu_cut(), approval);
    assert_refusal(
        network,
        &view,
        &refusal(2015, &[15], "approvalExpired", Some("EXPIRY-A")),
    );
}

#[test]
fn a_proposal_is_approved_once_by_its_creator_and_applies_at_once() {
    let network = Network::shared();
    let (alice, bob, _) = neighbours(network, "PROPOSAL");
    let id = imvu("PROPOSAL-A");
    let propose = Action::ProposeRoute {
        imvu: id.clone(),
        change: route_via("10.0.0.7"),
        expires: in_an_hour(),
    };
    let opened = network.decide_as_platform(propose, Vec::new());
    assert_eq!(opened.summary.code.code, 0, "{opened:#?}");
    let proposal: Hash = opened.envelope.expect("a transaction").id.0;
    let notices = network.notices_of(&id);
    assert!(
        notices
            .iter()
            .any(|notice| notice.proposal.is_some_and(|of| of.0 == proposal))
    );

    let change = || Change::Route(route_via("10.0.0.7"));
    let other = || Change::Route(route_via("10.0.0.8"));
    let sign = |approval| Action::SignApproval { proposal, approval };
    // By somebody else, and for something else than proposed.
    let view = network.decide(&bob, sign(network.approval(&bob, &id, change(), |_| {})));
    assert_refusal(
        network,
        &view,
        &refusal(2001, &[1, 14], "notOwner", Some("PROPOSAL-A")),
    );
    let views = network.decide_all(
        &alice,
        vec![
            sign(network.approval(&alice, &id, other(), |_| {})),
            sign(network.approval(&alice, &id, change(), |_| {})),
            sign(network.approval(&alice, &id, change(), |body| body.salt += 1)),
        ],
    );
    assert_refusal(
        network,
        &views[0],
        &refusal(2014, &[14], "approvalOtherChange", Some("PROPOSAL-A")),
    );
    assert_eq!(views[1].summary.code.code, 0, "{:#?}", views[1]);
    // The route moved, so that a second approval of the same is void.
    assert_eq!(views[2].summary.code.code, 2014, "{:#?}", views[2]);
    let stands: Proposal = network
        .state(&state_key::proposal(&proposal))
        .expect("a proposal");
    assert!(
        matches!(stands.status, ProposalStatus::Applied(_)),
        "{stands:?}"
    );
    let RouteChange::Set(route) = route_via("10.0.0.7") else {
        panic!("a route is set");
    };
    let record: nexus_types::state::RouteRecord = network
        .state(&state_key::route(&id, &route.prefix))
        .expect("a route");
    assert_eq!(record.next_hop, Some(route.next_hop));
}
