//! The node's figures, one typed struct for the process. Names and labels are part of the interface: alerts and
//! dashboards are written against them. Labels come from small closed sets, so the number of series is bounded.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Fate {
    /// Code 0.
    Applied,
    /// A gate or the action's own rule refused it; it is on the ledger.
    Denied,
    /// Not admitted; it is not on the ledger.
    Inadmissible,
}

/// Labels of a counter by fate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByFate {
    pub(crate) fate: Fate,
    /// The hundreds of the code: `0`, `10xx`, `20xx`, `21xx`.
    pub(crate) class: &'static str,
}

/// Labels of a counter by gate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByGate {
    pub(crate) gate: u8,
}

/// Labels of a counter by rule over the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByRule {
    pub(crate) rule: &'static str,
}

/// What became of a snapshot whose turn it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Outcome {
    /// It is there.
    Made,
    /// The one before was not finished.
    Skipped,
    /// See the log.
    Failed,
}

/// Labels of a counter by outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByOutcome {
    pub(crate) outcome: Outcome,
}

/// All figures; clones count into the same ones.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) height: Gauge<u64, AtomicU64>,
    pub(crate) transactions: Family<ByFate, Counter>,
    pub(crate) gate_refusals: Family<ByGate, Counter>,
    pub(crate) check_tx_batch: Histogram,
    pub(crate) finalize_seconds: Histogram,
    pub(crate) commit_seconds: Histogram,
    pub(crate) index_lag: Gauge<u64, AtomicU64>,
    pub(crate) anomalies: Family<ByRule, Counter>,
    pub(crate) cometbft_restarts: Counter,
    pub(crate) snapshots: Family<ByOutcome, Counter>,
    pub(crate) snapshot_height: Gauge<u64, AtomicU64>,
    pub(crate) snapshot_seconds: Gauge<f64, AtomicU64>,
}

/// Upper bounds of the duration buckets, seconds: a block has one second.
const SECONDS: [f64; 11] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0,
];

/// Upper bounds of the batch-size buckets; a batch has at most 128.
const BATCH: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

impl Metrics {
    /// The figures, registered under `nexus_`.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            height: Gauge::default(),
            transactions: Family::default(),
            gate_refusals: Family::default(),
            check_tx_batch: Histogram::new(BATCH),
            finalize_seconds: Histogram::new(SECONDS),
            commit_seconds: Histogram::new(SECONDS),
            index_lag: Gauge::default(),
            anomalies: Family::default(),
            cometbft_restarts: Counter::default(),
            snapshots: Family::default(),
            snapshot_height: Gauge::default(),
            snapshot_seconds: Gauge::default(),
        };
        let registry = registry.sub_registry_with_prefix("nexus");
        registry.register(
            "height",
            "Height of the last committed block",
            metrics.height.clone(),
        );
        registry.register(
            "transactions",
            "Transactions in committed blocks, by fate and class of code",
            metrics.transactions.clone(),
        );
        registry.register(
            "gate_refusals",
            "Transactions refused in committed blocks, by gate",
            metrics.gate_refusals.clone(),
        );
        registry.register(
            "check_tx_batch_size",
            "CheckTx requests answered together",
            metrics.check_tx_batch.clone(),
        );
        registry.register_with_unit(
            "finalize",
            "Time to execute a block",
            Unit::Seconds,
            metrics.finalize_seconds.clone(),
        );
        registry.register_with_unit(
            "commit",
            "Time to write a block to disk",
            Unit::Seconds,
            metrics.commit_seconds.clone(),
        );
        registry.register(
            "index_lag_blocks",
            "Committed blocks that the SQL index does not hold yet",
            metrics.index_lag.clone(),
        );
        registry.register(
            "anomalies",
            "Findings in new blocks of the rules over the ledger, by rule",
            metrics.anomalies.clone(),
        );
        registry.register(
            "cometbft_restarts",
            "Times CometBFT ended unasked and was started again",
            metrics.cometbft_restarts.clone(),
        );
        registry.register(
            "snapshots",
            "Snapshots whose turn it was, by what became of them",
            metrics.snapshots.clone(),
        );
        registry.register(
            "snapshot_height",
            "Height of the newest snapshot made since the start",
            metrics.snapshot_height.clone(),
        );
        registry.register_with_unit(
            "snapshot_last",
            "Time to make the newest snapshot, beside the blocks",
            Unit::Seconds,
            metrics.snapshot_seconds.clone(),
        );
        metrics
    }
}
