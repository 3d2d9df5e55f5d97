//! One connection: who it is, what it may still be sent, and a socket that is read only while that is little.
//!
//! jsonrpsee starts a task for every message of a WebSocket, and each holds its answer until the socket takes it. So
//! answers are counted when they are made and discounted when the socket takes bytes; calls wait for room before they
//! run; and when too much waits, the socket is read no further, so that the peer's own sending stalls.

use crate::config::{MAX_CALLS_IN_FLIGHT, MAX_QUEUED_BYTES, MAX_QUEUED_BYTES_ALL, WRITE_STALL};
use crate::limit::Caller;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::{Instant, Sleep, sleep_until};

/// What all connections together owe their peers, bytes.
#[derive(Debug, Default)]
pub(crate) struct Owed(AtomicU64);

/// One connection.
#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) caller: Caller,
    owed: Arc<Owed>,
    /// Bytes of answers made and not yet taken by the socket. Frames and headers are taken too, so that it can only
    /// come out too low by what they add while answers wait; at rest it is 0.
    queued: AtomicU64,
    /// Bytes set aside for answers that are being made.
    reserved: AtomicU64,
    /// Calls that wait or run.
    calls: AtomicU64,
    /// Whether the socket is gone, so that nothing more will be taken.
    closed: AtomicBool,
    room: Notify,
    reader: Mutex<Option<Waker>>,
    /// Freed with the connection's last part.
    _slots: [OwnedSemaphorePermit; 2],
}

impl Conn {
    pub(crate) fn new(caller: Caller, owed: Arc<Owed>, slots: [OwnedSemaphorePermit; 2]) -> Self {
        Self {
            caller,
            owed,
            queued: AtomicU64::new(0),
            reserved: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            room: Notify::new(),
            reader: Mutex::new(None),
            _slots: slots,
        }
    }

    /// Counts a call from when it was read until it is answered.
    pub(crate) fn call(self: &Arc<Self>) -> CallGuard {
        self.calls.fetch_add(1, Ordering::AcqRel);
        CallGuard(Arc::clone(self))
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
        let all = self.owed.0.load(Ordering::Acquire) < MAX_QUEUED_BYTES_ALL;
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
        self.owed.0.fetch_add(bytes as u64, Ordering::AcqRel);
    }

    /// The socket took bytes.
    fn taken(&self, bytes: usize) {
        let bytes = bytes as u64;
        let less = |queued: u64| Some(queued.saturating_sub(bytes));
        let before = self
            .queued
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        let before = before.unwrap_or(0);
        if before > 0 {
            self.owed.0.fetch_sub(before.min(bytes), Ordering::AcqRel);
            self.wake();
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
        self.owed
            .0
            .fetch_sub(*self.queued.get_mut(), Ordering::AcqRel);
    }
}

/// A call that waits or runs.
pub(crate) struct CallGuard(Arc<Conn>);

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::AcqRel);
        self.0.wake();
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
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, conn: Arc<Conn>) -> Self {
        Self {
            stream,
            conn,
            stall: None,
        }
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
        match self.conn.poll_readable(cx) {
            Poll::Ready(()) => Pin::new(&mut self.stream).poll_read(cx, buf),
            Poll::Pending => Poll::Pending,
        }
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
        let conn = Arc::new(Conn::new(caller, Arc::default(), [slot(), slot()]));
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
