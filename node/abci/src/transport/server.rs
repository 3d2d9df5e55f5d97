//! Accepting, counting and stopping connections.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use prost::Message;

use super::dispatch::exception;
use super::frame::WRITE_POLL;
use super::peer::{Peer, Place};
use super::socket::{self, BoundSocket, SocketFile};
use super::{MAX_CONNECTIONS, ServeError, ServedApp, ServerConfig, ShutdownError};

/// Pause after a failed `accept` (out of file descriptors, mostly): the reason may pass, and
/// without a pause the loop would spin.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// So long a connection too many waits for a place. A CometBFT that restarts connects anew while
/// the threads of its former connections are still about to notice their end.
const SLOT_WAIT: Duration = Duration::from_secs(1);

/// Starts serving `app` and returns at once; each connection gets a clone of it.
///
/// # Errors
/// The socket's path is taken, unsafe, or the system refuses it; nothing is running then.
pub fn serve<A: ServedApp>(config: ServerConfig, app: A) -> Result<ServerHandle, ServeError> {
    let (listener, file) = BoundSocket::bind(&config.socket)?.into_parts();
    let shared = Arc::new(Shared::default());
    let waker = listener
        .try_clone()
        .map_err(ServeError::io(&config.socket, "duplicate the socket"))?;
    let acceptor = Acceptor {
        app,
        listener,
        allowed_uids: config.allowed_uids,
        shared: Arc::clone(&shared),
    };
    let thread = thread::Builder::new()
        .name("abci-accept".to_owned())
        .spawn(move || acceptor.run())
        .map_err(ServeError::io(&config.socket, "start its thread"))?;
    tracing::info!(socket = %file.path().display(), "ABCI server listens");
    Ok(ServerHandle {
        file,
        waker,
        shared,
        thread: Some(thread),
    })
}

/// A running server. Dropping it stops the server too, but tells nobody what went wrong.
#[derive(Debug)]
pub struct ServerHandle {
    file: SocketFile,
    /// The listener's second descriptor: shutting it down wakes the accepting thread.
    waker: UnixListener,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl ServerHandle {
    /// The socket file's path.
    pub fn socket(&self) -> &Path {
        self.file.path()
    }

    /// Connections open now, 0 to [`MAX_CONNECTIONS`].
    pub fn connections(&self) -> usize {
        self.shared.slots().streams.iter().flatten().count()
    }

    /// Whether some connection is the consensus connection now.
    pub fn has_consensus(&self) -> bool {
        self.shared.slots().consensus.is_some()
    }

    /// Stops accepting, lets each running request finish and its answer go out, closes all
    /// connections, and removes the socket file. Blocks as long as the running requests take.
    /// Requests that had arrived but not begun are dropped: CometBFT repeats them on its next
    /// start, since none of them was answered.
    ///
    /// # Errors
    /// A thread had panicked, or the file could not be removed; the server is stopped all the same.
    pub fn shutdown(mut self) -> Result<(), ShutdownError> {
        self.stop()
    }

    fn stop(&mut self) -> Result<(), ShutdownError> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        self.shared.stopping.store(true, Ordering::SeqCst);
        if let Err(error) = rustix::net::shutdown(&self.waker, rustix::net::Shutdown::Both) {
            tracing::error!(%error, "could not wake the accepting thread");
        }
        for stream in self.shared.slots().streams.iter().flatten() {
            // Ends a blocked read; answers can still be written. Fails only if already closed.
            let _ = stream.shutdown(Shutdown::Read);
        }
        self.shared.changed.notify_all();
        let accept_panicked = usize::from(thread.join().is_err());
        let count = accept_panicked + self.shared.panics.load(Ordering::SeqCst);
        let removed = self.file.remove();
        if count > 0 {
            return Err(ShutdownError::Panicked { count });
        }
        removed
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "ABCI server stopped with an error");
        }
    }
}

/// What all threads of a server share.
#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    panics: AtomicUsize,
    slots: Mutex<Slots>,
    /// Signalled when a slot is left, and when the server stops.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slots {
    streams: [Option<Arc<UnixStream>>; MAX_CONNECTIONS],
    /// The slot whose connection is the consensus connection.
    consensus: Option<usize>,
}

impl Shared {
    /// A panic elsewhere can't leave the table half changed: each change is one assignment.
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// A slot for `stream`, waiting up to [`SLOT_WAIT`] for one; `None` if all stay taken or the
    /// server stops. The flag is read under the table's lock: whoever gets a slot is seen by a
    /// later `stop`.
    fn enter(self: &Arc<Self>, stream: &Arc<UnixStream>) -> Option<Slot> {
        let (mut slots, _) = self
            .changed
            .wait_timeout_while(self.slots(), SLOT_WAIT, |slots| {
                !self.stopping() && slots.streams.iter().all(Option::is_some)
            })
            .unwrap_or_else(PoisonError::into_inner);
        if self.stopping() {
            return None;
        }
        let index = slots.streams.iter().position(Option::is_none)?;
        slots.streams[index] = Some(Arc::clone(stream));
        Some(Slot {
            shared: Arc::clone(self),
            stream: Arc::clone(stream),
            index,
        })
    }
}

