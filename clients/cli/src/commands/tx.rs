//! `nexus tx`: transactions as such.

use super::change::{QuotaChangeArgs, imvu_id};
use super::zone::SetArgs;
use crate::context::{Context, note, read_text};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::{Answer, indented};
use crate::{submit, table, text};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clap::Subcommand;
use nexus_sdk::api::EnvelopeView;
use nexus_sdk::sign::cosigned;
use nexus_types::encoding::encode;
use nexus_types::limits::TX_BYTES;
use nexus_types::{Action, Hash, ImvuId, Tx, decode};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Transactions.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show a committed transaction, as the node says; nexus verify tx proves it
    Show {
        /// Its hash or id
        hash: Hash,
    },
    /// Decode a transaction: a file, - for standard input, or base64
    Decode {
        /// The file or the text
        tx: String,
    },
    /// Submit a signed transaction: a file, - for standard input, or base64
    Submit {
        /// The file or the text
        tx: String,
    },
    /// Add your signature to a transaction that somebody else signed, in its file; nothing is submitted
    Cosign {
        /// The file that --tx-out wrote
        file: PathBuf,
    },
    /// Sign an action and write the transaction without submitting it
    Bearer {
        #[command(subcommand)]
        request: Bearer,
    },
}

/// The requests of the REST interface; the token is the signed transaction for exactly that request.
#[derive(Subcommand)]
pub(crate) enum Bearer {
    /// For POST /api/dns/zones/{zone}/records
    Records(SetArgs),
    /// For PATCH /api/admin/imvus/{imvu}/quota
    Quota {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        change: QuotaChangeArgs,
    },
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Show { hash } => show(ctx, hash).await,
        Command::Decode { tx } => decoded(&read(&tx)?),
        Command::Submit { tx } => {
            let bytes = read(&tx)?;
            let node = ctx.node().await?;
            if ctx.global.dry_run {
                return submit::judged(&node, &transaction(&bytes)?).await;
            }
            let result = submit::send(ctx, &node, &bytes).await?;
            submit::told(ctx, result)
        }
        Command::Cosign { file } => cosign(ctx, &file),
        Command::Bearer { request } => bearer(ctx, request).await,
    }
}

/// A file, standard input, or the text itself, in either spelling of base64.
fn read(tx: &str) -> Result<Vec<u8>, CliError> {
    let path = PathBuf::from(tx);
    let text = if tx == "-" || path.exists() {
        read_text(Path::new(tx))?
    } else {
        tx.to_owned()
    };
    let text = text.trim().trim_end_matches('=');
    let standard = text.replace('-', "+").replace('_', "/");
    let padded = format!("{standard}{}", "=".repeat((4 - standard.len() % 4) % 4));
    let bytes = STANDARD.decode(padded).map_err(|_| {
        CliError::usage(
            "this is neither a file nor base64",
            "Give a path, - for standard input, or the transaction in base64.",
        )
    })?;
    if bytes.len() > TX_BYTES {
        return Err(CliError::usage(
            format!("{} bytes are more than a transaction may have", bytes.len()),
            "A transaction has at most 65,536 bytes.",
        ));
    }
    Ok(bytes)
}

fn transaction(bytes: &[u8]) -> Result<Tx, CliError> {
    decode(bytes).map_err(|error| {
        CliError::usage(
            format!("these bytes are no transaction: {error}"),
            "Check where they come from.",
        )
    })
}

/// Says what is signed before it is: a co-signer may see it here for the first time.
fn cosign(ctx: &Context, file: &Path) -> Result<Answer, CliError> {
    let bytes = read(&file.to_string_lossy())?;
    let mut tx = transaction(&bytes)?;
    note(&format!(
        "co-signing {} by {}: {}",
        tx.body.action.kind(),
        tx.body.signer,
        text::asked(&tx.body.action)
    ));
    for signer in ctx.keyring().signers(Role::Creator)? {
        tx = cosigned(tx, &signer)?;
    }
    submit::written(file, &tx)
}

