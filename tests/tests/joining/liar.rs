//! A validator that serves altered chunks: its application is the real one but for that, on its real store and under its
//! real CometBFT.

use bytes::Bytes;
use nexus_abci::app::{App, NoObserver, Options as AppOptions, Policy};
use nexus_abci::transport::{BatchCheckTx, ServerConfig, ServerHandle, serve};
use nexus_store::{RocksBackend, Store};
use nexus_tests::process::ProcessId;
use nexus_tests::wait::wait_for;
use nexus_tests::{Joiner, Network, Node, Options, programs};
use rustix::process::Signal;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestCheckTx, RequestEcho, RequestExtendVote,
    RequestFinalizeBlock, RequestInfo, RequestInitChain, RequestLoadSnapshotChunk,
    RequestOfferSnapshot, RequestPrepareProposal, RequestProcessProposal, RequestQuery,
    RequestVerifyVoteExtension, ResponseApplySnapshotChunk, ResponseCheckTx, ResponseCommit,
    ResponseEcho, ResponseExtendVote, ResponseFinalizeBlock, ResponseFlush, ResponseInfo,
    ResponseInitChain, ResponseListSnapshots, ResponseLoadSnapshotChunk, ResponseOfferSnapshot,
    ResponsePrepareProposal, ResponseProcessProposal, ResponseQuery, ResponseVerifyVoteExtension,
};

const INTERVAL: u64 = 10;

/// Enough that what the liar offered is still there when an honest node is asked for it.
const KEEP: usize = 30;

/// The real application, but for the chunks it serves: one bit of each is another.
#[derive(Clone)]
struct Liar {
    app: App,
    served: Arc<AtomicU64>,
}

impl Application for Liar {
    fn load_snapshot_chunk(&self, request: RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk {
        let mut chunk = self.app.load_snapshot_chunk(request).chunk.to_vec();
        if let Some(byte) = chunk.last_mut() {
            *byte ^= 1;
            self.served.fetch_add(1, Ordering::Relaxed);
        }
        ResponseLoadSnapshotChunk {
            chunk: Bytes::from(chunk),
        }
    }

    fn prepare_proposal(&self, request: RequestPrepareProposal) -> ResponsePrepareProposal {
        self.app.prepare_proposal(request)
    }

    fn process_proposal(&self, request: RequestProcessProposal) -> ResponseProcessProposal {
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

    fn apply_snapshot_chunk(
        &self,
        request: RequestApplySnapshotChunk,
    ) -> ResponseApplySnapshotChunk {
        self.app.apply_snapshot_chunk(request)
    }
}

impl BatchCheckTx for Liar {
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
    fn run(node: &Node) -> (Self, Liar) {
        let backend = RocksBackend::open(&node.home.join("data/store")).expect("its database");
        let store = Store::open(backend).expect("its store");
        let options = AppOptions {
            snapshots: Some(Policy {
                interval: INTERVAL,
                keep: KEEP,
                folder: node.home.join("data/snapshots"),
            }),
            ..AppOptions::default()
        };
        let liar = Liar {
            app: App::open(store, options, NoObserver).expect("its application"),
            served: Arc::default(),
        };
        let socket = ServerConfig::new(node.home.join("run/abci.sock"));
        let server = serve(socket, liar.clone()).expect("its socket");
        let log = File::create(node.home.join("liar.log")).expect("a log");
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
        (Self { server, comet }, liar)
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

/// A restart with another configuration.
fn reconfigured(node: &Node, from: &str, to: &str) {
    node.stop();
    node.configure(from, to);
    node.start();
}

#[test]
fn who_serves_altered_chunks_is_refused_and_the_sync_goes_on_from_another() {
    let network = &Network::start(&Options {
        snapshot_interval: Some(INTERVAL),
        ..Options::default()
    });
    let [honest, second, third, lying] = network.nodes.as_slice() else {
        panic!("four nodes")
    };
    reconfigured(honest, "keep = 2", &format!("keep = {KEEP}"));
    network.wait_for_height(INTERVAL + 1);
    lying.stop();
    let (replaced, liar) = Replaced::run(lying);

    // Whom it trusts is told by somebody; at first it knows no peer but the liar.
    let trusted = second.block(2).summary;
    let servers = format!("{},{}", second.rpc, third.rpc);
    let (height, hash) = (trusted.height.0.to_string(), trusted.hash.0.to_string());
    let mut joiner = Joiner::init(
        network,
        "joining",
        &[lying],
        &[
            "--state-sync-from",
            &servers,
            "--trust-height",
            &height,
            "--trust-hash",
            &hash,
        ],
    );
    joiner.start();
    wait_for("an altered chunk that is refused", || {
        assert!(
            joiner.node.height().is_none(),
            "nothing is served before the whole is verified"
        );
        joiner.node.log().contains("altered chunk").then_some(())
    });
    assert!(liar.served.load(Ordering::Relaxed) > 0);

    // An honest node dials it: the sync goes on from there.
    let peers = "persistent_peers = [";
    reconfigured(
        honest,
        peers,
        &format!("{peers}\n    \"{}@{}\",", joiner.id, joiner.p2p),
    );
    let base = wait_for("the restored height", || joiner.node.height());
    let log = joiner.node.log();
    let lines = || log.lines().filter(|line| line.contains("altered chunk"));
    let senders: Vec<_> = lines()
        .filter_map(|line| line.split_once("sender="))
        .collect();
    assert_eq!(
        senders.len(),
        lines().count(),
        "each line names who lied: {log}"
    );
    assert!(log.contains("snapshot restored"), "{log}");
    let last = second.height().expect("it runs").max(base) + 2;
    for node in [&joiner.node, honest, second, third] {
        node.wait_for_height(last);
    }
    for height in base + 1..=last {
        let expected = second.app_hash(height);
        assert_eq!(joiner.node.app_hash(height), expected, "height {height}");
        assert_eq!(honest.app_hash(height), expected, "height {height}");
    }
    drop(joiner);
    // Both, so that the store is closed.
    drop((replaced, liar));
}
