//! The log: standard error, one line an event, no payloads and no secrets.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts logging for this process; `Err` says why the filter is not one.
pub(crate) fn start(log: &Log) -> Result<(), String> {
    // That library logs whole requests at debug; transactions are nobody's log line.
    let filter = EnvFilter::try_new(format!("{},tendermint_abci=warn", log.filter))
        .map_err(|error| format!("log.filter: {error}, is {:?}", log.filter))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false);
    let started = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    started.map_err(|error| format!("the log could not be started: {error}"))
}
