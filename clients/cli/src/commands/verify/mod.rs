//! `nexus verify`: what the ledger says, proved down to your anchor. Prints nothing that was not proved.

mod facts;

use super::change::{imvu_id, name};
use crate::context::{Context, note, read_file, write_file};
use crate::error::CliError;
use crate::output::Answer;
use crate::text::{GREEN, RED, plain};
use clap::{Args, Subcommand};
use nexus_sdk::anchor::{Anchor, AnchorPoint};
use nexus_sdk::api::BundleSubject;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::bundle::Bundle;
use nexus_sdk::client::{Client, ClientError, cross_check};
use nexus_sdk::verify::{Policy, Report, Step, verify, verify_file};
use nexus_types::{Hash, IdentityId, ImvuId, Name};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tendermint::Time;

/// How often a node is asked again while the header above a fresh block does not exist yet.
const ATTEMPTS: u32 = 10;

/// Between two such questions: half a block.
const PAUSE: Duration = Duration::from_millis(500);

/// Seconds of a day.
const DAY_S: u64 = 24 * 60 * 60;

/// What to verify.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// A transaction and its result, applied or refused
    Tx {
        /// Its hash or id
        hash: Hash,
        #[command(flatten)]
        how: How,
    },
    /// An IMVU with its path policy and collections
    Imvu {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        how: How,
    },
    /// A zone with every record set it has
    Zone {
        /// The apex
        #[arg(value_parser = name)]
        zone: Name,
        #[command(flatten)]
        how: How,
    },
    /// An identity
    Identity {
        /// Its id
        identity: IdentityId,
        #[command(flatten)]
        how: How,
    },
    /// The absence of retaliation: since an exit was announced, nobody but its creator changed quota, routes, zones or mail
    ExitBaseline {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        how: How,
    },
    /// A saved bundle, whatever it is about
    Bundle {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        trust: Trust,
    },
}

/// Where evidence comes from and goes to.
#[derive(Args)]
pub(crate) struct How {
    /// Save the evidence
    #[arg(long, value_name = "FILE", conflicts_with = "bundle")]
    save: Option<PathBuf>,
    /// Take the evidence from this file instead of a node
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    trust: Trust,
}

/// What is trusted.
#[derive(Args)]
pub(crate) struct Trust {
    /// What you trust to begin with [default: the local network's]
    #[arg(long, value_name = "FILE")]
    pub(crate) anchor: Option<PathBuf>,
    /// Use no network at all
    #[arg(long)]
    pub(crate) offline: bool,
    /// Days a trusted header is good for
    #[arg(long, default_value_t = 14, value_name = "DAYS")]
    trusting_period: u32,
    /// Compare the header with another node's; repeatable
    #[arg(long, value_name = "URL", conflicts_with = "offline")]
    cross_check: Vec<String>,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let (subject, how) = match command {
        Command::Tx { hash, how } => (BundleSubject::Tx(hash.into()), how),
        Command::Imvu { imvu, how } => (BundleSubject::Imvu(imvu.into()), how),
        Command::Zone { zone, how } => (BundleSubject::Zone(zone.into()), how),
        Command::Identity { identity, how } => (BundleSubject::Identity(identity.into()), how),
        Command::ExitBaseline { imvu, how } => (BundleSubject::Exit(imvu.into()), how),
        Command::Bundle { file, trust } => {
            let bytes = read_file(&file)?;
            let anchor = ctx.anchor(trust.anchor.as_deref())?;
            let report = verify_file(&bytes, &anchor, &policy(&trust, None));
            return conclude(report, Bundle::parse(&bytes).ok().as_ref(), &trust).await;
        }
    };
    let anchor = ctx.anchor(how.trust.anchor.as_deref())?;
    let policy = policy(&how.trust, Some(subject.clone()));
    if let Some(file) = &how.bundle {
        let bytes = read_file(file)?;
        let report = verify_file(&bytes, &anchor, &policy);
        return conclude(report, Bundle::parse(&bytes).ok().as_ref(), &how.trust).await;
    }
    if how.trust.offline {
        return Err(CliError::usage(
            "offline, and no evidence is given",
            "Name it with --bundle FILE; nexus verify … --save FILE makes one while the network is up.",
        ));
    }
    let bundle = fetch(&ctx.client()?, subject, &anchor).await?;
    let report = verify(&bundle, &anchor, &policy);
    if let (Some(path), None) = (&how.save, report.failure()) {
        let bytes = bundle.to_bytes().map_err(|error| {
            CliError::Stranger(format!("the evidence cannot be saved: {error}"))
        })?;
        write_file(path, &bytes)?;
        note(&format!(
            "evidence saved in {} ({} bytes)",
            path.display(),
            bytes.len()
        ));
    }
    conclude(report, Some(&bundle), &how.trust).await
}

/// How strict a verification is, and what it must be about.
pub(crate) fn policy(trust: &Trust, subject: Option<BundleSubject>) -> Policy {
    let days = u64::from(trust.trusting_period);
    Policy {
        trusting_period: Duration::from_secs(days.saturating_mul(DAY_S)),
        subject,
        ..Policy::at(Time::now())
    }
}

