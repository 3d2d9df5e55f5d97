//! The questions of one look: to the CometBFT beside this node, and to other operators' nodes. Every answer is bounded in
//! time and size, and nothing here believes any of them.

use std::time::Duration;

use nexus_rpc::Comet;
use nexus_sdk::api::LightBlockView;
use nexus_sdk::client::{Client, ClientError};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long one answer may take. A CometBFT that is paused, or holds its lock for ever, does not answer at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// What another node says.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// Its address.
    pub(crate) from: String,
    /// The height it says it has; not proven.
    pub(crate) height: Option<u64>,
    /// What it shows as the header of the height that was asked for; `Err` says why it shows none.
    pub(crate) block: Result<LightBlockView, String>,
}

/// Asks every node for its height and for the header of a height, at once.
pub(crate) async fn peers(peers: &[Client], height: u64) -> Vec<Told> {
    let mut asking = JoinSet::new();
    for peer in peers {
        asking.spawn(peer_once(peer.clone(), height));
    }
    asking.join_all().await
}

async fn peer_once(peer: Client, height: u64) -> Told {
    let (health, block) = tokio::join!(
        timeout(PATIENCE, peer.health()),
        timeout(PATIENCE, peer.light_block(height)),
    );
    let height = health
        .ok()
        .and_then(Result::ok)
        .and_then(|health| health.height);
    let late = || format!("no answer within {} s", PATIENCE.as_secs());
    Told {
        from: peer.url().to_owned(),
        height: height.map(|height| height.0),
        block: block
            .map_err(|_| late())
            .and_then(|block| block.map_err(|error: ClientError| error.to_string())),
    }
}

/// Asks our own CometBFT; `Err` says why there is no answer.
pub(crate) async fn comet(comet: &Comet, method: &str, params: Value) -> Result<Value, String> {
    match timeout(PATIENCE, comet.ask(method, params)).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// The state of consensus with its votes.
pub(crate) async fn consensus(own: &Comet) -> Result<Value, String> {
    comet(own, "dump_consensus_state", json!({})).await
}
