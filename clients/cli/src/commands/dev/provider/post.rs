//! One delivery over a fresh HTTP/1.1 connection.

use crate::commands::webhook::signature::HEADER;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Bytes of an answer.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// A webhook on this machine.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    address: SocketAddr,
    path: String,
}

impl Endpoint {
    /// Reads `http://127.0.0.1:PORT/events`. No other machine's: what is made up here would be booked there as money.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || String::from("give a webhook on this machine: http://127.0.0.1:PORT/events");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let ip: IpAddr = host.parse().map_err(|_| wrong())?;
        let port = uri.port_u16().ok_or_else(wrong)?;
        if uri.scheme_str() != Some("http") || !ip.is_loopback() {
            return Err(wrong());
        }
        Ok(Self {
            address: SocketAddr::new(ip, port),
            path: uri.path().to_owned(),
        })
    }

    /// Sends a body; returns the status and what was answered.
    pub(super) async fn post(&self, signature: &str, body: &str) -> Result<(u16, Value), String> {
        let answer = timeout(PATIENCE, self.exchange(signature, body)).await;
        answer.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
    }

    async fn exchange(&self, signature: &str, body: &str) -> Result<(u16, Value), String> {
        let stream = TcpStream::connect(self.address).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let failed = |error: hyper::Error| error.to_string();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(failed)?;
        let driver = tokio::spawn(connection);
        let request = Request::post(self.path.as_str())
            .header(header::HOST, self.address.to_string())
            .header(header::CONTENT_TYPE, "application/json")
            .header(HEADER, signature)
            .body(Full::new(Bytes::from(body.to_owned())))
            .map_err(|error| error.to_string())?;
        let answer = sender.send_request(request).await.map_err(failed)?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect();
        let body = body.await.map_err(|error| error.to_string())?.to_bytes();
        driver.abort();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.address, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_delivered_to() {
        for good in ["http://127.0.0.1:8780/events", "http://[::1]:8780/events"] {
            let endpoint = Endpoint::parse(good).unwrap();
            assert_eq!(endpoint.to_string(), good);
        }
        for wrong in [
            "",
            "127.0.0.1:8780",
            "http://127.0.0.1/events",
            "https://127.0.0.1:8780/events",
            "http://192.0.2.7:8780/events",
            "http://example.com:8780/events",
        ] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong}");
        }
    }
}
