//! Start, run, stop.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nexus_abci::app::{AnotherVersion, App, Options, StateView};
use nexus_abci::transport::{ServeError, ServerConfig, ServerHandle, serve};
use nexus_genesis::Genesis;
use nexus_index::anomaly::Rule;
use nexus_index::{Apart, FeedStatus, Feeder, Index};
use nexus_rpc::{Comet, Context, RpcError, RpcHandle};
use nexus_store::Store;
use prometheus_client::registry::Registry;
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, spawn_blocking};

use super::blocks::Blocks;
use super::observe::{CountBlocks, FollowComet, note};
use super::{Setup, descriptors, program, storage};
use crate::commands::query;
use crate::error::Error;
use crate::home::{ABCI_SOCKET, Home};
use crate::processes::Processes;
use crate::signals::Ends;
use crate::supervisor::{Policy, Program, Supervisor};
use crate::telemetry::metrics::{ByRule, Metrics};
use crate::telemetry::rpc::RpcFigures;
use crate::telemetry::server;
use crate::watchdog::{Figures, Subject, Watchdog, clients, clock};

/// How long each server may take to let running requests finish.
const DRAIN: Duration = Duration::from_secs(5);

/// How long everything may take to end when the watchdog ends the node: what is stuck must not keep it alive. Longer than
/// CometBFT's and the servers' own patience together.
const STUCK: Duration = Duration::from_secs(45);

/// Everything that runs, in the order in which it ends.
struct Parts {
    another_version: watch::Receiver<Option<AnotherVersion>>,
    watchdog: Watchdog,
    rpc: RpcHandle,
    servers_stop: watch::Sender<bool>,
    metrics_server: JoinHandle<()>,
    comet: Supervisor,
    abci: ServerHandle,
    feeder: Feeder,
    index: Arc<Index>,
}

pub(super) async fn run(setup: Setup) -> Result<(), Error> {
    let mut ends = Ends::listen()?;
    let lock = setup.home.lock()?;
    note(&setup.home, None);
    let (gave_up, mut comet_gave_up) = oneshot::channel();
    clock::at_start(&clients(&setup.config.watchdog)?).await?;
    let mut parts = start(&setup, gave_up).await?;
    let result = tokio::select! {
        name = ends.first() => {
            tracing::info!(signal = name, "stopping");
            Ok(())
        }
        reason = &mut comet_gave_up => Err(Error::Comet(
            reason.unwrap_or_else(|_| "the thread that keeps CometBFT running ended".to_owned()),
        )),
        another = upgrade_due(&mut parts.another_version) => Err(program::refused(&another)),
        reason = parts.watchdog.ended() => Err(reason),
    };
    stop_or_leave(parts, result.as_ref().err()).await;
    Processes::forget(setup.home.path());
    drop(lock);
    tracing::info!("stopped");
    result
}

/// Waits until this program's last block is committed.
async fn upgrade_due(told: &mut watch::Receiver<Option<AnotherVersion>>) -> AnotherVersion {
    loop {
        if let Some(another) = *told.borrow_and_update() {
            return another;
        }
        if told.changed().await.is_err() {
            // The application is gone, and whoever ended it ends the node.
            return std::future::pending().await;
        }
    }
}

