//! What the node tells about itself: a log without payloads, and figures for Prometheus.

pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod rpc;
pub(crate) mod server;
