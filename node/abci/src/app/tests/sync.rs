//! State sync without CometBFT: what its syncer asks, in the order of the ABCI specification, between applications.

use std::path::Path;

use bytes::Bytes;
use nexus_store::MemoryBackend;
use nexus_store::snapshot::Metadata;
use nexus_types::Hash;
use tempfile::TempDir;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::response_apply_snapshot_chunk::Result as Applied;
use tendermint_proto::v0_38::abci::response_offer_snapshot::Result as Offered;
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestLoadSnapshotChunk, RequestOfferSnapshot,
    ResponseApplySnapshotChunk, Snapshot,
};

use super::consensus::{Chain, open, register};
use crate::app::{App, Options, Policy};

/// Heights between two snapshots here.
const INTERVAL: u64 = 3;

fn policy(folder: &Path, keep: usize) -> Options {
    let folder = folder.join("snapshots");
    Options {
        snapshots: Some(Policy {
            interval: INTERVAL,
            keep,
            folder,
        }),
        ..Options::default()
    }
}

/// A chain of seven blocks with some people, and snapshots of heights 3 and 6.
struct Source {
    chain: Chain,
    _dir: TempDir,
    /// App hash after each height from 0 on.
    hashes: Vec<Vec<u8>>,
    blocks: Vec<Vec<Bytes>>,
}

impl Source {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let mut chain = Chain::new();
        chain.app = open(&chain.backend, policy(dir.path(), 2));
        chain.app_hash = chain.init();
        let mut source = Self {
            hashes: vec![chain.app_hash.clone()],
            chain,
            _dir: dir,
            blocks: vec![Vec::new()],
        };
        for number in 0..7 {
            let person = source.chain.person(20 + number);
            let tx = register(&source.chain, &person);
            source.decide(vec![tx]);
            source.chain.app.wait_for_snapshot();
        }
        source
    }

    fn decide(&mut self, txs: Vec<Bytes>) {
        self.chain.decide(txs.clone());
        self.hashes.push(self.chain.app_hash.clone());
        self.blocks.push(txs);
    }

    fn app(&self) -> &App {
        &self.chain.app
    }

    fn snapshots(&self) -> Vec<Snapshot> {
        self.app().list_snapshots().snapshots
    }

    fn newest(&self) -> Snapshot {
        self.snapshots()
            .into_iter()
            .max_by_key(|one| one.height)
            .unwrap()
    }

    fn chunk(&self, snapshot: &Snapshot, index: u32) -> Bytes {
        let request = RequestLoadSnapshotChunk {
            height: snapshot.height,
            format: snapshot.format,
            chunk: index,
        };
        self.app().load_snapshot_chunk(request).chunk
    }

    /// The offer as CometBFT makes it, with the app hash it verified.
    fn offer(&self, snapshot: &Snapshot) -> RequestOfferSnapshot {
        let at = usize::try_from(snapshot.height).unwrap();
        RequestOfferSnapshot {
            snapshot: Some(snapshot.clone()),
            app_hash: self.hashes[at].clone().into(),
        }
    }
}

fn new_node(options: Options) -> (MemoryBackend, App) {
    let backend = MemoryBackend::new();
    let app = open(&backend, options);
    (backend, app)
}

fn offered(app: &App, offer: RequestOfferSnapshot) -> Offered {
    Offered::try_from(app.offer_snapshot(offer).result).unwrap()
}

fn applied(
    app: &App,
    index: u32,
    chunk: Bytes,
    sender: &str,
) -> (Applied, ResponseApplySnapshotChunk) {
    let answer = app.apply_snapshot_chunk(RequestApplySnapshotChunk {
        index,
        chunk,
        sender: sender.to_owned(),
    });
    (Applied::try_from(answer.result).unwrap(), answer)
}

/// Restores the newest snapshot; the app of the new node.
fn join(source: &Source) -> (MemoryBackend, App) {
    let (backend, app) = new_node(Options {
        genesis: Some(source.chain.genesis.hash()),
        ..Options::default()
    });
    let snapshot = source.newest();
    assert_eq!(offered(&app, source.offer(&snapshot)), Offered::Accept);
    for index in 0..snapshot.chunks {
        let (result, _) = applied(&app, index, source.chunk(&snapshot, index), "a");
        assert_eq!(result, Applied::Accept);
    }
    (backend, app)
}

