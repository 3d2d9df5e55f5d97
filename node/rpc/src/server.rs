//! One port for everything: JSON-RPC over HTTP and WebSocket, the REST calls, CometBFT's five methods, health.

use crate::config::{
    DRAIN, HEADER_TIMEOUT, MAX_BATCH, MAX_BODY_BYTES, MAX_RESPONSE_BYTES, MAX_SUBSCRIPTIONS,
    MESSAGE_BUFFER, REQUEST_TIMEOUT, RpcConfig,
};
use crate::conn::{Conn, Owed, Socket};
use crate::limit::Caller;
use crate::middleware::GuardLayer;
use crate::node::{Context, Node};
use crate::{methods, passthrough, rest};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Extension, Router};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::core::middleware::RpcServiceBuilder;
use jsonrpsee::server::{
    BatchRequestConfig, Methods, PingConfig, RandomStringIdProvider, ServerConfig, ServerHandle,
    StopHandle, TowerServiceBuilder, stop_channel,
};
use nexus_sdk::api::HealthStatus;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, JoinSet};
use tower::Service;
use tower::layer::util::Identity;

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum RpcError {
    /// The address is taken, or is not this machine's.
    #[error(
        "cannot listen on {address}: {source}. Choose another address, or stop what listens there"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A method is registered twice: a fault of this program.
    #[error("the table of methods is wrong: {0}. Report this")]
    Methods(#[from] RegisterMethodError),
}

/// A running server. Dropping it stops the server without waiting.
#[derive(Debug)]
pub struct RpcHandle {
    address: SocketAddr,
    stop: ServerHandle,
    task: JoinHandle<()>,
}

impl RpcHandle {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, lets calls that run finish for at most five seconds, and ends.
    pub async fn stop(self) {
        // Already stopped is as good.
        let _ = self.stop.stop();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the interface did not end cleanly");
        }
    }
}

/// Starts to listen and serves until the handle is stopped or dropped.
///
/// # Errors
/// [`RpcError`].
pub async fn serve(config: RpcConfig, context: Context) -> Result<RpcHandle, RpcError> {
    let listen = |source| RpcError::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let node = Arc::new(Node::new(context, &config));
    let methods = methods::all(Arc::clone(&node))?.into();
    let (stop_handle, stop) = stop_channel();
    let server = Server {
        rpc: RpcParts {
            node: Arc::clone(&node),
            methods,
            builder: jsonrpsee::server::Server::builder()
                .set_config(rpc_config())
                .to_service_builder(),
            stop: stop_handle.clone(),
        },
        router: router(node),
        slots: Arc::new(Semaphore::new(config.max_connections)),
        callers: Callers::new(config.max_connections_per_caller),
        owed: Arc::default(),
    };
    let task = tokio::spawn(server.accept(listener, stop_handle));
    Ok(RpcHandle {
        address,
        stop,
        task,
    })
}

fn rpc_config() -> ServerConfig {
    ServerConfig::builder()
        .max_request_body_size(MAX_BODY_BYTES)
        .max_response_body_size(MAX_RESPONSE_BYTES)
        .max_subscriptions_per_connection(MAX_SUBSCRIPTIONS)
        .set_batch_request_config(BatchRequestConfig::Limit(MAX_BATCH))
        .set_message_buffer_capacity(MESSAGE_BUFFER)
        // Connections are counted where they are accepted.
        .max_connections(u32::MAX)
        .set_id_provider(RandomStringIdProvider::new(SUBSCRIPTION_ID_CHARS))
        .enable_ws_ping(PingConfig::new())
        .build()
}

/// Characters of a subscription's id: too many to guess, as text, because JavaScript loses large numbers.
const SUBSCRIPTION_ID_CHARS: usize = 16;

/// What makes the JSON-RPC service of one connection.
#[derive(Clone)]
struct RpcParts {
    node: Arc<Node>,
    methods: Methods,
    builder: TowerServiceBuilder<Identity, Identity>,
    stop: StopHandle,
}

struct Server {
    rpc: RpcParts,
    router: Router,
    slots: Arc<Semaphore>,
    callers: Callers,
    owed: Arc<Owed>,
}