async fn start(setup: &Setup, gave_up: oneshot::Sender<String>) -> Result<Parts, Error> {
    descriptors::raise(setup.config.rpc.limits.connections)?;
    let mut registry = Registry::default();
    let metrics = Metrics::new(&mut registry);
    let figures = Figures::new(&mut registry);

    let home = setup.home.clone();
    let store = spawn_blocking(move || storage::open(&home))
        .await
        .map_err(|error| Error::io("open the store")(error.into()))??;
    let startup = store.startup();
    tracing::info!(keys = startup.keys, took = ?startup.took, "store opened, its root is the committed one");
    same_chain(&setup.home, &store, &setup.genesis)?;
    program::check(
        &setup.home,
        &store,
        &setup.genesis,
        setup.config.state_sync.enabled,
    )?;
    let options = Options {
        snapshots: setup.config.snapshots.policy(&setup.home),
        genesis: Some(setup.genesis.hash()),
        ..Options::default()
    };
    let app = App::open(store, options, CountBlocks(metrics.clone()))
        .map_err(|error| storage::refused(&setup.home, &error))?;
    metrics.height.set(*app.heights().borrow());

    let abci = serve(ServerConfig::new(ABCI_SOCKET), app.clone()).map_err(|error| match error {
        ServeError::InUse { .. } => Error::Taken(error.to_string()),
        other => Error::home(&setup.home.run(), other.to_string()),
    })?;

    let index = open_index(&setup.home).await?;
    let feeder = feed(&setup.genesis, &app, &index)?;
    watch_index(feeder.status(), metrics.clone());

    let rpc = serve_rpc(setup, &app, &index, &feeder).await?;
    registry.register_collector(Box::new(RpcFigures(rpc.figures())));
    let (servers_stop, stopped) = watch::channel(false);
    let metrics_server =
        server::serve(setup.config.metrics.listen, Arc::new(registry), stopped).await?;

    let comet = Supervisor::start(
        comet(setup),
        Policy::NODE,
        FollowComet {
            home: setup.home.clone(),
            config: setup.config.clone(),
            metrics,
            gave_up: Some(gave_up),
        },
    )?;
    let watchdog = watch(setup, &app, figures)?;
    tracing::info!(name = %setup.config.name, genesis = %setup.genesis.hash(), "node started");
    Ok(Parts {
        another_version: app.another_version(),
        watchdog,
        rpc,
        servers_stop,
        metrics_server,
        comet,
        abci,
        feeder,
        index,
    })
}

/// A store that already belongs to a chain must belong to the genesis beside it.
fn same_chain(home: &Home, store: &Store, genesis: &Genesis) -> Result<(), Error> {
    let view = store
        .view()
        .map_err(|error| storage::failed(home, &error))?;
    let Some(view) = view else { return Ok(()) };
    let stored = StateView::new(view).chain().network.genesis_hash;
    if stored == genesis.hash() {
        return Ok(());
    }
    Err(Error::home(
        &home.store(),
        format!(
            "holds the chain with genesis {stored}, but {} has the hash {}. Put the right genesis there, or give this \
             node an empty data folder",
            home.genesis_file().display(),
            genesis.hash()
        ),
    ))
}

async fn open_index(home: &Home) -> Result<Arc<Index>, Error> {
    let index = Index::open(home.index(), false).await;
    let apart = Apart::new(
        // This very program, also when an upgrade has replaced its file meanwhile.
        PathBuf::from("/proc/self/exe"),
        vec![query::SUBCOMMAND.into(), home.index().into()],
    );
    index
        .map(|index| Arc::new(index.asked_apart(apart)))
        .map_err(|error| {
            Error::home(
                &home.index(),
                format!(
                    "{error}. `nexusd reindex --home {}` builds it anew from the blocks",
                    home.path().display()
                ),
            )
        })
}

fn feed(genesis: &Genesis, app: &App, index: &Arc<Index>) -> Result<Feeder, Error> {
    let blocks = Blocks::new(app.views(), genesis.document().initial_height);
    Feeder::start(Arc::clone(index), Arc::new(blocks), app.heights())
        .map_err(|error| Error::io("start the index")(std::io::Error::other(error)))
}

