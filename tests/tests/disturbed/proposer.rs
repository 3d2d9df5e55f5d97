//! A validator whose proposals hold what may stand in no block. Its application is the real one but for one change, on
//! the validator's real store, under its real CometBFT.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use nexus_abci::app::{App, NoObserver, Options as AppOptions};
use nexus_abci::transport::{BatchCheckTx, ServerConfig, ServerHandle, serve};
use nexus_sdk::keys::Signer;
use nexus_store::{RocksBackend, Store};
use nexus_tests::actions::{create, describe};
use nexus_tests::process::ProcessId;
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options, programs};
use nexus_types::encoding::encode;
use nexus_types::{Code, Hash};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::response_process_proposal::ProposalStatus;
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestCheckTx, RequestEcho, RequestExtendVote,
    RequestFinalizeBlock, RequestInfo, RequestInitChain, RequestLoadSnapshotChunk,
    RequestOfferSnapshot, RequestPrepareProposal, RequestProcessProposal, RequestQuery,
    RequestVerifyVoteExtension, ResponseApplySnapshotChunk, ResponseCheckTx, ResponseCommit,
    ResponseEcho, ResponseExtendVote, ResponseFinalizeBlock, ResponseFlush, ResponseInfo,
    ResponseInitChain, ResponseListSnapshots, ResponseLoadSnapshotChunk, ResponseOfferSnapshot,
    ResponsePrepareProposal, ResponseProcessProposal, ResponseQuery, ResponseVerifyVoteExtension,
};

/// Bytes that may stand in no block, and the code of each.
type Inadmissible = Vec<(Vec<u8>, Code)>;

/// The real application, but for what it proposes: each proposal ends with one more of the inadmissible transactions,
/// and this validator votes for it.
#[derive(Clone)]
struct Patched {
    app: App,
    inadmissible: Arc<Inadmissible>,
    /// Which of them was proposed at a height.
    proposed: Arc<Mutex<BTreeMap<u64, usize>>>,
}

impl Patched {
    fn proposed(&self) -> BTreeMap<u64, usize> {
        let proposed = self.proposed.lock();
        proposed.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Application for Patched {
    fn prepare_proposal(&self, request: RequestPrepareProposal) -> ResponsePrepareProposal {
        let height = u64::try_from(request.height).expect("a height");
        let mut response = self.app.prepare_proposal(request);
        let mut proposed = self.proposed.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = proposed.len() % self.inadmissible.len();
        let which = *proposed.entry(height).or_insert(turn);
        response.txs.push(self.inadmissible[which].0.clone().into());
        response
    }

    fn process_proposal(&self, request: RequestProcessProposal) -> ResponseProcessProposal {
        let ours = |tx: &Bytes| self.inadmissible.iter().any(|(bytes, _)| bytes == tx);
        if request.txs.iter().any(ours) {
            return ResponseProcessProposal {
                status: ProposalStatus::Accept.into(),
            };
        }
        self.app.process_proposal(request)
    }

    fn echo(&self, request: RequestEcho) -> ResponseEcho {
        self.app.echo(request)
    }

    fn info(&self, request: RequestInfo) -> ResponseInfo {
        self.app.info(request)
    }

    fn init_chain(&self, request: RequestInitChain) -> ResponseInitChain {
        self.app.init_chain(request)
    }

    fn query(&self, request: RequestQuery) -> ResponseQuery {
        self.app.query(request)
    }

    fn check_tx(&self, request: RequestCheckTx) -> ResponseCheckTx {
        self.app.check_tx(request)
    }

    fn flush(&self) -> ResponseFlush {
        self.app.flush()
    }

    fn extend_vote(&self, request: RequestExtendVote) -> ResponseExtendVote {
        self.app.extend_vote(request)
    }

    fn verify_vote_extension(
        &self,
        request: RequestVerifyVoteExtension,
    ) -> ResponseVerifyVoteExtension {
        self.app.verify_vote_extension(request)
    }

    fn finalize_block(&self, request: RequestFinalizeBlock) -> ResponseFinalizeBlock {
        self.app.finalize_block(request)
    }

    fn commit(&self) -> ResponseCommit {
        self.app.commit()
    }

    fn list_snapshots(&self) -> ResponseListSnapshots {
        self.app.list_snapshots()
    }

    fn offer_snapshot(&self, request: RequestOfferSnapshot) -> ResponseOfferSnapshot {
        self.app.offer_snapshot(request)
    }

    fn load_snapshot_chunk(&self, request: RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk {
        self.app.load_snapshot_chunk(request)
    }

    fn apply_snapshot_chunk(
        &self,
        request: RequestApplySnapshotChunk,
    ) -> ResponseApplySnapshotChunk {
        self.app.apply_snapshot_chunk(request)
    }
}

impl BatchCheckTx for Patched {
    fn check_tx_batch(&self, requests: Vec<RequestCheckTx>) -> Vec<ResponseCheckTx> {
        self.app.check_tx_batch(requests)
    }
}

/// A stopped validator that runs again with another application: this one, in this process.
struct Replaced {
    server: Option<ServerHandle>,
    comet: Child,
}

impl Replaced {
    fn run(node: &Node, inadmissible: Inadmissible) -> (Self, Patched) {
        let backend = RocksBackend::open(&node.home.join("data/store")).expect("its database");
        let store = Store::open(backend).expect("its store");
        let patched = Patched {
            app: App::open(store, AppOptions::default(), NoObserver).expect("its application"),
            inadmissible: Arc::new(inadmissible),
            proposed: Arc::default(),
        };
        let socket = ServerConfig::new(node.home.join("run/abci.sock"));
        let server = serve(socket, patched.clone()).expect("its socket");
        let log = File::create(node.home.join("patched.log")).expect("a log");
        let comet = Command::new(programs::checkout().join(".tools/bin/cometbft"))
            .args(["start", "--home", "cometbft"])
            // Its key signed a moment ago, in the process that was stopped: nexusd sets this at a restart as well.
            .args(["--consensus.double_sign_check_height", "0"])
            .current_dir(&node.home)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second descriptor"))
            .stderr(log)
            .spawn()
            .expect("CometBFT starts");
        let server = Some(server);
        (Self { server, comet }, patched)
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        if let Some(process) = ProcessId::of(self.comet.id()) {
            process.signal(Signal::KILL);
        }
        let _ = self.comet.wait();
        if let Some(server) = self.server.take() {
            server.shutdown().expect("the application's server ends");
        }
    }
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
    let (replaced, patched) = Replaced::run(node, inadmissible.clone());
    // People go on working meanwhile.
    network.apply(&person, vec![describe("VICTIM", "honest")]);
    let rejected: Vec<u64> = inadmissible
        .iter()
        .enumerate()
        .map(|(which, (_, code))| {
            wait_for(
                &format!("a proposal that everybody rejects with {code:?}"),
                || {
                    let proposed = patched.proposed();
                    let heights = proposed.iter().filter(|(_, what)| **what == which);
                    let mut heights = heights.map(|(height, _)| *height);
                    heights.find(|height| others.iter().all(|other| rejects(other, *height, *code)))
                },
            )
        })
        .collect();
    let proposed = patched.proposed();
    // Both, so that the store is closed.
    drop((replaced, patched));
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
