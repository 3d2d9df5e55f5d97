//! What the network looks like: a table for people, `network.json` for scripts.

use std::path::Path;

use serde::Serialize;

use super::plan::{Member, Plan};
use super::{launch, people};
use crate::commands::genesis;
use crate::error::Error;
use crate::files::{self, Access};
use crate::http;
use crate::processes::Processes;

/// The block that `network.json` gives as an anchor: the first.
const ANCHOR_HEIGHT: u64 = 1;

#[derive(Serialize)]
struct Network {
    chain_id: String,
    genesis_hash: String,
    anchor: Anchor,
    validators: Vec<Validator>,
    keys: people::KeyFiles,
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
pub(crate) fn write_network(dir: &Path, plan: &Plan) -> Result<(), Error> {
    let Some(first) = plan.validators.first() else {
        return Err(Error::home(dir, "the plan names no validators"));
    };
    let genesis = genesis::read(&first.home(dir).genesis_file())?;
    let network = Network {
        chain_id: plan.chain_id.clone(),
        genesis_hash: genesis.hash().to_string(),
        anchor: Anchor {
            height: ANCHOR_HEIGHT.to_string(),
            hash: block_hash(first)?,
        },
        validators: plan
            .validators
            .iter()
            .map(|member| validator(dir, member))
            .collect(),
        keys: people::KeyFiles::new(),
    };
    let path = dir.join("network.json");
    let mut text = serde_json::to_string_pretty(&network)
        .map_err(|error| Error::io(format!("write {}", path.display()))(error.into()))?;
    text.push('\n');
    files::write(&path, text.as_bytes(), Access::Public)
}

fn validator(dir: &Path, member: &Member) -> Validator {
    let noted = Processes::read(&member.home(dir));
    let alive = |process: crate::processes::ProcessId| process.is_alive().then_some(process.pid);
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

fn block_hash(member: &Member) -> Result<String, Error> {
    let address = member.comet_rpc();
    let unreachable = |reason: String| {
        Error::Unreachable(format!("{}'s CometBFT at {address} {reason}", member.name))
    };
    let block =
        http::get(address, &format!("/block?height={ANCHOR_HEIGHT}")).map_err(unreachable)?;
    match block["result"]["block_id"]["hash"].as_str() {
        Some(hash) => Ok(hash.to_ascii_lowercase()),
        None => Err(unreachable(format!(
            "answers block {ANCHOR_HEIGHT} without a hash"
        ))),
    }
}

/// Prints the table and what to type next.
pub(crate) fn print(dir: &Path, plan: &Plan) -> Result<(), Error> {
    table(dir, plan);
    let programs = std::env::current_exe().map_err(Error::io("find this program's folder"))?;
    println!();
    println!("network file   {}", dir.join("network.json").display());
    println!("anchor file    {}", dir.join("anchor.json").display());
    println!("people's keys  {}", dir.join(people::FOLDER).display());
    println!();
    println!("Next:");
    if let Some(folder) = programs.parent() {
        println!("  export PATH=\"{}:$PATH\"", folder.display());
    }
    println!("  nexus key new alice");
    println!("The README goes on from there. `make localnet-stop` stops the network.");
    Ok(())
}

/// Prints the table; an error if a validator does not run.
pub(crate) fn status(dir: &Path, plan: &Plan) -> Result<(), Error> {
    let down = table(dir, plan);
    if down == 0 {
        return write_network(dir, plan);
    }
    Err(Error::Unreachable(format!(
        "{down} of {} validators do not run or do not answer. `nexusd localnet start --dir {}` starts what is missing",
        plan.validators.len(),
        dir.display()
    )))
}

/// Returns how many validators are not well.
fn table(dir: &Path, plan: &Plan) -> usize {
    let mut down = 0;
    println!("{:<14} {:>8}  {:<28} STATE", "VALIDATOR", "HEIGHT", "RPC");
    for member in &plan.validators {
        let (height, state) = match (launch::is_running(dir, member), launch::height(member)) {
            (true, Ok(height)) => (height.to_string(), "running".to_owned()),
            (true, Err(reason)) => ("-".to_owned(), format!("CometBFT {reason}")),
            (false, _) => ("-".to_owned(), "stopped".to_owned()),
        };
        down += usize::from(height == "-");
        println!(
            "{:<14} {height:>8}  {:<28} {state}",
            member.name,
            format!("http://{}", member.rpc())
        );
    }
    down
}
