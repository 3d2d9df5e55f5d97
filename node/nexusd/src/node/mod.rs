//! `nexusd start`: the parts put together, and taken apart in order.

pub(crate) mod blocks;
mod descriptors;
mod lifecycle;
mod observe;
mod program;
pub(crate) mod storage;

use std::panic;
use std::path::PathBuf;

use tokio::runtime::Builder;

use crate::cli::Start;
use crate::comet::binary;
use crate::commands::genesis;
use crate::config::Config;
use crate::error::Error;
use crate::home::Home;
use crate::telemetry;
use crate::watchdog::halted;

/// Threads that serve RPC and metrics. Blocks are made elsewhere: the application has a thread for each connection
/// of CometBFT.
const WORKERS: usize = 2;

/// Runs a node until it is told to stop.
pub(crate) fn run(args: &Start) -> Result<(), Error> {
    if args.detach {
        rustix::process::setsid()
            .map_err(|error| Error::io("leave the terminal's session")(error.into()))?;
    }
    let path = std::path::absolute(&args.home)
        .map_err(Error::io(format!("resolve {}", args.home.display())))?;
    let home = Home::existing(&path)?;
    halted::check(&home, args.after_halt)?;
    let config = Config::read(&home)?;
    let genesis = genesis::read(&home.genesis_file())?;
    let program = match &config.cometbft.binary {
        // Relative to the home, as the file that names it.
        Some(path) => binary::find(Some(&home.path().join(path)))?,
        None => binary::find(None)?,
    };
    telemetry::log::start(&config.log)
        .map_err(|reason| Error::home(&home.config_file(), reason))?;
    abort_on_panic();
    home.create_folders()?;
    // Both programs name the socket relative to the home: see `home::ABCI_SOCKET`.
    std::env::set_current_dir(home.path())
        .map_err(Error::io(format!("enter {}", home.path().display())))?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(Error::io("start the runtime"))?;
    runtime.block_on(lifecycle::run(Setup {
        home,
        config,
        genesis,
        program,
    }))
}

/// What a node starts from.
struct Setup {
    home: Home,
    config: Config,
    genesis: nexus_genesis::Genesis,
    program: PathBuf,
}

/// A panic inside consensus means that this node no longer knows its state: it must not answer another call. Release
/// builds abort by their profile; this makes every build do so, after the panic's own message.
fn abort_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::abort();
    }));
}
