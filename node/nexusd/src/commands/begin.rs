//! How a new node begins: by replaying from genesis, or from a snapshot, with headers from nodes that others run.

use nexus_sdk::api::{BlockView, HeightParams, Method};
use nexus_sdk::client::ClientError;
use nexus_types::Hash;

use crate::ask::Ask;
use crate::cli::Init;
use crate::error::Error;
use crate::state_sync::StateSync;

/// The section of the configuration that the arguments ask for.
pub(crate) fn section(args: &Init) -> Result<StateSync, Error> {
    let servers = &args.state_sync_from;
    if servers.is_empty() {
        return Ok(StateSync::default());
    }
    let (height, hash) = match (args.trust_height, &args.trust_hash) {
        (Some(height), Some(hash)) => (height, hash.clone()),
        _ => {
            // Whether these may be asked at all, before anybody is.
            let asked = StateSync::from_servers(servers, 1, &Hash::default().to_string());
            asked.check().map_err(Error::Usage)?;
            let (height, hash) = agreed(servers)?;
            (height, hash.to_string())
        }
    };
    let section = StateSync::from_servers(servers, height, &hash);
    section.check().map_err(Error::Usage)?;
    Ok(section)
}

/// Tells what the node will trust; and, when nobody but the asked nodes vouches for it, what to do about that.
pub(crate) fn report(section: &StateSync, known: bool) {
    if !section.enabled {
        return;
    }
    println!("state sync     from a snapshot of the peers");
    println!(
        "trusts         block {} with hash {}",
        section.trust_height, section.trust_hash
    );
    if !known {
        println!(
            "check          only the nodes you named vouch for that hash: compare it with one from somebody you trust \
             before you start"
        );
    }
}

/// The newest block that all of them have, and its hash, on which they must agree.
fn agreed(servers: &[String]) -> Result<(u64, Hash), Error> {
    let ask = Ask::new()?;
    let failed = |url: &String, error: &dyn std::fmt::Display| {
        Error::Unreachable(format!(
            "{url} does not say which block is its newest: {error}. Name nodes that run, or give --trust-height and \
             --trust-hash"
        ))
    };
    let mut newest = u64::MAX;
    for url in servers {
        let health = ask.url(base(url), async |client| client.health().await);
        let height = health.map_err(|error| failed(url, &error))?.height;
        let height = height.ok_or_else(|| failed(url, &"it has none yet"))?;
        newest = newest.min(height.0);
    }
    let mut said = Vec::with_capacity(servers.len());
    for url in servers {
        let hash = block_hash(&ask, url, newest).map_err(|error| failed(url, &error))?;
        said.push((hash, url));
    }
    for pair in said.windows(2) {
        if let [(one, by), (other, and)] = pair
            && one != other
        {
            return Err(Error::Verification(format!(
                "at height {newest} {by} has block {one}, but {and} has {other}: one of them is of another chain or \
                 lies. Ask somebody you trust, and give --trust-height and --trust-hash"
            )));
        }
    }
    Ok((
        newest,
        said.first().map(|(hash, _)| *hash).unwrap_or_default(),
    ))
}

fn block_hash(ask: &Ask, url: &str, height: u64) -> Result<Hash, ClientError> {
    let params = HeightParams {
        height: Some(height.into()),
    };
    let block: BlockView = ask.url(base(url), async |client| {
        client.read(Method::GetBlock, &params).await
    })?;
    Ok(block.summary.hash.0)
}

/// The node's interface itself, beside which it answers light clients.
fn base(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    url.strip_suffix("/comet").unwrap_or(url)
}