#[test]
fn the_newest_snapshots_of_the_interval_are_listed_also_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let mut chain = Chain::new();
    chain.app = open(&chain.backend, policy(dir.path(), 2));
    chain.init();
    for _ in 0..11 {
        chain.decide(Vec::new());
        chain.app.wait_for_snapshot();
    }
    let heights = |app: &App| -> Vec<u64> {
        app.list_snapshots()
            .snapshots
            .iter()
            .map(|snapshot| snapshot.height)
            .collect()
    };
    assert_eq!(heights(&chain.app), [6, 9]);
    chain.app = open(&chain.backend, policy(dir.path(), 2));
    assert_eq!(heights(&chain.app), [6, 9]);
    let (_, other) = new_node(Options::default());
    assert!(
        heights(&other).is_empty(),
        "a node without a policy makes none"
    );
}

#[test]
fn a_restored_application_goes_on_to_the_same_app_hashes() {
    let mut source = Source::new();
    let (backend, app) = join(&source);
    let info = app.info(Default::default());
    assert_eq!(info.last_block_height, 6);
    assert_eq!(info.last_block_app_hash, source.hashes[6]);
    assert_eq!(
        info.app_version,
        source.app().info(Default::default()).app_version
    );
    assert_eq!(*app.heights().borrow(), 6);
    assert!(
        app.list_snapshots().snapshots.is_empty(),
        "it made none itself"
    );

    let mut joined = Chain::new();
    joined.app = app;
    joined.backend = backend;
    joined.height = 6;
    for at in 7..=12 {
        if at > 7 {
            let person = source.chain.person(20 + at);
            let tx = register(&source.chain, &person);
            source.decide(vec![tx]);
        }
        joined.decide(source.blocks[usize::from(at)].clone());
        assert_eq!(
            joined.app_hash,
            source.hashes[usize::from(at)],
            "height {at}"
        );
        if at == 9 {
            joined.app = open(&joined.backend, Options::default());
        }
    }
}

#[test]
fn an_altered_chunk_is_refetched_its_sender_refused_and_the_sync_goes_on_from_another() {
    let source = Source::new();
    let (_, app) = new_node(Options::default());
    let snapshot = source.newest();
    assert_eq!(offered(&app, source.offer(&snapshot)), Offered::Accept);
    let good = source.chunk(&snapshot, 0);
    let mut altered = good.to_vec();
    altered[good.len() / 2] ^= 1;
    for (bytes, sender) in [
        (altered, "liar"),
        (Vec::new(), "empty"),
        (vec![0xff; 9 << 20], "flood"),
    ] {
        let (result, answer) = applied(&app, 0, bytes.into(), sender);
        assert_eq!(result, Applied::Retry);
        assert_eq!(answer.refetch_chunks, [0]);
        assert_eq!(answer.reject_senders, [sender]);
    }
    assert_eq!(app.info(Default::default()).last_block_height, 0);
    assert_eq!(applied(&app, 0, good, "honest").0, Applied::Accept);
    assert_eq!(
        app.info(Default::default()).last_block_app_hash,
        source.hashes[6]
    );
}

#[test]
fn an_offer_that_does_not_fit_itself_or_the_header_rejects_its_senders() {
    let source = Source::new();
    let (_, app) = new_node(Options::default());
    let snapshot = source.newest();
    let honest = source.offer(&snapshot);
    let changed = |change: fn(&mut Snapshot)| {
        let mut offer = honest.clone();
        change(offer.snapshot.as_mut().unwrap());
        offer
    };
    let other_hash = RequestOfferSnapshot {
        app_hash: vec![7; 32].into(),
        ..honest.clone()
    };
    let refused = [
        changed(|snapshot| snapshot.height += 1),
        changed(|snapshot| snapshot.chunks += 1),
        changed(|snapshot| snapshot.hash = vec![1; 32].into()),
        changed(|snapshot| snapshot.metadata = Bytes::new()),
        changed(|snapshot| snapshot.metadata = snapshot.metadata.slice(1..)),
        RequestOfferSnapshot {
            app_hash: Bytes::new(),
            ..honest.clone()
        },
        other_hash,
    ];
    for offer in refused {
        assert_eq!(offered(&app, offer), Offered::RejectSender);
    }
    assert_eq!(
        offered(&app, changed(|snapshot| snapshot.format = 2)),
        Offered::RejectFormat
    );
    assert_eq!(
        offered(&app, RequestOfferSnapshot::default()),
        Offered::Reject
    );
    // None of it did harm.
    assert_eq!(offered(&app, honest), Offered::Accept);
}

