//! What the network looks like: a table for people, `network.json` for scripts.

use std::path::Path;

use nexus_genesis::dev::OFFICERS;
use nexus_sdk::api::HealthStatus;
use serde::Serialize;

use super::plan::{Member, Plan};
use super::{host, launch, people};
use crate::ask::{self, Ask};
use crate::commands::genesis;
use crate::error::Error;
use crate::files::{self, Access};
use crate::processes::{ProcessId, Processes};

/// The block that `network.json` gives as an anchor: the first.
const ANCHOR_HEIGHT: u64 = 1;

#[derive(Serialize)]
struct Network {
    chain_id: String,
    genesis_hash: String,
    anchor: Anchor,
    validators: Vec<Validator>,
    keys: people::KeyFiles,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<Host>,
}

/// The development host.
#[derive(Serialize)]
struct Host {
    name: &'static str,
    /// Relative to the network's folder.
    folder: &'static str,
    pids: HostPids,
}

#[derive(Serialize)]
struct HostPids {
    supervisor: Option<u32>,
    agent: Option<u32>,
    meter: Option<u32>,
}

#[derive(Serialize)]
struct Anchor {
    /// A number in text, as all 64-bit integers in our JSON.
    height: String,
    hash: String,
}

#[derive(Serialize)]
struct Validator {
    name: String,
    rpc: String,
    ws: String,
    comet_rpc: String,
    p2p: String,
    metrics: String,
    home: String,
    pids: Pids,
}

#[derive(Serialize)]
struct Pids {
    nexusd: Option<u32>,
    cometbft: Option<u32>,
}

/// Writes `network.json` for the network as it runs now.
pub(crate) fn write_network(dir: &Path, plan: &Plan, ask: &Ask) -> Result<(), Error> {
    let Some(first) = plan.validators.first() else {
        return Err(Error::home(dir, "the plan names no validators"));
    };
    let genesis = genesis::read(&first.home(dir).genesis_file())?;
    let network = Network {
        chain_id: plan.chain_id.clone(),
        genesis_hash: genesis.hash().to_string(),
        anchor: Anchor {
            height: ANCHOR_HEIGHT.to_string(),
            hash: block_hash(first, ask)?,
        },
        validators: plan
            .validators
            .iter()
            .map(|member| validator(dir, member))
            .collect(),
        keys: people::KeyFiles::new(plan.validators.len()),
        host: development_host(dir),
    };
    let path = dir.join("network.json");
    let mut text = serde_json::to_string_pretty(&network)
        .map_err(|error| Error::io(format!("write {}", path.display()))(error.into()))?;
    text.push('\n');
    files::write(&path, text.as_bytes(), Access::Public)
}

/// The host, if it has ever been set up.
fn development_host(dir: &Path) -> Option<Host> {
    let noted = host::HostProcesses::read(dir);
    host::folder(dir).is_dir().then(|| Host {
        name: host::NAME,
        folder: host::NAME,
        pids: HostPids {
            supervisor: noted.and_then(|noted| alive(noted.supervisor)),
            agent: noted.and_then(|noted| noted.agent.and_then(alive)),
            meter: noted.and_then(|noted| noted.meter.and_then(alive)),
        },
    })
}

fn alive(process: ProcessId) -> Option<u32> {
    process.is_alive().then_some(process.pid)
}

fn validator(dir: &Path, member: &Member) -> Validator {
    let noted = Processes::read(&member.home(dir));
    Validator {
        name: member.name.clone(),
        rpc: format!("http://{}", member.rpc()),
        ws: format!("ws://{}", member.rpc()),
        comet_rpc: format!("http://{}", member.comet_rpc()),
        p2p: member.p2p().to_string(),
        metrics: format!("http://{}/metrics", member.metrics()),
        home: member.name.clone(),
        pids: Pids {
            nexusd: noted.and_then(|noted| alive(noted.nexusd)),
            cometbft: noted.and_then(|noted| noted.cometbft.and_then(alive)),
        },
    }
}

