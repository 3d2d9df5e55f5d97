//! What stands before every call: the caller's rate, and room for the answer.

use crate::config::{EXPECTED_ANSWER_BYTES, SMALL_ANSWER_BYTES};
use crate::conn::Conn;
use crate::node::Node;
use jsonrpsee::MethodResponse;
use jsonrpsee::core::middleware::{Batch, BatchEntry, BatchEntryErr, Notification, RpcServiceT};
use jsonrpsee::types::Request;
use nexus_sdk::api::Method;
use std::sync::Arc;
use tower::Layer;

/// Makes the guard of one connection.
#[derive(Clone)]
pub(crate) struct GuardLayer {
    pub(crate) node: Arc<Node>,
    pub(crate) conn: Arc<Conn>,
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard {
            inner: Arc::new(inner),
            node: Arc::clone(&self.node),
            conn: Arc::clone(&self.conn),
        }
    }
}

/// The guard of one connection, or of one HTTP request of it.
pub(crate) struct Guard<S> {
    inner: Arc<S>,
    node: Arc<Node>,
    conn: Arc<Conn>,
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
        let counted = self.conn.call();
        async move {
            let room = guard.conn.room(expected(&request.method)).await;
            let response = match guard.node.limits.charge(guard.conn.caller) {
                Ok(()) => guard.inner.call(request).await,
                Err(refusal) => MethodResponse::error(request.id, refusal.into_error()),
            };
            guard.conn.queue(response.as_json().get().len());
            drop((room, counted));
            response
        }
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let guard = self.share();
        let counted = self.conn.call();
        async move {
            let room = guard.conn.room(EXPECTED_ANSWER_BYTES).await;
            // Each call of a batch is a call; those beyond the rate are answered as such, in their place.
            let entries = batch.into_iter().map(|entry| guard.admit(entry)).collect();
            let response = guard.inner.batch(Batch::from(entries)).await;
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
        let _ = self.node.limits.charge(self.conn.caller);
        self.inner.notification(notification)
    }
}

type Entry<'a> = Result<BatchEntry<'a>, BatchEntryErr<'a>>;

impl<S> Guard<S> {
    /// Another handle, whether or not `S` can be cloned.
    fn share(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            node: Arc::clone(&self.node),
            conn: Arc::clone(&self.conn),
        }
    }

    fn admit<'a>(&self, entry: Entry<'a>) -> Entry<'a> {
        match (self.node.limits.charge(self.conn.caller), entry) {
            (Err(refusal), Ok(BatchEntry::Call(request))) => {
                Err(BatchEntryErr::new(request.id, refusal.into_error()))
            }
            (_, entry) => entry,
        }
    }
}
