//! Asking running nodes over their own RPC, from commands that are no server: the launcher and `status`.

use std::net::SocketAddr;

use nexus_sdk::api::{Health, HealthStatus};
use nexus_sdk::client::{Client, ClientError};
use tokio::runtime::{Builder, Runtime};

use crate::error::Error;

/// A runtime for questions.
#[derive(Debug)]
pub(crate) struct Ask {
    runtime: Runtime,
}

impl Ask {
    pub(crate) fn new() -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime
            .map(|runtime| Self { runtime })
            .map_err(Error::io("start the runtime"))
    }

    /// Runs a conversation with the node at an address.
    pub(crate) fn node<T>(
        &self,
        address: SocketAddr,
        talk: impl AsyncFnOnce(&Client) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        self.url(&format!("http://{address}"), talk)
    }

    /// Runs a conversation with the node at a URL.
    pub(crate) fn url<T>(
        &self,
        url: &str,
        talk: impl AsyncFnOnce(&Client) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let client = Client::new(url)?;
        self.runtime.block_on(talk(&client))
    }

    pub(crate) fn health(&self, address: SocketAddr) -> Result<Health, ClientError> {
        self.node(address, async |client| client.health().await)
    }
}

/// A node's own word for how it is.
pub(crate) fn describe(status: HealthStatus) -> &'static str {
    match status {
        HealthStatus::Ok => "running",
        HealthStatus::Syncing => "catching up",
        HealthStatus::Starting => "starting",
        HealthStatus::ConsensusUnreachable => "CometBFT does not answer; nexusd starts it again",
    }
}
