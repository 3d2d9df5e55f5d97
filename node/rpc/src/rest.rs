//! The specification's own HTTP calls. The bearer token is the signed transaction itself, and the request must be what
//! that transaction asks for: the body is only its plain-language copy, so that a token stolen from one request is good
//! for no other, and this node can change nothing.

use crate::conn::Conn;
use crate::node::Node;
use crate::refusal::Refusal;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::api::{SubmitResult, Wait, parse_rdata};
use nexus_types::action::NameText;
use nexus_types::encoding::Set;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::rrset::{RRset, RecordType};
use nexus_types::{Action, Code, Hash, ImvuId, Name, Tx, decode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long a call waits for its block: some blocks of a loaded network.
const WAIT: Duration = Duration::from_secs(15);
/// The TTL where a record names none, seconds.
pub(crate) const DEFAULT_TTL: u32 = 300;

/// Why a token is not the one for a request.
#[derive(Debug, PartialEq, Eq)]
enum Foreign {
    Missing,
    Malformed,
    OtherRequest,
}

impl Foreign {
    fn text(&self) -> &'static str {
        match self {
            Self::Missing => "the request carries no bearer token",
            Self::Malformed => "the bearer token is no base64url of a signed transaction",
            Self::OtherRequest => "the bearer token is the transaction of another request",
        }
    }
}

/// `POST /api/dns/zones/{zone}/records`
pub(crate) async fn set_records(
    State(node): State<Arc<Node>>,
    Extension(conn): Extension<Arc<Conn>>,
    Path(zone): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wanted = read_json(&headers, &body).and_then(|body| wanted_records(&zone, body));
    let call = Call {
        node,
        conn,
        route: "records of a zone",
        applied: StatusCode::CREATED,
    };
    call.run(&headers, wanted, |action, wanted| {
        is_records(action, wanted)
    })
    .await
}

/// `PATCH /api/admin/imvus/{id}/quota`
pub(crate) async fn change_quota(
    State(node): State<Arc<Node>>,
    Extension(conn): Extension<Arc<Conn>>,
    Path(imvu): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wanted = read_json(&headers, &body).and_then(|body| wanted_quota(&imvu, body));
    let call = Call {
        node,
        conn,
        route: "quota of an IMVU",
        applied: StatusCode::OK,
    };
    call.run(&headers, wanted, |action, (imvu, change)| {
        matches!(action, Action::ChangeQuota { imvu: of, change: to } if of == imvu && to == change)
    })
    .await
}

/// One call on its way.
struct Call {
    node: Arc<Node>,
    conn: Arc<Conn>,
    route: &'static str,
    /// What applied is answered with.
    applied: StatusCode,
}

