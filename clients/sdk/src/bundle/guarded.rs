//! Reads CometBFT's JSON from a stranger without falling over it.
//!
//! tendermint-rs decodes base64 with a function that panics on text whose padding does not fit its length
//! (`subtle-encoding` 0.5.1, `Encoding::decode`). So every text that it will decode is checked first.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The members that hold base64: a commit's signatures, and the value of a validator's key.
const BASE64_MEMBERS: [&str; 2] = ["signature", "value"];

/// For `#[serde(deserialize_with = …)]` on a member of a tendermint-rs type.
pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// The same for JSON that is in memory already.
pub(super) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    check(&value).map_err(serde_json::Error::custom)?;
    serde_json::from_value(value)
}

/// serde_json refuses more than 128 levels, so this recursion is bounded.
fn check(value: &Value) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(check),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| match value {
            Value::String(text) if BASE64_MEMBERS.contains(&name.as_str()) => STANDARD
                .decode(text)
                .map(|_| ())
                .map_err(|error| format!("{name} is not base64: {error}")),
            other => check(other),
        }),
        _ => Ok(()),
    }
}
