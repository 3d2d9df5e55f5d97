//! `nexus status` and `nexus chain`.

use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::table;
use crate::text::{self, RED};
use nexus_sdk::api::{ChainInfo, Health, HealthStatus, Read};
use nexus_types::constants;

/// The node's health, and how fresh it is.
pub(crate) async fn status(ctx: &Context) -> Result<Answer, CliError> {
    let client = ctx.client()?;
    let health = client.health().await?;
    let text = table::fields(&[
        ("node", client.url().to_owned()),
        ("status", in_words(&health).to_owned()),
        (
            "block",
            health
                .height
                .map(|height| height.to_string())
                .unwrap_or_default(),
        ),
        (
            "block time",
            health
                .block_time
                .map(|time| text::time(time.0))
                .unwrap_or_default(),
        ),
        (
            "index at",
            health
                .index_height
                .map(|height| height.to_string())
                .unwrap_or_default(),
        ),
        ("version", health.version.clone()),
    ]);
    Ok(Answer::new(&health, text)?)
}

/// A node's health in words.
pub(crate) fn in_words(health: &Health) -> &'static str {
    match health.status {
        HealthStatus::Ok => "ok",
        HealthStatus::Syncing => "catching up",
        HealthStatus::Starting => "starting",
        HealthStatus::ConsensusUnreachable => "its consensus process does not answer",
    }
}

/// The chain, as the node says.
pub(crate) async fn chain(ctx: &Context) -> Result<Answer, CliError> {
    let read: Read<ChainInfo> = ctx.client()?.chain_info().await?;
    let info = &read.value;
    let same = info.constants_hash.0 == constants::constants_hash();
    let law = if same {
        String::from("55/45 and 17 gates, as this program knows them")
    } else {
        format!("ANOTHER LAW: {}", info.constants_hash)
    };
    let delays = String::from(if info.delays.shortened {
        "SHORTENED: a development network"
    } else {
        "the law's"
    });
    let joined = |items: Vec<String>| items.join(" ");
    let text = table::fields(&[
        ("chain", info.chain_id.clone()),
        ("genesis", info.genesis_hash.to_string()),
        ("law", law),
        ("delays", delays),
        (
            "officers",
            format!(
                "{}, of whom {} must sign",
                info.officers.len(),
                info.officers_threshold
            ),
        ),
        (
            "attesters",
            joined(info.attesters.iter().map(text::short).collect()),
        ),
        (
            "jurisdictions",
            joined(info.jurisdictions.iter().map(ToString::to_string).collect()),
        ),
        (
            "apexes",
            joined(info.apexes.iter().map(ToString::to_string).collect()),
        ),
        (
            "block",
            format!("{} ({})", info.tip.height, text::time(info.tip.time.0)),
        ),
        ("block hash", info.tip.hash.to_string()),
    ]);
    let warning = if same {
        ""
    } else {
        "\nThis chain follows ANOTHER LAW than this program knows."
    };
    Ok(Answer::new(&read, format!("{text}{RED}{warning}{RED:#}"))?)
}
