//! A creator leaves on the running network, and gate 13 refuses whatever the platform does about it.

use crate::standing::*;
use nexus_sdk::anchor::{Anchor, time_from_ms};
use nexus_sdk::api::BundleSubject;
use nexus_sdk::bundle::Bundle;
use nexus_sdk::verify::{ExitFacts, Facts, Policy, StepName, verify};
use nexus_tests::Network;
use nexus_tests::actions::*;
use nexus_tests::people::now;
use nexus_tests::wait::block_on;
use nexus_types::Action;
use nexus_types::action::SuspendReason;
use nexus_types::exit::{AnnounceExit, BlockExit, CloseExit, Exit, ExitStage, ReleaseExit};
use nexus_types::quota::QuotaField;
use nexus_types::state_key;

fn announce(id: &str) -> Action {
    Action::AnnounceExit(AnnounceExit { imvu: imvu(id) })
}

/// Evidence of an exit, verified down to the anchor.
fn proved(network: &Network, id: &str) -> (Bundle, ExitFacts) {
    let anchor = Anchor::parse(&network.anchor).expect("an anchor");
    let subject = BundleSubject::Exit(imvu(id).into());
    let evidence = block_on(network.node().client().bundle(subject, 0));
    let bundle = evidence.expect("evidence of an exit");
    let time = time_from_ms(now().max(network.block_time()).0).expect("a time");
    let report = verify(&bundle, &anchor, &Policy::at(time));
    assert!(report.failure().is_none(), "{:?}", report.failure());
    let verified = report.verified.expect("no step failed");
    let Facts::Exit(facts) = verified.value() else {
        panic!("it is about something else");
    };
    let facts = (**facts).clone();
    (bundle, facts)
}

#[test]
fn gate_13_refuses_whatever_would_hold_or_change_who_leaves() {
    let network = Network::shared();
    let (alice, bob, name) = neighbours(network, "EXIT");
    network.apply(
        &alice,
        vec![
            change_route("EXIT-A", route_via("192.0.2.1")),
            announce("EXIT-A"),
        ],
    );
    let block = Action::BlockExit(BlockExit {
        imvu: imvu("EXIT-A"),
    });
    let of_bob = network.decide(&bob, block.clone());
    assert_refusal(
        network,
        &of_bob,
        &refusal(2013, &[13], "exitIsTheCreators", Some("EXIT-A")),
    );
    let stopped = network.decide_as_platform(block, Vec::new());
    assert_refusal(
        network,
        &stopped,
        &refusal(2013, &[13], "exitIsTheCreators", Some("EXIT-A")),
    );
    let suspend = Action::PlatformSuspend {
        imvu: imvu("EXIT-A"),
        reason: SuspendReason::Unstated,
    };
    let suspended = network.decide_as_platform(suspend, Vec::new());
    assert_refusal(
        network,
        &suspended,
        &refusal(2013, &[13, 15], "exitProtected", Some("EXIT-A")),
    );
    let before = imvu_state(network, &imvu("EXIT-A")).quota.cpu_millis;
    let raise = change_quota(
        "EXIT-A",
        quota_change(&[(QuotaField::CpuMillis, before + 1)]),
    );
    let raised = network.decide_as_platform(raise, Vec::new());
    assert_refusal(
        network,
        &raised,
        &refusal(2013, &[13], "exitProtected", Some("EXIT-A")),
    );
    // All of that is on the ledger, and nothing of it has changed anything: proved for the whole interval at once.
    network.apply(&alice, vec![set_address(&name, &name, "192.0.2.7")]);
    // What a block led to is proved by the header after it.
    let height = network.common_height();
    network.wait_for_height(height + 2);
    let (bundle, facts) = proved(network, "EXIT-A");
    let exit = facts.exit.expect("it was announced");
    assert_eq!((exit.changes, exit.last_deviation), (1, None));
    let baseline = facts.baseline.expect("it stands");
    assert_eq!(baseline.hash(), exit.baseline);
    assert_eq!((baseline.routes.len(), baseline.names.len()), (1, 1));
    hidden_routes_are_missed(network, bundle);
    leave(network, &alice, "EXIT-A");
}

/// Evidence that leaves something out proves nothing.
fn hidden_routes_are_missed(network: &Network, mut bundle: Bundle) {
    let anchor = Anchor::parse(&network.anchor).expect("an anchor");
    let route = state_key::KeyKind::Route.byte();
    bundle
        .state
        .retain(|item| item.key.bytes().first() != Some(&route));
    bundle.digest = bundle.compute_digest().expect("a digest");
    let time = time_from_ms(now().max(network.block_time()).0).expect("a time");
    let report = verify(&bundle, &anchor, &Policy::at(time));
    let failure = report.failure().expect("a route is hidden");
    assert_eq!(failure.name, StepName::Baseline);
}

/// The creator lets go of everything in its next two transactions.
fn leave(network: &Network, alice: &nexus_sdk::keys::Signer, id: &str) {
    let release = Action::ReleaseExit(ReleaseExit {
        imvu: imvu(id),
        accept_loss: false,
    });
    let close = Action::CloseExit(CloseExit { imvu: imvu(id) });
    network.apply(alice, vec![release, close]);
    let height = network.common_height();
    network.wait_for_height(height + 2);
    let exit: Exit = network
        .state(&state_key::exit(&imvu(id)))
        .expect("it stays on record");
    assert_eq!(exit.stage, ExitStage::Closed);
    assert_eq!(imvu_state(network, &imvu(id)).domains, 0);
}
