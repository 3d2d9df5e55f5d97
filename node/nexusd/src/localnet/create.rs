//! Making a network: genesis, keys, homes, anchor. Nothing runs yet.

use std::path::Path;

use nexus_genesis::Genesis;
use nexus_genesis::dev::NamedKey;

use super::plan::{Member, Plan};
use crate::cli::LocalnetStart;
use crate::comet;
use crate::commands::{genesis, init};
use crate::config::Config;
use crate::error::Error;
use crate::files::{self, Access};

/// Written last: with it the network is whole.
const ANCHOR: &str = "anchor.json";

/// The network's folder, made if it is not there. A folder with other things in it is refused.
pub(crate) fn folder(dir: &Path) -> Result<(), Error> {
    files::private_folder(dir)?;
    if Plan::read_if_there(dir)?.is_some() {
        return Ok(());
    }
    let mut entries =
        std::fs::read_dir(dir).map_err(Error::io(format!("list {}", dir.display())))?;
    let foreign = entries.find(|entry| {
        !entry
            .as_ref()
            .is_ok_and(|entry| entry.file_name() == "launcher.lock")
    });
    match foreign {
        None => Ok(()),
        Some(_) => Err(Error::home(
            dir,
            "holds other things than a local network. Name a folder that is empty or does not exist",
        )),
    }
}

/// Whether making the network came to its end.
pub(crate) fn is_finished(dir: &Path) -> bool {
    dir.join(ANCHOR).exists()
}

/// Makes the network that the arguments describe.
pub(crate) fn network(args: &LocalnetStart) -> Result<Plan, Error> {
    let dir = &args.dir;
    let (genesis, keys) = genesis::network(&args.chain_id, args.validators)?;
    let names: Vec<String> = keys.validators.iter().map(|key| key.name.clone()).collect();
    let plan = Plan::new(&args.chain_id, &names, args.base_port)?;
    eprintln!(
        "localnet: making {} validators in {} (genesis {})",
        names.len(),
        dir.display(),
        genesis.hash()
    );
    plan.write(dir)?;
    homes(args, &plan, &genesis, &keys.validators)?;
    super::people::write(dir, &keys)?;
    let anchor = nexus_sdk::anchor::Anchor::from_genesis(genesis.document())
        .and_then(|anchor| anchor.to_json())
        .map_err(|error| Error::Verification(format!("the anchor could not be made: {error}")))?;
    files::write(&dir.join(ANCHOR), anchor.as_bytes(), Access::Public)?;
    Ok(plan)
}

fn homes(
    args: &LocalnetStart,
    plan: &Plan,
    genesis: &Genesis,
    validators: &[NamedKey],
) -> Result<(), Error> {
    let dir = &args.dir;
    let mut peers = Vec::with_capacity(plan.validators.len());
    for (member, key) in plan.validators.iter().zip(validators) {
        let home = member.home(dir);
        home.create_folders()?;
        let id = comet::home::write_node_key(&home, &init::random_seed())?;
        comet::home::write_validator_key(&home, &key.seed)?;
        files::write(
            &home.genesis_file(),
            genesis.to_json().as_bytes(),
            Access::Public,
        )?;
        peers.push(format!("{id}@{}", member.p2p()));
    }
    for (index, member) in plan.validators.iter().enumerate() {
        let others = peers
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let watched = plan.validators.iter().enumerate();
        let watched = watched.filter(|(other, _)| *other != index);
        let mut config = config(member, others.map(|(_, peer)| peer.clone()).collect());
        config.snapshots.interval = args.snapshot_interval.unwrap_or(config.snapshots.interval);
        config.watchdog.peers = watched
            .map(|(_, other)| format!("http://{}", other.rpc()))
            .collect();
        config.write(&member.home(dir))?;
    }
    Ok(())
}

fn config(member: &Member, peers: Vec<String>) -> Config {
    let mut config = Config::new(
        &member.name,
        member.rpc(),
        member.metrics(),
        member.comet_rpc(),
        member.p2p(),
    );
    config.cometbft.persistent_peers = peers;
    config.cometbft.allow_duplicate_ip = true;
    config
}
