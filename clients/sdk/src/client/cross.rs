//! A second opinion: whether other nodes have the same header.

use super::{Client, ClientError};
use crate::bundle::LightBlock;
use tendermint::block::Header;

/// What one other node says of a header.
#[derive(Debug)]
pub struct Opinion {
    /// Its URL.
    pub url: String,
    /// Whether its header of that height has the same hash; what differed if not.
    pub outcome: Result<(), String>,
    /// Whether it contradicts, rather than just not answering.
    pub contradicts: bool,
}

/// Asks other nodes, best of other operators, for the header of the same height and compares hashes. Two different
/// headers that both verify mean that more than a third of the validators signed two histories: keep both, act on neither.
pub async fn cross_check(header: &Header, others: &[Client]) -> Vec<Opinion> {
    let mut opinions = Vec::with_capacity(others.len());
    for client in others {
        let (outcome, contradicts) = match theirs(client, header.height.value()).await {
            Ok(hash) if hash == header.hash() => (Ok(()), false),
            Ok(hash) => {
                let height = header.height;
                let reason = format!(
                    "its header {height} has hash {hash}, ours {}",
                    header.hash()
                );
                (Err(reason), true)
            }
            Err(error) => (Err(error.to_string()), false),
        };
        opinions.push(Opinion {
            url: client.url().to_owned(),
            outcome,
            contradicts,
        });
    }
    opinions
}

async fn theirs(client: &Client, height: u64) -> Result<tendermint::Hash, ClientError> {
    let view = client.light_block(height).await?;
    let block = LightBlock::from_json(view.signed_header, view.validators, view.next_validators);
    let block = block.map_err(|source| ClientError::Unreadable {
        url: client.url().to_owned(),
        source,
    })?;
    Ok(block.signed_header.header.hash())
}
