//! From what the parts tell to figures.

use nexus_abci::app::{CommittedBlock, Observer, SnapshotEvent};
use nexus_types::Code;
use tokio::sync::oneshot;

use crate::comet::home::write_config;
use crate::config::Config;
use crate::home::Home;
use crate::processes::{ProcessId, Processes};
use crate::supervisor;
use crate::telemetry::metrics::{ByFate, ByGate, ByOutcome, Fate, Metrics, Outcome};

/// Counts what the application does.
pub(crate) struct CountBlocks(pub(crate) Metrics);

impl Observer for CountBlocks {
    fn checked(&self, codes: &[u32]) {
        self.0.check_tx_batch.observe(codes.len() as f64);
    }

    fn committed(&self, block: &CommittedBlock) {
        self.0.height.set(block.height);
        self.0
            .finalize_seconds
            .observe(block.finalize.as_secs_f64());
        self.0.commit_seconds.observe(block.commit.as_secs_f64());
        for number in &block.codes {
            let code = Code::from_number(*number);
            self.0.transactions.get_or_create(&by_fate(code)).inc();
            if let Some(gate) = code.and_then(Code::gate) {
                self.0
                    .gate_refusals
                    .get_or_create(&ByGate {
                        gate: gate.number(),
                    })
                    .inc();
            }
        }
    }

    fn snapshot(&self, event: SnapshotEvent) {
        let outcome = match event {
            SnapshotEvent::Made { height, took, .. } => {
                self.0.snapshot_height.set(height);
                self.0.snapshot_seconds.set(took.as_secs_f64());
                Outcome::Made
            }
            SnapshotEvent::Skipped { .. } => Outcome::Skipped,
            SnapshotEvent::Failed { .. } => Outcome::Failed,
        };
        self.0.snapshots.get_or_create(&ByOutcome { outcome }).inc();
    }
}

fn by_fate(code: Option<Code>) -> ByFate {
    let (fate, class) = match code {
        Some(code) if code.is_inadmissible() => (Fate::Inadmissible, "10xx"),
        Some(code) if code.gate().is_some() => (Fate::Denied, "20xx"),
        Some(code) if code.is_denied() => (
            Fate::Denied,
            if code.number() < 2_100 {
                "20xx"
            } else {
                "21xx"
            },
        ),
        _ => (Fate::Applied, "0"),
    };
    ByFate { fate, class }
}

/// Writes CometBFT's configuration, notes its process in the home, counts its restarts, and tells the node when it gave up.
pub(crate) struct FollowComet {
    pub(crate) home: Home,
    pub(crate) config: Config,
    pub(crate) metrics: Metrics,
    pub(crate) gave_up: Option<oneshot::Sender<String>>,
}

impl supervisor::Observer for FollowComet {
    fn starting(&mut self) -> Result<(), String> {
        // At every start, because one setting depends on whether this validator has signed by now.
        write_config(&self.home, &self.config).map_err(|error| error.to_string())
    }

    fn started(&mut self, pid: u32) {
        tracing::info!(pid, "CometBFT started");
        note(&self.home, ProcessId::of(pid));
    }

    fn restarting(&mut self) {
        self.metrics.cometbft_restarts.inc();
        note(&self.home, None);
    }

    fn gave_up(&mut self, reason: String) {
        if let Some(sender) = self.gave_up.take() {
            // The node may be ending already; then nobody needs to hear it.
            let _ = sender.send(reason);
        }
    }
}

/// Writes the process ids of this node into its home, for whoever has to stop it.
pub(crate) fn note(home: &Home, cometbft: Option<ProcessId>) {
    let Some(nexusd) = ProcessId::current() else {
        tracing::warn!(
            "this process's start time cannot be read from /proc; its ids are not noted"
        );
        return;
    };
    if let Err(error) = (Processes { nexusd, cometbft }).write(home) {
        tracing::warn!(%error, "the process ids could not be noted");
    }
}