fn block_hash(member: &Member, ask: &Ask) -> Result<String, Error> {
    let light = ask.node(member.rpc(), async |client| {
        client.light_block(ANCHOR_HEIGHT).await
    });
    let light = light.map_err(|error| {
        Error::Unreachable(format!("block {ANCHOR_HEIGHT} of {}: {error}", member.name))
    })?;
    match light.signed_header["commit"]["block_id"]["hash"].as_str() {
        Some(hash) => Ok(hash.to_ascii_lowercase()),
        None => Err(Error::Unreachable(format!(
            "{} answers block {ANCHOR_HEIGHT} without a hash",
            member.name
        ))),
    }
}

/// Prints the table and what to type next.
pub(crate) fn print(dir: &Path, plan: &Plan, ask: &Ask) -> Result<(), Error> {
    table(dir, plan, ask);
    let program = std::env::current_exe().map_err(Error::io("find this program's folder"))?;
    let validators = plan.validators.len();
    let files = people::KeyFiles::new(validators);
    println!();
    println!(
        "demo creator   {} (registered; key {})",
        people::CREATOR,
        dir.join(&files.creator).display()
    );
    println!(
        "other keys     {}: officer-1 to officer-{OFFICERS}, operator-1 to operator-{validators}, attester",
        people::folder(dir).display()
    );
    if host::is_running(dir) {
        println!(
            "host           {} (ENFORCES NOTHING, MEASURES NOTHING; log {})",
            host::NAME,
            host::log_file(dir).display()
        );
    }
    println!("for scripts    {}", dir.join("network.json").display());
    println!(
        "for verifying  {} (written before the first node started)",
        dir.join("anchor.json").display()
    );
    println!();
    println!("Next:");
    if let Some(folder) = program.parent() {
        println!("  export PATH=\"{}:$PATH\"", folder.display());
    }
    println!("  nexus key new alice");
    println!(
        "The README's tour goes on from there. `nexusd localnet stop --dir {}` stops the network.",
        dir.display()
    );
    Ok(())
}

/// Prints the table; an error if a validator does not run.
pub(crate) fn status(dir: &Path, plan: &Plan, ask: &Ask) -> Result<(), Error> {
    let down = table(dir, plan, ask);
    if down == 0 {
        return write_network(dir, plan, ask);
    }
    Err(Error::Unreachable(format!(
        "{down} of {} validators do not run or do not answer. `nexusd localnet start --dir {}` starts what is missing",
        plan.validators.len(),
        dir.display()
    )))
}

/// Returns how many validators are not well.
fn table(dir: &Path, plan: &Plan, ask: &Ask) -> usize {
    let mut down = 0;
    println!("{:<14} {:>8}  {:<28} STATE", "VALIDATOR", "HEIGHT", "RPC");
    for member in &plan.validators {
        let (height, state, well) = look(dir, member, ask);
        down += usize::from(!well);
        println!(
            "{:<14} {height:>8}  {:<28} {state}",
            member.name,
            format!("http://{}", member.rpc())
        );
    }
    if host::folder(dir).is_dir() {
        let state = if host::is_running(dir) {
            "running; it ENFORCES NOTHING"
        } else {
            "stopped"
        };
        println!("{:<14} {:>8}  {:<28} {state}", host::NAME, "-", "a host");
    }
    down
}

/// Height, state, and whether that is as it should be.
fn look(dir: &Path, member: &Member, ask: &Ask) -> (String, String, bool) {
    if !launch::is_running(dir, member) {
        return ("-".to_owned(), "stopped".to_owned(), false);
    }
    match ask.health(member.rpc()) {
        Ok(health) => (
            health
                .height
                .map_or_else(|| "-".to_owned(), |height| height.to_string()),
            ask::describe(health.status).to_owned(),
            matches!(health.status, HealthStatus::Ok | HealthStatus::Syncing),
        ),
        Err(error) => ("-".to_owned(), error.to_string(), false),
    }
}
