//! `nexus_sql`: the node's SQL index for people's own questions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes of a statement.
pub const MAX_STATEMENT_BYTES: usize = 16 * 1024;

/// Parameters of `nexus_sql`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SqlParams {
    /// One query. What would write is refused with 2011: the audit log and its index are append-only.
    pub statement: String,
    /// Rows at most; the node has a bound of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// The answer of `nexus_sql`. It is not proved: the index is made from committed blocks, outside consensus.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SqlResult {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The cells, row by row, as text; null is NULL, bytes are lower-case hexadecimal.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there were more rows than the answer holds.
    pub truncated: bool,
}
