//! `nexusd status`: a running node, asked over its own RPC.

use crate::ask::{self, Ask};
use crate::cli::HomeArg;
use crate::config::Config;
use crate::error::Error;
use crate::home::Home;
use crate::processes::Processes;
use crate::watchdog::halted::Halted;

pub(crate) fn run(args: &HomeArg) -> Result<(), Error> {
    let home = Home::existing(&args.home)?;
    let config = Config::read(&home)?;
    println!("name            {}", config.name);
    if let Some(note) = Halted::read(&home)? {
        println!(
            "halted          {}: after block {} its ledger was not the network's",
            note.at, note.height
        );
    }
    let alive = Processes::read(&home).filter(|noted| noted.nexusd.is_alive());
    let Some(processes) = alive else {
        return Err(Error::Unreachable(format!(
            "no node runs in {}. `nexusd start --home {0}` starts it",
            args.home.display()
        )));
    };
    println!("nexusd          process {}", processes.nexusd.pid);
    match processes.cometbft.filter(|process| process.is_alive()) {
        Some(process) => println!("cometbft        process {}", process.pid),
        None => println!("cometbft        not running; it is being started again"),
    }
    println!("rpc             http://{}", config.rpc.listen);
    println!("metrics         http://{}/metrics", config.metrics.listen);
    let health = Ask::new()?
        .health(config.rpc.listen)
        .map_err(|error| Error::Unreachable(format!("{error}. Its log says why")))?;
    let shown = |height: Option<u64>| {
        height.map_or_else(|| "none yet".to_owned(), |height| height.to_string())
    };
    println!("state           {}", ask::describe(health.status));
    println!(
        "height          {}",
        shown(health.height.map(|height| height.0))
    );
    println!(
        "indexed height  {}",
        shown(health.index_height.map(|height| height.0))
    );
    if let Some(consensus) = health.consensus {
        println!(
            "consensus       height {}, CometBFT {}",
            consensus.latest_height, consensus.version
        );
    }
    Ok(())
}
