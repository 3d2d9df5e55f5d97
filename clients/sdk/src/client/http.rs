//! One POST over a fresh HTTP/1.1 connection: commands make a handful of calls, so none is kept open.

use super::ClientError;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Response, Uri, header};
use hyper_util::rt::TokioIo;
use std::error::Error as StdError;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Bytes of an answer: a bundle of the largest zone, and then some.
pub const MAX_ANSWER_BYTES: usize = 48 * 1024 * 1024;

/// How long connecting may take: a node that is there answers within a round trip.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The port of `http://` without one (RFC 9110 §4.2.1).
const HTTP_PORT: u16 = 80;

/// Where a node listens.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: String,
    /// Host as a socket address wants it, without brackets.
    host: String,
    port: u16,
    /// Host and port as HTTP wants them.
    authority: String,
    path: String,
}

impl Endpoint {
    /// Reads `http://host:port` with an optional path.
    ///
    /// # Errors
    /// [`ClientError::Url`].
    pub fn parse(url: &str) -> Result<Self, ClientError> {
        let wrong = |reason| ClientError::Url {
            url: url.to_owned(),
            reason,
        };
        let uri: Uri = url.parse().map_err(|_| wrong("it is no URL"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(wrong(
                    "this program speaks plain HTTP; put a TLS proxy or an SSH tunnel in between",
                ));
            }
            _ => return Err(wrong("it does not start with http://")),
        }
        let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("it holds a user name, which nodes do not know"));
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        Ok(Self {
            url: url.to_owned(),
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(HTTP_PORT),
            authority: authority.as_str().to_owned(),
            path: uri.path().to_owned(),
        })
    }

    /// As it was given.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends JSON and returns the answer's body.
    pub(super) async fn post(&self, body: Vec<u8>, limit: Duration) -> Result<Bytes, ClientError> {
        let stream = self.connect().await?;
        match timeout(limit, self.exchange(stream, body)).await {
            Ok(answer) => answer,
            Err(_) => Err(self.silent(limit)),
        }
    }

    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn silent(&self, limit: Duration) -> ClientError {
        self.unreachable(format!("no answer within {} s", limit.as_secs()), true)
    }

    pub(super) fn failed(&self, error: &hyper::Error) -> ClientError {
        self.unreachable(in_words(error), true)
    }

    pub(super) async fn connect(&self) -> Result<TcpStream, ClientError> {
        let connecting = TcpStream::connect((self.host.as_str(), self.port));
        let stream = match timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(self.unreachable(error.to_string(), false)),
            Err(_) => {
                let reason = format!("no connection within {} s", CONNECT_TIMEOUT.as_secs());
                return Err(self.unreachable(reason, false));
            }
        };
        stream
            .set_nodelay(true)
            .map_err(|error| self.unreachable(error.to_string(), false))?;
        Ok(stream)
    }

    async fn exchange(&self, stream: TcpStream, body: Vec<u8>) -> Result<Bytes, ClientError> {
        let failed = |error: hyper::Error| self.unreachable(in_words(&error), true);
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(failed)?;
        let driver = tokio::spawn(connection);
        let request = Request::post(self.path.as_str())
            .header(header::HOST, self.authority.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| self.unreachable(error.to_string(), false))?;
        let answer = sender.send_request(request).await.map_err(failed)?;
        let answer = self.read(answer).await;
        driver.abort();
        answer
    }

    pub(super) async fn read(
        &self,
        answer: Response<hyper::body::Incoming>,
    ) -> Result<Bytes, ClientError> {
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES)
            .collect()
            .await;
        let body = body
            .map_err(|error| self.unreachable(in_words(error.as_ref()), true))?
            .to_bytes();
        // A node may put a JSON-RPC error into an answer of another status; then the error says more.
        if status.is_success() || body.starts_with(b"{\"jsonrpc\"") {
            Ok(body)
        } else {
            Err(ClientError::Http {
                url: self.url.clone(),
                status: status.as_u16(),
            })
        }
    }

    pub(super) fn unreachable(&self, reason: String, sent: bool) -> ClientError {
        ClientError::Unreachable {
            url: self.url.clone(),
            reason,
            sent,
        }
    }
}

/// An error with those behind it.
fn in_words(error: &dyn StdError) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}
