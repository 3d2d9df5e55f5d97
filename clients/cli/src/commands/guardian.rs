//! `nexus guardian`: who helps when a key is lost or stolen.

use super::identity::named;
use crate::context::{Context, Node, note, read_text, write_file};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, table, text};
use clap::Subcommand;
use nexus_sdk::api::{GuardianshipView, WireIdentity};
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::{RecoveryRequest, attest_recovery, from_text, to_text};
use nexus_types::encoding::Set;
use nexus_types::guardian::{
    FreezeIdentity, ProposeRecovery, RecoveryAttestation, RecoveryAttestationBody, SetGuardians,
    ThawIdentity, VetoPending,
};
use nexus_types::{Action, Hash, IdentityId, Time};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Guardians.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Choose your guardians; a later choice takes effect after its delay
    Set {
        /// Who: identities, or names of keys of this machine
        #[arg(required_unless_present = "none")]
        guardians: Vec<String>,
        /// How many of them act together
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=9))]
        threshold: u8,
        /// Have none any longer
        #[arg(long, conflicts_with = "guardians")]
        none: bool,
    },
    /// Show who guards an identity, and what waits for its delay
    Show {
        /// An identity, or the name of a key [default: --key]
        identity: Option<String>,
    },
    /// As guardians: stop payouts, releases, rotation and other guardians for 30 days: --key A,B
    Freeze {
        /// Whose
        identity: String,
    },
    /// As guardians: lift the freeze before it ends
    Thaw {
        /// Whose
        identity: String,
    },
    /// Make a new key for an identity whose old one is lost or stolen, and write the request to its guardians
    Request {
        /// The identity's id
        identity: String,
        /// The new key's name, which becomes the file's
        name: String,
        /// Write it here instead of to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// As a registered attester: say that a request is of that person
    Attest {
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
    },
    /// As guardians: ask the ledger for the new key; it holds after the delay, unless the old one vetoes
    Recover {
        /// The request
        request: PathBuf,
        /// The attester's word, which a freeze asks for
        #[arg(long, value_name = "FILE")]
        attestation: Option<PathBuf>,
    },
    /// Call off what waits for its delay: as the identity itself, or as its guardians
    Veto {
        /// Whose [default: --key's own]
        identity: Option<String>,
    },
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Set {
            guardians,
            threshold,
            none,
        } => set(ctx, &guardians, if none { 0 } else { threshold }).await,
        Command::Show { identity } => show(ctx, identity).await,
        Command::Freeze { identity } => {
            let identity = named(ctx, &identity)?;
            act(ctx, Action::FreezeIdentity(FreezeIdentity { identity })).await
        }
        Command::Thaw { identity } => {
            let identity = named(ctx, &identity)?;
            act(ctx, Action::ThawIdentity(ThawIdentity { identity })).await
        }
        Command::Request {
            identity,
            name,
            out,
        } => request(ctx, named(ctx, &identity)?, &name, out.as_deref()).await,
        Command::Attest {
            request,
            evidence_sha256,
            out,
            days,
        } => attest(ctx, &request, evidence_sha256, out.as_deref(), days).await,
        Command::Recover {
            request,
            attestation,
        } => recover(ctx, &request, attestation.as_deref()).await,
        Command::Veto { identity } => {
            let identity = match identity {
                Some(identity) => named(ctx, &identity)?,
                None => ctx.keyring().signer(Role::Creator)?.identity,
            };
            act(ctx, Action::VetoPending(VetoPending { identity })).await
        }
    }
}

async fn act(ctx: &Context, action: Action) -> Result<Answer, CliError> {
    submit::act(ctx, Role::Creator, action).await
}

async fn set(ctx: &Context, guardians: &[String], threshold: u8) -> Result<Answer, CliError> {
    let ids = guardians.iter().map(|one| named(ctx, one));
    let ids: Vec<IdentityId> = ids.collect::<Result<_, _>>()?;
    let guardians = Set::new(ids).map_err(|_| {
        CliError::usage(
            "these are more guardians than one can have",
            "An identity has at most nine.",
        )
    })?;
    let choice = SetGuardians {
        guardians,
        threshold,
    };
    act(ctx, Action::SetGuardians(choice)).await
}

async fn show(ctx: &Context, identity: Option<String>) -> Result<Answer, CliError> {
    let id = match identity {
        Some(identity) => named(ctx, &identity)?,
        None => ctx.keyring().signer(Role::Creator)?.identity,
    };
    let read = ctx.client()?.identity(id).await?;
    let guarded = read.value.guardianship.as_ref();
    let text = guarded.map_or_else(
        || String::from("this node does not say how the identity is guarded"),
        described,
    );
    let value = json!({
        "identity": id.to_string(),
        "height": read.height,
        "guardianship": guarded,
    });
    Ok(Answer::new(&value, text)?)
}

