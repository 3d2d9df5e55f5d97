//! A validator that serves altered chunks: its application is the real one but for that, on its real store and under its
//! real CometBFT.

use bytes::Bytes;
use nexus_abci::app::{App, Options as AppOptions, Policy};
use nexus_tests::patched::{Patched, Replaced};
use nexus_tests::wait::wait_for;
use nexus_tests::{Joiner, Network, Node, Options};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::ResponseLoadSnapshotChunk;

const INTERVAL: u64 = 10;

/// Enough that what the liar offered is still there when an honest node is asked for it.
const KEEP: usize = 30;

/// The real application, but for the chunks it serves: one bit of each is another.
fn liar(app: App, served: Arc<AtomicU64>) -> Patched<App> {
    Patched::new(app).on_load_snapshot_chunk(move |app, request| {
        let mut chunk = app.load_snapshot_chunk(request).chunk.to_vec();
        if let Some(byte) = chunk.last_mut() {
            *byte ^= 1;
            served.fetch_add(1, Ordering::Relaxed);
        }
        ResponseLoadSnapshotChunk {
            chunk: Bytes::from(chunk),
        }
    })
}

/// It makes snapshots like the others, and keeps as many as the honest one.
fn options(node: &Node) -> AppOptions {
    AppOptions {
        snapshots: Some(Policy {
            interval: INTERVAL,
            keep: KEEP,
            folder: node.home.join("data/snapshots"),
        }),
        ..AppOptions::default()
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
    let served = Arc::<AtomicU64>::default();
    let counted = Arc::clone(&served);
    let replaced = Replaced::run_with(lying, options(lying), |app| liar(app, counted));

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
    assert!(served.load(Ordering::Relaxed) > 0);

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
    drop(replaced);
}
