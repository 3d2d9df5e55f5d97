//! `nexus snapshot`: copies of an IMVU's volume that its host takes and keeps.

use super::change::imvu_id;
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::units::show_bytes;
use crate::{submit, table, text};
use clap::Subcommand;
use nexus_sdk::api::{ListSnapshotsParams, LossReason, SnapshotStatus, SnapshotView};
use nexus_types::snapshot::{DropSnapshot, RequestSnapshot, RestoreSnapshot};
use nexus_types::{Action, ImvuId};

/// Snapshots.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Ask the host for a snapshot: one a day can't be refused
    Request {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// List an IMVU's snapshots, newest first
    List {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Have a snapshot kept no longer; digest and time stay on the ledger
    Drop {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// The snapshot's number
        number: u64,
    },
    /// Have the volume put back to a snapshot; what was written since is lost
    Restore {
        /// Whose volume
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// The snapshot's number
        number: u64,
        /// Of which IMVU the snapshot is, if of another: gate 16 refuses that, and the refusal stands on the ledger
        #[arg(long, value_name = "IMVU", value_parser = imvu_id)]
        of: Option<ImvuId>,
    },
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let action = match command {
        Command::List { imvu, limit } => return list(ctx, &imvu, limit).await,
        Command::Request { imvu } => Action::RequestSnapshot(RequestSnapshot { imvu }),
        Command::Drop { imvu, number } => Action::DropSnapshot(DropSnapshot { imvu, number }),
        Command::Restore { imvu, number, of } => Action::RestoreSnapshot(RestoreSnapshot {
            of: of.unwrap_or_else(|| imvu.clone()),
            imvu,
            number,
        }),
    };
    submit::act(ctx, Role::Creator, action).await
}

async fn list(ctx: &Context, imvu: &ImvuId, limit: u32) -> Result<Answer, CliError> {
    let params = ListSnapshotsParams {
        imvu: imvu.clone().into(),
        limit: Some(limit),
        cursor: None,
        at: None,
        proof: false,
    };
    let read = ctx.client()?.snapshots(&params).await?;
    let rows: Vec<Vec<String>> = read.value.items.iter().map(row).collect();
    let header = [
        "NUMBER",
        "ASKED FOR",
        "OF HOST",
        "IS",
        "TAKEN",
        "SIZE",
        "DIGEST",
    ];
    let shown = table::columns(&header, &rows);
    let text = format!(
        "{shown}\n{} of {} snapshots of {imvu} at block {}",
        rows.len(),
        read.value.last,
        read.height
    );
    Ok(Answer::new(&read, text)?)
}

fn row(it: &SnapshotView) -> Vec<String> {
    let is = match (it.status, it.lost) {
        (SnapshotStatus::Requested, _) => "asked for",
        (SnapshotStatus::Taken, _) => "kept",
        (SnapshotStatus::Expired, _) => "expired",
        (SnapshotStatus::Dropped, _) => "dropped",
        (SnapshotStatus::Lost, Some(LossReason::NoVolume)) => "lost: no volume is kept",
        (SnapshotStatus::Lost, Some(LossReason::Unreadable)) => "lost: unreadable",
        (SnapshotStatus::Lost, Some(LossReason::NoRoom)) => "lost: no room",
        (SnapshotStatus::Lost, Some(LossReason::Gone)) => "lost: the IMVU had left",
        (SnapshotStatus::Lost, None) => "lost",
    };
    let taken = it.taken.as_ref();
    let shown = |value: Option<String>| value.unwrap_or_default();
    vec![
        it.number.to_string(),
        text::time(it.time.0),
        it.host.to_string(),
        String::from(is),
        shown(taken.map(|taken| text::time(taken.taken_at.0))),
        shown(taken.map(|taken| show_bytes(taken.bytes.0))),
        shown(taken.map(|taken| text::short(&taken.digest))),
    ]
}
