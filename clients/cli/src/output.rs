//! What a command answers, and how it is printed.

use crate::text::{CYAN, GREEN, RED, plain};
use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};
use std::process::ExitCode;

/// How an answer is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON value, indented
    Json,
    /// One JSON value a line: a list's items, or the one answer
    Jsonl,
}

/// An answer in both forms.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For programs.
    pub(crate) json: Value,
    /// For people; may hold colours, which are dropped where nobody sees them.
    pub(crate) text: String,
}

impl Answer {
    /// An answer of a value that serialises, and its text.
    pub(crate) fn new<T: Serialize>(
        value: &T,
        text: impl Into<String>,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            json: serde_json::to_value(value)?,
            text: text.into(),
        })
    }
}

/// Prints an answer to standard output.
pub(crate) fn print(answer: &Answer, format: Format) -> ExitCode {
    let text = match format {
        Format::Table => answer.text.clone(),
        Format::Json => indented(&answer.json),
        Format::Jsonl => lines(&answer.json),
    };
    match write(&mut anstream::stdout().lock(), &text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(crate::error::Exit::Internal.code()),
    }
}

/// Writes text with a newline; a reader that went away (`| head`) is no error. Of what a terminal acts on, only line
/// ends, tabs and this program's own colours get through: much of the text is a stranger's.
pub(crate) fn write(to: &mut impl Write, text: &str) -> io::Result<()> {
    let text = guarded(text.trim_end_matches('\n'));
    let written = if text.is_empty() {
        Ok(())
    } else {
        writeln!(to, "{text}")
    };
    match written.and_then(|()| to.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn guarded(text: &str) -> String {
    let styles = [RED, GREEN, CYAN].map(|style| [format!("{style}"), format!("{style:#}")]);
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(one) = rest.chars().next() {
        let style = styles
            .iter()
            .flatten()
            .find(|style| rest.starts_with(*style));
        let taken = style.map_or(one.len_utf8(), String::len);
        let (part, after) = rest.split_at(taken);
        if style.is_some() || matches!(one, '\n' | '\t') {
            safe.push_str(part);
        } else {
            safe.push_str(&plain(part));
        }
        rest = after;
    }
    safe
}

/// Indented JSON.
pub(crate) fn indented(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

fn lines(value: &Value) -> String {
    let items = match value {
        Value::Array(items) => Some(items),
        Value::Object(members) => members.get("items").and_then(Value::as_array),
        _ => None,
    };
    match items {
        Some(items) => items
            .iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_is_one_item_a_line_and_anything_else_one_line() {
        assert_eq!(
            lines(&json!({"items": [1, {"a": 2}], "total": "2"})),
            "1\n{\"a\":2}"
        );
        assert_eq!(lines(&json!([1, 2])), "1\n2");
        assert_eq!(lines(&json!({"a": 1})), "{\"a\":1}");
    }

    #[test]
    fn a_stranger_s_text_moves_no_cursor_and_json_stays_the_same_value() {
        let mut shown = Vec::new();
        let text = format!("{RED}error{RED:#}: a\u{1b}]52;c;eA==\u{7}\u{9b}2J\u{202e}\r\n\tb");
        write(&mut shown, &text).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        let wanted = "error: a\\u001b]52;c;eA==\\u0007\\u009b2J\\u202e\\u000d\n\tb\n";
        assert_eq!(shown, format!("{RED}error{RED:#}{}", &wanted[5..]));
        let value = json!({"a": "\u{1b}[2J\u{9b}2J\u{7f}\u{202e}\n"});
        let mut shown = Vec::new();
        write(&mut shown, &indented(&value)).unwrap();
        assert!(!shown.contains(&0x7f) && shown.is_ascii());
        assert_eq!(serde_json::from_slice::<Value>(&shown).unwrap(), value);
    }

    #[test]
    fn a_reader_that_left_is_no_error() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(write(&mut Gone, "text").is_ok());
    }
}