impl Server {
    async fn accept(self, listener: TcpListener, stop: StopHandle) {
        let mut connections = JoinSet::new();
        let stopped = stop.clone().shutdown();
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                () = &mut stopped => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.take(stream, peer, &mut connections),
                    Err(error) => {
                        // Out of descriptors, mostly: others end meanwhile.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            connections.shutdown().await;
        }
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr, connections: &mut JoinSet<()>) {
        let caller = Caller::from(peer.ip());
        let slots = Arc::clone(&self.slots)
            .try_acquire_owned()
            .ok()
            .zip(self.callers.slot(caller));
        // Dropping the stream closes it: there is no room even to say so.
        let Some((any, own)) = slots else {
            tracing::debug!(%peer, "a connection beyond the limit was closed");
            return;
        };
        // Answers are whole messages; waiting to fill packets only delays them.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let conn = Arc::new(Conn::new(caller, Arc::clone(&self.owed), [any, own]));
        connections.spawn(connection(
            stream,
            conn,
            self.router.clone(),
            self.rpc.clone(),
        ));
    }
}

/// Pause after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

async fn connection(stream: TcpStream, conn: Arc<Conn>, router: Router, rpc: RpcParts) {
    let stop = rpc.stop.clone();
    let io = TokioIo::new(Socket::new(stream, Arc::clone(&conn)));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&conn));
        request.extensions_mut().insert(rpc.clone());
        let mut router = router.clone();
        async move {
            let answer = router.call(request.map(Body::new));
            Ok::<_, Infallible>(match tokio::time::timeout(REQUEST_TIMEOUT, answer).await {
                Ok(Ok(response)) => response,
                Ok(Err(never)) => match never {},
                Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
            })
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
    let served = http.serve_connection(io, service).with_upgrades();
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.shutdown() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended in an error");
    }
}

fn router(node: Arc<Node>) -> Router {
    Router::new()
        .route("/", post(json_rpc).get(json_rpc))
        .route("/health", get(health))
        .route("/comet", post(passthrough::post))
        .route("/comet/{method}", get(passthrough::get))
        .route("/api/dns/zones/{zone}/records", post(rest::set_records))
        .route("/api/admin/imvus/{id}/quota", patch(rest::change_quota))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&node),
            charge,
        ))
        .layer(axum::middleware::from_fn(cors))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES as usize))
        .with_state(node)
}

/// Hands a request to jsonrpsee: a POST, or the beginning of a WebSocket.
async fn json_rpc(
    Extension(conn): Extension<Arc<Conn>>,
    Extension(rpc): Extension<RpcParts>,
    request: Request<Body>,
) -> Response {
    let guard = GuardLayer {
        node: rpc.node,
        conn,
    };
    let service = rpc
        .builder
        .set_rpc_middleware(RpcServiceBuilder::new().layer(guard));
    let mut service = service.build(rpc.methods, rpc.stop);
    match service.call(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::error!(%error, "a JSON-RPC request could not be answered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Charges what is not JSON-RPC, whose calls are charged one by one, nor a REST call, which charges itself.
async fn charge(State(node): State<Arc<Node>>, request: Request<Body>, next: Next) -> Response {
    let path = request.uri().path();
    let conn = request.extensions().get::<Arc<Conn>>();
    if let (true, Some(conn)) = (path.starts_with("/comet") || path == "/health", conn)
        && let Err(refusal) = node.limits.charge(conn.caller)
    {
        return rest::failure(StatusCode::TOO_MANY_REQUESTS, &refusal);
    }
    next.run(request).await
}

/// Reads are for every web page; nothing here knows a cookie, and `Authorization` is not offered, so that a page can
/// never make a browser act.
async fn cors(request: Request<Body>, next: Next) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let mut response = if preflight {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    if preflight {
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST"),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("content-type"),
        );
        headers.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("86400"),
        );
    }
    response
}

/// `GET /health`: 200 while the node is of use, else 503; the body says more.
async fn health(State(node): State<Arc<Node>>) -> Response {
    let health = methods::health(&node).await;
    let status = match health.status {
        HealthStatus::Ok => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, axum::Json(health)).into_response()
}

/// Connections of each caller.
struct Callers {
    limit: usize,
    slots: Mutex<HashMap<Caller, Arc<Semaphore>>>,
}

impl Callers {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            slots: Mutex::default(),
        }
    }

    fn slot(&self, caller: Caller) -> Option<OwnedSemaphorePermit> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        // Callers without a connection are forgotten, so that there are never more than connections and this one.
        slots.retain(|each, own| *each == caller || own.available_permits() < self.limit);
        let own = slots
            .entry(caller)
            .or_insert_with(|| Arc::new(Semaphore::new(self.limit)));
        Arc::clone(own).try_acquire_owned().ok()
    }
}
