//! The real application but for chosen calls: how a validator that lies, or errs, is made from an honest one.

use crate::node::Node;
use crate::process::ProcessId;
use crate::programs;
use nexus_abci::app::{App, NoObserver, Options};
use nexus_abci::transport::{BatchCheckTx, ServedApp, ServerConfig, ServerHandle, serve};
use nexus_store::{RocksBackend, Store};
use rustix::process::Signal;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
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

/// What is done instead of a call; the application is there to be asked as well.
type Hook<A, Q, R> = Arc<dyn Fn(&A, Q) -> R + Send + Sync>;

/// An application whose chosen calls go to a hook first; all others go to the application.
///
/// ```text
/// let liar = Patched::new(app).on_info(|app, request| ResponseInfo { last_block_height: 0, ..app.info(request) });
/// ```
pub struct Patched<A> {
    app: A,
    hooks: Hooks<A>,
}

struct Hooks<A> {
    info: Option<Hook<A, RequestInfo, ResponseInfo>>,
    init_chain: Option<Hook<A, RequestInitChain, ResponseInitChain>>,
    check_tx: Option<Hook<A, RequestCheckTx, ResponseCheckTx>>,
    prepare_proposal: Option<Hook<A, RequestPrepareProposal, ResponsePrepareProposal>>,
    process_proposal: Option<Hook<A, RequestProcessProposal, ResponseProcessProposal>>,
    finalize_block: Option<Hook<A, RequestFinalizeBlock, ResponseFinalizeBlock>>,
    commit: Option<Hook<A, (), ResponseCommit>>,
    list_snapshots: Option<Hook<A, (), ResponseListSnapshots>>,
    offer_snapshot: Option<Hook<A, RequestOfferSnapshot, ResponseOfferSnapshot>>,
    load_snapshot_chunk: Option<Hook<A, RequestLoadSnapshotChunk, ResponseLoadSnapshotChunk>>,
    apply_snapshot_chunk: Option<Hook<A, RequestApplySnapshotChunk, ResponseApplySnapshotChunk>>,
}

impl<A: Clone> Clone for Patched<A> {
    fn clone(&self) -> Self {
        Self {
            app: self.app.clone(),
            hooks: self.hooks.clone(),
        }
    }
}

// Not derived: a hook is cloned whatever A is.
impl<A> Clone for Hooks<A> {
    fn clone(&self) -> Self {
        Self {
            info: self.info.clone(),
            init_chain: self.init_chain.clone(),
            check_tx: self.check_tx.clone(),
            prepare_proposal: self.prepare_proposal.clone(),
            process_proposal: self.process_proposal.clone(),
            finalize_block: self.finalize_block.clone(),
            commit: self.commit.clone(),
            list_snapshots: self.list_snapshots.clone(),
            offer_snapshot: self.offer_snapshot.clone(),
            load_snapshot_chunk: self.load_snapshot_chunk.clone(),
            apply_snapshot_chunk: self.apply_snapshot_chunk.clone(),
        }
    }
}

impl<A> Default for Hooks<A> {
    fn default() -> Self {
        Self {
            info: None,
            init_chain: None,
            check_tx: None,
            prepare_proposal: None,
            process_proposal: None,
            finalize_block: None,
            commit: None,
            list_snapshots: None,
            offer_snapshot: None,
            load_snapshot_chunk: None,
            apply_snapshot_chunk: None,
        }
    }
}

impl<A> Patched<A> {
    /// The application as it is.
    #[must_use]
    pub fn new(app: A) -> Self {
        Self {
            app,
            hooks: Hooks::default(),
        }
    }

    /// Takes over `Info`.
    #[must_use]
    pub fn on_info(
        mut self,
        hook: impl Fn(&A, RequestInfo) -> ResponseInfo + Send + Sync + 'static,
    ) -> Self {
        self.hooks.info = Some(Arc::new(hook));
        self
    }