/// The evidence; a block's result stands in the header above it, which a fresh block has to wait for.
pub(crate) async fn fetch(
    client: &Client,
    subject: BundleSubject,
    anchor: &Anchor,
) -> Result<Bundle, CliError> {
    let trusted = match anchor.point {
        AnchorPoint::Genesis { .. } => 0,
        AnchorPoint::Block { height, .. } => height,
    };
    for _ in 1..ATTEMPTS {
        match client.bundle(subject.clone(), trusted).await {
            Err(ClientError::Node { code, .. }) if too_early(code) => {
                tokio::time::sleep(PAUSE).await;
            }
            other => return other.map_err(not_evidence),
        }
    }
    let last = client.bundle(subject, trusted).await;
    last.map_err(not_evidence)
}

/// An answer that is no evidence proves nothing: as with a file of that kind, the verification failed.
fn not_evidence(error: ClientError) -> CliError {
    if !matches!(error, ClientError::Unreadable { .. }) {
        return error.into();
    }
    let summary = format!("format (answer) failed: {error}");
    CliError::Verification {
        text: plain(&summary),
        report: json!({"verified": false, "failedStep": "format"}),
        summary,
    }
}

fn too_early(code: i32) -> bool {
    let code = u32::try_from(code)
        .ok()
        .and_then(InterfaceCode::from_number);
    matches!(
        code,
        Some(InterfaceCode::FutureHeight | InterfaceCode::Unprovable)
    )
}

/// The answer, or exit 4 with the step that failed.
async fn conclude(
    report: Report,
    bundle: Option<&Bundle>,
    trust: &Trust,
) -> Result<Answer, CliError> {
    let Some(verified) = &report.verified else {
        return Err(failed(&report));
    };
    let steps: Vec<String> = report.steps.iter().map(step_text).collect();
    let steps_json: Vec<Value> = report.steps.iter().map(step_json).collect();
    let opinions = second_opinions(bundle, trust).await?;
    let (facts_text, facts) = facts::shown(verified.value());
    let delays = if verified.delays_shortened() == Some(true) {
        format!(
            "\n{RED}This chain's protective delays are SHORTENED: a development network.{RED:#}"
        )
    } else {
        String::new()
    };
    let text = format!(
        "{}\n{GREEN}verified{GREEN:#}  {} at block {} ({}) of {}{delays}\n{facts_text}{}",
        steps.join("\n"),
        report
            .subject
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        verified.height(),
        verified.time().to_rfc3339(),
        verified.chain_id(),
        opinions
            .iter()
            .map(|(line, _)| format!("\n{line}"))
            .collect::<String>(),
    );
    let value = json!({
        "verified": true,
        "subject": report.subject,
        "chainId": verified.chain_id(),
        "height": verified.height().to_string(),
        "time": verified.time().to_rfc3339(),
        "headerHash": verified.header_hash().to_string(),
        "delaysShortened": verified.delays_shortened(),
        "facts": facts,
        "steps": steps_json,
        "crossChecks": opinions.into_iter().map(|(_, json)| json).collect::<Vec<_>>(),
    });
    Ok(Answer::new(&value, text)?)
}

/// A verification that failed, with every step up to the one that did.
pub(crate) fn failed(report: &Report) -> CliError {
    let steps: Vec<String> = report.steps.iter().map(step_text).collect();
    let failure = report.failure();
    CliError::Verification {
        summary: failure.map(ToString::to_string).unwrap_or_default(),
        text: steps.join("\n"),
        report: json!({
            "verified": false,
            "failedStep": failure.map(|step| step.name.name()),
            "steps": report.steps.iter().map(step_json).collect::<Vec<_>>(),
        }),
    }
}

fn step_text(step: &Step) -> String {
    let of = plain(&step.of);
    match &step.outcome {
        Ok(found) => format!(
            "  {GREEN}ok{GREEN:#}    {:<13} {of} — {}",
            step.name,
            plain(found)
        ),
        Err(reason) => format!(
            "  {RED}fails{RED:#} {:<13} {of} — {}",
            step.name,
            plain(reason)
        ),
    }
}

fn step_json(step: &Step) -> Value {
    json!({
        "step": step.name.name(),
        "of": step.of,
        "ok": step.passed(),
        "detail": match &step.outcome { Ok(text) | Err(text) => text },
    })
}

/// Other nodes' headers. A contradiction is a failed verification; silence is only told.
async fn second_opinions(
    bundle: Option<&Bundle>,
    trust: &Trust,
) -> Result<Vec<(String, Value)>, CliError> {
    let others = trust.cross_check.iter().map(|url| Client::new(url));
    let others = others.collect::<Result<Vec<_>, _>>()?;
    let Some(last) = bundle.and_then(|bundle| bundle.light_blocks.last()) else {
        return Ok(Vec::new());
    };
    let mut told = Vec::new();
    for opinion in cross_check(&last.signed_header.header, &others).await {
        if opinion.contradicts {
            let reason = opinion.outcome.err().unwrap_or_default();
            let summary = format!("cross-check ({}) failed: {reason}", opinion.url);
            return Err(CliError::Verification {
                text: plain(&format!("two histories: {summary}")),
                report: json!({"verified": false, "failedStep": "cross-check"}),
                summary,
            });
        }
        let line = match &opinion.outcome {
            Ok(()) => format!("cross-check  {} has the same header", opinion.url),
            Err(reason) => format!(
                "cross-check  {} gave no opinion: {}",
                opinion.url,
                plain(reason)
            ),
        };
        told.push((
            line,
            json!({"url": opinion.url, "agrees": opinion.outcome.is_ok()}),
        ));
    }
    Ok(told)
}
