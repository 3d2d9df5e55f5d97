//! What attackers send: HTTP and WebSocket frames by hand, from an address of their own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Bytes of an answer that an attacker looks at.
const LOOK: u64 = 4 << 20;

/// Whom to attack, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    at: SocketAddr,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
}

impl Aim {
    pub(crate) fn new(at: SocketAddr) -> Self {
        Self {
            at,
            stop: Arc::default(),
            done: Arc::default(),
        }
    }

    pub(crate) fn end(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// One more thing was done to the node.
    pub(crate) fn did(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Connects as caller number `source`: each has an address of its own, none of them that of other callers.
    pub(crate) async fn connect(&self, source: u8) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 1, source], 0)))?;
        socket.connect(self.at).await
    }

    /// Posts a body; what comes back, whole.
    pub(crate) async fn post(&self, source: u8, body: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = self.connect(source).await?;
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.at,
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        // A body that is refused may not be read to its end.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _ = stream.take(LOOK).read_to_end(&mut answer).await;
        Ok(answer)
    }

    /// Connects and makes the connection a WebSocket.
    pub(crate) async fn socket(&self, source: u8) -> io::Result<TcpStream> {
        let mut stream = self.connect(source).await?;
        let head = format!(
            "GET / HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.at
        );
        stream.write_all(head.as_bytes()).await?;
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\n") {
            seen.push(stream.read_u8().await?);
        }
        if seen.starts_with(b"HTTP/1.1 101") {
            Ok(stream)
        } else {
            Err(io::Error::other("no WebSocket"))
        }
    }
}

/// A text message of a client, masked with zeros.
pub(crate) fn frame(text: &str) -> Vec<u8> {
    let mut bytes = vec![0x81];
    match u16::try_from(text.len()) {
        Ok(short @ 0..=125) => bytes.push(0x80 | short as u8),
        Ok(middle) => {
            bytes.push(0x80 | 126);
            bytes.extend(middle.to_be_bytes());
        }
        Err(_) => {
            bytes.push(0x80 | 127);
            bytes.extend((text.len() as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(text.as_bytes());
    bytes
}
