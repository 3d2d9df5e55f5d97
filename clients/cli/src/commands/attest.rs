//! `nexus attest`: a registered attester's word that a key's holder was verified.

use crate::context::{Context, read_text, write_file};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use clap::Args;
use nexus_sdk::sign::{IdentityRequest, attest, from_text, to_text};
use nexus_types::approval::AttestationBody;
use nexus_types::{Hash, IdentityId, Time};
use serde_json::json;
use std::path::PathBuf;

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Attest a person's request.
#[derive(Args)]
pub(crate) struct Attest {
    /// The request
    request: PathBuf,
    /// SHA-256 of the evidence that the person is who they say; it stays with you
    #[arg(long, value_name = "HEX")]
    evidence_sha256: Hash,
    /// Write the attestation here instead of to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Days it can be used
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u8).range(1..=30))]
    days: u8,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Attest) -> Result<Answer, CliError> {
    let request: IdentityRequest = from_text(&read_text(&command.request)?, "identity request")?;
    request.check()?;
    let node = ctx.node().await?;
    if request.body.network != node.network {
        return Err(CliError::Stranger(format!(
            "the request is for chain {} (genesis {}), the node is of {} (genesis {})",
            request.body.network.chain_id,
            request.body.network.genesis_hash,
            node.network.chain_id,
            node.network.genesis_hash
        )));
    }
    let signer = ctx.keyring().signer(Role::Attester)?;
    let attester = node.client.identity(signer.identity).await?.value;
    let identity = IdentityId::from_key(&request.key());
    let body = AttestationBody {
        network: node.network,
        identity,
        attester: signer.identity,
        generation: attester.generation,
        evidence: command.evidence_sha256,
        expires: Time(node.block_time).plus_ms(u64::from(command.days).saturating_mul(DAY_MS)),
    };
    let attestation = to_text(&attest(body, &signer.key));
    let text = match &command.out {
        Some(path) => {
            write_file(path, format!("{attestation}\n").as_bytes())?;
            let path = path.display();
            format!(
                "{path}: identity {identity} attested\nnext: hand it back; its holder runs nexus identity register --attestation {path}"
            )
        }
        None => attestation.clone(),
    };
    let value = json!({
        "identity": identity.to_string(),
        "attester": signer.identity.to_string(),
        "attestation": attestation,
        "file": command.out,
    });
    Ok(Answer::new(&value, text)?)
}