impl Call {
    async fn run<W>(
        self,
        headers: &HeaderMap,
        wanted: Result<W, Refusal>,
        is_same: impl FnOnce(&Action, &W) -> bool,
    ) -> Response {
        if let Err(refusal) = self.node.limits.charge(self.conn.caller) {
            return failure(StatusCode::TOO_MANY_REQUESTS, &refusal);
        }
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(refusal) => return failure(StatusCode::BAD_REQUEST, &refusal),
        };
        let bytes = match token(headers).and_then(|(bytes, tx)| {
            let same = is_same(&tx.body.action, &wanted);
            if same {
                Ok(bytes)
            } else {
                Err(Foreign::OtherRequest)
            }
        }) {
            Ok(bytes) => bytes,
            Err(foreign) => return self.unauthorized(foreign.text(), None),
        };
        let outcome = self
            .node
            .submit(self.conn.caller, &bytes, Wait::Committed, WAIT)
            .await;
        match outcome {
            Ok(result) => self.decided(&result),
            Err(refusal) => self.undecided(refusal, &bytes),
        }
    }

    /// Nothing reaches the ledger; this line in the node's own log is all that stays.
    fn unauthorized(&self, why: &str, refusal: Option<&Refusal>) -> Response {
        tracing::warn!(
            route = self.route,
            why,
            "a REST call without a valid token was refused"
        );
        let mut body = json!({
            "error": why,
            "hint": "nexus tx bearer prints the token of exactly one request.",
        });
        if let (Some(refusal), Some(body)) = (refusal, body.as_object_mut()) {
            body.insert("code".to_owned(), json!(refusal.data.code));
            body.insert("hint".to_owned(), json!(refusal.data.hint));
        }
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        (StatusCode::UNAUTHORIZED, challenge, axum::Json(body)).into_response()
    }

    /// A refusal stands on the ledger like an application; only the status differs.
    fn decided(&self, result: &SubmitResult) -> Response {
        let verdict = result.verdict.as_ref();
        let code = result.result.as_ref();
        let applied = code.is_some_and(|code| code.code == Code::Applied.number());
        let gate = code
            .and_then(|code| Code::from_number(code.code))
            .and_then(Code::gate);
        let mut body = json!({
            "applied": applied,
            "code": code.map(|code| &code.name),
            "title": code.map(|code| &code.title),
            "txHash": result.hash,
            "txId": result.id,
            "height": result.height,
            "gates": verdict.map(|verdict| &verdict.gates),
        });
        if let (false, Some(body)) = (applied, body.as_object_mut()) {
            body.insert("gate".to_owned(), json!(gate.map(|gate| gate.number())));
            body.insert("gateName".to_owned(), json!(gate.map(|gate| gate.name())));
            let reason = verdict.and_then(|verdict| verdict.reason.as_ref());
            body.insert(
                "reason".to_owned(),
                json!(reason.map(|reason| &reason.text)),
            );
            let remedy = code
                .and_then(|code| Code::from_number(code.code))
                .map(Code::remedy);
            body.insert("hint".to_owned(), json!(remedy));
        }
        let status = if applied {
            self.applied
        } else {
            StatusCode::FORBIDDEN
        };
        (status, axum::Json(body)).into_response()
    }

    fn undecided(&self, refusal: Refusal, bytes: &[u8]) -> Response {
        // The protocol's own codes are negative, and 0 is a code of the law.
        let number = u32::try_from(refusal.code).ok();
        if let Some(code) = number.and_then(Code::from_number) {
            return match code {
                // The token is good; it comes too early or too often.
                Code::NoncePending | Code::SecondSignature => {
                    failure(StatusCode::CONFLICT, &refusal)
                }
                Code::AllowanceBlock | Code::AllowanceDay | Code::PendingLimit => {
                    failure(StatusCode::TOO_MANY_REQUESTS, &refusal)
                }
                _ => self.unauthorized(&refusal.message.clone(), Some(&refusal)),
            };
        }
        let status = match number.and_then(InterfaceCode::from_number) {
            Some(InterfaceCode::RateLimited) => StatusCode::TOO_MANY_REQUESTS,
            Some(InterfaceCode::OutcomeUnknown) => StatusCode::GATEWAY_TIMEOUT,
            Some(_) => StatusCode::SERVICE_UNAVAILABLE,
            None => StatusCode::INTERNAL_SERVER_ERROR,
        };
        failure(status, &refusal.of_tx(Hash::of(bytes)))
    }
}

/// An error in the shape of a JSON-RPC error's `data`, with its message.
pub(crate) fn failure(status: StatusCode, refusal: &Refusal) -> Response {
    (status, axum::Json(failure_body(refusal))).into_response()
}

/// A refusal as the body of a plain HTTP answer.
pub(crate) fn failure_body(refusal: &Refusal) -> Value {
    let mut body = serde_json::to_value(&refusal.data).unwrap_or_default();
    if let Some(body) = body.as_object_mut() {
        body.insert("error".to_owned(), Value::String(refusal.message.clone()));
    }
    body
}

fn token(headers: &HeaderMap) -> Result<(Vec<u8>, Tx), Foreign> {
    let value = headers.get(header::AUTHORIZATION).ok_or(Foreign::Missing)?;
    let text = value.to_str().map_err(|_| Foreign::Malformed)?;
    let (scheme, token) = text.trim().split_once(' ').ok_or(Foreign::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Foreign::Missing);
    }
    let token = token.trim();
    let bytes = URL_SAFE_NO_PAD
        .decode(token)
        .or_else(|_| URL_SAFE.decode(token))
        .map_err(|_| Foreign::Malformed)?;
    let tx = decode(&bytes).map_err(|_| Foreign::Malformed)?;
    Ok((bytes, tx))
}

