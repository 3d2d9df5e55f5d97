//! A client of a node's JSON-RPC over HTTP/1.1.
//!
//! What it returns is what the node claims. Reads are tried again when the node cannot be reached or asks for patience;
//! a submission is sent once. TLS is left to a proxy or a tunnel beside the caller: evidence is verified, not believed,
//! so the connection need not be trusted.

mod cross;
mod error;
mod exits;
mod governance;
mod hosts;
mod http;
mod kept;
mod mail;
mod money;
mod names;
mod rights;

pub use cross::{Opinion, cross_check};
pub use error::{Class, ClientError};
pub use http::{Endpoint, MAX_ANSWER_BYTES};
pub use kept::Connection;

use crate::api::{
    AtParams, Base64, BundleSubject, ChainInfo, GetBundleParams, GetIdentityParams, GetImvuParams,
    GetNonceParams, GetTransactionParams, GetZoneParams, Health, HeightParams, IdentityView,
    ImvuView, LightBlockView, MAX_TIMEOUT_MS, Method, NoParams, NodeTime, NonceView, Read,
    SimulateParams, SimulateResult, SubmitParams, SubmitResult, TransactionView, Wait, WireU64,
    ZoneView,
};
use crate::bundle::Bundle;
use error::ErrorBody;
use nexus_types::encoding::{Text, encode};
use nexus_types::{Hash, IdentityId, ImvuId, Name, Network, Tx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often a read is tried.
const READ_ATTEMPTS: u32 = 3;

/// The pause before a second attempt; it doubles before the third.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How long a read may take: a bundle of a large zone takes a node some hundred milliseconds.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// What a submission may take beyond the time the node was asked to wait.
const SUBMIT_SLACK: Duration = Duration::from_secs(5);

/// A node, by its address.
#[derive(Clone, Debug)]
pub struct Client {
    endpoint: Endpoint,
}

#[derive(Serialize)]
struct Request<'a, P> {
    jsonrpc: &'static str,
    id: &'static str,
    method: &'static str,
    params: &'a P,
}

#[derive(Deserialize)]
struct Answer<R> {
    result: Option<R>,
    error: Option<ErrorBody>,
}

impl Client {
    /// A client of the node at that URL, such as `http://127.0.0.1:26680`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Url`].
    pub fn new(url: &str) -> Result<Self, ClientError> {
        Endpoint::parse(url).map(|endpoint| Self { endpoint })
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        self.endpoint.url()
    }

    /// Calls a method that changes nothing, up to three times.
    ///
    /// # Errors
    /// [`ClientError`]; see [`ClientError::class`].
    pub async fn read<P: Serialize, R: DeserializeOwned>(
        &self,
        method: Method,
        params: &P,
    ) -> Result<R, ClientError> {
        let mut pause = FIRST_PAUSE;
        let mut attempt = 1;
        loop {
            match self.call(method, params, READ_TIMEOUT).await {
                Err(error) if error.may_pass() && attempt < READ_ATTEMPTS => {
                    tokio::time::sleep(pause).await;
                    pause = pause.saturating_mul(2);
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn call<P: Serialize, R: DeserializeOwned>(
        &self,
        method: Method,
        params: &P,
        timeout: Duration,
    ) -> Result<R, ClientError> {
        let request = Request {
            jsonrpc: "2.0",
            id: "1",
            method: method.name(),
            params,
        };
        let body = serde_json::to_vec(&request).map_err(|source| self.unreadable(source))?;
        let answer = self.endpoint.post(body, timeout).await?;
        let answer: Answer<R> =
            serde_json::from_slice(&answer).map_err(|source| self.unreadable(source))?;
        match answer {
            Answer {
                error: Some(error), ..
            } => Err(error.into()),
            Answer {
                result: Some(result),
                ..
            } => Ok(result),
            Answer { .. } => {
                let source = serde::de::Error::custom("the answer has neither result nor error");
                Err(self.unreadable(source))
            }
        }
    }

    fn unreadable(&self, source: serde_json::Error) -> ClientError {
        ClientError::Unreadable {
            url: self.url().to_owned(),
            source,
        }
    }

    /// Submits a transaction once, and waits as long as asked (at most 30 seconds for a block).
    ///
    /// # Errors
    /// [`ClientError::OutcomeUnknown`] with the hash if it was sent and no answer came; otherwise the node has not taken
    /// it.
    pub async fn submit(
        &self,
        bytes: &[u8],
        wait: Wait,
        timeout_ms: u32,
    ) -> Result<SubmitResult, ClientError> {
        let timeout_ms = timeout_ms.min(MAX_TIMEOUT_MS);
        let params = SubmitParams {
            tx: Base64::new(bytes),
            wait,
            timeout_ms: Some(timeout_ms),
        };
        let timeout = SUBMIT_SLACK.saturating_add(Duration::from_millis(timeout_ms.into()));
        let outcome = self.call(Method::SubmitTransaction, &params, timeout).await;
        outcome.map_err(|error| error.after_sending(Hash::of(bytes)))
    }

    /// What a transaction would do now; with unchecked signatures it need not be signed.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn simulate(
        &self,
        tx: &Tx,
        check_signature: bool,
    ) -> Result<SimulateResult, ClientError> {
        let params = SimulateParams {
            tx: Base64::new(encode(tx)),
            check_signature,
        };
        self.read(Method::SimulateTransaction, &params).await
    }

    /// The node's health.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn health(&self) -> Result<Health, ClientError> {
        self.read(Method::Health, &NoParams {}).await
    }

    /// What the node's clock shows. Asked once: a second try would blur how long the answer took.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn time(&self) -> Result<NodeTime, ClientError> {
        self.call(Method::Time, &NoParams {}, READ_TIMEOUT).await
    }

    /// The chain as the node knows it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn chain_info(&self) -> Result<Read<ChainInfo>, ClientError> {
        self.read(Method::ChainInfo, &AtParams::default()).await
    }

