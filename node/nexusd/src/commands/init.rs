//! `nexusd init`: a new node's home.

use rand::RngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::cli::Init;
use crate::comet;
use crate::commands::{begin, genesis};
use crate::config::Config;
use crate::error::Error;
use crate::files::{self, Access};
use crate::home::Home;

pub(crate) fn run(args: &Init) -> Result<(), Error> {
    let home = Home::new(&args.home);
    if home.config_file().exists() {
        return Err(Error::Usage(format!(
            "{} is a node's home already; it is never overwritten. Name another folder",
            args.home.display()
        )));
    }
    let genesis = args.genesis.as_deref().map(genesis::read).transpose()?;
    let mut config = Config::new(&args.name, args.rpc, args.metrics, args.comet_rpc, args.p2p);
    config.cometbft.persistent_peers.clone_from(&args.peers);
    config.watchdog.peers.clone_from(&args.watched);
    config.snapshots.interval = args.snapshot_interval.unwrap_or(config.snapshots.interval);
    config.state_sync = begin::section(args)?;
    config.check().map_err(Error::Usage)?;

    home.create_folders()?;
    let node_id = comet::home::write_node_key(&home, &random_seed())?;
    comet::home::write_validator_key(&home, &random_seed())?;
    if let Some(genesis) = &genesis {
        files::write(
            &home.genesis_file(),
            genesis.to_json().as_bytes(),
            Access::Public,
        )?;
    }
    // Last: a home with a configuration is a whole one.
    config.write(&home)?;

    println!("home           {}", args.home.display());
    println!("node id        {node_id}");
    println!("validator key  {}", comet::home::read_validator_key(&home)?);
    begin::report(&config.state_sync, args.trust_height.is_some());
    match genesis {
        Some(genesis) => println!("genesis hash   {}", genesis.hash()),
        None => println!(
            "next           put the chain's genesis.json at {}",
            home.genesis_file().display()
        ),
    }
    Ok(())
}

/// A key's secret, from the operating system.
pub(crate) fn random_seed() -> Zeroizing<[u8; 32]> {
    let mut seed = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(seed.as_mut_slice());
    seed
}
