//! 64-bit integers as decimal strings in their one spelling: no sign but a minus, no leading zero.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(in crate::file) fn serialize<T: Display, S: Serializer>(
    value: &T,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

pub(in crate::file) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: FromStr + Display,
    D: Deserializer<'de>,
{
    let text = String::deserialize(from)?;
    match text.parse::<T>() {
        Ok(value) if value.to_string() == text => Ok(value),
        _ => Err(D::Error::custom(format!(
            "must be a 64-bit integer as a decimal string, is {text:?}"
        ))),
    }
}
