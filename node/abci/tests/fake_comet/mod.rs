//! A client that speaks CometBFT's socket protocol, and an application to talk to.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use nexus_abci::transport::{BatchCheckTx, ServeError, ServerConfig, ServerHandle, serve};
use prost::Message;
use tempfile::TempDir;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::*;
use tendermint_proto::v0_38::abci::{request::Value as Ask, response::Value as Answer};

/// So long a test waits for what must happen before it calls it a hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// An application that notes what it was asked and can be told to misbehave.
#[derive(Clone, Default)]
pub(crate) struct TestApp(Arc<Notes>);

#[derive(Default)]
struct Notes {
    batches: Mutex<Vec<usize>>,
    consensus_calls: AtomicUsize,
    too_few: AtomicBool,
    panics: AtomicBool,
    decides_no_more: AtomicBool,
    gate: Mutex<Option<Gate>>,
}

impl TestApp {
    /// Sizes of the CheckTx batches so far.
    pub(crate) fn batches(&self) -> Vec<usize> {
        self.0.batches.lock().unwrap().clone()
    }

    pub(crate) fn consensus_calls(&self) -> usize {
        self.0.consensus_calls.load(Ordering::SeqCst)
    }

    pub(crate) fn answer_one_too_few(&self) {
        self.0.too_few.store(true, Ordering::SeqCst);
    }

    pub(crate) fn panic_on_query(&self) {
        self.0.panics.store(true, Ordering::SeqCst);
    }

    pub(crate) fn decide_no_more(&self) {
        self.0.decides_no_more.store(true, Ordering::SeqCst);
    }

    /// Makes FinalizeBlock wait until the gate is opened.
    pub(crate) fn block_finalize(&self) -> Gate {
        let gate = Gate::default();
        *self.0.gate.lock().unwrap() = Some(gate.clone());
        gate
    }

    fn count_consensus(&self) {
        self.0.consensus_calls.fetch_add(1, Ordering::SeqCst);
    }
}

impl Application for TestApp {
    fn query(&self, _: RequestQuery) -> ResponseQuery {
        assert!(!self.0.panics.load(Ordering::SeqCst), "told to panic");
        ResponseQuery::default()
    }

    fn prepare_proposal(&self, _: RequestPrepareProposal) -> ResponsePrepareProposal {
        self.count_consensus();
        ResponsePrepareProposal::default()
    }

    fn finalize_block(&self, _: RequestFinalizeBlock) -> ResponseFinalizeBlock {
        self.count_consensus();
        let gate = self.0.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.pass();
        }
        ResponseFinalizeBlock::default()
    }

    fn commit(&self) -> ResponseCommit {
        self.count_consensus();
        ResponseCommit::default()
    }
}

impl BatchCheckTx for TestApp {
    fn cannot_decide(&self) -> Option<String> {
        let decides_no_more = self.0.decides_no_more.load(Ordering::SeqCst);
        decides_no_more.then(|| "another program decides".to_owned())
    }

    fn check_tx_batch(&self, mut requests: Vec<RequestCheckTx>) -> Vec<ResponseCheckTx> {
        self.0.batches.lock().unwrap().push(requests.len());
        if self.0.too_few.load(Ordering::SeqCst) {
            requests.pop();
        }
        requests
            .into_iter()
            .map(|request| ResponseCheckTx {
                data: request.tx.slice(..request.tx.len().min(8)),
                ..Default::default()
            })
            .collect()
    }
}

/// Holds a request inside the application until a test lets it go.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Default)]
struct GateState {
    entered: bool,
    open: bool,
}

impl Gate {
    fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.entered = true;
        changed.notify_all();
        drop(changed.wait_while(state, |state| !state.open).unwrap());
    }

    pub(crate) fn wait_entered(&self) {
        let (state, changed) = &*self.0;
        let state = state.lock().unwrap();
        drop(changed.wait_while(state, |state| !state.entered).unwrap());
    }

    pub(crate) fn open(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap().open = true;
        changed.notify_all();
    }
}

/// A server with its own folder, which lives as long as the server does.
pub(crate) struct TestServer {
    handle: ServerHandle,
    _folder: Option<TempDir>,
}

impl std::ops::Deref for TestServer {
    type Target = ServerHandle;

    fn deref(&self) -> &ServerHandle {
        &self.handle
    }
}

impl TestServer {
    pub(crate) fn shutdown(self) -> Result<(), nexus_abci::transport::ShutdownError> {
        self.handle.shutdown()
    }
}

impl std::fmt::Debug for TestServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.handle.fmt(f)
    }
}

/// A running server in a fresh folder, and its application.
pub(crate) fn start() -> (TestServer, TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::default();
    let mut server = start_at(&folder.path().join("abci.sock"), app.clone()).unwrap();
    server._folder = Some(folder);
    (server, app)
}

pub(crate) fn start_at(socket: &Path, app: TestApp) -> Result<TestServer, ServeError> {
    Ok(TestServer {
        handle: serve(ServerConfig::new(socket), app)?,
        _folder: None,
    })
}

