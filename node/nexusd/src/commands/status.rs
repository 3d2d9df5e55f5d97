//! `nexusd status`: a running node, asked over its own RPC.

use crate::cli::HomeArg;
use crate::config::Config;
use crate::error::Error;
use crate::home::Home;
use crate::http;
use crate::processes::Processes;

pub(crate) fn run(args: &HomeArg) -> Result<(), Error> {
    let home = Home::existing(&args.home)?;
    let config = Config::read(&home)?;
    println!("name         {}", config.name);
    let alive = Processes::read(&home).filter(|noted| noted.nexusd.is_alive());
    let Some(processes) = alive else {
        return Err(Error::Unreachable(format!(
            "no node runs in {}. `nexusd start --home {0}` starts it",
            args.home.display()
        )));
    };
    println!("nexusd       process {}", processes.nexusd.pid);
    match processes.cometbft.filter(|process| process.is_alive()) {
        Some(process) => println!("cometbft     process {}", process.pid),
        None => println!("cometbft     not running; it is being started again"),
    }
    println!("rpc          http://{}", config.rpc.listen);
    let health = http::call(config.rpc.listen, "nexus_health").map_err(|reason| {
        Error::Unreachable(format!(
            "the node's RPC at http://{} {reason}",
            config.rpc.listen
        ))
    })?;
    if let Some(fields) = health.as_object() {
        for (name, value) in fields {
            println!(
                "{name:<12} {}",
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            );
        }
    }
    Ok(())
}
