//! A statement with everything it follows from, in one JSON file.

use crate::error::CliError;
use crate::text::plain;
use nexus_sdk::api::{Hex, LeafProof, StateItem, WireImvu};
use nexus_sdk::bundle::{Bundle, MAX_BUNDLE_BYTES};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The format's name and version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Format {
    /// The only one.
    #[serde(rename = "nexus-statement/1")]
    V1,
}

/// The file. Nothing in it is believed: [`super::checked::check`] decides.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StatementBundle {
    /// `nexus-statement/1`.
    pub(super) format: Format,
    /// Whose.
    pub(super) imvu: WireImvu,
    /// Of which period.
    pub(super) period: u64,
    /// The IMVU with the sizes and roots of its collections, down from an anchor.
    pub(super) evidence: Bundle,
    /// The price book, the price lists, and what was put on record of the IMVU when the period was closed, after the same block,
    /// with their proofs.
    pub(super) state: Vec<StateItem>,
    /// Every leaf of the usage collection.
    pub(super) usage: Vec<Hex>,
    /// Every leaf of the money collection.
    pub(super) money: Vec<Hex>,
    /// The statement with its place in the statements collection.
    pub(super) statement: LeafProof,
}

impl StatementBundle {
    /// The file's bytes.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, CliError> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(CliError::usage(
                format!(
                    "the receipts take {} bytes, more than the {MAX_BUNDLE_BYTES} that a file may have",
                    bytes.len()
                ),
                "Recompute the statement from a node: nexus statement recompute without --bundle.",
            ));
        }
        Ok(bytes)
    }

    /// Reads a file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, CliError> {
        let no_bundle = |why: String| {
            let summary = format!("format (file) failed: the file is no nexus-statement/1: {why}");
            CliError::Verification {
                text: plain(&summary),
                report: json!({"verified": false, "failedStep": "format"}),
                summary,
            }
        };
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(no_bundle(format!(
                "it has more than {MAX_BUNDLE_BYTES} bytes"
            )));
        }
        serde_json::from_slice(bytes).map_err(|error| no_bundle(error.to_string()))
    }
}
