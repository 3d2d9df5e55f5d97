//! Names below your own, names served elsewhere, names that change hands.

use crate::commands::change::{imvu_id, name};
use crate::context::{Context, read_text};
use crate::error::{CliError, Exit};
use crate::keyring::Role;
use crate::output::Answer;
use crate::submit;
use clap::Args;
use nexus_sdk::keys::SecretKey;
use nexus_sdk::sign::redeem_transfer;
use nexus_types::domain::{
    DelegateName, Delegation, Ds, GrantChild, RedeemTransfer, SetTransferKey, TransferBody,
    TransferCode,
};
use nexus_types::limits::DAY_MS;
use nexus_types::{Action, Bytes, ImvuId, Name, Set, Time};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A grant.
#[derive(Args)]
pub(crate) struct Grant {
    /// Your name
    #[arg(value_parser = name)]
    name: Name,
    /// The name below it
    #[arg(value_parser = name)]
    child: Name,
    /// Who may claim it
    #[arg(long, value_parser = imvu_id, required_unless_present = "take_back")]
    imvu: Option<ImvuId>,
    /// Take back a grant that was not used
    #[arg(long, conflicts_with = "imvu")]
    take_back: bool,
}

/// A delegation.
#[derive(Args)]
pub(crate) struct Delegate {
    /// Your name
    #[arg(value_parser = name)]
    name: Name,
    /// A name server of yours, outside of the name; up to 8
    #[arg(long = "server", value_parser = name, required_unless_present = "undo")]
    servers: Vec<Name>,
    /// A digest of a key of the name, as in a DS record: "TAG ALGORITHM DIGEST-TYPE DIGEST"; up to 8
    #[arg(long = "ds", value_parser = ds)]
    ds: Vec<Ds>,
    /// Seconds that resolvers may keep it
    #[arg(long, default_value_t = 86_400)]
    ttl: u32,
    /// Take an empty zone of this network again
    #[arg(long, conflicts_with_all = ["servers", "ds"])]
    undo: bool,
}

/// A transfer code.
#[derive(Args)]
pub(crate) struct TransferKey {
    /// Your name
    #[arg(value_parser = name)]
    name: Name,
    /// Where the code is written; whoever has it can take the name
    #[arg(long, value_name = "FILE", required_unless_present = "off")]
    out: Option<PathBuf>,
    /// For how many days
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=14))]
    days: u64,
    /// Take the code off
    #[arg(long, conflicts_with = "out")]
    off: bool,
}

/// A redemption.
#[derive(Args)]
pub(crate) struct Redeem {
    /// The name
    #[arg(value_parser = name)]
    name: Name,
    /// For which IMVU of yours
    #[arg(long, value_parser = imvu_id)]
    imvu: ImvuId,
    /// File with the transfer code
    #[arg(long, value_name = "FILE")]
    code: PathBuf,
}

/// Reads a digest of a key.
fn ds(text: &str) -> Result<Ds, String> {
    let wrong = || {
        String::from(
            "a digest is a key tag, an algorithm, a digest type and hexadecimal digits, such as 12345 15 2 0a1b…",
        )
    };
    let mut words = text.split_whitespace();
    let mut next = || words.next().ok_or_else(wrong);
    let (tag, algorithm, digest_type) = (next()?, next()?, next()?);
    let digits: String = words.collect();
    let digest = hex::decode(digits).map_err(|_| wrong())?;
    Ok(Ds {
        key_tag: tag.parse().map_err(|_| wrong())?,
        algorithm: algorithm.parse().map_err(|_| wrong())?,
        digest_type: digest_type.parse().map_err(|_| wrong())?,
        digest: Bytes::new(digest).map_err(|_| wrong())?,
    })
}

pub(super) async fn grant(ctx: &Context, grant: Grant) -> Result<Answer, CliError> {
    let action = Action::GrantChild(GrantChild {
        name: grant.name,
        child: grant.child,
        imvu: grant.imvu,
    });
    submit::act(ctx, Role::Creator, action).await
}

pub(super) async fn delegate(ctx: &Context, wanted: Delegate) -> Result<Answer, CliError> {
    let many = |_| CliError::usage("there are more than 8 of a kind", "Name fewer.");
    let delegation = if wanted.undo {
        None
    } else {
        Some(Delegation {
            servers: Set::new(wanted.servers).map_err(many)?,
            ds: Set::new(wanted.ds).map_err(many)?,
            ttl: wanted.ttl,
        })
    };
    let action = Action::DelegateName(DelegateName {
        name: wanted.name,
        delegation,
    });
    submit::act(ctx, Role::Creator, action).await
}

