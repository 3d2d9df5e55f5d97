//! What every read and every list has in common.

use super::proof::ReadProof;
use super::scalar::{Spelled, WireU64};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// Items in one page at most: what a person scrolls and a response stays small with.
pub const MAX_LIMIT: u32 = 200;
/// Items in one page when the caller names no limit.
pub const DEFAULT_LIMIT: u32 = 50;
/// Where the codes and errors are documented, within the repository.
pub const WIRE_DOCS: &str = "docs/wire-format.md";

/// Which committed height a read is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum At {
    /// The last committed height. Its proof needs the header after it, which may not exist yet.
    #[default]
    Latest,
    /// The highest height whose proof's header exists already: one below the last.
    Provable,
    /// That height.
    Height(u64),
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Latest => serializer.serialize_str("latest"),
            Self::Provable => serializer.serialize_str("provable"),
            Self::Height(height) => WireU64::from(*height).serialize(serializer),
        }
    }
}

/// How [`At`] reads its text.
#[derive(Debug)]
struct AtText(At);

impl Spelled for AtText {
    const NAME: &'static str = u64::NAME;
    const PATTERN: &'static str = "^(latest|provable|0|[1-9][0-9]{0,19})$";
    const EXPECTED: &'static str = "a height as a decimal string, \"latest\" or \"provable\"";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "latest" => Some(Self(At::Latest)),
            "provable" => Some(Self(At::Provable)),
            _ => <u64 as Spelled>::parse(text).map(|height| Self(At::Height(height))),
        }
    }

    fn spell(&self) -> String {
        match self.0 {
            At::Latest => String::from("latest"),
            At::Provable => String::from("provable"),
            At::Height(height) => height.to_string(),
        }
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::scalar::Wire::<AtText>::deserialize(deserializer).map(|text| text.0.0)
    }
}

impl JsonSchema for At {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("At")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": AtText::PATTERN,
            "description": AtText::EXPECTED,
        })
    }
}

/// The answer of a read.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Read<T> {
    /// The committed height the value is of.
    pub height: WireU64,
    /// That block's time, milliseconds since 1970-01-01 UTC.
    pub block_time: WireU64,
    /// The value.
    pub value: T,
    /// What proves it, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ReadProof>,
}

/// One page of a list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Give it back to get the next page; absent on the last one. Opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Items in the whole list at `at`.
    pub total: WireU64,
    /// Present and true if there are more than `total` says: very long lists are not counted to their end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub total_is_least: bool,
    /// The committed height that every page of this list is of.
    pub at: WireU64,
    /// Present on a node whose history does not begin with genesis, such as one restored from a snapshot: what happened
    /// before this height is in no list of it. Lists of objects that exist hold those from before all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_from: Option<WireU64>,
}

/// Which statements of gates to list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GateOutcomeFilter {
    /// The gate did not object.
    Passed,
    /// The gate refused.
    Refused,
}
