//! `/metrics` on a loopback port, in Prometheus' text format.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::error::Error;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Listens, then serves until `stop` turns true or its sender is gone.
pub(crate) async fn serve(
    listen: SocketAddr,
    registry: Arc<Registry>,
    mut stop: watch::Receiver<bool>,
) -> Result<tokio::task::JoinHandle<()>, Error> {
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Error::Taken(format!(
            "metrics.listen {listen}: cannot listen there: {error}. Stop what uses the port, or choose another in config.toml"
        ))
    })?;
    let app = Router::new().route("/metrics", get(move || metrics(registry)));
    let stopped = async move {
        // An error says that the sender is gone: stop as well.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app)
            .with_graceful_shutdown(stopped)
            .await
        {
            tracing::error!(%error, "the metrics server ended");
        }
    }))
}

async fn metrics(registry: Arc<Registry>) -> Response {
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
