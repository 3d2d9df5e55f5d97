//! The demo creator's registration: what `nexus identity request`, `attest` and `register` do, in one step.
//!
//! It needs a running network and the attester's key, so it is the launcher's work, never a node's.

use std::path::Path;

use nexus_sdk::api::{SubmitResult, SubmitStatus, Wait};
use nexus_sdk::client::{Class, Client, ClientError};
use nexus_sdk::keys::Signer;
use nexus_sdk::sign::{SignError, TxBuilder, attest};
use nexus_types::approval::AttestationBody;
use nexus_types::encoding::encode;
use nexus_types::{Action, Code, Hash, Network, Time, Tx};

use super::people;
use super::plan::Plan;
use crate::ask::Ask;
use crate::error::Error;

/// Milliseconds the attestation and the transaction may wait for their block.
const VALID_MS: u64 = 10 * 60 * 1_000;

/// Milliseconds the node may wait for the block: the most it grants.
const WAIT_MS: u32 = 30_000;

/// What the attester's evidence is on a development network: nothing but these words.
const EVIDENCE: &[u8] = b"development network: nobody was verified";

/// Registers the demo creator unless the ledger knows it; true if it was new.
pub(crate) fn register(dir: &Path, plan: &Plan, ask: &Ask) -> Result<bool, Error> {
    let Some(first) = plan.validators.first() else {
        return Err(Error::home(dir, "the plan names no validators"));
    };
    let (creator, attester) = people::creator_and_attester(dir)?;
    let failed = |reason: String| {
        Error::Unreachable(format!(
            "the demo creator could not be registered: {reason}"
        ))
    };
    let unanswered = |error: ClientError| failed(error.to_string());
    let needed = ask.node(first.rpc(), async |client| {
        if is_registered(client, &creator).await? {
            return Ok(None);
        }
        let nonce = client.next_nonce(creator.identity).await?;
        let network = client.network().await?;
        Ok(Some((
            network,
            nonce.value.next.0,
            Time(nonce.block_time.0),
        )))
    });
    let Some((network, nonce, now)) = needed.map_err(unanswered)? else {
        return Ok(false);
    };
    let tx = registration(network, nonce, now.plus_ms(VALID_MS), &creator, &attester);
    let bytes = encode(&tx.map_err(|error| failed(error.to_string()))?);
    let submitted = ask.node(first.rpc(), async |client| {
        client.submit(&bytes, Wait::Committed, WAIT_MS).await
    });
    match submitted.map_err(unanswered)? {
        SubmitResult {
            status: SubmitStatus::Committed,
            result: Some(code),
            ..
        } if code.code == Code::Applied.number() => Ok(true),
        other => Err(failed(format!(
            "transaction {} is {:?}{}",
            other.hash,
            other.status,
            other
                .result
                .map(|code| format!(", {} ({})", code.name, code.title))
                .unwrap_or_default()
        ))),
    }
}

async fn is_registered(client: &Client, creator: &Signer) -> Result<bool, ClientError> {
    match client.identity(creator.identity).await {
        Ok(_) => Ok(true),
        Err(error) if error.class() == Class::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn registration(
    network: Network,
    nonce: u64,
    expires: Time,
    creator: &Signer,
    attester: &Signer,
) -> Result<Tx, SignError> {
    let body = AttestationBody {
        network: network.clone(),
        identity: creator.identity,
        attester: attester.identity,
        // The key that genesis names; nobody rotates it before the network's first minute is over.
        generation: 0,
        evidence: Hash::of(EVIDENCE),
        expires,
    };
    let action = Action::RegisterIdentity {
        key: creator.key.public(),
        attestation: Some(attest(body, &attester.key)),
    };
    TxBuilder::new(network, nonce, expires).sign(action, creator, &[])
}
