//! `nexus doctor`: what may be wrong between here and the network.

use crate::context::{Context, read_anchor};
use crate::error::{CliError, Exit};
use crate::output::Answer;
use crate::text::{GREEN, RED, plain};
use clap::Args;
use nexus_sdk::api::{ChainInfo, Health, HealthStatus, Read};
use nexus_types::constants;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds this machine's clock may differ from the last block's time before signatures and proofs get into trouble.
const CLOCK_LIMIT_S: u64 = 60;

/// The doctor.
#[derive(Args)]
pub(crate) struct Doctor {
    /// Compare the node's chain with this anchor [default: the local network's]
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
}

/// One check and how it went.
struct Check {
    name: &'static str,
    outcome: Result<String, String>,
    exit: Exit,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Doctor) -> Result<Answer, CliError> {
    let mut checks = vec![keys(ctx)];
    match ctx.client() {
        Err(error) => checks.push(failed("node", error.to_string(), Exit::Unreachable)),
        Ok(client) => {
            let health = client.health().await;
            checks.push(reached(
                client.url(),
                health.as_ref().map_err(ToString::to_string),
            ));
            if let Ok(health) = &health {
                checks.push(healthy(health));
                checks.push(clock(health));
            }
            match client.chain_info().await {
                Ok(info) => {
                    checks.push(law(&info));
                    checks.push(anchored(ctx, &command, &info));
                }
                // A check that could not be made is none that passed.
                Err(error) => {
                    let error = CliError::from(error);
                    checks.push(failed("law", error.to_string(), error.exit()));
                }
            }
        }
    }
    told(&checks)
}

fn told(checks: &[Check]) -> Result<Answer, CliError> {
    let lines: Vec<String> = checks
        .iter()
        .map(|check| match &check.outcome {
            Ok(found) => format!("{GREEN}ok{GREEN:#}    {:<7} {}", check.name, plain(found)),
            Err(reason) => format!("{RED}fails{RED:#} {:<7} {}", check.name, plain(reason)),
        })
        .collect();
    let items: Vec<_> = checks
        .iter()
        .map(|check| {
            let detail = match &check.outcome {
                Ok(text) | Err(text) => text,
            };
            json!({"check": check.name, "ok": check.outcome.is_ok(), "detail": detail})
        })
        .collect();
    let report = json!({ "items": items });
    let text = lines.join("\n");
    match checks.iter().find(|check| check.outcome.is_err()) {
        None => Ok(Answer::new(&report, text)?),
        Some(worst) => Err(CliError::Doctor {
            failed: checks.iter().filter(|check| check.outcome.is_err()).count(),
            checks: checks.len(),
            text,
            report,
            exit: worst.exit,
        }),
    }
}

fn failed(name: &'static str, reason: String, exit: Exit) -> Check {
    Check {
        name,
        outcome: Err(reason),
        exit,
    }
}

fn keys(ctx: &Context) -> Check {
    let keyring = ctx.keyring();
    let outcome = keyring
        .list()
        .map_err(|error| error.to_string())
        .and_then(|files| {
            for file in &files {
                let path = file.path();
                let mode = std::fs::metadata(&path).map(|meta| meta.permissions().mode() & 0o777);
                if mode.is_ok_and(|mode| mode & 0o077 != 0) {
                    return Err(format!(
                        "{} may be read by others; run: chmod 600 {}",
                        path.display(),
                        path.display()
                    ));
                }
            }
            Ok(format!("{} in {}", files.len(), keyring.dir().display()))
        });
    Check {
        name: "keys",
        outcome,
        exit: Exit::Keys,
    }
}

fn reached(url: &str, health: Result<&Health, String>) -> Check {
    Check {
        name: "node",
        outcome: health.map(|health| format!("{url} answers, version {}", health.version)),
        exit: Exit::Unreachable,
    }
}

fn healthy(health: &Health) -> Check {
    let words = super::status::in_words(health);
    let height = health.height.map_or(0, |height| height.0);
    let outcome = if health.status == HealthStatus::Ok {
        Ok(format!("follows the chain at block {height}"))
    } else {
        Err(format!(
            "the node is of little use now: {words}; ask another with --node"
        ))
    };
    Check {
        name: "sync",
        outcome,
        exit: Exit::Unreachable,
    }
}

fn clock(health: &Health) -> Check {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    let block = health.block_time.map_or(0, |time| time.0) / 1_000;
    let apart = now.abs_diff(block);
    let outcome = if apart <= CLOCK_LIMIT_S {
        Ok(format!(
            "this machine's clock is {apart} s from the last block's time"
        ))
    } else {
        Err(format!(
            "the last block is {apart} s from this machine's clock: the chain has halted, or the clock is wrong"
        ))
    };
    Check {
        name: "clock",
        outcome,
        exit: Exit::Internal,
    }
}

fn law(info: &Read<ChainInfo>) -> Check {
    let ours = constants::constants_hash();
    let theirs = info.value.constants_hash.0;
    let outcome = if ours == theirs {
        let shortened = if info.value.delays.shortened {
            "; its protective delays are SHORTENED (development)"
        } else {
            ""
        };
        Ok(format!(
            "55/45 and the 17 gates this program knows{shortened}"
        ))
    } else {
        Err(format!(
            "the chain follows constants {theirs}, this program knows {ours}"
        ))
    };
    Check {
        name: "law",
        outcome,
        exit: Exit::Verification,
    }
}

fn anchored(ctx: &Context, command: &Doctor, info: &Read<ChainInfo>) -> Check {
    let path = command.anchor.clone();
    let path = path.or_else(|| ctx.localnet().and_then(crate::localnet::Localnet::anchor));
    let outcome = match path.map(|path| (read_anchor(&path), path)) {
        None => Err(String::from(
            "no anchor file: nothing can be verified; get one from someone you trust and name it with --anchor",
        )),
        Some((Err(error), _)) => Err(error.to_string()),
        Some((Ok(anchor), path)) => {
            let same = anchor.chain_id == info.value.chain_id
                && anchor.genesis_hash == info.value.genesis_hash.0;
            if same {
                Ok(format!("{} is of {}", path.display(), anchor.chain_id))
            } else {
                Err(format!(
                    "{} is of {} (genesis {}), the node of {} (genesis {})",
                    path.display(),
                    anchor.chain_id,
                    anchor.genesis_hash,
                    info.value.chain_id,
                    info.value.genesis_hash
                ))
            }
        }
    };
    Check {
        name: "anchor",
        outcome,
        exit: Exit::Verification,
    }
}