/// How an identity is guarded, for people.
pub(crate) fn described(guarded: &GuardianshipView) -> String {
    let mut fields = vec![(
        "guardians",
        match guarded.threshold {
            0 => String::from("none; nexus guardian set chooses some"),
            threshold => format!("{threshold} of {}", people(&guarded.guardians)),
        },
    )];
    if let Some(until) = guarded.frozen_until {
        fields.push(("frozen until", text::time(until.0)));
    }
    if let Some(from) = guarded.next_freeze {
        fields.push(("next freeze", format!("not before {}", text::time(from.0))));
    }
    if let Some(change) = &guarded.change {
        let chosen = match change.threshold {
            0 => String::from("none"),
            threshold => format!("{threshold} of {}", people(&change.guardians)),
        };
        let due = text::time(change.due.0);
        fields.push(("from then on", format!("{chosen} ({due})")));
    }
    if let Some(recovery) = &guarded.recovery {
        fields.push(("new key", format!("{} asked for", recovery.new_key)));
        fields.push(("holds from", text::time(recovery.due.0)));
        fields.push((
            "attested by",
            recovery
                .attester
                .as_ref()
                .map_or_else(|| String::from("nobody"), ToString::to_string),
        ));
    }
    table::fields(&fields)
}

fn people(ids: &[WireIdentity]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.join(", ")
}

/// The new key is on disk before anybody hears of it.
async fn request(
    ctx: &Context,
    identity: IdentityId,
    name: &str,
    out: Option<&Path>,
) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let known = node.client.identity(identity).await?.value;
    let keyring = ctx.keyring();
    let file = keyring.file(name)?;
    if file.path().exists() {
        return Err(nexus_sdk::keys::KeyError::Exists(file.path()).into());
    }
    keyring.say_where_new_keys_go();
    let signer = Signer {
        name: name.to_owned(),
        identity,
        key: SecretKey::generate(),
    };
    file.create(&signer, &keyring.new_passphrase()?, keyring.work_factor())?;
    let generation = known.generation.saturating_add(1);
    let request = RecoveryRequest::new(node.network, identity, generation, &signer.key);
    let request = to_text(&request);
    let text = match out {
        Some(path) => {
            write_file(path, format!("{request}\n").as_bytes())?;
            let path = path.display();
            format!(
                "{path}: the request for {identity} to have the key of {}\nnext: hand it to its guardians, who run nexus guardian recover {path}; under a freeze an attester runs nexus guardian attest {path} first",
                file.path().display()
            )
        }
        None => request.clone(),
    };
    let value = json!({
        "identity": identity.to_string(),
        "newKey": nexus_sdk::api::WireKey::from(signer.key.public()),
        "file": file.path(),
        "request": request,
    });
    Ok(Answer::new(&value, text)?)
}

/// Reads a request, whose new key must have made it for this network.
fn read_request(node: &Node, path: &Path) -> Result<RecoveryRequest, CliError> {
    let request: RecoveryRequest = from_text(&read_text(path)?, "recovery request")?;
    request.check()?;
    if request.body.network != node.network {
        return Err(CliError::Stranger(format!(
            "the request is for chain {} (genesis {}), the node is of {} (genesis {})",
            request.body.network.chain_id,
            request.body.network.genesis_hash,
            node.network.chain_id,
            node.network.genesis_hash
        )));
    }
    Ok(request)
}

async fn attest(
    ctx: &Context,
    path: &Path,
    evidence: Hash,
    out: Option<&Path>,
    days: u8,
) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let request = read_request(&node, path)?;
    let signer = ctx.keyring().signer(Role::Attester)?;
    let attester = node.client.identity(signer.identity).await?.value;
    let identity = request.body.identity;
    let body = RecoveryAttestationBody {
        network: node.network,
        identity,
        new_key: request.body.new_key,
        attester: signer.identity,
        generation: attester.generation,
        evidence,
        expires: Time(node.block_time).plus_ms(u64::from(days).saturating_mul(DAY_MS)),
    };
    let attestation = to_text(&attest_recovery(body, &signer.key));
    let text = match out {
        Some(out) => {
            write_file(out, format!("{attestation}\n").as_bytes())?;
            let (out, path) = (out.display(), path.display());
            format!(
                "{out}: the new key of {identity} attested\nnext: its guardians run nexus guardian recover {path} --attestation {out}"
            )
        }
        None => attestation.clone(),
    };
    let value = json!({
        "identity": identity.to_string(),
        "attester": signer.identity.to_string(),
        "attestation": attestation,
        "file": out,
    });
    Ok(Answer::new(&value, text)?)
}

async fn recover(
    ctx: &Context,
    path: &Path,
    attestation: Option<&Path>,
) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let request = read_request(&node, path)?;
    let attestation: Option<RecoveryAttestation> = attestation
        .map(|path| Ok::<_, CliError>(from_text(&read_text(path)?, "recovery attestation")?))
        .transpose()?;
    note(&format!(
        "recovering {}: compare its new key with the person, by another way than this file",
        request.body.identity
    ));
    let action = Action::ProposeRecovery(ProposeRecovery {
        identity: request.body.identity,
        new_key: request.body.new_key,
        proof: request.proof,
        attestation,
    });
    let signers = ctx.keyring().signers(Role::Creator)?;
    let done = submit::submit(ctx, &node, &signers, action, Vec::new()).await?;
    Ok(done.answer)
}