    /// What signatures must name.
    ///
    /// # Errors
    /// As [`Self::read`], and [`ClientError::Unreadable`] for a chain id longer than CometBFT allows.
    pub async fn network(&self) -> Result<Network, ClientError> {
        let info = self.chain_info().await?.value;
        let chain_id = Text::new(info.chain_id)
            .map_err(|error| self.unreadable(serde::de::Error::custom(error)))?;
        Ok(Network {
            chain_id,
            genesis_hash: info.genesis_hash.0,
            recovery_epoch: info.recovery_epoch,
        })
    }

    /// The next nonce of an identity in lane 0.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn next_nonce(&self, identity: IdentityId) -> Result<Read<NonceView>, ClientError> {
        let params = GetNonceParams {
            identity: identity.into(),
            lane: 0,
            at: Default::default(),
            proof: false,
        };
        self.read(Method::GetNonce, &params).await
    }

    /// An identity.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn identity(&self, identity: IdentityId) -> Result<Read<IdentityView>, ClientError> {
        let params = GetIdentityParams {
            identity: identity.into(),
            at: Default::default(),
            proof: false,
        };
        self.read(Method::GetIdentity, &params).await
    }

    /// An IMVU.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn imvu(&self, imvu: &ImvuId) -> Result<Read<ImvuView>, ClientError> {
        let params = GetImvuParams {
            imvu: imvu.clone().into(),
            at: Default::default(),
            proof: false,
        };
        self.read(Method::GetImvu, &params).await
    }

    /// A zone with its record sets.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn zone(&self, apex: &Name) -> Result<Read<ZoneView>, ClientError> {
        let params = GetZoneParams {
            zone: apex.clone().into(),
            at: Default::default(),
            proof: false,
        };
        self.read(Method::GetZone, &params).await
    }

    /// A committed transaction, by its hash or id.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn transaction(&self, hash: Hash) -> Result<TransactionView, ClientError> {
        let params = GetTransactionParams { hash: hash.into() };
        self.read(Method::GetTransaction, &params).await
    }

    /// Evidence about a subject, from a height the caller trusts (0: genesis).
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn bundle(
        &self,
        subject: BundleSubject,
        trusted_height: u64,
    ) -> Result<Bundle, ClientError> {
        let params = GetBundleParams {
            subject,
            trusted_height: trusted_height.into(),
        };
        self.read(Method::GetBundle, &params).await
    }

    /// Header, commit and validators of a height.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn light_block(&self, height: u64) -> Result<LightBlockView, ClientError> {
        let params = HeightParams {
            height: Some(WireU64::from(height)),
        };
        self.read(Method::GetLightBlock, &params).await
    }
}

#[cfg(test)]
mod tests;