pub(super) async fn transfer_key(ctx: &Context, put: TransferKey) -> Result<Answer, CliError> {
    let Some(out) = put.out else {
        let action = Action::SetTransferKey(SetTransferKey {
            name: put.name,
            code: None,
        });
        return submit::act(ctx, Role::Creator, action).await;
    };
    let law_time = ctx.client()?.name(&put.name).await?.value.law_time.0;
    let code = SecretKey::generate();
    // Before the ledger has it: a code that is lost is of no use.
    if !ctx.global.dry_run {
        write_code(&out, &code)?;
    }
    let action = Action::SetTransferKey(SetTransferKey {
        name: put.name,
        code: Some(TransferCode {
            key: code.public(),
            expires: Time(law_time).plus_ms(put.days.saturating_mul(DAY_MS)),
        }),
    });
    let done = match submit::act_with(ctx, Role::Creator, action, Vec::new()).await {
        Err(error) => {
            // On no name, it would only be in the next one's way.
            if !ctx.global.dry_run && error.exit() != Exit::OutcomeUnknown {
                let _ = std::fs::remove_file(&out);
            }
            return Err(error);
        }
        Ok(done) => done,
    };
    let mut answer = done.answer;
    if done.applied {
        answer.text = format!(
            "{}\nthe code is in {}: give it to who shall have the name, and to nobody else",
            answer.text,
            out.display()
        );
    }
    Ok(answer)
}

fn write_code(path: &Path, code: &SecretKey) -> Result<(), CliError> {
    let failed = |source: std::io::Error| {
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            return CliError::usage(
                format!(
                    "{} exists, and may hold a code that is still good",
                    path.display()
                ),
                "Write the new code into another file; it voids the one before.",
            );
        }
        CliError::File {
            action: "write",
            path: path.to_owned(),
            source,
        }
    };
    let digits = Zeroizing::new(hex::encode(**code.seed()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.write_all(digits.as_bytes()).map_err(failed)?;
    file.write_all(b"\n").map_err(failed)
}

fn read_code(path: &Path) -> Result<SecretKey, CliError> {
    let wrong = || {
        CliError::usage(
            format!("{} holds no transfer code", path.display()),
            "A code is a line of 64 hexadecimal digits, as nexus domain transfer-key writes it.",
        )
    };
    let text = Zeroizing::new(read_text(path)?);
    let mut seed = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(text.trim(), &mut *seed).map_err(|_| wrong())?;
    Ok(SecretKey::from_seed(seed))
}

pub(super) async fn redeem(ctx: &Context, redeem: Redeem) -> Result<Answer, CliError> {
    let code = read_code(&redeem.code)?;
    let node = ctx.node().await?;
    let body = TransferBody {
        network: node.network.clone(),
        name: redeem.name,
        imvu: redeem.imvu,
    };
    let action = Action::RedeemTransfer(RedeemTransfer {
        signature: redeem_transfer(&body, &code),
        name: body.name,
        imvu: body.imvu,
    });
    submit::act(ctx, Role::Creator, action).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_a_ds_record_spells_it() {
        let one = ds("12345 15 2 0707 0707").unwrap();
        assert_eq!(
            (one.key_tag, one.algorithm, one.digest_type),
            (12_345, 15, 2)
        );
        assert_eq!(one.digest.as_slice(), [7; 4]);
        for wrong in ["", "1 2 3 xy", "65536 15 2 07", "1 256 2 07", "1 2"] {
            let read = ds(wrong);
            assert!(
                read.is_err() || read.is_ok_and(|ds| ds.digest.as_slice().is_empty()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_code_is_written_for_its_owner_alone_once_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("code");
        let code = SecretKey::generate();
        write_code(&path, &code).unwrap();
        assert_eq!(read_code(&path).unwrap().public(), code.public());
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(&path).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
        assert!(
            write_code(&path, &code).is_err(),
            "another is not overwritten"
        );
        std::fs::write(&path, "no code").unwrap();
        assert!(read_code(&path).is_err());
    }
}
