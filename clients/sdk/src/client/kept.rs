//! One connection kept open for many calls: for whoever makes thousands of them, such as a load generator.

use super::ClientError;
use super::http::Endpoint;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// An open HTTP/1.1 connection. One call at a time, answered in order; after an error open another.
#[derive(Debug)]
pub struct Connection {
    endpoint: Endpoint,
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`].
    pub async fn open(endpoint: &Endpoint) -> Result<Self, ClientError> {
        let stream = endpoint.connect().await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| endpoint.failed(&error))?;
        let driver = tokio::spawn(async move {
            // What ends the connection is told to the call that waits for it.
            let _ = connection.await;
        });
        Ok(Self {
            endpoint: endpoint.clone(),
            sender,
            driver,
        })
    }

    /// Sends JSON and returns the answer's body, within `limit`.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`], [`ClientError::Http`]; then this connection is of no more use.
    pub async fn post(
        &mut self,
        body: impl Into<Bytes>,
        limit: Duration,
    ) -> Result<Bytes, ClientError> {
        match timeout(limit, self.exchange(body.into())).await {
            Ok(answer) => answer,
            Err(_) => Err(self.endpoint.silent(limit)),
        }
    }

    async fn exchange(&mut self, body: Bytes) -> Result<Bytes, ClientError> {
        let failed = |error: hyper::Error| self.endpoint.failed(&error);
        self.sender.ready().await.map_err(failed)?;
        let request = Request::post(self.endpoint.path())
            .header(header::HOST, self.endpoint.authority())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| self.endpoint.unreachable(error.to_string(), false))?;
        let answer = self.sender.send_request(request).await.map_err(failed)?;
        self.endpoint.read(answer).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