/// The body is JSON whatever its type says: curl's `-d` says it is a form, and the specification's calls use it so.
fn read_json(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind.map(|kind| {
        kind.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    });
    if !matches!(
        kind.as_deref(),
        None | Some("application/json" | "application/x-www-form-urlencoded")
    ) {
        return Err(Refusal::params("the body must be JSON"));
    }
    serde_json::from_slice(body)
        .map_err(|error| Refusal::params(format_args!("the body must be one JSON object: {error}")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordsBody {
    #[serde(rename = "type")]
    rtype: String,
    name: String,
    value: String,
    ttl: Option<u32>,
}

/// What a call about records asks for.
struct WantedRecords {
    zone: String,
    /// The owner's full name, as far as it can be made out.
    owner: String,
    rrset: RRset,
}

fn wanted_records(zone: &str, body: Map<String, Value>) -> Result<WantedRecords, Refusal> {
    let body: RecordsBody = serde_json::from_value(Value::Object(body)).map_err(Refusal::params)?;
    let rtype: RecordType = body
        .rtype
        .parse()
        .map_err(|error| Refusal::params(format_args!("`type`: {error}")))?;
    let data = parse_rdata(rtype, &body.value)
        .map_err(|fault| Refusal::params(format_args!("`value`: {fault}")))?;
    let records =
        Set::new(vec![data]).map_err(|error| Refusal::params(format_args!("`value`: {error}")))?;
    Ok(WantedRecords {
        owner: owner_in(zone, &body.name),
        zone: zone.to_owned(),
        rrset: RRset {
            rtype,
            ttl: body.ttl.unwrap_or(DEFAULT_TTL),
            records,
        },
    })
}

/// `@` is the apex; a name at or below the zone, or with a closing dot, is whole; anything else lies in the zone.
fn owner_in(zone: &str, name: &str) -> String {
    let whole = match (Name::parse(zone), Name::parse(name)) {
        (Ok(zone), Ok(name)) => name.is_at_or_below(&zone),
        _ => false,
    };
    if name == "@" {
        zone.to_owned()
    } else if whole || name.ends_with('.') {
        name.to_owned()
    } else {
        format!("{name}.{zone}")
    }
}

fn is_records(action: &Action, wanted: &WantedRecords) -> bool {
    match action {
        Action::SetRecords { zone, owner, rrset } => {
            *rrset == wanted.rrset && is_name(zone, &wanted.zone) && is_name(owner, &wanted.owner)
        }
        _ => false,
    }
}

/// Whether both texts are one name; texts that are no names only if they are equal.
fn is_name(signed: &NameText, wanted: &str) -> bool {
    match (Name::parse(signed.as_str()), Name::parse(wanted)) {
        (Ok(signed), Ok(wanted)) => signed == wanted,
        _ => signed.as_str() == wanted,
    }
}

fn wanted_quota(imvu: &str, body: Map<String, Value>) -> Result<(ImvuId, QuotaChange), Refusal> {
    let imvu = ImvuId::new(imvu)
        .map_err(|_| Refusal::params("the path names no IMVU, such as IMVU-042"))?;
    let mut change = QuotaChange::EMPTY;
    for (name, value) in body {
        let (field, value) = quota_field(&name, &value)?;
        if change.get(field).is_some() {
            return Err(Refusal::params(format_args!(
                "`{name}` names {} twice",
                field.name()
            )));
        }
        change.set(field, value);
    }
    if change == QuotaChange::EMPTY {
        return Err(Refusal::params("the body names no field of a quota"));
    }
    Ok((imvu, change))
}

/// The specification speaks of `cpu_cores`; every other field has its own name with its unit.
fn quota_field(name: &str, value: &Value) -> Result<(QuotaField, u64), Refusal> {
    let wrong = |expected: &str| Refusal::params(format_args!("`{name}` must be {expected}"));
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return Err(wrong("a number")),
    };
    if name == "cpu_cores" {
        let millis = thousandths(&text)
            .ok_or_else(|| wrong("a number of cores with at most three decimals"))?;
        return Ok((QuotaField::CpuMillis, millis));
    }
    let field = QuotaField::ALL
        .into_iter()
        .find(|field| field.name() == name);
    let field = field.ok_or_else(|| {
        let all = QuotaField::ALL.map(QuotaField::name).join(", ");
        Refusal::params(format_args!("`{name}` is none of cpu_cores, {all}"))
    })?;
    Ok((field, text.parse().map_err(|_| wrong("a whole number"))?))
}

/// A decimal number in thousandths, without ever becoming a float.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || part.len() > 3 || !digits(whole) || !digits(part) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = format!("{part:0<3}").parse().ok()?;
    whole.checked_mul(1_000)?.checked_add(part)
}

#[cfg(test)]
mod tests;
