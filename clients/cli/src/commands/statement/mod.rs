//! `nexus statement`: what an IMVU's period came to, and whether that follows from its receipts.

mod bundle;
mod checked;
mod gather;
mod show;

use super::change::imvu_id;
use super::money::{Named, period};
use super::verify::{Trust, policy};
use crate::context::{Context, note, read_file, read_text, write_file};
use crate::error::CliError;
use crate::output::{Answer, Format};
use crate::text::{GREEN, plain};
use crate::{table, text};
use bundle::StatementBundle;
use checked::Checked;
use clap::{Args, Subcommand};
use nexus_sdk::api::{BundleSubject, GetPeriodParams, ListStatementsParams, Read, StatementView};
use nexus_sdk::statement::compare;
use nexus_types::ImvuId;
use serde_json::json;
use std::path::PathBuf;

/// Statements.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List an IMVU's statements
    List {
        /// Whose
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Show a statement as tables, as the node says
    Show {
        #[command(flatten)]
        which: Latest,
        /// Comma-separated values instead of tables
        #[arg(long)]
        csv: bool,
    },
    /// Show what was put on record when the period was closed: how far each collection had come, and what was authored
    Roots(Which),
    /// Print a statement's text, byte for byte
    Print(Latest),
    /// Make a statement again from its receipts, all proved, and compare it byte for byte
    Recompute {
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        trust: Trust,
    },
    /// Compare a statement that you were given with the ledger's
    Compare {
        #[command(flatten)]
        which: Which,
        /// What you were given; - for standard input
        file: PathBuf,
    },
    /// Save a statement with all its receipts and proofs, for recompute --bundle --offline
    Save {
        #[command(flatten)]
        which: Which,
        /// Where to
        #[arg(long, value_name = "FILE", visible_alias = "out")]
        bundle: PathBuf,
        #[command(flatten)]
        trust: Trust,
    },
}

/// A statement.
#[derive(Args)]
pub(crate) struct Which {
    /// Whose
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// Of which period: a number, a month such as 2026-11, or a time in it
    #[arg(value_parser = period)]
    period: Named,
}

impl Which {
    async fn params(&self, ctx: &Context) -> Result<GetPeriodParams, CliError> {
        Ok(GetPeriodParams {
            imvu: self.imvu.clone().into(),
            period: self.period.resolve(ctx).await?.0,
            at: Default::default(),
            proof: false,
        })
    }
}

/// A statement, or the latest.
#[derive(Args)]
pub(crate) struct Latest {
    /// Whose
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// Of which period: a number, a month such as 2026-11, or a time in it [default: the latest that has a statement]
    #[arg(value_parser = period)]
    period: Option<Named>,
}

/// Where a statement and its receipts come from.
#[derive(Args)]
pub(crate) struct Source {
    /// Whose
    #[arg(value_parser = imvu_id, required_unless_present = "bundle")]
    imvu: Option<ImvuId>,
    /// Of which period: a number, a month such as 2026-11, or a time in it
    #[arg(value_parser = period, required_unless_present = "bundle")]
    period: Option<Named>,
    /// Take everything from this file instead of a node (nexus statement save)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["imvu", "period"])]
    bundle: Option<PathBuf>,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::List { imvu, limit } => list(ctx, imvu, limit).await,
        Command::Show { which, csv } => {
            if csv && ctx.global.output != Format::Table {
                return Err(CliError::usage(
                    "--csv and --output ask for different forms",
                    "Leave one out.",
                ));
            }
            let read = latest(ctx, which).await?;
            show::shown(&read, csv)
        }
        Command::Roots(which) => roots(ctx, &which).await,
        Command::Print(which) => {
            let read = latest(ctx, which).await?;
            let text = read.value.entry.text.clone();
            Ok(Answer::new(&read.value.entry, text)?)
        }
        Command::Recompute { source, trust } => recompute(ctx, source, &trust).await,
        Command::Compare { which, file } => {
            let given = read_text(&file)?;
            let read = read(ctx, &which).await?;
            compared(&read, &given)
        }
        Command::Save {
            which,
            bundle,
            trust,
        } => {
            let gathered = gathered(ctx, &which, &trust).await?;
            let checked = check(ctx, &gathered, &trust)?;
            let bytes = gathered.to_bytes()?;
            write_file(&bundle, &bytes)?;
            note(&format!(
                "saved in {} ({} bytes)",
                bundle.display(),
                bytes.len()
            ));
            told(&checked)
        }
    }
}

async fn list(ctx: &Context, imvu: ImvuId, limit: u32) -> Result<Answer, CliError> {
    let params = ListStatementsParams {
        imvu: imvu.clone().into(),
        limit: Some(limit),
        cursor: None,
        at: None,
    };
    let page = ctx.client()?.statements(&params).await?;
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .map(|item| {
            vec![
                item.period.to_string(),
                text::time(item.time.0),
                item.height.to_string(),
                item.hash.to_string(),
            ]
        })
        .collect();
    let text = format!(
        "{}\n{} of {} of {imvu} at block {}",
        table::columns(&["PERIOD", "MADE", "BLOCK", "SHA-256"], &rows),
        page.items.len(),
        page.total,
        page.at
    );
    Ok(Answer::new(&page, text)?)
}

/// The statement of the period that was named, else the latest.
async fn latest(ctx: &Context, which: Latest) -> Result<Read<StatementView>, CliError> {
    let Latest { imvu, period } = which;
    let period = match period {
        Some(period) => period,
        None => Named::Number(last_period(ctx, &imvu).await?),
    };
    read(ctx, &Which { imvu, period }).await
}

