//! The `data` of every error.

use super::codes::InterfaceCode;
use super::list::WIRE_DOCS;
use super::scalar::{WireHash, WireU64};
use super::verdict::GateOutcomeView;
use nexus_types::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of error, for programs that do not know the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ErrorKind {
    /// The transaction cannot be in any block.
    Inadmissible,
    /// A gate or a rule refused. The refusal of a transaction stands on the ledger.
    Denied,
    /// What was asked for does not exist, or cannot be answered at that height.
    NotFound,
    /// The caller's parameters.
    InvalidParams,
    /// This node cannot answer now.
    Unavailable,
    /// The result is not known yet.
    OutcomeUnknown,
    /// The node itself failed.
    Internal,
}

/// The `data` of an error: what a program needs to react to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorData {
    /// The code in text, such as `NX3001`; absent for errors of the protocol itself (below −32000).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What kind of error.
    pub kind: ErrorKind,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// What to do next.
    pub hint: String,
    /// Where to read on, within the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
    /// The committed height this node answered at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<WireU64>,
    /// The transaction's hash, for an error about a transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx_hash: Option<WireHash>,
    /// What each gate said, for a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gates: Option<Vec<GateOutcomeView>>,
}

impl ErrorData {
    /// The data of an interface code.
    pub fn interface(code: InterfaceCode) -> Self {
        let kind = match code {
            InterfaceCode::NotFound
            | InterfaceCode::Pruned
            | InterfaceCode::FutureHeight
            | InterfaceCode::Unprovable => ErrorKind::NotFound,
            InterfaceCode::BadCursor => ErrorKind::InvalidParams,
            InterfaceCode::OutcomeUnknown => ErrorKind::OutcomeUnknown,
            InterfaceCode::Syncing
            | InterfaceCode::RateLimited
            | InterfaceCode::MempoolFull
            | InterfaceCode::NodeUnreachable => ErrorKind::Unavailable,
        };
        Self::new(kind, code.is_retryable(), code.remedy()).with_code(code.to_string())
    }

    /// The data of a code of the law.
    pub fn law(code: Code) -> Self {
        let kind = if code.is_inadmissible() {
            ErrorKind::Inadmissible
        } else {
            ErrorKind::Denied
        };
        let later = matches!(
            code,
            Code::NoncePending | Code::AllowanceBlock | Code::AllowanceDay | Code::PendingLimit
        );
        Self::new(kind, later, code.remedy()).with_code(code.to_string())
    }

    /// Data without a code.
    pub fn new(kind: ErrorKind, retryable: bool, hint: impl Into<String>) -> Self {
        Self {
            code: None,
            kind,
            retryable,
            hint: hint.into(),
            docs: None,
            height: None,
            tx_hash: None,
            gates: None,
        }
    }

    fn with_code(mut self, code: String) -> Self {
        self.docs = Some(format!("{WIRE_DOCS}#{}", code.to_ascii_lowercase()));
        self.code = Some(code);
        self
    }
}
