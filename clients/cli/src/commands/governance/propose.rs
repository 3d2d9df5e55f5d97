//! `nexus governance propose`: one command for each kind of change.

use super::super::change::imvu_id;
use super::super::identity;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::submit;
use clap::Subcommand;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::prove_validator_key;
use nexus_types::governance::{GovernanceChange, SubmitGovernance};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::limits::HOUR_MS;
use nexus_types::{Action, Hash, ImvuId, KeyBytes, Name, Network, Text};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A change.
#[derive(Subcommand)]
pub(crate) enum Change {
    /// Become an officer of the platform: as the candidate, --key NAME
    AdmitOfficer,
    /// Remove an officer, as that officer or as the operator of a seat
    RemoveOfficer {
        /// Who: a key's name or an identity's id
        officer: String,
    },
    /// Set how many officers sign a platform action
    OfficersThreshold {
        /// At least 2, at most all
        #[arg(value_parser = clap::value_parser!(u8).range(2..))]
        threshold: u8,
    },
    /// Become an attester: as the candidate, --key NAME
    AdmitAttester,
    /// Remove an attester, as that attester or as the operator of a seat
    RemoveAttester {
        /// Who: a key's name or an identity's id
        attester: String,
    },
    /// Observe external names: as the organisation, --key NAME
    AdmitObserver {
        /// The organisation's public name
        #[arg(long)]
        name: String,
        /// Whether it is the platform's
        #[arg(long)]
        platform: bool,
    },
    /// Remove an observer, as itself or as the operator of a seat
    RemoveObserver {
        /// Who: a key's name or an identity's id
        observer: String,
    },
    /// Get a seat: as the organisation, --key NAME
    AddValidator {
        /// The organisation's public name
        #[arg(long)]
        name: String,
        /// CometBFT's priv_validator_key.json of the validator, which signs that it agrees; it stays here
        #[arg(long, value_name = "FILE")]
        validator_key: PathBuf,
        /// Whether the platform runs it
        #[arg(long)]
        platform: bool,
    },
    /// Remove a seat, as the operator of any seat
    RemoveValidator {
        /// The seat's name
        seat: String,
    },
    /// Give a seat of your own another consensus key
    RotateValidator {
        /// The seat's name
        seat: String,
        /// The new priv_validator_key.json, which signs that it agrees; it stays here
        #[arg(long, value_name = "FILE")]
        validator_key: PathBuf,
    },
    /// Add a jurisdiction to the list
    AddJurisdiction {
        /// Such as EU-GDPR
        #[arg(value_parser = jurisdiction)]
        tag: Jurisdiction,
    },
    /// Take a jurisdiction off the list; what stands there stays
    RemoveJurisdiction {
        /// Such as EU-GDPR
        #[arg(value_parser = jurisdiction)]
        tag: Jurisdiction,
    },
    /// Let nobody claim a name
    DenyName {
        /// The name
        name: Name,
        /// Nor anything below it; a public suffix denies itself alone
        #[arg(long)]
        below: bool,
    },
    /// Let a denied name be claimed again
    AllowName {
        /// The name
        name: Name,
    },
    /// Contain an IMVU for longer than 72 hours in 30 days
    ExtendContainment {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// For how many hours more; 720 at most
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..=720))]
        hours: u64,
    },
    /// End all legal restrictions of an IMVU
    LiftRestriction {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// Have another binary decide from a height on
    Upgrade {
        /// The first block it decides
        #[arg(long)]
        height: u64,
        /// Its version of the state machine
        #[arg(long)]
        app_version: u64,
        /// SHA-256 of the binary
        #[arg(long, value_name = "HASH")]
        sha256: Hash,
    },
    /// Cancel the planned upgrade
    CancelUpgrade,
}

fn jurisdiction(text: &str) -> Result<Jurisdiction, String> {
    Jurisdiction::new(text)
        .map_err(|_| String::from("a jurisdiction is 2 to 16 of A–Z, 0–9 and hyphen"))
}

/// Runs it.
pub(super) async fn run(ctx: &Context, wanted: Change) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let signer = ctx.keyring().signer(role(&wanted))?;
    let change = change(ctx, &node.network, &signer, wanted).await?;
    let action = Action::SubmitGovernance(SubmitGovernance { change });
    let done = submit::submit(ctx, &node, &[signer], action, Vec::new()).await?;
    let mut answer = done.answer;
    if done.applied {
        answer.text = format!(
            "{}\nproposal {id}\nnext: operators of seats vote: nexus governance vote {id} yes --key NAME",
            answer.text,
            id = done.id
        );
    }
    Ok(answer)
}