    /// Takes over `InitChain`.
    #[must_use]
    pub fn on_init_chain(
        mut self,
        hook: impl Fn(&A, RequestInitChain) -> ResponseInitChain + Send + Sync + 'static,
    ) -> Self {
        self.hooks.init_chain = Some(Arc::new(hook));
        self
    }

    /// Takes over `CheckTx`, one by one also where the server hands over a run.
    #[must_use]
    pub fn on_check_tx(
        mut self,
        hook: impl Fn(&A, RequestCheckTx) -> ResponseCheckTx + Send + Sync + 'static,
    ) -> Self {
        self.hooks.check_tx = Some(Arc::new(hook));
        self
    }

    /// Takes over `PrepareProposal`.
    #[must_use]
    pub fn on_prepare_proposal(
        mut self,
        hook: impl Fn(&A, RequestPrepareProposal) -> ResponsePrepareProposal + Send + Sync + 'static,
    ) -> Self {
        self.hooks.prepare_proposal = Some(Arc::new(hook));
        self
    }

    /// Takes over `ProcessProposal`.
    #[must_use]
    pub fn on_process_proposal(
        mut self,
        hook: impl Fn(&A, RequestProcessProposal) -> ResponseProcessProposal + Send + Sync + 'static,
    ) -> Self {
        self.hooks.process_proposal = Some(Arc::new(hook));
        self
    }

    /// Takes over `FinalizeBlock`.
    #[must_use]
    pub fn on_finalize_block(
        mut self,
        hook: impl Fn(&A, RequestFinalizeBlock) -> ResponseFinalizeBlock + Send + Sync + 'static,
    ) -> Self {
        self.hooks.finalize_block = Some(Arc::new(hook));
        self
    }

    /// Takes over `Commit`.
    #[must_use]
    pub fn on_commit(
        mut self,
        hook: impl Fn(&A, ()) -> ResponseCommit + Send + Sync + 'static,
    ) -> Self {
        self.hooks.commit = Some(Arc::new(hook));
        self
    }

    /// Takes over `ListSnapshots`.
    #[must_use]
    pub fn on_list_snapshots(
        mut self,
        hook: impl Fn(&A, ()) -> ResponseListSnapshots + Send + Sync + 'static,
    ) -> Self {
        self.hooks.list_snapshots = Some(Arc::new(hook));
        self
    }

    /// Takes over `OfferSnapshot`.
    #[must_use]
    pub fn on_offer_snapshot(
        mut self,
        hook: impl Fn(&A, RequestOfferSnapshot) -> ResponseOfferSnapshot + Send + Sync + 'static,
    ) -> Self {
        self.hooks.offer_snapshot = Some(Arc::new(hook));
        self
    }

    /// Takes over `LoadSnapshotChunk`.
    #[must_use]
    pub fn on_load_snapshot_chunk(
        mut self,
        hook: impl Fn(&A, RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk + Send + Sync + 'static,
    ) -> Self {
        self.hooks.load_snapshot_chunk = Some(Arc::new(hook));
        self
    }

    /// Takes over `ApplySnapshotChunk`.
    #[must_use]
    pub fn on_apply_snapshot_chunk(
        mut self,
        hook: impl Fn(&A, RequestApplySnapshotChunk) -> ResponseApplySnapshotChunk
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.hooks.apply_snapshot_chunk = Some(Arc::new(hook));
        self
    }
}

impl<A: Application + Sync> Application for Patched<A> {
    fn info(&self, request: RequestInfo) -> ResponseInfo {
        match &self.hooks.info {
            Some(hook) => hook(&self.app, request),
            None => self.app.info(request),
        }
    }

    fn init_chain(&self, request: RequestInitChain) -> ResponseInitChain {
        match &self.hooks.init_chain {
            Some(hook) => hook(&self.app, request),
            None => self.app.init_chain(request),
        }
    }

    fn check_tx(&self, request: RequestCheckTx) -> ResponseCheckTx {
        match &self.hooks.check_tx {
            Some(hook) => hook(&self.app, request),
            None => self.app.check_tx(request),
        }
    }

