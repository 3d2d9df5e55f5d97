//! `nexus processor webhook`: a payment provider's events become the ledger's transactions, signed with the processor's key.
//!
//! # Flow
//! [`door`] checks the [`signature`], reads the [`event`], lays it into the [`inbox`] and answers; [`desk`] takes it from
//! there, signs, submits, and writes down what became of it.
//!
//! # Invariants
//! - What was answered with 200 is on disk, and stays until the ledger has said yes or no.
//! - An event is booked at most once, however often it is delivered and wherever the process is killed.
//! - A refusal holds up nothing; a node that does not answer loses nothing.
//!
//! # Never
//! No secret in an answer or a line of the log. No event that is not signed is read.

mod desk;
mod door;
mod event;
mod inbox;
mod look;
pub(crate) mod signature;

pub(crate) use door::PATH;

use super::money::processor_id;
use crate::args::WaitFor;
use crate::context::{Context, note, read_text};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use clap::Args;
use desk::Desk;
use door::Door;
use inbox::Inbox;
use nexus_types::ProcessorId;
use signature::Secrets;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

/// Where to listen, and for whom.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The processor's name
    #[arg(value_name = "NAME", value_parser = processor_id)]
    processor: ProcessorId,
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8780")]
    listen: SocketAddr,
    /// Listen where others reach it: only where TLS stands before it
    #[arg(long)]
    public: bool,
    /// File with the secret shared with the provider; two lines while it changes
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// Folder for what was delivered; made if it is not there
    #[arg(long, value_name = "DIR")]
    inbox: PathBuf,
}

/// Runs until it is killed.
pub(crate) async fn run(ctx: &Context, options: &Options) -> Result<Answer, CliError> {
    if ctx.global.dry_run || ctx.global.wait != WaitFor::Committed {
        return Err(CliError::usage(
            "a webhook submits, and waits for each block",
            "Leave out --dry-run and --wait.",
        ));
    }
    let address = options.listen;
    if !address.ip().is_loopback() && !options.public {
        return Err(CliError::usage(
            format!("{address} can be reached from outside, and this speaks plain HTTP"),
            "Listen on 127.0.0.1 behind a TLS proxy; give --public only where TLS stands before this address.",
        ));
    }
    let secrets = secrets(&options.secret_file)?;
    let signer = ctx.keyring().signer(Role::Processor)?;
    let file = |action, source| CliError::File {
        action,
        path: options.inbox.clone(),
        source,
    };
    let inbox = Inbox::open(&options.inbox).map_err(|error| file("open", error))?;
    let waits = inbox.pending().len();
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| {
        CliError::usage(
            format!("{address} cannot be listened on: {error}"),
            "Choose another one: --listen 127.0.0.1:PORT.",
        )
    })?;
    let address = listener.local_addr().unwrap_or(address);
    if options.public {
        note("TLS must stand before this address: events are signed, but not secret");
    }
    let log = Log::new(&options.processor);
    log.say(&format!(
        "listening on http://{address}{PATH} as identity {}; {waits} wait from before",
        signer.identity
    ));
    let door = Arc::new(Door::new(secrets, inbox, log.clone()));
    let desk = Desk {
        ctx,
        processor: options.processor.clone(),
        signer,
        door: Arc::clone(&door),
        log,
        folder: &options.inbox,
        waiting: BTreeSet::new(),
    };
    tokio::select! {
        () = door.serve(listener) => Err(CliError::usage("the door closed", "Start it again.")),
        error = desk.run() => Err(error),
    }
}

/// Reads the file with the shared secret.
pub(crate) fn secrets(path: &Path) -> Result<Secrets, CliError> {
    let text = Zeroizing::new(read_text(path)?);
    Secrets::parse(&text).map_err(|why| {
        CliError::usage(
            format!("{} is no file of secrets: {why}", path.display()),
            "One secret a line, such as openssl rand -hex 32 makes.",
        )
    })
}

/// This machine's time, milliseconds.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// What the program says while it runs, one line each, on standard error.
#[derive(Clone, Debug)]
struct Log {
    processor: ProcessorId,
}

impl Log {
    fn new(processor: &ProcessorId) -> Self {
        Self {
            processor: processor.clone(),
        }
    }

    fn say(&self, what: &str) {
        let time = crate::text::time(now_ms());
        let line = format!("{time} {}: {}", self.processor, crate::text::plain(what));
        // When nobody reads the log there is nobody to tell.
        let _ = crate::output::write(&mut anstream::stderr().lock(), &line);
    }
}
