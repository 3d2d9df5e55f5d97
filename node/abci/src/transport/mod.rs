//! A unix-socket ABCI server for any [`Application`].
//!
//! CometBFT opens four connections to its application (query, snapshot, mempool, consensus) and
//! speaks, on each, a stream of `varint length ‖ protobuf Request`, answered in order by
//! `varint length ‖ protobuf Response`. Each connection here has one thread; there is no other
//! concurrency, so what an application must lock is only what it shares between its clones.
//!
//! Why not the server that comes with `tendermint-abci`: it listens on TCP, where every local
//! process may call `Commit`; writes each answer alone without `TCP_NODELAY` (about 44 ms a call);
//! decodes large frames in quadratic time, without a cap; and panics on a request it does not know.
//!
//! What a peer meets:
//!
//! | situation | answer | connection |
//! |---|---|---|
//! | its user id is not allowed | none | closed |
//! | [`MAX_CONNECTIONS`] are open, and stay so for a second | exception | closed |
//! | frame above [`MAX_FRAME_BYTES`], bad varint, bad protobuf | exception | closed |
//! | lists of a request above [`MAX_LIST_BYTES`], or two requests in one frame | exception | closed |
//! | empty request, or one this version does not know | exception | stays |
//! | consensus request while another connection is the consensus connection | exception | closed |
//! | `FinalizeBlock` of a block that another program decides | exception | closed |
//! | server shuts down | the running request's answer | closed |

mod dispatch;
mod frame;
mod pace;
mod peer;
mod server;
mod socket;
mod weight;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

pub use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{RequestCheckTx, ResponseCheckTx};

pub use server::{ServerHandle, converse, serve};
pub use weight::MAX_LIST_BYTES;

/// Largest frame taken or sent, in bytes of protobuf: 64 MiB.
///
/// Genesis caps a block at 8 MiB and a snapshot chunk is 8 MiB, so this leaves room for vote lists
/// and block results; CometBFT itself refuses messages above 100 MiB.
pub const MAX_FRAME_BYTES: usize = 64 * 1024 * 1024;

/// Connections served at once: CometBFT opens exactly four (query, snapshot, mempool, consensus).
pub const MAX_CONNECTIONS: usize = 4;

/// Most CheckTx requests handed over together.
///
/// One signature batch ([`crate::sigs::MAX_BATCH`]): more at once would only make the first wait.
pub const MAX_CHECK_TX_BATCH: usize = crate::sigs::MAX_BATCH;

/// Answers a run of `CheckTx` requests together.
///
/// CometBFT pipelines `CheckTx`; the server hands over all that have already arrived, at most
/// [`MAX_CHECK_TX_BATCH`], so that their signatures can be verified as one batch.
pub trait BatchCheckTx {
    /// One response for each request, in the same order.
    ///
    /// An answer of another length cannot be matched to the requests: the server then answers with
    /// an exception and closes the connection.
    fn check_tx_batch(&self, requests: Vec<RequestCheckTx>) -> Vec<ResponseCheckTx>;

    /// Why this program may not decide the next block, if it may not: `FinalizeBlock` is then answered with an exception,
    /// and the connection ends. CometBFT keeps the block and hands it over again after its next start.
    fn cannot_decide(&self) -> Option<String> {
        None
    }
}

/// What a server can serve: an ABCI application that also takes `CheckTx` in runs.
pub trait ServedApp: Application + BatchCheckTx {}

impl<A: Application + BatchCheckTx> ServedApp for A {}

/// Where to listen and whom to serve.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Path of the socket file; CometBFT's `proxy_app = "unix://<socket>"`. Its folder must exist
    /// and must not be writable by other users. Beside it a `<socket>.lock` file is kept.
    pub socket: PathBuf,
    /// User ids whose processes may connect, as the kernel reports them (`SO_PEERCRED`).
    pub allowed_uids: BTreeSet<u32>,
}

impl ServerConfig {
    /// Listens at `socket` and serves only processes of this process's own effective user.
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self {
            socket: socket.into(),
            allowed_uids: BTreeSet::from([rustix::process::geteuid().as_raw()]),
        }
    }
}

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another process serves this socket.
    #[error(
        "cannot listen on {}: {holder} is already serving it. Stop that process, or give this \
         node another socket path",
        socket.display()
    )]
    InUse {
        /// The socket asked for.
        socket: PathBuf,
        /// The process that holds it, as far as known.
        holder: String,
    },
    /// Something that is no socket lies at the path; it is left alone.
    #[error(
        "cannot listen on {}: a file that is not a socket lies there. Move it away, or give this \
         node another socket path",
        socket.display()
    )]
    NotASocket {
        /// The path asked for.
        socket: PathBuf,
    },
    /// Any user of this machine could swap the socket file for another.
    #[error(
        "cannot listen on {}: its folder is writable by every user, who could put another socket \
         in its place. Run `chmod o-w` on the folder, or choose another path",
        socket.display()
    )]
    OpenFolder {
        /// The path asked for.
        socket: PathBuf,
    },
    /// The operating system refused a step.
    #[error(
        "cannot listen on {}: could not {step}: {source}. Check that the folder exists, that this \
         user may write to it, and that the path is shorter than 100 bytes",
        socket.display()
    )]
    Io {
        /// The path asked for.
        socket: PathBuf,
        /// The step that failed, in words that follow "could not".
        step: &'static str,
        /// The system's reason.
        source: io::Error,
    },
}

impl ServeError {
    /// For `map_err`: the system's refusal of `step` ("could not …") on the way to `socket`.
    fn io(socket: &Path, step: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            socket: socket.to_owned(),
            step,
            source,
        }
    }
}

/// What went wrong while the server ran or stopped; every connection is closed all the same.
#[derive(Debug, thiserror::Error)]
pub enum ShutdownError {
    /// A thread panicked: a bug in the application. (Release builds abort at once instead.)
    #[error(
        "{count} thread(s) of the ABCI server panicked; the application's state may be incomplete. \
         Keep the log, restart the node, and report the panic"
    )]
    Panicked {
        /// Threads that panicked since the server started.
        count: usize,
    },
    /// The socket file could not be removed; the next start replaces it.
    #[error("could not remove the socket file {}: {source}. Remove it by hand if it disturbs", socket.display())]
    Remove {
        /// The file left behind.
        socket: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}