/// A connection's place in the table; leaving scope frees it, also when the thread panics.
pub(super) struct Slot {
    shared: Arc<Shared>,
    stream: Arc<UnixStream>,
    index: usize,
}

impl Slot {
    fn stream(&self) -> Borrowed {
        Borrowed(Arc::clone(&self.stream))
    }
}

impl Place for Slot {
    fn index(&self) -> usize {
        self.index
    }

    fn stopping(&self) -> bool {
        self.shared.stopping()
    }

    fn claim_consensus(&self) -> bool {
        *self.shared.slots().consensus.get_or_insert(self.index) == self.index
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if thread::panicking() {
            self.shared.panics.fetch_add(1, Ordering::SeqCst);
        }
        let mut slots = self.shared.slots();
        slots.streams[self.index] = None;
        if slots.consensus == Some(self.index) {
            slots.consensus = None;
        }
        // Before the lock goes: a successor must not find the slot free and this stream open.
        let _ = self.stream.shutdown(Shutdown::Both);
        self.shared.changed.notify_all();
    }
}

/// The connection's socket, shared with the slot that can shut it down.
struct Borrowed(Arc<UnixStream>);

impl Read for Borrowed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(out)
    }
}

impl Write for Borrowed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}

/// The place of a connection that no server accepted: the only one, hence the consensus connection.
struct Alone;

impl Place for Alone {
    fn index(&self) -> usize {
        0
    }

    fn stopping(&self) -> bool {
        false
    }

    fn claim_consensus(&self) -> bool {
        true
    }
}

/// Answers the requests of a byte stream until it ends or errs, as a server does on the socket of its only connection.
///
/// There is no socket, no thread and no check of who asks: for whoever already holds the bytes, as a recording or a
/// fuzzer does.
pub fn converse<A: ServedApp>(app: A, requests: impl Read, answers: impl Write) {
    Peer::new(app, Alone, requests, answers).run();
}

/// The accepting thread's state.
struct Acceptor<A> {
    app: A,
    listener: UnixListener,
    allowed_uids: BTreeSet<u32>,
    shared: Arc<Shared>,
}

impl<A: ServedApp> Acceptor<A> {
    fn run(self) {
        let mut threads: Vec<JoinHandle<()>> = Vec::with_capacity(MAX_CONNECTIONS);
        while !self.shared.stopping() {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(_) if self.shared.stopping() => break,
                Err(error) => {
                    tracing::error!(%error, "could not accept an ABCI connection");
                    thread::sleep(ACCEPT_RETRY);
                    continue;
                }
            };
            threads.retain(|thread| !thread.is_finished());
            threads.extend(self.admit(stream));
        }
        for thread in threads {
            // A panic has been counted when its slot was left.
            let _ = thread.join();
        }
    }

    /// Starts a thread for a connection that may be served; answers or closes any other.
    fn admit(&self, stream: UnixStream) -> Option<JoinHandle<()>> {
        let (uid, pid) = match socket::peer(&stream) {
            Ok(peer) => peer,
            Err(error) => {
                tracing::warn!(%error, "ABCI connection closed: its user is unknown");
                return None;
            }
        };
        if !self.allowed_uids.contains(&uid) {
            tracing::warn!(uid, pid, "ABCI connection closed: this user is not allowed");
            return None;
        }
        if let Err(error) = stream.set_write_timeout(Some(WRITE_POLL)) {
            tracing::warn!(%error, "ABCI connection closed: no write timeout");
            return None;
        }
        let stream = Arc::new(stream);
        let Some(slot) = self.shared.enter(&stream) else {
            refuse(&stream, pid);
            return None;
        };
        tracing::info!(uid, pid, slot = slot.index(), "ABCI connection opened");
        let app = self.app.clone();
        thread::Builder::new()
            .name(format!("abci-conn-{}", slot.index()))
            .spawn(move || {
                let (requests, answers) = (slot.stream(), slot.stream());
                Peer::new(app, slot, requests, answers).run();
            })
            .map_err(|error| tracing::error!(%error, "ABCI connection closed: no thread for it"))
            .ok()
    }
}

/// Tells a connection too many why it is closed. A fresh socket takes so few bytes at once.
fn refuse(mut stream: &UnixStream, pid: i32) {
    let reason = format!(
        "connection refused: {MAX_CONNECTIONS} connections are open, or the server is stopping"
    );
    tracing::warn!(pid, reason, "ABCI connection refused");
    let answer = exception(reason).encode_length_delimited_to_vec();
    if let Err(error) = stream.write_all(&answer) {
        tracing::debug!(%error, "the refused peer was gone already");
    }
}
