//! One connection: who it is, what it may still be sent, and a socket that is read only while that is little.
//!
//! jsonrpsee starts a task for every message of a WebSocket, and each holds its answer until the socket takes it. So
//! answers are counted when they are made and discounted when the socket takes bytes; calls wait for room before they
//! run; and when too much waits, the socket is read no further, so that the peer's own sending stalls.
//!
//! A message of a WebSocket that is no call is answered by jsonrpsee itself, which asks nobody. Such answers show as bytes
//! that the socket takes and no call made: each is charged to the caller as a call, and until the caller can pay, the
//! socket is read no further. Where the peer takes no bytes, what is read ahead of any call is bounded too.

use crate::config::{
    MALFORMED_ANSWER_BYTES, MAX_CALLS_IN_FLIGHT, MAX_QUEUED_BYTES, MAX_QUEUED_BYTES_ALL,
    MAX_UNCLAIMED_BYTES, PIECE_BYTES, PIECE_PAUSE, SETTLE_PAUSE, UPGRADE_ANSWER_BYTES, WRITE_STALL,
};
use crate::figures::{Figures, OneMore, RefusalReason};
use crate::limit::{Caller, Limits};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes around an answer: the frame's header, and around a notice also what names its subscription.
const AROUND: usize = 128;

/// One connection.
#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) caller: Caller,
    limits: Arc<Limits>,
    /// Bytes of answers made and not yet taken by the socket. Frames and headers are taken too, so that it can only
    /// come out too low by what they add while answers wait; at rest it is 0.
    queued: AtomicU64,
    /// Bytes set aside for answers that are being made.
    reserved: AtomicU64,
    /// Calls that wait or run.
    calls: AtomicU64,
    /// Whether the socket is gone, so that nothing more will be taken.
    closed: AtomicBool,
    /// Whether it has become a WebSocket.
    upgraded: AtomicBool,
    /// Bytes that calls made and the socket has not taken; below 0, the socket took what no call made.
    made: AtomicI64,
    /// Calls to charge for what no call made.
    unpaid: AtomicU64,
    /// Bytes read and not yet claimed by a call, roughly.
    unclaimed: AtomicU64,
    /// Whether the peer takes nothing at the moment.
    blocked: AtomicBool,
    room: Notify,
    reader: Mutex<Option<Waker>>,
    /// Freed with the connection's last part.
    _slots: [OwnedSemaphorePermit; 2],
    _open: OneMore,
}

impl Conn {
    pub(crate) fn new(
        caller: Caller,
        limits: Arc<Limits>,
        slots: [OwnedSemaphorePermit; 2],
    ) -> Self {
        limits.figures.accepted.fetch_add(1, Ordering::Relaxed);
        Self {
            caller,
            _open: OneMore::new(&limits.figures, |figures| &figures.connections),
            limits,
            queued: AtomicU64::new(0),
            reserved: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            upgraded: AtomicBool::new(false),
            made: AtomicI64::new(0),
            unpaid: AtomicU64::new(0),
            unclaimed: AtomicU64::new(0),
            blocked: AtomicBool::new(false),
            room: Notify::new(),
            reader: Mutex::new(None),
            _slots: slots,
        }
    }

    /// From here on messages of a WebSocket come, whose first answer is the one that says so.
    pub(crate) fn upgrade(&self) {
        self.made.store(UPGRADE_ANSWER_BYTES, Ordering::Release);
        self.upgraded.store(true, Ordering::Release);
    }

    /// Counts a call of about that many bytes from when it was read until it is answered.
    pub(crate) fn call(self: &Arc<Self>, bytes: usize) -> CallGuard {
        self.calls.fetch_add(1, Ordering::AcqRel);
        lower(&self.unclaimed, bytes as u64);
        CallGuard {
            _running: OneMore::new(&self.limits.figures, |figures| &figures.in_flight),
            conn: Arc::clone(self),
        }
    }

    /// Counts a subscription until it ends.
    pub(crate) fn subscription(&self) -> OneMore {
        OneMore::new(&self.limits.figures, |figures| &figures.subscriptions)
    }

    /// Whether messages can be sent to it at any time.
    pub(crate) fn is_upgraded(&self) -> bool {
        self.upgraded.load(Ordering::Acquire)
    }

    fn figures(&self) -> &Figures {
        &self.limits.figures
    }

    /// Waits until an answer of about `expected` bytes may be made, and sets them aside. Where the socket is gone it
    /// waits no longer: whoever waited holds the connection's slots, and finds out when it sends.
    pub(crate) async fn room(self: &Arc<Self>, expected: u64) -> Reserved {
        loop {
            // Registered before the check, so that room made in between is not missed.
            let made = self.room.notified();
            if let Some(reserved) = self.reserve(expected) {
                return reserved;
            }
            made.await;
        }
    }