/// The snapshot with other metadata, as a liar lists it.
fn relisted(snapshot: &Snapshot, change: impl FnOnce(&mut Metadata)) -> Snapshot {
    let mut metadata = Metadata::decode(&snapshot.metadata).unwrap();
    change(&mut metadata);
    Snapshot {
        height: metadata.height,
        chunks: metadata.count(),
        hash: metadata.hash().to_vec().into(),
        metadata: metadata.encode().into(),
        ..snapshot.clone()
    }
}

#[test]
fn a_snapshot_that_is_untrue_as_a_whole_is_rejected_with_all_its_senders_and_leaves_nothing() {
    let source = Source::new();
    let newest = source.newest();
    let chunk = source.chunk(&newest, 0);
    let mut altered = chunk.to_vec();
    *altered.last_mut().unwrap() ^= 1;
    let listed = Hash::of(&altered).0;
    let lies: [(Snapshot, Bytes); 3] = [
        // A chunk of his own, its hash listed.
        (
            relisted(&newest, |metadata| metadata.chunks = vec![listed]),
            altered.into(),
        ),
        // Another time: the app hash does not commit to it, but the state's clock says it.
        (
            relisted(&newest, |metadata| metadata.time_ms += 1),
            chunk.clone(),
        ),
        (
            relisted(&newest, |metadata| metadata.keys -= 1),
            chunk.clone(),
        ),
    ];
    let (backend, app) = new_node(Options::default());
    for (lie, bytes) in lies {
        assert_eq!(
            offered(&app, source.offer(&lie)),
            Offered::Accept,
            "nothing is known to be wrong yet"
        );
        let (result, answer) = applied(&app, 0, bytes, "liar");
        assert_eq!(result, Applied::RejectSnapshot);
        assert_eq!(answer.reject_senders, ["liar"]);
        let info = app.info(Default::default());
        assert_eq!(
            (info.last_block_height, info.last_block_app_hash.len()),
            (0, 0)
        );
        assert_eq!(*app.heights().borrow(), 0);
        let reopened = open(&backend, Options::default());
        assert_eq!(reopened.info(Default::default()).last_block_height, 0);
    }
    // The state is that of height 6, whatever height the metadata names.
    let mut lie = source.offer(&relisted(&newest, |metadata| metadata.height = 5));
    lie.app_hash = source.hashes[6].clone().into();
    assert_eq!(offered(&app, lie), Offered::Accept);
    assert_eq!(
        applied(&app, 0, chunk.clone(), "liar").0,
        Applied::RejectSnapshot
    );
    // And then an honest one.
    assert_eq!(offered(&app, source.offer(&newest)), Offered::Accept);
    assert_eq!(applied(&app, 0, chunk, "honest").0, Applied::Accept);
    assert_eq!(
        app.info(Default::default()).last_block_app_hash,
        source.hashes[6]
    );
}

#[test]
fn after_a_failed_state_sync_the_chain_can_begin_from_genesis_in_the_same_process() {
    let source = Source::new();
    let (_, app) = new_node(Options::default());
    assert_eq!(
        offered(&app, source.offer(&source.newest())),
        Offered::Accept
    );
    let app_hash = app.init_chain(source.chain.init_request()).app_hash;
    assert_eq!(app_hash, source.hashes[0]);
}

#[test]
fn a_snapshot_of_another_chain_is_refused() {
    let source = Source::new();
    let (_, app) = new_node(Options {
        genesis: Some(Hash([9; 32])),
        ..Options::default()
    });
    let snapshot = source.newest();
    assert_eq!(offered(&app, source.offer(&snapshot)), Offered::Accept);
    assert_eq!(
        applied(&app, 0, source.chunk(&snapshot, 0), "a").0,
        Applied::RejectSnapshot
    );
    assert_eq!(app.info(Default::default()).last_block_height, 0);
}