/// Who submits it when no key is named: nobody is a candidate by default, unless there is one key alone.
fn role(change: &Change) -> Role {
    match change {
        Change::AdmitOfficer
        | Change::AdmitAttester
        | Change::AdmitObserver { .. }
        | Change::AddValidator { .. } => Role::Processor,
        _ => Role::Operator,
    }
}

async fn change(
    ctx: &Context,
    network: &Network,
    signer: &Signer,
    wanted: Change,
) -> Result<GovernanceChange, CliError> {
    Ok(match wanted {
        Change::AdmitOfficer => GovernanceChange::AdmitOfficer {
            officer: signer.identity,
        },
        Change::RemoveOfficer { officer } => GovernanceChange::RemoveOfficer {
            officer: identity::named(ctx, &officer)?,
        },
        Change::OfficersThreshold { threshold } => {
            GovernanceChange::SetOfficersThreshold { threshold }
        }
        Change::AdmitAttester => GovernanceChange::AdmitAttester {
            attester: signer.identity,
        },
        Change::RemoveAttester { attester } => GovernanceChange::RemoveAttester {
            attester: identity::named(ctx, &attester)?,
        },
        Change::AdmitObserver { name, platform } => GovernanceChange::AdmitObserver {
            observer: signer.identity,
            name: organisation(name)?,
            platform,
        },
        Change::RemoveObserver { observer } => GovernanceChange::RemoveObserver {
            observer: identity::named(ctx, &observer)?,
        },
        Change::AddValidator {
            name,
            validator_key,
            platform,
        } => {
            let key = consensus_key(&validator_key)?;
            GovernanceChange::AddValidator {
                name: organisation(name)?,
                key: key.public(),
                platform,
                operator: signer.identity,
                proof: prove_validator_key(network.clone(), signer.identity, &key),
            }
        }
        Change::RemoveValidator { seat } => GovernanceChange::RemoveValidator {
            seat: seat_of(ctx, &seat).await?,
        },
        Change::RotateValidator {
            seat,
            validator_key,
        } => {
            let key = consensus_key(&validator_key)?;
            GovernanceChange::RotateValidator {
                seat: seat_of(ctx, &seat).await?,
                new_key: key.public(),
                proof: prove_validator_key(network.clone(), signer.identity, &key),
            }
        }
        Change::AddJurisdiction { tag } => GovernanceChange::AddJurisdiction { tag },
        Change::RemoveJurisdiction { tag } => GovernanceChange::RemoveJurisdiction { tag },
        Change::DenyName { name, below } => GovernanceChange::DenyName { name, below },
        Change::AllowName { name } => GovernanceChange::AllowName { name },
        Change::ExtendContainment { imvu, hours } => GovernanceChange::ExtendContainment {
            imvu,
            span_ms: hours.saturating_mul(HOUR_MS),
        },
        Change::LiftRestriction { imvu } => GovernanceChange::LiftRestriction { imvu },
        Change::Upgrade {
            height,
            app_version,
            sha256,
        } => GovernanceChange::Upgrade {
            height,
            app_version,
            sha256,
        },
        Change::CancelUpgrade => GovernanceChange::CancelUpgrade,
    })
}

fn organisation(name: String) -> Result<Text<64>, CliError> {
    Text::new(name).map_err(|_| {
        CliError::usage(
            "the organisation's name is longer than 64 bytes",
            "Give a shorter one.",
        )
    })
}

fn consensus_key(path: &Path) -> Result<SecretKey, CliError> {
    let read = std::fs::read_to_string(path).map(Zeroizing::new);
    let read = read.map_err(|error| {
        CliError::usage(
            format!("cannot read {}: {error}", path.display()),
            "Name CometBFT's priv_validator_key.json of that validator.",
        )
    })?;
    SecretKey::from_comet(&read).map_err(|error| {
        CliError::usage(
            format!("{}: {error}", path.display()),
            "Name CometBFT's priv_validator_key.json of that validator.",
        )
    })
}

/// The consensus key of a seat by its name.
async fn seat_of(ctx: &Context, name: &str) -> Result<KeyBytes, CliError> {
    let seats = ctx.client()?.seats().await?.value;
    let found = seats.iter().find(|seat| seat.name == name);
    found.map(|seat| seat.key.0).ok_or_else(|| {
        let names: Vec<&str> = seats.iter().map(|seat| seat.name.as_str()).collect();
        CliError::usage(
            format!("no seat is named {name:?}"),
            format!("There are: {}.", names.join(", ")),
        )
    })
}