    fn reserve(self: &Arc<Self>, expected: u64) -> Option<Reserved> {
        if self.closed.load(Ordering::Acquire) {
            let conn = Arc::clone(self);
            return Some(Reserved { conn, bytes: 0 });
        }
        let queued = self.queued.load(Ordering::Acquire);
        let all = self.figures().unsent.load(Ordering::Acquire) < MAX_QUEUED_BYTES_ALL;
        let add = |reserved: u64| {
            let within = queued.saturating_add(reserved) < MAX_QUEUED_BYTES;
            (within && (all || queued == 0)).then_some(reserved.saturating_add(expected))
        };
        // Taken only if it fits: giving back what did not fit would wake every waiter, this one included, for nothing.
        let taken = self
            .reserved
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, add);
        taken.ok().map(|_| Reserved {
            conn: Arc::clone(self),
            bytes: expected,
        })
    }

    /// An answer was made.
    pub(crate) fn queue(&self, bytes: usize) {
        self.queued.fetch_add(bytes as u64, Ordering::AcqRel);
        self.figures()
            .unsent
            .fetch_add(bytes as u64, Ordering::AcqRel);
        let made = i64::try_from(bytes.saturating_add(AROUND)).unwrap_or(i64::MAX);
        self.made.fetch_add(made, Ordering::AcqRel);
    }

    /// An answer was made and sent by itself, as that to a subscription is: it never waits to be taken.
    pub(crate) fn sent_already(&self, bytes: usize) {
        let made = i64::try_from(bytes.saturating_add(AROUND)).unwrap_or(i64::MAX);
        self.made.fetch_add(made, Ordering::AcqRel);
    }

    /// The socket took bytes.
    fn taken(&self, bytes: usize) {
        let bytes = bytes as u64;
        self.figures().sent.fetch_add(bytes, Ordering::Relaxed);
        if self.upgraded.load(Ordering::Acquire) {
            self.settle(bytes);
        }
        let before = lower(&self.queued, bytes);
        if before > 0 {
            self.figures()
                .unsent
                .fetch_sub(before.min(bytes), Ordering::AcqRel);
        }
        let was_blocked = self.blocked.swap(false, Ordering::AcqRel);
        if before > 0 || was_blocked {
            self.wake();
        }
    }

    /// Charges what a WebSocket took although no call made it.
    fn settle(&self, bytes: u64) {
        let taken = i64::try_from(bytes).unwrap_or(i64::MAX);
        let left = self
            .made
            .fetch_sub(taken, Ordering::AcqRel)
            .saturating_sub(taken);
        if left <= -MALFORMED_ANSWER_BYTES {
            let calls = left.unsigned_abs() / MALFORMED_ANSWER_BYTES.unsigned_abs();
            self.made.fetch_sub(left, Ordering::AcqRel);
            self.unpaid.fetch_add(calls, Ordering::AcqRel);
        }
        // An answer to what is no call is more than sixteen times as long as the shortest such message is.
        lower(&self.unclaimed, bytes / 16);
    }

    /// Pays for messages that were no calls; false while the caller has nothing left to pay with.
    fn pay(&self) -> bool {
        while self.unpaid.load(Ordering::Acquire) > 0 {
            if !self.limits.charge_malformed(self.caller) {
                return false;
            }
            self.figures().refuse(RefusalReason::Malformed);
            lower(&self.unpaid, 1);
        }
        true
    }

    /// Whether more was read of a WebSocket than its calls account for: then it is read in small pieces, with pauses in which
    /// answers to what was no call are made and charged. Otherwise they would be found out about too late.
    fn is_ahead(&self) -> bool {
        self.unclaimed.load(Ordering::Acquire) >= MAX_UNCLAIMED_BYTES
    }

    /// The socket gave bytes.
    fn got(&self, bytes: usize) {
        let bytes = bytes as u64;
        self.figures().received.fetch_add(bytes, Ordering::Relaxed);
        if self.upgraded.load(Ordering::Acquire) {
            self.unclaimed.fetch_add(bytes, Ordering::AcqRel);
        }
    }

    fn wake(&self) {
        self.room.notify_waiters();
        if !self.is_congested() {
            let waker = self
                .reader
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            waker.into_iter().for_each(Waker::wake);
        }
    }

    fn is_congested(&self) -> bool {
        self.queued.load(Ordering::Acquire) >= MAX_QUEUED_BYTES
            || self.calls.load(Ordering::Acquire) >= MAX_CALLS_IN_FLIGHT
            || (self.blocked.load(Ordering::Acquire) && self.is_ahead())
    }

    /// Whether the socket may be read now; if not, the task is woken when it may.
    fn poll_readable(&self, cx: &Context<'_>) -> Poll<()> {
        if !self.is_congested() {
            return Poll::Ready(());
        }
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        *reader = Some(cx.waker().clone());
        drop(reader);
        // It may have drained before the waker was in place.
        if self.is_congested() {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let queued = *self.queued.get_mut();
        self.figures().unsent.fetch_sub(queued, Ordering::AcqRel);
    }
}

