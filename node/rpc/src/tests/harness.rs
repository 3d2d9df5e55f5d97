//! A running server with its chain, and short ways to ask it.

use super::chain::Chain;
use super::fake_comet::FakeComet;
use crate::{Comet, Context, Rate, RpcConfig, RpcHandle, serve};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use nexus_machine::SingleVerify;
use nexus_sdk::api::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

pub(super) struct Harness {
    pub(super) chain: Arc<Chain>,
    pub(super) comet: Arc<FakeComet>,
    pub(super) handle: RpcHandle,
}

/// A rate no test reaches by accident.
pub(super) const PLENTY: Rate = Rate {
    per_second: 100_000,
    burst: 100_000,
};

pub(super) fn config() -> RpcConfig {
    let mut config = RpcConfig::new("127.0.0.1:0".parse().unwrap());
    config.caller_rate = PLENTY;
    config.signer_rate = PLENTY;
    config
}

impl Harness {
    pub(super) async fn start() -> Self {
        Self::with(config()).await
    }

    pub(super) async fn with(config: RpcConfig) -> Self {
        let chain = Arc::new(Chain::start().await);
        let comet = FakeComet::new(Arc::clone(&chain));
        let address = comet.listen().await;
        Self::serve(config, chain, comet, address).await
    }

    /// A server whose CometBFT is gone.
    pub(super) async fn without_comet() -> Self {
        let chain = Arc::new(Chain::start().await);
        let comet = FakeComet::new(Arc::clone(&chain));
        // Bound and closed again: nothing listens there.
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        Self::serve(config(), chain, comet, gone).await
    }

    /// A server whose CometBFT takes a request and ends without an answer.
    pub(super) async fn with_mute_comet() -> Self {
        let chain = Arc::new(Chain::start().await);
        let comet = FakeComet::new(Arc::clone(&chain));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1_024]).await;
            }
        });
        Self::serve(config(), chain, comet, address).await
    }

    async fn serve(
        config: RpcConfig,
        chain: Arc<Chain>,
        comet: Arc<FakeComet>,
        at: SocketAddr,
    ) -> Self {
        let context = Context {
            views: chain.views(),
            index: Arc::clone(&chain.index),
            indexed: chain.feeder.status(),
            comet: Comet::new(at),
            sigs: Arc::new(SingleVerify),
            committed: chain.heights(),
        };
        let handle = serve(config, context).await.unwrap();
        Self {
            chain,
            comet,
            handle,
        }
    }

    /// Sends one HTTP request.
    pub(super) async fn http(
        &self,
        request: Request<Full<Bytes>>,
    ) -> (StatusCode, hyper::HeaderMap, Bytes) {
        let stream = TcpStream::connect(self.handle.address()).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        let driver = tokio::spawn(connection);
        let response = sender.send_request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        driver.abort();
        (parts.status, parts.headers, body)
    }

    pub(super) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path)
            .header("host", "localhost")
            .body(Full::default())
            .unwrap();
        let (status, _, body) = self.http(request).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Sends any body to the JSON-RPC endpoint.
    pub(super) async fn post(&self, body: String) -> (StatusCode, Value) {
        let request = Request::post("/")
            .header("host", "localhost")
            .header("content-type", "application/json");
        let (status, _, body) = self.http(request.body(Full::from(body)).unwrap()).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn answer(&self, method: Method, params: Value) -> Value {
        let request =
            json!({ "jsonrpc": "2.0", "id": 1, "method": method.name(), "params": params });
        let (status, answer) = self.post(request.to_string()).await;
        assert_eq!(status, StatusCode::OK);
        answer
    }

    /// Calls a method that must answer.
    pub(super) async fn call<T: DeserializeOwned>(&self, method: Method, params: Value) -> T {
        let answer = self.answer(method, params).await;
        serde_json::from_value(answer["result"].clone())
            .unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Calls a method that must refuse; returns its error.
    pub(super) async fn refuse(&self, method: Method, params: Value) -> Value {
        let answer = self.answer(method, params).await;
        assert!(answer.get("result").is_none(), "{method} answered {answer}");
        answer["error"].clone()
    }
}
