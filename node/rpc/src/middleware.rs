//! What stands before every call: the caller's rate, and room for the answer.

use crate::config::{EXPECTED_ANSWER_BYTES, MAX_RESPONSE_BYTES, SMALL_ANSWER_BYTES};
use crate::conn::Conn;
use crate::figures::{CallClass, CallOutcome};
use crate::node::Node;
use crate::refusal::Refusal;
use jsonrpsee::core::middleware::{Batch, BatchEntry, BatchEntryErr, Notification, RpcServiceT};
use jsonrpsee::types::Request;
use jsonrpsee::{BatchResponseBuilder, MethodResponse};
use nexus_sdk::api::Method;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tower::Layer;

/// Makes the guard of one connection.
#[derive(Clone)]
pub(crate) struct GuardLayer {
    pub(crate) node: Arc<Node>,
    pub(crate) conn: Arc<Conn>,
    /// Whether anything came this way: what is no call does not.
    pub(crate) reached: Arc<AtomicBool>,
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard {
            inner: Arc::new(inner),
            node: Arc::clone(&self.node),
            conn: Arc::clone(&self.conn),
            reached: Arc::clone(&self.reached),
        }
    }
}

/// The guard of one connection, or of one HTTP request of it.
pub(crate) struct Guard<S> {
    inner: Arc<S>,
    node: Arc<Node>,
    conn: Arc<Conn>,
    reached: Arc<AtomicBool>,
}

/// What an answer of this method usually takes. A submission waits for seconds and answers little, so that many may wait
/// on one connection.
fn expected(method: &str) -> u64 {
    let small = [
        Method::Time,
        Method::SubmitTransaction,
        Method::SimulateTransaction,
        Method::GetNonce,
        Method::Health,
    ];
    if small.iter().any(|each| each.name() == method) {
        SMALL_ANSWER_BYTES
    } else {
        EXPECTED_ANSWER_BYTES
    }
}

impl<S> RpcServiceT for Guard<S>
where
    S: RpcServiceT<
            MethodResponse = MethodResponse,
            BatchResponse = MethodResponse,
            NotificationResponse = MethodResponse,
        > + Send
        + Sync
        + 'static,
{
    type MethodResponse = MethodResponse;
    type BatchResponse = MethodResponse;
    type NotificationResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let guard = self.share();
        let counted = self.conn.call(request_bytes(&request));
        async move {
            let room = guard.conn.room(expected(&request.method)).await;
            let class = CallClass::of(&request.method);
            let response = match guard.allow(&request) {
                Ok(()) => guard.inner.call(request).await,
                Err(refusal) => MethodResponse::error(request.id, refusal.into_error()),
            };
            guard.count(class, &response);
            let bytes = response.as_json().get().len();
            if response.is_subscription() {
                guard.conn.sent_already(bytes);
            } else {
                guard.conn.queue(bytes);
            }
            drop((room, counted));
            response
        }
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let guard = self.share();
        let bytes = batch.iter().map(entry_bytes).sum();
        let counted = self.conn.call(bytes);
        async move {
            let room = guard.conn.room(EXPECTED_ANSWER_BYTES).await;
            let response = guard.each(batch).await;
            guard.conn.queue(response.as_json().get().len());
            drop((room, counted));
            response
        }
    }

    fn notification<'a>(
        &self,
        notification: Notification<'a>,
    ) -> impl Future<Output = MethodResponse> + Send + 'a {
        // A notification is answered by nothing and does nothing here, but it is not free either.
        self.reached.store(true, Ordering::Release);
        let _ = self.node.limits.charge(self.conn.caller);
        drop(self.conn.call(AROUND_CALL));
        self.inner.notification(notification)
    }
}

type Entry<'a> = Result<BatchEntry<'a>, BatchEntryErr<'a>>;

/// Bytes of a call beside its method and its parameters, roughly.
const AROUND_CALL: usize = 64;

fn request_bytes(request: &Request<'_>) -> usize {
    let params = request
        .params
        .as_ref()
        .map_or(0, |params| params.get().len());
    AROUND_CALL
        .saturating_add(request.method.len())
        .saturating_add(params)
}

fn entry_bytes(entry: &Entry<'_>) -> usize {
    match entry {
        Ok(BatchEntry::Call(request)) => request_bytes(request),
        _ => AROUND_CALL,
    }
}

impl<S> Guard<S> {
    /// Another handle, whether or not `S` can be cloned.
    fn share(&self) -> Self {
        self.reached.store(true, Ordering::Release);
        Self {
            inner: Arc::clone(&self.inner),
            node: Arc::clone(&self.node),
            conn: Arc::clone(&self.conn),
            reached: Arc::clone(&self.reached),
        }
    }

    /// Charges a call to its caller, and refuses what the connection cannot carry.
    fn allow(&self, request: &Request<'_>) -> Result<(), Refusal> {
        self.node.limits.charge(self.conn.caller)?;
        let subscribes = [Method::SubscribeEvents, Method::UnsubscribeEvents]
            .iter()
            .any(|method| method.name() == request.method);
        if subscribes && !self.conn.is_upgraded() {
            return Err(Refusal::params(
                "events are followed over a WebSocket at the same address; over plain HTTP, nexus_listEvents reads them",
            ));
        }
        Ok(())
    }

    fn count(&self, class: CallClass, response: &MethodResponse) {
        let error = response.as_error_code();
        self.node.figures().count(class, CallOutcome::of(error));
        self.node.figures().refuse_code(error);
    }
}

impl<S> Guard<S>
where
    S: RpcServiceT<
            MethodResponse = MethodResponse,
            BatchResponse = MethodResponse,
            NotificationResponse = MethodResponse,
        > + Send
        + Sync
        + 'static,
{
    /// Answers the entries of a batch in their order. Each call is a call: it is charged and counted, and those beyond
    /// the rate are answered as such, in their place.
    async fn each(&self, batch: Batch<'_>) -> MethodResponse {
        let mut answers = BatchResponseBuilder::new_with_limit(MAX_RESPONSE_BYTES as usize);
        let mut notified = false;
        for entry in batch {
            let answer = match entry {
                Ok(BatchEntry::Call(request)) => {
                    let class = CallClass::of(&request.method);
                    let answer = match self.allow(&request) {
                        Ok(()) => self.inner.call(request).await,
                        Err(refusal) => MethodResponse::error(request.id, refusal.into_error()),
                    };
                    self.count(class, &answer);
                    answer
                }
                Ok(BatchEntry::Notification(notification)) => {
                    // It is answered by nothing, but it is not free either.
                    let _ = self.node.limits.charge(self.conn.caller);
                    notified = true;
                    self.inner.notification(notification).await;
                    continue;
                }
                Err(error) => {
                    let _ = self.node.limits.charge(self.conn.caller);
                    let (error, id) = error.into_parts();
                    let answer = MethodResponse::error(id, error);
                    self.count(CallClass::Unknown, &answer);
                    answer
                }
            };
            if let Err(too_large) = answers.append(answer) {
                return too_large;
            }
        }
        if answers.is_empty() && notified {
            return MethodResponse::notification();
        }
        MethodResponse::from_batch(answers.finish())
    }
}