/// Lowers a number, at most to 0; returns what it was.
fn lower(number: &AtomicU64, by: u64) -> u64 {
    let less = |number: u64| Some(number.saturating_sub(by));
    number
        .fetch_update(Ordering::AcqRel, Ordering::Acquire, less)
        .unwrap_or(0)
}

/// A call that waits or runs.
pub(crate) struct CallGuard {
    conn: Arc<Conn>,
    _running: OneMore,
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.conn.calls.fetch_sub(1, Ordering::AcqRel);
        self.conn.wake();
    }
}

/// Room for an answer that is being made.
pub(crate) struct Reserved {
    conn: Arc<Conn>,
    bytes: u64,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.conn.reserved.fetch_sub(self.bytes, Ordering::AcqRel);
        if self.bytes > 0 {
            self.conn.wake();
        }
    }
}

/// The connection's socket.
pub(crate) struct Socket {
    stream: TcpStream,
    conn: Arc<Conn>,
    /// Runs while the peer takes nothing.
    stall: Option<Pin<Box<Sleep>>>,
    /// Runs while the caller cannot pay for what were no calls.
    unpaid: Option<Pin<Box<Sleep>>>,
    /// Runs between two pieces of what is read ahead of calls.
    pace: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, conn: Arc<Conn>) -> Self {
        Self {
            stream,
            conn,
            stall: None,
            unpaid: None,
            pace: None,
        }
    }

    /// Whether all that was no call is paid for; if not, the task is woken to try again.
    fn poll_paid(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.conn.pay() {
                self.unpaid = None;
                return Poll::Ready(());
            }
            let pause = self
                .unpaid
                .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + SETTLE_PAUSE)));
            if pause.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.unpaid = None;
        }
    }

    /// Reads a small piece, after a pause.
    fn read_piece(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let pace = self
            .pace
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + PIECE_PAUSE)));
        if pace.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        let mut room = [0; PIECE_BYTES];
        let most = buf.remaining().min(PIECE_BYTES);
        let mut piece = ReadBuf::new(room.get_mut(..most).unwrap_or_default());
        let read = Pin::new(&mut self.stream).poll_read(cx, &mut piece);
        if read.is_ready() {
            self.pace = None;
        }
        self.conn.got(piece.filled().len());
        buf.put_slice(piece.filled());
        read
    }

    /// Counts what was taken, and fails when nothing was for too long.
    fn account(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match outcome {
            Poll::Ready(taken) => {
                self.stall = None;
                self.conn.taken(*taken.as_ref().unwrap_or(&0));
                Poll::Ready(taken)
            }
            Poll::Pending => {
                self.conn.blocked.store(true, Ordering::Release);
                let stall = self
                    .stall
                    .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + WRITE_STALL)));
                match stall.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.conn.closed.store(true, Ordering::Release);
        self.conn.room.notify_waiters();
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.poll_paid(cx).is_pending() || self.conn.poll_readable(cx).is_pending() {
            return Poll::Pending;
        }
        if self.conn.is_ahead() {
            return self.read_piece(cx, buf);
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.conn.got(buf.filled().len().saturating_sub(before));
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.account(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.account(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;
    use tokio::net::TcpListener;
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn a_closed_socket_keeps_nobody_waiting_for_room_in_its_slots() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let slots = Arc::new(Semaphore::new(2));
        let slot = || Arc::clone(&slots).try_acquire_owned().unwrap();
        let caller = Caller::from(IpAddr::from([192, 0, 2, 1]));
        let config = crate::RpcConfig::new(address);
        let limits = Arc::new(Limits::new(&config));
        let conn = Arc::new(Conn::new(caller, limits, [slot(), slot()]));
        let socket = Socket::new(stream, Arc::clone(&conn));
        conn.queue(usize::try_from(MAX_QUEUED_BYTES).unwrap());
        // As a subscription waits whose subscriber reads nothing.
        let waiting = tokio::spawn(async move { drop(conn.room(0).await) });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(socket);
        tokio::time::timeout(WRITE_STALL, waiting)
            .await
            .expect("it waits for a socket that is gone")
            .unwrap();
        assert_eq!(slots.available_permits(), 2);
    }
}
