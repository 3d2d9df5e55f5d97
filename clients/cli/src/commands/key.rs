//! `nexus key`: key files.

use super::identity;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::table;
use clap::Subcommand;
use nexus_sdk::api::{WireIdentity, WireKey};
use nexus_sdk::keys::{KeyFile, SecretKey, Signer};
use serde_json::json;

/// Key files.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a key and encrypt it into a file
    New {
        /// Its name, which becomes the file's
        name: String,
    },
    /// List the key files
    List,
    /// Open a key file and show its public half
    Show {
        /// Its name
        name: String,
    },
    /// Replace the key of a registered identity by a new one, on the ledger and in the file
    Rotate {
        /// Its name
        name: String,
    },
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::New { name } => new(ctx, &name),
        Command::List => list(ctx),
        Command::Show { name } => show(ctx, &name),
        Command::Rotate { name } => identity::rotate(ctx, Some(name)).await,
    }
}

fn new(ctx: &Context, name: &str) -> Result<Answer, CliError> {
    let keyring = ctx.keyring();
    let file = keyring.file(name)?;
    if file.path().exists() {
        // Before anybody thinks of a passphrase for it.
        return Err(nexus_sdk::keys::KeyError::Exists(file.path()).into());
    }
    keyring.say_where_new_keys_go();
    let signer = Signer::new(name, SecretKey::generate());
    file.create(&signer, &keyring.new_passphrase()?, keyring.work_factor())?;
    described(&file, &signer)
}

fn list(ctx: &Context) -> Result<Answer, CliError> {
    let keyring = ctx.keyring();
    let files = keyring.list()?;
    let rows: Vec<Vec<String>> = files
        .iter()
        .map(|file| vec![file.name().to_owned(), file.path().display().to_string()])
        .collect();
    let items: Vec<_> = files
        .iter()
        .map(|file| json!({"name": file.name(), "file": file.path()}))
        .collect();
    let text = if rows.is_empty() {
        format!(
            "no key in {}; nexus key new NAME makes one",
            keyring.dir().display()
        )
    } else {
        table::columns(&["NAME", "FILE"], &rows)
    };
    Ok(Answer::new(&json!({ "items": items }), text)?)
}

fn show(ctx: &Context, name: &str) -> Result<Answer, CliError> {
    let keyring = ctx.keyring();
    described(&keyring.file(name)?, &keyring.open(name)?)
}

fn described(file: &KeyFile, signer: &Signer) -> Result<Answer, CliError> {
    let identity = WireIdentity::from(signer.identity);
    let key = WireKey::from(signer.key.public());
    let text = table::fields(&[
        ("name", file.name().to_owned()),
        ("identity", identity.to_string()),
        ("public key", key.to_string()),
        ("file", file.path().display().to_string()),
    ]);
    let value = json!({
        "name": file.name(),
        "identity": identity,
        "publicKey": key,
        "file": file.path(),
    });
    Ok(Answer::new(&value, text)?)
}
