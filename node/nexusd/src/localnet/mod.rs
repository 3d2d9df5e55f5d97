//! A development network of several validators on this machine.
//!
//! The launcher is a process of its own that makes everybody's keys, gives each node only its own home, starts the
//! nodes detached, and ends. No node ever sees a person's key: those lie in `keys/`, encrypted, outside every home.
//!
//! ```text
//! DIR/
//!   localnet.json          the plan: names and ports (marks the folder as a local network)
//!   anchor.json            what clients trust, written before the first node starts
//!   network.json           for scripts: addresses, process ids, key files
//!   keys/                  people's keys (age), and the passphrase they share
//!   <validator>/           one node's home, and its log nexusd.log
//!   dev-1/                 the development host's keys, records and log (see host.rs)
//! ```

mod create;
mod demo;
mod host;
mod launch;
mod people;
mod plan;
mod report;
mod stop;

use std::path::Path;

use crate::ask::Ask;
use crate::cli::{Localnet, LocalnetStart, Wanted};
use crate::error::Error;

pub(crate) use host::SUBCOMMAND as HOST_SUBCOMMAND;
pub(crate) use plan::Plan;

/// Runs a `localnet` subcommand.
pub(crate) fn run(command: &Localnet) -> Result<(), Error> {
    match command {
        Localnet::Create(args) => create(args),
        Localnet::Start(args) => start(args),
        Localnet::Stop(args) => {
            let plan = Plan::read(&args.dir)?;
            let _lock = plan::lock(&args.dir)?;
            stop::stop(&args.dir, &plan)
        }
        Localnet::Clean(args) => clean(&args.dir),
        Localnet::Status(args) => {
            let plan = Plan::read(&args.dir)?;
            report::status(&args.dir, &plan, &Ask::new()?)
        }
        Localnet::RunHost(args) => host::run(&args.dir),
    }
}

fn create(args: &LocalnetStart) -> Result<(), Error> {
    let dir = &args.dir;
    create::folder(dir)?;
    let _lock = plan::lock(dir)?;
    let plan = planned(args)?;
    eprintln!(
        "localnet: {} validators are in {}; `nexusd localnet start --dir {1}` starts those that do not run",
        plan.validators.len(),
        dir.display()
    );
    Ok(())
}

/// The folder's network, made if there is none.
fn planned(args: &LocalnetStart) -> Result<Plan, Error> {
    match Plan::read_if_there(&args.dir)? {
        Some(plan) => Ok(plan),
        None => create::network(args),
    }
}

fn start(args: &LocalnetStart) -> Result<(), Error> {
    let dir = &args.dir;
    create::folder(dir)?;
    let _lock = plan::lock(dir)?;
    let plan = planned(args)?;
    let started = launch::start_missing(dir, &plan)?;
    if started.is_empty() {
        eprintln!(
            "localnet: all {} validators are running already",
            plan.validators.len()
        );
    }
    let ask = Ask::new()?;
    launch::wait_for_blocks(dir, &plan, started, &ask)?;
    if demo::register(dir, &plan, &ask)? {
        eprintln!("localnet: registered the demo creator");
    }
    report::write_network(dir, &plan, &ask)?;
    if args.host == Wanted::Yes {
        host::start(dir, &plan, &ask)?;
        report::write_network(dir, &plan, &ask)?;
    }
    report::print(dir, &plan, &ask)
}

fn clean(dir: &Path) -> Result<(), Error> {
    if !dir.exists() {
        eprintln!("localnet: {} does not exist; nothing to do", dir.display());
        return Ok(());
    }
    let plan = Plan::read_unfinished(dir)?;
    let lock = plan::lock(dir)?;
    stop::stop(dir, &plan)?;
    std::fs::remove_dir_all(dir).map_err(Error::io(format!("delete {}", dir.display())))?;
    drop(lock);
    eprintln!("localnet: {} is deleted", dir.display());
    Ok(())
}
