//! The watchdog's figures, under `nexus_watchdog_`.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What there may be to worry about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Alarm {
    /// No block for a while, here and as far as is known everywhere.
    Still,
    /// The network provably has blocks that this node has not.
    Behind,
    /// The network signed another state than this node's.
    Diverged,
    /// This machine's clock is not the others'.
    Clock,
    /// Our own CometBFT does not answer.
    CometSilent,
}

impl Alarm {
    const ALL: [Self; 5] = [
        Self::Still,
        Self::Behind,
        Self::Diverged,
        Self::Clock,
        Self::CometSilent,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByAlarm {
    kind: Alarm,
}

/// All of them; clones count into the same ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    alarms: Family<ByAlarm, Gauge<u64, AtomicU64>>,
    pub(crate) unchanged_seconds: Gauge<u64, AtomicU64>,
    pub(crate) peers_height: Gauge<u64, AtomicU64>,
    pub(crate) proven_height: Gauge<u64, AtomicU64>,
    pub(crate) peers_answering: Gauge<u64, AtomicU64>,
    pub(crate) mismatches: Counter,
    pub(crate) unproven: Counter,
    pub(crate) clock_offset_ms: Gauge<i64, AtomicI64>,
}

impl Figures {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let figures = Self::default();
        for kind in Alarm::ALL {
            figures.set(kind, false);
        }
        let registry = registry.sub_registry_with_prefix("nexus_watchdog");
        registry.register(
            "alarm",
            "1 while there is this to worry about",
            figures.alarms.clone(),
        );
        registry.register(
            "unchanged_seconds",
            "Seconds since this node's height changed",
            figures.unchanged_seconds.clone(),
        );
        registry.register(
            "peers_height",
            "Highest height that a watched node says it has; not proven",
            figures.peers_height.clone(),
        );
        registry.register(
            "proven_height",
            "Highest header seen with the signatures of two thirds of the validators",
            figures.proven_height.clone(),
        );
        registry.register(
            "peers_answering",
            "Watched nodes that answered last time",
            figures.peers_answering.clone(),
        );
        registry.register(
            "app_hash_mismatches",
            "Signed headers that carry another app hash than this node computed",
            figures.mismatches.clone(),
        );
        registry.register(
            "unproven_headers",
            "Headers shown by watched nodes that the validators did not sign",
            figures.unproven.clone(),
        );
        registry.register(
            "clock_offset_milliseconds",
            "Median of what watched nodes' clocks are ahead of this machine's",
            figures.clock_offset_ms.clone(),
        );
        figures
    }

    pub(crate) fn set(&self, kind: Alarm, on: bool) {
        self.alarms
            .get_or_create(&ByAlarm { kind })
            .set(u64::from(on));
    }
}
