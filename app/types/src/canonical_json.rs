//! Canonical JSON (RFC 8785) for what consensus must hash: statements. Objects, lists, texts and small whole numbers; no
//! fraction, and no number beyond 2^53 − 1, which JSON readers could not tell from its neighbours: amounts are decimal texts.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{Display, Write};

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Json {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number below 2^53; a larger one is written as if it were 2^53 − 1.
    Number(u64),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Json>),
    /// Members; ASCII names, so that their bytes sort as RFC 8785 §3.2.3 asks.
    Object(BTreeMap<&'static str, Json>),
}

impl Json {
    /// A text of anything that can be shown.
    pub fn text(value: impl Display) -> Self {
        Self::Text(value.to_string())
    }

    /// An object of these members.
    pub fn object<const N: usize>(members: [(&'static str, Self); N]) -> Self {
        Self::Object(members.into_iter().collect())
    }

    /// The one canonical text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(number) => {
                out.push_str(&(*number).min((1 << 53) - 1).to_string());
            }
            Self::Text(text) => write_text(text, out),
            Self::List(values) => {
                out.push('[');
                for (position, value) in values.iter().enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (position, (name, value)) in members.iter().enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// RFC 8785 §3.2.2.2: the two-character escapes, other controls as \u00xx in lower case, everything else as it is.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_sorted_and_texts_escaped_as_rfc_8785_says() {
        let value = Json::object([
            (
                "b",
                Json::List(alloc::vec![Json::Number(1), Json::Bool(true)]),
            ),
            ("a", Json::text("€$\u{f}\nA'B\"\\\\\"/")),
            ("c", Json::object([])),
            ("d", Json::Number(u64::MAX)),
        ]);
        assert_eq!(
            value.to_text(),
            "{\"a\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\",\"b\":[1,true],\"c\":{},\"d\":9007199254740991}"
        );
    }
}