/// The latest period of which an IMVU has a statement.
async fn last_period(ctx: &Context, imvu: &ImvuId) -> Result<u64, CliError> {
    let params = ListStatementsParams {
        imvu: imvu.clone().into(),
        limit: Some(1),
        cursor: None,
        at: None,
    };
    let client = ctx.client()?;
    let page = client.statements(&params).await?;
    if let Some(item) = page.items.first() {
        return Ok(item.period);
    }
    // There may be no such IMVU at all.
    client.imvu(imvu).await?;
    Err(CliError::NotFound(format!(
        "{imvu} has no statement yet: one is made after the end of each period in which it was used or sold something"
    )))
}

async fn read(ctx: &Context, which: &Which) -> Result<Read<StatementView>, CliError> {
    let params = which.params(ctx).await?;
    Ok(ctx.client()?.statement(&params).await?)
}

async fn roots(ctx: &Context, which: &Which) -> Result<Answer, CliError> {
    let params = which.params(ctx).await?;
    let read = ctx.client()?.period_roots(&params).await?;
    let view = &read.value;
    let mut rows: Vec<Vec<String>> = view
        .collections
        .iter()
        .map(|head| {
            vec![
                head.kind.clone(),
                head.size.to_string(),
                head.root.to_string(),
            ]
        })
        .collect();
    rows.push(vec![
        String::from("authored"),
        String::new(),
        view.authored.to_string(),
    ]);
    rows.extend(view.mail.iter().map(|root| {
        vec![
            String::from("mail objects"),
            String::new(),
            root.to_string(),
        ]
    }));
    let text = format!(
        "{}\n{} after block {}, at the end of period {}",
        table::columns(&["WHAT", "ENTRIES", "ROOT"], &rows),
        view.imvu,
        view.at,
        view.period
    );
    Ok(Answer::new(&read, text)?)
}

/// The file's text may end with a line break, as nexus statement print writes it.
fn compared(read: &Read<StatementView>, given: &str) -> Result<Answer, CliError> {
    let entry = &read.value.entry;
    let given = given.strip_suffix('\n').unwrap_or(given);
    let Some(difference) = compare(&entry.text, given) else {
        let text = format!(
            "{GREEN}the same{GREEN:#}: {} bytes, SHA-256 {}, as the node says; nexus statement recompute proves it",
            entry.text.len(),
            entry.hash
        );
        let value = json!({"same": true, "hash": entry.hash});
        return Ok(Answer { json: value, text });
    };
    let summary = format!("the first is the ledger's, the second was given. {difference}");
    Err(CliError::Verification {
        text: plain(&format!(
            "the statement of {} and period {} differs",
            entry.imvu, entry.period
        )),
        report: json!({
            "same": false,
            "pointer": difference.pointer,
            "ledger": difference.first,
            "given": difference.second,
        }),
        summary,
    })
}

async fn recompute(ctx: &Context, source: Source, trust: &Trust) -> Result<Answer, CliError> {
    let bundle = match (source.bundle, source.imvu, source.period) {
        (Some(path), _, _) => StatementBundle::parse(&read_file(&path)?)?,
        (None, Some(imvu), Some(period)) => {
            if trust.offline {
                return Err(CliError::usage(
                    "offline, and no receipts are given",
                    "Name them with --bundle FILE; nexus statement save makes one while the network is up.",
                ));
            }
            gathered(ctx, &Which { imvu, period }, trust).await?
        }
        _ => {
            return Err(CliError::usage(
                "no statement is named",
                "Give an IMVU and a period, or --bundle FILE.",
            ));
        }
    };
    told(&check(ctx, &bundle, trust)?)
}

async fn gathered(
    ctx: &Context,
    which: &Which,
    trust: &Trust,
) -> Result<StatementBundle, CliError> {
    let anchor = ctx.anchor(trust.anchor.as_deref())?;
    let period = which.period.resolve(ctx).await?;
    gather::gather(&ctx.client()?, &anchor, &which.imvu, period).await
}

fn check(ctx: &Context, bundle: &StatementBundle, trust: &Trust) -> Result<Checked, CliError> {
    let anchor = ctx.anchor(trust.anchor.as_deref())?;
    let subject = BundleSubject::Imvu(bundle.imvu.clone());
    checked::check(bundle, &anchor, &policy(trust, Some(subject)))
}

fn told(checked: &Checked) -> Result<Answer, CliError> {
    let steps: Vec<String> = checked
        .steps
        .iter()
        .map(|(name, found)| format!("  {GREEN}ok{GREEN:#}    {name:<13} {}", plain(found)))
        .collect();
    let text = format!(
        "{}\n{GREEN}recomputed{GREEN:#}  {} of period {}: the same {} bytes, SHA-256 {}, as of block {}",
        steps.join("\n"),
        checked.imvu,
        checked.period,
        checked.text.len(),
        checked.hash,
        checked.height
    );
    let value = json!({
        "verified": true,
        "imvu": checked.imvu.to_string(),
        "period": checked.period.0,
        "height": checked.height.to_string(),
        "hash": checked.hash.to_string(),
        "text": checked.text,
        "steps": checked.steps.iter().map(|(name, found)| json!({
            "step": name, "ok": true, "detail": found,
        })).collect::<Vec<_>>(),
    });
    Ok(Answer { json: value, text })
}
