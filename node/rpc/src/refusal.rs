//! Why a call was not answered, as its caller sees it.

use jsonrpsee::types::ErrorObjectOwned;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::api::{ErrorData, ErrorKind};
use nexus_store::StoreError;
use nexus_types::{Code, Gate, Hash};
use std::fmt;

/// The protocol's own code for parameters that do not fit (JSON-RPC 2.0 §5.1).
const INVALID_PARAMS: i32 = -32602;
/// The protocol's own code for a failure of the server.
const INTERNAL: i32 = -32603;

/// An error of one call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: i32,
    pub(crate) message: String,
    /// Boxed: every method's `Result` carries the room for it.
    pub(crate) data: Box<ErrorData>,
}

impl Refusal {
    /// A condition of this node's interface. The message says to what it happened.
    pub(crate) fn interface(code: InterfaceCode, message: impl fmt::Display) -> Self {
        Self {
            code: wire(code.number()),
            message: format!("{code} {}: {message}", code.title()),
            data: Box::new(ErrorData::interface(code)),
        }
    }

    /// Inadmissible or denied, in the law's words.
    pub(crate) fn law(code: Code, message: impl fmt::Display) -> Self {
        Self {
            code: wire(code.number()),
            message: format!("{code} {}: {message}", code.title()),
            data: Box::new(ErrorData::law(code)),
        }
    }

    /// Parameters that do not fit.
    pub(crate) fn params(message: impl fmt::Display) -> Self {
        let hint = "rpc.discover lists every method's parameters.";
        Self {
            code: INVALID_PARAMS,
            message: format!("the parameters do not fit: {message}"),
            data: Box::new(ErrorData::new(ErrorKind::InvalidParams, false, hint)),
        }
    }

    /// A failure of this node. The cause goes to its log; a caller can do nothing with it.
    pub(crate) fn internal(doing: &str, cause: &dyn fmt::Display) -> Self {
        tracing::error!(doing, %cause, "a call could not be answered");
        let hint = "Ask another node; this node's operator finds the cause in its log.";
        Self {
            code: INTERNAL,
            message: format!("this node failed while {doing}"),
            data: Box::new(ErrorData::new(ErrorKind::Internal, true, hint)),
        }
    }

    /// Nothing of that name at that height.
    pub(crate) fn not_found(what: impl fmt::Display) -> Self {
        Self::interface(InterfaceCode::NotFound, what)
    }

    pub(crate) fn at(mut self, height: u64) -> Self {
        self.data.height = Some(height.into());
        self
    }

    pub(crate) fn of_tx(mut self, hash: Hash) -> Self {
        self.data.tx_hash = Some(hash.into());
        self
    }

    /// The error as jsonrpsee sends it.
    pub(crate) fn into_error(self) -> ErrorObjectOwned {
        ErrorObjectOwned::owned(self.code, self.message, Some(self.data))
    }
}

fn wire(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(INTERNAL)
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Pruned { height, oldest } => Self::interface(
                InterfaceCode::Pruned,
                format_args!("height {height} is no longer kept here; the oldest is {oldest}"),
            ),
            StoreError::Future { height, latest } => Self::interface(
                InterfaceCode::FutureHeight,
                format_args!("height {height} is not committed here; the latest is {latest}"),
            )
            .at(latest),
            StoreError::NotKept { index, first, .. } => Self::interface(
                InterfaceCode::Pruned,
                format_args!(
                    "record {index} is not kept here: this node began at a snapshot, when the log had {first} records"
                ),
            ),
            StoreError::Log { ref source, .. } => Self::not_found(source),
            other => Self::internal("reading the store", &other),
        }
    }
}

impl From<nexus_index::Error> for Refusal {
    fn from(error: nexus_index::Error) -> Self {
        use nexus_index::Error;
        match error {
            Error::NotYet { at, .. } => Self::interface(
                InterfaceCode::FutureHeight,
                format_args!("height {at} is not indexed here yet"),
            ),
            Error::BeforeFirst { height, first } => Self::interface(
                InterfaceCode::Pruned,
                format_args!("this node's history begins at height {first}, after {height}"),
            ),
            Error::Busy => Self::interface(
                InterfaceCode::RateLimited,
                "all connections to this node's index, or their memory, are taken",
            ),
            // What the law says of an audit entry in a transaction, the index says of its rows in SQL. Nothing reached
            // the ledger.
            Error::AppendOnly { .. } => {
                let mut refusal = Self::law(Code::RefusedBy(Gate::AuditLogging), &error);
                refusal.data.hint = "Nothing was changed; read with SELECT.".to_owned();
                refusal
            }
            Error::NotAQuery { .. }
            | Error::ManyStatements
            | Error::Parameter { .. }
            | Error::StatementTooLong { .. }
            | Error::Statement { .. }
            | Error::TooLarge { .. } => Self::params(error),
            Error::TooSlow { seconds } => Self::params(format_args!(
                "this takes the node more than {seconds} s; narrow it"
            )),
            other => Self::internal("reading the index", &other),
        }
    }
}
