//! `nexus exit`: leave with everything.

use super::change::imvu_id;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::units::show_bytes;
use crate::{submit, table, text};
use clap::Subcommand;
use nexus_sdk::api::{ExitStage, ExitView, MomentView};
use nexus_types::exit::{
    AnnounceExit, CancelExit, CloseExit, ConfirmExport, FindObstruction, ReleaseExit,
};
use nexus_types::{Action, Hash, ImvuId};

/// An exit.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Say that you leave: what you authored is frozen for all others, and a snapshot is asked for
    Announce {
        /// With which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// How far an exit has come, and what comes next
    Show {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// Stay after all, as long as you have not let go
    Cancel {
        /// With which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// Confirm that you have the archive
    Confirm {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// SHA-256 of the archive that you have
        #[arg(long)]
        digest: Hash,
    },
    /// Let go of the host: nothing runs there any longer, and nothing new begins
    Release {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// Without a snapshot and a confirmed archive: what stands on the host is lost
        #[arg(long)]
        accept_loss: bool,
    },
    /// End it: names are freed, mail stops. Without this it ends by itself some time after its release
    Close {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// Find that the creator itself holds an overdue exit up, as two thirds of the seats
    FindObstruction {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// SHA-256 of the evidence
        #[arg(long)]
        evidence: Hash,
    },
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let action = match command {
        Command::Show { imvu } => return show(ctx, &imvu).await,
        Command::FindObstruction { imvu, evidence } => {
            let action = Action::FindObstruction(FindObstruction { imvu, evidence });
            return submit::act(ctx, Role::TwoThirds, action).await;
        }
        Command::Announce { imvu } => Action::AnnounceExit(AnnounceExit { imvu }),
        Command::Cancel { imvu } => Action::CancelExit(CancelExit { imvu }),
        Command::Confirm { imvu, digest } => Action::ConfirmExport(ConfirmExport { imvu, digest }),
        Command::Release { imvu, accept_loss } => {
            Action::ReleaseExit(ReleaseExit { imvu, accept_loss })
        }
        Command::Close { imvu } => Action::CloseExit(CloseExit { imvu }),
    };
    taken(ctx, action).await
}

/// A step of the creator's, and what comes after it.
async fn taken(ctx: &Context, action: Action) -> Result<Answer, CliError> {
    let imvu = match &action {
        Action::AnnounceExit(AnnounceExit { imvu })
        | Action::CancelExit(CancelExit { imvu })
        | Action::ConfirmExport(ConfirmExport { imvu, .. })
        | Action::ReleaseExit(ReleaseExit { imvu, .. })
        | Action::CloseExit(CloseExit { imvu }) => Some(imvu.clone()),
        _ => None,
    };
    let done = submit::act_with(ctx, Role::Creator, action, Vec::new()).await?;
    let mut answer = done.answer;
    if let (true, Some(imvu)) = (done.applied, imvu) {
        // The step stands; that a node does not say what comes next is no failure of it.
        if let Ok(read) = ctx.client()?.exit(&imvu).await {
            answer.text = format!("{}\n{}", answer.text, next(&read.value));
        }
    }
    Ok(answer)
}

async fn show(ctx: &Context, imvu: &ImvuId) -> Result<Answer, CliError> {
    let read = ctx.client()?.exit(imvu).await?;
    let shown = format!(
        "{}\n\n{}\nat block {}",
        described(&read.value),
        next(&read.value),
        read.height
    );
    Ok(Answer::new(&read, shown)?)
}

fn moment(moment: &MomentView) -> String {
    format!(
        "{} (block {})",
        text::time(moment.law_time.0),
        moment.height.0
    )
}

/// An exit for people.
pub(crate) fn described(exit: &ExitView) -> String {
    let mut fields = vec![
        ("exit", format!("{} of {}", exit.number.0, exit.imvu)),
        ("stage", String::from(stage(exit.stage))),
        ("announced", moment(&exit.announced)),
    ];
    let later = [
        ("exported", &exit.exported),
        ("released", &exit.released),
        ("closed", &exit.closed),
        ("cancelled", &exit.cancelled),
    ];
    for (name, at) in later {
        fields.extend(at.as_ref().map(|at| (name, moment(at))));
    }
    fields.push(("baseline", exit.baseline.to_string()));
    fields.push((
        "set",
        match exit.changes.0 {
            0 => String::from("at the announcement"),
            changes => format!("in block {}, change {changes} of your own", exit.set_at.0),
        },
    ));
    fields.push((
        "deviation",
        exit.last_deviation.as_ref().map_or_else(
            || String::from("none: nobody else has changed it since"),
            |one| format!("in block {}, NOT by its creator", one.height.0),
        ),
    ));
    fields.extend(
        exit.protected_until
            .map(|until| ("protected until", text::time(until.0))),
    );
    fields.extend(exit.host.as_ref().map(|host| ("host", host.to_string())));
    fields.extend(
        exit.snapshot
            .map(|number| ("snapshot", number.0.to_string())),
    );
    fields.extend(exit.inventory.as_ref().map(|inventory| {
        (
            "inventory",
            format!(
                "{} parts as of block {}",
                inventory.parts.len(),
                inventory.at.0
            ),
        )
    }));
    fields.extend(exit.archive.as_ref().map(|archive| {
        (
            "archive",
            format!(
                "{}, SHA-256 {}",
                show_bytes(archive.bytes.0),
                archive.digest
            ),
        )
    }));
    fields.extend(exit.overdue.as_ref().map(|overdue| {
        let since = moment(&overdue.since);
        let text = match &overdue.until {
            None => format!("since {since}: the platform's share waits in escrow"),
            Some(until) => format!("from {since} to {}", moment(until)),
        };
        ("overdue", text)
    }));
    fields.extend(
        exit.obstruction
            .map(|evidence| ("obstruction found", format!("evidence {evidence}"))),
    );
    table::fields(&fields)
}

fn stage(stage: ExitStage) -> &'static str {
    match stage {
        ExitStage::Announced => "announced",
        ExitStage::Exporting => "exporting",
        ExitStage::Exported => "exported",
        ExitStage::Released => "released",
        ExitStage::Closed => "closed",
        ExitStage::Cancelled => "cancelled",
    }
}

/// What its creator can do now.
fn next(exit: &ExitView) -> String {
    let imvu = &exit.imvu;
    match (exit.stage, exit.archive.is_some(), exit.host.is_some()) {
        (ExitStage::Announced | ExitStage::Exporting, true, _) => format!(
            "next: fetch the archive, check it, and nexus exit confirm {imvu} --digest SHA256"
        ),
        (ExitStage::Announced | ExitStage::Exporting, false, true) => {
            format!("next: the host packs; nexus exit release {imvu} --accept-loss goes without it")
        }
        (ExitStage::Announced | ExitStage::Exporting, false, false) => {
            format!("next: it runs on no host; nexus exit release {imvu}")
        }
        (ExitStage::Exported, ..) => {
            format!("next: nexus exit release {imvu}, or nexus exit cancel {imvu} to stay")
        }
        (ExitStage::Released, ..) => {
            format!("next: nexus exit close {imvu}, or wait until it closes by itself")
        }
        (ExitStage::Closed, ..) => String::from("next: nothing; it is over"),
        (ExitStage::Cancelled, ..) => {
            format!(
                "next: nothing; nexus exit announce {imvu} begins another one, by law 180 days after this one at the earliest"
            )
        }
    }
}