#[test]
fn chunks_out_of_turn_begin_the_snapshot_anew_and_without_an_offer_abort() {
    let source = Source::new();
    let (_, app) = new_node(Options::default());
    let snapshot = source.newest();
    let chunk = source.chunk(&snapshot, 0);
    assert_eq!(applied(&app, 0, chunk.clone(), "a").0, Applied::Abort);
    assert_eq!(offered(&app, source.offer(&snapshot)), Offered::Accept);
    assert_eq!(
        applied(&app, 1, chunk.clone(), "a").0,
        Applied::RetrySnapshot
    );
    assert_eq!(
        applied(&app, u32::MAX, chunk.clone(), "a").0,
        Applied::RetrySnapshot
    );
    assert_eq!(offered(&app, source.offer(&snapshot)), Offered::Accept);
    assert_eq!(applied(&app, 0, chunk.clone(), "a").0, Applied::Accept);
    assert_eq!(applied(&app, 0, chunk, "a").0, Applied::Abort, "it is over");
}

#[test]
fn a_node_with_blocks_of_its_own_aborts_state_sync_and_one_without_may_be_offered_again() {
    let source = Source::new();
    let snapshot = source.newest();
    assert_eq!(
        offered(source.app(), source.offer(&snapshot)),
        Offered::Abort
    );
    assert_eq!(source.app().info(Default::default()).last_block_height, 7);
    // CometBFT died before it noted the first restore: it offers again.
    let (backend, app) = join(&source);
    drop(app);
    let app = open(&backend, Options::default());
    assert_eq!(app.info(Default::default()).last_block_height, 6);
    assert_eq!(offered(&app, source.offer(&snapshot)), Offered::Accept);
    assert_eq!(app.info(Default::default()).last_block_height, 0);
    assert_eq!(
        applied(&app, 0, source.chunk(&snapshot, 0), "a").0,
        Applied::Accept
    );
    assert_eq!(app.info(Default::default()).last_block_height, 6);
}

#[test]
fn a_crash_between_any_two_calls_of_a_state_sync_lets_the_next_start_sync_anew() {
    let source = Source::new();
    let snapshot = source.newest();
    for crash_after in ["offer", "altered chunk", "last chunk"] {
        let (backend, app) = new_node(Options::default());
        assert_eq!(offered(&app, source.offer(&snapshot)), Offered::Accept);
        if crash_after != "offer" {
            assert_eq!(
                applied(&app, 0, Bytes::from_static(b"x"), "liar").0,
                Applied::Retry
            );
        }
        if crash_after == "last chunk" {
            assert_eq!(
                applied(&app, 0, source.chunk(&snapshot, 0), "a").0,
                Applied::Accept
            );
        }
        drop(app);
        let app = open(&backend, Options::default());
        assert_eq!(
            offered(&app, source.offer(&snapshot)),
            Offered::Accept,
            "{crash_after}"
        );
        assert_eq!(
            applied(&app, 0, source.chunk(&snapshot, 0), "a").0,
            Applied::Accept
        );
        assert_eq!(
            app.info(Default::default()).last_block_app_hash,
            source.hashes[6],
            "{crash_after}"
        );
    }
}

#[test]
fn a_chunk_that_is_not_here_or_changed_on_disk_is_missing() {
    let dir = TempDir::new().unwrap();
    let mut chain = Chain::new();
    chain.app = open(&chain.backend, policy(dir.path(), 2));
    chain.init();
    for _ in 0..3 {
        chain.decide(Vec::new());
        chain.app.wait_for_snapshot();
    }
    let load = |height, format, chunk| {
        let request = RequestLoadSnapshotChunk {
            height,
            format,
            chunk,
        };
        chain.app.load_snapshot_chunk(request).chunk
    };
    assert!(!load(3, 1, 0).is_empty());
    for (height, format, chunk) in [(2, 1, 0), (3, 2, 0), (3, 1, 1), (3, 1, u32::MAX), (0, 0, 0)] {
        assert!(load(height, format, chunk).is_empty());
    }
    let path = dir.path().join("snapshots/3/chunk-00000");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(
        load(3, 1, 0).is_empty(),
        "peers would take this node for a liar"
    );
}
