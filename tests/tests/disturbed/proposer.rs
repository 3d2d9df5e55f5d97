//! A validator whose proposals hold what may stand in no block. Its application is the real one but for one change, on
//! the validator's real store, under its real CometBFT.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use nexus_abci::app::App;
use nexus_sdk::keys::Signer;
use nexus_tests::actions::{create, describe};
use nexus_tests::patched::{Patched, Replaced};
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options};
use nexus_types::encoding::encode;
use nexus_types::{Code, Hash};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::ResponseProcessProposal;
use tendermint_proto::v0_38::abci::response_process_proposal::ProposalStatus;

/// Bytes that may stand in no block, and the code of each.
type Inadmissible = Vec<(Vec<u8>, Code)>;

/// Which of the inadmissible transactions was proposed at a height.
type Proposed = Arc<Mutex<BTreeMap<u64, usize>>>;

/// The real application, but for what it proposes: each proposal ends with one more of the inadmissible transactions,
/// and this validator votes for it.
fn evil(app: App, inadmissible: Inadmissible, proposed: Proposed) -> Patched<App> {
    let inadmissible = Arc::new(inadmissible);
    let ours = Arc::clone(&inadmissible);
    Patched::new(app)
        .on_prepare_proposal(move |app, request| {
            let height = u64::try_from(request.height).expect("a height");
            let mut response = app.prepare_proposal(request);
            let mut proposed = proposed.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = proposed.len() % inadmissible.len();
            let which = *proposed.entry(height).or_insert(turn);
            response.txs.push(inadmissible[which].0.clone().into());
            response
        })
        .on_process_proposal(move |app, request| {
            let ours = |tx: &Bytes| ours.iter().any(|(bytes, _)| bytes == tx);
            if request.txs.iter().any(ours) {
                return ResponseProcessProposal {
                    status: ProposalStatus::Accept.into(),
                };
            }
            app.process_proposal(request)
        })
}

/// What stands in the block of a height, and the round in which it was decided.
fn decided(node: &Node, height: u64) -> (Vec<Hash>, u64) {
    let block = node
        .comet(&format!("/block?height={height}"))
        .expect("a block");
    let txs = block["block"]["data"]["txs"].as_array().expect("a list");
    let hashes = txs.iter().map(|tx| {
        let text = tx.as_str().expect("base64");
        let bytes = STANDARD.decode(text);
        Hash::of(&bytes.expect("base64"))
    });
    let hashes = hashes.collect();
    let commit = node
        .comet(&format!("/commit?height={height}"))
        .expect("a commit");
    let round = &commit["signed_header"]["commit"]["round"];
    (hashes, round.as_u64().expect("a number"))
}

/// Random bytes, a signature that is not the signer's, and a transaction that stands in a block already.
fn inadmissible(network: &Network) -> (Signer, Inadmissible) {
    let person = network.person("victim");
    let nonce = network.next_nonce(person.identity);
    let old = network.signed(&person, &[], nonce, create("VICTIM"));
    network.applied(network.hand_in(&old));
    // The nonce that comes next after an honest one: nothing but the signature is wrong.
    let mut forged = network.signed(&person, &[], nonce + 2, describe("VICTIM", "forged"));
    forged.signature.0[40] ^= 1;
    let random: Vec<u8> = (0..200_u32)
        .map(|at| Hash::of(&at.to_be_bytes()).0[0])
        .collect();
    let all = vec![
        (random, Code::BoundExceeded),
        (encode(&forged), Code::BadSignature),
        (encode(&old), Code::NonceReplayed),
    ];
    (person, all)
}

/// Whether a node says that it rejected the proposal of that height, and for that reason.
fn rejects(node: &Node, height: u64, code: Code) -> bool {
    let (height, code) = (format!(" height={height} "), format!("NX{}", code.number()));
    let log = node.log();
    log.lines().any(|line| {
        line.contains("proposal rejected") && line.contains(&height) && line.contains(&code)
    })
}

#[test]
fn a_proposal_with_an_inadmissible_transaction_is_rejected_and_the_chain_goes_on() {
    let network = &Network::start(&Options::default());
    let (person, inadmissible) = inadmissible(network);
    let [others @ .., node] = network.nodes.as_slice() else {
        panic!("no nodes")
    };
    node.stop();
    let proposed = Proposed::default();
    let replaced = Replaced::run(node, |app| {
        evil(app, inadmissible.clone(), Arc::clone(&proposed))
    });
    let proposed = || {
        let proposed = proposed.lock().unwrap_or_else(PoisonError::into_inner);
        proposed.clone()
    };
    // People go on working meanwhile.
    network.apply(&person, vec![describe("VICTIM", "honest")]);
    let rejected: Vec<u64> = inadmissible
        .iter()
        .enumerate()
        .map(|(which, (_, code))| {
            wait_for(
                &format!("a proposal that everybody rejects with {code:?}"),
                || {
                    let proposed = proposed();
                    let heights = proposed.iter().filter(|(_, what)| **what == which);
                    let mut heights = heights.map(|(height, _)| *height);
                    heights.find(|height| others.iter().all(|other| rejects(other, *height, *code)))
                },
            )
        })
        .collect();
    let proposed = proposed();
    drop(replaced);
    let last = *proposed.keys().last().expect("a height");
    for other in others {
        other.wait_for_height(last + 1);
    }
    for height in proposed.keys() {
        let (txs, round) = decided(&others[0], *height);
        assert!(
            round > 0 || !rejected.contains(height),
            "height {height}: decided in the round of the bad proposal"
        );
        for (bytes, code) in &inadmissible {
            assert!(
                !txs.contains(&Hash::of(bytes)),
                "height {height}: the block holds the one with {code:?}"
            );
        }
    }
    // The same validator with the honest application finds its place again.
    node.start();
    node.wait_for_height(last + 2);
    network.wait_for_height(last + 2);
    network.assert_one_app_hash(1..=last + 2);
}