pub(crate) fn connect(server: &ServerHandle) -> Client {
    let stream = UnixStream::connect(server.socket()).unwrap();
    // A missing answer must fail the test, not hang it.
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    Client {
        stream,
        received: Vec::new(),
    }
}

/// Polls until `condition` holds.
pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < PATIENCE, "what was waited for never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// One connection, as CometBFT's socket client uses it.
pub(crate) struct Client {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Client {
    /// For a thread that only sends.
    pub(crate) fn second_half(&self) -> Self {
        Self {
            stream: self.stream.try_clone().unwrap(),
            received: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, ask: Ask) {
        self.send_raw(&framed(ask));
    }

    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// For bytes that the server may refuse to take.
    pub(crate) fn try_send_raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    pub(crate) fn receive(&mut self) -> Answer {
        loop {
            let mut rest = &self.received[..];
            if let Ok(response) = Response::decode_length_delimited(&mut rest) {
                let used = self.received.len() - rest.len();
                self.received.drain(..used);
                return response.value.expect("an answer with a value");
            }
            let mut piece = [0; 65_536];
            let count = self.stream.read(&mut piece).unwrap();
            assert_ne!(count, 0, "closed before the answer came");
            self.received.extend_from_slice(&piece[..count]);
        }
    }

    /// The next answer, which must be an exception: its reason.
    pub(crate) fn exception(&mut self) -> String {
        match self.receive() {
            Answer::Exception(exception) => exception.error,
            other => panic!("no exception: {other:?}"),
        }
    }

    /// Whether the server closes this connection without another word.
    pub(crate) fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(count) => count == 0 && self.received.is_empty(),
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

pub(crate) fn framed(ask: Ask) -> Vec<u8> {
    Request { value: Some(ask) }.encode_length_delimited_to_vec()
}

pub(crate) fn check_tx(tx: &[u8]) -> Ask {
    Ask::CheckTx(RequestCheckTx {
        tx: tx.to_vec().into(),
        r#type: 0,
    })
}

pub(crate) fn echo(message: &str) -> Ask {
    Ask::Echo(RequestEcho {
        message: message.to_owned(),
    })
}

pub(crate) fn echoed(message: &str) -> Answer {
    Answer::Echo(ResponseEcho {
        message: message.to_owned(),
    })
}

pub(crate) fn prepare() -> Ask {
    Ask::PrepareProposal(RequestPrepareProposal::default())
}

/// Each of the 16 requests, and the kind of its answer.
pub(crate) fn every_method() -> Vec<(Ask, &'static str)> {
    vec![
        (echo("x"), "echo"),
        (Ask::Flush(RequestFlush {}), "flush"),
        (Ask::Info(RequestInfo::default()), "info"),
        (Ask::InitChain(RequestInitChain::default()), "init_chain"),
        (Ask::Query(RequestQuery::default()), "query"),
        (check_tx(b"x"), "check_tx"),
        (Ask::Commit(RequestCommit {}), "commit"),
        (
            Ask::ListSnapshots(RequestListSnapshots {}),
            "list_snapshots",
        ),
        (
            Ask::OfferSnapshot(RequestOfferSnapshot::default()),
            "offer_snapshot",
        ),
        (
            Ask::LoadSnapshotChunk(RequestLoadSnapshotChunk::default()),
            "load_snapshot_chunk",
        ),
        (
            Ask::ApplySnapshotChunk(RequestApplySnapshotChunk::default()),
            "apply_snapshot_chunk",
        ),
        (prepare(), "prepare_proposal"),
        (
            Ask::ProcessProposal(RequestProcessProposal::default()),
            "process_proposal",
        ),
        (Ask::ExtendVote(RequestExtendVote::default()), "extend_vote"),
        (
            Ask::VerifyVoteExtension(RequestVerifyVoteExtension::default()),
            "verify_vote_extension",
        ),
        (
            Ask::FinalizeBlock(RequestFinalizeBlock::default()),
            "finalize_block",
        ),
    ]
}

/// An answer's kind, in the words of [`every_method`].
pub(crate) fn kind(answer: &Answer) -> &'static str {
    match answer {
        Answer::Exception(_) => "exception",
        Answer::Echo(_) => "echo",
        Answer::Flush(_) => "flush",
        Answer::Info(_) => "info",
        Answer::InitChain(_) => "init_chain",
        Answer::Query(_) => "query",
        Answer::CheckTx(_) => "check_tx",
        Answer::Commit(_) => "commit",
        Answer::ListSnapshots(_) => "list_snapshots",
        Answer::OfferSnapshot(_) => "offer_snapshot",
        Answer::LoadSnapshotChunk(_) => "load_snapshot_chunk",
        Answer::ApplySnapshotChunk(_) => "apply_snapshot_chunk",
        Answer::PrepareProposal(_) => "prepare_proposal",
        Answer::ProcessProposal(_) => "process_proposal",
        Answer::ExtendVote(_) => "extend_vote",
        Answer::VerifyVoteExtension(_) => "verify_vote_extension",
        Answer::FinalizeBlock(_) => "finalize_block",
    }
}
