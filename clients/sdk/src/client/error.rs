//! What can go wrong between a client and a node, and what it means for the caller.

use crate::api::codes::InterfaceCode;
use crate::api::{ErrorData, ErrorKind};
use nexus_types::Hash;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// Codes of calls that never ran: no JSON, no request, no such method (JSON-RPC 2.0 §5.1).
const NEVER_RUN: [i32; 3] = [-32700, -32600, -32601];

/// What an error means for whoever asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// The caller's input.
    Usage,
    /// A gate, a rule or the admission refused.
    Refused,
    /// There is no such thing, or not at that height.
    NotFound,
    /// No node answered, or none that can.
    Unreachable,
    /// It was sent, and may or may not take effect.
    OutcomeUnknown,
    /// Neither the caller's fault nor explained.
    Internal,
}

/// What went wrong.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The URL cannot be used.
    #[error("{url} is no address of a node: {reason}")]
    Url {
        /// As given.
        url: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Nobody listens, or the connection broke.
    #[error("the node at {url} cannot be reached: {reason}")]
    Unreachable {
        /// Where.
        url: String,
        /// What the network said.
        reason: String,
        /// Whether the request may have arrived.
        sent: bool,
    },
    /// Something answers, but not a node, or not in its JSON.
    #[error("what answers at {url} is not a node of this version: {source}")]
    Unreadable {
        /// Where.
        url: String,
        /// What is wrong with the answer.
        source: serde_json::Error,
    },
    /// HTTP said no.
    #[error("{url} answered HTTP {status}")]
    Http {
        /// Where.
        url: String,
        /// The status.
        status: u16,
    },
    /// The node said no.
    #[error("{message}")]
    Node {
        /// The JSON-RPC code: of the law, of the interface, or of the protocol (below −32000).
        code: i32,
        /// In words.
        message: String,
        /// What a program needs to react.
        data: Option<Box<ErrorData>>,
    },
    /// A transaction was sent and its fate is not known.
    #[error("transaction {hash} was sent, but {reason}; it may still be committed")]
    OutcomeUnknown {
        /// SHA-256 of the bytes.
        hash: Hash,
        /// Why nothing is known.
        reason: String,
    },
}

/// The `error` of a JSON-RPC answer.
#[derive(Deserialize)]
pub(super) struct ErrorBody {
    code: i32,
    message: String,
    #[serde(default)]
    data: Option<Value>,
}

impl From<ErrorBody> for ClientError {
    fn from(body: ErrorBody) -> Self {
        let data = body.data.and_then(|data| serde_json::from_value(data).ok());
        Self::Node {
            code: body.code,
            message: body.message,
            data: data.map(Box::new),
        }
    }
}

impl ClientError {
    /// What it means for the caller.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Url { .. } => Class::Usage,
            Self::Unreachable { .. } | Self::Http { .. } => Class::Unreachable,
            Self::Unreadable { .. } => Class::Internal,
            Self::OutcomeUnknown { .. } => Class::OutcomeUnknown,
            Self::Node { code, data, .. } => data
                .as_ref()
                .map_or_else(|| class_of_code(*code), |data| class_of_kind(data.kind)),
        }
    }

    /// Whether the same call may pass in a moment.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Http { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            Self::Node { code, .. } => {
                u32::try_from(*code)
                    .ok()
                    .and_then(InterfaceCode::from_number)
                    == Some(InterfaceCode::RateLimited)
            }
            _ => false,
        }
    }

    /// The same error after a transaction was sent: no answer then means that nothing is known.
    pub(super) fn after_sending(self, hash: Hash) -> Self {
        let lost = match &self {
            Self::Unreachable { sent, .. } => *sent,
            Self::Unreadable { .. } => true,
            Self::Http { status, .. } => *status >= 500,
            Self::Node { code, .. } => match self.class() {
                Class::OutcomeUnknown => true,
                // A node that failed while it answered may have handed the transaction on before.
                Class::Internal => !NEVER_RUN.contains(code),
                _ => false,
            },
            _ => false,
        };
        if lost {
            Self::OutcomeUnknown {
                hash,
                reason: self.to_string(),
            }
        } else {
            self
        }
    }
}

fn class_of_kind(kind: ErrorKind) -> Class {
    match kind {
        ErrorKind::Inadmissible | ErrorKind::Denied => Class::Refused,
        ErrorKind::NotFound => Class::NotFound,
        ErrorKind::InvalidParams => Class::Usage,
        ErrorKind::Unavailable => Class::Unreachable,
        ErrorKind::OutcomeUnknown => Class::OutcomeUnknown,
        ErrorKind::Internal => Class::Internal,
    }
}

fn class_of_code(code: i32) -> Class {
    match code {
        1000..3000 => Class::Refused,
        3000..4000 => Class::NotFound,
        4003 => Class::OutcomeUnknown,
        4000..5000 => Class::Unreachable,
        // Invalid parameters (JSON-RPC 2.0 §5.1); an unknown method is the node's age, not the caller's fault.
        -32602 => Class::Usage,
        _ => Class::Internal,
    }
}