fn decoded(bytes: &[u8]) -> Result<Answer, CliError> {
    let tx = transaction(bytes)?;
    let hash = Hash::of(bytes);
    let view = EnvelopeView::from(&tx);
    let text = format!(
        "{}\naction        {}",
        envelope(hash, &tx),
        indented(&json!(view.action))
    );
    Ok(Answer::new(
        &json!({"hash": hash.to_string(), "envelope": view}),
        text,
    )?)
}

fn envelope(hash: Hash, tx: &Tx) -> String {
    let body = &tx.body;
    table::fields(&[
        ("hash", hash.to_string()),
        ("id", body.id().to_string()),
        (
            "chain",
            format!(
                "{}, genesis {}",
                body.network.chain_id, body.network.genesis_hash
            ),
        ),
        ("signer", body.signer.to_string()),
        ("nonce", format!("{} in lane {}", body.nonce, body.lane)),
        ("expires", text::time(body.expires.0)),
        ("approvals", body.approvals.as_slice().len().to_string()),
        (
            "co-signatures",
            tx.cosignatures.as_slice().len().to_string(),
        ),
    ])
}

async fn show(ctx: &Context, hash: Hash) -> Result<Answer, CliError> {
    let view = ctx.client()?.transaction(hash).await?;
    let summary = &view.summary;
    let mut fields = vec![
        ("hash", summary.hash.to_string()),
        (
            "block",
            format!("{}, number {} in it", summary.height, summary.index),
        ),
        ("time", text::time(summary.block_time.0)),
        (
            "result",
            format!("{} {}", summary.code.name, summary.code.title),
        ),
    ];
    if let Some(verdict) = &view.verdict {
        fields.push(("action", verdict.action.clone()));
        fields.push(("on", text::subject(&verdict.subject)));
        fields.push(("by", verdict.actor.to_string()));
        for gate in verdict.gates.iter().filter(|gate| !gate.passed) {
            let reason = gate
                .reason
                .as_ref()
                .map_or("", |reason| reason.text.as_str());
            fields.push((
                "refused",
                format!("gate {} ({}): {reason}", gate.gate, gate.name),
            ));
        }
    }
    let text = format!(
        "{}\nproved by nexus verify tx {}",
        table::fields(&fields),
        summary.hash
    );
    Ok(Answer::new(&view, text)?)
}

async fn bearer(ctx: &Context, request: Bearer) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let (role, action) = match request {
        Bearer::Records(set) => (Role::Creator, set.action()?),
        Bearer::Quota { imvu, change } => {
            let change = change.change()?;
            let action = Action::ChangeQuota { imvu, change };
            (Role::Officers(node.officers_threshold), action)
        }
    };
    let signers = ctx.keyring().signers(role)?;
    let tx = submit::sign(&node, &signers, action, Vec::new(), submit::VALID_MS).await?;
    let token = URL_SAFE_NO_PAD.encode(encode(&tx));
    let value = json!({
        "token": token,
        "id": tx.body.id().to_string(),
        "expires": tx.body.expires.0.to_string(),
    });
    Ok(Answer::new(&value, token)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_base64_and_files_are_read() {
        let bytes = vec![0xfb, 0xff, 0xfe, 1];
        assert_eq!(read(&STANDARD.encode(&bytes)).unwrap(), bytes);
        assert_eq!(read(&URL_SAFE_NO_PAD.encode(&bytes)).unwrap(), bytes);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tx");
        std::fs::write(&path, format!("{}\n", STANDARD.encode(&bytes))).unwrap();
        assert_eq!(read(path.to_str().unwrap()).unwrap(), bytes);
        assert!(read("not base64 at all").is_err());
        assert!(read(&STANDARD.encode(vec![0; TX_BYTES + 1])).is_err());
    }
}