    fn prepare_proposal(&self, request: RequestPrepareProposal) -> ResponsePrepareProposal {
        match &self.hooks.prepare_proposal {
            Some(hook) => hook(&self.app, request),
            None => self.app.prepare_proposal(request),
        }
    }

    fn process_proposal(&self, request: RequestProcessProposal) -> ResponseProcessProposal {
        match &self.hooks.process_proposal {
            Some(hook) => hook(&self.app, request),
            None => self.app.process_proposal(request),
        }
    }

    fn finalize_block(&self, request: RequestFinalizeBlock) -> ResponseFinalizeBlock {
        match &self.hooks.finalize_block {
            Some(hook) => hook(&self.app, request),
            None => self.app.finalize_block(request),
        }
    }

    fn commit(&self) -> ResponseCommit {
        match &self.hooks.commit {
            Some(hook) => hook(&self.app, ()),
            None => self.app.commit(),
        }
    }

    fn list_snapshots(&self) -> ResponseListSnapshots {
        match &self.hooks.list_snapshots {
            Some(hook) => hook(&self.app, ()),
            None => self.app.list_snapshots(),
        }
    }

    fn offer_snapshot(&self, request: RequestOfferSnapshot) -> ResponseOfferSnapshot {
        match &self.hooks.offer_snapshot {
            Some(hook) => hook(&self.app, request),
            None => self.app.offer_snapshot(request),
        }
    }

    fn load_snapshot_chunk(&self, request: RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk {
        match &self.hooks.load_snapshot_chunk {
            Some(hook) => hook(&self.app, request),
            None => self.app.load_snapshot_chunk(request),
        }
    }

    fn apply_snapshot_chunk(
        &self,
        request: RequestApplySnapshotChunk,
    ) -> ResponseApplySnapshotChunk {
        match &self.hooks.apply_snapshot_chunk {
            Some(hook) => hook(&self.app, request),
            None => self.app.apply_snapshot_chunk(request),
        }
    }

    fn echo(&self, request: RequestEcho) -> ResponseEcho {
        self.app.echo(request)
    }

    fn query(&self, request: RequestQuery) -> ResponseQuery {
        self.app.query(request)
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

    fn flush(&self) -> ResponseFlush {
        self.app.flush()
    }
}

impl<A: ServedApp + Sync> BatchCheckTx for Patched<A> {
    fn cannot_decide(&self) -> Option<String> {
        self.app.cannot_decide()
    }

    fn check_tx_batch(&self, requests: Vec<RequestCheckTx>) -> Vec<ResponseCheckTx> {
        match &self.hooks.check_tx {
            Some(hook) => requests
                .into_iter()
                .map(|request| hook(&self.app, request))
                .collect(),
            None => self.app.check_tx_batch(requests),
        }
    }
}

/// A stopped validator that runs again with another application: one in this process, on the validator's real store,
/// under its real CometBFT. Dropping it ends both, so that the validator's own nexusd can start again.
pub struct Replaced {
    server: Option<ServerHandle>,
    comet: Child,
}

impl Replaced {
    /// Runs a stopped node with what `patch` makes of the real application.
    ///
    /// # Panics
    /// If the node still runs, or anything of it cannot be opened.
    #[must_use]
    pub fn run<A: ServedApp>(node: &Node, patch: impl FnOnce(App) -> A) -> Self {
        Self::run_with(node, Options::default(), patch)
    }

    /// [`Self::run`], with the application opened otherwise than by default.
    ///
    /// # Panics
    /// As [`Self::run`].
    #[must_use]
    pub fn run_with<A: ServedApp>(
        node: &Node,
        options: Options,
        patch: impl FnOnce(App) -> A,
    ) -> Self {
        let backend = RocksBackend::open(&node.home.join("data/store")).expect("its database");
        let store = Store::open(backend).expect("its store");
        let app = App::open(store, options, NoObserver).expect("its application");
        let socket = ServerConfig::new(node.home.join("run/abci.sock"));
        let server = serve(socket, patch(app)).expect("its socket");
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
        Self { server, comet }
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