async fn serve_rpc(
    setup: &Setup,
    app: &App,
    index: &Arc<Index>,
    feeder: &Feeder,
) -> Result<RpcHandle, Error> {
    let rpc = &setup.config.rpc;
    let context = Context {
        views: app.views(),
        index: Arc::clone(index),
        indexed: feeder.status(),
        comet: Comet::new(setup.config.cometbft.rpc),
        sigs: Arc::new(app.sigs()),
        committed: app.heights(),
    };
    let served = nexus_rpc::serve(rpc.limits.rpc_config(rpc.listen), context).await;
    served.map_err(|error| match error {
        RpcError::Listen { .. } => Error::Taken(format!("rpc.listen: {error}")),
        other => Error::io("serve JSON-RPC")(std::io::Error::other(other)),
    })
}

/// Keeps the figures of how far the index is behind and of what its rules found.
fn watch_index(mut status: watch::Receiver<FeedStatus>, metrics: Metrics) {
    // Each rule has its figure from the start: an alert on an increase needs the zero before it.
    for rule in Rule::ALL {
        drop(
            metrics
                .anomalies
                .get_or_create(&ByRule { rule: rule.name() }),
        );
    }
    tokio::spawn(async move {
        loop {
            let behind = {
                let status = status.borrow_and_update();
                for (rule, count) in &status.anomalies {
                    let rule = rule.name();
                    let counter = metrics.anomalies.get_or_create(&ByRule { rule });
                    counter.inc_by(count.saturating_sub(counter.get()));
                }
                status.committed.saturating_sub(status.indexed.unwrap_or(0))
            };
            metrics.index_lag.set(behind);
            if status.changed().await.is_err() {
                return;
            }
        }
    });
}

fn watch(setup: &Setup, app: &App, figures: Figures) -> Result<Watchdog, Error> {
    let config = &setup.config.watchdog;
    let subject = Subject {
        home: setup.home.clone(),
        chain_id: setup.genesis.document().chain_id.to_string(),
        views: app.views(),
        comet: Comet::new(setup.config.cometbft.rpc),
        figures,
    };
    let frozen_after = Duration::from_secs(config.frozen_after_s);
    Ok(Watchdog::start(subject, clients(config)?, frozen_after))
}

fn comet(setup: &Setup) -> Program {
    let command: [OsString; 4] = [
        setup.program.clone().into(),
        "start".into(),
        "--home".into(),
        setup.home.comet().into(),
    ];
    Program {
        name: "CometBFT",
        // This very program, also when an upgrade has replaced its file meanwhile.
        shim: PathBuf::from("/proc/self/exe"),
        command: command.into(),
        directory: setup.home.path().to_owned(),
    }
}

/// Ends everything. When something here is wrong, part of it may never end: then the process does, with its own code.
async fn stop_or_leave(parts: Parts, reason: Option<&Error>) {
    let Some(reason) = reason else {
        return stop(parts).await;
    };
    if tokio::time::timeout(STUCK, stop(parts)).await.is_err() {
        tracing::error!("the node did not end in order within {STUCK:?}; leaving");
        eprintln!("nexusd: {reason}");
        // CometBFT ends with this process; the store's last commit is on the disk.
        std::process::exit(reason.code().into());
    }
}

/// Ends everything: whoever asks first, then whoever makes blocks, then whoever keeps them.
async fn stop(parts: Parts) {
    parts.watchdog.stop();
    parts.rpc.stop().await;
    parts.servers_stop.send_replace(true);
    if tokio::time::timeout(DRAIN, parts.metrics_server)
        .await
        .is_err()
    {
        tracing::warn!("the metrics server did not end in time");
    }
    let (comet, abci) = (parts.comet, parts.abci);
    let ended = spawn_blocking(move || {
        comet.stop();
        abci.shutdown()
    });
    match ended.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the application's server did not end cleanly"),
        Err(error) => tracing::error!(%error, "stopping CometBFT and the application failed"),
    }
    parts.feeder.stop().await;
    // Whoever else held the index has ended; if not, the file is consistent all the same.
    if let Some(index) = Arc::into_inner(parts.index)
        && let Err(error) = index.close().await
    {
        tracing::warn!(%error, "the index was not closed cleanly");
    }
}
