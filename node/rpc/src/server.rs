//! One port for everything: JSON-RPC over HTTP and WebSocket, the REST calls, CometBFT's five methods, health.

use crate::config::{
    DRAIN, HEADER_TIMEOUT, MAX_BATCH, MAX_BODY_BYTES, MAX_RESPONSE_BYTES, MAX_SUBSCRIPTIONS,
    MESSAGE_BUFFER, REFUSED_AT_ONCE, REFUSED_LINGER, REQUEST_TIMEOUT, RpcConfig,
};
use crate::conn::{Conn, Socket};
use crate::figures::{CallClass, CallOutcome, Figures, RefusalReason};
use crate::limit::{Caller, Limits};
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
use nexus_sdk::api::codes::InterfaceCode;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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
    figures: Arc<Figures>,
}

impl RpcHandle {
    /// What it did so far.
    #[must_use]
    pub fn figures(&self) -> Arc<Figures> {
        Arc::clone(&self.figures)
    }

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
    let figures = Arc::clone(node.figures());
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
        limits: Arc::clone(&node.limits),
        router: router(node),
        refused: Arc::new(Semaphore::new(REFUSED_AT_ONCE)),
        slots: Arc::new(Semaphore::new(config.max_connections)),
        callers: Callers::new(config.max_connections_per_caller),
    };
    let task = tokio::spawn(server.accept(listener, stop_handle));
    Ok(RpcHandle {
        address,
        stop,
        task,
        figures,
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
    limits: Arc<Limits>,
    /// Connections that are being told that there is no room.
    refused: Arc<Semaphore>,
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
        let any = Arc::clone(&self.slots).try_acquire_owned().ok();
        let own = self.callers.slot(caller, self.slots.available_permits());
        let (any, own) = match (any, own) {
            (Some(any), Some(own)) => (any, own),
            (any, own) => {
                let reason = match (any, own) {
                    (None, _) => RefusalReason::Connections,
                    _ => RefusalReason::ConnectionsOfCaller,
                };
                tracing::debug!(%peer, reason = reason.name(), "a connection beyond the limit was closed");
                self.limits.figures.refuse(reason);
                // Dropping the stream closes it: there is no room even to say so.
                if let Ok(place) = Arc::clone(&self.refused).try_acquire_owned() {
                    connections.spawn(no_room(stream, place));
                }
                return;
            }
        };
        // Answers are whole messages; waiting to fill packets only delays them.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let conn = Arc::new(Conn::new(caller, Arc::clone(&self.limits), [any, own]));
        connections.spawn(connection(
            stream,
            conn,
            self.router.clone(),
            self.rpc.clone(),
        ));
    }
}

/// Tells a connection beyond the limits so, without reading what it asks: it may be anything.
async fn no_room(mut stream: TcpStream, _place: OwnedSemaphorePermit) {
    let refusal = crate::refusal::Refusal::interface(
        InterfaceCode::RateLimited,
        "all connections of this node, or of this address, are taken",
    );
    let body = rest::failure_body(&refusal).to_string();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         retry-after: 1\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let told = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        // Closing with bytes unread would reset the connection, and the answer might be lost with it.
        let mut unread = [0; 1_024];
        while stream.read(&mut unread).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    // Whoever does not hear it in time has no connection either way.
    let _ = tokio::time::timeout(REFUSED_LINGER, told).await;
}

/// Pause after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

async fn connection(stream: TcpStream, conn: Arc<Conn>, router: Router, rpc: RpcParts) {
    let stop = rpc.stop.clone();
    let limits = Arc::clone(&rpc.node.limits);
    let io = TokioIo::new(Socket::new(stream, Arc::clone(&conn)));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&conn));
        request.extensions_mut().insert(rpc.clone());
        let mut router = router.clone();
        let limits = Arc::clone(&limits);
        async move {
            let answer = router.call(request.map(Body::new));
            Ok::<_, Infallible>(match tokio::time::timeout(REQUEST_TIMEOUT, answer).await {
                Ok(Ok(response)) => response,
                Ok(Err(never)) => match never {},
                Err(_) => {
                    limits.figures.refuse(RefusalReason::Slow);
                    StatusCode::REQUEST_TIMEOUT.into_response()
                }
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
    let reached = Arc::new(AtomicBool::new(false));
    let guard = GuardLayer {
        node: Arc::clone(&rpc.node),
        conn: Arc::clone(&conn),
        reached: Arc::clone(&reached),
    };
    let service = rpc
        .builder
        .set_rpc_middleware(RpcServiceBuilder::new().layer(guard));
    let mut service = service.build(rpc.methods, rpc.stop);
    match service.call(request).await {
        Ok(response) => {
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                // Before the answer is sent, and so before any message of it is read.
                conn.upgrade();
                return response.map(Body::new);
            }
            if reached.load(Ordering::Acquire) {
                return response.map(Body::new);
            }
            // What is no call costs its caller as much as one.
            rpc.node.figures().refuse(RefusalReason::Malformed);
            match rpc.node.limits.charge(conn.caller) {
                Ok(()) => response.map(Body::new),
                Err(refusal) => rest::failure(StatusCode::TOO_MANY_REQUESTS, &refusal),
            }
        }
        Err(error) => {
            tracing::error!(%error, "a JSON-RPC request could not be answered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Charges what is not JSON-RPC, whose calls are charged one by one, nor a REST call, which charges itself.
async fn charge(State(node): State<Arc<Node>>, request: Request<Body>, next: Next) -> Response {
    let path = request.uri().path();
    let class = match path.split('/').nth(1) {
        Some("comet") => CallClass::Proof,
        Some("health") => CallClass::About,
        Some("api") => CallClass::Submit,
        _ => return next.run(request).await,
    };
    let conn = request.extensions().get::<Arc<Conn>>();
    if let (true, Some(conn)) = (path.starts_with("/comet") || path == "/health", conn)
        && let Err(refusal) = node.limits.charge(conn.caller)
    {
        node.figures().count(class, CallOutcome::Refused);
        return rest::failure(StatusCode::TOO_MANY_REQUESTS, &refusal);
    }
    let answer = next.run(request).await;
    let outcome = match answer.status() {
        status if status.is_server_error() => CallOutcome::Failed,
        status if status.is_client_error() => CallOutcome::Refused,
        _ => CallOutcome::Answered,
    };
    node.figures().count(class, outcome);
    answer
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

    /// A place for one more connection of a caller, where so many are free for all. Nobody may hold more than are free: so
    /// a few callers that take what they can leave some for every newcomer.
    fn slot(&self, caller: Caller, free: usize) -> Option<OwnedSemaphorePermit> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        // Callers without a connection are forgotten, so that there are never more than connections and this one.
        slots.retain(|each, own| *each == caller || own.available_permits() < self.limit);
        let own = slots
            .entry(caller)
            .or_insert_with(|| Arc::new(Semaphore::new(self.limit)));
        let held = self.limit.saturating_sub(own.available_permits());
        if held > free {
            return None;
        }
        Arc::clone(own).try_acquire_owned().ok()
    }
}
