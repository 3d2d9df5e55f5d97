//! `nexus consent`: what people consented to. The chain has pseudonyms and commitments; the records lie in a vault here.

mod kept;
mod shown;

use super::change::imvu_id;
use super::money::Document;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, text};
use clap::{Args, Subcommand};
use nexus_sdk::vault::{Kept, MAX_RECORD_BYTES};
use nexus_types::consent::{EraseConsent, Purpose, RecordConsent, RecordDeletion, RevokeConsent};
use nexus_types::{Action, Hash, ImvuId};
use rand::RngCore as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Consents.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Record that a subject consented: the record is kept here, its commitment goes to the ledger
    Record {
        #[command(flatten)]
        of: New,
        /// What for
        #[arg(long, value_parser = purpose)]
        purpose: Purpose,
        /// The record, such as the form that was agreed to; it never leaves this machine
        #[arg(long, value_name = "FILE")]
        record: PathBuf,
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Record that a subject took a consent back
    Revoke {
        #[command(flatten)]
        of: Of,
        /// The sequence of the consent that is taken back
        #[arg(long, value_name = "SEQUENCE")]
        revokes: u64,
        /// The record of the revocation; it never leaves this machine
        #[arg(long, value_name = "FILE")]
        record: PathBuf,
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// List an IMVU's consent log, from the ledger
    List {
        /// In which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// Only this subject's
        #[arg(long, value_name = "PSEUDONYM")]
        subject: Option<Hash>,
        /// At most so many entries
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Show where a subject's consents stand, from the ledger
    Show {
        #[command(flatten)]
        of: Of,
    },
    /// Check that the vault's records make the commitments on the ledger
    Verify {
        /// In which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// Only this subject's
        #[arg(long, value_name = "PSEUDONYM")]
        subject: Option<Hash>,
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Destroy a subject's records, salts and key here, and say so on the ledger. There is no way back
    #[command(long_about = ERASE)]
    Erase {
        #[command(flatten)]
        of: Of,
        /// Yes, destroy them
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        vault: VaultArgs,
    },
    /// Show a subject's erasures, and which holders of copies proved that they deleted theirs
    Receipts {
        #[command(flatten)]
        of: Of,
    },
    /// Prove, as a holder of copies, that they are deleted as well: an agent of a host, or the operator of a seat
    Deleted {
        #[command(flatten)]
        of: Of,
        /// The sequence of the erasure
        #[arg(long, value_name = "SEQUENCE")]
        erasure: u64,
        #[command(flatten)]
        receipt: Document,
    },
}

const ERASE: &str = "Destroy a subject's records, salts and key here, and say so on the ledger. There is no way back.

The vault writes down what it erases, overwrites and removes the subject's key and records, and refuses them ever after. Only \
then the ledger is told how many commitments lost their record; the commitments stay and say nothing any longer. If this is \
cut off, run it again: what is gone stays gone, and the ledger is told once.";

/// A subject in an IMVU.
#[derive(Args, Clone, Debug)]
pub(crate) struct Of {
    /// In which IMVU
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// The subject's pseudonym: 64 hexadecimal digits
    #[arg(long, value_name = "PSEUDONYM")]
    subject: Hash,
}

/// A subject, known or new.
#[derive(Args, Clone, Debug)]
pub(crate) struct New {
    /// In which IMVU
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// The subject's pseudonym; a random one for a new subject if left out. Who it stands for, only you know: keep that apart
    #[arg(long, value_name = "PSEUDONYM")]
    subject: Option<Hash>,
}

/// Where the records lie.
#[derive(Args, Clone, Debug)]
pub(crate) struct VaultArgs {
    /// The vault's folder [default: consents, beside the folder of keys]. Its passphrase is that of the keys
    #[arg(long, value_name = "DIR", env = "NEXUS_VAULT")]
    vault: Option<PathBuf>,
}

fn purpose(text: &str) -> Result<Purpose, String> {
    let mut all = Purpose::ALL.into_iter();
    all.find(|purpose| purpose.name() == text).ok_or_else(|| {
        let names: Vec<&str> = Purpose::ALL.iter().map(|purpose| purpose.name()).collect();
        format!("there are these purposes: {}", names.join(", "))
    })
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Record {
            of,
            purpose,
            record,
            vault,
        } => {
            let subject = of.subject.unwrap_or_else(pseudonym);
            let of = Of {
                imvu: of.imvu,
                subject,
            };
            let told = |it: &Kept, of: Of| {
                Action::RecordConsent(RecordConsent {
                    imvu: of.imvu,
                    subject: of.subject,
                    sequence: it.sequence,
                    purpose,
                    commitment: it.commitment(),
                })
            };
            add(ctx, of, &record, &vault, told).await
        }
        Command::Revoke {
            of,
            revokes,
            record,
            vault,
        } => {
            let told = |it: &Kept, of: Of| {
                Action::RevokeConsent(RevokeConsent {
                    imvu: of.imvu,
                    subject: of.subject,
                    sequence: it.sequence,
                    revokes,
                    commitment: it.commitment(),
                })
            };
            add(ctx, of, &record, &vault, told).await
        }
        Command::List {
            imvu,
            subject,
            limit,
        } => shown::list(ctx, &imvu, subject, limit).await,
        Command::Show { of } => shown::show(ctx, &of).await,
        Command::Verify {
            imvu,
            subject,
            vault,
        } => kept::verify(ctx, &imvu, subject, &vault).await,
        Command::Erase { of, yes, vault } => erase(ctx, of, yes, &vault).await,
        Command::Receipts { of } => shown::receipts(ctx, &of).await,
        Command::Deleted {
            of,
            erasure,
            receipt,
        } => {
            let action = Action::RecordDeletion(RecordDeletion {
                imvu: of.imvu,
                subject: of.subject,
                erasure,
                receipt: receipt.hash()?,
            });
            submit::act(ctx, Role::Operator, action).await
        }
    }
}

fn pseudonym() -> Hash {
    let mut bytes = [0; 32];
    rand::rngs::OsRng.fill_bytes(&mut bytes);
    Hash(bytes)
}

fn read_record(path: &Path) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let failed = |source| CliError::File {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let mut record = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_RECORD_BYTES as u64 + 1)
        .read_to_end(&mut record)
        .map_err(failed)?;
    Ok(record)
}

/// The record first, then its commitment: one that is on the ledger and lies nowhere can never be shown again.
async fn add(
    ctx: &Context,
    of: Of,
    record: &Path,
    vault: &VaultArgs,
    told: impl FnOnce(&Kept, Of) -> Action,
) -> Result<Answer, CliError> {
    let record = read_record(record)?;
    let stands = ctx.client()?.consents(&of.imvu, of.subject).await?;
    let kept = Kept::new(stands.value.next.0, record)?;
    if ctx.global.dry_run {
        return submit::act(ctx, Role::Creator, told(&kept, of)).await;
    }
    let vault = kept::open_or_make(ctx, vault)?;
    vault.keep(&of.imvu, of.subject, &kept)?;
    let (imvu, subject) = (of.imvu.clone(), of.subject);
    match submit::act(ctx, Role::Creator, told(&kept, of)).await {
        Ok(mut answer) => {
            answer.text = format!(
                "{}\nsubject {subject}\nconsent {}, kept in {}",
                answer.text,
                kept.sequence,
                vault.dir().display()
            );
            if let Some(json) = answer.json.as_object_mut() {
                json.insert(String::from("subject"), subject.to_string().into());
                json.insert(String::from("sequence"), kept.sequence.to_string().into());
                json.insert(
                    String::from("commitment"),
                    kept.commitment().to_string().into(),
                );
            }
            Ok(answer)
        }
        // Refused for good: what nobody committed to is not kept.
        Err(error @ CliError::Refused(_)) => {
            vault.discard(&imvu, subject, &kept)?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

async fn erase(ctx: &Context, of: Of, yes: bool, vault: &VaultArgs) -> Result<Answer, CliError> {
    if !yes {
        return Err(CliError::usage(
            format!(
                "this destroys every record of {} in {}, for good",
                text::short(&of.subject),
                of.imvu
            ),
            "Say so: --yes.",
        ));
    }
    let node = ctx.node().await?;
    let stands = node.client.consents(&of.imvu, of.subject).await?.value;
    let Some(through) = stands.next.0.checked_sub(1) else {
        return Err(CliError::NotFound(format!(
            "{} has no consents of {}",
            of.imvu, of.subject
        )));
    };
    let action = Action::EraseConsent(EraseConsent {
        imvu: of.imvu.clone(),
        subject: of.subject,
        sequence: stands.next.0,
        through,
    });
    if ctx.global.dry_run {
        return submit::act(ctx, Role::Creator, action).await;
    }
    // What only the owner may say is decided before anything is destroyed.
    let last_erasure = stands.erasures.last().map(|it| it.sequence.0);
    let is_told = stands.erased.0 > 0 && last_erasure == Some(through);
    if !is_told {
        submit::rehearse(ctx, Role::Creator, action.clone()).await?;
    }
    let vault = kept::open(ctx, vault)?;
    vault.erase(&of.imvu, of.subject, through)?;
    if is_told {
        let value = serde_json::json!({
            "imvu": of.imvu.to_string(),
            "subject": of.subject.to_string(),
            "erased": stands.erased,
        });
        let text = String::from("nothing of it is left here, and the ledger knows");
        return Ok(Answer { json: value, text });
    }
    submit::act(ctx, Role::Creator, action).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::Parser as _;

    fn parsed(args: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(format!("nexus consent {args}").split(' '))
    }

    #[test]
    fn purposes_are_those_of_the_law_by_their_names() {
        for one in Purpose::ALL {
            assert_eq!(purpose(one.name()), Ok(one));
        }
        let error = purpose("fun").unwrap_err();
        assert!(error.contains("newsletter"), "{error}");
    }

    #[test]
    fn a_new_subject_needs_no_pseudonym_and_a_known_one_a_whole_one() {
        let subject = "5b".repeat(32);
        let record = "record IMVU-042 --purpose newsletter --record form.pdf";
        assert!(parsed(record).is_ok());
        assert!(parsed(&format!("{record} --subject {subject}")).is_ok());
        assert!(parsed(&format!("{record} --subject 5b5b")).is_err());
        assert!(parsed(&format!("erase IMVU-042 --subject {subject} --yes")).is_ok());
        assert!(parsed("erase IMVU-042 --yes").is_err());
        assert!(
            parsed(&format!(
                "revoke IMVU-042 --subject {subject} --record form.pdf"
            ))
            .is_err()
        );
    }

    #[test]
    fn pseudonyms_are_never_the_same() {
        assert_ne!(pseudonym(), pseudonym());
    }
}
