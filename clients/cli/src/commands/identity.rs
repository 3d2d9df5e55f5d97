//! `nexus identity`: from a key to a registered identity, and to its end.

use crate::context::{Context, Node, note, read_text, write_file};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::submit;
use crate::table;
use clap::Subcommand;
use nexus_sdk::api::IdentityView;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::{IdentityRequest, from_text, prove_rotation, to_text};
use nexus_types::approval::Attestation;
use nexus_types::{Action, IdentityId};
use serde_json::json;
use std::path::PathBuf;

/// Identities.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write a request to be attested, signed by your own key
    Request {
        /// Write it here instead of to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Register your key's identity on the ledger
    Register {
        /// The attester's word; without it gate 1 refuses
        #[arg(long, value_name = "FILE")]
        attestation: Option<PathBuf>,
    },
    /// Show an identity
    Show {
        /// A key's name or an identity's id [default: --key]
        identity: Option<String>,
    },
    /// Replace your key by a new one; the identity stays the same
    Rotate,
    /// End your identity for ever
    Revoke {
        /// Say that you mean it
        #[arg(long, required = true)]
        yes: bool,
    },
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Request { out } => request(ctx, out).await,
        Command::Register { attestation } => register(ctx, attestation).await,
        Command::Show { identity } => show(ctx, identity).await,
        Command::Rotate => rotate(ctx, None).await,
        Command::Revoke { .. } => submit::act(ctx, Role::Creator, Action::RevokeIdentity).await,
    }
}

async fn request(ctx: &Context, out: Option<PathBuf>) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let signer = ctx.keyring().signer(Role::Creator)?;
    let request = to_text(&IdentityRequest::new(node.network, &signer.key));
    let identity = IdentityId::from_key(&signer.key.public());
    let text = match &out {
        Some(path) => {
            write_file(path, format!("{request}\n").as_bytes())?;
            let path = path.display();
            format!(
                "{path}: the request of identity {identity}\nnext: hand it to a registered attester, who runs nexus attest {path}"
            )
        }
        None => request.clone(),
    };
    let value = json!({"identity": identity.to_string(), "request": request, "file": out});
    Ok(Answer::new(&value, text)?)
}

async fn register(ctx: &Context, attestation: Option<PathBuf>) -> Result<Answer, CliError> {
    let attestation: Option<Attestation> = attestation
        .map(|path| Ok::<_, CliError>(from_text(&read_text(&path)?, "attestation")?))
        .transpose()?;
    let node = ctx.node().await?;
    let signer = ctx.keyring().signer(Role::Creator)?;
    let action = Action::RegisterIdentity {
        key: signer.key.public(),
        attestation,
    };
    Ok(submit::submit(ctx, &node, &[signer], action, Vec::new())
        .await?
        .answer)
}

async fn show(ctx: &Context, identity: Option<String>) -> Result<Answer, CliError> {
    let id = match identity {
        Some(identity) => named(ctx, &identity)?,
        None => ctx.keyring().signer(Role::Creator)?.identity,
    };
    let read = ctx.client()?.identity(id).await?;
    let mut text = described(&read.value);
    if let Some(guarded) = &read.value.guardianship {
        text = format!("{text}\n{}", super::guardian::described(guarded));
    }
    Ok(Answer::new(&read, text)?)
}

/// The identity that a text names: by its id, or by the name of a key of this machine.
pub(crate) fn named(ctx: &Context, text: &str) -> Result<IdentityId, CliError> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let keyring = ctx.keyring();
    // A mistyped id is not looked for as a key alone.
    if !keyring.file(text).is_ok_and(|file| file.path().exists()) {
        return Err(CliError::usage(
            format!(
                "{text} names nobody: it is no identity's id, which has 64 hexadecimal digits, and there is no key of that name in {}",
                keyring.dir().display()
            ),
            "nexus key list shows the keys there are; --keys names another directory.",
        ));
    }
    Ok(keyring.open(text)?.identity)
}

/// An identity for people.
pub(crate) fn described(view: &IdentityView) -> String {
    table::fields(&[
        ("identity", view.id.to_string()),
        ("name", view.public_name.clone()),
        ("key", view.key.to_string()),
        ("generation", view.generation.to_string()),
        (
            "status",
            String::from(if view.revoked { "revoked" } else { "active" }),
        ),
        (
            "attester",
            view.attester
                .as_ref()
                .map_or_else(|| String::from("genesis"), ToString::to_string),
        ),
        ("registered", format!("block {}", view.registered)),
    ])
}

/// Replaces a key on the ledger and in its file. The new key is on disk before the ledger hears of it, so that whatever
/// happens in between, no identity is lost.
pub(crate) async fn rotate(ctx: &Context, name: Option<String>) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let keyring = ctx.keyring();
    let old = match name {
        Some(name) => keyring.open(&name)?,
        None => keyring.signer(Role::Creator)?,
    };
    let next = old.rotated(SecretKey::generate());
    let (file, waiting) = (
        keyring.file(&old.name)?,
        keyring.file(&format!("{}.next", old.name))?,
    );
    if !ctx.global.dry_run {
        waiting.create(&next, keyring.passphrase()?, keyring.work_factor())?;
    }
    let outcome = announce(ctx, &node, &old, &next).await;
    match &outcome {
        Ok(done) if done.applied => {
            let replaced = file.replace(&next, keyring.passphrase()?, keyring.work_factor());
            let old_file = replaced.inspect_err(|_| {
                note(&format!(
                    "the rotation is committed, and the new key is in {}: move it to {}",
                    waiting.path().display(),
                    file.path().display()
                ));
            })?;
            // Its key is in the file now; what stays behind would only be a second copy.
            let _ = std::fs::remove_file(waiting.path());
            note(&format!("the old key stays in {}", old_file.display()));
        }
        // Nothing was made; a file that waits there is of an earlier rotation, and may be its only key.
        _ if ctx.global.dry_run => {}
        Err(CliError::Refused(_)) => {
            let _ = std::fs::remove_file(waiting.path());
        }
        _ => note(&format!(
            "the new key is in {}: if the rotation turns out to be committed, move it to {}",
            waiting.path().display(),
            file.path().display()
        )),
    }
    outcome.map(|done| done.answer)
}

async fn announce(
    ctx: &Context,
    node: &Node,
    old: &Signer,
    next: &Signer,
) -> Result<submit::Done, CliError> {
    let now = node.client.identity(old.identity).await?.value;
    let generation = now.generation.saturating_add(1);
    let proof = prove_rotation(node.network.clone(), old.identity, generation, &next.key);
    let action = Action::RotateKey {
        new_key: next.key.public(),
        proof,
    };
    submit::submit(ctx, node, std::slice::from_ref(old), action, Vec::new()).await
}
