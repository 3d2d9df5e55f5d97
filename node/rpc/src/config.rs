//! What an operator decides, and the limits nobody should need to.

use std::net::SocketAddr;
use std::time::Duration;

/// Bytes of one request: a transaction of 64 KiB in base64 is 88 KiB, a batch of ten of them still fits.
pub const MAX_BODY_BYTES: u32 = 1 << 20;
/// Bytes of one answer: the largest zone with its proofs is about 11 MiB.
pub const MAX_RESPONSE_BYTES: u32 = 16 << 20;
/// Calls in one batch (jsonrpsee's own default is no limit).
pub const MAX_BATCH: u32 = 20;
/// Subscriptions on one connection: one for each kind of event with filters, and some.
pub const MAX_SUBSCRIPTIONS: u32 = 16;
/// Messages of one WebSocket that wait for the socket; each waits in full, see [`MAX_QUEUED_BYTES`].
pub(crate) const MESSAGE_BUFFER: u32 = 16;
/// Bytes of answers that one connection may leave unread before it is read no further (measured: a client that sent
/// 40,000 requests and read nothing grew an unbounded server by 621 MB).
pub const MAX_QUEUED_BYTES: u64 = 2 << 20;
/// Bytes of answers that all connections together may leave unread; beyond, only connections without any are served.
pub(crate) const MAX_QUEUED_BYTES_ALL: u64 = 256 << 20;
/// Calls of one connection that may wait or run before it is read no further.
pub(crate) const MAX_CALLS_IN_FLIGHT: u64 = 256;
/// Bytes set aside for the answer of a call before it is known: what most answers stay below.
pub(crate) const EXPECTED_ANSWER_BYTES: u64 = 128 << 10;
/// Bytes set aside for the answer of a call that answers little, such as a submission, so that many may wait together.
pub(crate) const SMALL_ANSWER_BYTES: u64 = 8 << 10;
/// Bytes of an answer to a message that is no call, at least: what a WebSocket sends beyond the answers of calls is
/// charged as one call for each so many.
pub(crate) const MALFORMED_ANSWER_BYTES: i64 = 64;
/// Bytes of the answer that makes a connection a WebSocket, and some: not charged.
pub(crate) const UPGRADE_ANSWER_BYTES: i64 = 1 << 10;
/// Bytes of a WebSocket that may be read ahead of calls before it is read in pieces, and while its peer takes nothing not
/// at all. jsonrpsee starts a task of about a kilobyte for each message, and the shortest has seven bytes (measured:
/// three connections that sent such messages as fast as they could grew the node by 550 MiB).
pub(crate) const MAX_UNCLAIMED_BYTES: u64 = 4 << 10;
/// Bytes of such a piece.
pub(crate) const PIECE_BYTES: usize = 4 << 10;
/// Pause before each piece: about 2 MB a second, so that a long message takes half a second, and the shortest ones are
/// answered and charged before the next piece.
pub(crate) const PIECE_PAUSE: Duration = Duration::from_millis(2);
/// Pause before a caller that owes for what were no calls is looked at again.
pub(crate) const SETTLE_PAUSE: Duration = Duration::from_millis(50);
/// Connections beyond the limits that are told so at once; beyond, they are just closed.
pub(crate) const REFUSED_AT_ONCE: usize = 64;
/// How long such a connection may take to hear it.
pub(crate) const REFUSED_LINGER: Duration = Duration::from_secs(1);
/// How long a connection may take to send a request's header, or stay idle between requests.
pub(crate) const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a request may take in all: the longest wait for a block is 30 s.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a connection may accept no byte of an answer before it is closed.
pub(crate) const WRITE_STALL: Duration = Duration::from_secs(60);
/// How long connections may take to end when the server stops.
pub(crate) const DRAIN: Duration = Duration::from_secs(5);
/// Store reads that run at once: they are short and mostly in memory, two per core of a small machine.
pub(crate) const CONCURRENT_READS: usize = 16;

/// How the server listens and whom it serves how much.
#[derive(Clone, Debug)]
pub struct RpcConfig {
    /// Where to listen. Port 0 takes any free one; [`crate::RpcHandle::address`] tells which.
    pub listen: SocketAddr,
    /// Connections at once.
    pub max_connections: usize,
    /// Connections at once of one caller (an IPv4 address, an IPv6 /64).
    pub max_connections_per_caller: usize,
    /// What one caller may ask.
    pub caller_rate: Rate,
    /// What one caller may submit or simulate in the name of one signer.
    pub signer_rate: Rate,
}

/// A token bucket: `burst` at once, then `per_second`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Calls granted each second.
    pub per_second: u32,
    /// Calls that may be saved up.
    pub burst: u32,
}

impl RpcConfig {
    /// The defaults for a listener: a public node on a small machine.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            max_connections: 512,
            max_connections_per_caller: 128,
            caller_rate: Rate {
                per_second: 200,
                burst: 400,
            },
            signer_rate: Rate {
                per_second: 50,
                burst: 100,
            },
        }
    }
}
