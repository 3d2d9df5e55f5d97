//! The door: one HTTP/1.1 endpoint. What it answers 200 is on disk, and will be on the ledger or in `failed`.
//!
//! The signature is checked before the body is read as anything. An answer is one line of JSON; an error says what happened
//! and what to do next, and nothing of secrets.

use super::event::Event;
use super::inbox::{Inbox, Taken};
use super::signature::{Fault, HEADER, Secrets};
use super::{Log, now_ms};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

/// Where events are delivered.
pub(crate) const PATH: &str = "/events";

/// Bytes of a delivery: the largest event has about a thousand.
pub(crate) const MAX_BODY_BYTES: usize = 16 * 1024;

/// Connections at a time.
const MAX_CONNECTIONS: usize = 64;

/// How long a request's head, and then its body, may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Seconds after which to deliver again what could not be taken.
const RETRY_S: &str = "10";

/// Before the next connection is accepted, when the machine gave none.
const PAUSE: Duration = Duration::from_millis(100);

/// What the door and the desk behind it share.
pub(crate) struct Door {
    secrets: Secrets,
    inbox: Mutex<Inbox>,
    /// Told of each event that came in.
    pub(crate) came: Notify,
    log: Log,
}

/// What is answered instead of 200.
struct Refused {
    status: StatusCode,
    error: String,
    help: String,
}

impl Refused {
    fn new(status: StatusCode, error: impl ToString, help: impl ToString) -> Self {
        Self {
            status,
            error: error.to_string(),
            help: help.to_string(),
        }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, fault, fault.help())
    }
}

impl Door {
    pub(crate) fn new(secrets: Secrets, inbox: Inbox, log: Log) -> Self {
        Self {
            secrets,
            inbox: Mutex::new(inbox),
            came: Notify::new(),
            log,
        }
    }

    /// Works on the inbox. Files are written and synced within: a delivery has to wait for its disk in any case.
    pub(crate) fn inbox<T>(&self, work: impl FnOnce(&mut Inbox) -> T) -> T {
        // Whoever panicked with it left files behind that are whole.
        work(&mut self.inbox.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves for ever.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    self.log.say(&format!("no connection: {error}"));
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let door = Arc::clone(&self);
            tokio::spawn(async move {
                let service = service_fn(|request| door.answer(request));
                // One that breaks is its provider's to make anew.
                let _ = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(PATIENCE)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
                drop(place);
            });
        }
    }

    async fn answer<B>(&self, request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible>
    where
        B: Body,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let answer = self.deliver(request).await;
        let (status, value) = match answer {
            Ok(value) => (StatusCode::OK, value),
            Err(refused) => {
                self.log.say(&format!(
                    "{} answered: {}",
                    refused.status.as_u16(),
                    refused.error
                ));
                let value = json!({"error": refused.error, "help": refused.help});
                (refused.status, value)
            }
        };
        let mut response = Response::new(Full::new(Bytes::from(format!("{value}\n"))));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let mut header = |name, value: &'static str| {
            headers.insert(name, hyper::header::HeaderValue::from_static(value));
        };
        header(CONTENT_TYPE, "application/json");
        match status {
            StatusCode::METHOD_NOT_ALLOWED => header(ALLOW, "POST"),
            StatusCode::SERVICE_UNAVAILABLE => header(RETRY_AFTER, RETRY_S),
            // What follows on the connection may be the rest of the body.
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => {
                header(CONNECTION, "close");
            }
            _ => {}
        }
        Ok(response)
    }

    async fn deliver<B>(&self, request: Request<B>) -> Result<serde_json::Value, Refused>
    where
        B: Body,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        if request.uri().path() != PATH {
            return Err(Refused::new(
                StatusCode::NOT_FOUND,
                "there is nothing at this path",
                format!("Deliver events with POST {PATH}."),
            ));
        }
        if request.method() != Method::POST {
            return Err(Refused::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("{} is not taken here", request.method()),
                format!("Deliver events with POST {PATH}."),
            ));
        }
        let (head, body) = request.into_parts();
        let header = signature(&head.headers)?;
        let body = read(body).await?;
        self.secrets.verify(header, &body, now_ms() / 1_000)?;
        let event = Event::parse(&body).map_err(|error| {
            Refused::new(
                StatusCode::BAD_REQUEST,
                format!("the body is no event: {error}"),
                "Send one JSON object as docs/processors.md describes it, and nothing beside it.",
            )
        })?;
        self.take(&event)
    }

    fn take(&self, event: &Event) -> Result<serde_json::Value, Refused> {
        let id = event.id();
        let taken = self.inbox(|inbox| inbox.take(event, now_ms()));
        let taken = taken.map_err(|error| {
            self.log.say(&format!("{id} could not be written: {error}"));
            Refused::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the event could not be written down",
                "Deliver it again. The processor's operator looks at the disk of its inbox.",
            )
        })?;
        let status = match taken {
            Taken::New => {
                self.log.say(&format!("{id} taken"));
                self.came.notify_one();
                "taken"
            }
            Taken::Waits => "taken",
            Taken::Applied => "applied",
            Taken::Refused => "refused",
            Taken::Other => {
                return Err(Refused::new(
                    StatusCode::CONFLICT,
                    format!("another event with the id {id} was delivered before"),
                    "Give each event an id of its own, and deliver it again unchanged.",
                ));
            }
            Taken::Full => {
                return Err(Refused::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "too many events wait for the ledger",
                    "Deliver it again later.",
                ));
            }
        };
        Ok(json!({"event": id, "status": status}))
    }
}

/// The one header.
fn signature(headers: &HeaderMap) -> Result<&str, Fault> {
    let mut all = headers.get_all(HEADER).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().map_err(|_| Fault::Malformed("it is no text")),
        _ => Err(Fault::Missing),
    }
}

async fn read<B>(body: B) -> Result<Bytes, Refused>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let too_large = || {
        Refused::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body has more than {MAX_BODY_BYTES} bytes"),
            "Deliver one event at a time.",
        )
    };
    // One that says so is not read at all.
    let said = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if said > MAX_BODY_BYTES {
        return Err(too_large());
    }
    let whole = timeout(PATIENCE, Limited::new(body, MAX_BODY_BYTES).collect()).await;
    match whole {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Refused::new(
            StatusCode::BAD_REQUEST,
            "the body broke off",
            "Deliver it again.",
        )),
        Err(_) => Err(Refused::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("the body did not arrive within {} s", PATIENCE.as_secs()),
            "Deliver it again.",
        )),
    }
}

#[cfg(test)]
mod tests;
